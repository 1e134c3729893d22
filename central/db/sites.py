"""Tables of enrolment: the places that are planned, the appliances that ask, and what hints at a copied key."""

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from central.db.base import (
    AreaText,
    Base,
    DeviceText,
    Hex64,
    NameText,
    Raw,
    Serial,
    UtcInstant,
    When,
    WhyText,
    WordText,
)


class SiteRow(Base):
    """A planned place: what an appliance there will be told, its claim code, and which appliance it has.

    `matched` is the appliance that shall stand here, until a signed assignment makes it `device`. Of a claim code
    only keyed hashes are kept: of the whole, and of its first half, by which wrong guesses are counted.
    """

    __tablename__ = "sites"

    id: Mapped[WordText] = mapped_column(primary_key=True)
    title: Mapped[NameText]
    area: Mapped[AreaText] = mapped_column(index=True)
    template: Mapped[Raw]
    planned: Mapped[When]
    planned_by: Mapped[NameText]
    claim_hash: Mapped[str | None] = mapped_column(String(64), unique=True)
    claim_head: Mapped[str | None] = mapped_column(String(64), index=True)
    claim_issued: Mapped[datetime | None] = mapped_column(UtcInstant)
    claim_issued_by: Mapped[NameText] = mapped_column(default="")
    claim_expires: Mapped[datetime | None] = mapped_column(UtcInstant)
    claim_tries: Mapped[int] = mapped_column(default=0)
    claim_used: Mapped[datetime | None] = mapped_column(UtcInstant)
    matched: Mapped[str | None] = mapped_column(String(16), unique=True)
    matched_how: Mapped[WordText] = mapped_column(default="")
    matched_by: Mapped[NameText] = mapped_column(default="")
    matched_at: Mapped[datetime | None] = mapped_column(UtcInstant)
    matched_key: Mapped[str | None] = mapped_column(String(44))
    matched_fingerprint: Mapped[str | None] = mapped_column(String(32))
    device: Mapped[str | None] = mapped_column(
        ForeignKey("devices.id", ondelete="SET NULL"), unique=True
    )


class EnrolmentRow(Base):
    """An appliance that asked to be enrolled: its proved key, both nonces, and what people said to it."""

    __tablename__ = "enrolments"

    device: Mapped[DeviceText] = mapped_column(primary_key=True)
    public_key: Mapped[str] = mapped_column(String(44))
    commitment: Mapped[Hex64]
    nonce: Mapped[str | None] = mapped_column(String(44))
    central_nonce: Mapped[str] = mapped_column(String(44))
    first_seen: Mapped[When]
    last_seen: Mapped[When] = mapped_column(index=True)
    software: Mapped[NameText] = mapped_column(default="")
    model: Mapped[NameText] = mapped_column(default="")
    source: Mapped[NameText] = mapped_column(default="")
    claim_tries: Mapped[int] = mapped_column(default=0)
    claim_since: Mapped[datetime | None] = mapped_column(UtcInstant)
    claim_last: Mapped[str | None] = mapped_column(String(64))
    refused: Mapped[datetime | None] = mapped_column(UtcInstant)
    refused_by: Mapped[NameText] = mapped_column(default="")
    refused_why: Mapped[WhyText] = mapped_column(default="")
    confirmed: Mapped[datetime | None] = mapped_column(UtcInstant)
    confirmed_by: Mapped[NameText] = mapped_column(default="")


class ClaimGuessRow(Base):
    """A wrong claim code, whoever sent it: counted for a minute, forgotten after an hour."""

    __tablename__ = "claim_guesses"

    id: Mapped[Serial]
    at: Mapped[When] = mapped_column(index=True)
    source: Mapped[NameText]


class CloneSignRow(Base):
    """A sign that two machines hold one appliance's key; it stands until somebody has looked at the newest."""

    __tablename__ = "clone_signs"

    device: Mapped[DeviceText] = mapped_column(
        ForeignKey("devices.id", ondelete="CASCADE"), primary_key=True
    )
    kind: Mapped[WordText] = mapped_column(primary_key=True)
    first: Mapped[When]
    last: Mapped[When]
    times: Mapped[int]
    seen: Mapped[datetime | None] = mapped_column(UtcInstant)
    seen_by: Mapped[NameText] = mapped_column(default="")
