"""The tally held against the plays, day by day, and corrected where it differs.

Law of the room: the plays are the truth, the tally is what they add up to. Each day is one transaction; whoever is
killed half-way leaves the day as it was, and the chore comes again. Days are leased, so that processes share the work.
"""

import logging
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Final, TypeVar

from sqlalchemy import Select, case, delete, func, or_, select, update

from central.db.fleet import PlayRow
from central.db.library import SheetRow
from central.db.tally import TallyContentRow, TallyDayRow, TallyDeviceRow, TallyRow
from central.domain.areas import lineage
from central.domain.people import Person, Right
from central.domain.tally import (
    DAY,
    Counts,
    Span,
    month_after,
    month_of,
    opening,
    reason_of,
)
from central.services.tally import (
    Key,
    add_contents,
    add_devices,
    add_kinds,
    note_days,
    take_turn,
    with_summaries,
)
from central.services.unit import House, Unit

log = logging.getLogger(__name__)
_Query = TypeVar("_Query", bound="Select[*tuple[object, ...]]")
DAYS_AT_ONCE: Final = 40
LEASE: Final = timedelta(minutes=10)


def verify_days(house: House, *, now: datetime) -> tuple[date, ...]:
    """Hold the days that were verified longest ago against their plays; return those that had to be corrected.

    Forty days a call: with a call an hour, three years are gone through in little more than a day.
    """
    mended = []
    for day in _lease(house, now):
        with house.writing() as unit:
            take_turn(unit)
            if _correct(unit, day):
                log.warning("the tally of %s differed from its plays and was corrected", day)
                mended.append(day)
    _correct_months(house, mended)
    with house.writing() as unit:
        ours = update(TallyDayRow).where(TallyDayRow.leased_until == now + LEASE)
        unit.session.execute(ours.values(verified=now, leased_until=None))
    return tuple(mended)


def rebuild(house: House, first: date, last: date, *, who: Person | None, now: datetime) -> int:
    """Count the days from `first` to `last` anew, with the fields their contents have now; return how many changed.

    Raises `Forbidden` for whoever does not administer a whole province.
    """
    with house.writing() as unit:
        if who is not None:
            roots = [area for area in who.areas(Right.ADMINISTER) if "/" not in area]
            who.require(Right.ADMINISTER, roots[0] if roots else "*")
        unit.note(who, "rebuild-tally", f"{first} – {last}", now=now)
    changed = []
    day = first
    while day <= last:
        with house.writing() as unit:
            take_turn(unit)
            _classify(unit, day)
            note_days(unit, [day])
            if _correct(unit, day):
                changed.append(day)
        day += DAY
    _correct_months(house, changed)
    return len(changed)


def _lease(house: House, now: datetime) -> Sequence[date]:
    """Take the days that nobody is at, those never verified first."""
    with house.writing() as unit:
        free = or_(TallyDayRow.leased_until.is_(None), TallyDayRow.leased_until < now)
        oldest_first = (TallyDayRow.verified.is_not(None), TallyDayRow.verified, TallyDayRow.day)
        query = select(TallyDayRow.day).where(free).order_by(*oldest_first).limit(DAYS_AT_ONCE)
        days = unit.session.scalars(query.with_for_update(skip_locked=True)).all()
        leased = update(TallyDayRow).where(TallyDayRow.day.in_(days))
        unit.session.execute(leased.values(leased_until=now + LEASE))
    return days


def _correct(unit: Unit, day: date) -> bool:
    """Add to the day, and to its month, what they lack; return whether that was anything."""
    _name_reasons(unit, day)
    kinds = _difference(_true_kinds(unit, day), _kept_kinds(unit, "d", day, day))
    titles: dict[str, str] = {}
    contents = _difference(_true_contents(unit, day, titles), _kept_contents(unit, day, titles))
    add_kinds(unit, kinds | {_in_month(key): counts for key, counts in kinds.items()})
    spans: tuple[tuple[Span, date], ...] = (("d", day), ("m", month_of(day)))
    rows = {
        (k[0], *at, *k[1:]): (c.plays, c.listened_ms, c.asked_ms, c.sounded_ms)
        for k, c in contents.items()
        for at in spans
    }
    add_contents(unit, rows, titles)
    return bool(kinds or contents)


