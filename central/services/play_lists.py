"""Verbs that list plays, and planned windows nobody told of, a page at a time, for as long as there have been plays.

Law of the room: reads only; whoever asks sees the areas of a VIEW and no other. A page costs what a page holds: where
few plays match, the tally tells on which days they lie, so that nobody looks through years for them.
"""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Final

import msgspec
from sqlalchemy import and_, func, or_, select, union_all
from sqlalchemy.sql.elements import ColumnElement

from central.db.fleet import PlayRow
from central.db.people import AreaRow
from central.db.tally import TallyRow
from central.domain.errors import Unacceptable
from central.domain.evaluation import Filter, PlayLine, Totals, total
from central.domain.people import Person, Right
from central.domain.periods import Period
from central.domain.tally import DAY, RANKS, Counts, counts_of, day_of, opening
from central.services import evaluation_sums as sums
from central.services.areas import at_or_below, with_predecessors
from central.services.play_lines import play_lines
from central.services.unit import Unit

MOST_LINES: Final = 2_000
FEW_PLACES: Final = 40  # of so many places the newest plays are merged, of more they are filtered
FEW_DAYS: Final = 60


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """Which plays a list shows: areas (with those they stand for), days, and what is wanted of them."""

    areas: tuple[str, ...]
    period: Period
    wanted: Filter


class Cursor(msgspec.Struct, frozen=True):
    """Where a page ended: the start and number of its last line."""

    started: datetime
    id: int

    @property
    def text(self) -> str:
        """Return it as addresses carry it."""
        return f"{round(self.started.timestamp() * 1_000_000)}-{self.id}"


def read_cursor(text: str) -> Cursor | None:
    """Return the cursor of an address, None for none; raises `Unacceptable`."""
    if not text:
        return None
    instant, _, number = text.partition("-")
    if not (instant.isdecimal() and number.isdecimal() and len(text) < 40):
        raise Unacceptable("Dấu trang không đúng; hãy mở lại danh sách từ đầu.", "bad-cursor")
    try:
        started = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=int(instant))
        return Cursor(started, min(int(number), 2**62))
    except OverflowError as fault:
        why = "Dấu trang không đúng; hãy mở lại danh sách từ đầu."
        raise Unacceptable(why, "bad-cursor") from fault


def asked(
    unit: Unit, who: Person | None, area: str | None, period: Period, wanted: Filter
) -> Asked:
    """Return what a list covers: `area`, or all that `who` may see. Raises `Forbidden`."""
    if area is None:
        roots = who.areas(Right.VIEW) if who is not None else _roots(unit)
    else:
        if who is not None:
            who.require(Right.VIEW, area)
        roots = (area,)
    areas = {path for root in roots for path in with_predecessors(unit, root)}
    return Asked(areas=tuple(sorted(areas)), period=period, wanted=wanted)


def page_of_plays(
    unit: Unit, what: Asked, *, after: Cursor | None = None, limit: int = 50
) -> tuple[tuple[PlayLine, ...], Cursor | None]:
    """Return plays, newest first, and where the next page begins (None: this is the last); `limit` to 2,000."""
    limit = min(max(limit, 1), MOST_LINES)
    days = _days(unit, what, after, limit + 1)
    if days is None or not what.areas:
        return (), None
    rows = _newest(unit, what, after, days, limit + 1)
    lines = play_lines(unit, rows[:limit])
    more = len(rows) > limit
    return lines, Cursor(rows[limit - 1].started, rows[limit - 1].id) if more else None


def sums_of_plays(unit: Unit, what: Asked) -> Totals | None:
    """Return the sums of all that a list shows; None where only counting every play could tell.

    That is where a content is asked for: what sounds everywhere every day is millions of plays.
    """
    wanted, period = what.wanted, what.period
    if wanted.source is not None:
        return None
    if wanted.device is None:
        kinds = sums.kinds(unit, what.areas, period.first, period.last, wanted)
        return sums.totals_of(kinds)
    query = select(PlayRow.outcome, PlayRow.asked_ms, PlayRow.sounded_ms, PlayRow.heard_pct).where(
        *_conditions(what)
    )
    parts: dict[str, Counts] = {}
    for outcome, asked_ms, sounded_ms, heard_pct in unit.session.execute(query):
        counts = counts_of(asked_ms, sounded_ms, heard_pct)
        parts[outcome] = parts.get(outcome, Counts()) + counts
    return total(parts)


