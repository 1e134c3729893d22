"""Tables of the emergency desk: saved groups of areas, who is telephoned in an area, and who was.

Law of the room: telephone numbers are personal data; what is here is shown only to those who raise alarms or
administer there.
"""

from sqlalchemy import Boolean, ForeignKey, Index, String, false
from sqlalchemy.orm import Mapped, mapped_column

from central.db.base import (
    AreaText,
    Base,
    Names,
    NameText,
    Serial,
    When,
    WhyText,
    WordText,
)


class AreaGroupRow(Base):
    """Areas that are often warned together; `area` is the area whose people may change the group."""

    __tablename__ = "area_groups"

    id: Mapped[Serial]
    area: Mapped[AreaText] = mapped_column(index=True)
    name: Mapped[NameText]
    areas: Mapped[Names]
    changed: Mapped[When]
    changed_by: Mapped[NameText]


class PhoneRow(Base):
    """Whom to telephone in an area, in what order (1 first)."""

    __tablename__ = "area_phones"

    id: Mapped[Serial]
    area: Mapped[AreaText] = mapped_column(index=True)
    name: Mapped[NameText]
    duty: Mapped[NameText] = mapped_column(default="")
    number: Mapped[WordText]
    place: Mapped[int]
    changed: Mapped[When]
    changed_by: Mapped[NameText]


class CallRow(Base):
    """A telephone call to an area about an announcement, and whether somebody there was told; never changed."""

    __tablename__ = "alarm_calls"
    __table_args__ = (Index("ix_alarm_calls_announcement_area", "announcement", "area"),)

    id: Mapped[Serial]
    announcement: Mapped[str] = mapped_column(
        String(70), ForeignKey("announcements.id", ondelete="CASCADE")
    )
    area: Mapped[AreaText]
    at: Mapped[When]
    by: Mapped[NameText]
    told: Mapped[bool] = mapped_column(Boolean, default=False, server_default=false())
    note: Mapped[WhyText] = mapped_column(default="")
