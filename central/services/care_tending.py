"""What the house does for the care of appliances by itself, every hour.

Law of the room: each part is safe to call again; one process at a time does it.
"""

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import delete

from central.db.care import BulkOrderRow
from central.services.alerts import forget_old
from central.services.care import fill_missing, take_lease
from central.services.care_history import thin
from central.services.unit import House

LEASE: Final = timedelta(minutes=30)
BULK_KEPT: Final = timedelta(days=400)


def tend_care(house: House, *, now: datetime) -> None:
    """Fill in what is missing, thin the history, forget alerts and orders that ended more than a year ago."""
    with house.writing() as unit:
        if not take_lease(unit, "tending", LEASE, now=now):
            return
    fill_missing(house)
    thin(house, now=now)
    with house.writing() as unit:
        forget_old(unit, now=now)
        unit.session.execute(delete(BulkOrderRow).where(BulkOrderRow.ended < now - BULK_KEPT))
