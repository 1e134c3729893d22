"""The connections that are held open, and how bytes are handed to them.

Law of the room: handing over never waits. Bytes go to the socket at once; a client that has let more than
`MOST_WAITING_BYTES` lie is cut off (it comes back by itself), so one stalled reader never holds up an alarm. All in
one event loop.
"""

import asyncio
from collections import defaultdict
from collections.abc import Iterator
from typing import Final

from central.push import wire
from central.push.connection import Keeper
from contract.area import is_at_or_below

BEATS: Final = 15
MOST_VOICE_BYTES: Final = 8_000  # two seconds of an operator; whoever is further behind fetches it
MOST_WAITING_BYTES: Final = (
    64_000  # what a slow line may leave lying here, beside the socket's own buffer
)


class Held(asyncio.Protocol):
    """One appliance's open stream; `seen` is the newest outbox id it has been given."""

    __slots__ = ("area", "beat", "crowd", "device", "keeper", "seen", "transport")

    def __init__(self, crowd: "Crowd", device: str, area: str, seen: int, beat: int) -> None:
        self.crowd = crowd
        self.device = device
        self.area = area
        self.seen = seen
        self.beat = beat
        self.transport: asyncio.Transport | None = None
        self.keeper: Keeper | None = None

    def take(self, transport: asyncio.Transport, keeper: Keeper) -> None:
        """Hold the connection: what is written goes to the socket at once, not at the end of the turn."""
        if transport.get_extra_info("sslcontext") is None:
            transport.set_write_buffer_limits(0)
        self.transport, self.keeper = transport, keeper

    def connection_lost(self, exc: Exception | None) -> None:
        """Note that the client is gone."""
        self.crowd.leave(self)
        if self.keeper is not None:
            self.keeper.discard(self)
        self.transport = self.keeper = None

    def shutdown(self) -> None:
        """End the stream politely: the server stops."""
        self.crowd.leave(self)
        if self.transport is not None and not self.transport.is_closing():
            self.transport.write(wire.LAST_CHUNK)
            self.transport.close()


class Crowd:
    """All open streams, found by area, by appliance and by the second of their keep-alive."""

    def __init__(self) -> None:
        self._by_area: defaultdict[str, set[Held]] = defaultdict(set)
        self._by_device: defaultdict[str, list[Held]] = defaultdict(list)
        self._by_beat: list[set[Held]] = [set() for _ in range(BEATS)]
        self._joined = 0
        self.dropped = 0

    def __len__(self) -> int:
        return sum(len(held) for held in self._by_beat)

    def __iter__(self) -> Iterator[Held]:
        return iter([held for beat in self._by_beat for held in beat])

    def join(self, device: str, area: str, seen: int) -> Held:
        """Take a stream in; its connection is to be lent to it in the same turn."""
        self._joined += 1
        held = Held(self, device, area, seen, self._joined % BEATS)
        self._by_area[area].add(held)
        self._by_device[device].append(held)
        self._by_beat[held.beat].add(held)
        return held

    def leave(self, held: Held) -> None:
        """Let a stream go; harmless when it is gone."""
        if held not in self._by_beat[held.beat]:
            return
        self._by_beat[held.beat].discard(held)
        self._by_device[held.device].remove(held)
        if not self._by_device[held.device]:
            del self._by_device[held.device]
        self._leave_area(held)

    def move(self, device: str, area: str) -> None:
        """Note that an appliance now stands in another area."""
        for held in self._by_device.get(device, ()):
            self._leave_area(held)
            held.area = area
            self._by_area[area].add(held)

    def _leave_area(self, held: Held) -> None:
        self._by_area[held.area].discard(held)
        if not self._by_area[held.area]:
            del self._by_area[held.area]

    def audience(self, areas: tuple[str, ...], device: str | None) -> list[Held]:
        """Return the streams of one appliance, or of all at or below any of the areas."""
        if device is not None:
            return list(self._by_device.get(device, ()))
        inside = [a for a in self._by_area if any(is_at_or_below(a, above) for above in areas)]
        return [held for area in inside for held in self._by_area[area]]

    def beat(self, number: int) -> list[Held]:
        """Return the streams whose keep-alive is due in this second."""
        return list(self._by_beat[number % BEATS])

    def hand(self, held: Held, chunk: bytes) -> bool:
        """Hand a chunk to a stream; one that lets too much lie is cut off. Return whether it was handed over."""
        transport = held.transport
        if transport is None or transport.is_closing():
            self.leave(held)
            return False
        if transport.get_write_buffer_size() > MOST_WAITING_BYTES:
            self.dropped += 1
            self.leave(held)
            transport.abort()  # closing politely would wait for the stalled reader
            return False
        transport.write(chunk)
        return True

    def offer(self, held: Held, chunk: bytes) -> bool:
        """Hand over what can be fetched later: a line on which much waits goes without, and stays."""
        transport = held.transport
        if transport is None or transport.is_closing():
            return False
        if transport.get_write_buffer_size() > MOST_VOICE_BYTES:
            return False
        transport.write(chunk)
        return True
