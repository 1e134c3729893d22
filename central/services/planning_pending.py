"""What publishing would change, before anything is changed.

Law of the room: reads only; what counts as a change is decided by `central.domain.planning_diff`.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime

import msgspec
from sqlalchemy import func, or_, select

from central.db.broadcast import ProgrammeContentRow, SlotRow
from central.db.fleet import DeviceRow
from central.domain.compiling import Stock
from central.domain.people import Person, Right
from central.domain.planning_diff import (
    MAX_SLOTS_KEPT,
    PublicationDiff,
    changes,
    fetches_of,
    touched_of,
)
from central.services.areas import area_named, at_or_below, with_predecessors
from central.services.publishing_tasks import Work, drafts_of, work_of
from central.services.stock import areas_with, stock_of
from central.services.unit import Unit
from contract.documents import Slot

MAX_WARNINGS_KEPT = 100
MAX_FETCHES_KEPT = 200
_DECODER = msgspec.json.Decoder(Slot)


def pending_diff(
    unit: Unit, area: str, *, who: Person | None, now: datetime
) -> tuple[PublicationDiff, Work]:
    """Return what `publish` of this area would change, and the work; raises as `publish` does."""
    if who is not None:
        who.require(Right.VIEW, area)
    area_named(unit, area)
    drafts = drafts_of(unit, area)
    stock = stock_of(
        unit, now=now, areas=areas_with(unit, area), drafts_at={row.area for row in drafts}
    )
    work = work_of(unit, stock, area)
    return diff_of(unit, area, drafts, stock, work), work


def diff_of(
    unit: Unit, area: str, drafts: Iterable[SlotRow], stock: Stock, work: Work
) -> PublicationDiff:
    """Return the change that this work is."""
    edited = [row for row in drafts if row.draft != row.published]
    slots = changes(
        {r.id: (r.area, _DECODER.decode(r.published)) for r in edited if r.published is not None},
        {r.id: (r.area, _DECODER.decode(r.draft)) for r in edited if r.draft is not None},
    )
    wanted: dict[tuple[str, str], int] = {}
    for where, body, count in work.told:
        for content in body.contents:
            key = (where, content.sha256)
            wanted[key] = wanted.get(key, 0) + count
    listed = _listed(unit, area) if work.tasks else wanted
    titles = {s: (content.title, content.size_bytes) for s, content in stock.contents.items()}
    return PublicationDiff(
        slots=slots[:MAX_SLOTS_KEPT],
        slots_in_all=len(slots),
        fetches=fetches_of(wanted, listed, titles)[:MAX_FETCHES_KEPT],
        touched=touched_of(task.area for task in work.tasks),
        changed=len(work.tasks),
        unchanged=work.unchanged,
        warnings=work.warnings[:MAX_WARNINGS_KEPT],
    )


def _listed(unit: Unit, area: str) -> dict[tuple[str, str], int]:
    """Return how many appliances of each area may fetch each content already."""
    inside = [at_or_below(DeviceRow.area, one) for one in with_predecessors(unit, area)]
    query = (
        select(DeviceRow.area, ProgrammeContentRow.sha256, func.count())
        .join(DeviceRow, DeviceRow.id == ProgrammeContentRow.device)
        .where(or_(*inside), DeviceRow.retired.is_(False))
        .group_by(DeviceRow.area, ProgrammeContentRow.sha256)
    )
    return {(where, sha256): count for where, sha256, count in unit.session.execute(query)}


def drafts_at(unit: Unit, area: str) -> int:
    """Return how many slots at or below an area wait to be published."""
    waiting = SlotRow.draft.is_distinct_from(SlotRow.published)
    query = select(func.count()).select_from(SlotRow)
    return unit.session.scalar(query.where(at_or_below(SlotRow.area, area), waiting)) or 0


def devices_at(
    unit: Unit, area: str, *, limit: int = 1_000, only: Sequence[str] | None = None
) -> tuple[tuple[str, str], ...]:
    """Return (id, name) of some appliances in service at or below an area, by name."""
    inside = [at_or_below(DeviceRow.area, one) for one in with_predecessors(unit, area)]
    query = select(DeviceRow.id, DeviceRow.name).where(or_(*inside), DeviceRow.retired.is_(False))
    if only is not None:
        query = query.where(DeviceRow.id.in_(only))
    rows = unit.session.execute(query.order_by(DeviceRow.name, DeviceRow.id).limit(limit))
    return tuple((device, name) for device, name in rows)
