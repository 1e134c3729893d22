"""Trials: one click, one tone, one press, for whoever hands an appliance over; never over a warning or a slot."""

from datetime import time

import msgspec
import pytest

from contract.documents import Assignment, Input, InputKind, Policy, QuietHours, Slot, Zone
from edge.core.desk import Trial
from edge.core.events import (
    AnnouncementAccepted,
    AssignmentAccepted,
    InputChanged,
    StaffTried,
    TrialKind,
    ZonesSwitched,
)
from edge.core.orders import SwitchZones
from edge.core.view import view_of
from tests.edge.core.world import World, alert, assignment, slot, started

NOW_QUIET = Policy(quiet=(QuietHours(start=time(11, 0), end=time(13, 0)),))


def begun(policy: Policy | None = None, *slots: Slot) -> World:
    """Return an appliance of two zones that has come to rest."""
    world = World()
    world.happen(started(*slots, policy=policy))
    world.run(5)
    return world


def last(world: World) -> Trial:
    """Return what is or was tried last."""
    trial = world.desk.checks.trial
    assert trial is not None
    return trial


def tried(world: World, kind: TrialKind, target: str = "", **more: bool) -> Trial:
    """Return the trial once it is over."""
    world.happen(StaffTried(kind=kind, target=target, by="Tuấn", **more))
    world.run(30)
    trial = world.desk.checks.trial
    assert trial is not None
    assert not trial.running
    return trial


def test_a_relay_clicks_once_and_sounds_nothing() -> None:
    """The zone's relay goes on for its least time and off again, the other one never, and nothing plays."""
    world = begun()
    before = len(world.relays)
    trial = tried(world, TrialKind.CLICK, "dinh")
    moves = [on for _, on in world.relays[before:]]
    assert trial.ok, trial.why
    assert moves == [frozenset({"dinh"}), frozenset()]
    on_s, off_s = (at for at, _ in world.relays[before:])
    assert off_s - on_s >= 1.0
    assert world.plays == []


def test_the_least_times_of_a_zone_hold_for_clicks() -> None:
    """Clicked again at once, the relay rests for its least time before it closes again."""
    world = begun()
    paper = assignment()
    zones = (
        Zone(name="cho", title="Chợ", relay_pin=17, min_on_ms=4_000, min_off_ms=6_000),
        paper.zones[1],
    )
    world.happen(AssignmentAccepted(assignment=_with_zones(zones)))
    world.run(10)
    before = len(world.relays)
    world.happen(StaffTried(kind=TrialKind.CLICK, target="cho", by="Tuấn"))
    world.run(5)
    world.happen(StaffTried(kind=TrialKind.CLICK, target="cho", by="Tuấn"))
    world.run(30)
    (on_s, off_s, again_s, _) = (at for at, _ in world.relays[before:])
    assert off_s - on_s >= 4.0
    assert again_s - off_s >= 6.0


def _with_zones(zones: tuple[Zone, ...]) -> Assignment:
    return msgspec.structs.replace(assignment(), zones=zones, epoch=2)


def test_a_stuck_relay_is_named() -> None:
    """A relay that does not follow is no click, and the words say where to look."""
    world = begun()
    world.deaf.add(SwitchZones)
    world.happen(StaffTried(kind=TrialKind.CLICK, target="cho", by="Tuấn"))
    world.happen(ZonesSwitched(on=frozenset(), stuck=frozenset({"cho"})))
    world.run(4)
    trial = world.desk.checks.trial
    assert trial is not None
    assert not trial.ok
    assert "Rơ-le không theo lệnh" in trial.why


def test_no_relay_clicks_while_a_slot_is_near() -> None:
    """Eight seconds before a slot nothing is clicked: the slot begins on its second in both its zones."""
    world = World()
    world.happen(started(slot()))  # at 12:00:10
    world.run(2)
    world.happen(StaffTried(kind=TrialKind.CLICK, target="cho", by="Tuấn"))
    world.run(20)
    trial = world.desk.checks.trial
    assert trial is not None
    assert not trial.ok
    warming_s = next(at for at, on in world.relays if on)
    assert warming_s > 8  # the first relay that moves is the slot's own
    first = world.plays[0]
    assert first.start_s == pytest.approx(10.0, abs=0.01)
    assert first.zones == {"cho", "dinh"}


def test_a_tone_sounds_low_in_its_zone_alone_and_its_level_is_told() -> None:
    """One low tone in one zone, with the level that the listener measured."""
    world = begun()
    trial = tried(world, TrialKind.TONE, "cho")
    (play,) = world.plays
    assert trial.ok, trial.why
    assert (play.zones, play.volume_pct) == (frozenset({"cho"}), 20)
    assert trial.level_dbfs == pytest.approx(-18.0)


def test_the_loudness_is_that_of_any_notice() -> None:
    """What the person judges sounds in all zones as loud as a notice would."""
    world = begun()
    trial = tried(world, TrialKind.LOUD)
    (play,) = world.plays
    assert trial.ok, trial.why
    assert (play.zones, play.volume_pct) == (frozenset({"cho", "dinh"}), 80)


