"""An appliance that was replaced or taken down is silent for good; one that nobody assigned only asks.

Each refusal stands beside the same day of an appliance at work.
"""

from datetime import time, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from contract.documents import (
    ActiveSet,
    Assignment,
    Command,
    Hours,
    Input,
    InputKind,
    Kind,
    Rank,
    SetVolume,
    Silence,
    Slot,
    Switch,
)
from contract.enrolment import Standing
from contract.errors import RefusalCode
from edge.core.decide import Decision
from edge.core.enrolling import PATIENCE_S
from edge.core.events import (
    ActiveSetAccepted,
    AnnouncementAccepted,
    ApprovalAccepted,
    AssignmentAccepted,
    ClaimTyped,
    CommandAccepted,
    ContentArrived,
    DocumentRefused,
    EnrolmentSeen,
    Happening,
    InputChanged,
    ProgrammeAccepted,
    StaffAskedTest,
    StaffHushed,
    StaffPlayed,
    StaffSetVolume,
    StaffSpoke,
    StaffWarned,
    StaffWentLive,
    StaffWiped,
)
from edge.core.orders import (
    AskEnrolment,
    FetchContents,
    FitInputs,
    ProbeStream,
    Remember,
    Speak,
    StartPlay,
    StopPlay,
    SwitchOthers,
    SwitchZones,
    Synchronise,
    Tell,
    Wipe,
)
from edge.core.page import NoteKind
from edge.core.view import view_of
from tests.edge.core.test_properties import SLOW, Step, live, slots, stories
from tests.edge.core.world import (
    DEVICE,
    NOON,
    World,
    alert,
    approval,
    assignment,
    programme,
    sha,
    slot,
    started,
)

LATER = NOON + timedelta(minutes=10)
TALK = Input(name="noi", title="Nút nói", kind=InputKind.TALK, pin=22)
FAN = Switch(
    name="quat", title="Quạt", relay_pin=23, on=(Hours(start=NOON.time(), end=NOON.time()),)
)


def retired(epoch: int = 2) -> AssignmentAccepted:
    """Return the paper that retires the appliance."""
    return AssignmentAccepted(assignment=replace(assignment(), epoch=epoch, retired=True))


def back(epoch: int = 3) -> AssignmentAccepted:
    """Return a paper that puts it to work again."""
    return AssignmentAccepted(assignment=replace(assignment(), epoch=epoch))


def wired() -> Assignment:
    """Return the paper of an appliance with a talk button and a fan."""
    return replace(assignment(), inputs=(TALK,), switches=(FAN,))


HEARD: tuple[Happening, ...] = (
    ProgrammeAccepted(programme=programme(slot(), version=9)),
    ApprovalAccepted(approval=approval(1)),
    AnnouncementAccepted(announcement=alert(), door="push"),
    ActiveSetAccepted(
        active_set=ActiveSet(
            area="dt",
            version=1,
            issued=NOON,
            expires=LATER,
            min_keyring_epoch=1,
            active=(),
        )
    ),
    CommandAccepted(
        command=Command(
            device=DEVICE, counter=1, issued=NOON, expires=LATER, action=SetVolume(volume_pct=5)
        )
    ),
    StaffPlayed(content=sha(1), zones=(), until=LATER, by="Lan"),
    StaffSpoke(ref="r", text="Họp", voice="", rounds=1, zones=(), until=LATER, by="Lan"),
    StaffWentLive(ref="p", zones=(), until=LATER, by="Lan"),
    StaffWarned(headline="Lũ", text="Lũ", zones=(), until=LATER, by="Lan"),
    StaffHushed(until=LATER, by="Lan"),
    StaffSetVolume(volume_pct=3, until=LATER, by="Lan"),
    StaffAskedTest(zones=("cho",), by="Nam"),
    InputChanged(name="noi", kind=InputKind.TALK, active=False),
    InputChanged(name="noi", kind=InputKind.TALK, active=True),
)


# --- retired --------------------------------------------------------------------------------------


