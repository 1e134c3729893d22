"""Verbs of the list of appliances: one page of it, how many there are of each kind, the points of the map, CSV.

Law of the room: reads only; a person sees what stands at or below the areas that they may view. A page costs a few
questions however many appliances there are.
"""

import csv
import io
from collections.abc import Iterator, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, and_, case, false, func, literal, or_, select, tuple_

from central.db.care import DeviceHealthRow
from central.db.fleet import DeviceRow
from central.db.people import AreaRow
from central.domain.care import LINK_WORDS, RULES, Link
from central.domain.care_sought import (
    MOST_ROWS,
    USUAL_ROWS,
    Sought,
    Warranty,
    cursor_of,
    read_cursor,
)
from central.domain.care_states import FleetCounts, FleetLine, FleetPage, MapPoint
from central.domain.errors import Unacceptable
from central.domain.people import Person, Right
from central.services.areas import at_or_below
from central.services.care_conditions import Condition, all_conditions, linked, look_now
from central.services.care_lines import (
    joined,
    keys_of,
    line_of,
    lines,
    place_names,
    tone_column,
    visible_areas,
    warranty,
    where_sought,
)
from central.services.unit import House, Unit

__all__ = [
    "area_choices",
    "count_fleet",
    "export_fleet",
    "list_fleet",
    "map_points",
    "sought_ids",
    "visible_areas",
    "whole_lines",
]


def list_fleet(
    unit: Unit,
    sought: Sought,
    *,
    who: Person,
    now: datetime,
    cursor: str = "",
    limit: int = USUAL_ROWS,
) -> FleetPage:
    """Return one page of the appliances that a filter seeks; `limit` from 1 to 500.

    Raises `Unacceptable` for a cursor that is not of this order, `Forbidden` for an area of somebody else.
    """
    look = look_now(unit, now)
    limit = min(max(limit, 1), MOST_ROWS)
    keys = keys_of(sought.order)
    marks: list[ColumnElement[object]] = [key.by.label(f"key{n}") for n, key in enumerate(keys)]
    query = joined(select(DeviceRow.id, *marks)).where(*where_sought(sought, who, look))
    after = read_cursor(cursor, len(keys))
    if after is not None:
        try:
            ends = [literal(k.read(v), k.by.type) for k, v in zip(keys, after, strict=True)]
        except ValueError as fault:
            raise Unacceptable("Trang này đã cũ, hãy mở lại danh sách.", "bad-filter") from fault
        query = query.where(tuple_(*(key.by for key in keys)) > tuple_(*ends))
    query = query.order_by(*(key.by for key in keys))
    rows = unit.session.execute(query.limit(limit + 1)).all()
    shown = rows[:limit]
    onward = ""
    if len(rows) > limit:
        last = shown[-1]
        onward = cursor_of(tuple(k.write(getattr(last, f"key{n}")) for n, k in enumerate(keys)))
    return FleetPage(lines=whole_lines(unit, [row[0] for row in shown], now=now), next=onward)


def whole_lines(unit: Unit, devices: Sequence[str], *, now: datetime) -> tuple[FleetLine, ...]:
    """Return these appliances as lines, in this order: what costs is asked of one page only."""
    look = look_now(unit, now)
    found = unit.session.execute(lines(look).where(DeviceRow.id.in_(devices))).all()
    places = place_names(unit, {row.DeviceRow.area for row in found})
    by_id = {row.DeviceRow.id: line_of(row, places, look.at) for row in found}
    return tuple(by_id[device] for device in devices)


def count_fleet(unit: Unit, sought: Sought, *, who: Person, now: datetime) -> FleetCounts:
    """Return how many appliances of the area and text there are of each kind, whatever else is chosen."""
    look = look_now(unit, now)
    base = Sought(area=sought.area, text=sought.text, retired=sought.retired)
    conditions = all_conditions(look)
    asked: dict[str, Condition] = {
        **{f"link {link.value}": linked(link, now) for link in Link},
        **{f"trouble {kind.value}": condition for kind, condition in conditions.items()},
        "trouble any": or_(*conditions.values()),
        **{f"warranty {how.value}": warranty(how, now.date()) for how in Warranty},
    }
    sums = [func.sum(case((condition, 1), else_=0)) for condition in asked.values()]
    inside = where_sought(base, who, look)
    total, *counts = unit.session.execute(joined(select(func.count(), *sums)).where(*inside)).one()
    versions = joined(select(DeviceHealthRow.software, func.count()))
    versions = versions.where(*inside, DeviceHealthRow.software != "")
    software = unit.session.execute(
        versions.group_by(DeviceHealthRow.software)
        .order_by(func.count().desc(), DeviceHealthRow.software)
        .limit(20)
    )
    return FleetCounts(
        total=total,
        of={name: int(count or 0) for name, count in zip(asked, counts, strict=True)},
        software=tuple((name, count) for name, count in software),
    )


