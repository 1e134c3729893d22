"""Written Vietnamese to words that a speech engine reads right; the edge speaks by it, central previews by it.

Law of the room: pure, total and bounded. What comes out holds letters, single spaces and `. , ; : ! ?`, each
followed by a space; no digit and no token in capitals is left, so that reading it again changes nothing.
What we cannot read is left as it stands or falls silent: a warning with one odd word is better than none.
"""

import unicodedata

from contract.spoken.cleaning import lines_of, shorten_marks
from contract.spoken.pieces import Piece, joined, pause, weight
from contract.spoken.reading import read_line

__all__ = ["normalise"]


def normalise(text: str, language: str = "vi") -> str:
    """Return `text` as it should be spoken, in NFC.

    In Vietnamese dates, times, numbers, money, units, telephone numbers, document numbers and the
    abbreviations of people's committees become words, and line ends become pauses. In any other language
    only the spaces are collapsed. Never raises; takes time in proportion to the text; idempotent.
    """
    if language.lower().split("-", 1)[0] != "vi":
        return unicodedata.normalize("NFC", shorten_marks(" ".join(text.split())))
    pieces: list[Piece] = []
    for line in lines_of(text):
        if pieces and not weight(pieces[-1]):
            if line.bullet:
                pieces.append(pause(","))
            elif not line.text[0].islower():  # a hard wrap within a sentence is no pause
                pieces.append(pause("."))
        pieces += read_line(line.text)
    return unicodedata.normalize("NFC", joined(pieces))
