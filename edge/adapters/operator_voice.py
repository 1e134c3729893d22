"""One operator's voice as the appliance has it: what is believed of it, what was said, and what waits.

Law of the room: nothing is said that was not proved to follow from what was said before. What comes too early waits,
unproved, within bounds; a piece that is no Opus is refused and ends nothing. For one thread at a time.
"""

import math
from typing import Final

from contract import voice
from contract.documents import PublicKey
from contract.errors import RefusalCode, Refused
from contract.voice import Heard, Piece
from edge.adapters.operator_line import OperatorLine
from edge.adapters.opus import Decoder, NotOpus

MOST_AHEAD: Final = 64  # pieces kept while one before them is fetched
# How long nothing may come before central is asked, ever longer; before the first word the stream has its time.
FIRST_S: Final = 12.0
STALE_S: Final = (6.0, 12.0, 24.0, 48.0, 60.0)
MOST_EMPTY: Final = 10  # answers without anything new: the rest comes by the stream, if it comes


class Voice:
    """The voice of one announcement's operator; `said` is its sound so far, `pieces` what proves it."""

    def __init__(self, announcement: str, key: PublicKey, now_s: float) -> None:
        """Begin with nothing heard; raises `OSError` where there is no decoder."""
        self.heard = Heard(announcement=announcement, key=key)
        self.said = bytearray()
        self.pieces: list[bytes] = []
        self.ahead: dict[int, bytes] = {}
        self.refused: set[str] = set()
        self.decoder = Decoder()
        self.line: OperatorLine | None = None
        self.live = False  # it was said that it may go on air
        self.fell = False  # its line has ended; it goes on air live once only
        self.told = False  # the line told all of it
        self.moved_s = now_s
        self.asked = 0
        self.empty = 0
        self.fetching = False
        self.settling = False
        self.written = False

    @property
    def whole(self) -> bool:
        """Return whether the last piece is here, and so all before it."""
        return self.heard.over

    def take(self, piece: Piece, data: bytes, now_s: float) -> bool:
        """Take a piece in and return whether anything was said by it. Raises `Refused`."""
        following = self.heard.next_number
        if piece.number < following and data == self.pieces[piece.number]:
            return False  # two roads brought the same
        if following < piece.number < following + MOST_AHEAD and not self.whole:
            self.ahead[piece.number] = data
            return False
        self._believe(data, now_s)
        while (more := self.ahead.pop(self.heard.next_number, None)) is not None:
            self._believe(more, now_s)
        return True

    def _believe(self, data: bytes, now_s: float) -> None:
        heard, piece = voice.follow(self.heard, data)
        try:
            sound = b"".join(map(self.decoder.decode, piece.packets))
        except NotOpus as fault:
            raise Refused(RefusalCode.MALFORMED, str(fault)) from fault
        self.heard = heard
        self.said += sound
        self.pieces.append(data)
        self.moved_s, self.asked, self.empty = now_s, 0, 0

    def patience_s(self) -> float:
        """Return how long it may be silent before central is asked for the rest of it."""
        if self.empty >= MOST_EMPTY:
            return math.inf
        if not self.pieces and not self.asked:
            return FIRST_S
        return STALE_S[min(self.asked, len(STALE_S) - 1)]

    def close(self) -> None:
        """Let go of decoder and line."""
        self.decoder.close()
        if self.line is not None:
            self.line.close()
            self.line = None
