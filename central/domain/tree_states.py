"""What the verbs of the area tree answer.

Law of the room: pure values.
"""

from datetime import date, datetime
from enum import StrEnum

from central.domain.states import State


class ChangeKind(StrEnum):
    """How the tree was changed."""

    RENAME = "rename"
    MERGE = "merge"
    MOVE = "move"
    SPLIT = "split"
    CLOSE = "close"


CHANGE_WORDS = {
    ChangeKind.RENAME: "đổi tên, mã",
    ChangeKind.MERGE: "sáp nhập",
    ChangeKind.MOVE: "chuyển",
    ChangeKind.SPLIT: "chia tách",
    ChangeKind.CLOSE: "đóng",
}


class AreaState(State, frozen=True, kw_only=True):
    """One area with what lies at and below it; a closed one still has the appliances that keep its path."""

    path: str
    name: str
    code: str
    since: date | None
    until: date | None
    successor: str | None
    appliances: int
    people: int
    areas: int
    children: tuple["AreaState", ...] = ()

    @property
    def word(self) -> str:
        """Return whether it is in force."""
        return "còn hiệu lực" if self.until is None else "đã đóng"


class AreaChangeState(State, frozen=True, kw_only=True):
    """One change of the tree: on which day, why, and what stands in its place."""

    at: datetime
    who: str
    kind: ChangeKind
    area: str
    successors: tuple[str, ...]
    day: date
    why: str

    @property
    def word(self) -> str:
        """Return the kind as people say it."""
        return CHANGE_WORDS[self.kind]


class Relocated(State, frozen=True, kw_only=True):
    """One area that is closed, and what it becomes; `name` is that of the new one."""

    old: str
    new: str
    name: str
    code: str


class TreeOutcome(State, frozen=True, kw_only=True):
    """What a merge, move or split does, or has done.

    `appliances` keep their old path and their programme until they are assigned anew; `sites` go to the new path at
    once; `slots` stay where they are and go on sounding on those appliances; `people` hold roles at closed areas.
    """

    kind: ChangeKind
    closed: tuple[str, ...]
    moved: tuple[Relocated, ...]
    into: tuple[str, ...]
    appliances: int
    sites: int
    slots: int
    people: int
    day: date
    done: bool


class ToReassign(State, frozen=True, kw_only=True):
    """An appliance that still stands under a closed path: `site` is where its new paper is prepared, if planned."""

    device: str
    name: str
    area: str
    area_name: str
    into: str | None
    site: str | None
