"""A panel as room for letters: where ink may stand, and how small it may be.

Law of the room: arithmetic. A capital must be seen under 16 minutes of arc to be read at ease (ISO 9241-303),
that is at a height of 1/215 of the distance. Below 12 pixels stacked Vietnamese marks run together on every
panel.
"""

from math import ceil
from typing import Final, NamedTuple

from contract.documents import Panel
from render.measures import Measures, pitch_px
from render.pages import Box

FLOOR_PX: Final = 12
_SHARE_OF_SHORT_SIDE: Final = 36  # without a distance: 30 pixels on a 1080-line screen
_DISTANCE_TO_CAPITAL: Final = 215
_CAPITAL_OF_SIZE: Final = 0.714  # Noto Sans
_LINES_FOR_BAR: Final = 6
_LINES_FOR_TICKER: Final = 3


class Stage(NamedTuple):
    """The canvas of a panel, the box that ink keeps to, and the smallest size that can be read, all in pixels."""

    width: int
    height: int
    safe: Box
    least_px: int
    pitch_mm: float | None

    def readable_m(self, size_px: int) -> float | None:
        """Return from how far letters of a size can be read, where the panel's pitch is known."""
        if self.pitch_mm is None:
            return None
        return size_px * _CAPITAL_OF_SIZE * self.pitch_mm * _DISTANCE_TO_CAPITAL / 1_000


class Regions(NamedTuple):
    """The parts of a board: bar above and ticker below where there is room for them."""

    bar: Box | None
    body: Box
    ticker: Box | None
    small_px: int  # the size of what stands in bar and ticker


def stage_of(panel: Panel) -> Stage:
    """Return the stage of a panel."""
    width, height = panel.canvas_px
    safe = panel.safe
    box = Box(
        safe.left_px,
        safe.top_px,
        width - safe.left_px - safe.right_px,
        height - safe.top_px - safe.bottom_px,
    )
    least = ceil(min(width, height) / _SHARE_OF_SHORT_SIDE)
    if panel.pitch_mm is not None and panel.distance_m is not None:
        capital_mm = panel.distance_m * 1_000 / _DISTANCE_TO_CAPITAL
        least = ceil(capital_mm / panel.pitch_mm / _CAPITAL_OF_SIZE)
    return Stage(width, height, box, max(FLOOR_PX, least), panel.pitch_mm)


def regions(stage: Stage, measures: Measures, *, bar: bool, ticker: bool) -> Regions:
    """Return where bar, body and ticker stand; bar and ticker only where enough lines of text remain."""
    safe = stage.safe
    small = stage.least_px
    strip = pitch_px(measures, small) + 2 * max(1, small // 8)
    lines = safe.height // pitch_px(measures, small)
    bar_box = ticker_box = None
    top, bottom = safe.top, safe.bottom
    if bar and lines >= _LINES_FOR_BAR:
        bar_box = Box(safe.left, top, safe.width, strip)
        top += strip
    if ticker and lines >= _LINES_FOR_TICKER:
        ticker_box = Box(safe.left, bottom - strip, safe.width, strip)
        bottom -= strip
    return Regions(bar_box, Box(safe.left, top, safe.width, bottom - top), ticker_box, small)
