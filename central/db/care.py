"""Tables of the care of appliances: how each one is, its history, its papers of purchase, orders in bulk, alerts.

Law of the room: what the list of ten thousand shows stands in columns here, written once when a report is taken, so
that no page decodes health. A day of history is one row. Long work is a row with a lease.
"""

from datetime import date, datetime

from sqlalchemy import Date, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from central.db.base import (
    AreaText,
    Base,
    DeviceText,
    NameText,
    Raw,
    Serial,
    UtcInstant,
    When,
    Whole,
    WhyText,
    WordText,
)
from central.db.fleet import DeviceRow, ReadinessRow, ReceiptRow, RefusalRow

# questions that are asked of other rooms' tables here
Index("ix_receipts_kind_document", ReceiptRow.kind, ReceiptRow.document)
Index("ix_refusals_at", RefusalRow.at)
Index("ix_refusals_device_id", RefusalRow.device, RefusalRow.id)
Index("ix_readiness_device_id", ReadinessRow.device, ReadinessRow.id)
Index("ix_devices_last_seen", DeviceRow.last_seen)
Index("ix_devices_area_name_id", DeviceRow.area, DeviceRow.name, DeviceRow.id)
Index("ix_devices_name_id", DeviceRow.name, DeviceRow.id)


class DeviceHealthRow(Base):
    """What the list, the map and the rules ask of an appliance; null where it never told or has no gauge.

    `search` is name, id and serial without diacritics; `silent_at` when it last was asked to sound and did not.
    """

    __tablename__ = "device_health"
    __table_args__ = (Index("ix_device_health_ready_ready_for", "ready", "ready_for"),)

    device: Mapped[DeviceText] = mapped_column(
        ForeignKey("devices.id", ondelete="CASCADE"), primary_key=True
    )
    search: Mapped[str] = mapped_column(String(600), default="")
    latitude_deg: Mapped[float | None]
    longitude_deg: Mapped[float | None]
    at: Mapped[datetime | None] = mapped_column(UtcInstant)
    software: Mapped[NameText] = mapped_column(default="", index=True)
    clock: Mapped[WordText] = mapped_column(default="")
    on_air: Mapped[int] = mapped_column(default=0)
    volume_pct: Mapped[int | None]
    programme_version: Mapped[Whole] = mapped_column(default=0)
    contents_missing: Mapped[int] = mapped_column(default=0)
    sound_path_ok: Mapped[bool | None]
    storage_free_bytes: Mapped[Whole | None]
    temperature_c: Mapped[float | None]
    mains: Mapped[bool | None]
    under_voltage: Mapped[bool | None]
    card_worn_pct: Mapped[int | None]
    signal_pct: Mapped[int | None]
    complaints: Mapped[int] = mapped_column(default=0)
    complaint: Mapped[WhyText] = mapped_column(default="")
    ready: Mapped[bool | None]
    ready_for: Mapped[datetime | None] = mapped_column(UtcInstant)
    unready_why: Mapped[WhyText] = mapped_column(default="")
    refused_at: Mapped[datetime | None] = mapped_column(UtcInstant)
    refused_why: Mapped[WhyText] = mapped_column(default="")
    silent_at: Mapped[datetime | None] = mapped_column(UtcInstant)
    silent_what: Mapped[NameText] = mapped_column(default="")


class DeviceDayRow(Base):
    """One UTC day of an appliance: `buckets` of `span_s` seconds each, as `central.domain.care_history` packs them."""

    __tablename__ = "device_days"
    __table_args__ = (Index("ix_device_days_span_s_day", "span_s", "day"),)

    device: Mapped[DeviceText] = mapped_column(
        ForeignKey("devices.id", ondelete="CASCADE"), primary_key=True
    )
    day: Mapped[date] = mapped_column(Date, primary_key=True)
    span_s: Mapped[int]
    buckets: Mapped[Raw]


class SupplierRow(Base):
    """Who sells and mends; known to everybody at or below `area`."""

    __tablename__ = "suppliers"

    id: Mapped[Serial]
    area: Mapped[AreaText] = mapped_column(index=True)
    code: Mapped[WordText] = mapped_column(default="")
    name: Mapped[NameText]
    phone: Mapped[WordText] = mapped_column(default="")
    email: Mapped[NameText] = mapped_column(default="")
    note: Mapped[WhyText] = mapped_column(default="")
    changed: Mapped[When]
    changed_by: Mapped[NameText]


