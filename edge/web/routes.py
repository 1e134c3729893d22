"""The routes: addresses of the local page, and who may use which.

Law of the room: looking needs no PIN, acting does, and each action its right. Every change is a POST with
a proof, and answers 303; a POST that is refused changes nothing and says why. Nothing here blocks the loop.
"""

import math
import unicodedata
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import TypeVar

from fastapi import FastAPI, Request
from fastapi.responses import Response
from starlette.exceptions import HTTPException

from contract.documents import Right
from edge.core.page import NoteKind
from edge.web import actions, describe, forms, notices, phrases, saying
from edge.web.counter import Counter
from edge.web.door import Door, Wider
from edge.web.guard import (
    INSTALL,
    LANGUAGE,
    OPERATE,
    SESSION,
    WARN,
    Guard,
    NoRight,
    SignInFirst,
    see,
    set_cookie,
)
from edge.web.looking import Alert, Looking, draft_of
from edge.web.session import Checked, Note
from edge.web.words import Words

__all__ = ["Counter", "Room", "create_app"]

F = TypeVar("F", bound=forms.Form)
Route = Callable[[Request], Awaitable[Response]]


@dataclass(frozen=True)
class Room:
    """Routes that another room adds to the page: how, and which of its paths take more than a form.

    `part` names what the main page then shows of it.
    """

    add: Callable[[FastAPI, Guard], None]
    wider: tuple[Wider, ...] = ()
    part: str = ""


def create_app(counter: Counter, rooms: Iterable[Room] = ()) -> FastAPI:
    """Return the local page as an application over `counter`, with the routes of further `rooms`.

    `app.openapi()` describes every route; it is not served.
    """
    rooms = tuple(rooms)
    app = FastAPI(
        title="Tiếng Làng, local page",
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        redirect_slashes=False,
    )
    guard = Guard(counter)
    looking = Looking(guard, parts=frozenset(room.part for room in rooms))
    acting = Acting(guard, looking)
    app.add_middleware(Door, hosts=counter.hosts, wider=[w for room in rooms for w in room.wider])
    for fault in (HTTPException, forms.BadForm, SignInFirst, NoRight):
        app.add_exception_handler(fault, looking.refused)
    _add_looking(app, looking)
    _add_acting(app, acting)
    for room in rooms:
        room.add(app, guard)
    return app


def _add_looking(app: FastAPI, looking: Looking) -> None:
    def add(path: str, route: Route, answers: describe.Answers, asked: describe.Extra) -> None:
        app.add_api_route(
            path,
            route,
            methods=["GET"],
            response_model=None,
            response_class=Response,
            responses=answers,
            openapi_extra=asked,
        )

    html = describe.looking
    templates = describe.query(notice=notices.NAMES, warning=tuple(notices.WARNINGS))
    add("/", looking.home, html(), templates)
    add("/check", looking.check, html("text/html", 401), {})
    add("/log", looking.log, html(), describe.query(kind=tuple(NoteKind)))
    add("/about", looking.about, html(), {})
    stream = html("text/event-stream", 401, 503)
    add("/now", looking.now, stream, describe.query(page=("home", "check")))
    add("/health", looking.health, html("application/json"), {})
    add("/static/{name}", looking.static, html("*/*", 404), describe.path("name"))


def _add_acting(app: FastAPI, acting: "Acting") -> None:
    def add(path: str, kind: type[forms.Form], route: Route, *more: int) -> None:
        app.add_api_route(
            path,
            route,
            methods=["POST"],
            response_model=None,
            response_class=Response,
            status_code=303,
            responses=describe.acting(*more),
            openapi_extra=describe.form_of(kind),
        )

    add("/sign-in", forms.SignIn, acting.sign_in, 401, 429)
    add("/sign-out", forms.Form, acting.sign_out)
    add("/language", forms.Speak, acting.speak_language)
    add("/preview", forms.SayText, acting.preview, 200, 401)
    doing = acting.doing
    add("/stop", forms.Stop, doing(forms.Stop, actions.stop, OPERATE), 401)
    add("/release", forms.Release, doing(forms.Release, actions.release, OPERATE), 401)
    add("/volume", forms.Volume, doing(forms.Volume, actions.volume, OPERATE), 401)
    add("/skip", forms.Skip, doing(forms.Skip, actions.skip, OPERATE), 401)
    add("/undo", forms.Undo, doing(forms.Undo, actions.undo, OPERATE | WARN), 401)
    add("/play", forms.PlayNow, doing(forms.PlayNow, actions.play, OPERATE), 401)
    add("/speak", forms.SayText, acting.speak, 401, 422)
    add("/warn", forms.Warn, acting.warn, 200, 401, 422)
    add("/stand-down", forms.StandDown, acting.stand_down, 200, 401)
    add("/check", forms.Ask, acting.ask, 401)


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
        if to == "/check":
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
        set_cookie(answer, request, LANGUAGE, form.language, max_age_s=365 * 86_400)
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
            word=saying.WARN_WORD if act == "warn" else saying.END_WORD,
            trouble=words("sure.wrong") if typed else "",
        )
