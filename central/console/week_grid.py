"""The planner's grid: every window of the week as a frame that can be taken hold of, whosever it is.

Law of the room: pure geometry over `PlannedWeek`; nothing is judged here. A frame is the window; the bars in it are
what sounds, what is hatched stays silent. Heights are in CSS pixels, lengths in minutes.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import msgspec

from central.console.week import (
    LEAST_PX,
    Hour,
    Scale,
    hush_of,
    lanes_of,
    minutes_of,
)
from central.domain.planning import hours_of, seen_of, start_s
from central.domain.planning_warnings import Code, Finding, Tone, by_slot
from central.domain.states import SlotPhase, SlotState
from central.services.planning_views import PlannedWeek
from contract.calendar import LunarDay, lunar_of, occurs_on, slot_occurs_on
from contract.documents import DAY_S, Level, Once
from contract.planner import Planned

WAKING: Final = frozenset(range(5, 22))
WAKING_PX: Final = 30
BAR_PX: Final = 3.0
_SHORT: Final = {
    Code.QUIET_HOURS: "giờ yên tĩnh",
    Code.OVERLAP: "trùng lịch",
    Code.SESSION_QUOTA: "hết phút của buổi",
    Code.DAY_QUOTA: "hết phút của ngày",
    Code.NOT_APPROVED: "chưa duyệt",
    Code.EMPTY: "trống",
    Code.NO_ZONE: "không có vùng loa",
    Code.LATE: "trễ",
    Code.EXPIRES: "hết hạn duyệt",
}


class Frame(msgspec.Struct, frozen=True, kw_only=True):
    """One window on one day: where it is drawn, whose it is, and what becomes of it.

    `tone` is usual or first where it sounds, no where it stays silent, skipped where the date is left out.
    """

    slot: str
    seen: str
    day: date
    title: str
    hours: str
    start_min: int
    length_min: int
    top_px: float
    height_px: float
    left_pct: float
    width_pct: float
    tone: str
    live: bool
    once: bool
    own: bool
    owner: str
    depth: int
    draft: bool
    short_why: str
    why: str
    alerts: int
    bars: tuple[tuple[float, float], ...]
    silent: tuple[tuple[float, float], ...]

    @property
    def partly(self) -> bool:
        """Return whether some of it sounds and some does not."""
        return bool(self.bars and self.silent)


class GridColumn(msgspec.Struct, frozen=True, kw_only=True):
    """One day."""

    day: date
    lunar: LunarDay
    today: bool
    frames: tuple[Frame, ...]
    hush: tuple[tuple[float, float], ...]
    now_px: float | None


class Grid(msgspec.Struct, frozen=True, kw_only=True):
    """All that the template draws; `tops` are where the hours begin, for scripts."""

    columns: tuple[GridColumn, ...]
    hours: tuple[Hour, ...]
    tops: tuple[int, ...]
    height_px: float
    empty: bool
    owners: tuple[str, ...]


def grid(week: PlannedWeek, area: str, now: datetime) -> Grid:
    """Return the grid of an area's week; frames of other areas are inherited."""
    view = week.view
    zone = ZoneInfo(view.time_zone)
    states = [state for state in week.slots if state.phase is not SlotPhase.DELETED]
    days = [view.first + timedelta(days=n) for n in range(len(view.days))]
    busy = frozenset(
        hour % 24
        for state in states
        for day in days
        if slot_occurs_on(state.slot, day)
        for hour in _hours(state)
    )
    scale = Scale(busy, WAKING, WAKING_PX)
    told = by_slot(week.findings)
    today = now.astimezone(zone).date()
    columns = tuple(
        GridColumn(
            day=day,
            lunar=lunar_of(day),
            today=day == today,
            frames=_frames(states, day, view.days[n], told, area, zone, scale),
            hush=hush_of(view.policy, scale),
            now_px=scale.y(minutes_of(now, day, zone)) if day == today else None,
        )
        for n, day in enumerate(days)
    )
    frames = [frame for column in columns for frame in column.frames]
    return Grid(
        columns=columns,
        hours=scale.hours(),
        tops=scale.tops,
        height_px=scale.height_px,
        empty=not frames,
        owners=tuple(sorted({frame.owner for frame in frames})),
    )


