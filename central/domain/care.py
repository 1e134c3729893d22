"""What can be wrong with an appliance, how grave it is, and in which order somebody should go there.

Law of the room: pure. The order of `Trouble` is the order of need: what people did not hear stands before what they
might not hear tomorrow. A word stands beside every state; a threshold is a number with its unit in words.
"""

import unicodedata
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from enum import IntEnum, StrEnum
from typing import Final

import msgspec

from central.domain.fleet import HOT_C, LOST_AFTER
from central.domain.states import State

OFFLINE_AFTER: Final = timedelta(minutes=30)
REMEMBERED: Final = timedelta(hours=24)
WARRANTY_SOON: Final = timedelta(days=60)


class Link(StrEnum):
    """How long ago an appliance was last heard of."""

    ONLINE = "online"
    LATE = "late"
    OFFLINE = "offline"
    NEVER = "never"


LINK_WORDS: Final[Mapping[Link, str]] = {
    Link.ONLINE: "đang kết nối",
    Link.LATE: "chậm báo",
    Link.OFFLINE: "mất kết nối",
    Link.NEVER: "chưa từng kết nối",
}


def link_of(last_seen: datetime | None, now: datetime) -> Link:
    """Return how an appliance is connected: late after 5 minutes of silence, offline after 30."""
    if last_seen is None:
        return Link.NEVER
    silent = now - last_seen
    if silent <= LOST_AFTER:
        return Link.ONLINE
    return Link.LATE if silent <= OFFLINE_AFTER else Link.OFFLINE


class Level(IntEnum):
    """How grave an alert is."""

    INFO = 1
    WARNING = 2
    SEVERE = 3


LEVEL_WORDS: Final[Mapping[Level, str]] = {
    Level.INFO: "thông tin",
    Level.WARNING: "cảnh báo",
    Level.SEVERE: "nghiêm trọng",
}


class Trouble(StrEnum):
    """One thing that is not well, gravest first."""

    SILENT = "silent"
    EMERGENCY = "emergency"
    NO_SOUND = "no-sound"
    OFFLINE = "offline"
    NOT_READY = "not-ready"
    MAINS = "mains"
    HOT = "hot"
    CLOCK = "clock"
    COMPLAINT = "complaint"
    VOLTAGE = "voltage"
    CONTENTS = "contents"
    STORAGE = "storage"
    CARD = "card"
    REFUSED = "refused"


ORDER: Final[Mapping[Trouble, int]] = {kind: place for place, kind in enumerate(Trouble)}


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """When one kind of trouble counts: `words` says it with `{n}` for the threshold, from `least` to `most`.

    A rule without a number has `least` and `most` alike.
    """

    kind: Trouble
    level: Level
    threshold: float
    least: float
    most: float
    words: str
    name: str
    on: bool = True
    area: str = ""

    @property
    def has_number(self) -> bool:
        """Return whether somebody may choose the threshold."""
        return self.most > self.least

    @property
    def fits(self) -> bool:
        """Return whether the threshold lies in its bounds."""
        return self.least <= self.threshold <= self.most


def _rule(
    kind: Trouble, level: Level, name: str, words: str, number: tuple[float, float, float]
) -> Rule:
    at, least, most = number
    return Rule(
        kind=kind, level=level, threshold=at, least=least, most=most, words=words, name=name
    )


