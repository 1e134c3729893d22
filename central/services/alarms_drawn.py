"""What a shape drawn on the map means: the appliances within it, and the areas to name so that they sound.

Law of the room: an announcement speaks to areas, so what else stands in them sounds too, and what has no coordinates
is not seen by the map; both are counted and said, never passed over.
"""

from collections.abc import Mapping, Sequence
from typing import Annotated

import msgspec
from msgspec import Meta
from sqlalchemy import false, func, or_, select

from central.db.care import DeviceHealthRow
from central.db.fleet import DeviceRow
from central.domain.areas import commune_of, lineage
from central.domain.drawn import Corner, is_inside
from central.domain.emergency import MOST_AREAS
from central.domain.errors import Unacceptable
from central.domain.people import Person, Right, topmost
from central.domain.states import State
from central.services.areas import at_or_below
from central.services.unit import Unit
from contract.area import parent


class ShapeAsked(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A closed shape on the map: its corners in order."""

    corners: Annotated[tuple[Corner, ...], Meta(min_length=3, max_length=500)]


class Drawn(State, frozen=True, kw_only=True):
    """What a shape holds: `inside` appliances in `areas`; `beside` stand in those areas outside the shape.

    `unplaced` of the person's appliances have no coordinates; `unplaced_here` of them stand in `areas`.
    """

    areas: tuple[str, ...]
    inside: int
    beside: int
    unplaced: int
    unplaced_here: int


def drawn(unit: Unit, corners: Sequence[Corner], *, who: Person) -> Drawn:
    """Return what the shape holds of the appliances that `who` may warn; raises `Unacceptable` for too many areas."""
    allowed = or_(false(), *(at_or_below(DeviceRow.area, a) for a in who.areas(Right.ALARM)))
    ours = (allowed, DeviceRow.retired.is_(False))
    joined = DeviceHealthRow.device == DeviceRow.id
    found = unit.session.execute(
        select(DeviceRow.area, DeviceHealthRow.latitude_deg, DeviceHealthRow.longitude_deg)
        .join(DeviceHealthRow, joined)
        .where(
            *ours,
            DeviceHealthRow.latitude_deg.between(*_span([c.latitude_deg for c in corners])),
            DeviceHealthRow.longitude_deg.between(*_span([c.longitude_deg for c in corners])),
        )
    )
    inside: dict[str, int] = {}
    for area, latitude, longitude in found:
        if latitude is None or longitude is None:
            continue
        if is_inside(Corner(latitude_deg=latitude, longitude_deg=longitude), corners):
            inside[area] = inside.get(area, 0) + 1
    placed = func.count(DeviceHealthRow.latitude_deg)
    counted = unit.session.execute(
        select(DeviceRow.area, func.count(), placed)
        .outerjoin(DeviceHealthRow, joined)
        .where(*ours)
        .group_by(DeviceRow.area)
    ).all()
    total = {area: every for area, every, _ in counted}
    unplaced = {area: every - seen for area, every, seen in counted}
    areas = _gathered(inside, total, who)
    if (
        len(areas) > MOST_AREAS
    ):  # more hamlets than an announcement can name: their communes, and who else sounds
        areas = topmost(commune_of(area) for area in inside)
        areas = tuple(area for area in areas if who.may(Right.ALARM, area))
    if len(areas) > MOST_AREAS:
        msg = f"Vùng vẽ chạm {len(areas)} xã, một cảnh báo chỉ nhận {MOST_AREAS} địa bàn: hãy vẽ nhỏ hơn."
        raise Unacceptable(msg, "too-many-areas")
    here = {area for area in total if any(a in areas for a in lineage(area))}
    return Drawn(
        areas=areas,
        inside=sum(inside.values()),
        beside=sum(total[area] for area in here) - sum(inside.values()),
        unplaced=sum(unplaced.values()),
        unplaced_here=sum(unplaced[area] for area in here),
    )


def _span(values: Sequence[float]) -> tuple[float, float]:
    return min(values), max(values)


def _gathered(inside: Mapping[str, int], total: Mapping[str, int], who: Person) -> tuple[str, ...]:
    """Return the areas to name: where several lie wholly inside, what holds them; never the province's root."""
    within, whole = _sums(inside), _sums(total)
    chosen = set(inside)
    for area in sorted(_parents(inside), key=lambda a: -a.count("/")):
        below = {one for one in chosen if parent(one) == area}
        full = within[area] == whole[area] and len(below | ({area} & chosen)) > 1
        if full and "/" in area and who.may(Right.ALARM, area):
            chosen = (chosen - {one for one in chosen if area in lineage(one)}) | {area}
    return tuple(sorted(chosen))


def _parents(areas: Mapping[str, int]) -> set[str]:
    return {above for area in areas for above in lineage(area)[:-1]}


def _sums(counts: Mapping[str, int]) -> dict[str, int]:
    """Return the counts at or below each area."""
    found: dict[str, int] = {}
    for area, count in counts.items():
        for above in lineage(area):
            found[above] = found.get(above, 0) + count
    return found
