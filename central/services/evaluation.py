"""The verb that evaluates: how an area was served in a period, why not better, and beside the period before.

Law of the room: reads only; every number is a sum of the tally, so that page, list and export agree. A commune that was
merged is counted with the one it went into.
"""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Final

from msgspec.structs import replace

from central.domain.evaluation import (
    OUTCOME_WORDS,
    OUTCOMES,
    Evaluation,
    Filter,
    ReasonShare,
    Share,
    Totals,
    TrendPoint,
    added,
    field_word,
    reason_word,
)
from central.domain.people import Person, Right
from central.domain.periods import Period
from central.domain.tally import (
    DAY,
    PRIORITY_WORDS,
    Counts,
    Priority,
    Span,
    day_of,
    month_after,
    month_of,
    priority_of,
)
from central.services import evaluation_sums as sums
from central.services.areas import area_named, with_predecessors
from central.services.devices import count_at_or_below
from central.services.evaluation_ranks import bulletins, contents, devices
from central.services.evaluation_tree import heat
from central.services.unit import Unit

MOST_DAY_CELLS: Final = 31
MOST_DAY_POINTS: Final = 124
MOST_MONTH_CELLS: Final = 24
MOST_MONTH_POINTS: Final = 125
_EVERYTHING: Final = Filter()


def evaluate(
    unit: Unit,
    area: str,
    period: Period,
    *,
    wanted: Filter = _EVERYTHING,
    who: Person | None,
    now: datetime,
) -> Evaluation:
    """Return the evaluation of `area` in `period`; of `wanted`, field, priority, outcome and reason count.

    Raises `NotFound`, `Forbidden`. Rankings of contents and appliances are given without a filter only.
    """
    found = area_named(unit, area)
    if who is not None:
        who.require(Right.VIEW, area)
    areas = with_predecessors(unit, area)
    first, last = period.first, period.last
    kinds = sums.kinds(unit, areas, first, last, wanted)
    before = period.before
    windows = _together(sums.planned(unit, areas, first, last))
    was = sums.kinds(unit, areas, before.first, before.last, wanted)
    windows_before = _together(sums.planned(unit, areas, before.first, before.last))
    whole = replace(sums.totals_of(kinds), planned=windows[0], missed=windows[1])
    heat_span, buckets = _buckets(period, MOST_DAY_CELLS, MOST_MONTH_CELLS)
    trend_span, points = _buckets(period, MOST_DAY_POINTS, MOST_MONTH_POINTS)
    plain = wanted == _EVERYTHING
    return Evaluation(
        area=area,
        name=found.name,
        first=first,
        last=last,
        period=period.name,
        totals=whole,
        before=replace(sums.totals_of(was), planned=windows_before[0], missed=windows_before[1]),
        bulletins=bulletins(unit, areas, period) if plain else 0,
        appliances=count_at_or_below(unit, areas),
        outcomes=_outcomes(kinds),
        priorities=_priorities(kinds),
        fields=_fields(kinds),
        reasons=_reasons(kinds),
        missing=sums.missing(unit, areas, period) if windows[1] else (),
        buckets=buckets,
        bucket_span=heat_span,
        heat=heat(unit, area, period, wanted, buckets, whole, span=heat_span),
        trend=_trend(unit, areas, period, wanted, trend_span, points, now),
        trend_span=trend_span,
        contents=contents(unit, areas, period) if plain else (),
        devices=devices(unit, areas, period) if plain else (),
    )


def _together(found: Mapping[str, tuple[int, int]]) -> tuple[int, int]:
    return sum(w for w, _ in found.values()), sum(m for _, m in found.values())


def _buckets(period: Period, most_days: int, most_months: int) -> tuple[Span, tuple[date, ...]]:
    """Return the days of the period, its months where the days are too many, or its years."""
    if period.days <= most_days:
        return "d", tuple(period.first + n * DAY for n in range(period.days))
    months = [month_of(period.first)]
    while month_after(months[-1]) <= period.last:
        months.append(month_after(months[-1]))
    if len(months) <= most_months:
        return "m", tuple(months)
    return "y", tuple(date(year, 1, 1) for year in range(period.first.year, period.last.year + 1))


def _outcomes(kinds: Mapping[sums.Kind, Counts]) -> tuple[Share, ...]:
    parts = {o: {k: c for k, c in kinds.items() if k[2] == o} for o in OUTCOMES}
    return tuple(
        Share(key=outcome, word=OUTCOME_WORDS[outcome], totals=sums.totals_of(part))
        for outcome, part in parts.items()
    )


def _priorities(kinds: Mapping[sums.Kind, Counts]) -> tuple[Share, ...]:
    parts: dict[Priority, dict[sums.Kind, Counts]] = {p: {} for p in Priority}
    for kind, counts in kinds.items():
        parts[priority_of(kind[1])][kind] = counts
    return tuple(
        Share(key=priority, word=PRIORITY_WORDS[priority], totals=sums.totals_of(part))
        for priority, part in parts.items()
    )


def _fields(kinds: Mapping[sums.Kind, Counts]) -> tuple[Share, ...]:
    parts: dict[int, dict[sums.Kind, Counts]] = {}
    for kind, counts in kinds.items():
        parts.setdefault(kind[0], {})[kind] = counts
    ordered = sorted(parts.items(), key=lambda item: (item[0] == 0, item[0]))
    return tuple(
        Share(key=str(field), word=field_word(field), totals=sums.totals_of(part))
        for field, part in ordered
    )


def _reasons(kinds: Mapping[sums.Kind, Counts]) -> tuple[ReasonShare, ...]:
    parts: dict[str, Counts] = {}
    for (_, _, outcome, reason), counts in kinds.items():
        if outcome != "sounded":
            parts[reason] = parts.get(reason, Counts()) + counts
    shares = (
        ReasonShare(
            key=reason,
            word=reason_word(reason),
            plays=counts.plays,
            lost_ms=max(0, counts.asked_ms - counts.sounded_ms),
        )
        for reason, counts in parts.items()
    )
    return tuple(sorted(shares, key=lambda share: (-share.plays, share.key)))


def _trend(
    unit: Unit,
    areas: tuple[str, ...],
    period: Period,
    wanted: Filter,
    span: Span,
    points: tuple[date, ...],
    now: datetime,
) -> tuple[TrendPoint, ...]:
    """Return the sums by day or month; days to come are left out, for nothing could sound yet."""
    rows = sums.by_day(unit, areas, period.first, period.last, wanted, span=span)
    by_day: dict[date, list[Totals]] = {}
    for (_, day), found in rows.items():
        by_day.setdefault(day, []).append(found)
    today = day_of(now)
    return tuple(
        TrendPoint(day=day, totals=added(by_day.get(day, ()))) for day in points if day <= today
    )
