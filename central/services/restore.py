"""Restoring a backup into an empty house, of the same or of a newer program, on SQLite or PostgreSQL.

Law of the room: nothing is overwritten: a database with rows or a library with files is refused before the first byte.
The whole backup is checked first. Rows go in as one transaction at the step they were written at, then the tables are
brought up to this program; files first, so that no row ever names what is not there.
"""

import gzip
import os
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO, Final

import msgspec
from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, MetaData, Table, insert, select, text
from sqlalchemy.schema import AddConstraint, DropConstraint

from central.config import Settings
from central.db.engine import for_writing, open_engine
from central.db.migrate import STEPS, migrate
from central.services.backup_check import BadBackup, check_backup, opened
from central.services.backup_form import (
    DATA,
    OWN_BOOKS,
    TABLES,
    TRUST,
    Manifest,
    TableTold,
    readers,
    secret_mark,
)
from contract.errors import Misuse
from contract.seal import SigningKey

ROWS_AT_ONCE: Final = 500
PIECE_BYTES: Final = 1_000_000


class Restored(msgspec.Struct, frozen=True, kw_only=True):
    """What was restored, and what somebody must look at."""

    manifest: Manifest
    rows: int
    files: int
    warnings: tuple[str, ...]


def restore_chain(file: Path, repository: Path) -> int:
    """Put the chain of trust back where there is none; return how many files. For before the settings are read."""
    if any(repository.rglob("*.json")):
        return 0
    return _put_files(file, TRUST, repository)


def restore(settings: Settings, file: Path) -> Restored:
    """Put a backup into the empty house of these settings; return what was done.

    Raises `BadBackup` for a damaged file, `Misuse` when the house is not empty; then nothing has changed.
    """
    manifest = check_backup(file)
    _check_empty(settings)
    files = _put_files(file, DATA, settings.data_dir)
    engine = open_engine(settings.database)
    try:
        with for_writing(engine).begin() as connection:
            rows = _put_rows(connection, file, manifest)
        migrate(engine)
    finally:
        engine.dispose()
    return Restored(
        manifest=manifest, rows=rows, files=files, warnings=tuple(_warnings(settings, manifest))
    )


def _check_empty(settings: Settings) -> None:
    for folder in ("contents", "originals"):
        place = settings.data_dir / folder
        if place.is_dir() and any(path.is_file() for path in place.rglob("*")):
            msg = f"{place} holds files: restore into an empty data_dir, or move this one away"
            raise Misuse(msg)
    engine = open_engine(settings.database)
    try:
        with engine.connect() as connection:
            schema = MetaData()
            schema.reflect(connection, only=lambda name, _: name not in OWN_BOOKS)
            for table in schema.sorted_tables:
                if connection.execute(select(text("1")).select_from(table).limit(1)).first():
                    msg = (
                        f"the database holds rows (in {table.name}): restore into an empty one,"
                        " or move this one away"
                    )
                    raise Misuse(msg)
    finally:
        engine.dispose()


def _put_rows(connection: Connection, file: Path, manifest: Manifest) -> int:
    config = Config()
    config.set_main_option("script_location", str(STEPS).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, manifest.revision)
    schema = MetaData()
    schema.reflect(connection, only=lambda name, _: name not in OWN_BOOKS)
    unbound = _unbind(connection, schema)
    rows = 0
    for table in schema.sorted_tables:
        connection.execute(
            table.delete()
        )  # what a step fills in by itself is in the backup as it was
    with opened(file) as tar:
        for member in tar:
            name = member.name.removeprefix(TABLES).removesuffix(".jsonl.gz")
            told, source = manifest.tables.get(name), tar.extractfile(member)
            if not member.name.startswith(TABLES) or source is None or told is None:
                continue
            if name not in schema.tables:
                msg = (
                    f"the backup has the table {name}, which step {manifest.revision} does not know"
                )
                raise BadBackup(msg)
            rows += _put_table(connection, schema.tables[name], source, told)
    for constraint in unbound:
        connection.execute(constraint)
    return rows


def _unbind(connection: Connection, schema: MetaData) -> list[AddConstraint]:
    """Have references be checked at the end: tables may name each other in a circle."""
    if connection.dialect.name == "sqlite":
        connection.execute(text("pragma defer_foreign_keys = on"))
        return []
    again: list[AddConstraint] = []
    for table in schema.sorted_tables:
        for constraint in table.foreign_key_constraints:
            connection.execute(DropConstraint(constraint))
            again.append(AddConstraint(constraint))
    return again