def _newest(
    unit: Unit,
    what: Asked,
    after: Cursor | None,
    days: tuple[ColumnElement[bool], ...],
    limit: int,
) -> Sequence[PlayRow]:
    """Return the newest plays: merged from each place where they are few, else filtered in their order."""
    conditions = (*_conditions(what, places=False), *days)
    if after is not None:
        conditions += (
            PlayRow.started <= after.started,
            or_(PlayRow.started < after.started, PlayRow.id < after.id),
        )
    newest_first = (PlayRow.started.desc(), PlayRow.id.desc())
    places = _places(unit, what)
    if places is None:
        query = select(PlayRow).where(*conditions, _inside(what.areas))
        return unit.session.scalars(query.order_by(*newest_first).limit(limit)).all()
    if not places:
        return ()
    each = [
        select(select(PlayRow.id, PlayRow.started)
        .where(PlayRow.area == path, *conditions)
        .order_by(*newest_first)
        .limit(limit)
        .subquery())
        for path in places
    ]  # fmt: skip
    merged = union_all(*each).subquery()
    numbers = select(merged.c.id).order_by(merged.c.started.desc(), merged.c.id.desc()).limit(limit)
    found = unit.session.scalars(numbers).all()
    query = select(PlayRow).where(PlayRow.id.in_(found)).order_by(*newest_first)
    return unit.session.scalars(query).all()


def _places(unit: Unit, what: Asked) -> tuple[str, ...] | None:
    """Return every place at or below the areas asked for, None where they are many or an index is better."""
    if what.wanted.device is not None:
        return None
    inside = or_(*(at_or_below(AreaRow.path, area) for area in what.areas))
    query = select(AreaRow.path).where(inside).limit(FEW_PLACES + 1)
    places = unit.session.scalars(query).all()
    return None if len(places) > FEW_PLACES else tuple(places)


def _conditions(what: Asked, *, places: bool = True) -> tuple[ColumnElement[bool], ...]:
    wanted, period = what.wanted, what.period
    found: list[ColumnElement[bool]] = [
        PlayRow.started >= opening(period.first),
        PlayRow.started < opening(period.last + DAY),
    ]
    if places:
        found.append(_inside(what.areas))
    if wanted.field is not None:
        found.append(PlayRow.field == wanted.field)
    if wanted.priority is not None:
        ranks = RANKS[wanted.priority]
        found.append(PlayRow.rank.in_(ranks))
        if min(ranks) >= 6:
            found.append(PlayRow.rank >= 6)  # as the index of emergencies says it
    if wanted.outcome == "short" or wanted.reason is not None:
        found.append(PlayRow.outcome != "sounded")
    elif wanted.outcome is not None:
        found.append(PlayRow.outcome == wanted.outcome)
        if wanted.outcome != "sounded":
            found.append(PlayRow.outcome != "sounded")  # as the index of shortfalls says it
    if wanted.reason is not None:
        found.append(PlayRow.reason == wanted.reason)
    if wanted.device is not None:
        found.append(PlayRow.device == wanted.device)
    if wanted.source is not None:
        found.append(PlayRow.source == wanted.source)
    return tuple(found)


def _inside(areas: Sequence[str]) -> ColumnElement[bool]:
    return or_(*(at_or_below(PlayRow.area, area) for area in areas))


def _days(
    unit: Unit, what: Asked, after: Cursor | None, limit: int
) -> tuple[ColumnElement[bool], ...] | None:
    """Return what the tally knows of when the next plays lie; None where there are none."""
    wanted = what.wanted
    if wanted.device is not None or wanted.source is not None:
        return ()
    conditions = sums.matching(wanted)
    if not conditions:
        return ()
    last = what.period.last if after is None else min(what.period.last, day_of(after.started))
    plays = func.sum(TallyRow.plays)
    query = (
        select(TallyRow.day, plays)
        .where(TallyRow.area.in_(what.areas), TallyRow.span == "d", *conditions)
        .where(TallyRow.day.between(what.period.first, last))
        .group_by(TallyRow.day)
        .having(plays > 0)
        .order_by(TallyRow.day.desc())
        .limit(FEW_DAYS)
    )
    found: list[date] = []
    reached = 0
    for day, count in unit.session.execute(query):
        found.append(day)
        reached += 0 if after is not None and day == day_of(after.started) else int(count)
        if reached >= limit:
            break
    if not found:
        return None
    newest, oldest = found[0], found[-1]
    until = PlayRow.started < opening(newest + DAY)
    if reached < limit and len(found) == FEW_DAYS:
        return (until,)  # there are more days than we asked for
    since = PlayRow.started >= opening(oldest)
    if (newest - oldest).days + 1 == len(found) or len(found) > FEW_PLACES:
        return (since, until)
    return (since, until, or_(*(_on(day) for day in found)))


def _on(day: date) -> ColumnElement[bool]:
    return and_(PlayRow.started >= opening(day), PlayRow.started < opening(day + DAY))


def _roots(unit: Unit) -> tuple[str, ...]:
    query = select(AreaRow.path).where(~AreaRow.path.contains("/"))
    return tuple(unit.session.scalars(query))
