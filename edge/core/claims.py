"""The claims: everyone who wants the output at an instant.

Law of the room: pure; one function for each rank of DESIGN §4.3. A claim that cannot stand (its content is
not here, not approved, or policy forbids it) is returned as `Refused` with its reason, so that the next
rank sounds instead of a hole, and the reason is reported.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from contract import planner, timeline
from contract import policy as law
from contract.area import is_at_or_below
from contract.documents import LateRule, Level, Rank, Sha256
from edge.core import alarms
from edge.core.air import Claim, Refused
from edge.core.desk import Alarm, Desk
from edge.core.events import Staff
from edge.core.moment import Clock, Moment
from edge.core.sound import FromContent

JOIN_AFTER_S: Final = 1.0  # later than this, an item is joined in progress rather than started
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
    """Return whether this play has ended for good."""
    return key in desk.ended_keys or desk.failures.get(key, 0) >= MAX_FAILURES


def lack(desk: Desk, sha256: Sha256, now: Moment) -> tuple[str, str] | None:
    """Return the code and sentence why this content cannot sound now, or None when it can."""
    approval = desk.word.approvals.get(sha256)
    area = desk.word.assignment.area if desk.word.assignment else ""
    if sha256 not in desk.shelf:
        return "content-missing", "Tệp nội dung chưa tải về thiết bị."
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


def scheduled(desk: Desk, now: Moment) -> Iterator[Claim | Refused]:
    """Yield a claim for each slot whose item is meant to sound now."""
    programme = desk.word.programme
    if programme is None or desk.word.assignment is None or desk.clock is Clock.UNKNOWN:
        return
    stretch = timeline.stretch_at(programme, now.wall)
    for cue in sorted(stretch.cues, key=timeline.precedence):
        rank = Rank.PRIORITY if cue.slot.level is Level.PRIORITY else Rank.NORMAL
        refused = lack(desk, cue.content, now)
        late_s = (now.wall - cue.since) / timedelta(seconds=1)
        key = f"slot/{cue.key}"
        playing = desk.rig.playing is not None and desk.rig.playing.key == key
        from_ms = 0
        if not playing and not is_done(desk, key):
            if cue.slot.late is LateRule.SKIP and now.wall - cue.since > planner.SKIP_AFTER:
                refused = refused or ("late", "Đã quá giờ bắt đầu và lịch yêu cầu bỏ qua khi trễ.")
            if cue.slot.late is LateRule.JOIN and late_s > JOIN_AFTER_S:
                from_ms = round(late_s * 1000)
        if refused is not None:
            code, why = refused
            yield Refused(key=key, title=cue.slot.title, rank=rank, code=code, why=why)
            continue
        content = desk.word.content(cue.content)
        yield Claim(
            rank=rank,
            key=key,
            why=f"Theo lịch “{cue.slot.title}”.",
            title=content.title if content else cue.slot.title,
            source=FromContent(sha256=cue.content, gain_db=content.gain_db if content else 0.0),
            session=f"{cue.slot.id}/{cue.day}",
            zones=zones_of(desk, cue.slot.zones),
            volume_pct=volume_of(desk, now, cue.slot.volume_pct, rank),
            since=cue.since,
            until=cue.until,
            from_ms=from_ms,
            length_ms=content.duration_ms if content else 0,
        )


def staff(desk: Desk, now: Moment) -> Iterator[Claim | Refused]:
    """Yield what staff decided here: an item on air, or a hush."""
    rank = Rank.OVERRIDE
    hush, override = desk.local.hush, desk.local.override
    if hush is not None and now.wall < hush.until:
        why = f"{hush.by} đã tắt tiếng tạm thời."
        yield Claim(rank=rank, key="hush", why=why, since=now.wall, until=hush.until)
    elif override is not None and override.content is not None and now.wall < override.until:
        yield from _override(desk, now, override, override.content)


def _override(
    desk: Desk, now: Moment, override: Staff, sha256: Sha256
) -> Iterator[Claim | Refused]:
    key = f"staff/{sha256[:12]}/{override.until:%Y%m%dT%H%M%S}"
    content = desk.word.content(sha256)
    title = content.title if content else "Nội dung tại chỗ"
    refused = lack(desk, sha256, now)
    if refused is not None:
        yield Refused(key=key, title=title, rank=Rank.OVERRIDE, code=refused[0], why=refused[1])
        return
    yield Claim(
        rank=Rank.OVERRIDE,
        key=key,
        why=f"{override.by} phát tại chỗ.",
        title=title,
        source=FromContent(sha256=sha256, gain_db=content.gain_db if content else 0.0),
        session=key,
        zones=zones_of(desk, override.zones),
        volume_pct=volume_of(desk, now, 100, Rank.OVERRIDE),
        since=now.wall,
        until=override.until,
        length_ms=content.duration_ms if content else 0,
    )


def filler(desk: Desk, now: Moment) -> Iterator[Claim | Refused]:
    """Yield the filler, round after round, when the programme names one."""
    programme = desk.word.programme
    if programme is None or programme.filler is None or desk.word.assignment is None:
        return
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


def emergencies(desk: Desk, now: Moment) -> Iterator[Claim]:
    """Yield the alarms whose round is due, the highest and newest first."""
    if desk.word.assignment is None:
        return
    due = [a for a in desk.alarms if a.due_mono_s is not None and a.due_mono_s <= now.mono_s]
    for alarm in sorted(due, key=lambda a: -a.rank):
        yield _emergency(desk, now, alarm)


def _emergency(desk: Desk, now: Moment, alarm: Alarm) -> Claim:
    announcement = alarm.announcement
    info, _ = alarms.steps_of(announcement)[alarm.step]
    source = alarms.source_of(alarm, desk.shelf, desk.rig.voices_ms)
    words = "Chờ lời đọc. " if source is None else ""
    return Claim(
        rank=alarm.rank,
        key=alarms.key_of(alarm),
        why=f"{words}Khẩn cấp: {info.headline}",
        title=info.headline,
        source=source,
        session=announcement.id,
        zones=zones_of(desk, announcement.zones) or zones_of(desk, ()),
        volume_pct=volume_of(desk, now, announcement.volume_pct, alarm.rank),
        since=now.wall,
        until=now.wall + HOUR,
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
    return Refused(
        key=claim.key, title=claim.title, rank=claim.rank, code=verdict.code, why=verdict.why
    )


def next_change(desk: Desk, now: Moment) -> datetime:
    """Return the first instant after `now` at which the claims may change with no further event."""
    wall = now.wall
    instants = [wall + HOUR, law.next_change(desk.word.policy, desk.word.time_zone, wall)]
    if desk.word.programme is not None and desk.clock is not Clock.UNKNOWN:
        instants.append(timeline.stretch_at(desk.word.programme, wall).until)
    decisions = (desk.local.override, desk.local.hush, desk.local.volume)
    instants += [d.until for d in decisions if d is not None]
    for alarm in desk.alarms:
        if alarm.due_mono_s is not None and alarm.due_mono_s > now.mono_s:
            in_s = max(0.001, alarm.due_mono_s - now.mono_s)
            instants.append(wall + timedelta(seconds=in_s))
    return min(instant for instant in instants if instant > wall)
