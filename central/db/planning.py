"""Tables of planning: progress and diff of publications, edits that can be undone, templates, links of calendars."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, LargeBinary, String, false
from sqlalchemy.orm import Mapped, mapped_column

from central.db.base import (
    AreaText,
    Base,
    Hex64,
    NameText,
    Raw,
    Serial,
    UtcInstant,
    When,
    Whole,
    WhyText,
    WordText,
)


class PublicationProgressRow(Base):
    """How far a publication is and who carries it out; `diff` is JSON of what it changed, kept for ever.

    Whoever holds the lease (`holder`, until `leased_until`) writes; when it runs out another process goes on.
    """

    __tablename__ = "publication_progress"

    publication: Mapped[int] = mapped_column(
        ForeignKey("publications.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    total: Mapped[Whole]
    written: Mapped[Whole]
    unchanged: Mapped[Whole]
    holder: Mapped[WordText]
    leased_until: Mapped[When] = mapped_column(index=True)
    fault: Mapped[WhyText] = mapped_column(default="")
    diff: Mapped[Raw]


class SlotEditRow(Base):
    """One slot before and after one edit (null: not there); edits of one `batch` belong together."""

    __tablename__ = "slot_edits"
    __table_args__ = (Index("ix_slot_edits_area_by_id", "area", "by", "id"),)

    id: Mapped[Serial]
    batch: Mapped[WordText] = mapped_column(index=True)
    area: Mapped[AreaText]
    slot: Mapped[WordText] = mapped_column(index=True)
    at: Mapped[When] = mapped_column(index=True)
    by: Mapped[NameText]
    what: Mapped[WordText]
    title: Mapped[NameText]
    before: Mapped[bytes | None] = mapped_column(LargeBinary)
    after: Mapped[bytes | None] = mapped_column(LargeBinary)
    undone: Mapped[bool] = mapped_column(default=False, server_default=false())


class SlotTemplateRow(Base):
    """A template of sessions that an area keeps; `parts` is JSON of the domain's parts."""

    __tablename__ = "slot_templates"

    id: Mapped[WordText] = mapped_column(primary_key=True)
    area: Mapped[AreaText] = mapped_column(index=True)
    name: Mapped[NameText]
    about: Mapped[WhyText]
    parts: Mapped[Raw]
    made: Mapped[When]
    made_by: Mapped[NameText]


class CalendarLinkRow(Base):
    """A link by which a calendar program subscribes to an area; only a hash of its token is kept."""

    __tablename__ = "calendar_links"

    id: Mapped[Serial]
    token_hash: Mapped[Hex64] = mapped_column(unique=True)
    area: Mapped[AreaText] = mapped_column(index=True)
    name: Mapped[str] = mapped_column(String(80))
    made: Mapped[When]
    made_by: Mapped[NameText]
    last_used: Mapped[datetime | None] = mapped_column(UtcInstant)
