"""When a release is fetched, written, tried, kept or left; and what must never happen, whatever comes."""

from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contract import timeline
from contract.documents import UpdateState
from edge.core import updating
from edge.core.decide import Decision
from edge.core.events import (
    AnnouncementAccepted,
    CentralLost,
    CentralReached,
    ChoreDue,
    ClockJudged,
    Ending,
    HandFailed,
    HandRecovered,
    Happening,
    PlayerEnded,
    PlayerStarted,
    ReleaseFetched,
    ReleaseOffered,
    ReleaseStuck,
    SlotsSeen,
    SoundMeasured,
    StaffPlayed,
    StaffReleased,
    StaffWentLive,
    Started,
    Ticked,
)
from edge.core.moment import Clock
from edge.core.orders import (
    AskRelease,
    FetchRelease,
    HoldRelease,
    KeepUpdate,
    StopPlay,
    Tell,
    WishSlot,
)
from edge.core.update_facts import (
    GaveUp,
    Offer,
    SlotFacts,
    Trying,
    UpdateKept,
    UpdateRules,
    UpdateStart,
)
from tests.edge.core.world import NOON, World, alert, sha, slot, started

NIGHT = datetime(2026, 11, 22, 19, 0, tzinfo=UTC)  # 02:00 in Việt Nam
OLD = SlotFacts(slot="a", good="a", running_counter=4, running_version="1.3.0", floor=4)
TRIAL = SlotFacts(slot="b", good="a", running_counter=5, running_version="1.4.0", floor=4)
OFFER = Offer(counter=5, version="1.4.0")
WHOLE = ReleaseFetched(counter=5, have_bytes=900, total_bytes=900, fetched_bytes=900, whole=True)


def update(
    slots: SlotFacts = OLD, kept: UpdateKept | None = None, began_mono_s: float = 1000.0
) -> UpdateStart:
    """Return what a start finds on a card."""
    return UpdateStart(
        rules=UpdateRules(), slots=slots, kept=kept or UpdateKept(), began_mono_s=began_mono_s
    )


def world(*slots: Any, at: datetime = NIGHT, **changes: Any) -> World:  # noqa: ANN401  as started() takes them
    """Return an appliance on a card at 02:00, with central reached."""
    changes.setdefault("update", update())
    made = World(wall=at)
    made.happen(started(*slots, **changes))
    made.happen(CentralReached())
    return made


def wishes(decisions: Decision | list[Decision]) -> list[str]:
    """Return the wishes that were given out."""
    of = decisions if isinstance(decisions, list) else [decisions]
    return [f"{o.verb} {o.counter}" for d in of for o in d.orders if isinstance(o, WishSlot)]


def orders(decision: Decision, kind: type) -> list[Any]:
    """Return the orders of one kind."""
    return [o for o in decision.orders if isinstance(o, kind)]


def state(of: World) -> UpdateState:
    """Return the state as reports name it."""
    assert of.desk.update is not None
    return updating.state_of(of.desk.update)


def reason(of: World) -> str:
    """Return the reason as reports name it."""
    assert of.desk.update is not None
    return updating.update_of(of.desk.update).reason or ""


def ready(*slots: Any, offer: Offer = OFFER, **changes: Any) -> World:  # noqa: ANN401
    """Return an appliance with the release written into the other slot."""
    made = world(*slots, **changes)
    made.desk = msgspec.structs.replace(made.desk, clock=Clock.UNKNOWN)  # nothing goes on meanwhile
    made.happen(ReleaseOffered(offer=offer))
    made.happen(WHOLE)
    made.happen(SlotsSeen(slots=msgspec.structs.replace(OLD, written=5)))
    return made


# --- the good way -----------------------------------------------------------------------------------


