"""What layout asks of fonts: widths and heights, nothing more.

Law of the room: the protocol alone, so that layout is arithmetic and a test needs no font.
"""

from typing import NamedTuple, Protocol


class Extent(NamedTuple):
    """How far the ink of a size reaches above and below the baseline at most, in pixels, both positive."""

    above_px: int
    below_px: int


class Measures(Protocol):
    """A family of fonts in two weights."""

    def width_px(self, text: str, size_px: int, *, bold: bool) -> int:
        """Return how wide a line of text is, overhanging ink included."""
        ...

    def extent(self, size_px: int) -> Extent:
        """Return how far letters of both weights with all their marks reach."""
        ...

    def knows(self, character: str) -> bool:
        """Return whether there is a glyph for one character."""
        ...


def pitch_px(measures: Measures, size_px: int) -> int:
    """Return the distance of two baselines: no mark of a line touches the line above."""
    extent = measures.extent(size_px)
    return extent.above_px + extent.below_px + max(1, size_px // 14)
