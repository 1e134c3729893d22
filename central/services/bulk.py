"""Verbs of orders to many appliances: say it once, have it go out a few at a time, see what came of each.

Law of the room: the order and its targets are rows; whoever holds the lease sends the next few and counts them sent
in the very transaction that seals them, so that a kill loses nothing and sends nothing twice. Rights are asked where
each appliance stands, when the order is given and again when it is sent.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

import msgspec
from sqlalchemy import ColumnElement, Select, and_, func, insert, or_, select, update

from central.db.care import BulkOrderRow, BulkTargetRow
from central.db.fleet import DeviceLogRow, DeviceRow
from central.db.people import PersonRow
from central.domain.bulk import (
    LIFE,
    MOST_PER_S,
    MOST_TARGETS,
    USUAL_PER_S,
    BulkPhase,
    BulkState,
    Sending,
    TargetState,
    action_words,
    right_for,
)
from central.domain.care_sought import Sought
from central.domain.errors import Forbidden, NotFound, Unacceptable
from central.domain.people import Person, Right
from central.services.care_conditions import any_of
from central.services.care_list import sought_ids
from central.services.commands import seal_order
from central.services.people import grants_of
from central.services.sites import rows_changed
from central.services.unit import House, Unit
from contract.documents import Action

LEASE: Final = timedelta(seconds=30)
TURN_S: Final = 2.0
MOST_AT_ONCE: Final = 20  # an alarm waits behind one such turn at most
_ACTIONS: Final = msgspec.json.Decoder(Action)
_ENCODER: Final = msgspec.json.Encoder()
_ITS_LOG: Final = and_(
    DeviceLogRow.device == BulkTargetRow.device,
    DeviceLogRow.counter == BulkTargetRow.counter,
    DeviceLogRow.parcel.is_not(None),
)


class BulkDraft(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An order to many: to `devices` by name, or else to what the filter `query` seeks; so many a second."""

    action: Action
    devices: tuple[str, ...] = ()
    query: str | None = None
    per_s: int = USUAL_PER_S


class Counted(msgspec.Struct, frozen=True):
    """What an order would reach: appliances it may go to, and those where the person lacks the right."""

    targets: tuple[str, ...]
    forbidden: int


def count_targets(
    unit: Unit,
    action: Action,
    *,
    devices: Sequence[str] = (),
    sought: Sought | None = None,
    who: Person,
    now: datetime,
) -> Counted:
    """Return which appliances an order would go to; raises `Unacceptable` when there are none, or too many."""
    if sought is not None:
        found = sought_ids(unit, sought, who=who, now=now, limit=MOST_TARGETS + 1)
    else:
        found = _named(unit, devices, who)
    if len(found) > MOST_TARGETS:
        msg = f"Một lệnh gửi được tới {MOST_TARGETS} cụm loa; hãy lọc hẹp lại."
        raise Unacceptable(msg, "too-many")
    right = right_for(action)
    may = tuple(device for device, area in found if who.may(right, area))
    if not found:
        raise Unacceptable("Không có cụm loa nào khớp; hãy chọn lại.", "no-device")
    return Counted(may, len(found) - len(may))


def order_bulk(
    unit: Unit,
    action: Action,
    targets: Sequence[str],
    *,
    per_s: int = USUAL_PER_S,
    who: Person,
    now: datetime,
) -> BulkState:
    """Write down an order to these appliances; it goes out by itself from here on.

    Raises `Forbidden` unless the person may order that wherever one of them stands.
    """
    if not 1 <= per_s <= MOST_PER_S:
        raise Unacceptable(f"Mỗi giây gửi từ 1 đến {MOST_PER_S} cụm loa.", "bad-pace")
    if not 1 <= len(set(targets)) <= MOST_TARGETS:
        raise Unacceptable(f"Hãy chọn từ 1 đến {MOST_TARGETS} cụm loa.", "no-device")
    right = right_for(action)
    places = _areas(unit, targets)
    for device in targets:
        if device not in places:
            raise NotFound(f"Không có cụm loa {device[:16]}.", "no-device")
        who.require(right, places[device])
    row = BulkOrderRow(
        asked=now,
        asked_by=who.name,
        person_id=who.id,
        action=_ENCODER.encode(action),
        words=action_words(action),
        total=len(places),
        per_s=per_s,
        state=BulkPhase.SENDING.value,
    )
    unit.session.add(row)
    unit.session.flush()
    waiting = [
        {
            "bulk": row.id,
            "device": device,
            "place": place,
            "state": Sending.WAITING.value,
            "counter": 0,
            "why": "",
        }
        for place, device in enumerate(dict.fromkeys(targets))
    ]
    unit.session.execute(insert(BulkTargetRow), waiting)
    what = f"{row.id} {row.words} {row.total}"
    area = next(iter(sorted(places.values(), key=len)))
    unit.note(who, "bulk", what, now=now, area=area, subject=str(row.id))
    return _bulk(unit, row)


