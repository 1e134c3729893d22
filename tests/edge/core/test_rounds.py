"""The rounds of a warning: over a restart, in turn with others, around a live talk, and under a hush."""

from datetime import time, timedelta
from itertools import pairwise
from typing import Any

import msgspec
import pytest

from contract.documents import (
    Announcement,
    Assignment,
    Input,
    InputKind,
    MessageType,
    Policy,
    QuietHours,
    Rank,
    Repeat,
    Slot,
    Status,
)
from edge.core import alarms, hushing, orders
from edge.core.decide import Decision
from edge.core.events import (
    AnnouncementAccepted,
    Ending,
    InputChanged,
    PlayerEnded,
    StaffHushed,
    StaffHushedWarnings,
    StaffLeftLive,
    StaffReleased,
    StaffUndid,
    StaffWarned,
    StaffWentLive,
    Started,
)
from edge.core.moment import Clock
from edge.core.view import view_of
from tests.edge.core.world import NOON, World, alert, assignment, slot, started

replace = msgspec.structs.replace
EVERY_MINUTE = Repeat(quick_rounds=1, quick_gap_s=1, slow_gap_s=60)
UNCEASING = Repeat(quick_rounds=100, quick_gap_s=1, slow_gap_s=30)


def accepted(announcement: Announcement) -> AnnouncementAccepted:
    """Return the event that a warning was admitted."""
    return AnnouncementAccepted(announcement=announcement, door="push")


def tones(world: World, of: str = "") -> list[float]:
    """Return when rounds began, of one warning or of all."""
    steps = [p for p in world.plays if p.key.startswith(f"alert/{of}")]
    return [p.start_s for p in steps if p.key.endswith("/0")]


def on_air(world: World) -> str:
    """Return the key of what sounds now, empty when nothing does."""
    return world.current.key if world.current is not None else ""


def remembered(world: World) -> orders.Remember:
    """Return the last that was to be written down."""
    return next(o for _, o in reversed(world.orders) if isinstance(o, orders.Remember))


def restarted(
    world: World, off_s: float, *announcements: Announcement, clock: Clock = Clock.TRUSTED
) -> World:
    """Return the world of the same appliance after a power cut of so many seconds."""
    kept = remembered(world)
    after = World(wall=world.wall + timedelta(seconds=off_s), mono_s=50.0, _begun_s=50.0)
    begun: Started = started(slot(), announcements=announcements, clock=clock)
    after.happen(
        replace(
            begun,
            alarms=kept.alarms,
            hush=kept.hush,
            warnings=kept.warnings,
            day=NOON.date().isoformat(),
        )
    )
    return after


# --- over a restart -------------------------------------------------------------------------------


@pytest.mark.parametrize("off_s", [3.0, 20.0, 59.0])
def test_the_next_round_comes_when_it_was_due_though_the_power_was_cut_meanwhile(
    off_s: float,
) -> None:
    """Cut in a pause: the pause goes on by the clock, and the rounds are counted on."""
    warning = alert(repeat=EVERY_MINUTE)
    world = World()
    world.happen(started())
    world.happen(accepted(warning))
    world.run(12)
    (alarm,) = world.desk.alarms
    assert alarm.round == 1
    assert alarm.due_mono_s is not None
    left_s = alarm.due_mono_s - world.mono_s
    after = restarted(world, off_s, warning)
    after.run(70)
    due_s = max(0.0, left_s - off_s)
    assert tones(after)[0] == pytest.approx(due_s, abs=1.5)
    first = next(p for p in after.plays if p.key.startswith("alert/"))
    assert first.key == "alert/dt-pctt:1:1/1/0"


def test_a_round_that_a_power_cut_broke_off_is_heard_again_whole() -> None:
    """Cut in the middle of the words: after the start tone and words come at once, as the same round."""
    warning = alert(repeat=EVERY_MINUTE)
    world = World()
    world.happen(started())
    world.happen(accepted(warning))
    world.run(6)
    assert on_air(world).endswith("/0/1")
    after = restarted(world, 40.0, warning)
    after.run(8)
    assert [p.key for p in after.plays] == ["alert/dt-pctt:1:1/0/0", "alert/dt-pctt:1:1/0/1"]
    assert after.plays[0].start_s < 1.5


