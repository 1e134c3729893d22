"""The fold: what the desk knows after an event.

Law of the room: pure; one `match` over the closed union, each case a few lines or a named function. It
knows nothing of what ought to happen: that is the arbiter's.
"""

from datetime import timedelta
from typing import assert_never
from zoneinfo import ZoneInfo

import msgspec

from contract.documents import (
    Assignment,
    Command,
    Kind,
    Receipt,
    Refusal,
    Reload,
    SetVolume,
    Silence,
    StopSound,
)
from edge.core import alarms, proof
from edge.core.desk import Accounts, Desk, Local, Rig, Word, kept
from edge.core.events import (
    ActiveSetAccepted,
    AnnouncementAccepted,
    ApprovalAccepted,
    AssignmentAccepted,
    CentralLost,
    CentralReached,
    ChoreDue,
    ClockJudged,
    CommandAccepted,
    ContentArrived,
    ContentLost,
    DocumentRefused,
    Ending,
    HandFailed,
    HandRecovered,
    Happening,
    PlayerEnded,
    PlayerStarted,
    ProgrammeAccepted,
    ReportSent,
    SoundMeasured,
    Staff,
    StaffHushed,
    StaffPlayed,
    StaffReleased,
    StaffSetVolume,
    Started,
    Ticked,
    VoiceReady,
    ZonesSwitched,
)
from edge.core.moment import Moment

replace = msgspec.structs.replace


def fold(desk: Desk, event: Happening, now: Moment) -> Desk:
    """Return what is known after `event`; total over all events."""
    return _aged(_heard(desk, event, now), now)


def _heard(desk: Desk, event: Happening, now: Moment) -> Desk:  # noqa: C901, PLR0912  one case an event
    match event:
        case Started():
            return _started(event, now)
        case Ticked() | ReportSent():
            return desk
        case ClockJudged(clock=clock):
            return replace(desk, clock=clock)
        case AssignmentAccepted(assignment=assignment):
            word = _reassigned(desk.word, assignment)
            receipt = _receipt(now, Kind.ASSIGNMENT, f"{assignment.epoch}", "verified")
            return _told(replace(desk, word=word, sync_wanted=True), receipt)
        case ProgrammeAccepted(programme=programme):
            word = replace(desk.word, programme=programme)
            receipt = _receipt(now, Kind.PROGRAMME, f"{programme.version}", "verified")
            return _told(replace(desk, word=word, rig=_asked_anew(desk.rig)), receipt)
        case ApprovalAccepted(approval=approval):
            approvals = {**desk.word.approvals, approval.sha256: approval}
            return replace(desk, word=replace(desk.word, approvals=approvals))
        case AnnouncementAccepted(announcement=announcement):
            receipt = _receipt(now, Kind.ANNOUNCEMENT, announcement.id, "verified")
            return _told(alarms.accept(desk, announcement, now), receipt)
        case ActiveSetAccepted(active_set=active_set):
            return alarms.heed_active_set(desk, active_set)
        case CommandAccepted(command=command):
            return _commanded(desk, command, now)
        case DocumentRefused(door=door, kind=kind, code=code, why=why):
            what = f"{kind.value if kind else 'document'} ({door})"
            return _refused(desk, Refusal(at=now.wall, what=what, code=code.value, why=why[:500]))
        case StaffPlayed() | StaffHushed() | StaffReleased() | StaffSetVolume():
            return replace(desk, local=_decided(desk.local, event))
        case ContentArrived(sha256=sha256):
            return replace(desk, shelf=desk.shelf | {sha256})
        case ContentLost(sha256=sha256, why=why):
            lost = Refusal(at=now.wall, what=sha256, code="content-lost", why=why[:500])
            desk = replace(desk, shelf=desk.shelf - {sha256}, rig=_asked_anew(desk.rig))
            return _refused(desk, lost)
        case VoiceReady(ref=ref, duration_ms=duration_ms):
            voices_ms = {**desk.rig.voices_ms, ref: duration_ms}
            return replace(desk, rig=replace(desk.rig, voices_ms=voices_ms))
        case PlayerStarted(key=key):
            return _player_started(desk, key)
        case PlayerEnded():
            return _player_ended(desk, event, now)
        case ZonesSwitched(on=on):
            return replace(desk, rig=_zones_switched(desk.rig, on, now))
        case SoundMeasured():
            level, at = event.level_dbfs, event.until_mono_s
            rig = replace(desk.rig, level_dbfs=level, level_mono_s=at)
            return proof.measured(replace(desk, rig=rig), event)
        case HandFailed(hand=hand, why=why):
            rig = replace(desk.rig, failed={**desk.rig.failed, hand: why})
            note = Refusal(at=now.wall, what=hand, code="hand-failed", why=why[:500])
            return _refused(replace(desk, rig=rig), note)
        case HandRecovered(hand=hand):
            failed = {h: why for h, why in desk.rig.failed.items() if h != hand}
            return replace(desk, rig=replace(desk.rig, failed=failed))
        case CentralReached():
            return replace(desk, central=True, sync_wanted=True)
        case CentralLost():
            return replace(desk, central=False)
        case ChoreDue():
            return _chore(desk, event)
        case _:
            assert_never(event)


def _started(event: Started, now: Moment) -> Desk:
    word = Word(
        assignment=event.assignment,
        programme=event.programme,
        approvals={a.sha256: a for a in event.approvals},
    )
    local = Local(
        override=event.override,
        hush=event.hush,
        volume=event.volume,
        base_volume_pct=event.base_volume_pct,
        silenced=event.silenced,
    )
    desk = Desk(
        device=event.device,
        software=event.software,
        started_mono_s=now.mono_s,
        clock=event.clock,
        word=word,
        local=local,
        shelf=frozenset(event.contents),
        accounts=Accounts(day=event.day, day_sounded_s=event.day_sounded_s),
        sync_wanted=True,
    )
    for announcement in event.announcements:
        desk = alarms.accept(desk, announcement, now)
    return desk


