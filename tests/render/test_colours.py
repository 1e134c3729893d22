"""Contrast by WCAG, and what is done about too little."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.documents import Colours, NoticeSlide
from render.colours import contrast, least_contrast, mended
from render.emergency import colours
from render.faces import Fonts
from render.findings import FindingCode
from render.pages import Ink
from render.templates import LEVELS, PLAIN
from tests.render.boards import PANELS, shown
from tests.render.warnings import warning

COLOUR = st.integers(0, 0xFFFFFF).map(lambda value: f"#{value:06x}")


@pytest.mark.parametrize(
    ("one", "other", "ratio"),
    [
        ("#000000", "#ffffff", 21.0),
        ("#777777", "#ffffff", 4.48),
        ("#767676", "#ffffff", 4.54),
        ("#ff0000", "#0000ff", 2.15),
    ],
)
def test_the_ratio_is_wcags(one: str, other: str, ratio: float) -> None:
    """Known pairs have their known contrast."""
    assert contrast(one, other) == pytest.approx(ratio, abs=0.01)


@given(ink=COLOUR, ground=COLOUR, least=st.sampled_from((3.0, 4.5)))
def test_mending_always_succeeds_and_leaves_what_is_good(
    ink: str, ground: str, least: float
) -> None:
    """After mending every pair can be read; a pair that could be read before is not touched."""
    found = mended(ink, ground, least)
    assert contrast(found.colour, ground) >= least
    assert (found.colour == ink) == (contrast(ink, ground) >= least)


def test_our_own_colours_can_be_read() -> None:
    """Every template and every level of an emergency has the contrast of small letters."""
    pairs = [(PLAIN.ink, PLAIN.ground), (PLAIN.heading, PLAIN.ground)]
    pairs += [(ground, ink) for ground, ink, _ in LEVELS.values()]
    pairs += [colours(warning(level)) for level in ("Extreme", "Severe", "Moderate", "Minor")]
    assert all(contrast(*pair) >= 4.5 for pair in pairs)


@pytest.mark.parametrize("name", PANELS)
def test_colours_that_nobody_can_read_are_mended_and_told(name: str, fonts: Fonts) -> None:
    """Yellow on white is drawn so that it can be read, and its writer is told; white on blue is left alone."""
    bad = NoticeSlide(text="Họp thôn", colours=Colours(ink="#ffff66", ground="#ffffff"))
    show = shown(PANELS[name], fonts, bad)
    assert [finding.code for finding in show.findings] == [FindingCode.CONTRAST]
    inks = [item for item in show.pages[0].items if isinstance(item, Ink)]
    assert all(contrast(i.colour, "#ffffff") >= least_contrast(i.size_px) for i in inks)
    good = NoticeSlide(text="Họp thôn", colours=Colours(ink="#ffffff", ground="#0b2545"))
    assert shown(PANELS[name], fonts, good).findings == ()
