"""The door: what every request must satisfy before any route sees it, and the headers of every answer.

Law of the room: bare ASGI, no state. A page on the LAN has no certificate, so the browser's own words
(Host, Origin, Sec-Fetch-Site) are what stands against DNS rebinding and forged forms. A room that takes
more than small forms says so as a `Wider`, path by path.
"""

import re
from collections.abc import Callable, Container, Iterable
from typing import Final

import msgspec
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

MAX_FORM_BYTES: Final = (
    16_384  # a thousand Vietnamese letters, percent-encoded, and the other fields
)
FORM: Final = "application/x-www-form-urlencoded"
HOST: Final = re.compile(r"(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::[0-9]{1,5})?")
SAFE: Final = frozenset({"GET", "HEAD"})

HEADERS: Final = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
        "connect-src 'self'; media-src 'self' blob:; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    # With "no-referrer" browsers send `Origin: null` with our own forms, and we refuse that.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(self)",
}

Refusal = tuple[int, str]


class Wider(msgspec.Struct, frozen=True, kw_only=True):
    """One path that takes more than a small form: which media types (`audio/*` for all of a kind), how much.

    With `socket` the path may also be opened as a WebSocket, by our own page only.
    """

    path: str
    media: tuple[str, ...] = ()
    max_bytes: int = MAX_FORM_BYTES
    socket: bool = False


PLAIN: Final = Wider(path="", media=(FORM,))


class Door:
    """Let in what comes to one of `hosts` now from our own page, and refuse the rest before it is read."""

    def __init__(
        self, app: ASGIApp, hosts: Callable[[], Container[str]], wider: Iterable[Wider] = ()
    ) -> None:
        """Stand before `app`; `hosts` gives what is ours now, without port or brackets, in lower case."""
        self._app = app
        self._hosts = hosts
        self._wider = {one.path: one for one in wider}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Judge one request."""
        if scope["type"] == "websocket":
            await self._socket(scope, receive, send)
            return
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def dressed(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers[name] = value
                headers.setdefault("Cache-Control", "no-store")
            await send(message)

        refusal = self._judge(str(scope["method"]), str(scope["path"]), Headers(scope=scope))
        if refusal is None:
            await self._app(scope, receive, dressed)
        else:
            status, why = refusal
            await PlainTextResponse(f"{status}: {why}\n", status)(scope, receive, dressed)

    async def _socket(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers, room = Headers(scope=scope), self._wider.get(str(scope["path"]))
        origins = headers.getlist("origin")
        if room is None or not room.socket or self._judge_source(headers) or len(origins) != 1:
            await send({"type": "websocket.close", "code": 1008, "reason": ""})
            return
        await self._app(scope, receive, send)

    def _judge(self, method: str, path: str, headers: Headers) -> Refusal | None:
        refusal = self._judge_source(headers)
        if refusal is not None or method in SAFE:
            return refusal
        if method != "POST":
            return 405, "Không hỗ trợ. Not supported."
        one_origin = len(headers.getlist("origin")) == 1
        if not one_origin or headers.get("sec-fetch-site", "same-origin") != "same-origin":
            return 403, "Yêu cầu không đến từ trang này. The request is not from this page."
        return _judge_body(headers, self._wider.get(path, PLAIN))

    def _judge_source(self, headers: Headers) -> Refusal | None:
        hosts = headers.getlist("host")
        named = HOST.fullmatch(hosts[0].lower()) if len(hosts) == 1 else None
        if named is None or named[1].strip("[]") not in self._hosts():
            return 400, "Địa chỉ này không phải của thiết bị. Not an address of this appliance."
        ours = {f"http://{hosts[0].lower()}", f"https://{hosts[0].lower()}"}
        if any(origin.lower() not in ours for origin in headers.getlist("origin")):
            return 403, "Yêu cầu đến từ trang khác. The request comes from another page."
        return None


def _judge_body(headers: Headers, room: Wider) -> Refusal | None:
    media = headers.get("content-type", "").partition(";")[0].strip().lower()
    kind, slash, _ = media.partition("/")
    if media not in room.media and f"{kind}{slash}*" not in room.media:
        return 415, "Không nhận loại tệp này. This kind of content is not read here."
    length = headers.get("content-length", "")
    if "transfer-encoding" in headers or not (length.isascii() and length.isdigit()):
        return 411, "Thiếu độ dài. The length is missing."
    if len(length) > 9 or int(length) > room.max_bytes:
        return 413, "Quá dài. Too long."
    return None
