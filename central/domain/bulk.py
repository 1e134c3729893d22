"""Orders to many appliances: what can be ordered, how fast it goes out, and what may become of each.

Law of the room: pure. Nothing is called done that the appliance has not told. Only what the signed
contract knows is offered.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, assert_never

from central.domain.people import Right
from central.domain.states import State
from contract.documents import (
    Action,
    Reload,
    Restart,
    SendLogs,
    SetVolume,
    Silence,
    StopSound,
    TestYourself,
)

LIFE: Final = timedelta(minutes=5)
LOGS: Final = "logs"  # what a command that asks for them is called in the tables
MOST_TARGETS: Final = 12_000
MOST_PER_S: Final = 200
USUAL_PER_S: Final = 20


class Sending(StrEnum):
    """How far an order is with one appliance."""

    WAITING = "waiting"
    SENT = "sent"
    OBEYED = "obeyed"
    REFUSED = "refused"
    UNANSWERED = "unanswered"
    DROPPED = "dropped"


SENDING_WORDS: Final[Mapping[Sending, str]] = {
    Sending.WAITING: "chờ đến lượt",
    Sending.SENT: "đã gửi",
    Sending.OBEYED: "đã nhận và làm",
    Sending.REFUSED: "từ chối",
    Sending.UNANSWERED: "không trả lời",
    Sending.DROPPED: "không gửi",
}


LOGS_TAKEN: Final = "đã nhận nhật ký"


class BulkPhase(StrEnum):
    """How far the order is as a whole: going out, waiting for answers, over, or stopped by somebody."""

    SENDING = "sending"
    WAITING = "waiting"
    OVER = "over"
    STOPPED = "stopped"


BULK_WORDS: Final[Mapping[BulkPhase, str]] = {
    BulkPhase.SENDING: "đang gửi",
    BulkPhase.WAITING: "chờ trả lời",
    BulkPhase.OVER: "đã xong",
    BulkPhase.STOPPED: "đã dừng",
}


class BulkState(State, frozen=True, kw_only=True):
    """An order to many: what, by whom, and how many appliances are how far."""

    id: int
    asked: datetime
    asked_by: str
    words: str
    total: int
    per_s: int
    phase: BulkPhase
    counts: dict[str, int]
    ended: datetime | None

    @property
    def word(self) -> str:
        """Return the phase as people say it."""
        return BULK_WORDS[self.phase]


class TargetState(State, frozen=True, kw_only=True):
    """What came of an order at one appliance; `logs_taken` when its log came, where the order asked for it."""

    device: str
    name: str
    area: str
    state: Sending
    counter: int
    sent: datetime | None
    answered: datetime | None
    why: str
    logs_taken: datetime | None = None

    @property
    def word(self) -> str:
        """Return the state as people say it."""
        return SENDING_WORDS[self.state] if self.logs_taken is None else LOGS_TAKEN


def right_for(action: Action) -> Right:
    """Return which right an order needs where the appliance stands."""
    match action:
        case Silence():
            return Right.SILENCE
        case SendLogs():
            return Right.LOGS
        case _:
            return Right.COMMAND


def action_words(action: Action) -> str:
    """Return an order as people say it."""
    match action:
        case SetVolume(volume_pct=percent):
            return f"đặt âm lượng {percent} %"
        case StopSound(for_s=seconds):
            return f"dừng phát {round(seconds / 60)} phút"
        case Silence(on=on):
            return "cắt phát" if on else "cho phát lại"
        case Reload():
            return "lấy lại lịch"
        case Restart():
            return "khởi động lại chương trình"
        case SendLogs():
            return "lấy nhật ký máy"
        case TestYourself():
            return "tự kiểm tra"
        case _:
            assert_never(action)
