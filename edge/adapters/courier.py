"""The courier: asks central for documents and fetches content, whole and verified.

Law of the room: documents go to the gate as they came; content goes to the shelf only when it has
exactly its declared size and hash. What was fetched is never fetched twice: a cut download goes on
where it stopped. One content that cannot be had does not hold up the others, and while a long one is
on its way documents and emergency content are still asked for. Where central cannot be reached, the
neighbours are asked for papers: the door differs, the seal is the same.
"""

import logging
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from itertools import islice
from typing import Final, Literal, Protocol, assert_never

from contract.codec import MAX_BYTES
from contract.documents import Approval, Content, Kind, Sha256
from contract.seal import sha256 as hash_bytes
from edge.adapters.fetcher import Fetcher, Neighbour
from edge.adapters.gate import Gate
from edge.adapters.link import Link, LinkDenied, LinkDown, LinkError
from edge.adapters.shelf import Shelf
from edge.adapters.thrift import Thrift, Verdict
from edge.core.events import HandFailed, HandRecovered, Happening
from edge.core.orders import FetchContents, Synchronise

log = logging.getLogger(__name__)

BACKSTOP_S: Final = 60.0  # how long a download may keep the documents waiting
DOWN_MOST: Final = 2  # after so many contents that central did not answer for, the rest waits
WAIT_MOST_S: Final = 8.0
ASK_AGAIN_S: Final = 600.0  # when to ask again for a paper that central does not have for us
RENEW: Final = timedelta(days=2)
POLLED: Final = (Kind.ASSIGNMENT, Kind.PROGRAMME, Kind.ACTIVE_SET)
NEIGHBOUR_PAPERS: Final = 500


class Keeps(Protocol):
    """Who looks after the keyring."""

    def tend(self) -> bool:
        """Ask the chain if that is wanted; returns whether the keyring is another now."""
        ...


def envelope_bytes(kind: Kind) -> int:
    """Return how long an envelope of `kind` can be at most: base64, and room for signatures."""
    return MAX_BYTES[kind] * 4 // 3 + 8_000


LONGEST_BYTES: Final = max(envelope_bytes(kind) for kind in MAX_BYTES)


