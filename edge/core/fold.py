"""The fold: what the desk knows after an event.

Law of the room: pure; one `match` over the closed union, each case a few lines or a named function. It
knows nothing of what ought to happen: that is the arbiter's.
"""

from datetime import timedelta
from typing import Final, assert_never
from zoneinfo import ZoneInfo

import msgspec

from contract.documents import (
    Assignment,
    Command,
    Kind,
    MessageType,
    Receipt,
    Refusal,
    Reload,
    Restart,
    SendLogs,
    SetVolume,
    Sha256,
    Silence,
    Status,
    StopSound,
    TestYourself,
)
from edge.core import (
    alarms,
    claims,
    decisions,
    drills,
    enrolling,
    greeting,
    hushing,
    inputs,
    lives,
    operators,
    progress,
    proof,
    readiness,
    relays,
    self_test,
    staffing,
    trials,
    updating,
    warnings,
)
from edge.core.desk import (
    Accounts,
    Arrival,
    Desk,
    Local,
    Rig,
    Sounding,
    Word,
    kept,
    noted,
    open_play,
)
from edge.core.events import (
    ActiveSetAccepted,
    AddressesSeen,
    AnnouncementAccepted,
    ApprovalAccepted,
    ArrivalSeen,
    AssignmentAccepted,
    CentralLost,
    CentralReached,
    ChoreDue,
    ClaimTyped,
    ClockJudged,
    CommandAccepted,
    ContentArrived,
    ContentLost,
    DocumentRefused,
    Ending,
    EnrolmentSeen,
    HandFailed,
    HandRecovered,
    Happening,
    InputChanged,
    Inspected,
    KeyringRenewed,
    NeighboursSeen,
    OperatorFell,
    OperatorSpoke,
    OperatorWhole,
    PlayerEnded,
    PlayerStarted,
    ProgrammeAccepted,
    ReleaseFetched,
    ReleaseOffered,
    ReleaseStuck,
    ReportSent,
    SideLoaded,
    SlotsSeen,
    SoundHeard,
    SoundMeasured,
    Staff,
    StaffAskedReadiness,
    StaffAskedTest,
    StaffHushed,
    StaffHushedWarnings,
    StaffLeftLive,
    StaffPlayed,
    StaffRecorded,
    StaffReleased,
    StaffSetVolume,
    StaffSkipped,
    StaffSpoke,
    StaffStoodDown,
    StaffTried,
    StaffUndid,
    StaffWarned,
    StaffWentLive,
    StaffWiped,
    Started,
    StreamProbed,
    Ticked,
    VitalsMeasured,
    VoiceReady,
    ZonesSwitched,
)
from edge.core.moment import Clock, Moment
from edge.core.page import NoteKind
from edge.core.sound import FromPhone

FAIR_START_MS: Final = 3_000
TOLD_AGAIN: Final = 12  # plays of which a kill may have kept the telling from the spool
ALARM_TRIES: Final = (
    5  # a step of a warning that fails is tried so often, and as long as the player is broken
)
ALARM_AGAIN_S: Final = 1.0
CUT: Final = "Thiết bị mất điện hoặc khởi động lại khi đang phát."
CLOCK_WORDS: Final = {
    Clock.TRUSTED: "tin cậy",
    Clock.FLOOR_ONLY: "chỉ biết không sớm hơn lần trước; vẫn phát theo lịch",
    Clock.UNKNOWN: "chưa tin cậy, tạm giữ lịch phát",
}
MESSAGE_WORDS: Final = {
    MessageType.ALERT: "cảnh báo khẩn",
    MessageType.UPDATE: "bản cập nhật cảnh báo",
    MessageType.CANCEL: "lệnh kết thúc cảnh báo",
}

replace = msgspec.structs.replace


def fold(desk: Desk, event: Happening, now: Moment) -> Desk:
    """Return what is known after `event`; total over all events."""
    return _aged(_heard(desk, event, now), now)


