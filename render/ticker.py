"""The line that runs below, and the bar above: what of a board changes while a page stands.

Law of the room: the line is painted once, as one long strip; where it stands at an instant is arithmetic, whole
pixels at thirty pictures a second, so that it never trembles. The bar is a value of the minute that is passed
in.
"""

from datetime import datetime
from typing import Final, NamedTuple

from contract.calendar import FIRST_LUNAR_DAY, LAST_LUNAR_DAY, lunar_of
from render.measures import Measures
from render.pages import Box, Fill, Ink, Item
from render.wording import one_line

RATE: Final = 30  # pictures a second that the slowest board manages
LONG_ROUND_S: Final = 60.0
TICKER_GROUND: Final = "#000000"
TICKER_INK: Final = "#ffffff"
BAR_GROUND: Final = "#13315c"
BAR_INK: Final = "#ffffff"
_ALTERNATE_S: Final = 10
_EMS_PER_S: Final = 4  # two or three syllables
_DAYS: Final = ("Thứ Hai", "Thứ Ba", "Thứ Tư", "Thứ Năm", "Thứ Sáu", "Thứ Bảy", "Chủ Nhật")


class Strip(NamedTuple):
    """The whole running line: a picture of `length_px` x `height_px`, and how fast it goes by."""

    length_px: int
    height_px: int
    view_px: int
    speed_px_s: int
    items: tuple[Item, ...]

    @property
    def round_s(self) -> float:
        """How long until the line begins anew."""
        return self.length_px / self.speed_px_s


def strip(text: str, box: Box, size_px: int, measures: Measures) -> Strip | None:
    """Return the running line of a text; None where it says nothing."""
    words = one_line(text, measures.knows).text
    if not words:
        return None
    wide = measures.width_px(words, size_px, bold=True)
    length = max(wide + box.width // 3, box.width + size_px)
    extent = measures.extent(size_px)
    base = (box.height - extent.above_px - extent.below_px) // 2 + extent.above_px
    items: tuple[Item, ...] = (
        Fill(Box(0, 0, length, box.height), TICKER_GROUND),
        Ink(words, 0, base, size_px, True, TICKER_INK),
    )
    speed = RATE * max(1, round(size_px * _EMS_PER_S / RATE))
    return Strip(length, box.height, box.width, speed, items)


def offset_px(line: Strip, elapsed_s: float) -> int:
    """Return which column of the strip stands at the left edge, so long after the line began at the right edge."""
    return (int(elapsed_s * line.speed_px_s) - line.view_px) % line.length_px


def bar(place: str, at: datetime, box: Box, size_px: int, measures: Measures) -> tuple[Item, ...]:
    """Return the bar at an instant of the board's own wall clock: place, date, lunar date, clock.

    Where they do not fit side by side, what is left of the clock changes every ten seconds; where one of them is
    too wide alone it is set smaller, for nothing is cut.
    """
    clock = f"{at:%H:%M}"
    room = box.width - 2 * (size_px // 3)
    right = measures.width_px(clock, size_px, bold=True)
    left = room - right - size_px
    parts = [part for part in (one_line(place, measures.knows).text, *dates(at)) if part]
    shown = _side_by_side(parts, left, size_px, measures)
    text = shown[int(at.timestamp()) // _ALTERNATE_S % len(shown)]
    small = size_px
    while small > 1 and measures.width_px(text, small, bold=False) > left:
        small -= 1
    extent = measures.extent(size_px)
    base = box.top + (box.height - extent.above_px - extent.below_px) // 2 + extent.above_px
    begin = box.left + size_px // 3
    return (
        Fill(box, BAR_GROUND),
        Ink(text, begin, base, small, False, BAR_INK),
        Ink(clock, begin + room - right, base, size_px, True, BAR_INK),
    )


def dates(at: datetime) -> tuple[str, ...]:
    """Return the date and, where the calendar reaches, the lunar date as people write it."""
    day = at.date()
    solar = f"{_DAYS[day.weekday()]} {day.day}/{day.month}/{day.year}"
    if not FIRST_LUNAR_DAY <= day <= LAST_LUNAR_DAY:
        return (solar,)
    lunar = lunar_of(day)
    leap = " nhuận" if lunar.leap else ""
    return solar, f"{lunar.day}/{lunar.month}{leap} ÂL"


def _side_by_side(parts: list[str], room_px: int, size_px: int, measures: Measures) -> list[str]:
    """Return as few texts as hold all the parts in their order, each as wide as the room where that can be."""
    found: list[str] = []
    for part in parts:
        joined = f"{found[-1]} · {part}" if found else part
        if found and measures.width_px(joined, size_px, bold=False) <= room_px:
            found[-1] = joined
        else:
            found.append(part)
    return found
