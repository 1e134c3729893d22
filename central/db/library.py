"""Tables of the content library beyond the bytes: sheets, words to search by, shares, jobs, playlists."""

from datetime import date, datetime

from sqlalchemy import Date, ForeignKey, Index, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from central.db.base import (
    AreaText,
    Base,
    Hex64,
    Names,
    NameText,
    UtcInstant,
    When,
    Whole,
    WhyText,
    WordText,
)
from central.db.broadcast import ContentRow

Index("ix_contents_uploaded_sha256", ContentRow.uploaded, ContentRow.sha256)
Index("ix_contents_area_uploaded_sha256", ContentRow.area, ContentRow.uploaded, ContentRow.sha256)


class SheetRow(Base):
    """What people say of one content; `checks` is the JSON of what was found, `version` rises with each edit."""

    __tablename__ = "library_sheets"

    sha256: Mapped[Hex64] = mapped_column(
        ForeignKey("contents.sha256", ondelete="CASCADE"), primary_key=True
    )
    kind: Mapped[WordText]
    made: Mapped[WordText]
    field: Mapped[int] = mapped_column(default=1)
    topics: Mapped[Names]
    priority: Mapped[WordText]
    author: Mapped[NameText]
    department: Mapped[NameText]
    source: Mapped[NameText]
    produced: Mapped[date | None] = mapped_column(Date)
    valid_from: Mapped[date | None] = mapped_column(Date)
    valid_until: Mapped[date | None] = mapped_column(Date)
    summary: Mapped[str] = mapped_column(Text)
    tags: Mapped[Names]
    text: Mapped[str] = mapped_column(Text)
    checks: Mapped[bytes] = mapped_column(LargeBinary)
    original_sha256: Mapped[str | None] = mapped_column(String(64), index=True)
    original_bytes: Mapped[Whole] = mapped_column(default=0)
    source_sha256: Mapped[str | None] = mapped_column(String(64), index=True)
    width: Mapped[int] = mapped_column(default=0)
    height: Mapped[int] = mapped_column(default=0)
    archived: Mapped[datetime | None] = mapped_column(UtcInstant)
    archived_by: Mapped[NameText] = mapped_column(default="")
    version: Mapped[int] = mapped_column(default=1)
    changed: Mapped[When]
    changed_by: Mapped[NameText]


class WordRow(Base):
    """One folded word of one content: a prefix is found by the index, in the order of bytes."""

    __tablename__ = "library_words"

    word: Mapped[str] = mapped_column(
        String(40).with_variant(String(40, collation="C"), "postgresql"), primary_key=True
    )
    sha256: Mapped[Hex64] = mapped_column(
        ForeignKey("contents.sha256", ondelete="CASCADE"), primary_key=True, index=True
    )


class ShareRow(Base):
    """An area beside its own at and below which content may be used."""

    __tablename__ = "library_shares"

    sha256: Mapped[Hex64] = mapped_column(
        ForeignKey("contents.sha256", ondelete="CASCADE"), primary_key=True
    )
    area: Mapped[AreaText] = mapped_column(primary_key=True, index=True)
    shared: Mapped[When]
    shared_by: Mapped[NameText]


class JobRow(Base):
    """A file on its way in, or a text on its way to sound: from the first byte to content or a reason.

    `wish` is the JSON of what is to be made of it; `lease` names who works at it, until `leased_until`.
    """

    __tablename__ = "library_jobs"
    __table_args__ = (
        Index("ix_library_jobs_state_created", "state", "created"),
        Index("ix_library_jobs_person_id_created", "person_id", "created"),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    kind: Mapped[WordText]
    state: Mapped[WordText]
    person_id: Mapped[int | None]
    person: Mapped[NameText]
    area: Mapped[AreaText]
    title: Mapped[NameText]
    file_name: Mapped[NameText]
    mime: Mapped[str] = mapped_column(String(80))
    size_bytes: Mapped[Whole]
    received_bytes: Mapped[Whole] = mapped_column(default=0)
    sha256: Mapped[str | None] = mapped_column(String(64))
    wish: Mapped[bytes] = mapped_column(LargeBinary)
    progress_pct: Mapped[int] = mapped_column(default=0)
    code: Mapped[WordText] = mapped_column(default="")
    why: Mapped[WhyText] = mapped_column(default="")
    result: Mapped[str | None] = mapped_column(String(64))
    attempts: Mapped[int] = mapped_column(default=0)
    lease: Mapped[str | None] = mapped_column(String(32))
    leased_until: Mapped[datetime | None] = mapped_column(UtcInstant)
    created: Mapped[When]
    changed: Mapped[When]


class PlaylistRow(Base):
    """Ordered content under one name; `items` are hashes, `version` rises with each edit."""

    __tablename__ = "library_playlists"
    __table_args__ = (Index("ix_library_playlists_area_title", "area", "title"),)

    id: Mapped[WordText] = mapped_column(primary_key=True)
    area: Mapped[AreaText]
    title: Mapped[NameText]
    summary: Mapped[str] = mapped_column(Text)
    items: Mapped[Names]
    archived: Mapped[datetime | None] = mapped_column(UtcInstant)
    version: Mapped[int] = mapped_column(default=1)
    changed: Mapped[When]
    changed_by: Mapped[NameText]
