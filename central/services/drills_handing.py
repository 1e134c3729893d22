"""The verb that hands out drills in their hour.

Law of the room: what was signed ahead is verified again when its hour comes, and handed out once, by the very verb that
hands out a warning.
"""

from datetime import datetime

from sqlalchemy import select

from central.db.drills import DrillRow
from central.domain.drills import DrillState
from central.domain.errors import CentralError
from central.services.alarms import take_announcement
from central.services.unit import House
from contract import trust
from contract.errors import Refused


def hand_out(house: House, *, now: datetime) -> int:
    """Hand out every drill whose hour has come, each in its own transaction; return how many."""
    with house.reading() as unit:
        due = unit.session.scalars(
            select(DrillRow.id)
            .where(DrillRow.state.in_([DrillState.WAITING.value, DrillState.READY.value]))
            .where(DrillRow.sent <= now)
            .order_by(DrillRow.sent, DrillRow.id)
        ).all()
    return sum(_handed(house, drill, now) for drill in due)


def _handed(house: House, drill: str, now: datetime) -> bool:
    """Hand out one drill; another process that comes for it meanwhile waits, and then finds it handed out."""
    with house.writing() as unit:
        unit.take_turn()
        row = unit.session.get(DrillRow, drill, with_for_update=True)
        if row is None or row.state not in {DrillState.WAITING.value, DrillState.READY.value}:
            return False
        if (why := _missed(row, now)) is None:
            try:
                trust.verify_for_central(house.keyring.current(), row.envelope, now)
                with unit.session.begin_nested():
                    take_announcement(unit, row.envelope, who=None, now=now)
            except (Refused, CentralError) as fault:
                why = f"{fault}"[:500]
        if why is not None:
            row.state, row.why = DrillState.LOST.value, why
            return False
        row.state, row.handed = DrillState.HANDED.value, now
    return True


def _missed(row: DrillRow, now: datetime) -> str | None:
    """Return why a drill whose hour has come cannot be handed out any more."""
    if row.state == DrillState.WAITING.value:
        return "Đến giờ mà chưa đủ chữ ký."
    return "Máy chủ không chạy trong giờ diễn tập." if row.expires <= now else None
