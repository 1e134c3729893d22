"""The box as the page sees it: where the recordings of staff lie.

Law of the room: protocols only. The box judges what it takes; its methods block and are called from worker
threads, and what it refuses it says in a sentence for staff.
"""

from datetime import datetime
from pathlib import Path
from typing import Protocol


class Kept(Protocol):
    """What became of an upload."""

    @property
    def ref(self) -> str:
        """Its name in the box."""
        ...


class Recording(Protocol):
    """A recording in the box."""

    @property
    def ref(self) -> str:
        """Its name in the box."""
        ...

    @property
    def title(self) -> str:
        """What staff called it."""
        ...

    @property
    def size_bytes(self) -> int:
        """How large it is."""
        ...

    @property
    def at(self) -> datetime:
        """When it was taken in."""
        ...


class Taking(Protocol):
    """One upload under way; what is not done is forgotten with `drop`."""

    def write(self, chunk: bytes) -> None:
        """Take in more; raises the box's refusal."""
        ...

    def done(self, title: str) -> Kept:
        """Keep it; raises the box's refusal."""
        ...

    def drop(self) -> None:
        """Forget it, unless it is done."""
        ...


class Box(Protocol):
    """Where recordings lie."""

    def begin(self) -> Taking:
        """Begin an upload; raises the box's refusal."""
        ...

    def path(self, ref: str) -> Path:
        """Return the file of a recording; raises the box's refusal."""
        ...

    def recent(self) -> tuple[Recording, ...]:
        """Return what is there, the newest first."""
        ...
