"""Reports in front of the framework: ten thousand appliances tell at once that they heard a warning.

Law of the room: bare ASGI. The route in `device` describes this door and answers whoever comes without a token; here
is only the short way for those who have one: the same desk, the same answers, a third of the processor time.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, MutableMapping
from types import SimpleNamespace
from typing import Any, Final, assert_never

from fastapi import Response

from central.api.answers import refusal, shown
from central.api.signed import asked_with
from central.domain.errors import NotSignedIn
from central.services.report_desk import ReportDesk
from central.services.reports import Acknowledged, Rejected
from central.services.signatures import Asked

log = logging.getLogger(__name__)
PATH: Final = "/device/v1/reports"
Message = MutableMapping[str, Any]  # ASGI's own shapes
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Message, Receive, Send], Awaitable[None]]
_ROUTE: Final = SimpleNamespace(path=PATH)  # by which the figures count it


class ReportLane:
    """Takes reports that come with a token; everything else goes on to the application."""

    def __init__(self, app: App, desk: ReportDesk) -> None:
        self._app = app
        self._desk = desk

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answer one request."""
        token = _token(scope)
        if not token:
            await self._app(scope, receive, send)
            return
        scope["route"] = _ROUTE
        body = await _whole(receive)
        if body is None:
            return
        try:
            answer = await answer_report(self._desk, token, asked_with(scope, body))
        except NotSignedIn as refused:
            answer = refusal(401, refused.code, refused.why)
        except Exception:
            log.exception("a report could not be taken")
            why = "Máy chủ gặp lỗi; hãy thử lại, nếu còn thì báo quản trị."
            answer = refusal(500, "internal", why)
        await answer(scope, receive, send)


async def answer_report(desk: ReportDesk, token: str, asked: Asked) -> Response:
    """Return the answer to a report, once it is on disk or rejected; raises `NotSignedIn`."""
    answer = await asyncio.wrap_future(desk.submit(token, asked))
    match answer:
        case Acknowledged(counter=counter):
            return shown({"acknowledged": counter})
        case Rejected(status=status, code=code, why=why):
            fits = {"expected": answer.expected, "previous_sha256": answer.previous_sha256}
            return refusal(status, code, why, **fits)
        case _:
            assert_never(answer)


def _token(scope: Message) -> str:
    """Return the token of a report, nothing for any other request."""
    if scope["type"] != "http" or scope["path"] != PATH or scope["method"] != "POST":
        return ""
    headers: list[tuple[bytes, bytes]] = scope["headers"]
    given = [value for name, value in headers if name == b"authorization"]
    scheme, _, token = (
        given[0].decode("latin-1").partition(" ") if len(given) == 1 else ("", "", "")
    )
    return token.strip() if scheme.lower() == "bearer" else ""


async def _whole(receive: Receive) -> bytes | None:
    """Return the body, whose size is capped in front; None when the sender went."""
    parts: list[bytes] = []
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        parts.append(message.get("body", b""))
        if not message.get("more_body", False):
            return b"".join(parts)