def _hours(state: SlotState) -> range:
    start = start_s(state.slot)
    end = min(start + state.slot.window_s, DAY_S)
    return range(start // 3600, max(start // 3600 + 1, (end + 3599) // 3600))


def _frames(
    states: Sequence[SlotState],
    day: date,
    pieces: Sequence[Planned],
    told: Mapping[str, Sequence[Finding]],
    area: str,
    zone: ZoneInfo,
    scale: Scale,
) -> tuple[Frame, ...]:
    here = [s for s in states if slot_occurs_on(s.slot, day) or _is_skipped(s, day, area)]
    here.sort(key=lambda s: (start_s(s.slot), s.slot.id))
    spans = []
    for state in here:
        top = scale.y(start_s(state.slot) / 60)
        bottom = scale.y(min(start_s(state.slot) + state.slot.window_s, DAY_S) / 60)
        spans.append((top, max(LEAST_PX, bottom - top)))
    lanes, counts = lanes_of(spans)
    found = []
    for n, state in enumerate(here):
        own_pieces = [p for p in pieces if p.slot.id == state.slot.id]
        findings = [f for f in told.get(state.slot.id, ()) if day in f.days]
        tone, short, why = _fate(state, day, own_pieces, findings)
        top, height = spans[n]
        found.append(
            Frame(
                slot=state.slot.id,
                seen=seen_of(state),
                day=day,
                title=state.slot.title,
                hours=hours_of(state.slot),
                start_min=start_s(state.slot) // 60,
                length_min=max(1, state.slot.window_s // 60),
                top_px=top,
                height_px=round(height, 1),
                left_pct=round(100 * lanes[n] / counts[n], 2),
                width_pct=round(100 / counts[n], 2),
                tone=tone,
                live=state.slot.live is not None,
                once=isinstance(state.slot.recurrence, Once),
                own=state.area == area,
                owner=state.area,
                depth=min(state.area.count("/"), 2),
                draft=state.phase is not SlotPhase.PUBLISHED,
                short_why=short,
                why=why,
                alerts=sum(f.tone is not Tone.INFO for f in findings),
                bars=_spans([p for p in own_pieces if p.sounds], day, zone, scale),
                silent=_spans([p for p in own_pieces if not p.sounds], day, zone, scale),
            )
        )
    return tuple(found)


def _is_skipped(state: SlotState, day: date, area: str) -> bool:
    """Return whether one of the area's own slots would be here, were the date not left out."""
    slot = state.slot
    inside = (slot.from_date or day) <= day <= (slot.until_date or day)
    excepted = day in slot.except_dates
    return state.area == area and excepted and inside and occurs_on(slot.recurrence, day)


def _fate(
    state: SlotState, day: date, pieces: Sequence[Planned], findings: Sequence[Finding]
) -> tuple[str, str, str]:
    """Return the tone of a frame, and why it is silent in a word and in a sentence."""
    if day in state.slot.except_dates:
        return "skipped", "bỏ qua", "Ngày này được bỏ qua."
    worst = next((f for f in findings if f.code in _SHORT), None)
    if not any(piece.sounds for piece in pieces):
        short = _SHORT.get(worst.code, "không phát") if worst is not None else "không phát"
        return "no", short, worst.why if worst is not None else ""
    tone = "first" if state.slot.level is Level.PRIORITY else "usual"
    silent = any(not piece.sounds for piece in pieces)
    return tone, "", worst.why if worst is not None and silent else ""


def _spans(
    pieces: Sequence[Planned], day: date, zone: ZoneInfo, scale: Scale
) -> tuple[tuple[float, float], ...]:
    """Return top and height of pieces, those that follow each other as one."""
    found: list[tuple[float, float]] = []
    for piece in sorted(pieces, key=lambda p: p.start):
        top = scale.y(minutes_of(piece.start, day, zone))
        height = max(BAR_PX, scale.y(minutes_of(piece.end, day, zone)) - top)
        if found and top <= found[-1][0] + found[-1][1] + 1:
            above = found[-1][0]
            found[-1] = (above, round(top + height - above, 1))
        else:
            found.append((top, round(height, 1)))
    return tuple(found)
