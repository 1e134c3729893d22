"""Periods of reports: local days, weeks, months, quarters, years, or any days; and the fewest sums that cover them.

Law of the room: pure; days are the province's own.
"""

from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final

import msgspec

from central.domain.errors import Unacceptable
from central.domain.tally import DAY, ZONE, Span, month_after, month_of

LONGEST_DAYS: Final = 3_700


class PeriodKind(StrEnum):
    """How a period was chosen."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"
    RANGE = "range"


PERIOD_WORDS: Final = {
    PeriodKind.DAY: "ngày",
    PeriodKind.WEEK: "tuần",
    PeriodKind.MONTH: "tháng",
    PeriodKind.QUARTER: "quý",
    PeriodKind.YEAR: "năm",
    PeriodKind.RANGE: "từ – đến",
}


class Period(msgspec.Struct, frozen=True, kw_only=True):
    """Local days from `first` to `last`, both inside."""

    kind: PeriodKind
    first: date
    last: date

    @property
    def days(self) -> int:
        """Return how many days it has."""
        return (self.last - self.first).days + 1

    @property
    def before(self) -> "Period":
        """Return the period before, of the same kind; of a range, as many days."""
        end = self.first - DAY
        if self.kind is PeriodKind.RANGE:
            return Period(kind=self.kind, first=self.first - DAY * self.days, last=end)
        return period_of(self.kind, end)

    @property
    def after(self) -> "Period":
        """Return the period after, of the same kind; of a range, as many days."""
        start = self.last + DAY
        if self.kind is PeriodKind.RANGE:
            return Period(kind=self.kind, first=start, last=self.last + DAY * self.days)
        return period_of(self.kind, start)

    @property
    def name(self) -> str:
        """Return the period as an office writes it: Tháng 11/2026."""
        first, last = self.first, self.last
        match self.kind:
            case PeriodKind.DAY:
                return f"Ngày {first:%d/%m/%Y}"
            case PeriodKind.MONTH:
                return f"Tháng {first.month}/{first.year}"
            case PeriodKind.QUARTER:
                return f"Quý {['I', 'II', 'III', 'IV'][(first.month - 1) // 3]}/{first.year}"
            case PeriodKind.YEAR:
                return f"Năm {first.year}"
            case PeriodKind.WEEK | PeriodKind.RANGE:
                return f"Từ {first:%d/%m/%Y} đến {last:%d/%m/%Y}"


def period_of(kind: PeriodKind, day: date) -> Period:
    """Return the period of this kind that `day` lies in; a range of one day for `RANGE`."""
    first = last = day
    match kind:
        case PeriodKind.WEEK:
            first = day - DAY * day.weekday()
            last = first + 6 * DAY
        case PeriodKind.MONTH:
            first = month_of(day)
            last = month_after(first) - DAY
        case PeriodKind.QUARTER:
            first = date(day.year, 3 * ((day.month - 1) // 3) + 1, 1)
            last = month_after(month_of(first + timedelta(days=63))) - DAY
        case PeriodKind.YEAR:
            first, last = date(day.year, 1, 1), date(day.year, 12, 31)
        case PeriodKind.DAY | PeriodKind.RANGE:
            pass
    return Period(kind=kind, first=first, last=last)


def read_period(
    kind: str, day: str, first: str, last: str, *, now: datetime, usual: PeriodKind
) -> Period:
    """Return the period that a page or a system asks for; `usual` around today where it asks for none.

    Raises `Unacceptable` for dates that are none, that run backwards or that span more than ten years.
    """
    today = now.astimezone(ZONE).date()
    if first or last or kind == PeriodKind.RANGE:
        begin = _date(first) if first else today
        end = _date(last) if last else max(begin, today)
        if end < begin or (end - begin).days >= LONGEST_DAYS:
            why = "Kỳ báo cáo không đúng: ngày cuối phải sau ngày đầu, nhiều nhất mười năm."
            raise Unacceptable(why, "bad-period")
        return Period(kind=PeriodKind.RANGE, first=begin, last=end)
    chosen = next((known for known in PeriodKind if known.value == kind), usual)
    return period_of(chosen, _date(day) if day else today)


def _date(text: str) -> date:
    try:
        found = date.fromisoformat(text)
    except ValueError as fault:
        raise Unacceptable(
            f"“{text[:20]}” không phải là ngày (năm-tháng-ngày).", "bad-day"
        ) from fault
    if not 2000 <= found.year <= 2200:
        raise Unacceptable("Năm nằm ngoài khoảng 2000–2200.", "bad-day")
    return found


class Stretch(msgspec.Struct, frozen=True):
    """Rows of one span from `first` to `last`, by their day."""

    span: Span
    first: date
    last: date


def stretches(first: date, last: date) -> tuple[Stretch, ...]:
    """Return the fewest rows that count these days: whole months by month, what is left by day."""
    begin = first if first.day == 1 else month_after(month_of(first))
    end = month_of(last + DAY)  # exclusive
    if begin >= end:
        return (Stretch("d", first, last),)
    found = [Stretch("m", begin, month_of(end - DAY))]
    if first < begin:
        found.insert(0, Stretch("d", first, begin - DAY))
    if end <= last:
        found.append(Stretch("d", end, last))
    return tuple(found)


def long_stretches(first: date, last: date) -> tuple[Stretch, ...]:
    """Return the fewest rows where years are summed up too: whole years, what is left by month, and by day."""
    found: list[Stretch] = []
    for part in stretches(first, last):
        found += _by_year(part) if part.span == "m" else [part]
    return tuple(found)


def _by_year(months: Stretch) -> list[Stretch]:
    """Return a stretch of months with its whole years taken together."""
    first, last = months.first, months.last
    begin = first if first.month == 1 else date(first.year + 1, 1, 1)
    end = last if last.month == 12 else date(last.year - 1, 12, 1)
    if begin > end:
        return [months]
    found = [Stretch("y", begin, date(end.year, 1, 1))]
    if first < begin:
        found.append(Stretch("m", first, date(first.year, 12, 1)))
    if end < last:
        found.append(Stretch("m", date(last.year, 1, 1), last))
    return found
