"""What verbs answer about the log of everything signed: its lines, its head, and alarms about what is not in it.

Law of the room: pure values; what a line means is `contract.signed_log`'s.
"""

from datetime import datetime
from enum import StrEnum

from central.domain.states import State


class LogLineState(State, frozen=True, kw_only=True):
    """One line as it is spelled, and its parts; `place` is the name of the appliance spoken to, if one is known."""

    number: int
    at: datetime
    kind: str
    subject: str
    device: str
    place: str
    areas: tuple[str, ...]
    epoch: int
    keyids: tuple[str, ...]
    payload_sha256: str
    line: str
    sha256: str


class LogHead(State, frozen=True, kw_only=True):
    """The newest line: whoever notes number and hash can tell later whether the log was changed before it."""

    number: int
    sha256: str
    at: datetime


class LogAlarmKind(StrEnum):
    """What an appliance told that nothing in the log covers."""

    RECEIPT = "receipt"
    PLAY = "play"


class LogAlarmState(State, frozen=True, kw_only=True):
    """An alarm: what an appliance told `times` times that no line covers; it stands until somebody says why.

    `first_at` and `last_at` are by the appliance's clock, `first_seen` and `last_seen` when it reached us.
    """

    id: int
    device: str
    device_name: str
    area: str
    kind: LogAlarmKind
    what: str
    title: str
    why: str
    times: int
    first_at: datetime
    last_at: datetime
    first_seen: datetime
    last_seen: datetime
    acknowledged: datetime | None
    acknowledged_by: str
    words: str

    @property
    def word(self) -> str:
        """Return the state as people say it."""
        return "chưa ai xem" if self.acknowledged is None else "đã ghi nhận"
