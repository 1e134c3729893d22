"""The table of commissionings: what was sealed when an appliance was handed over, kept with the place it stood at."""

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from central.db.base import (
    AreaText,
    Base,
    DeviceText,
    Hex64,
    NameText,
    Raw,
    Serial,
    When,
    Whole,
    WordText,
)


class CommissioningRow(Base):
    """One sealed commissioning; `site` is the place at which the appliance stood then, empty where it had none.

    `by` is the person as the paper names them, `brought_by` who handed it in: empty for the appliance itself.
    """

    __tablename__ = "commissionings"
    __table_args__ = (UniqueConstraint("device", "payload_sha256"),)

    id: Mapped[Serial]
    device: Mapped[DeviceText] = mapped_column(
        ForeignKey("devices.id", ondelete="CASCADE"), index=True
    )
    site: Mapped[WordText] = mapped_column(index=True)
    area: Mapped[AreaText]
    epoch: Mapped[Whole]
    by: Mapped[NameText]
    passed: Mapped[bool]
    ended: Mapped[When]
    received: Mapped[When]
    brought_by: Mapped[NameText]
    payload_sha256: Mapped[Hex64]
    envelope: Mapped[Raw]
