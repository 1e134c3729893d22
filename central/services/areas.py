"""Verbs of the area tree: its nodes, and who stands in for whom after a merge.

Law of the room: a path is never given twice. Who asks for an area asks also for those that were merged into it, for
their appliances keep the old path until they are assigned anew (`with_predecessors`).
"""

from collections.abc import Iterable, Sequence
from datetime import date, datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import InstrumentedAttribute
from sqlalchemy.sql.elements import ColumnElement

from central.db.people import AreaRow
from central.domain.areas import (
    Area,
    ImportPlan,
    checked_code,
    checked_path,
    commune_of,
    lineage_through,
    planned_import,
)
from central.domain.errors import Conflict, NotFound, Unacceptable
from central.domain.people import Person, Right, checked_words, topmost
from central.services.unit import Unit
from contract.area import is_at_or_below, parent


def add_area(
    unit: Unit,
    path: str,
    name: str,
    *,
    who: Person | None,
    now: datetime,
    code: str = "",
    since: date | None = None,
) -> Area:
    """Add one area below an existing one (or a new root, for the house itself).

    Raises `Unacceptable` for a bad path or a missing parent, `Conflict` when it exists.
    """
    above = parent(checked_path(path))
    if who is not None:
        who.require(Right.ADMINISTER, above or path)
    if unit.session.get(AreaRow, path) is not None:
        raise Conflict(f"Địa bàn {path} đã có.", "area-exists")
    over = unit.session.get(AreaRow, above) if above is not None else None
    if above is not None and over is None:
        raise Unacceptable(f"Chưa có địa bàn cấp trên {above}: hãy thêm nó trước.", "no-parent")
    if over is not None and over.until is not None:
        raise Unacceptable(f"Địa bàn cấp trên {above} đã đóng.", "area-closed")
    row = AreaRow(
        path=path, name=checked_name(name), created=now, code=checked_code(code), since=since
    )
    unit.session.add(row)
    unit.session.flush()
    area = area_of(row)
    unit.note(who, "add-area", f"{path} {name}", now=now, area=path, subject=path, after=area)
    return area


def checked_name(name: str) -> str:
    """Return the name of an area in one spelling; raises `Unacceptable`."""
    name = checked_words(name, "Tên địa bàn")
    if not name:
        raise Unacceptable("Tên địa bàn cần từ 1 đến 200 chữ.", "bad-name")
    return name


def plan_import(unit: Unit, areas: Sequence[Area], *, who: Person | None) -> ImportPlan:
    """Return what importing these would change, without doing it; every area must be administered by `who`."""
    for area in areas:
        if who is not None:
            held = unit.session.get(AreaRow, area.path)
            who.require(Right.ADMINISTER, area.path if held else parent(area.path) or area.path)
    roots = topmost(area.path for area in areas)
    held_areas = [area for root in roots for area in list_areas(unit, root)]
    above = {parent(root) for root in roots} - {None}
    rows = unit.session.scalars(select(AreaRow).where(AreaRow.path.in_(above)))
    return planned_import([*held_areas, *(area_of(row) for row in rows)], areas)


def import_areas(
    unit: Unit, areas: Iterable[Area], *, who: Person | None, now: datetime
) -> tuple[int, int]:
    """Add the areas that are new and change those that differ; return (added, changed).

    Parents must stand before children (`central.domain.areas.from_csv` sorts). All or nothing.
    """
    plan = plan_import(unit, tuple(areas), who=who)
    for area in plan.added:
        add_area(unit, area.path, area.name, who=who, now=now, code=area.code, since=area.since)
    for before, after in plan.changed:
        row = unit.session.get_one(AreaRow, after.path)
        row.name, row.code, row.since = after.name, after.code, after.since
        unit.note(
            who,
            "rename-area",
            f"{after.path} {after.name}",
            now=now,
            area=after.path,
            subject=after.path,
            before=before,
            after=after,
        )
    return len(plan.added), len(plan.changed)


def list_areas(unit: Unit, under: str | None = None, *, closed: bool = True) -> tuple[Area, ...]:
    """Return the areas at or below `under` (all when None), parents before children; `closed` ones where asked."""
    query = select(AreaRow).order_by(AreaRow.path)
    if under is not None:
        query = query.where(at_or_below(AreaRow.path, under))
    if not closed:
        query = query.where(AreaRow.until.is_(None))
    rows = unit.session.scalars(query)
    return tuple(sorted((area_of(row) for row in rows), key=lambda a: a.path.split("/")))


def area_named(unit: Unit, path: str) -> Area:
    """Return one area; raises `NotFound`."""
    return area_of(area_row(unit, path))


def area_row(unit: Unit, path: str) -> AreaRow:
    """Return the row of one area; raises `NotFound`."""
    row = unit.session.get(AreaRow, path)
    if row is None:
        raise NotFound(f"Không có địa bàn {path[:60]}.", "no-area")
    return row


def with_predecessors(unit: Unit, area: str) -> tuple[str, ...]:
    """Return `area` and the closed areas that it stands for now, topmost only: what its lists and figures cover.

    A root covers all of its own anyway. Two statements for a commune that was merged once.
    """
    found = {area}
    frontier: tuple[str, ...] = (area,) if "/" in area else ()
    while frontier:
        successor = or_(*(at_or_below(AreaRow.successor, path) for path in frontier))
        rows = unit.session.scalars(select(AreaRow.path).where(successor))
        fresh = [p for p in rows if not any(is_at_or_below(p, known) for known in found)]
        frontier = topmost(fresh)
        found |= set(frontier)
    return (area, *(path for path in topmost(found) if path != area))


def successors_of(unit: Unit) -> dict[str, str]:
    """Return the successor of every closed area that has one: for `domain.areas.lineage_through` over many places."""
    query = select(AreaRow.path, AreaRow.successor).where(AreaRow.successor.is_not(None))
    return {path: successor for path, successor in unit.session.execute(query) if successor}


def lineage_of(unit: Unit, area: str) -> tuple[str, ...]:
    """Return whose slots reach an appliance at `area`: its lineage, then that of what it was merged into."""
    return lineage_through(area, successors_of(unit))


def communes_of(unit: Unit, areas: Iterable[str]) -> dict[str, str]:
    """Return the open communes at or below `areas`, and those that hold one of them: path to name."""
    wanted = tuple(areas)
    query = select(AreaRow.path, AreaRow.name).where(
        AreaRow.until.is_(None),
        AreaRow.path.like("%/%"),
        ~AreaRow.path.like("%/%/%"),
        or_(
            *(at_or_below(AreaRow.path, area) for area in wanted),
            AreaRow.path.in_([commune_of(area) for area in wanted]),
        ),
    )
    return dict(unit.session.execute(query).all())


def at_or_below(
    column: InstrumentedAttribute[str] | InstrumentedAttribute[str | None], area: str
) -> ColumnElement[bool]:
    """Return the condition that `column` is `area` or lies below it, on segment boundaries."""
    return or_(column == area, column.startswith(f"{area}/", autoescape=True))


def area_of(row: AreaRow) -> Area:
    """Return a row as the value that verbs answer."""
    return Area(
        path=row.path,
        name=row.name,
        code=row.code,
        since=row.since,
        until=row.until,
        successor=row.successor,
    )
