"""What every answer of the API carries: read as what it is, kept by nobody, shown in no frame.

Law of the room: bare ASGI; the console has its own guard, and what is made for caches (the chain, contents for
appliances) says so itself.
"""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Final

Message = MutableMapping[str, Any]  # ASGI's own shapes
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Message, Receive, Send], Awaitable[None]]
_HEADERS: Final = (
    (b"x-content-type-options", b"nosniff"),
    (b"cache-control", b"no-store"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-resource-policy", b"same-origin"),
)
_LASTING: Final = (b"strict-transport-security", b"max-age=31536000")


class Headed:
    """Adds to answers of `/api/v1` and of those who watch what they do not say themselves."""

    def __init__(self, app: App, *, secure: bool) -> None:
        self._app = app
        self._headers = (*_HEADERS, _LASTING) if secure else _HEADERS

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http" or scope["path"].startswith(("/device/", "/console")):
            await self._app(scope, receive, send)
            return

        async def adding(message: Message) -> None:
            if message["type"] == "http.response.start":
                said = {name.lower() for name, _ in message.get("headers", ())}
                more = [header for header in self._headers if header[0] not in said]
                message["headers"] = [*message.get("headers", ()), *more]
            await send(message)

        await self._app(scope, receive, adding)
