"""How plays are counted: the local day, the month, the kinds of plays and of shortfalls, and what is added up.

Law of the room: pure. A play belongs to the local day on which it was asked to start, and is counted once for each
area of the lineage in which its appliance stood when it told of it.
"""

from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Final, Literal
from zoneinfo import ZoneInfo

import msgspec

from contract.documents import Rank

ZONE: Final = ZoneInfo("Asia/Ho_Chi_Minh")
DAY: Final = timedelta(days=1)
Span = Literal["d", "m", "y"]


class Priority(StrEnum):
    """With what force something sounded: the three levels of bulletins, what staff did on the spot, and filler."""

    EMERGENCY = "emergency"
    PRIORITY = "priority"
    NORMAL = "normal"
    STAFF = "staff"
    FILLER = "filler"


PRIORITY_WORDS: Final = {
    Priority.EMERGENCY: "khẩn cấp",
    Priority.PRIORITY: "ưu tiên",
    Priority.NORMAL: "thông thường",
    Priority.STAFF: "phát tại chỗ",
    Priority.FILLER: "nhạc nền",
}
RANKS: Final = {
    Priority.EMERGENCY: (int(Rank.EMERGENCY_COMMUNE), int(Rank.EMERGENCY_PROVINCE)),
    Priority.PRIORITY: (int(Rank.PRIORITY),),
    Priority.NORMAL: (int(Rank.NORMAL),),
    Priority.STAFF: (int(Rank.OVERRIDE), int(Rank.LIVE)),
    Priority.FILLER: (int(Rank.SILENCE), int(Rank.FILLER)),
}
_PRIORITY_OF: Final = {rank: priority for priority, ranks in RANKS.items() for rank in ranks}


class Reason(StrEnum):
    """Why something did not sound whole, by the words of the appliance."""

    EMERGENCY = "emergency"
    GAVE_WAY = "gave-way"
    STAFF = "staff"
    CUT = "cut"
    POWER = "power"
    SOUND_PATH = "sound-path"
    SOURCE = "source"
    CONTENT = "content"
    CLOCK = "clock"
    POLICY = "policy"
    PLAYER = "player"
    CUT_SHORT = "cut-short"
    OTHER = "other"
    UNSAID = "unsaid"


REASON_WORDS: Final = {
    Reason.EMERGENCY: "nhường thông báo khẩn",
    Reason.GAVE_WAY: "nhường bản tin khác",
    Reason.STAFF: "cán bộ dừng hoặc bỏ qua",
    Reason.CUT: "tỉnh cắt phát",
    Reason.POWER: "mất điện hoặc điện yếu",
    Reason.SOUND_PATH: "đường tiếng, âm ly, dây loa",
    Reason.SOURCE: "nguồn tiếp sóng không có tín hiệu",
    Reason.CONTENT: "nội dung chưa về hoặc hỏng",
    Reason.CLOCK: "đồng hồ chưa đúng",
    Reason.POLICY: "giờ yên tĩnh hoặc hết thời lượng cho phép",
    Reason.PLAYER: "lỗi bộ phát",
    Reason.CUT_SHORT: "ngắn hơn yêu cầu, không rõ vì sao",
    Reason.OTHER: "lý do khác",
    Reason.UNSAID: "cụm loa không nói lý do",
}

# The first that is found in the appliance's sentence counts.
_TOLD_BY: Final[tuple[tuple[Reason, tuple[str, ...]], ...]] = (
    (Reason.EMERGENCY, ("khẩn cấp:", "thông báo khẩn")),
    (Reason.CUT, ("cắt phát", "ngắt tiếng")),
    (Reason.POLICY, ("yên tĩnh", "đã phát đủ")),
    (Reason.GAVE_WAY, ("nhường:",)),
    (Reason.STAFF, ("bỏ qua", "dừng")),
    (Reason.POWER, ("mất điện", "điện lưới", "điện áp", "nguồn điện", "khởi động lại")),
    (Reason.CLOCK, ("đồng hồ",)),
    (Reason.SOURCE, ("tiếp sóng", "nguồn trực tiếp", "tín hiệu")),
    (Reason.CUT_SHORT, ("ngắn hơn yêu cầu",)),
    (
        Reason.SOUND_PATH,
        (
            "đường tiếng",
            "âm thanh",
            "ra tiếng",
            "được tiếng",
            "khuếch đại",
            "âm ly",
            "rơ-le",
            "loa",
        ),
    ),
    (Reason.CONTENT, ("nội dung", "tệp")),
    (Reason.PLAYER, ("máy phát", "bộ phát")),
)


