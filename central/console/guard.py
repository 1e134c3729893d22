"""What stands before every page: host, origin, headers, and the token against forged posts.

Law of the room: an unknown Host is refused (a name that was re-pointed at us is not us); a post must come
from our own page (Origin) and carry the token of its session; no page may be framed or run foreign code.
"""

import hashlib
import hmac
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_HEADERS = {
    "content-security-policy": (
        "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; "
        "frame-ancestors 'none'"
    ),
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=(self)",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


def host_names(public_url: str, listen_host: str) -> frozenset[str]:
    """Return the host names by which the console may be called: its public one, its own and loopback."""
    public = urlsplit(public_url).hostname
    return frozenset(name for name in (public, listen_host) if name) | _LOOPBACK


class Guard:
    """Refuses unknown hosts and foreign posts, and gives every answer the protecting headers."""

    def __init__(self, app: ASGIApp, hosts: frozenset[str], *, secure: bool) -> None:
        self._app = app
        self._hosts = hosts
        self._secure = secure

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        if _name(headers.get("host", "")) not in self._hosts:
            await _refuse(send, 421, "This name is not ours; use the console's own address.")
            return
        if scope["method"] not in {"GET", "HEAD"} and not _from_our_page(headers):
            await _refuse(send, 403, "This request did not come from a page of the console.")
            return

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                answer = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    answer.setdefault(name, value)
                answer.setdefault("cache-control", "no-store")
                if self._secure:
                    answer.setdefault("strict-transport-security", "max-age=31536000")
            await send(message)

        await self._app(scope, receive, sending)


def csrf_token(secret: bytes, session: str) -> str:
    """Return the token that posts of this session must carry."""
    return hmac.new(secret, b"console-csrf\n" + session.encode(), hashlib.sha256).hexdigest()


def same_token(given: str, wanted: str) -> bool:
    """Return whether two tokens are the same, in constant time."""
    return hmac.compare_digest(given.encode(), wanted.encode())


def _name(host: str) -> str:
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""


def _from_our_page(headers: Headers) -> bool:
    """Return whether a post's Origin is the host it was sent to; without Origin, Fetch Metadata must say so."""
    origin = headers.get("origin")
    if origin is not None:
        return urlsplit(origin).netloc == headers.get("host")
    return headers.get("sec-fetch-site") == "same-origin"


async def _refuse(send: Send, status: int, why: str) -> None:
    body = why.encode()
    await send(
        {
            "type": "http.response.start",
            "status": status,
            "headers": [
                (b"content-type", b"text/plain; charset=utf-8"),
                (b"content-length", str(len(body)).encode()),
            ],
        }
    )
    await send({"type": "http.response.body", "body": body})
