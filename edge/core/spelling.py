"""Spelling: addresses, digits and passwords as they are read aloud, sign by sign.

Law of the room: pure; Vietnamese.
"""

from typing import Final

DIGITS: Final = ("không", "một", "hai", "ba", "bốn", "năm", "sáu", "bảy", "tám", "chín")
SIGNS: Final = {".": "chấm", ":": "hai chấm", "-": "gạch", "/": "gạch chéo"}
GROUP: Final = 4  # digits in a row that a listener keeps in mind


def spelt(text: str) -> str:
    """Return an address or password as it is read aloud; a long row of digits has rests in it."""
    words: list[str] = []
    row = 0
    long = text.isdigit() and len(text) > GROUP
    for letter in text:
        row = row + 1 if letter.isdigit() else 0
        word = DIGITS[int(letter)] if letter in "0123456789" else SIGNS.get(letter, letter)
        if letter.isalpha() and letter.isupper():
            word = f"{letter} hoa"
        words.append(f"{word}," if long and row % GROUP == 0 and row < len(text) else word)
    return " ".join(words)


def digits(number: str) -> str:
    """Return a row of digits as it is read aloud."""
    return " ".join(DIGITS[int(digit)] for digit in number if digit in "0123456789")
