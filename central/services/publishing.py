"""Verbs that turn slots into sealed programmes.

Law of the room: everything that can be refused is refused before anything is written. The order to publish
is written first, with the drafts it takes over; then appliances are written in small transactions, so that
an alarm never waits behind a publication. Who writes holds the order's lease; an order that was cut off is taken up
again, by any process, when its lease has run out. Two that write at once harm nothing: an appliance is only written
by whoever knew its present version, and whoever was passed by looks again.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import cast

import msgspec
from sqlalchemy import Table, bindparam, delete, insert, select, update

from central.db.broadcast import ProgrammeContentRow, ProgrammeRow, PublicationRow, SlotRow
from central.db.fleet import DeviceRow
from central.domain.compiling import Place, Stock, compile_body
from central.domain.errors import Unacceptable
from central.domain.people import Person, Right
from central.domain.states import Published
from central.services import publishing_orders as orders
from central.services import transparency
from central.services.areas import area_named
from central.services.planning_pending import diff_of
from central.services.publishing_tasks import Task, Work, drafts_of, work_of
from central.services.stock import areas_with, lineage_here, stock_of
from central.services.telling import told_published
from central.services.unit import SYSTEM, House, Unit
from central.signing import Sealed
from contract.documents import DeviceId, Kind, Programme
from contract.errors import Refused

LIFE = timedelta(days=30)
FRESH = timedelta(days=14)
RENEW_AFTER = timedelta(days=7)
DEVICES_PER_WRITE = 100
MAX_WARNINGS = 50
MAX_ROUNDS = 5
ASKED_AT_ONCE = 500
_PROGRAMMES: Table = cast("Table", ProgrammeRow.__table__)
_LISTED: Table = cast("Table", ProgrammeContentRow.__table__)
_HINT = msgspec.json.encode({"kind": Kind.PROGRAMME.value})


class Ordered(msgspec.Struct, frozen=True, kw_only=True):
    """A publication that stands in the table but is not carried out yet."""

    id: int
    holder: str
    area: str
    work: Work


def publish(house: House, area: str, *, who: Person | None, now: datetime) -> Published:
    """Send the drafts of `area` and below to their appliances; only those whose programme changes are written.

    Raises `Unacceptable` before anything is written when an appliance would be told more than it can hold.
    """
    with house.publishing:
        return carry_out(house, order_publication(house, area, who=who, now=now), now=now)


def order_publication(
    house: House, area: str, *, who: Person | None, now: datetime, seen: str | None = None
) -> Ordered:
    """Take the drafts of `area` and below over and write the order down; `carry_out` does the rest.

    With `seen`, the fingerprint of the diff that the person looked at, raises `Conflict` when it is another by now.
    """
    with house.reading() as unit:
        if who is not None:
            who.require(Right.PUBLISH, area)
        area_named(unit, area)
        drafts = drafts_of(unit, area)
        stock = stock_of(
            unit,
            now=now,
            areas=areas_with(unit, area),
            drafts_at={slot.area for slot in drafts},
        )
        work = work_of(unit, stock, area)
        _check_area_alone(stock, area)
        diff = diff_of(unit, area, drafts, stock, work)
        orders.check_seen(diff, seen)
    with house.writing() as unit:
        unit.take_turn()
        promoted = _promote(unit, drafts)
        order = PublicationRow(area=area, asked=now, asked_by=who.name if who else SYSTEM)
        unit.session.add(order)
        unit.session.flush()
        holder = orders.begin(unit, order.id, diff, now=house.clock())
        unit.note(who, "publish", area, now=now, area=area)
    if promoted < len(
        drafts
    ):  # somebody edited in between: what is published is not what was compiled
        with house.reading() as unit:
            work = work_of(unit, stock_of(unit, now=now, areas=areas_with(unit, area)), area)
    return Ordered(id=order.id, holder=holder, area=area, work=work)


def carry_out(house: House, ordered: Ordered, *, now: datetime) -> Published:
    """Write what was ordered to its appliances, and say what was done."""
    work, changed, skipped = ordered.work, 0, 0
    for _ in range(MAX_ROUNDS):
        skipped = 0
        for chunk, ready in _sealed_chunks(house, work.tasks, now):
            with house.writing() as unit:
                written = _keep(unit, list(zip(chunk, ready, strict=True)), now)
                orders.proceed(unit, ordered.id, ordered.holder, written, now=house.clock())
            changed += written
            skipped += len(chunk) - written
        if not skipped:
            break
        with house.reading() as unit:
            work = work_of(
                unit, stock_of(unit, now=now, areas=areas_with(unit, ordered.area)), ordered.area
            )
    with house.writing() as unit:
        unit.session.get_one(PublicationRow, ordered.id).done = now
        orders.finish(unit, ordered.id, now=house.clock())
        told_published(unit, ordered.area, ordered.id, changed, now=now)
        unit.post(Kind.PROGRAMME.value, "changed", _HINT, now=now, areas=[ordered.area])
    warnings = ordered.work.warnings
    if ordered.work.looked_at == 0:
        warnings = (*warnings, f"Chưa có cụm loa nào tại địa bàn {ordered.area}.")
    return Published(
        area=ordered.area,
        changed=changed,
        unchanged=max(0, ordered.work.looked_at - changed),
        warnings=warnings[:MAX_WARNINGS],
    )


def resume_publications(house: House, *, now: datetime) -> int:
    """Take up again the publications whose carrier has gone; return how many were brought to their end."""
    if not house.publishing.acquire(blocking=False):
        return 0  # this process is at it
    try:
        with house.reading() as unit:
            left = orders.abandoned(unit, now=now)
        return sum(_resume(house, order, area, now) for order, area in left)
    finally:
        house.publishing.release()


def _resume(house: House, order: int, area: str, now: datetime) -> bool:
    with house.writing() as unit:
        holder = orders.take_over(unit, order, now=now)
    if holder is None:
        return False
    try:
        with house.reading() as unit:
            work = work_of(unit, stock_of(unit, now=now, areas=areas_with(unit, area)), area)
        carry_out(house, Ordered(id=order, holder=holder, area=area, work=work), now=now)
    except Unacceptable as fault:
        with house.writing() as unit:
            orders.put_off(unit, order, fault.why, now=house.clock())
        return False
    except orders.TakenOver:
        return False
    return True


def renew_programmes(house: House, *, now: datetime) -> int:
    """Issue again the programmes that are a week old, long before they run out; return how many."""
    with house.publishing:
        with house.reading() as unit:
            old = select(ProgrammeRow.device).where(ProgrammeRow.issued < now - RENEW_AFTER)
            devices = set(unit.session.scalars(old))
            if not devices:
                return 0
            work = work_of(unit, stock_of(unit, now=now), None, only=devices, anew=True)
        for chunk, ready in _sealed_chunks(house, work.tasks, now):
            with house.writing() as unit:
                _keep(unit, list(zip(chunk, ready, strict=True)), now)
                for task in chunk:
                    unit.post(Kind.PROGRAMME.value, "changed", _HINT, now=now, device=task.device)
        return len(work.tasks)


def republish_device(unit: Unit, device: str, *, now: datetime) -> None:
    """Give one appliance what is already published for its area, in the caller's transaction."""
    row = unit.session.get_one(DeviceRow, device)
    stock = stock_of(unit, now=now, areas=set(lineage_here(unit, row.area)))
    work = work_of(unit, stock, None, only={device})
    for task in work.tasks:
        if task.version or task.body.slots:
            _keep(unit, [(task, _sealed(unit.house, [task], now)[0])], now)
            unit.post(Kind.PROGRAMME.value, "changed", _HINT, now=now, device=device)


