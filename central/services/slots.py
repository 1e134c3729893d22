"""Verbs of slots: when and what, for an area and everything below it. Edits are drafts until published."""

import base64
import os
from datetime import datetime

import msgspec
from sqlalchemy import or_, select

from central.db.broadcast import ContentRow, SlotRow
from central.domain.areas import lineage
from central.domain.errors import Conflict, NotFound, Unacceptable
from central.domain.people import Person, Right
from central.domain.states import SlotPhase, SlotState
from central.services.areas import area_named
from central.services.lives import keep_live
from central.services.unit import SYSTEM, Unit
from contract.documents import Slot

_ENCODER = msgspec.json.Encoder(order="deterministic")
_DECODER = msgspec.json.Decoder(Slot)


def new_slot_id() -> str:
    """Return a fresh slot id, a short slug."""
    return "s-" + base64.b32encode(os.urandom(5)).decode("ascii").lower()


def create_slot(
    unit: Unit, area: str, slot: Slot, *, who: Person | None, now: datetime
) -> SlotState:
    """Add a slot to an area as a draft; raises `Conflict` when its id is taken, `Unacceptable` for unknown content."""
    _require(who, area)
    area_named(unit, area)
    if unit.session.get(SlotRow, slot.id) is not None:
        raise Conflict(f"Đã có khung giờ mang mã {slot.id}.", "slot-exists")
    draft = _encoded(unit, slot)
    if slot.live is not None:
        keep_live(unit, slot.live, by=_name(who), now=now)
    row = SlotRow(id=slot.id, area=area, draft=draft, changed=now, changed_by=_name(who))
    row.published = None
    unit.session.add(row)
    unit.session.flush()
    unit.note(who, "create-slot", f"{area} {slot.id} {slot.title}", now=now)
    return slot_state(row)


def change_slot(unit: Unit, slot: Slot, *, who: Person | None, now: datetime) -> SlotState:
    """Replace a slot by one of the same id, as a draft; raises `NotFound`."""
    row = _row(unit, slot.id)
    _require(who, row.area)
    row.draft = _encoded(unit, slot)
    if slot.live is not None:
        keep_live(unit, slot.live, by=_name(who), now=now)
    row.changed, row.changed_by = now, _name(who)
    unit.note(who, "change-slot", f"{row.area} {slot.id} {slot.title}", now=now)
    return slot_state(row)


def delete_slot(unit: Unit, slot_id: str, *, who: Person | None, now: datetime) -> None:
    """Take a slot away; one that appliances already have goes at the next `publish`."""
    row = _row(unit, slot_id)
    _require(who, row.area)
    unit.note(who, "delete-slot", f"{row.area} {slot_id}", now=now)
    if row.published is None:
        unit.session.delete(row)
    else:
        row.draft = None
        row.changed, row.changed_by = now, _name(who)


def slot_named(unit: Unit, slot_id: str) -> SlotState:
    """Return one slot; raises `NotFound`."""
    return slot_state(_row(unit, slot_id))


def list_slots(unit: Unit, area: str, *, inherited: bool = True) -> tuple[SlotState, ...]:
    """Return the slots of an area, with those of the areas above it unless `inherited` is False, by start time."""
    areas = lineage(area) if inherited else (area,)
    rows = unit.session.scalars(select(SlotRow).where(SlotRow.area.in_(areas)))
    return tuple(sorted(map(slot_state, rows), key=lambda s: (s.slot.start, s.slot.id)))


def bodies_by_area(
    unit: Unit, areas: set[str], *, drafts_at: set[str] | None = None
) -> dict[str, tuple[Slot, ...]]:
    """Return the slots of each area as last published; for areas in `drafts_at`, as drafted."""
    chosen = drafts_at or set()
    found: dict[str, list[Slot]] = {area: [] for area in areas}
    rows = unit.session.scalars(
        select(SlotRow)
        .where(or_(SlotRow.draft.is_not(None), SlotRow.published.is_not(None)))
        .order_by(SlotRow.id)
    )
    for row in rows:
        body = row.draft if row.area in chosen else row.published
        if row.area in found and body is not None:
            found[row.area].append(_DECODER.decode(body))
    return {area: tuple(slots) for area, slots in found.items()}


def slot_state(row: SlotRow) -> SlotState:
    """Return the row as a value."""
    if row.draft is None:
        phase = SlotPhase.DELETED
    elif row.published is None:
        phase = SlotPhase.DRAFT
    else:
        phase = SlotPhase.PUBLISHED if row.draft == row.published else SlotPhase.CHANGED
    body = row.draft if row.draft is not None else row.published
    if body is None:
        raise NotFound("Khung giờ này đã bị xóa.", "no-slot")
    return SlotState(
        slot=_DECODER.decode(body),
        area=row.area,
        phase=phase,
        changed=row.changed,
        changed_by=row.changed_by,
    )


def _encoded(unit: Unit, slot: Slot) -> bytes:
    """Return the slot's bytes after checking its bounds and that the library has what it plays."""
    wanted = set(slot.items)
    have = unit.session.scalars(select(ContentRow.sha256).where(ContentRow.sha256.in_(wanted)))
    missing = wanted - set(have)
    if missing:
        msg = f"Khung giờ “{slot.title}” dùng nội dung chưa có trong kho ({min(missing)[:12]}…)."
        raise Unacceptable(msg, "no-content")
    data = _ENCODER.encode(slot)
    try:
        _DECODER.decode(data)
    except msgspec.ValidationError as fault:
        raise Unacceptable(f"Khung giờ “{slot.title}” không đúng: {fault}", "bad-slot") from fault
    return data


def _row(unit: Unit, slot_id: str) -> SlotRow:
    row = unit.session.get(SlotRow, slot_id)
    if row is None:
        raise NotFound(f"Không có khung giờ {slot_id[:40]}.", "no-slot")
    return row


def _require(who: Person | None, area: str) -> None:
    if who is not None:
        who.require(Right.EDIT, area)


def _name(who: Person | None) -> str:
    return who.name if who else SYSTEM
