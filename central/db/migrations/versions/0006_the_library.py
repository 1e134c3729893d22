"""What people say of content, uploads that go on after a break, texts to be spoken, playlists.

Content that the library had before gets a sheet that says nothing yet but can be found.
"""

import re
import unicodedata

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


_CONTENTS = sa.table(
    "contents",
    sa.column("sha256", sa.String),
    sa.column("title", sa.String),
    sa.column("file_name", sa.String),
    sa.column("uploaded_by", sa.String),
    sa.column("uploaded", sa.DateTime(timezone=True)),
)
_SHEETS = sa.table(
    "library_sheets",
    *(
        sa.column(name, sa.String)
        for name in ("sha256", "kind", "made", "priority", "author", "department", "source")
    ),
    *(sa.column(name, sa.String) for name in ("summary", "text", "archived_by", "changed_by")),
    *(sa.column(name, sa.JSON) for name in ("topics", "tags")),
    *(
        sa.column(name, sa.Integer)
        for name in ("field", "original_bytes", "width", "height", "version")
    ),
    sa.column("checks", sa.LargeBinary),
    sa.column("changed", sa.DateTime(timezone=True)),
)
_WORDS = sa.table("library_words", sa.column("word", sa.String), sa.column("sha256", sa.String))


def upgrade() -> None:
    op.create_table(
        "library_jobs",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("person", sa.String(length=200), nullable=False),
        sa.Column("area", sa.String(length=200), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("file_name", sa.String(length=200), nullable=False),
        sa.Column("mime", sa.String(length=80), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("received_bytes", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=True),
        sa.Column("wish", sa.LargeBinary(), nullable=False),
        sa.Column("progress_pct", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("why", sa.String(length=500), nullable=False),
        sa.Column("result", sa.String(length=64), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("lease", sa.String(length=32), nullable=True),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_library_jobs")),
    )
    op.create_index(
        "ix_library_jobs_person_id_created", "library_jobs", ["person_id", "created"], unique=False
    )
    op.create_index(
        "ix_library_jobs_state_created", "library_jobs", ["state", "created"], unique=False
    )
    op.create_table(
        "library_playlists",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("area", sa.String(length=200), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.Column("items", sa.JSON(), nullable=False),
        sa.Column("archived", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("changed", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by", sa.String(length=200), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_library_playlists")),
    )
    op.create_index(
        "ix_library_playlists_area_title", "library_playlists", ["area", "title"], unique=False
    )
    op.create_table(
        "library_shares",
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("area", sa.String(length=200), nullable=False),
        sa.Column("shared", sa.DateTime(timezone=True), nullable=False),
        sa.Column("shared_by", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(
            ["sha256"],
            ["contents.sha256"],
            name=op.f("fk_library_shares_sha256_contents"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("sha256", "area", name=op.f("pk_library_shares")),
    )
    op.create_index(op.f("ix_library_shares_area"), "library_shares", ["area"], unique=False)
    op.create_table(
        "library_sheets",
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("made", sa.String(length=40), nullable=False),
        sa.Column("field", sa.Integer(), nullable=False),
        sa.Column("topics", sa.JSON(), nullable=False),
        sa.Column("priority", sa.String(length=40), nullable=False),
        sa.Column("author", sa.String(length=200), nullable=False),
        sa.Column("department", sa.String(length=200), nullable=False),
        sa.Column("source", sa.String(length=200), nullable=False),
        sa.Column("produced", sa.Date(), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.Column("tags", sa.JSON(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("checks", sa.LargeBinary(), nullable=False),
        sa.Column("original_sha256", sa.String(length=64), nullable=True),
        sa.Column("original_bytes", sa.BigInteger(), nullable=False),
        sa.Column("source_sha256", sa.String(length=64), nullable=True),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("archived", sa.DateTime(timezone=True), nullable=True),
        sa.Column("archived_by", sa.String(length=200), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("changed", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(
            ["sha256"],
            ["contents.sha256"],
            name=op.f("fk_library_sheets_sha256_contents"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_library_sheets")),
    )
    op.create_index(
        op.f("ix_library_sheets_original_sha256"),
        "library_sheets",
        ["original_sha256"],
        unique=False,
    )
    op.create_index(
        op.f("ix_library_sheets_source_sha256"), "library_sheets", ["source_sha256"], unique=False
    )
    op.create_table(
        "library_words",
        sa.Column(
            "word",
            sa.String(length=40).with_variant(sa.String(length=40, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["sha256"],
            ["contents.sha256"],
            name=op.f("fk_library_words_sha256_contents"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("word", "sha256", name=op.f("pk_library_words")),
    )
    op.create_index(op.f("ix_library_words_sha256"), "library_words", ["sha256"], unique=False)
    # ### end Alembic commands ###
    op.create_index("ix_contents_uploaded_sha256", "contents", ["uploaded", "sha256"], unique=False)
    op.create_index(
        "ix_contents_area_uploaded_sha256", "contents", ["area", "uploaded", "sha256"], unique=False
    )

    _give_sheets()


def _give_sheets() -> None:
    """Give each content a sheet, and its words to be found by, as this step knew them."""
    connection = op.get_bind()
    rows = connection.execute(sa.select(_CONTENTS)).all()
    for row in rows:
        empty = dict.fromkeys(
            ("author", "department", "source", "summary", "text", "archived_by"), ""
        )
        said = {"kind": "audio", "made": "upload", "priority": "normal", "topics": [], "tags": []}
        counts = {"field": 1, "version": 1, "original_bytes": 0, "width": 0, "height": 0}
        own = {"sha256": row.sha256, "changed": row.uploaded, "changed_by": row.uploaded_by}
        connection.execute(_SHEETS.insert().values(**empty, **said, **counts, **own, checks=b"[]"))
        words = [{"word": found, "sha256": row.sha256} for found in _words(row)]
        if words:
            connection.execute(_WORDS.insert(), words)


def _words(row: sa.Row[tuple[str, ...]]) -> list[str]:
    text = f"{row.title} {row.file_name} {row.uploaded_by}".casefold().replace("đ", "d")
    apart = unicodedata.normalize("NFKD", text)
    plain = "".join(char for char in apart if not unicodedata.combining(char))
    return sorted({found[:40] for found in re.findall(r"[a-z0-9]+", plain)})


def downgrade() -> None:
    op.drop_index("ix_contents_area_uploaded_sha256", table_name="contents")
    op.drop_index("ix_contents_uploaded_sha256", table_name="contents")
    for table in (
        "library_playlists",
        "library_jobs",
        "library_shares",
        "library_words",
        "library_sheets",
    ):
        op.drop_table(table)
