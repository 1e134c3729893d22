"""The neighbours: appliances of one network that give each other content and sealed papers.

Law of the room: doors are not trusted, the seal is. What comes from a neighbour is judged by the gate and by
its hash like anything else; a neighbour that lies, stalls or vanishes costs seconds and then is left out.
One download for all: who is first by lot asks central, the others wait for it, but never long.
"""

import contextlib
import logging
import threading
import time
from collections.abc import Callable, Iterator
from typing import Final

from contract.documents import AreaPath, DeviceId, Sha256
from contract.seal import sha256 as hash_bytes
from edge.adapters.neighbour_index import (
    PAPER_BYTES,
    PAPERS,
    Hint,
    Sighting,
    nearest,
    worth_asking,
)
from edge.adapters.neighbour_link import NeighbourFault, NeighbourLink
from edge.adapters.neighbour_porter import Porter
from edge.adapters.neighbour_watch import Times, Watch
from edge.adapters.shared import Shared
from edge.core.events import (
    AssignmentAccepted,
    CentralLost,
    CentralReached,
    ClockJudged,
    ContentArrived,
    ContentLost,
    HandFailed,
    Happening,
    NeighboursSeen,
)

log = logging.getLogger(__name__)

NEIGHBOURS_MOST: Final = 16  # kept in touch with; in a larger network news goes round by several
PAPERS_AT_ONCE: Final = 40
PAPERS_S: Final = 5.0  # how long the courier's lane is lent to slow neighbours
TRIED_MOST: Final = 4_000
TICK_S: Final = 0.5
STOP_S: Final = 2.0