_NONE: Final = (0.0, 0.0, 0.0)
RULES: Final[Mapping[Trouble, Rule]] = {
    rule.kind: rule
    for rule in (
        _rule(
            Trouble.SILENT,
            Level.SEVERE,
            "im lặng trong giờ phát",
            "đến giờ phát mà không ra tiếng, hoặc mất kết nối trong giờ phát",
            _NONE,
        ),
        _rule(
            Trouble.EMERGENCY,
            Level.SEVERE,
            "chưa nhận tin khẩn",
            "chưa nhận tin khẩn cấp sau {n} phút",
            (2.0, 1.0, 60.0),
        ),
        _rule(
            Trouble.NO_SOUND,
            Level.SEVERE,
            "đường tiếng hỏng",
            "đường tiếng không hoạt động",
            _NONE,
        ),
        _rule(
            Trouble.OFFLINE,
            Level.WARNING,
            "mất kết nối",
            "không báo về quá {n} phút",
            (OFFLINE_AFTER.total_seconds() / 60, 5.0, 10_080.0),
        ),
        _rule(
            Trouble.NOT_READY,
            Level.WARNING,
            "chưa sẵn sàng",
            "chưa sẵn sàng cho buổi phát tới",
            _NONE,
        ),
        _rule(Trouble.MAINS, Level.WARNING, "mất điện", "mất điện lưới", _NONE),
        _rule(
            Trouble.HOT,
            Level.WARNING,
            "quá nóng",
            "bo mạch từ {n} °C trở lên",
            (HOT_C, 40.0, 110.0),
        ),
        _rule(Trouble.CLOCK, Level.WARNING, "sai đồng hồ", "đồng hồ chưa được xác nhận", _NONE),
        _rule(
            Trouble.COMPLAINT,
            Level.WARNING,
            "bộ phận báo lỗi",
            "đầu vào hoặc bộ phận của máy đang báo lỗi",
            _NONE,
        ),
        _rule(Trouble.VOLTAGE, Level.INFO, "thiếu điện áp", "điện áp cấp cho bo mạch thấp", _NONE),
        _rule(
            Trouble.CONTENTS, Level.INFO, "thiếu nội dung", "còn thiếu tệp nội dung của lịch", _NONE
        ),
        _rule(
            Trouble.STORAGE,
            Level.INFO,
            "sắp đầy thẻ",
            "thẻ nhớ còn dưới {n} MB",
            (500.0, 50.0, 50_000.0),
        ),
        _rule(
            Trouble.CARD, Level.INFO, "thẻ sắp hỏng", "thẻ nhớ mòn từ {n} % trở lên", (80.0, 1, 100)
        ),
        _rule(
            Trouble.REFUSED,
            Level.INFO,
            "có lần từ chối",
            "có lệnh hoặc buổi phát bị từ chối trong {n} giờ qua",
            (24.0, 1.0, 168.0),
        ),
    )
}


class Need(State, frozen=True, kw_only=True):
    """An appliance that somebody should look at: what is wrong, gravest first, each with its sentence."""

    device: str
    name: str
    area: str
    kinds: tuple[Trouble, ...]
    why: str
    since: datetime | None

    @property
    def worst(self) -> Trouble:
        """Return the gravest trouble."""
        return self.kinds[0]

    @property
    def word(self) -> str:
        """Return the gravest trouble as people say it."""
        return RULES[self.worst].name

    @property
    def detail(self) -> str:
        """Return what there is to say beyond the word."""
        return self.why.removeprefix(self.word).removeprefix(": ")


def by_need(kinds: Iterable[Trouble]) -> tuple[Trouble, ...]:
    """Return troubles gravest first, each once."""
    return tuple(sorted(set(kinds), key=ORDER.__getitem__))


def ranked(needs: Iterable[Need]) -> tuple[Need, ...]:
    """Return who needs somebody first: the gravest trouble, then more troubles, then the longer ago, then by name."""

    def place(need: Need) -> tuple[int, int, float, str, str]:
        since = need.since.timestamp() if need.since is not None else float("inf")
        return ORDER[need.worst], -len(need.kinds), since, need.name, need.device

    return tuple(sorted(needs, key=place))


def folded(text: str) -> str:
    """Return a text without marks and capitals, as people type who search: `Mỹ Phong` and `my phong` are one."""
    plain = unicodedata.normalize("NFD", text.lower().replace("đ", "d"))
    kept = "".join(c for c in plain if not unicodedata.combining(c))
    return " ".join(kept.split())
