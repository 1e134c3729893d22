"""How many appliances an announcement reached, kept with it once nobody tells of it any more."""

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


def downgrade() -> None:

    with op.batch_alter_table("announcements") as table:
        table.drop_index("ix_announcements_taken_id")
        table.drop_column("sounding")
        table.drop_column("verified")
        table.drop_column("appliances")
