"""What a backup looks like: one tar file, readable without us for as long as there is tar, gzip and JSON.

    tables/NAME.jsonl.gz   each row of a table as an array, the columns' names first
    data/…                 the content library and what belongs to it, as it lies in data_dir
    trust/…                the chain of trust as it is served (public)
    central.toml           the settings, which name secrets and hold none
    manifest.json          last: what there must be, with SHA-256 of every part

Law of the room: pure but for hashing. No private key and no secret is in a backup; it holds password hashes and
sealed papers all the same, and belongs behind a lock. A value says by its column what it is.
"""

import base64
import hashlib
import hmac
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time
from typing import Any, Final

import msgspec
from sqlalchemy import JSON, Date, DateTime, LargeBinary, Table, Time

FORM: Final = "tienglang-backup-v1"
MANIFEST: Final = "manifest.json"
TABLES, DATA, TRUST, SETTINGS = "tables/", "data/", "trust/", "central.toml"
NOT_KEPT: Final = frozenset(
    {"person_sessions"}
)  # everybody signs in anew; nobody who was signed out is in again
OWN_BOOKS: Final = frozenset({"alembic_version"})
Read = Callable[[Any], Any]


class TableTold(msgspec.Struct, frozen=True):
    """A table: its rows, the hash of its part, and the last number that was given out, where it numbers its rows."""

    rows: int
    sha256: str
    last_number: int | None = None


class FileTold(msgspec.Struct, frozen=True):
    """A file: its size and hash."""

    size_bytes: int
    sha256: str


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """What a backup holds; `missing` are contents that the library had lost already when it was made."""

    form: str
    made: datetime
    revision: str
    database: str
    tables: dict[str, TableTold]
    files: dict[str, FileTold]
    missing: tuple[str, ...] = ()
    secret_mark: str = ""
    key_marks: dict[str, str] = {}


def secret_mark(secret: bytes) -> str:
    """Return by what the session secret is known again, without telling it."""
    return hmac.new(secret, b"tienglang-backup", hashlib.sha256).hexdigest()


def written(value: object) -> object:
    """Return a value of a column as JSON can carry it."""
    if isinstance(value, bytes | memoryview):
        return base64.b64encode(bytes(value)).decode("ascii")
    if isinstance(value, datetime):
        return (
            value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
        ).isoformat()
    if isinstance(value, date | time):
        return value.isoformat()
    return value


def readers(table: Table, dialect: str) -> Mapping[str, Read]:
    """Return how the columns of a table are read back into what its database takes."""
    found: dict[str, Read] = {}
    for column in table.columns:
        kind = column.type
        if isinstance(kind, LargeBinary):
            found[column.name] = base64.b64decode
        elif isinstance(kind, DateTime):
            found[column.name] = _naive if dialect == "sqlite" else datetime.fromisoformat
        elif isinstance(kind, Date):
            found[column.name] = date.fromisoformat
        elif isinstance(kind, Time):
            found[column.name] = time.fromisoformat
        elif not isinstance(kind, JSON):
            continue
    return found


def _naive(written_as: str) -> datetime:
    return datetime.fromisoformat(written_as).astimezone(UTC).replace(tzinfo=None)
