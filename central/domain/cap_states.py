"""What the verbs of CAP answer: messages in the inbox, where they come from, and what they would change.

Law of the room: values only.
"""

from datetime import datetime
from enum import StrEnum
from typing import Final

from central.domain.cap import Point
from central.domain.cap_proposal import Proposal
from central.domain.states import State

PHASE_WORDS: Final = {
    "waiting": "chờ xem",
    "used": "đã dùng",
    "dismissed": "đã bỏ qua",
    "superseded": "đã có tin thay",
}


class CapPhase(StrEnum):
    """What became of a message."""

    WAITING = "waiting"
    USED = "used"
    DISMISSED = "dismissed"
    SUPERSEDED = "superseded"


class CapOrigin(StrEnum):
    """By which way a message came."""

    FILE = "file"
    API = "api"
    SOURCE = "source"


ORIGIN_WORDS: Final = {
    CapOrigin.FILE: "tệp",
    CapOrigin.API: "hệ thống khác gửi",
    CapOrigin.SOURCE: "nguồn tin",
}


class CapMessageState(State, frozen=True, kw_only=True):
    """A message in the inbox of `area`; `announcement` is ours that was prepared from it or that it would end."""

    number: int
    area: str
    origin: CapOrigin
    origin_name: str
    received: datetime
    received_by: str
    identifier: str
    sender: str
    sent: datetime
    status: str
    message: str
    event: str
    headline: str
    severity: str
    expires: datetime | None
    phase: CapPhase
    announcement: str
    decided: datetime | None
    decided_by: str
    why: str
    size_bytes: int

    @property
    def word(self) -> str:
        """Return how it stands as people say it."""
        return PHASE_WORDS[self.phase]


class CapTaken(State, frozen=True, kw_only=True):
    """A message that was handed in; `new` is false for bytes that the inbox had already."""

    new: bool
    message: CapMessageState


class CapChange(State, frozen=True, kw_only=True):
    """One field that differs between an announcement of ours and what the message says now.

    `field` is severity, areas, headline or text; the last two are of a `language`.
    """

    field: str
    language: str = ""
    before: str
    after: str


class CapDrawing(State, frozen=True, kw_only=True):
    """What the map of a message shows: its shapes, and the appliances near them, inside or not."""

    polygons: tuple[tuple[Point, ...], ...]
    circles: tuple[tuple[float, float, float], ...]
    inside: tuple[Point, ...]
    outside: tuple[Point, ...]


class CapProposed(State, frozen=True, kw_only=True):
    """A message, what it would be, and which of our announcements in force it updates or ends.

    `changes` is empty unless it updates one of ours.
    """

    message: CapMessageState
    proposal: Proposal
    concerns: tuple[str, ...]
    changes: tuple[CapChange, ...]
    drawing: CapDrawing


class CapSourceState(State, frozen=True, kw_only=True):
    """An address that is asked every `every_s` seconds, and how it went; `why` is empty when it went well."""

    id: str
    name: str
    area: str
    url: str
    every_s: int
    enabled: bool
    created: datetime
    created_by: str
    due: datetime
    tried: datetime | None
    reached: datetime | None
    why: str
    taken: int

    @property
    def word(self) -> str:
        """Return how it stands as people say it."""
        if not self.enabled:
            return "đang tắt"
        if self.tried is None:
            return "chưa hỏi lần nào"
        return "có lỗi" if self.why else "đang nhận"