def stop_bulk(unit: Unit, number: int, *, who: Person, now: datetime) -> BulkState:
    """Send no more of an order; what is out stays out. Its giver may, and who administers every place of it."""
    row = _row(unit, number)
    if row.person_id != who.id and not _administers(unit, row, who):
        raise Forbidden(f"Lệnh này của {row.asked_by}; chỉ người đó hoặc quản trị dừng được.")
    dropping = (
        update(BulkTargetRow)
        .where(BulkTargetRow.bulk == number, BulkTargetRow.state == Sending.WAITING.value)
        .values(state=Sending.DROPPED.value, why=f"{who.name} đã dừng lệnh")
    )
    if rows_changed(unit, dropping) or row.state == BulkPhase.SENDING.value:
        row.state, row.ended = BulkPhase.STOPPED.value, now
        unit.note(who, "bulk-stop", f"{number} {row.words}", now=now, subject=str(number))
    return _bulk(unit, row)


def list_bulk(
    unit: Unit, *, who: Person, before: int | None = None, limit: int = 20
) -> tuple[BulkState, ...]:
    """Return the orders to many that reach into the areas this person may view, newest first."""
    query = select(BulkOrderRow).where(_reaches(who))
    if before is not None:
        query = query.where(BulkOrderRow.id < before)
    rows = unit.session.scalars(
        query.order_by(BulkOrderRow.id.desc()).limit(min(max(limit, 1), 100))
    )
    return tuple(_bulk(unit, row) for row in rows)


def bulk_named(unit: Unit, number: int, *, who: Person) -> BulkState:
    """Return one order to many; raises `NotFound` where none of it lies in the areas this person may view."""
    query = select(BulkOrderRow).where(BulkOrderRow.id == number, _reaches(who))
    row = unit.session.scalar(query)
    if row is None:
        raise NotFound(f"Không có lệnh hàng loạt số {number}.", "no-bulk")
    return _bulk(unit, row)


def bulk_targets(
    unit: Unit,
    number: int,
    *,
    who: Person,
    state: Sending | None = None,
    after: int = -1,
    limit: int = 100,
) -> tuple[tuple[int, TargetState], ...]:
    """Return the appliances of an order in sending order with their place: go on with `after` the last place."""
    query = (
        select(BulkTargetRow, DeviceRow.name, DeviceRow.area, DeviceLogRow.taken)
        .join(DeviceRow, DeviceRow.id == BulkTargetRow.device)
        .outerjoin(DeviceLogRow, _ITS_LOG)
        .where(BulkTargetRow.bulk == number, BulkTargetRow.place > after)
        .where(any_of(who.areas(Right.VIEW)))
    )
    if state is not None:
        query = query.where(BulkTargetRow.state == state.value)
    rows = unit.session.execute(query.order_by(BulkTargetRow.place).limit(min(max(limit, 1), 500)))
    return tuple((row.place, _target(row, name, area, logs)) for row, name, area, logs in rows)


def send_bulk(house: House, *, now: datetime, most_turns: int = 50) -> int:
    """Send what is due of every order, a few at a time, and close those whose answers are due; return how many."""
    sent = 0
    for _ in range(most_turns):
        with house.reading() as unit:
            due = unit.session.scalars(_due(now).limit(1)).first()
        if due is None:
            break
        sent += _send_some(house, due.id, now)
    _close(house, now)
    return sent


def _due(now: datetime) -> Select[BulkOrderRow]:
    free = or_(BulkOrderRow.leased_until.is_(None), BulkOrderRow.leased_until <= now)
    query = select(BulkOrderRow).where(BulkOrderRow.state == BulkPhase.SENDING.value, free)
    return query.order_by(BulkOrderRow.id)


def _send_some(house: House, number: int, now: datetime) -> int:
    """Seal the order for the next appliances, and say from when the next may go: the lease is the pace, too."""
    with house.writing() as unit:
        row = unit.session.get_one(BulkOrderRow, number)
        count = min(max(1, round(row.per_s * TURN_S)), MOST_AT_ONCE)
        pause = timedelta(seconds=count / row.per_s)
        free = or_(BulkOrderRow.leased_until.is_(None), BulkOrderRow.leased_until <= now)
        taking = update(BulkOrderRow).where(
            BulkOrderRow.id == number, BulkOrderRow.state == BulkPhase.SENDING.value, free
        )
        if not rows_changed(unit, taking.values(leased_until=now + pause)):
            return 0
        unit.take_turn()
        action = _ACTIONS.decode(row.action)
        who = _giver(unit, row)
        targets = unit.session.scalars(
            select(BulkTargetRow)
            .where(BulkTargetRow.bulk == number, BulkTargetRow.state == Sending.WAITING.value)
            .order_by(BulkTargetRow.place)
            .limit(count)
        ).all()
        for target in targets:
            _send_one(unit, row, target, action, who, now)
        left = select(BulkTargetRow.device).where(
            BulkTargetRow.bulk == number, BulkTargetRow.state == Sending.WAITING.value
        )
        unit.session.flush()
        if unit.session.scalar(left.limit(1)) is None:
            row.state, row.leased_until = BulkPhase.WAITING.value, now + LIFE
        return len(targets)


