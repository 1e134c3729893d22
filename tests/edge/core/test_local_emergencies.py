"""Local emergencies: sounded by staff at the appliance, told to the province, ended by staff or by time."""

from datetime import timedelta

from msgspec.structs import replace

from contract.documents import ActiveSet, Policy
from edge.core.events import (
    ActiveSetAccepted,
    StaffStoodDown,
    StaffWarned,
)
from edge.core.orders import Remember, Tell
from tests.edge.core.world import World, slot, started


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