def test_a_release_is_fetched_written_tried_and_kept() -> None:
    """Each step follows from the answer of the one before, and a report names each."""
    pole = world()
    assert state(pole) is UpdateState.CONFIRMED
    given = pole.happen(ReleaseOffered(offer=OFFER))
    assert orders(given, FetchRelease) == [FetchRelease(offer=OFFER)]
    pole.happen(ReleaseFetched(counter=5, have_bytes=300, total_bytes=900, fetched_bytes=300))
    assert state(pole) is UpdateState.FETCHING
    assert pole.desk.update is not None
    assert updating.update_of(pole.desk.update).progress_pct == 33
    assert wishes(pole.happen(WHOLE)) == ["write 5"]
    written = msgspec.structs.replace(OLD, written=5, answered="write 5")
    [wish] = orders(pole.happen(SlotsSeen(slots=written)), WishSlot)
    assert (wish.verb, wish.kept.trying.counter, wish.kept.trying.central_before) == (
        "try",
        5,
        True,
    )
    assert state(pole) is UpdateState.TRYING

    tried = world(update=update(TRIAL, wish.kept))
    assert tried.desk.update is not None
    assert updating.update_of(tried.desk.update).trial
    keep, after_s = last_wish(tried, 1_000)
    assert keep == ["commit 5"]
    assert after_s == pytest.approx(900, abs=40)
    kept = msgspec.structs.replace(TRIAL, good="b", floor=5, answered="commit 5")
    done = tried.happen(SlotsSeen(slots=kept))
    assert orders(done, KeepUpdate) == [KeepUpdate(kept=UpdateKept())]
    assert state(tried) is UpdateState.CONFIRMED
    assert any("được giữ lại" in note.text for note in tried.desk.log)


def last_wish(pole: World, seconds: float, *, sound: bool = True) -> tuple[list[str], float]:
    """Let time pass with a sink that is heard each second; return the first wishes and when they were given."""
    begun = pole.since_s
    for _ in range(int(seconds / 5)):
        if sound:
            given = pole.happen(
                SoundMeasured(
                    sounded_ms=0, level_dbfs=None, onset_mono_s=None, until_mono_s=pole.mono_s
                )
            )
            if wishes(given):
                return wishes(given), pole.since_s - begun
        before = len(pole.decisions)
        pole.run(5)
        if found := wishes(pole.decisions[before:]):
            return found, pole.since_s - begun
    return [], pole.since_s - begun


def test_central_is_asked_each_half_hour_and_only_while_it_answers() -> None:
    """A question costs bytes: one at once, then one each half hour."""
    pole = world()
    pole.run(3_700)
    assert [round(s) for s, o in pole.orders if isinstance(o, AskRelease)] == pytest.approx(
        [0, 1800, 3600], abs=31
    )
    lone = World(wall=NIGHT)
    lone.happen(started(update=update()))
    lone.run(3_700)
    assert not [o for _, o in lone.orders if isinstance(o, AskRelease)]


def test_a_machine_without_slots_does_nothing_of_all_this() -> None:
    """On a desk, or on a card that somebody made himself, nothing is asked and nothing told."""
    pole = world(update=None)
    pole.happen(ReleaseOffered(offer=OFFER))
    pole.run(100)
    told = pole.happen(ChoreDue(name="health"))
    assert not [o for _, o in pole.orders if isinstance(o, AskRelease | FetchRelease | WishSlot)]
    assert [o.health.update for o in orders(told, Tell) if o.health] == [None]


def test_a_report_tells_how_the_update_stands() -> None:
    """Each minute's health has it."""
    told = ready().happen(ChoreDue(name="health"))
    [one] = [o.health.update for o in orders(told, Tell) if o.health]
    assert (one.state, one.target_counter, one.slot) == (UpdateState.WRITTEN, 5, "a")
    assert "đồng hồ" in one.reason


# --- what holds it back -------------------------------------------------------------------------------


def soon(minutes: int) -> Any:  # noqa: ANN401  a slot
    """Return a slot that opens so many minutes after 02:00."""
    return slot(start=time(2, minutes), window_s=60)


@pytest.mark.parametrize(
    ("hinder", "free", "why"),
    [
        ((ClockJudged(clock=Clock.FLOOR_ONLY),), (ClockJudged(clock=Clock.TRUSTED),), "đồng hồ"),
        (
            (StaffWentLive(ref="", zones=("cho",), until=NIGHT + timedelta(minutes=9), by="An"),),
            (StaffReleased(by="An"),),
            "cán bộ",
        ),
        (
            (
                StaffPlayed(
                    content=sha(1), zones=("cho",), until=NIGHT + timedelta(minutes=9), by="An"
                ),
            ),
            (StaffReleased(by="An"),),
            "cán bộ",
        ),
        ((AnnouncementAccepted(announcement=alert(sent=NIGHT), door="push"),), (), "cảnh báo"),
    ],
    ids=["clock", "live", "override", "emergency"],
)
def test_what_must_not_be_disturbed_holds_back_the_writing_and_the_restart(
    hinder: tuple[Happening, ...], free: tuple[Happening, ...], why: str
) -> None:
    """And it goes on by itself when that is over."""
    for first, wanted in ((world, "write 5"), (ready, "try 5")):
        pole = first()
        for event in hinder:
            pole.happen(event)
        if first is world:
            pole.happen(ReleaseOffered(offer=OFFER))
            pole.happen(WHOLE)
        elif not isinstance(hinder[0], ClockJudged):
            pole.happen(ClockJudged(clock=Clock.TRUSTED))
        assert wishes(pole.decisions) == []
        assert why in reason(pole)
        if free:
            begun = len(pole.decisions)
            for event in free:
                pole.happen(event)
            pole.run(120)
            assert wishes(pole.decisions[begun:])[:1] == [wanted]


