"""The fetcher: one content after another, from the nearest that has it.

Law of the room: what lies here is not fetched; a neighbour is asked before central, and is believed as little;
central is asked within the thrift's hours and budget. A content at fault rests, longer each time, so that it
holds up nobody. What is postponed is no fault: it is asked for again each minute and goes when it may.
"""

import logging
import random
import threading
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Final, Protocol

from contract.documents import Content, Sha256
from edge.adapters.download import CannotFetch, TooSlow, fetch, take
from edge.adapters.gate import Gate
from edge.adapters.link import Link, LinkDown, LinkError
from edge.adapters.shelf import Shelf, Wanted, WrongBytes
from edge.adapters.thrift import Need, Thrift, Verdict
from edge.core.events import ContentArrived, Happening
from edge.core.orders import FetchContents

log = logging.getLogger(__name__)


class Neighbour(Protocol):
    """Who asks the appliances of the same network for a content."""

    def __call__(
        self, sha256: Sha256, size_bytes: int, *, urgent: bool = False
    ) -> Iterator[bytes] | None:
        """Return the bytes of a content, or None; an empty piece says that somebody is waited for.

        Nobody is waited for when it is `urgent`. The bytes are hashed by whoever asked.
        """
        ...


ATTEMPTS: Final = 4
REST_S: Final = 60.0  # after a fault of one content, doubled each time up to an hour
REST_MOST_S: Final = 3_600.0


class Postponed(Exception):
    """The thrift's hours or budget ended within a download; what is here is kept."""

    def __init__(self, verdict: Verdict) -> None:
        """Keep the reason and when it goes on."""
        super().__init__(verdict.why)
        self.verdict = verdict


class _Gone(Exception):
    """The neighbour stopped giving."""


