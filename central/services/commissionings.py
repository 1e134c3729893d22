"""Verbs of commissionings: take one from the appliance or from a person, list those of a place, give one.

Law of the room: what counts is sealed by the key that this appliance was assigned with. The same content again changes
nothing but adds a signature; nothing is ever taken back. Who may see a place may see how it was handed over.
"""

from datetime import datetime
from typing import Final

from sqlalchemy import select

from central.db.commissioning import CommissioningRow
from central.db.fleet import DeviceRow
from central.domain.commissioning import CommissioningState
from central.domain.errors import Conflict, NotFound
from central.domain.people import Person, Right
from central.services.devices import device_row
from central.services.sealed import merged
from central.services.sites import site_of, site_row
from central.services.unit import Unit
from contract import codec, commissioning, seal
from contract.documents import Commissioning, Kind
from contract.errors import RefusalCode, Refused

SHOWN: Final = 20


def take_commissioning(
    unit: Unit, envelope: bytes, *, device: str | None, who: Person | None, now: datetime
) -> CommissioningState:
    """Keep a sealed commissioning, brought by its appliance (`device`) or by a person who may install there.

    Raises `Refused` for a seal that does not hold, `NotFound` for an appliance that is not ours, `Conflict` for one
    under an assignment that was never given.
    """
    read = seal.read_envelope(envelope)
    row = device_row(unit, _told_by(read) if device is None else device)
    if who is not None:
        who.require(Right.INSTALL, row.area)
    report = commissioning.verify(envelope, row.public_key)
    if report.epoch > row.epoch:
        msg = f"Phiếu nói về giấy giao số {report.epoch}, máy này mới có số {row.epoch}."
        raise Conflict(msg, "other-assignment")
    held = unit.session.scalar(
        select(CommissioningRow).where(
            CommissioningRow.device == row.id,
            CommissioningRow.payload_sha256 == read.payload_sha256,
        )
    )
    if held is not None:
        held.envelope = merged(held.envelope, envelope)
        return _state(held)
    site = site_of(unit, row.id)
    held = CommissioningRow(
        device=row.id,
        site="" if site is None or site.device != row.id else site.id,
        area=row.area,
        epoch=report.epoch,
        by=report.by,
        passed=commissioning.passed(report),
        ended=report.ended,
        received=now,
        brought_by="" if who is None else who.name,
        payload_sha256=read.payload_sha256,
        envelope=envelope,
    )
    unit.session.add(held)
    unit.session.flush()
    state = _state(held)
    unit.note(
        who,
        "commissioning",
        f"{row.id} {report.by}: {state.word}",
        now=now,
        area=row.area,
        subject=row.id,
    )
    return state


def commissionings_at(unit: Unit, site: str, *, who: Person) -> tuple[CommissioningState, ...]:
    """Return how the appliances of a place were handed over, newest first, also those that were replaced since."""
    who.require(Right.VIEW, site_row(unit, site).area)
    return _states(unit, CommissioningRow.site == site)


def commissionings_of(unit: Unit, device: str, *, who: Person) -> tuple[CommissioningState, ...]:
    """Return how an appliance was handed over, newest first."""
    who.require(Right.VIEW, device_row(unit, device).area)
    return _states(unit, CommissioningRow.device == device)


def commissioning_envelope(unit: Unit, number: int, *, who: Person) -> tuple[str, bytes]:
    """Return the appliance's id and the sealed bytes of one; raises `NotFound`."""
    row = unit.session.get(CommissioningRow, number)
    if row is None:
        raise NotFound("Không có phiếu nghiệm thu này.", "no-commissioning")
    place = unit.session.get(DeviceRow, row.device)
    who.require(Right.VIEW, row.area if place is None else place.area)
    return row.device, row.envelope


def _told_by(read: seal.Envelope) -> str:
    """Return whom an envelope speaks of; its seal is judged by the key of that very appliance."""
    if read.kind is not Kind.COMMISSIONING:
        raise Refused(RefusalCode.WRONG_KIND, f"this is a {read.kind.value}, no commissioning")
    return _report(read).device


def _report(read: seal.Envelope) -> Commissioning:
    report = codec.decode(Kind.COMMISSIONING, read.payload)
    if not isinstance(report, Commissioning):
        raise Refused(RefusalCode.WRONG_KIND, "this holds no commissioning")
    return report


def _states(unit: Unit, where: object) -> tuple[CommissioningState, ...]:
    query = select(CommissioningRow).where(where)  # type: ignore[arg-type]  # a column's comparison
    newest = query.order_by(CommissioningRow.ended.desc(), CommissioningRow.id.desc())
    return tuple(_state(row) for row in unit.session.scalars(newest.limit(SHOWN)))


def _state(row: CommissioningRow) -> CommissioningState:
    read = seal.read_envelope(row.envelope)
    return CommissioningState(
        id=row.id,
        device=row.device,
        site=row.site,
        area=row.area,
        epoch=row.epoch,
        by=row.by,
        passed=row.passed,
        ended=row.ended,
        received=row.received,
        brought_by=row.brought_by,
        payload_sha256=row.payload_sha256,
        signers=len(read.signatures),
        faults=tuple(record.title for record in commissioning.faults_of(_report(read))),
    )
