"""Words and lines: what breaks where, with a measure that needs no font."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from render.fitting import Room, fit, reading_s
from render.lines import balanced, wrap
from render.wording import GLUE, clusters, one_line, words_of
from tests.render.boards import Square

SQUARE = Square()
LETTERS = st.text(st.sampled_from("aạẳđ gnhị.,-/!?\n🚨ộ\u0306"), max_size=300)


def knows(_: str) -> bool:
    """Know every letter."""
    return True


def bare(text: str) -> str:
    """Return a text without any space."""
    return re.sub(r"\s", "", text)


def measure(text: str) -> int:
    """Return one pixel for each letter."""
    return len(text)


def texts(said: str, width: int) -> list[str]:
    """Return the lines of a text."""
    return [line.text for line in wrap(words_of(said, knows).paragraphs, width, measure).lines]


def test_lines_break_between_words() -> None:
    """A line holds as many words as fit."""
    assert texts("một hai ba bốn", 7) == ["một hai", "ba bốn"]


def test_no_line_begins_with_a_sign() -> None:
    """A sign that stands apart, as many people type it, stays with its word."""
    assert texts("Chú ý ! Họp", 6) == ["Chú", f"ý{GLUE}!", "Họp"]
    assert texts("a « b » c", 5) == [f"a{GLUE}", "c"] or texts("a « b » c", 5)[0] == "a"


def test_a_long_address_breaks_behind_its_signs_first() -> None:
    """An address goes on behind a slash or dot; only what is longer still is cut between letters."""
    assert texts("https://xa.gov.vn/abc", 9) == ["https://", "xa.gov.", "vn/abc"]
    found = wrap((("abcdefghijkl",),), 5, measure)
    assert [line.text for line in found.lines] == ["abcde", "fghij", "kl"]
    assert found.cut == ("abcdefghijkl",)
    assert found.hurt == 0


def test_a_cut_never_parts_a_letter_from_its_mark() -> None:
    """A mark that has no composed letter stays on its letter."""
    assert clusters("bư\u0306ơ") == ["b", "ư\u0306", "ơ"]
    lines = wrap((("a\u0306" * 20,),), 5, measure).lines
    assert all(not line.text.startswith("\u0306") for line in lines)


@given(said=LETTERS, width=st.integers(1, 40))
def test_wrapping_loses_nothing_and_overflows_never(said: str, width: int) -> None:
    """Any text comes out whole, and no line is wider than the room unless a single letter is."""
    words = words_of(said, knows)
    lines = wrap(words.paragraphs, width, measure).lines
    assert bare("".join(line.text for line in lines)) == bare(words.text)
    assert all(measure(line.text) <= max(width, 2) for line in lines)
    even = balanced(words.paragraphs, width, measure).lines
    assert len(even) == len(lines)
    assert bare("".join(line.text for line in even)) == bare(words.text)


@given(said=LETTERS, width=st.integers(20, 400), height=st.integers(15, 400))
def test_fitting_loses_nothing_and_keeps_inside(said: str, width: int, height: int) -> None:
    """Any text on any box: every word on some page, in its order, no page higher than the box."""
    words = words_of(said, knows)
    room = Room(width, height, 12, 60)
    found = fit(one_line("Tin", knows).paragraphs, words.paragraphs, room, SQUARE)
    assert all(tall <= height for tall in found.heights)
    body = [line.text for page in found.pages for line in page if not line.heading]
    assert bare("".join(body)) == bare(words.text)
    wide = max((SQUARE.width_px(t, found.size_px, bold=False) for t in body), default=0)
    assert wide <= max(width, 2 * found.size_px)


def test_a_page_is_added_before_letters_become_too_small() -> None:
    """Letters stay readable: a long text takes more pages, a short one larger letters."""
    room = Room(240, 100, 12, 80)
    long = fit((), words_of("một hai ba " * 60, knows).paragraphs, room, SQUARE)
    short = fit((), words_of("một", knows).paragraphs, room, SQUARE)
    assert long.size_px >= 12
    assert len(long.pages) > 1
    assert short.size_px > 60
    assert len(short.pages) == 1


def test_letters_shrink_only_for_a_syllable_that_would_be_cut() -> None:
    """Where the distance asks for letters so large that no syllable fits, they are as large as fits."""
    found = fit((), (("nghiêng",),), Room(140, 100, 40, 80), SQUARE)
    assert found.size_px == 20
    assert found.cut == ()


def test_unknown_letters_are_counted() -> None:
    """A character that no font knows becomes an ellipsis, and is told of."""
    words = words_of("Lũ ☃☃ lớn ☄", Square("☃☄").knows)
    assert words.text.replace(GLUE, " ") == "Lũ … lớn …"
    assert words.lost == ("☃", "☄")
    assert words.lost_count == 3


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("a\u200bb\u202ec\ufe0f", "abc"),
        ("e\u0302\u0301", "ế"),
        ("\uf0b7 Một", "• Một"),
        ("≥ 3 m", ">= 3 m"),
        ("x\u0306\u0301\u0302\u0301", "x\u0306"),
    ],
)
def test_what_people_paste_is_made_plain(typed: str, shown: str) -> None:
    """Marks for other programs, loose accents, Word's bullets and towers of marks become plain text."""
    assert words_of(typed, knows).text == shown


def test_a_page_stands_as_long_as_it_takes_to_read() -> None:
    """Two and a half syllables a second, after two seconds to notice it, and five at least."""
    assert reading_s(3) == 5
    assert reading_s(50) == 22