@SLOW
@given(slots(), stories(), stories())
def test_whatever_happens_a_retired_appliance_sounds_nothing(
    plan: tuple[Slot, ...], before: list[Step], after: list[Step]
) -> None:
    """From the paper on nothing is started, spoken, fetched or switched on; what sounded is over within a second."""
    down_s = [1e9]

    def watch(world: World, decision: Decision) -> None:
        if world.since_s < down_s[0]:
            return
        assert decision.air.claim.rank is Rank.SILENCE
        for order in decision.orders:
            assert not isinstance(order, StartPlay | Speak | FetchContents | ProbeStream)
            if isinstance(order, SwitchZones):  # a relay may have to rest before it lets go
                assert order.on <= (world.desk.rig.zones_on or frozenset())

    world = World(watch=watch)
    world.happen(started(*plan))
    live(world, before, rest_s=2.0)
    down_s[0] = world.since_s
    world.happen(retired())
    live(world, after, rest_s=10.0)
    assert world.current is None
    assert all(p.end_s is not None and p.end_s <= down_s[0] + 1.0 for p in world.plays)
    assert world.desk.rig.zones_on == frozenset()
    for event in HEARD:
        world.happen(event)
        world.run(3)
    desk = world.desk
    assert (desk.word.programme, desk.word.approvals, desk.alarms) == (None, {}, ())
    assert (desk.local.override, desk.local.live, desk.local.hush) == (None, None, None)


@SLOW
@given(stories())
def test_a_newer_paper_brings_it_back(story: list[Step]) -> None:
    """Back at work with a programme and its approvals it sounds as if it had never been away."""
    world = World()
    world.happen(started(slot()))
    world.happen(retired())
    live(world, story, rest_s=2.0)
    world.happen(back())
    whole_day = slot(loop=True, window_s=7_200)
    world.happen(ProgrammeAccepted(programme=programme(whole_day, version=7, assignment_epoch=3)))
    for number in (1, 2, 3, 4):
        world.happen(ContentArrived(sha256=sha(number)))
        world.happen(ApprovalAccepted(approval=approval(number)))
    world.run(30)
    assert world.current is not None
    assert world.current.key.startswith("slot/")
    world.happen(AnnouncementAccepted(announcement=alert(9, world.wall), door="push"))
    world.run(3)
    assert world.current.key.startswith("alert/")


def test_what_sounds_fades_out_and_the_relays_go_off() -> None:
    """At once the play is faded and not cut; then every zone is off, with the reason in the play's record."""
    world = World()
    world.happen(started(slot(window_s=60)))
    world.run(14)
    assert world.current is not None
    decision = world.happen(retired())
    (stop,) = [o for o in decision.orders if isinstance(o, StopPlay)]
    assert stop.fade_ms > 0
    world.run(3)
    assert world.relays[-1][1] == frozenset()
    world.run(30)
    plays = [p for _, o in world.orders if isinstance(o, Tell) for p in o.plays]
    assert "đã được thay thế hoặc tháo dỡ" in plays[-1].why


def test_an_emergency_is_over_too() -> None:
    """A warning that sounds stops; on an appliance at work it goes on."""
    for paper, sounds in ((retired(), False), (AssignmentAccepted(assignment=wired()), True)):
        world = World()
        world.happen(started())
        world.happen(AnnouncementAccepted(announcement=alert(), door="push"))
        world.run(2)
        assert world.current is not None
        world.happen(paper)
        world.run(60)
        assert bool(world.plays[-1].start_s > 10) is sounds


def talking(world: World) -> bool:
    """Return whether somebody talks live."""
    return world.desk.local.live is not None


def test_buttons_and_clock_driven_relays_are_dead() -> None:
    """The talk button opens nothing and the fan's relay goes off; at work both do their work."""
    world = World()
    world.happen(started(assignment=wired()))
    assert any(isinstance(o, SwitchOthers) and o.on == {"quat"} for _, o in world.orders)
    world.happen(InputChanged(name="noi", kind=InputKind.TALK, active=False))
    world.happen(InputChanged(name="noi", kind=InputKind.TALK, active=True))
    assert talking(world)
    decision = world.happen(AssignmentAccepted(assignment=replace(wired(), epoch=2, retired=True)))
    assert FitInputs(inputs=(), switches=()) in decision.orders
    assert not talking(world)
    world.happen(InputChanged(name="noi", kind=InputKind.TALK, active=False))
    world.happen(InputChanged(name="noi", kind=InputKind.TALK, active=True))
    assert not talking(world)


