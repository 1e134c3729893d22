"""Drills at the appliance: a Test is answered and never heard, an Exercise waits for its turn and says what it is."""

from collections.abc import Iterable
from datetime import time, timedelta

import pytest
from msgspec.structs import replace

from contract.documents import (
    AnnouncementInfo,
    Command,
    MessageType,
    Outcome,
    Play,
    Policy,
    QuietHours,
    Rank,
    Receipt,
    Refusal,
    Repeat,
    Sha256,
    Silence,
    Status,
    Tone,
)
from edge.core.drills import as_exercise
from edge.core.events import (
    AnnouncementAccepted,
    ClockJudged,
    CommandAccepted,
    HandFailed,
    StaffHushed,
)
from edge.core.moment import Clock
from edge.core.orders import Inspect, Speak, StartPlay, Tell
from edge.core.sound import FromTone
from tests.edge.core.world import DEVICE, NOON, World, alert, assignment, slot, started

ID = "dt-pctt:1:7"
SHA = Sha256("7" * 64)


def accepted(status: Status, **changes: object) -> AnnouncementAccepted:
    """Return the event of a drill that the gate let through."""
    once = Repeat(quick_rounds=1, slow_gap_s=None)
    fields: dict[str, object] = {"status": status, "repeat": once} | changes
    drill = alert(7, NOON, **fields)
    return AnnouncementAccepted(announcement=drill, door="push", sha256=SHA)


def tells(world: World) -> Iterable[Tell]:
    """Yield what was told to central."""
    return (order for _, order in world.orders if isinstance(order, Tell))


def receipts(world: World) -> list[Receipt]:
    """Return the receipts of the drill."""
    return [r for told in tells(world) for r in told.receipts if r.id == ID]


def refusals(world: World) -> list[Refusal]:
    """Return the refusals that name the drill."""
    return [r for told in tells(world) for r in told.refusals if ID in r.what]


def house(*slots: object, policy: Policy | None = None, **changes: object) -> World:
    """Return an appliance that has just started."""
    world = World()
    world.happen(started(*slots, policy=policy, **changes))  # type: ignore[arg-type]
    world.run(1)
    return world


# --- a Test ------------------------------------------------------------------------------------


def test_a_test_is_told_as_verified_and_ready_and_makes_no_sound() -> None:
    """Central hears which payload came and that a warning would have sounded; the village hears nothing."""
    world = house()
    world.happen(accepted(Status.TEST))
    world.run(60)
    assert [(r.state, r.sha256) for r in receipts(world)] == [("verified", SHA), ("ready", None)]
    assert refusals(world) == []
    assert world.plays == []
    assert world.desk.alarms == ()
    assert not any(isinstance(o, Speak | StartPlay) for _, o in world.orders)


def test_a_test_disturbs_no_programme() -> None:
    """What sounds goes on as if nothing had come, and no line of the page calls it a warning."""
    world = house(slot())
    world.run(12)
    before = world.current
    assert before is not None
    world.happen(accepted(Status.TEST))
    world.run(3)
    assert world.current is before
    assert world.desk.checks.drills == ()


@pytest.mark.parametrize(
    ("event", "code"),
    [
        (HandFailed(hand="amplifier", why="rơ-le hỏng"), "drill-amplifier"),
        (HandFailed(hand="player", why="không mở được âm thanh"), "drill-sound"),
        (HandFailed(hand="listener", why="không nghe được đầu ra"), "drill-listener"),
        (ClockJudged(clock=Clock.UNKNOWN), "drill-clock"),
    ],
)
def test_what_would_keep_a_warning_silent_is_told_by_name(event: object, code: str) -> None:
    """Each thing in the way is one refusal of the Test, with its reason, and no receipt says ready."""
    world = house()
    world.happen(event)  # type: ignore[arg-type]
    world.happen(accepted(Status.TEST))
    world.run(60)
    assert [r.state for r in receipts(world)] == ["verified"]
    assert [r.code for r in refusals(world)] == [code]
    assert all(r.why for r in refusals(world))


def test_hands_that_do_not_answer_are_a_reason() -> None:
    """A look that nobody answers ends after its patience and is told as such."""
    world = house()
    world.deaf.add(Inspect)
    world.happen(accepted(Status.TEST))
    world.run(60)
    assert [r.code for r in refusals(world)] == ["drill-hands"]


def test_a_cluster_without_a_line_or_that_fell_silent_is_told() -> None:
    """No zone, or a last play of which nothing reached the sink: both would keep a warning from people."""
    bare = house(assignment=replace(assignment(), zones=()))
    bare.happen(accepted(Status.TEST))
    bare.run(60)
    assert [r.code for r in refusals(bare)] == ["drill-zones"]
    world = house()
    silent = Play(
        key="slot/x",
        source="x",
        title="Bản tin",
        rank=Rank.NORMAL,
        zones=(),
        started=NOON,
        asked_ms=1000,
        sounded_ms=0,
        outcome=Outcome.SILENT,
        why="dây loa đứt",
    )
    world.desk = replace(world.desk, recent_plays=(silent,))
    world.happen(accepted(Status.TEST))
    world.run(60)
    (no,) = refusals(world)
    assert (no.code, "dây loa đứt" in no.why) == ("drill-silent-sink", True)


def test_the_end_of_a_test_asks_nothing() -> None:
    """A cancel of a Test is receipted and looked at no further."""
    world = house()
    cancel = accepted(Status.TEST, message=MessageType.CANCEL, references=("dt-pctt:1:6",))
    world.happen(cancel)
    world.run(60)
    assert [r.state for r in receipts(world)] == ["verified"]


# --- an Exercise -------------------------------------------------------------------------------