def test_a_round_that_fell_into_the_power_cut_comes_at_once() -> None:
    """Off for longer than the gap: the missed round is the first thing heard, and only one."""
    warning = alert(repeat=EVERY_MINUTE)
    world = World()
    world.happen(started())
    world.happen(accepted(warning))
    world.run(12)
    after = restarted(world, 600.0, warning)
    after.run(30)
    assert len(tones(after)) == 1
    assert tones(after)[0] < 1.5


def test_all_rounds_done_stay_done_over_a_restart() -> None:
    """A warning that is said once is not said again because the power was cut."""
    once = alert(repeat=Repeat(quick_rounds=1, quick_gap_s=1, slow_gap_s=None))
    world = World()
    world.happen(started())
    world.happen(accepted(once))
    world.run(12)
    after = restarted(world, 5.0, once)
    after.run(100)
    assert tones(after) == []


def test_without_a_clock_after_a_power_cut_the_warning_is_repeated_at_once() -> None:
    """Nobody knows how long it was off: better once too often; its life is counted on."""
    warning = alert(repeat=EVERY_MINUTE, expires=NOON + timedelta(seconds=60))
    world = World()
    world.happen(started())
    world.happen(accepted(warning))
    world.run(12)
    after = restarted(world, 5.0, warning, clock=Clock.UNKNOWN)
    after.run(55)
    assert tones(after)[0] < 1.5
    assert len(tones(after)) == 1
    assert after.desk.alarms == ()


@pytest.mark.parametrize("step_s", [-86_400.0, -600.0, 86_400.0])
def test_a_clock_that_is_wrong_after_a_restart_delays_no_round_past_its_gap(step_s: float) -> None:
    """However the wall clock comes back, the next round is at most one gap away."""
    warning = alert(repeat=EVERY_MINUTE, sent=NOON, expires=NOON + timedelta(hours=24))
    world = World()
    world.happen(started())
    world.happen(accepted(warning))
    world.run(12)
    after = restarted(world, step_s, warning)
    after.run(62)
    assert after.desk.alarms == () if step_s > 80_000 else len(tones(after)) == 1


def test_rounds_are_written_down_once_each_when_they_end() -> None:
    """The card is not worn by a warning: a write for each round, in the turn that ends it."""

    def watch(_: World, decision: Decision) -> None:
        counts = [alarm.round for alarm in decision.desk.alarms]
        if counts != ended[-1:]:
            ended.extend(counts)
            assert [
                k.round for o in decision.orders if isinstance(o, orders.Remember) for k in o.alarms
            ] == counts

    ended: list[int] = []
    world = World(watch=watch)
    world.happen(started())
    world.happen(accepted(alert(repeat=EVERY_MINUTE)))
    world.run(200)
    marks = {
        tuple((k.id, k.round) for k in o.alarms)
        for _, o in world.orders
        if isinstance(o, orders.Remember)
    }
    assert {m[0][1] for m in marks if m} == {0, 1, 2, 3}


# --- twice ----------------------------------------------------------------------------------------


@pytest.mark.refusal(51)
@pytest.mark.refusal_twin(51)
def test_what_is_in_force_sounds_no_sooner_because_it_comes_again() -> None:
    """The same warning accepted anew in the tone, in the words and in the pause: one round, and its own next one."""
    warning = alert(repeat=EVERY_MINUTE)
    world = World()
    world.happen(started())
    for wait_s in (0.0, 1.0, 3.0, 5.0, 20.0):
        world.run(wait_s)
        world.happen(accepted(warning))
    world.run(20)
    assert [p.key for p in world.plays] == ["alert/dt-pctt:1:1/0/0", "alert/dt-pctt:1:1/0/1"]
    world.run(40)
    assert len(tones(world)) == 2


# --- in turn --------------------------------------------------------------------------------------


def heard(world: World) -> list[str]:
    """Return which warnings' rounds were heard whole, in order."""
    whole = [p for p in world.plays if p.key.endswith("/1") and (p.end_s or 0) - p.start_s > 3.9]
    return [p.key.split("/")[1].rpartition(":")[2] for p in whole]


