"""The phones' lines: a pipe for each phone whose microphone is live, from the page to the engine.

Law of the room: whoever feeds never waits, and what is late is worth nothing. A line holds at most a
sixth of a second; what nobody reads, or what comes faster than it can sound, is dropped. Sound is
16 bit little endian, one channel, 16 kHz. All methods may be called from any thread.
"""

import contextlib
import fcntl
import os
import re
import stat
import struct
import termios
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

RATE_HZ: Final = 16_000
BYTES_PER_S: Final = RATE_HZ * 2
LINE_BYTES: Final = BYTES_PER_S * 16 // 100
BURST_BYTES: Final = (
    BYTES_PER_S // 4
)  # a phone's radio delivers in lumps; more at once is a backlog
PIPE_BYTES: Final = 65_536  # the kernel counts in pages: room enough that only our own limit counts
GENEROSITY: Final = 1.01  # a phone's clock may be faster than ours
REF: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")


class NoSuchLine(FileNotFoundError):
    """No phone talks under this name now; whoever asks came too late."""


class _Line:
    """One phone's pipe; we hold both of its ends, so that no reader ever sees an early end."""

    def __init__(self, path: Path, now_s: float) -> None:
        path.unlink(missing_ok=True)
        os.mkfifo(path, 0o600)
        self.path = path
        self.handle = os.open(path, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
        fcntl.fcntl(self.handle, fcntl.F_SETPIPE_SZ, PIPE_BYTES)
        self.half = b""  # half a sample that waits for its other half
        self.credit = float(BURST_BYTES)
        self.fed_s = now_s
        self.left = 0

    def feed(self, pcm: bytes, now_s: float) -> None:
        self.credit += (now_s - self.fed_s) * BYTES_PER_S * GENEROSITY
        self.credit = min(self.credit, float(BURST_BYTES))
        self.fed_s = now_s
        data = self.half + pcm
        whole = len(data) & ~1
        self.half, data = data[whole:], data[:whole]
        data = data[len(data) - min(len(data), int(self.credit) & ~1) :]
        self.credit -= len(data)
        waiting = self._waiting()
        # Where nobody has read since the last time, nobody listens yet: he shall begin with the newest.
        limit = len(data) if waiting and waiting >= self.left else LINE_BYTES
        self._drop(waiting + len(data) - max(limit, len(data)))
        with contextlib.suppress(BlockingIOError):
            os.write(self.handle, data)
        self.left = self._waiting()

    def close(self) -> None:
        self.path.unlink(missing_ok=True)
        os.close(self.handle)

    def _drop(self, size_bytes: int) -> None:
        if size_bytes > 0:
            with contextlib.suppress(BlockingIOError):
                os.read(self.handle, (size_bytes + 1) & ~1)

    def _waiting(self) -> int:
        answer = fcntl.ioctl(self.handle, termios.FIONREAD, bytes(4))
        return int(struct.unpack("i", answer)[0])


class PhoneLines:
    """The lines of all phones that talk now, as pipes in one directory of our own."""

    def __init__(self, directory: Path, clock: Callable[[], float] = time.monotonic) -> None:
        """Make the directory and remove the pipes of an earlier life; raises `OSError`."""
        directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        for left_over in directory.iterdir():
            if stat.S_ISFIFO(left_over.lstat().st_mode):
                left_over.unlink(missing_ok=True)
        self._directory = directory
        self._clock = clock
        self._lines: dict[str, _Line] = {}
        self._lock = threading.Lock()

    def open(self, ref: str) -> None:
        """Open the line of this session, which is a new one; `ValueError` for a name that is no name."""
        if not REF.fullmatch(ref):
            msg = f"a session's name is 1 to 64 letters, digits, - or _, not {ref!r}"
            raise ValueError(msg)
        with self._lock:
            old = self._lines.pop(ref, None)
            if old is not None:
                old.close()
            self._lines[ref] = _Line(self._directory / f"{ref}.pcm", self._clock())

    def feed(self, ref: str, pcm: bytes) -> None:
        """Take in sound just spoken; never waits. For a line that is closed already it does nothing."""
        with self._lock:
            line = self._lines.get(ref)
            if line is not None:
                line.feed(pcm, self._clock())

    def close(self, ref: str) -> None:
        """Close the line: its reader sees the end. For a line that is closed already it does nothing."""
        with self._lock:
            line = self._lines.pop(ref, None)
            if line is not None:
                line.close()

    def close_all(self) -> None:
        """Close every line."""
        for ref in tuple(self._lines):
            self.close(ref)

    def path(self, ref: str) -> Path:
        """Return the pipe to read this line from; raises `NoSuchLine` with a sentence for staff."""
        with self._lock:
            line = self._lines.get(ref)
        if line is None:
            raise NoSuchLine("điện thoại đã ngừng nói: mở lại micro trên trang rồi nói")
        return line.path
