"""The gateway: reads the outbox, hands each message to those it concerns.

Law of the room: one event loop, no queue per client, no framework response. The database is read in one worker
thread only, woken by this process's commits, by the database's bell where there is one, and once a second in any
case, so that several gateways over one database need nothing else. Of what is read together, alarms go first.
"""

import asyncio
import gc
import json
import logging
from collections import deque
from collections.abc import Awaitable, Callable, MutableMapping
from datetime import datetime
from functools import partial
from typing import Any

from central.domain.areas import root_of
from central.domain.errors import NotSignedIn
from central.push import wire
from central.push.arrivals import Arrival, Arrivals, NotNow
from central.push.asking import Asking
from central.push.connection import Connection, connection_of
from central.push.held import Crowd
from central.services import stream
from central.services.stream import Message, Standing
from central.services.unit import House
from central.services.voices import KIND as VOICE
from contract.documents import Kind

log = logging.getLogger(__name__)
POLL_S = 1.0
MOST_MISSED = 5_000
MOST_RECENT = (
    500  # messages that are kept to catch up from, so that a storm of arrivals asks no database
)
LARGE_BYTES = 16_000  # more than this may not fit into the socket at once
GC_THRESHOLDS = (50_000, 50, 1_000)  # the default ones stall for a second at 10,000 connections
Scope = MutableMapping[str, Any]  # ASGI's own shapes
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]


