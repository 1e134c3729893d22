"""Appliances on the stream, many at once, over bare sockets in one event loop."""

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress


class Listener:
    """One appliance's held stream: every event it was given, with the moment it came (monotonic seconds)."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self.events: list[tuple[float, dict[str, str]]] = []
        self.over = asyncio.Event()
        self._news = asyncio.Event()
        self._task = asyncio.create_task(self._read())

    async def until(
        self, wanted: Callable[[dict[str, str]], bool], within_s: float = 10.0
    ) -> float:
        """Return the moment at which a wanted event came; raises `TimeoutError`."""
        async with asyncio.timeout(within_s):
            while True:
                found = next((at for at, event in self.events if wanted(event)), None)
                if found is not None:
                    return found
                self._news.clear()
                await self._news.wait()

    async def close(self) -> None:
        """Hang up."""
        self._task.cancel()
        with suppress(asyncio.CancelledError):
            await self._task
        self._writer.close()
        with suppress(OSError):
            await self._writer.wait_closed()

    async def _read(self) -> None:
        """Take chunks apart into events until the server ends the stream."""
        held = b""
        with suppress(asyncio.IncompleteReadError, OSError, ValueError):
            while size := int(await self._reader.readuntil(b"\r\n"), 16):
                held += (await self._reader.readexactly(size + 2))[:-2]
                *whole, held = held.split(b"\n\n")
                now = time.monotonic()
                self.events += [(now, fields(block.decode())) for block in whole]
                self._news.set()
        self.over.set()


def fields(block: str) -> dict[str, str]:
    """Return the fields of one event; a comment is kept under the empty name."""
    return dict(line.split(": ", 1) for line in block.splitlines() if ": " in line)


async def listen(url: str, token: str, last_event_id: int | None = None) -> Listener:
    """Open a stream and return it once the server has answered 200."""
    reader, writer = await request(url, token, last_event_id)
    head = await reader.readuntil(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200"), head
    assert b"transfer-encoding: chunked" in head, head
    return Listener(reader, writer)


async def request(
    url: str, token: str, last_event_id: int | None = None
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Ask for a stream and read nothing."""
    host, _, port = url.removeprefix("http://").rpartition(":")
    reader, writer = await asyncio.open_connection(host, int(port), limit=1_000_000)
    asked = f"GET /device/v1/stream HTTP/1.1\r\nhost: {host}\r\nauthorization: Bearer {token}\r\n"
    if last_event_id is not None:
        asked += f"last-event-id: {last_event_id}\r\n"
    writer.write(asked.encode() + b"\r\n")
    await writer.drain()
    return reader, writer
