"""Second factor, sessions, a fuller audit, and the history of the area tree."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_SERIAL = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_PLAIN_AREA = sa.String(length=200).with_variant(sa.String(length=200, collation="C"), "postgresql")


def _told(name: str, kind: sa.types.TypeEngine[str]) -> sa.Column[str]:
    """Return a column that is empty for what was written before it."""
    return sa.Column(name, kind, server_default="", nullable=False)


def _flag(name: str) -> sa.Column[bool]:
    return sa.Column(name, sa.Boolean(), server_default=sa.false(), nullable=False)


def upgrade() -> None:

    op.add_column("areas", _told("code", sa.String(length=20)))
    op.add_column("areas", sa.Column("since", sa.Date(), nullable=True))
    op.add_column("areas", sa.Column("until", sa.Date(), nullable=True))
    op.add_column("areas", sa.Column("successor", _PLAIN_AREA, nullable=True))
    op.create_index(op.f("ix_areas_code"), "areas", ["code"], unique=False)
    op.create_index(op.f("ix_areas_successor"), "areas", ["successor"], unique=False)
    op.create_table(
        "area_changes",
        sa.Column("id", _SERIAL, autoincrement=True, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("who", sa.String(length=200), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("area", _PLAIN_AREA, nullable=False),
        sa.Column("successors", sa.JSON(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("why", sa.String(length=500), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_area_changes")),
    )
    op.create_index(op.f("ix_area_changes_area"), "area_changes", ["area"], unique=False)

    op.add_column("people", _told("full_name", sa.String(length=200)))
    op.add_column("people", _told("email", sa.String(length=200)))
    op.add_column("people", _told("department", sa.String(length=200)))
    op.add_column("people", _told("area", _PLAIN_AREA))
    op.add_column("people", _told("search", sa.String(length=650)))
    op.add_column("people", _flag("disabled"))
    op.add_column("people", _flag("must_change"))
    op.add_column("people", sa.Column("password_set", sa.DateTime(timezone=True), nullable=True))
    op.add_column("people", sa.Column("factor_salt", sa.String(length=64), nullable=True))
    op.add_column("people", sa.Column("factor_since", sa.DateTime(timezone=True), nullable=True))
    op.add_column(
        "people",
        sa.Column("factor_step", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
    )
    op.create_index(op.f("ix_people_area"), "people", ["area"], unique=False)
    op.create_table(
        "recovery_codes",
        sa.Column("person_id", _SERIAL, nullable=False),
        sa.Column("code_hash", sa.String(length=64), nullable=False),
        sa.Column("used", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["people.id"],
            name=op.f("fk_recovery_codes_person_id_people"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("person_id", "code_hash", name=op.f("pk_recovery_codes")),
    )
    op.create_index(op.f("ix_grants_area"), "grants", ["area"], unique=False)

    op.add_column("person_sessions", _flag("waits"))
    op.add_column("person_sessions", _told("agent", sa.String(length=200)))
    op.add_column("person_sessions", _told("address", sa.String(length=200)))
    op.add_column(
        "person_sessions", sa.Column("last_seen", sa.DateTime(timezone=True), nullable=True)
    )
    op.create_index(
        op.f("ix_person_sessions_person_id"), "person_sessions", ["person_id"], unique=False
    )

    op.add_column("audit", _told("area", _PLAIN_AREA))
    op.add_column("audit", _told("subject", sa.String(length=200)))
    op.add_column("audit", _told("before", sa.Text()))
    op.add_column("audit", _told("after", sa.Text()))
    op.create_index(op.f("ix_audit_at"), "audit", ["at"], unique=False)
    op.create_index("ix_audit_area_id", "audit", ["area", "id"], unique=False)
    op.create_index("ix_audit_who_id", "audit", ["who", "id"], unique=False)
    op.create_index("ix_audit_verb_id", "audit", ["verb", "id"], unique=False)


def downgrade() -> None:

    for name in ("ix_audit_verb_id", "ix_audit_who_id", "ix_audit_area_id"):
        op.drop_index(name, table_name="audit")
    op.drop_index(op.f("ix_audit_at"), table_name="audit")
    for name in ("after", "before", "subject", "area"):
        op.drop_column("audit", name)
    op.drop_index(op.f("ix_person_sessions_person_id"), table_name="person_sessions")
    for name in ("last_seen", "address", "agent", "waits"):
        op.drop_column("person_sessions", name)
    op.drop_index(op.f("ix_grants_area"), table_name="grants")
    op.drop_table("recovery_codes")
    op.drop_index(op.f("ix_people_area"), table_name="people")
    for name in (
        *("factor_step", "factor_since", "factor_salt", "password_set", "must_change"),
        *("disabled", "search", "area", "department", "email", "full_name"),
    ):
        op.drop_column("people", name)
    op.drop_index(op.f("ix_area_changes_area"), table_name="area_changes")
    op.drop_table("area_changes")
    op.drop_index(op.f("ix_areas_successor"), table_name="areas")
    op.drop_index(op.f("ix_areas_code"), table_name="areas")
    for name in ("successor", "until", "since", "code"):
        op.drop_column("areas", name)
