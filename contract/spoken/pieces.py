"""What reading yields: spoken words and pauses, and how they become one text again.

Law of the room: values; of several pauses in a row the strongest remains.
"""

from collections.abc import Iterable
from enum import Enum, auto
from typing import Final, NamedTuple

PAUSES: Final = ",;:.!?"  # from the weakest to the strongest


class Kind(Enum):
    """What a piece is, as far as its neighbours need to know."""

    WORD = auto()
    QUANTITY = auto()
    DATE = auto()
    PAUSE = auto()


class Piece(NamedTuple):
    """Some words, or one mark of pause."""

    text: str
    kind: Kind = Kind.WORD


class Read(NamedTuple):
    """What a reader found from its place on: where it ends, and what is said for it."""

    end: int
    piece: Piece


def pause(mark: str) -> Piece:
    """Return a pause of one of `PAUSES`."""
    return Piece(mark, Kind.PAUSE)


def weight(piece: Piece) -> int:
    """Return how strong a pause is, 0 for words."""
    return PAUSES.index(piece.text) + 1 if piece.kind is Kind.PAUSE else 0


def joined(pieces: Iterable[Piece]) -> str:
    """Return the pieces as one text: one space between words, no pause before the first word."""
    out: list[str] = []
    waiting: Piece | None = None
    for piece in pieces:
        if piece.kind is Kind.PAUSE:
            if waiting is None or weight(piece) > weight(waiting):
                waiting = piece
        elif piece.text:
            if out:
                out.append(f"{waiting.text} " if waiting else " ")
            out.append(piece.text)
            waiting = None
    if out and waiting:
        out.append(waiting.text)
    return "".join(out)