def test_what_it_was_told_and_decided_is_dropped_on_disk_too() -> None:
    """Override, volume and local emergencies leave memory and ledger; the province hears that the warning is over."""
    world = World()
    world.happen(started(slot()))
    world.happen(StaffWarned(headline="Lũ", text="Lũ", zones=(), until=LATER, by="Lan"))
    world.happen(StaffPlayed(content=sha(1), zones=(), until=LATER, by="Lan"))
    world.happen(StaffSetVolume(volume_pct=11, until=LATER, by="Lan"))
    world.run(1)
    kept = [o for _, o in world.orders if isinstance(o, Remember)][-1]
    assert (kept.override is None, kept.volume is None, len(kept.warnings)) == (False, False, 1)
    counted = kept.warning_count
    assert counted > 0
    world.happen(retired())
    world.run(1)
    kept = [o for _, o in world.orders if isinstance(o, Remember)][-1]
    assert (kept.override, kept.hush, kept.volume, kept.warnings) == (None, None, None, ())
    assert kept.warning_count == counted  # no id is ever given twice
    told = [w for _, o in world.orders if isinstance(o, Tell) for w in o.warnings]
    assert [(w.over, w.by) for w in told] == [
        (False, "Lan"),
        (True, "thiết bị được thay thế hoặc tháo dỡ"),
    ]


def test_the_kill_switch_outlives_retirement() -> None:
    """Cut off by the province, retired, and put to work again: it is still cut off, until that is taken back."""
    world = World()
    world.happen(started(slot(loop=True, window_s=7_200)))
    cut = Command(device=DEVICE, counter=1, issued=NOON, expires=LATER, action=Silence(on=True))
    world.happen(CommandAccepted(command=cut))
    world.happen(retired())
    world.happen(back())
    assert world.desk.local.silenced


def test_it_is_retired_from_the_first_second_after_a_power_cut() -> None:
    """With the paper on disk and all else not yet forgotten there, nothing of it comes back."""
    world = World()
    world.happen(started(slot(loop=True, start=time(12, 0), window_s=600)))
    world.run(12)
    kept = [o for _, o in world.orders if isinstance(o, Remember)][-1]
    again = World()
    again.happen(
        started(
            slot(loop=True, start=time(12, 0), window_s=600),
            assignment=replace(assignment(), epoch=2, retired=True),
            announcements=(alert(),),
            warnings=kept.warnings,
            volume=kept.volume,
        )
    )
    again.run(60)
    assert again.plays == []
    assert again.desk.alarms == ()
    assert again.desk.word.programme is None


def test_page_and_log_say_so_and_what_is_retired_still_looks_for_a_newer_paper() -> None:
    """The view is that of a retired appliance, central is asked for papers, and nobody is asked to enrol us."""
    world = World()
    world.happen(started(slot()))
    world.happen(retired())
    shown = view_of(world.desk, world.decisions[-1].air, world.now)
    assert (shown.retired, shown.assigned) == (True, True)
    assert shown.why == "Thiết bị này đã được thay thế hoặc tháo dỡ nên không phát gì."
    assert (shown.coming, shown.playable, shown.alarms) == ((), (), ())
    assert any(n.kind is NoteKind.LINK and "đã được thay thế" in n.text for n in shown.log)
    world.run(200)
    assert any(isinstance(o, Synchronise) for _, o in world.orders)
    assert not any(isinstance(o, AskEnrolment) for _, o in world.orders)


# --- not assigned yet -----------------------------------------------------------------------------


def asked(world: World) -> list[float]:
    """Return when central was asked to enrol us."""
    return [at for at, order in world.orders if isinstance(order, AskEnrolment)]


