"""The appliance's days, told in virtual time: what sounds, when, in which zones, and what is reported."""

from datetime import time, timedelta
from itertools import pairwise

import pytest
from msgspec.structs import replace

from contract.documents import (
    ActiveSet,
    AnnouncementInfo,
    Command,
    Kind,
    LateRule,
    Level,
    MessageType,
    Outcome,
    Play,
    Policy,
    QuietHours,
    Rank,
    Repeat,
    SetVolume,
    Silence,
    StopSound,
    Tone,
    VolumeCap,
)
from edge.core.events import (
    ActiveSetAccepted,
    AnnouncementAccepted,
    AssignmentAccepted,
    CentralReached,
    ClockJudged,
    CommandAccepted,
    ContentArrived,
    ContentLost,
    Ending,
    HandFailed,
    PlayerEnded,
    ProgrammeAccepted,
    StaffHushed,
    StaffPlayed,
    StaffReleased,
    StaffSetVolume,
    StaffWarned,
    ZonesSwitched,
)
from edge.core.moment import Clock
from edge.core.orders import FetchContents, Remember, SetPlayVolume, StartPlay, SwitchZones, Tell
from tests.edge.core.world import (
    DEVICE,
    NOON,
    World,
    alert,
    approval,
    assignment,
    content,
    programme,
    sha,
    slot,
    started,
)


def told(world: World) -> list[Tell]:
    """Return everything the world's herald was given."""
    return [order for _, order in world.orders if isinstance(order, Tell)]


def command(action: SetVolume | StopSound | Silence, counter: int = 1) -> CommandAccepted:
    """Return an accepted command."""
    return CommandAccepted(
        command=Command(
            device=DEVICE,
            counter=counter,
            issued=NOON,
            expires=NOON + timedelta(minutes=5),
            action=action,
        )
    )


def test_a_slot_sounds_on_the_second_in_warm_zones() -> None:
    """A slot starts at its instant, both amplifiers on and warm before, off after their tail."""
    world = World()
    world.happen(started(slot()))
    world.run(40)
    (play,) = world.plays
    assert play.start_s == pytest.approx(10.0, abs=0.002)
    assert play.zones == {"cho", "dinh"}
    on_at = next(at for at, on in world.relays if on == {"cho", "dinh"})
    assert 10.0 - on_at >= 0.8, "the slower amplifier warms 800 ms"
    assert 10.0 - on_at <= 1.0, "and no earlier than needed"
    off_at = world.relays[-1][0]
    assert world.relays[-1][1] == frozenset()
    assert off_at - (play.end_s or 0) == pytest.approx(0.6, abs=0.05), "one 200 ms after the other"


def test_a_play_is_proved_by_what_the_sink_measured() -> None:
    """The record of a play tells asked and sounded milliseconds, level and onset error."""
    world = World()
    world.happen(started(slot()))
    world.run(40)
    (record,) = [play for tell in told(world) for play in tell.plays]
    assert record.outcome is Outcome.SOUNDED
    assert (record.asked_ms, record.sounded_ms) == (10_000, 10_000)
    assert record.level_dbfs == pytest.approx(-18.0)
    assert record.onset_error_ms == pytest.approx(8, abs=3)
    assert record.zones == ("cho", "dinh")


def test_a_play_that_did_not_sound_says_so() -> None:
    """An engine that reports success while the sink stays silent is recorded as not played."""
    world = World()
    world.happen(started(slot()))
    world.run(10.5)
    world._due = [d for d in world._due if type(d[2]).__name__ != "SoundMeasured"]
    world.run(30)
    (record,) = [play for tell in told(world) for play in tell.plays]
    assert record.outcome is Outcome.SILENT
    assert "đường tiếng" in record.why


@pytest.mark.parametrize("in_s", [26, 41, 47, 59])
def test_a_slot_far_ahead_sounds_on_its_second_with_nothing_happening_before(in_s: int) -> None:
    """However long the loop naps, it wakes early enough to warm the amplifiers."""
    world = World()
    world.happen(started(slot(start=time(12, 0, in_s))))
    world.run(70)
    assert world.plays[0].start_s == pytest.approx(in_s, abs=0.002)


