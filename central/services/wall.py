"""What a duty officer's wall shows: what is on air, what comes next, who is lost, what emergency stands, today's sums.

Law of the room: reads only; a handful of questions however many appliances there are, so that it may be asked every
few seconds.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy import case, false, func, or_, select
from sqlalchemy.sql.elements import ColumnElement

from central.db.care import DeviceHealthRow
from central.db.fleet import DeviceRow
from central.db.people import AreaRow
from central.domain.evaluation import Filter, Totals
from central.domain.fleet import LOST_AFTER
from central.domain.people import Person, Right
from central.domain.states import AnnouncementState, State
from central.domain.tally import DAY, ZONE, day_of
from central.services import evaluation_sums as sums
from central.services.alarms import announcement_named
from central.services.areas import at_or_below, with_predecessors
from central.services.console_views import standing_alarms
from central.services.play_lines import place
from central.services.slots import bodies_by_area
from central.services.unit import Unit
from contract.area import is_at_or_below
from contract.calendar import instant_of, slot_occurs_on
from contract.documents import Level, Rank, Slot

MOST_LINES: Final = 8
AHEAD: Final = timedelta(hours=18)


class WallSlot(State, frozen=True, kw_only=True):
    """A window of a published slot: where it holds, from when to when, and for how many appliances."""

    title: str
    area: str
    place: str
    starts: datetime
    ends: datetime
    priority: bool
    appliances: int


class LostLine(State, frozen=True, kw_only=True):
    """An appliance that does not answer, and since when."""

    device: str
    name: str
    place: str
    last_seen: datetime | None


class WallView(State, frozen=True, kw_only=True):
    """The whole wall; `amiss` appliances answer but complain, `never` have not connected yet."""

    total: int
    on_air: int
    emergency: int
    lost: int
    never: int
    amiss: int
    today: Totals
    alarms: tuple[AnnouncementState, ...]
    now_slots: tuple[WallSlot, ...]
    next_slots: tuple[WallSlot, ...]
    lost_lines: tuple[LostLine, ...]


def wall_view(unit: Unit, *, who: Person, now: datetime) -> WallView:
    """Return the wall for the areas that `who` may view."""
    areas = who.areas(Right.VIEW)
    mine = _inside(areas)
    fresh = DeviceRow.last_seen >= now - LOST_AFTER
    sounding = fresh & (DeviceHealthRow.on_air > Rank.FILLER)
    urgent = fresh & (DeviceHealthRow.on_air >= Rank.EMERGENCY_COMMUNE)
    amiss = fresh & or_(DeviceHealthRow.sound_path_ok.is_(False), DeviceHealthRow.complaints > 0)
    query = (
        select(
            func.count(),
            _how_many(fresh),
            _how_many(sounding),
            _how_many(urgent),
            _how_many(amiss),
            _how_many(DeviceRow.last_seen.is_(None)),
        )
        .select_from(DeviceRow)
        .outerjoin(DeviceHealthRow, DeviceHealthRow.device == DeviceRow.id)
        .where(mine, DeviceRow.retired.is_(False))
    )
    total, alive, on_air, emergency, complaining, never = unit.session.execute(query).one()
    names: dict[str, str] = dict(unit.session.execute(select(AreaRow.path, AreaRow.name)).all())
    slots = _slots(unit, areas, names, now)
    today = day_of(now)
    counted = {path for area in areas for path in with_predecessors(unit, area)}
    kinds = sums.kinds(unit, tuple(counted), today, today, Filter())
    return WallView(
        total=total,
        on_air=int(on_air or 0),
        emergency=int(emergency or 0),
        lost=total - int(alive or 0) - int(never or 0),
        never=int(never or 0),
        amiss=int(complaining or 0),
        today=sums.totals_of(kinds),
        alarms=tuple(
            announcement_named(unit, found, now=now)
            for found in standing_alarms(unit, who, now=now)[:MOST_LINES]
        ),
        now_slots=tuple(slot for slot in slots if slot.starts <= now)[:MOST_LINES],
        next_slots=tuple(slot for slot in slots if slot.starts > now)[:MOST_LINES],
        lost_lines=_lost(unit, mine, names, now),
    )


def _inside(areas: Sequence[str]) -> ColumnElement[bool]:
    return or_(false(), *(at_or_below(DeviceRow.area, area) for area in areas))


def _how_many(which: ColumnElement[bool]) -> ColumnElement[int]:
    return func.sum(case((which, 1), else_=0))


def _lost(
    unit: Unit, mine: ColumnElement[bool], names: dict[str, str], now: datetime
) -> tuple[LostLine, ...]:
    """Return the appliances lost last: what has just gone is what somebody can still do something about."""
    query = (
        select(DeviceRow.id, DeviceRow.name, DeviceRow.area, DeviceRow.last_seen)
        .where(mine, DeviceRow.retired.is_(False), DeviceRow.last_seen < now - LOST_AFTER)
        .order_by(DeviceRow.last_seen.desc())
        .limit(MOST_LINES)
    )
    return tuple(
        LostLine(device=device, name=name, place=place(area, names), last_seen=last_seen)
        for device, name, area, last_seen in unit.session.execute(query)
    )


def _slots(
    unit: Unit, areas: Sequence[str], names: dict[str, str], now: datetime
) -> list[WallSlot]:
    """Return the windows that are open or open soon, the earliest first; wider areas first among equals."""
    concerned = {path for path in names if _concerns(path, areas)}
    bodies = bodies_by_area(unit, concerned)
    holding = [(area, slot) for area, slots in bodies.items() for slot in slots]
    windows = [
        (starts, ends, area, slot)
        for area, slot in holding
        for starts, ends in _windows(slot, day_of(now))
        if ends > now and starts < now + AHEAD
    ]
    windows.sort(key=lambda window: (window[0], window[2].count("/"), window[2], window[3].id))
    opened = [window for window in windows if window[0] <= now][:MOST_LINES]
    coming = [window for window in windows if window[0] > now][:MOST_LINES]
    counts = _counts(unit, {area for _, _, area, _ in (*opened, *coming)})
    return [
        WallSlot(
            title=slot.title,
            area=area,
            place=place(area, names),
            starts=starts,
            ends=ends,
            priority=slot.level is Level.PRIORITY,
            appliances=counts[area],
        )
        for starts, ends, area, slot in (*opened, *coming)
    ]


def _concerns(area: str, areas: Sequence[str]) -> bool:
    """Return whether a slot of `area` sounds in one of `areas`: it holds for all below it."""
    return any(is_at_or_below(area, mine) or is_at_or_below(mine, area) for mine in areas)


def _windows(slot: Slot, today: date, zone: ZoneInfo = ZONE) -> list[tuple[datetime, datetime]]:
    days = (today - DAY, today, today + DAY)
    starts = [instant_of(day, slot.start, zone) for day in days if slot_occurs_on(slot, day)]
    return [(start, start + timedelta(seconds=slot.window_s)) for start in starts]


def _counts(unit: Unit, areas: set[str]) -> dict[str, int]:
    standing = DeviceRow.retired.is_(False)
    found: dict[str, int] = {}
    for area in areas:
        query = select(func.count()).select_from(DeviceRow)
        found[area] = (
            unit.session.scalar(query.where(standing, at_or_below(DeviceRow.area, area))) or 0
        )
    return found
