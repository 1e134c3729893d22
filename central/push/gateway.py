"""The gateway: reads the outbox, hands each message to those it concerns.

Law of the room: one event loop, no queue per client, no framework response. The database is read in one worker
thread only, woken by this process's commits and once a second in any case, so that several gateways over one
database need nothing else. Of what is read together, alarms go first.
"""

import asyncio
import gc
import json
import logging
from collections.abc import Awaitable, Callable, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from functools import partial
from typing import Any, TypeVar

from central.domain.areas import root_of
from central.domain.errors import NotSignedIn
from central.push import wire
from central.push.held import Crowd, Held, Send, stepped
from central.services import doors, stream
from central.services.doors import Visitor
from central.services.stream import Message, Standing
from central.services.unit import House, Unit
from central.services.voices import KIND as VOICE
from contract.documents import Kind

log = logging.getLogger(__name__)
POLL_S = 1.0
MOST_MISSED = 5_000
LARGE_BYTES = 16_000  # more than this may not fit into the socket at once
GC_THRESHOLDS = (50_000, 50, 1_000)  # the default ones stall for a second at 10,000 connections
T = TypeVar("T")
Scope = MutableMapping[str, Any]  # ASGI's own shapes
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]


class Gateway:
    """The ASGI application of `/device/v1/stream`; `open`, then `run`, in the same loop."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._reader = ThreadPoolExecutor(1, thread_name_prefix="outbox")
        self._position: int | None = None
        self._standing: dict[str, Standing] = {}
        self._loop: asyncio.AbstractEventLoop | None = None
        self._bell = asyncio.Event()
        self._closing = False
        self.crowd = Crowd()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one stream until the client goes or the house closes."""
        token = _header(scope, b"authorization").removeprefix("Bearer ")
        last_id, now = _last_event_id(scope), self._house.clock()
        position = self._position  # before anything is read: what comes later is caught up with
        try:
            visitor, orders = await self._read(
                partial(_arrival, token=token, orders=last_id is None, now=now)
            )
        except NotSignedIn as refused:
            await _answer(send, 401, {"error": refused.code, "why": refused.why})
            return
        if position is None or self._closing:
            await _answer(send, 503, {"error": "starting", "why": "Máy chủ đang khởi động."})
            return
        seen = position if last_id is None else max(min(last_id, position), position - MOST_MISSED)
        held = await self._greet(visitor, orders, seen, send)
        try:
            while (await receive())["type"] != "http.disconnect":
                pass
        finally:
            self.crowd.leave(held)

    async def open(self) -> None:
        """Find where the outbox ends: from here on streams are served."""
        self._loop = asyncio.get_running_loop()
        self._house.on_post(self._ring)
        gc.set_threshold(*GC_THRESHOLDS)
        self._position = await self._read(stream.newest_id)

    async def run(self) -> None:
        """Follow the outbox until cancelled (after `open`): deliver what is new, keep connections alive."""
        beats = asyncio.create_task(self._keep_alive())
        try:
            while not self._closing:
                await self._follow()
                try:
                    await asyncio.wait_for(self._bell.wait(), POLL_S)
                except TimeoutError:
                    continue
                self._bell.clear()
        finally:
            beats.cancel()
            self._reader.shutdown(wait=False)

    def close(self) -> None:
        """End every held stream, so that the server can stop gracefully; call it in the loop."""
        self._closing = True
        self._bell.set()
        for held in self.crowd:
            self._end(held)

    def _end(self, held: Held) -> None:
        """End one stream politely."""
        self.crowd.leave(held)
        stepped(held.send, {"type": "http.response.body", "body": b"", "more_body": False})

    async def _greet(
        self, visitor: Visitor, orders: tuple[Message, ...], seen: int, send: Send
    ) -> Held:
        """Open the stream: what stands now, then what was missed, then live; nothing falls between.

        Until the appliance has taken all that, it is served in its own task, as slowly as its line is;
        only then does it join the crowd that is handed everything in one step.
        """
        await send({"type": "http.response.start", "status": 200, "headers": wire.HEADERS})
        now = self._house.clock()
        standing = await self._standing_of(root_of(visitor.area), now)
        data = wire.greeting(visitor, standing, seen, now)
        data += b"".join(map(wire.encoded, orders))
        given = {message.id for message in orders}
        while True:
            if data:
                await send(_body(data))
                if len(data) > LARGE_BYTES:
                    await send(_body(wire.KEEP_ALIVE))  # waits until the line has room again
            if seen >= (self._position or 0):
                break
            found = await self._read(partial(stream.messages_after, after=seen))
            seen = found[-1].id if found else self._position or 0
            missed = [m for m in found if m.id not in given]
            data = wire.catching_up(visitor, standing, missed, now)
        held = self.crowd.join(send, visitor.device, visitor.area, seen)
        if self._closing:
            self._end(held)
        return held

    async def _standing_of(self, root: str, now: datetime) -> Standing:
        """Return what stands in a province, remembered until something is delivered that changes it."""
        known = self._standing.get(root)
        if known is not None:
            return known
        before = self._position
        found = await self._read(partial(stream.standing, root=root, now=now))
        if before == self._position:
            self._standing[root] = found
        return found

    async def _follow(self) -> None:
        """Deliver everything that is new in the outbox."""
        while True:
            after = self._position or 0
            try:
                found = await self._read(partial(stream.messages_after, after=after))
            except Exception:  # the database may be away for a while; the poll comes back
                log.exception("outbox cannot be read; trying again in %s s", POLL_S)
                return
            if not found:
                return
            moved = {m.device for m in found if m.kind == Kind.ASSIGNMENT.value and m.device}
            for device in moved:
                area = await self._read(partial(stream.area_of, device=device))
                if area is not None:
                    self.crowd.move(device, area)
            self._deliver(found)

    def _deliver(self, found: tuple[Message, ...]) -> None:
        """Hand out a batch in one go, alarms first, and move the position."""
        alarms = [m for m in found if m.kind == Kind.ANNOUNCEMENT.value]
        others = [m for m in found if m.kind != Kind.ANNOUNCEMENT.value]
        for message in (*alarms, *others):
            if message.kind in {Kind.ANNOUNCEMENT.value, Kind.ACTIVE_SET.value}:
                for area in message.areas:
                    self._standing.pop(root_of(area), None)
            data = wire.encoded(message)
            give = self.crowd.offer if message.kind == VOICE else self.crowd.hand
            for held in self.crowd.audience(message.areas, message.device):
                if message.id > held.seen:
                    give(held, data)
        self._position = found[-1].id

    async def _keep_alive(self) -> None:
        """Say something to each stream every 15 s, a fifteenth of them each second."""
        number = 0
        while True:
            await asyncio.sleep(1.0)
            for held in self.crowd.beat(number):
                self.crowd.hand(held, wire.KEEP_ALIVE)
            number += 1

    def _ring(self) -> None:
        """Wake the follower; called from any thread, also when the loop is gone."""
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._bell.set)

    async def _read(self, question: Callable[[Unit], T]) -> T:
        """Ask the database in the reader's thread."""

        def ask() -> T:
            with self._house.reading() as unit:
                return question(unit)

        return await asyncio.get_running_loop().run_in_executor(self._reader, ask)


def _arrival(
    unit: Unit, token: str, now: datetime, *, orders: bool
) -> tuple[Visitor, tuple[Message, ...]]:
    """Return who comes and, where wanted, the orders that wait for them; raises `NotSignedIn`."""
    visitor = doors.visitor_of(unit, token, now=now)
    if not orders:
        return visitor, ()
    return visitor, stream.commands_for(unit, visitor.device, 0, now=now)


def _body(data: bytes) -> dict[str, object]:
    return {"type": "http.response.body", "body": data, "more_body": True}


def _last_event_id(scope: Scope) -> int | None:
    """Return where the client left off, None when it does not say or says nonsense."""
    text = _header(scope, b"last-event-id")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None


def _header(scope: Scope, name: bytes) -> str:
    headers: list[tuple[bytes, bytes]] = scope["headers"]
    return next((value.decode("latin-1") for key, value in headers if key == name), "")


async def _answer(send: Send, status: int, body: dict[str, str]) -> None:
    data = json.dumps(body, ensure_ascii=False).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(data))]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": data})
