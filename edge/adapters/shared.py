"""What this appliance shares with its neighbours: its contents, and sealed papers that may concern them.

Law of the room: only what the gate has admitted is offered, byte for byte as it came, and only kinds that
can be meant for others: announcements, active sets, approvals. Nothing here is secret. Many threads come here.
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import msgspec

from contract.documents import (
    ActiveSet,
    Announcement,
    Approval,
    AreaPath,
    DeviceId,
    MessageType,
    Sha256,
)
from contract.seal import sha256 as hash_bytes
from edge.adapters.neighbour_index import (
    AREAS_MOST,
    CONTENTS_MOST,
    ERRANDS_MOST,
    PAPERS_MOST,
    Hint,
    Index,
)
from edge.adapters.papers import Papers, Sealed
from edge.adapters.shelf import Shelf

KNOWN_MOST: Final = 2_000
HINTS_BYTES: Final = 100_000  # of an index; contents take as much, and it is 256 kB at most
CANCELS_MOST: Final = 64
REDRAW_S: Final = 30.0


def wall() -> datetime:
    """Return the wall clock's instant."""
    return datetime.now(UTC)


class Shared:
    """The offer of one appliance, and what it is itself looking for."""

    def __init__(
        self,
        device: DeviceId,
        shelf: Shelf,
        papers: Papers,
        *,
        wall: Callable[[], datetime] = wall,
        mono: Callable[[], float] = time.monotonic,
    ) -> None:
        """Begin with the papers that the gate restored."""
        self.device = device
        self._shelf = shelf
        self._papers = papers
        self._wall = wall
        self._mono = mono
        self._lock = threading.Lock()
        self._cancels: tuple[Sealed, ...] = ()
        self._sets: dict[AreaPath, Sealed] = {}
        self._wanted: dict[Sha256, int] = {}
        self._fetching: dict[Sha256, float] = {}
        self._bells: tuple[Callable[[], None], ...] = ()
        self._known: dict[Sha256, None] = {}
        self._version = 0
        self._drawn: tuple[object, str, bytes] = (None, "", b"")
        for sealed in (*papers.sealed_announcements, *papers.sealed_approvals.values()):
            self._known[hash_bytes(sealed.received)] = None

    # --- what the gate and the reactor tell ------------------------------------------------------

    def take(self, sealed: Sealed) -> None:
        """Know a paper that the gate has just admitted; offer it from now on if it may concern others."""
        document = sealed.document
        with self._lock:
            self._papers = self._without_past(self._papers.after(sealed))
            if not isinstance(document, Announcement | ActiveSet | Approval):
                return
            self._known[hash_bytes(sealed.received)] = None
            if len(self._known) > KNOWN_MOST:
                del self._known[next(iter(self._known))]
            if isinstance(document, ActiveSet):
                self._sets[document.area] = sealed
            elif isinstance(document, Announcement) and document.message is MessageType.CANCEL:
                self._cancels = (*self._cancels, sealed)[-CANCELS_MOST:]
        self.changed()

    def listen(self, bell: Callable[[], None]) -> None:
        """Have `bell` called after each change, from any thread; it must return at once."""
        self._bells = (*self._bells, bell)

    def changed(self) -> None:
        """Say that the index may have changed."""
        with self._lock:
            self._version += 1
        for bell in self._bells:
            bell()

    # --- what this appliance looks for -----------------------------------------------------------

    @contextmanager
    def wanting(self, sha256: Sha256) -> Iterator[None]:
        """Say to all, while the block lasts, that we are about to look for a content."""
        with self._lock:
            self._fetching.pop(sha256, None)
            self._wanted[sha256] = self._wanted.get(sha256, 0) + 1
        self.changed()
        try:
            yield
        finally:
            with self._lock:
                self._wanted[sha256] -= 1
                if not self._wanted[sha256]:
                    del self._wanted[sha256]
            self.changed()

    def fetch(self, sha256: Sha256, most_s: float) -> None:
        """Say to all that a content is on its way from central; others may wait for it for so long."""
        with self._lock:
            self._fetching[sha256] = self._mono() + most_s
        self.changed()

    def fetched(self, sha256: Sha256 | None = None) -> None:
        """Say that this content, or without a name all, is on its way no more: it arrived or was given up."""
        with self._lock:
            if sha256 is None:
                self._fetching.clear()
            else:
                self._fetching.pop(sha256, None)
        self.changed()

    # --- what neighbours ask ---------------------------------------------------------------------

    def index(self) -> tuple[str, bytes]:
        """Return the index as JSON and its ETag; at most 256 kB."""
        contents = self._shelf.contents()[:CONTENTS_MOST]
        now_s = self._mono()
        with self._lock:
            state = (self._version, contents, now_s // REDRAW_S)  # with time, papers run out
            if self._drawn[0] == state:
                return self._drawn[1:]
            assignment = self._papers.assignment
            hints = _fitting(_hint(sealed) for sealed in self._offered())
            fetching = tuple(s for s, until_s in self._fetching.items() if until_s > now_s)
            index = Index(
                device=self.device,
                name=assignment.name if assignment is not None else str(self.device),
                contents=contents,
                wanted=tuple(self._wanted)[:ERRANDS_MOST],
                fetching=fetching[:ERRANDS_MOST],
                papers=hints,
            )
            body = msgspec.json.encode(index)
            self._drawn = (state, hash_bytes(body), body)
            return self._drawn[1:]

    def paper(self, sha256: Sha256) -> bytes | None:
        """Return the envelope of this hash, if it is offered."""
        with self._lock:
            offered = (sealed.received for sealed in self._offered())
            return next((data for data in offered if hash_bytes(data) == sha256), None)

    def content(self, sha256: Sha256) -> Path | None:
        """Return the file of a content, or None; may hash it first, so never called on the loop."""
        return self._shelf.path(sha256)

    # --- what the neighbours hand asks -----------------------------------------------------------

    def knows(self, sha256: Sha256) -> bool:
        """Return whether the gate has admitted the paper with this envelope already."""
        with self._lock:
            return sha256 in self._known

    def newest_sets(self) -> dict[AreaPath, datetime]:
        """Return when the newest active set that we hold of each area was issued."""
        with self._lock:
            return {area: _issued(sealed) for area, sealed in self._sets.items()}

    def _without_past(self, papers: Papers) -> Papers:
        now = self._wall()
        stand = tuple(
            sealed
            for sealed in papers.sealed_announcements
            if isinstance(sealed.document, Announcement) and sealed.document.expires > now
        )
        return msgspec.structs.replace(papers, sealed_announcements=stand)

    def _offered(self) -> Iterator[Sealed]:
        """Yield what may be given on, the most urgent first: of announcements the newest, so cancels lead."""
        now = self._wall()
        told = sorted((*self._papers.sealed_announcements, *self._cancels), key=_issued)
        for sealed in reversed(told):
            if isinstance(sealed.document, Announcement) and sealed.document.expires > now:
                yield sealed
        yield from self._sets.values()
        for sealed in self._papers.sealed_approvals.values():
            if isinstance(sealed.document, Approval) and self._shelf.has(sealed.document.sha256):
                yield sealed


def _fitting(hints: Iterator[Hint]) -> tuple[Hint, ...]:
    """Return as many of the first hints as an index has room for."""
    chosen: list[Hint] = []
    left_bytes = HINTS_BYTES
    for hint in hints:
        left_bytes -= len(msgspec.json.encode(hint)) + 1
        if left_bytes < 0 or len(chosen) >= PAPERS_MOST:
            break
        chosen.append(hint)
    return tuple(chosen)


def _issued(sealed: Sealed) -> datetime:
    match sealed.document:
        case Announcement(sent=sent):
            return sent
        case Approval(issued=issued) | ActiveSet(issued=issued):
            return issued
        case other:
            msg = f"{type(other).__name__} is not shared with neighbours"
            raise TypeError(msg)


def _hint(sealed: Sealed) -> Hint:
    document, name = sealed.document, hash_bytes(sealed.received)
    match document:
        case Announcement(areas=areas):
            said = areas if len(areas) <= AREAS_MOST else ()
            return Hint(sha256=name, kind="announcement", issued=document.sent, areas=said)
        case Approval(sha256=content, area=area):
            return Hint(
                sha256=name, kind="approval", issued=document.issued, areas=(area,), content=content
            )
        case ActiveSet(area=area):
            return Hint(sha256=name, kind="activeset", issued=document.issued, areas=(area,))
        case _:
            msg = f"{type(document).__name__} is not shared with neighbours"
            raise TypeError(msg)