class DeviceAssetRow(Base):
    """An appliance as a thing that was bought: serial, supplier, dates."""

    __tablename__ = "device_assets"

    device: Mapped[DeviceText] = mapped_column(
        ForeignKey("devices.id", ondelete="CASCADE"), primary_key=True
    )
    serial: Mapped[str] = mapped_column(String(80), default="")
    model: Mapped[str] = mapped_column(String(80), default="")
    supplier: Mapped[int | None] = mapped_column(
        ForeignKey("suppliers.id", ondelete="SET NULL"), index=True
    )
    bought: Mapped[date | None] = mapped_column(Date)
    warranty_until: Mapped[date | None] = mapped_column(Date, index=True)
    changed: Mapped[When]
    changed_by: Mapped[NameText]


class CareNoteRow(Base):
    """What somebody saw or did at an appliance; never changed."""

    __tablename__ = "care_notes"
    __table_args__ = (Index("ix_care_notes_device_id", "device", "id"),)

    id: Mapped[Serial]
    device: Mapped[DeviceText] = mapped_column(ForeignKey("devices.id", ondelete="CASCADE"))
    at: Mapped[When]
    by: Mapped[NameText]
    kind: Mapped[WordText]
    text: Mapped[str] = mapped_column(String(2_000))


class SparePartRow(Base):
    """How many of a part lie in the store of an area."""

    __tablename__ = "spare_parts"

    id: Mapped[Serial]
    area: Mapped[AreaText] = mapped_column(index=True)
    name: Mapped[NameText]
    supplier: Mapped[int | None] = mapped_column(ForeignKey("suppliers.id", ondelete="SET NULL"))
    stock: Mapped[int]
    fewest: Mapped[int]
    note: Mapped[WhyText] = mapped_column(default="")
    changed: Mapped[When]
    changed_by: Mapped[NameText]


class PartSwapRow(Base):
    """A part that was put into an appliance, and what came out; never changed."""

    __tablename__ = "part_swaps"
    __table_args__ = (Index("ix_part_swaps_device_id", "device", "id"),)

    id: Mapped[Serial]
    device: Mapped[DeviceText] = mapped_column(ForeignKey("devices.id", ondelete="CASCADE"))
    part: Mapped[int | None] = mapped_column(ForeignKey("spare_parts.id", ondelete="SET NULL"))
    name: Mapped[NameText]
    at: Mapped[When]
    by: Mapped[NameText]
    out_serial: Mapped[str] = mapped_column(String(80), default="")
    in_serial: Mapped[str] = mapped_column(String(80), default="")
    note: Mapped[WhyText] = mapped_column(default="")


class SavedViewRow(Base):
    """A filter of the list that somebody keeps; shared with everybody at or below `area` where that is set."""

    __tablename__ = "saved_views"
    __table_args__ = (UniqueConstraint("person_id", "name"),)

    id: Mapped[Serial]
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"))
    by: Mapped[NameText]
    area: Mapped[str | None] = mapped_column(String(200), index=True)
    name: Mapped[str] = mapped_column(String(80))
    query: Mapped[str] = mapped_column(String(1_000))
    made: Mapped[When]


class OutlineRow(Base):
    """The outline that the map of a province is drawn on, as GeoJSON."""

    __tablename__ = "area_outlines"

    area: Mapped[AreaText] = mapped_column(primary_key=True)
    shapes: Mapped[str] = mapped_column(Text)
    changed: Mapped[When]
    changed_by: Mapped[NameText]


class BulkOrderRow(Base):
    """One order to many appliances; sent a few at a time by whoever holds the lease."""

    __tablename__ = "bulk_orders"

    id: Mapped[Serial]
    asked: Mapped[When]
    asked_by: Mapped[NameText]
    person_id: Mapped[int]
    action: Mapped[Raw]
    words: Mapped[NameText]
    total: Mapped[int]
    per_s: Mapped[int]
    state: Mapped[WordText] = mapped_column(index=True)
    leased_until: Mapped[datetime | None] = mapped_column(UtcInstant)
    ended: Mapped[datetime | None] = mapped_column(UtcInstant)


