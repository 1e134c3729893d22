"""The guard: who is asking, in which language, and whether they may.

Law of the room: every route that changes something asks here first: session, right, form token, in that
order. Nothing here blocks the loop.
"""

import secrets
from typing import Final, TypeVar

from fastapi import Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection

from contract.documents import Right
from edge.web import forms, painter
from edge.web.counter import Counter
from edge.web.session import ClaimCheck, Note, PinCheck, Session, Sessions
from edge.web.words import Language, Words

SESSION: Final = "tienglang-session"
VISIT: Final = "tienglang-visit"
LANGUAGE: Final = "tienglang-language"
ANY: Final = frozenset(Right)
OPERATE: Final = frozenset({Right.OPERATE})
WARN: Final = frozenset({Right.WARN})
INSTALL: Final = frozenset({Right.INSTALL})

F = TypeVar("F", bound=forms.Form)


class SignInFirst(Exception):
    """Nobody is signed in, and this needs somebody."""


class NoRight(Exception):
    """Whoever is signed in may not do this."""


class Guard:
    """Sessions, lock-out and proofs over one counter."""

    def __init__(self, counter: Counter) -> None:
        """Guard `counter`; nobody is signed in yet."""
        self.counter = counter
        self.sessions = Sessions()
        self.pins = PinCheck(counter.remember, counter.recall)
        self.claims = ClaimCheck(counter.remember_claims, counter.recall_claims)

    def session(self, request: HTTPConnection) -> Session | None:
        """Return the session of this browser, None when nobody is signed in."""
        token = request.cookies.get(SESSION, "")
        return self.sessions.find(token, self.counter.staff(), self.counter.now().mono_s)

    def require(
        self, request: HTTPConnection, rights: frozenset[Right], *, retired_too: bool = False
    ) -> Session:
        """Return the session when it holds one of `rights`; raises `SignInFirst` or `NoRight`.

        A retired appliance is controlled by nobody (409), but for what is `retired_too`.
        """
        if self.counter.view().retired and not retired_too:
            raise HTTPException(409)
        session = self.session(request)
        if session is None:
            raise SignInFirst
        if not session.may(rights):
            raise NoRight
        return session

    def language(self, request: HTTPConnection) -> Language:
        """Return the language chosen in this browser, or the appliance's own."""
        match request.cookies.get(LANGUAGE):
            case "en":
                return "en"
            case "vi":
                return "vi"
            case _:
                return self.counter.language

    def words(self, request: HTTPConnection) -> Words:
        """Return the catalogue in this browser's language."""
        return Words(self.language(request))

    async def form(self, request: Request, kind: type[F]) -> F:
        """Return the posted form; raises `BadForm`, or 403 when its token is not this browser's."""
        form = await forms.read(request, kind)
        self.prove(request, form.csrf)
        return form

    def prove(self, request: HTTPConnection, token: str) -> None:
        """Raise 403 unless `token` was given out to this browser."""
        seed = request.cookies.get(SESSION if self.session(request) else VISIT, "")
        if not self.sessions.proves(seed, token):
            raise HTTPException(403)

    def page(
        self,
        request: Request,
        name: painter.PageName,
        *,
        status: int = 200,
        note: Note | None = None,
        **more: object,
    ) -> Response:
        """Return the page `name` as this visitor sees it; `more` is what it shows beside the view."""
        visit = request.cookies.get(VISIT, "") or secrets.token_hex(16)
        session = self.session(request)
        about = painter.Visitor(
            session=session,
            csrf=self.sessions.proof(session.token if session else visit),
            people=tuple(pin.name for pin in self.counter.staff()),
            note=note,
        )
        html = painter.page(name, self.counter.view(), self.language(request), about, **more)
        answer = HTMLResponse(html, status)
        if VISIT not in request.cookies:
            set_cookie(answer, request, VISIT, visit)
        return answer


def see(place: forms.Page = "/") -> Response:
    """Send the browser to a page of ours after a change."""
    return RedirectResponse(place, 303)


def set_cookie(
    answer: Response, request: Request, name: str, value: str, *, max_age_s: int | None = None
) -> None:
    """Give the browser a cookie that scripts and other sites do not see."""
    secure = request.url.scheme == "https"
    answer.set_cookie(
        name, value, max_age=max_age_s, httponly=True, samesite="strict", secure=secure
    )
