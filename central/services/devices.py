"""Verbs of the fleet: the sealed assignment that makes an appliance ours, and how each one is."""

import hashlib
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TypeVar

import msgspec
from sqlalchemy import Select, String, cast, delete, false, func, or_, select

from central.db.broadcast import ProgrammeContentRow, ProgrammeRow
from central.db.fleet import DeviceRow, DeviceSessionRow, PlayRow, ReceiptRow, RefusalRow
from central.db.people import AreaRow
from central.domain.errors import Conflict, NotFound, Unacceptable
from central.domain.fleet import Seen, step_of
from central.domain.people import Person, Right
from central.domain.states import DeviceState, PlayState, ReceiptState, RefusalState, Step
from central.services import care, transparency
from central.services.areas import at_or_below
from central.services.publishing import republish_device
from central.services.sealed import opened
from central.services.sites import settle
from central.services.unit import Unit
from contract import codec, seal
from contract.documents import Assignment, Health, Kind, Output

T = TypeVar("T", PlayRow, RefusalRow, ReceiptRow)
_RETIRED = "đã thu hồi: máy im lặng cho đến khi được giao lại"
_HEALTH = msgspec.json.Decoder(Health)
ASKED_AT_ONCE = 500  # appliances in one question, well below any database's limit


def take_assignment(
    unit: Unit,
    envelope: bytes,
    *,
    who: Person | None,
    now: datetime,
    right: Right = Right.ADMINISTER,
) -> DeviceState:
    """Make an appliance ours, move or retire it: keep its sealed assignment and give it the programme of its area.

    `who` must hold `right` where the appliance goes and where it stands now. The same paper again changes nothing.
    Raises `Refused` for a bad seal, `Unacceptable` for an unknown area or a key that is not the appliance's,
    `Conflict` for an older paper.
    """
    sealed, paper = opened(unit, Kind.ASSIGNMENT, envelope, Assignment, now=now)
    if who is not None:
        who.require(right, paper.area)
    if seal.device_id(paper.device_key) != paper.device:
        raise Unacceptable("Mã thiết bị không khớp với khóa của thiết bị.", "wrong-device")
    unit.take_turn()
    if unit.session.get(AreaRow, paper.area) is None:
        msg = f"Chưa có địa bàn {paper.area}: hãy thêm địa bàn trước khi gắn cụm loa."
        raise Unacceptable(msg, "no-area")
    row = unit.session.get(DeviceRow, paper.device)
    if row is not None and who is not None:
        who.require(right, row.area)
    if row is not None and row.public_key != paper.device_key:
        raise Unacceptable("Mã thiết bị này thuộc về một khóa khác.", "wrong-device")
    if row is None and paper.retired:
        raise NotFound("Không có cụm loa này để thu hồi.", "no-device")
    if row is not None and seal.read_envelope(row.assignment).payload == sealed.payload:
        return device_named(unit, paper.device, now=now)
    if row is not None and paper.epoch <= row.epoch:
        msg = f"Cụm loa đã có giấy giao số {row.epoch}; giấy mới phải mang số lớn hơn."
        raise Conflict(msg, "old-epoch", expected=row.epoch + 1)
    if row is None:
        row = DeviceRow(id=paper.device, public_key=paper.device_key)
        row.command_counter = row.report_counter = row.fetched_version = 0
        row.report_sha256 = "0" * 64
        unit.session.add(row)
    row.name, row.area, row.epoch = paper.name, paper.area, paper.epoch
    row.time_zone, row.zones = paper.time_zone, [zone.name for zone in paper.zones]
    row.screen = Output.SCREEN in paper.outputs
    row.assignment, row.assigned = envelope, now
    row.assignment_etag = hashlib.sha256(envelope).hexdigest()
    row.retired = paper.retired
    unit.session.flush()
    transparency.enter(unit, paper, envelope, now=now)
    settle(unit, paper.device, paper.area, retired=paper.retired)
    care.enter_device(unit, row, paper)
    hint = msgspec.json.encode({"kind": Kind.ASSIGNMENT.value})
    unit.post(Kind.ASSIGNMENT.value, "changed", hint, now=now, device=paper.device)
    verb = "retire" if paper.retired else "assign"
    unit.note(
        who,
        verb,
        f"{paper.device} {paper.area} {paper.name}",
        now=now,
        area=paper.area,
        subject=paper.device,
    )
    if paper.retired:
        _end_service(unit, paper.device)
    else:
        republish_device(unit, paper.device, now=now)
    return device_named(unit, paper.device, now=now)


