"""The operator's line: what he has said so far, given to the engine at the pace at which it sounds.

Law of the room: nothing that was said is dropped and nothing is told twice. The clock begins when the engine
begins to read. Where the next words are not here in time silence is given instead, and they wait until a little has
gathered; a hole of `CUT_S` ends the line. Sound is that of `opus`; instants are monotonic seconds.
"""

import contextlib
import fcntl
import os
import struct
import termios
from enum import StrEnum
from pathlib import Path
from typing import Final

from edge.adapters.opus import BYTES_PER_S

LEAD_BYTES: Final = BYTES_PER_S * 80 // 1_000  # lies in the pipe before it is due
AGAIN_BYTES: Final = BYTES_PER_S * 300 // 1_000  # gathers after a hole before it goes on
LATE_BYTES: Final = (
    BYTES_PER_S // 4
)  # a reader that stood still is not given more than this at once
TAIL_BYTES: Final = (
    BYTES_PER_S * 300 // 1_000
)  # silence behind the last word, for the engine's cache
CUT_S: Final = 6.0
PIPE_BYTES: Final = 4_096


class Stage(StrEnum):
    """How a line stands: it sounds on (or may), it was told to its end, or it was given up in a hole."""

    OPEN = "open"
    TOLD = "told"
    CUT = "cut"


class OperatorLine:
    """One voice on its way into one pipe; both ends are ours, so that no reader ever sees an early end."""

    def __init__(self, path: Path) -> None:
        """Make the pipe; raises `OSError`."""
        path.unlink(missing_ok=True)
        os.mkfifo(path, 0o600)
        self.path = path
        self._handle = os.open(path, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
        fcntl.fcntl(self._handle, fcntl.F_SETPIPE_SZ, PIPE_BYTES)
        self._told = 0  # how much of what was said has gone into the pipe
        self._given = 0  # how much went in since the clock began, silence too
        self._tail = 0
        self._began_s: float | None = None
        self._starving_s: float | None = None

    def tick(self, said: bytearray, now_s: float, *, over: bool) -> Stage:
        """Give the engine what is due of all that was `said`; `over` says that no more will come."""
        if self._began_s is None:
            if self._given == 0:
                self._give(said[:LEAD_BYTES])
            elif self._waiting() < self._given:
                self._began_s = now_s  # somebody reads
            return Stage.OPEN
        due = int((now_s - self._began_s) * BYTES_PER_S) + LEAD_BYTES - self._given & ~1
        if due > LATE_BYTES:
            self._began_s += (due - LATE_BYTES) / BYTES_PER_S
            due = LATE_BYTES
        if due <= 0:
            return Stage.OPEN
        return self._feed(said, due, now_s, over=over)

    def _feed(self, said: bytearray, due: int, now_s: float, *, over: bool) -> Stage:
        left = len(said) - self._told
        if self._starving_s is not None and (over or left >= AGAIN_BYTES):
            self._starving_s = None
        if self._starving_s is None and left:
            self._give(said[self._told : self._told + due])
            return Stage.OPEN
        if over:
            return self._end(due)
        if self._starving_s is None:
            self._starving_s = now_s
        if now_s - self._starving_s >= CUT_S:
            return Stage.CUT
        self._silence(due)
        return Stage.OPEN

    def _end(self, due: int) -> Stage:
        if self._tail < TAIL_BYTES:
            self._tail += self._silence(due)
            return Stage.OPEN
        return Stage.OPEN if self._waiting() else Stage.TOLD

    def close(self) -> None:
        """Take the pipe away: its reader sees the end."""
        self.path.unlink(missing_ok=True)
        with contextlib.suppress(OSError):
            os.close(self._handle)

    def _give(self, sound: bytearray) -> None:
        self._told += self._write(bytes(sound))

    def _silence(self, size_bytes: int) -> int:
        return self._write(bytes(size_bytes))

    def _write(self, sound: bytes) -> int:
        written = 0
        with contextlib.suppress(BlockingIOError):
            room = (PIPE_BYTES - self._waiting()) & ~1  # whole samples only
            written = os.write(self._handle, sound[:room]) if room > 0 and sound else 0
        self._given += written
        return written

    def _waiting(self) -> int:
        answer = fcntl.ioctl(self._handle, termios.FIONREAD, bytes(4))
        return int(struct.unpack("i", answer)[0])
