"""A turn that one at a time may have, whichever thread or process it is in.

Law of the room: on PostgreSQL the database keeps the turn (an advisory lock of a connection), on SQLite, which is one
machine's, a locked file does. Both are let go of when the process that holds them dies.
"""

import fcntl
import threading
from pathlib import Path
from types import TracebackType
from typing import IO

from sqlalchemy import Connection, Engine, func, select

PUBLISHING_LOCK = 7_302  # beside the outbox's 7301


class HouseLock:
    """One turn of a house: `with` waits for it as long as it takes; not re-entrant."""

    def __init__(self, engine: Engine, file: Path, number: int) -> None:
        """Keep where the turn is kept: the lock's `number` on PostgreSQL, else `file`."""
        self._engine = engine
        self._file = file
        self._number = number
        self._threads = threading.Lock()
        self._connection: Connection | None = None
        self._held: IO[bytes] | None = None

    def __enter__(self) -> None:
        """Wait for our turn."""
        self.acquire()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        fault: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Let the next one have the turn."""
        self.release()

    def acquire(self, *, blocking: bool = True) -> bool:
        """Take the turn; return whether it is ours, which without `blocking` it may not be."""
        if not self._threads.acquire(blocking=blocking):
            return False
        taken = False
        try:
            postgresql = self._engine.dialect.name == "postgresql"
            taken = self._ask(blocking=blocking) if postgresql else self._lock(blocking=blocking)
        finally:
            if not taken:
                self._threads.release()
        return taken

    def release(self) -> None:
        """Let the next one have the turn."""
        try:
            if self._connection is not None:
                self._unask(self._connection)
            if self._held is not None:
                self._held.close()
        finally:
            self._connection = self._held = None
            self._threads.release()

    def _ask(self, *, blocking: bool) -> bool:
        connection = self._engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        ask = func.pg_advisory_lock if blocking else func.pg_try_advisory_lock
        try:
            answer = connection.scalar(select(ask(self._number)))
        except BaseException:
            connection.invalidate()
            connection.close()
            raise
        if answer is False:
            connection.close()
            return False
        self._connection = connection
        return True

    def _unask(self, connection: Connection) -> None:
        try:
            connection.execute(select(func.pg_advisory_unlock(self._number)))
        except BaseException:
            connection.invalidate()  # a connection that goes back to the pool holds nothing
            raise
        finally:
            connection.close()

    def _lock(self, *, blocking: bool) -> bool:
        held = self._file.open("ab")
        try:
            fcntl.flock(held, fcntl.LOCK_EX | (0 if blocking else fcntl.LOCK_NB))
        except BlockingIOError:
            held.close()
            return False
        except BaseException:
            held.close()
            raise
        self._held = held
        return True