class Courier:
    """Brings documents and contents; each method is called on the courier's lane only."""

    def __init__(  # noqa: PLR0913  each of the last is a seam with a default
        self,
        link: Link,
        shelf: Shelf,
        gate: Gate,
        post: Callable[[Happening], None],
        wall: Callable[[], datetime],
        *,
        mono: Callable[[], float] = time.monotonic,
        wait_most_s: float = WAIT_MOST_S,
        thrift: Thrift | None = None,
        neighbour: Neighbour | None = None,
        mine: Callable[[Sha256], bool] | None = None,
        fetched: Callable[[Sha256], None] = lambda _sha256: None,
        papers_from_neighbours: Callable[[], Iterable[bytes]] | None = None,
        keeper: Keeps | None = None,
    ) -> None:
        """Nothing is sent yet; `wall` is asked whether an approval needs renewal, and for the thrift.

        `neighbour` gives the bytes of a content of this hash and size, or None; it is asked before central.
        `mine` says of which contents it is best asked first, so that two appliances bring half each, and
        `fetched` is told when a content arrived or was given up for now, so that nobody waits for us.
        `papers_from_neighbours` gives sealed papers while central cannot be reached. `keeper` looks after the
        keyring before any paper is asked for.
        """
        self._link = link
        self._shelf = shelf
        self._gate = gate
        self._post = post
        self._wall = wall
        self._mono = mono
        self._fetched = fetched
        self._papers_from_neighbours = papers_from_neighbours
        self._keeper = keeper
        self._stopping = threading.Event()
        self._fetcher = Fetcher(
            link,
            shelf,
            gate,
            post,
            thrift=thrift,
            neighbour=neighbour,
            mine=mine,
            wall=wall,
            mono=mono,
            stopping=self._stopping,
            wait_most_s=wait_most_s,
        )
        self._faults: dict[Literal["papers", "contents"], str] = {}
        self._at_fault: set[Sha256] = set()
        self._synced_s = mono() - BACKSTOP_S
        self._not_ours: dict[str, float] = {}
        self._pending: dict[Kind, tuple[str, bytes]] = {}

    @property
    def postponed(self) -> Mapping[Sha256, Verdict]:
        """Return what waits for its hours or for tomorrow's budget, with the reason; from any thread."""
        return self._fetcher.postponed

    def stop(self) -> None:
        """End waits and downloads soon; from any thread."""
        self._stopping.set()

    def obey(self, order: FetchContents | Synchronise) -> None:
        """Do it; faults of link, disk and bytes are posted, never raised."""
        match order:
            case Synchronise():
                self.sync()
            case FetchContents():
                self._fetch_all(self._fetcher.begin(order))
            case _:
                assert_never(order)

    def heed(self, hint: Kind) -> None:
        """Follow a hint of the ear that a document of this kind changed at central."""
        log.debug("hint kind=%s", hint)
        self._not_ours.clear()
        self.sync()

    def tend(self) -> None:
        """Have the keyring looked after if that is wanted, and ask for every document anew if it is another."""
        if self._keeper is not None and self._keeper.tend():
            self._not_ours.clear()
            if self._gate.state.assignment is not None:  # before that, enrolment is all there is
                self.sync()

    def sync(self) -> None:
        """Ask for every document that may have changed. A link that is down is posted once."""
        self._synced_s = self._mono()
        if self._keeper is not None and self._keeper.tend():
            self._not_ours.clear()
        try:
            for kind in POLLED:
                self._poll(kind)
            for payload_sha256 in self._gate.lacking():
                self._ask(f"/announcements/{payload_sha256}", Kind.ANNOUNCEMENT)
            programme = self._gate.programme()
            for name in programme.to_be_approved if programme is not None else ():
                self._approval(name)
        except LinkError as error:
            log.info("papers not fetched why=%s", error)
            self._fail("papers", error.why)
            self._ask_neighbours()
        else:
            self._recover("papers")
            if all(self._shelf.has(s) for s in self._at_fault & self._gate.wanted()):
                self._recover("contents")  # what could not be had is here, or wanted no more

    def _ask_neighbours(self) -> None:
        """Take papers from the neighbours; what ails them is theirs."""
        if self._papers_from_neighbours is None:
            return
        try:
            for received in islice(self._papers_from_neighbours(), NEIGHBOUR_PAPERS):
                if self._stopping.is_set():
                    return
                if len(received) <= LONGEST_BYTES:
                    self._gate.admit(received, "neighbour")
        except Exception:  # the next minute asks again, and central may be back
            log.exception("no papers from the neighbours")

    def _poll(self, kind: Kind) -> None:
        """Ask for the one document of `kind`, unless central still has the one we hold."""
        pending = self._pending.get(kind)
        etag = pending[0] if pending is not None else self._gate.held_sha256(kind)
        reply = self._link.get(f"/{kind.value}", max_bytes=envelope_bytes(kind), etag=etag)
        if reply.status == 304 and pending is not None:
            self._offer(
                kind, pending[1]
            )  # refused before; the clock or the keyring may be better now
        elif reply.status == 200:
            self._offer(kind, reply.body)

    def _offer(self, kind: Kind, received: bytes) -> None:
        self._gate.admit(received, "poll")
        sha256 = hash_bytes(received)
        if self._gate.held_sha256(kind) == sha256:
            self._pending.pop(kind, None)
        else:
            self._pending[kind] = (sha256, received)

    def _approval(self, content: Sha256) -> None:
        held = self._gate.approval(content)
        if held is None or self._runs_out(held):
            self._ask(f"/approvals/{content}", Kind.APPROVAL)

    def _runs_out(self, approval: Approval) -> bool:
        return approval.not_after - self._wall() < RENEW

    def _ask(self, path: str, kind: Kind) -> None:
        """Ask for one paper by its hash; what central lacks is not asked for again for a while."""
        now_s = self._mono()
        if self._not_ours.get(path, now_s) > now_s:
            return
        try:
            reply = self._link.get(path, max_bytes=envelope_bytes(kind))
        except LinkDenied as error:
            log.info("paper denied path=%s why=%s", path, error)
        else:
            if reply.status == 200:
                self._gate.admit(reply.body, "poll")
        self._not_ours = {p: s for p, s in self._not_ours.items() if s > now_s}
        self._not_ours[path] = now_s + ASK_AGAIN_S

    def _fetch_all(self, contents: tuple[Content, ...]) -> None:
        """Bring all that can be had; say once what could not."""
        faults: list[str] = []
        at_fault: set[Sha256] = set()
        down, asked = 0, False
        for content in contents:
            if self._stopping.is_set():
                break
            try:
                self._between()
                if not self._fetcher.near(content, self._between) and down < DOWN_MOST:
                    found = self._fetcher.bring(content, self._between)
                    at_fault |= {content.sha256} if found else set()
                    faults += found
                    asked = asked or self._shelf.has(content.sha256)
                if down < DOWN_MOST:
                    self._approval(content.sha256)
            except LinkError as error:
                log.info("content not fetched sha256=%s why=%s", content.sha256, error)
                faults.append(error.why)
                if isinstance(error, LinkDown):
                    at_fault.add(content.sha256)
                    down += 1
            finally:
                self._fetched(content.sha256)
        self._at_fault = at_fault
        if faults:
            more = f" (và {len(faults) - 1} lỗi khác)" if len(faults) > 1 else ""
            self._fail("contents", faults[0] + more)
        elif asked:
            self._recover("contents")

    def _between(self) -> None:
        """Between two pieces of a download: look after what is more urgent. Raises `LinkDown` when stopped."""
        if self._stopping.is_set():
            raise LinkDown("the appliance is stopping", why="máy đang tắt: bật lại sẽ tải tiếp")
        if self._mono() - self._synced_s >= BACKSTOP_S:
            self.sync()
        self.tend()
        fetching = self._fetcher.fetching
        for content in self._gate.urgent():
            if fetching and content.sha256 not in fetching and not self._shelf.has(content.sha256):
                self._bring_urgent(content)

    def _bring_urgent(self, content: Content) -> None:
        try:
            if not self._fetcher.near(content, self._between):
                for why in self._fetcher.bring(content, self._between):
                    log.warning("emergency content not fetched why=%s", why)
        finally:
            self._fetched(content.sha256)

    def _fail(self, of: Literal["papers", "contents"], why: str) -> None:
        if not self._faults:
            self._post(HandFailed(hand="courier", why=why))
        self._faults[of] = why

    def _recover(self, of: Literal["papers", "contents"]) -> None:
        if self._faults.pop(of, None) is not None and not self._faults:
            self._post(HandRecovered(hand="courier"))
