"""Tables of content, approvals, slots, programmes and announcements; sealed papers are kept as received."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from central.db.base import (
    AreaText,
    Base,
    DeviceText,
    Hex64,
    Names,
    NameText,
    Raw,
    Serial,
    UtcInstant,
    When,
    Whole,
    WhyText,
    WordText,
)


class ContentRow(Base):
    """Bytes in the library by SHA-256, with what was measured of them."""

    __tablename__ = "contents"

    sha256: Mapped[Hex64] = mapped_column(primary_key=True)
    title: Mapped[NameText]
    file_name: Mapped[NameText]
    area: Mapped[AreaText]
    size_bytes: Mapped[Whole]
    duration_ms: Mapped[Whole]
    mime: Mapped[str] = mapped_column(String(80))
    codec: Mapped[WordText]
    loudness_lufs: Mapped[float]
    peak_dbfs: Mapped[float]
    gain_db: Mapped[float]
    uploaded: Mapped[When]
    uploaded_by: Mapped[NameText]


class ApprovalRow(Base):
    """An approver's sealed word; several may exist for one content."""

    __tablename__ = "approvals"

    payload_sha256: Mapped[Hex64] = mapped_column(primary_key=True)
    sha256: Mapped[Hex64] = mapped_column(index=True)
    area: Mapped[AreaText]
    title: Mapped[NameText]
    issued: Mapped[When]
    not_after: Mapped[When]
    envelope: Mapped[Raw]
    taken: Mapped[When]
    taken_by: Mapped[NameText]


class LiveSourceRow(Base):
    """A live source that some slot names, by the name under which it is approved; `url` is null for the line input."""

    __tablename__ = "live_sources"

    sha256: Mapped[Hex64] = mapped_column(primary_key=True)
    url: Mapped[str | None] = mapped_column(String(500))
    added: Mapped[When]
    added_by: Mapped[NameText]


class SlotRow(Base):
    """A slot of an area: `draft` as edited (null: to be deleted), `published` as last sent (null: never)."""

    __tablename__ = "slots"

    id: Mapped[WordText] = mapped_column(primary_key=True)
    area: Mapped[AreaText] = mapped_column(index=True)
    draft: Mapped[bytes | None] = mapped_column(LargeBinary)
    published: Mapped[bytes | None] = mapped_column(LargeBinary)
    changed: Mapped[When]
    changed_by: Mapped[NameText]


class PublicationRow(Base):
    """An order to publish an area; without `done` it is resumed at the next start."""

    __tablename__ = "publications"

    id: Mapped[Serial]
    area: Mapped[AreaText]
    asked: Mapped[When]
    asked_by: Mapped[NameText]
    done: Mapped[datetime | None] = mapped_column(UtcInstant)


class ProgrammeRow(Base):
    """The sealed programme now in force for an appliance; `body_sha256` ignores version and times."""

    __tablename__ = "programmes"

    device: Mapped[DeviceText] = mapped_column(
        ForeignKey("devices.id", ondelete="CASCADE"), primary_key=True
    )
    version: Mapped[Whole]
    body_sha256: Mapped[Hex64]
    envelope: Mapped[Raw]
    etag: Mapped[Hex64]
    issued: Mapped[When]
    expires: Mapped[When]


class ProgrammeContentRow(Base):
    """Which content an appliance's programme lists: what it may fetch."""

    __tablename__ = "programme_contents"

    device: Mapped[DeviceText] = mapped_column(
        ForeignKey("programmes.device", ondelete="CASCADE"), primary_key=True
    )
    sha256: Mapped[Hex64] = mapped_column(primary_key=True)


class AnnouncementRow(Base):
    """A sealed announcement and its state: waiting (for a second signature), active, over.

    `appliances`, `verified` and `sounding` are null until they are settled (`central.services.alarms_count`).
    """

    __tablename__ = "announcements"
    __table_args__ = (Index("ix_announcements_taken_id", "taken", "id"),)

    id: Mapped[str] = mapped_column(String(70), primary_key=True)
    payload_sha256: Mapped[Hex64] = mapped_column(index=True)
    envelope: Mapped[Raw]
    message: Mapped[WordText]
    status: Mapped[WordText]
    event: Mapped[NameText]
    headline: Mapped[NameText]
    areas: Mapped[Names]
    sent: Mapped[When]
    expires: Mapped[When]
    state: Mapped[WordText] = mapped_column(index=True)
    why: Mapped[WhyText] = mapped_column(default="")
    content_sha256s: Mapped[Names]
    taken: Mapped[When]
    taken_by: Mapped[NameText]
    ended: Mapped[datetime | None] = mapped_column(UtcInstant)
    appliances: Mapped[int | None]
    verified: Mapped[int | None]
    sounding: Mapped[int | None]


class ActiveSetRow(Base):
    """The newest sealed active set of a province's root; `version` never falls."""

    __tablename__ = "active_sets"

    area: Mapped[AreaText] = mapped_column(primary_key=True)
    version: Mapped[Whole]
    envelope: Mapped[Raw]
    etag: Mapped[Hex64]
    issued: Mapped[When]
    expires: Mapped[When]


class OutboxRow(Base):
    """What is to be pushed, in order; `areas` or `device` is the audience."""

    __tablename__ = "outbox"
    __table_args__ = (
        Index("ix_outbox_device_kind", "device", "kind"),
        # without this SQLite would number a row like one that housekeeping has deleted
        {"sqlite_autoincrement": True},
    )

    id: Mapped[Serial]
    created: Mapped[When] = mapped_column(index=True)
    kind: Mapped[WordText]
    areas: Mapped[Names]
    device: Mapped[str | None] = mapped_column(String(16))
    expires: Mapped[When]
    event: Mapped[WordText]
    data: Mapped[Raw]
