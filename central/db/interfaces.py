"""Tables of other systems: their tokens, the addresses that are told of events, and what was sent to them.

Law of the room: of a token only a keyed hash is kept; a webhook's secret is derived and stands nowhere. What is yet to
be sent is a row with a lease, so that a process that dies half-way leaves it to the next.
"""

from datetime import datetime

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
    Serial,
    UtcInstant,
    When,
    WhyText,
    WordText,
)


class SystemTokenRow(Base):
    """A token of another system; it dies with the person who made it. `window` and `used` count its requests."""

    __tablename__ = "system_tokens"

    id: Mapped[WordText] = mapped_column(primary_key=True)
    token_hash: Mapped[Hex64] = mapped_column(unique=True)
    name: Mapped[NameText]
    area: Mapped[AreaText] = mapped_column(index=True)
    scopes: Mapped[Names]
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"), index=True)
    created: Mapped[When]
    created_by: Mapped[NameText]
    expires: Mapped[When]
    revoked: Mapped[datetime | None] = mapped_column(UtcInstant)
    revoked_by: Mapped[NameText] = mapped_column(default="")
    last_used: Mapped[datetime | None] = mapped_column(UtcInstant)
    per_minute: Mapped[int]
    window: Mapped[datetime | None] = mapped_column(UtcInstant)
    used: Mapped[int] = mapped_column(default=0)


class WebhookRow(Base):
    """An address that is told what happens in an area; `generation` counts its secrets."""

    __tablename__ = "webhooks"

    id: Mapped[WordText] = mapped_column(primary_key=True)
    name: Mapped[NameText]
    area: Mapped[AreaText] = mapped_column(index=True)
    url: Mapped[str] = mapped_column(String(500))
    events: Mapped[Names]
    generation: Mapped[int] = mapped_column(default=1)
    enabled: Mapped[bool] = mapped_column(default=True)
    created: Mapped[When]
    created_by: Mapped[NameText]


class DeliveryRow(Base):
    """One message to one address: waiting (from `due` on, unless leased), done or dead."""

    __tablename__ = "webhook_deliveries"
    __table_args__ = (
        Index("ix_webhook_deliveries_state_due", "state", "due"),
        Index("ix_webhook_deliveries_webhook_id", "webhook", "id"),
    )

    id: Mapped[Serial]
    webhook: Mapped[WordText] = mapped_column(ForeignKey("webhooks.id", ondelete="CASCADE"))
    event: Mapped[WordText]
    body: Mapped[Raw]
    created: Mapped[When] = mapped_column(index=True)
    state: Mapped[WordText]
    due: Mapped[When]
    leased_until: Mapped[datetime | None] = mapped_column(UtcInstant)
    tries: Mapped[int] = mapped_column(default=0)
    tried: Mapped[datetime | None] = mapped_column(UtcInstant)
    status: Mapped[int | None]
    took_ms: Mapped[int | None]
    why: Mapped[WhyText] = mapped_column(default="")


class LostApplianceRow(Base):
    """An appliance whose loss was told; the row goes when it is back."""

    __tablename__ = "lost_appliances"

    device: Mapped[DeviceText] = mapped_column(
        ForeignKey("devices.id", ondelete="CASCADE"), primary_key=True
    )
    since: Mapped[When]


class UsedNonceRow(Base):
    """A nonce that was used in a signed request, where several processes serve; kept until nobody may use it."""

    __tablename__ = "used_nonces"

    sha256: Mapped[Hex64] = mapped_column(primary_key=True)
    expires: Mapped[When] = mapped_column(index=True)
