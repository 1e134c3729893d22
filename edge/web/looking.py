"""Looking: the pages, the live stream, the files, and the facts for machines.

Law of the room: nothing here changes anything. Looking needs no PIN, but for the check page.
"""

from collections.abc import Mapping
from typing import Final

import msgspec
from fastapi import Request
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException
from starlette.responses import StreamingResponse

from edge.core.page import NoteKind
from edge.web import forms, notices, painter, phrases, qr, speech, stages, today
from edge.web.guard import ANY, INSTALL, Guard, NoRight, SignInFirst
from edge.web.live import MOST_LOOKERS, Live
from edge.web.session import Note, Session
from edge.web.words import Language

YEAR_S: Final = 365 * 86_400
SHOWN: Final = 20
LOOPBACK: Final = ("127.", "localhost", "[::1]")


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """A text on its way to the loudspeaker: as typed, and as it will be read."""

    name: str = ""
    text: str = ""
    reading: str = ""
    length_s: float = 0.0
    voice: str = ""
    rounds: str = "1"
    open: bool = False


class Alert(msgspec.Struct, frozen=True, kw_only=True):
    """A local emergency being written."""

    name: str = ""
    headline: str = ""
    text: str = ""
    open: bool = False


def draft_of(text: str, *, name: str = "", voice: str = "", rounds: str = "1") -> Draft:
    """Return a draft of `text`, read beforehand."""
    reading = speech.read(text)
    return Draft(
        name=name,
        text=text,
        reading=reading.text,
        length_s=reading.length_s,
        voice=voice,
        rounds=rounds,
        open=True,
    )


