"""The operator's voice: how far it was believed, and its signed pieces."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:

    op.create_table(
        "voices",
        sa.Column("announcement", sa.String(length=70), nullable=False),
        sa.Column("next_number", sa.BigInteger(), nullable=False),
        sa.Column("newest", sa.String(length=64), nullable=False),
        sa.Column("duration_ms", sa.BigInteger(), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("began", sa.DateTime(timezone=True), nullable=False),
        sa.Column("began_by", sa.String(length=200), nullable=False),
        sa.Column("over", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["announcement"],
            ["announcements.id"],
            name=op.f("fk_voices_announcement_announcements"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("announcement", name=op.f("pk_voices")),
    )
    op.create_table(
        "voice_pieces",
        sa.Column("announcement", sa.String(length=70), nullable=False),
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["announcement"],
            ["voices.announcement"],
            name=op.f("fk_voice_pieces_announcement_voices"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("announcement", "number", name=op.f("pk_voice_pieces")),
    )


def downgrade() -> None:

    op.drop_table("voice_pieces")
    op.drop_table("voices")
