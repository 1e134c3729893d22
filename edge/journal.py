"""The journal: every event with its moment, and a digest of what was decided on it.

Law of the room: evidence, not a log. Each file begins with the desk as it was, so a replay needs nothing
else; each line holds one turn. What cannot be written is lost to the journal and never stops the loop.
"""

import contextlib
import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Final

import msgspec

from edge.core.decide import Decision, decide
from edge.core.desk import Desk
from edge.core.events import Happening
from edge.core.moment import Moment

FILE_BYTES: Final = 16_000_000
FILES_KEPT: Final = 4


class Head(msgspec.Struct, frozen=True):
    """The first line of a file: the desk before its first turn."""

    desk: Desk


class Turn(msgspec.Struct, frozen=True):
    """One turn: when, what happened, and the digest of the decision."""

    at: Moment
    event: Happening
    digest: str


def digest_of(decision: Decision) -> str:
    """Return a short digest of the air, the orders and the next look of a decision."""
    decided = (decision.air, decision.orders, round(decision.wake_in_s, 6))
    return hashlib.sha256(msgspec.json.encode(decided, order="sorted")).hexdigest()[:16]


class Journal:
    """Append turns to numbered files in a directory, the oldest dropped; `directory` None keeps nothing."""

    def __init__(self, directory: Path | None) -> None:
        """Begin a new file in `directory` at the next turn."""
        self._directory = directory
        self._handle: BinaryIO | None = None
        self._size_bytes = 0

    def record(self, before: Desk, now: Moment, event: Happening, decision: Decision) -> None:
        """Append one turn; a full disk costs the evidence, never the broadcast."""
        if self._directory is None:
            return
        with contextlib.suppress(OSError):
            if self._handle is None or self._size_bytes > FILE_BYTES:
                self.close()
                self._handle = _next_file(self._directory).open("ab")
                self._size_bytes = self._handle.write(msgspec.json.encode(Head(before)) + b"\n")
            line = msgspec.json.encode(Turn(now, event, digest_of(decision)))
            self._size_bytes += self._handle.write(line + b"\n")
            self._handle.flush()

    def close(self) -> None:
        """Close the file; idempotent."""
        handle, self._handle = self._handle, None
        if handle is not None:
            with contextlib.suppress(OSError):
                handle.close()


def _next_file(directory: Path) -> Path:
    directory.mkdir(parents=True, exist_ok=True)
    files = sorted(directory.glob("journal-*.jsonl"))
    for old in files[: -(FILES_KEPT - 1)] if len(files) >= FILES_KEPT else []:
        old.unlink(missing_ok=True)
    number = int(files[-1].stem.removeprefix("journal-")) + 1 if files else 1
    return directory / f"journal-{number:06d}.jsonl"


class Replayed(msgspec.Struct, frozen=True):
    """One replayed turn: its line number, the recorded turn, and the decision taken now."""

    line: int
    turn: Turn
    decision: Decision

    @property
    def same(self) -> bool:
        """Return whether the decision is the recorded one."""
        return digest_of(self.decision) == self.turn.digest


def replay(file: Path) -> Iterator[Replayed]:
    """Yield every turn of a journal file decided anew; a torn last line (power cut) ends it quietly."""
    with file.open("rb") as lines:
        first = lines.readline()
        if not first:
            return
        desk = msgspec.json.decode(first, type=Head).desk
        for number, line in enumerate(lines, start=2):
            if not line.endswith(b"\n"):
                return
            turn = msgspec.json.decode(line, type=Turn)
            decision = decide(desk, turn.event, turn.at)
            desk = decision.desk
            yield Replayed(number, turn, decision)
