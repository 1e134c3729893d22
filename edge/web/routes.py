"""The routes: addresses of the local page, and who may use which.

Law of the room: looking needs no PIN, acting does, and each action its right. Every change is a POST with
a proof, and answers 303; a POST that is refused changes nothing and says why. Nothing here blocks the loop.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from fastapi import FastAPI
from fastapi.responses import Response
from starlette.exceptions import HTTPException

from edge.core.page import NoteKind
from edge.web import actions, describe, forms, notices
from edge.web.acting import Acting, Route
from edge.web.counter import Counter
from edge.web.door import Door, Wider
from edge.web.enrolling import Enrolling
from edge.web.guard import (
    OPERATE,
    WARN,
    Guard,
    NoRight,
    SignInFirst,
)
from edge.web.looking import Looking

__all__ = ["Counter", "Room", "create_app"]


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
    Enrolling(guard, looking).add(app)
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
    add("/now", looking.now, stream, describe.query(page=("home", "check", "enrol", "commission")))
    add("/health", looking.health, html("application/json"), {})
    add("/static/{name}", looking.static, html("*/*", 404), describe.path("name"))


def _add_acting(app: FastAPI, acting: Acting) -> None:
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
    add("/hush", forms.Hush, acting.hush, 200, 401)
    add("/check", forms.Ask, acting.ask, 401)
