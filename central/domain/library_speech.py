"""Text on its way to a machine's voice: regions, speed, and pieces of a size that an engine takes.

Law of the room: pure. What is spoken is decided by `contract.spoken`, as on the appliance.
"""

import re
from enum import StrEnum
from typing import Final

from central.domain.errors import Unacceptable
from central.domain.library import MOST_TEXT_CHARS
from central.domain.library_text import PlainText, plain_text
from contract.spoken import normalise

MIN_SPEED_PCT, MAX_SPEED_PCT = 60, 160
PIECE_CHARS: Final = 700
PREVIEW_CHARS: Final = 600
WORDS_PER_MINUTE: Final = 150  # slower than talk: horns echo
_SENTENCE: Final = re.compile(r"(?<=[.!?…;])\s+|\n+")
_UNSPEAKABLE: Final = re.compile(r"\[\[|\]\]")


class Region(StrEnum):
    """Whose Vietnamese is spoken."""

    NORTH = "north"
    CENTRAL = "central"
    SOUTH = "south"


REGION_WORDS: Final = {
    Region.NORTH: "miền Bắc",
    Region.CENTRAL: "miền Trung",
    Region.SOUTH: "miền Nam",
}
ESPEAK_VOICES: Final = {
    Region.NORTH: "vi",
    Region.CENTRAL: "vi-vn-x-central",
    Region.SOUTH: "vi-vn-x-south",
}


def checked_text(text: str) -> PlainText:
    """Return the text as it can be read and spoken; raises `Unacceptable` when nothing or too much is left."""
    if len(text) > 4 * MOST_TEXT_CHARS:
        raise _too_long(len(text))
    plain = plain_text(text)
    if len(plain.text) > MOST_TEXT_CHARS:
        raise _too_long(len(plain.text))
    if not any(char.isalnum() for char in plain.text):
        raise Unacceptable("Chưa có chữ nào để đọc. Hãy viết nội dung bản tin.", "no-text")
    return plain


def checked_speed(speed_pct: int) -> int:
    """Return a speed in percent of the usual; raises `Unacceptable`."""
    if not MIN_SPEED_PCT <= speed_pct <= MAX_SPEED_PCT:
        raise Unacceptable(
            f"Tốc độ đọc từ {MIN_SPEED_PCT} đến {MAX_SPEED_PCT} %. Hãy chọn lại.", "bad-speed"
        )
    return speed_pct


def spoken(text: str) -> str:
    """Return the words as they will be spoken, one line; empty when nothing of it can be said."""
    line = normalise(_UNSPEAKABLE.sub(" ", text), "vi")
    return line if any(char.isalnum() for char in line) else ""


def pieces(text: str) -> tuple[str, ...]:
    """Return the text in order in pieces of at most `PIECE_CHARS`, cut between sentences where there are any."""
    found: list[str] = []
    held = ""
    for sentence in filter(None, _SENTENCE.split(text)):
        for start in range(0, len(sentence), PIECE_CHARS):
            part = sentence[start : start + PIECE_CHARS]
            if held and len(held) + len(part) + 1 > PIECE_CHARS:
                found.append(held)
                held = ""
            held = f"{held}\n{part}" if held else part
    return (*found, held) if held else tuple(found)


def estimated_ms(words: str, speed_pct: int) -> int:
    """Return about how long these spoken words last, in ms."""
    return round(len(words.split()) * 60_000 / (WORDS_PER_MINUTE * 1.35) * 100 / speed_pct)


def _too_long(chars: int) -> Unacceptable:
    return Unacceptable(
        f"Văn bản dài {chars} chữ, quá {MOST_TEXT_CHARS} chữ. Hãy chia thành nhiều bản tin.",
        "text-too-long",
    )
