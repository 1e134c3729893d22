"""What strangers wrote, fit for a log: no line of theirs can pass for one of ours.

Law of the room: pure. Names on sticks, answers of servers and fields of reports end in the log; whatever would begin a
line, steer a terminal or turn the direction of writing is written as its number instead.
"""

import unicodedata
from typing import Final

_BENT: Final = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})  # controls, formats, halves, separators


def one_line(text: str) -> str:
    """Return `text` on one line of plain letters; what is no letter to see becomes the escape of its number."""
    return "".join(_escaped(letter) for letter in text)


def indented(text: str) -> str:
    """Return lines of ours (a traceback) each behind a bar, so that none of what they quote begins a line."""
    return "\n".join(f"  | {one_line(line)}" for line in text.split("\n"))


def _escaped(letter: str) -> str:
    if unicodedata.category(letter) not in _BENT:
        return letter
    return f"\\u{ord(letter):04x}"
