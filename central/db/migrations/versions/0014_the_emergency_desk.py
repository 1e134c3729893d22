"""Groups of areas, who is telephoned where and who was; and which appliances have a screen."""

import base64
import json

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

_DEVICES = sa.table(
    "devices",
    sa.column("id", sa.String),
    sa.column("assignment", sa.LargeBinary),
    sa.column("screen", sa.Boolean),
)


def upgrade() -> None:

    op.create_table(
        "area_groups",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("area", sa.String(length=200), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("areas", sa.JSON(), nullable=False),
        sa.Column("changed", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by", sa.String(length=200), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_area_groups")),
    )
    op.create_index(op.f("ix_area_groups_area"), "area_groups", ["area"], unique=False)
    op.create_table(
        "area_phones",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("area", sa.String(length=200), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("duty", sa.String(length=200), nullable=False),
        sa.Column("number", sa.String(length=40), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("changed", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by", sa.String(length=200), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_area_phones")),
    )
    op.create_index(op.f("ix_area_phones_area"), "area_phones", ["area"], unique=False)
    op.create_table(
        "alarm_calls",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("announcement", sa.String(length=70), nullable=False),
        sa.Column("area", sa.String(length=200), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.String(length=200), nullable=False),
        sa.Column("told", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("note", sa.String(length=500), nullable=False),
        sa.ForeignKeyConstraint(
            ["announcement"],
            ["announcements.id"],
            name=op.f("fk_alarm_calls_announcement_announcements"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alarm_calls")),
    )
    op.create_index(
        "ix_alarm_calls_announcement_area", "alarm_calls", ["announcement", "area"], unique=False
    )
    op.add_column(
        "devices", sa.Column("screen", sa.Boolean(), server_default=sa.false(), nullable=False)
    )
    _read_papers()


def _read_papers() -> None:
    """Mark the appliances whose assignment names a screen."""
    connection = op.get_bind()
    papers = connection.execute(sa.select(_DEVICES.c.id, _DEVICES.c.assignment)).all()
    for device, paper in papers:
        try:
            document = json.loads(base64.b64decode(json.loads(paper)["payload"]))
        except (ValueError, KeyError, TypeError):
            continue  # what cannot be read names no screen; the next assignment will say
        if "screen" in document.get("outputs", ()):
            connection.execute(
                _DEVICES.update().where(_DEVICES.c.id == device).values(screen=sa.true())
            )


def downgrade() -> None:

    op.drop_column("devices", "screen")
    op.drop_table("alarm_calls")
    op.drop_table("area_phones")
    op.drop_table("area_groups")