class Neighbours:
    """Keeps in touch with all in sight, takes what they have, and shares the way to central with them.

    `deliver` hands an envelope to the gate; `area` is our own, `approval_wanted` whether we lack the approval
    of a content. `content` and `papers` are for the courier's lane; all else may be called from any thread.
    """

    def __init__(
        self,
        shared: Shared,
        post: Callable[[Happening], None],
        deliver: Callable[[bytes], None],
        area: Callable[[], AreaPath | None],
        approval_wanted: Callable[[Sha256], bool],
        *,
        link: NeighbourLink | None = None,
        times: Times | None = None,
        mono: Callable[[], float] = time.monotonic,
    ) -> None:
        """Nobody is in sight yet; nothing is sent."""
        self._shared = shared
        self._post = post
        self._deliver = deliver
        self._area = area
        self._approval_wanted = approval_wanted
        self._link = link or NeighbourLink()
        self._times = times or Times()
        self._mono = mono
        self._news = threading.Condition()
        self._watches: dict[tuple[DeviceId, str, int], Watch] = {}
        self._ended: list[Watch] = []
        self._names: tuple[str, ...] = ()
        self._tried: dict[tuple[str, Sha256], float] = {}
        self._stopping = threading.Event()
        self._porter = Porter(
            shared, self._link, self._answering, self._nap, self._stopping, self._times, mono
        )
        self.reached = False

    # --- who is there ----------------------------------------------------------------------------

    def seen(self, sightings: tuple[Sighting, ...]) -> None:
        """Keep in touch with exactly these (as many as we can); what the beacon calls.

        One that stands where it stood under another name is the same: what is known of it stays known.
        """
        places = {sighting.place: sighting for sighting in sightings}
        drawn = nearest(self._shared.device, places.values(), NEIGHBOURS_MOST)
        chosen = {sighting.place: sighting for sighting in drawn}
        with self._news:
            if self._stopping.is_set():
                return
            for gone in [place for place in self._watches if place not in chosen]:
                watch = self._watches.pop(gone)
                watch.end()
                self._ended = [w for w in (*self._ended, watch) if w.is_running]
            for place, sighting in chosen.items():
                known = self._watches.get(place)
                if known is None:
                    fresh = Watch(sighting, self._link, self, self._times, self._mono)
                    self._watches[place] = fresh
                    fresh.start()
                elif known.sighting not in sightings:
                    known.sighting = sighting
        self.altered()

    def names(self) -> tuple[str, ...]:
        """Return the neighbours that answer now, by name."""
        return tuple(sorted({watch.sighting.name for watch in self._answering()}))

    def notice(self, event: Happening) -> None:
        """Take note of what happens on the appliance; returns at once. Events not of interest are let pass."""
        match event:
            case CentralReached():
                self.reached = True
            case CentralLost():
                self.reached = False
                self._shared.fetched()
            case HandFailed(hand="courier"):
                self._shared.fetched()
            case ContentArrived(sha256=sha256):
                self._shared.fetched(sha256)
            case ContentLost():
                self._shared.changed()
            case ClockJudged() | AssignmentAccepted():
                with self._news:
                    self._tried.clear()  # what was refused before may be believed now
            case _:
                pass

    def stop(self) -> None:
        """End all questions and waits at once; safe more than once."""
        self._stopping.set()
        self._link.shut()
        with self._news:
            watches = [*self._watches.values(), *self._ended]
            for watch in watches:
                watch.end()
            self._news.notify_all()
        until_s = time.monotonic() + STOP_S
        for watch in watches:
            watch.join(max(0.0, until_s - time.monotonic()))

    # --- papers ----------------------------------------------------------------------------------

    def papers(self) -> Iterator[bytes]:
        """Yield the sealed envelopes that a neighbour has and we lack and have not just asked for."""
        until_s = self._mono() + PAPERS_S
        for watch in self._answering():
            with contextlib.suppress(NeighbourFault):
                for envelope in self._papers_of(watch):
                    yield envelope
                    if self._mono() > until_s:
                        return

    def heard(self, watch: Watch) -> None:
        """Hand to the gate what a neighbour's index has for us. Raises `NeighbourFault`."""
        for envelope in self._papers_of(watch):
            self._deliver(envelope)

    def _papers_of(self, watch: Watch) -> Iterator[bytes]:
        index = watch.index
        if index is None:
            return
        hints = worth_asking(
            index,
            own_area=self._area(),
            knows=self._shared.knows,
            newest_sets=self._shared.newest_sets(),
            approval_wanted=self._approval_wanted,
            reached=self.reached,
        )
        for hint in hints[:PAPERS_AT_ONCE]:
            if self._shared.knows(hint.sha256) or not self._claim(watch, hint):
                continue
            envelope = watch.get(PAPERS + hint.sha256, PAPER_BYTES)
            if hash_bytes(envelope) != hint.sha256:
                msg = f"{watch.sighting.name} gave another paper than the one in its index"
                raise NeighbourFault(msg)
            yield envelope

    def _claim(self, watch: Watch, hint: Hint) -> bool:
        """Return whether to ask this neighbour for a paper now: once, and again after a while.

        Each neighbour is asked on its own account: one that lists a warning and does not give it hides nothing.
        """
        now_s, key = self._mono(), (watch.sighting.record, hint.sha256)
        with self._news:
            if self._stopping.is_set() or self._tried.get(key, now_s) > now_s:
                return False
            self._tried.pop(key, None)
            self._tried[key] = now_s + self._times.again
            if len(self._tried) > TRIED_MOST:
                del self._tried[next(iter(self._tried))]
            return True

    # --- contents --------------------------------------------------------------------------------

    def content(
        self, sha256: Sha256, size_bytes: int, *, urgent: bool = False
    ) -> Iterator[bytes] | None:
        """Return the bytes of a content as neighbours give them, or None when central is to be asked at once.

        The pieces may be empty: then a neighbour is waited for. Raises `AskCentral` from within when neighbours
        fail or it is our turn; what came before is worth nothing then. An `urgent` content is never waited
        for, nor one that central will not be asked for now: it comes from who has it, or not.
        """
        return self._porter.bring(sha256, size_bytes, urgent=urgent)

    def mine(self, sha256: Sha256) -> bool:
        """Return whether a content is best asked for first: a neighbour has it, or it is ours to bring."""
        return self._porter.is_ours(sha256)

    # --- within ----------------------------------------------------------------------------------

    def altered(self) -> None:
        """Wake who waits for a neighbour, and post who answers when that changed."""
        with self._news:
            self._news.notify_all()
            names = tuple(sorted({w.sighting.name for w in self._watches.values() if w.alive}))
            if names == self._names or self._stopping.is_set():
                return
            self._names = names
            self._post(NeighboursSeen(names=names))

    def _nap(self) -> None:
        with self._news:
            if not self._stopping.is_set():
                self._news.wait(TICK_S)

    def _answering(self) -> list[Watch]:
        with self._news:
            return [watch for watch in self._watches.values() if watch.alive]
