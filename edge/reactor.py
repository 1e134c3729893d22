"""The reactor: one loop, one inbox, one consumer; and the lanes of the hands.

Law of the room: the only asyncio outside the page. `post` is the only door in, from any thread. Every
turn: stamp, decide, journal, hand out the orders. Nothing here knows what an event means.
"""

import asyncio
import contextlib
import logging
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from queue import SimpleQueue

from edge.core.air import Air
from edge.core.decide import Decision, decide
from edge.core.desk import Desk
from edge.core.events import HandFailed, HandName, Happening, Ticked
from edge.core.moment import Moment
from edge.core.orders import Ask
from edge.journal import Journal

log = logging.getLogger(__name__)

MAX_NAP_S = 30.0  # the wall clock can step during a nap


def moment() -> Moment:
    """Return the present moment on both clocks."""
    return Moment(datetime.now(UTC), time.monotonic())


class Lane:
    """One daemon thread that alone touches one hand; what it is given runs in order.

    A raise becomes `HandFailed`. Daemon, because a held read must not delay a restart.
    """

    def __init__(self, hand: HandName, post: Callable[[Happening], None]) -> None:
        """Start the lane of `hand`, reporting failures to `post`."""
        self._hand, self._post = hand, post
        self._work: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        self._thread = threading.Thread(target=self._run, name=f"lane-{hand}", daemon=True)
        self._thread.start()

    def put(self, job: Callable[[], None]) -> None:
        """Have `job` run on the lane after what was put before."""
        self._work.put(job)

    def close(self, patience_s: float) -> bool:
        """End the lane after its present work; return whether it ended within `patience_s`."""
        self._work.put(None)
        self._thread.join(patience_s)
        return not self._thread.is_alive()

    def _run(self) -> None:
        while (job := self._work.get()) is not None:
            try:
                job()
            except Exception as fault:  # a hand must never take its lane with it
                log.exception("hand=%s failed", self._hand)
                self._post(
                    HandFailed(hand=self._hand, why=f"{type(fault).__name__}: {fault}"[:300])
                )


class Reactor:
    """Run `decide` over the events that come, one at a time, and hand out its orders."""

    def __init__(
        self,
        obey: Callable[[Ask], None],
        journal: Journal,
        now: Callable[[], Moment] = moment,
    ) -> None:
        """Hold the hands' `obey`, the journal and the clocks; nothing runs before `run`."""
        self._obey, self._journal, self.now = obey, journal, now
        self._inbox: asyncio.Queue[tuple[Happening, asyncio.Future[Decision] | None]]
        self._inbox = asyncio.Queue()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._early: SimpleQueue[Happening] = SimpleQueue()
        self._timer: asyncio.TimerHandle | None = None
        self._watchers: set[asyncio.Event] = set()
        self.desk = Desk()
        self.air: Air | None = None
        self.turns = 0

    def post(self, event: Happening) -> None:
        """Take `event` from any thread; returns at once."""
        loop = self._loop
        if loop is None:
            self._early.put(event)
            return
        with contextlib.suppress(RuntimeError):  # the loop is gone: so is what would answer
            loop.call_soon_threadsafe(self._inbox.put_nowait, (event, None))

    async def submit(self, event: Happening) -> Decision:
        """Return the decision on `event`, for coroutines of the page."""
        answer: asyncio.Future[Decision] = asyncio.get_running_loop().create_future()
        self._inbox.put_nowait((event, answer))
        return await answer

    @contextlib.contextmanager
    def watched(self) -> Iterator[asyncio.Event]:
        """Give an `asyncio.Event` that is set after every turn, for live pages."""
        bell = asyncio.Event()
        self._watchers.add(bell)
        try:
            yield bell
        finally:
            self._watchers.discard(bell)

    async def run(self) -> None:
        """Take events one at a time until cancelled."""
        self._loop = asyncio.get_running_loop()
        while not self._early.empty():
            self._inbox.put_nowait((self._early.get(), None))
        while True:
            event, answer = await self._inbox.get()
            decision = self._turn(event)
            if answer is not None and not answer.done():
                answer.set_result(decision)

    def _turn(self, event: Happening) -> Decision:
        now, before = self.now(), self.desk
        decision = decide(before, event, now)
        self.desk = decision.desk
        for order in decision.orders:
            self._obey(order)
        self._journal.record(before, now, event, decision)
        self._say_change(decision.air)
        self.air = decision.air
        self.turns += 1
        self._nap(decision.wake_in_s)
        for bell in self._watchers:
            bell.set()
        return decision

    def _say_change(self, air: Air) -> None:
        was = self.air
        if was is None or (was.claim.key, was.sounding) != (air.claim.key, air.sounding):
            log.info(
                "air=%s key=%s until=%s because=%s",
                air.claim.rank.name.lower(),
                air.claim.key,
                air.until.isoformat(timespec="seconds"),
                air.claim.why,
            )

    def _nap(self, wake_in_s: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
        nap_s = min(max(wake_in_s, 0.0005), MAX_NAP_S)
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(nap_s, self._inbox.put_nowait, (Ticked(), None))

    def close(self) -> None:
        """Stop waking and close the journal; idempotent."""
        if self._timer is not None:
            self._timer.cancel()
        self._journal.close()
