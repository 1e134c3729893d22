"""Which appliances fell silent and which are back, told once each; and old deliveries are forgotten.

Law of the room: what was told stands in a table, so that several processes and a restart tell nothing twice.
"""

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import delete, or_, select

from central.db.fleet import DeviceRow
from central.db.interfaces import DeliveryRow, LostApplianceRow
from central.domain.fleet import LOST_AFTER
from central.domain.webhooks import DeliveryPhase, Event
from central.services.unit import House
from central.services.webhooks import tell_of_many

KEPT: Final = timedelta(days=30)


def tend_webhooks(house: House, now: datetime) -> None:
    """Tell of appliances that were lost or are back, and forget old deliveries; for a chore."""
    with house.writing() as unit:
        unit.session.execute(
            delete(DeliveryRow).where(
                DeliveryRow.created < now - KEPT, DeliveryRow.state != DeliveryPhase.WAITING.value
            )
        )
        columns = select(
            DeviceRow.id, DeviceRow.name, DeviceRow.area, DeviceRow.last_seen, DeviceRow.retired
        )
        told_of = select(LostApplianceRow.device).where(LostApplianceRow.device == DeviceRow.id)
        silent = DeviceRow.last_seen < now - LOST_AFTER
        lost = unit.session.execute(
            columns.where(silent, DeviceRow.retired.is_(False), ~told_of.exists())
        ).all()
        heard = or_(DeviceRow.last_seen >= now - LOST_AFTER, DeviceRow.retired.is_(True))
        back = unit.session.execute(columns.where(heard, told_of.exists())).all()
        for event, rows in ((Event.LOST, lost), (Event.BACK, back)):
            found: list[tuple[str, dict[str, object]]] = [
                (area, {"device": device, "name": name, "area": area, "last_seen": last_seen})
                for device, name, area, last_seen, retired in rows
                if not retired
            ]
            tell_of_many(unit, event, "appliances", found, now=now)
        unit.session.add_all(LostApplianceRow(device=row[0], since=row[3]) for row in lost)
        ended = [row[0] for row in back]
        for first in range(0, len(ended), 500):
            some = LostApplianceRow.device.in_(ended[first : first + 500])
            unit.session.execute(delete(LostApplianceRow).where(some))
