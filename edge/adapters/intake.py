"""The intake: from what is told to what lies in the spool.

Law of the room: nothing is lost while the disk takes nothing: the newest words wait in memory. How the appliance
is goes on disk once an hour while central is away; what it is when central is back goes then. For one lane.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Final

import msgspec

from contract.documents import Health
from edge.adapters.segments import Worth
from edge.adapters.spool import Spool
from edge.adapters.telling import records_of
from edge.core.orders import Tell

WAITING_BYTES: Final = (
    2_000_000  # in memory while the disk takes nothing: some weeks of a busy commune
)
HEALTH_EVERY_S: Final = 3_600.0
LEAST_FIRST: Final = tuple(Worth)


class Waiting(msgspec.Struct, frozen=True):
    """Records of one worth that the disk has not taken yet."""

    records: tuple[bytes, ...]
    at_s: int
    worth: Worth

    @property
    def size_bytes(self) -> int:
        """Return how much memory the records take."""
        return sum(map(len, self.records))


class Intake:
    """Puts orders to tell into the spool, in order."""

    def __init__(
        self, spool: Spool, wall: Callable[[], datetime], mono: Callable[[], float]
    ) -> None:
        self._spool = spool
        self._wall = wall
        self._mono = mono
        self._waiting: list[Waiting] = []
        self._held: Health | None = None
        self._health_s = -HEALTH_EVERY_S

    @property
    def is_empty(self) -> bool:
        """Return whether all that was told lies in the spool."""
        return not self._waiting

    def take(self, order: Tell, *, away: bool) -> None:
        """Spool what is told, with all that waited; thinned while central is `away`. Raises `StorageFailed`."""
        self._put_in_line(self._thinned(order) if away else order)
        self._spool_all()

    def release(self) -> None:
        """Spool the health that was held back: central is there again. Raises `StorageFailed`."""
        if self._held is not None:
            held, self._held = self._held, None
            self.take(Tell(health=held), away=False)

    def _thinned(self, order: Tell) -> Tell:
        if order.health is None:
            return order
        if self._mono() - self._health_s < HEALTH_EVERY_S:
            self._held = order.health
            return msgspec.structs.replace(order, health=None)
        self._held, self._health_s = None, self._mono()
        return order

    def _put_in_line(self, order: Tell) -> None:
        """Have what is told wait for the disk; of too much the oldest of the least worth is left out."""
        told = records_of(order)
        if not told:
            return
        at_s = int(self._wall().timestamp())
        for worth, records in told:
            self._waiting.append(Waiting(tuple(map(msgspec.json.encode, records)), at_s, worth))
        while sum(one.size_bytes for one in self._waiting) > WAITING_BYTES:
            least = min(self._waiting, key=lambda one: LEAST_FIRST.index(one.worth))
            self._waiting.remove(least)

    def _spool_all(self) -> None:
        while self._waiting:
            first = self._waiting[0]
            self._spool.append(first.records, first.at_s, first.worth)
            del self._waiting[0]
