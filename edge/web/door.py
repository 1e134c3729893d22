"""The door: what every request must satisfy before any route sees it, and the headers of every answer.

Law of the room: bare ASGI, no state. A page on the LAN has no certificate, so the browser's own words
(Host, Origin, Sec-Fetch-Site) are what stands against DNS rebinding and forged forms.
"""

import re
from collections.abc import Iterable
from typing import Final

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

MAX_FORM_BYTES: Final = 8_192
FORM: Final = "application/x-www-form-urlencoded"
HOST: Final = re.compile(r"(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::[0-9]{1,5})?")

HEADERS: Final = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
        "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    # With "no-referrer" browsers send `Origin: null` with our own forms, and we refuse that.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}

Refusal = tuple[int, str]


class Door:
    """Let in what comes to one of `hosts` from our own page, and refuse the rest before it is read."""

    def __init__(self, app: ASGIApp, hosts: Iterable[str]) -> None:
        """Stand before `app`; `hosts` are names and address literals without port or brackets."""
        self._app = app
        self._hosts = frozenset(host.lower().strip("[]") for host in hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Judge one request."""
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008, "reason": ""})
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

        refusal = self._judge(str(scope["method"]), Headers(scope=scope))
        if refusal is None:
            await self._app(scope, receive, dressed)
        else:
            status, why = refusal
            await PlainTextResponse(f"{status}: {why}\n", status)(scope, receive, dressed)

    def _judge(self, method: str, headers: Headers) -> Refusal | None:
        hosts = headers.getlist("host")
        named = HOST.fullmatch(hosts[0].lower()) if len(hosts) == 1 else None
        if named is None or named[1].strip("[]") not in self._hosts:
            return 400, "Địa chỉ này không phải của thiết bị. Not an address of this appliance."
        origins = headers.getlist("origin")
        ours = {f"http://{hosts[0].lower()}", f"https://{hosts[0].lower()}"}
        if any(origin.lower() not in ours for origin in origins):
            return 403, "Yêu cầu đến từ trang khác. The request comes from another page."
        if method in {"GET", "HEAD"}:
            return None
        if method != "POST":
            return 405, "Không hỗ trợ. Not supported."
        if len(origins) != 1 or headers.get("sec-fetch-site", "same-origin") != "same-origin":
            return 403, "Yêu cầu không đến từ trang này. The request is not from this page."
        return _judge_body(headers)


def _judge_body(headers: Headers) -> Refusal | None:
    if headers.get("content-type", "").partition(";")[0].strip().lower() != FORM:
        return 415, "Chỉ nhận biểu mẫu của trang này. Only this page's forms are read."
    length = headers.get("content-length", "")
    if "transfer-encoding" in headers or not (length.isascii() and length.isdigit()):
        return 411, "Thiếu độ dài. The length is missing."
    if len(length) > 9 or int(length) > MAX_FORM_BYTES:
        return 413, "Quá dài. Too long."
    return None
