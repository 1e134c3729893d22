"""Verbs of the map's ground: the outline that an administrator gives for a province or commune."""

from datetime import datetime

from central.db.care import OutlineRow
from central.domain.areas import lineage
from central.domain.care_outline import Outline, pack_outline, read_outline, unpack_outline
from central.domain.people import Person, Right
from central.services.areas import area_named
from central.services.unit import Unit


def set_outline(unit: Unit, area: str, data: bytes, *, who: Person, now: datetime) -> Outline:
    """Keep the outline of an area, read from GeoJSON; raises what `read_outline` raises."""
    area_named(unit, area)
    who.require(Right.ADMINISTER, area)
    outline = read_outline(data)
    row = unit.session.get(OutlineRow, area)
    if row is None:
        row = OutlineRow(area=area)
        unit.session.add(row)
    row.shapes, row.changed, row.changed_by = pack_outline(outline), now, who.name
    unit.session.flush()
    count = sum(len(line) for line in outline)
    unit.note(who, "map-outline", f"{area} {len(outline)}/{count}", now=now, area=area)
    return outline


def drop_outline(unit: Unit, area: str, *, who: Person, now: datetime) -> None:
    """Forget the outline of an area; the map of its points remains."""
    who.require(Right.ADMINISTER, area)
    row = unit.session.get(OutlineRow, area)
    if row is not None:
        unit.session.delete(row)
        unit.note(who, "map-outline-end", area, now=now, area=area)


def outline_for(unit: Unit, area: str) -> Outline:
    """Return the outline to draw for an area: its own, else that of the nearest area above it, else nothing."""
    for path in reversed(lineage(area)):
        row = unit.session.get(OutlineRow, path)
        if row is not None:
            return unpack_outline(row.shapes)
    return ()
