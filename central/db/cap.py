"""Tables of warnings that others send (CAP 1.2): where they are fetched, what came, and which code means which area.

Law of the room: what came is kept as it came, byte for byte; what a person decided of it stands beside it.
"""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from central.db.base import (
    AreaText,
    Base,
    Hex64,
    Names,
    NameText,
    Raw,
    Serial,
    UtcInstant,
    When,
    WhyText,
    WordText,
)


class CapSourceRow(Base):
    """An address that is asked every so often; `seen` are the entries of its feed that were looked at already."""

    __tablename__ = "cap_sources"

    id: Mapped[WordText] = mapped_column(primary_key=True)
    name: Mapped[NameText]
    area: Mapped[AreaText] = mapped_column(index=True)
    url: Mapped[str] = mapped_column(String(500))
    every_s: Mapped[int]
    enabled: Mapped[bool] = mapped_column(default=True)
    created: Mapped[When]
    created_by: Mapped[NameText]
    due: Mapped[When] = mapped_column(index=True)
    etag: Mapped[str] = mapped_column(String(200), default="")
    modified: Mapped[str] = mapped_column(String(100), default="")
    seen: Mapped[Names]
    tried: Mapped[datetime | None] = mapped_column(UtcInstant)
    reached: Mapped[datetime | None] = mapped_column(UtcInstant)
    why: Mapped[WhyText] = mapped_column(default="")
    taken: Mapped[int] = mapped_column(default=0)


class CapMessageRow(Base):
    """A message as it came, and what became of it: waiting, used, dismissed or superseded.

    `announcement` is ours that was prepared from it, or that it would end; the same bytes come to an area once.
    """

    __tablename__ = "cap_messages"
    __table_args__ = (
        UniqueConstraint("area", "sha256"),
        Index("ix_cap_messages_area_state", "area", "state"),
    )

    id: Mapped[Serial]
    area: Mapped[AreaText]
    source: Mapped[str | None] = mapped_column(
        String(40), ForeignKey("cap_sources.id", ondelete="SET NULL")
    )
    origin: Mapped[WordText]
    origin_name: Mapped[NameText]
    received: Mapped[When] = mapped_column(index=True)
    received_by: Mapped[NameText]
    sha256: Mapped[Hex64]
    body: Mapped[Raw]
    identifier: Mapped[str] = mapped_column(String(500), index=True)
    sender: Mapped[str] = mapped_column(String(500))
    sent: Mapped[When]
    status: Mapped[WordText]
    message: Mapped[WordText]
    event: Mapped[NameText]
    headline: Mapped[NameText]
    severity: Mapped[WordText]
    expires: Mapped[datetime | None] = mapped_column(UtcInstant)
    state: Mapped[WordText]
    announcement: Mapped[str] = mapped_column(String(70), default="", index=True)
    decided: Mapped[datetime | None] = mapped_column(UtcInstant)
    decided_by: Mapped[NameText] = mapped_column(default="")
    why: Mapped[WhyText] = mapped_column(default="")


class CapCodeRow(Base):
    """A code of another system that stands for an area, for all who work under one root."""

    __tablename__ = "cap_codes"
    __table_args__ = (UniqueConstraint("root", "name", "value"),)

    id: Mapped[Serial]
    root: Mapped[AreaText]
    name: Mapped[NameText]
    value: Mapped[NameText]
    area: Mapped[AreaText]
    changed: Mapped[When]
    changed_by: Mapped[NameText]