class Looking:
    """The routes that show."""

    def __init__(self, guard: Guard, parts: frozenset[str] = frozenset()) -> None:
        """Show what stands behind `guard`, and on the main page the `parts` of further rooms."""
        self._guard = guard
        self._parts = parts
        self._counter = guard.counter
        self.live = Live(guard.counter)

    async def home(self, request: Request) -> Response:
        """Show the page; `notice` and `warning` name a template to begin with."""
        session = self._guard.session(request)
        if session is None:
            return self.whole(request)
        asked = request.query_params
        draft = alert = None
        text = notices.notices(self._counter.view().now).get(asked.get("notice", ""))
        if text is not None:
            draft = draft_of(text, name=asked["notice"], voice=session.voice)
        warned = notices.WARNINGS.get(asked.get("warning", ""))
        if warned is not None:
            alert = Alert(
                name=asked["warning"], headline=warned.headline, text=warned.text, open=True
            )
        return self.whole(request, note=_once(session), draft=draft, alert=alert)

    def whole(
        self,
        request: Request,
        *,
        status: int = 200,
        note: Note | None = None,
        draft: Draft | None = None,
        alert: Alert | None = None,
        **more: object,
    ) -> Response:
        """Return the main page with what is being written on it, or that of an appliance that is not at work."""
        if not stages.is_at_work(self._counter.view()):
            return self._out_of_work(request, status, note, more)
        session = self._guard.session(request)
        return self._guard.page(
            request,
            "home",
            status=status,
            note=note,
            notices=notices.notices(self._counter.view().now),
            warnings=notices.WARNINGS,
            draft=draft or Draft(voice=session.voice if session else ""),
            alert=alert or Alert(),
            most_letters=forms.MOST_LETTERS,
            parts=self._parts,
            **more,
        )

    def _out_of_work(
        self, request: Request, status: int, note: Note | None, more: Mapping[str, object]
    ) -> Response:
        shown: dict[str, object] = {"claim_trouble": "", "typed": ""}
        return self._guard.page(
            request,
            "enrol",
            status=status,
            note=note,
            qr=qr.picture(self._counter.qr) if self._counter.qr else "",
            qr_text=self._counter.qr,
            fingerprint=self._counter.fingerprint,
            parts=self._parts,
            **(shown | dict(more)),
        )

    async def check(self, request: Request) -> Response:
        """Show whether all is well, to whoever has a PIN."""
        session = self._guard.require(request, ANY)
        return self._guard.page(
            request, "check", note=_once(session), to="/check", parts=self._parts
        )

    async def log(self, request: Request) -> Response:
        """Show what happened, by days; `kind` narrows it."""
        view, words = self._counter.view(), self._guard.words(request)
        asked = request.query_params.get("kind", "")
        kind = NoteKind(asked) if asked in set(NoteKind) else None
        return self._guard.page(
            request,
            "log",
            to="/log",
            kind=kind.value if kind else "",
            kinds=[one.value for one in NoteKind],
            days=today.days_of(view.log, kind, view.now.date(), words),
            plays=view.plays[:SHOWN],
            refusals=[(one, phrases.what_of(one, words)) for one in view.refusals[:SHOWN]],
        )

    async def about(self, request: Request) -> Response:
        """Show who this appliance is, and its address for another phone's camera."""
        here = f"{request.url.scheme}://{request.headers['host']}/"
        known = self._counter.addresses()
        local = request.headers["host"].startswith(LOOPBACK)
        address = known[0] if local and known else here
        addresses = tuple(dict.fromkeys((address, *known)))
        return self._guard.page(
            request,
            "about",
            to="/about",
            address=address,
            addresses=addresses,
            qr=qr.picture(address),
            software=self._counter.software,
            fingerprint=self._counter.fingerprint,
        )

    async def now(self, request: Request) -> Response:
        """Stream what changes on the main page, or on the check page to whoever may see it."""
        page: painter.Watched = "home"
        asked = request.query_params.get("page")
        if asked == "check":
            self._guard.require(request, ANY)
            page = "check"
        elif asked == "commission":
            self._guard.require(request, INSTALL)
            page = "commission"
        elif asked == "enrol":
            page = "enrol"
        if self.live.lookers >= MOST_LOOKERS:
            raise HTTPException(503)
        stream = self.live.stream(self._guard.language(request), page)
        return StreamingResponse(stream, media_type="text/event-stream")

    async def health(self, request: Request) -> Response:
        """Tell machines how the appliance is."""
        return JSONResponse(dict(self._counter.health()))

    async def static(self, request: Request) -> Response:
        """Give one of the page's own files; its address changes with its bytes."""
        asset = painter.assets().get(str(request.path_params["name"]))
        if asset is None:
            raise HTTPException(404)
        headers = {"Cache-Control": f"public, max-age={YEAR_S}, immutable"}
        return Response(asset.body, media_type=asset.media_type, headers=headers)

    async def refused(self, request: Request, fault: Exception) -> Response:
        """Say what was wrong with a request, as a page."""
        if isinstance(fault, SignInFirst):
            return self.sign_in_first(request)
        right = isinstance(fault, NoRight)
        status = fault.status_code if isinstance(fault, HTTPException) else 403 if right else 400
        words = self._guard.words(request)
        key = "right" if right else str(status) if words.has(f"error.{status}") else "400"
        return _error(status, key, self._guard.language(request))

    def sign_in_first(self, request: Request) -> Response:
        """Ask for the PIN: on the main page after an action that came too late, else on a page of its own."""
        path = request.url.path
        if path in {"/check", "/now"} and request.method == "GET":
            return self._guard.page(request, "sign_in", status=401, to="/check")
        if path.startswith("/commission"):
            return self._guard.page(request, "sign_in", status=401, to="/commission")
        trouble = self._guard.words(request)("sign-in.again")
        return self.whole(request, status=401, trouble=trouble)


def _error(status: int, key: str, language: Language) -> Response:
    return Response(
        painter.error(status, key, language), status, media_type="text/html; charset=utf-8"
    )


def _once(session: Session) -> Note | None:
    note, session.note = session.note, None
    return note
