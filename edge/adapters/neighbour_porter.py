"""Who brings a content into this network: a neighbour that has it, the one whose turn it is, or we.

Law of the room: one download for all, but never a wait without an end. Nothing is agreed: each says what it
looks for, the lot decides, and whoever is let wait in vain goes to central itself. Bytes are hashed as they
pass, so that a neighbour which gives wrong ones is asked no more for a while.
"""

import hashlib
import threading
from collections.abc import Callable, Generator, Iterator
from typing import Final

from contract.documents import DeviceId, Sha256
from edge.adapters.neighbour_index import CONTENTS, nearest, turn
from edge.adapters.neighbour_link import NeighbourBusy, NeighbourFault, NeighbourLink
from edge.adapters.neighbour_watch import Times, Watch
from edge.adapters.shared import Shared

HOLDERS_MOST: Final = 3  # asked for one content before central is
CUT_OFF_S: Final = 30.0


class AskCentral(Exception):
    """No neighbour gives the content, or not all of it: it is for us to ask central. Nobody's fault."""


class Porter:
    """Brings contents for the courier's lane, one at a time; an urgent one may come between."""

    def __init__(
        self,
        shared: Shared,
        link: NeighbourLink,
        answering: Callable[[], list[Watch]],
        nap: Callable[[], None],
        stopping: threading.Event,
        times: Times,
        mono: Callable[[], float],
    ) -> None:
        """`nap` waits for news of a neighbour, half a second at most."""
        self._shared = shared
        self._link = link
        self._answering = answering
        self._nap = nap
        self._stopping = stopping
        self._times = times
        self._mono = mono

    def bring(self, sha256: Sha256, size_bytes: int, *, urgent: bool) -> Iterator[bytes] | None:
        """Return the pieces as `Neighbours.content` says, or None when nobody answers."""
        if self._answering():
            return self._pieces(sha256, size_bytes, urgent=urgent)
        if not urgent and not self._stopping.is_set():
            self._shared.fetch(sha256, self._patience_s(size_bytes))
        return None

    def is_ours(self, sha256: Sha256) -> bool:
        """Return whether a neighbour has it now, or we are first by lot."""
        own, others = self._shared.device, [w.sighting.device for w in self._awaitable()]
        return bool(self._holders(sha256)) or turn(own, others, sha256) == own

    def _pieces(self, sha256: Sha256, size_bytes: int, *, urgent: bool) -> Iterator[bytes]:
        with self._shared.wanting(sha256):
            whole = yield from self._given(sha256, size_bytes, urgent=urgent)
            if whole:
                return
            if not urgent and not self._stopping.is_set():
                self._shared.fetch(sha256, self._patience_s(size_bytes))
        raise AskCentral("no neighbour gives this content")

    def _given(
        self, sha256: Sha256, size_bytes: int, *, urgent: bool
    ) -> Generator[bytes, None, bool]:
        """Yield what holders give, and empty pieces while one is waited for; return whether the whole came.

        Whether it is right the reader sees by its hash; who gave it wrongly is struck here.
        """
        have_bytes, digest = 0, hashlib.sha256()
        asked: list[Watch] = []
        wait = _Wait(self._mono())
        while have_bytes < size_bytes and not self._stopping.is_set():
            left = [w for w in self._holders(sha256) if w not in asked][: HOLDERS_MOST - len(asked)]
            if left:
                try:
                    for piece in self._asked_of(left[0], sha256, size_bytes, have_bytes):
                        have_bytes += len(piece)
                        digest.update(piece)
                        yield piece
                except NeighbourBusy:
                    if urgent or self._mono() - wait.begun_s > self._patience_s(size_bytes):
                        return False
                    yield b""
                    self._stopping.wait(1.0)
                    continue
                except NeighbourFault as fault:
                    left[0].strike(str(fault), gives=False, for_s=CUT_OFF_S)
                asked.append(left[0])
            elif urgent or have_bytes or not self._may_wait(sha256, size_bytes, wait):
                return False
            else:
                yield b""
                self._nap()
        if have_bytes == size_bytes and digest.hexdigest() != sha256:
            for giver in asked:
                giver.strike("the bytes given are not those of the content", gives=False)
        return have_bytes == size_bytes

    def _asked_of(
        self, holder: Watch, sha256: Sha256, size_bytes: int, from_byte: int
    ) -> Iterator[bytes]:
        place = holder.sighting
        return self._link.pieces(place.host, place.port, CONTENTS + sha256, size_bytes, from_byte)

    def _holders(self, sha256: Sha256) -> list[Watch]:
        """Return who has the content; each appliance begins with another of them."""
        found = {
            watch.sighting: watch
            for watch in self._answering()
            if watch.gives and watch.index and sha256 in watch.index.contents
        }
        return [found[sighting] for sighting in nearest(self._shared.device, found, len(found))]

    def _awaitable(self) -> list[Watch]:
        return [watch for watch in self._answering() if watch.worth_waiting]

    def _may_wait(self, sha256: Sha256, size_bytes: int, wait: "_Wait") -> bool:
        """Return whether somebody else is to bring the content; False when it is for us to ask central."""
        own, others = self._shared.device, self._awaitable()
        fetching = [w for w in others if w.index is not None and sha256 in w.index.fetching]
        if fetching:
            return self._is_awaited(fetching[0], self._patience_s(size_bytes), wait, "fetch")
        if turn(own, [w.sighting.device for w in others], sha256) == own:
            return False
        if self._mono() - wait.begun_s < self._times.settle:
            return True
        wanting = [w for w in others if w.index is not None and sha256 in w.index.wanted]
        whose = turn(own, [w.sighting.device for w in wanting], sha256)
        if whose == own:
            return False
        awaited = next(w for w in wanting if w.sighting.device == whose)
        return self._is_awaited(awaited, self._times.begin, wait, "begin")

    def _is_awaited(self, watch: Watch, patience_s: float, wait: "_Wait", for_what: str) -> bool:
        """Return True while our patience lasts; when it ends, the neighbour is not waited for a while."""
        now_s, key = self._mono(), (watch.sighting.device, for_what)
        if now_s >= wait.until_s.setdefault(key, now_s + patience_s):
            watch.strike("it let us wait for a content in vain", waits=False)
        return True  # without it, the next look finds somebody else, or that it is for us

    def _patience_s(self, size_bytes: int) -> float:
        times = self._times
        return min(times.fetch, times.begin + size_bytes / times.fetch_bytes_per_s)


class _Wait:
    """Since when a content is looked for, and until when each neighbour is waited for."""

    def __init__(self, begun_s: float) -> None:
        self.begun_s = begun_s
        self.until_s: dict[tuple[DeviceId, str], float] = {}
