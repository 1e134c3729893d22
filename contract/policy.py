"""What an appliance may never do: quiet hours, minutes and volume caps, as pure answers.

Law of the room: the policy filters every rank below emergency, whatever a schedule says; it never
looks at what would sound, only at when, how strongly, and how much has sounded already. A session is
one window of one slot. A span of wall time belongs to the day it starts and its end is exclusive; one
that ends as it starts lasts the whole day.
"""

from collections.abc import Iterable, Iterator
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Final, Literal
from zoneinfo import ZoneInfo

import msgspec

from contract.calendar import instant_of, local_day, midnight_after
from contract.documents import Policy, QuietHours, Rank, VolumeCap

Code = Literal["", "quiet-hours", "session-quota", "day-quota", "late"]  # "late" is the planner's

_A_DAY: Final = timedelta(days=1)
_NOTHING: Final = timedelta(0)


class Verdict(msgspec.Struct, frozen=True):
    """Whether something may sound, the rule in one Vietnamese sentence, and until when that holds.

    `until` is the first instant at which the answer may change, reckoned for an allowed one as if it
    sounds from now on, and another reason to refuse is a change too; None when time alone never
    changes it, as for a session that is used up where no hours are quiet.
    """

    allowed: bool
    code: Code = ""
    why: str = ""
    until: datetime | None = None


def verdict(
    policy: Policy,
    time_zone: str,
    instant: datetime,
    rank: Rank,
    session_sounded_s: float,
    day_sounded_s: float,
) -> Verdict:
    """Return whether `rank` may sound at `instant`, after so much sound in this session and day.

    Silence and every emergency are always allowed.
    """
    if rank is Rank.SILENCE or rank >= Rank.EMERGENCY_COMMUNE:
        return Verdict(allowed=True)
    spans = _quiet_spans(policy.quiet, time_zone, _day(instant, time_zone))
    for span in spans:
        if span.start <= instant < span.end:
            return _refused_by_quiet(span, _end_of_touching(spans, span, instant), time_zone)
    quiet_from = min((span.start for span in spans if span.start > instant), default=None)
    changes = [quiet_from] if quiet_from is not None else []
    if policy.max_minutes_per_day:
        left = timedelta(minutes=policy.max_minutes_per_day, seconds=-day_sounded_s)
        if left <= _NOTHING:
            midnight = midnight_after(_day(instant, time_zone), ZoneInfo(time_zone))
            why = f"Đã phát đủ {policy.max_minutes_per_day} phút của ngày; được phát lại từ 00:00."
            until = min([midnight, *changes])
            return Verdict(allowed=False, code="day-quota", why=why, until=until)
        changes.append(instant + left)
    if policy.max_minutes_per_session:
        left = timedelta(minutes=policy.max_minutes_per_session, seconds=-session_sounded_s)
        if left <= _NOTHING:
            why = f"Đã phát đủ {policy.max_minutes_per_session} phút của một buổi phát."
            return Verdict(allowed=False, code="session-quota", why=why, until=quiet_from)
        changes.append(instant + left)
    return Verdict(allowed=True, until=min(changes, default=None))


def volume_cap_pct(policy: Policy, time_zone: str, instant: datetime, rank: Rank) -> int:
    """Return the loudest volume allowed at `instant` in percent; emergencies have their own cap."""
    if rank >= Rank.EMERGENCY_COMMUNE:
        return policy.emergency_cap_pct
    spans = _cap_spans(policy.volume_caps, time_zone, _day(instant, time_zone))
    return min((s.max_pct for s in spans if s.start <= instant < s.end), default=100)


def next_change(policy: Policy, time_zone: str, instant: datetime) -> datetime:
    """Return the next edge of quiet hours or volume caps, at the latest the next local midnight."""
    day = _day(instant, time_zone)
    edges = [midnight_after(day, ZoneInfo(time_zone))]
    for span in (
        *_quiet_spans(policy.quiet, time_zone, day),
        *_cap_spans(policy.volume_caps, time_zone, day),
    ):
        edges += (span.start, span.end)
    return min(edge for edge in edges if edge > instant)


# --- spans of wall time ---------------------------------------------------------------------------


class _Span(msgspec.Struct, frozen=True):
    """A rule's span laid on one day; `words` name its hours, `max_pct` its cap."""

    start: datetime
    end: datetime
    words: str
    max_pct: int = 100


@lru_cache(maxsize=64)
def _quiet_spans(quiet: tuple[QuietHours, ...], time_zone: str, day: date) -> tuple[_Span, ...]:
    return tuple(
        _Span(start, end, hours_words(rule.start, rule.end))
        for rule in quiet
        for start, end in _around(rule.start, rule.end, day, ZoneInfo(time_zone))
    )


@lru_cache(maxsize=64)
def _cap_spans(caps: tuple[VolumeCap, ...], time_zone: str, day: date) -> tuple[_Span, ...]:
    return tuple(
        _Span(start, end, hours_words(rule.start, rule.end), rule.max_pct)
        for rule in caps
        for start, end in _around(rule.start, rule.end, day, ZoneInfo(time_zone))
    )


def _around(
    start: time, end: time, day: date, zone: ZoneInfo
) -> Iterator[tuple[datetime, datetime]]:
    """Yield the spans that matter on `day`: those that start the day before, that day and after."""
    for first in (day - _A_DAY, day, day + _A_DAY):
        last = first + _A_DAY if end <= start else first
        yield instant_of(first, start, zone), instant_of(last, end, zone)


def _end_of_touching(spans: Iterable[_Span], held: _Span, instant: datetime) -> datetime | None:
    """Return when quiet ends, across rules that touch or overlap; None when it lasts over a day."""
    end, grown = held.end, True
    while grown:
        later = max((s.end for s in spans if s.start <= end < s.end), default=end)
        grown, end = later > end, later
    return end if end - instant <= _A_DAY else None


# --- answers --------------------------------------------------------------------------------------


def hours_words(start: time | datetime, end: time | datetime) -> str:
    """Return hours as a Vietnamese reader writes them, such as 21:00-05:30 with an en dash."""
    return f"{start:%H:%M}–{end:%H:%M}"


def _refused_by_quiet(held: _Span, until: datetime | None, time_zone: str) -> Verdict:
    why = f"Giờ yên tĩnh {held.words}: chỉ được phát khẩn cấp"
    if until is not None:
        why += f"; được phát lại từ {until.astimezone(ZoneInfo(time_zone)):%H:%M}"
    return Verdict(allowed=False, code="quiet-hours", why=f"{why}.", until=until)


def _day(instant: datetime, time_zone: str) -> date:
    return local_day(instant, ZoneInfo(time_zone))
