"""Verbs of an appliance's history: read it, and thin what is old.

Law of the room: a day is one row; thinning a day twice is thinning it once.
"""

from datetime import UTC, datetime, time, timedelta
from typing import Final

from sqlalchemy import and_, or_, select, update

from central.db.care import DeviceDayRow
from central.db.fleet import CommandRow, ReceiptRow
from central.domain.care_history import (
    DAY_S,
    FINE_KEPT,
    HOUR_S,
    HOURS_KEPT,
    Bucket,
    pack,
    span_for,
    strip,
    thinned,
    unpack,
)
from central.domain.care_states import History, OrderState
from central.services.unit import House, Unit
from contract.documents import Kind

DAYS_SHOWN: Final = 30
THINNED_AT_ONCE: Final = 500
MOST_PER_RUN: Final = 40_000
FINE_DAYS: Final = 7


def history(unit: Unit, device: str, *, now: datetime, days: int = DAYS_SHOWN) -> History:
    """Return how an appliance was in the last `days` (1 to 366) days; hour by hour for the last seven."""
    days = min(max(days, 1), 366)
    today = now.astimezone(UTC).date()
    query = select(DeviceDayRow.day, DeviceDayRow.span_s, DeviceDayRow.buckets).where(
        DeviceDayRow.device == device, DeviceDayRow.day > today - timedelta(days=days)
    )
    rows = unit.session.execute(query.order_by(DeviceDayRow.day)).all()
    unpacked = [(day, span_s, unpack(data)) for day, span_s, data in rows]
    hours: list[tuple[datetime, Bucket]] = []
    whole = [bucket for _, _, buckets in unpacked for bucket in buckets]
    for day, span_s, buckets in unpacked:
        if today - day < timedelta(days=FINE_DAYS):
            step_s = max(span_s, HOUR_S)
            starts = datetime.combine(day, time(0), UTC)
            hours += [
                (starts + timedelta(seconds=bucket.index * step_s), bucket)
                for bucket in thinned(buckets, span_s, step_s)
            ]
    return History(
        days=strip([(day, buckets) for day, _, buckets in unpacked], now, days),
        levels=tuple((at, b.loudest_dbfs) for at, b in hours if b.loudest_dbfs is not None),
        heat=tuple((at, b.hottest_c) for at, b in hours if b.hottest_c is not None),
        free_mb=tuple((at, float(b.free_mb)) for at, b in hours if b.free_mb is not None),
        mains_out=sum(bucket.mains_out for bucket in whole),
        low_voltage=sum(bucket.low_voltage for bucket in whole),
        clock_bad=sum(bucket.clock_bad for bucket in whole),
    )


def thin(house: House, *, now: datetime) -> int:
    """Keep old days by the hour, very old ones as one; return how many rows became smaller."""
    today = now.astimezone(UTC).date()
    old = or_(
        and_(DeviceDayRow.span_s < HOUR_S, DeviceDayRow.day < today - FINE_KEPT),
        and_(DeviceDayRow.span_s < DAY_S, DeviceDayRow.day < today - HOURS_KEPT),
    )
    done = 0
    while done < MOST_PER_RUN:
        with house.writing() as unit:
            rows = unit.session.scalars(
                select(DeviceDayRow)
                .where(old)
                .order_by(DeviceDayRow.day, DeviceDayRow.device)
                .limit(THINNED_AT_ONCE)
                .with_for_update(skip_locked=True)
            ).all()
            values = []
            for row in rows:
                to_s = span_for(row.day, today)
                data = pack(thinned(unpack(row.buckets), row.span_s, to_s))
                values.append(
                    {"device": row.device, "day": row.day, "span_s": to_s, "buckets": data}
                )
            if values:
                unit.session.execute(update(DeviceDayRow), values)
        done += len(rows)
        if len(rows) < THINNED_AT_ONCE:
            break
    return done


def orders_of(unit: Unit, device: str, *, now: datetime, limit: int = 20) -> tuple[OrderState, ...]:
    """Return the newest commands to an appliance, and whether it has said that it obeyed."""
    rows = unit.session.scalars(
        select(CommandRow)
        .where(CommandRow.device == device)
        .order_by(CommandRow.id.desc())
        .limit(min(max(limit, 1), 200))
    ).all()
    counters = [str(row.counter) for row in rows]
    told = select(ReceiptRow.document, ReceiptRow.at).where(
        ReceiptRow.device == device,
        ReceiptRow.kind == Kind.COMMAND.value,
        ReceiptRow.document.in_(counters),
    )
    answered: dict[str, datetime] = dict(unit.session.execute(told).all())
    found = []
    for row in rows:
        at = answered.get(str(row.counter))
        state = "obeyed" if at is not None else "sent" if row.expires > now else "unanswered"
        found.append(
            OrderState(
                counter=row.counter,
                words=row.action,
                issued=row.issued,
                by=row.sent_by,
                state=state,
                at=at,
            )
        )
    return tuple(found)