def test_items_follow_each_other_and_the_amplifier_stays_on_between() -> None:
    """Items sound in order, back to back, and the relays do not chatter over a short gap."""
    world = World()
    world.happen(started(slot(items=(sha(1), sha(2)), repeat_count=2, gap_s=5)))
    world.run(60)
    assert [p.start_s for p in world.plays] == pytest.approx([10, 20, 35, 45], abs=0.01)
    assert [on for _, on in world.relays].count(frozenset({"cho", "dinh"})) == 1


def test_only_the_named_zone_is_switched() -> None:
    """A slot for one zone leaves the other amplifier off."""
    world = World()
    world.happen(started(slot(zones=("cho",))))
    world.run(15)
    assert world.plays[0].zones == {"cho"}


def test_quiet_hours_refuse_a_slot_with_its_reason_once() -> None:
    """A slot inside quiet hours makes no sound and one refusal that names the rule."""
    quiet = Policy(quiet=(QuietHours(start=time(11), end=time(13)),))
    world = World()
    world.happen(started(slot(), policy=quiet))
    world.run(60)
    assert world.plays == []
    refusals = [r for tell in told(world) for r in tell.refusals]
    assert [r.code for r in refusals] == ["quiet-hours"]


def test_quiet_hours_cut_what_runs_into_them() -> None:
    """What still sounds when the quiet hours begin is stopped there and recorded as cut."""
    quiet = Policy(quiet=(QuietHours(start=time(12, 0, 14), end=time(13)),))
    world = World()
    world.happen(started(slot(), policy=quiet))
    world.run(40)
    assert world.plays[0].end_s == pytest.approx(14.25, abs=0.1)
    (record,) = [play for tell in told(world) for play in tell.plays]
    assert record.outcome is Outcome.PARTLY


def test_a_day_quota_ends_the_sound() -> None:
    """After the day's minutes are used up, nothing below emergency sounds."""
    world = World()
    policy = Policy(max_minutes_per_day=1)
    world.happen(started(slot(loop=True, window_s=200), policy=policy))
    world.run(250)
    sounded = sum((p.end_s or 0) - p.start_s for p in world.plays)
    assert 58 <= sounded <= 72


def test_volume_follows_slot_staff_and_the_cap_by_hour() -> None:
    """The volume is the slot's share of the staff's volume and never above the hour's cap."""
    cap = Policy(volume_caps=(VolumeCap(start=time(12, 0, 15), end=time(14), max_pct=20),))
    world = World()
    world.happen(started(slot(volume_pct=50), policy=cap, base_volume_pct=80))
    world.run(12)
    assert world.plays[0].volume_pct == 40
    world.run(5)
    changes = [o.volume_pct for _, o in world.orders if isinstance(o, SetPlayVolume)]
    assert changes == [20]


@pytest.mark.refusal(32)
def test_an_unapproved_content_is_silent_and_says_why() -> None:
    """Content that no approver signed does not sound, even when a valid programme lists it."""
    world = World()
    world.happen(started(slot(), approvals=()))
    world.run(30)
    assert world.plays == []
    assert {r.code for tell in told(world) for r in tell.refusals} == {"unapproved"}


@pytest.mark.refusal_twin(32)
@pytest.mark.refusal(32)
def test_an_approval_for_another_commune_does_not_count() -> None:
    """An approval speaks only for its own area; for a parent area it does."""
    silent, heard = World(), World()
    silent.happen(started(slot(), approvals=(approval(1, "dt/cao-lanh"),)))
    heard.happen(started(slot(), approvals=(approval(1, "dt/my-phong"),)))
    silent.run(30)
    heard.run(30)
    assert (len(silent.plays), len(heard.plays)) == (0, 1)


