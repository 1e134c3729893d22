"""What is read of the area tree: a part of it with counts, its history, and which appliances are to be assigned anew.

Law of the room: reads only, of areas at or below what somebody may see, and the names of those above.
"""

from itertools import islice

from sqlalchemy import func, or_, select

from central.db.fleet import DeviceRow
from central.db.people import AreaChangeRow, AreaRow, GrantRow
from central.db.sites import SiteRow
from central.domain.areas import Area, lineage
from central.domain.errors import Forbidden
from central.domain.people import Person, Right, folded
from central.domain.tree_states import AreaChangeState, AreaState, ChangeKind, ToReassign
from central.services.areas import area_of, at_or_below, list_areas, with_predecessors
from central.services.unit import Unit
from contract.area import parent

MOST = 200


def seen_areas(unit: Unit, who: Person, under: str | None = None) -> tuple[Area, ...]:
    """Return the areas at or below what `who` may see, and those above them for their names."""
    if under is not None:
        who.require(Right.VIEW, under)
    tops = (under,) if under is not None else who.areas(Right.VIEW)
    if not tops:
        return ()
    above = {path for top in tops for path in lineage(top)}
    rows = unit.session.scalars(
        select(AreaRow)
        .where(or_(AreaRow.path.in_(above), *(at_or_below(AreaRow.path, top) for top in tops)))
        .order_by(AreaRow.path)
    )
    return tuple(sorted((area_of(row) for row in rows), key=lambda a: a.path.split("/")))


def tree_at(
    unit: Unit, at: str, *, who: Person, closed: bool = False, after: str = "", limit: int = MOST
) -> AreaState:
    """Return an area with its children (after the path `after`, at most `limit`) and theirs, with counts.

    Closed areas are left out unless asked for, or while appliances still stand there.
    """
    who.require(Right.VIEW, at)
    found = list_areas(unit, at)
    appliances = _folded(unit, at, "appliances")
    people = _folded(unit, at, "people")
    below: dict[str, list[Area]] = {}
    counts: dict[str, int] = {}
    for area in found:
        if area.closed and not closed and not appliances.get(area.path):
            continue
        below.setdefault(parent(area.path) or "", []).append(area)
        for above in () if area.closed else lineage(area.path)[:-1]:
            counts[above] = counts.get(above, 0) + 1

    def state(area: Area, depth: int) -> AreaState:
        inner = below.get(area.path, []) if depth else []
        if depth == 2:
            inner = [child for child in inner if child.path > after][: min(limit, MOST)]
        return AreaState(
            path=area.path,
            name=area.name,
            code=area.code,
            since=area.since,
            until=area.until,
            successor=area.successor,
            appliances=appliances.get(area.path, 0),
            people=people.get(area.path, 0),
            areas=counts.get(area.path, 0),
            children=tuple(state(child, depth - 1) for child in inner),
        )

    top = next((area for area in found if area.path == at), None)
    if top is None:
        msg = f"Không có địa bàn {at[:60]} trong phạm vi của bạn."
        raise Forbidden(msg, "no-area")
    return state(top, 2)


def find_areas(unit: Unit, text: str, *, who: Person, limit: int = 50) -> tuple[Area, ...]:
    """Return areas whose name, code or path holds the words, marks or not, of what `who` may see."""
    words = folded(text).split()
    tops = who.areas(Right.VIEW)
    if not tops or not words:
        return ()
    query = select(AreaRow).where(or_(*(at_or_below(AreaRow.path, top) for top in tops)))
    rows = unit.session.scalars(query.order_by(AreaRow.path))
    named = ((area, folded(f"{area.name} {area.code} {area.path}")) for area in map(area_of, rows))
    found = (area for area, known in named if all(word in known for word in words))
    return tuple(islice(found, min(limit, MOST)))


def area_history(
    unit: Unit, area: str, *, who: Person, before: int | None = None, limit: int = 50
) -> tuple[AreaChangeState, ...]:
    """Return what happened to an area, its predecessors and what lies below, newest first."""
    who.require(Right.VIEW, area)
    places = with_predecessors(unit, area)
    query = select(AreaChangeRow).where(or_(*(at_or_below(AreaChangeRow.area, p) for p in places)))
    if before is not None:
        query = query.where(AreaChangeRow.id < before)
    rows = unit.session.scalars(query.order_by(AreaChangeRow.id.desc()).limit(min(limit, MOST)))
    return tuple(
        AreaChangeState(
            at=row.at,
            who=row.who,
            kind=ChangeKind(row.kind),
            area=row.area,
            successors=tuple(row.successors),
            day=row.day,
            why=row.why,
        )
        for row in rows
    )


def to_reassign(
    unit: Unit, *, who: Person, under: str | None = None, after: str = "", limit: int = 50
) -> tuple[ToReassign, ...]:
    """Return the appliances in service that stand under a closed path, by id after `after`."""
    if under is not None:
        who.require(Right.VIEW, under)
    tops = with_predecessors(unit, under) if under is not None else who.areas(Right.VIEW)
    if not tops:
        return ()
    query = (
        select(
            DeviceRow.id,
            DeviceRow.name,
            DeviceRow.area,
            AreaRow.name,
            AreaRow.successor,
            SiteRow.id,
        )
        .join(AreaRow, AreaRow.path == DeviceRow.area)
        .outerjoin(SiteRow, SiteRow.device == DeviceRow.id)
        .where(AreaRow.until.is_not(None), DeviceRow.retired.is_(False), DeviceRow.id > after)
        .where(or_(*(at_or_below(DeviceRow.area, top) for top in tops)))
        .order_by(DeviceRow.id)
        .limit(min(limit, MOST))
    )
    return tuple(
        ToReassign(device=device, name=name, area=area, area_name=place, into=into, site=site)
        for device, name, area, place, into, site in unit.session.execute(query)
    )


def _folded(unit: Unit, at: str, what: str) -> dict[str, int]:
    """Return how many appliances, or grants, lie at or below each area at or below `at`."""
    if what == "appliances":
        query = select(DeviceRow.area, func.count()).where(DeviceRow.retired.is_(False))
        query = query.where(at_or_below(DeviceRow.area, at)).group_by(DeviceRow.area)
    else:
        query = select(GrantRow.area, func.count(GrantRow.person_id.distinct()))
        query = query.where(at_or_below(GrantRow.area, at)).group_by(GrantRow.area)
    below: dict[str, int] = {}
    for path, count in unit.session.execute(query):
        for above in lineage(path):
            below[above] = below.get(above, 0) + count
    return below
