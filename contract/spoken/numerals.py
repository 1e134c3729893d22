"""Numbers in Vietnamese words.

Law of the room: whole numbers and strings of digits in, words out; what a number means is not known here.
"""

import re
from typing import Final

DIGITS: Final = ("không", "một", "hai", "ba", "bốn", "năm", "sáu", "bảy", "tám", "chín")
SCALES: Final = ("", "nghìn", "triệu", "tỷ", "nghìn tỷ")
LARGEST_DIGITS: Final = 3 * len(SCALES)
ROMAN: Final = re.compile(r"X{0,3}(?:IX|IV|V?I{0,3})")
_ROMAN_VALUES: Final = {"I": 1, "V": 5, "X": 10}


def spelt(digits: str) -> str:
    """Return digits one by one."""
    return " ".join(DIGITS[int(digit)] for digit in digits)


def cardinal(digits: str) -> str:
    """Return a whole number; one longer than we can name is read digit by digit."""
    plain = digits.lstrip("0") or "0"
    if len(plain) > LARGEST_DIGITS:
        return spelt(digits)
    if plain == "0":
        return DIGITS[0]
    groups = [int(plain[max(0, end - 3) : end]) for end in range(len(plain), 0, -3)]
    highest = len(groups) - 1
    words: list[str] = []
    for level in range(highest, -1, -1):
        if groups[level]:
            words.append(_below_thousand(groups[level], full=level < highest))
            words.append(_scale(level, groups))
    return " ".join(word for word in words if word)


def _scale(level: int, groups: list[int]) -> str:
    """Return the name of a level; `nghìn tỷ` says `tỷ` only once, at the level that ends it."""
    if level == len(SCALES) - 1 and groups[level - 1]:
        return "nghìn"
    return SCALES[level]


def _below_thousand(number: int, *, full: bool) -> str:
    hundreds, rest = divmod(number, 100)
    words = [DIGITS[hundreds], "trăm"] if hundreds or full else []
    if rest and rest < 10 and words:
        words.append("linh")
    if rest:
        words.append(_below_hundred(rest))
    return " ".join(words)


def _below_hundred(number: int) -> str:
    tens, ones = divmod(number, 10)
    if tens == 0:
        return DIGITS[ones]
    if tens == 1:
        return "mười" + ("" if ones == 0 else " lăm" if ones == 5 else f" {DIGITS[ones]}")
    last = {0: "", 1: " mốt", 4: " tư", 5: " lăm"}.get(ones, f" {DIGITS[ones]}")
    return f"{DIGITS[tens]} mươi{last}"


def decimal(whole: str, fraction: str) -> str:
    """Return a decimal number; a fraction of two digits is read as a number, any other digit by digit."""
    short = len(fraction) <= 2 and not fraction.startswith("0")
    return f"{cardinal(whole)} phẩy {cardinal(fraction) if short else spelt(fraction)}"


def ordinal(digits: str) -> str:
    """Return what follows `thứ`: nhất, hai, ba, tư, năm."""
    return {"1": "nhất", "4": "tư"}.get(digits.lstrip("0"), cardinal(digits))


def month(digits: str) -> str:
    """Return what follows `tháng`: the fourth is `tư`."""
    return "tư" if digits.lstrip("0") == "4" else cardinal(digits)


def from_roman(token: str) -> str | None:
    """Return the digits of a Roman number up to 39, or None."""
    if not token or not ROMAN.fullmatch(token):
        return None
    values = [_ROMAN_VALUES[letter] for letter in token]
    following = [*values[1:], 0]
    return str(sum(-v if v < after else v for v, after in zip(values, following, strict=True)))