def test_a_missing_file_yields_to_the_next_rank_and_is_fetched() -> None:
    """A priority slot without its file lets the normal slot sound, and the file is asked for."""
    first = slot("uu-tien", level=Level.PRIORITY, items=(sha(2),))
    world = World()
    world.happen(started(slot(), first, contents=(sha(1),)))
    world.run(13)
    assert [p.key.split("/")[1] for p in world.plays] == ["sang"]
    fetched = [o for _, o in world.orders if isinstance(o, FetchContents)]
    assert sha(2) in {c.sha256 for c in fetched[0].contents}
    world.happen(ContentArrived(sha256=sha(2)))
    world.run(3)
    assert world.plays[-1].key.startswith("slot/uu-tien")
    assert world.plays[-1].from_ms == pytest.approx(3000, abs=300)


def test_priority_beats_normal_and_normal_comes_back() -> None:
    """A priority slot takes the air from a normal one, which then continues where it would be."""
    priority = slot("uu-tien", level=Level.PRIORITY, start=time(12, 0, 13), items=(sha(2),))
    world = World(lengths_ms={sha(2): 3000})
    short = tuple(replace(content(n, 3 if n == 2 else 10)) for n in (1, 2, 3, 4))
    world.happen(started(slot(), priority))
    world.happen(
        ProgrammeAccepted(programme=programme(slot(), priority, version=2, contents=short))
    )
    world.run(30)
    assert [p.key.split("/")[1] for p in world.plays] == ["sang", "uu-tien", "sang"]
    assert world.plays[2].from_ms == pytest.approx(6000, abs=400)


def test_an_emergency_cuts_in_and_the_programme_resumes_after_the_cancel() -> None:
    """Warning: old sound out, tone then words in every zone; after the cancel the slot joins in progress."""
    world = World()
    world.happen(started(slot(zones=("cho",), loop=True, window_s=60)))
    world.run(15)
    world.happen(AnnouncementAccepted(announcement=alert(), door="push"))
    world.run(0.98)
    tone = world.plays[1]
    assert tone.key == "alert/dt-pctt:1:1/0/0"
    assert tone.zones == {"cho", "dinh"}
    assert tone.start_s - 15.0 <= 0.8 + 0.2, "warm-up of the slower amplifier and little more"
    world.run(5)
    assert world.plays[2].key == "alert/dt-pctt:1:1/0/1"
    cancel = alert(
        2,
        NOON + timedelta(seconds=20),
        message=MessageType.CANCEL,
        references=("dt-pctt:1:1",),
        infos=(),
    )
    world.happen(AnnouncementAccepted(announcement=cancel, door="push"))
    world.run(5)
    assert world.plays[-1].key.startswith("slot/sang")
    assert world.plays[-1].zones == {"cho"}
    assert world.desk.alarms == ()


@pytest.mark.refusal(48)
def test_an_emergency_repeats_by_its_rule_and_ends_when_it_expires() -> None:
    """Two quick rounds with 30 s between, then one a minute, then nothing after it expired."""
    world = World()
    world.happen(started())
    world.happen(
        AnnouncementAccepted(announcement=alert(expires=NOON + timedelta(seconds=200)), door="push")
    )
    world.run(400)
    tones = [p.start_s for p in world.plays if p.key.endswith("/0")]
    gaps = [b - a for a, b in pairwise(tones)]
    assert gaps == pytest.approx([37, 67, 67], abs=1.5)
    assert world.desk.alarms == ()


def test_two_emergencies_take_turns_newest_first() -> None:
    """A newer warning sounds at once; the older one comes in the pause and both repeat."""
    world = World()
    world.happen(started())
    world.happen(AnnouncementAccepted(announcement=alert(1), door="push"))
    world.run(9)
    newer = alert(2, NOON + timedelta(seconds=9))
    world.happen(AnnouncementAccepted(announcement=newer, door="push"))
    world.run(120)
    order = [p.key.split("/")[1] for p in world.plays if p.key.endswith("/0")]
    assert order[:4] == ["dt-pctt:1:1", "dt-pctt:1:2", "dt-pctt:1:1", "dt-pctt:1:2"]


