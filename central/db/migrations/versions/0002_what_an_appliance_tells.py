"""What an appliance tells beside its plays: heard, readiness, local warnings; and live sources."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:

    op.add_column("plays", sa.Column("heard_pct", sa.Integer(), nullable=True))
    op.create_table(
        "readiness",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("device", sa.String(length=16), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("of", sa.String(length=200), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("starts", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ready", sa.Boolean(), nullable=False),
        sa.Column("checks", sa.LargeBinary(), nullable=False),
        sa.Column("taken", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_readiness")),
    )
    op.create_index(op.f("ix_readiness_device"), "readiness", ["device"], unique=False)
    op.create_index(op.f("ix_readiness_starts"), "readiness", ["starts"], unique=False)
    op.create_index(op.f("ix_readiness_taken"), "readiness", ["taken"], unique=False)
    op.create_table(
        "local_warnings",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("device", sa.String(length=16), nullable=False),
        sa.Column("warning", sa.String(length=200), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.String(length=200), nullable=False),
        sa.Column("headline", sa.String(length=200), nullable=False),
        sa.Column("text", sa.String(length=2_000), nullable=False),
        sa.Column("zones", sa.JSON(), nullable=False),
        sa.Column("over", sa.Boolean(), nullable=False),
        sa.Column("taken", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_local_warnings")),
    )
    op.create_index(op.f("ix_local_warnings_device"), "local_warnings", ["device"], unique=False)
    op.create_index(op.f("ix_local_warnings_taken"), "local_warnings", ["taken"], unique=False)
    op.create_table(
        "live_sources",
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("url", sa.String(length=500), nullable=True),
        sa.Column("added", sa.DateTime(timezone=True), nullable=False),
        sa.Column("added_by", sa.String(length=200), nullable=False),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_live_sources")),
    )


def downgrade() -> None:

    op.drop_table("live_sources")
    op.drop_index(op.f("ix_local_warnings_taken"), table_name="local_warnings")
    op.drop_index(op.f("ix_local_warnings_device"), table_name="local_warnings")
    op.drop_table("local_warnings")
    op.drop_index(op.f("ix_readiness_taken"), table_name="readiness")
    op.drop_index(op.f("ix_readiness_starts"), table_name="readiness")
    op.drop_index(op.f("ix_readiness_device"), table_name="readiness")
    op.drop_table("readiness")
    op.drop_column("plays", "heard_pct")
