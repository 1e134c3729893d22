"""Stops a body that is too large before it is read.

Law of the room: bare ASGI, in front of everything. A sender who announces too much is answered at once and the
connection is closed; one who announces nothing is counted while it streams.
"""

import json
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from contract.parcel import PARCEL_BYTES

Message = MutableMapping[str, Any]  # ASGI's own shapes
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

FORM_SLACK_BYTES = 1_000_000  # a form wraps the file in a little more
ORDINARY_BYTES = 1_000_000
REPORT_BYTES = 256_000
CAP_BYTES = 5_000_000  # an alert of 4 MB, in a form
TRUST_BYTES = 4_000_000  # a keyring of 1 MB, its targets and roots, in base64


class TooMuch(Exception):
    """The body grew beyond the cap while it streamed."""


class BodyLimit:
    """Wraps an application with a cap per path: uploads, the chain of trust, reports, logs, and all else."""

    def __init__(self, app: App, upload_max_bytes: int) -> None:
        self._app = app
        self._upload_max_bytes = upload_max_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or answer 413."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        cap = self._cap(str(scope["path"]))
        declared = _declared(scope)
        if declared is not None and declared > cap:
            await _refuse(send, cap)
            return
        taken = 0
        answered = False

        async def counted() -> Message:
            nonlocal taken
            message = await receive()
            taken += len(message.get("body", b""))
            if taken > cap:
                raise TooMuch
            return message

        async def noticed(message: Message) -> None:
            nonlocal answered
            answered = True
            await send(message)

        try:
            await self._app(scope, counted, noticed)
        except TooMuch:
            if not answered:
                await _refuse(send, cap)

    def _cap(self, path: str) -> int:
        if "/contents" in path or "/uploads" in path:
            return self._upload_max_bytes + FORM_SLACK_BYTES
        if path in {"/api/v1/cap", "/console/cap"}:
            return CAP_BYTES
        if path == "/api/v1/trust":
            return TRUST_BYTES
        if path.startswith("/device/v1/logs/"):
            return PARCEL_BYTES
        return REPORT_BYTES if path.endswith("/reports") else ORDINARY_BYTES


def _declared(scope: Scope) -> int | None:
    headers: list[tuple[bytes, bytes]] = scope["headers"]
    text = next((value for key, value in headers if key == b"content-length"), b"")
    return int(text) if text.isdigit() else None


async def _refuse(send: Send, cap: int) -> None:
    size = f"{cap // 1_000_000} MB" if cap >= 1_000_000 else f"{cap // 1_000} kB"
    why = f"Nội dung gửi lên lớn hơn mức cho phép ({size}). Hãy nén hoặc cắt nhỏ rồi gửi lại."
    data = json.dumps({"error": "too-large", "why": why}, ensure_ascii=False).encode()
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", b"%d" % len(data)),
        (b"connection", b"close"),
    ]
    await send({"type": "http.response.start", "status": 413, "headers": headers})
    await send({"type": "http.response.body", "body": data})
