"""The lane that takes reports: whatever waits is proven, verified and written together.

Law of the room: on the night of a flood ten thousand appliances tell within seconds that they heard. Token,
signature and nonce of each request are judged as at any other door, but a whole batch costs a handful of questions
and one commit. Nobody is answered before the report is on disk or rejected.
"""

import queue
import threading
import time
from collections.abc import Sequence
from concurrent.futures import Future
from typing import Final

import msgspec

from central.domain.errors import NotSignedIn
from central.services import doors
from central.services.doors import Visitor
from central.services.reports import Answer, take_reports
from central.services.signatures import Asked, Signatures
from central.services.unit import House

MOST_AT_ONCE: Final = 500
# A batch costs some milliseconds whatever its size: those that come close together share one.
GATHER_S: Final = 0.012


class _Handed(msgspec.Struct, frozen=True):
    """A report that waits for its turn, and who waits for the answer."""

    token: str
    asked: Asked
    answer: "Future[Answer]"


class ReportDesk:
    """The lane that takes reports: everything that waits is taken together."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._signatures = Signatures(house)
        self._waiting: queue.SimpleQueue[_Handed | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="reports", daemon=True)
        self._thread.start()

    def submit(self, token: str, asked: Asked) -> "Future[Answer]":
        """Hand in a request that carries a report, and its token.

        The future answers once the report is on disk or rejected; it raises `NotSignedIn`.
        """
        answer: Future[Answer] = Future()
        self._waiting.put(_Handed(token, asked, answer))
        return answer

    def close(self) -> None:
        """Take what still waits, then end."""
        self._waiting.put(None)
        self._thread.join(timeout=30)

    def _run(self) -> None:
        over = False
        while not over:
            batch = []
            item = self._waiting.get()
            until_s = time.monotonic() + GATHER_S
            while item is not None:
                batch.append(item)
                if len(batch) == MOST_AT_ONCE:
                    break
                try:
                    item = self._waiting.get(timeout=max(0.0, until_s - time.monotonic()))
                except queue.Empty:
                    break
            over = item is None
            try:
                self._take(batch)
            except Exception as fault:  # noqa: BLE001  every sender must hear of it
                for handed in batch:
                    if not handed.answer.done():
                        handed.answer.set_exception(fault)

    def _take(self, batch: Sequence[_Handed]) -> None:
        now = self._house.clock()
        proven: list[tuple[_Handed, Visitor]] = []
        for handed, sender in zip(batch, self._senders(batch), strict=True):
            if isinstance(sender, Visitor):
                proven.append((handed, sender))
            else:
                handed.answer.set_exception(sender)
        reports = [(visitor.device, handed.asked.body) for handed, visitor in proven]
        sessions = {visitor.session for _, visitor in proven}
        answers = take_reports(self._house, reports, now=now, sessions=sessions) if proven else []
        for (handed, _), answer in zip(proven, answers, strict=True):
            handed.answer.set_result(answer)

    def _senders(self, batch: Sequence[_Handed]) -> list[Visitor | NotSignedIn]:
        """Return which appliance holds each token and signed each request."""
        now = self._house.clock()
        with self._house.reading() as unit:
            known = doors.visitors_of(unit, {handed.token for handed in batch}, now=now)
        senders = [known[handed.token] for handed in batch]
        found = [
            (handed.asked, sender)
            for handed, sender in zip(batch, senders, strict=True)
            if isinstance(sender, Visitor)
        ]
        judged = iter(self._signatures.prove_visitors(found))
        return [next(judged) if isinstance(one, Visitor) else one for one in senders]
