"""The area tree as pages need it: names, counts of appliances, places, zones.

Law of the room: reads only; what is judged is judged by `central.domain` and `contract`.
"""

from collections.abc import Iterable, Mapping

from sqlalchemy import func, select

from central.db.fleet import DeviceRow
from central.db.people import AreaRow
from central.domain.areas import lineage
from central.domain.states import (
    State,
)
from central.services.areas import at_or_below, list_areas
from central.services.devices import assignment_of
from central.services.unit import Unit
from contract.area import is_at_or_below


class AreaNode(State, frozen=True, kw_only=True):
    """One area of the tree with the number of appliances right at it, and at or below it.

    A closed one is named as such: its appliances keep the old path until they are assigned anew.
    """

    path: str
    name: str
    depth: int
    own: int
    below: int
    closed: bool = False


def area_tree(unit: Unit, under: Iterable[str] | None = None) -> tuple[AreaNode, ...]:
    """Return the tree, parents before children, depth from 0; only what lies at or below `under` when given.

    A closed area is left out of what is given `under`, for choosing, once no appliance stands there any more.
    """
    in_service = DeviceRow.retired.is_(False)
    standing = select(DeviceRow.area, func.count()).where(in_service).group_by(DeviceRow.area)
    counted: dict[str, int] = dict(unit.session.execute(standing).all())
    below: dict[str, int] = {}
    for path, count in counted.items():
        for above in lineage(path):
            below[above] = below.get(above, 0) + count
    wanted = None if under is None else tuple(under)
    return tuple(
        AreaNode(
            path=area.path,
            name=f"{area.name} (đã đóng)" if area.closed else area.name,
            depth=area.depth,
            own=counted.get(area.path, 0),
            below=below.get(area.path, 0),
            closed=area.closed,
        )
        for area in list_areas(unit)
        if wanted is None
        or (
            any(is_at_or_below(area.path, w) for w in wanted)
            and not (area.closed and not below.get(area.path))
        )
    )


def area_names(unit: Unit, areas: Iterable[str]) -> tuple[str, ...]:
    """Return the names of some areas; a path that is not in the tree names itself."""
    wanted = tuple(areas)
    rows = unit.session.scalars(select(AreaRow).where(AreaRow.path.in_(wanted)))
    names = {row.path: row.name for row in rows}
    return tuple(names.get(path, path) for path in wanted)


def place_of(area: str, names: Mapping[str, str]) -> str:
    """Return where an area lies, nearest first: Ấp 1, Phường Mỹ Phong."""
    below_root = lineage(area)[1:] or lineage(area)
    return ", ".join(names.get(path, path) for path in reversed(below_root))


def zones_of(unit: Unit, area: str) -> dict[str, str]:
    """Return the amplifier zones of the appliances at or below `area`: name to title, as first met."""
    rows = unit.session.scalars(
        select(DeviceRow)
        .where(at_or_below(DeviceRow.area, area), DeviceRow.retired.is_(False))
        .order_by(DeviceRow.id)
    )
    found: dict[str, str] = {}
    for row in rows:
        if set(row.zones) - found.keys():  # only then is the sealed paper opened
            found |= {z.name: z.title for z in assignment_of(row).zones if z.name not in found}
    return dict(sorted(found.items()))