def _in_month(key: Key) -> Key:
    """Return the row of the month that a day's row is counted in; large letters are sums by outcome alone."""
    day = key[2]
    month = month_of(day) if isinstance(day, date) else day
    return (key[0], "m" if key[1] == "d" else "M", month, *key[3:])


def _correct_months(house: House, days: Iterable[date]) -> None:
    """Make the months of these days anew: their sums from the days, their appliances from the plays."""
    months = sorted({month_of(day) for day in days})
    for month in months:
        with house.writing() as unit:
            take_turn(unit)
            last = month_after(month) - DAY
            wanted: dict[Key, Counts] = {}
            for key, counts in _kept_kinds(unit, "d", month, last).items():
                in_month = _in_month(key)
                wanted[in_month] = wanted.get(in_month, Counts()) + counts
            add_kinds(unit, _difference(wanted, _kept_kinds(unit, "m", month, month)))
            _renew_devices(unit, month, last)
    for year in sorted({month.year for month in months}):
        with house.writing() as unit:
            take_turn(unit)
            _sum_up_year(unit, date(year, 1, 1))


def _renew_devices(unit: Unit, month: date, last: date) -> None:
    ours = (TallyDeviceRow.span == "m", TallyDeviceRow.day == month)
    unit.session.execute(delete(TallyDeviceRow).where(*ours))
    add_devices(unit, _true_devices(unit, month, last))


def _sum_up_year(unit: Unit, year: date) -> None:
    table = TallyDeviceRow
    unit.session.execute(delete(table).where(table.span == "y", table.day == year))
    sums = (table.plays, table.short, table.asked_ms, table.sounded_ms)
    query = select(table.area, table.device, *(func.sum(column) for column in sums))
    inside = table.day.between(year, date(year.year, 12, 1))
    query = query.where(table.span == "m", inside).group_by(table.area, table.device)
    rows: dict[Key, Sequence[int]] = {
        ("y", year, area, device): tuple(int(str(value)) for value in found)
        for area, device, *found in unit.session.execute(query)
    }
    add_devices(unit, rows)


def _difference(wanted: dict[Key, Counts], there: dict[Key, Counts]) -> dict[Key, Counts]:
    found = {
        key: wanted.get(key, Counts()) + there.get(key, Counts()).times(-1)
        for key in wanted.keys() | there.keys()
    }
    return {key: counts for key, counts in found.items() if counts != Counts()}


_HEARD: Final = case(
    (PlayRow.heard_pct.is_(None), 0), else_=PlayRow.sounded_ms * PlayRow.heard_pct // 100
)
_LISTENED: Final = case((PlayRow.heard_pct.is_(None), 0), else_=PlayRow.sounded_ms)
_WHOLE: Final = case((PlayRow.outcome == "sounded", 1), else_=0)
_ASKED: Final = (func.count(), func.sum(PlayRow.asked_ms), func.sum(PlayRow.sounded_ms))


def _true_kinds(unit: Unit, day: date) -> dict[Key, Counts]:
    columns = (PlayRow.area, PlayRow.field, PlayRow.rank, PlayRow.outcome, PlayRow.reason)
    sums = (*_ASKED, func.sum(_LISTENED), func.sum(_HEARD))
    query = _within(select(*columns, *sums), day, day).group_by(*columns)
    found: dict[Key, Counts] = {}
    for area, field, rank, outcome, reason, *rest in unit.session.execute(query):
        for above in lineage(area):
            key = (above, "d", day, field, rank, outcome, reason)
            found[key] = found.get(key, Counts()) + _counts(rest)
    return with_summaries(found)


