"""Verbs of appliances as things: serial, supplier, warranty, notes, spare parts and what was swapped.

Law of the room: who installs (a technician) or administers an area writes there; who views it reads. Notes and swaps
are added and never changed. A part is taken from the store and put into the appliance in one transaction.
"""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Final

import msgspec
from sqlalchemy import ColumnElement, false, or_, select, update
from sqlalchemy.orm import InstrumentedAttribute

from central.db.care import (
    CareNoteRow,
    DeviceAssetRow,
    DeviceHealthRow,
    PartSwapRow,
    SparePartRow,
    SupplierRow,
)
from central.domain.areas import lineage
from central.domain.care_states import (
    NOTE_KINDS,
    AssetState,
    NoteState,
    PartState,
    SupplierState,
    SwapState,
)
from central.domain.errors import Conflict, NotFound, Unacceptable
from central.domain.people import Person, Right
from central.services.areas import area_named, at_or_below
from central.services.care import search_words
from central.services.devices import device_row
from central.services.sites import rows_changed
from central.services.unit import Unit

MOST_STOCK: Final = 1_000_000
EARLIEST: Final = date(1990, 1, 1)
LATEST: Final = date(2100, 1, 1)


class AssetDraft(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the papers of an appliance say; `supplier` is a supplier's number."""

    serial: str = ""
    model: str = ""
    supplier: int | None = None
    bought: date | None = None
    warranty_until: date | None = None


class SupplierDraft(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A supplier as somebody writes it down; `code` is the national system's, where there is one."""

    area: str
    name: str
    code: str = ""
    phone: str = ""
    email: str = ""
    note: str = ""


class PartDraft(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A spare part of the store of an area: how many lie there, and how many at least should."""

    area: str
    name: str
    stock: int
    fewest: int = 0
    supplier: int | None = None
    note: str = ""


class SwapDraft(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A part put into an appliance: `part` of a store (one less there), or by `name` alone."""

    part: int | None = None
    name: str = ""
    out_serial: str = ""
    in_serial: str = ""
    note: str = ""


def may_care(who: Person, area: str) -> bool:
    """Return whether this person looks after appliances there."""
    return who.may(Right.INSTALL, area)


def asset_of(unit: Unit, device: str) -> AssetState:
    """Return what the papers of an appliance say; everything empty where nobody wrote it down."""
    row = unit.session.get(DeviceAssetRow, device)
    if row is None:
        return AssetState(device=device)
    supplier = unit.session.get(SupplierRow, row.supplier) if row.supplier is not None else None
    return AssetState(
        device=device,
        serial=row.serial,
        model=row.model,
        supplier=row.supplier,
        supplier_name=supplier.name if supplier is not None else "",
        bought=row.bought,
        warranty_until=row.warranty_until,
    )


def set_asset(
    unit: Unit, device: str, draft: AssetDraft, *, who: Person, now: datetime
) -> AssetState:
    """Write down what the papers of an appliance say.

    Raises `Unacceptable` for texts that are too long, dates out of any range, or a supplier of somebody else.
    """
    place = device_row(unit, device)
    who.require(Right.INSTALL, place.area)
    before = asset_of(unit, device)
    serial, model = _text(draft.serial, "Số máy", 80), _text(draft.model, "Kiểu máy", 80)
    for day in (draft.bought, draft.warranty_until):
        if day is not None and not EARLIEST <= day <= LATEST:
            raise Unacceptable("Ngày mua và ngày hết bảo hành phải từ 1990 đến 2100.", "bad-date")
    if draft.supplier is not None:
        _known_supplier(unit, draft.supplier, place.area)
    row = unit.session.get(DeviceAssetRow, device)
    if row is None:
        row = DeviceAssetRow(device=device)
        unit.session.add(row)
    row.serial, row.model, row.supplier = serial, model, draft.supplier
    row.bought, row.warranty_until = draft.bought, draft.warranty_until
    row.changed, row.changed_by = now, who.name
    health = unit.session.get(DeviceHealthRow, device)
    if health is not None:
        health.search = search_words(device, place.name, serial)
    unit.session.flush()
    after = asset_of(unit, device)
    _noted(unit, who, "care-asset", device, place.area, now, before, after)
    return after


def list_suppliers(unit: Unit, areas: Iterable[str]) -> tuple[SupplierState, ...]:
    """Return the suppliers of these areas, of what lies below them, and of the areas above them, by name."""
    rows = unit.session.scalars(
        select(SupplierRow)
        .where(_around(SupplierRow.area, areas))
        .order_by(SupplierRow.name, SupplierRow.id)
        .limit(1_000)
    )
    return tuple(_supplier(row) for row in rows)


def set_supplier(
    unit: Unit, draft: SupplierDraft, *, number: int | None = None, who: Person, now: datetime
) -> SupplierState:
    """Write down a new supplier, or change one by its number."""
    area_named(unit, draft.area)
    who.require(Right.ADMINISTER, draft.area)
    name = _text(draft.name, "Tên nhà cung cấp", 200)
    if not name:
        raise Unacceptable("Nhà cung cấp cần một tên.", "no-name")
    before = None
    if number is None:
        row = SupplierRow()
        unit.session.add(row)
    else:
        row = _supplier_row(unit, number)
        who.require(Right.ADMINISTER, row.area)
        before = _supplier(row)
    row.area, row.name = draft.area, name
    row.code, row.phone = _text(draft.code, "Mã", 40), _text(draft.phone, "Điện thoại", 40)
    row.email, row.note = _text(draft.email, "Thư điện tử", 200), _text(draft.note, "Ghi chú", 500)
    row.changed, row.changed_by = now, who.name
    unit.session.flush()
    after = _supplier(row)
    _noted(unit, who, "care-supplier", str(row.id), row.area, now, before, after)
    return after


def delete_supplier(unit: Unit, number: int, *, who: Person, now: datetime) -> None:
    """Forget a supplier; appliances that came from it keep their other papers."""
    row = _supplier_row(unit, number)
    who.require(Right.ADMINISTER, row.area)
    before = _supplier(row)
    unit.session.delete(row)
    unit.session.flush()
    _noted(unit, who, "care-supplier-end", str(number), before.area, now, before, None)


def add_note(
    unit: Unit, device: str, kind: str, text: str, *, who: Person, now: datetime
) -> NoteState:
    """Write down what was seen or done at an appliance."""
    place = device_row(unit, device)
    who.require(Right.INSTALL, place.area)
    text = text.strip()
    if kind not in NOTE_KINDS:
        raise Unacceptable("Hãy chọn loại ghi chú.", "bad-kind")
    if not 2 <= len(text) <= 2_000:
        raise Unacceptable("Ghi chú cần từ 2 đến 2.000 chữ cái.", "bad-note")
    row = CareNoteRow(device=device, at=now, by=who.name, kind=kind, text=text)
    unit.session.add(row)
    unit.session.flush()
    _noted(unit, who, "care-note", device, place.area, now, None, _note(row))
    return _note(row)


def list_notes(
    unit: Unit, device: str, *, before: int | None = None, limit: int = 20
) -> tuple[NoteState, ...]:
    """Return the notes of an appliance, newest first; go on with `before` the last number."""
    query = select(CareNoteRow).where(CareNoteRow.device == device)
    if before is not None:
        query = query.where(CareNoteRow.id < before)
    rows = unit.session.scalars(query.order_by(CareNoteRow.id.desc()).limit(_few(limit)))
    return tuple(_note(row) for row in rows)


def list_parts(unit: Unit, areas: Iterable[str]) -> tuple[PartState, ...]:
    """Return the stores of these areas and above and below them, what must be bought first."""
    rows = unit.session.scalars(
        select(SparePartRow)
        .where(_around(SparePartRow.area, areas))
        .order_by(SparePartRow.area, SparePartRow.name, SparePartRow.id)
        .limit(2_000)
    )
    return tuple(sorted((_part(row) for row in rows), key=lambda p: (not p.short, p.name)))


def set_part(
    unit: Unit, draft: PartDraft, *, number: int | None = None, who: Person, now: datetime
) -> PartState:
    """Write down a new part of a store, or change one by its number."""
    area_named(unit, draft.area)
    who.require(Right.INSTALL, draft.area)
    name = _text(draft.name, "Tên linh kiện", 200)
    if not name:
        raise Unacceptable("Linh kiện cần một tên.", "no-name")
    if not (0 <= draft.stock <= MOST_STOCK and 0 <= draft.fewest <= MOST_STOCK):
        raise Unacceptable("Số lượng từ 0 đến 1.000.000.", "bad-count")
    if draft.supplier is not None:
        _known_supplier(unit, draft.supplier, draft.area)
    before = None
    if number is None:
        row = SparePartRow()
        unit.session.add(row)
    else:
        row = _part_row(unit, number)
        who.require(Right.INSTALL, row.area)
        before = _part(row)
    row.area, row.name, row.supplier = draft.area, name, draft.supplier
    row.stock, row.fewest, row.note = draft.stock, draft.fewest, _text(draft.note, "Ghi chú", 500)
    row.changed, row.changed_by = now, who.name
    unit.session.flush()
    after = _part(row)
    _noted(unit, who, "care-part", str(row.id), row.area, now, before, after)
    return after


def swap_part(
    unit: Unit, device: str, draft: SwapDraft, *, who: Person, now: datetime
) -> SwapState:
    """Write down that a part was put into an appliance; where it came from a store, one less lies there.

    Raises `Conflict` when the store has none left.
    """
    place = device_row(unit, device)
    who.require(Right.INSTALL, place.area)
    name = _text(draft.name, "Tên linh kiện", 200)
    if draft.part is not None:
        part = _part_row(unit, draft.part)
        who.require(Right.INSTALL, part.area)
        name = name or part.name
        taking = (
            update(SparePartRow)
            .where(SparePartRow.id == part.id, SparePartRow.stock > 0)
            .values(stock=SparePartRow.stock - 1, changed=now, changed_by=who.name)
        )
        if not rows_changed(unit, taking):
            msg = f"Kho không còn “{part.name}”; hãy nhập thêm hoặc ghi linh kiện mua ngoài."
            raise Conflict(msg, "none-left")
        unit.session.refresh(part)
    if not name:
        raise Unacceptable("Hãy chọn linh kiện hoặc ghi tên.", "no-name")
    row = PartSwapRow(
        device=device,
        part=draft.part,
        name=name,
        at=now,
        by=who.name,
        out_serial=_text(draft.out_serial, "Số máy cũ", 80),
        in_serial=_text(draft.in_serial, "Số máy mới", 80),
        note=_text(draft.note, "Ghi chú", 500),
    )
    unit.session.add(row)
    unit.session.flush()
    _noted(unit, who, "care-swap", device, place.area, now, None, _swap(row))
    return _swap(row)


def list_swaps(unit: Unit, device: str, *, limit: int = 50) -> tuple[SwapState, ...]:
    """Return the parts that were put into an appliance, newest first."""
    query = select(PartSwapRow).where(PartSwapRow.device == device)
    rows = unit.session.scalars(query.order_by(PartSwapRow.id.desc()).limit(_few(limit)))
    return tuple(_swap(row) for row in rows)


def _around(column: InstrumentedAttribute[str], areas: Iterable[str]) -> ColumnElement[bool]:
    found: list[ColumnElement[bool]] = []
    for area in areas:
        found += [at_or_below(column, area), column.in_(lineage(area))]
    return or_(false(), *found)


def _few(limit: int) -> int:
    return min(max(limit, 1), 200)


def _text(text: str, name: str, most: int) -> str:
    kept = " ".join(text.split())
    if len(kept) > most:
        raise Unacceptable(f"{name} dài quá {most} chữ cái.", "too-long")
    return kept


def _known_supplier(unit: Unit, number: int, area: str) -> None:
    """Refuse a supplier that people of this area do not know."""
    row = unit.session.get(SupplierRow, number)
    if row is None or not (row.area in lineage(area) or area in lineage(row.area)):
        raise Unacceptable("Không có nhà cung cấp này tại địa bàn.", "no-supplier")


def _supplier_row(unit: Unit, number: int) -> SupplierRow:
    row = unit.session.get(SupplierRow, number)
    if row is None:
        raise NotFound(f"Không có nhà cung cấp số {number}.", "no-supplier")
    return row


def _part_row(unit: Unit, number: int) -> SparePartRow:
    row = unit.session.get(SparePartRow, number)
    if row is None:
        raise NotFound(f"Không có linh kiện số {number}.", "no-part")
    return row


def _noted(
    unit: Unit,
    who: Person,
    verb: str,
    subject: str,
    area: str,
    now: datetime,
    before: msgspec.Struct | None,
    after: msgspec.Struct | None,
) -> None:
    what = f"{subject} {area}"
    unit.note(who, verb, what, now=now, area=area, subject=subject, before=before, after=after)


def _supplier(row: SupplierRow) -> SupplierState:
    return SupplierState(
        id=row.id,
        area=row.area,
        code=row.code,
        name=row.name,
        phone=row.phone,
        email=row.email,
        note=row.note,
    )


def _note(row: CareNoteRow) -> NoteState:
    return NoteState(
        id=row.id, device=row.device, at=row.at, by=row.by, kind=row.kind, text=row.text
    )


def _part(row: SparePartRow) -> PartState:
    return PartState(
        id=row.id,
        area=row.area,
        name=row.name,
        supplier=row.supplier,
        stock=row.stock,
        fewest=row.fewest,
        note=row.note,
    )


def _swap(row: PartSwapRow) -> SwapState:
    return SwapState(
        id=row.id,
        device=row.device,
        name=row.name,
        at=row.at,
        by=row.by,
        out_serial=row.out_serial,
        in_serial=row.in_serial,
        note=row.note,
    )
