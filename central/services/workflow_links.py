"""Which slot holds which content, kept beside the slots so that a page of contents costs one question.

Law of the room: the link is written in the same transaction as the slot, by the mapper itself: whoever changes a
`SlotRow` through its session keeps it true. `mend_links` finds the slots that came by another way.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Final

import msgspec
from sqlalchemy import Connection, delete, event, exists, insert, select
from sqlalchemy.orm import Mapper

from central.db.broadcast import SlotRow
from central.db.workflow import SlotContentRow
from central.domain.workflow_facts import last_day_of
from central.services.unit import Unit
from contract.documents import Slot

_DECODER: Final = msgspec.json.Decoder(Slot)
MENDED_AT_ONCE: Final = 2_000


def named_by(body: bytes | None) -> tuple[Slot | None, frozenset[str]]:
    """Return a slot from its bytes and what it plays: contents and live source, by the names of their approvals."""
    if body is None:
        return None, frozenset()
    slot = _DECODER.decode(body)
    live = set() if slot.live is None else {slot.live.approved_as}
    return slot, frozenset({*slot.items, *live})


def mend_links(unit: Unit) -> int:
    """Link the slots that have no link yet, some at a time; return how many were looked at."""
    linked = exists().where(SlotContentRow.slot == SlotRow.id)
    rows = unit.session.scalars(
        select(SlotRow).where(~linked).order_by(SlotRow.id).limit(MENDED_AT_ONCE)
    ).all()
    links = [link for row in rows for link in _links(row)]
    if links:
        unit.session.execute(insert(SlotContentRow), links)
    return len(rows)


def _links(row: SlotRow) -> list[Mapping[str, object]]:
    drafted, in_draft = named_by(row.draft)
    published, in_published = named_by(row.published)
    ends = [last_day_of(slot) for slot in (drafted, published) if slot is not None]
    known = [end for end in ends if end is not None]
    last_day = max(known) + timedelta(days=1) if known and len(known) == len(ends) else None
    return [
        {
            "slot": row.id,
            "sha256": sha256,
            "area": row.area,
            "drafted": sha256 in in_draft,
            "published": sha256 in in_published,
            "last_day": last_day,
        }
        for sha256 in sorted(in_draft | in_published)
    ]


@event.listens_for(SlotRow, "after_insert")
@event.listens_for(SlotRow, "after_update")
def _relink(_: Mapper[SlotRow], connection: Connection, row: SlotRow) -> None:
    connection.execute(delete(SlotContentRow).where(SlotContentRow.slot == row.id))
    links = _links(row)
    if links:
        connection.execute(insert(SlotContentRow), links)


@event.listens_for(SlotRow, "after_delete")
def _unlink(_: Mapper[SlotRow], connection: Connection, row: SlotRow) -> None:
    connection.execute(delete(SlotContentRow).where(SlotContentRow.slot == row.id))
