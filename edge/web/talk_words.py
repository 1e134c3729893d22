"""What a phone that talks is told, from what is observed.

Law of the room: pure. "On air" is said when sound was measured, never when it was ordered.
"""

from datetime import datetime
from typing import Literal

import msgspec

from contract.documents import Rank
from edge.core.decide import Decision
from edge.core.page import PageView
from edge.web.actions import OURS
from edge.web.words import Words

State = Literal["opening", "chime", "speak", "live", "held", "over"]


class Said(msgspec.Struct, frozen=True):
    """What the phone is told: the state, a sentence, seconds left; `refused` where the talk was not wanted."""

    state: State
    text: str
    left_s: int = 0
    refused: bool = False


class Talk(msgspec.Struct, frozen=True):
    """One talk on air: its line, who talks, until when, and the keys of its plays, the phone's own last."""

    ref: str
    by: str
    until: datetime
    keys: tuple[str, ...]


def no(text: str) -> Said:
    """Return the end of a talk that is refused or taken away."""
    return Said("over", text, refused=True)


def observed(view: PageView, wall: datetime, words: Words, talk: Talk) -> Said:
    """Return what is observed of a talk that goes on; the seconds are whole tens, so that they seldom change."""
    left_s = int((talk.until - wall).total_seconds()) // 10 * 10
    state: State
    if view.rank > Rank.LIVE:
        state = "held"
    elif view.key == talk.keys[-1]:
        state = "live" if view.sounding else "speak"
    elif view.key in talk.keys and view.sounding:
        state = "chime"
    else:
        state = "opening"
    return Said(state, words(f"talk.{state}"), left_s)


def refusal(decision: Decision, words: Words) -> str:
    """Return why a talk may not sound, empty when it may."""
    if decision.desk.local.silenced:
        return words("note.cut")
    if decision.desk.word.assignment is None:
        return words("note.unassigned")
    refused = (no.why for no in decision.air.refused if no.rank is Rank.LIVE and OURS in no.key)
    return next(refused, "")
