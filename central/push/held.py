"""The connections that are held open, and how bytes are handed to them.

Law of the room: handing over never waits. Each `send` is stepped once; a client that cannot take the bytes at
once is cut off (it comes back by itself), so one stalled reader never holds up an alarm. All in one event loop.
"""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterator, MutableMapping
from typing import Any

from contract.area import is_at_or_below

Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]  # ASGI's own shape
BEATS = 15


class Held:
    """One appliance's open stream; `seen` is the newest outbox id it has been given."""

    __slots__ = ("area", "beat", "device", "seen", "send")

    def __init__(self, send: Send, device: str, area: str, seen: int, beat: int) -> None:
        self.send = send
        self.device = device
        self.area = area
        self.seen = seen
        self.beat = beat


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

    def join(self, send: Send, device: str, area: str, seen: int) -> Held:
        """Take a stream in."""
        self._joined += 1
        held = Held(send, device, area, seen, self._joined % BEATS)
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

    def hand(self, held: Held, data: bytes) -> bool:
        """Hand bytes to a stream in one step; one that cannot take them is cut off. Return whether it took them."""
        message = {"type": "http.response.body", "body": data, "more_body": True}
        if stepped(held.send, message):
            return True
        self.dropped += 1
        self.leave(held)
        cut_off(held.send)
        return False

    def offer(self, held: Held, data: bytes) -> bool:
        """Hand bytes that can be fetched later: a stream that cannot take them at once goes without, and stays."""
        return stepped(held.send, {"type": "http.response.body", "body": data, "more_body": True})


def stepped(send: Send, message: MutableMapping[str, Any]) -> bool:
    """Run `send` as far as it goes without waiting; return whether it was done."""
    step = send(message).__await__()
    try:
        next(step)
    except StopIteration:
        return True
    except OSError:  # the client is gone; its endpoint is about to hear of it
        return False
    if hasattr(step, "close"):
        step.close()
    return False


def cut_off(send: Send) -> None:
    """Break the connection behind `send` at once: closing politely would wait for the stalled reader."""
    transport = getattr(getattr(send, "__self__", None), "transport", None)
    if isinstance(transport, asyncio.BaseTransport) and hasattr(transport, "abort"):
        transport.abort()