def _promote(unit: Unit, drafts: Iterable[SlotRow]) -> int:
    """Make the drafts as they were read what is published; a later edit stays a draft. Return how many stood."""
    read = {row.id: row for row in drafts}
    stood = 0
    for some in _in_chunks(sorted(read), ASKED_AT_ONCE):
        for row in unit.session.scalars(select(SlotRow).where(SlotRow.id.in_(some))):
            was = read[row.id]
            stood += 1
            if was.draft is None and row.draft is None:
                unit.session.delete(row)
            elif row.published != was.draft:
                row.published = was.draft
    return stood


def _check_area_alone(stock: Stock, area: str) -> None:
    """Refuse too many slots also where no appliance stands yet."""
    compile_body(stock, Place(area=area, time_zone="Asia/Ho_Chi_Minh", zones=()))


def _in_chunks(names: Sequence[str], size: int) -> Iterator[Sequence[str]]:
    for first in range(0, len(names), size):
        yield names[first : first + size]


def _sealed_chunks(
    house: House, tasks: Sequence[Task], now: datetime
) -> Iterator[tuple[Sequence[Task], Sequence[Sealed]]]:
    """Yield some tasks at a time with their papers, sealed before it is our turn to write."""
    for first in range(0, len(tasks), DEVICES_PER_WRITE):
        chunk = tasks[first : first + DEVICES_PER_WRITE]
        yield chunk, _sealed(house, chunk, now)


