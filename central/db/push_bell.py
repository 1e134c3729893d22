"""The bell between processes: PostgreSQL tells every gateway at the commit that the outbox has grown.

Law of the room: a ring says that something came, never what; who hears it reads the outbox. A ring is lost while
nobody listens, so whoever listens looks by itself all the same. SQLite has no such bell and needs none: there one
process serves.
"""

import logging
import threading
from collections.abc import Callable
from typing import Any, Final

from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import SQLAlchemyError

log = logging.getLogger(__name__)
CHANNEL: Final = "tienglang_outbox"
LOOK_S: Final = 0.5  # how long a stop may take to be seen
AGAIN_S: Final = 1.0
_RING: Final = text(f"select pg_notify('{CHANNEL}', '')")


def ring(connection: Connection) -> None:
    """Ring when this transaction is committed."""
    if connection.dialect.name == "postgresql":
        connection.execute(_RING)


class Listener:
    """Hears the bell on a thread and a connection of its own, and comes back when the database was away."""

    def __init__(self, engine: Engine, heard: Callable[[], None]) -> None:
        """Begin; `heard` is called on the thread, also once after each new connection."""
        self._engine = engine
        self._heard = heard
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="push-bell", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End; the thread is gone soon after."""
        self._stopping.set()

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                self._listen()
            except (SQLAlchemyError, OSError, self._engine.dialect.loaded_dbapi.Error) as fault:
                log.info("the bell of the outbox is away, the poll goes on why=%s", fault)
                self._stopping.wait(AGAIN_S)

    def _listen(self) -> None:
        pooled = self._engine.raw_connection()
        line: Any = pooled.driver_connection  # psycopg's own: SQLAlchemy has no word for this
        pooled.detach()  # it is never given back
        try:
            line.autocommit = True
            line.execute(f"listen {CHANNEL}")
            self._heard()  # what came while nobody listened
            while not self._stopping.is_set():
                for _ in line.notifies(timeout=LOOK_S, stop_after=1):
                    self._heard()
        finally:
            line.close()


def listening(engine: Engine, heard: Callable[[], None]) -> Listener | None:
    """Return who listens to the bell of this database, None where there is none."""
    return Listener(engine, heard) if engine.dialect.name == "postgresql" else None
