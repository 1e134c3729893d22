"""Warnings while somebody plans: each says what will go wrong on which days, and what to do.

Law of the room: pure. What sounds is decided by the very planner that the appliance obeys; here it is only said. The
same fault on several days of a week is one warning.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from enum import StrEnum
from itertools import pairwise
from typing import Final
from zoneinfo import ZoneInfo

import msgspec

from central.domain.compiling import Body, Place, Stock, compile_body, inherited_from, is_approved
from central.domain.lives import live_words, url_of
from central.domain.planning import WEEK_DAYS, hours_of, trial_programme
from central.domain.states import State
from contract import planner
from contract.area import is_at_or_below
from contract.calendar import instant_of, slot_occurs_on
from contract.documents import Policy, Slot
from contract.planner import Planned

NEAR: Final = timedelta(minutes=5)
LEAD: Final = timedelta(seconds=60)
HOLLOW: Final = 0.2
_MOST_DAYS_NAMED: Final = 3


class Code(StrEnum):
    """What is wrong."""

    OVERLAP = "overlap"
    QUIET_HOURS = "quiet-hours"
    SESSION_QUOTA = "session-quota"
    DAY_QUOTA = "day-quota"
    LATE = "late"
    NOT_APPROVED = "not-approved"
    EXPIRES = "expires"
    EMPTY = "empty"
    TOO_LONG = "too-long"
    TOO_NEAR = "too-near"
    NO_TIME = "no-time-to-deliver"
    OFFLINE = "offline"
    NO_FALLBACK = "no-fallback"
    NO_ZONE = "no-zone"


class Tone(StrEnum):
    """How bad it is: something does not sound, something may not, or it is merely odd."""

    BAD = "bad"
    WARN = "warn"
    INFO = "info"


_TONES: Final = {
    Code.OVERLAP: Tone.WARN,
    Code.QUIET_HOURS: Tone.BAD,
    Code.SESSION_QUOTA: Tone.WARN,
    Code.DAY_QUOTA: Tone.WARN,
    Code.LATE: Tone.WARN,
    Code.NOT_APPROVED: Tone.WARN,
    Code.EXPIRES: Tone.BAD,
    Code.EMPTY: Tone.BAD,
    Code.TOO_LONG: Tone.WARN,
    Code.TOO_NEAR: Tone.INFO,
    Code.NO_TIME: Tone.BAD,
    Code.OFFLINE: Tone.WARN,
    Code.NO_FALLBACK: Tone.INFO,
    Code.NO_ZONE: Tone.WARN,
}
_STEPS: Final = {
    Code.OVERLAP: "Dời một trong hai khung giờ, hoặc đặt mức ưu tiên cho khung cần phát.",
    Code.QUIET_HOURS: "Dời ra ngoài giờ yên tĩnh; chỉ tin khẩn cấp được phát trong giờ này.",
    Code.SESSION_QUOTA: "Rút ngắn khung giờ, hoặc tách thành hai buổi.",
    Code.DAY_QUOTA: "Bớt khung giờ trong ngày, hoặc rút ngắn nội dung.",
    Code.LATE: "Đổi cách phát khi trễ thành “vào giữa chừng”, hoặc gỡ chỗ trùng lịch.",
    Code.NOT_APPROVED: "Nhờ người duyệt ký nội dung này, hoặc thay bằng nội dung đã duyệt.",
    Code.EXPIRES: "Nhờ người duyệt ký lại cho thời hạn dài hơn, hoặc đặt ngày kết thúc sớm hơn.",
    Code.EMPTY: "Chọn nội dung đã duyệt cho khung giờ này, hoặc xóa nó.",
    Code.TOO_LONG: "Kéo dài khung giờ, hoặc bớt nội dung hay số lần phát.",
    Code.TOO_NEAR: "Nối liền hai buổi, hoặc để cách ít nhất 5 phút cho âm ly.",
    Code.NO_TIME: "Dời giờ phát muộn hơn, hoặc dùng nội dung mà cụm loa đã có.",
    Code.OFFLINE: "Kiểm tra các cụm loa mất liên lạc ở trang Toàn cảnh.",
    Code.NO_FALLBACK: "Chọn một nội dung dự phòng cho khung tiếp sóng.",
    Code.NO_ZONE: "Chọn lại vùng loa, hoặc để trống để phát ở mọi vùng.",
}


class Finding(State, frozen=True, kw_only=True):
    """One warning: which slot, on which days, why, and the next step. `other` is the slot it collides with."""

    code: Code
    tone: Tone
    slot: str
    title: str
    days: tuple[date, ...]
    why: str
    step: str
    other: str = ""


class Delivery(msgspec.Struct, frozen=True, kw_only=True):
    """What stands between a slot and its appliances.

    `held` are contents that all of them list already; `unsent` slots that are edited but not published; `line_kbps`
    what one appliance fetches with.
    """

    appliances: int = 0
    offline: int = 0
    held: frozenset[str] = frozenset()
    unsent: frozenset[str] = frozenset()
    line_kbps: int = 512


class Outlook(msgspec.Struct, frozen=True, kw_only=True):
    """Days as they will sound at a place, and what there is to say about them."""

    days: tuple[date, ...]
    planned: tuple[tuple[Planned, ...], ...]
    findings: tuple[Finding, ...]
    body: Body


def outlook(
    stock: Stock,
    place: Place,
    policy: Policy,
    days: Sequence[date],
    delivery: Delivery,
    now: datetime,
) -> Outlook:
    """Return what sounds on `days` (in order, without gaps) if the stock were told, and every warning about them."""
    body = compile_body(stock, place)
    programme = trial_programme(body, place.time_zone, days[0], days=len(days))
    planned = tuple(planner.plan(programme, policy, day) for day in days)
    asked = _Asked(stock, place, days, delivery, now)
    slots = [
        slot
        for area in inherited_from(place.area, stock.successors)
        for slot in stock.slots.get(area, ())
    ]
    found = [
        *_of_plan(days, planned, place.time_zone),
        *(finding for slot in slots for finding in _of_slot(slot, asked)),
        *_too_near(days, planned),
    ]
    return Outlook(
        days=tuple(days), planned=planned, findings=tuple(sorted(found, key=_order)), body=body
    )


class _Asked(msgspec.Struct, frozen=True):
    stock: Stock
    place: Place
    days: Sequence[date]
    delivery: Delivery
    now: datetime


def _order(finding: Finding) -> tuple[int, date, str]:
    first = finding.days[0] if finding.days else date.max
    return (list(Tone).index(finding.tone), first, finding.title)


def _finding(
    code: Code,
    slot: Slot,
    days: Iterable[date],
    why: str,
    *,
    other: str = "",
    tone: Tone | None = None,
) -> Finding:
    return Finding(
        code=code,
        tone=tone or _TONES[code],
        slot=slot.id,
        title=slot.title,
        days=tuple(sorted(set(days))),
        why=why,
        step=_STEPS[code],
        other=other,
    )


# --- what the planner says ------------------------------------------------------------------------


def _of_plan(
    days: Sequence[date], planned: Sequence[Sequence[Planned]], zone: str
) -> Iterator[Finding]:
    """Yield a warning for each slot and reason for which pieces of it stay silent."""
    titles = {piece.slot.id: piece.slot.title for day in planned for piece in day}
    silent: dict[tuple[str, Code, str], list[tuple[date, Planned]]] = {}
    for day, pieces in zip(days, planned, strict=True):
        for piece in pieces:
            if not piece.sounds:
                code = Code.OVERLAP if piece.displaced_by else Code(piece.verdict.code)
                key = (piece.slot.id, code, piece.displaced_by or "")
                silent.setdefault(key, []).append((day, piece))
    for (_, code, other), told in silent.items():
        first = told[0][1]
        on = sorted({day for day, _ in told})
        of_first_day = [piece for day, piece in told if day == on[0]]
        length = sum((p.end - p.start for p in of_first_day), timedelta(0))
        opens = of_first_day[0].start.astimezone(ZoneInfo(zone))
        closes = of_first_day[-1].end.astimezone(ZoneInfo(zone))
        span = f"{opens:%H:%M}–{closes:%H:%M}"
        why = f"trùng giờ, nhường “{titles.get(other, other)}”." if other else first.verdict.why
        what = f"“{first.slot.title}” không phát {_minutes(length)} trong {span}{_on(on)}"
        yield _finding(code, first.slot, on, f"{what}: {_lower(why)}", other=other)


def _too_near(days: Sequence[date], planned: Sequence[Sequence[Planned]]) -> Iterator[Finding]:
    """Yield a warning for two sessions with a short silence between them: the amplifier goes off and on again."""
    found: dict[tuple[str, str], tuple[list[date], Slot, Slot, timedelta]] = {}
    for day, pieces in zip(days, planned, strict=True):
        sounding = sorted((p for p in pieces if p.sounds), key=lambda p: p.start)
        for one, other in pairwise(sounding):
            gap = other.start - one.end
            if one.slot.id != other.slot.id and timedelta(0) < gap < NEAR:
                key = (one.slot.id, other.slot.id)
                found.setdefault(key, ([], one.slot, other.slot, gap))[0].append(day)
    for on, before, after, gap in found.values():
        why = (
            f"“{after.title}” bắt đầu chỉ {_minutes(gap)} sau khi “{before.title}” dứt"
            f"{_on(on)}: âm ly tắt rồi bật lại ngay."
        )
        yield _finding(Code.TOO_NEAR, after, on, why, other=before.id)


# --- what a slot is by itself ---------------------------------------------------------------------


def _of_slot(slot: Slot, asked: _Asked) -> Iterator[Finding]:
    on = [day for day in asked.days if slot_occurs_on(slot, day)]
    if not on:
        return
    lacking = [
        sha256
        for sha256 in dict.fromkeys(slot.items)
        if not is_approved(asked.stock.approvals.get(sha256, ()), asked.place.area)
    ]
    yield from _of_approval(slot, on, lacking, asked)
    if slot.zones and not set(slot.zones) & set(asked.place.zones) and asked.place.zones:
        why = f"“{slot.title}”: nơi này không có vùng loa {', '.join(slot.zones)}."
        yield _finding(Code.NO_ZONE, slot, on, why)
    items_s = sum(
        asked.stock.contents[s].duration_ms / 1000 for s in slot.items if s in asked.stock.contents
    )
    if slot.live is None and not slot.loop and items_s:
        yield from _of_length(slot, on, items_s)
    if slot.live is not None and not slot.items:
        why = f"“{slot.title}” không có nội dung dự phòng: nguồn mất tín hiệu thì loa im lặng."
        yield _finding(Code.NO_FALLBACK, slot, on, why)
    yield from _of_delivery(slot, on, asked)


def _of_approval(
    slot: Slot, on: Sequence[date], lacking: Sequence[str], asked: _Asked
) -> Iterator[Finding]:
    titles = [asked.stock.contents[s].title for s in lacking if s in asked.stock.contents]
    approvals, area = asked.stock.approvals, asked.place.area
    if slot.live is not None and not is_approved(approvals.get(slot.live.approved_as, ()), area):
        source = live_words(url_of(slot.live))
        why = (
            f"“{slot.title}” sẽ không phát{_on(on)}: nguồn “{source}” chưa được duyệt cho nơi này."
        )
        yield _finding(Code.NOT_APPROVED, slot, on, why, tone=Tone.BAD)
    if slot.live is None and lacking and len(lacking) == len(set(slot.items)):
        why = f"“{slot.title}”{_on(on)} trống: {_titles(titles)} chưa được duyệt nên không có gì để phát."
        yield _finding(Code.EMPTY, slot, on, why)
    elif lacking:
        why = f"“{slot.title}”: {_titles(titles)} chưa được duyệt nên bị bỏ ra{_on(on)}."
        yield _finding(Code.NOT_APPROVED, slot, on, why)
    named: list[str] = [*slot.items, *((slot.live.approved_as,) if slot.live is not None else ())]
    for name in dict.fromkeys(named):
        ends = max(
            (a.not_after for a in approvals.get(name, ()) if is_at_or_below(area, a.area)),
            default=None,
        )
        if ends is None:
            continue
        late = [day for day in on if _opens(slot, day, asked) >= ends]
        if late:
            content = asked.stock.contents.get(name)
            what = f"“{content.title}”" if content is not None else "nguồn tiếp sóng"
            until = ends.astimezone(ZoneInfo(asked.place.time_zone))
            why = f"“{slot.title}”: {what} hết hạn duyệt lúc {until:%H:%M, %d/%m/%Y}, trước khi phát{_on(late)}."
            yield _finding(Code.EXPIRES, slot, late, why)


def _of_length(slot: Slot, on: Sequence[date], items_s: float) -> Iterator[Finding]:
    whole_s = items_s * slot.repeat_count + slot.gap_s * (slot.repeat_count - 1)
    over_s = whole_s - slot.window_s
    if over_s >= 1:
        why = (
            f"“{slot.title}” {hours_of(slot)}: nội dung dài hơn khung giờ "
            f"{_minutes(timedelta(seconds=over_s))}, phần cuối bị cắt."
        )
        yield _finding(Code.TOO_LONG, slot, on, why)
    elif whole_s < HOLLOW * slot.window_s:
        why = (
            f"“{slot.title}” {hours_of(slot)} gần như trống: chỉ có "
            f"{_minutes(timedelta(seconds=whole_s))} nội dung."
        )
        yield _finding(Code.EMPTY, slot, on, why, tone=Tone.INFO)


def _of_delivery(slot: Slot, on: Sequence[date], asked: _Asked) -> Iterator[Finding]:
    """Yield a warning when what is not sent yet can hardly arrive before the first time it sounds."""
    delivery = asked.delivery
    if slot.id not in delivery.unsent or not delivery.appliances:
        return
    coming = [(day, _opens(slot, day, asked)) for day in on]
    first = next(
        ((d, at) for d, at in coming if at + timedelta(seconds=slot.window_s) > asked.now), None
    )
    if first is None:
        return
    day, opens = first
    size = sum(
        asked.stock.contents[s].size_bytes
        for s in set(slot.items)
        if s in asked.stock.contents and s not in delivery.held
    )
    need = timedelta(seconds=size * 8 / (max(delivery.line_kbps, 1) * 1_000))
    left = opens - asked.now
    if left < need + LEAD:
        begins = f"bắt đầu sau {_minutes(left)}" if left > timedelta(0) else "đã đến giờ"
        fetch = f", còn phải tải {_megabytes(size)} (khoảng {_minutes(need)})" if size else ""
        why = (
            f"“{slot.title}” {begins}{fetch}: không kịp gửi xuống cụm loa cho lần phát {day:%d/%m}."
        )
        yield _finding(Code.NO_TIME, slot, [day], why)
    elif delivery.offline and left < timedelta(hours=24):
        why = (
            f"{delivery.offline}/{delivery.appliances} cụm loa đang mất liên lạc: có thể không nhận kịp "
            f"“{slot.title}” cho lần phát {opens.astimezone(ZoneInfo(asked.place.time_zone)):%H:%M, %d/%m}."
        )
        yield _finding(Code.OFFLINE, slot, [day], why)


def _opens(slot: Slot, day: date, asked: _Asked) -> datetime:
    return instant_of(day, slot.start, ZoneInfo(asked.place.time_zone))


# --- words ----------------------------------------------------------------------------------------


def _on(days: Sequence[date]) -> str:
    """Return on which days, as people say it: nothing for a whole week."""
    if len(days) >= WEEK_DAYS:
        return " mỗi ngày"
    if len(days) > _MOST_DAYS_NAMED:
        return f" ({', '.join(_weekday(day) for day in days)})"
    return " ngày " + ", ".join(f"{day:%d/%m}" for day in days)


def _weekday(day: date) -> str:
    return ("T2", "T3", "T4", "T5", "T6", "T7", "CN")[day.weekday()]


def _titles(titles: Sequence[str]) -> str:
    shown = ", ".join(f"“{title}”" for title in titles[:2])
    return f"{shown} và {len(titles) - 2} nội dung khác" if len(titles) > 2 else shown


def _minutes(span: timedelta) -> str:
    minutes, seconds = divmod(max(1, round(span.total_seconds())), 60)
    hours, minutes = divmod(minutes, 60)
    parts = [f"{hours} giờ"] if hours else []
    parts += [f"{minutes} phút"] if minutes else []
    parts += [f"{seconds} giây"] if seconds and not hours else []
    return " ".join(parts)


def _megabytes(size: int) -> str:
    return f"{max(size / 1_000_000, 0.1):.1f} MB".replace(".", ",")


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]


def by_slot(findings: Iterable[Finding]) -> Mapping[str, tuple[Finding, ...]]:
    """Return the warnings of each slot."""
    found: dict[str, list[Finding]] = {}
    for finding in findings:
        found.setdefault(finding.slot, []).append(finding)
    return {slot: tuple(told) for slot, told in found.items()}
