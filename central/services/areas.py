"""Verbs of the area tree."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import InstrumentedAttribute
from sqlalchemy.sql.elements import ColumnElement

from central.db.people import AreaRow
from central.domain.areas import Area, checked_path
from central.domain.errors import Conflict, NotFound, Unacceptable
from central.domain.people import Person, Right
from central.services.unit import Unit
from contract.area import parent


def add_area(unit: Unit, path: str, name: str, *, who: Person | None, now: datetime) -> Area:
    """Add one area below an existing one (or a new root, for the house itself).

    Raises `Unacceptable` for a bad path or a missing parent, `Conflict` when it exists.
    """
    above = parent(checked_path(path))
    if who is not None:
        who.require(Right.ADMINISTER, above or path)
    if unit.session.get(AreaRow, path) is not None:
        raise Conflict(f"Địa bàn {path} đã có.", "area-exists")
    if above is not None and unit.session.get(AreaRow, above) is None:
        raise Unacceptable(f"Chưa có địa bàn cấp trên {above}: hãy thêm nó trước.", "no-parent")
    name = name.strip()
    if not 1 <= len(name) <= 200:
        raise Unacceptable("Tên địa bàn cần từ 1 đến 200 chữ.", "bad-name")
    unit.session.add(AreaRow(path=path, name=name, created=now))
    unit.session.flush()
    unit.note(who, "add-area", f"{path} {name}", now=now)
    return Area(path=path, name=name)


def import_areas(
    unit: Unit, areas: Iterable[Area], *, who: Person | None, now: datetime
) -> tuple[int, int]:
    """Add the areas that are new and rename those that changed; return (added, renamed).

    Parents must stand before children (`central.domain.areas.from_csv` sorts). All or nothing.
    """
    added = renamed = 0
    for area in areas:
        row = unit.session.get(AreaRow, area.path)
        if row is None:
            add_area(unit, area.path, area.name, who=who, now=now)
            added += 1
        elif row.name != area.name:
            if who is not None:
                who.require(Right.ADMINISTER, area.path)
            row.name = area.name
            unit.note(who, "rename-area", f"{area.path} {area.name}", now=now)
            renamed += 1
    return added, renamed


def list_areas(unit: Unit, under: str | None = None) -> tuple[Area, ...]:
    """Return the areas at or below `under` (all when None), parents before children."""
    query = select(AreaRow).order_by(AreaRow.path)
    if under is not None:
        query = query.where(at_or_below(AreaRow.path, under))
    rows = unit.session.scalars(query)
    return tuple(sorted((_area(row) for row in rows), key=lambda a: a.path.split("/")))


def area_named(unit: Unit, path: str) -> Area:
    """Return one area; raises `NotFound`."""
    row = unit.session.get(AreaRow, path)
    if row is None:
        raise NotFound(f"Không có địa bàn {path[:60]}.", "no-area")
    return _area(row)


def at_or_below(column: InstrumentedAttribute[str], area: str) -> ColumnElement[bool]:
    """Return the condition that `column` is `area` or lies below it, on segment boundaries."""
    return or_(column == area, column.startswith(f"{area}/", autoescape=True))


def _area(row: AreaRow) -> Area:
    return Area(path=row.path, name=row.name)