def sought_ids(
    unit: Unit, sought: Sought, *, who: Person, now: datetime, limit: int
) -> tuple[tuple[str, str], ...]:
    """Return (id, area) of every appliance that a filter seeks, by area and name, up to `limit`."""
    look = look_now(unit, now)
    query = joined(select(DeviceRow.id, DeviceRow.area)).where(*where_sought(sought, who, look))
    rows = unit.session.execute(
        query.order_by(DeviceRow.area, DeviceRow.name, DeviceRow.id).limit(limit)
    )
    return tuple((device, area) for device, area in rows)


def map_points(unit: Unit, sought: Sought, *, who: Person, now: datetime) -> tuple[MapPoint, ...]:
    """Return where the appliances stand that a filter seeks and that have coordinates, with their state."""
    look = look_now(unit, now)
    health = DeviceHealthRow
    columns = (DeviceRow.id, DeviceRow.name, health.latitude_deg, health.longitude_deg)
    query = joined(select(*columns, tone_column(look))).where(
        *where_sought(sought, who, look),
        health.latitude_deg.is_not(None),
        health.longitude_deg.is_not(None),
    )
    rows = unit.session.execute(query.order_by(DeviceRow.area, DeviceRow.name))
    return tuple(
        MapPoint(id=device, name=name, latitude_deg=lat, longitude_deg=lon, tone=tone)
        for device, name, lat, lon, tone in rows
    )


def export_fleet(house: House, sought: Sought, *, who: Person, now: datetime) -> Iterator[bytes]:
    """Yield the whole list that a filter seeks as CSV (UTF-8 with a mark, for spreadsheets), a piece at a time."""
    yield b"\xef\xbb\xbf" + _csv([_COLUMNS])
    cursor = ""
    while True:
        with house.reading() as unit:
            page = list_fleet(unit, sought, who=who, now=now, cursor=cursor, limit=MOST_ROWS)
        yield _csv([_cells(line) for line in page.lines])
        if not page.next:
            return
        cursor = page.next


_COLUMNS = (
    "Mã thiết bị",
    "Tên",
    "Mã địa bàn",
    "Địa bàn",
    "Kết nối",
    "Tình trạng",
    "Lý do",
    "Báo lần cuối (UTC)",
    "Phần mềm",
    "Nhiệt độ °C",
    "Âm lượng %",
    "Điện lưới",
    "Số máy",
    "Nhà cung cấp",
    "Hết bảo hành",
    "Vĩ độ",
    "Kinh độ",
)
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def _cells(line: FleetLine) -> tuple[object, ...]:
    mains = {None: "", True: "có", False: "mất"}[line.mains]
    return (
        line.id,
        _safe(line.name),
        line.area,
        _safe(line.place),
        LINK_WORDS[line.link],
        ", ".join(RULES[kind].name for kind in line.kinds),
        _safe(line.why),
        f"{line.last_seen:%Y-%m-%d %H:%M:%S}" if line.last_seen else "",
        _safe(line.software),
        _or_nothing(line.temperature_c),
        _or_nothing(line.volume_pct),
        mains,
        _safe(line.serial),
        _safe(line.supplier),
        line.warranty_until or "",
        _or_nothing(line.latitude_deg),
        _or_nothing(line.longitude_deg),
    )


def _or_nothing(value: float | None) -> object:
    return "" if value is None else value


def _safe(text: str) -> str:
    """Return a text that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(_FORMULA) else text


def _csv(rows: Sequence[Sequence[object]]) -> bytes:
    held = io.StringIO()
    csv.writer(held, lineterminator="\r\n").writerows(rows)
    return held.getvalue().encode()


def area_choices(unit: Unit, who: Person, chosen: str) -> tuple[tuple[str, str], ...]:
    """Return (path, name) of the provinces and communes to choose from, and of the area that is chosen."""
    shallow = ~AreaRow.path.like("%/%/%")
    own = who.areas(Right.VIEW)
    inside = or_(false(), *(at_or_below(AreaRow.path, area) for area in own))
    wanted = or_(and_(inside, shallow), AreaRow.path.in_({*own, chosen}))
    rows = unit.session.execute(
        select(AreaRow.path, AreaRow.name).where(wanted).order_by(AreaRow.path).limit(1_000)
    )
    return tuple((path, name) for path, name in rows)