def test_a_province_emergency_outranks_a_newer_commune_one() -> None:
    """Rank before age: the province's warning keeps the air from a newer one of the commune."""
    world = World()
    world.happen(started())
    province = alert(1, areas=("dt",))
    commune = alert(2, NOON + timedelta(seconds=1))
    world.happen(AnnouncementAccepted(announcement=province, door="push"))
    world.run(1.5)
    world.happen(AnnouncementAccepted(announcement=commune, door="push"))
    world.run(3)
    assert {p.key.split("/")[1] for p in world.plays} == {"dt-pctt:1:1"}


def test_what_an_active_set_lacks_sounds_on() -> None:
    """A server's key says what to fetch; only people's signatures end what people's signatures began."""
    world = World()
    world.happen(started())
    world.happen(AnnouncementAccepted(announcement=alert(), door="push"))
    world.run(3)
    empty = ActiveSet(
        area="dt",
        version=1,
        issued=NOON + timedelta(seconds=2),
        expires=NOON + timedelta(minutes=10),
        min_keyring_epoch=0,
    )
    world.happen(ActiveSetAccepted(active_set=empty))
    world.run(1)
    assert world.current is not None
    cancel = alert(2, message=MessageType.CANCEL, references=("dt-pctt:1:1",), infos=())
    world.happen(AnnouncementAccepted(announcement=cancel, door="poll"))
    world.run(1)
    assert world.current is None


def test_a_warning_ends_on_the_instant_it_runs_out() -> None:
    """Its end wakes the loop: the sound in progress stops then, not at the next event."""
    world = World()
    world.happen(started())
    world.silent = True  # so that no measurement wakes the loop either
    brief = alert(expires=NOON + timedelta(seconds=6.3))
    world.happen(AnnouncementAccepted(announcement=brief, door="push"))
    world.run(6.2)
    assert world.current is not None
    world.run(0.4)
    assert world.current is None


def test_each_time_central_is_reached_it_is_told_what_programme_is_held() -> None:
    """Who took the first receipt may not have been central: an honest one learns of a programme it never signed."""
    world = World()
    world.happen(replace(started(slot()), programme_sha256=sha(77)))
    world.happen(CentralReached())
    held = [r for tell in told(world) for r in tell.receipts if r.state == "verified"]
    assert [(r.kind, r.id, r.sha256) for r in held] == [(Kind.PROGRAMME, "1", sha(77))]
    world.happen(ProgrammeAccepted(programme=programme(slot(), version=2), sha256=sha(78)))
    world.happen(CentralReached())
    held = [r for tell in told(world) for r in tell.receipts if r.state == "verified"]
    assert [r.sha256 for r in held] == [sha(77), sha(78), sha(78)]


def test_words_that_never_come_do_not_stop_the_tone_cycle() -> None:
    """When neither recording nor voice arrives the round goes on after its patience."""
    world = World()
    two = (
        AnnouncementInfo(language="vi", headline="Lũ", text="Sơ tán.", tone=Tone.ATTENTION),
        AnnouncementInfo(language="km", headline="Lũ", text="…", tone=Tone.ATTENTION),
    )
    world.happen(started())
    from edge.core.orders import Speak  # noqa: PLC0415

    world.deaf = {Speak}
    world.happen(AnnouncementAccepted(announcement=alert(infos=two), door="push"))
    world.run(20)
    assert [p.key[-1] for p in world.plays][:2] == ["0", "2"]


def test_staff_play_beats_the_programme_and_ends_by_itself() -> None:
    """A staff item takes the air, and the programme has it back when the item is over."""
    world = World()
    world.happen(started(slot(loop=True)))
    world.run(12)
    until = NOON + timedelta(minutes=5)
    world.happen(StaffPlayed(content=sha(3), zones=(), until=until, by="Lan"))
    world.run(25)
    assert [p.key.split("/")[0] for p in world.plays][:3] == ["slot", "staff", "slot"]
    assert world.desk.local.override is None


