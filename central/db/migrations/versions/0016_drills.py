"""Drills that people signed ahead, and which appliances a warning would not have been heard from."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:

    op.create_table(
        "drills",
        sa.Column("id", sa.String(length=70), nullable=False),
        sa.Column("status", sa.String(length=40), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("area", sa.String(length=200), nullable=False),
        sa.Column("areas", sa.JSON(), nullable=False),
        sa.Column("headline", sa.String(length=200), nullable=False),
        sa.Column("sent", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires", sa.DateTime(timezone=True), nullable=False),
        sa.Column("payload_sha256", sa.String(length=64), nullable=False),
        sa.Column("envelope", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("why", sa.String(length=500), nullable=False),
        sa.Column("taken", sa.DateTime(timezone=True), nullable=False),
        sa.Column("taken_by", sa.String(length=200), nullable=False),
        sa.Column("handed", sa.DateTime(timezone=True), nullable=True),
        sa.Column("judged", sa.DateTime(timezone=True), nullable=True),
        sa.Column("appliances", sa.Integer(), nullable=True),
        sa.Column("well", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_drills")),
    )
    op.create_index(op.f("ix_drills_day"), "drills", ["day"], unique=False)
    op.create_index("ix_drills_state_sent", "drills", ["state", "sent"], unique=False)
    op.create_table(
        "drill_lacks",
        sa.Column("drill", sa.String(length=70), nullable=False),
        sa.Column("device", sa.String(length=16), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("area", sa.String(length=200), nullable=False),
        sa.Column("cause", sa.String(length=40), nullable=False),
        sa.Column("why", sa.String(length=500), nullable=False),
        sa.ForeignKeyConstraint(
            ["drill"],
            ["drills.id"],
            name=op.f("fk_drill_lacks_drill_drills"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("drill", "device", name=op.f("pk_drill_lacks")),
    )


def downgrade() -> None:

    op.drop_table("drill_lacks")
    op.drop_table("drills")