class Fetcher:
    """Brings contents to the shelf; for the courier's lane alone."""

    def __init__(  # noqa: PLR0913  the courier's seams, handed on
        self,
        link: Link,
        shelf: Shelf,
        gate: Gate,
        post: Callable[[Happening], None],
        *,
        thrift: Thrift | None,
        neighbour: Neighbour | None,
        mine: Callable[[Sha256], bool] | None,
        wall: Callable[[], datetime],
        mono: Callable[[], float],
        stopping: threading.Event,
        wait_most_s: float,
    ) -> None:
        """Without `thrift` central is always asked; without `neighbour` it alone is; `mine` goes first."""
        self._link = link
        self._shelf = shelf
        self._gate = gate
        self._post = post
        self._thrift = thrift
        self._neighbour = neighbour
        self._mine = mine
        self._wall = wall
        self._mono = mono
        self._stopping = stopping
        self._wait_most_s = wait_most_s
        self._told: set[Sha256] = set()
        self._resting: dict[Sha256, tuple[int, float]] = {}
        self.fetching: set[Sha256] = set()
        self.postponed: Mapping[Sha256, Verdict] = {}
        self._soon: frozenset[Sha256] = frozenset()
        self._pressing: frozenset[Sha256] = frozenset()

    def begin(self, order: FetchContents) -> tuple[Content, ...]:
        """Take note of what is wanted now, and return it with the most urgent first."""
        names = {content.sha256 for content in order.contents}
        self._soon, self._pressing = order.urgent, order.pressing
        self.postponed = {n: v for n, v in self.postponed.items() if n in names}
        return tuple(sorted(order.contents, key=self._turn))

    def near(self, content: Content, between: Callable[[], None]) -> bool:
        """Return whether the content is here now, perhaps from a neighbour; then it is posted, once."""
        sha256 = content.sha256
        if not self._shelf.has(sha256):
            if sha256 in self.fetching or not self._from_neighbour(content, between):
                return False
            self._told.discard(sha256)
        self._tell(sha256)
        return True

    def bring(self, content: Content, between: Callable[[], None]) -> tuple[str, ...]:
        """Bring one content from central, or say why not. Raises `LinkDown`.

        `between` is called after each piece; what it raises ends the download.
        """
        sha256 = content.sha256
        if sha256 in self.fetching:
            return ()
        failures, rests_until_s = self._resting.get(sha256, (0, 0.0))
        if self._mono() < rests_until_s:
            return (f"{content.title}: lần trước chưa tải được, máy sẽ tự thử lại",)
        try:
            self._from_central(content, between)
        except Postponed as postponed:
            self._postpone(content, postponed.verdict)
            return ()
        except LinkDown:
            self._resting[sha256] = (failures, self._mono() + REST_S)
            raise
        except (LinkError, CannotFetch) as error:
            rest_s = min(REST_MOST_S, REST_S * 2.0 ** min(failures, 10))
            self._resting[sha256] = (failures + 1, self._mono() + rest_s)
            log.info("content not fetched sha256=%s why=%s", sha256, error)
            return (f"{content.title}: {error.why if isinstance(error, LinkError) else error}",)
        self._resting.pop(sha256, None)
        return ()

    def wanted(self) -> Wanted:
        """Return what the papers name at this moment."""
        return Wanted(self._gate.wanted(), self._emergencies())

    def _turn(self, content: Content) -> tuple[int, bool]:
        """Return where a content stands: by need, and then those first that are ours to bring."""
        need = self._need(content)
        rank = 0 if need is Need.EMERGENCY else 1 if need is Need.SOON else 2
        return rank, self._mine is not None and not self._mine(content.sha256)

    def _need(self, content: Content) -> Need:
        if content.sha256 in self._emergencies():
            return Need.EMERGENCY
        return Need.SOON if content.sha256 in self._soon else Need.PLANNED

    def _verdict(self, content: Content, size_bytes: int) -> Verdict:
        if self._thrift is None:
            return Verdict(ok=True)
        return self._thrift.may_fetch(self._wall(), size_bytes, self._need(content))

    def _from_neighbour(self, content: Content, between: Callable[[], None]) -> bool:
        if self._neighbour is None:
            return False
        sha256 = content.sha256
        urgent = self._need(content) is Need.EMERGENCY or not self._verdict(content, 0).ok
        self.fetching.add(sha256)
        try:
            # what we may not fetch ourselves is nobody's turn: it is taken where it lies, never waited for
            pieces = self._neighbour(sha256, content.size_bytes, urgent=urgent)
            if pieces is None:
                return False
            take(self._shelf, content, "neighbour", _guarded(pieces), self.wanted(), between)
        except (WrongBytes, CannotFetch, TooSlow, LinkError, _Gone) as error:
            log.info("not had from a neighbour sha256=%s why=%s", sha256, error)
            return False
        except Exception:  # whatever ails the neighbours, central must still be asked
            log.exception("neighbours failed sha256=%s", sha256)
            return False
        finally:
            self.fetching.discard(sha256)
        log.info("had from a neighbour sha256=%s", sha256)
        return True

    def _from_central(self, content: Content, between: Callable[[], None]) -> None:
        """Raises `LinkDown` after all attempts, `LinkError`, `CannotFetch` and `Postponed`."""

        def after(count_bytes: int) -> None:
            if self._thrift is not None:
                self._thrift.spend(self._wall(), count_bytes)
            between()
            self._ask_thrift(content, 0)

        part = self._shelf.part(content.sha256)
        self._ask_thrift(
            content, content.size_bytes - (part.stat().st_size if part.is_file() else 0)
        )
        self.fetching.add(content.sha256)
        try:
            for attempt in range(1, ATTEMPTS + 1):
                try:
                    fetch(self._link, self._shelf, content, self.wanted, after)
                    break
                except LinkDown as error:
                    if attempt == ATTEMPTS or self._stopping.is_set():
                        raise
                    self._stopping.wait(max(error.retry_after_s, self._wait_s(attempt)))
        finally:
            self.fetching.discard(content.sha256)
            if self._thrift is not None:
                self._thrift.settle()
        self._told.discard(content.sha256)
        self._tell(content.sha256)

    def _ask_thrift(self, content: Content, size_bytes: int) -> None:
        """Raise `Postponed` unless so many bytes of the content may come now."""
        verdict = self._verdict(content, size_bytes)
        if not verdict.ok:
            raise Postponed(verdict)

    def _postpone(self, content: Content, verdict: Verdict) -> None:
        if content.sha256 not in self.postponed:
            log.info("postponed sha256=%s until=%s", content.sha256, verdict.again_at)
        self.postponed = {**self.postponed, content.sha256: verdict}

    def _emergencies(self) -> frozenset[Sha256]:
        return self._pressing | {content.sha256 for content in self._gate.urgent()}

    def _tell(self, sha256: Sha256) -> None:
        self.postponed = {n: v for n, v in self.postponed.items() if n != sha256}
        if sha256 not in self._told:
            self._told.add(sha256)
            self._post(ContentArrived(sha256=sha256))

    def _wait_s(self, attempt: int) -> float:
        return random.random() * min(self._wait_most_s, 0.5 * 2.0**attempt)  # noqa: S311


def _guarded(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """Yield what the neighbour gives; whatever is raised there is its fault, never our card's."""
    try:
        yield from pieces
    except Exception as error:
        raise _Gone(f"{type(error).__name__}: {error}") from error
