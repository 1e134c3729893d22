"""Verbs that turn slots into sealed programmes.

Law of the room: everything that can be refused is refused before anything is written. The order to publish
is written first, with the drafts it takes over; then appliances are written in small transactions, so that
an alarm never waits behind a publication. An order that was cut off is taken up again at the next start.
"""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta

import msgspec
from sqlalchemy import delete, insert, select, update

from central.db.broadcast import (
    ProgrammeContentRow,
    ProgrammeRow,
    PublicationRow,
    SlotRow,
)
from central.db.fleet import DeviceRow
from central.domain.areas import lineage
from central.domain.compiling import Body, Place, Stock, compile_body
from central.domain.errors import Unacceptable
from central.domain.people import Person, Right
from central.domain.states import Published
from central.services import transparency
from central.services.areas import area_named, at_or_below
from central.services.stock import stock_of
from central.services.unit import SYSTEM, House, Unit
from central.signing import Sealed
from contract.documents import DeviceId, Kind, Programme
from contract.errors import Refused

LIFE = timedelta(days=30)
FRESH = timedelta(days=14)
RENEW_AFTER = timedelta(days=7)
DEVICES_PER_WRITE = 50
MAX_WARNINGS = 50
_HINT = msgspec.json.encode({"kind": Kind.PROGRAMME.value})


class _Task(msgspec.Struct, frozen=True, kw_only=True):
    """One appliance to be told something new: `version` is what it has now, 0 for none."""

    device: str
    epoch: int
    time_zone: str
    version: int
    body: Body
    body_sha256: str


def publish(house: House, area: str, *, who: Person | None, now: datetime) -> Published:
    """Send the drafts of `area` and below to their appliances; only those whose programme changes are written.

    Raises `Unacceptable` before anything is written when an appliance would be told more than it can hold.
    """
    with house.publishing:
        with house.reading() as unit:
            if who is not None:
                who.require(Right.PUBLISH, area)
            area_named(unit, area)
            drafts = drafts_of(unit, area)
            stock = stock_of(unit, now=now, drafts_at={slot.area for slot in drafts})
            _, warnings = tasks_of(unit, stock, area)
            _check_area_alone(stock, area)
        with house.writing() as unit:
            _promote(unit, drafts)
            order = PublicationRow(area=area, asked=now, asked_by=who.name if who else SYSTEM)
            unit.session.add(order)
            unit.session.flush()
            unit.note(who, "publish", area, now=now)
        return _carry_out(house, order.id, area, warnings, now)


def resume_publications(house: House, *, now: datetime) -> int:
    """Take up again the publications that a stop cut off; return how many there were."""
    with house.publishing:
        with house.reading() as unit:
            cut_off = unit.session.scalars(
                select(PublicationRow).where(PublicationRow.done.is_(None))
            ).all()
        for order in cut_off:
            _carry_out(house, order.id, order.area, (), now)
        return len(cut_off)


def renew_programmes(house: House, *, now: datetime) -> int:
    """Issue again the programmes that are a week old, long before they run out; return how many."""
    with house.publishing:
        with house.reading() as unit:
            old = select(ProgrammeRow.device).where(ProgrammeRow.issued < now - RENEW_AFTER)
            devices = set(unit.session.scalars(old))
            stock = stock_of(unit, now=now)
            tasks, _ = tasks_of(unit, stock, None, only=devices, anew=True)
        for chunk in _chunks(tasks):
            _write(house, chunk, now, hint=True)
        return len(tasks)


def republish_device(unit: Unit, device: str, *, now: datetime) -> None:
    """Give one appliance what is already published for its area, in the caller's transaction."""
    row = unit.session.get_one(DeviceRow, device)
    stock = stock_of(unit, now=now, areas=set(lineage(row.area)))
    tasks, _ = tasks_of(unit, stock, None, only={device})
    for task in tasks:
        if task.version or task.body.slots:
            _keep(unit, [(task, _sealed(unit.house, task, now))], now)
            unit.post(Kind.PROGRAMME.value, "changed", _HINT, now=now, device=device)


def _carry_out(
    house: House, order: int, area: str, warnings: tuple[str, ...], now: datetime
) -> Published:
    with house.reading() as unit:
        tasks, _ = tasks_of(unit, stock_of(unit, now=now), area)
        total = len(_devices(unit, area, None))
    for chunk in _chunks(tasks):
        _write(house, chunk, now, hint=False)
    with house.writing() as unit:
        unit.session.get_one(PublicationRow, order).done = now
        unit.post(Kind.PROGRAMME.value, "changed", _HINT, now=now, areas=[area])
    if total == 0:
        warnings = (*warnings, f"Chưa có cụm loa nào tại địa bàn {area}.")
    return Published(
        area=area,
        changed=len(tasks),
        unchanged=total - len(tasks),
        warnings=warnings[:MAX_WARNINGS],
    )


def drafts_of(unit: Unit, area: str) -> Sequence[SlotRow]:
    """Return the slots at or below an area, drafts as they stand."""
    return unit.session.scalars(select(SlotRow).where(at_or_below(SlotRow.area, area))).all()


