"""The week as a picture: what the planner says, laid out in seven columns with the hours downwards.

Law of the room: pure geometry over `WeekView`; nothing is judged here. Hours in which nothing is planned are
drawn short, so that the busy ones are legible on a phone. Heights are in CSS pixels.
"""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import msgspec

from central.services.console_views import WeekView
from contract.calendar import LunarDay, lunar_of
from contract.documents import Level, Policy
from contract.planner import Planned

IDLE_PX: Final = 13
BUSY_PX: Final = 72
LEAST_PX: Final = 15
HEAD_PX: Final = 4
_JOIN: Final = timedelta(seconds=90)
_DAY_MIN: Final = 24 * 60


class Block(msgspec.Struct, frozen=True, kw_only=True):
    """One piece of a day: where it is drawn, and what it says."""

    top_px: float
    height_px: float
    left_pct: float
    width_pct: float
    slot: str
    title: str
    start: datetime
    end: datetime
    tone: str
    short_why: str
    why: str
    live: bool = False


class Column(msgspec.Struct, frozen=True, kw_only=True):
    """One day."""

    day: date
    lunar: LunarDay
    today: bool
    blocks: tuple[Block, ...]
    hush: tuple[tuple[float, float], ...]
    now_px: float | None


class Hour(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the scale; `name` is empty where there is no room for it."""

    top_px: float
    name: str


class Picture(msgspec.Struct, frozen=True, kw_only=True):
    """All that the template draws."""

    columns: tuple[Column, ...]
    hours: tuple[Hour, ...]
    height_px: float
    empty: bool


class _Piece(msgspec.Struct, frozen=True):
    start: datetime
    end: datetime
    planned: Planned


_SHORT: Final = {
    "quiet-hours": "giờ yên tĩnh",
    "session-quota": "hết phút của buổi",
    "day-quota": "hết phút của ngày",
}


def picture(week: WeekView, now: datetime) -> Picture:
    """Return the picture of a week."""
    zone = ZoneInfo(week.time_zone)
    joined = [_joined(day) for day in week.days]
    scale = Scale(_busy_hours(joined, zone))
    today = now.astimezone(zone).date()
    titles = {p.slot.id: p.slot.title for day in week.days for p in day}
    columns = []
    for number, pieces in enumerate(joined):
        day = week.first + timedelta(days=number)
        columns.append(
            Column(
                day=day,
                lunar=lunar_of(day),
                today=day == today,
                blocks=_blocks(pieces, day, zone, scale, titles),
                hush=hush_of(week.policy, scale),
                now_px=scale.y(minutes_of(now, day, zone)) if day == today else None,
            )
        )
    return Picture(
        columns=tuple(columns),
        hours=scale.hours(),
        height_px=scale.height_px,
        empty=not any(joined),
    )


class Scale:
    """Minutes of the day to pixels: hours in use are tall, `waking` ones at least so high, all others short."""

    def __init__(
        self, busy: frozenset[int], waking: frozenset[int] = frozenset(), waking_px: int = IDLE_PX
    ) -> None:
        self._heights = [
            BUSY_PX if hour in busy else waking_px if hour in waking else IDLE_PX
            for hour in range(24)
        ]
        self._tops = [HEAD_PX + sum(self._heights[:hour]) for hour in range(25)]
        self.height_px = float(self._tops[24] + HEAD_PX)

    @property
    def tops(self) -> tuple[int, ...]:
        """Return where each hour begins, and where the day ends."""
        return tuple(self._tops)

    def y(self, minutes: float) -> float:
        """Return where a minute of the day lies."""
        held = min(max(minutes, 0.0), float(_DAY_MIN))
        hour = min(int(held // 60), 23)
        part = (held - hour * 60) / 60
        return round(self._tops[hour] + part * self._heights[hour], 1)

    def hours(self) -> tuple[Hour, ...]:
        """Return a line per hour, named where the name has room."""
        lines = []
        last = -100
        for hour in range(24):
            roomy = self._tops[hour] - last >= 20
            named = roomy and (hour % 3 == 0 or self._heights[hour] == BUSY_PX)
            if named:
                last = self._tops[hour]
            lines.append(Hour(top_px=self._tops[hour], name=f"{hour:02}" if named else ""))
        return tuple(lines)


def _joined(day: Sequence[Planned]) -> list[_Piece]:
    """Return the pieces of one slot that follow each other with the same fate, as one."""
    found: list[_Piece] = []
    newest: dict[tuple[str, str, str | None], int] = {}
    for planned in day:
        fate = (planned.slot.id, planned.verdict.code, planned.displaced_by)
        at = newest.get(fate)
        gap = timedelta(seconds=planned.slot.gap_s) + _JOIN
        if at is not None and planned.start - found[at].end <= gap:
            before = found[at]
            found[at] = _Piece(before.start, max(before.end, planned.end), before.planned)
        else:
            newest[fate] = len(found)
            found.append(_Piece(planned.start, planned.end, planned))
    return sorted(found, key=lambda p: (p.start, p.planned.slot.id))


def _busy_hours(days: Sequence[Sequence[_Piece]], zone: ZoneInfo) -> frozenset[int]:
    busy: set[int] = set()
    for pieces in days:
        for piece in pieces:
            start, end = piece.start.astimezone(zone), piece.end.astimezone(zone)
            last = end - timedelta(microseconds=1)
            hours = range(start.hour, last.hour + 1)
            busy.update(hours if last.date() == start.date() else range(start.hour, 24))
    return frozenset(busy)


def _blocks(
    pieces: Sequence[_Piece],
    day: date,
    zone: ZoneInfo,
    scale: Scale,
    titles: dict[str, str],
) -> tuple[Block, ...]:
    spans = []
    for piece in pieces:
        top = scale.y(minutes_of(piece.start, day, zone))
        spans.append((top, max(LEAST_PX, scale.y(minutes_of(piece.end, day, zone)) - top)))
    lanes, counts = lanes_of(spans)
    return tuple(
        Block(
            top_px=top,
            height_px=round(height, 1),
            left_pct=round(100 * lanes[i] / counts[i], 2),
            width_pct=round(100 / counts[i], 2),
            slot=piece.planned.slot.id,
            title=piece.planned.slot.title,
            start=piece.start,
            end=piece.end,
            tone=_tone(piece.planned),
            short_why=_short_why(piece.planned),
            why=_why(piece.planned, titles),
            live=piece.planned.slot.live is not None,
        )
        for i, (piece, (top, height)) in enumerate(zip(pieces, spans, strict=True))
    )


def lanes_of(spans: Sequence[tuple[float, float]]) -> tuple[list[int], list[int]]:
    """Return for each span its lane, and how many lanes its cluster of overlapping spans has."""
    lanes: list[int] = []
    counts = [1] * len(spans)
    cluster: list[int] = []
    ends: list[float] = []
    for i, (top, height) in enumerate(spans):
        if cluster and top >= max(ends) - 0.5:
            cluster, ends = [], []
        lane = next((n for n, end in enumerate(ends) if end <= top + 0.5), len(ends))
        if lane == len(ends):
            ends.append(0.0)
        ends[lane] = top + height
        lanes.append(lane)
        cluster.append(i)
        for member in cluster:
            counts[member] = len(ends)
    return lanes, counts


def hush_of(policy: Policy, scale: Scale) -> tuple[tuple[float, float], ...]:
    """Return top and height of the quiet hours of a day."""
    found = []
    for rule in policy.quiet:
        start, end = _of_day(rule.start), _of_day(rule.end)
        spans = [(start, end)] if start < end else [(0.0, end), (start, float(_DAY_MIN))]
        found += [(scale.y(a), round(scale.y(b) - scale.y(a), 1)) for a, b in spans if a < b]
    return tuple(found)


def _of_day(at: time) -> float:
    return at.hour * 60 + at.minute + at.second / 60


def minutes_of(at: datetime, day: date, zone: ZoneInfo) -> float:
    """Return how many minutes after the midnight that opens `day` an instant lies."""
    local = at.astimezone(zone)
    whole_days = (local.date() - day).days
    return whole_days * _DAY_MIN + _of_day(local.time())


def _tone(planned: Planned) -> str:
    if not planned.sounds:
        return "no"
    return "first" if planned.slot.level is Level.PRIORITY else "usual"


def _short_why(planned: Planned) -> str:
    if planned.displaced_by is not None:
        return "trùng lịch"
    return _SHORT.get(planned.verdict.code, "")


def _why(planned: Planned, titles: dict[str, str]) -> str:
    if planned.displaced_by is not None:
        return (
            f"Trùng lịch phát, nhường “{titles.get(planned.displaced_by, planned.displaced_by)}”."
        )
    return planned.verdict.why