def test_a_hush_silences_all_but_an_emergency_and_ends_by_itself() -> None:
    """Hushed means silent until the end given, except for an emergency."""
    world = World()
    world.happen(started(slot(loop=True, window_s=120)))
    world.run(12)
    world.happen(StaffHushed(until=NOON + timedelta(seconds=60), by="Lan"))
    world.run(5)
    assert world.plays[-1].end_s is not None
    world.happen(AnnouncementAccepted(announcement=alert(), door="push"))
    world.run(3)
    assert world.current is not None
    assert world.current.key.startswith("alert/")
    world.run(45)
    assert any(p.key.startswith("slot/") and p.start_s > 59 for p in world.plays)


def test_a_volume_that_staff_set_ends_on_its_second() -> None:
    """Nothing else happens then: the loop wakes for the end of what staff decided."""
    world = World()
    world.happen(started(slot(start=time(12), loop=True, window_s=120)))
    world.run(12)
    until = NOON + timedelta(seconds=33.3)
    world.happen(StaffSetVolume(volume_pct=30, until=until, by="Lan"))
    world.run(40)
    changes = [(at_s, o.volume_pct) for at_s, o in world.orders if isinstance(o, SetPlayVolume)]
    assert [percent for _, percent in changes] == [30, 80]
    assert changes[1][0] == pytest.approx(33.3, abs=0.1)


def test_a_release_undoes_a_hush() -> None:
    """Staff may take their hush back and the programme joins in progress."""
    world = World()
    world.happen(started(slot(loop=True, window_s=120)))
    world.run(12)
    world.happen(StaffHushed(until=NOON + timedelta(hours=1), by="Lan"))
    world.run(5)
    world.happen(StaffReleased(by="Lan"))
    world.run(3)
    assert world.current is not None


def test_staff_volume_ends_by_itself_and_never_touches_an_emergency() -> None:
    """A staff volume holds until its end; an emergency sounds at its own volume."""
    world = World()
    world.happen(started(slot(loop=True, window_s=120), base_volume_pct=80))
    world.happen(StaffSetVolume(volume_pct=10, until=NOON + timedelta(seconds=25), by="Lan"))
    world.run(12)
    assert world.plays[0].volume_pct == 10
    world.happen(AnnouncementAccepted(announcement=alert(), door="push"))
    world.run(3)
    assert world.plays[-1].volume_pct == 100
    world.run(30)
    assert world.plays[-1].volume_pct == 80


def sounds(world: World) -> bool:
    """Return whether anything sounds now."""
    return world.current is not None


def test_the_kill_switch_silences_all_but_a_signed_warning_until_switched_off() -> None:
    """Plan, staff and their own emergencies are cut; what people signed for the commune sounds through."""
    world = World()
    world.happen(started(slot(loop=True, window_s=600)))
    world.run(12)
    assert len(world.plays) == 1
    world.happen(command(Silence(on=True)))
    until = world.wall + timedelta(minutes=30)
    world.happen(StaffWarned(headline="Cháy", text="Cháy chợ.", zones=(), until=until, by="Lan"))
    world.run(60)
    assert not sounds(world)
    world.happen(AnnouncementAccepted(announcement=alert(sent=world.wall), door="push"))
    world.run(2)
    assert sounds(world)
    assert world.plays[-1].key.startswith("alert/dt-pctt:1:1/")
    cancel = alert(2, world.wall, message=MessageType.CANCEL, references=("dt-pctt:1:1",), infos=())
    world.happen(AnnouncementAccepted(announcement=cancel, door="push"))
    world.run(10)
    assert not sounds(world)
    world.happen(command(Silence(on=False), counter=2))
    world.run(2)
    assert sounds(world)


def test_commands_set_volume_and_stop() -> None:
    """A volume command changes the base volume, a stop command hushes for its seconds."""
    world = World()
    world.happen(started(slot(loop=True, window_s=120)))
    world.happen(command(SetVolume(volume_pct=33)))
    world.run(12)
    assert world.plays[0].volume_pct == 33
    world.happen(command(StopSound(for_s=20), counter=2))
    world.run(10)
    assert world.current is None
    world.run(15)
    assert world.current is not None


