"""What holds for every story the appliance can live, drawn at random near the edges.

Each property is shown red by a deliberate fault: `tests/README.md` lists them and `tests/faults.py` runs them.
"""

from collections.abc import Callable
from datetime import datetime, time, timedelta

import msgspec
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from contract.documents import AfterBreak, Level, MessageType, Policy, QuietHours, Rank, Slot
from contract.timeline import stretch_at
from edge.core import arbiter
from edge.core.decide import Decision, decide
from edge.core.desk import Desk
from edge.core.events import (
    AnnouncementAccepted,
    ChoreDue,
    ContentArrived,
    ContentLost,
    Ending,
    HandFailed,
    Happening,
    PlayerEnded,
    StaffAskedTest,
    StaffHushed,
    StaffHushedWarnings,
    StaffLeftLive,
    StaffPlayed,
    StaffReleased,
    StaffSkipped,
    StaffSpoke,
    StaffUndid,
    StaffWarned,
    StaffWentLive,
    Ticked,
)
from edge.core.moment import Moment
from edge.core.orders import StartPlay, SwitchZones
from edge.core.sound import FromContent
from tests.edge.core.world import NOON, World, alert, programme, sha, slot, started

Step = tuple[float, Callable[[World], Happening]]

PHASES = tuple(Phase)
SLOW = settings(
    max_examples=40,
    deadline=None,
    phases=PHASES,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


@st.composite
def slots(draw: st.DrawFn) -> tuple[Slot, ...]:
    """Draw up to three slots within the next two minutes."""
    return tuple(
        slot(
            f"s{index}",
            start=time(12, draw(st.integers(0, 1)), draw(st.integers(0, 59))),
            window_s=draw(st.integers(5, 90)),
            after_break=draw(st.sampled_from(AfterBreak)),
            items=tuple(sha(n) for n in draw(st.lists(st.integers(1, 4), min_size=1, max_size=3))),
            repeat_count=draw(st.integers(1, 3)),
            gap_s=draw(st.sampled_from([0, 1, 7])),
            loop=draw(st.booleans()),
            level=draw(st.sampled_from(Level)),
            order=draw(st.integers(0, 3)),
            zones=draw(st.sampled_from([(), ("cho",), ("dinh",)])),
        )
        for index in range(draw(st.integers(1, 3)))
    )


def _always(event: Happening) -> Callable[[World], Happening]:
    return lambda _world: event


def _alert(seq: int, seconds: float) -> Callable[[World], Happening]:
    sent = NOON + timedelta(seconds=seconds)
    return lambda _world: AnnouncementAccepted(announcement=alert(seq, sent), door="push")


def _cancel(seq: int, seconds: float) -> Callable[[World], Happening]:
    sent = NOON + timedelta(seconds=seconds)
    cancel = alert(
        seq + 50, sent, message=MessageType.CANCEL, references=(f"dt-pctt:1:{seq}",), infos=()
    )
    return lambda _world: AnnouncementAccepted(announcement=cancel, door="poll")


def _skip(world: World) -> Happening:
    key = world.current.key if world.current else "slot/none"
    return StaffSkipped(key=key, by="Lan")


def _break(world: World) -> Happening:
    """Have the engine die under what sounds."""
    if world.current is None:
        return Ticked()
    played_ms = round((world.since_s - world.current.start_s) * 1000)
    return PlayerEnded(key=world.current.key, ending=Ending.FAILED, played_ms=played_ms, why="chết")


@st.composite
def stories(draw: st.DrawFn) -> list[Step]:
    """Draw up to eight events with the seconds before each, many of them close together."""
    steps: list[Step] = []
    at = 0.0
    for _ in range(draw(st.integers(1, 8))):
        wait = draw(st.sampled_from([0.0, 0.003, 0.4, 1.0, 5.0, 9.5, 21.0]))
        at += wait
        number = draw(st.integers(1, 4))
        until = NOON + timedelta(seconds=at + draw(st.sampled_from([3, 20, 200])))
        make: list[Callable[[World], Happening]] = [
            _alert(number, at),
            _cancel(number, at),
            _always(ContentArrived(sha256=sha(number))),
            _always(ContentLost(sha256=sha(number), why="gone")),
            _always(StaffHushed(until=until, by="Lan")),
            _always(StaffHushedWarnings(by="Lan")),
            _always(StaffPlayed(content=sha(number), zones=(), until=until, by="Lan")),
            _always(StaffReleased(by="Lan")),
            _always(ChoreDue(name="health")),
            _always(HandFailed(hand="courier", why="no link")),
            _always(StaffUndid(by="Lan")),
            _always(StaffLeftLive(by="Lan")),
            _always(StaffWentLive(ref="p", zones=(), until=until, by="Lan")),
            _always(
                StaffSpoke(
                    ref=f"tb-{number}",
                    text="Họp dân",
                    voice="",
                    rounds=1,
                    zones=(),
                    until=until,
                    by="Lan",
                )
            ),
            _always(StaffWarned(headline="Lũ", text="Lũ", zones=(), until=until, by="Lan")),
            _always(StaffAskedTest(zones=("cho",), by="Nam")),
            _skip,
            _break,
        ]
        steps.append((wait, draw(st.sampled_from(make))))
    return steps


def live(world: World, story: list[Step], rest_s: float = 40.0) -> None:
    """Let the story happen in the world and some time pass after it."""
    for wait_s, event in story:
        world.run(wait_s)
        world.happen(event(world))
    world.run(rest_s)


@pytest.mark.refusal(32)
@SLOW
@given(slots(), stories())
def test_nothing_sounds_that_is_not_here_and_approved(
    plan: tuple[Slot, ...], story: list[Step]
) -> None:
    """Every ordered content lies on the shelf and carries an approval, at the moment of the order."""

    def watch(world: World, decision: Decision) -> None:
        for order in decision.orders:
            if isinstance(order, StartPlay) and isinstance(order.source, FromContent):
                assert order.source.sha256 in decision.desk.shelf
                assert order.source.sha256 in decision.desk.word.approvals

    world = World(watch=watch)
    world.happen(started(*plan, contents=(sha(1), sha(2))))
    live(world, story)


@SLOW
@given(slots(), stories())
def test_sound_waits_for_a_warm_amplifier(plan: tuple[Slot, ...], story: list[Step]) -> None:
    """At every start exactly the claim's zones were read back as on, each for its whole warm-up."""

    def watch(world: World, decision: Decision) -> None:
        rig = decision.desk.rig
        if any(isinstance(order, StartPlay) for order in decision.orders):
            assert rig.zones_on == decision.air.claim.zones
            for zone in decision.desk.word.zones:
                if zone.name in decision.air.claim.zones:
                    warm_s = world.mono_s - rig.warm_since[zone.name]
                    assert warm_s >= zone.warm_up_ms / 1000 - 0.001

    world = World(watch=watch)
    world.happen(started(*plan))
    live(world, story)


@SLOW
@given(slots(), stories())
def test_no_order_is_twice_in_flight(plan: tuple[Slot, ...], story: list[Step]) -> None:
    """The same switch or start is not ordered again before it was answered or patience is over."""
    asked: list[tuple[float, frozenset[str]]] = []

    def watch(world: World, decision: Decision) -> None:
        for order in decision.orders:
            if isinstance(order, SwitchZones):
                if asked and asked[-1][1] == order.on:
                    answered = any(at >= asked[-1][0] for at, _ in world.relays)
                    assert answered or world.since_s - asked[-1][0] >= 3.0
                asked.append((world.since_s, order.on))
            if isinstance(order, StartPlay):
                assert world.current is None or world.current.key != order.key

    world = World(watch=watch)
    world.happen(started(*plan))
    live(world, story, rest_s=5.0)


@SLOW
@given(slots(), stories(), st.floats(0.0, 0.999))
def test_the_air_does_not_change_before_its_until(
    plan: tuple[Slot, ...], story: list[Step], part: float
) -> None:
    """Anywhere between a decision and the air's `until`, the arbiter gives the same winner."""

    def watch(world: World, decision: Decision) -> None:
        air, now = decision.air, world.now
        span_us = (air.until - now.wall) // timedelta(microseconds=1)
        later = timedelta(microseconds=int(span_us * part))
        at = Moment(now.wall + later, now.mono_s + later.total_seconds() - 0.0005)
        if later > timedelta(milliseconds=2) and decision.desk.clock == "trusted":
            again = arbiter.on_air(decision.desk, at)
            assert (again.claim.key, again.claim.rank) == (air.claim.key, air.claim.rank)

    world = World(watch=watch)
    world.happen(started(*plan))
    live(world, story, rest_s=10.0)


@SLOW
@given(slots(), stories())
def test_rank_alone_decides(plan: tuple[Slot, ...], story: list[Step]) -> None:
    """What waits does not outrank what is on air; only warnings take turns, and wait with their repeats for a talk."""

    def watch(world: World, decision: Decision) -> None:
        air = decision.air
        below = [w for w in air.waiting if w.rank < Rank.EMERGENCY_COMMUNE]
        assert all(waiting.rank <= air.claim.rank for waiting in below)
        due = [
            a
            for a in decision.desk.alarms
            if a.due_mono_s is not None
            and a.due_mono_s <= world.mono_s
            and (a.hushed_until_mono_s or 0.0) <= world.mono_s
        ]
        new = [a.rank for a in due if a.round == 0]
        if new:
            assert air.claim.fresh
            assert air.claim.rank == max(new)
        elif due and air.claim.rank is not Rank.LIVE:
            assert air.claim.rank >= Rank.EMERGENCY_COMMUNE

    world = World(watch=watch)
    world.happen(started(*plan))
    live(world, story)


@SLOW
@given(slots(), stories())
def test_obeying_orders_comes_to_rest_at_what_ought_to_be(
    plan: tuple[Slot, ...], story: list[Step]
) -> None:
    """When nothing happens any more, what sounds is what the air says; and a hush leaves only an alarm."""
    world = World()
    world.happen(started(*plan))
    live(world, story, rest_s=5.0)
    last = world.decisions[-1]
    air, rig = last.air, last.desk.rig
    warm = all(world.mono_s - since > 3.0 for since in rig.warm_since.values())
    if air.sounding and warm and rig.zones_on == air.claim.zones:
        rest_ms = air.claim.length_ms - air.claim.from_ms
        assert rig.playing is not None or 0 < rest_ms < 1_000
    for wait_s in (0.0, 7.0, 19.0, 31.0):
        world.run(wait_s)
        hushed_until = world.wall + timedelta(seconds=2)
        world.happen(StaffHushed(until=hushed_until, by="Lan"))
        world.run(1.5)
        assert world.current is None or world.current.key.startswith("alert/")
        world.run(2.0)


@SLOW
@given(slots(), st.sampled_from([-86_400.0, -3_600.0, -1.0, 1.0, 3_600.0]), st.floats(0.0, 20.0))
def test_a_stepping_wall_clock_delays_no_emergency(
    plan: tuple[Slot, ...], step_s: float, at_s: float
) -> None:
    """Whatever the wall clock does, a warning sounds within fade, warm-up and a little."""
    world = World()
    world.happen(started(*plan))
    world.run(at_s)
    world.happen(AnnouncementAccepted(announcement=alert(), door="push"))
    world.step_wall(step_s)
    world.run(1.3)
    assert world.current is not None
    assert world.current.key.startswith("alert/")


@SLOW
@given(slots())
def test_the_loop_wakes_for_every_start(plan: tuple[Slot, ...]) -> None:
    """Against a slow oracle: whatever the timeline says is due at a second, sounds at that second or soon after."""
    plan = tuple(replace(s, after_break=AfterBreak.JOIN) for s in plan)  # nothing runs behind it
    world = World()
    world.happen(started(*plan, policy=Policy(quiet=())))
    wants: list[tuple[float, set[str]]] = []
    for tenth in range(50, 1500, 5):
        instant = NOON + timedelta(milliseconds=100 * tenth)
        cues = stretch_at(programme(*plan), instant).cues
        worth = [c for c in cues if c.until - instant > timedelta(seconds=1.5)]
        keys = {f"slot/{c.key}" for c in worth}
        wants.append((tenth / 10, keys if len(worth) == len(cues) else set()))
    world.run(160)
    for at, due in wants:
        lasting = all(due == before for then, before in wants if at - 2.5 <= then <= at)
        if due and lasting:
            on = [p for p in world.plays if p.start_s <= at and (p.end_s or 1e9) >= at]
            done = [p for p in world.plays if p.key in due and p.end_s is not None]
            assert on or done, f"nothing sounds at {at} though {due} are due"


@SLOW
@given(slots(), stories())
def test_quiet_hours_are_silent_below_emergency(plan: tuple[Slot, ...], story: list[Step]) -> None:
    """No story makes anything below an emergency start inside quiet hours."""
    quiet = Policy(quiet=(QuietHours(start=time(12, 0, 20), end=time(12, 1, 0)),))

    def watch(world: World, decision: Decision) -> None:
        inside = NOON + timedelta(seconds=20) <= world.wall < NOON + timedelta(seconds=60)
        for order in decision.orders:
            if inside and isinstance(order, StartPlay):
                assert order.key.startswith("alert/")

    world = World(watch=watch)
    world.happen(started(*plan, policy=quiet))
    live(world, story)


@SLOW
@given(slots(), stories())
def test_a_replay_yields_the_same_desk(plan: tuple[Slot, ...], story: list[Step]) -> None:
    """The same moments and events, through JSON and back, lead to the same desk and the same orders."""
    world = World()
    world.happen(started(*plan))
    live(world, story, rest_s=15.0)
    desk = Desk()
    for (now, event), decision in zip(world.turns, world.decisions, strict=True):
        line = msgspec.json.encode((now, event))
        again_now, again_event = msgspec.json.decode(line, type=tuple[Moment, Happening])
        again = decide(desk, again_event, again_now)
        assert again.orders == decision.orders
        desk = again.desk
    assert desk == world.desk
    assert msgspec.json.decode(msgspec.json.encode(desk), type=Desk) == desk


def test_a_day_has_an_until_even_without_a_programme() -> None:
    """An empty desk answers too: silence, with an end within the hour."""
    air = arbiter.on_air(Desk(), Moment(datetime(2026, 1, 1, tzinfo=NOON.tzinfo), 0.0))
    assert air.claim.rank is Rank.SILENCE
    assert air.until <= datetime(2026, 1, 1, 1, tzinfo=NOON.tzinfo)