def test_who_is_assigned_asks_nothing_and_who_is_not_asks_at_once() -> None:
    """The first question goes out with the first turn; an appliance at work has none."""
    world = World()
    world.happen(started(slot()))
    world.run(100)
    assert asked(world) == []
    other = World()
    other.happen(started(assignment=None))
    assert asked(other) == [0.0]


@SLOW
@given(st.lists(st.floats(0.0, 20.0), min_size=1, max_size=12), st.floats(0.0, 30.0))
def test_one_question_at_a_time_and_never_too_fast(answers_s: list[float], typed_s: float) -> None:
    """Whatever pace central asks for and whatever is typed: one question is out, and half a second lies between two."""
    world = World()
    world.happen(started(assignment=None))
    for number, again_s in enumerate(answers_s):
        world.run(typed_s / 10)
        world.happen(ClaimTyped(claim=f"{number:010d}"))
        before = asked(world)
        world.run(0.2)
        assert len(asked(world)) <= len(before) + 1
        claim = world.desk.enrolment.claim
        world.happen(EnrolmentSeen(standing=Standing.WAITING, claim=claim, again_s=again_s))
        world.run(0.7)
    times = asked(world)
    assert all(b - a >= 0.5 - 1e-6 for a, b in pairwise(times))


def test_a_lost_answer_is_asked_again_after_the_link_s_own_patience() -> None:
    """An order that is never answered is given again, late enough that two are never under way."""
    world = World()
    world.happen(started(assignment=None))
    world.run(PATIENCE_S - 1)
    assert len(asked(world)) == 1
    world.run(32)
    assert len(asked(world)) == 2


def test_the_word_of_central_makes_nobody_ours() -> None:
    """The word "assigned" by itself plays nothing and shows no area; the sealed paper does."""
    world = World()
    world.happen(started(slot(loop=True, window_s=7_200), assignment=None))
    world.happen(EnrolmentSeen(standing=Standing.ASSIGNED, site="ap-1", title="Ấp 1"))
    world.happen(
        DocumentRefused(
            door="poll", kind=Kind.ASSIGNMENT, code=RefusalCode.UNKNOWN_KEY, why="no key signed"
        )
    )
    world.run(20)
    assert world.plays == []
    shown = view_of(world.desk, world.decisions[-1].air, world.now)
    assert not shown.assigned
    assert shown.area == ""
    assert shown.enrolment.refused == "unknown-key"
    world.happen(back())
    world.run(20)
    assert world.plays
    assert view_of(world.desk, world.decisions[-1].air, world.now).enrolment.refused == ""


def test_away_keeps_the_typed_code_and_takes_the_digits_off_the_page() -> None:
    """With central gone nobody compares an old code; the claim that was typed goes with the next question."""
    world = World()
    world.happen(started(assignment=None))
    world.happen(EnrolmentSeen(standing=Standing.MATCHED, site="a", title="Ấp 1", code="482 913"))
    world.happen(ClaimTyped(claim="ABCDE12345"))
    world.happen(EnrolmentSeen(standing=None, why="mất mạng", again_s=3.0))
    known = world.desk.enrolment
    assert (known.standing, known.code, known.claim, known.title) == (
        None,
        "",
        "ABCDE12345",
        "Ấp 1",
    )
    world.run(4)
    last = [o for _, o in world.orders if isinstance(o, AskEnrolment)][-1]
    assert last.claim == "ABCDE12345"


# --- wiped ----------------------------------------------------------------------------------------


def test_wiping_is_ordered_once_and_said() -> None:
    """The order goes out in the same turn and not again; retired or at work, whoever may has it done."""
    for first in (started(slot()), started(assignment=replace(assignment(), retired=True))):
        world = World()
        world.happen(first)
        world.happen(StaffWiped(by="Tuấn"))
        world.run(100)
        assert [o for _, o in world.orders if isinstance(o, Wipe)] == [Wipe()]
        assert any("Tuấn xóa thiết bị" in note.text for note in world.desk.log)