class BulkTargetRow(Base):
    """One appliance of such an order: what was sent to it, and what came of that."""

    __tablename__ = "bulk_targets"
    __table_args__ = (
        Index("ix_bulk_targets_bulk_state_place", "bulk", "state", "place"),
        Index("ix_bulk_targets_device_counter", "device", "counter"),
    )

    bulk: Mapped[int] = mapped_column(
        ForeignKey("bulk_orders.id", ondelete="CASCADE"), primary_key=True
    )
    device: Mapped[DeviceText] = mapped_column(
        ForeignKey("devices.id", ondelete="CASCADE"), primary_key=True
    )
    place: Mapped[int]
    state: Mapped[WordText]
    counter: Mapped[Whole] = mapped_column(default=0)
    sent: Mapped[datetime | None] = mapped_column(UtcInstant)
    answered: Mapped[datetime | None] = mapped_column(UtcInstant)
    why: Mapped[WhyText] = mapped_column(default="")


class AlertRuleRow(Base):
    """What a province or commune changed of a rule: on or off, level, threshold."""

    __tablename__ = "alert_rules"

    area: Mapped[AreaText] = mapped_column(primary_key=True)
    kind: Mapped[WordText] = mapped_column(primary_key=True)
    on: Mapped[bool]
    level: Mapped[int]
    threshold: Mapped[float]
    changed: Mapped[When]
    changed_by: Mapped[NameText]


class AlertRow(Base):
    """One thing that is not well at one appliance; `standing` names it while it stands, so that it stands once."""

    __tablename__ = "care_alerts"
    __table_args__ = (
        Index("ix_care_alerts_ended_id", "ended", "id"),
        Index("ix_care_alerts_device_id", "device", "id"),
    )

    id: Mapped[Serial]
    device: Mapped[DeviceText] = mapped_column(ForeignKey("devices.id", ondelete="CASCADE"))
    kind: Mapped[WordText]
    level: Mapped[int]
    standing: Mapped[str | None] = mapped_column(String(80), unique=True)
    why: Mapped[WhyText]
    times: Mapped[int]
    first: Mapped[When]
    last: Mapped[When]
    ended: Mapped[datetime | None] = mapped_column(UtcInstant)
    acknowledged: Mapped[datetime | None] = mapped_column(UtcInstant)
    acknowledged_by: Mapped[NameText] = mapped_column(default="")
    words: Mapped[WhyText] = mapped_column(default="")


class AlertTargetRow(Base):
    """Where alerts of an area go; `url` is a secret and leaves only towards its server."""

    __tablename__ = "alert_targets"

    id: Mapped[Serial]
    area: Mapped[AreaText] = mapped_column(index=True)
    name: Mapped[NameText]
    url: Mapped[str] = mapped_column(String(1_000))
    on: Mapped[bool]
    least_level: Mapped[int]
    quiet_from_min: Mapped[int]
    quiet_to_min: Mapped[int]
    after_min: Mapped[int]
    changed: Mapped[When]
    changed_by: Mapped[NameText]
    told: Mapped[datetime | None] = mapped_column(UtcInstant)
    fault: Mapped[WhyText] = mapped_column(default="")


class AlertLetterRow(Base):
    """One alert on its way to one target; `escalation` 1 where nobody acknowledged it in time."""

    __tablename__ = "alert_letters"
    __table_args__ = (
        UniqueConstraint("alert", "target", "escalation"),
        Index("ix_alert_letters_state_due", "state", "due"),
    )

    id: Mapped[Serial]
    alert: Mapped[int] = mapped_column(ForeignKey("care_alerts.id", ondelete="CASCADE"))
    target: Mapped[int] = mapped_column(ForeignKey("alert_targets.id", ondelete="CASCADE"))
    escalation: Mapped[int]
    state: Mapped[WordText]
    due: Mapped[When]
    tries: Mapped[int] = mapped_column(default=0)
    leased_until: Mapped[datetime | None] = mapped_column(UtcInstant)
    why: Mapped[WhyText] = mapped_column(default="")


class CareLeaseRow(Base):
    """Which of several processes does a chore of this room now."""

    __tablename__ = "care_leases"

    name: Mapped[WordText] = mapped_column(primary_key=True)
    until: Mapped[When]
