"""Segments: checksummed lines in files that are only ever appended to, and dropped whole.

Law of the room: what was appended is on disk on return; a torn or damaged line is left out, never fatal; no file
is written anew, so that room can be made on a full disk. A strand is the row of segments of one worth.
"""

import contextlib
import hashlib
import math
import os
import re
from collections.abc import Iterable, Iterator
from enum import StrEnum
from pathlib import Path
from typing import Final

import msgspec

from edge.adapters.storage import StorageFailed, sync_directory, write_all

NAME: Final = re.compile(r"spool-([0-9]{12})(?:-([ru]))?\.log")
LINE: Final = re.compile(rb"([0-9a-f]{16}) ([0-9]{1,15}) ([rul]) ([0-9]{1,12}) (.*)")


class Worth(StrEnum):
    """How much a record is worth, the least first: the order in which records are given up."""

    PASSING = "r"
    USEFUL = "u"
    LASTING = "l"


class Entry(msgspec.Struct, frozen=True):
    """One record: its number, its worth, when it was spooled (seconds of the spool's own count)."""

    number: int
    worth: Worth
    at_s: int
    record: bytes


class Strand:
    """The segments of one worth in `directory`, oldest first; appending begins a new one after each start."""

    def __init__(self, directory: Path, worth: Worth) -> None:
        """Find what is there; what is torn stays behind in its segment."""
        self.worth = worth
        self.segments: list[Path] = []
        self.last = 0  # the newest number that was ever used here
        self.last_s = 0
        self.begun_s = 0
        self.is_fresh = True
        self._directory = directory
        for path in sorted(directory.glob("spool-*.log")):
            found = NAME.fullmatch(path.name)
            if found and (found[2] or Worth.LASTING) == worth:
                self.segments.append(path)
        if self.segments:
            entries = read_segment(self.segments[-1])
            self.last = entries[-1].number if entries else first_of(self.segments[-1])
            self.last_s = entries[-1].at_s if entries else 0

    def append(self, entries: list[Entry], *, new: bool) -> None:
        """Add entries, in a new segment where `new`; on disk on return.

        Raises `StorageFailed`, and then none of them is kept.
        """
        begun = new or self.is_fresh or not self.segments
        if begun:
            self.segments.append(self._directory / self._name(entries[0].number))
        segment = self.segments[-1]
        before_bytes = 0 if begun else size_of(segment)
        try:
            # What a failed start of this very segment may have left is never appended to.
            how = os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC | (os.O_TRUNC if begun else os.O_APPEND)
            handle = os.open(segment, how, 0o600)
            try:
                write_all(handle, b"".join(map(line_of, entries)))
                os.fsync(handle)
            finally:
                os.close(handle)
            if begun:
                sync_directory(self._directory)
        except OSError as error:
            with contextlib.suppress(OSError):
                os.truncate(segment, before_bytes)
            self.is_fresh = True  # what a failed sync left behind is never appended to
            if begun:
                self.drop(segment)
            raise StorageFailed(error.errno, f"cannot spool a report: {error.strerror}") from error
        if begun:
            self.begun_s = entries[0].at_s
        self.last, self.last_s, self.is_fresh = entries[-1].number, entries[-1].at_s, False

    def after(self, number: int) -> Iterator[Entry]:
        """Yield the entries after `number`, in order.

        What a segment holds of the following one's numbers was never acknowledged, and is left out.
        """
        segments = tuple(self.segments)
        for segment, following in zip(segments, (*segments[1:], None), strict=False):
            entries = read_segment(segment)
            if not entries and following:
                self.drop(segment)
            end = first_of(following) if following else math.inf
            yield from (entry for entry in entries if number < entry.number < end)

    def drop(self, segment: Path) -> None:
        """Forget a segment with all that it holds."""
        with contextlib.suppress(OSError):
            segment.unlink(missing_ok=True)
        if segment in self.segments:
            self.is_fresh = self.is_fresh or segment == self.segments[-1]
            self.segments.remove(segment)

    def drop_through(self, number: int) -> None:
        """Forget the segments that hold nothing after `number`."""
        for segment, following in zip(tuple(self.segments), tuple(self.segments[1:]), strict=False):
            if first_of(following) <= number + 1:
                self.drop(segment)
        if self.segments and self.last <= number:
            for segment in tuple(self.segments):
                self.drop(segment)

    def size_bytes(self) -> int:
        """Return how much all segments take."""
        return sum(map(size_of, self.segments))

    def _name(self, number: int) -> str:
        mark = "" if self.worth is Worth.LASTING else f"-{self.worth}"
        return f"spool-{number:012d}{mark}.log"


def line_of(entry: Entry) -> bytes:
    """Return an entry as one line that proves itself."""
    mark = entry.worth.encode()
    body = b"%d %s %d %s" % (entry.number, mark, entry.at_s, entry.record)
    return hashlib.sha256(body).hexdigest()[:16].encode() + b" " + body + b"\n"


def read_segment(path: Path) -> list[Entry]:
    """Return the whole records of a segment in order; torn and damaged lines are left out."""
    try:
        raw = path.read_bytes()
    except OSError:
        return []
    return list(_entries(raw.split(b"\n")))


def _entries(lines: Iterable[bytes]) -> Iterator[Entry]:
    for line in lines:
        parts = LINE.fullmatch(line)
        if parts and hashlib.sha256(line[17:]).hexdigest()[:16].encode() == parts[1]:
            yield Entry(int(parts[2]), Worth(parts[3].decode()), int(parts[4]), parts[5])


def first_of(segment: Path) -> int:
    """Return the number that a segment began with."""
    return int(segment.name[6:18])


def size_of(path: Path) -> int:
    """Return the size of a file, 0 where there is none."""
    try:
        return path.stat().st_size
    except OSError:
        return 0
