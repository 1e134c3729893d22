"""Contrast by WCAG 2.2, and what is done about too little of it.

Law of the room: arithmetic on `#rrggbb`. Black or white reaches 4.5:1 on every ground, so mending always
succeeds.
"""

from typing import Final, NamedTuple

LEAST: Final = 4.5
LEAST_LARGE: Final = 3.0
LARGE_PX: Final = 24  # 18 points as WCAG counts them

BLACK: Final = "#000000"
WHITE: Final = "#ffffff"


class Mended(NamedTuple):
    """A colour that is far enough from its ground, and the contrast that was asked for."""

    colour: str
    was: float


def luminance(colour: str) -> float:
    """Return the relative luminance of `#rrggbb`, 0 black to 1 white (WCAG 2.2)."""
    red, green, blue = (_linear(int(colour[at : at + 2], 16)) for at in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio of two colours, 1 to 21."""
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def least_contrast(size_px: int) -> float:
    """Return what WCAG asks of letters of a size."""
    return LEAST_LARGE if size_px >= LARGE_PX else LEAST


def mended(ink: str, ground: str, least: float) -> Mended:
    """Return `ink`, or the nearest mix of it with white or black that has the contrast `least` on `ground`."""
    was = contrast(ink, ground)
    if was >= least:
        return Mended(ink, was)
    target = WHITE if contrast(WHITE, ground) > contrast(BLACK, ground) else BLACK
    share = next(
        share for share in range(1, 101) if contrast(_mix(ink, target, share), ground) >= least
    )
    return Mended(_mix(ink, target, share), was)


def _linear(channel: int) -> float:
    value = channel / 255
    return value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4


def _mix(one: str, other: str, share_pct: int) -> str:
    parts = (
        (int(one[at : at + 2], 16) * (100 - share_pct) + int(other[at : at + 2], 16) * share_pct)
        // 100
        for at in (1, 3, 5)
    )
    return "#" + "".join(f"{part:02x}" for part in parts)
