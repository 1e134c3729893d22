"""The spool: what waits to be told to central, in the order it happened.

Law of the room: records are appended to segment files, one checksummed line each, and are on disk when
`append` returns; a torn or damaged line is left out, never fatal. Over the cap the oldest routine
records go first, and lasting ones only when they are past their time. Nothing here knows what a record
says. For one lane alone.
"""

import contextlib
import hashlib
import os
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Final

import msgspec

from edge.adapters.storage import StorageFailed, sync_directory, write_all, write_atomically

SEGMENT: Final = re.compile(r"spool-([0-9]{12})\.log")
SEGMENT_BYTES: Final = 256_000
CAP_BYTES: Final = 50_000_000
LIFE_S: Final = 90 * 86_400
LINE: Final = re.compile(rb"([0-9a-f]{16}) ([0-9]{1,15}) ([rl]) ([0-9]{1,12}) (.*)")


class Entry(msgspec.Struct, frozen=True):
    """One record: its number in the spool, whether it is lasting, when it was spooled (Unix seconds)."""

    number: int
    lasting: bool
    at_s: int
    record: bytes


class Spool:
    """Append-only records in `directory`, taken from the front."""

    def __init__(
        self,
        directory: Path,
        *,
        cap_bytes: int = CAP_BYTES,
        life_s: int = LIFE_S,
        segment_bytes: int = SEGMENT_BYTES,
    ) -> None:
        """Open the spool; what is torn stays behind in its segment, appending begins a new one."""
        with contextlib.suppress(OSError):
            directory.mkdir(parents=True, exist_ok=True)
        self._directory = directory
        self._cap_bytes = cap_bytes
        self._life_s = life_s
        self._segment_bytes = segment_bytes
        self._segments = sorted(
            p for p in directory.glob("spool-*.log") if SEGMENT.fullmatch(p.name)
        )
        self._taken = 0
        self._next = 1
        self._fresh = True
        if self._segments:
            last = self._segments[-1]
            entries = read_segment(last)
            first = int(last.name[6:18])
            self._next = (entries[-1].number if entries else first) + 1

    def append(self, records: Iterable[bytes], at_s: int, *, lasting: bool) -> None:
        """Add records; on disk on return. Raises `StorageFailed`, and then none of them is kept."""
        mark = b"l" if lasting else b"r"
        lines = []
        number = self._next
        for record in records:
            body = b"%d %s %d %s" % (number, mark, at_s, record)
            lines.append(hashlib.sha256(body).hexdigest()[:16].encode() + b" " + body + b"\n")
            number += 1
        if not lines:
            return
        if self._fresh or self._size(self._segments[-1]) >= self._segment_bytes:
            self._keep_cap(at_s)
            self._segments.append(self._directory / f"spool-{self._next:012d}.log")
        self._write(self._segments[-1], b"".join(lines))
        self._next, self._fresh = number, False

    def front(self, limit: int, limit_bytes: int) -> tuple[Entry, ...]:
        """Return up to `limit` of the oldest records, of together at most `limit_bytes` but at least one."""
        found: list[Entry] = []
        size_bytes = 0
        for segment in tuple(self._segments):
            entries = [e for e in read_segment(segment) if e.number > self._taken]
            for entry in entries:
                size_bytes += len(entry.record)
                if found and (len(found) >= limit or size_bytes > limit_bytes):
                    return tuple(found)
                found.append(entry)
            if not entries and segment != self._segments[-1]:
                self._drop(segment)
        return tuple(found)

    def take_through(self, number: int) -> None:
        """Forget all records up to `number`; the caller has made sure that they are kept elsewhere or told."""
        self._taken = max(self._taken, number)
        self._next = max(self._next, self._taken + 1)
        for segment, following in zip(
            tuple(self._segments), tuple(self._segments[1:]), strict=False
        ):
            if int(following.name[6:18]) <= self._taken + 1:
                self._drop(segment)
        if self._segments and self._next == self._taken + 1:
            self._drop(self._segments[-1])
            self._fresh = True

    def _keep_cap(self, now_s: int) -> None:
        """Shrink to the cap: first the oldest routine records, then lasting ones past their time."""
        over = self._total_bytes() > self._cap_bytes
        for routine_only in (True, False):
            for segment in tuple(self._segments):
                if not over:
                    return
                entries = read_segment(segment)
                kept = [
                    e
                    for e in entries
                    if e.lasting and (routine_only or now_s - e.at_s < self._life_s)
                ]
                if len(kept) < len(entries):
                    self._rewrite(segment, kept)
                    over = self._total_bytes() > self._cap_bytes

    def _rewrite(self, segment: Path, entries: list[Entry]) -> None:
        if not entries:
            self._drop(segment)
            return
        lines = []
        for entry in entries:
            mark = b"l" if entry.lasting else b"r"
            body = b"%d %s %d %s" % (entry.number, mark, entry.at_s, entry.record)
            lines.append(hashlib.sha256(body).hexdigest()[:16].encode() + b" " + body + b"\n")
        with contextlib.suppress(StorageFailed):  # a full disk: the old segment is still whole
            write_atomically(segment, tuple(lines))

    def _write(self, segment: Path, data: bytes) -> None:
        """Append `data` and sync; after a failure the file is cut back to what was acknowledged."""
        begun = not segment.exists()
        before_bytes = self._size(segment)
        try:
            handle = os.open(segment, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
            try:
                write_all(handle, data)
                os.fsync(handle)
            finally:
                os.close(handle)
            if begun:
                sync_directory(self._directory)
        except OSError as error:
            with contextlib.suppress(OSError):
                os.truncate(segment, before_bytes)
            self._fresh = True  # what a failed sync left behind is never appended to
            if begun:
                self._drop(segment)
            raise StorageFailed(error.errno, f"cannot spool a report: {error.strerror}") from error

    def _drop(self, segment: Path) -> None:
        with contextlib.suppress(OSError):
            segment.unlink(missing_ok=True)
        if segment in self._segments:
            self._segments.remove(segment)

    def _total_bytes(self) -> int:
        return sum(self._size(segment) for segment in self._segments)

    @staticmethod
    def _size(path: Path) -> int:
        try:
            return path.stat().st_size
        except OSError:
            return 0


def read_segment(path: Path) -> list[Entry]:
    """Return the whole records of a segment in order; torn and damaged lines are left out."""
    try:
        raw = path.read_bytes()
    except OSError:
        return []
    entries = []
    for line in raw.split(b"\n"):
        parts = LINE.fullmatch(line)
        if parts is None:
            continue
        if hashlib.sha256(line[17:]).hexdigest()[:16].encode() != parts[1]:
            continue
        entries.append(Entry(int(parts[2]), parts[3] == b"l", int(parts[4]), parts[5]))
    return entries
