"""Why a warning would not have been heard from an appliance, by what it told of a drill.

Law of the room: pure. An exercise is judged by what was measured at the sink, a night by the appliance's own silent
look; who told nothing is told apart by when it was last seen. Every cause has its next step.
"""

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from typing import Final

import msgspec

from central.domain.states import State
from central.domain.tally import ZONE

FAINT_DBFS: Final = -50.0  # below this at the sink nobody at the foot of the pole hears words


class Cause(StrEnum):
    """Why a warning would not have been heard from an appliance; the worst to be sent to first."""

    OFFLINE = "offline"
    NO_RECEIPT = "no-receipt"
    KEY_UNKNOWN = "key-unknown"
    REFUSED = "refused"
    CLOCK = "clock"
    AMPLIFIER = "amplifier"
    SILENT = "silent"
    FAINT = "faint"
    PARTLY = "partly"
    POLICY = "policy"
    HUSHED = "hushed"
    NO_ANSWER = "no-answer"


CAUSE_WORDS: Final = {
    Cause.OFFLINE: "mất liên lạc",
    Cause.NO_RECEIPT: "không báo đã nhận",
    Cause.KEY_UNKNOWN: "không nhận ra khóa ký",
    Cause.REFUSED: "từ chối bản tin",
    Cause.CLOCK: "đồng hồ chưa tin cậy",
    Cause.AMPLIFIER: "lỗi tăng âm, rơ-le",
    Cause.SILENT: "không ra tiếng",
    Cause.FAINT: "tiếng quá nhỏ",
    Cause.PARTLY: "phát không hết lời",
    Cause.POLICY: "giờ yên tĩnh hoặc hết phút",
    Cause.HUSHED: "bị tắt tiếng hoặc nhường chương trình",
    Cause.NO_ANSWER: "đã nhận nhưng không trả lời tiếp",
}
ACTION_WORDS: Final = {
    Cause.OFFLINE: "Kiểm tra điện và đường truyền tại cụm loa.",
    Cause.NO_RECEIPT: "Kiểm tra đường truyền; xem nhật ký của máy.",
    Cause.KEY_UNKNOWN: "Máy chưa nhận vòng khóa mới: kiểm tra kho khóa, khởi động lại máy.",
    Cause.REFUSED: "Đọc lý do; thường là giấy giao nhiệm vụ hoặc đồng hồ sai.",
    Cause.CLOCK: "Kiểm tra mạng của máy và máy chủ giờ.",
    Cause.AMPLIFIER: "Đến kiểm tra tăng âm, rơ-le và dây tại cụm loa.",
    Cause.SILENT: "Kiểm tra đường âm thanh, dây loa.",
    Cause.FAINT: "Kiểm tra mức âm lượng và dây loa.",
    Cause.PARTLY: "Xem lượt phát để biết bị ngắt ở đâu.",
    Cause.POLICY: "Chọn giờ khác cho lần diễn tập sau.",
    Cause.HUSHED: "Hỏi cán bộ trực tại chỗ.",
    Cause.NO_ANSWER: "Khởi động lại máy; xem nhật ký của máy.",
}
_BY_REFUSAL: Final = {
    "drill-clock": Cause.CLOCK,
    "clock-unknown": Cause.CLOCK,
    "drill-amplifier": Cause.AMPLIFIER,
    "drill-relays": Cause.AMPLIFIER,
    "drill-inputs-alarm": Cause.AMPLIFIER,
    "drill-zones": Cause.AMPLIFIER,
    "drill-sound": Cause.SILENT,
    "drill-listener": Cause.SILENT,
    "drill-sound-path": Cause.SILENT,
    "drill-silent-sink": Cause.SILENT,
    "drill-hands": Cause.NO_ANSWER,
    "drill-assigned": Cause.REFUSED,
    "quiet-hours": Cause.POLICY,
    "day-quota": Cause.POLICY,
    "session-quota": Cause.POLICY,
    "gave-way": Cause.HUSHED,
    "silenced": Cause.HUSHED,
    "unknown-key": Cause.KEY_UNKNOWN,
    "bad-signature": Cause.KEY_UNKNOWN,
    "threshold": Cause.KEY_UNKNOWN,
    "out-of-scope": Cause.KEY_UNKNOWN,
}


class Heard(msgspec.Struct, frozen=True, kw_only=True):
    """One measured play of an exercise."""

    asked_ms: int
    sounded_ms: int
    whole: bool
    level_dbfs: float | None = None
    why: str = ""


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """What an appliance told of one drill; `refusals` and `papers` are code and reason, in the order of telling.

    `papers` are announcements it refused in that hour without saying which.
    """

    last_seen: datetime | None = None
    receipts: frozenset[str] = frozenset()
    refusals: tuple[tuple[str, str], ...] = ()
    papers: tuple[tuple[str, str], ...] = ()
    plays: tuple[Heard, ...] = ()


class Lack(State, frozen=True, kw_only=True):
    """Why a warning would not have been heard: the cause, and what the appliance itself said of it."""

    cause: Cause
    why: str

    @property
    def word(self) -> str:
        """Return the cause as people say it."""
        return CAUSE_WORDS[self.cause]


def lack_of(facts: Facts, *, audible: bool, sent: datetime) -> Lack | None:
    """Return why a warning would not have been heard, None when it would have been.

    An exercise is judged by what was measured at the sink alone, a Test by the appliance's own look.
    """
    if audible and any(play.sounded_ms for play in facts.plays):
        return _lack_of_sound(facts.plays)
    if not audible and "ready" in facts.receipts:
        return None
    for code, why in facts.refusals:
        return Lack(cause=_BY_REFUSAL.get(code, Cause.REFUSED), why=why)
    if facts.plays:
        why = next((play.why for play in facts.plays if play.why), "")
        return Lack(cause=Cause.SILENT, why=why)
    if facts.receipts:
        return Lack(cause=Cause.NO_ANSWER, why="")
    for code, why in facts.papers:
        return Lack(cause=_BY_REFUSAL.get(code, Cause.REFUSED), why=why)
    if facts.last_seen is None:
        return Lack(cause=Cause.OFFLINE, why="Chưa từng kết nối.")
    if facts.last_seen < sent:
        since = facts.last_seen.astimezone(ZONE)
        return Lack(cause=Cause.OFFLINE, why=f"Mất liên lạc từ {since:%H:%M %d/%m/%Y}.")
    return Lack(cause=Cause.NO_RECEIPT, why="")


def _lack_of_sound(plays: Iterable[Heard]) -> Lack | None:
    heard = [play for play in plays if play.sounded_ms]
    loudest = max((p.level_dbfs for p in heard if p.level_dbfs is not None), default=None)
    if loudest is not None and loudest < FAINT_DBFS:
        return Lack(cause=Cause.FAINT, why=f"Mức âm đo được {loudest:.0f} dBFS.")
    for play in plays:
        if not play.whole:
            told = f"Đo được {play.sounded_ms / 1000:.0f} giây. {play.why}".strip()
            return Lack(cause=Cause.PARTLY, why=told)
    return None
