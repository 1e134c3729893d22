"""One line of text to pieces: from left to right, at each place the first reader that answers.

Law of the room: every step goes forward and looks a bounded way around, so reading is linear in the line.
"""

import re
from collections.abc import Callable
from typing import Final

from contract.spoken.dates import read_date, read_time
from contract.spoken.letters import lowered
from contract.spoken.numerals import DIGITS
from contract.spoken.pieces import Kind, Piece, Read, pause
from contract.spoken.quantities import read_number, read_paper, read_phone
from contract.spoken.spot import Spot
from contract.spoken.words import is_shouting, read_abbreviation, read_word, word

_ADDRESS: Final = re.compile(
    r"(?:https?://|www\.)[^\s,;()]{1,200}"
    r"|[A-Za-z0-9._+-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,5}"
    r"|[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){0,4}\.(?:vn|com|net|org|gov|edu|info)(?![^\W_])"
    r"(?:/[^\s,;()]{0,200})?"
)
_ADDRESS_PARTS: Final = re.compile(r"[^\W\d_]+|\d|[.@/_-]")
_ADDRESS_SIGNS: Final = {
    ".": "chấm", "@": "a còng", "/": "gạch chéo", "_": "gạch dưới", "-": "gạch ngang",
}  # fmt: skip

_SAID: Final = {
    "&": "và", "@": "a còng", "=": "bằng", "%": "phần trăm", "‰": "phần nghìn", "°": "độ",
    "≥": "lớn hơn hoặc bằng", "≤": "nhỏ hơn hoặc bằng", "±": "cộng trừ", "€": "ơ rô", "$": "đô la",
}  # fmt: skip
_PAUSED: Final = dict.fromkeys(".,;:!?", "") | dict.fromkeys("()[]{}|*→", ",")
_TO_DIGIT: Final = re.compile(r"[-→÷~] ?(?=\d|[IVX]{1,5}(?![^\W_])|T[2-7](?![^\W_]))")
_SIGNED: Final = {"-": "âm", "~": "khoảng", ">": "lớn hơn", "<": "nhỏ hơn", "+": "cộng"}
_DOLLARS: Final = re.compile(r"\$ ?(?=\d)")
_YEAR: Final = re.compile(r"/ ?(?=(?:19|20)\d{2}(?!\d))")
_TIMES: Final = re.compile(r"[x×*] ?(?=\d)")


def read_line(line: str) -> list[Piece]:
    """Return what is said for one cleaned line."""
    read: list[Piece] = []
    shouting = is_shouting(line)
    at = 0
    while at < len(line):
        spot = Spot(line, at, read, shouting)
        found = _read(spot)
        if found:
            read.append(found.piece)
            at = found.end
        else:
            at += 1
    return read


def _read(spot: Spot) -> Read | None:
    char = spot.line[spot.at]
    if char == " ":
        return None
    readers = _FOR_DIGITS if char.isdecimal() else _FOR_LETTERS if char.isalpha() else _FOR_SIGNS
    for reader in readers:
        if found := reader(spot):
            return found
    return None


def _address(spot: Spot) -> Read | None:
    """Read an e-mail or web address, part by part."""
    found = _ADDRESS.match(spot.line, spot.at)
    if not found:
        return None
    shown = found.group().rstrip(".:!?'")
    bare = re.sub(r"^(?:https?://)?(?:www\.)?", "", shown).rstrip("/")
    if not bare:
        return None
    parts = _ADDRESS_PARTS.findall(bare)
    return Read(spot.at + len(shown), Piece(" ".join(map(_address_part, parts))))


def _address_part(part: str) -> str:
    if part in _ADDRESS_SIGNS:
        return _ADDRESS_SIGNS[part]
    return DIGITS[int(part)] if part.isdecimal() else word(lowered(part))


def _times(spot: Spot) -> Read | None:
    found = _TIMES.match(spot.line, spot.at) if spot.after_quantity() else None
    return Read(found.end(), Piece("nhân")) if found else None


def _stroke(spot: Spot) -> Read | None:
    """Read `/`: of a year, per, out of, or a mere separator."""
    if spot.line[spot.at] != "/":
        return None
    following = spot.line[spot.at + 1 : spot.at + 3].lstrip()
    if spot.after_quantity():
        if found := _YEAR.match(spot.line, spot.at):
            return Read(found.end(), Piece("năm"))
        if following[:1].isdecimal():
            return Read(spot.at + 1, Piece("trên"))
        if following[:1].isalpha() and spot.line[spot.at + 1] != " ":
            return Read(spot.at + 1, Piece("một" if following[0].islower() else ""))
    elif spot.kind(2) is Kind.QUANTITY and following[:1].islower():
        return Read(spot.at + 1, Piece("một"))
    at_end = not following or spot.line[spot.at + 1] == " "
    return Read(spot.at + 1, pause(",")) if at_end else None


def _dollars(spot: Spot) -> Read | None:
    found = _DOLLARS.match(spot.line, spot.at)
    if not found:
        return None
    amount = read_number(Spot(spot.line, found.end(), spot.read, spot.shouting))
    if not amount:
        return None
    return Read(amount.end, Piece(f"{amount.piece.text} đô la", Kind.QUANTITY))


def _sign(spot: Spot) -> Read | None:
    """Read any other sign: a word, a pause, or nothing."""
    line, at = spot.line, spot.at
    char, following = line[at], line[at + 1 : at + 2]
    if spot.after_quantity() and (found := _TO_DIGIT.match(line, at)):
        return Read(found.end(), Piece("đến"))
    if char in _SAID:
        return Read(at + 1, Piece(_SAID[char]))
    if char in _PAUSED:
        return Read(at + 1, pause(_PAUSED[char] or char))
    before = line[at - 1 : at]
    if char in _SIGNED and (following.isdecimal() or (following == " " and char in "<>+")):
        if char == "-" and before and before not in " (:":
            return None
        if line[at + 1 : at + 3].strip()[:1].isdecimal():
            return Read(at + 1, Piece(_SIGNED[char]))
    if char == "+" and before and following:
        return Read(at + 1, Piece("và"))
    if char == "-" and before in {"", " "} and following in {"", " "}:
        return Read(at + 1, pause(","))
    return None


_FOR_DIGITS: Final[tuple[Callable[[Spot], Read | None], ...]] = (
    _address,
    read_paper,
    read_date,
    read_time,
    read_phone,
    read_number,
)
_FOR_LETTERS: Final[tuple[Callable[[Spot], Read | None], ...]] = (
    _address,
    _times,
    read_abbreviation,
    read_word,
)
_FOR_SIGNS: Final[tuple[Callable[[Spot], Read | None], ...]] = (
    _times,
    read_phone,
    _stroke,
    _dollars,
    _sign,
)