def test_nothing_is_begun_within_half_an_hour_before_a_slot() -> None:
    """29 minutes are too few, 31 are enough."""
    for minutes, wanted in ((29, []), (31, ["try 5"])):
        pole = ready(soon(minutes))
        pole.happen(ClockJudged(clock=Clock.TRUSTED))
        assert wishes(pole.decisions) == wanted


def test_what_sounds_by_itself_holds_it_back_too() -> None:
    """A play that nobody planned, until it was seen to end."""
    pole = ready()
    pole.deaf.add(StopPlay)
    pole.happen(PlayerStarted(key="stray"))
    assert wishes(pole.happen(ClockJudged(clock=Clock.TRUSTED))) == []
    assert "đang phát" in reason(pole)
    pole.happen(PlayerEnded(key="stray", ending=Ending.STOPPED, played_ms=9))
    pole.run(30)
    assert wishes(pole.decisions) == ["try 5"]


def test_a_restart_waits_for_its_hours_unless_a_person_brought_the_release() -> None:
    """By day it is written, and tried at 01:00; from a stick it is tried at once."""
    pole = ready(at=NOON)
    pole.happen(ClockJudged(clock=Clock.TRUSTED))
    assert wishes(pole.decisions) == []
    assert "01:00" in reason(pole)
    pole.step_wall(13.5 * 3_600)
    assert wishes(pole.happen(Ticked())) == ["try 5"]
    stick = ready(at=NOON, offer=Offer(counter=5, version="1.4.0", by="usb"))
    assert wishes(stick.happen(ClockJudged(clock=Clock.TRUSTED))) == ["try 5"]


def test_a_warning_stops_the_fetching() -> None:
    """The line is the warning's; afterwards fetching goes on."""
    pole = world()
    pole.happen(ReleaseOffered(offer=OFFER))
    held = pole.happen(AnnouncementAccepted(announcement=alert(sent=NIGHT), door="push"))
    assert orders(held, HoldRelease)
    assert not orders(pole.happen(Ticked()), FetchRelease)


def test_a_rollout_that_is_halted_stops_those_who_have_not_tried() -> None:
    """When central says that it is our turn no more, a written release stays untried; its own word starts it again."""
    pole = ready()
    pole.happen(ReleaseOffered(offer=None))
    pole.happen(ClockJudged(clock=Clock.TRUSTED))
    pole.run(60)
    assert wishes(pole.decisions) == []
    assert wishes(pole.happen(ReleaseOffered(offer=OFFER))) == ["try 5"]


def test_older_releases_and_the_running_one_are_not_wanted() -> None:
    """Whoever offers them: below the floor, or what runs already."""
    for counter in (3, 4):
        pole = world()
        given = pole.happen(ReleaseOffered(offer=Offer(counter=counter, version="1.0.0", by="usb")))
        assert not orders(given, FetchRelease)
    assert orders(world().happen(ReleaseOffered(offer=OFFER)), FetchRelease)


def test_what_stands_in_the_way_is_told_and_tried_again_later() -> None:
    """A full card rests for hours, a part that is missing is fetched at once."""
    pole = world()
    pole.happen(ReleaseOffered(offer=OFFER))
    pole.happen(ReleaseStuck(counter=5, code="link", why="mất mạng", again_s=120))
    assert reason(pole) == "link: mất mạng"
    assert not orders(pole.happen(Ticked()), FetchRelease)
    pole.run(125)
    assert [o for _, o in pole.orders if isinstance(o, FetchRelease)][1:] == [
        FetchRelease(offer=OFFER)
    ]
    pole.happen(WHOLE)
    lacks = msgspec.structs.replace(OLD, answered="write 5", code="lacking", why="còn thiếu 2 phần")
    assert orders(pole.happen(SlotsSeen(slots=lacks)), FetchRelease)
    pole.happen(WHOLE)
    full = msgspec.structs.replace(OLD, answered="write 5", code="no-room", why="hết chỗ")
    pole.happen(SlotsSeen(slots=full))
    pole.run(3_600)
    assert wishes(pole.decisions) == ["write 5", "write 5"]
    assert reason(pole) == "no-room: hết chỗ"