def _heard(desk: Desk, event: Happening, now: Moment) -> Desk:  # noqa: C901, PLR0912, PLR0915  one case an event
    if desk.word.retired and isinstance(event, enrolling.UNHEARD):
        return desk
    match event:
        case Started():
            return _started(event, now)
        case Ticked():
            return desk
        case ReportSent():
            return _central_heard(desk, now)
        case ClockJudged(clock=clock, disputed_s=disputed_s):
            text = f"Đồng hồ: {CLOCK_WORDS[clock]}."
            if disputed_s:
                text += f" Giờ mạng lệch giờ tỉnh ký {abs(disputed_s) / 60:.0f} phút: báo tỉnh kiểm tra máy chủ giờ."
            return noted(replace(desk, clock=clock), now.wall, NoteKind.MACHINE, text)
        case AssignmentAccepted(assignment=assignment):
            word = _reassigned(desk.word, assignment)
            receipt = _verified(now, Kind.ASSIGNMENT, f"{assignment.epoch}", event.sha256)
            desk = enrolling.assigned(replace(desk, word=word, sync_wanted=True), now)
            return _told(desk, receipt)
        case ProgrammeAccepted(programme=programme):
            word = replace(desk.word, programme=programme, programme_sha256=event.sha256)
            receipt = _verified(now, Kind.PROGRAMME, f"{programme.version}", event.sha256)
            windows = progress.under(desk.progress, desk.word.programme, programme)
            looked = replace(desk.checks, readiness=None, seen={})  # it was another programme's
            desk = replace(
                desk, word=word, rig=_asked_anew(desk.rig), progress=windows, checks=looked
            )
            text = f"Nhận lịch phát phiên bản {programme.version}."
            return _told(noted(desk, now.wall, NoteKind.LINK, text), receipt)
        case ApprovalAccepted(approval=approval):
            approvals = {**desk.word.approvals, approval.sha256: approval}
            desk = replace(desk, word=replace(desk.word, approvals=approvals))
            return _admitted(desk, now, Kind.APPROVAL, approval.sha256, event.sha256)
        case AnnouncementAccepted(announcement=announcement):
            receipt = _verified(now, Kind.ANNOUNCEMENT, announcement.id, event.sha256)
            words = announcement.infos[0].headline if announcement.infos else announcement.event
            if announcement.status is Status.TEST:
                return _told(drills.told(desk, announcement, now), receipt)
            kind = MESSAGE_WORDS[announcement.message]
            if announcement.status is Status.EXERCISE:
                kind = f"DIỄN TẬP, {kind}"
            text = f"Nhận {kind}: “{words}”."
            desk = alarms.accept(desk, announcement, now)
            return _told(noted(desk, now.wall, NoteKind.EMERGENCY, text), receipt)
        case ActiveSetAccepted():
            return (
                desk  # it says what to fetch, cancels among it; what is absent from it ends nothing
            )
        case CommandAccepted(command=command):
            desk = _admitted(desk, now, Kind.COMMAND, f"{command.counter}", event.sha256)
            return _commanded(desk, command, now)
        case KeyringRenewed():
            return _keyring_renewed(desk, event, now)
        case DocumentRefused(door=door, kind=kind, code=code, why=why):
            desk = enrolling.refused(desk, event)
            what = f"{kind.value if kind else 'document'} ({door})"
            return _refused(desk, Refusal(at=now.wall, what=what, code=code.value, why=why[:500]))
        case (
            StaffPlayed()
            | StaffSpoke()
            | StaffRecorded()
            | StaffWentLive()
            | StaffLeftLive()
            | StaffHushed()
            | StaffReleased()
            | StaffSetVolume()
            | StaffUndid()
        ):
            return decisions.decided(desk, event, now)
        case StaffHushedWarnings():
            return hushing.hushed(desk, event, now)
        case StaffSkipped():
            return decisions.skipped(desk, event, now)
        case StaffWarned():
            return warnings.warned(desk, event, now)
        case StaffStoodDown():
            return warnings.stood_down(desk, event, now)
        case StaffAskedTest(zones=zones, by=by):
            return self_test.asked_test(desk, zones, by, now)
        case StaffTried():
            return trials.asked(desk, event, now)
        case StaffAskedReadiness():
            return replace(desk, checks=replace(desk.checks, asked=True))
        case InputChanged():
            return inputs.changed(desk, event, now)
        case StreamProbed():
            return lives.probed(desk, event, now)
        case Inspected():
            return readiness.answered(desk, event)
        case SoundHeard():
            return proof.listened(desk, event)
        case VitalsMeasured(vitals=vitals):
            return replace(desk, machine=replace(desk.machine, vitals=vitals))
        case NeighboursSeen(names=names):
            return replace(desk, machine=replace(desk.machine, neighbours=names))
        case AddressesSeen(addresses=addresses):
            return replace(desk, machine=replace(desk.machine, addresses=addresses))
        case SideLoaded(papers=papers, refused=refused, contents=contents):
            text = f"Thẻ USB: nhận {papers} văn bản, {contents} tệp; từ chối {refused}."
            return noted(desk, now.wall, NoteKind.LINK, text)
        case ContentArrived(sha256=sha256):
            return replace(desk, shelf=desk.shelf | {sha256})
        case ContentLost(sha256=sha256, why=why):
            lost = Refusal(at=now.wall, what=sha256, code="content-lost", why=why[:500])
            desk = replace(desk, shelf=desk.shelf - {sha256}, rig=_asked_anew(desk.rig))
            return _refused(desk, lost)
        case VoiceReady(ref=ref, duration_ms=duration_ms):
            voices_ms = {**desk.rig.voices_ms, ref: duration_ms}
            return replace(desk, rig=replace(desk.rig, voices_ms=voices_ms))
        case OperatorSpoke() | OperatorFell() | OperatorWhole():
            return operators.heard(desk, event, now)
        case PlayerStarted(key=key):
            return _player_started(desk, key, now)
        case PlayerEnded():
            return _player_ended(desk, event, now)
        case ZonesSwitched(on=on, stuck=stuck):
            return replace(desk, rig=relays.switched(desk.rig, on, stuck, now))
        case SoundMeasured():
            level, at = event.level_dbfs, event.until_mono_s
            rig = replace(desk.rig, level_dbfs=level, level_mono_s=at)
            return proof.measured(replace(desk, rig=rig), event)
        case HandFailed(hand=hand, why=why) if desk.rig.failed.get(hand) == why:
            return desk  # known, noted and told
        case HandFailed(hand=hand, why=why):
            rig = replace(desk.rig, failed={**desk.rig.failed, hand: why})
            note = Refusal(at=now.wall, what=hand, code="hand-failed", why=why[:500])
            desk = noted(replace(desk, rig=rig), now.wall, NoteKind.MACHINE, f"{hand}: {why}")
            return _refused(desk, note)
        case HandRecovered(hand=hand):
            failed = {h: why for h, why in desk.rig.failed.items() if h != hand}
            desk = replace(desk, rig=replace(desk.rig, failed=failed))
            return noted(desk, now.wall, NoteKind.MACHINE, f"{hand}: đã hoạt động lại.")
        case CentralReached():
            desk = _central_heard(replace(desk, sync_wanted=True), now)
            desk = _held_again(replace(desk, machine=replace(desk.machine, central=True)), now)
            return noted(desk, now.wall, NoteKind.LINK, "Đã kết nối với tỉnh.")
        case CentralLost():
            desk = replace(desk, machine=replace(desk.machine, central=False))
            return noted(desk, now.wall, NoteKind.LINK, "Mất kết nối với tỉnh.")
        case EnrolmentSeen():
            return enrolling.seen(desk, event, now)
        case ClaimTyped():
            return enrolling.claimed(desk, event, now)
        case StaffWiped(by=by):
            text = f"{by} xóa thiết bị để bắt đầu lại."
            return noted(replace(desk, wipe_wanted=True), now.wall, NoteKind.STAFF, text)
        case ArrivalSeen():
            return greeting.seen(desk, event)
        case SlotsSeen() | ReleaseOffered() | ReleaseFetched() | ReleaseStuck():
            return updating.told(desk, event, now)
        case ChoreDue():
            return _chore(desk, event, now)
        case _:
            assert_never(event)


