"""What becomes of an item that lost the air, its engine or its patience: join, resume, restart, skip."""

from datetime import timedelta

import pytest

from contract.documents import AfterBreak, LateRule
from edge.core.decide import Decision
from edge.core.events import (
    AnnouncementAccepted,
    ContentArrived,
    Ending,
    PlayerEnded,
    ProgrammeAccepted,
    StaffHushed,
    StaffReleased,
    StaffSkipped,
)
from edge.core.orders import StartPlay
from tests.edge.core.world import NOON, World, alert, programme, sha, slot, started

ITEMS = (sha(1), sha(2), sha(3))


def interrupted(rule: AfterBreak) -> World:
    """Return a world where a hush of 20 s cut the first of three items 4 s in; 100 s are over."""
    world = World()
    plan = slot(items=ITEMS, window_s=120, after_break=rule)
    world.happen(started(plan))
    world.run(14)
    world.happen(StaffHushed(until=world.wall + timedelta(seconds=20), by="Lan"))
    world.run(90)
    return world


def heard(world: World) -> list[tuple[str, int, float]]:
    """Return what sounded: the item's number in its window, from where (ms), and when."""
    return [(p.key[-1], p.from_ms, round(p.start_s, 1)) for p in world.plays]


def test_an_item_that_joins_goes_on_where_the_clock_says() -> None:
    """What was missed is missed: after 20 s of hush the third item is under way."""
    assert heard(interrupted(AfterBreak.JOIN))[0] == ("0", 0, 10.0)
    assert [number for number, _, _ in heard(interrupted(AfterBreak.JOIN))] == ["0", "2"]


def test_an_item_that_resumes_goes_on_at_its_place_and_the_rest_comes_later() -> None:
    """Cut off 4 s in, it goes on 4 s in; the items behind it keep their whole length."""
    first, again, second, third = heard(interrupted(AfterBreak.RESUME))
    assert first == ("0", 0, 10.0)
    assert again[0] == "0"
    assert again[1] == pytest.approx(4_000, abs=400)
    assert again[2] == pytest.approx(35.1, abs=1.5)
    assert second[:2] == ("1", 0)
    assert second[2] - again[2] == pytest.approx(6.0, abs=0.5)
    assert third[2] - second[2] == pytest.approx(10.0, abs=0.1)


def test_the_air_of_an_item_that_goes_on_lasts_until_its_end() -> None:
    """The decision that lets a held item go on already says when it will be over, not when its window closes."""
    untils: list[float] = []

    def watch(world: World, decision: Decision) -> None:
        starts = any(isinstance(order, StartPlay) for order in decision.orders)
        if starts and decision.air.claim.key.startswith("slot/"):
            untils.append((decision.air.until - NOON).total_seconds())

    world = World(watch=watch)
    world.happen(started(slot(items=(sha(1),), window_s=120, after_break=AfterBreak.RESUME)))
    world.run(14)
    world.happen(StaffHushed(until=world.wall + timedelta(seconds=20), by="Lan"))
    world.run(60)
    again = world.plays[-1]
    assert untils == [pytest.approx(20.0), pytest.approx(again.start_s + 6.0, abs=0.5)]


def test_an_item_that_restarts_sounds_whole_again() -> None:
    """After the break it begins at its beginning, and the next follows its end."""
    _, again, second, _ = heard(interrupted(AfterBreak.RESTART))
    assert again[:2] == ("0", 0)
    assert second[2] - again[2] == pytest.approx(10.0, abs=0.1)


def test_a_window_closes_in_time_whatever_was_held() -> None:
    """Nothing of a window sounds after its close, however far it runs behind."""
    world = World()
    world.happen(started(slot(items=ITEMS, window_s=40, after_break=AfterBreak.RESTART)))
    world.run(14)
    world.happen(StaffHushed(until=world.wall + timedelta(seconds=20), by="Lan"))
    world.run(60)
    assert max(p.end_s or 1e9 for p in world.plays) <= 50.6
    assert not world.desk.progress


