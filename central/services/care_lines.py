"""How the list of appliances is asked of the tables, and a row of it turned into a line.

Law of the room: reads only.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any, Final, NamedTuple

from sqlalchemy import Date, Select, and_, case, false, func, literal, or_, select
from sqlalchemy.orm import InstrumentedAttribute
from sqlalchemy.sql.elements import ColumnElement

from central.db.base import UtcInstant
from central.db.care import DeviceAssetRow, DeviceHealthRow, SupplierRow
from central.db.fleet import DeviceRow
from central.db.people import AreaRow
from central.domain.areas import lineage
from central.domain.care import RULES, WARRANTY_SOON, Link, Trouble, by_need, folded, link_of
from central.domain.care_sought import Order, Sought, Warranty
from central.domain.care_states import FleetLine
from central.domain.people import Person, Right
from central.services.care_conditions import (
    JOIN,
    Condition,
    Now,
    all_conditions,
    any_of,
    linked,
)
from central.services.unit import Unit
from contract.area import is_at_or_below
from contract.documents import Rank

GRAVE: Final = (Trouble.SILENT, Trouble.EMERGENCY, Trouble.NO_SOUND)
_NEVER_SEEN: Final = datetime(1970, 1, 1, tzinfo=UTC)
_NO_END: Final = date(9999, 1, 1)
Asked = Select[*tuple[Any, ...]]  # a joined question; its columns are named where it is made


class Key(NamedTuple):
    """One thing that a page is sorted by, and how its value goes into a cursor and out of it."""

    by: ColumnElement[Any]
    write: Callable[[Any], str | float] = lambda value: value
    read: Callable[[str | float], object] = lambda value: value


def visible_areas(who: Person, area: str) -> tuple[str, ...]:
    """Return the areas that a question about `area` (empty: everywhere) covers; raises `Forbidden` beyond one's own."""
    if not area:
        return who.areas(Right.VIEW)
    inside = tuple(own for own in who.areas(Right.VIEW) if is_at_or_below(own, area))
    if inside:
        return inside
    who.require(Right.VIEW, area)
    return (area,)


def where_sought(sought: Sought, who: Person, look: Now) -> list[Condition]:
    """Return the conditions of a filter, the person's own areas among them."""
    now = look.at
    found: list[Condition] = [
        any_of(visible_areas(who, sought.area)),
        DeviceRow.retired.is_(sought.retired),
    ]
    if sought.text:
        found += [
            DeviceHealthRow.search.contains(part, autoescape=True)
            for part in folded(sought.text).split()
        ]
    if sought.link is not None:
        found.append(linked(sought.link, now))
    if sought.away:
        found.append(or_(linked(Link.LATE, now), linked(Link.OFFLINE, now)))
    if sought.trouble is not None:
        found.append(all_conditions(look)[sought.trouble])
    if sought.any_trouble:
        found.append(or_(false(), *all_conditions(look).values()))
    if sought.software:
        found.append(DeviceHealthRow.software == sought.software)
    if sought.supplier:
        found.append(DeviceAssetRow.supplier == sought.supplier)
    if sought.warranty is not None:
        found.append(warranty(sought.warranty, now.date()))
    return found


def warranty(how: Warranty, today: date) -> Condition:
    """Return the condition that the warranty of an appliance stands so."""
    until = DeviceAssetRow.warranty_until
    match how:
        case Warranty.OVER:
            return until < today
        case Warranty.SOON:
            return and_(until >= today, until <= today + WARRANTY_SOON)
        case Warranty.UNKNOWN:
            return until.is_(None)


def joined(query: Asked) -> Asked:
    """Return a question asked of appliances with their health and papers."""
    return (
        query.select_from(DeviceRow)
        .outerjoin(DeviceHealthRow, JOIN)
        .outerjoin(DeviceAssetRow, DeviceAssetRow.device == DeviceRow.id)
    )


def lines(look: Now) -> Asked:
    """Return the question for whole lines; `line_of` reads its rows."""
    troubles = [c.label(_column(kind)) for kind, c in all_conditions(look).items()]
    supplier = SupplierRow.name.label("supplier_name")
    query = joined(select(DeviceRow, DeviceHealthRow, DeviceAssetRow, supplier, *troubles))
    return query.outerjoin(SupplierRow, SupplierRow.id == DeviceAssetRow.supplier)