@pytest.mark.parametrize("province", [(), (1,), (3,), (2, 3)])
def test_overlapping_warnings_take_turns_and_none_starves(province: tuple[int, ...]) -> None:
    """Three that never pause: each is heard whole as often as the others, whoever signed it."""
    world = World()
    world.happen(started())
    for number in (1, 2, 3):
        areas = ("dt",) if number in province else ("dt/my-phong",)
        at = NOON + timedelta(seconds=world.since_s)
        world.happen(accepted(alert(number, at, repeat=UNCEASING, areas=areas)))
        world.run(0.5)
    world.run(300)
    rounds = heard(world)
    counts = {n: rounds.count(n) for n in "123"}
    assert min(counts.values()) >= 12
    assert max(counts.values()) - min(counts.values()) <= 2
    assert all(a != b for a, b in pairwise(rounds[3:]))


def test_new_warnings_are_heard_newest_first_and_cut_into_repeats() -> None:
    """What nobody has heard goes before what is said again, wherever that is."""
    world = World()
    world.happen(started())
    world.happen(accepted(alert(1, areas=("dt",), repeat=UNCEASING)))
    world.run(10)
    assert on_air(world)
    assert "/1/" in on_air(world), "its second round"
    begun_s = world.since_s
    world.happen(accepted(alert(2, NOON + timedelta(seconds=10), repeat=UNCEASING)))
    world.run(1.0)
    assert on_air(world) == "alert/dt-pctt:1:2/0/0"
    assert world.plays[-1].start_s - begun_s < 0.5
    world.run(8)
    assert heard(world)[:2] == ["1", "2"]


def test_a_round_that_was_cut_by_a_new_warning_is_ended_afterwards() -> None:
    """The older one goes on where it was, with its words, as soon as the newer one has been heard."""
    world = World()
    world.happen(started())
    world.happen(accepted(alert(1)))
    world.run(5)
    world.happen(accepted(alert(2, NOON + timedelta(seconds=5))))
    world.run(15)
    assert heard(world) == ["2", "1"]


# --- around a live talk ---------------------------------------------------------------------------


def talking(world: World) -> None:
    """Have staff talk live for ten minutes."""
    until = world.wall + timedelta(minutes=10)
    world.happen(StaffWentLive(ref="", zones=(), until=until, by="Lan"))


def rank_on_air(world: World) -> Rank:
    """Return the rank of who has the air."""
    return world.decisions[-1].air.claim.rank


def test_a_live_talk_goes_ahead_of_the_repeats_and_they_come_after_it() -> None:
    """Staff speak to people between and over the rounds; when they end, the round that was due is heard."""
    world = World()
    world.happen(started())
    world.happen(accepted(alert(repeat=EVERY_MINUTE)))
    world.run(12)
    talking(world)
    world.run(120)
    assert len(tones(world)) == 1
    assert world.decisions[-1].air.claim.rank is Rank.LIVE
    world.happen(StaffLeftLive(by="Lan"))
    world.run(2)
    assert on_air(world) == "alert/dt-pctt:1:1/1/0"


def test_a_live_talk_never_keeps_a_new_warning_from_sounding() -> None:
    """A new warning, and an update, cut into the talk at once; after its first round the talk has the air again."""
    world = World()
    world.happen(started())
    world.happen(accepted(alert(1, repeat=EVERY_MINUTE)))
    world.run(12)
    talking(world)
    world.run(5)
    update = alert(
        2,
        world.wall,
        message=MessageType.UPDATE,
        references=("dt-pctt:1:1",),
        repeat=EVERY_MINUTE,
    )
    world.happen(accepted(update))
    world.run(1.0)
    assert on_air(world) == "alert/dt-pctt:1:2/0/0"
    world.run(10)
    assert world.decisions[-1].air.claim.rank is Rank.LIVE


def test_a_talk_that_may_not_sound_holds_no_repeat_back() -> None:
    """Once the minutes of a talk are used up the policy refuses it, and the warning goes on repeating."""
    world = World()
    world.happen(started(policy=Policy(max_minutes_per_session=1)))
    world.happen(accepted(alert(repeat=EVERY_MINUTE)))
    world.run(12)
    talking(world)
    world.run(50)
    assert len(tones(world)) == 1
    world.run(70)
    assert len(tones(world)) >= 2


QUIET = Policy(quiet=(QuietHours(start=time(11, 0), end=time(13, 0)),))


