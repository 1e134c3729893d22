"""How the database is opened.

Law of the room: a writing transaction on SQLite says so at its start (BEGIN IMMEDIATE), so that it waits
for its turn instead of failing half-way; readers never wait (WAL). What was committed survives a power
cut (synchronous FULL): an acknowledged report or an announcement is not to be lost.
"""

import sqlite3
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.pool import ConnectionPoolEntry

BUSY_TIMEOUT_MS = 15_000


def open_engine(url: str) -> Engine:
    """Return an engine for `url`; SQLite gets WAL, foreign keys and honest transactions."""
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite":
        return create_engine(parsed, pool_pre_ping=True, pool_size=20, max_overflow=30)
    engine = create_engine(
        parsed, pool_size=20, max_overflow=30, connect_args={"check_same_thread": False}
    )
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def for_writing(engine: Engine) -> Engine:
    """Return the same engine, whose transactions take the writer's turn at once."""
    return engine.execution_options(writing=True)


def for_reading(engine: Engine) -> Engine:
    """Return the same engine, whose transactions see one state of the database from their first question on."""
    if engine.dialect.name == "sqlite":
        return engine  # there it is so by itself
    return engine.execution_options(isolation_level="REPEATABLE READ")


def _prepare_sqlite(connection: sqlite3.Connection, _entry: ConnectionPoolEntry) -> None:
    connection.isolation_level = None  # we begin transactions ourselves, below
    for pragma in (
        f"busy_timeout={BUSY_TIMEOUT_MS}",
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    options: dict[str, Any] = dict(connection.get_execution_options())
    connection.exec_driver_sql("BEGIN IMMEDIATE" if options.get("writing") else "BEGIN")
