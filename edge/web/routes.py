"""The routes: addresses of the local page, and who may use which.

Law of the room: looking needs no PIN, acting does. Every change is a POST with a proof, and answers 303;
a POST that is refused changes nothing and says why. Nothing here blocks the loop.
"""

import math
import secrets
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.exceptions import HTTPException
from starlette.responses import StreamingResponse

from edge.web import actions, faces, forms, painter
from edge.web.counter import Counter
from edge.web.door import Door
from edge.web.live import MOST_LOOKERS, Live
from edge.web.session import Checked, Note, PinCheck, Session, Sessions
from edge.web.words import WORDS, Language, Words

__all__ = ["Counter", "create_app"]

SESSION: Final = "tienglang-session"
VISIT: Final = "tienglang-visit"
LANGUAGE: Final = "tienglang-language"
YEAR_S: Final = 365 * 86_400

F = TypeVar("F", bound=forms.Form)


def create_app(counter: Counter) -> FastAPI:
    """Return the local page as an application over `counter`."""
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    page = Page(counter)
    app.add_middleware(Door, hosts=counter.hosts)
    app.add_exception_handler(HTTPException, page.refused)
    app.add_exception_handler(forms.BadForm, page.refused)
    add = app.add_api_route
    add("/", page.home, methods=["GET"], response_model=None)
    add("/now", page.now, methods=["GET"], response_model=None)
    add("/health", page.health, methods=["GET"], response_model=None)
    add("/static/{name}", page.static, methods=["GET"], response_model=None)
    for path, route in (
        ("/sign-in", page.sign_in),
        ("/sign-out", page.sign_out),
        ("/language", page.speak),
        ("/stop", page.acting(forms.Stop, actions.stop)),
        ("/release", page.acting(forms.Release, actions.release)),
        ("/volume", page.acting(forms.Volume, actions.volume)),
        ("/play", page.acting(forms.PlayNow, actions.play)),
    ):
        add(path, route, methods=["POST"], response_model=None)
    return app