def _reassigned(word: Word, assignment: Assignment) -> Word:
    """Return the word under a new assignment; a programme made for another place is not played here."""
    moved = word.assignment is not None and word.assignment.area != assignment.area
    return replace(word, assignment=assignment, programme=None if moved else word.programme)


def _told(desk: Desk, *receipts: Receipt) -> Desk:
    return replace(desk, untold=replace(desk.untold, receipts=desk.untold.receipts + receipts))


def _refused(desk: Desk, refusal: Refusal) -> Desk:
    return replace(desk, untold=replace(desk.untold, refusals=(*desk.untold.refusals, refusal)))


def _receipt(now: Moment, kind: Kind, of: str, state: str) -> Receipt:
    return Receipt(at=now.wall, kind=kind, id=of, state=state)


def _asked_anew(rig: Rig) -> Rig:
    return replace(rig, fetching=frozenset())


def _commanded(desk: Desk, command: Command, now: Moment) -> Desk:
    local = desk.local
    match command.action:
        case SetVolume(volume_pct=volume_pct):
            return replace(desk, local=replace(local, base_volume_pct=volume_pct, volume=None))
        case StopSound(for_s=for_s):
            hush = Staff(by="Tỉnh", until=now.wall + timedelta(seconds=for_s), hushed=True)
            return replace(desk, local=replace(local, hush=hush, override=None))
        case Silence(on=on):
            return replace(desk, local=replace(local, silenced=on))
        case Reload():
            return replace(desk, sync_wanted=True, rig=_asked_anew(desk.rig))
        case _:
            assert_never(command.action)


def _decided(
    local: Local, event: StaffPlayed | StaffHushed | StaffReleased | StaffSetVolume
) -> Local:
    match event:
        case StaffPlayed(content=content, zones=zones, until=until, by=by):
            override = Staff(by=by, until=until, content=content, zones=zones)
            return replace(local, override=override, hush=None)
        case StaffHushed(until=until, by=by):
            return replace(local, hush=Staff(by=by, until=until, hushed=True), override=None)
        case StaffReleased():
            return replace(local, hush=None, override=None)
        case StaffSetVolume(volume_pct=volume_pct, until=until, by=by):
            return replace(local, volume=Staff(by=by, until=until, volume_pct=volume_pct))
        case _:
            assert_never(event)


def _player_started(desk: Desk, key: str) -> Desk:
    playing = desk.rig.playing
    if playing is None or playing.key != key:
        return desk
    return replace(desk, rig=replace(desk.rig, playing=replace(playing, seen=True)))


def _player_ended(desk: Desk, event: PlayerEnded, now: Moment) -> Desk:
    desk = proof.ended(desk, event, now)
    rig = desk.rig
    if rig.playing is not None and rig.playing.key == event.key:
        rig = replace(rig, playing=None, stopping_since_mono_s=None, quiet_since_mono_s=now.mono_s)
        desk = replace(desk, rig=rig)
    if event.ending is Ending.STOPPED:
        return desk
    if event.ending is Ending.FINISHED:
        desk = replace(desk, ended_keys=kept(desk.ended_keys, event.key))
    else:
        failures = {**desk.failures, event.key: desk.failures.get(event.key, 0) + 1}
        desk = replace(desk, failures=dict(list(failures.items())[-32:]))
    if event.key.startswith("filler/"):
        return replace(desk, filler_round=desk.filler_round + (event.ending is Ending.FINISHED))
    if event.key.startswith("staff/") and event.ending is Ending.FINISHED:
        return replace(desk, local=replace(desk.local, override=None))
    if event.key.startswith("alert/"):
        return _alarm_step_ended(desk, event.key, now)
    return desk


def _alarm_step_ended(desk: Desk, key: str, now: Moment) -> Desk:
    moved = tuple(alarms.advanced(a, now) if alarms.key_of(a) == key else a for a in desk.alarms)
    return replace(desk, alarms=moved)


def _zones_switched(rig: Rig, on: frozenset[str], now: Moment) -> Rig:
    warm = {zone: rig.warm_since.get(zone, now.mono_s) for zone in on}
    settled = rig.switching is not None and rig.switching == on
    return replace(rig, zones_on=on, warm_since=warm, switching=None if settled else rig.switching)


def _chore(desk: Desk, event: ChoreDue) -> Desk:
    if event.name == "sync":
        return replace(desk, sync_wanted=True, rig=_asked_anew(desk.rig))
    if event.name == "scrub":
        return replace(desk, scrub_wanted=True)
    return replace(desk, storage_free_bytes=event.storage_free_bytes)


def _aged(desk: Desk, now: Moment) -> Desk:
    """Return the desk with what the passing of time alone changes."""
    desk = proof.settled(alarms.without_waiting(desk, now), now)
    local = desk.local
    for name in ("override", "hush", "volume"):
        decision = getattr(local, name)
        if decision is not None and now.wall >= decision.until:
            local = replace(local, **{name: None})
    today = now.wall.astimezone(ZoneInfo(desk.word.time_zone)).date().isoformat()
    accounts = desk.accounts if desk.accounts.day == today else Accounts(day=today)
    if local is desk.local and accounts is desk.accounts:
        return desk
    return replace(desk, local=local, accounts=accounts)
