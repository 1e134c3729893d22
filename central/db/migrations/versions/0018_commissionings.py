"""How appliances were handed over: the sealed reports, kept with their places."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:

    op.create_table(
        "commissionings",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("device", sa.String(length=16), nullable=False),
        sa.Column("site", sa.String(length=40), nullable=False),
        sa.Column("area", sa.String(length=200), nullable=False),
        sa.Column("epoch", sa.BigInteger(), nullable=False),
        sa.Column("by", sa.String(length=200), nullable=False),
        sa.Column("passed", sa.Boolean(), nullable=False),
        sa.Column("ended", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received", sa.DateTime(timezone=True), nullable=False),
        sa.Column("brought_by", sa.String(length=200), nullable=False),
        sa.Column("payload_sha256", sa.String(length=64), nullable=False),
        sa.Column("envelope", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["device"],
            ["devices.id"],
            name=op.f("fk_commissionings_device_devices"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_commissionings")),
        sa.UniqueConstraint(
            "device", "payload_sha256", name=op.f("uq_commissionings_device_payload_sha256")
        ),
    )
    op.create_index(op.f("ix_commissionings_device"), "commissionings", ["device"])
    op.create_index(op.f("ix_commissionings_site"), "commissionings", ["site"])


def downgrade() -> None:

    op.drop_index(op.f("ix_commissionings_site"), table_name="commissionings")
    op.drop_index(op.f("ix_commissionings_device"), table_name="commissionings")
    op.drop_table("commissionings")
