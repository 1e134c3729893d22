"""Words into lines of a width.

Law of the room: arithmetic over a measure. A line breaks between words, never inside a syllable that fits; a
word that is longer than a line breaks where it has a hyphen, slash or dot, and only then between letters, never
between a letter and its marks. Nothing is left out.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from render.wording import GLUE, clusters, is_syllable, parts_of

Measure = Callable[[str], int]


class Line(NamedTuple):
    """One line; `begins` says that it opens a paragraph."""

    text: str
    begins: bool


class Wrapped(NamedTuple):
    """Lines in order; `cut` are words broken between letters, `hurt` how many of them are syllables."""

    lines: tuple[Line, ...]
    cut: tuple[str, ...]
    hurt: int


def wrap(paragraphs: Sequence[Sequence[str]], width_px: int, measure: Measure) -> Wrapped:
    """Return the lines of `paragraphs`, none wider than `width_px` unless a single letter is."""
    lines: list[Line] = []
    cut: list[str] = []
    space = measure("n n") - measure("nn")
    for words in paragraphs:
        begins = True
        text, wide = "", 0
        for piece, after in _pieces(words, width_px, measure, cut):
            gap = space * len(after)
            size = measure(piece)
            if text and wide + gap + size > width_px:
                lines.append(Line(text, begins))
                begins, text, wide = False, piece, size
            else:
                text, wide = (text + after + piece, wide + gap + size) if text else (piece, size)
        lines.append(Line(text, begins))
    return Wrapped(tuple(lines), tuple(cut), sum(is_syllable(word) for word in cut))


def balanced(paragraphs: Sequence[Sequence[str]], width_px: int, measure: Measure) -> Wrapped:
    """Return the same number of lines as `wrap`, of more equal length: for a heading in the middle."""
    widest = wrap(paragraphs, width_px, measure)
    if len(widest.lines) < 2:
        return widest
    low, high, best = width_px // 2, width_px, widest
    while low < high:
        middle = (low + high) // 2
        found = wrap(paragraphs, middle, measure)
        if len(found.lines) == len(widest.lines) and found.cut == widest.cut:
            best, high = found, middle
        else:
            low = middle + 1
    return best


def _pieces(
    words: Sequence[str], width_px: int, measure: Measure, cut: list[str]
) -> Iterator[tuple[str, str]]:
    """Yield what may not be broken any further, with what stands between it and the piece before."""
    for word in words:
        if measure(word) <= width_px:
            yield word, " "
            continue
        between = " "
        for glued in word.split(GLUE):
            for part in parts_of(glued):
                if measure(part) <= width_px:
                    yield part, between
                else:
                    cut.append(part)
                    for piece in _slices(part, width_px, measure):
                        yield piece, between
                        between = ""
                between = ""
            between = " "


def _slices(word: str, width_px: int, measure: Measure) -> Iterator[str]:
    letters = clusters(word)
    begin = 0
    for end in range(1, len(letters) + 1):
        if end - begin > 1 and measure("".join(letters[begin:end])) > width_px:
            yield "".join(letters[begin : end - 1])
            begin = end - 1
    yield "".join(letters[begin:])
