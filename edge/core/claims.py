"""The claims: who wants the output at an instant, besides the programme (`scheduled`) and staff (`staffing`).

Law of the room: pure; one function for each rank of DESIGN §4.3. A claim that cannot stand (its content is
not here, not approved, or policy forbids it) is returned as `Refused` with its reason, so that the next
rank sounds instead of a hole, and the reason is reported.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from contract import policy as law
from contract.area import is_at_or_below
from contract.documents import Rank, Sha256
from edge.core import alarms, progress
from edge.core.air import Claim, Refused
from edge.core.desk import Alarm, Desk
from edge.core.moment import Clock, Moment
from edge.core.sound import FromContent

MAX_FAILURES: Final = 2
HOUR: Final = timedelta(hours=1)


def silence(desk: Desk, now: Moment) -> Claim:
    """Return the claim of silence, which always stands."""
    if desk.word.assignment is None:
        why = "Thiết bị chưa được giao nhiệm vụ nên không phát."
    elif desk.clock is Clock.UNKNOWN:
        why = "Đồng hồ chưa tin cậy nên chưa phát theo lịch."
    elif desk.word.programme is None:
        why = "Chưa nhận được lịch phát."
    elif now.wall >= desk.word.programme.expires:
        why = "Lịch phát đã hết hiệu lực."
    else:
        why = "Không có lịch phát vào lúc này."
    return Claim(rank=Rank.SILENCE, key="silence", why=why, since=now.wall, until=now.wall + HOUR)


def is_done(desk: Desk, key: str) -> bool:
    """Return whether this play has ended for good; a warning's step is never given up here."""
    given_up = desk.failures.get(key, 0) >= MAX_FAILURES and not key.startswith("alert/")
    return key in desk.ended_keys or given_up


def lack(desk: Desk, sha256: Sha256, now: Moment) -> tuple[str, str] | None:
    """Return the code and sentence why this content cannot sound now, or None when it can."""
    if sha256 not in desk.shelf:
        return "content-missing", "Tệp nội dung chưa tải về thiết bị."
    return unapproved(desk, sha256, now)


def unapproved(desk: Desk, sha256: Sha256, now: Moment) -> tuple[str, str] | None:
    """Return why no approver's word lets this sound here and now, or None when one does."""
    approval = desk.word.approvals.get(sha256)
    area = desk.word.assignment.area if desk.word.assignment else ""
    if approval is None:
        return "unapproved", "Nội dung chưa có chữ ký phê duyệt."
    if now.wall >= approval.not_after:
        return "approval-expired", "Phê duyệt của nội dung đã hết hạn."
    if not is_at_or_below(area, approval.area):
        return "approval-scope", "Phê duyệt của nội dung không dành cho địa bàn này."
    return None


def zones_of(desk: Desk, named: tuple[str, ...]) -> frozenset[str]:
    """Return the zones meant: the named ones that exist here, or all when none is named."""
    here = frozenset(zone.name for zone in desk.word.zones)
    return here & frozenset(named) if named else here


def volume_of(desk: Desk, now: Moment, wanted_pct: int, rank: Rank) -> int:
    """Return the volume in percent of full scale: the slot's share of the staff's volume, under the cap."""
    cap_pct = law.volume_cap_pct(desk.word.policy, desk.word.time_zone, now.wall, rank)
    if rank >= Rank.EMERGENCY_COMMUNE:
        return min(wanted_pct, cap_pct)
    staff = desk.local.volume
    valid = staff is not None and staff.volume_pct is not None and now.wall < staff.until
    own_pct = staff.volume_pct if staff and valid and staff.volume_pct is not None else None
    base_pct = own_pct if own_pct is not None else desk.local.base_volume_pct
    return min(round(wanted_pct * base_pct / 100), cap_pct)


def filler(desk: Desk, now: Moment) -> Iterator[Claim | Refused]:
    """Yield the filler, round after round, when the programme names one and is in force by a clock one may believe."""
    programme = desk.word.programme
    if programme is None or programme.filler is None or desk.word.assignment is None:
        return
    if desk.clock is Clock.UNKNOWN or not programme.not_before <= now.wall < programme.expires:
        return  # music at what may be three in the morning
    content = desk.word.content(programme.filler)
    key = f"filler/{desk.filler_round}"
    if lack(desk, programme.filler, now) is None and content is not None:
        yield Claim(
            rank=Rank.FILLER,
            key=key,
            why="Nhạc nền khi không có lịch.",
            title=content.title,
            source=FromContent(sha256=programme.filler, gain_db=content.gain_db),
            session="filler",
            zones=zones_of(desk, ()),
            volume_pct=volume_of(desk, now, 100, Rank.FILLER),
            since=now.wall,
            until=now.wall + HOUR,
            length_ms=content.duration_ms,
        )