def _send_one(
    unit: Unit,
    row: BulkOrderRow,
    target: BulkTargetRow,
    action: Action,
    who: Person | None,
    now: datetime,
) -> None:
    device = unit.session.get_one(DeviceRow, target.device)
    if device.retired:
        target.state, target.why = Sending.DROPPED.value, "đã thu hồi"
    elif who is None or not who.may(right_for(action), device.area):
        target.state, target.why = Sending.DROPPED.value, f"{row.asked_by} không còn quyền ở đây"
    else:
        target.counter = seal_order(unit, device, action, by=row.asked_by, now=now)
        target.state, target.sent = Sending.SENT.value, now


def _close(house: House, now: datetime) -> None:
    """Say of what was not answered in five minutes that it was not; an order without open ends is over."""
    with house.reading() as unit:
        waiting = set(
            unit.session.scalars(
                select(BulkOrderRow.id).where(BulkOrderRow.state == BulkPhase.WAITING.value)
            )
        )
        stale = (
            select(BulkTargetRow.bulk)
            .where(BulkTargetRow.state == Sending.SENT.value, BulkTargetRow.sent <= now - LIFE)
            .where(BulkTargetRow.bulk.in_(_unended(now)))
        )
        waiting |= set(unit.session.scalars(stale.distinct()))
    for number in sorted(waiting):
        with house.writing() as unit:
            unit.session.execute(
                update(BulkTargetRow)
                .where(BulkTargetRow.bulk == number, BulkTargetRow.state == Sending.SENT.value)
                .where(BulkTargetRow.sent <= now - LIFE)
                .values(state=Sending.UNANSWERED.value, why="không trả lời trong 5 phút")
            )
            still = select(BulkTargetRow.device).where(
                BulkTargetRow.bulk == number,
                BulkTargetRow.state.in_((Sending.SENT.value, Sending.WAITING.value)),
            )
            if unit.session.scalar(still.limit(1)) is None:
                row = unit.session.get_one(BulkOrderRow, number)
                if row.state == BulkPhase.WAITING.value:
                    row.state, row.ended = BulkPhase.OVER.value, now


def _giver(unit: Unit, row: BulkOrderRow) -> Person | None:
    """Return who gave an order with the rights that they hold now, None for somebody who is no longer here."""
    giver = unit.session.get(PersonRow, row.person_id)
    if giver is None or giver.disabled:
        return None
    return Person(id=giver.id, name=giver.name, grants=grants_of(unit, giver.id))


def _unended(now: datetime) -> Select[int]:
    return select(BulkOrderRow.id).where(BulkOrderRow.asked > now - timedelta(days=1))


def _named(unit: Unit, devices: Sequence[str], who: Person) -> tuple[tuple[str, str], ...]:
    """Return (id, area) of those of these appliances that the person may view and that are in service."""
    places = _areas(unit, devices[: MOST_TARGETS + 1])
    return tuple((d, a) for d, a in places.items() if who.may(Right.VIEW, a))


def _areas(unit: Unit, devices: Sequence[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for first in range(0, len(devices), 500):
        query = select(DeviceRow.id, DeviceRow.area).where(
            DeviceRow.id.in_(devices[first : first + 500]), DeviceRow.retired.is_(False)
        )
        found |= dict(unit.session.execute(query).all())
    return found


def _administers(unit: Unit, row: BulkOrderRow, who: Person) -> bool:
    query = (
        select(DeviceRow.area)
        .join(BulkTargetRow, BulkTargetRow.device == DeviceRow.id)
        .where(BulkTargetRow.bulk == row.id)
        .distinct()
    )
    return all(who.may(Right.ADMINISTER, area) for area in unit.session.scalars(query))


def _reaches(who: Person) -> ColumnElement[bool]:
    inside = (
        select(BulkTargetRow.bulk)
        .join(DeviceRow, DeviceRow.id == BulkTargetRow.device)
        .where(BulkTargetRow.bulk == BulkOrderRow.id, any_of(who.areas(Right.VIEW)))
    )
    return inside.exists()


def _row(unit: Unit, number: int) -> BulkOrderRow:
    row = unit.session.get(BulkOrderRow, number)
    if row is None:
        raise NotFound(f"Không có lệnh hàng loạt số {number}.", "no-bulk")
    return row


def _bulk(unit: Unit, row: BulkOrderRow) -> BulkState:
    counted = (
        select(BulkTargetRow.state, func.count())
        .where(BulkTargetRow.bulk == row.id)
        .group_by(BulkTargetRow.state)
    )
    counts: dict[str, int] = dict(unit.session.execute(counted).all())
    return BulkState(
        id=row.id,
        asked=row.asked,
        asked_by=row.asked_by,
        words=row.words,
        total=row.total,
        per_s=row.per_s,
        phase=BulkPhase(row.state),
        counts={state.value: counts.get(state.value, 0) for state in Sending},
        ended=row.ended,
    )


def _target(row: BulkTargetRow, name: str, area: str, logs: datetime | None) -> TargetState:
    return TargetState(
        device=row.device,
        name=name,
        area=area,
        state=Sending(row.state),
        counter=row.counter,
        sent=row.sent,
        answered=row.answered,
        why=row.why,
        logs_taken=logs,
    )