def test_in_quiet_hours_staff_may_talk_while_a_warning_stands() -> None:
    """The village is awake anyway: who stands at the loudspeaker says what to do; with the warning that right ends."""
    world = World()
    world.happen(started(policy=QUIET))
    warning = alert(repeat=EVERY_MINUTE)
    world.happen(accepted(warning))
    world.run(12)
    talking(world)
    world.run(30)
    assert rank_on_air(world) is Rank.LIVE
    over = alert(2, world.wall, message=MessageType.CANCEL, references=(warning.id,), infos=())
    world.happen(accepted(over))
    world.run(2)
    assert rank_on_air(world) is Rank.SILENCE
    assert [no.code for no in world.decisions[-1].air.refused] == ["quiet-hours"]


@pytest.mark.parametrize("why", ["nothing", "exercise", "local"])
def test_in_quiet_hours_nobody_talks_without_a_warning_that_people_signed(why: str) -> None:
    """Neither with nothing in force, nor under a drill, nor under what staff sounded themselves."""
    world = World()
    world.happen(started(policy=QUIET))
    if why == "exercise":
        world.happen(accepted(alert(status=Status.EXERCISE)))
    elif why == "local":
        until = world.wall + timedelta(hours=1)
        warned = StaffWarned(headline="Cháy", text="Cháy.", zones=(), until=until, by="Lan")
        world.happen(warned)
    world.run(12)
    talking(world)
    world.run(20)
    assert world.decisions[-1].air.claim.rank is not Rank.LIVE


# --- the hush -------------------------------------------------------------------------------------

QUARTER_S = alarms.HUSH.total_seconds()


def under_warning(*slots: Slot) -> World:
    """Return a world in which a warning has just sounded for the first time."""
    world = World()
    world.happen(started(*slots))
    world.happen(accepted(alert(repeat=EVERY_MINUTE)))
    world.run(5)
    return world


def told(world: World) -> list[str]:
    """Return the codes and subjects of what was told as not obeyed."""
    tells = [o for _, o in world.orders if isinstance(o, orders.Tell)]
    return [f"{r.code} {r.what}" for tell in tells for r in tell.refusals]


def test_staff_hush_a_warning_for_a_quarter_of_an_hour_and_it_comes_back_by_itself() -> None:
    """Silent within a second, below it as well; told in the same turn; after 15 minutes it sounds again."""
    world = under_warning(slot(loop=True, window_s=3600))
    before = len(world.orders)
    world.happen(StaffHushedWarnings(by="Lan"))
    assert any(isinstance(o, orders.Tell) and o.refusals for _, o in world.orders[before:])
    assert told(world) == ["warning-hushed dt-pctt:1:1"]
    hushed_s = world.since_s
    world.run(1.0)
    quiet_from_s = world.since_s
    world.run(QUARTER_S - 2.0)
    assert not on_air(world)
    assert not [p for p in world.plays if p.start_s > quiet_from_s]
    world.run(3.0)
    assert on_air(world).startswith("alert/")
    assert world.plays[-1].start_s - hushed_s == pytest.approx(QUARTER_S, abs=1.5)


def test_the_page_says_who_silenced_a_warning_and_until_when() -> None:
    """As long as the hush lasts, in the appliance's own time."""
    world = under_warning()
    world.happen(StaffHushedWarnings(by="Lan"))
    (shown,) = view_of(world.desk, world.decisions[-1].air, world.now).alarms
    assert shown.hushed_by == "Lan"
    assert shown.hushed_until == world.wall + alarms.HUSH
    world.run(QUARTER_S + 1)
    (shown,) = view_of(world.desk, world.decisions[-1].air, world.now).alarms
    assert (shown.hushed_by, shown.hushed_until) == ("", None)


@pytest.mark.parametrize("update", [False, True])
def test_a_new_warning_or_an_update_breaks_through_a_hush(update: bool) -> None:
    """What came after the hush was given is none of what was silenced."""
    world = under_warning()
    world.happen(StaffHushedWarnings(by="Lan"))
    world.run(60)
    more: dict[str, Any] = {"message": MessageType.UPDATE, "references": ("dt-pctt:1:1",)}
    world.happen(accepted(alert(2, world.wall, **(more if update else {}))))
    world.run(1.5)
    assert on_air(world) == "alert/dt-pctt:1:2/0/0"
    world.run(60)
    assert not [p for p in world.plays if "dt-pctt:1:1/" in p.key and p.start_s > 10]


def test_a_hush_is_taken_back_by_whoever_releases_or_undoes_it() -> None:
    """The round that was due comes at once."""
    for lift in (StaffReleased(by="Lan"), StaffUndid(by="Lan")):
        world = under_warning()
        world.happen(StaffHushedWarnings(by="Lan"))
        world.run(5)
        assert not on_air(world)
        world.happen(lift)
        world.run(1.5)
        assert on_air(world)


