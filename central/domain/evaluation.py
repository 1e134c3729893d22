"""What is asked about plays, and what is answered: periods, filters, sums and shares.

Law of the room: pure. A list, a page and an export that are asked the same answer with the same numbers.
"""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Final

import msgspec

from central.domain.library import FIELDS
from central.domain.states import PlayState, State
from central.domain.tally import (
    MISSING_WORDS,
    PRIORITY_WORDS,
    REASON_WORDS,
    Counts,
    Missing,
    Priority,
    Reason,
)

UNCLASSIFIED: Final = "chưa phân loại"
OUTCOMES: Final = ("sounded", "partly", "silent")
OUTCOME_WORDS: Final = {
    "sounded": "đã phát",
    "partly": "phát thiếu",
    "silent": "không phát",
    "short": "phát thiếu hoặc không phát",
    "missed": "không có báo cáo",
}


class Filter(msgspec.Struct, frozen=True, kw_only=True):
    """Which plays are meant; None means all. `outcome` may be `short`: partly or silent."""

    field: int | None = None
    priority: Priority | None = None
    outcome: str | None = None
    reason: str | None = None
    device: str | None = None
    source: str | None = None


class Totals(State, frozen=True, kw_only=True):
    """Sums of plays; `planned` windows and those of them nobody told of stand beside, for they are no plays."""

    plays: int = 0
    sounded: int = 0
    partly: int = 0
    silent: int = 0
    asked_ms: int = 0
    sounded_ms: int = 0
    listened_ms: int = 0
    heard_ms: int = 0
    planned: int = 0
    missed: int = 0

    @property
    def success_pct(self) -> float | None:
        """Return the share of plays that sounded whole, None where nothing was asked."""
        return 100 * self.sounded / self.plays if self.plays else None

    @property
    def heard_pct(self) -> float | None:
        """Return the share of the sound that microphones or sensors heard, None where nothing listens."""
        return 100 * self.heard_ms / self.listened_ms if self.listened_ms else None


_NOTHING: Final = Totals()


class Share(State, frozen=True, kw_only=True):
    """One line of a table: what it is about, in words, and its sums."""

    key: str
    word: str
    totals: Totals


class ReasonShare(State, frozen=True, kw_only=True):
    """How many plays fell short for one reason, and how much sound was lost by it."""

    key: str
    word: str
    plays: int
    lost_ms: int


class HeatRow(State, frozen=True, kw_only=True):
    """One area below, its sums, and for each part of the period plays and those that sounded whole."""

    area: str
    name: str
    totals: Totals
    cells: tuple[tuple[int, int], ...]


class TrendPoint(State, frozen=True, kw_only=True):
    """One day, or one month, of the trend."""

    day: date
    totals: Totals


class Ranked(State, frozen=True, kw_only=True):
    """One content (or live source), or one appliance, and how it sounded; `whole` plays sounded from end to end."""

    key: str
    name: str
    area: str = ""
    plays: int
    whole: int
    asked_ms: int
    sounded_ms: int

    @property
    def success_pct(self) -> float | None:
        """Return the share of plays that sounded whole, None where nothing was asked."""
        return 100 * self.whole / self.plays if self.plays else None

    @property
    def short(self) -> int:
        """Return how many plays did not sound whole."""
        return self.plays - self.whole


class Evaluation(State, frozen=True, kw_only=True):
    """The evaluation of an area in a period, beside the period before."""

    area: str
    name: str
    first: date
    last: date
    period: str
    totals: Totals
    before: Totals
    bulletins: int
    appliances: int
    outcomes: tuple[Share, ...]
    priorities: tuple[Share, ...]
    fields: tuple[Share, ...]
    reasons: tuple[ReasonShare, ...]
    missing: tuple[ReasonShare, ...]
    buckets: tuple[date, ...]
    bucket_span: str
    heat: tuple[HeatRow, ...]
    trend: tuple[TrendPoint, ...]
    trend_span: str
    contents: tuple[Ranked, ...]
    devices: tuple[Ranked, ...]


class PlayLine(State, frozen=True, kw_only=True):
    """One play in a list: what the appliance told, where it stood, and how we sort it."""

    id: int
    play: PlayState
    device_name: str
    area: str
    place: str
    field: int
    priority: str
    reason: str

    @property
    def word(self) -> str:
        """Return the outcome as people say it."""
        return self.play.word

    @property
    def field_word(self) -> str:
        """Return the field's name."""
        return field_word(self.field)

    @property
    def priority_word(self) -> str:
        """Return the priority's name."""
        return PRIORITY_WORDS[Priority(self.priority)]

    @property
    def reason_word(self) -> str:
        """Return the reason's name, empty for what sounded whole."""
        return reason_word(self.reason) if self.reason else ""


class MissedLine(State, frozen=True, kw_only=True):
    """A planned window that nobody told of."""

    id: int
    device: str
    device_name: str
    area: str
    place: str
    title: str
    window: str
    starts: datetime
    planned_ms: int
    cause: str

    @property
    def word(self) -> str:
        """Return the cause as people say it."""
        return missing_word(self.cause)


def field_word(code: int) -> str:
    """Return the name of a field; 0 is what nobody has classified, a code of tomorrow names itself."""
    return FIELDS.get(code, str(code) if code else UNCLASSIFIED)


def reason_word(code: str) -> str:
    """Return the name of a kind of shortfall; a code of tomorrow names itself."""
    return REASON_WORDS[Reason(code)] if code in set(Reason) else code


def missing_word(code: str) -> str:
    """Return why nobody told of a window, in words."""
    return MISSING_WORDS[Missing(code)] if code in set(Missing) else code


def total(parts: dict[str, Counts]) -> Totals:
    """Return the sums of plays given by their outcome."""
    whole = sum(parts.values(), Counts())
    count = {outcome: found.plays for outcome, found in parts.items()}
    return Totals(
        plays=whole.plays,
        sounded=count.get("sounded", 0),
        partly=count.get("partly", 0),
        silent=count.get("silent", 0),
        asked_ms=whole.asked_ms,
        sounded_ms=whole.sounded_ms,
        listened_ms=whole.listened_ms,
        heard_ms=whole.heard_ms,
    )


def added(parts: Iterable[Totals]) -> Totals:
    """Return several sums together."""
    found = tuple(parts)
    if len(found) < 2:  # so it is for nearly every cell of a heat table
        return found[0] if found else _NOTHING
    columns = zip(*map(msgspec.structs.astuple, found), strict=True)
    return Totals(**dict(zip(Totals.__struct_fields__, map(sum, columns), strict=True)))


def without(whole: Totals, part: Totals) -> Totals:
    """Return what is left of `whole` when `part` is taken away."""
    names = Totals.__struct_fields__
    return Totals(**{name: getattr(whole, name) - getattr(part, name) for name in names})
