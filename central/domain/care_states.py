"""What the verbs of the fleet's care answer: lines of the list, counts, points of the map, papers, alerts.

Law of the room: pure values, each state with its Vietnamese word.
"""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Final

from central.domain.care import LEVEL_WORDS, LINK_WORDS, RULES, Level, Link, Trouble
from central.domain.care_history import DayShown
from central.domain.states import State


class FleetLine(State, frozen=True, kw_only=True):
    """One appliance in the list: how it is connected, what is wrong gravest first, and what it last told."""

    id: str
    name: str
    area: str
    place: str
    link: Link
    kinds: tuple[Trouble, ...]
    tone: str
    why: str
    last_seen: datetime | None
    on_air: int
    software: str
    temperature_c: float | None
    volume_pct: int | None
    mains: bool | None
    latitude_deg: float | None
    longitude_deg: float | None
    serial: str
    supplier: str
    warranty_until: date | None
    retired: bool

    @property
    def word(self) -> str:
        """Return the state in a word."""
        if self.retired:
            return "đã thu hồi"
        if self.kinds and (self.link is Link.ONLINE or self.tone == "bad"):
            return RULES[self.kinds[0]].name
        if self.tone == "air":
            return "đang phát"
        return "bình thường" if self.link is Link.ONLINE else LINK_WORDS[self.link]

    @property
    def detail(self) -> str:
        """Return what there is to say beyond the word."""
        return self.why.removeprefix(self.word).removeprefix(": ")


class FleetPage(State, frozen=True, kw_only=True):
    """One page of the list; `next` is the cursor of the one after it, empty at the end."""

    lines: tuple[FleetLine, ...]
    next: str


class FleetCounts(State, frozen=True, kw_only=True):
    """How many appliances there are of each kind; `of` is by "link online", "trouble hot" and so on."""

    total: int
    of: dict[str, int]
    software: tuple[tuple[str, int], ...]


class MapPoint(State, frozen=True, kw_only=True):
    """An appliance on the map."""

    id: str
    name: str
    latitude_deg: float
    longitude_deg: float
    tone: str


class CommuneLine(State, frozen=True, kw_only=True):
    """One commune on the overview: how many appliances it has, and how many are how."""

    path: str
    name: str
    total: int
    sounding: int
    well: int
    attention: int
    lost: int
    never: int


class History(State, frozen=True, kw_only=True):
    """How an appliance was: the strip of days, and by hour its loudest play, its heat and its free space."""

    days: tuple[DayShown, ...]
    levels: tuple[tuple[datetime, float], ...]
    heat: tuple[tuple[datetime, float], ...]
    free_mb: tuple[tuple[datetime, float], ...]
    mains_out: int
    low_voltage: int
    clock_bad: int


class SupplierState(State, frozen=True, kw_only=True):
    """Who sells and mends."""

    id: int
    area: str
    code: str
    name: str
    phone: str
    email: str
    note: str


class AssetState(State, frozen=True, kw_only=True):
    """An appliance as a thing that was bought."""

    device: str
    serial: str = ""
    model: str = ""
    supplier: int | None = None
    supplier_name: str = ""
    bought: date | None = None
    warranty_until: date | None = None


NOTE_KINDS: Final[Mapping[str, str]] = {
    "look": "kiểm tra",
    "repair": "sửa chữa",
    "clean": "vệ sinh, bảo dưỡng",
    "complaint": "dân phản ánh",
    "other": "khác",
}


class NoteState(State, frozen=True, kw_only=True):
    """What somebody saw or did at an appliance."""

    id: int
    device: str
    at: datetime
    by: str
    kind: str
    text: str

    @property
    def word(self) -> str:
        """Return the kind as people say it."""
        return NOTE_KINDS.get(self.kind, NOTE_KINDS["other"])


class PartState(State, frozen=True, kw_only=True):
    """A spare part in the store of an area; `short` when fewer lie there than should."""

    id: int
    area: str
    name: str
    supplier: int | None
    stock: int
    fewest: int
    note: str

    @property
    def short(self) -> bool:
        """Return whether it must be bought."""
        return self.stock < self.fewest


class SwapState(State, frozen=True, kw_only=True):
    """A part that was put into an appliance."""

    id: int
    device: str
    name: str
    at: datetime
    by: str
    out_serial: str
    in_serial: str
    note: str


class OrderState(State, frozen=True, kw_only=True):
    """A command that was signed for an appliance, and what came of it."""

    counter: int
    words: str
    issued: datetime
    by: str
    state: str
    at: datetime | None

    @property
    def word(self) -> str:
        """Return what came of it as people say it."""
        return {"obeyed": "đã nhận và làm", "sent": "đã gửi"}.get(self.state, "không trả lời")


LOG_WORDS: Final[Mapping[str, str]] = {
    "asked": "đã yêu cầu",
    "taken": "đã nhận",
    "late": "quá hạn",
    "gone": "đã xóa",
}


class LogState(State, frozen=True, kw_only=True):
    """One asking for an appliance's log: `state` is asked, taken, late, or gone to make room for newer ones.

    `lines` and `text_bytes` are what came.
    """

    counter: int
    asked: datetime
    asked_by: str
    state: str
    taken: datetime | None = None
    lines: int = 0
    text_bytes: int = 0

    @property
    def word(self) -> str:
        """Return how far it is as people say it."""
        return LOG_WORDS[self.state]


class ViewState(State, frozen=True, kw_only=True):
    """A filter that somebody keeps; with `area` shared with those at or below it."""

    id: int
    name: str
    query: str
    by: str
    area: str | None
    own: bool


class AlertState(State, frozen=True, kw_only=True):
    """One thing that is not well at one appliance, how often it was seen, and who has it in hand."""

    id: int
    device: str
    device_name: str
    area: str
    kind: Trouble
    level: Level
    why: str
    times: int
    first: datetime
    last: datetime
    ended: datetime | None
    acknowledged: datetime | None
    acknowledged_by: str
    words: str

    @property
    def level_word(self) -> str:
        """Return the level as people say it."""
        return LEVEL_WORDS[self.level]

    @property
    def word(self) -> str:
        """Return how it stands as people say it."""
        if self.ended is not None:
            return "đã hết"
        return "đang xử lý" if self.acknowledged is not None else "chưa ai nhận"


class TargetShown(State, frozen=True, kw_only=True):
    """Where alerts of an area go; `address` is masked."""

    id: int
    area: str
    name: str
    address: str
    on: bool
    least_level: Level
    quiet_from_min: int
    quiet_to_min: int
    after_min: int
    told: datetime | None
    fault: str
