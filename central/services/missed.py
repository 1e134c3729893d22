"""Windows of programmes that nobody told of: "không có báo cáo".

Law of the room: a window is looked at once, some time after it closed, by the programme that its appliance held when it
opened. No play told of it means neither that it sounded nor that it did not: it means that we do not know, and why.
A report that comes late takes the window off the list again.
"""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Final

from sqlalchemy import delete, insert, select, update

from central.db.fleet import PlayRow
from central.db.tally import MissedWindowRow, TallyDayRow
from central.domain.tally import DAY, day_of, opening, window_of
from central.services import tally
from central.services.expected import Expected, expected
from central.services.unit import House, Unit

SETTLED: Final = timedelta(minutes=20)  # a report of what sounded comes within minutes of its end
LOOKED_BACK: Final = 2  # days: whoever was away longer than that looks no further


def look_through(house: House, *, now: datetime) -> int:
    """Note the windows that closed since the last look and of which nobody told; return how many.

    Two processes may look at once: the first that has written wins, the other's look is dropped.
    """
    found = 0
    today = day_of(now)
    for back in range(LOOKED_BACK, -1, -1):
        found += _look(house, today - back * DAY, now)
    return found


def _look(house: House, day: date, now: datetime) -> int:
    with house.reading() as unit:
        row = unit.session.get(TallyDayRow, day)
        looked = row.looked if row is not None else None
        since, until = looked or opening(day), now - SETTLED
        if until <= since or since >= opening(day + 2 * DAY):
            return 0
        due = [one for one in expected(unit, day) if since < one.closes <= until]
        silent = _untold(unit, due)
    with house.writing() as unit:
        tally.take_turn(unit)  # no report may come between the second look and what it finds
        tally.note_days(unit, [day])
        mine = TallyDayRow.looked.is_(None) if looked is None else TallyDayRow.looked == looked
        won = update(TallyDayRow).where(TallyDayRow.day == day, mine).values(looked=until)
        # who lost the race would count the same windows twice
        if unit.session.execute(won.returning(TallyDayRow.day)).first() is None:
            return 0
        silent = _untold(unit, silent)
        _note(unit, due, silent)
    return len(silent)


def _untold(unit: Unit, windows: Sequence[Expected]) -> list[Expected]:
    """Return those windows of which no play is written down."""
    told: set[tuple[str, str]] = set()
    if windows:
        since = min(one.starts for one in windows) - timedelta(hours=1)
        until = max(one.closes for one in windows)
        for some in tally.chunked(sorted({one.device for one in windows})):
            query = select(PlayRow.device, PlayRow.key).where(
                PlayRow.device.in_(some), PlayRow.started.between(since, until)
            )
            told |= {(device, window_of(key)) for device, key in unit.session.execute(query)}
    return [one for one in windows if (one.device, one.window) not in told]


def _note(unit: Unit, due: Sequence[Expected], silent: Sequence[Expected]) -> None:
    counted: dict[tuple[str, date], tuple[int, int]] = {}
    for windows, missed in ((due, 0), (silent, 1)):
        for one in windows:
            key = (one.area, day_of(one.starts))
            was = counted.get(key, (0, 0))
            counted[key] = (was[0] + 1 - missed, was[1] + missed)
    tally.count_planned(unit, counted)
    rows = [
        {
            "device": one.device,
            "area": one.area,
            "window": one.window,
            "title": one.title,
            "starts": one.starts,
            "planned_ms": one.planned_ms,
            "cause": one.cause,
        }
        for one in silent
    ]
    if rows:
        unit.session.execute(insert(MissedWindowRow), rows)


def told(unit: Unit, windows: Iterable[tuple[str, str]]) -> None:
    """Take windows of (device, window) off the list, for a report tells of them now."""
    wanted = {(device, window) for device, window in windows if window}
    found: list[int] = []
    fewer: dict[tuple[str, date], tuple[int, int]] = {}
    for some in tally.chunked(sorted({device for device, _ in wanted})):
        names = {window for device, window in wanted if device in set(some)}
        for named in tally.chunked(sorted(names)):
            rows = unit.session.execute(
                select(
                    MissedWindowRow.id,
                    MissedWindowRow.device,
                    MissedWindowRow.window,
                    MissedWindowRow.area,
                    MissedWindowRow.starts,
                ).where(MissedWindowRow.device.in_(some), MissedWindowRow.window.in_(named))
            )
            for number, device, window, area, starts in rows:
                if (device, window) in wanted:
                    found.append(number)
                    key = (area, day_of(starts))
                    fewer[key] = (0, fewer.get(key, (0, 0))[1] - 1)
    if found:
        unit.session.execute(delete(MissedWindowRow).where(MissedWindowRow.id.in_(found)))
        tally.count_planned(unit, fewer)
