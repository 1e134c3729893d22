"""The slow oracle: what a programme plays, found by walking through it item by item.

Written apart from `contract.timeline` and `contract.planner`: no cache, no division, no search; wall times are
resolved by trying offsets, and a day is simulated second by second. Only the lunar date is shared.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple, assert_never
from zoneinfo import ZoneInfo

from contract.calendar import lunar_of
from contract.documents import (
    Daily,
    LateRule,
    Level,
    Lunar,
    Monthly,
    Once,
    Policy,
    Programme,
    Slot,
    Weekdays,
    Yearly,
)

SECOND = timedelta(seconds=1)
DAY = timedelta(days=1)


class Sounding(NamedTuple):
    """One item in one window: slot, day of the window, its bounds, number, content and span."""

    slot: Slot
    day: date
    opens: datetime
    closes: datetime
    number: int
    content: str
    since: datetime
    until: datetime


def opens_of(day: date, wall: time, zone: ZoneInfo) -> datetime | None:
    """Return when a wall time comes: the first of two; after a gap, as much later as the gap is long."""
    naive = datetime.combine(day, wall)
    around = [datetime.combine(day + DAY * n, time(12), tzinfo=UTC) for n in range(-2, 3)]
    offsets = [moment.astimezone(zone).utcoffset() or timedelta(0) for moment in around]
    tried = sorted((naive - offset).replace(tzinfo=UTC) for offset in offsets)
    right = [t for t in tried if t.astimezone(zone).replace(tzinfo=None) == naive]
    if right:
        return right[0]
    moved = (naive - offsets[0]).replace(tzinfo=UTC)
    skipped_whole_day = moved.astimezone(zone).replace(tzinfo=None) - naive >= DAY
    return None if skipped_whole_day else moved


def belongs(slot: Slot, day: date) -> bool:
    """Return whether a window of the slot starts on this day."""
    first, last = slot.from_date or date.min, slot.until_date or date.max
    if not first <= day <= last or any(day == left_out for left_out in slot.except_dates):
        return False
    rule = slot.recurrence
    match rule:
        case Once():
            return rule.on == day
        case Daily():
            return True
        case Weekdays():
            return day.weekday() + 1 in rule.days
        case Monthly():
            return day.day in rule.days
        case Yearly():
            return f"{day:%m-%d}" == f"{rule.month:02}-{rule.day:02}"
        case Lunar():
            moon = lunar_of(day)
            named = moon.month in rule.months and not moon.leap
            return moon.day in rule.days and (named or not rule.months)
        case _:
            assert_never(rule)


def soundings(programme: Programme, first: date, last: date) -> list[Sounding]:
    """Return every item of every window that starts on the days `first` to `last`."""
    zone = ZoneInfo(programme.time_zone)
    found: list[Sounding] = []
    for slot in programme.slots:
        day = first
        while day <= last:
            opens = opens_of(day, slot.start, zone) if belongs(slot, day) else None
            if opens is not None:
                found += _window(programme, slot, day, opens)
            day += DAY
    return found


def _window(programme: Programme, slot: Slot, day: date, opens: datetime) -> Iterator[Sounding]:
    length_ms = {c.sha256: c.duration_ms for c in programme.contents}
    closes = opens + timedelta(seconds=slot.window_s)
    at, index, rounds = opens, 0, 0
    while at < closes and (slot.loop or rounds < slot.repeat_count):
        for item in slot.items:
            end = at + timedelta(milliseconds=length_ms[item])
            cut = min(end, closes, programme.expires)
            if at < closes and max(at, programme.not_before) < cut:
                yield Sounding(slot, day, opens, closes, index, item, at, cut)
            at, index = end, index + 1
        at, rounds = at + timedelta(seconds=slot.gap_s), rounds + 1


def due_at(programme: Programme, all_of: list[Sounding], instant: datetime) -> list[Sounding]:
    """Return what is due at an instant, the winner first."""
    if not programme.not_before <= instant < programme.expires:
        return []
    due = [s for s in all_of if s.since <= instant < s.until]
    due.sort(key=lambda s: s.slot.id)
    due.sort(key=lambda s: s.opens, reverse=True)
    due.sort(key=lambda s: s.slot.order if s.slot.level is Level.PRIORITY else 5_000)
    return due


class Second(NamedTuple):
    """What one second of a simulated day holds for one item: heard, or why not."""

    at: datetime
    slot: str
    number: int
    heard: bool
    code: str
    displaced_by: str | None


def quiet(policy: Policy, at: datetime, zone: ZoneInfo) -> bool:
    """Return whether a wall clock without daylight saving stands in quiet hours."""
    wall = at.astimezone(zone).time()
    return any(
        q.start <= wall < q.end if q.start < q.end else wall >= q.start or wall < q.end
        for q in policy.quiet
    )


def simulate(programme: Programme, policy: Policy, day: date) -> set[Second]:
    """Live through the day before and `day`, second by second, and return the seconds of `day`.

    All starts, lengths and quotas must be whole seconds and the zone without daylight saving.
    """
    zone = ZoneInfo(programme.time_zone)
    begin = datetime.combine(day - DAY, time(0), tzinfo=zone).astimezone(UTC)
    all_of = soundings(programme, day - 3 * DAY, day + DAY)
    day_s = 0
    session_s: dict[tuple[str, date], int] = {}
    heard_before: tuple[str, datetime, int] | None = None
    seen: set[tuple[str, datetime, int]] = set()
    found: set[Second] = set()
    at = begin
    while at < begin + 2 * DAY:
        if at == begin + DAY:
            day_s = 0
        due = due_at(programme, all_of, at)
        if not due:
            later = [s.since for s in all_of if s.since > at] + [programme.not_before]
            stops = [t for t in (*later, begin + DAY, begin + 2 * DAY) if t > at]
            at = min(stops)
            continue
        winner: Sounding | None = None
        codes: list[tuple[Sounding, str, bool]] = []
        for item in due:
            session = session_s.get((item.slot.id, item.day), 0)
            code = _code(policy, quiet=quiet(policy, at, zone), session_s=session, day_s=day_s)
            name = (item.slot.id, item.opens, item.number)
            late = at - item.since > 5 * SECOND and item.slot.late is LateRule.SKIP
            carried_in = name not in seen and at == begin and item.since >= programme.not_before
            missed = late and name != heard_before and not carried_in
            seen.add(name)
            codes.append((item, code, missed))
            if winner is None and not code and not missed:
                winner = item
        for item, code, missed in codes:
            heard = item is winner
            by = winner.slot.id if winner is not None and not heard and not code else None
            if at >= begin + DAY:
                why = "missed" if missed and not code else code
                found.add(Second(at, item.slot.id, item.number, heard, why, None if missed else by))
        heard_before = None
        if winner is not None:
            heard_before = (winner.slot.id, winner.opens, winner.number)
            key = (winner.slot.id, winner.day)
            session_s[key] = session_s.get(key, 0) + 1
            day_s += 1
        at += SECOND
    return found


def _code(policy: Policy, *, quiet: bool, session_s: int, day_s: int) -> str:
    if quiet:
        return "quiet-hours"
    if policy.max_minutes_per_day and day_s >= policy.max_minutes_per_day * 60:
        return "day-quota"
    if policy.max_minutes_per_session and session_s >= policy.max_minutes_per_session * 60:
        return "session-quota"
    return ""
