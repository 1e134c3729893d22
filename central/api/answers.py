"""How requests are read and answers written, alike in both interfaces.

Law of the room: JSON in is checked against a frozen value; an answer is a value of `central.domain.states` with its
Vietnamese word; every error is {"error": code, "why": sentence}.
"""

import logging
from typing import Annotated, Self, TypeVar

import msgspec
from fastapi import Depends, FastAPI, Request, Response, Security
from fastapi.exceptions import RequestValidationError
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from starlette.exceptions import HTTPException

from central.domain.errors import (
    CentralError,
    Conflict,
    Forbidden,
    NotFound,
    NotSignedIn,
    TooLarge,
    TooOften,
    Unacceptable,
)
from central.domain.states import State
from central.services.words import refusal_words
from contract.errors import Refused

log = logging.getLogger(__name__)
T = TypeVar("T")
JSON_TYPE = "application/json"
SEALED_TYPE = "application/vnd.dsse+json"
STATUSES: dict[type[CentralError], int] = {
    NotFound: 404,
    Forbidden: 403,
    NotSignedIn: 401,
    Unacceptable: 422,
    TooLarge: 413,
    Conflict: 409,
    TooOften: 429,
}


async def raw_body(request: Request) -> bytes:
    """Return the whole body; its size is capped in front of the application."""
    return await request.body()


RawBody = Annotated[bytes, Depends(raw_body)]


class Bearer(str):
    """A bearer token, and what it is shown for: the route's room (its first tag), and whether to change something."""

    __slots__ = ("room", "writes")

    def __new__(cls, token: str, room: str = "", *, writes: bool = True) -> Self:
        """Return the token; without a room it leads nowhere."""
        made = super().__new__(cls, token)
        made.room, made.writes = room, writes
        return made

    room: str
    writes: bool


_SCHEME = HTTPBearer(
    auto_error=False,
    scheme_name="bearer",
    description="The token of `POST /api/v1/session`, or a system's token (`tlk_…`) made at /console/interfaces.",
)


async def bearer(
    request: Request,
    given: Annotated[HTTPAuthorizationCredentials | None, Security(_SCHEME)],
) -> Bearer:
    """Return the bearer token of a request; raises `NotSignedIn` when there is none."""
    if given is None or not given.credentials.strip():
        raise NotSignedIn("Thiếu mã phiên (Authorization: Bearer).")
    tags = getattr(request.scope.get("route"), "tags", None) or [""]
    writes = request.method not in {"GET", "HEAD"}
    return Bearer(given.credentials.strip(), str(tags[0]), writes=writes)


Token = Annotated[Bearer, Depends(bearer)]


def read_as(body: bytes, wanted: type[T]) -> T:
    """Return the JSON body as a checked value; raises `Unacceptable` naming the field."""
    try:
        return msgspec.json.decode(body, type=wanted)
    except (msgspec.DecodeError, ValueError) as fault:
        raise Unacceptable(f"Yêu cầu không đúng: {fault}.", "bad-request") from fault


def shown(answer: object, status: int = 200) -> Response:
    """Return values as JSON, each state with its word."""
    return Response(msgspec.json.encode(_plain(answer)), status, media_type=JSON_TYPE)


def _plain(answer: object) -> object:
    """Return a value as JSON can carry it; bytes become base64."""
    if isinstance(answer, State):
        plain = {name: _plain(getattr(answer, name)) for name in answer.__struct_fields__}
        word = getattr(answer, "word", None)
        return plain if word is None else {**plain, "word": word}
    if isinstance(answer, dict):
        return {key: _plain(value) for key, value in answer.items()}
    if isinstance(answer, tuple | list):
        return [_plain(item) for item in answer]
    return answer


def refusal(status: int, code: str, why: str, **more: object) -> Response:
    """Return an error as both interfaces write it."""
    body = {"error": code, "why": why, **{k: v for k, v in more.items() if v is not None}}
    return Response(msgspec.json.encode(body), status, media_type=JSON_TYPE)


def add_error_answers(app: FastAPI) -> None:
    """Have every error of the house answered in one form."""

    def central(request: Request, fault: Exception) -> Response:
        if not isinstance(fault, CentralError):
            raise fault
        if isinstance(fault, Forbidden | TooOften):
            asked = f"{request.method} {request.url.path}"[:200]
            log.warning("refused: %s, %s", asked, fault.why[:300])
        status = next((s for kind, s in STATUSES.items() if isinstance(fault, kind)), 500)
        expected = fault.expected if isinstance(fault, Conflict) else None
        answer = refusal(status, fault.code, fault.why, expected=expected)
        if isinstance(fault, TooOften):
            answer.headers["retry-after"] = str(fault.retry_after_s)
        return answer

    def refused(_: Request, fault: Exception) -> Response:
        if not isinstance(fault, Refused):
            raise fault
        return refusal(422, fault.code.value, refusal_words(fault), reason=fault.why)

    def malformed(_: Request, fault: Exception) -> Response:
        return refusal(422, "bad-request", f"Yêu cầu không đúng: {fault}"[:500])

    def http(_: Request, fault: Exception) -> Response:
        status = fault.status_code if isinstance(fault, HTTPException) else 500
        return refusal(status, "http", f"HTTP {status}")

    def broken(_: Request, fault: Exception) -> Response:
        log.error("request failed", exc_info=fault)
        return refusal(500, "internal", "Máy chủ gặp lỗi; hãy thử lại, nếu còn thì báo quản trị.")

    app.add_exception_handler(CentralError, central)
    app.add_exception_handler(Refused, refused)
    app.add_exception_handler(RequestValidationError, malformed)
    app.add_exception_handler(HTTPException, http)
    app.add_exception_handler(Exception, broken)
