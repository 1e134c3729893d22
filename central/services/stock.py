"""What programmes are compiled from, read in one go."""

from datetime import datetime

from sqlalchemy import select

from central.db.broadcast import ContentRow
from central.db.people import AreaRow
from central.domain.compiling import Stock
from central.services.approvals import approvals_of
from central.services.contents import as_listed
from central.services.slots import bodies_by_area
from central.services.unit import Unit


def stock_of(
    unit: Unit, *, now: datetime, areas: set[str] | None = None, drafts_at: set[str] | None = None
) -> Stock:
    """Return the published slots of `areas` (all when None), drafts for those in `drafts_at`, and the library."""
    wanted = areas if areas is not None else set(unit.session.scalars(select(AreaRow.path)))
    slots = bodies_by_area(unit, wanted, drafts_at=drafts_at)
    return Stock(
        slots=slots,
        contents={row.sha256: as_listed(row) for row in unit.session.scalars(select(ContentRow))},
        approvals=approvals_of(unit, now=now),
        today=now.date(),
    )
