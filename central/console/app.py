"""Puts the console together: pages, static files, the guard before them, and designed answers to errors.

Law of the room: an error is answered in the shape that was asked for, a page to a person and JSON to a
script, always with a sentence and a next step; a fault of ours never shows its inside.
"""

import logging
from pathlib import Path

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.staticfiles import StaticFiles

from central.console.guard import Guard, host_names
from central.console.pages import (
    account,
    appliance,
    appliance_logs,
    areas,
    audit,
    cap,
    cap_sources,
    care,
    contents,
    drills,
    emergency,
    emergency_calls,
    emergency_form,
    emergency_voice,
    fleet,
    inbox,
    install,
    install_desk,
    install_papers,
    interfaces,
    key,
    library,
    log,
    overview,
    people,
    plays,
    programme,
    sign_in,
    slot_form,
    trust,
    wall,
    week_plan,
)
from central.console.render import bare_page
from central.console.visitor import is_secure, words_of
from central.domain.errors import (
    CentralError,
    Conflict,
    Forbidden,
    NotFound,
    NotSignedIn,
    TooLarge,
    Unacceptable,
)
from central.services import House, refusal_words
from contract.errors import Refused

_LOG = logging.getLogger(__name__)
_HERE = Path(__file__).parent
_STATUS: tuple[tuple[type[CentralError], int], ...] = (
    (NotFound, 404),
    (Forbidden, 403),
    (NotSignedIn, 401),
    (Unacceptable, 422),
    (TooLarge, 413),
    (Conflict, 409),
)


def make_console(house: House) -> FastAPI:
    """Return the console of this house, to be mounted at /console."""
    app = FastAPI(title="Tiếng Làng", docs_url=None, redoc_url=None, openapi_url=None)
    app.state.house = house
    settings = house.settings
    app.add_middleware(
        Guard, hosts=host_names(settings.public_url, settings.host), secure=is_secure(house)
    )
    app.mount("/static", _Static(directory=_HERE / "static"), name="static")
    for part in (sign_in, overview, contents, programme, slot_form, key, appliance, log):
        app.include_router(part.router)
    app.include_router(appliance_logs.router)
    for part in (emergency_voice, emergency_form, emergency_calls, emergency, drills):
        app.include_router(part.router)
    for part in (install, install_desk, install_papers, trust):
        app.include_router(part.router)
    for part in (people, areas, audit, account, library, inbox, week_plan):
        app.include_router(part.router)
    for part in (cap, cap_sources):
        app.include_router(part.router)
    for part in (fleet, care, plays, wall, interfaces):
        app.include_router(part.router)
    app.add_exception_handler(CentralError, _answer_central)
    app.add_exception_handler(Refused, _answer_refused)
    app.add_exception_handler(HTTPException, _answer_http)
    app.add_exception_handler(RequestValidationError, _answer_invalid)
    app.add_exception_handler(Exception, _answer_fault)
    return app


class _Static(StaticFiles):
    """Our scripts and styles: asked for again each time, sent only when changed."""

    def file_response(self, *args: object, **kwargs: object) -> Response:
        """Return the file with a revalidating cache."""
        answer = super().file_response(*args, **kwargs)  # type: ignore[arg-type]
        answer.headers["cache-control"] = "no-cache"
        return answer


def _wants_page(request: Request) -> bool:
    accept = request.headers.get("accept", "")
    return ("text/html" in accept and "sec-fetch-dest" not in request.headers) or (
        request.headers.get("sec-fetch-dest") == "document"
    )


def _answer_central(request: Request, error: Exception) -> Response:
    status = next((code for kind, code in _STATUS if isinstance(error, kind)), 500)
    why = error.why if isinstance(error, CentralError) else str(error)
    code = error.code if isinstance(error, CentralError) else "central"
    if status == 401 and _wants_page(request):
        return RedirectResponse(f"/console/sign-in?next={request.url.path}", 303)
    return _answer(request, status, code, why)


def _answer_refused(request: Request, error: Exception) -> Response:
    if not isinstance(error, Refused):
        raise error
    return _answer(request, 422, error.code.value, refusal_words(error))


def _answer_http(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    words = words_of(request, request.app.state.house)
    if status == 404:
        why = words("Không có trang này.")
    else:
        why = words("Yêu cầu không thực hiện được ({code}).", code=status)
    return _answer(request, status, "http", why)


def _answer_invalid(request: Request, error: Exception) -> Response:
    words = words_of(request, request.app.state.house)
    return _answer(request, 422, "bad-request", words("Thiếu hoặc sai dữ liệu trong yêu cầu."))


def _answer_fault(request: Request, error: Exception) -> Response:
    _LOG.error("console failed path=%s", request.url.path, exc_info=error)
    words = words_of(request, request.app.state.house)
    return _answer(
        request, 500, "fault", words("Máy chủ gặp lỗi. Việc vừa rồi chưa được thực hiện.")
    )


def _answer(request: Request, status: int, code: str, why: str) -> Response:
    if not _wants_page(request):
        return JSONResponse({"error": code, "why": why}, status)
    words = words_of(request, request.app.state.house)
    return bare_page(words, "error.html", {"status": status, "why": why}, status=status)
