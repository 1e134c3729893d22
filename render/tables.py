"""A timetable: columns as wide as what stands in them, rows that never part from their head.

Law of the room: arithmetic over a measure. Where even the smallest readable letters leave no room for the
columns there is no table; the caller writes each row as a sentence then.
"""

from collections.abc import Sequence
from typing import NamedTuple

from render.fitting import Paragraphs, Room, largest
from render.lines import wrap
from render.measures import Measures, pitch_px


class CellLine(NamedTuple):
    """One line of one cell; `left` and `top` count from the table's top left."""

    text: str
    left: int
    top: int
    bold: bool


class TablePage(NamedTuple):
    """The lines of a page, the tops of the rules between rows, and its height."""

    lines: tuple[CellLine, ...]
    rules: tuple[int, ...]
    height: int


class Table(NamedTuple):
    """A timetable in pages, all with letters of `size_px`."""

    size_px: int
    pages: tuple[TablePage, ...]


Cells = Sequence[Paragraphs]


def fit_table(head: Cells, rows: Sequence[Cells], room: Room, measures: Measures) -> Table | None:
    """Return the table in the largest letters that need the fewest pages; None where its columns do not fit."""

    def at(size_px: int) -> Table | None:
        return _set(head, rows, room, measures, size_px)

    small = at(room.least_px)
    if small is None:
        return None

    def good(size_px: int) -> bool:
        found = at(size_px)
        return found is not None and len(found.pages) <= len(small.pages)

    return at(largest(room.least_px, max(room.least_px, room.most_px), good)) or small


def _set(
    head: Cells, rows: Sequence[Cells], room: Room, measures: Measures, size_px: int
) -> Table | None:
    widths = _widths(head, rows, room.width, measures, size_px)
    if widths is None:
        return None
    top_rows = _row(head, widths, measures, size_px, bold=True)
    gap = max(2, size_px // 4)
    pages: list[TablePage] = []
    lines, rules, top = list(top_rows[0]), [top_rows[1] + gap // 2], top_rows[1] + gap
    begin = top
    for row in rows:
        cells, height = _row(row, widths, measures, size_px, bold=False)
        if top + height > room.height:
            if top == begin:
                return None  # one row is higher than a page
            pages.append(TablePage(tuple(lines), tuple(rules[:-1] or rules), top - gap))
            lines, rules, top = list(top_rows[0]), [top_rows[1] + gap // 2], begin
            if top + height > room.height:
                return None
        lines += [one._replace(top=one.top + top) for one in cells]
        top += height + gap
        rules.append(top - gap // 2 - gap % 2)
    pages.append(TablePage(tuple(lines), tuple(rules[:-1] or rules), top - gap))
    return Table(size_px, tuple(pages))


def _row(
    cells: Cells, widths: Sequence[tuple[int, int]], measures: Measures, size_px: int, *, bold: bool
) -> tuple[list[CellLine], int]:
    pitch = pitch_px(measures, size_px)
    found: list[CellLine] = []
    most = 1
    for cell, (left, width) in zip(cells, widths, strict=True):
        wrapped = wrap(cell, width, lambda part: measures.width_px(part, size_px, bold=bold))
        most = max(most, len(wrapped.lines))
        found += [
            CellLine(line.text, left, number * pitch, bold)
            for number, line in enumerate(wrapped.lines)
        ]
    return found, most * pitch


def _widths(
    head: Cells, rows: Sequence[Cells], width: int, measures: Measures, size_px: int
) -> list[tuple[int, int]] | None:
    """Return left and width of each column; None where the widest word of each does not fit beside the others."""
    gap = size_px
    room = width - gap * (len(head) - 1)
    natural, narrow = [], []
    for column in range(len(head)):
        cells = [(head[column], True), *((row[column], False) for row in rows)]
        lines = [(" ".join(words), bold) for cell, bold in cells for words in cell]
        words = [(word, bold) for cell, bold in cells for words in cell for word in words]
        natural.append(max((measures.width_px(t, size_px, bold=b) for t, b in lines), default=1))
        narrow.append(max((measures.width_px(t, size_px, bold=b) for t, b in words), default=1))
    if sum(narrow) > room:
        return None
    base, want = (natural, natural) if sum(natural) <= room else (narrow, natural)
    spare = room - sum(base)
    share = [max(1, b if base is want else w - b) for w, b in zip(want, base, strict=True)]
    widths = [b + spare * s // sum(share) for b, s in zip(base, share, strict=True)]
    lefts = [sum(widths[:number]) + gap * number for number in range(len(widths))]
    return list(zip(lefts, widths, strict=True))
