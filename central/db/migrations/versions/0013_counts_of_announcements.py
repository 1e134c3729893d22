"""How many appliances an announcement reached, kept with it; indexes for what years of receipts and gaps are asked."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:

    with op.batch_alter_table("announcements") as table:
        table.add_column(sa.Column("appliances", sa.Integer(), nullable=True))
        table.add_column(sa.Column("verified", sa.Integer(), nullable=True))
        table.add_column(sa.Column("sounding", sa.Integer(), nullable=True))
        table.create_index("ix_announcements_taken_id", ["taken", "id"], unique=False)
    op.create_index(
        "ix_receipts_device_kind_document", "receipts", ["device", "kind", "document"], unique=False
    )
    op.drop_index("ix_receipts_device", table_name="receipts")
    op.create_index(
        "ix_missed_windows_starts_area",
        "missed_windows",
        ["starts", "area", "cause", "planned_ms"],
        unique=False,
    )


def downgrade() -> None:

    op.drop_index("ix_missed_windows_starts_area", table_name="missed_windows")
    op.create_index("ix_receipts_device", "receipts", ["device"], unique=False)
    op.drop_index("ix_receipts_device_kind_document", table_name="receipts")
    with op.batch_alter_table("announcements") as table:
        table.drop_index("ix_announcements_taken_id")
        table.drop_column("sounding")
        table.drop_column("verified")
        table.drop_column("appliances")
