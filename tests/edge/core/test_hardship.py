"""What thirty days of drawn faults taught: hung players, welded relays, cut plays, full disks, clocks set back."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from contract.documents import Outcome
from edge.core.events import (
    AnnouncementAccepted,
    ChoreDue,
    ClockJudged,
    HandFailed,
    HandRecovered,
    PlayerStarted,
    StaffHushed,
    ZonesSwitched,
)
from edge.core.moment import Clock
from edge.core.orders import Remember, StartPlay, StopPlay, SwitchZones, Tell
from tests.edge.core.world import World, alert, sha, slot, started


def plays_told(world: World) -> list[tuple[str, Outcome, str]]:
    """Return the plays told: key, outcome, why."""
    told = [p for _, o in world.orders if isinstance(o, Tell) for p in o.plays]
    return [(p.key, p.outcome, p.why) for p in told]


def test_a_hung_player_does_not_eat_the_rounds_of_a_warning() -> None:
    """While the player is broken no step counts as sounded; once it works, the tone and the words sound."""
    world = World()
    world.happen(started())
    world.deaf.add(StartPlay)
    world.happen(HandFailed(hand="player", why="treo"))
    world.happen(AnnouncementAccepted(announcement=alert(), door="push"))
    world.run(60)
    assert world.plays == []
    assert world.desk.alarms[0].round == 0
    world.deaf.clear()
    world.happen(HandRecovered(hand="player"))
    world.run(20)
    assert [p.key.rpartition("/")[2] for p in world.plays[:2]] == ["0", "1"]


def test_a_warning_whose_engine_dies_is_tried_again_and_not_for_ever() -> None:
    """A step that fails is tried five times more, a second apart; then the words have their turn."""
    world = World()
    world.happen(started())
    world.happen(AnnouncementAccepted(announcement=alert(), door="push"))
    world.run(1.5)
    for _ in range(5):
        world.fail(played_s=0.0)
        world.run(1.6)
    tones = [p for p in world.plays if p.key.endswith("/0/0")]
    assert len(tones) == 5
    world.run(6)
    assert world.plays[-1].key.endswith("/1")


def test_a_play_that_nobody_asked_for_any_more_is_stopped() -> None:
    """A player that begins late what was given up is told to stop: nothing sounds unowned."""
    world = World()
    world.happen(started())
    world.run(2)
    world.happen(PlayerStarted(key="slot/gone/20261123T000000Z/0"))
    assert [o.key for _, o in world.orders if isinstance(o, StopPlay)] == [
        "slot/gone/20261123T000000Z/0"
    ]


def test_a_welded_relay_is_not_left_powered() -> None:
    """A zone that stays on whatever it is told is told to be off: its coil does not burn for hours."""
    world = World()
    world.happen(started())
    world.run(1)
    world.happen(ZonesSwitched(on=frozenset({"cho"}), stuck=frozenset({"cho"})))
    world.deaf.add(SwitchZones)
    world.run(60)
    asked = [o.on for _, o in world.orders if isinstance(o, SwitchZones)]
    assert asked
    assert set(asked) == {frozenset()}


def test_a_play_cut_by_a_power_cut_has_its_record() -> None:
    """It was remembered while it sounded; after the restart it is told once, with the reason."""
    world = World()
    world.happen(started(slot(window_s=120, items=(sha(1),))))
    world.run(14)
    kept = [o for _, o in world.orders if isinstance(o, Remember)][-1]
    assert [p.key for p in kept.on_air] == [world.plays[0].key]
    again = World()
    again.happen(replace(started(), on_air=kept.on_air, day_plays=kept.day_plays))
    (told,) = plays_told(again)
    assert told[0] == world.plays[0].key
    assert "mất điện" in told[2]


def test_a_play_that_ended_before_the_power_cut_is_told_again_as_it_was() -> None:
    """Whether the spool had it nobody knows: it is told once more, whole, not as cut; central keeps it once."""
    world = World()
    world.happen(started(slot(window_s=120, items=(sha(1),))))
    world.run(14)
    cut = [o for _, o in world.orders if isinstance(o, Remember)][-1].on_air
    world.run(20)
    kept = [o for _, o in world.orders if isinstance(o, Remember)][-1]
    assert kept.on_air == ()
    again = World()
    day = kept.day.isoformat()
    again.happen(replace(started(), on_air=cut, day=day, day_plays=kept.day_plays))
    told = [p for _, o in again.orders if isinstance(o, Tell) for p in o.plays]
    assert tuple(told) == kept.day_plays
    again.run(60)
    latest = [o for _, o in again.orders if isinstance(o, Remember)][-1]
    assert latest.day_plays == kept.day_plays, "it is one play of the day, not two"


def test_what_the_disk_refused_is_offered_again() -> None:
    """With the ledger failed, each minute the small facts are handed to it anew."""
    world = World()
    world.happen(started())
    world.run(1)
    before = len([o for _, o in world.orders if isinstance(o, Remember)])
    world.happen(HandFailed(hand="ledger", why="đĩa đầy"))
    world.happen(ChoreDue(name="sync"))
    world.happen(ChoreDue(name="sync"))
    after = len([o for _, o in world.orders if isinstance(o, Remember)])
    assert after - before == 2


def test_the_same_failure_again_is_no_news() -> None:
    """A hand that fails each minute for the same reason fills no report and no log."""
    world = World()
    world.happen(started())
    for _ in range(20):
        world.happen(HandFailed(hand="herald", why="không có đường truyền"))
        world.run(60)
    told = [r for _, o in world.orders if isinstance(o, Tell) for r in o.refusals]
    assert [r.what for r in told] == ["herald"]


def test_a_clock_set_back_does_not_begin_the_day_s_minutes_again() -> None:
    """While the clock is not trusted the account of a day is never begun for an earlier one."""
    world = World()
    world.happen(started(day="2026-11-23", day_sounded_s=600.0))
    world.happen(ClockJudged(clock=Clock.UNKNOWN))
    world.step_wall(-86_400.0)
    world.run(40)
    assert world.desk.accounts.day_sounded_s == pytest.approx(600.0)
    world.step_wall(3 * 86_400.0)
    world.run(40)
    assert world.desk.accounts.day_sounded_s == 0.0


def test_a_slot_that_gave_way_has_its_reason_at_central() -> None:
    """Hushed at its start, it is told once who had the air instead."""
    world = World()
    world.happen(started(slot()))
    world.run(8)
    world.happen(StaffHushed(until=world.wall + timedelta(minutes=5), by="Lan"))
    world.run(30)
    told = [r for _, o in world.orders if isinstance(o, Tell) for r in o.refusals]
    assert [(r.code, r.why) for r in told] == [("gave-way", "Nhường: Lan đã tắt tiếng tạm thời.")]
