"""Readiness before each slot, the self-test, and local emergencies: what is found, and what is told."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from contract.documents import ActiveSet, Policy, QuietHours, Readiness, Vitals
from edge.core.events import (
    ActiveSetAccepted,
    ChoreDue,
    Inspected,
    StaffAskedReadiness,
    StaffAskedTest,
    StaffStoodDown,
    StaffWarned,
    VitalsMeasured,
)
from edge.core.moment import Clock
from edge.core.orders import Inspect, Remember, Tell
from tests.edge.core.world import NOON, World, sha, slot, started

LATER = (NOON + timedelta(minutes=20, hours=7)).time().replace(tzinfo=None)


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
    far = (NOON + timedelta(hours=8)).time().replace(tzinfo=None)
    world.happen(started(slot(start=far)))
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


def warned(world: World, minutes: int = 60) -> None:
    """Have staff sound a flood warning."""
    until = world.wall + timedelta(minutes=minutes)
    event = StaffWarned(
        headline="Lũ lên nhanh", text="Bà con ấp 1 lên cao ngay.", zones=(), until=until, by="Lan"
    )
    world.happen(event)


def test_a_local_emergency_sounds_at_once_repeats_and_is_told() -> None:
    """Tone and words now and again; central hears who sounded what."""
    world = World()
    world.happen(started(slot(), policy=Policy()))
    world.run(1)
    warned(world)
    world.run(1.5)
    assert world.current is not None
    assert world.current.key.startswith("alert/local-")
    world.run(200)
    rounds = {p.key.split("/")[2] for p in world.plays if p.key.startswith("alert/")}
    assert {"0", "1", "2"} <= rounds
    (said,) = [w for _, o in world.orders if isinstance(o, Tell) for w in o.warnings]
    assert (said.by, said.headline, said.over) == ("Lan", "Lũ lên nhanh", False)


def test_a_local_emergency_that_runs_out_is_told_as_over() -> None:
    """Nobody has to end it for the province to know that it ended."""
    world = World()
    world.happen(started())
    warned(world, minutes=2)
    world.run(150)
    assert world.desk.alarms == ()
    said = [w for _, o in world.orders if isinstance(o, Tell) for w in o.warnings]
    assert [(w.by, w.over) for w in said] == [("Lan", False), ("hết hạn", True)]


def test_staff_end_their_own_emergency_and_no_other() -> None:
    """The local warning ends and is told as over; the province's cannot be ended here."""
    world = World()
    world.happen(started())
    warned(world)
    world.run(2)
    world.happen(StaffStoodDown(id=world.desk.alarms[0].announcement.id, by="Hoa"))
    world.run(1)
    assert world.current is None
    assert world.desk.alarms == ()
    said = [w for _, o in world.orders if isinstance(o, Tell) for w in o.warnings]
    assert [(w.by, w.over) for w in said] == [("Lan", False), ("Hoa", True)]


def test_an_active_set_of_central_does_not_end_a_local_emergency() -> None:
    """Central does not know of it yet; what it lists as in force says nothing about it."""
    world = World()
    world.happen(started())
    warned(world)
    world.run(2)
    empty = ActiveSet(
        area="dt",
        version=9,
        issued=world.wall + timedelta(seconds=1),
        expires=world.wall + timedelta(minutes=10),
        min_keyring_epoch=0,
    )
    world.happen(ActiveSetAccepted(active_set=empty))
    assert len(world.desk.alarms) == 1


def test_a_local_emergency_outlives_a_power_cut() -> None:
    """It is remembered before it sounds, and sounds again after the restart."""
    world = World()
    world.happen(started())
    warned(world)
    remembered = [o for _, o in world.orders if isinstance(o, Remember)][-1]
    assert len(remembered.warnings) == 1
    again = World()
    again.happen(
        replace(started(), warnings=remembered.warnings, warning_count=remembered.warning_count)
    )
    again.run(3)
    assert again.current is not None
    warned(again)
    ids = {a.announcement.id for a in again.desk.alarms}
    assert len(ids) == 2, "and the next one has a new id"