def emergencies(desk: Desk, now: Moment, *, signed_only: bool = False) -> Iterator[Claim]:
    """Yield the alarms whose round is due, in their turn; `signed_only` leaves out those of staff here.

    What people have signed can be ended by people alone: the kill switch is a server's key (ADR 0015).
    """
    if desk.word.assignment is None:
        return
    for alarm in alarms.in_turn(desk, now):
        if not (signed_only and alarms.is_local(alarm)):
            yield _emergency(desk, now, alarm)


def exercises(desk: Desk, now: Moment) -> Iterator[Claim | Refused]:
    """Yield the exercise whose round is due; it ranks as a notice and stands behind the programme's own."""
    for alarm in desk.alarms:
        if (
            not alarms.is_exercise(alarm)
            or alarm.due_mono_s is None
            or desk.word.assignment is None
        ):
            continue
        if alarm.due_mono_s > now.mono_s:
            continue
        claim = _emergency(desk, now, alarm)
        no = None
        if desk.local.silenced:
            no = ("silenced", "Tỉnh đã ngắt tiếng thiết bị này (cắt phát khẩn).")
        elif desk.clock is Clock.UNKNOWN:
            no = ("clock-unknown", "Đồng hồ chưa tin cậy nên không biết có đang giờ yên tĩnh.")
        if no is not None:
            yield Refused(key=claim.key, title=claim.title, rank=claim.rank, code=no[0], why=no[1])
        else:
            yield claim


def _emergency(desk: Desk, now: Moment, alarm: Alarm) -> Claim:
    announcement = alarm.announcement
    info, _ = alarms.steps_of(announcement)[alarm.step]
    source = alarms.source_of(desk, alarm, now)
    words = "Chờ lời đọc. " if source is None else ""
    return Claim(
        rank=alarm.rank,
        key=alarms.key_of(alarm, source),
        why=f"{words}{'Diễn tập' if alarms.is_exercise(alarm) else 'Khẩn cấp'}: {info.headline}",
        title=info.headline,
        source=source,
        session=announcement.id,
        zones=zones_of(desk, announcement.zones) or zones_of(desk, ()),
        volume_pct=volume_of(desk, now, announcement.volume_pct, alarm.rank),
        since=now.wall,
        until=now.wall + HOUR,
        fresh=alarm.round == 0,
    )


def allowed(desk: Desk, now: Moment, claim: Claim) -> Refused | None:
    """Return why policy forbids this claim now, or None when it allows it."""
    if claim.source is None:
        return None
    verdict = law.verdict(
        desk.word.policy,
        desk.word.time_zone,
        now.wall,
        claim.rank,
        desk.accounts.sessions_s.get(claim.session, 0.0),
        desk.accounts.day_sounded_s,
    )
    if verdict.allowed:
        return None
    if claim.rank is Rank.LIVE and verdict.code == "quiet-hours" and alarms.is_warned(desk):
        return None  # the village is awake: who stands at the loudspeaker may say what to do
    trial = desk.checks.trial
    if (
        trial is not None
        and trial.awake
        and claim.session == "trial"
        and verdict.code == "quiet-hours"
    ):
        return None  # a low tone that an installer answers for with the PIN
    return Refused(
        key=claim.key, title=claim.title, rank=claim.rank, code=verdict.code, why=verdict.why
    )


def next_change(desk: Desk, now: Moment) -> datetime:
    """Return the first instant after `now` at which the claims may change with no further event."""
    wall = now.wall
    instants = [wall + HOUR, law.next_change(desk.word.policy, desk.word.time_zone, wall)]
    if desk.word.programme is not None and desk.clock is not Clock.UNKNOWN:
        instants.append(progress.next_change(desk, wall))
    local = desk.local
    decisions = (local.override, local.live, local.hush, local.volume)
    instants += [d.until for d in decisions if d is not None]
    for alarm in desk.alarms:
        for mono_s in (alarm.due_mono_s, alarm.hushed_until_mono_s):
            if mono_s is not None and mono_s > now.mono_s:
                instants.append(wall + timedelta(seconds=max(0.001, mono_s - now.mono_s)))
    return min(instant for instant in instants if instant > wall)
