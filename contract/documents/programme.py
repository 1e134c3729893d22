"""The programme: what one appliance is told to play and when; and the approvals it stands on.

Law of the room: values and the bounds inside one value. Dates and times are wall time of the programme's zone.
"""

import hashlib
from datetime import date, timedelta
from enum import StrEnum
from typing import Annotated

from msgspec import Meta

from contract.documents.values import (
    DAY_S,
    AreaPath,
    Counter,
    DeviceName,
    Digest,
    Instant,
    Percent,
    Sha256,
    Slug,
    Title,
    Value,
    WallTime,
    ZoneInfoName,
    check_time_zone,
)


class Content(Value, frozen=True, kw_only=True):
    """Bytes named by SHA-256, with what must be known to play them; `gain_db` is the static loudness gain."""

    sha256: Digest
    size_bytes: Annotated[int, Meta(ge=1, le=2_000_000_000)]
    duration_ms: Annotated[int, Meta(ge=1, le=86_400_000)]
    mime: Annotated[str, Meta(pattern=r"^(audio|video|image|text)/[a-z0-9.+-]{1,60}\Z")]
    title: Title
    gain_db: Annotated[float, Meta(ge=-40, le=24)] = 0.0


class Once(Value, frozen=True, kw_only=True, tag_field="kind", tag="once"):
    """On one date."""

    on: date


class Daily(Value, frozen=True, kw_only=True, tag_field="kind", tag="daily"):
    """Every day."""


class Weekdays(Value, frozen=True, kw_only=True, tag_field="kind", tag="weekdays"):
    """On ISO weekdays, 1 Monday to 7 Sunday."""

    days: Annotated[frozenset[Annotated[int, Meta(ge=1, le=7)]], Meta(min_length=1)]


class Monthly(Value, frozen=True, kw_only=True, tag_field="kind", tag="monthly"):
    """On days of the month, 1-31; a day that a month lacks does not occur in it."""

    days: Annotated[frozenset[Annotated[int, Meta(ge=1, le=31)]], Meta(min_length=1)]


class Yearly(Value, frozen=True, kw_only=True, tag_field="kind", tag="yearly"):
    """On one day of one month each year; 29 February occurs in leap years only."""

    month: Annotated[int, Meta(ge=1, le=12)]
    day: Annotated[int, Meta(ge=1, le=31)]


class Lunar(Value, frozen=True, kw_only=True, tag_field="kind", tag="lunar"):
    """On days of the Vietnamese lunar month (mùng 1 = 1, rằm = 15); `months` empty means every month.

    Leap months count for every-month rules only: Tết is not held twice.
    """

    days: Annotated[frozenset[Annotated[int, Meta(ge=1, le=30)]], Meta(min_length=1)]
    months: frozenset[Annotated[int, Meta(ge=1, le=12)]] = frozenset()


Recurrence = Once | Daily | Weekdays | Monthly | Yearly | Lunar


class Level(StrEnum):
    """The two levels of a plan below emergency: thường and ưu tiên (TT 39/2020)."""

    NORMAL = "normal"
    PRIORITY = "priority"


class LateRule(StrEnum):
    """What to do when an item can only start late: leave it, join in progress, or play it whole."""

    SKIP = "skip"
    JOIN = "join"
    WHOLE = "whole"


class AfterBreak(StrEnum):
    """Where an item goes on after something of higher rank took the air from it.

    `join`: where the clock says, as if it had sounded on. `resume`: where it was cut off. `restart`: from its
    beginning. With the last two everything behind it in the window comes later, to the window's end.
    """

    JOIN = "join"
    RESUME = "resume"
    RESTART = "restart"


class StreamRelay(Value, frozen=True, kw_only=True, tag_field="live", tag="stream"):
    """Relay a live stream (tiếp sóng) by its address."""

    url: Annotated[str, Meta(pattern=r"^https?://[!-~]{1,480}\Z")]

    @property
    def approved_as(self) -> Sha256:
        """The name under which an approver signs it: the SHA-256 of its address."""
        return Sha256(hashlib.sha256(self.url.encode()).hexdigest())


class LineIn(Value, frozen=True, kw_only=True, tag_field="live", tag="line-in"):
    """Relay what comes in at the appliance's line or microphone input."""

    @property
    def approved_as(self) -> Sha256:
        """The name under which an approver signs it: the SHA-256 of the words `line-in`."""
        return Sha256(hashlib.sha256(b"line-in").hexdigest())


