"""Verbs of the overview: who needs somebody first, and how each commune is.

Law of the room: reads only; two questions, however many appliances there are. The order is `central.domain.care`'s.
"""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import ColumnElement, case, func, or_, select

from central.db.care import DeviceHealthRow
from central.db.fleet import DeviceRow
from central.db.people import AreaRow
from central.domain.care import ORDER, Link, Need, ranked
from central.domain.care_states import CommuneLine
from central.domain.people import Person, Right
from central.services.care_conditions import (
    Condition,
    Now,
    all_conditions,
    any_of,
    linked,
    look_now,
)
from central.services.care_lines import joined, line_of, lines, place_names
from central.services.unit import Unit
from contract.documents import Rank

COMMUNE_DEPTH = 2


def needs(unit: Unit, areas: Iterable[str], *, now: datetime, limit: int = 20) -> tuple[Need, ...]:
    """Return who at or below these areas needs somebody first, gravest first; `limit` from 1 to 200."""
    look = look_now(unit, now)
    conditions = all_conditions(look)
    place = case(*((condition, ORDER[kind]) for kind, condition in conditions.items()), else_=99)
    query = lines(look).where(
        _in_service(areas), DeviceRow.last_seen.is_not(None), or_(*conditions.values())
    )
    query = query.order_by(place, DeviceRow.last_seen, DeviceRow.name)
    rows = unit.session.execute(query.limit(min(max(limit, 1), 200))).all()
    places = place_names(unit, {row.DeviceRow.area for row in rows})
    found = [line_of(row, places, now) for row in rows]
    return ranked(
        Need(
            device=line.id,
            name=line.name,
            area=line.place,
            kinds=line.kinds,
            why=line.why,
            since=line.last_seen,
        )
        for line in found
    )


def communes(unit: Unit, who: Person, *, now: datetime) -> tuple[CommuneLine, ...]:
    """Return each commune of the areas that `who` may view with its counts, the one with most trouble first."""
    state = _state(look_now(unit, now)).label("state")
    query = joined(select(DeviceRow.area, state, func.count()))
    query = query.where(_in_service(who.areas(Right.VIEW))).group_by(DeviceRow.area, state)
    folded: dict[str, Counter[str]] = {}
    for area, found, count in unit.session.execute(query):
        commune = "/".join(area.split("/")[:COMMUNE_DEPTH])
        folded.setdefault(commune, Counter())[found] += count
    names = _names(unit, folded)
    found_lines = [
        CommuneLine(
            path=path,
            name=names.get(path, path),
            total=counts.total(),
            sounding=counts["sounding"],
            well=counts["well"],
            attention=counts["attention"],
            lost=counts["lost"],
            never=counts["never"],
        )
        for path, counts in folded.items()
    ]
    return tuple(sorted(found_lines, key=lambda line: (-(line.attention + line.lost), line.name)))


def _state(look: Now) -> ColumnElement[str]:
    """Return in which of the five counts an appliance is; each is in one."""
    now = look.at
    return case(
        (linked(Link.NEVER, now), "never"),
        (or_(linked(Link.LATE, now), linked(Link.OFFLINE, now)), "lost"),
        (or_(*all_conditions(look).values()), "attention"),
        (DeviceHealthRow.on_air > int(Rank.FILLER), "sounding"),
        else_="well",
    )


def _in_service(areas: Iterable[str]) -> Condition:
    return any_of(areas) & DeviceRow.retired.is_(False)


def _names(unit: Unit, paths: Iterable[str]) -> dict[str, str]:
    rows = unit.session.execute(select(AreaRow.path, AreaRow.name).where(AreaRow.path.in_(paths)))
    return dict(rows.all())