def _started(event: Started, now: Moment) -> Desk:
    word = Word(
        assignment=event.assignment,
        programme=event.programme,
        programme_sha256=event.programme_sha256,
        approvals={a.sha256: a for a in event.approvals},
    )
    local = Local(
        override=event.override,
        hush=event.hush,
        volume=event.volume,
        base_volume_pct=event.base_volume_pct,
        silenced=event.silenced,
        warnings=event.warning_count,
    )
    desk = Desk(
        device=event.device,
        software=event.software,
        started_mono_s=now.mono_s,
        clock=event.clock,
        word=word,
        local=local,
        shelf=frozenset(event.contents),
        accounts=Accounts(
            day=event.day, day_sounded_s=event.day_sounded_s, sessions_s=event.sessions_s
        ),
        day_plays=event.day_plays,
        sync_wanted=True,
        arrival=Arrival(greets=event.greets, button=event.service_button),
    )
    for announcement in event.announcements:
        desk = alarms.accept(desk, announcement, now)
    cut = tuple(
        replace(p, why=CUT)
        for p in event.on_air
        if all((p.key, p.started) != (q.key, q.started) for q in event.day_plays)
    )
    again = event.day_plays[-TOLD_AGAIN:]
    desk = replace(desk, untold=replace(desk.untold, again=again, plays=cut))
    for announcement in event.warnings:
        desk = warnings.sounded_here(desk, announcement, now)
    desk = alarms.taken_up(desk, event.alarms, now)
    if desk.word.retired:
        desk = enrolling.emptied(desk, now)
    desk = noted(desk, now.wall, NoteKind.MACHINE, "Thiết bị khởi động.")
    return updating.begun(desk, event.update, now)


