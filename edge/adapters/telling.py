"""What one report can hold: orders to tell cut into records, and records gathered again.

Law of the room: pure; sizes, order and worth, no link and no disk. Proof of what sounded outlives everything;
how the appliance was an hour ago is the first that may go.
"""

from typing import Final, TypeVar

import msgspec

from contract.documents import Health, LocalWarning, Play, Readiness, Receipt, Refusal
from edge.adapters.segments import Worth
from edge.core.orders import Tell

T = TypeVar("T")

MOST: Final = 200  # plays, refusals, receipts of one report, as the contract has it
MOST_LONG: Final = 50  # of readiness and warnings, likewise
RECORD: Final = 20
RECORD_LONG: Final = 3  # one readiness or warning may take 12 kB


class Record(msgspec.Struct, frozen=True, omit_defaults=True):
    """One entry of the spool: a part of what one order told."""

    plays: tuple[Play, ...] = ()
    refusals: tuple[Refusal, ...] = ()
    receipts: tuple[Receipt, ...] = ()
    readiness: tuple[Readiness, ...] = ()
    warnings: tuple[LocalWarning, ...] = ()
    health: Health | None = None

    def joined(self, later: "Record") -> "Record":
        """Return both in one; of two healths the later."""
        return Record(
            self.plays + later.plays,
            self.refusals + later.refusals,
            self.receipts + later.receipts,
            self.readiness + later.readiness,
            self.warnings + later.warnings,
            later.health or self.health,
        )

    def fits(self) -> bool:
        """Return whether one report may hold all of it."""
        short = max(map(len, (self.plays, self.refusals, self.receipts)))
        return short <= MOST and max(len(self.readiness), len(self.warnings)) <= MOST_LONG


def decoded(body: bytes, kind: type[T]) -> T | None:
    """Return the value that `body` holds, or None when it is not understood."""
    try:
        return msgspec.json.decode(body, type=kind)
    except msgspec.MsgspecError:
        return None


def records_of(order: Tell) -> list[tuple[Worth, tuple[Record, ...]]]:
    """Return the order cut into records small enough for any report, by worth, the most worth first."""
    lasting = [Record(plays=some) for some in _cut(order.plays, RECORD)]
    lasting += [Record(warnings=some) for some in _cut(order.warnings, RECORD_LONG)]
    useful = [Record(refusals=some) for some in _cut(order.refusals, RECORD)]
    useful += [Record(receipts=some) for some in _cut(order.receipts, RECORD)]
    useful += [Record(readiness=some) for some in _cut(order.readiness, RECORD_LONG)]
    passing = [] if order.health is None else [Record(health=order.health)]
    by_worth = ((Worth.LASTING, lasting), (Worth.USEFUL, useful), (Worth.PASSING, passing))
    return [(worth, tuple(records)) for worth, records in by_worth if records]


def gather(entries: list[tuple[int, bytes]]) -> tuple[Record, int]:
    """Return as many of the oldest records as one report may hold, as one, and the number of the last.

    Of several healths the newest stands for all. A record that is not understood is left out.
    """
    gathered, through = Record(), 0
    for number, raw in entries:
        grown = gathered.joined(decoded(raw, Record) or Record())
        if through and not grown.fits():
            break
        gathered, through = grown, number
    return gathered, through


def _cut(whole: tuple[T, ...], step: int) -> list[tuple[T, ...]]:
    return [whole[at : at + step] for at in range(0, len(whole), step)]
