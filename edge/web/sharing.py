"""What neighbours may read from this appliance: its index, contents by hash, sealed papers by hash.

Law of the room: bare ASGI beside the local page, not behind its door: no PIN, GET only, nothing secret. It is
for programs of this network: a Host that is a name (DNS rebinding), a browser's page and an address from
outside get nothing. Playback comes first: few transfers at once, and a cap on their bytes in a second.
"""

import asyncio
import contextlib
import os
import re
from collections import Counter as Tally
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final, Protocol
from urllib.parse import parse_qs

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from contract.documents import Sha256
from edge.web.sharing_rules import PLAIN, Answer, client_of, held_s, judge, span

ROOT: Final = "/neighbour/v1/"
NAME: Final = re.compile(r"(contents|papers)/([0-9a-f]{64})")
WAITERS_MOST: Final = 32
WAITERS_OF_ONE: Final = 4
TRANSFERS_MOST: Final = 2
BYTES_PER_S: Final = 4_000_000
BLOCK_BYTES: Final = 65_536
STUCK_S: Final = 10.0
PACE_BYTES_PER_S: Final = 100_000  # who takes less than this keeps others waiting and is left


class Stock(Protocol):
    """What there is to share; `content` may take long and is asked on a thread of its own."""

    def index(self) -> tuple[str, bytes]:
        """Return the ETag and the JSON of the index."""
        ...

    def paper(self, sha256: Sha256) -> bytes | None:
        """Return a sealed envelope by its hash."""
        ...

    def content(self, sha256: Sha256) -> Path | None:
        """Return the file of a content."""
        ...

    def listen(self, bell: Callable[[], None]) -> None:
        """Have `bell` called, from any thread, after each change."""
        ...


def beside(page: ASGIApp, sharing: ASGIApp) -> ASGIApp:
    """Return an application that gives what neighbours ask to `sharing` and all else to `page`."""

    async def choose(scope: Scope, receive: Receive, send: Send) -> None:
        ours = scope["type"] == "http" and str(scope["path"]).startswith(ROOT)
        await (sharing if ours else page)(scope, receive, send)

    return choose


