"""The way of one notice as a row of steps: what is behind it, where it is, what lies before it.

Law of the room: pure; values for a page and for programs alike.
"""

from datetime import datetime
from enum import StrEnum
from typing import Final

import msgspec

from central.domain.states import State
from central.domain.workflow import STATE_WORDS, DeedKind, NoticeState


class Place(StrEnum):
    """How a step stands: behind, here, here and not well, or still to come."""

    DONE = "done"
    NOW = "now"
    BAD = "bad"
    AHEAD = "ahead"


class TrackStep(State, frozen=True, kw_only=True):
    """One step of the way, with when and by whom where that is known."""

    state: NoticeState
    place: Place
    at: datetime | None = None
    who: str = ""
    words: str = ""
    done: int | None = None
    of: int | None = None

    @property
    def word(self) -> str:
        """Return the step as people say it."""
        return STATE_WORDS[self.state]


class Deeds(msgspec.Struct, frozen=True, kw_only=True):
    """When each kind of deed was last done, by whom, with which words."""

    last: dict[DeedKind, tuple[datetime, str, str]]


class Reached(msgspec.Struct, frozen=True, kw_only=True):
    """What the later steps say: each with its time and maker where known."""

    state: NoticeState
    uploaded: datetime
    maker: str
    planned_at: datetime | None
    planned_by: str
    sent_at: datetime | None
    sent_by: str
    targets: int
    received: int
    newest_play: datetime | None
    sounded: int
    of: int
    next_at: datetime | None


_WAY: Final = (
    NoticeState.DRAFT,
    NoticeState.SUBMITTED,
    NoticeState.APPROVED,
    NoticeState.SCHEDULED,
    NoticeState.SENT,
    NoticeState.RECEIVED,
    NoticeState.PLAYED,
)
_STANDS_FOR: Final = {
    NoticeState.RETURNED: NoticeState.APPROVED,
    NoticeState.LAPSED: NoticeState.APPROVED,
    NoticeState.RECALLED: NoticeState.APPROVED,
    NoticeState.ON_AIR: NoticeState.PLAYED,
    NoticeState.PARTLY: NoticeState.PLAYED,
    NoticeState.NOT_PLAYED: NoticeState.PLAYED,
}
_BAD: Final = frozenset(
    {
        NoticeState.RETURNED,
        NoticeState.LAPSED,
        NoticeState.RECALLED,
        NoticeState.PARTLY,
        NoticeState.NOT_PLAYED,
    }
)
_DECIDED: Final = {
    NoticeState.RETURNED: DeedKind.RETURN,
    NoticeState.RECALLED: DeedKind.RECALL,
}


def steps_of(reached: Reached, deeds: Deeds) -> tuple[TrackStep, ...]:
    """Return the seven steps of the way, with the one it is at in place of the one it stands for."""
    here = _WAY.index(_STANDS_FOR.get(reached.state, reached.state))
    return tuple(_step(n, here, reached, deeds) for n in range(len(_WAY)))


def _step(n: int, here: int, reached: Reached, deeds: Deeds) -> TrackStep:
    state = reached.state if n == here else _WAY[n]
    if n > here:
        return TrackStep(state=state, place=Place.AHEAD, at=_expected(state, reached))
    place = Place.DONE if n < here else Place.BAD if state in _BAD else Place.NOW
    if state is NoticeState.PLAYED:
        place = Place.DONE
    match _WAY[n]:
        case NoticeState.DRAFT:
            return TrackStep(state=state, place=place, at=reached.uploaded, who=reached.maker)
        case NoticeState.SUBMITTED:
            return _by_deed(state, place, deeds.last.get(DeedKind.SUBMIT))
        case NoticeState.APPROVED:
            kind = _DECIDED.get(state, DeedKind.APPROVE)
            return _by_deed(state, place, deeds.last.get(kind))
        case NoticeState.SCHEDULED:
            return TrackStep(
                state=state, place=place, at=reached.planned_at, who=reached.planned_by
            )
        case NoticeState.SENT:
            return TrackStep(
                state=state,
                place=place,
                at=reached.sent_at,
                who=reached.sent_by,
                of=reached.targets or None,
            )
        case NoticeState.RECEIVED:
            return TrackStep(state=state, place=place, done=reached.received, of=reached.targets)
        case _:
            return TrackStep(
                state=state,
                place=place,
                at=reached.newest_play,
                done=reached.sounded,
                of=reached.of,
            )


def _expected(state: NoticeState, reached: Reached) -> datetime | None:
    return reached.next_at if state is NoticeState.PLAYED else None


def _by_deed(state: NoticeState, place: Place, deed: tuple[datetime, str, str] | None) -> TrackStep:
    if deed is None:
        return TrackStep(state=state, place=place)
    at, who, words = deed
    return TrackStep(state=state, place=place, at=at, who=who, words=words)
