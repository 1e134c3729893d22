"""Planned places, appliances that ask to be enrolled, appliances that are retired, and signs of a copied key."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:

    op.create_table(
        "claim_guesses",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("source", sa.String(length=200), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_claim_guesses")),
    )
    op.create_index(op.f("ix_claim_guesses_at"), "claim_guesses", ["at"], unique=False)
    op.create_table(
        "enrolments",
        sa.Column("device", sa.String(length=16), nullable=False),
        sa.Column("public_key", sa.String(length=44), nullable=False),
        sa.Column("commitment", sa.String(length=64), nullable=False),
        sa.Column("nonce", sa.String(length=44), nullable=True),
        sa.Column("central_nonce", sa.String(length=44), nullable=False),
        sa.Column("first_seen", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_seen", sa.DateTime(timezone=True), nullable=False),
        sa.Column("software", sa.String(length=200), nullable=False),
        sa.Column("model", sa.String(length=200), nullable=False),
        sa.Column("source", sa.String(length=200), nullable=False),
        sa.Column("claim_tries", sa.Integer(), nullable=False),
        sa.Column("claim_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("claim_last", sa.String(length=64), nullable=True),
        sa.Column("refused", sa.DateTime(timezone=True), nullable=True),
        sa.Column("refused_by", sa.String(length=200), nullable=False),
        sa.Column("refused_why", sa.String(length=500), nullable=False),
        sa.Column("confirmed", sa.DateTime(timezone=True), nullable=True),
        sa.Column("confirmed_by", sa.String(length=200), nullable=False),
        sa.PrimaryKeyConstraint("device", name=op.f("pk_enrolments")),
    )
    op.create_index(op.f("ix_enrolments_last_seen"), "enrolments", ["last_seen"], unique=False)
    op.create_table(
        "clone_signs",
        sa.Column("device", sa.String(length=16), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("first", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last", sa.DateTime(timezone=True), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.Column("seen", sa.DateTime(timezone=True), nullable=True),
        sa.Column("seen_by", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(
            ["device"],
            ["devices.id"],
            name=op.f("fk_clone_signs_device_devices"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("device", "kind", name=op.f("pk_clone_signs")),
    )
    op.create_table(
        "sites",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("area", sa.String(length=200), nullable=False),
        sa.Column("template", sa.LargeBinary(), nullable=False),
        sa.Column("planned", sa.DateTime(timezone=True), nullable=False),
        sa.Column("planned_by", sa.String(length=200), nullable=False),
        sa.Column("claim_hash", sa.String(length=64), nullable=True),
        sa.Column("claim_head", sa.String(length=64), nullable=True),
        sa.Column("claim_issued", sa.DateTime(timezone=True), nullable=True),
        sa.Column("claim_issued_by", sa.String(length=200), nullable=False),
        sa.Column("claim_expires", sa.DateTime(timezone=True), nullable=True),
        sa.Column("claim_tries", sa.Integer(), nullable=False),
        sa.Column("claim_used", sa.DateTime(timezone=True), nullable=True),
        sa.Column("matched", sa.String(length=16), nullable=True),
        sa.Column("matched_how", sa.String(length=40), nullable=False),
        sa.Column("matched_by", sa.String(length=200), nullable=False),
        sa.Column("matched_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("matched_key", sa.String(length=44), nullable=True),
        sa.Column("matched_fingerprint", sa.String(length=32), nullable=True),
        sa.Column("device", sa.String(length=16), nullable=True),
        sa.ForeignKeyConstraint(
            ["device"], ["devices.id"], name=op.f("fk_sites_device_devices"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sites")),
        sa.UniqueConstraint("claim_hash", name=op.f("uq_sites_claim_hash")),
        sa.UniqueConstraint("device", name=op.f("uq_sites_device")),
        sa.UniqueConstraint("matched", name=op.f("uq_sites_matched")),
    )
    op.create_index(op.f("ix_sites_area"), "sites", ["area"], unique=False)
    op.create_index(op.f("ix_sites_claim_head"), "sites", ["claim_head"], unique=False)
    op.create_index(op.f("ix_device_sessions_device"), "device_sessions", ["device"], unique=False)
    op.add_column(
        "devices",
        sa.Column("retired", sa.Boolean(), server_default=sa.false(), nullable=False),
    )


def downgrade() -> None:

    op.drop_column("devices", "retired")
    op.drop_index(op.f("ix_device_sessions_device"), table_name="device_sessions")
    op.drop_table("sites")
    op.drop_table("clone_signs")
    op.drop_table("enrolments")
    op.drop_table("claim_guesses")
