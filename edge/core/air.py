"""The air: what ought to sound, and why.

Law of the room: values only. `Claim` is somebody who wants the output; `Air` is the one who has it.
"""

from datetime import datetime

import msgspec

from contract.documents import Rank
from contract.timeline import Cue
from edge.core.sound import Source


class Claim(msgspec.Struct, frozen=True, kw_only=True):
    """Who wants the output, how strongly and until when.

    `source` None claims silence. `key` names the play; `session` the slot occurrence whose minutes count.
    `since` is the instant the play was meant to start and `length_ms` how long it is meant to sound
    (0 where that is not known before). `cue` is the programme's, where the programme claims. `fresh` is a
    warning of which no round has yet been heard here to its end.
    """

    rank: Rank
    key: str
    why: str
    title: str = ""
    source: Source | None = None
    session: str = ""
    zones: frozenset[str] = frozenset()
    volume_pct: int = 0
    since: datetime
    until: datetime
    from_ms: int = 0
    length_ms: int = 0
    cue: Cue | None = None
    fresh: bool = False


class Refused(msgspec.Struct, frozen=True, kw_only=True):
    """A claim that does not stand: its key, rank and title, the reason code and a sentence."""

    key: str
    title: str
    rank: Rank
    code: str
    why: str


class Air(msgspec.Struct, frozen=True, kw_only=True):
    """Who has the output: the winning claim, until when at least, and who was refused.

    `done` says that the winner's play has already ended: the air is his, but nothing more is to sound.
    """

    claim: Claim
    until: datetime
    done: bool = False
    refused: tuple[Refused, ...] = ()
    waiting: tuple[Claim, ...] = ()

    @property
    def sounding(self) -> bool:
        """Return whether something ought to sound now."""
        return self.claim.source is not None and not self.done