def _held_again(desk: Desk, now: Moment) -> Desk:
    """Return the desk telling once more which programme it holds: its first receipt may have gone to a thief."""
    programme, sha256 = desk.word.programme, desk.word.programme_sha256
    if programme is None or sha256 is None:
        return desk
    return _told(desk, _verified(now, Kind.PROGRAMME, f"{programme.version}", sha256))


def _keyring_renewed(desk: Desk, event: KeyringRenewed, now: Moment) -> Desk:
    """Return the desk with the papers that stand under the newer keyring, as a start would find them."""
    word = Word(
        assignment=event.assignment,
        programme=event.programme,
        programme_sha256=desk.word.programme_sha256 if event.programme is not None else None,
        approvals={a.sha256: a for a in event.approvals},
    )
    stand = {announcement.id for announcement in event.announcements}
    heard = tuple(a for a in desk.alarms if alarms.is_local(a) or a.announcement.id in stand)
    if word.programme != desk.word.programme:
        looked = replace(desk.checks, readiness=None, seen={})  # it was of what no longer counts
        desk = replace(desk, progress={}, checks=looked)
    desk = replace(desk, word=word, alarms=heard, rig=_asked_anew(desk.rig))
    text = f"Vòng khóa của tỉnh sang đợt {event.epoch}."
    if event.dropped:
        text += f" {event.dropped} giấy tờ ký bằng khóa đã thu hồi không còn hiệu lực."
    return noted(desk, now.wall, NoteKind.LINK, text)


def _central_heard(desk: Desk, now: Moment) -> Desk:
    return replace(desk, machine=replace(desk.machine, central_heard=now.wall))


