"""Backup while the house runs: rows of one moment and every file they name, in one checked file.

Law of the room: all rows are read in one transaction that sees one state. A content is in the library before its row
is committed and is named by its hash, so files read after the rows are at least what the rows need. The file appears
under its name only when it is whole and on disk.
"""

import gzip
import hashlib
import io
import os
import tarfile
import tempfile
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import IO, Final

import msgspec
from sqlalchemy import (
    Connection,
    Integer,
    MetaData,
    Table,
    false,
    func,
    inspect,
    select,
    text,
    true,
)

from central.config import Settings
from central.db.broadcast import ContentRow
from central.db.engine import for_reading, open_engine
from central.services.backup_check import told
from central.services.backup_form import (
    DATA,
    FORM,
    MANIFEST,
    NOT_KEPT,
    OWN_BOOKS,
    SETTINGS,
    TABLES,
    TRUST,
    FileTold,
    Manifest,
    TableTold,
    secret_mark,
    written,
)
from central.services.unit import House
from contract.errors import Misuse
from contract.seal import SigningKey

ROWS_AT_ONCE: Final = 1_000
PIECE_BYTES: Final = 1_000_000
_LEFT_OUT: Final = ("previews", "publishing.lock")  # made anew when they are needed


def back_up(
    house: House, to: Path, *, now: datetime, settings_file: Path | None = None
) -> Manifest:
    """Write everything into the new file `to`, while the house goes on; return what is in it.

    Raises `Misuse` when `to` exists, `OSError` when it cannot be written.
    """
    if to.exists():
        msg = f"{to} exists already: name a new file"
        raise Misuse(msg)
    part = to.with_name(f".{to.name}.part")
    try:
        with part.open("wb") as file:
            os.fchmod(file.fileno(), 0o600)
            manifest = _written(house, file, to.resolve().parent, now, settings_file)
            file.flush()
            os.fsync(file.fileno())
        part.replace(to)
    finally:
        part.unlink(missing_ok=True)
    folder = os.open(to.resolve().parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
    return manifest


def open_beside(settings: Settings, clock: Callable[[], datetime]) -> House:
    """Return a house for reading beside a server that runs: without keys, and its tables as that server has them."""
    return House(settings, open_engine(settings.database), None, clock)


def _written(
    house: House, file: IO[bytes], beside: Path, now: datetime, settings_file: Path | None
) -> Manifest:
    files: dict[str, FileTold] = {}
    with tarfile.open(fileobj=file, mode="w|", format=tarfile.PAX_FORMAT) as tar:
        with for_reading(house.engine).connect() as connection:
            tables, revision, contents = _rows(connection, tar, beside, now)
        for name, path in _files(house, settings_file):
            added = _add_file(tar, name, path, now)
            if added is not None:
                files[name] = added
        kept = {path.rpartition("/")[2] for path in files if path.startswith(f"{DATA}contents/")}
        manifest = Manifest(
            form=FORM,
            made=now,
            revision=revision,
            database=house.engine.dialect.name,
            tables=tables,
            files=files,
            missing=tuple(sorted(contents - kept)),
            secret_mark=secret_mark(house.settings.session_secret),
            key_marks=_key_marks(house),
        )
        _add(tar, MANIFEST, msgspec.json.format(msgspec.json.encode(manifest), indent=1), now)
    return manifest


def _rows(
    connection: Connection, tar: tarfile.TarFile, beside: Path, now: datetime
) -> tuple[dict[str, TableTold], str, set[str]]:
    """Write all tables as they are at one moment; return them, the step they stand at, and the contents they name."""
    contents = set(connection.scalars(select(ContentRow.sha256)))  # from here on one state is seen
    revision = str(connection.scalar(text("select version_num from alembic_version")))
    schema = MetaData()
    schema.reflect(connection, only=lambda name, _: name not in OWN_BOOKS)
    tables: dict[str, TableTold] = {}
    for table in schema.sorted_tables:
        with tempfile.TemporaryFile(dir=beside) as held:
            rows = _table(connection, table, held)
            size = held.seek(0, io.SEEK_END)
            held.seek(0)
            sha256 = told(held).sha256
            held.seek(0)
            tar.addfile(_member(f"{TABLES}{table.name}.jsonl.gz", size, now), held)
        tables[str(table.name)] = TableTold(rows, sha256, _last_number(connection, table))
    return tables, revision, contents


def _table(connection: Connection, table: Table, into: IO[bytes]) -> int:
    rows = 0
    columns = list(table.columns)
    asked = select(*columns).where(true() if table.name not in NOT_KEPT else false())
    asked = asked.execution_options(yield_per=ROWS_AT_ONCE, stream_results=True)
    with gzip.GzipFile(fileobj=into, mode="wb", compresslevel=4, mtime=0) as packed:
        packed.write(msgspec.json.encode([str(column.name) for column in columns]) + b"\n")
        for some in connection.execute(asked).partitions():
            rows += len(some)
            packed.write(b"".join(_line(row) for row in some))
    return rows


def _line(row: Iterable[object]) -> bytes:
    return msgspec.json.encode([written(value) for value in row]) + b"\n"


def _last_number(connection: Connection, table: Table) -> int | None:
    """Return the last number a table has given out; those of rows that are gone are never given again."""
    keys = list(table.primary_key.columns)
    if len(keys) != 1 or not isinstance(keys[0].type, Integer):
        return None
    highest = connection.scalar(select(func.max(keys[0]))) or 0
    if connection.dialect.name == "sqlite":
        if not inspect(connection).has_table("sqlite_sequence"):
            return int(highest)
        asked = text("select seq from sqlite_sequence where name = :name")
        return max(int(highest), int(connection.scalar(asked, {"name": table.name}) or 0))
    sequence = connection.scalar(
        text("select pg_get_serial_sequence(:name, :key)"),
        {"name": table.name, "key": keys[0].name},
    )
    if sequence is None:
        return int(highest)
    used = connection.execute(text(f"select last_value, is_called from {sequence}")).one()  # noqa: S608  a name the database gave us
    return max(int(highest), int(used[0]) if used[1] else 0)


def _files(house: House, settings_file: Path | None) -> Iterator[tuple[str, Path]]:
    """Return the name in the backup and the place of every file beside the database."""
    if settings_file is not None:
        yield SETTINGS, settings_file
    for root, prefix in ((house.settings.repository, TRUST), (house.settings.data_dir, DATA)):
        for path in sorted(root.rglob("*")):
            inside = path.relative_to(root)
            if inside.parts[0] in _LEFT_OUT and prefix == DATA:
                continue
            if path.suffix != ".part" and path.is_file() and not path.is_symlink():
                yield f"{prefix}{inside.as_posix()}", path


def _add_file(tar: tarfile.TarFile, name: str, path: Path, now: datetime) -> FileTold | None:
    """Add a file as long as it is now; None for one that went while we looked."""
    try:
        source = path.open("rb")
    except FileNotFoundError:
        return None
    with source:
        size = os.fstat(source.fileno()).st_size
        hashed = _Hashed(source)
        tar.addfile(_member(name, size, now), hashed)  # type: ignore[arg-type]
        return FileTold(size, hashed.sha256)


class _Hashed:
    """A file that is hashed while somebody reads it."""

    def __init__(self, source: IO[bytes]) -> None:
        self._source = source
        self._hash = hashlib.sha256()

    def read(self, size: int) -> bytes:
        """Return the next bytes."""
        data = self._source.read(size)
        self._hash.update(data)
        return data

    @property
    def sha256(self) -> str:
        """Return the hash of what was read."""
        return self._hash.hexdigest()


def _add(tar: tarfile.TarFile, name: str, data: bytes, now: datetime) -> None:
    tar.addfile(_member(name, len(data), now), io.BytesIO(data))


def _member(name: str, size: int, now: datetime) -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.size, member.mtime, member.mode = size, int(now.timestamp()), 0o600
    return member


def _key_marks(house: House) -> dict[str, str]:
    """Return the public halves of the online keys, by which a restored house knows whether it has the same ones."""
    settings = house.settings
    files = {"schedule": settings.schedule_key, "activeset": settings.activeset_key}
    files |= {"command": settings.command_key, "time": settings.time_key}
    files |= {"snapshot": settings.snapshot_key, "timestamp": settings.timestamp_key}
    return {
        name: SigningKey.from_pem(path.read_bytes(), None).public for name, path in files.items()
    }
