"""Tokens of letters, and the abbreviations made of them.

Law of the room: whatever is returned for a token stays as it is when read again: small letters, or a token
that no table knows and that holds both small letters and capitals.
"""

import re
from typing import Final

from contract.spoken.letters import (
    LONGEST_SPELT,
    has_vowel,
    in_capitals,
    is_syllable,
    lowered,
    name_of,
    spelt,
)
from contract.spoken.numerals import cardinal, from_roman, ordinal
from contract.spoken.numerals import spelt as spelt_digits
from contract.spoken.pieces import Kind, Piece, Read
from contract.spoken.spot import Spot, ends
from contract.spoken.terms import ACRONYMS, COMPOUNDS, DOTTED, MIXED, PAPERS, ROADS, SLASHED

TOKEN: Final = re.compile(r"[^\W\d_]+")

_COMPOUND: Final = re.compile(r"[A-ZĐƯ]{2,8}(?: ?& ?[A-ZĐƯ]{2,8}|-[A-ZĐƯ]{2,8}){1,4}(?![^\W\d_])")
_DOTTED: Final = re.compile(
    r"(" + "|".join(sorted(DOTTED, key=len, reverse=True)) + r")\. ?(?=[A-ZĐ\d]|[À-Ỹ])"
)
_DOTTED_CAPITALS: Final = re.compile(r"(?:[A-ZĐƯ]\.){1,6}(?:[A-ZĐƯ](?![^\W_]|\.)|(?<=\..\.))")
_SLASHED: Final = re.compile(r"([^\W\d_]/[^\W\d_])(?![^\W_])")
_AND_SO_ON: Final = re.compile(r"[vV]\. ?[vV](?![^\W\d_])")
_ROAD: Final = re.compile(r"(QL|ĐT|TL|ĐH|HL|ĐX)\.? ?([1-9]\d{0,3})(?!\d|[ .-]\d)")
_NUMBERED: Final = re.compile(r"(P|Q|KP|H(?=\.))\.? ?(?=\d)")
_COMMAND: Final = re.compile(r"BCH(?=[ -](?:PCTT|PTDS|PCCC|CNCH|TKCN|(?i:quân sự|phòng)))")
_WEEKDAY: Final = re.compile(r"T([2-7])(?!\d|/[12]\d{3})(?![^\W_])")
_MONTH: Final = re.compile(r"T(\d{1,2})(?![^\W_])")
_QUARTER: Final = re.compile(r"Q(?=[1-4]/[12]\d{3})")
_POLICE: Final = re.compile(r"CA(?= (?i:xã|phường|tỉnh|huyện|thành phố|tp|viên)\b)")

_NUMBERED_BY_ROMAN: Final = ends(
    "điều|chương|phần|mục|quý|đại hội|hội nghị|lần thứ|thứ|lần|khóa|khoá|kỳ|kì|thế kỷ|cấp|loại|hạng|vùng"
    "|khu vực|giai đoạn|bậc|nhóm|phụ lục|tập|báo động|bđ|đợt|khối|bảng|học kỳ|quân khu|bài"
    r"|[ivx]{1,5}(?:,| và| -|-| đến)"
)
_ORDERED: Final = ends("thứ")
_INITIAL: Final = ends("văn|thị")
_PAPER_NEXT: Final = re.compile(r" (?:số )?\d{1,5}(?:/|\b)")
_CLIENTS: Final = ends("quý|các|những")
_DIGITS: Final = {"P": "phường", "Q": "quận", "KP": "khu phố", "H": "huyện"}


def read_abbreviation(spot: Spot) -> Read | None:
    """Read what takes more than one token: P. 5, QL1A, V/v, U.B.N.D, TT-TT."""
    line, at = spot.line, spot.at
    if found := _ROAD.match(line, at):
        number = found[2]
        spoken = cardinal(number) if len(number) < 3 else spelt_digits(number)
        return Read(found.end(), Piece(f"{ROADS[found[1]]} {spoken}", Kind.QUANTITY))
    if found := _DOTTED_CAPITALS.match(line, at):
        bare = found.group().replace(".", "")
        if len(bare) > 2 or bare in ACRONYMS:
            return Read(found.end(), Piece(acronym(bare)))
    if (found := _DOTTED.match(line, at)) and not (len(found[1]) == 1 and spot.follows(_INITIAL)):
        return Read(found.end(), Piece(DOTTED[found[1]]))
    if (found := _SLASHED.match(line, at)) and (words := SLASHED.get(found[1].lower())):
        address = found[1] in {"đ/c", "Đ/c"} and line[found.end() : found.end() + 1] == ":"
        return Read(found.end(), Piece("địa chỉ" if address else words))
    if found := _AND_SO_ON.match(line, at):
        return Read(found.end(), Piece("vân vân"))
    if found := _QUARTER.match(line, at):
        return Read(found.end(), Piece("quý"))
    if found := _NUMBERED.match(line, at):
        return Read(found.end(), Piece(_DIGITS[found[1]]))
    if found := _WEEKDAY.match(line, at):
        return Read(found.end(), Piece(f"thứ {ordinal(found[1])}", Kind.QUANTITY))
    if (found := _MONTH.match(line, at)) and 1 <= int(found[1]) <= 12:
        return Read(at + 1, Piece("tháng"))
    return _joined_tokens(spot)