def _kept_kinds(unit: Unit, span: Span, first: date, last: date) -> dict[Key, Counts]:
    """Return the rows of these days or months as they are kept, those by outcome alone among them."""
    query = select(TallyRow).where(
        TallyRow.span.in_((span, span.upper())), TallyRow.day.between(first, last)
    )
    return {
        (r.area, r.span, r.day, r.field, r.rank, r.outcome, r.reason): Counts(
            plays=r.plays,
            asked_ms=r.asked_ms,
            sounded_ms=r.sounded_ms,
            listened_ms=r.listened_ms,
            heard_ms=r.heard_ms,
        )
        for r in unit.session.scalars(query)
    }


def _true_contents(unit: Unit, day: date, titles: dict[str, str]) -> dict[Key, Counts]:
    """Return plays by area and source; `listened_ms` holds how many sounded whole."""
    columns = (PlayRow.area, PlayRow.source)
    sums = (*_ASKED, func.sum(_WHOLE), func.max(PlayRow.title))
    query = _within(select(*columns, *sums), day, day).group_by(*columns)
    found: dict[Key, Counts] = {}
    for area, source, plays, asked_ms, sounded_ms, whole, title in unit.session.execute(query):
        titles[source] = title
        for above in lineage(area):
            key = (above, source)
            found[key] = found.get(key, Counts()) + _counts((plays, asked_ms, sounded_ms, whole, 0))
    return found


def _kept_contents(unit: Unit, day: date, titles: dict[str, str]) -> dict[Key, Counts]:
    rows = unit.session.scalars(
        select(TallyContentRow).where(TallyContentRow.span == "d", TallyContentRow.day == day)
    )
    found: dict[Key, Counts] = {}
    for row in rows:
        titles.setdefault(row.source, row.title)
        sums = (row.plays, row.asked_ms, row.sounded_ms, row.whole, 0)
        found[row.area, row.source] = _counts(sums)
    return found


def _true_devices(unit: Unit, first: date, last: date) -> dict[Key, Sequence[int]]:
    columns = (PlayRow.area, PlayRow.device)
    query = select(*columns, *_ASKED, func.sum(_WHOLE))
    rows = unit.session.execute(_within(query, first, last).group_by(*columns))
    return {
        ("m", first, area, device): (int(plays), int(plays - whole), int(asked_ms), int(sounded_ms))
        for area, device, plays, asked_ms, sounded_ms, whole in rows
    }


def _within(query: _Query, first: date, last: date) -> _Query:
    return query.where(PlayRow.started >= opening(first), PlayRow.started < opening(last + DAY))


def _counts(sums: Sequence[object]) -> Counts:
    plays, asked_ms, sounded_ms, listened_ms, heard_ms = (int(str(value)) for value in sums)
    return Counts(
        plays=plays,
        asked_ms=asked_ms,
        sounded_ms=sounded_ms,
        listened_ms=listened_ms,
        heard_ms=heard_ms,
    )


def _name_reasons(unit: Unit, day: date) -> None:
    """Sort the shortfalls of plays that were written down before there were reasons."""
    query = select(PlayRow.id, PlayRow.outcome, PlayRow.why)
    query = query.where(PlayRow.reason == "", PlayRow.outcome != "sounded")
    rows = [
        {"id": number, "reason": str(reason_of(outcome, why))}
        for number, outcome, why in unit.session.execute(_within(query, day, day))
    ]
    if rows:
        unit.session.execute(update(PlayRow), rows)


def _classify(unit: Unit, day: date) -> None:
    """Give the day's plays the fields that their contents have now."""
    sheet = select(SheetRow.field).where(SheetRow.sha256 == PlayRow.source).scalar_subquery()
    now = func.coalesce(sheet, 0)
    inside = (PlayRow.started >= opening(day), PlayRow.started < opening(day + DAY))
    unit.session.execute(
        update(PlayRow)
        .where(*inside, PlayRow.field != now)
        .values(field=now)
        .execution_options(synchronize_session=False)
    )
