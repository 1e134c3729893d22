"""Plays as lists show them: with the names of appliances and areas.

Law of the room: reads only; names are looked up once for a whole page.
"""

from collections.abc import Iterable, Mapping

from sqlalchemy import select

from central.db.fleet import DeviceRow, PlayRow
from central.db.people import AreaRow
from central.domain.areas import lineage
from central.domain.evaluation import PlayLine
from central.domain.states import PlayState
from central.domain.tally import priority_of
from central.services.unit import Unit


def play_lines(unit: Unit, rows: Iterable[PlayRow]) -> tuple[PlayLine, ...]:
    """Return rows as a list shows them, with the names of appliances and areas."""
    rows = tuple(rows)
    names, places = named(unit, {row.device for row in rows}, {row.area for row in rows})
    return tuple(
        PlayLine(
            id=row.id,
            play=_state(row),
            device_name=names.get(row.device, row.device),
            area=row.area,
            place=place(row.area, places),
            field=row.field,
            priority=priority_of(row.rank),
            reason=row.reason,
        )
        for row in rows
    )


def place(area: str, names: Mapping[str, str]) -> str:
    """Return where an area lies, nearest first: Ấp 1, Xã Mỹ Phong."""
    below_root = lineage(area)[1:] or lineage(area)
    return ", ".join(names.get(path, path) for path in reversed(below_root))


def named(unit: Unit, devices: set[str], areas: set[str]) -> tuple[dict[str, str], dict[str, str]]:
    """Return the names of these appliances, and of these areas and those above them."""
    appliances: dict[str, str] = {}
    if devices:
        query = select(DeviceRow.id, DeviceRow.name).where(DeviceRow.id.in_(devices))
        appliances.update(unit.session.execute(query).all())
    paths = {path for area in areas for path in lineage(area)}
    named: dict[str, str] = {}
    if paths:
        whole = select(AreaRow.path, AreaRow.name).where(AreaRow.path.in_(paths))
        named.update(unit.session.execute(whole).all())
    return appliances, named


def _state(row: PlayRow) -> PlayState:
    return PlayState(
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
