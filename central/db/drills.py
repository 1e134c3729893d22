"""Tables of drills: what people signed ahead, and which appliances a warning would not have been heard from.

Law of the room: the sealed bytes are kept as they were received; what was judged is kept, for trends outlive reports.
"""

from datetime import date, datetime

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from central.db.base import (
    AreaText,
    Base,
    DeviceText,
    Hex64,
    Names,
    NameText,
    Raw,
    UtcInstant,
    When,
    WhyText,
    WordText,
)


class DrillRow(Base):
    """A Test or Exercise signed ahead; `id` is the announcement's, `day` that of its hour in Việt Nam.

    `area` is the first of `areas`. `handed`, `judged` and the counts are null until then.
    """

    __tablename__ = "drills"
    __table_args__ = (Index("ix_drills_state_sent", "state", "sent"),)

    id: Mapped[str] = mapped_column(String(70), primary_key=True)
    status: Mapped[WordText]
    day: Mapped[date] = mapped_column(index=True)
    area: Mapped[AreaText]
    areas: Mapped[Names]
    headline: Mapped[NameText]
    sent: Mapped[When]
    expires: Mapped[When]
    payload_sha256: Mapped[Hex64]
    envelope: Mapped[Raw]
    state: Mapped[WordText]
    why: Mapped[WhyText] = mapped_column(default="")
    taken: Mapped[When]
    taken_by: Mapped[NameText]
    handed: Mapped[datetime | None] = mapped_column(UtcInstant)
    judged: Mapped[datetime | None] = mapped_column(UtcInstant)
    appliances: Mapped[int | None]
    well: Mapped[int | None]


class DrillLackRow(Base):
    """An appliance from which a warning would not have been heard, as it was called and where it stood then."""

    __tablename__ = "drill_lacks"

    drill: Mapped[str] = mapped_column(
        String(70), ForeignKey("drills.id", ondelete="CASCADE"), primary_key=True
    )
    device: Mapped[DeviceText] = mapped_column(primary_key=True)
    name: Mapped[NameText]
    area: Mapped[AreaText]
    cause: Mapped[WordText]
    why: Mapped[WhyText]
