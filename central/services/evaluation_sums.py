"""Sums of the tally for an area and a period: what evaluations, lists and exports agree on.

Law of the room: reads only, and only rows of the tally; no question here grows with the number of plays.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from sqlalchemy import and_, extract, func, or_, select
from sqlalchemy.sql.elements import ColumnElement

from central.db.tally import MissedWindowRow, TallyPlannedRow, TallyRow
from central.domain.evaluation import Filter, ReasonShare, Totals, missing_word, total
from central.domain.periods import Period, stretches
from central.domain.tally import DAY, RANKS, Counts, Span, month_of, opening
from central.services.areas import at_or_below
from central.services.unit import Unit

SUMS = (
    func.sum(TallyRow.plays),
    func.sum(TallyRow.asked_ms),
    func.sum(TallyRow.sounded_ms),
    func.sum(TallyRow.listened_ms),
    func.sum(TallyRow.heard_ms),
)
Kind = tuple[int, int, str, str]
"""Field, rank, outcome and reason of plays."""


def in_days(
    table: type[TallyRow | TallyPlannedRow], first: date, last: date, *, by_outcome: bool = False
) -> ColumnElement[bool]:
    """Return the condition for the fewest rows that count these days; `by_outcome` for those by outcome alone."""
    return or_(
        *(
            and_(
                table.span == (part.span.upper() if by_outcome else part.span),
                table.day.between(part.first, part.last),
            )
            for part in stretches(first, last)
        )
    )


def matching(wanted: Filter) -> tuple[ColumnElement[bool], ...]:
    """Return the conditions of a filter on the tally; appliance and content are no part of it."""
    found: list[ColumnElement[bool]] = []
    if wanted.field is not None:
        found.append(TallyRow.field == wanted.field)
    if wanted.priority is not None:
        found.append(TallyRow.rank.in_(RANKS[wanted.priority]))
    if wanted.outcome == "short":
        found.append(TallyRow.outcome != "sounded")
    elif wanted.outcome is not None:
        found.append(TallyRow.outcome == wanted.outcome)
    if wanted.reason is not None:
        found.append(TallyRow.reason == wanted.reason)
    return tuple(found)


def kinds(
    unit: Unit, areas: Sequence[str], first: date, last: date, wanted: Filter
) -> dict[Kind, Counts]:
    """Return the sums of each kind of plays at or below `areas` on these days."""
    columns = (TallyRow.field, TallyRow.rank, TallyRow.outcome, TallyRow.reason)
    query = select(*columns, *SUMS).group_by(*columns)
    query = query.where(TallyRow.area.in_(areas), in_days(TallyRow, first, last), *matching(wanted))
    found: dict[Kind, Counts] = {}
    for field, rank, outcome, reason, *sums in unit.session.execute(query):
        counts = counts_from(sums)
        if counts != Counts():
            found[field, rank, outcome, reason] = counts
    return found


def totals_of(found: Mapping[Kind, Counts]) -> Totals:
    """Return the sums of these kinds together."""
    parts: dict[str, Counts] = {}
    for (_, _, outcome, _), counts in found.items():
        parts[outcome] = parts.get(outcome, Counts()) + counts
    return total(parts)


def by_day(
    unit: Unit, areas: Iterable[str], first: date, last: date, wanted: Filter, *, span: Span
) -> dict[tuple[str, date], Totals]:
    """Return the sums of each area by day, or by the first day of its month or year."""
    # years are put together by the database: many areas in many months are many rows
    day = extract("year", TallyRow.day) if span == "y" else TallyRow.day
    columns = (TallyRow.area, day, TallyRow.outcome)
    query = select(*columns, *SUMS).group_by(*columns)
    plain = wanted.field is None and wanted.priority is None and wanted.reason is None
    days = in_days(TallyRow, first, last, by_outcome=plain)
    if span == "d":
        each = TallyRow.span == ("D" if plain else "d")
        days = and_(each, TallyRow.day.between(first, last))
    query = query.where(TallyRow.area.in_(tuple(areas)), days, *matching(wanted))
    parts: dict[tuple[str, date], dict[str, Counts]] = {}
    for area, told, outcome, *sums in unit.session.execute(query):
        begins = told if isinstance(told, date) else date(int(str(told)), 1, 1)
        mine = parts.setdefault((area, month_of(begins) if span == "m" else begins), {})
        mine[outcome] = mine.get(outcome, Counts()) + counts_from(sums)
    return {key: total(outcomes) for key, outcomes in parts.items()}


def planned(
    unit: Unit, areas: Iterable[str], first: date, last: date
) -> dict[str, tuple[int, int]]:
    """Return the planned windows of each area, and how many of them nobody told of."""
    sums = (func.sum(TallyPlannedRow.windows), func.sum(TallyPlannedRow.missed))
    query = select(TallyPlannedRow.area, *sums).group_by(TallyPlannedRow.area)
    query = query.where(
        TallyPlannedRow.area.in_(tuple(areas)), in_days(TallyPlannedRow, first, last)
    )
    rows = unit.session.execute(query)
    return {area: (int(windows), int(missed)) for area, windows, missed in rows}


def missing(unit: Unit, areas: Sequence[str], period: Period) -> tuple[ReasonShare, ...]:
    """Return why nobody told of windows, the most frequent first."""
    counted = func.count()
    query = (
        select(MissedWindowRow.cause, counted, func.sum(MissedWindowRow.planned_ms))
        .where(or_(*(at_or_below(MissedWindowRow.area, area) for area in areas)))
        .where(MissedWindowRow.starts >= opening(period.first))
        .where(MissedWindowRow.starts < opening(period.last + DAY))
        .group_by(MissedWindowRow.cause)
        .order_by(counted.desc())
    )
    return tuple(
        ReasonShare(key=cause, word=missing_word(cause), plays=windows, lost_ms=int(planned_ms))
        for cause, windows, planned_ms in unit.session.execute(query)
    )


def counts_from(sums: Sequence[object]) -> Counts:
    """Return sums as a database gives them: PostgreSQL answers with decimals."""
    plays, asked_ms, sounded_ms, listened_ms, heard_ms = (int(str(value)) for value in sums)
    return Counts(
        plays=plays,
        asked_ms=asked_ms,
        sounded_ms=sounded_ms,
        listened_ms=listened_ms,
        heard_ms=heard_ms,
    )