def test_a_silent_sink_is_no_tone() -> None:
    """The player says that it played, the listener heard nothing: the tone has failed."""
    world = begun()
    world.silent = True
    trial = tried(world, TrialKind.TONE, "cho")
    assert not trial.ok
    assert "không có âm thanh" in trial.why


def test_in_quiet_hours_no_tone_sounds_unless_the_installer_says_so() -> None:
    """A tone in quiet hours is refused with the reason; nothing sounds."""
    world = begun(NOW_QUIET)
    trial = tried(world, TrialKind.TONE, "cho")
    assert not trial.ok
    assert world.plays == []


def test_who_answers_for_it_hears_a_low_tone_in_quiet_hours_and_nothing_louder() -> None:
    """With the installer's word one low tone sounds; a notice's loudness does not, whatever is said."""
    world = begun(NOW_QUIET)
    assert tried(world, TrialKind.TONE, "cho", awake=True).ok
    assert [p.volume_pct for p in world.plays] == [20]
    assert not tried(world, TrialKind.LOUD, awake=True).ok
    assert len(world.plays) == 1


def test_a_relay_clicks_in_quiet_hours() -> None:
    """A click sounds nothing and needs nobody's word."""
    assert tried(begun(NOW_QUIET), TrialKind.CLICK, "cho").ok


@pytest.mark.parametrize("kind", [TrialKind.CLICK, TrialKind.TONE, TrialKind.LOUD, TrialKind.INPUT])
def test_nothing_is_tried_while_a_warning_is_in_force(kind: TrialKind) -> None:
    """Between the rounds of a flood warning too, nothing is tried, and the words say why."""
    world = begun()
    world.happen(AnnouncementAccepted(announcement=alert(), door="push"))
    world.run(20)
    before = len(world.plays)
    world.happen(StaffTried(kind=kind, target="cho", by="Tuấn"))
    trial = world.desk.checks.trial
    assert trial is not None
    assert not trial.running
    assert trial.why
    assert not any(p.key.startswith("trial/") for p in world.plays[before:])


def test_a_warning_ends_a_trial_at_once() -> None:
    """A warning that comes during a click has both zones as fast as ever, and the trial says that it gave way."""
    world = begun()
    world.happen(StaffTried(kind=TrialKind.CLICK, target="cho", by="Tuấn"))
    world.run(0.3)
    asked_s = world.since_s
    world.happen(AnnouncementAccepted(announcement=alert(sent=world.wall), door="push"))
    world.run(3)
    assert world.plays[0].zones == {"cho", "dinh"}
    assert world.plays[0].start_s - asked_s < 1.2
    trial = world.desk.checks.trial
    assert trial is not None
    assert not trial.running
    assert not trial.ok


BUTTON = Input(name="noi", title="Nút nói", kind=InputKind.TALK, pin=5)


def _wired() -> World:
    world = World()
    paper = msgspec.structs.replace(assignment(), inputs=(BUTTON,))
    world.happen(started(assignment=paper))
    world.happen(InputChanged(name="noi", kind=InputKind.TALK, active=False))
    world.run(2)
    return world


def test_a_pressed_button_is_seen_and_opens_no_microphone() -> None:
    """The talk button that is being tried shows as seen and puts nobody on air."""
    world = _wired()
    world.happen(StaffTried(kind=TrialKind.INPUT, target="noi", by="Tuấn"))
    world.run(5)
    world.happen(InputChanged(name="noi", kind=InputKind.TALK, active=True))
    trial = world.desk.checks.trial
    assert trial is not None
    assert trial.ok
    assert world.desk.local.live is None


def test_after_its_trial_the_button_talks_again() -> None:
    """The same button pressed when nobody tries it is a talk."""
    world = _wired()
    world.happen(InputChanged(name="noi", kind=InputKind.TALK, active=True))
    assert world.desk.local.live is not None


def test_a_button_that_nobody_presses_is_given_up_after_twenty_seconds() -> None:
    """The page says how long it waits, then that nothing was seen."""
    world = _wired()
    world.happen(StaffTried(kind=TrialKind.INPUT, target="noi", by="Tuấn"))
    shown = view_of(world.desk, world.decisions[-1].air, world.now).trial
    assert shown is not None
    assert shown.left_s == pytest.approx(20)
    world.run(19)
    assert last(world).running
    world.run(2)
    assert not last(world).running
    assert "Không thấy" in last(world).why


def test_a_zone_that_is_not_ours_is_refused() -> None:
    """A page that is older than the assignment asks for a zone that is gone."""
    assert "tải lại trang" in tried(begun(), TrialKind.CLICK, "xa").why


def test_one_trial_at_a_time() -> None:
    """A second wish while one runs changes nothing."""
    world = begun()
    world.happen(StaffTried(kind=TrialKind.CLICK, target="cho", by="Tuấn"))
    world.happen(StaffTried(kind=TrialKind.CLICK, target="dinh", by="Tuấn"))
    trial = world.desk.checks.trial
    assert trial is not None
    assert trial.target == "cho"
