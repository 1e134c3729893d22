"""What the programs of appliances last said, sent when somebody asks."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:

    op.create_table(
        "device_logs",
        sa.Column("device", sa.String(length=16), nullable=False),
        sa.Column("counter", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("taken", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("lines", sa.Integer(), nullable=False),
        sa.Column("text_bytes", sa.Integer(), nullable=False),
        sa.Column("parcel", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(
            ["device"],
            ["devices.id"],
            name=op.f("fk_device_logs_device_devices"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("device", "counter", name=op.f("pk_device_logs")),
    )
    op.create_index(op.f("ix_device_logs_taken"), "device_logs", ["taken"], unique=False)


def downgrade() -> None:

    op.drop_table("device_logs")
