"""Verbs about alarms of the log: read them, and say why one is no reason to worry.

Law of the room: an alarm is never deleted and never silenced without words; who said them stands beside it. The
person must administer the place of the appliance.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import func, select

from central.db.fleet import DeviceRow
from central.db.ledger import LogAlarmRow
from central.domain.errors import Conflict, NotFound, Unacceptable
from central.domain.people import Person, Right
from central.domain.signed_log import LogAlarmKind, LogAlarmState
from central.services.areas import at_or_below
from central.services.unit import Unit

FEWEST_LETTERS: Final = 5
MOST_LETTERS: Final = 500


def list_log_alarms(
    unit: Unit,
    *,
    device: str | None = None,
    area: str | None = None,
    standing: bool = False,
    limit: int = 200,
) -> tuple[LogAlarmState, ...]:
    """Return the alarms, those that nobody has looked at first, then the newest; `limit` from 1 to 2,000.

    With `standing` only those that nobody has looked at.
    """
    query = select(LogAlarmRow, DeviceRow.name, DeviceRow.area)
    query = query.join(DeviceRow, DeviceRow.id == LogAlarmRow.device)
    if device is not None:
        query = query.where(LogAlarmRow.device == device)
    if area is not None:
        query = query.where(at_or_below(DeviceRow.area, area))
    if standing:
        query = query.where(LogAlarmRow.acknowledged.is_(None))
    query = query.order_by(
        LogAlarmRow.acknowledged.is_not(None), LogAlarmRow.last_seen.desc(), LogAlarmRow.id.desc()
    )
    rows = unit.session.execute(query.limit(min(max(limit, 1), 2_000)))
    return tuple(_state(row, name, where) for row, name, where in rows)


def count_standing(unit: Unit, areas: Sequence[str]) -> int:
    """Return how many alarms at or below these areas nobody has looked at."""
    query = select(func.count()).select_from(LogAlarmRow)
    query = query.join(DeviceRow, DeviceRow.id == LogAlarmRow.device)
    query = query.where(LogAlarmRow.acknowledged.is_(None))
    return sum(
        unit.session.scalar(query.where(at_or_below(DeviceRow.area, area))) or 0 for area in areas
    )


def acknowledge_log_alarms(
    unit: Unit, alarms: Sequence[int], words: str, *, who: Person, now: datetime
) -> int:
    """Write down who looked at these alarms and what they found; return how many. The alarms stay where they are.

    Raises `NotFound`, `Forbidden` unless `who` administers the place, `Unacceptable` for less than a few words, and
    `Conflict` where somebody has already spoken.
    """
    words = " ".join(words.split())
    if not FEWEST_LETTERS <= len(words) <= MOST_LETTERS:
        msg = f"Hãy ghi rõ đã tìm ra điều gì, từ {FEWEST_LETTERS} đến {MOST_LETTERS} chữ cái."
        raise Unacceptable(msg, "no-words")
    if not alarms:
        raise Unacceptable("Hãy chọn ít nhất một cảnh báo.", "no-alarm")
    for number in sorted(set(alarms)):
        row = unit.session.get(LogAlarmRow, number)
        if row is None:
            raise NotFound(f"Không có cảnh báo số {number}.", "no-alarm")
        area = unit.session.get_one(DeviceRow, row.device).area
        who.require(Right.ADMINISTER, area)
        if row.acknowledged is not None:
            msg = f"{row.acknowledged_by} đã ghi nhận cảnh báo này: “{row.words}”."
            raise Conflict(msg, "acknowledged")
        row.acknowledged, row.acknowledged_by, row.words = now, who.name, words
        unit.note(
            who,
            "log-alarm",
            f"{row.device} {row.what} {words}",
            now=now,
            area=area,
            subject=row.device,
        )
    unit.session.flush()
    return len(set(alarms))


def _state(row: LogAlarmRow, name: str, area: str) -> LogAlarmState:
    return LogAlarmState(
        id=row.id,
        device=row.device,
        device_name=name,
        area=area,
        kind=LogAlarmKind(row.kind),
        what=row.what,
        title=row.title,
        why=row.why,
        times=row.times,
        first_at=row.first_at,
        last_at=row.last_at,
        first_seen=row.first_seen,
        last_seen=row.last_seen,
        acknowledged=row.acknowledged,
        acknowledged_by=row.acknowledged_by,
        words=row.words,
    )