@pytest.mark.refusal_twin(52)
@pytest.mark.refusal(52)
def test_without_trusted_time_nothing_scheduled_sounds_but_emergencies_do() -> None:
    """An unknown clock silences the programme, not a warning; once judged, the programme sounds."""
    world = World()
    world.happen(started(slot(loop=True, window_s=120), clock=Clock.UNKNOWN))
    world.run(20)
    assert world.plays == []
    world.happen(AnnouncementAccepted(announcement=alert(), door="push"))
    world.run(9)
    assert world.plays
    world.happen(ClockJudged(clock=Clock.TRUSTED))
    world.run(4)
    assert world.current is not None
    assert world.current.key.startswith("slot/")


def test_an_unassigned_appliance_is_silent() -> None:
    """Without an assignment neither programme nor emergency sounds."""
    world = World()
    world.happen(started(slot(), assignment=None))
    world.happen(AnnouncementAccepted(announcement=alert(), door="push"))
    world.run(30)
    assert world.plays == []


@pytest.mark.refusal(52)
def test_an_expired_programme_is_silent() -> None:
    """Nothing of a programme sounds from its expiry on."""
    world = World()
    over = programme(slot(loop=True), soft_expires=NOON, expires=NOON + timedelta(seconds=15))
    world.happen(started(programme=over))
    world.run(40)
    assert [p.end_s for p in world.plays] == pytest.approx([15.25], abs=0.1)


def test_a_stepping_wall_clock_delays_no_emergency() -> None:
    """With the wall clock set back an hour between order and sound, the warning still sounds in a second."""
    world = World()
    world.happen(started())
    world.happen(AnnouncementAccepted(announcement=alert(), door="push"))
    world.step_wall(-3600)
    world.run(1.2)
    assert world.current is not None


def test_a_lost_answer_of_the_amplifier_is_asked_again_and_not_before() -> None:
    """One order in flight: with deaf relays the order is repeated only after patience."""
    world = World(deaf={SwitchZones})
    world.happen(started(slot()))
    world.run(10.2)
    asked = [at for at, o in world.orders if isinstance(o, SwitchZones) and o.on]
    assert len(asked) == 1
    world.run(10)
    asked = [at for at, o in world.orders if isinstance(o, SwitchZones) and o.on]
    gaps = [b - a for a, b in pairwise(asked)]
    assert gaps
    assert min(gaps) >= 3.0


def test_a_dead_relay_of_one_zone_does_not_silence_the_other() -> None:
    """If a zone cannot be switched, the warm one sounds and the fault is told."""
    world = World(deaf={SwitchZones})
    world.happen(started(slot(loop=True)))
    world.run(9.5)
    world.happen(HandFailed(hand="amplifier", why="zone dinh does not answer"))
    world.happen(ZonesSwitched(on=frozenset({"cho"})))
    world.run(4)
    assert world.current is not None
    record_codes = {r.code for tell in told(world) for r in tell.refusals}
    assert "hand-failed" in record_codes


def test_a_player_that_dies_once_is_started_again_and_twice_is_given_up() -> None:
    """A failed play is tried once more, joining in progress; failing again it is recorded and left."""
    world = World()
    world.happen(started(slot()))
    world.run(12)
    key = world.plays[0].key
    world.happen(PlayerEnded(key=key, ending=Ending.FAILED, played_ms=2000, why="engine died"))
    world.run(1)
    assert len(world.plays) == 2
    assert world.plays[1].from_ms == pytest.approx(2000, abs=500)
    world.happen(PlayerEnded(key=key, ending=Ending.FAILED, played_ms=10, why="engine died"))
    world.run(5)
    assert len(world.plays) == 2


def test_a_late_slot_is_skipped_joined_or_played_whole_as_it_says() -> None:
    """A slot whose file comes 7 s late follows its late rule."""
    starts = {}
    for rule in LateRule:
        world = World()
        world.happen(started(slot(late=rule), contents=()))
        world.run(17)
        world.happen(ContentArrived(sha256=sha(1)))
        world.run(1.5)
        starts[rule] = [p.from_ms for p in world.plays]
    assert starts[LateRule.SKIP] == []
    assert starts[LateRule.JOIN][0] == pytest.approx(8000, abs=300)
    assert starts[LateRule.WHOLE] == [0]