class Missing(StrEnum):
    """Why nobody told of a planned window, as far as it can be told from here."""

    NEVER = "never"
    LOST = "lost"
    OLD_PROGRAMME = "old-programme"
    NOT_READY = "not-ready"
    UNTOLD = "untold"


MISSING_WORDS: Final = {
    Missing.NEVER: "cụm loa chưa từng kết nối",
    Missing.LOST: "mất liên lạc từ trước giờ phát",
    Missing.OLD_PROGRAMME: "chưa nhận được lịch có khung giờ này",
    Missing.NOT_READY: "đã báo không sẵn sàng trước giờ phát",
    Missing.UNTOLD: "vẫn liên lạc được nhưng không báo lượt phát",
}


class Counts(msgspec.Struct, frozen=True, kw_only=True):
    """What is added up of plays: how many, and milliseconds asked, sounded, listened to and heard."""

    plays: int = 0
    asked_ms: int = 0
    sounded_ms: int = 0
    listened_ms: int = 0
    heard_ms: int = 0

    def __add__(self, other: "Counts") -> "Counts":
        """Return both together."""
        return Counts(
            plays=self.plays + other.plays,
            asked_ms=self.asked_ms + other.asked_ms,
            sounded_ms=self.sounded_ms + other.sounded_ms,
            listened_ms=self.listened_ms + other.listened_ms,
            heard_ms=self.heard_ms + other.heard_ms,
        )

    def times(self, factor: int) -> "Counts":
        """Return this so many times; -1 takes it away."""
        return Counts(
            plays=self.plays * factor,
            asked_ms=self.asked_ms * factor,
            sounded_ms=self.sounded_ms * factor,
            listened_ms=self.listened_ms * factor,
            heard_ms=self.heard_ms * factor,
        )


def counts_of(asked_ms: int, sounded_ms: int, heard_pct: int | None) -> Counts:
    """Return what one play adds; its sound was listened to where a share of it is told to have been heard."""
    listened_ms = 0 if heard_pct is None else sounded_ms
    return Counts(
        plays=1,
        asked_ms=asked_ms,
        sounded_ms=sounded_ms,
        listened_ms=listened_ms,
        heard_ms=0 if heard_pct is None else sounded_ms * heard_pct // 100,
    )


def priority_of(rank: int) -> Priority:
    """Return the force of a rank; one of tomorrow's counts as normal."""
    return _PRIORITY_OF.get(rank, Priority.NORMAL)


def reason_of(outcome: str, why: str) -> str:
    """Return the kind of shortfall, empty for what sounded whole."""
    if outcome == "sounded":
        return ""
    said = why.lower()
    if not said.strip():
        return Reason.UNSAID
    found = (reason for reason, words in _TOLD_BY if any(word in said for word in words))
    return next(found, Reason.OTHER)


def day_of(instant: datetime) -> date:
    """Return the local day of an instant."""
    return instant.astimezone(ZONE).date()


def month_of(day: date) -> date:
    """Return the first day of a day's month."""
    return day.replace(day=1)


def month_after(month: date) -> date:
    """Return the first day of the month after `month`, itself a first day."""
    return (month + timedelta(days=32)).replace(day=1)


def opening(day: date) -> datetime:
    """Return the instant at which a local day begins."""
    return datetime.combine(day, time(0), ZONE).astimezone(UTC)


def window_of(key: str) -> str:
    """Return the window (slot's id and opening) of a play's key; empty for what no slot asked for."""
    parts = key.split("/")
    return "/".join(parts[1:3]) if parts[0] == "slot" and len(parts) > 2 else ""