def test_an_exercise_sounds_once_as_a_notice() -> None:
    """Chime and words, at the rank of a notice and the volume of the staff, measured like any play."""
    world = house()
    world.happen(accepted(Status.EXERCISE))
    world.run(120)
    played = [p for told in tells(world) for p in told.plays]
    assert [p.key for p in played] == [f"alert/{ID}/0/0", f"alert/{ID}/0/1"]
    assert {p.rank for p in played} == {Rank.NORMAL}
    assert all(p.sounded_ms > 0 for p in played)
    assert {p.volume_pct for p in world.plays} == {80}
    (spoken,) = (o for _, o in world.orders if isinstance(o, Speak))
    assert spoken.text.startswith("Diễn tập.")
    assert spoken.text.endswith("Đây là diễn tập.")
    begun = [o.source for _, o in world.orders if isinstance(o, StartPlay)]
    assert [s.tone for s in begun if isinstance(s, FromTone)] == [Tone.CHIME]
    assert [r.state for r in receipts(world)] == ["verified", "sounding"]


@pytest.mark.parametrize("language", ["vi", "en"])
def test_an_exercise_says_so_first_and_last_and_never_sounds_the_warning(language: str) -> None:
    """Whatever was signed: the chime, the word for a drill at both ends, no recording of unknown words."""
    info = AnnouncementInfo(
        language=language, headline="Lũ", text="Bà con lên cao.", tone=Tone.ATTENTION
    )
    (said,) = as_exercise(alert(infos=(info,))).infos
    word = "diễn tập" if language == "vi" else "exercise"
    assert said.text.casefold().startswith(word)
    assert said.text.casefold().endswith(f"{word}.")
    assert said.tone is Tone.CHIME
    assert as_exercise(alert(infos=(said,))).infos == (said,)


def test_an_exercise_waits_for_the_programme_to_end_and_says_so() -> None:
    """It interrupts nothing: what is scheduled sounds to its end, then the exercise; the wait is told."""
    world = house(slot(window_s=60))
    world.run(12)
    world.happen(accepted(Status.EXERCISE))
    world.run(5)
    assert world.current is not None
    assert world.current.key.startswith("slot/")
    world.run(90)
    keys = [p.key.split("/")[0] for p in world.plays]
    assert keys[-2:] == ["alert", "alert"]
    assert [r.code for r in refusals(world)] == ["gave-way"]


def test_an_exercise_never_wakes_a_village() -> None:
    """In quiet hours it is refused by name, and what is real sounds there."""
    quiet = Policy(quiet=(QuietHours(start=time(11, 0), end=time(13, 0)),))
    world = house(policy=quiet)
    world.happen(accepted(Status.EXERCISE))
    world.run(60)
    assert world.plays == []
    assert [r.code for r in refusals(world)] == ["quiet-hours"]
    world.happen(AnnouncementAccepted(announcement=alert(seq=8), door="push"))
    world.run(5)
    assert world.current is not None


def test_an_exercise_obeys_the_quota_the_hush_the_kill_switch_and_the_clock() -> None:
    """Each keeps it silent and is told as its reason."""
    used = house(policy=Policy(quiet=(), max_minutes_per_day=1))
    used.desk = replace(
        used.desk, accounts=replace(used.desk.accounts, day="2026-11-23", day_sounded_s=60.0)
    )
    hushed = house()
    hushed.happen(StaffHushed(until=NOON + timedelta(hours=1), by="Lan"))
    cut = house()
    order = Command(
        device=DEVICE,
        counter=1,
        issued=NOON,
        expires=NOON + timedelta(minutes=5),
        action=Silence(on=True),
    )
    cut.happen(CommandAccepted(command=order, sha256=SHA))
    lost = house()
    lost.happen(ClockJudged(clock=Clock.UNKNOWN))
    told = []
    for world in (used, hushed, cut, lost):
        world.happen(accepted(Status.EXERCISE))
        world.run(60)
        assert world.plays == []
        told.append([r.code for r in refusals(world)])
    assert told == [["day-quota"], ["gave-way"], ["silenced"], ["clock-unknown"]]


def test_a_real_warning_has_the_air_before_an_exercise() -> None:
    """It cuts into the exercise at once, and the exercise is not heard over it."""
    world = house()
    world.happen(accepted(Status.EXERCISE))
    world.run(2)
    assert world.current is not None
    assert ID in world.current.key
    world.happen(AnnouncementAccepted(announcement=alert(seq=8), door="push"))
    world.run(2)
    assert world.current is not None
    assert "dt-pctt:1:8" in world.current.key


def test_only_the_newest_exercise_stands_and_a_cancel_ends_its_own() -> None:
    """A flood is one; the cancel of another exercise leaves this one."""
    world = house(policy=Policy(quiet=(QuietHours(start=time(11, 0), end=time(13, 0)),)))
    for seq in (7, 8, 9):
        drill = alert(seq=seq, status=Status.EXERCISE, sent=NOON + timedelta(seconds=seq))
        world.happen(AnnouncementAccepted(announcement=drill, door="push"))
    assert [a.announcement.id for a in world.desk.alarms] == ["dt-pctt:1:9"]
    cancel = alert(
        seq=10, status=Status.EXERCISE, message=MessageType.CANCEL, infos=(), references=(ID,)
    )
    world.happen(AnnouncementAccepted(announcement=cancel, door="push"))
    assert [a.announcement.id for a in world.desk.alarms] == ["dt-pctt:1:9"]


def test_an_exercise_outlives_a_restart() -> None:
    """What was signed for this hour is still to sound after a power cut."""
    world = house(announcements=(accepted(Status.EXERCISE).announcement,))
    world.run(30)
    assert [p.key for p in world.plays][:1] == [f"alert/{ID}/0/0"]
