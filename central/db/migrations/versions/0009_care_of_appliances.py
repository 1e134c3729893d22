"""Notes, suppliers, spares, history, saved views, orders in bulk, alerts."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "alert_rules",
        sa.Column("area", sa.String(length=200), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("on", sa.Boolean(), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("threshold", sa.Double(), nullable=False),
        sa.Column("changed", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by", sa.String(length=200), nullable=False),
        sa.PrimaryKeyConstraint("area", "kind", name=op.f("pk_alert_rules")),
    )
    op.create_table(
        "alert_targets",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("area", sa.String(length=200), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("url", sa.String(length=1000), nullable=False),
        sa.Column("on", sa.Boolean(), nullable=False),
        sa.Column("least_level", sa.Integer(), nullable=False),
        sa.Column("quiet_from_min", sa.Integer(), nullable=False),
        sa.Column("quiet_to_min", sa.Integer(), nullable=False),
        sa.Column("after_min", sa.Integer(), nullable=False),
        sa.Column("changed", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by", sa.String(length=200), nullable=False),
        sa.Column("told", sa.DateTime(timezone=True), nullable=True),
        sa.Column("fault", sa.String(length=500), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alert_targets")),
    )
    op.create_index(op.f("ix_alert_targets_area"), "alert_targets", ["area"], unique=False)
    op.create_table(
        "area_outlines",
        sa.Column("area", sa.String(length=200), nullable=False),
        sa.Column("shapes", sa.Text(), nullable=False),
        sa.Column("changed", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by", sa.String(length=200), nullable=False),
        sa.PrimaryKeyConstraint("area", name=op.f("pk_area_outlines")),
    )
    op.create_table(
        "bulk_orders",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("asked", sa.DateTime(timezone=True), nullable=False),
        sa.Column("asked_by", sa.String(length=200), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("action", sa.LargeBinary(), nullable=False),
        sa.Column("words", sa.String(length=200), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("per_s", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bulk_orders")),
    )
    op.create_index(op.f("ix_bulk_orders_state"), "bulk_orders", ["state"], unique=False)
    op.create_table(
        "care_leases",
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_care_leases")),
    )
    op.create_table(
        "suppliers",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("area", sa.String(length=200), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("phone", sa.String(length=40), nullable=False),
        sa.Column("email", sa.String(length=200), nullable=False),
        sa.Column("note", sa.String(length=500), nullable=False),
        sa.Column("changed", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by", sa.String(length=200), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_suppliers")),
    )
    op.create_index(op.f("ix_suppliers_area"), "suppliers", ["area"], unique=False)
    op.create_table(
        "bulk_targets",
        sa.Column("bulk", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("device", sa.String(length=16), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("counter", sa.BigInteger(), nullable=False),
        sa.Column("sent", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered", sa.DateTime(timezone=True), nullable=True),
        sa.Column("why", sa.String(length=500), nullable=False),
        sa.ForeignKeyConstraint(
            ["bulk"],
            ["bulk_orders.id"],
            name=op.f("fk_bulk_targets_bulk_bulk_orders"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["device"],
            ["devices.id"],
            name=op.f("fk_bulk_targets_device_devices"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("bulk", "device", name=op.f("pk_bulk_targets")),
    )
    op.create_index(
        "ix_bulk_targets_bulk_state_place", "bulk_targets", ["bulk", "state", "place"], unique=False
    )
    op.create_index(
        "ix_bulk_targets_device_counter", "bulk_targets", ["device", "counter"], unique=False
    )
    op.create_table(
        "care_alerts",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("device", sa.String(length=16), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("standing", sa.String(length=80), nullable=True),
        sa.Column("why", sa.String(length=500), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.Column("first", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended", sa.DateTime(timezone=True), nullable=True),
        sa.Column("acknowledged", sa.DateTime(timezone=True), nullable=True),
        sa.Column("acknowledged_by", sa.String(length=200), nullable=False),
        sa.Column("words", sa.String(length=500), nullable=False),
        sa.ForeignKeyConstraint(
            ["device"],
            ["devices.id"],
            name=op.f("fk_care_alerts_device_devices"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_care_alerts")),
        sa.UniqueConstraint("standing", name=op.f("uq_care_alerts_standing")),
    )
    op.create_index("ix_care_alerts_device_id", "care_alerts", ["device", "id"], unique=False)
    op.create_index("ix_care_alerts_ended_id", "care_alerts", ["ended", "id"], unique=False)
    op.create_table(
        "care_notes",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("device", sa.String(length=16), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.String(length=200), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("text", sa.String(length=2000), nullable=False),
        sa.ForeignKeyConstraint(
            ["device"],
            ["devices.id"],
            name=op.f("fk_care_notes_device_devices"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_care_notes")),
    )
    op.create_index("ix_care_notes_device_id", "care_notes", ["device", "id"], unique=False)
    op.create_table(
        "device_assets",
        sa.Column("device", sa.String(length=16), nullable=False),
        sa.Column("serial", sa.String(length=80), nullable=False),
        sa.Column("model", sa.String(length=80), nullable=False),
        sa.Column("supplier", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("bought", sa.Date(), nullable=True),
        sa.Column("warranty_until", sa.Date(), nullable=True),
        sa.Column("changed", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(
            ["device"],
            ["devices.id"],
            name=op.f("fk_device_assets_device_devices"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["supplier"],
            ["suppliers.id"],
            name=op.f("fk_device_assets_supplier_suppliers"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("device", name=op.f("pk_device_assets")),
    )
    op.create_index(op.f("ix_device_assets_supplier"), "device_assets", ["supplier"], unique=False)
    op.create_index(
        op.f("ix_device_assets_warranty_until"), "device_assets", ["warranty_until"], unique=False
    )
    op.create_table(
        "device_days",
        sa.Column("device", sa.String(length=16), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("span_s", sa.Integer(), nullable=False),
        sa.Column("buckets", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["device"],
            ["devices.id"],
            name=op.f("fk_device_days_device_devices"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("device", "day", name=op.f("pk_device_days")),
    )
    op.create_index("ix_device_days_span_s_day", "device_days", ["span_s", "day"], unique=False)
    op.create_table(
        "device_health",
        sa.Column("device", sa.String(length=16), nullable=False),
        sa.Column("search", sa.String(length=600), nullable=False),
        sa.Column("latitude_deg", sa.Double(), nullable=True),
        sa.Column("longitude_deg", sa.Double(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("software", sa.String(length=200), nullable=False),
        sa.Column("clock", sa.String(length=40), nullable=False),
        sa.Column("on_air", sa.Integer(), nullable=False),
        sa.Column("volume_pct", sa.Integer(), nullable=True),
        sa.Column("programme_version", sa.BigInteger(), nullable=False),
        sa.Column("contents_missing", sa.Integer(), nullable=False),
        sa.Column("sound_path_ok", sa.Boolean(), nullable=True),
        sa.Column("storage_free_bytes", sa.BigInteger(), nullable=True),
        sa.Column("temperature_c", sa.Double(), nullable=True),
        sa.Column("mains", sa.Boolean(), nullable=True),
        sa.Column("under_voltage", sa.Boolean(), nullable=True),
        sa.Column("card_worn_pct", sa.Integer(), nullable=True),
        sa.Column("signal_pct", sa.Integer(), nullable=True),
        sa.Column("complaints", sa.Integer(), nullable=False),
        sa.Column("complaint", sa.String(length=500), nullable=False),
        sa.Column("ready", sa.Boolean(), nullable=True),
        sa.Column("ready_for", sa.DateTime(timezone=True), nullable=True),
        sa.Column("unready_why", sa.String(length=500), nullable=False),
        sa.Column("refused_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("refused_why", sa.String(length=500), nullable=False),
        sa.Column("silent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("silent_what", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(
            ["device"],
            ["devices.id"],
            name=op.f("fk_device_health_device_devices"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("device", name=op.f("pk_device_health")),
    )
    op.create_index(
        "ix_device_health_ready_ready_for", "device_health", ["ready", "ready_for"], unique=False
    )
    op.create_index(op.f("ix_device_health_software"), "device_health", ["software"], unique=False)
    op.create_table(
        "saved_views",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column(
            "person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("by", sa.String(length=200), nullable=False),
        sa.Column("area", sa.String(length=200), nullable=True),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("query", sa.String(length=1000), nullable=False),
        sa.Column("made", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["people.id"],
            name=op.f("fk_saved_views_person_id_people"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_views")),
        sa.UniqueConstraint("person_id", "name", name=op.f("uq_saved_views_person_id_name")),
    )
    op.create_index(op.f("ix_saved_views_area"), "saved_views", ["area"], unique=False)
    op.create_table(
        "spare_parts",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("area", sa.String(length=200), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("supplier", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("stock", sa.Integer(), nullable=False),
        sa.Column("fewest", sa.Integer(), nullable=False),
        sa.Column("note", sa.String(length=500), nullable=False),
        sa.Column("changed", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(
            ["supplier"],
            ["suppliers.id"],
            name=op.f("fk_spare_parts_supplier_suppliers"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_spare_parts")),
    )
    op.create_index(op.f("ix_spare_parts_area"), "spare_parts", ["area"], unique=False)
    op.create_table(
        "alert_letters",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("alert", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("target", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("escalation", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("due", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("why", sa.String(length=500), nullable=False),
        sa.ForeignKeyConstraint(
            ["alert"],
            ["care_alerts.id"],
            name=op.f("fk_alert_letters_alert_care_alerts"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["target"],
            ["alert_targets.id"],
            name=op.f("fk_alert_letters_target_alert_targets"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alert_letters")),
        sa.UniqueConstraint(
            "alert", "target", "escalation", name=op.f("uq_alert_letters_alert_target_escalation")
        ),
    )
    op.create_index("ix_alert_letters_state_due", "alert_letters", ["state", "due"], unique=False)
    op.create_table(
        "part_swaps",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("device", sa.String(length=16), nullable=False),
        sa.Column("part", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.String(length=200), nullable=False),
        sa.Column("out_serial", sa.String(length=80), nullable=False),
        sa.Column("in_serial", sa.String(length=80), nullable=False),
        sa.Column("note", sa.String(length=500), nullable=False),
        sa.ForeignKeyConstraint(
            ["device"],
            ["devices.id"],
            name=op.f("fk_part_swaps_device_devices"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["part"],
            ["spare_parts.id"],
            name=op.f("fk_part_swaps_part_spare_parts"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_part_swaps")),
    )
    op.create_index("ix_part_swaps_device_id", "part_swaps", ["device", "id"], unique=False)
    op.create_index("ix_devices_area_name_id", "devices", ["area", "name", "id"], unique=False)
    op.create_index("ix_devices_last_seen", "devices", ["last_seen"], unique=False)
    op.create_index("ix_devices_name_id", "devices", ["name", "id"], unique=False)
    op.create_index("ix_readiness_device_id", "readiness", ["device", "id"], unique=False)
    op.create_index("ix_receipts_kind_document", "receipts", ["kind", "document"], unique=False)
    op.create_index("ix_refusals_at", "refusals", ["at"], unique=False)
    op.create_index("ix_refusals_device_id", "refusals", ["device", "id"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_refusals_device_id", table_name="refusals")
    op.drop_index("ix_refusals_at", table_name="refusals")
    op.drop_index("ix_receipts_kind_document", table_name="receipts")
    op.drop_index("ix_readiness_device_id", table_name="readiness")
    op.drop_index("ix_devices_name_id", table_name="devices")
    op.drop_index("ix_devices_last_seen", table_name="devices")
    op.drop_index("ix_devices_area_name_id", table_name="devices")
    op.drop_index("ix_part_swaps_device_id", table_name="part_swaps")
    op.drop_table("part_swaps")
    op.drop_index("ix_alert_letters_state_due", table_name="alert_letters")
    op.drop_table("alert_letters")
    op.drop_index(op.f("ix_spare_parts_area"), table_name="spare_parts")
    op.drop_table("spare_parts")
    op.drop_index(op.f("ix_saved_views_area"), table_name="saved_views")
    op.drop_table("saved_views")
    op.drop_index(op.f("ix_device_health_software"), table_name="device_health")
    op.drop_index("ix_device_health_ready_ready_for", table_name="device_health")
    op.drop_table("device_health")
    op.drop_index("ix_device_days_span_s_day", table_name="device_days")
    op.drop_table("device_days")
    op.drop_index(op.f("ix_device_assets_warranty_until"), table_name="device_assets")
    op.drop_index(op.f("ix_device_assets_supplier"), table_name="device_assets")
    op.drop_table("device_assets")
    op.drop_index("ix_care_notes_device_id", table_name="care_notes")
    op.drop_table("care_notes")
    op.drop_index("ix_care_alerts_ended_id", table_name="care_alerts")
    op.drop_index("ix_care_alerts_device_id", table_name="care_alerts")
    op.drop_table("care_alerts")
    op.drop_index("ix_bulk_targets_device_counter", table_name="bulk_targets")
    op.drop_index("ix_bulk_targets_bulk_state_place", table_name="bulk_targets")
    op.drop_table("bulk_targets")
    op.drop_index(op.f("ix_suppliers_area"), table_name="suppliers")
    op.drop_table("suppliers")
    op.drop_table("care_leases")
    op.drop_index(op.f("ix_bulk_orders_state"), table_name="bulk_orders")
    op.drop_table("bulk_orders")
    op.drop_table("area_outlines")
    op.drop_index(op.f("ix_alert_targets_area"), table_name="alert_targets")
    op.drop_table("alert_targets")
    op.drop_table("alert_rules")
