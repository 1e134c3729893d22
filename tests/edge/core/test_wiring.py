"""Relays and wired inputs as the core sees them: rest, stagger, stuck relays, contacts, clock-driven relays."""

from datetime import time, timedelta
from itertools import pairwise

import pytest
from msgspec.structs import replace

from contract.documents import Assignment, Health, Hours, Input, InputKind, Switch, Zone
from edge.core.events import (
    AnnouncementAccepted,
    AssignmentAccepted,
    ChoreDue,
    InputChanged,
    StaffPlayed,
    ZonesSwitched,
)
from edge.core.orders import FitInputs, SwitchOthers, SwitchZones, Tell
from tests.edge.core.world import World, alert, assignment, sha, slot, started

MAINS = Input(name="dien", title="Điện lưới", kind=InputKind.MAINS, pin=5)
DOOR = Input(name="cua", title="Cửa tủ", kind=InputKind.DOOR, pin=6)
FAN = Switch(name="quat", title="Quạt", relay_pin=22, on=(Hours(start=time(9), end=time(17)),))
LED = Switch(name="led", title="Màn hình", relay_pin=23, on=(Hours(start=time(18), end=time(6)),))


def wired(**changes: object) -> Assignment:
    """Return the paper of the world's cluster with these inputs and relays wired."""
    return replace(assignment(), **changes)


def zone(name: str, pin: int, **changes: object) -> Zone:
    """Return a zone that warms 500 ms and rests as said."""
    fields: dict[str, object] = {"name": name, "title": name, "relay_pin": pin, "tail_ms": 0}
    return Zone(**(fields | changes))  # type: ignore[arg-type]


def played(world: World, seconds: float, zones: tuple[str, ...] = ()) -> None:
    """Have staff play an item for so many seconds, and let these pass."""
    until = world.wall + timedelta(seconds=seconds)
    world.happen(StaffPlayed(content=sha(1), zones=zones, until=until, by="Lan"))
    world.run(seconds)


def test_a_relay_that_came_on_stays_on_for_its_least_time() -> None:
    """An item taken back at once does not make the relay click on and off within a second."""
    world = World()
    paper = wired(zones=(zone("cho", 17, min_on_ms=5_000, min_off_ms=0),))
    world.happen(started(assignment=paper))
    world.run(1)
    played(world, 0.7)
    world.run(20)
    on_at = next(at for at, on in world.relays if on)
    off_at = world.relays[-1][0]
    assert off_at - on_at == pytest.approx(5.0, abs=0.1)


def test_a_relay_that_went_off_stays_off_for_its_least_time() -> None:
    """Asked again while it rests, the amplifier waits; the sound waits with it."""
    world = World()
    paper = wired(zones=(zone("cho", 17, min_on_ms=0, min_off_ms=4_000),))
    world.happen(started(assignment=paper))
    world.run(10)
    played(world, 1)
    world.run(0.5)
    off_at = world.relays[-1][0]
    assert world.relays[-1][1] == frozenset()
    played(world, 8)
    on_at = next(at for at, on in world.relays if on and at > off_at)
    assert on_at - off_at == pytest.approx(4.0, abs=0.1)
    assert world.plays[-1].start_s - on_at >= 0.5


def test_an_emergency_waits_for_no_rest() -> None:
    """Hardware may rest when the river does not rise."""
    world = World()
    paper = wired(zones=(zone("cho", 17, min_on_ms=0, min_off_ms=9_000),))
    world.happen(started(assignment=paper))
    world.run(10)
    played(world, 1)
    world.run(0.5)
    world.happen(AnnouncementAccepted(announcement=alert(), door="push"))
    world.run(0.8)
    assert world.current is not None
    assert world.current.key.startswith("alert/")


def test_eight_amplifiers_are_all_warm_at_the_second_of_the_slot() -> None:
    """They come on one after the other, 200 ms apart, early enough that the first sample is at its instant."""
    zones = tuple(zone(f"v{n}", 10 + n) for n in range(8))
    world = World()
    world.happen(started(slot(), assignment=wired(zones=zones)))
    world.run(30)
    assert world.plays[0].start_s == pytest.approx(10.0, abs=0.01)
    assert len(world.plays[0].zones) == 8
    moves = [at for at, on in world.relays if on and at < 10]
    assert min(b - a for a, b in pairwise(moves)) >= 0.199


