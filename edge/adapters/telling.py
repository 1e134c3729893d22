"""What one report can hold: orders to tell cut into records, and records gathered again.

Law of the room: pure; sizes and order, no link and no disk.
"""

from typing import Final, TypeVar

import msgspec

from contract.documents import Health, Play, Receipt, Refusal
from edge.core.orders import Tell

T = TypeVar("T")

MOST_OF_EACH: Final = 200
RECORD_OF_EACH: Final = 20


class Record(msgspec.Struct, frozen=True, omit_defaults=True):
    """One entry of the spool: a part of what one order told."""

    plays: tuple[Play, ...] = ()
    refusals: tuple[Refusal, ...] = ()
    receipts: tuple[Receipt, ...] = ()
    health: Health | None = None


def decoded(body: bytes, kind: type[T]) -> T | None:
    """Return the value that `body` holds, or None when it is not understood."""
    try:
        return msgspec.json.decode(body, type=kind)
    except msgspec.MsgspecError:
        return None


def records_of(order: Tell) -> list[Record]:
    """Return the order cut into records small enough for any report."""
    step = RECORD_OF_EACH
    longest = max(len(order.plays), len(order.refusals), len(order.receipts))
    if not longest and order.health is None:
        return []
    return [
        Record(
            order.plays[at : at + step],
            order.refusals[at : at + step],
            order.receipts[at : at + step],
            order.health if at == 0 else None,
        )
        for at in range(0, max(longest, 1), step)
    ]


def gather(entries: list[tuple[int, bytes]]) -> tuple[Record, int]:
    """Return as many of the oldest records as one report may hold, as one, and the number of the last.

    Of several healths the newest stands for all. A record that is not understood is left out.
    """
    gathered, through = Record(), 0
    for number, raw in entries:
        record = decoded(raw, Record) or Record()
        grown = Record(
            gathered.plays + record.plays,
            gathered.refusals + record.refusals,
            gathered.receipts + record.receipts,
            record.health or gathered.health,
        )
        if through and max(map(len, (grown.plays, grown.refusals, grown.receipts))) > MOST_OF_EACH:
            break
        gathered, through = grown, number
    return gathered, through