def _promote(unit: Unit, drafts: Iterable[SlotRow]) -> None:
    """Make the drafts as they were read what is published; a later edit stays a draft."""
    for read in drafts:
        row = unit.session.get(SlotRow, read.id)
        if row is None:
            continue
        if read.draft is None and row.draft is None:
            unit.session.delete(row)
        else:
            row.published = read.draft


def tasks_of(
    unit: Unit,
    stock: Stock,
    area: str | None,
    *,
    only: set[str] | None = None,
    anew: bool = False,
) -> tuple[list[_Task], tuple[str, ...]]:
    """Return what must be written (all of it when `anew`), and what is left out and why."""
    bodies: dict[Place, Body] = {}
    tasks: list[_Task] = []
    for row, version, held in _devices(unit, area, only):
        place = Place(area=row.area, time_zone=row.time_zone, zones=tuple(row.zones))
        if place not in bodies:
            bodies[place] = compile_body(stock, place)
        body = bodies[place]
        body_sha256 = hashlib.sha256(f"{row.epoch} {body.sha256}".encode()).hexdigest()
        if anew or body_sha256 != held:
            tasks.append(
                _Task(
                    device=row.id,
                    epoch=row.epoch,
                    time_zone=row.time_zone,
                    version=version or 0,
                    body=body,
                    body_sha256=body_sha256,
                )
            )
    return tasks, tuple(dict.fromkeys(w for body in bodies.values() for w in body.warnings))


def _devices(
    unit: Unit, area: str | None, only: set[str] | None
) -> Sequence[tuple[DeviceRow, int | None, str | None]]:
    query = (
        select(DeviceRow, ProgrammeRow.version, ProgrammeRow.body_sha256)
        .outerjoin(ProgrammeRow, ProgrammeRow.device == DeviceRow.id)
        .where(DeviceRow.retired.is_(False))
        .order_by(DeviceRow.id)
    )
    if area is not None:
        query = query.where(at_or_below(DeviceRow.area, area))
    if only is not None and len(only) == 1:
        query = query.where(DeviceRow.id == next(iter(only)))
    rows = unit.session.execute(query)
    return [row for row in rows if only is None or row[0].id in only]


def _check_area_alone(stock: Stock, area: str) -> None:
    """Refuse too many slots also where no appliance stands yet."""
    compile_body(stock, Place(area=area, time_zone="Asia/Ho_Chi_Minh", zones=()))


def _chunks(tasks: Sequence[_Task]) -> Iterator[Sequence[_Task]]:
    for at in range(0, len(tasks), DEVICES_PER_WRITE):
        yield tasks[at : at + DEVICES_PER_WRITE]


def _write(house: House, tasks: Sequence[_Task], now: datetime, *, hint: bool) -> None:
    ready = [(task, _sealed(house, task, now)) for task in tasks]  # before it is our turn to write
    with house.writing() as unit:
        _keep(unit, ready, now)
        for task in tasks if hint else ():
            unit.post(Kind.PROGRAMME.value, "changed", _HINT, now=now, device=task.device)


def _sealed(house: House, task: _Task, now: datetime) -> Sealed:
    issued = now.replace(microsecond=0)
    programme = Programme(
        device=DeviceId(task.device),
        assignment_epoch=task.epoch,
        version=task.version + 1,
        issued=issued,
        not_before=issued,
        soft_expires=issued + FRESH,
        expires=issued + LIFE,
        time_zone=task.time_zone,
        slots=task.body.slots,
        contents=task.body.contents,
    )
    try:
        return house.keys.programme(programme)
    except Refused as refused:
        msg = f"Lịch của cụm loa {task.device} không gửi được: {refused.why}. Hãy bớt khung giờ."
        raise Unacceptable(msg, refused.code.value) from refused


def _keep(unit: Unit, ready: Sequence[tuple[_Task, Sealed]], now: datetime) -> None:
    """Write these programmes, a few statements for all of them.

    Where somebody wrote a newer one meanwhile, that stays: it was made from the same slots.
    """
    unit.take_turn()
    devices = [task.device for task, _ in ready]
    query = select(ProgrammeRow.device, ProgrammeRow.version)
    held = dict(unit.session.execute(query.where(ProgrammeRow.device.in_(devices))).all())
    rows = [
        {
            "device": task.device,
            "version": task.version + 1,
            "body_sha256": task.body_sha256,
            "envelope": sealed.envelope,
            "etag": sealed.etag,
            "issued": now,
            "expires": now + LIFE,
        }
        for task, sealed in ready
        if held.get(task.device, 0) == task.version
    ]
    newer = [row for row in rows if row["device"] in held]
    fresh = [row for row in rows if row["device"] not in held]
    if newer:
        unit.session.execute(update(ProgrammeRow), newer)
    if fresh:
        unit.session.execute(insert(ProgrammeRow), fresh)
    kept = {row["device"] for row in rows}
    transparency.enter_programmes(
        unit,
        [(task.device, task.version + 1, sealed) for task, sealed in ready if task.device in kept],
        now=now,
    )
    unit.session.execute(delete(ProgrammeContentRow).where(ProgrammeContentRow.device.in_(kept)))
    listed = [
        {"device": task.device, "sha256": content.sha256}
        for task, _ in ready
        if task.device in kept
        for content in task.body.contents
    ]
    if listed:
        unit.session.execute(insert(ProgrammeContentRow), listed)
