"""Fitted lines as ink on a page: centred or from the left, in a box, with the marks of how many pages there are.

Law of the room: arithmetic; what was fitted is only moved, never changed.
"""

from collections.abc import Sequence
from typing import NamedTuple

from render.colours import least_contrast, mended
from render.fitting import Fitted, Placed
from render.measures import Measures
from render.pages import Box, Fill, Ink, Item

_FEW_LINES = 4


class Scheme(NamedTuple):
    """The colours of a slide, `#rrggbb`."""

    ground: str
    ink: str
    heading: str
    accent: str


def ink_page(
    page: Sequence[Placed], box: Box, scheme: Scheme, measures: Measures, *, middle: bool
) -> list[Item]:
    """Return a page's lines as ink in `box`; `middle` puts them in its middle, both ways."""
    height = _bottom(page, measures)
    top = box.top + ((box.height - height) // 2 if middle else 0)
    few = middle and sum(not line.heading for line in page) <= _FEW_LINES
    found: list[Item] = []
    for line in page:
        wide = measures.width_px(line.text, line.size_px, bold=line.heading)
        spare = max(0, box.width - wide)
        left = box.left + (spare // 2 if line.heading or few else 0)
        base = top + line.top + measures.extent(line.size_px).above_px
        colour = scheme.heading if line.heading else scheme.ink
        found.append(Ink(line.text, left, base, line.size_px, line.heading, colour))
    return found


def marks(box: Box, number: int, of: int, scheme: Scheme) -> list[Item]:
    """Return a row of short rules, one for each page, the one that is shown in full colour; at most 60 of them."""
    shown = min(of, 60)
    at = number if of <= shown else number * shown // of
    gap = max(1, box.width // (shown * 10))
    wide = max(1, (box.width - gap * (shown - 1)) // shown)
    dim = mended(scheme.ground, scheme.ground, 1.6).colour
    return [
        Fill(
            Box(box.left + one * (wide + gap), box.top, wide, box.height),
            scheme.accent if one == at else dim,
        )
        for one in range(shown)
    ]


def readable(scheme: Scheme, fitted_px: int) -> Scheme:
    """Return the scheme with every colour of letters far enough from the ground for their size."""
    least = least_contrast(fitted_px)
    return scheme._replace(
        ink=mended(scheme.ink, scheme.ground, least).colour,
        heading=mended(scheme.heading, scheme.ground, least).colour,
    )


def is_alone(fitted: Fitted) -> bool:
    """Return whether everything stands on one page."""
    return len(fitted.pages) == 1


def _bottom(page: Sequence[Placed], measures: Measures) -> int:
    if not page:
        return 0
    extent = measures.extent(page[-1].size_px)
    return page[-1].top + extent.above_px + extent.below_px