# --- the trial ------------------------------------------------------------------------------------------


def trial(trying: Trying | None = None, **changes: Any) -> World:  # noqa: ANN401
    """Return an appliance in a trial."""
    tried = trying or Trying(counter=5, version="1.4.0", since=NIGHT, central_before=True)
    return world(update=update(TRIAL, UpdateKept(trying=tried)), **changes)


@pytest.mark.parametrize(
    ("ill", "well", "why"),
    [
        (ClockJudged(clock=Clock.FLOOR_ONLY), ClockJudged(clock=Clock.TRUSTED), "đồng hồ"),
        (CentralLost(why="x"), CentralReached(), "tỉnh"),
        (HandFailed(hand="player", why="hỏng"), HandRecovered(hand="player"), "player"),
    ],
    ids=["clock", "central", "hand"],
)
def test_a_trial_is_kept_only_after_readiness_without_a_gap(
    ill: Happening, well: Happening, why: str
) -> None:
    """The count begins anew when it was ill; ill for too long, and it goes back with the reason."""
    pole = trial()
    assert last_wish(pole, 600) == ([], 600)
    pole.happen(ill)
    pole.happen(well)
    kept, after_s = last_wish(pole, 1_100)
    assert kept == ["commit 5"]
    assert after_s == pytest.approx(900, abs=40)
    pole = trial()
    pole.happen(ill)
    left, after_s = last_wish(pole, 2_000)
    assert left == ["back 5"]
    assert after_s == pytest.approx(1_800, abs=40)
    [wish] = orders(pole.decisions[-1], WishSlot) or orders(pole.decisions[-2], WishSlot)
    assert why in wish.kept.trying.why


def test_a_trial_whose_sound_path_says_nothing_is_left() -> None:
    """The monitor measures each second, also silence; nothing measured is no readiness."""
    assert last_wish(trial(), 2_000, sound=False)[0] == ["back 5"]


def test_what_was_broken_before_does_not_count_against_the_release() -> None:
    """A pole without central, or with a dead microphone, may be updated too."""
    tried = Trying(counter=5, version="1.4.0", since=NIGHT, faults_before=("microphone",))
    pole = trial(tried)
    pole.happen(CentralLost(why="x"))
    pole.happen(HandFailed(hand="microphone", why="hỏng"))
    assert last_wish(pole, 1_000)[0] == ["commit 5"]


def test_a_release_that_came_to_nothing_is_told_and_not_tried_again_by_itself() -> None:
    """The old slot came up again: failed, with the reason that the trial left, or that it never came up."""
    for why, said in (("player: hỏng", "player"), ("", "không khởi động được")):
        tried = Trying(counter=5, version="1.4.0", since=NIGHT, central_before=True, why=why)
        pole = world(update=update(OLD, UpdateKept(trying=tried)))
        assert state(pole) is UpdateState.FAILED
        assert said in reason(pole)
        [keep] = [o for _, o in pole.orders if isinstance(o, KeepUpdate)]
        assert [g.counter for g in keep.kept.failed] == [5]
        pole.happen(ReleaseOffered(offer=OFFER))
        pole.run(100)
        assert not [o for _, o in pole.orders if isinstance(o, FetchRelease)]
        assert state(pole) is UpdateState.FAILED


def test_a_person_may_ask_for_it_again_once() -> None:
    """One asking is one trial; after that fails, the same asking counts no more."""
    failed = UpdateKept(failed=(GaveUp(counter=5, version="1.4.0", why="hỏng"),))
    again = Offer(counter=5, version="1.4.0", manual=True)
    pole = world(update=update(OLD, failed))
    assert orders(pole.happen(ReleaseOffered(offer=again)), FetchRelease)
    tried = Trying(counter=5, version="1.4.0", since=NIGHT, manual=True)
    pole = world(update=update(OLD, UpdateKept(trying=tried)))
    assert not orders(pole.happen(ReleaseOffered(offer=again)), FetchRelease)
    pole.happen(ReleaseOffered(offer=None))
    assert orders(pole.happen(ReleaseOffered(offer=again)), FetchRelease)


def test_a_later_release_is_taken_after_one_that_failed() -> None:
    """What failed is a counter, not the appliance."""
    failed = UpdateKept(failed=(GaveUp(counter=5, version="1.4.0", why="hỏng"),))
    pole = world(update=update(OLD, failed))
    given = pole.happen(ReleaseOffered(offer=Offer(counter=6, version="1.4.1")))
    assert orders(given, FetchRelease)


