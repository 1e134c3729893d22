"""The courier: asks central for documents and fetches content, whole and verified.

Law of the room: documents go to the gate as they came; content goes to the shelf only when it has
exactly its declared size and hash. What was fetched is never fetched twice: a cut download goes on
where it stopped. One content that cannot be had does not hold up the others, and while a long one is
on its way documents and emergency content are still asked for.
"""

import logging
import random
import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final, assert_never

from contract.codec import MAX_BYTES
from contract.documents import Approval, Content, Kind, Sha256
from contract.seal import sha256 as hash_bytes
from edge.adapters.download import CannotFetch, fetch
from edge.adapters.gate import Gate
from edge.adapters.link import Link, LinkDenied, LinkDown, LinkError
from edge.adapters.shelf import Shelf
from edge.core.events import ContentArrived, HandFailed, HandRecovered, Happening
from edge.core.orders import FetchContents, Synchronise

log = logging.getLogger(__name__)

BACKSTOP_S: Final = 60.0  # how long a download may keep the documents waiting
ATTEMPTS: Final = 4
DOWN_MOST: Final = 2  # after so many contents that central did not answer for, the rest waits
WAIT_MOST_S: Final = 8.0
REST_S: Final = 60.0  # after a fault of one content, doubled each time up to an hour
REST_MOST_S: Final = 3_600.0
ASK_AGAIN_S: Final = 600.0  # when to ask again for a paper that central does not have for us
RENEW: Final = timedelta(days=2)
POLLED: Final = (Kind.ASSIGNMENT, Kind.PROGRAMME, Kind.ACTIVE_SET)


def envelope_bytes(kind: Kind) -> int:
    """Return how long an envelope of `kind` can be at most: base64, and room for signatures."""
    return MAX_BYTES[kind] * 4 // 3 + 8_000


class Courier:
    """Brings documents and contents; each method is called on the courier's lane only."""

    def __init__(
        self,
        link: Link,
        shelf: Shelf,
        gate: Gate,
        post: Callable[[Happening], None],
        wall: Callable[[], datetime],
        *,
        mono: Callable[[], float] = time.monotonic,
        wait_most_s: float = WAIT_MOST_S,
    ) -> None:
        """Nothing is sent yet; `wall` is asked only whether an approval needs renewal."""
        self._link = link
        self._shelf = shelf
        self._gate = gate
        self._post = post
        self._wall = wall
        self._mono = mono
        self._wait_most_s = wait_most_s
        self._stopping = threading.Event()
        self._failed = False
        self._synced_s = mono() - BACKSTOP_S
        self._not_ours: dict[str, float] = {}
        self._pending: dict[Kind, tuple[str, bytes]] = {}
        self._fetching: set[Sha256] = set()
        self._told: set[Sha256] = set()
        self._resting: dict[Sha256, tuple[int, float]] = {}

    def stop(self) -> None:
        """End waits and downloads soon; from any thread."""
        self._stopping.set()

    def obey(self, order: FetchContents | Synchronise) -> None:
        """Do it; faults of link, disk and bytes are posted, never raised."""
        match order:
            case Synchronise():
                self.sync()
            case FetchContents(contents=contents):
                self._fetch_all(contents)
            case _:
                assert_never(order)

    def heed(self, hint: Kind) -> None:
        """Follow a hint of the ear that a document of this kind changed at central."""
        log.debug("hint kind=%s", hint)
        self._not_ours.clear()
        self.sync()

    def sync(self) -> None:
        """Ask for every document that may have changed. A link that is down is posted once."""
        self._synced_s = self._mono()
        try:
            for kind in POLLED:
                self._poll(kind)
            for payload_sha256 in self._gate.lacking():
                self._ask(f"/announcements/{payload_sha256}", Kind.ANNOUNCEMENT)
            programme = self._gate.programme()
            for content in programme.contents if programme is not None else ():
                self._approval(content.sha256)
        except LinkError as error:
            self._fail(str(error))
        else:
            self._recover()

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
        down = 0
        for content in contents:
            if self._stopping.is_set() or down >= DOWN_MOST:
                break
            try:
                self._between()
                faults += self._bring_or_rest(content)
                self._approval(content.sha256)
            except LinkDown as error:
                faults.append(str(error))
                down += 1
            except LinkError as error:
                faults.append(str(error))
        if faults:
            more = f" (and {len(faults) - 1} more)" if len(faults) > 1 else ""
            self._fail(faults[0] + more)
        elif contents:
            self._recover()

    def _bring_or_rest(self, content: Content) -> tuple[str, ...]:
        """Bring one content, or say why not; one at fault rests longer each time. Raises `LinkDown`."""
        failures, rests_until_s = self._resting.get(content.sha256, (0, 0.0))
        if self._mono() < rests_until_s:
            return (f"{content.title}: could not be had before; it is tried again later",)
        try:
            self._bring(content)
        except LinkDown:
            self._resting[content.sha256] = (failures, self._mono() + REST_S)
            raise
        except (LinkError, CannotFetch) as error:
            rest_s = min(REST_MOST_S, REST_S * 2.0 ** min(failures, 10))
            self._resting[content.sha256] = (failures + 1, self._mono() + rest_s)
            return (f"{content.title}: {error}",)
        self._resting.pop(content.sha256, None)
        return ()

    def _bring(self, content: Content) -> None:
        """Put one content on the shelf and post it; tried again while the link falters."""
        if content.sha256 in self._fetching:
            return
        self._fetching.add(content.sha256)
        try:
            for attempt in range(1, ATTEMPTS + 1):
                try:
                    if self._shelf.has(content.sha256) and content.sha256 in self._told:
                        return
                    if not self._shelf.has(content.sha256):
                        fetch(self._link, self._shelf, content, self._gate.wanted, self._between)
                except LinkDown as error:
                    if attempt == ATTEMPTS or self._stopping.is_set():
                        raise
                    self._stopping.wait(max(error.retry_after_s, self._wait_s(attempt)))
                else:
                    self._told.add(content.sha256)
                    self._post(ContentArrived(sha256=content.sha256))
                    return
        finally:
            self._fetching.discard(content.sha256)

    def _between(self) -> None:
        """Between two pieces of a download: look after what is more urgent. Raises `LinkDown` when stopped."""
        if self._stopping.is_set():
            raise LinkDown("the appliance is stopping")
        if self._mono() - self._synced_s >= BACKSTOP_S:
            self.sync()
        for content in self._gate.urgent():
            if self._fetching and content.sha256 not in self._fetching:
                self._bring_urgent(content)

    def _bring_urgent(self, content: Content) -> None:
        if self._shelf.has(content.sha256):
            return
        for why in self._bring_or_rest(content):
            log.warning("emergency content not fetched why=%s", why)

    def _wait_s(self, attempt: int) -> float:
        return random.random() * min(self._wait_most_s, 0.5 * 2.0**attempt)  # noqa: S311

    def _fail(self, why: str) -> None:
        if not self._failed:
            self._failed = True
            self._post(HandFailed(hand="courier", why=why))

    def _recover(self) -> None:
        if self._failed:
            self._failed = False
            self._post(HandRecovered(hand="courier"))
