"""The panel of a board: which pixels show, which way up, and from how far they are read.

Law of the room: values and the bounds inside one value. Pixels are counted from the top left of the signal.
"""

from typing import Annotated, Final, Literal

from msgspec import Meta

from contract.documents.values import Title, Value

MAX_PIXELS: Final = 3_840 * 2_160
Side = Annotated[int, Meta(ge=32, le=3_840)]
Inset = Annotated[int, Meta(ge=0, le=1_000)]
Rotation = Literal[0, 90, 180, 270]


class Crop(Value, frozen=True, kw_only=True):
    """The part of the signal that shows, as the sending card of an LED wall cuts it out; the rest stays dark."""

    left_px: Annotated[int, Meta(ge=0, le=3_840)] = 0
    top_px: Annotated[int, Meta(ge=0, le=3_840)] = 0
    width_px: Side
    height_px: Side


class Insets(Value, frozen=True, kw_only=True):
    """How many pixels at each edge hold no ink (a frame covers them); counted as a passer-by sees the panel."""

    left_px: Inset = 0
    top_px: Inset = 0
    right_px: Inset = 0
    bottom_px: Inset = 0


class Panel(Value, frozen=True, kw_only=True):
    """A screen: its signal in pixels, what of it shows, and how it hangs.

    `rotation_deg` turns the picture clockwise, so that it stands upright on a panel that hangs turned the other way.
    `pitch_mm` is from pixel to pixel, `distance_m` that of the farthest reader: with both, the smallest letter is that
    which can be read from there; without, a share of the panel's height. `place` is the commune's name in the bar.
    """

    width_px: Side
    height_px: Side
    rotation_deg: Rotation = 0
    crop: Crop | None = None
    safe: Insets = Insets()
    pitch_mm: Annotated[float, Meta(ge=0.05, le=50)] | None = None
    distance_m: Annotated[float, Meta(ge=0.3, le=500)] | None = None
    place: Title | None = None

    def __post_init__(self) -> None:
        """Refuse more pixels than 4K has, a crop beyond the signal, and insets that leave no room."""
        if self.width_px * self.height_px > MAX_PIXELS:
            msg = f"{self.width_px} x {self.height_px} pixels are more than a 4K signal has"
            raise ValueError(msg)
        shown = self.shown
        if (
            shown.left_px + shown.width_px > self.width_px
            or shown.top_px + shown.height_px > self.height_px
        ):
            msg = (
                "the crop reaches beyond the signal; give a rectangle inside width_px and height_px"
            )
            raise ValueError(msg)
        width, height = self.canvas_px
        inner = (
            width - self.safe.left_px - self.safe.right_px,
            height - self.safe.top_px - self.safe.bottom_px,
        )
        if min(inner) < 32:
            msg = "the safe area is less than 32 pixels wide or high; make the insets smaller"
            raise ValueError(msg)

    @property
    def shown(self) -> Crop:
        """The part of the signal that shows: the crop, or all of it."""
        return self.crop or Crop(width_px=self.width_px, height_px=self.height_px)

    @property
    def canvas_px(self) -> tuple[int, int]:
        """Width and height of what shows, as a passer-by sees it."""
        shown = self.shown
        if self.rotation_deg in {90, 270}:
            return shown.height_px, shown.width_px
        return shown.width_px, shown.height_px
