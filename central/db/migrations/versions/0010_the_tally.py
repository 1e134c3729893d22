"""Plays counted by day, so that three years are read in a moment."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_SHORT = sa.text("outcome <> 'sounded'")
_URGENT = sa.text("rank >= 6")
_COUNTS = ("plays", "asked_ms", "sounded_ms")
# the local day of a play, for the days that are to be counted by the first chore
_DAYS = {
    "sqlite": "select distinct date(started, '+7 hours') from plays",
    "postgresql": "select distinct (started at time zone 'Asia/Ho_Chi_Minh')::date from plays",
}


def _area() -> sa.types.TypeEngine[str]:
    """Return a path by code point, so that an index serves "at or below" on PostgreSQL too."""
    return sa.String(length=200).with_variant(sa.String(length=200, collation="C"), "postgresql")


def _whole(name: str) -> "sa.Column[int]":
    return sa.Column(name, sa.BigInteger(), nullable=False)


def _instant(name: str, *, nullable: bool) -> "sa.Column[object]":
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def upgrade() -> None:
    with op.batch_alter_table("plays") as plays:
        plays.add_column(sa.Column("area", _area(), nullable=False, server_default=""))
        plays.add_column(sa.Column("field", sa.Integer(), nullable=False, server_default="0"))
        plays.add_column(sa.Column("reason", sa.String(40), nullable=False, server_default=""))
        plays.add_column(sa.Column("report", sa.BigInteger(), nullable=True))
        plays.drop_index("ix_plays_device")
        plays.drop_index("ix_plays_started")
    op.execute(
        "update plays set area = coalesce((select devices.area from devices where "
        "devices.id = plays.device), '')"
    )
    op.create_index("ix_plays_started_id", "plays", ["started", "id"])
    op.create_index("ix_plays_area_started", "plays", ["area", "started"])
    op.create_index("ix_plays_device_started", "plays", ["device", "started"])
    op.create_index("ix_plays_source_started", "plays", ["source", "started"])
    for name, where in (("short", _SHORT), ("urgent", _URGENT)):
        op.create_index(
            f"ix_plays_started_{name}",
            "plays",
            ["started", "id"],
            sqlite_where=where,
            postgresql_where=where,
        )
    op.create_table(
        "tally",
        sa.Column("area", _area(), nullable=False),
        sa.Column("span", sa.String(1), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("field", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("rank", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("outcome", sa.String(40), nullable=False),
        sa.Column("reason", sa.String(40), nullable=False),
        *map(_whole, (*_COUNTS, "listened_ms", "heard_ms")),
        sa.PrimaryKeyConstraint(
            "area", "span", "day", "field", "rank", "outcome", "reason", name="pk_tally"
        ),
    )
    op.create_table(
        "tally_contents",
        sa.Column("area", _area(), nullable=False),
        sa.Column("span", sa.String(1), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("source", sa.String(200), nullable=False),
        sa.Column("title", sa.String(200), nullable=False),
        *map(_whole, ("plays", "whole", "asked_ms", "sounded_ms")),
        sa.PrimaryKeyConstraint("area", "span", "day", "source", name="pk_tally_contents"),
    )
    op.create_table(
        "tally_devices",
        sa.Column("span", sa.String(1), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("area", _area(), nullable=False),
        sa.Column("device", sa.String(16), nullable=False),
        *map(_whole, ("plays", "short", "asked_ms", "sounded_ms")),
        sa.PrimaryKeyConstraint("span", "day", "area", "device", name="pk_tally_devices"),
    )
    op.create_index("ix_tally_devices_device_day", "tally_devices", ["device", "day"])
    op.create_table(
        "tally_planned",
        sa.Column("area", _area(), nullable=False),
        sa.Column("span", sa.String(1), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        *map(_whole, ("windows", "missed")),
        sa.PrimaryKeyConstraint("area", "span", "day", name="pk_tally_planned"),
    )
    op.create_table(
        "missed_windows",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("device", sa.String(16), nullable=False),
        sa.Column("area", _area(), nullable=False),
        sa.Column("window", sa.String(200), nullable=False),
        sa.Column("title", sa.String(200), nullable=False),
        _instant("starts", nullable=False),
        _whole("planned_ms"),
        sa.Column("cause", sa.String(40), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_missed_windows"),
    )
    op.create_index(
        "ix_missed_windows_device_window", "missed_windows", ["device", "window"], unique=True
    )
    op.create_index("ix_missed_windows_area_starts", "missed_windows", ["area", "starts"])
    op.create_index("ix_missed_windows_starts_id", "missed_windows", ["starts", "id"])
    op.create_table(
        "tally_days",
        sa.Column("day", sa.Date(), nullable=False),
        _instant("verified", nullable=True),
        _instant("looked", nullable=True),
        _instant("leased_until", nullable=True),
        sa.PrimaryKeyConstraint("day", name="pk_tally_days"),
    )
    op.create_index("ix_tally_days_verified", "tally_days", ["verified"])
    op.execute(f"insert into tally_days (day) {_DAYS[op.get_bind().dialect.name]}")
    op.create_table(
        "public_pages",
        sa.Column("area", _area(), nullable=False),
        sa.Column("shown", sa.Boolean(), server_default=sa.true(), nullable=False),
        sa.Column("contact", sa.String(500), nullable=False),
        _instant("changed", nullable=False),
        sa.Column("changed_by", sa.String(200), nullable=False),
        sa.PrimaryKeyConstraint("area", name="pk_public_pages"),
    )


def downgrade() -> None:
    for table in ("public_pages", "tally_days", "missed_windows", "tally_planned"):
        op.drop_table(table)
    for table in ("tally_devices", "tally_contents", "tally"):
        op.drop_table(table)
    for name in ("urgent", "short", "id"):
        op.drop_index(f"ix_plays_started_{name}", table_name="plays")
    for name in ("source", "device", "area"):
        op.drop_index(f"ix_plays_{name}_started", table_name="plays")
    with op.batch_alter_table("plays") as plays:
        for name in ("report", "reason", "field", "area"):
            plays.drop_column(name)
    op.create_index("ix_plays_device", "plays", ["device"])
    op.create_index("ix_plays_started", "plays", ["started"])
