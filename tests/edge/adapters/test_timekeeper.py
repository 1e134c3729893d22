"""The timekeeper over real HTTP: a nonce each, the quickest answer counts, nothing is raised."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from contract.documents import DeviceId, Kind
from contract.errors import RefusalCode
from edge.adapters.clock import Source, WallClock
from edge.adapters.timekeeper import QUESTIONS, ask_time
from edge.core.events import DocumentRefused
from edge.core.moment import Clock
from tests.edge.adapters.fake_central import FakeCentral, Handler, answers
from tests.edge.adapters.link_rig import Rig, rig

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Waiter:
    """An appliance in 1970 whose monotonic clock goes on by `ways_s` at each look of the timekeeper."""

    def __init__(self, held: Rig) -> None:
        self.held = held
        self.ways_s: list[float] = []
        self.mono_s = 0.0
        self.clock = WallClock(lambda: False, lambda: EPOCH, lambda: self.mono_s)
        self.clock.look(held.gate.state)
        self._asked = False

    def ask(self, *ways_s: float) -> bool:
        """Ask, each question taking as long as the next of `ways_s`."""
        self.ways_s, self._asked = list(ways_s), False
        return ask_time(self.held.link, self.held.gate, self.clock, self._mono)

    def _mono(self) -> float:
        if self._asked:
            self.mono_s += self.ways_s.pop(0)
        self._asked = not self._asked
        return self.mono_s

    def trust(self) -> Clock:
        """Return how far the time is believed."""
        return self.clock.state


@pytest.fixture
def central() -> Iterator[FakeCentral]:
    """Run a central."""
    with FakeCentral({}) as fake:
        yield fake


@pytest.fixture
def waiter(central: FakeCentral, tmp_path: Path) -> Iterator[Waiter]:
    """Return an assigned appliance that was booted in 1970, and a central that tells it the time."""
    with rig(tmp_path, central) as held:
        held.assign()
        central.tells_time = held.authority.time
        yield Waiter(held)


def test_one_quick_answer_sets_the_clock(central: FakeCentral, waiter: Waiter) -> None:
    """A quick round trip needs no second one, and the clock is right to half of it."""
    assert waiter.trust() is Clock.UNKNOWN
    assert waiter.ask(0.1)
    assert waiter.clock.source is Source.SIGNED
    assert waiter.trust() is Clock.TRUSTED
    assert waiter.clock.now() == waiter.held.authority.now + timedelta(seconds=0.05)
    assert central.asked("/time") == 1


def test_the_quickest_of_a_few_counts(central: FakeCentral, waiter: Waiter) -> None:
    """Over a slow line a few questions are asked and the shortest way is believed."""
    assert waiter.ask(1.5, 0.4, 1.2)
    passed = timedelta(seconds=1.2 + 0.2)  # half of the quickest, and the last one after it
    assert waiter.clock.now() == waiter.held.authority.now + passed
    assert central.asked("/time") == QUESTIONS


def test_a_way_too_long_tells_nothing(waiter: Waiter) -> None:
    """When every answer takes more than two seconds nothing moves; a better line mends it."""
    assert not waiter.ask(5.0, 3.0, 9.0)
    assert waiter.trust() is Clock.UNKNOWN
    assert waiter.ask(0.1)


def test_no_nonce_is_used_twice(central: FakeCentral, waiter: Waiter) -> None:
    """Each question is new, so that a recorded answer answers nothing; it is refused and told."""
    nonces: list[str] = []
    recorded: list[bytes] = []

    def tell(device: DeviceId, nonce: str) -> bytes:
        nonces.append(nonce)
        recorded.append(waiter.held.authority.time(device, nonce))
        return recorded[0]

    central.tells_time = tell
    assert waiter.ask(0.1)
    assert not waiter.ask(0.1)
    assert len(set(nonces)) == 2
    [refused] = waiter.held.of(DocumentRefused)
    assert isinstance(refused, DocumentRefused)
    assert (refused.kind, refused.code) == (Kind.TIME, RefusalCode.REPLAYED)


@pytest.mark.parametrize(
    "trouble",
    [
        answers(429, {"Retry-After": "60"}),
        answers(404, {}, b'{"error":"none"}'),
        answers(200, {}, b"half past nine"),
        lambda handler: handler.cut() or True,
    ],
    ids=["too often", "a central that cannot", "no envelope", "cut off"],
)
def test_trouble_leaves_the_clock_as_it_was(
    central: FakeCentral, waiter: Waiter, trouble: Callable[[Handler], bool]
) -> None:
    """Whatever goes wrong on the way, nothing is raised and nothing moves; the next answer is taken."""
    central.faults["/time"] = trouble
    assert not waiter.ask(0.1)
    assert waiter.trust() is Clock.UNKNOWN
    central.faults.clear()
    assert waiter.ask(0.1)
    assert waiter.trust() is Clock.TRUSTED


def test_an_answer_before_the_line_broke_is_used(central: FakeCentral, waiter: Waiter) -> None:
    """A slow but good answer counts although the line breaks at the second question."""

    def once(handler: Handler) -> bool:
        if central.asked("/time") > 1:
            handler.cut()
            return True
        return False

    central.faults["/time"] = once
    assert waiter.ask(0.8)
    assert waiter.trust() is Clock.TRUSTED
