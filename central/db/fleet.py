"""Tables of appliances and of what they report."""

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Index, LargeBinary, String, false, text
from sqlalchemy.orm import Mapped, mapped_column

from central.db.base import (
    AreaText,
    Base,
    DeviceText,
    Hex64,
    Names,
    NameText,
    PlainAreaText,
    Raw,
    Serial,
    UtcInstant,
    When,
    Whole,
    WhyText,
    WordText,
)


class DeviceRow(Base):
    """An appliance: its sealed assignment, the head of its report chain, and how it last was."""

    __tablename__ = "devices"

    id: Mapped[DeviceText] = mapped_column(primary_key=True)
    public_key: Mapped[str] = mapped_column(String(44))
    name: Mapped[NameText]
    area: Mapped[AreaText] = mapped_column(index=True)
    epoch: Mapped[Whole]
    time_zone: Mapped[WordText]
    zones: Mapped[Names]
    screen: Mapped[bool] = mapped_column(default=False, server_default=false())
    assignment: Mapped[Raw]
    assignment_etag: Mapped[Hex64]
    assigned: Mapped[When]
    command_counter: Mapped[Whole] = mapped_column(default=0)
    report_counter: Mapped[Whole] = mapped_column(default=0)
    report_sha256: Mapped[Hex64] = mapped_column(default="0" * 64)
    last_seen: Mapped[datetime | None] = mapped_column(UtcInstant)
    fetched_version: Mapped[Whole] = mapped_column(default=0)
    health: Mapped[bytes | None] = mapped_column(LargeBinary)
    health_at: Mapped[datetime | None] = mapped_column(UtcInstant)
    retired: Mapped[bool] = mapped_column(default=False, server_default=false())


class DeviceSessionRow(Base):
    """An appliance's session: only the hash of the token is kept."""

    __tablename__ = "device_sessions"

    token_hash: Mapped[Hex64] = mapped_column(primary_key=True)
    device: Mapped[DeviceText] = mapped_column(
        ForeignKey("devices.id", ondelete="CASCADE"), index=True
    )
    expires: Mapped[When] = mapped_column(index=True)


class ReportRow(Base):
    """A report already counted; its sealed bytes are kept where they prove plays, refusals, receipts or warnings."""

    __tablename__ = "reports"

    device: Mapped[DeviceText] = mapped_column(
        ForeignKey("devices.id", ondelete="CASCADE"), primary_key=True
    )
    counter: Mapped[Whole] = mapped_column(primary_key=True, autoincrement=False)
    payload_sha256: Mapped[Hex64]
    taken: Mapped[When] = mapped_column(index=True)
    envelope: Mapped[bytes | None] = mapped_column(LargeBinary)


class PlayRow(Base):
    """One item on air as the appliance observed it; `area` is where the appliance stood when it told of it.

    `field` is that of the content's sheet at the time, 0 for what nobody has classified; `reason` the kind of
    shortfall (`central.domain.tally.Reason`), empty for what sounded whole; `report` the counter of who told it.
    """

    __tablename__ = "plays"
    __table_args__ = (
        Index("ix_plays_started_id", "started", "id"),
        Index("ix_plays_area_started", "area", "started"),
        Index("ix_plays_device_started", "device", "started"),
        Index("ix_plays_source_started", "source", "started"),
        Index(
            "ix_plays_started_short",
            "started",
            "id",
            sqlite_where=text("outcome <> 'sounded'"),
            postgresql_where=text("outcome <> 'sounded'"),
        ),
        Index(
            "ix_plays_started_urgent",
            "started",
            "id",
            sqlite_where=text("rank >= 6"),
            postgresql_where=text("rank >= 6"),
        ),
    )

    id: Mapped[Serial]
    device: Mapped[DeviceText]
    area: Mapped[PlainAreaText] = mapped_column(server_default="")
    field: Mapped[int] = mapped_column(server_default="0")
    reason: Mapped[WordText] = mapped_column(server_default="")
    report: Mapped[int | None] = mapped_column(BigInteger)
    key: Mapped[NameText]
    source: Mapped[NameText]
    title: Mapped[NameText]
    rank: Mapped[int]
    zones: Mapped[Names]
    started: Mapped[When]
    asked_ms: Mapped[Whole]
    sounded_ms: Mapped[Whole]
    outcome: Mapped[WordText]
    onset_error_ms: Mapped[float | None]
    level_dbfs: Mapped[float | None]
    heard_pct: Mapped[int | None]
    why: Mapped[WhyText]


class RefusalRow(Base):
    """A document, slot or command that an appliance did not obey, and why."""

    __tablename__ = "refusals"

    id: Mapped[Serial]
    device: Mapped[DeviceText] = mapped_column(index=True)
    at: Mapped[When]
    what: Mapped[NameText]
    code: Mapped[WordText]
    why: Mapped[WhyText]


class ReceiptRow(Base):
    """How far a document got on an appliance; `sha256` of the payload admitted, where the appliance tells it."""

    __tablename__ = "receipts"
    __table_args__ = (Index("ix_receipts_device_kind_document", "device", "kind", "document"),)

    id: Mapped[Serial]
    device: Mapped[DeviceText]
    at: Mapped[When]
    kind: Mapped[WordText]
    document: Mapped[NameText]
    state: Mapped[WordText]
    sha256: Mapped[str | None] = mapped_column(String(64))


class DeviceLogRow(Base):
    """What an appliance's program last said, as one command asked.

    `parcel` is gzip of harmless text, null once forgotten; `sha256` names the bytes as they came, to know them again.
    """

    __tablename__ = "device_logs"

    device: Mapped[DeviceText] = mapped_column(
        ForeignKey("devices.id", ondelete="CASCADE"), primary_key=True
    )
    counter: Mapped[Whole] = mapped_column(primary_key=True, autoincrement=False)
    taken: Mapped[When] = mapped_column(index=True)
    sha256: Mapped[Hex64]
    lines: Mapped[int]
    text_bytes: Mapped[int]
    parcel: Mapped[bytes | None] = mapped_column(LargeBinary)


class ReadinessRow(Base):
    """Whether an appliance could sound what was to come, as it found; `checks` is JSON of the contract's checks."""

    __tablename__ = "readiness"

    id: Mapped[Serial]
    device: Mapped[DeviceText] = mapped_column(index=True)
    at: Mapped[When]
    of: Mapped[NameText]
    title: Mapped[NameText]
    starts: Mapped[When] = mapped_column(index=True)
    ready: Mapped[bool]
    checks: Mapped[Raw]
    taken: Mapped[When] = mapped_column(index=True)


class LocalWarningRow(Base):
    """What staff said at an appliance about an emergency of their own: that it sounds, or that it is over."""

    __tablename__ = "local_warnings"

    id: Mapped[Serial]
    device: Mapped[DeviceText] = mapped_column(index=True)
    warning: Mapped[NameText]
    at: Mapped[When]
    by: Mapped[NameText]
    headline: Mapped[NameText]
    text: Mapped[str] = mapped_column(String(2_000))
    zones: Mapped[Names]
    over: Mapped[bool]
    taken: Mapped[When] = mapped_column(index=True)


class CommandRow(Base):
    """A command that was signed for an appliance."""

    __tablename__ = "commands"

    id: Mapped[Serial]
    device: Mapped[DeviceText] = mapped_column(index=True)
    counter: Mapped[Whole]
    action: Mapped[WordText]
    issued: Mapped[When]
    expires: Mapped[When]
    sent_by: Mapped[NameText]
