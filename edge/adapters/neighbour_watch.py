"""One neighbour, kept in touch with: its index is held open, so that what is new there is known at once.

Law of the room: a neighbour that lies or stalls costs its own thread some seconds and nobody else anything.
Answers that come too often are slowed down; who lets us wait in vain or gives wrong bytes gets a strike.
"""

import logging
import random
import threading
from collections.abc import Callable
from typing import Final, Protocol

import msgspec

from edge.adapters.neighbour_index import (
    INDEX,
    INDEX_BYTES,
    Index,
    Sighting,
    read_index,
)
from edge.adapters.neighbour_link import NeighbourFault, NeighbourLink

log = logging.getLogger(__name__)

MISSES_MOST: Final = 3
BURST: Final = 20


class Times(msgspec.Struct, frozen=True, kw_only=True):
    """How long a neighbour is waited for; seconds.

    `held` an index is held back until it changes; `quick` and `slow` lie between two questions to one that
    holds nothing back, while central is lost and while it is reached; `gone` between two to one that is
    silent. `settle` lets all say what they look for, `begin` is the patience with whose turn it is, `fetch`
    with a fetch of any length, and the pace shortens it for small contents. `strike` is for how long a
    neighbour that failed us is not counted on, `again` when to ask once more for a paper that was no use.
    """

    held: int = 20
    quick: float = 2.0
    slow: float = 60.0
    gone: float = 45.0
    settle: float = 3.0
    begin: float = 8.0
    fetch: float = 100.0
    fetch_bytes_per_s: float = 50_000.0
    strike: float = 3_600.0
    again: float = 600.0
    refill: float = 3.0


class Circle(Protocol):
    """What a watch asks and tells; called on the watch's thread."""

    @property
    def reached(self) -> bool:
        """Whether our own link to central stands."""
        ...

    def heard(self, watch: "Watch") -> None:
        """Follow what the neighbour's index says. Raises `NeighbourFault`."""
        ...

    def altered(self) -> None:
        """Take note that some neighbour answers, or does not any more, or says something new."""
        ...


class Watch:
    """Keeps in touch with the appliance of one sighting, on a thread of its own."""

    def __init__(
        self,
        sighting: Sighting,
        link: NeighbourLink,
        circle: Circle,
        times: Times,
        mono: Callable[[], float],
    ) -> None:
        """Nothing is sent before `start`."""
        self.sighting = sighting
        self.index: Index | None = None
        self.alive = False
        self._link = link
        self._circle = circle
        self._times = times
        self._mono = mono
        self._etag = ""
        self._misses = 0
        self._tokens = float(BURST)
        self._refilled_s = mono()
        self._gives_from_s = mono()
        self._waited_from_s = mono()
        self._ending = threading.Event()
        self._thread = threading.Thread(
            target=self._run, name=f"neighbour-{sighting.device[:6]}", daemon=True
        )

    def start(self) -> None:
        """Begin to ask."""
        self._thread.start()

    def end(self) -> None:
        """Ask no more; a question under way ends with its bounds, or with its link."""
        self._ending.set()
        self.alive = False

    def join(self, within_s: float) -> None:
        """Wait until the thread has ended."""
        if self._thread is not threading.current_thread():
            self._thread.join(within_s)

    @property
    def is_running(self) -> bool:
        """Whether the thread still lives."""
        return self._thread.is_alive()

    @property
    def gives(self) -> bool:
        """Whether contents may be had from this neighbour."""
        return self._mono() >= self._gives_from_s

    @property
    def worth_waiting(self) -> bool:
        """Whether this neighbour may be waited for."""
        return self._mono() >= self._waited_from_s

    def strike(
        self, why: str, *, gives: bool = True, waits: bool = True, for_s: float | None = None
    ) -> None:
        """Ask it for no contents, or wait for it no more, for a while; its papers are still asked for."""
        until_s = self._mono() + (self._times.strike if for_s is None else for_s)
        if not gives:
            self._gives_from_s = max(self._gives_from_s, until_s)
        if not waits:
            self._waited_from_s = max(self._waited_from_s, until_s)
        log.warning("neighbour %s not counted on why=%s", self.sighting.name, why)

    def get(self, path: str, max_bytes: int) -> bytes:
        """Return what the neighbour has under a path. Raises `NeighbourFault`."""
        place = self.sighting
        reply = self._link.get(place.host, place.port, path, max_bytes=max_bytes)
        if reply.status != 200:
            msg = f"{place.name} does not give it (HTTP {reply.status})"
            raise NeighbourFault(msg)
        return reply.body

    def _run(self) -> None:
        while not self._ending.is_set():
            try:
                rest_s = self._ask()
            except NeighbourFault as fault:
                rest_s = self._missed(str(fault))
            except Exception:  # a fault of ours must not leave a neighbour unheard for good
                log.exception("watch of %s stumbled", self.sighting.name)
                rest_s = self._missed("a fault of our own")
            self._ending.wait(rest_s)

    def _ask(self) -> float:
        """Ask once and follow the answer; return how long to rest. Raises `NeighbourFault`."""
        times, place, begun_s = self._times, self.sighting, self._mono()
        held_s = times.held if self._etag else 0
        reply = self._link.get(
            place.host,
            place.port,
            f"{INDEX}?after={self._etag}&wait={held_s}",
            max_bytes=INDEX_BYTES,
            held_s=held_s,
        )
        if self._ending.is_set():
            return 0.0
        news = reply.status == 200
        if news:
            self._take(reply.etag or "", reply.body)
        elif reply.status != 304 or self.index is None:
            msg = f"{place.name} has no index (HTTP {reply.status})"
            raise NeighbourFault(msg)
        self._misses = 0
        if news or not self.alive:
            self.alive = True
            self._circle.altered()
        self._circle.heard(self)
        if news:
            return self._restraint_s()
        was_held = self._mono() - begun_s >= held_s / 2
        return 0.0 if held_s and was_held else self._pace_s()

    def _take(self, etag: str, body: bytes) -> None:
        try:
            index = read_index(body)
        except ValueError as error:
            raise NeighbourFault(str(error)) from error
        if index.device != self.sighting.device:
            msg = (
                f"it announced itself as {self.sighting.device} and says that it is {index.device}"
            )
            raise NeighbourFault(msg)
        self.index = index
        self._etag = etag if len(etag) <= 64 and etag.isalnum() else ""

    def _missed(self, why: str) -> float:
        self._misses += 1
        self._etag = ""  # whoever answers next says all anew
        if self._misses < MISSES_MOST:
            return self._times.quick
        if self.alive or self._misses == MISSES_MOST:
            log.info("neighbour %s is silent why=%s", self.sighting.name, why)
            self.alive = False
            self._circle.altered()
        return self._drawn(self._times.gone)

    def _pace_s(self) -> float:
        """Return when to ask again one that holds nothing back."""
        return self._drawn(self._times.slow if self._circle.reached else self._times.quick)

    def _restraint_s(self) -> float:
        """Return how long to let a neighbour wait that has had news so often."""
        now_s = self._mono()
        refill = (now_s - self._refilled_s) / self._times.refill
        self._tokens = min(float(BURST), self._tokens + refill) - 1
        self._refilled_s = now_s
        return 0.0 if self._tokens >= 0 else self._times.refill

    @staticmethod
    def _drawn(around_s: float) -> float:
        return around_s * (0.75 + random.random() / 2)  # noqa: S311
