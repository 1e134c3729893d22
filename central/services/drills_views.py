"""What is read of drills: the calendar of nights, the report of one drill, and how the last ones went.

Law of the room: reads only. A drill of another commune is not there for somebody who has nothing to do with it, and its
report names only the appliances that they may view.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import Final

from sqlalchemy import select

from central.db.drills import DrillLackRow, DrillRow
from central.db.fleet import DeviceRow
from central.domain.drill_lacks import ACTION_WORDS, CAUSE_WORDS, Cause, Lack
from central.domain.drills import DrillState, night_of
from central.domain.errors import NotFound
from central.domain.people import Person, Right
from central.domain.states import State
from central.domain.tally import ZONE
from central.services.care_lines import place_names
from central.services.drills import Drill, document_of, drill_of, drill_row
from central.services.drills_judging import Found, examined, shares_of
from central.services.unit import Unit
from contract.area import is_at_or_below
from contract.documents import Status

DAYS_BACK, DAYS_AHEAD = 13, 31
TREND: Final = 12
MOST_LISTED: Final = 500


class Night(State, frozen=True, kw_only=True):
    """One day of the calendar: the night's drill, if one is held, and whether it could still be signed."""

    day: date
    drill: Drill | None
    ahead: bool


class LackLine(State, frozen=True, kw_only=True):
    """An appliance from which a warning would not have been heard: where, why, and what to do next."""

    device: str
    name: str
    area: str
    place: str
    cause: Cause
    why: str

    @property
    def word(self) -> str:
        """Return the cause as people say it."""
        return CAUSE_WORDS[self.cause]

    @property
    def action(self) -> str:
        """Return the next step."""
        return ACTION_WORDS[self.cause]


class DrillArea(State, frozen=True, kw_only=True):
    """One area right below those of a drill: how many appliances, and how many would have been heard."""

    area: str
    name: str
    appliances: int
    well: int


class DrillPoint(State, frozen=True, kw_only=True):
    """A drill of the same kind before: its day, and how many appliances would have been heard."""

    id: str
    day: date
    appliances: int
    well: int

    @property
    def well_pct(self) -> float:
        """Return the share that would have been heard, in percent."""
        return 100 * self.well / self.appliances if self.appliances else 100.0


class DrillReport(State, frozen=True, kw_only=True):
    """What came of a drill; `settled` says that no more answers are waited for.

    `causes` counts what lacks by cause, most first; `text` is what an exercise says.
    """

    drill: Drill
    text: str
    settled: bool
    appliances: int
    well: int
    causes: tuple[tuple[Cause, int], ...]
    areas: tuple[DrillArea, ...]
    lacks: tuple[LackLine, ...]
    trend: tuple[DrillPoint, ...]


def list_drills(
    unit: Unit, *, who: Person, audible: bool | None = None, limit: int = 100
) -> tuple[Drill, ...]:
    """Return the drills that concern `who`, the latest hour first; `audible` only those that sound, or do not."""
    query = select(DrillRow).order_by(DrillRow.sent.desc(), DrillRow.id)
    if audible is not None:
        status = Status.EXERCISE if audible else Status.TEST
        query = query.where(DrillRow.status == status.value)
    rows = unit.session.scalars(query.limit(MOST_LISTED))
    concerned = [row for row in rows if who.is_concerned(row.areas)]
    return tuple(drill_of(unit, row) for row in concerned[: min(max(limit, 1), MOST_LISTED)])


def calendar_of(unit: Unit, areas: Sequence[str], *, now: datetime) -> tuple[Night, ...]:
    """Return the nights that were and are to come for these areas, day by day."""
    today = now.astimezone(ZONE).date()
    first = today - timedelta(days=DAYS_BACK)
    days = [first + timedelta(days=n) for n in range(DAYS_BACK + DAYS_AHEAD + 1)]
    rows = unit.session.scalars(
        select(DrillRow)
        .where(DrillRow.status == Status.TEST.value, DrillRow.day >= first)
        .where(DrillRow.state != DrillState.WITHDRAWN.value)
        .order_by(DrillRow.taken)
    )
    held = {
        row.day: row
        for row in rows
        if all(any(is_at_or_below(area, to) for to in row.areas) for area in areas)
    }
    return tuple(
        Night(
            day=day,
            drill=drill_of(unit, held[day]) if day in held else None,
            ahead=night_of(day) > now,
        )
        for day in days
    )


