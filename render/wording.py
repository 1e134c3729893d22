"""Text as people typed it, made ready for a board: one spelling of each letter, words that stay together.

Law of the room: text in, words out. Nothing readable is dropped: a character without a glyph becomes an
ellipsis and is counted. Marks that only steer other programs (zero-width joiners, direction overrides) are left
out.
"""

import re
import unicodedata
from collections.abc import Callable
from typing import Final, NamedTuple

GLUE: Final = "\u00a0"
ELLIPSIS: Final = "…"
_SYLLABLE_LETTERS: Final = (
    8  # "nghiêng" has seven; what is longer is an address or a number and may be cut
)
_STEERING: Final = re.compile(
    "[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufe00-\ufe0f\ufeff\U0001f3fb-\U0001f3ff]"
)
# Signs of office programs that the fonts lack, by what people mean with them; the last two are Word's own bullets.
_STANDS_FOR: Final = str.maketrans(
    dict.fromkeys("●○■□▪▫◆◇❖➢➤►\uf0b7\uf0a7", "•")
    | {"✓": "✔", "★": "⭐", "☆": "⭐", "✆": "☎", "≤": "<=", "≥": ">="}
)
_CLOSING: Final = re.compile(r"[!?:;,.…)\]}”’»%°·–—-]+")
_OPENING: Final = re.compile(r"[(\[{“‘«]+")
_BREAK_AFTER: Final = re.compile(r"(?<=[/\-–—_.,@?&=+:])(?=\w)")


class Words(NamedTuple):
    """Paragraphs of words; `lost` are the kinds of characters that no font knows, `lost_count` all of them."""

    paragraphs: tuple[tuple[str, ...], ...]
    lost: tuple[str, ...] = ()
    lost_count: int = 0

    @property
    def text(self) -> str:
        """All of it, a line for each paragraph."""
        return "\n".join(" ".join(words) for words in self.paragraphs)


def words_of(text: str, knows: Callable[[str], bool]) -> Words:
    """Return the words of a text, composed (NFC), with punctuation kept beside its word."""
    lost: dict[str, int] = {}
    composed = unicodedata.normalize("NFC", text).translate(_STANDS_FOR)
    plain = _known(_thinned(_STEERING.sub("", composed)), knows, lost)
    paragraphs = tuple(
        _glued(found)
        for line in plain.splitlines()
        if (found := re.split(r"[^\S\u00a0]+", line.strip()))[0]
    )
    return Words(paragraphs, tuple(lost), sum(lost.values()))


def one_line(text: str, knows: Callable[[str], bool]) -> Words:
    """Return the words of a text as one paragraph: a heading, a cell, a ticker."""
    found = words_of(text, knows)
    return Words(
        (tuple(word for words in found.paragraphs for word in words),) if found.paragraphs else (),
        found.lost,
        found.lost_count,
    )


def is_syllable(word: str) -> bool:
    """Return whether a word is short enough that it must not be cut."""
    return all(len(clusters(part)) <= _SYLLABLE_LETTERS for part in parts_of(word))


def parts_of(word: str) -> list[str]:
    """Return the parts of a word at whose ends a line may break: behind a hyphen, a slash, a dot in an address."""
    return [part for glued in word.split(GLUE) for part in _BREAK_AFTER.split(glued) if part]


def clusters(word: str) -> list[str]:
    """Return the letters of a word, each with the marks that stand on it."""
    found: list[str] = []
    for letter in word:
        if found and unicodedata.combining(letter):
            found[-1] += letter
        else:
            found.append(letter)
    return found


def _thinned(text: str) -> str:
    """Leave one mark on a letter beside those that are part of it: more would grow out of the line."""
    found: list[str] = []
    marks = 0
    for letter in text:
        marks = marks + 1 if unicodedata.combining(letter) else 0
        if marks <= 1:
            found.append(letter)
    return "".join(found)


def _known(text: str, knows: Callable[[str], bool], lost: dict[str, int]) -> str:
    found: list[str] = []
    for letter in text:
        if letter.isspace() or knows(letter):
            found.append(letter)
            continue
        lost[letter] = lost.get(letter, 0) + 1
        if not found or found[-1] != ELLIPSIS:
            found.append(ELLIPSIS)
    return "".join(found)


def _glued(words: list[str]) -> tuple[str, ...]:
    """Keep a sign that stands alone beside the word it belongs to: no line begins with a full stop."""
    found: list[str] = []
    opened = False
    for word in words:
        if found and (opened or _CLOSING.fullmatch(word)):
            found[-1] += GLUE + word
        else:
            found.append(word)
        opened = bool(_OPENING.fullmatch(word))
    return tuple(found)