def test_lost_content_is_reported_and_fetched_again() -> None:
    """A file found damaged leaves the shelf, is told, and asked for anew."""
    world = World()
    world.happen(started(slot()))
    world.happen(ContentLost(sha256=sha(1), why="its bytes changed on disk"))
    fetched = [o for _, o in world.orders if isinstance(o, FetchContents)]
    assert sha(1) in {c.sha256 for c in fetched[-1].contents}
    assert "content-lost" in {r.code for tell in told(world) for r in tell.refusals}


def test_the_filler_sounds_when_nothing_else_does() -> None:
    """The filler repeats below every slot and yields to one."""
    world = World()
    with_filler = programme(slot(), filler=sha(4))
    world.happen(started(programme=with_filler))
    world.run(35)
    kinds = [p.key.split("/")[0] for p in world.plays]
    assert kinds[0] == "filler"
    assert "slot" in kinds
    assert kinds.count("filler") >= 3
    assert world.desk.accounts.day_sounded_s > 25


def test_the_filler_waits_for_a_clock_and_a_programme_in_force() -> None:
    """Without a clock one may believe it may be three in the morning; a programme that ran out sounds nothing."""
    with_filler = programme(filler=sha(4))
    past = programme(filler=sha(4), soft_expires=NOON, expires=NOON + timedelta(seconds=5))
    for clock, sounds in ((Clock.TRUSTED, True), (Clock.FLOOR_ONLY, True), (Clock.UNKNOWN, False)):
        world = World()
        world.happen(replace(started(programme=with_filler), clock=clock))
        world.run(20)
        assert any(p.key.startswith("filler/") for p in world.plays) is sounds
    world = World()
    world.happen(started(programme=past))
    world.run(60)
    assert all(p.started < NOON + timedelta(seconds=6) for p in plays_told_of(world))


def plays_told_of(world: World) -> list[Play]:
    """Return the records of all plays that were told."""
    return [p for tell in told(world) for p in tell.plays]


def test_local_decisions_are_remembered_for_a_restart() -> None:
    """Every local decision becomes an order to the ledger, with its end."""
    world = World()
    world.happen(started(slot()))
    world.happen(StaffHushed(until=NOON + timedelta(minutes=9), by="Lan"))
    kept = [o for _, o in world.orders if isinstance(o, Remember)][-1]
    assert kept.hush is not None
    again = World()
    again.happen(started(slot(), hush=kept.hush))
    again.run(30)
    assert again.plays == []


@pytest.mark.refusal_twin(52)
def test_an_emergency_in_force_goes_on_after_a_restart() -> None:
    """A warning that the store remembers sounds again after a power cut."""
    world = World()
    world.happen(started(announcements=(alert(repeat=Repeat()),)))
    world.run(3)
    assert world.current is not None
    assert world.decisions[-1].air.claim.rank is Rank.EMERGENCY_COMMUNE


def test_sound_is_ordered_once() -> None:
    """No unrelated event between an order and its observation makes the order come twice."""
    world = World()
    world.happen(started(slot()))
    world.run(10.005)
    for _ in range(5):
        world.happen(ContentArrived(sha256=sha(2)))
    world.run(5)
    assert len([o for _, o in world.orders if isinstance(o, StartPlay)]) == 1


@pytest.mark.refusal_twin(33)
@pytest.mark.refusal(33)
def test_a_moved_appliance_no_longer_plays_the_programme_of_its_old_place() -> None:
    """A new assignment to another area silences the old programme; one for the same area keeps it."""
    moved, stayed = World(), World()
    for world, area in ((moved, "dt/cao-lanh/kp-1"), (stayed, "dt/my-phong/ap-1")):
        world.happen(started(slot()))
        paper = replace(assignment(), epoch=2, area=area)
        world.happen(AssignmentAccepted(assignment=paper))
        world.run(15)
    assert (len(moved.plays), len(stayed.plays)) == (0, 1)
