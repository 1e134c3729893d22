"""The chores: due in time, and through every step of the clock."""

from datetime import UTC, datetime, timedelta

import pytest

from edge.adapters.chores import Chores
from edge.core.events import ChoreDue, Happening
from edge.core.moment import Moment


class Clock:
    """Two clocks that a test turns."""

    def __init__(self) -> None:
        self.wall = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
        self.mono_s = 100.0

    def __call__(self) -> Moment:
        return Moment(self.wall, self.mono_s)

    def pass_by(self, seconds: float) -> None:
        self.wall += timedelta(seconds=seconds)
        self.mono_s += seconds


def names(events: list[Happening]) -> list[str]:
    """Return which chores came due."""
    return [e.name for e in events if isinstance(e, ChoreDue)]


def make(clock: Clock, events: list[Happening]) -> Chores:
    """Return chores that tell 7 bytes of free storage."""
    return Chores(events.append, clock, lambda: 7)


def make_due(chores: Chores) -> None:
    """Bring every job's time a minute into the past, as an hour's sleep would."""
    for job in chores.scheduler.jobs:
        assert job.next_run is not None
        job.next_run -= timedelta(days=2)


def test_nothing_is_due_at_first() -> None:
    """A fresh start posts no chore."""
    events: list[Happening] = []
    make(Clock(), events).tick()
    assert events == []


def test_each_chore_comes_due_once() -> None:
    """Every chore is posted when its time has come, with the free storage, and not again at once."""
    events: list[Happening] = []
    chores = make(Clock(), events)
    make_due(chores)
    chores.tick()
    chores.tick()
    assert sorted(names(events)) == ["day", "health", "readiness", "scrub", "sync"]
    assert all(e.storage_free_bytes == 7 for e in events if isinstance(e, ChoreDue))


@pytest.mark.parametrize("step_s", [-3_600.0, 3_600.0, 86_400.0 * 300])
def test_clock_step_registers_anew(step_s: float) -> None:
    """After a step of the wall clock every chore counts from the new time, and the day is judged anew."""
    events: list[Happening] = []
    clock = Clock()
    chores = make(clock, events)
    before = tuple(chores.scheduler.jobs)
    clock.wall += timedelta(seconds=step_s)
    chores.tick()
    assert names(events) == ["day"]
    assert not set(map(id, before)) & set(map(id, chores.scheduler.jobs))
    chores.tick()
    assert names(events) == ["day"]


def test_drift_is_no_step() -> None:
    """Both clocks moving on together, with the slow pull of a time service, is no step."""
    events: list[Happening] = []
    clock = Clock()
    chores = make(clock, events)
    for _ in range(20):
        clock.pass_by(10)
        clock.wall += timedelta(seconds=1)
        chores.tick()
    assert names(events) == []


def test_dead_card_is_no_excuse() -> None:
    """When the disk cannot even be asked, the chore is posted with no free storage."""
    events: list[Happening] = []

    def dead() -> int:
        raise OSError(5, "input/output error")

    chores = Chores(events.append, Clock(), dead)
    make_due(chores)
    chores.tick()
    assert len(events) == 5
    assert all(e.storage_free_bytes == 0 for e in events if isinstance(e, ChoreDue))