Live = StreamRelay | LineIn


class Slot(Value, frozen=True, kw_only=True):
    """When and what: a window of `window_s` from `start` on the days of `recurrence`, holding items.

    The window belongs to the day it starts and its end is exclusive; it may pass midnight. Items sound in
    order, the whole list `repeat_count` times with `gap_s` between rounds, or over and over to the end of the
    window when `loop`. `zones` empty means all. `order` is the commune's order among priority slots
    (TT 39/2020), smallest first. Dates and times are wall time of the programme's zone.

    With `live` the whole window relays that source, and the items are what sounds, over and over, while it
    gives nothing; then there may be none.
    """

    id: Slug
    title: Title
    recurrence: Recurrence
    start: WallTime
    window_s: Annotated[int, Meta(ge=1, le=DAY_S)]
    items: Annotated[tuple[Digest, ...], Meta(max_length=500)] = ()
    live: Live | None = None
    from_date: date | None = None
    until_date: date | None = None
    except_dates: Annotated[frozenset[date], Meta(max_length=400)] = frozenset()
    repeat_count: Annotated[int, Meta(ge=1, le=1_000)] = 1
    gap_s: Annotated[int, Meta(ge=0, le=DAY_S)] = 0
    loop: bool = False
    zones: Annotated[tuple[Slug, ...], Meta(max_length=8)] = ()
    volume_pct: Percent = 100
    level: Level = Level.NORMAL
    order: Annotated[int, Meta(ge=0, le=1_000)] = 500
    late: LateRule = LateRule.JOIN
    after_break: AfterBreak = AfterBreak.JOIN

    def __post_init__(self) -> None:
        """Refuse a slot that ends before it begins, and one that plays nothing."""
        if not self.items and self.live is None:
            msg = f"slot {self.id}: it names no item and no live source"
            raise ValueError(msg)
        if self.from_date and self.until_date and self.until_date < self.from_date:
            msg = f"slot {self.id}: it ends ({self.until_date}) before it begins ({self.from_date})"
            raise ValueError(msg)


class Programme(Value, frozen=True, kw_only=True):
    """What one appliance is told to play: whole replacement by version.

    Valid from `not_before`; after `soft_expires` it still plays but is reported stale; after `expires`
    (at most 30 days after `issued`) nothing of it plays.
    """

    device: DeviceName
    assignment_epoch: Counter
    version: Counter
    issued: Instant
    not_before: Instant
    soft_expires: Instant
    expires: Instant
    time_zone: ZoneInfoName = "Asia/Ho_Chi_Minh"
    slots: Annotated[tuple[Slot, ...], Meta(max_length=2_000)] = ()
    contents: Annotated[tuple[Content, ...], Meta(max_length=5_000)] = ()
    filler: Digest | None = None

    def __post_init__(self) -> None:
        """Refuse times out of order, a life over 30 days, doubles, items not listed, an unknown time zone."""
        check_time_zone(self.time_zone)
        if not self.not_before <= self.soft_expires <= self.expires:
            msg = "not_before, soft_expires and expires must follow each other"
            raise ValueError(msg)
        if self.expires - self.issued > timedelta(days=30):
            msg = "a programme lives at most 30 days; issue it again"
            raise ValueError(msg)
        listed = {c.sha256 for c in self.contents}
        if len(listed) < len(self.contents) or len({s.id for s in self.slots}) < len(self.slots):
            msg = "a slot or a content is listed twice"
            raise ValueError(msg)
        for slot in self.slots:
            missing = set(slot.items) - listed
            if missing:
                msg = f"slot {slot.id} plays content {min(missing)[:12]}… that the programme does not list"
                raise ValueError(msg)
        if self.filler is not None and self.filler not in listed:
            msg = "the filler is not among the listed contents"
            raise ValueError(msg)

    @property
    def to_be_approved(self) -> tuple[Sha256, ...]:
        """The names that need an approver's word before anything of them sounds: contents and live sources."""
        live = [slot.live.approved_as for slot in self.slots if slot.live is not None]
        return tuple(dict.fromkeys([*(c.sha256 for c in self.contents), *live]))


class Approval(Value, frozen=True, kw_only=True):
    """An approver's word that content of this hash may sound in `area`, until `not_after`."""

    sha256: Digest
    title: Title
    area: AreaPath
    issued: Instant
    not_after: Instant
