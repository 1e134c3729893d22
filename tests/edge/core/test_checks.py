"""Readiness before each slot, and the self-test: what is found, and what is told."""

from datetime import time, timedelta

import pytest

from contract.documents import Policy, QuietHours, Readiness, Vitals
from edge.core.events import (
    ChoreDue,
    Inspected,
    ProgrammeAccepted,
    StaffAskedReadiness,
    StaffAskedTest,
    VitalsMeasured,
)
from edge.core.moment import Clock
from edge.core.orders import Inspect, Tell
from tests.edge.core.world import NOON, World, content, programme, sha, slot, started


def in_minutes(minutes: int) -> time:
    """Return the local wall time so many minutes after the world begins."""
    return (NOON + timedelta(minutes=minutes, hours=7)).time().replace(tzinfo=None)


LATER = in_minutes(20)


def told(world: World) -> list[Readiness]:
    """Return every readiness told to central."""
    return [r for _, o in world.orders if isinstance(o, Tell) for r in o.readiness]


def minutely(world: World, minutes: int) -> None:
    """Let minutes pass, with the readiness chore of each."""
    for _ in range(minutes):
        world.happen(ChoreDue(name="readiness"))
        world.run(60)


def bad(readiness: Readiness) -> list[str]:
    """Return the names of the checks that are not well."""
    return [c.name for c in readiness.checks if not c.ok]


def test_half_an_hour_before_a_window_it_is_looked_after_once() -> None:
    """One look for a slot that is ready: its files are hashed, the way of the sound is tried, central is told."""
    world = World()
    world.happen(started(slot(start=LATER, items=(sha(1), sha(2)), window_s=600)))
    minutely(world, 15)
    (looked,) = [o for _, o in world.orders if isinstance(o, Inspect)]
    assert set(looked.contents) == {sha(1), sha(2)}
    (readiness,) = told(world)
    assert readiness.ready, bad(readiness)
    assert readiness.title == "Bản tin sang"
    assert readiness.starts == NOON + timedelta(minutes=20)


def test_earlier_than_half_an_hour_nothing_is_looked_after() -> None:
    """An hour ahead there is no look."""
    world = World()
    world.happen(started(slot(start=in_minutes(60))))
    minutely(world, 5)
    assert told(world) == []


@pytest.mark.parametrize(
    ("changes", "policy", "name"),
    [
        ({"contents": (sha(2),)}, None, "contents"),
        ({"approvals": ()}, None, "contents"),
        ({}, Policy(quiet=(QuietHours(start=LATER, end=LATER),)), "policy"),
        ({"clock": Clock.UNKNOWN}, None, "clock"),
    ],
)
def test_what_stands_in_the_way_is_named(
    changes: dict[str, object], policy: Policy | None, name: str
) -> None:
    """A missing file, a missing approval, quiet hours, an unknown clock: each makes the slot not ready."""
    world = World()
    world.happen(started(slot(start=LATER), policy=policy, **changes))
    minutely(world, 2)
    readiness = told(world)[0]
    assert not readiness.ready
    assert name in bad(readiness)
    assert all(c.why for c in readiness.checks if not c.ok)


def test_what_was_not_ready_is_looked_after_again_until_it_starts() -> None:
    """Every five minutes, so that a file that came late turns the row green."""
    world = World()
    world.happen(started(slot(start=LATER), contents=()))
    minutely(world, 13)
    assert len(told(world)) == 3


def test_a_window_that_was_not_ready_is_not_made_ready_by_another() -> None:
    """An earlier window comes in between and is ready; the one that was not is still looked after again."""
    world = World()
    evening = slot("chieu", start=LATER, items=(sha(2),))
    world.happen(started(evening, contents=(sha(1),)))
    minutely(world, 1)
    soon = slot("trua", start=in_minutes(7))
    world.happen(ProgrammeAccepted(programme=programme(soon, evening, version=2)))
    minutely(world, 18)
    found = [(r.title, r.ready) for r in told(world)]
    assert found[:2] == [("Bản tin chieu", False), ("Bản tin trua", True)]
    assert found[2:] == [("Bản tin chieu", False)] * 3


def test_a_new_programme_is_looked_after_anew() -> None:
    """What was ready for the old programme says nothing of the new one's contents."""
    world = World()
    world.happen(started(slot(start=in_minutes(20), window_s=600)))
    minutely(world, 2)
    assert [r.ready for r in told(world)] == [True]
    news = slot(start=in_minutes(20), window_s=600, items=(sha(9),))
    newer = programme(news, contents=(content(9),), version=2)
    world.happen(ProgrammeAccepted(programme=newer))
    minutely(world, 2)
    assert [r.ready for r in told(world)] == [True, False]


