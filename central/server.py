"""Runs the application on uvicorn: uvloop, long keep-alive, streams ended before the stop, one line when ready.

Law of the room: the line `ready http://HOST:PORT` (https with our own TLS) goes to standard output once, when
requests are answered; a parent process may wait for it. A renewed certificate is taken up without a restart.
"""

import contextlib
import logging
import signal
import socket
import ssl
from collections.abc import Iterator

import uvicorn

from central.app import Central, PushOnly
from central.config import Settings, check_certificate
from central.push.connection import Lending

log = logging.getLogger(__name__)
KEEP_ALIVE_S = (
    120  # appliances report once a minute; uvicorn's 5 s would cost a handshake each time
)
STOP_WITHIN_S = 10
LOOK_EVERY_TICKS = 600  # of uvicorn's own, ten a second
_STOPS = (signal.SIGINT, signal.SIGTERM)


class Certificate:
    """Our TLS certificate on disk: what was renewed there is served to whoever connects next."""

    def __init__(self, settings: Settings) -> None:
        self._files = (settings.tls_cert_file, settings.tls_key_file)
        self._stamp = self._now()

    def renew(self, context: ssl.SSLContext) -> bool:
        """Load the files into `context` when they have changed and belong together; return whether it was done."""
        cert, key = self._files
        stamp = self._now()
        if cert is None or key is None or stamp == self._stamp:
            return False
        try:
            check_certificate(cert, key)
            context.load_cert_chain(cert, key, password="")
        except OSError as fault:
            log.warning("the certificate was changed but not taken: %s", fault)
            return False
        self._stamp = stamp
        log.info("the certificate was renewed: %s", cert)
        return True

    def _now(self) -> tuple[int, ...]:
        try:
            return tuple(file.stat().st_mtime_ns for file in self._files if file is not None)
        except OSError:
            return ()


class _Server(uvicorn.Server):
    """A server that says when it is ready and ends held streams when it stops."""

    def __init__(self, config: uvicorn.Config, app: Central | PushOnly, settings: Settings) -> None:
        super().__init__(config)
        self._app = app
        self._host = settings.host
        self._certificate = Certificate(settings)

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
            scheme = "http" if self.config.ssl is None else "https"
            print(f"ready {scheme}://{host}:{port}", flush=True)  # noqa: T201  a parent waits for it

    async def on_tick(self, counter: int) -> bool:
        """Look now and then whether the certificate was renewed."""
        if counter % LOOK_EVERY_TICKS == 0 and self.config.ssl is not None:
            self._certificate.renew(self.config.ssl)
        return await super().on_tick(counter)

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
        http=Lending,
        lifespan="on",
        access_log=False,
        log_level="warning",
        log_config=None,  # its lines go the way of ours
        timeout_keep_alive=KEEP_ALIVE_S,
        timeout_graceful_shutdown=STOP_WITHIN_S,
        backlog=4_096,
        server_header=False,
        proxy_headers=False,  # one frame less per held stream
        ssl_certfile=settings.tls_cert_file,
        ssl_keyfile=settings.tls_key_file,
    )
    server = _Server(config, app, settings)
    server.run()
    return 0 if server.started else 3
