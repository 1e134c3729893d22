"""The speech: how a typed text will be read, and for about how long.

Law of the room: pure; an estimate errs on the long side, because it gives a decision its end.
"""

import re
from typing import Final

import msgspec

from contract.spoken import normalise

SYLLABLES_PER_S: Final = 2.5  # slower than talk: horns echo
STOP_S: Final = 0.45  # at the end of a sentence
PAUSE_S: Final = 0.2  # at a comma


class Reading(msgspec.Struct, frozen=True):
    """A text as it will be read, and for about how many seconds; 0.0 when there is nothing to say."""

    text: str
    length_s: float


def read(text: str) -> Reading:
    """Return how `text` will be read in Vietnamese."""
    spoken = normalise(text, "vi")
    syllables = sum(1 for word in spoken.split() if any(letter.isalnum() for letter in word))
    if syllables == 0:
        return Reading(spoken, 0.0)
    stops, pauses = len(re.findall(r"[.!?]+", spoken)), len(re.findall(r"[,;:]", spoken))
    return Reading(spoken, syllables / SYLLABLES_PER_S + STOP_S * stops + PAUSE_S * pauses)