def _reassigned(word: Word, assignment: Assignment) -> Word:
    """Return the word under a new assignment; a programme made for another place is not played here."""
    moved = word.assignment is not None and word.assignment.area != assignment.area
    return replace(word, assignment=assignment, programme=None if moved else word.programme)


def _told(desk: Desk, *receipts: Receipt) -> Desk:
    return replace(desk, untold=replace(desk.untold, receipts=desk.untold.receipts + receipts))


def _refused(desk: Desk, refusal: Refusal) -> Desk:
    return replace(desk, untold=replace(desk.untold, refusals=(*desk.untold.refusals, refusal)))


def _verified(now: Moment, kind: Kind, of: str, sha256: Sha256 | None) -> Receipt:
    return Receipt(at=now.wall, kind=kind, id=of, state="verified", sha256=sha256)


def _admitted(desk: Desk, now: Moment, kind: Kind, of: str, sha256: Sha256 | None) -> Desk:
    """Return the desk with a receipt that says no more than which payload was admitted, where that is known."""
    return desk if sha256 is None else _told(desk, _verified(now, kind, of, sha256))


def _asked_anew(rig: Rig) -> Rig:
    return replace(rig, fetching=frozenset())


def _commanded(desk: Desk, command: Command, now: Moment) -> Desk:
    local = desk.local
    match command.action:
        case SetVolume(volume_pct=volume_pct):
            return replace(desk, local=replace(local, base_volume_pct=volume_pct, volume=None))
        case StopSound(for_s=for_s):
            hush = Staff(by="Tỉnh", until=now.wall + timedelta(seconds=for_s))
            desk = replace(desk, local=replace(local, hush=hush, override=None, live=None))
            return noted(desk, now.wall, NoteKind.LINK, "Tỉnh tắt tiếng thiết bị.")
        case Silence(on=on):
            desk = replace(desk, local=replace(local, silenced=on))
            text = "Tỉnh cắt phát khẩn." if on else "Tỉnh bỏ lệnh cắt phát."
            return noted(desk, now.wall, NoteKind.LINK, text)
        case TestYourself():
            return self_test.asked_test(desk, tuple(z.name for z in desk.word.zones), "Tỉnh", now)
        case Restart():
            text = "Tỉnh cho chương trình khởi động lại."
            return noted(replace(desk, restart_wanted=True), now.wall, NoteKind.LINK, text)
        case SendLogs():
            text = "Tỉnh lấy nhật ký của máy."
            return noted(replace(desk, logs_wanted=command.counter), now.wall, NoteKind.LINK, text)
        case Reload():
            return replace(desk, sync_wanted=True, rig=_asked_anew(desk.rig))
        case _:
            assert_never(command.action)


def _player_started(desk: Desk, key: str, now: Moment) -> Desk:
    playing = desk.rig.playing
    if playing is None:  # nobody asked for it any more: it is known, and so it will be stopped
        orphan = Sounding(key=key, volume_pct=0, asked_mono_s=now.mono_s, seen=True)
        return replace(desk, rig=replace(desk.rig, playing=orphan))
    if playing.key != key:
        return desk
    return replace(desk, rig=replace(desk.rig, playing=replace(playing, seen=True)))


