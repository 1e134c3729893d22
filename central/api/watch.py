"""For those who watch the server: `/health` (it lives), `/ready` (it can serve, and why not), `/metrics`.

Law of the room: that it lives may be known to all; figures and reasons are for who shows the token of the settings,
or, without one, for this machine itself and nobody whom a proxy lets in.
"""

import hmac
import ipaddress
import time
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Final

from fastapi import APIRouter, Request, Response

from central.api.answers import shown
from central.api.schema import told
from central.domain.errors import Forbidden
from central.domain.states import State
from central.services.health import Checked, condition
from central.services.metrics import CONTENT_TYPE, Meters
from central.services.unit import House

Message = MutableMapping[str, Any]  # ASGI's own shapes
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Message, Receive, Send], Awaitable[None]]
_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_PROXIED: Final = ("forwarded", "x-forwarded-for", "x-real-ip", "via")


class Alive(State, frozen=True, kw_only=True):
    """The server answers; `streams` appliances are held by this process."""

    ok: bool
    streams: int


class Readiness(State, frozen=True, kw_only=True):
    """Whether this process can serve, and what was looked at; reasons only for those who may see figures."""

    ready: bool
    checks: tuple[Checked, ...]


def watch_routes(house: House, meters: Meters, streams: Callable[[], int]) -> APIRouter:
    """Return the routes for those who watch."""
    router = APIRouter(tags=["watch"])

    @router.get("/health", **told(Alive))
    async def health() -> Response:
        """Tell that the server answers and how many streams it holds."""
        return shown(Alive(ok=True, streams=streams()))

    @router.get("/ready", **told(Readiness, also=(503,)))
    def ready(request: Request) -> Response:
        """Tell whether this process can serve: 503 when it cannot."""
        found = condition(house, now=house.clock())
        inside = _may_look(request, house)
        checks = tuple(c if inside else Checked(c.name, c.tone) for c in found.checks)
        return shown(Readiness(ready=found.ready, checks=checks), 200 if found.ready else 503)

    @router.get("/metrics", include_in_schema=False)
    def metrics(request: Request) -> Response:
        """Give the figures in Prometheus' text format."""
        if not _may_look(request, house):
            msg = "Số liệu chỉ dành cho máy này hoặc ai có mã trong metrics_token_file."
            raise Forbidden(msg)
        return Response(meters.written(), media_type=CONTENT_TYPE)

    return router


def _may_look(request: Request, house: House) -> bool:
    wanted = house.settings.metrics_token
    if wanted:
        scheme, _, given = request.headers.get("authorization", "").partition(" ")
        return scheme.lower() == "bearer" and hmac.compare_digest(given.strip().encode(), wanted)
    if any(name in request.headers for name in _PROXIED) or request.client is None:
        return False
    try:
        return ipaddress.ip_address(request.client.host).is_loopback
    except ValueError:
        return False


class Counting:
    """Counts every request by the route that answered it."""

    def __init__(self, app: App, meters: Meters) -> None:
        self._app = app
        self._meters = meters

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answer one request and count it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began, status = time.perf_counter(), 500

        async def noticed(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, noticed)
        finally:
            route = (
                f"{scope.get('root_path', '')}{getattr(scope.get('route'), 'path', '')}" or "none"
            )
            method = scope["method"] if scope["method"] in _METHODS else "other"
            self._meters.answered(method, route, status, time.perf_counter() - began)
