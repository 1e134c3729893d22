"""Tables of the log of everything signed, and of alarms about what is not in it.

Law of the room: lines are added and never changed or deleted; an alarm is acknowledged and never deleted. What a line
means, and how it is bound to the one before, is `contract.signed_log`'s.
"""

from datetime import datetime

from sqlalchemy import BigInteger, Index, Integer, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from central.db.base import (
    Base,
    DeviceText,
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


class LogRow(Base):
    """One line: `sha256` is its hash, `kept` what it stands for, as far as it is kept here.

    `kept` is the envelope; of a programme its opening, a line break and its signatures, the rest being the body
    `body_sha256`; of a keyring its bytes; of times their digests; null for the beginning.
    """

    __tablename__ = "signed_log"
    __table_args__ = (
        Index("ix_signed_log_device_number", "device", "number"),
        Index("ix_signed_log_kind_number", "kind", "number"),
    )

    number: Mapped[int] = mapped_column(
        BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=False
    )
    at: Mapped[When]
    kind: Mapped[WordText]
    subject: Mapped[NameText]
    device: Mapped[DeviceText]
    areas: Mapped[str] = mapped_column(Text)
    epoch: Mapped[Whole]
    keyids: Mapped[str] = mapped_column(String(300))
    payload_sha256: Mapped[Hex64] = mapped_column(index=True)
    envelope_sha256: Mapped[Hex64]
    previous: Mapped[Hex64]
    sha256: Mapped[Hex64]
    body_sha256: Mapped[str | None] = mapped_column(String(64))
    kept: Mapped[bytes | None] = mapped_column(LargeBinary)


class LogBodyRow(Base):
    """The part of programmes that many appliances share, compressed by zlib; `sha256` is of the part itself."""

    __tablename__ = "signed_log_bodies"

    sha256: Mapped[Hex64] = mapped_column(primary_key=True)
    body: Mapped[Raw]


class LogAlarmRow(Base):
    """What an appliance told that no line covers; `first_at` and `last_at` by its own clock, `seen` by ours."""

    __tablename__ = "log_alarms"
    __table_args__ = (Index("ix_log_alarms_device_what", "device", "what"),)

    id: Mapped[Serial]
    device: Mapped[DeviceText]
    kind: Mapped[WordText]
    what: Mapped[NameText]
    why: Mapped[WhyText]
    title: Mapped[NameText]
    times: Mapped[Whole]
    first_at: Mapped[When]
    last_at: Mapped[When]
    first_seen: Mapped[When]
    last_seen: Mapped[When]
    acknowledged: Mapped[datetime | None] = mapped_column(UtcInstant, index=True)
    acknowledged_by: Mapped[NameText] = mapped_column(default="")
    words: Mapped[WhyText] = mapped_column(default="")