def test_kept_before_the_power_went_is_kept() -> None:
    """Where the byte was written and nobody could say so any more, the next start finds it running and good."""
    tried = Trying(counter=5, version="1.4.0", since=NIGHT)
    good = msgspec.structs.replace(TRIAL, good="b", floor=5)
    pole = world(update=update(good, UpdateKept(trying=tried)))
    assert state(pole) is UpdateState.CONFIRMED


# --- for whatever comes -----------------------------------------------------------------------------------

HAPPENINGS: tuple[Callable[[World], Happening], ...] = (
    lambda _: ReleaseOffered(offer=OFFER),
    lambda _: ReleaseOffered(offer=msgspec.structs.replace(OFFER, by="usb")),
    lambda _: ReleaseOffered(offer=msgspec.structs.replace(OFFER, manual=True)),
    lambda _: ReleaseOffered(offer=None),
    lambda _: WHOLE,
    lambda _: SlotsSeen(slots=msgspec.structs.replace(OLD, written=5, answered="write 5")),
    lambda _: SlotsSeen(
        slots=msgspec.structs.replace(OLD, answered="write 5", code="no-room", why="x")
    ),
    lambda _: ClockJudged(clock=Clock.TRUSTED),
    lambda _: ClockJudged(clock=Clock.UNKNOWN),
    lambda w: AnnouncementAccepted(
        announcement=alert(sent=w.wall, expires=w.wall + timedelta(minutes=2)), door="push"
    ),
    lambda w: StaffPlayed(
        content=sha(1), zones=("cho",), until=w.wall + timedelta(minutes=3), by="An"
    ),
    lambda w: StaffWentLive(ref="", zones=("cho",), until=w.wall + timedelta(minutes=3), by="An"),
    lambda _: StaffReleased(by="An"),
    lambda _: Ticked(),
)


def disturbed(pole: World, decision: Decision) -> str:
    """Return what a wish given now would disturb, seen by other eyes than those of the rule."""
    desk, given = decision.desk, decision.desk.word.programme
    local = desk.local
    minute = (pole.wall + timedelta(hours=7)).time()
    hours = time(1) <= minute < time(4)
    by_stick = (
        desk.update is not None and desk.update.offer is not None and desk.update.offer.by == "usb"
    )
    restarts = any(w.startswith("try") for w in wishes(decision))
    next_ = timeline.next_cue_after(given, pole.wall, 1_799) if given else ()
    return "".join(
        word
        for word, is_so in (
            ("clock ", desk.clock is not Clock.TRUSTED),
            ("emergency ", bool(desk.alarms)),
            ("staff ", local.live is not None or local.override is not None),
            ("sound ", pole.current is not None or decision.air.sounding),
            ("slot ", bool(next_)),
            ("hours ", restarts and not hours and not by_stick),
        )
        if is_so
    )


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    begin_min=st.integers(0, 5 * 60),
    slot_min=st.integers(0, 5 * 60),
    failed=st.booleans(),
    steps=st.lists(
        st.tuples(st.sampled_from(HAPPENINGS), st.sampled_from((0.0, 1.0, 70.0, 900.0))),
        max_size=14,
    ),
)
def test_no_wish_ever_disturbs_anything(
    begin_min: int,
    slot_min: int,
    failed: bool,
    steps: list[tuple[Callable[[World], Happening], float]],
) -> None:
    """Not while it sounds or soon will, nor in an emergency, nor for what failed here unless a person asked."""
    kept = (
        UpdateKept(failed=(GaveUp(counter=5, version="1.4.0", why="x"),))
        if failed
        else UpdateKept()
    )
    pole = World(wall=NIGHT - timedelta(hours=2) + timedelta(minutes=begin_min))
    seen: list[str] = []

    def watch(of: World, decision: Decision) -> None:
        if wishes(decision):
            seen.append(disturbed(of, decision))
            up = decision.desk.update
            assert up is not None
            assert not failed or (up.offer is not None and up.offer.manual)

    pole.watch = watch
    begins = slot(start=time(slot_min // 60, slot_min % 60), window_s=120)
    pole.happen(started(begins, update=update(OLD, kept)))
    for make, wait_s in steps:
        pole.happen(make(pole))
        pole.run(wait_s)
    assert set(seen) <= {""}


def test_the_start_of_an_old_journal_has_no_slots() -> None:
    """What was recorded before there were updates is replayed as it was."""
    raw = msgspec.json.encode(started())
    assert b'"update":null' in raw
    assert msgspec.json.decode(raw.replace(b',"update":null', b""), type=Started).update is None
