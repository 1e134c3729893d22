"""The largest size at which a text fits its box, and how many pages it takes where none does.

Law of the room: arithmetic over a measure. A size is never below the smallest that can be read while pages can
be added instead; it goes below only where not even one line or one syllable would fit, and then the caller is
told.
"""

from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

from render.lines import Line, Wrapped, balanced, wrap
from render.measures import Measures, pitch_px
from render.stage import FLOOR_PX

HEADING: Final = 1.25  # a heading beside its text
_SYLLABLES_PER_S: Final = 2.5  # walking by, half of what is read at a desk
_TO_NOTICE_S: Final = 2.0
_LEAST_PAGE_S: Final = 5.0
_LINES_FOR_LARGER: Final = 5  # a box of fewer lines has its heading in the text's own size
_FEW_WORDS: Final = 24
_MOST_HEADING: Final = 0.5  # of a page; a longer heading has pages of its own

Paragraphs = Sequence[Sequence[str]]


class Placed(NamedTuple):
    """One line of a page; `top` counts from the top of the box to the top of the line."""

    text: str
    top: int
    size_px: int
    heading: bool


class Fitted(NamedTuple):
    """Pages of lines, the size of the text, and the words that had to be cut."""

    size_px: int
    heading_px: int
    pages: tuple[tuple[Placed, ...], ...]
    heights: tuple[int, ...]
    cut: tuple[str, ...]


class Room(NamedTuple):
    """A box's size, and the sizes of letters that may be tried in it, all in pixels."""

    width: int
    height: int
    least_px: int
    most_px: int


class _Flow(NamedTuple):
    heading: Wrapped
    text: Wrapped
    size_px: int
    heading_px: int


def fit(heading: Paragraphs, text: Paragraphs, room: Room, measures: Measures) -> Fitted:
    """Return heading and text, each page with the heading, in the largest letters that need the fewest pages."""

    def pages_at(size_px: int) -> Fitted:
        return _paged(_flow(heading, text, room, measures, size_px), room, measures)

    least = _possible(heading, text, room, measures)
    small = pages_at(least)
    wanted, cut = len(small.pages), len(small.cut)

    def good(size_px: int) -> bool:
        found = pages_at(size_px)
        return len(found.pages) <= wanted and len(found.cut) <= cut and _tall(found) <= room.height

    best = largest(least, max(least, room.most_px), good)
    return small if best == least else pages_at(best)


def largest(least: int, most: int, good: Callable[[int], bool]) -> int:
    """Return the largest size from `least` to `most` that is good, `least` where no other is found."""
    low, high = least, most
    while low < high:
        middle = (low + high + 1) // 2
        if good(middle):
            low = middle
        else:
            high = middle - 1
    return low


def reading_s(syllables: int) -> float:
    """Return how long a page with so many syllables stands so that a person who walks by reads it."""
    return max(_LEAST_PAGE_S, round(_TO_NOTICE_S + syllables / _SYLLABLES_PER_S, 1))


def heading_size(size_px: int) -> int:
    """Return the size of a heading beside text of a size."""
    return round(size_px * HEADING)


def _possible(heading: Paragraphs, text: Paragraphs, room: Room, measures: Measures) -> int:
    """Return the smallest readable size, or a smaller one where not a line or a syllable would fit."""

    def holds(size_px: int) -> bool:
        flow = _flow(heading, text, room, measures, size_px)
        sizes = [flow.heading_px] * bool(heading) + [size_px] * bool(text)
        tall = max((pitch_px(measures, size) for size in sizes), default=0)
        return tall <= room.height and flow.heading.hurt + flow.text.hurt == 0

    if room.least_px <= FLOOR_PX or holds(room.least_px):
        return room.least_px
    return largest(FLOOR_PX, room.least_px, holds)


def _flow(
    heading: Paragraphs, text: Paragraphs, room: Room, measures: Measures, size_px: int
) -> _Flow:
    low = room.height < _LINES_FOR_LARGER * pitch_px(measures, room.least_px)
    bold_px = heading_size(size_px) if text and not low else size_px
    even = balanced if len(text) == 1 and len(text[0]) <= _FEW_WORDS else wrap
    return _Flow(
        balanced(heading, room.width, lambda part: measures.width_px(part, bold_px, bold=True)),
        even(text, room.width, lambda part: measures.width_px(part, size_px, bold=False)),
        size_px,
        bold_px,
    )


def _paged(flow: _Flow, room: Room, measures: Measures) -> Fitted:
    """Return the flow cut into pages of the room's height."""
    heading = _stacked(flow.heading.lines, flow.heading_px, measures, heading=True)
    below = _height(heading, measures)
    pages: list[tuple[Placed, ...]] = []
    gap = flow.size_px // 2
    if below > room.height * _MOST_HEADING and flow.text.lines:
        pages += _split(flow.heading.lines, flow.heading_px, room.height, measures, heading=True)
        heading, below = [], 0
    elif heading and not flow.text.lines:
        pages += _split(flow.heading.lines, flow.heading_px, room.height, measures, heading=True)
        heading = []
    above = below + gap if heading else 0
    for page in _split(flow.text.lines, flow.size_px, room.height - above, measures, heading=False):
        pages.append((*heading, *(one._replace(top=one.top + above) for one in page)))
    return Fitted(
        flow.size_px,
        flow.heading_px,
        tuple(pages),
        tuple(_height(page, measures) for page in pages),
        flow.heading.cut + flow.text.cut,
    )


def _split(
    lines: Sequence[Line], size_px: int, height: int, measures: Measures, *, heading: bool
) -> list[tuple[Placed, ...]]:
    """Return lines in pages of a height; a page holds one line at least."""
    pages: list[tuple[Placed, ...]] = []
    begin = 0
    while begin < len(lines):
        end = begin + 1
        while end < len(lines):
            stacked = _stacked(lines[begin : end + 1], size_px, measures, heading=heading)
            if _height(stacked, measures) > height:
                break
            end += 1
        pages.append(tuple(_stacked(lines[begin:end], size_px, measures, heading=heading)))
        begin = end
    return pages


def _stacked(
    lines: Sequence[Line], size_px: int, measures: Measures, *, heading: bool
) -> list[Placed]:
    pitch, gap = pitch_px(measures, size_px), size_px // 3
    found: list[Placed] = []
    top = 0
    for number, line in enumerate(lines):
        top += gap if number and line.begins and not heading else 0
        found.append(Placed(line.text, top, size_px, heading))
        top += pitch
    return found


def _height(page: Sequence[Placed], measures: Measures) -> int:
    if not page:
        return 0
    extent = measures.extent(page[-1].size_px)
    return page[-1].top + extent.above_px + extent.below_px


def _tall(found: Fitted) -> int:
    return max(found.heights, default=0)