def _joined_tokens(spot: Spot) -> Read | None:
    found = _COMPOUND.match(spot.line, spot.at)
    if not found:
        return None
    whole = re.sub(r" ?& ?", "-", found.group())
    parts = whole.split("-")
    if whole in COMPOUNDS:
        words = COMPOUNDS[whole]
    elif parts[0] in PAPERS and parts[-1] in ACRONYMS and "&" not in found.group():
        words = " ".join(PAPERS.get(part) or acronym(part) for part in parts)
    else:
        link = " và " if "&" in found.group() else " "
        words = link.join(acronym(part, shouting=spot.shouting) for part in parts)
    return Read(found.end(), Piece(words))


def read_word(spot: Spot) -> Read | None:
    """Read one token of letters."""
    found = TOKEN.match(spot.line, spot.at)
    if not found:
        return None
    letters = found.group()
    if digits := _roman(spot, letters):
        words = ordinal(digits) if spot.follows(_ORDERED) else cardinal(digits)
        return Read(found.end(), Piece(words, Kind.QUANTITY))
    if _POLICE.match(spot.line, spot.at):
        return Read(found.end(), Piece("công an"))
    if _COMMAND.match(spot.line, spot.at):
        return Read(found.end(), Piece("ban chỉ huy"))
    if letters in {"TT", "CT", "CĐ", "HD", "KL"} and _PAPER_NEXT.match(spot.line, found.end()):
        return Read(found.end(), Piece(PAPERS[letters]))
    if letters == "KH" and spot.follows(_CLIENTS):
        return Read(found.end(), Piece("khách hàng"))
    return Read(found.end(), Piece(word(letters, shouting=spot.shouting)))


def _roman(spot: Spot, token: str) -> str | None:
    """Return the digits of a Roman number where one is meant: behind `quý`, `điều` … or at a line's start."""
    digits = from_roman(token)
    if digits is None:
        return None
    heading = spot.at == 0 and spot.line[len(token) : len(token) + 2] in {". ", ") ", "- ", "/ "}
    if len(token) > 1 or spot.follows(_NUMBERED_BY_ROMAN) or (heading and token in {"I", "V"}):
        return digits
    return None


def word(token: str, *, shouting: bool = False) -> str:
    """Return how one token of letters is said."""
    if token in MIXED:
        return MIXED[token]
    if len(token) == 1:
        return lowered(token) if has_vowel(token) else name_of(token)
    if in_capitals(token):
        return acronym(token, shouting=shouting)
    small = lowered(token)
    if token == small and token.isascii() and len(token) <= 4 and not has_vowel(token):
        return spelt(token)
    return token


def acronym(token: str, *, shouting: bool = False) -> str:
    """Return how a token in capitals is said: by its meaning, as a syllable, or letter by letter."""
    if token in ACRONYMS and not (shouting and is_syllable(token)):
        return ACRONYMS[token]
    small = lowered(token)
    if len(token) == 1:
        return small if has_vowel(token) else name_of(token)
    sayable = has_vowel(token) and (shouting or is_syllable(token) or len(token) > 5)
    if sayable or len(token) > LONGEST_SPELT:
        return word(small) if small in MIXED else small
    return spelt(token)


def is_shouting(line: str) -> bool:
    """Return whether a line is written in capitals throughout, so that a syllable in capitals is a word."""
    loud = quiet = 0
    for token in TOKEN.findall(line):
        if in_capitals(token):
            if len(token) > 1 and token not in ACRONYMS and is_syllable(token):
                loud += len(token)
        else:
            quiet += len(token)
    return loud > quiet