def report_of(unit: Unit, drill: str, *, who: Person, now: datetime) -> DrillReport:
    """Return what came of a drill; raises `NotFound` also for one that does not concern `who`."""
    row = drill_row(unit, drill)
    if not who.is_concerned(row.areas):
        raise NotFound(f"Không có lần diễn tập {drill[:70]}.", "no-drill")
    held = DrillState(row.state)
    settled = held is DrillState.DONE
    found: tuple[Found, ...] = ()
    if settled:
        found = _kept(unit, row)
    elif held is DrillState.HANDED:
        found = examined(unit, row)
    seen = who.areas(Right.VIEW)
    mine = [one for one in found if any(is_at_or_below(one.area, area) for area in seen)]
    lacking = [(one, one.lack) for one in mine if one.lack is not None]
    names = place_names(unit, {one.area for one, _ in lacking})
    lines = [
        LackLine(
            device=one.device,
            name=one.name,
            area=one.area,
            place=names.get(one.area, one.area),
            cause=lack.cause,
            why=lack.why,
        )
        for one, lack in lacking
    ]
    counted = Counter(line.cause for line in lines)
    whole = all(any(is_at_or_below(to, area) for area in seen) for to in row.areas)
    total = len(mine)
    if settled and whole and row.appliances is not None:
        total = row.appliances  # as it was counted then
    order = list(Cause)
    return DrillReport(
        drill=drill_of(unit, row),
        text=document_of(row.envelope).infos[0].text,
        settled=settled,
        appliances=total,
        well=total - len(lines),
        causes=tuple(sorted(counted.items(), key=lambda c: (-c[1], order.index(c[0])))),
        areas=_areas(unit, mine, row.areas),
        lacks=tuple(sorted(lines, key=lambda x: (x.place, order.index(x.cause), x.name, x.device))),
        trend=_trend(unit, row, now),
    )


def _kept(unit: Unit, row: DrillRow) -> tuple[Found, ...]:
    """Return the audience as it was judged: what lacked is kept, of the others only where they stand today."""
    lacks = unit.session.scalars(select(DrillLackRow).where(DrillLackRow.drill == row.id)).all()
    kept = [Found(x.device, x.name, x.area, Lack(cause=Cause(x.cause), why=x.why)) for x in lacks]
    known = {one.device for one in kept}
    devices = unit.session.execute(
        select(DeviceRow.id, DeviceRow.name, DeviceRow.area).where(DeviceRow.retired.is_(False))
    )
    well = [
        Found(device, name, area, None)
        for device, name, area in devices
        if device not in known and any(is_at_or_below(area, to) for to in row.areas)
    ]
    return (*kept, *well)


def _areas(unit: Unit, found: Sequence[Found], spoken_to: Sequence[str]) -> tuple[DrillArea, ...]:
    """Return the counts by area, those with the largest part not heard first."""
    shares = shares_of(found, spoken_to)
    names = place_names(unit, {area for area, _, _ in shares})
    areas = [
        DrillArea(area=area, name=names.get(area, area), appliances=of, well=of - lacking)
        for area, lacking, of in shares
    ]
    return tuple(sorted(areas, key=lambda a: (a.well / a.appliances, a.name)))


def _trend(unit: Unit, row: DrillRow, now: datetime) -> tuple[DrillPoint, ...]:
    """Return the last drills of the same kind for the same areas, oldest first."""
    return tuple(reversed(tuple(_points(unit, row.status, row.areas, min(now, row.sent)))))


def nights_among(unit: Unit, announcements: Sequence[str]) -> frozenset[str]:
    """Return which of these announcements are nights: they stand in the calendar, not among warnings."""
    found = select(DrillRow.id).where(
        DrillRow.id.in_(announcements), DrillRow.status == Status.TEST.value
    )
    return frozenset(unit.session.scalars(found))


def trend_of(
    unit: Unit, areas: Sequence[str], *, audible: bool, now: datetime
) -> tuple[DrillPoint, ...]:
    """Return the last judged drills of one kind for exactly these areas, oldest first."""
    status = Status.EXERCISE if audible else Status.TEST
    return tuple(reversed(tuple(_points(unit, status.value, areas, now))))


def _points(unit: Unit, status: str, areas: Sequence[str], until: datetime) -> Iterator[DrillPoint]:
    rows = unit.session.scalars(
        select(DrillRow)
        .where(DrillRow.status == status, DrillRow.state == DrillState.DONE.value)
        .where(DrillRow.sent <= until, DrillRow.area == areas[0])
        .order_by(DrillRow.sent.desc())
        .limit(5 * TREND)
    )
    alike = [row for row in rows if set(row.areas) == set(areas)]
    for row in alike[:TREND]:
        yield DrillPoint(id=row.id, day=row.day, appliances=row.appliances or 0, well=row.well or 0)