class Page:
    """The routes over one counter, with its sessions, its lock-out and its live streams."""

    def __init__(self, counter: Counter) -> None:
        """Serve `counter`; nobody is signed in yet."""
        self._counter = counter
        self._sessions = Sessions()
        self._pins = PinCheck(counter.remember, counter.recall)
        self._live = Live(counter)

    # --- looking ---------------------------------------------------------------------------------

    async def home(self, request: Request) -> Response:
        """Show the page."""
        session = self._session(request)
        note = None
        if session is not None:
            note, session.note = session.note, None
        return self._whole(request, session, note=note)

    async def now(self, request: Request) -> Response:
        """Stream what changes."""
        if self._live.lookers >= MOST_LOOKERS:
            raise HTTPException(503)
        stream = self._live.stream(self._language(request))
        return StreamingResponse(stream, media_type="text/event-stream")

    async def health(self) -> Response:
        """Tell machines how the appliance is."""
        return JSONResponse(dict(self._counter.health()))

    async def static(self, name: str) -> Response:
        """Give one of the page's own files; its address changes with its bytes."""
        asset = painter.assets().get(name)
        if asset is None:
            raise HTTPException(404)
        headers = {"Cache-Control": f"public, max-age={YEAR_S}, immutable"}
        return Response(asset.body, media_type=asset.media_type, headers=headers)

    # --- coming and going ------------------------------------------------------------------------

    async def sign_in(self, request: Request) -> Response:
        """Open a session for a right PIN, under a token that is new."""
        form = await self._form(request, forms.SignIn)
        staff = self._counter.staff()
        words = Words(self._language(request))
        name = form.name or (staff[0].name if len(staff) == 1 else "")
        pin = next((p for p in staff if p.name == name), None)
        checked = await self._pins.check(pin, form.pin, self._counter.now)
        if checked is Checked.RIGHT and pin is not None:
            self._sessions.close(request.cookies.get(SESSION, ""))
            session = self._sessions.open(pin, self._counter.now().mono_s)
            answer = _see_home()
            _set_cookie(answer, request, SESSION, session.token)
            return answer
        if checked is Checked.LOCKED:
            wait_s = self._pins.wait_s(self._counter.now())
            trouble = words("sign-in.locked", time=faces.wait_words(wait_s, words))
            answer = self._whole(request, None, status=429, trouble=trouble, chosen=name)
            answer.headers["Retry-After"] = str(math.ceil(wait_s))
            return answer
        trouble = words("sign-in.wrong")
        return self._whole(request, None, status=401, trouble=trouble, chosen=name)

    async def sign_out(self, request: Request) -> Response:
        """End the session, here and in the browser."""
        await self._form(request, forms.Form)
        self._sessions.close(request.cookies.get(SESSION, ""))
        answer = _see_home()
        answer.delete_cookie(SESSION, httponly=True, samesite="strict")
        return answer

    async def speak(self, request: Request) -> Response:
        """Keep the language chosen in this browser."""
        form = await self._form(request, forms.Speak)
        answer = _see_home()
        _set_cookie(answer, request, LANGUAGE, form.language, max_age_s=YEAR_S)
        return answer

    # --- acting ----------------------------------------------------------------------------------

    def acting(
        self, kind: type[F], act: Callable[[actions.Desire, F], Awaitable[Note]]
    ) -> Callable[[Request], Awaitable[Response]]:
        """Return the route of an action that needs a PIN session."""

        async def route(request: Request) -> Response:
            session = self._session(request)
            if session is None:
                trouble = Words(self._language(request))("sign-in.again")
                return self._whole(request, None, status=401, trouble=trouble)
            form = await self._form(request, kind)
            words = Words(self._language(request))
            session.note = await act(actions.Desire(self._counter, words, session.pin.name), form)
            return _see_home()

        return route

    # --- within ----------------------------------------------------------------------------------

    def _session(self, request: Request) -> Session | None:
        token = request.cookies.get(SESSION, "")
        return self._sessions.find(token, self._counter.staff(), self._counter.now().mono_s)

    def _language(self, request: Request) -> Language:
        match request.cookies.get(LANGUAGE):
            case "en":
                return "en"
            case "vi":
                return "vi"
            case _:
                return self._counter.language

    async def _form(self, request: Request, kind: type[F]) -> F:
        form = await forms.read(request, kind)
        seed = request.cookies.get(SESSION if self._session(request) else VISIT, "")
        if not self._sessions.proves(seed, form.csrf):
            raise HTTPException(403)
        return form

    def _whole(
        self,
        request: Request,
        session: Session | None,
        *,
        status: int = 200,
        note: Note | None = None,
        trouble: str = "",
        chosen: str = "",
    ) -> Response:
        visit = request.cookies.get(VISIT, "") or secrets.token_hex(16)
        html = painter.page(
            self._counter.view(),
            self._language(request),
            session=session,
            people=[pin.name for pin in self._counter.staff()],
            csrf=self._sessions.proof(session.token if session else visit),
            note=note,
            trouble=trouble,
            chosen=chosen,
        )
        answer = HTMLResponse(html, status)
        if VISIT not in request.cookies:
            _set_cookie(answer, request, VISIT, visit)
        return answer

    async def refused(self, request: Request, fault: Exception) -> Response:
        """Say what was wrong with a request, as a page."""
        status = fault.status_code if isinstance(fault, HTTPException) else 400
        known = status if f"error.{status}" in WORDS else 400
        return HTMLResponse(painter.error(known, self._language(request)), status)


def _see_home() -> Response:
    return RedirectResponse("/", 303)


def _set_cookie(
    answer: Response, request: Request, name: str, value: str, *, max_age_s: int | None = None
) -> None:
    secure = request.url.scheme == "https"
    answer.set_cookie(
        name, value, max_age=max_age_s, httponly=True, samesite="strict", secure=secure
    )
