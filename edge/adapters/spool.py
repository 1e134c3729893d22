"""The spool: what waits to be told to central, in the order it happened.

Law of the room: records are on disk when `append` returns. They are kept for 90 days of running; over the cap the
oldest of the least worth go first, and lasting ones before their time only when nothing else is left. Time
here is the spool's own count, which no step of the wall clock can hurry. Nothing here knows what a record
says. For one lane alone.
"""

import errno
import heapq
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from edge.adapters.segments import Entry, Strand, Worth, read_segment, size_of
from edge.adapters.storage import StorageFailed, make_directory

SEGMENT_BYTES: Final = 256_000
SEGMENT_S: Final = 7 * 86_400
CAP_BYTES: Final = 50_000_000  # some fifteen times what 90 days without central leave behind
LIFE_S: Final = 90 * 86_400
PACE_MOST_S: Final = 7_200  # between two records no more than this counts as passed
FULL: Final = {errno.ENOSPC, errno.EDQUOT}

__all__ = ["CAP_BYTES", "LIFE_S", "Entry", "Spool", "Worth"]


class Spool:
    """Append-only records in `directory`, taken from the front.

    `given_up` counts the segments that were dropped before all they hold was told.
    """

    def __init__(
        self,
        directory: Path,
        *,
        cap_bytes: int = CAP_BYTES,
        life_s: int = LIFE_S,
        segment_bytes: int = SEGMENT_BYTES,
    ) -> None:
        """Open the spool; what is torn stays behind in its segment, appending begins a new one."""
        make_directory(directory)
        self._cap_bytes = cap_bytes
        self._life_s = life_s
        self._segment_bytes = segment_bytes
        self._strands = {worth: Strand(directory, worth) for worth in Worth}
        self._taken = 0
        self._next = 1 + max(strand.last for strand in self._strands.values())
        self._count_s = max(strand.last_s for strand in self._strands.values())
        self._wall_s: int | None = None
        self.given_up = 0

    def append(self, records: Iterable[bytes], at_s: int, worth: Worth) -> None:
        """Add records; `at_s` is the wall clock, in Unix seconds. On disk on return.

        On a full disk what is worth less is given up first. Raises `StorageFailed`, and then none of them is kept.
        """
        self._count(at_s)
        entries = [
            Entry(number, worth, self._count_s, record)
            for number, record in enumerate(records, self._next)
        ]
        if not entries:
            return
        strand = self._strands[worth]
        new = strand.is_fresh or not strand.segments or self._is_full(strand)
        if new:
            self._forget()
        while True:
            try:
                strand.append(entries, new=new)
            except StorageFailed as failed:
                if failed.errno not in FULL or not self._give_up((Worth.PASSING, Worth.USEFUL)):
                    raise
                new = True
            else:
                break
        self._next = entries[-1].number + 1

    def front(self, limit: int, limit_bytes: int) -> tuple[Entry, ...]:
        """Return up to `limit` of the oldest records, of together at most `limit_bytes` but at least one."""
        found: list[Entry] = []
        size_bytes = 0
        strands = [strand.after(self._taken) for strand in self._strands.values()]
        for entry in heapq.merge(*strands, key=lambda entry: entry.number):
            size_bytes += len(entry.record)
            if found and (len(found) >= limit or size_bytes > limit_bytes):
                break
            found.append(entry)
        return tuple(found)

    def take_through(self, number: int) -> None:
        """Forget all records up to `number`; the caller has made sure that they are kept elsewhere or told."""
        self._taken = max(self._taken, number)
        self._next = max(self._next, self._taken + 1)
        for strand in self._strands.values():
            strand.drop_through(self._taken)

    def size_bytes(self) -> int:
        """Return how much the spool takes on disk."""
        return sum(strand.size_bytes() for strand in self._strands.values())

    def _count(self, at_s: int) -> None:
        """Let the spool's own count go on: never back, and never by more than two hours at once."""
        if self._wall_s is not None:
            self._count_s += min(max(at_s - self._wall_s, 0), PACE_MOST_S)
        self._count_s = self._count_s or max(at_s, 1)
        self._wall_s = at_s

    def _is_full(self, strand: Strand) -> bool:
        newest = strand.segments[-1]
        return size_of(newest) >= self._segment_bytes or self._count_s - strand.begun_s >= SEGMENT_S

    def _forget(self) -> None:
        """Drop what is past its life, then what is over the cap."""
        for strand in self._strands.values():
            for segment in tuple(strand.segments):
                entries = read_segment(segment)
                if entries and self._count_s - entries[-1].at_s <= self._life_s:
                    break
                strand.drop(segment)
                self.given_up += bool(entries)
        while self.size_bytes() > self._cap_bytes and self._give_up(tuple(Worth)):
            pass

    def _give_up(self, worths: tuple[Worth, ...]) -> bool:
        """Drop the oldest segment of the least of these worths; False where there is none."""
        for worth in worths:
            strand = self._strands[worth]
            if strand.segments:
                strand.drop(strand.segments[0])
                self.given_up += 1
                return True
        return False