def _player_ended(desk: Desk, event: PlayerEnded, now: Moment) -> Desk:
    if event.ending is Ending.STOPPED and _asked_again(desk.rig, event.key):
        return desk  # the answer to an older asking of the same play
    play = open_play(desk, event.key)
    event = operators.judged(desk, play.source if play else None, event)
    desk = proof.ended(desk, event, now)
    if play is not None and not claims.is_done(desk, event.key):
        desk = replace(desk, progress=progress.broken(desk.progress, play, event))
    if play is not None:
        desk = lives.ended(desk, play.source, event, now)
    rig = desk.rig
    if rig.playing is not None and rig.playing.key == event.key:
        rig = replace(rig, playing=None, stopping_since_mono_s=None, quiet_since_mono_s=now.mono_s)
        desk = replace(desk, rig=rig)
    if event.ending is Ending.STOPPED:
        return desk
    if event.ending is Ending.FINISHED:
        desk = replace(desk, ended_keys=kept(desk.ended_keys, event.key))
    else:
        # what had sounded well before it broke was not at fault: it may go on once more
        again = event.played_ms >= FAIR_START_MS
        failures = {**desk.failures, event.key: 0 if again else desk.failures.get(event.key, 0) + 1}
        desk = replace(desk, failures=dict(list(failures.items())[-32:]))
    if play is not None and isinstance(play.source, FromPhone):
        return replace(desk, local=replace(desk.local, live=None))  # a phone that fell silent
    if "/instead-" in event.key:
        return replace(desk, fallback_round=desk.fallback_round + 1)
    if event.key.startswith("filler/"):
        return replace(desk, filler_round=desk.filler_round + (event.ending is Ending.FINISHED))
    if event.key.startswith("alert/"):
        desk = _alarm_step_ended(desk, event, now)
        return operators.ended(desk, play.source if play else None, event, now)
    return desk


def _asked_again(rig: Rig, key: str) -> bool:
    playing = rig.playing
    unseen = playing is not None and playing.key == key and not playing.seen
    return unseen and rig.stopping_since_mono_s is None


def _alarm_step_ended(desk: Desk, event: PlayerEnded, now: Moment) -> Desk:
    """Return the desk with the alarm one step on; a step that the player could not sound is tried again."""
    key = event.key.removesuffix(operators.SUFFIX)
    tries = desk.failures.get(event.key, 0)
    if event.ending is Ending.FAILED and ("player" in desk.rig.failed or tries < ALARM_TRIES):
        due_s = now.mono_s + ALARM_AGAIN_S
        held = tuple(
            replace(a, due_mono_s=due_s, step_since_mono_s=due_s) if alarms.key_of(a) == key else a
            for a in desk.alarms
        )
        return replace(desk, alarms=held)
    moved = tuple(alarms.advanced(a, now) if alarms.key_of(a) == key else a for a in desk.alarms)
    return replace(desk, alarms=moved)


def _chore(desk: Desk, event: ChoreDue, now: Moment) -> Desk:
    if event.name == "sync":
        unkept = "ledger" in desk.rig.failed  # what the disk refused is offered to it again
        remembered = "" if unkept else desk.remembered
        return replace(desk, sync_wanted=True, rig=_asked_anew(desk.rig), remembered=remembered)
    if event.name == "scrub":
        return replace(desk, scrub_wanted=True)
    if event.name == "readiness":
        return readiness.due(desk, now)
    machine = replace(desk.machine, storage_free_bytes=event.storage_free_bytes)
    return replace(desk, machine=machine)


def _aged(desk: Desk, now: Moment) -> Desk:
    """Return the desk with what the passing of time alone changes."""
    before = desk.alarms
    desk = hushing.rearmed(desk, now)
    desk = warnings.run_out(alarms.without_waiting(desk, now), before, now)
    desk = trials.stepped(self_test.stepped(proof.settled(desk, now), now), now)
    local = desk.local
    for name in ("override", "live", "hush", "volume"):
        decision = getattr(local, name)
        if decision is not None and staffing.is_over(desk, decision, now):
            local = replace(local, **{name: None})
    if local.undo is not None and now.mono_s > local.undo.until_mono_s:
        local = replace(local, undo=None)
    windows = progress.current(desk.progress, now)
    today = now.wall.astimezone(ZoneInfo(desk.word.time_zone)).date().isoformat()
    ahead = desk.clock is Clock.TRUSTED or today > desk.accounts.day
    if desk.accounts.day != today and ahead:
        desk = replace(desk, accounts=Accounts(day=today), day_plays=())
    if local is desk.local and windows is desk.progress:
        return desk
    return replace(desk, local=local, progress=windows)