def _put_table(connection: Connection, table: Table, source: IO[bytes], told: TableTold) -> int:
    rows = 0
    for some in _batches(source, table, connection.dialect.name):
        connection.execute(insert(table), some)
        rows += len(some)
    if rows != told.rows:
        msg = f"the table {table.name} has {rows} rows in the backup, its manifest says {told.rows}"
        raise BadBackup(msg)
    if told.last_number is not None:
        _number_on(connection, table, told.last_number)
    return rows


def _batches(source: IO[bytes], table: Table, dialect: str) -> Iterator[list[dict[str, object]]]:
    read = readers(table, dialect)
    with gzip.GzipFile(fileobj=source, mode="rb") as lines:
        names: Sequence[str] = msgspec.json.decode(lines.readline(), type=list[str])
        batch: list[dict[str, object]] = []
        for line in lines:
            row = dict(zip(names, msgspec.json.decode(line, type=list[object]), strict=True))
            for name, reader in read.items():
                if row.get(name) is not None:
                    row[name] = reader(row[name])
            batch.append(row)
            if len(batch) == ROWS_AT_ONCE:
                yield batch
                batch = []
        if batch:
            yield batch


def _number_on(connection: Connection, table: Table, last: int) -> None:
    """Have a table number on from where it was, also past rows that are gone."""
    key = next(iter(table.primary_key.columns)).name
    if connection.dialect.name == "sqlite":
        asked = text("select 1 from sqlite_master where name = 'sqlite_sequence'")
        if connection.scalar(asked) is None:
            return
        made = str(
            connection.scalar(
                text("select sql from sqlite_master where type = 'table' and name = :name"),
                {"name": table.name},
            )
        )
        if "autoincrement" not in made.lower():
            return
        connection.execute(text("delete from sqlite_sequence where name = :n"), {"n": table.name})
        connection.execute(
            text("insert into sqlite_sequence (name, seq) values (:name, :last)"),
            {"name": table.name, "last": last},
        )
        return
    sequence = connection.scalar(
        text("select pg_get_serial_sequence(:name, :key)"), {"name": table.name, "key": key}
    )
    if sequence is not None and last > 0:
        connection.execute(text("select setval(:name, :last)"), {"name": sequence, "last": last})


def _put_files(file: Path, prefix: str, folder: Path) -> int:
    """Write the files below a prefix into a folder, each whole and on disk; what is there is left alone."""
    count = 0
    with opened(file) as tar:
        for member in tar:
            source = tar.extractfile(member)
            if source is None or not member.name.startswith(prefix):
                continue
            inside = Path(member.name.removeprefix(prefix))
            if inside.is_absolute() or ".." in inside.parts:
                msg = f"{member.name} leads out of the backup"
                raise BadBackup(msg)
            target = folder / inside
            if target.exists():
                continue
            target.parent.mkdir(parents=True, exist_ok=True)
            part = target.with_name(f".{target.name}.part")
            with part.open("wb") as written:
                while data := source.read(PIECE_BYTES):
                    written.write(data)
                written.flush()
                os.fsync(written.fileno())
            part.replace(target)
            count += 1
    for path in {folder, *(p for p in folder.rglob("*") if p.is_dir())}:
        with suppress(OSError):
            held = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
            try:
                os.fsync(held)
            finally:
                os.close(held)
    return count


def _warnings(settings: Settings, manifest: Manifest) -> Iterator[str]:
    """Return what is other here than where the backup was made."""
    if manifest.secret_mark != secret_mark(settings.session_secret):
        yield (
            "session_secret_file is not the one of the backup: claim codes, other systems' tokens and webhook"
            " secrets made before hold no more; make them anew, or put the old file in place"
        )
    files = {
        "schedule": settings.schedule_key,
        "activeset": settings.activeset_key,
        "command": settings.command_key,
        "time": settings.time_key,
        "snapshot": settings.snapshot_key,
        "timestamp": settings.timestamp_key,
    }
    for name, path in files.items():
        if SigningKey.from_pem(path.read_bytes(), None).public != manifest.key_marks.get(name):
            yield f"{name}_key is not the one of the backup: the keyring or the root must name the new one"
    for sha256 in manifest.missing:
        yield f"the content {sha256} was lost already when the backup was made"
    yield (
        "tokens, people and rights are as they were at the backup: revoke again what was revoked since;"
        " everybody signs in anew"
    )