class Sharing:
    """The routes under `/neighbour/v1/` over a stock; one loop serves them."""

    def __init__(
        self,
        stock: Stock,
        *,
        bytes_per_s: float = BYTES_PER_S,
        stuck_s: float = STUCK_S,
        pace_bytes_per_s: float = PACE_BYTES_PER_S,
    ) -> None:
        """Serve `stock`; all transfers together give at most `bytes_per_s`."""
        self._stock = stock
        self._bytes_per_s = bytes_per_s
        self._stuck_s = stuck_s
        self._pace_bytes_per_s = pace_bytes_per_s
        self._bell = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._closing = False
        self._waiters: Tally[str] = Tally()
        self._transfers: Tally[str] = Tally()
        self._free_s = 0.0
        stock.listen(self._changed)

    def close(self) -> None:
        """Let go of all who wait for a change; from any thread."""
        self._closing = True
        self._changed()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        headers, client = Headers(scope=scope), client_of(scope)
        refusal = judge(str(scope["method"]), headers, client)
        path = str(scope["path"]).removeprefix(ROOT)
        named = NAME.fullmatch(path)
        if refusal is not None:
            await _give(send, refusal)
        elif path == "index":
            await self._index(scope, headers, client, receive, send)
        elif named is not None and named[1] == "papers":
            await _give(send, self._paper(Sha256(named[2])))
        elif named is not None:
            await self._content(Sha256(named[2]), headers, client, send)
        else:
            await _give(send, (404, PLAIN, b"404: not shared\n"))

    # --- the index -------------------------------------------------------------------------------

    async def _index(
        self, scope: Scope, headers: Headers, client: str, receive: Receive, send: Send
    ) -> None:
        query = parse_qs(bytes(scope["query_string"]).decode("ascii", "replace"))
        after = query.get("after", [headers.get("if-none-match", "").strip('"')])[0]
        wait_s = held_s(query.get("wait", ["0"])[0])
        etag, body = self._stock.index()
        if etag == after and wait_s > 0 and self._may_wait(client):
            with _counted(self._waiters, client):
                held = await self._changed_after(after, wait_s, receive)
            if held is None:
                return
            etag, body = held
        tag = {"ETag": f'"{etag}"', "Cache-Control": "no-store"}
        if etag == after:
            await _give(send, (304, tag, b""))
        else:
            await _give(send, (200, {"Content-Type": "application/json", **tag}, body))

    def _may_wait(self, client: str) -> bool:
        many = self._waiters.total() >= WAITERS_MOST or self._waiters[client] >= WAITERS_OF_ONE
        return not many and not self._closing

    async def _changed_after(
        self, after: str, wait_s: float, receive: Receive
    ) -> tuple[str, bytes] | None:
        """Return the index once it is another than `after`, or as it is in the end; None when nobody waits."""
        self._loop = loop = asyncio.get_running_loop()
        until_s = loop.time() + wait_s
        gone = asyncio.create_task(_left(receive))
        try:
            while True:
                bell = self._bell
                etag, body = self._stock.index()
                left_s = until_s - loop.time()
                if etag != after or left_s <= 0 or self._closing:
                    return etag, body
                rung = asyncio.create_task(bell.wait())
                await asyncio.wait(
                    {rung, gone}, timeout=left_s, return_when=asyncio.FIRST_COMPLETED
                )
                rung.cancel()
                if gone.done():
                    return None
        finally:
            gone.cancel()

    def _changed(self) -> None:
        """Wake all who wait for a change; from any thread."""
        loop = self._loop
        if loop is not None:
            with contextlib.suppress(RuntimeError):  # the loop is gone, and who waited with it
                loop.call_soon_threadsafe(self._ring)

    def _ring(self) -> None:
        bell, self._bell = self._bell, asyncio.Event()
        bell.set()

    # --- papers and contents ---------------------------------------------------------------------

    def _paper(self, sha256: Sha256) -> Answer:
        found = self._stock.paper(sha256)
        if found is None:
            return 404, PLAIN, b"404: no such paper\n"
        return 200, {"Content-Type": "application/vnd.dsse+json", "ETag": f'"{sha256}"'}, found

    async def _content(self, sha256: Sha256, headers: Headers, client: str, send: Send) -> None:
        if self._transfers.total() >= TRANSFERS_MOST or self._transfers[client]:
            await _give(send, (503, {"Retry-After": "1", **PLAIN}, b"503: ask again\n"))
            return
        with _counted(self._transfers, client):
            handle = await asyncio.to_thread(self._opened, sha256)
            if handle is None:
                await _give(send, (404, PLAIN, b"404: no such content\n"))
                return
            try:
                await self._transfer(handle, sha256, headers, send)
            finally:
                os.close(handle)

    def _opened(self, sha256: Sha256) -> int | None:
        path = self._stock.content(sha256)
        try:
            return None if path is None else os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        except OSError:
            return None

    async def _transfer(self, handle: int, sha256: Sha256, headers: Headers, send: Send) -> None:
        size = os.fstat(handle).st_size
        first, end = span(headers, sha256, size)
        told = {"ETag": f'"{sha256}"', "Accept-Ranges": "bytes"}
        if first >= end and size:
            await _give(send, (416, {"Content-Range": f"bytes */{size}", **told}, b""))
            return
        status = 200 if (first, end) == (0, size) else 206
        if status == 206:
            told["Content-Range"] = f"bytes {first}-{end - 1}/{size}"
        told |= {"Content-Type": "application/octet-stream", "Content-Length": str(end - first)}
        most_s = 3 * self._stuck_s + (end - first) / self._pace_bytes_per_s
        with contextlib.suppress(TimeoutError, OSError):  # cut off, the reader sees the length
            async with asyncio.timeout(most_s):
                await _begin(send, status, told)
                while first < end:
                    count = min(BLOCK_BYTES, end - first)
                    piece = await asyncio.to_thread(os.pread, handle, count, first)
                    if not piece:
                        return
                    await self._pace(len(piece))
                    first += len(piece)
                    more = {"type": "http.response.body", "body": piece, "more_body": first < end}
                    async with asyncio.timeout(self._stuck_s):
                        await send(more)

    async def _pace(self, count_bytes: int) -> None:
        """Wait until so many more bytes may go; all transfers share one allowance."""
        now_s = asyncio.get_running_loop().time()
        begin_s = max(now_s, self._free_s)
        self._free_s = begin_s + count_bytes / self._bytes_per_s
        await asyncio.sleep(begin_s - now_s)


async def _left(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _begin(send: Send, status: int, headers: dict[str, str]) -> None:
    raw = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
    raw.append((b"x-content-type-options", b"nosniff"))
    await send({"type": "http.response.start", "status": status, "headers": raw})


async def _give(send: Send, answer: Answer) -> None:
    status, headers, body = answer
    if status != 304:
        headers = {**headers, "Content-Length": str(len(body))}
    await _begin(send, status, headers)
    await send({"type": "http.response.body", "body": body})


@contextlib.contextmanager
def _counted(tally: Tally[str], client: str) -> Iterator[None]:
    tally[client] += 1
    try:
        yield
    finally:
        tally[client] -= 1
        if not tally[client]:
            del tally[client]
