"""Tables of a notice on its way to the air: how far people are with it, what they said, and who is to act.

Law of the room: only what people decided is kept here. Whether a notice is sent, received or played is found in
the programmes, the fetched versions and the plays; a row is never a second truth about them.
"""

from datetime import date, datetime

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from central.db.base import (
    AreaText,
    Base,
    Hex64,
    Names,
    NameText,
    Serial,
    UtcInstant,
    When,
    Whole,
    WhyText,
    WordText,
)
from central.db.broadcast import ProgrammeContentRow

Index("ix_programme_contents_sha256_device", ProgrammeContentRow.sha256, ProgrammeContentRow.device)


class NoticeRow(Base):
    """How far people are with a content; `version` rises with each deed."""

    __tablename__ = "notices"
    __table_args__ = (Index("ix_notices_state_at", "state", "at"),)

    sha256: Mapped[Hex64] = mapped_column(primary_key=True)
    state: Mapped[WordText]
    version: Mapped[Whole]
    at: Mapped[When]
    who: Mapped[NameText]
    words: Mapped[WhyText] = mapped_column(default="")
    submitted_by: Mapped[NameText] = mapped_column(default="")
    assigned_to: Mapped[NameText] = mapped_column(default="")
    reminded: Mapped[datetime | None] = mapped_column(UtcInstant)


class NoticeStepRow(Base):
    """One deed on a notice: lines are added and never changed."""

    __tablename__ = "notice_steps"

    id: Mapped[Serial]
    sha256: Mapped[Hex64] = mapped_column(index=True)
    at: Mapped[When]
    who: Mapped[NameText]
    deed: Mapped[WordText]
    state: Mapped[WordText]
    words: Mapped[WhyText] = mapped_column(default="")


class SlotContentRow(Base):
    """Which slot holds which content, as drafted and as published; `last_day` is null where it has no end."""

    __tablename__ = "slot_contents"

    slot: Mapped[WordText] = mapped_column(primary_key=True)
    sha256: Mapped[Hex64] = mapped_column(primary_key=True, index=True)
    area: Mapped[AreaText]
    drafted: Mapped[bool]
    published: Mapped[bool]
    last_day: Mapped[date | None]


class OfferRow(Base):
    """A notice sent down to an area, which chooses when it sounds; `due` is when a priority one must be in the plan."""

    __tablename__ = "offers"
    __table_args__ = (
        UniqueConstraint("sha256", "area"),
        Index("ix_offers_state_due", "state", "due"),
        Index("ix_offers_area_id", "area", "id"),
    )

    id: Mapped[Serial]
    sha256: Mapped[Hex64]
    area: Mapped[AreaText]
    level: Mapped[WordText]
    state: Mapped[WordText]
    version: Mapped[Whole]
    sent: Mapped[When]
    sent_by: Mapped[NameText]
    words: Mapped[WhyText] = mapped_column(default="")
    due: Mapped[datetime | None] = mapped_column(UtcInstant)
    decided: Mapped[datetime | None] = mapped_column(UtcInstant)
    decided_by: Mapped[NameText] = mapped_column(default="")
    why: Mapped[WhyText] = mapped_column(default="")
    slot: Mapped[WordText] = mapped_column(default="")
    reminded: Mapped[datetime | None] = mapped_column(UtcInstant)


class CommentRow(Base):
    """What somebody said about a content, a slot or an announcement; `mentions` are the names that were told."""

    __tablename__ = "comments"
    __table_args__ = (Index("ix_comments_subject_id", "subject", "id"),)

    id: Mapped[Serial]
    kind: Mapped[WordText]
    subject: Mapped[str] = mapped_column(String(70))
    at: Mapped[When]
    who: Mapped[NameText]
    text: Mapped[str] = mapped_column(String(2_000))
    mentions: Mapped[Names]


class InboxRow(Base):
    """One thing that is asked of one person, or told them; the same again renews the row instead of doubling it."""

    __tablename__ = "inbox"
    __table_args__ = (
        UniqueConstraint("person_id", "about", "subject", "mark"),
        Index("ix_inbox_person_id_done_ask", "person_id", "done", "ask", "at"),
        Index("ix_inbox_subject_about", "subject", "about"),
    )

    id: Mapped[Serial]
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"))
    ask: Mapped[WordText]
    about: Mapped[WordText]
    kind: Mapped[WordText]
    subject: Mapped[str] = mapped_column(String(70))
    mark: Mapped[WordText]
    area: Mapped[AreaText]
    title: Mapped[NameText]
    who: Mapped[NameText]
    words: Mapped[WhyText]
    at: Mapped[When]
    due: Mapped[datetime | None] = mapped_column(UtcInstant)
    seen: Mapped[datetime | None] = mapped_column(UtcInstant)
    done: Mapped[datetime | None] = mapped_column(UtcInstant, index=True)
    done_by: Mapped[NameText] = mapped_column(default="")
    snoozed_until: Mapped[datetime | None] = mapped_column(UtcInstant)
