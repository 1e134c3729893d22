"""Text as the library keeps and finds it: NFC to read, folded without diacritics to search.

Law of the room: pure, total and bounded. What cannot be spoken nor printed (emoji, control characters) is
dropped and told of; no letter of any language is.
"""

import re
import unicodedata
from typing import Final

import msgspec

_KEPT_CATEGORIES: Final = frozenset("LMNPZ")
_KEPT_SIGNS: Final = frozenset("+=<>|~^`$€£¥₫%°±×÷≥≤№™®©→←↑↓\n")
_PICTURES: Final = (
    (0x1F000, 0x1FBFF),
    (0x2600, 0x27BF),
    (0x2B00, 0x2BFF),
    (0xFE00, 0xFE0F),
    (0xE0000, 0xE01EF),
)
_JOINERS: Final = frozenset({0x200B, 0x200C, 0x200D, 0x20E3, 0xFEFF, 0x00AD, 0x2060})
_WORD: Final = re.compile(r"[a-z0-9]+")
_SPACES: Final = re.compile(r"[ \t\u00a0\u2007\u202f]+")
_BEFORE_SIGN: Final = re.compile(r" +([.,;:!?…])")
_GAPS: Final = re.compile(r"\n{3,}")
MOST_WORD_CHARS: Final = 40
MOST_WORDS: Final = 1_500
MOST_TERMS: Final = 8


class PlainText(msgspec.Struct, frozen=True, kw_only=True):
    """Text that can be spoken and printed; `pictures` and `commands` count what was dropped."""

    text: str
    pictures: int
    commands: int
    composed: bool

    @property
    def notices(self) -> tuple[str, ...]:
        """Return what was changed, in sentences for the page; empty when nothing was."""
        found = []
        if self.pictures:
            found.append(f"Đã bỏ {self.pictures} biểu tượng cảm xúc, vì loa không đọc được.")
        if self.commands:
            found.append(f"Đã bỏ {self.commands} ký tự điều khiển ẩn.")
        if self.composed:
            found.append("Đã ghép dấu tiếng Việt về một bảng mã (NFC).")
        return tuple(found)


def plain_text(text: str) -> PlainText:
    """Return `text` in NFC without emoji and control characters, lines kept, spare spaces taken off."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").replace("\u2028", "\n")
    lines = lines.replace("\u2029", "\n").replace("\t", " ")
    kept: list[str] = []
    pictures = commands = 0
    for char in lines:
        match _judged(char):
            case "keep":
                kept.append(char)
            case "picture":
                pictures += 1
                kept.append(" ")
            case "command":
                commands += 1
            case _:
                pass
    joined = "".join(kept)
    if pictures:
        joined = _BEFORE_SIGN.sub(r"\1", joined)
    composed = unicodedata.normalize("NFC", joined)
    tidy = "\n".join(_SPACES.sub(" ", line).strip() for line in composed.split("\n"))
    return PlainText(
        text=_GAPS.sub("\n\n", tidy).strip(),
        pictures=pictures,
        commands=commands,
        composed=composed != joined,
    )


def one_line(text: str, *, lines: bool = False) -> str:
    """Return a short text in NFC without control characters and spare spaces; on one line unless `lines`."""
    plain = plain_text(text).text
    return plain if lines else " ".join(plain.split())


def fold(text: str) -> str:
    """Return `text` as it is searched: lower case, without Vietnamese diacritics, đ as d."""
    apart = unicodedata.normalize("NFKD", text.casefold().replace("đ", "d"))
    return "".join(char for char in apart if not unicodedata.combining(char))


def words_of(*texts: str) -> tuple[str, ...]:
    """Return the distinct folded words of some texts, as first met; at most `MOST_WORDS`."""
    found: dict[str, None] = {}
    for text in texts:
        for word in _WORD.findall(fold(text)):
            found.setdefault(word[:MOST_WORD_CHARS], None)
            if len(found) == MOST_WORDS:
                return tuple(found)
    return tuple(found)


def terms_of(query: str) -> tuple[str, ...]:
    """Return the folded terms of what somebody looks for; each must be the beginning of a word."""
    return words_of(query[:500])[:MOST_TERMS]


def _judged(char: str) -> str:
    if char in _KEPT_SIGNS:
        return "keep"
    code = ord(char)
    if code in _JOINERS:
        return "drop"
    if 0xFE00 <= code <= 0xFE0F or 0x1F3FB <= code <= 0x1F3FF or 0xE0000 <= code <= 0xE01EF:
        return "drop"  # colours and variants of the picture before
    if any(low <= code <= high for low, high in _PICTURES):
        return "picture"
    category = unicodedata.category(char)
    if category[0] in _KEPT_CATEGORIES:
        return "keep"
    return (
        "picture"
        if category in {"So", "Sk"} and code > 0x2000
        else ("keep" if category[0] == "S" else "command")
    )
