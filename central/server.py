"""Runs the application on uvicorn: uvloop, long keep-alive, streams ended before the stop, one line when ready.

Law of the room: the line `ready http://HOST:PORT` goes to standard output once, when requests are answered; a
parent process may wait for it.
"""

import contextlib
import signal
import socket
from collections.abc import Iterator

import uvicorn

from central.app import Central, PushOnly
from central.config import Settings

KEEP_ALIVE_S = (
    120  # appliances report once a minute; uvicorn's 5 s would cost a handshake each time
)
STOP_WITHIN_S = 10
_STOPS = (signal.SIGINT, signal.SIGTERM)


class _Server(uvicorn.Server):
    """A server that says when it is ready and ends held streams when it stops."""

    def __init__(self, config: uvicorn.Config, app: Central | PushOnly, host: str) -> None:
        super().__init__(config)
        self._app = app
        self._host = host

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Stop on SIGINT and SIGTERM, and exit as one who was asked to: uvicorn would raise them again."""
        before = {number: signal.signal(number, self.handle_exit) for number in _STOPS}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, then tell where."""
        await super().startup(sockets)
        if self.started:
            port = self.servers[0].sockets[0].getsockname()[1]
            host = f"[{self._host}]" if ":" in self._host else self._host
            print(f"ready http://{host}:{port}", flush=True)  # noqa: T201  a parent waits for it

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End the held streams first: they would hold the stop up for ever."""
        self._app.close_streams()
        await super().shutdown(sockets)


def serve(settings: Settings, app: Central | PushOnly) -> int:
    """Serve until SIGINT or SIGTERM; return the exit code."""
    config = uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        loop="uvloop",
        http="httptools",
        lifespan="on",
        access_log=False,
        log_level="warning",
        timeout_keep_alive=KEEP_ALIVE_S,
        timeout_graceful_shutdown=STOP_WITHIN_S,
        backlog=4_096,
        server_header=False,
        proxy_headers=False,  # one frame less per held stream
    )
    server = _Server(config, app, settings.host)
    server.run()
    return 0 if server.started else 3
