"""A place in a line, and what its neighbours tell about it.

Law of the room: looks a bounded way back, so that reading a line stays linear.
"""

import re
from dataclasses import dataclass
from typing import Final

from contract.spoken.letters import lowered
from contract.spoken.pieces import Kind, Piece

LOOK_BACK: Final = 40


@dataclass(frozen=True, slots=True)
class Spot:
    """Where reading stands: the line, the place, what was read last, and whether the line is in capitals."""

    line: str
    at: int
    read: list[Piece]
    shouting: bool

    def follows(self, pattern: re.Pattern[str]) -> bool:
        """Return whether what stands just before, as written or as read, ends in `pattern`.

        What was written is compared in small letters; the pattern is anchored by itself.
        """
        written = lowered(self.line[max(0, self.at - LOOK_BACK) : self.at])
        said = self.read[-1].text[-LOOK_BACK:] if self.read else ""
        return pattern.search(written) is not None or pattern.search(said) is not None

    def kind(self, back: int = 1) -> Kind | None:
        """Return the kind of the piece read last, or the one `back` before."""
        return self.read[-back].kind if len(self.read) >= back else None

    def after_quantity(self) -> bool:
        """Return whether a number, time or date was read last, so that a dash means `to`."""
        return self.kind() in {Kind.QUANTITY, Kind.DATE}


def ends(words: str) -> re.Pattern[str]:
    """Return the pattern of a text that ends in one of `words` (alternatives), then spaces or a colon."""
    return re.compile(rf"(?:^|[^\w])(?:{words})[ :.]*$")
