"""Verbs of codes: what another system calls a place, and which area of ours that is.

Law of the room: kept by the administrators of a root for all who work under it; a code is compared as
`cap_places.key_of` says.
"""

from datetime import datetime
from typing import Final

import msgspec
from sqlalchemy import func, select

from central.db.cap import CapCodeRow
from central.domain.areas import root_of
from central.domain.cap_places import CapCode, key_of
from central.domain.errors import Conflict, NotFound, Unacceptable
from central.domain.people import Person, Right
from central.services.areas import area_named
from central.services.unit import Unit

MOST_CODES: Final = 5_000


class CapCodeAsked(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A code as it stands in messages (`valueName` and `value`), and the area that it means."""

    name: str
    value: str
    area: str


def codes_of(unit: Unit, root: str) -> tuple[CapCode, ...]:
    """Return the codes that count under a root, by name and value."""
    query = select(CapCodeRow).where(CapCodeRow.root == root)
    rows = unit.session.scalars(query.order_by(CapCodeRow.name, CapCodeRow.value))
    return tuple(_state(row) for row in rows)


def list_codes(unit: Unit, *, who: Person) -> tuple[CapCode, ...]:
    """Return the codes of every root in which `who` sees something."""
    roots = {root_of(area) for area in who.areas(Right.VIEW)}
    return tuple(code for root in sorted(roots) for code in codes_of(unit, root))


def set_code(unit: Unit, asked: CapCodeAsked, *, who: Person, now: datetime) -> CapCode:
    """Say which area a code means.

    Raises `Unacceptable`, `NotFound`, `Conflict`, or `Forbidden` unless `who` administers that area.
    """
    name, value = " ".join(asked.name.split()), " ".join(asked.value.split())
    if not (1 <= len(name) <= 200 and 1 <= len(value) <= 200) or not key_of(name, value)[0]:
        raise Unacceptable("Tên mã và giá trị cần từ 1 đến 200 chữ.", "bad-code")
    area_named(unit, asked.area)
    who.require(Right.ADMINISTER, asked.area)
    root = root_of(asked.area)
    held = unit.session.scalars(select(CapCodeRow).where(CapCodeRow.root == root)).all()
    row = next((r for r in held if key_of(r.name, r.value) == key_of(name, value)), None)
    if row is not None:
        who.require(Right.ADMINISTER, row.area)  # nobody takes a code away from another commune
    else:
        count = select(func.count()).select_from(CapCodeRow).where(CapCodeRow.root == root)
        if (unit.session.scalar(count) or 0) >= MOST_CODES:
            raise Conflict(f"Đã có {MOST_CODES} mã: hãy bỏ bớt.", "too-many-codes")
        row = CapCodeRow(root=root, name=name, value=value)
        unit.session.add(row)
    row.area, row.changed, row.changed_by = asked.area, now, who.name
    unit.session.flush()
    unit.note(who, "set-cap-code", f"{name}={value} {asked.area}", now=now, area=asked.area)
    return _state(row)


def drop_code(unit: Unit, number: int, *, who: Person, now: datetime) -> None:
    """Forget a code; raises `NotFound`, or `Forbidden` unless `who` administers its area."""
    row = unit.session.get(CapCodeRow, number) if 0 < number < 2**53 else None
    if row is None or root_of(row.area) not in {root_of(a) for a in who.areas(Right.VIEW)}:
        raise NotFound("Không có mã này.", "no-code")
    who.require(Right.ADMINISTER, row.area)
    unit.note(who, "drop-cap-code", f"{row.name}={row.value}", now=now, area=row.area)
    unit.session.delete(row)
    unit.session.flush()


def _state(row: CapCodeRow) -> CapCode:
    return CapCode(number=row.id, root=row.root, name=row.name, value=row.value, area=row.area)
