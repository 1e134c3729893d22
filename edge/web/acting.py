"""Acting: the deeds of whoever is signed in, and coming and going.

Law of the room: session, right and proof come first, in the guard. A deed that is done answers 303; one that
is refused changes nothing, says why, and keeps what was typed.
"""

import math
import unicodedata
from collections.abc import Awaitable, Callable
from typing import TypeVar

from fastapi import Request
from fastapi.responses import Response

from contract.documents import Right
from edge.web import actions, forms, phrases, saying
from edge.web.guard import (
    INSTALL,
    LANGUAGE,
    OPERATE,
    SESSION,
    WARN,
    Guard,
    NoRight,
    see,
    set_cookie,
)
from edge.web.looking import YEAR_S, Alert, Looking, draft_of
from edge.web.session import Checked, Note
from edge.web.words import Words

F = TypeVar("F", bound=forms.Form)
Route = Callable[[Request], Awaitable[Response]]


class Acting:
    """The routes that change something."""

    def __init__(self, guard: Guard, looking: Looking) -> None:
        """Act behind `guard`; what cannot be done is shown by `looking`."""
        self._guard, self._looking = guard, looking
        self._counter = guard.counter

    # --- coming and going ------------------------------------------------------------------------

    async def sign_in(self, request: Request) -> Response:
        """Open a session for a right PIN, under a token that is new."""
        guard = self._guard
        form = await guard.form(request, forms.SignIn)
        staff, words = self._counter.staff(), guard.words(request)
        name = form.name or (staff[0].name if len(staff) == 1 else "")
        named = (p for p in staff if unicodedata.normalize("NFC", p.name) == name or p.name == name)
        pin = next(named, None)
        checked = await guard.pins.check(pin, form.pin, self._counter.now)
        if checked is Checked.RIGHT and pin is not None:
            guard.sessions.close(request.cookies.get(SESSION, ""))
            session = guard.sessions.open(pin, self._counter.now().mono_s)
            answer = see(form.to)
            set_cookie(answer, request, SESSION, session.token)
            return answer
        if checked is Checked.LOCKED:
            wait_s = guard.pins.wait_s(self._counter.now())
            trouble = words("sign-in.locked", time=phrases.wait_words(wait_s, words))
            answer = self._again(request, 429, trouble, name, form.to)
            answer.headers["Retry-After"] = str(math.ceil(wait_s))
            return answer
        return self._again(request, 401, words("sign-in.wrong"), name, form.to)

    def _again(
        self, request: Request, status: int, trouble: str, chosen: str, to: forms.Page
    ) -> Response:
        if to in ("/check", "/commission"):
            return self._guard.page(
                request, "sign_in", status=status, trouble=trouble, chosen=chosen, to=to
            )
        return self._looking.whole(request, status=status, trouble=trouble, chosen=chosen)

    async def sign_out(self, request: Request) -> Response:
        """End the session, here and in the browser."""
        await self._guard.form(request, forms.Form)
        self._guard.sessions.close(request.cookies.get(SESSION, ""))
        answer = see()
        answer.delete_cookie(SESSION, httponly=True, samesite="strict")
        return answer

    async def speak_language(self, request: Request) -> Response:
        """Keep the language chosen in this browser."""
        form = await self._guard.form(request, forms.Speak)
        answer = see(form.to)
        set_cookie(answer, request, LANGUAGE, form.language, max_age_s=YEAR_S)
        return answer

    # --- acting ----------------------------------------------------------------------------------

    def doing(
        self,
        kind: type[F],
        act: Callable[[actions.Desire, F], Awaitable[Note]],
        rights: frozenset[Right],
    ) -> Route:
        """Return the route of an action that needs a PIN session with one of `rights`."""

        async def route(request: Request) -> Response:
            session = self._guard.require(request, rights)
            form = await self._guard.form(request, kind)
            session.note = await act(self._desire(request, session.pin.name), form)
            return see()

        return route

    async def speak(self, request: Request) -> Response:
        """Have the typed text read out; what was refused is shown again with the text kept."""
        session = self._guard.require(request, OPERATE)
        form = await self._guard.form(request, forms.SayText)
        session.voice = form.voice
        note = await saying.speak(self._desire(request, session.pin.name), form)
        if note.tone == "refused":
            draft = draft_of(form.text, voice=form.voice, rounds=form.rounds)
            return self._looking.whole(request, status=422, note=note, draft=draft)
        session.note = note
        return see()

    async def preview(self, request: Request) -> Response:
        """Show how the typed text will be read; nothing sounds."""
        session = self._guard.require(request, OPERATE)
        form = await self._guard.form(request, forms.SayText)
        session.voice = form.voice
        draft = draft_of(form.text, voice=form.voice, rounds=form.rounds)
        return self._looking.whole(request, draft=draft)

    async def warn(self, request: Request) -> Response:
        """Sound a local emergency once it was held or confirmed, else ask; what is refused is kept in its fields."""
        session = self._guard.require(request, WARN)
        form = await self._guard.form(request, forms.Warn)
        if not saying.is_sure(form.sure, saying.WARN_WORD):
            fields = [("headline", form.headline), ("text", form.text), ("minutes", form.minutes)]
            fields += [("zone", zone) for zone in form.zone]
            return self._sure(request, "warn", fields, form.headline, form.text, form.sure)
        note = await saying.warn(self._desire(request, session.pin.name), form)
        if note.tone == "refused":
            alert = Alert(headline=form.headline, text=form.text, open=True)
            return self._looking.whole(request, status=422, note=note, alert=alert)
        session.note = note
        return see()

    async def stand_down(self, request: Request) -> Response:
        """Take a local emergency back once it was held or confirmed; else ask."""
        session = self._guard.require(request, WARN)
        form = await self._guard.form(request, forms.StandDown)
        if not saying.is_sure(form.sure, saying.END_WORD):
            alarms = self._counter.view().alarms
            headline = next((a.headline for a in alarms if a.id == form.id), "")
            return self._sure(request, "stand-down", [("id", form.id)], headline, "", form.sure)
        session.note = await saying.stand_down(self._desire(request, session.pin.name), form)
        return see()

    async def hush(self, request: Request) -> Response:
        """Silence the warnings in force here for a while once it was held or confirmed; else ask."""
        session = self._guard.require(request, OPERATE)
        form = await self._guard.form(request, forms.Hush)
        if not saying.is_sure(form.sure, saying.HUSH_WORD):
            alarms = self._counter.view().alarms
            headline = next((a.headline for a in alarms if not a.hushed_by), "")
            return self._sure(request, "hush", [], headline, "", form.sure)
        session.note = await saying.hush(self._desire(request, session.pin.name))
        return see()

    async def ask(self, request: Request) -> Response:
        """Look whether the appliance is fit; tones are the installer's."""
        session = self._guard.require(request, OPERATE | INSTALL)
        form = await self._guard.form(request, forms.Ask)
        if form.what == "tones" and not session.may(INSTALL):
            raise NoRight
        session.note = await saying.ask(self._desire(request, session.pin.name), form)
        return see("/check")

    # --- within ----------------------------------------------------------------------------------

    def _desire(self, request: Request, by: str) -> actions.Desire:
        return actions.Desire(self._counter, Words(self._guard.language(request)), by)

    def _sure(
        self,
        request: Request,
        act: str,
        fields: list[tuple[str, str]],
        headline: str,
        text: str,
        typed: str,
    ) -> Response:
        words = self._guard.words(request)
        return self._guard.page(
            request,
            "sure",
            act=act,
            fields=fields,
            headline=headline,
            text=text,
            word=saying.SURE_WORDS[act],
            trouble=words("sure.wrong") if typed else "",
        )
