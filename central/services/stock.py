"""What programmes are compiled from, read in one go, and no more of it than is asked for.

Law of the room: reads only.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

from sqlalchemy import or_, select

from central.db.broadcast import ApprovalRow, ContentRow
from central.db.people import AreaRow
from central.domain.compiling import Stock, inherited_from
from central.domain.states import ApprovalState
from central.services.approvals import approval_state
from central.services.areas import at_or_below, successors_of, with_predecessors
from central.services.contents import as_listed
from central.services.slots import bodies_by_area
from central.services.unit import Unit
from contract.documents import Content, Slot

ASKED_AT_ONCE = 500  # names in one question, well below any database's limit


def stock_of(
    unit: Unit, *, now: datetime, areas: set[str] | None = None, drafts_at: set[str] | None = None
) -> Stock:
    """Return the published slots of `areas` (all when None), drafts for those in `drafts_at`, and what they name."""
    wanted = areas if areas is not None else set(unit.session.scalars(select(AreaRow.path)))
    return with_slots(unit, bodies_by_area(unit, wanted, drafts_at=drafts_at), now=now)


def with_slots(unit: Unit, slots: Mapping[str, tuple[Slot, ...]], *, now: datetime) -> Stock:
    """Return the stock of just these slots: their contents, and the approvals of all that they name."""
    every = [slot for found in slots.values() for slot in found]
    items: set[str] = {str(item) for slot in every for item in slot.items}
    lives: set[str] = {str(slot.live.approved_as) for slot in every if slot.live is not None}
    return Stock(
        slots=slots,
        contents=contents_named(unit, items),
        approvals=approvals_named(unit, items | lives, now=now),
        today=now.date(),
        successors=successors_of(unit),
    )


def lineage_here(unit: Unit, area: str) -> tuple[str, ...]:
    """Return the areas whose slots hold at `area`."""
    return inherited_from(area, successors_of(unit))


def areas_with(unit: Unit, area: str) -> set[str]:
    """Return the areas that bear on what is told at or below `area`."""
    inside = or_(*(at_or_below(AreaRow.path, one) for one in with_predecessors(unit, area)))
    successors = successors_of(unit)
    below = {area, *unit.session.scalars(select(AreaRow.path).where(inside))}
    return {above for path in below for above in inherited_from(path, successors)}


def contents_named(unit: Unit, names: Iterable[str]) -> dict[str, Content]:
    """Return those contents of the library as programmes list them."""
    return {
        row.sha256: as_listed(row)
        for some in _chunks(names)
        for row in unit.session.scalars(select(ContentRow).where(ContentRow.sha256.in_(some)))
    }


def approvals_named(
    unit: Unit, names: Iterable[str], *, now: datetime
) -> dict[str, tuple[ApprovalState, ...]]:
    """Return the approvals of those names that still hold, the longest-lived first."""
    found: dict[str, list[ApprovalState]] = {}
    for some in _chunks(names):
        query = select(ApprovalRow).where(ApprovalRow.sha256.in_(some), ApprovalRow.not_after > now)
        for row in unit.session.scalars(query.order_by(ApprovalRow.not_after.desc())):
            found.setdefault(row.sha256, []).append(approval_state(row))
    return {name: tuple(states) for name, states in found.items()}


def _chunks(names: Iterable[str]) -> Iterator[list[str]]:
    listed = sorted(set(names))
    for first in range(0, len(listed), ASKED_AT_ONCE):
        yield listed[first : first + ASKED_AT_ONCE]
