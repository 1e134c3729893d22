"""The drawings of the evaluation, as numbers for the template: bars of the trend, tones of the heat table.

Law of the room: pure; colours are the style sheet's, by name.
"""

from collections.abc import Sequence
from datetime import date
from typing import Final

import msgspec

from central.domain.evaluation import Totals, TrendPoint

WIDTH: Final = 960
HEIGHT: Final = 200
_FLOOR: Final = 176  # below it stand the days
_GAP_SHARE: Final = 0.22
_LABELS: Final = 12


class Bar(msgspec.Struct, frozen=True):
    """One day or month: a column of three parts, from the floor up, in the drawing's own units."""

    day: date
    totals: Totals
    x: float
    width: float
    parts: tuple[tuple[str, float, float], ...]
    labelled: bool


def bars(points: Sequence[TrendPoint]) -> tuple[Bar, ...]:
    """Return a column for each point; the highest fills the drawing."""
    most = max((point.totals.plays for point in points), default=0)
    if not most:
        return ()
    step = WIDTH / len(points)
    every = max(1, -(-len(points) // _LABELS))
    return tuple(
        Bar(
            day=point.day,
            totals=point.totals,
            x=round(step * (n + _GAP_SHARE / 2), 1),
            width=round(step * (1 - _GAP_SHARE), 1),
            parts=_parts(point.totals, most),
            labelled=n % every == 0,
        )
        for n, point in enumerate(points)
    )


def _parts(totals: Totals, most: int) -> tuple[tuple[str, float, float], ...]:
    """Return name, top and height of each part that is there."""
    found = []
    floor = float(_FLOOR)
    counts = (("sounded", totals.sounded), ("partly", totals.partly), ("silent", totals.silent))
    for name, count in counts:
        height = round(count / most * (_FLOOR - 8), 1)
        if height:
            floor = round(floor - height, 1)
            found.append((name, floor, height))
    return tuple(found)


def heat_tone(plays: int, whole: int) -> str:
    """Return the tone of a cell by the share that sounded whole; empty where nothing was asked."""
    if not plays:
        return "none"
    share = whole / plays
    for tone, least in (("h5", 0.99), ("h4", 0.95), ("h3", 0.9), ("h2", 0.75)):
        if share >= least:
            return tone
    return "h1"
