"""Tables of plays counted by day and month, of planned windows nobody told of, and of the pages shown to everybody.

An `area` here counts everything at or below it: one play is counted once for each area of its lineage.
"""

from datetime import date, datetime

from sqlalchemy import Index, String, true
from sqlalchemy.orm import Mapped, mapped_column

from central.db.base import (
    Base,
    DeviceText,
    NameText,
    PlainAreaText,
    Serial,
    UtcInstant,
    When,
    Whole,
    WordText,
)


class TallyRow(Base):
    """Plays of one kind in an area on a local day (`span` d) or in the month that begins on it (`span` m).

    Spans D and M hold the same by outcome alone, with field and rank 0 and no reason: what tables of many areas read.
    Of `listened_ms` of sound something heard `heard_ms`; both are 0 where nothing listens.
    """

    __tablename__ = "tally"

    area: Mapped[PlainAreaText] = mapped_column(primary_key=True)
    span: Mapped[str] = mapped_column(String(1), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    field: Mapped[int] = mapped_column(primary_key=True)
    rank: Mapped[int] = mapped_column(primary_key=True)
    outcome: Mapped[WordText] = mapped_column(primary_key=True)
    reason: Mapped[WordText] = mapped_column(primary_key=True)
    plays: Mapped[Whole]
    asked_ms: Mapped[Whole]
    sounded_ms: Mapped[Whole]
    listened_ms: Mapped[Whole]
    heard_ms: Mapped[Whole]


class TallyContentRow(Base):
    """Plays of one content (or live source) in an area on a day or in a month; `whole` of them sounded whole."""

    __tablename__ = "tally_contents"

    area: Mapped[PlainAreaText] = mapped_column(primary_key=True)
    span: Mapped[str] = mapped_column(String(1), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    source: Mapped[NameText] = mapped_column(primary_key=True)
    title: Mapped[NameText]
    plays: Mapped[Whole]
    whole: Mapped[Whole]
    asked_ms: Mapped[Whole]
    sounded_ms: Mapped[Whole]


class TallyDeviceRow(Base):
    """Plays of one appliance at the area where it stood, in a month (`span` m) or year (y) that begins on `day`.

    `short` of them did not sound whole.
    """

    __tablename__ = "tally_devices"
    __table_args__ = (Index("ix_tally_devices_device_day", "device", "day"),)

    span: Mapped[str] = mapped_column(String(1), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    area: Mapped[PlainAreaText] = mapped_column(primary_key=True)
    device: Mapped[DeviceText] = mapped_column(primary_key=True)
    plays: Mapped[Whole]
    short: Mapped[Whole]
    asked_ms: Mapped[Whole]
    sounded_ms: Mapped[Whole]


class TallyPlannedRow(Base):
    """Windows of programmes in an area on a day or in a month, and how many of them nobody told of."""

    __tablename__ = "tally_planned"

    area: Mapped[PlainAreaText] = mapped_column(primary_key=True)
    span: Mapped[str] = mapped_column(String(1), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    windows: Mapped[Whole]
    missed: Mapped[Whole]


class MissedWindowRow(Base):
    """A window of an appliance's programme of which it told no play; gone again when a late report tells one.

    `window` is the slot's id and its opening, as in the keys of plays.
    """

    __tablename__ = "missed_windows"
    __table_args__ = (
        Index("ix_missed_windows_device_window", "device", "window", unique=True),
        Index("ix_missed_windows_area_starts", "area", "starts"),
        Index("ix_missed_windows_starts_id", "starts", "id"),
        Index("ix_missed_windows_starts_area", "starts", "area", "cause", "planned_ms"),
    )

    id: Mapped[Serial]
    device: Mapped[DeviceText]
    area: Mapped[PlainAreaText]
    window: Mapped[NameText]
    title: Mapped[NameText]
    starts: Mapped[When]
    planned_ms: Mapped[Whole]
    cause: Mapped[WordText]


class TallyDayRow(Base):
    """A local day that has plays or plans: when its sums were last held against the plays, and who is at it now.

    The plans of its windows are looked through up to `looked`.
    """

    __tablename__ = "tally_days"
    __table_args__ = (Index("ix_tally_days_verified", "verified"),)

    day: Mapped[date] = mapped_column(primary_key=True)
    verified: Mapped[datetime | None] = mapped_column(UtcInstant)
    looked: Mapped[datetime | None] = mapped_column(UtcInstant)
    leased_until: Mapped[datetime | None] = mapped_column(UtcInstant)


class PublicPageRow(Base):
    """A commune's page for everybody: whether it is shown, and how people reach whoever answers for the station."""

    __tablename__ = "public_pages"

    area: Mapped[PlainAreaText] = mapped_column(primary_key=True)
    shown: Mapped[bool] = mapped_column(server_default=true())
    contact: Mapped[str] = mapped_column(String(500))
    changed: Mapped[When]
    changed_by: Mapped[NameText]
