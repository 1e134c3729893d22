"""The page's server: uvicorn in the appliance's own loop.

Law of the room: a socket, a server, an address. Signals are the appliance's; the door is opened by ourselves,
because a port in use must be named and not end the process from inside.
"""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Iterable, Iterator
from pathlib import Path
from typing import Final

import uvicorn
from starlette.types import ASGIApp

from edge.web.counter import Counter
from edge.web.routes import Room, create_app
from edge.web.sharing import Sharing, beside

UNREAD_MS: Final = 20_000
WORD_BYTES: Final = 16_384  # of a phone that talks: half a second


@contextlib.asynccontextmanager
async def served(
    counter: Counter,
    host: str,
    port: int,
    *,
    rooms: Iterable[Room] = (),
    sharing: Sharing | None = None,
    certificate: tuple[Path, Path] | None = None,
) -> AsyncIterator[str]:
    """Serve the local page over `counter`, and beside it what neighbours may read; yields its address.

    `certificate` is the files of certificate and key for https. Raises `OSError` naming a port in use.
    """
    try:
        door = socket.create_server((host, port))
        # who asks and then reads nothing must not hold a socket for ever
        door.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, UNREAD_MS)
    except OSError as fault:
        msg = (
            f"the local page cannot listen on {host}:{port} "
            f"({fault.strerror}): free that port or set listen_port"
        )
        raise OSError(msg) from fault
    page: ASGIApp = create_app(counter, rooms)
    config = uvicorn.Config(
        beside(page, sharing) if sharing is not None else page,
        ssl_certfile=certificate[0] if certificate else None,
        ssl_keyfile=certificate[1] if certificate else None,
        ws="wsproto",
        ws_max_size=WORD_BYTES,
        log_config=None,
        lifespan="off",
        timeout_graceful_shutdown=1,
        server_header=False,
    )
    server = _Server(config)
    serving = asyncio.create_task(server.serve(sockets=[door]))
    up = asyncio.create_task(server.up.wait())
    await asyncio.wait({serving, up}, return_when=asyncio.FIRST_COMPLETED)
    up.cancel()
    if serving.done():
        serving.result()
    try:
        yield f"{'https' if certificate else 'http'}://{host}:{door.getsockname()[1]}/"
    finally:
        if sharing is not None:
            sharing.close()
        server.should_exit = True
        await serving


class _Server(uvicorn.Server):
    """uvicorn without its signal handlers: the appliance ends its rooms in its own order."""

    def __init__(self, config: uvicorn.Config) -> None:
        """Hold `up`, which is set once the page can be asked for."""
        super().__init__(config)
        self.up = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start and say so."""
        await super().startup(sockets)
        self.up.set()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave the signals to the appliance."""
        yield
