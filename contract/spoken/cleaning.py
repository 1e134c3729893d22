"""From any text at all to lines of letters, digits and the signs that reading knows.

Law of the room: nothing is read here. Compatibility forms (`m²`, `Ⅳ`, full-width letters, no-break spaces)
become plain ones; what can neither be spoken nor mark a pause is gone afterwards.
"""

import re
import unicodedata
from collections.abc import Iterator
from typing import Final, NamedTuple

MARKS_KEPT: Final = 4  # Vietnamese carries two; sorting a long run of them takes quadratic time

# Before compatibility forms are folded, since that would make letters of these.
_FIRST: Final = str.maketrans(
    {"º": "°", "˚": "°", "™": " ", "®": " ", "©": " ", "№": " số ", "‘": " ", "′": "'", "’": "'"}
    | {"½": " một phần hai ", "¼": " một phần tư ", "¾": " ba phần tư "}
    | dict.fromkeys('“”„«»"″`', " ")
    | dict.fromkeys("‐‑‒–—―−", "-")
    | dict.fromkeys("•◦▪▫●○■□‣⁃➢➤➔►▶✓✔✅❖★☆◆◇∙·", "*")
    | dict.fromkeys("\r\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029", "\n")
)
_SIGNS: Final = frozenset(".,;:!?/-+%‰°@&=$€'*()[]{}<>|×÷≥≤±~→ \n")
_BULLET: Final = re.compile(r"(?:[*+>-] |[*>]|-(?=[^\W\d_]))+ ?")


class Line(NamedTuple):
    """One line, never empty, its bullet taken off."""

    text: str
    bullet: bool


def shorten_marks(text: str) -> str:
    """Return `text` with no more than `MARKS_KEPT` combining marks in a row."""
    if text.isascii():
        return text
    out: list[str] = []
    run = 0
    for char in text:
        run = run + 1 if unicodedata.combining(char) else 0
        if run <= MARKS_KEPT:
            out.append(char)
    return "".join(out)


def lines_of(text: str) -> Iterator[Line]:
    """Yield the lines of `text` that hold something, cleaned, in NFC, with single spaces."""
    folded = unicodedata.normalize("NFKC", shorten_marks(text).translate(_FIRST))
    known = {char: _clean(char) for char in set(folded)}
    plain = "".join(known[char] for char in folded).replace("->", "→").replace("=>", "→")
    for line in unicodedata.normalize("NFC", plain).split("\n"):
        single = " ".join(line.split())
        bullet = _BULLET.match(single)
        rest = single[bullet.end() :] if bullet else single
        if rest:
            yield Line(rest, bullet is not None)


def _clean(char: str) -> str:
    """Return what stands for one character: itself, a plain digit, a space, or nothing."""
    if char in _SIGNS:
        return char
    category = unicodedata.category(char)
    if category == "Nd":
        return str(unicodedata.decimal(char))
    if category[0] == "L":
        return char
    return "" if category[0] == "M" or category == "Cf" else " "