def line_of(row: Any, places: Mapping[str, str], now: datetime) -> FleetLine:  # noqa: ANN401  a row of `lines`
    """Return a row as a line of the list."""
    device: DeviceRow = row.DeviceRow
    health: DeviceHealthRow | None = row.DeviceHealthRow
    asset: DeviceAssetRow | None = row.DeviceAssetRow
    kinds = by_need(kind for kind in Trouble if getattr(row, _column(kind)))
    link = link_of(device.last_seen, now)
    grave = any(kind in GRAVE for kind in kinds)
    on_air = health.on_air if health is not None else 0
    tone = tone_of(link, on_air, grave=grave, troubled=bool(kinds))
    return FleetLine(
        id=device.id,
        name=device.name,
        area=device.area,
        place=places.get(device.area, device.area),
        link=link,
        kinds=() if device.retired else kinds,
        tone="off" if device.retired else tone,
        why="" if device.retired else why_of(kinds, device.last_seen, health, now),
        last_seen=device.last_seen,
        on_air=on_air,
        software=health.software if health is not None else "",
        temperature_c=health.temperature_c if health is not None else None,
        volume_pct=health.volume_pct if health is not None else None,
        mains=health.mains if health is not None else None,
        latitude_deg=health.latitude_deg if health is not None else None,
        longitude_deg=health.longitude_deg if health is not None else None,
        serial=asset.serial if asset is not None else "",
        supplier=row.supplier_name or "",
        warranty_until=asset.warranty_until if asset is not None else None,
        retired=device.retired,
    )


def tone_of(link: Link, on_air: int, *, grave: bool, troubled: bool) -> str:
    """Return in which tone an appliance is shown: bad, warn, off, air or ok."""
    if link is Link.NEVER:
        return "off"
    if link is Link.OFFLINE or grave:
        return "bad"
    if link is Link.LATE or troubled:
        return "warn"
    return "air" if on_air > Rank.FILLER else "ok"


def tone_column(look: Now) -> ColumnElement[str]:
    """Return what `tone_of` says of an appliance in service, as the database works it out for thousands."""
    conditions = all_conditions(look)
    return case(
        (linked(Link.NEVER, look.at), "off"),
        (or_(linked(Link.OFFLINE, look.at), *(conditions[kind] for kind in GRAVE)), "bad"),
        (or_(linked(Link.LATE, look.at), *conditions.values()), "warn"),
        (DeviceHealthRow.on_air > int(Rank.FILLER), "air"),
        else_="ok",
    )


def why_of(
    kinds: Sequence[Trouble],
    last_seen: datetime | None,
    health: DeviceHealthRow | None,
    now: datetime,
) -> str:
    """Return the gravest trouble of an appliance in a sentence, with what it told itself."""
    if not kinds:
        return ""
    worst, said = kinds[0], ""
    if health is not None:
        heat = health.temperature_c
        said = {
            Trouble.SILENT: health.silent_what if health.silent_at else "",
            Trouble.NOT_READY: health.unready_why,
            Trouble.COMPLAINT: health.complaint,
            Trouble.REFUSED: health.refused_why,
            Trouble.HOT: "" if heat is None else f"{heat:.0f} °C",
        }.get(worst, "")
    if worst in {Trouble.OFFLINE, Trouble.SILENT} and not said and last_seen is not None:
        said = _for_how_long(now, last_seen)
    return f"{RULES[worst].name}: {said}" if said else RULES[worst].name


def keys_of(order: Order) -> tuple[Key, ...]:
    """Return what a page is sorted by; the last key makes every place unique."""
    last = Key(_plain(DeviceRow.id))
    match order:
        case Order.AREA:
            return Key(_plain(DeviceRow.area)), Key(_plain(DeviceRow.name)), last
        case Order.NAME:
            return Key(_plain(DeviceRow.name)), last
        case Order.SEEN:
            seen = func.coalesce(DeviceRow.last_seen, literal(_NEVER_SEEN, UtcInstant))
            return Key(seen, datetime.isoformat, _instant), last
        case Order.HOT:
            cold = func.coalesce(-DeviceHealthRow.temperature_c, literal(1_000.0))
            return Key(cold), last
        case Order.SOFTWARE:
            return Key(func.coalesce(DeviceHealthRow.software, "")), last
        case Order.WARRANTY:
            until = func.coalesce(DeviceAssetRow.warranty_until, literal(_NO_END, Date))
            return Key(until, date.isoformat, _day), last


def place_names(unit: Unit, areas: set[str]) -> dict[str, str]:
    """Return these areas as people say them, nearest first, without the province's own name where there is more."""
    paths = {path for area in areas for path in lineage(area)}
    rows = unit.session.execute(select(AreaRow.path, AreaRow.name).where(AreaRow.path.in_(paths)))
    names: dict[str, str] = dict(rows.all())
    found = {}
    for area in areas:
        above = lineage(area)
        found[area] = ", ".join(names.get(path, path) for path in reversed(above[1:] or above))
    return found


def _plain(column: InstrumentedAttribute[str]) -> ColumnElement[str]:
    return column.expression


def _column(kind: Trouble) -> str:
    return f"is_{kind.name.lower()}"


def _instant(text: str | float) -> datetime:
    return datetime.fromisoformat(str(text))


def _day(text: str | float) -> date:
    return date.fromisoformat(str(text))


def _for_how_long(now: datetime, since: datetime) -> str:
    minutes = int((now - since).total_seconds() // 60)
    if minutes < 120:
        return f"{minutes} phút"
    return f"{minutes // 60} giờ" if minutes < 48 * 60 else f"{minutes // 1_440} ngày"
