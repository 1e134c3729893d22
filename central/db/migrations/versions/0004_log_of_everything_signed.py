"""The log of everything signed, alarms about what is not in it, and the payload that a receipt is for."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:

    op.create_table(
        "signed_log",
        sa.Column(
            "number",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("subject", sa.String(length=200), nullable=False),
        sa.Column("device", sa.String(length=16), nullable=False),
        sa.Column("areas", sa.Text(), nullable=False),
        sa.Column("epoch", sa.BigInteger(), nullable=False),
        sa.Column("keyids", sa.String(length=300), nullable=False),
        sa.Column("payload_sha256", sa.String(length=64), nullable=False),
        sa.Column("envelope_sha256", sa.String(length=64), nullable=False),
        sa.Column("previous", sa.String(length=64), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("body_sha256", sa.String(length=64), nullable=True),
        sa.Column("kept", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_signed_log")),
    )
    op.create_index("ix_signed_log_device_number", "signed_log", ["device", "number"], unique=False)
    op.create_index("ix_signed_log_kind_number", "signed_log", ["kind", "number"], unique=False)
    op.create_index(
        op.f("ix_signed_log_payload_sha256"), "signed_log", ["payload_sha256"], unique=False
    )
    op.create_table(
        "signed_log_bodies",
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_signed_log_bodies")),
    )
    op.create_table(
        "log_alarms",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("device", sa.String(length=16), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("what", sa.String(length=200), nullable=False),
        sa.Column("why", sa.String(length=500), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("times", sa.BigInteger(), nullable=False),
        sa.Column("first_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("first_seen", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_seen", sa.DateTime(timezone=True), nullable=False),
        sa.Column("acknowledged", sa.DateTime(timezone=True), nullable=True),
        sa.Column("acknowledged_by", sa.String(length=200), nullable=False),
        sa.Column("words", sa.String(length=500), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_log_alarms")),
    )
    op.create_index("ix_log_alarms_device_what", "log_alarms", ["device", "what"], unique=False)
    op.create_index(
        op.f("ix_log_alarms_acknowledged"), "log_alarms", ["acknowledged"], unique=False
    )
    op.add_column("receipts", sa.Column("sha256", sa.String(length=64), nullable=True))


def downgrade() -> None:

    op.drop_column("receipts", "sha256")
    op.drop_index(op.f("ix_log_alarms_acknowledged"), table_name="log_alarms")
    op.drop_index("ix_log_alarms_device_what", table_name="log_alarms")
    op.drop_table("log_alarms")
    op.drop_table("signed_log_bodies")
    op.drop_index(op.f("ix_signed_log_payload_sha256"), table_name="signed_log")
    op.drop_index("ix_signed_log_kind_number", table_name="signed_log")
    op.drop_index("ix_signed_log_device_number", table_name="signed_log")
    op.drop_table("signed_log")
