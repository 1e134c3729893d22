"""Progress and diff of publications, edits of slots that can be undone, templates, links of calendars."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    serial = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "publication_progress",
        sa.Column("publication", serial, autoincrement=False, nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.Column("written", sa.BigInteger(), nullable=False),
        sa.Column("unchanged", sa.BigInteger(), nullable=False),
        sa.Column("holder", sa.String(length=40), nullable=False),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("fault", sa.String(length=500), nullable=False),
        sa.Column("diff", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["publication"],
            ["publications.id"],
            name=op.f("fk_publication_progress_publication_publications"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("publication", name=op.f("pk_publication_progress")),
    )
    op.create_index(
        op.f("ix_publication_progress_leased_until"), "publication_progress", ["leased_until"]
    )
    op.create_table(
        "slot_edits",
        sa.Column("id", serial, autoincrement=True, nullable=False),
        sa.Column("batch", sa.String(length=40), nullable=False),
        sa.Column("area", sa.String(length=200), nullable=False),
        sa.Column("slot", sa.String(length=40), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.String(length=200), nullable=False),
        sa.Column("what", sa.String(length=40), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("before", sa.LargeBinary(), nullable=True),
        sa.Column("after", sa.LargeBinary(), nullable=True),
        sa.Column("undone", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_slot_edits")),
    )
    op.create_index("ix_slot_edits_area_by_id", "slot_edits", ["area", "by", "id"])
    for column in ("batch", "slot", "at"):
        op.create_index(op.f(f"ix_slot_edits_{column}"), "slot_edits", [column])
    op.create_table(
        "slot_templates",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("area", sa.String(length=200), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("about", sa.String(length=500), nullable=False),
        sa.Column("parts", sa.LargeBinary(), nullable=False),
        sa.Column("made", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.String(length=200), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_slot_templates")),
    )
    op.create_index(op.f("ix_slot_templates_area"), "slot_templates", ["area"])
    op.create_table(
        "calendar_links",
        sa.Column("id", serial, autoincrement=True, nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("area", sa.String(length=200), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("made", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.String(length=200), nullable=False),
        sa.Column("last_used", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calendar_links")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_calendar_links_token_hash")),
    )
    op.create_index(op.f("ix_calendar_links_area"), "calendar_links", ["area"])


def downgrade() -> None:
    op.drop_index(op.f("ix_calendar_links_area"), table_name="calendar_links")
    op.drop_table("calendar_links")
    op.drop_index(op.f("ix_slot_templates_area"), table_name="slot_templates")
    op.drop_table("slot_templates")
    for column in ("at", "slot", "batch"):
        op.drop_index(op.f(f"ix_slot_edits_{column}"), table_name="slot_edits")
    op.drop_index("ix_slot_edits_area_by_id", table_name="slot_edits")
    op.drop_table("slot_edits")
    op.drop_index(op.f("ix_publication_progress_leased_until"), table_name="publication_progress")
    op.drop_table("publication_progress")
