"""A page as values: what stands where, in pixels of the canvas as a passer-by sees it.

Law of the room: no font and no picture is opened; whoever paints needs nothing else.
"""

from typing import NamedTuple

from contract.documents import Sha256


class Box(NamedTuple):
    """A rectangle in pixels."""

    left: int
    top: int
    width: int
    height: int

    @property
    def right(self) -> int:
        """The first column that is not inside."""
        return self.left + self.width

    @property
    def bottom(self) -> int:
        """The first row that is not inside."""
        return self.top + self.height

    def inset(self, by_px: int) -> "Box":
        """Return the box without a margin of `by_px` on every side, never less than a pixel."""
        return Box(
            self.left + by_px,
            self.top + by_px,
            max(1, self.width - 2 * by_px),
            max(1, self.height - 2 * by_px),
        )


class Fill(NamedTuple):
    """One colour over a box."""

    box: Box
    colour: str


class Ink(NamedTuple):
    """One line of text that begins at `left` and stands on `baseline`."""

    text: str
    left: int
    baseline: int
    size_px: int
    bold: bool
    colour: str


class Photo(NamedTuple):
    """A picture, whole, in the middle of a box."""

    box: Box
    sha256: Sha256


class Film(NamedTuple):
    """A film in a box: the painter leaves its place dark, the player fills it."""

    box: Box
    sha256: Sha256
    sound: bool


Item = Fill | Ink | Photo | Film


class Page(NamedTuple):
    """What a board shows at a time: `slide` counts from 0, `page_s` is how long, `words` all that is written on it."""

    slide: int
    ground: str
    items: tuple[Item, ...]
    page_s: float
    words: str
