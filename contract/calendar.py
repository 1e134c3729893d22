"""Days: the Vietnamese lunar calendar, and on which days a slot occurs.

Law of the room: dates in, dates out; no clock. Wall times become instants here and nowhere else.
"""

from bisect import bisect_right
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from itertools import pairwise
from typing import Final, NamedTuple, assert_never
from zoneinfo import ZoneInfo

from contract.documents import Daily, Lunar, Monthly, Once, Recurrence, Slot, Weekdays, Yearly
from contract.moon import new_moon_day, sun_sector_at_midnight

FIRST_LUNAR_DAY: Final = date(1900, 1, 1)
LAST_LUNAR_DAY: Final = date(2199, 12, 31)
_A_DAY: Final = timedelta(days=1)
_WINTER_SOLSTICE_SECTOR: Final = 9  # the sun at 270 degrees, in sectors of 30


class LunarDay(NamedTuple):
    """A Vietnamese lunar day; `leap` marks the second of two months of one number."""

    day: int
    month: int
    leap: bool
    year: int


class _LunarMonth(NamedTuple):
    first: int  # ordinal of mùng 1
    month: int
    leap: bool
    year: int


@lru_cache(maxsize=1_024)
def lunar_of(day: date) -> LunarDay:
    """Return the lunar day of a solar `day` by the rules for Vietnam's UTC+7.

    Valid from 1900-01-01 to 2199-12-31.

    Raises:
        ValueError: the day lies outside; the caller's mistake.
    """
    if not FIRST_LUNAR_DAY <= day <= LAST_LUNAR_DAY:
        raise ValueError(f"no lunar date for {day}: the calendar covers 1900 to 2199")
    ordinal = day.toordinal()
    months = _months_to_solstice_of(day.year)
    if ordinal >= months[-1].first:  # the last entry is month 11, which opens the next round
        months = _months_to_solstice_of(day.year + 1)
    found = months[bisect_right(months, ordinal, key=lambda month: month.first) - 1]
    return LunarDay(ordinal - found.first + 1, found.month, found.leap, found.year)


@lru_cache(maxsize=64)
def _months_to_solstice_of(year: int) -> tuple[_LunarMonth, ...]:
    """Return the months from month 11 of `year - 1` to month 11 of `year`, both included.

    A month begins on the day of its new moon; month 11 holds the winter solstice; where 13 months
    lie between two of them, the first in which the sun enters no new sector of 30 degrees is leap.
    """
    begin, end = _moon_of_month_11(year - 1), _moon_of_month_11(year)
    firsts = [new_moon_day(moon) for moon in range(begin, end + 1)]
    leap_at = _leap_position(firsts) if end - begin == 13 else None
    months: list[_LunarMonth] = []
    number = 10
    for position, first in enumerate(firsts):
        leap = position == leap_at
        number += not leap
        month = (number - 1) % 12 + 1
        lunar_year = year - 1 if number <= 12 else year
        months.append(_LunarMonth(first, month, leap, lunar_year))
    return tuple(months)


def _leap_position(firsts: list[int]) -> int | None:
    sectors = [sun_sector_at_midnight(first) for first in firsts]
    moves = enumerate(pairwise(sectors))
    return next((position for position, (here, after) in moves if here == after), None)


def _moon_of_month_11(year: int) -> int:
    """Return the number of the new moon that opens the month of the winter solstice of `year`."""
    last_day = date(year, 12, 31).toordinal()
    moon = round((last_day - date(2000, 1, 6).toordinal()) / 29.530588861) + 1
    while new_moon_day(moon) > last_day:
        moon -= 1
    if sun_sector_at_midnight(new_moon_day(moon)) >= _WINTER_SOLSTICE_SECTOR:
        moon -= 1
    return moon


def occurs_on(recurrence: Recurrence, day: date) -> bool:
    """Return whether `day` belongs to `recurrence`; a lunar one never occurs outside 1900-2199."""
    match recurrence:
        case Once(on=on):
            return day == on
        case Daily():
            return True
        case Weekdays(days=days):
            return day.isoweekday() in days
        case Monthly(days=days):
            return day.day in days
        case Yearly(month=month, day=of_month):
            return (day.month, day.day) == (month, of_month)
        case Lunar(days=days, months=months):
            if not FIRST_LUNAR_DAY <= day <= LAST_LUNAR_DAY:
                return False
            lunar = lunar_of(day)
            return lunar.day in days and (not months or (lunar.month in months and not lunar.leap))
        case _:
            assert_never(recurrence)


def slot_occurs_on(slot: Slot, day: date) -> bool:
    """Return whether a window of `slot` starts on `day`: recurrence, first and last, exceptions."""
    if slot.from_date is not None and day < slot.from_date:
        return False
    if slot.until_date is not None and day > slot.until_date:
        return False
    return day not in slot.except_dates and occurs_on(slot.recurrence, day)


def instant_of(day: date, wall: time, zone: ZoneInfo) -> datetime:
    """Return the UTC instant of a wall time; in a gap it moves forward, of two the first counts."""
    return datetime.combine(day, wall.replace(fold=0), tzinfo=zone).astimezone(UTC)


def day_exists(day: date, zone: ZoneInfo) -> bool:
    """Return whether `zone` ever had this date; one that crosses the date line leaves a day out."""
    noon = datetime.combine(day, time(12), tzinfo=zone).astimezone(UTC)
    return noon.astimezone(zone).date() == day


def local_day(instant: datetime, zone: ZoneInfo) -> date:
    """Return the date on the wall of `zone` at `instant`."""
    return instant.astimezone(zone).date()


def midnight_after(day: date, zone: ZoneInfo) -> datetime:
    """Return the instant at which `day` ends in `zone`."""
    return instant_of(day + _A_DAY, time(0), zone)
