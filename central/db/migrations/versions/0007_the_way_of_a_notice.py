"""States of a notice on its way to the air, comments, inboxes and what a commune decides.

What was uploaded before and approved is approved; the rest was shown as waiting for approval, and goes on waiting.
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_SERIAL = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    _notices()
    _slot_contents()
    _offers()
    _comments_and_inbox()
    op.create_index(
        "ix_programme_contents_sha256_device", "programme_contents", ["sha256", "device"]
    )


def downgrade() -> None:
    op.drop_index("ix_programme_contents_sha256_device", table_name="programme_contents")
    for table in ("inbox", "comments", "offers", "slot_contents", "notice_steps", "notices"):
        op.drop_table(table)


def _notices() -> None:
    op.create_table(
        "notices",
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("who", sa.String(200), nullable=False),
        sa.Column("words", sa.String(500), nullable=False),
        sa.Column("submitted_by", sa.String(200), nullable=False),
        sa.Column("assigned_to", sa.String(200), nullable=False),
        sa.Column("reminded", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_notices")),
    )
    op.create_index("ix_notices_state_at", "notices", ["state", "at"])
    op.create_table(
        "notice_steps",
        sa.Column("id", _SERIAL, autoincrement=True, nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("who", sa.String(200), nullable=False),
        sa.Column("deed", sa.String(40), nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("words", sa.String(500), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice_steps")),
    )
    op.create_index(op.f("ix_notice_steps_sha256"), "notice_steps", ["sha256"])
    op.execute(
        "insert into notices (sha256, state, version, at, who, words, submitted_by, assigned_to) "
        "select sha256, case when exists (select 1 from approvals where approvals.sha256 = contents.sha256) "
        "then 'approved' else 'submitted' end, 1, uploaded, uploaded_by, '', uploaded_by, '' from contents"
    )


def _slot_contents() -> None:
    op.create_table(
        "slot_contents",
        sa.Column("slot", sa.String(40), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("area", sa.String(200), nullable=False),
        sa.Column("drafted", sa.Boolean(), nullable=False),
        sa.Column("published", sa.Boolean(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("slot", "sha256", name=op.f("pk_slot_contents")),
    )
    op.create_index(op.f("ix_slot_contents_sha256"), "slot_contents", ["sha256"])


def _offers() -> None:
    op.create_table(
        "offers",
        sa.Column("id", _SERIAL, autoincrement=True, nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("area", sa.String(200), nullable=False),
        sa.Column("level", sa.String(40), nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("sent", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_by", sa.String(200), nullable=False),
        sa.Column("words", sa.String(500), nullable=False),
        sa.Column("due", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.String(200), nullable=False),
        sa.Column("why", sa.String(500), nullable=False),
        sa.Column("slot", sa.String(40), nullable=False),
        sa.Column("reminded", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_offers")),
        sa.UniqueConstraint("sha256", "area", name=op.f("uq_offers_sha256_area")),
    )
    op.create_index("ix_offers_state_due", "offers", ["state", "due"])
    op.create_index("ix_offers_area_id", "offers", ["area", "id"])


def _comments_and_inbox() -> None:
    op.create_table(
        "comments",
        sa.Column("id", _SERIAL, autoincrement=True, nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("subject", sa.String(70), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("who", sa.String(200), nullable=False),
        sa.Column("text", sa.String(2_000), nullable=False),
        sa.Column("mentions", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_comments")),
    )
    op.create_index("ix_comments_subject_id", "comments", ["subject", "id"])
    op.create_table(
        "inbox",
        sa.Column("id", _SERIAL, autoincrement=True, nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("ask", sa.String(40), nullable=False),
        sa.Column("about", sa.String(40), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("subject", sa.String(70), nullable=False),
        sa.Column("mark", sa.String(40), nullable=False),
        sa.Column("area", sa.String(200), nullable=False),
        sa.Column("title", sa.String(200), nullable=False),
        sa.Column("who", sa.String(200), nullable=False),
        sa.Column("words", sa.String(500), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due", sa.DateTime(timezone=True), nullable=True),
        sa.Column("seen", sa.DateTime(timezone=True), nullable=True),
        sa.Column("done", sa.DateTime(timezone=True), nullable=True),
        sa.Column("done_by", sa.String(200), nullable=False),
        sa.Column("snoozed_until", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["people.id"],
            name=op.f("fk_inbox_person_id_people"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inbox")),
        sa.UniqueConstraint(
            "person_id",
            "about",
            "subject",
            "mark",
            name=op.f("uq_inbox_person_id_about_subject_mark"),
        ),
    )
    op.create_index(op.f("ix_inbox_done"), "inbox", ["done"])
    op.create_index("ix_inbox_person_id_done_ask", "inbox", ["person_id", "done", "ask", "at"])
    op.create_index("ix_inbox_subject_about", "inbox", ["subject", "about"])