def _end_service(unit: Unit, device: str) -> None:
    """Leave a retired appliance nothing but its assignment: it must open a session anew, and finds no programme."""
    for told in (DeviceSessionRow, ProgrammeRow, ProgrammeContentRow):
        unit.session.execute(delete(told).where(told.device == device))


def fleet(unit: Unit, *, area: str | None = None, now: datetime) -> tuple[DeviceState, ...]:
    """Return all appliances in service (at or below `area`) with their state, by area and name."""
    query = select(DeviceRow).where(DeviceRow.retired.is_(False))
    query = query.order_by(DeviceRow.area, DeviceRow.name, DeviceRow.id)
    if area is not None:
        query = query.where(at_or_below(DeviceRow.area, area))
    return _states(unit, unit.session.scalars(query).all(), now)


def fleet_page(
    unit: Unit, areas: Iterable[str], *, after: str = "", limit: int = 200, now: datetime
) -> tuple[DeviceState, ...]:
    """Return the appliances in service at or below these areas, by id, those that come `after` an id first."""
    inside = or_(false(), *(at_or_below(DeviceRow.area, area) for area in areas))
    query = select(DeviceRow).where(DeviceRow.retired.is_(False), DeviceRow.id > after, inside)
    rows = unit.session.scalars(query.order_by(DeviceRow.id).limit(min(max(limit, 1), 1_000)))
    return _states(unit, rows.all(), now)


def device_states(unit: Unit, devices: Sequence[str], *, now: datetime) -> tuple[DeviceState, ...]:
    """Return these appliances with their state, by area and name; those that are not here are left out."""
    query = select(DeviceRow).where(DeviceRow.id.in_(devices))
    rows = unit.session.scalars(query.order_by(DeviceRow.area, DeviceRow.name, DeviceRow.id))
    return _states(unit, rows.all(), now)


def device_named(unit: Unit, device: str, *, now: datetime) -> DeviceState:
    """Return one appliance; raises `NotFound`."""
    return _states(unit, [device_row(unit, device)], now)[0]


def device_row(unit: Unit, device: str) -> DeviceRow:
    """Return the row of an appliance; raises `NotFound`."""
    row = unit.session.get(DeviceRow, device)
    if row is None:
        raise NotFound(f"Không có cụm loa {device[:16]}.", "no-device")
    return row


def assignment_of(row: DeviceRow) -> Assignment:
    """Return the assignment in the sealed paper that was taken for this appliance."""
    paper = codec.decode(Kind.ASSIGNMENT, seal.read_envelope(row.assignment).payload)
    if not isinstance(paper, Assignment):
        raise Unacceptable("Giấy giao của cụm loa không đọc được; hãy giao lại.", "bad-assignment")
    return paper


def list_plays(
    unit: Unit, *, device: str | None = None, area: str | None = None, limit: int = 200
) -> tuple[PlayState, ...]:
    """Return what was on air as observed, newest first; `limit` from 1 to 2,000."""
    query = _of(select(PlayRow), PlayRow, device, area).order_by(PlayRow.started.desc(), PlayRow.id)
    rows = unit.session.scalars(query.limit(min(max(limit, 1), 2_000)))
    return tuple(
        PlayState(
            device=row.device,
            key=row.key,
            source=row.source,
            title=row.title,
            rank=row.rank,
            zones=tuple(row.zones),
            started=row.started,
            asked_ms=row.asked_ms,
            sounded_ms=row.sounded_ms,
            outcome=row.outcome,
            onset_error_ms=row.onset_error_ms,
            level_dbfs=row.level_dbfs,
            heard_pct=row.heard_pct,
            why=row.why,
        )
        for row in rows
    )