def test_a_relay_welded_shut_holds_nobody_up() -> None:
    """A zone that does not open any more leaks, and is reported; the others still get their programme."""
    world = World()
    world.happen(started(slot(zones=("dinh",))))
    world.run(1)
    world.deaf.add(SwitchZones)
    world.happen(ZonesSwitched(on=frozenset({"cho"}), stuck=frozenset({"cho"})))
    world.run(8)
    world.happen(ZonesSwitched(on=frozenset({"cho", "dinh"}), stuck=frozenset({"cho"})))
    world.run(4)
    assert world.current is not None
    asked = [at for at, order in world.orders if isinstance(order, SwitchZones)]
    assert len(asked) <= 6, "a stuck relay is not hammered"


def test_a_relay_that_does_not_close_leaves_the_other_zones_sounding() -> None:
    """One dead amplifier does not silence the village: the rest of the zones sound, and the record names them."""
    world = World()
    world.happen(started(slot()))
    world.run(1)
    world.deaf.add(SwitchZones)
    world.run(8)
    world.happen(ZonesSwitched(on=frozenset({"cho"}), stuck=frozenset({"dinh"})))
    world.run(4)
    assert world.current is not None
    assert world.current.key.startswith("slot/")


def test_the_hands_are_told_what_is_wired_and_once() -> None:
    """Inputs and clock-driven relays of the assignment reach the hands; an assignment without any asks nothing."""
    world = World()
    world.happen(started(slot()))
    world.run(2)
    assert not [o for _, o in world.orders if isinstance(o, FitInputs)]
    world.happen(AssignmentAccepted(assignment=wired(inputs=(MAINS, DOOR), epoch=2)))
    world.happen(ChoreDue(name="health"))
    fits = [o for _, o in world.orders if isinstance(o, FitInputs)]
    assert [o.inputs for o in fits] == [(MAINS, DOOR)]


def test_relays_that_follow_the_clock_do() -> None:
    """At noon the fan is on and the screen's power off; at six in the evening the other way round."""
    world = World()
    world.happen(started(assignment=wired(switches=(FAN, LED))))
    world.run(1)
    world.run(6.2 * 3600)
    asked = [o.on for _, o in world.orders if isinstance(o, SwitchOthers)]
    assert asked == [{"quat"}, frozenset(), {"led"}]


def healths(world: World) -> list[Health]:
    """Return every health told."""
    return [o.health for _, o in world.orders if isinstance(o, Tell) and o.health is not None]


def test_who_assigns_it_hears_at_once_how_it_is() -> None:
    """A new assignment is answered with the appliance's health, not a minute later: somebody stands on a ladder."""
    world = World()
    world.happen(started(slot()))
    assert healths(world) == []
    world.happen(AssignmentAccepted(assignment=wired(inputs=(MAINS,), epoch=2)))
    assert len(healths(world)) == 1


def test_a_power_cut_is_told_at_once_and_the_cabinet_door_too() -> None:
    """Central does not wait for the minute to hear that the mains went or the cabinet stands open."""
    world = World()
    world.happen(started(assignment=wired(inputs=(MAINS, DOOR))))
    world.happen(InputChanged(name="dien", kind=InputKind.MAINS, active=True))
    world.happen(InputChanged(name="cua", kind=InputKind.DOOR, active=False))
    world.run(10)
    assert healths(world) == []
    world.happen(InputChanged(name="dien", kind=InputKind.MAINS, active=False))
    (told,) = healths(world)
    assert told.mains is False
    assert told.alarms == ("Điện lưới",)
    world.run(6)
    world.happen(InputChanged(name="cua", kind=InputKind.DOOR, active=True))
    assert healths(world)[-1].alarms == ("Điện lưới", "Cửa tủ")


def test_a_flapping_contact_does_not_flood_central() -> None:
    """Twenty changes in two seconds are told at most twice at once, the last state always in the end."""
    world = World()
    world.happen(started(assignment=wired(inputs=(DOOR,))))
    world.run(10)
    for turn in range(21):
        world.happen(InputChanged(name="cua", kind=InputKind.DOOR, active=turn % 2 == 0))
        world.run(0.1)
    world.run(40)
    assert len(healths(world)) <= 2
    assert healths(world)[-1].alarms == ("Cửa tủ",)
