"""Warnings that others send as CAP 1.2: where they are fetched, what came, and which code means which area."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:

    op.create_table(
        "cap_codes",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("root", sa.String(length=200), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("value", sa.String(length=200), nullable=False),
        sa.Column("area", sa.String(length=200), nullable=False),
        sa.Column("changed", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by", sa.String(length=200), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cap_codes")),
        sa.UniqueConstraint("root", "name", "value", name=op.f("uq_cap_codes_root_name_value")),
    )
    op.create_table(
        "cap_sources",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("area", sa.String(length=200), nullable=False),
        sa.Column("url", sa.String(length=500), nullable=False),
        sa.Column("every_s", sa.Integer(), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(length=200), nullable=False),
        sa.Column("due", sa.DateTime(timezone=True), nullable=False),
        sa.Column("etag", sa.String(length=200), nullable=False),
        sa.Column("modified", sa.String(length=100), nullable=False),
        sa.Column("seen", sa.JSON(), nullable=False),
        sa.Column("tried", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reached", sa.DateTime(timezone=True), nullable=True),
        sa.Column("why", sa.String(length=500), nullable=False),
        sa.Column("taken", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cap_sources")),
    )
    op.create_index(op.f("ix_cap_sources_area"), "cap_sources", ["area"], unique=False)
    op.create_index(op.f("ix_cap_sources_due"), "cap_sources", ["due"], unique=False)
    op.create_table(
        "cap_messages",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("area", sa.String(length=200), nullable=False),
        sa.Column("source", sa.String(length=40), nullable=True),
        sa.Column("origin", sa.String(length=40), nullable=False),
        sa.Column("origin_name", sa.String(length=200), nullable=False),
        sa.Column("received", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_by", sa.String(length=200), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("identifier", sa.String(length=500), nullable=False),
        sa.Column("sender", sa.String(length=500), nullable=False),
        sa.Column("sent", sa.DateTime(timezone=True), nullable=False),
        sa.Column("status", sa.String(length=40), nullable=False),
        sa.Column("message", sa.String(length=40), nullable=False),
        sa.Column("event", sa.String(length=200), nullable=False),
        sa.Column("headline", sa.String(length=200), nullable=False),
        sa.Column("severity", sa.String(length=40), nullable=False),
        sa.Column("expires", sa.DateTime(timezone=True), nullable=True),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("announcement", sa.String(length=70), nullable=False),
        sa.Column("decided", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.String(length=200), nullable=False),
        sa.Column("why", sa.String(length=500), nullable=False),
        sa.ForeignKeyConstraint(
            ["source"],
            ["cap_sources.id"],
            name=op.f("fk_cap_messages_source_cap_sources"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cap_messages")),
        sa.UniqueConstraint("area", "sha256", name=op.f("uq_cap_messages_area_sha256")),
    )
    op.create_index(
        op.f("ix_cap_messages_announcement"), "cap_messages", ["announcement"], unique=False
    )
    op.create_index("ix_cap_messages_area_state", "cap_messages", ["area", "state"], unique=False)
    op.create_index(
        op.f("ix_cap_messages_identifier"), "cap_messages", ["identifier"], unique=False
    )
    op.create_index(op.f("ix_cap_messages_received"), "cap_messages", ["received"], unique=False)
    # ### end Alembic commands ###


def downgrade() -> None:

    op.drop_index(op.f("ix_cap_messages_received"), table_name="cap_messages")
    op.drop_index(op.f("ix_cap_messages_identifier"), table_name="cap_messages")
    op.drop_index("ix_cap_messages_area_state", table_name="cap_messages")
    op.drop_index(op.f("ix_cap_messages_announcement"), table_name="cap_messages")
    op.drop_table("cap_messages")
    op.drop_index(op.f("ix_cap_sources_due"), table_name="cap_sources")
    op.drop_index(op.f("ix_cap_sources_area"), table_name="cap_sources")
    op.drop_table("cap_sources")
    op.drop_table("cap_codes")
    # ### end Alembic commands ###