def list_refusals(
    unit: Unit, *, device: str | None = None, area: str | None = None, limit: int = 200
) -> tuple[RefusalState, ...]:
    """Return what appliances did not obey, newest first."""
    query = _of(select(RefusalRow), RefusalRow, device, area).order_by(RefusalRow.id.desc())
    rows = unit.session.scalars(query.limit(min(max(limit, 1), 2_000)))
    return tuple(
        RefusalState(device=r.device, at=r.at, what=r.what, code=r.code, why=r.why) for r in rows
    )


def list_receipts(
    unit: Unit, *, device: str | None = None, area: str | None = None, limit: int = 200
) -> tuple[ReceiptState, ...]:
    """Return how far documents got, newest first."""
    query = _of(select(ReceiptRow), ReceiptRow, device, area).order_by(ReceiptRow.id.desc())
    rows = unit.session.scalars(query.limit(min(max(limit, 1), 2_000)))
    return tuple(
        ReceiptState(device=r.device, at=r.at, kind=r.kind, document=r.document, state=r.state)
        for r in rows
    )


def _of(query: Select[T], told: type[T], device: str | None, area: str | None) -> Select[T]:
    if device is not None:
        query = query.where(told.device == device)
    if area is not None:
        inside = select(DeviceRow.id).where(at_or_below(DeviceRow.area, area))
        query = query.where(told.device.in_(inside))
    return query


def _states(unit: Unit, rows: Iterable[DeviceRow], now: datetime) -> tuple[DeviceState, ...]:
    rows = list(rows)
    version_of: dict[str, int] = {}
    told: dict[str, set[str]] = {}
    for first in range(0, len(rows), ASKED_AT_ONCE):
        some = [row.id for row in rows[first : first + ASKED_AT_ONCE]]
        versions = select(ProgrammeRow.device, ProgrammeRow.version)
        version_of |= dict(
            unit.session.execute(versions.where(ProgrammeRow.device.in_(some))).all()
        )
        receipts = (
            select(ReceiptRow.device, ReceiptRow.state)
            .join(ProgrammeRow, ProgrammeRow.device == ReceiptRow.device)
            .where(ReceiptRow.device.in_(some), ReceiptRow.kind == Kind.PROGRAMME.value)
            .where(ReceiptRow.document == cast(ProgrammeRow.version, String))
        )
        for device, state in unit.session.execute(receipts):
            told.setdefault(device, set()).add(state)
    return tuple(
        _state(row, version_of.get(row.id, 0), told.get(row.id, set()), now) for row in rows
    )


def _state(row: DeviceRow, version: int, receipts: set[str], now: datetime) -> DeviceState:
    health = _HEALTH.decode(row.health) if row.health is not None else None
    seen = Seen(
        version=version,
        fetched_version=row.fetched_version,
        receipts=receipts,
        last_seen=row.last_seen,
        health=health,
    )
    step, why = (Step.RETIRED, _RETIRED) if row.retired else step_of(seen, now)
    return DeviceState(
        id=row.id,
        name=row.name,
        area=row.area,
        epoch=row.epoch,
        version=version,
        step=step,
        why=why,
        last_seen=row.last_seen,
        health=health,
    )


def count_at_or_below(unit: Unit, areas: Iterable[str]) -> int:
    """Return how many appliances lie at or below any of the areas."""
    inside = [at_or_below(DeviceRow.area, area) for area in areas]
    in_service = DeviceRow.retired.is_(False)
    query = select(func.count()).select_from(DeviceRow).where(in_service, or_(false(), *inside))
    return unit.session.scalar(query) or 0