def test_the_ordinary_stop_never_hushes_a_warning() -> None:
    """Stopping what is below emergency leaves it alone, also after a hush has ended."""
    world = under_warning()
    world.happen(StaffHushed(until=world.wall + timedelta(hours=2), by="Lan"))
    world.run(90)
    assert len(tones(world)) == 2


def test_a_wall_clock_set_back_prolongs_no_hush() -> None:
    """A quarter of an hour is one of the monotonic clock."""
    world = under_warning()
    world.happen(StaffHushedWarnings(by="Lan"))
    world.run(60)
    world.step_wall(-7_200)
    world.run(QUARTER_S - 58)
    assert on_air(world).startswith("alert/")


def test_a_hush_survives_a_restart_and_not_longer_than_it_was_given() -> None:
    """Cut after five minutes for one: nine more are silent, then it sounds."""
    world = under_warning()
    world.happen(StaffHushedWarnings(by="Lan"))
    world.run(300)
    after = restarted(world, 60.0, alert(repeat=EVERY_MINUTE))
    after.run(535)
    assert tones(after) == []
    (shown,) = view_of(after.desk, after.decisions[-1].air, after.now).alarms
    assert shown.hushed_by == "Lan"
    after.run(10)
    assert len(tones(after)) == 1


def test_the_hush_button_silences_warnings_too() -> None:
    """Pressed, not merely found pressed at the start; said with its own name."""
    wired = Input(name="tat", title="Nút tắt", kind=InputKind.HUSH, pin=14)
    paper: Assignment = replace(assignment(), inputs=(wired,))
    world = World()
    world.happen(started(assignment=paper))
    world.happen(InputChanged(name="tat", kind=InputKind.HUSH, active=True))
    world.happen(accepted(alert(repeat=EVERY_MINUTE)))
    world.run(5)
    assert on_air(world), "a jammed button silences nothing"
    world.happen(InputChanged(name="tat", kind=InputKind.HUSH, active=False))
    world.happen(InputChanged(name="tat", kind=InputKind.HUSH, active=True))
    world.run(1)
    assert not on_air(world)
    assert told(world) == ["warning-hushed dt-pctt:1:1"]
    assert "Nút tắt tiếng" in world.desk.log[-1].text


def test_a_hush_covers_local_emergencies_and_leaves_them_in_force() -> None:
    """They are not ended by it, and it is told of them as well."""
    world = World()
    world.happen(started())
    until = world.wall + timedelta(hours=1)
    world.happen(StaffWarned(headline="Cháy", text="Cháy chợ.", zones=(), until=until, by="Lan"))
    world.run(3)
    world.happen(StaffHushedWarnings(by="Lan"))
    world.run(60)
    assert not on_air(world)
    assert len(world.desk.alarms) == 1
    assert [line.split(" ")[0] for line in told(world)] == [hushing.CODE]


def test_a_broken_off_step_is_not_counted_as_heard() -> None:
    """What the hush broke off sounds again as the same round."""
    world = under_warning()
    key = world.plays[-1].key
    world.happen(StaffHushedWarnings(by="Lan"))
    world.run(QUARTER_S + 2)
    assert world.plays[-1].key == key


def test_a_step_that_ended_while_hushed_moves_on_without_sounding() -> None:
    """The player's last word about it comes late: the alarm goes on to its words, still silent."""
    world = under_warning()
    world.happen(StaffHushedWarnings(by="Lan"))
    key = world.plays[-1].key
    world.happen(PlayerEnded(key=key, ending=Ending.FINISHED, played_ms=4_000))
    world.run(60)
    assert not on_air(world)


def test_the_relays_of_a_warning_are_asked_for_urgently_and_no_others() -> None:
    """So that they pass the guard against chatter."""
    world = World()
    world.happen(started(slot()))
    world.run(12)
    asked = [o for _, o in world.orders if isinstance(o, orders.SwitchZones)]
    assert asked
    assert not any(o.urgent for o in asked)
    world.run(30)
    world.happen(accepted(alert(sent=world.wall)))
    world.run(2)
    last = [o for _, o in world.orders if isinstance(o, orders.SwitchZones)][-1]
    assert last.urgent
    assert last.on == {"cho", "dinh"}