def test_a_readiness_asked_for_long_before_does_not_spare_the_look_before_the_window() -> None:
    """What was ready an hour ahead is looked after once more half an hour before, and then no more."""
    world = World()
    world.happen(started(slot(start=in_minutes(60))))
    world.happen(StaffAskedReadiness(by="Lan"))
    minutely(world, 50)
    early, due = told(world)
    assert early.ready, bad(early)
    assert due.ready, bad(due)
    assert due.of == early.of
    assert timedelta(minutes=29) <= due.starts - due.at <= timedelta(minutes=30)


def test_a_self_test_does_not_spare_the_look_before_a_window() -> None:
    """The window before was ready and a self-test was run since: the next window is looked after all the same."""
    world = World()
    world.happen(started(slot("trua", start=in_minutes(5)), slot("chieu", start=in_minutes(60))))
    minutely(world, 8)
    world.happen(StaffAskedTest(zones=("cho",), by="Nam"))
    minutely(world, 40)
    found = [(r.title, r.ready) for r in told(world)]
    assert found == [("Bản tin trua", True), ("Tự kiểm tra", True), ("Bản tin chieu", True)]


def test_a_look_that_a_self_test_cut_short_is_taken_again() -> None:
    """Staff begin a self-test while the hands are being asked: the window still gets its readiness."""
    world = World()
    world.happen(started(slot("trua", start=in_minutes(5)), slot("chieu", start=in_minutes(40))))
    minutely(world, 10)
    world.happen(ChoreDue(name="readiness"))
    world.happen(StaffAskedTest(zones=("cho",), by="Nam"))
    minutely(world, 10)
    found = [(r.title, r.ready) for r in told(world)]
    assert found == [("Bản tin trua", True), ("Tự kiểm tra", True), ("Bản tin chieu", True)]


def test_a_low_voltage_and_a_damaged_file_are_findings() -> None:
    """What the machine and the hands say is laid beside what the desk knows."""
    world = World()
    world.deaf.add(Inspect)
    world.happen(started(slot(start=LATER)))
    world.happen(VitalsMeasured(vitals=Vitals(under_voltage=True)))
    world.happen(StaffAskedReadiness(by="Lan"))
    world.run(25)
    assert bad(told(world)[0]) == ["power", "hands"]


def test_asking_without_a_plan_still_looks() -> None:
    """Somebody who asks gets an answer, also where nothing is planned."""
    world = World()
    world.happen(started())
    world.happen(StaffAskedReadiness(by="Lan"))
    world.run(2)
    assert bad(told(world)[0]) == ["programme"]


def test_an_answer_for_another_look_is_left_aside() -> None:
    """A late answer of a hand to an older question does not count for this one."""
    world = World()
    world.happen(started())
    world.happen(Inspected(of="slot/old", checks=()))
    assert world.desk.checks.inspecting is None


# --- self-test ------------------------------------------------------------------------------------


def test_the_self_test_sounds_each_zone_alone_and_low() -> None:
    """One low tone a zone, only that relay on; then the silent checks; the result is told."""
    world = World()
    world.happen(started())
    world.run(1)
    world.happen(StaffAskedTest(zones=("cho", "dinh"), by="Nam"))
    world.run(30)
    assert [p.zones for p in world.plays] == [{"cho"}, {"dinh"}]
    assert {p.volume_pct for p in world.plays} == {20}
    result = told(world)[-1]
    assert result.of == "test"
    names = [c.name for c in result.checks]
    assert names[:2] == ["zone-cho", "zone-dinh"]
    assert "sound-path" in names
    assert world.desk.checks.test is not None
    assert not world.desk.checks.test.running


def test_a_self_test_at_night_sounds_nothing_and_says_why() -> None:
    """Quiet hours hold for installers too; the silent checks are still made."""
    quiet = Policy(quiet=(QuietHours(start=NOON.time().replace(hour=11), end=LATER),))
    world = World()
    world.happen(started(policy=quiet))
    world.happen(StaffAskedTest(zones=("cho",), by="Nam"))
    world.run(30)
    assert world.plays == []
    assert "tones" in bad(told(world)[-1])


def test_a_zone_whose_tone_does_not_come_out_is_red() -> None:
    """A tone that was ordered and not measured at the sink names the sound device."""
    world = World()
    world.happen(started())
    world.run(1)
    world.silent = True
    world.happen(StaffAskedTest(zones=("cho",), by="Nam"))
    world.run(30)
    check = next(c for c in told(world)[-1].checks if c.name == "zone-cho")
    assert not check.ok
    assert "đầu ra" in check.why


# --- local emergencies ----------------------------------------------------------------------------