def _sealed(house: House, tasks: Sequence[Task], now: datetime) -> Sequence[Sealed]:
    issued = now.replace(microsecond=0)
    try:
        return list(house.keys.programmes(_programme(task, issued) for task in tasks))
    except Refused as refused:
        msg = f"Lịch của {tasks[0].area} không gửi được: {refused.why}. Hãy bớt khung giờ."
        raise Unacceptable(msg, refused.code.value) from refused


def _programme(task: Task, issued: datetime) -> Programme:
    return Programme(
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


def _keep(unit: Unit, ready: Sequence[tuple[Task, Sealed]], now: datetime) -> int:
    """Write these programmes, a few statements for all of them; return how many were written.

    Where somebody wrote a newer one meanwhile, that stays.
    """
    unit.take_turn()
    connection = unit.session.connection()  # not the session's own way: rows are many
    devices = [task.device for task, _ in ready]
    query = select(ProgrammeRow.device, ProgrammeRow.version)
    held = dict(connection.execute(query.where(ProgrammeRow.device.in_(devices))).all())
    mine = [(task, sealed) for task, sealed in ready if held.get(task.device, 0) == task.version]
    rows = [
        {
            "key": task.device,
            "version": task.version + 1,
            "body_sha256": task.body_sha256,
            "envelope": sealed.envelope,
            "etag": sealed.etag,
            "issued": now,
            "expires": now + LIFE,
        }
        for task, sealed in mine
    ]
    _put_programmes(unit, [row for row in rows if row["key"] in held], newer=True)
    _put_programmes(unit, [row for row in rows if row["key"] not in held], newer=False)
    told = [(task.device, task.version + 1, sealed) for task, sealed in mine]
    transparency.enter_programmes(unit, told, now=now)
    _list_contents(unit, [task for task, _ in mine])
    return len(mine)


def _put_programmes(unit: Unit, rows: Sequence[dict[str, object]], *, newer: bool) -> None:
    if not rows:
        return
    connection = unit.session.connection()
    columns = ("version", "body_sha256", "envelope", "etag", "issued", "expires")
    if newer:
        change = update(_PROGRAMMES).where(_PROGRAMMES.c.device == bindparam("key"))
        connection.execute(change.values({name: bindparam(name) for name in columns}), rows)
    else:
        fresh = [{"device": row["key"], **{name: row[name] for name in columns}} for row in rows]
        connection.execute(insert(_PROGRAMMES), fresh)


def _list_contents(unit: Unit, tasks: Sequence[Task]) -> None:
    """Write down what each appliance may fetch, where that is not what it was."""
    connection = unit.session.connection()
    held: dict[str, set[str]] = {task.device: set() for task in tasks}
    query = select(_LISTED.c.device, _LISTED.c.sha256).where(_LISTED.c.device.in_(held))
    for device, sha256 in connection.execute(query):
        held[device].add(sha256)
    wanted = {task.device: {c.sha256 for c in task.body.contents} for task in tasks}
    stale = [device for device, listed in held.items() if listed - wanted[device]]
    if stale:
        connection.execute(delete(_LISTED).where(_LISTED.c.device.in_(stale)))
    added = [
        {"device": device, "sha256": sha256}
        for device, listed in wanted.items()
        for sha256 in sorted(listed - (set() if device in stale else held[device]))
    ]
    if added:
        connection.execute(insert(_LISTED), added)


def start_publication(
    house: House, area: str, *, who: Person | None, now: datetime, seen: str | None = None
) -> tuple[Ordered, Callable[[], None]]:
    """Write the order down and return it with the work that carries it out, to be run in a thread.

    When the thread ends early, or with the process, another takes the order up when its lease has run out.
    """
    with house.publishing:
        ordered = order_publication(house, area, who=who, now=now, seen=seen)

    def work() -> None:
        with house.publishing:
            try:
                carry_out(house, ordered, now=now)
            except orders.TakenOver:
                return

    return ordered, work