def test_an_emergency_that_takes_the_air_holds_the_item_as_well() -> None:
    """Pre-empted without a stop in between, the item resumes at its place after the warning."""
    world = World()
    world.happen(started(slot(items=ITEMS, window_s=200, after_break=AfterBreak.RESUME)))
    world.run(15)
    world.happen(AnnouncementAccepted(announcement=alert(), door="push"))
    world.run(30)
    resumed = next(
        p for p in world.plays if p.key.endswith("/0") and p.start_s > 15 and "slot" in p.key
    )
    assert resumed.from_ms == pytest.approx(5_000, abs=400)


def test_an_item_whose_engine_died_goes_on_though_its_slot_skips_when_late() -> None:
    """Late rules are about a late start; an engine that died in the middle is no reason to leave out the rest."""
    world = World()
    world.happen(started(slot(window_s=120, items=(sha(1),), late=LateRule.SKIP)))
    world.run(16)
    world.fail()
    world.run(2)
    assert world.plays[-1].from_ms == pytest.approx(6_000, abs=400)
    assert world.plays[-1].key == world.plays[0].key


def test_what_sounded_well_before_it_broke_may_break_again() -> None:
    """Only a play that fails at its very start, twice, is given up."""
    world = World()
    world.happen(started(slot(window_s=120, late=LateRule.SKIP)))
    world.run(10)
    for _ in range(2):
        world.run(3.2)
        world.fail()
    world.run(0.5)
    assert [p.from_ms for p in world.plays] == pytest.approx([0, 3_200, 6_400], abs=200)
    key = world.plays[-1].key
    for _ in range(2):
        world.happen(PlayerEnded(key=key, ending=Ending.FAILED, played_ms=0, why="hỏng"))
        world.run(0.5)
    assert len(world.plays) == 4


def test_played_whole_though_late_pushes_what_follows() -> None:
    """With the rule "whole" a file that comes late sounds whole, and the next item waits for its end."""
    world = World()
    plan = slot(items=ITEMS, window_s=120, late=LateRule.WHOLE)
    world.happen(started(plan, contents=(sha(2), sha(3))))
    world.run(15)
    world.happen(ContentArrived(sha256=sha(1)))
    world.run(60)
    first, second, third = (p for p in world.plays)
    assert (first.key[-1], first.from_ms) == ("0", 0)
    assert second.start_s - first.start_s == pytest.approx(10.0, abs=0.1)
    assert third.start_s - second.start_s == pytest.approx(10.0, abs=0.1)


def test_staff_skip_what_they_see_and_the_next_comes_at_once() -> None:
    """One skip: the item ends, the next begins; the same skip again (a second tap) skips nothing more."""
    world = World()
    world.happen(started(slot(items=ITEMS, window_s=120)))
    world.run(13)
    skip = StaffSkipped(key=world.plays[0].key, by="Lan")
    world.happen(skip)
    world.run(1)
    world.happen(skip)
    world.run(30)
    assert [p.key[-1] for p in world.plays] == ["0", "1", "2"]
    assert world.plays[1].start_s == pytest.approx(13.5, abs=0.7)
    assert world.plays[2].start_s - world.plays[1].start_s == pytest.approx(10.0, abs=0.1)


def test_an_emergency_cannot_be_skipped() -> None:
    """A skip aimed at a warning changes nothing."""
    world = World()
    world.happen(started())
    world.happen(AnnouncementAccepted(announcement=alert(), door="push"))
    world.run(2)
    key = world.plays[-1].key
    world.happen(StaffSkipped(key=key, by="Lan"))
    world.run(0.5)
    assert world.current is not None
    assert world.current.key == key


def test_a_new_version_that_leaves_the_slot_alone_leaves_its_progress_alone() -> None:
    """Publishing another slot at noon does not make a resumed item jump."""
    plan = slot(items=ITEMS, window_s=200, after_break=AfterBreak.RESUME)
    world = World()
    world.happen(started(plan))
    world.run(14)
    world.happen(StaffHushed(until=world.wall + timedelta(seconds=600), by="Lan"))
    world.run(10)
    world.happen(StaffReleased(by="Lan"))
    world.run(3)
    count = len(world.plays)
    world.happen(
        ProgrammeAccepted(programme=programme(plan, slot("toi", start=NOON.time()), version=2))
    )
    world.run(2)
    assert len(world.plays) == count
    world.happen(ProgrammeAccepted(programme=programme(slot(items=(sha(2),)), version=3)))
    assert not world.desk.progress