class Gateway:
    """The ASGI application of `/device/v1/stream`; `open`, then `run`, in the same loop."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._asking = Asking(house)
        self._arrivals = Arrivals(self._asking, house.clock)
        self._position: int | None = None
        self._recent: deque[Message] = deque(maxlen=MOST_RECENT)
        self._recent_after = 0  # every message with a higher id is among the recent ones
        self._standing: dict[str, Standing] = {}
        self._standing_turn = asyncio.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._bell = asyncio.Event()
        self._closing = False
        self.crowd = Crowd()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Begin one stream, or say why not; once it stands, it is held without this task."""
        if scope["method"] != "GET":
            why = "Luồng đẩy chỉ mở được bằng GET."
            await _answer(send, 405, {"error": "wrong-method", "why": why}, (b"allow", b"GET"))
            return
        token = _header(scope, b"authorization").removeprefix("Bearer ")
        last_id = _last_event_id(scope)
        position = self._position  # before anything is read: what comes later is caught up with
        try:
            arrival = await self._arrivals.who(
                token, orders=last_id is None, is_open=position is not None and not self._closing
            )
        except NotSignedIn as refused:
            await _answer(send, 401, {"error": refused.code, "why": refused.why})
            return
        except NotNow as later:
            after = (b"retry-after", b"%d" % later.retry_after_s)
            await _answer(send, 503, {"error": "not-now", "why": later.why}, after, _CLOSE)
            return
        newest = position or 0
        seen = newest if last_id is None else max(min(last_id, newest), newest - MOST_MISSED)
        await self._greet(arrival, seen, send, connection_of(scope))

    async def open(self) -> None:
        """Find where the outbox ends: from here on streams are served."""
        self._loop = asyncio.get_running_loop()
        self._house.on_post(self._ring)
        gc.set_threshold(*GC_THRESHOLDS)
        position = await self._asking(stream.newest_id)
        self._recent_after = max(0, position - MOST_RECENT)
        recent = partial(stream.messages_after, after=self._recent_after, limit=MOST_RECENT)
        self._recent.extend(await self._asking(recent))
        self._position = self._recent[-1].id if self._recent else position

    async def run(self) -> None:
        """Follow the outbox until cancelled (after `open`): deliver what is new, keep connections alive."""
        beats = asyncio.create_task(self._keep_alive())
        bell = self._house.hear_others(self._ring)
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
            if bell is not None:
                bell.stop()
            self._asking.close()

    def close(self) -> None:
        """End every held stream, so that the server can stop gracefully; call it in the loop."""
        self._closing = True
        self._bell.set()
        for held in self.crowd:
            held.shutdown()

    async def _greet(self, arrival: Arrival, seen: int, send: Send, connection: Connection) -> None:
        """Open the stream: what stands now, then what was missed, then live; nothing falls between.

        Until the appliance has taken all that, it is served in its own task, as slowly as its line is;
        only then does it join the crowd that is handed everything in one step.
        """
        visitor = arrival.visitor
        await send({"type": "http.response.start", "status": 200, "headers": wire.HEADERS})
        now = self._house.clock()
        standing = await self._standing_of(root_of(visitor.area), now)
        data = wire.greeting(visitor, standing, seen, now)
        data += b"".join(map(wire.encoded, arrival.orders))
        given = {message.id for message in arrival.orders}
        while True:
            if data:
                await send(_body(data))
                if len(data) > LARGE_BYTES:
                    await send(_body(wire.KEEP_ALIVE))  # waits until the line has room again
            if seen >= (self._position or 0):
                break
            found = await self._after(seen)
            seen = found[-1].id if found else self._position or 0
            missed = [m for m in found if m.id not in given]
            data = wire.catching_up(visitor, standing, missed, now)
        held = self.crowd.join(visitor.device, visitor.area, seen)
        if not connection.lend(held):
            self.crowd.leave(held)
        elif self._closing:
            held.shutdown()

    async def _after(self, seen: int) -> tuple[Message, ...]:
        """Return the messages that follow, from memory where they are recent."""
        if seen >= self._recent_after:
            return tuple(message for message in self._recent if message.id > seen)
        return await self._asking(partial(stream.messages_after, after=seen))

    async def _standing_of(self, root: str, now: datetime) -> Standing:
        """Return what stands in a province, remembered until something is delivered that changes it."""
        known = self._standing.get(root)
        if known is not None:
            return known
        async with self._standing_turn:  # of all who come together, one asks
            if root in self._standing:
                return self._standing[root]
            before = self._position
            found = await self._asking(partial(stream.standing, root=root, now=now))
            if before == self._position:
                self._standing[root] = found
            return found

    async def _follow(self) -> None:
        """Deliver everything that is new in the outbox."""
        while True:
            after = self._position or 0
            try:
                found = await self._asking(partial(stream.messages_after, after=after))
                if not found:
                    return
                moved = {m.device for m in found if m.kind == Kind.ASSIGNMENT.value and m.device}
                for device in moved:
                    area = await self._asking(partial(stream.area_of, device=device))
                    if area is not None:
                        self.crowd.move(device, area)
            except Exception:  # the database may be away for a while; the poll comes back
                log.exception("outbox cannot be read; trying again in %s s", POLL_S)
                return
            self._deliver(found)

    def _deliver(self, found: tuple[Message, ...]) -> None:
        """Hand out a batch in one go, alarms first, and move the position."""
        alarms = [m for m in found if m.kind == Kind.ANNOUNCEMENT.value]
        others = [m for m in found if m.kind != Kind.ANNOUNCEMENT.value]
        for message in (*alarms, *others):
            if message.kind in {Kind.ANNOUNCEMENT.value, Kind.ACTIVE_SET.value}:
                for area in message.areas:
                    self._standing.pop(root_of(area), None)
            chunk = wire.chunk(wire.encoded(message))
            give = self.crowd.offer if message.kind == VOICE else self.crowd.hand
            for held in self.crowd.audience(message.areas, message.device):
                if message.id > held.seen:
                    give(held, chunk)
        self._remember(found)
        self._position = found[-1].id

    def _remember(self, found: tuple[Message, ...]) -> None:
        """Keep what was delivered, for whoever comes back."""
        gone = len(self._recent) + len(found) - MOST_RECENT
        if gone > 0:
            self._recent_after = [*self._recent, *found][gone - 1].id
        self._recent.extend(found)

    async def _keep_alive(self) -> None:
        """Say something to each stream every 15 s, a fifteenth of them each second."""
        chunk, number = wire.chunk(wire.KEEP_ALIVE), 0
        while True:
            await asyncio.sleep(1.0)
            for held in self.crowd.beat(number):
                self.crowd.hand(held, chunk)
            number += 1

    def _ring(self) -> None:
        """Wake the follower; called from any thread, also when the loop is gone."""
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._bell.set)


_CLOSE = (b"connection", b"close")


def _body(data: bytes) -> dict[str, object]:
    return {"type": "http.response.body", "body": data, "more_body": True}


def _last_event_id(scope: Scope) -> int | None:
    """Return where the client left off, None when it does not say or says nonsense."""
    text = _header(scope, b"last-event-id")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None


def _header(scope: Scope, name: bytes) -> str:
    headers: list[tuple[bytes, bytes]] = scope["headers"]
    return next((value.decode("latin-1") for key, value in headers if key == name), "")


async def _answer(
    send: Send, status: int, body: dict[str, str], *more: tuple[bytes, bytes]
) -> None:
    data = json.dumps(body, ensure_ascii=False).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(data))]
    await send({"type": "http.response.start", "status": status, "headers": [*headers, *more]})
    await send({"type": "http.response.body", "body": data})
