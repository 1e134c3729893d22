"""Small drawings of an appliance's history: the strip of days and lines of level and heat, as SVG parts.

Law of the room: pure; every drawing has its sentence beside it, so that nobody needs to see it.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

import msgspec

from central.domain.care_history import DayShown

WIDE: Final = 300.0
TALL: Final = 60.0
GOOD: Final = 0.98
FAIR: Final = 0.8


class Bar(msgspec.Struct, frozen=True):
    """One day of the strip: where it stands, how high, in which tone, and whether something went wrong."""

    x: float
    y: float
    height: float
    tone: str
    marked: bool
    day: DayShown


class Spark(msgspec.Struct, frozen=True):
    """A line over the last days: its path, the least, the most and the last value."""

    path: str
    least: float
    most: float
    last: float
    bound_y: float | None


def bars(days: Sequence[DayShown], tall: float = 44.0) -> tuple[Bar, ...]:
    """Return the strip of days on a width of `WIDE`; a day nobody knows of has no height."""
    step = WIDE / max(len(days), 1)
    found = []
    for number, day in enumerate(days):
        share = day.up or 0.0
        height = 0.0 if day.up is None else max(4.0, share * (tall - 8))
        tone = "" if share >= GOOD else "some" if share >= FAIR else "low"
        found.append(
            Bar(
                x=round(number * step, 2),
                y=round(tall - height, 2),
                height=round(height, 2),
                tone=tone,
                marked=bool(day.silent or day.unready),
                day=day,
            )
        )
    return tuple(found)


def spark(
    values: Sequence[tuple[datetime, float]],
    now: datetime,
    span: timedelta,
    *,
    bound: float | None = None,
) -> Spark | None:
    """Return a line through values of the last `span`; None where there are none. Gaps of hours are not drawn over."""
    if not values:
        return None
    numbers = [value for _, value in values]
    least, most = min(numbers), max(numbers)
    low = least if bound is None else min(least, bound)
    high = most if bound is None else max(most, bound)
    room = max(high - low, 1.0)
    begin = now - span

    def height(value: float) -> float:
        return round(TALL - 4 - (value - low) / room * (TALL - 8), 1)

    parts = []
    before: datetime | None = None
    for at, value in values:
        x = round((at - begin) / span * WIDE, 1)
        pen = "M" if before is None or at - before > timedelta(hours=6) else "L"
        parts.append(f"{pen}{x} {height(value)}")
        if pen == "M":
            parts.append("h0.1")
        before = at
    return Spark(
        path="".join(parts),
        least=least,
        most=most,
        last=numbers[-1],
        bound_y=None if bound is None else height(bound),
    )
