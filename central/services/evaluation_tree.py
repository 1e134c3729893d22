"""The areas right below an area, each with the closed ones it stands for now, and how they were served.

Law of the room: reads only. A hamlet that moved counts where it stood at the time and where it stands now; the area
above both counts it once.
"""

from collections.abc import Mapping, Sequence
from datetime import date

import msgspec
from msgspec.structs import replace
from sqlalchemy import and_, false, or_, select

from central.db.people import AreaRow
from central.domain.areas import Area, lineage
from central.domain.evaluation import Filter, HeatRow, Totals, added, without
from central.domain.people import topmost
from central.domain.periods import Period
from central.domain.tally import Span
from central.services import evaluation_sums as sums
from central.services.areas import at_or_below, successors_of
from central.services.unit import Unit
from contract.area import is_at_or_below, is_strictly_below


class Branch(msgspec.Struct, frozen=True, kw_only=True):
    """An area right below another: its name, and the paths whose plays are its own."""

    area: str
    name: str
    paths: tuple[str, ...]


def choices(unit: Unit, roots: Sequence[str], area: str) -> tuple[Area, ...]:
    """Return the open areas one may choose from: `roots`, what lies right below them, and the branch of `area`."""
    near = [
        and_(at_or_below(AreaRow.path, r), ~AreaRow.path.like(f"{r}/%/%", escape="!"))
        for r in roots
    ]
    here = AreaRow.path.in_([path for path in lineage(area) if path])
    visible = or_(false(), *(at_or_below(AreaRow.path, root) for root in roots))
    query = select(AreaRow.path, AreaRow.name).where(AreaRow.until.is_(None), visible)
    rows = unit.session.execute(query.where(or_(here, *near)))
    found = [Area(path=path, name=name) for path, name in rows]
    return tuple(sorted(found, key=lambda chosen: chosen.path.split("/")))


def above(unit: Unit, roots: Sequence[str], area: str) -> tuple[Area, ...]:
    """Return `area` and those above it, root first, as far as `roots` cover them."""
    covered = [p for p in lineage(area) if any(is_at_or_below(p, root) for root in roots)]
    query = select(AreaRow.path, AreaRow.name).where(AreaRow.path.in_(covered))
    names: dict[str, str] = dict(unit.session.execute(query).all())
    return tuple(Area(path=path, name=names[path]) for path in covered if path in names)


def branches(unit: Unit, area: str) -> tuple[Branch, ...]:
    """Return the open areas right below `area`, in the order of their paths."""
    depth = area.count("/") + 1
    query = select(AreaRow.path, AreaRow.name).where(
        at_or_below(AreaRow.path, area), AreaRow.until.is_(None)
    )
    names = {path: name for path, name in unit.session.execute(query) if path.count("/") == depth}
    older: dict[str, set[str]] = {path: set() for path in names}
    successors = successors_of(unit)
    for closed in successors:
        stands = _stands(closed, successors)
        heirs = lineage(stands)[depth : depth + 1] if is_strictly_below(stands, area) else ()
        for heir in heirs:
            if heir in older and not is_at_or_below(closed, heir):
                older[heir].add(closed)
    return tuple(
        Branch(area=path, name=name, paths=(path, *topmost(older[path])))
        for path, name in sorted(names.items())
    )


def heat(
    unit: Unit,
    area: str,
    period: Period,
    wanted: Filter,
    buckets: tuple[date, ...],
    whole: Totals,
    *,
    span: Span,
) -> tuple[HeatRow, ...]:
    """Return a row for each area right below, the worst first, and one for what stands at `area` itself."""
    below = branches(unit, area)
    paths = tuple(path for branch in below for path in branch.paths)
    cells = sums.by_day(unit, paths, period.first, period.last, wanted, span=span)
    windows = sums.planned(unit, paths, period.first, period.last)
    rows = sorted((_row(branch, cells, windows, buckets) for branch in below), key=_worst_first)
    rest = without(whole, added(row.totals for row in rows))
    if not rows or rest.plays <= 0:
        return tuple(rows)
    itself = HeatRow(area="", name="", totals=rest, cells=((0, 0),) * len(buckets))
    return (*rows, itself)


def _row(
    branch: Branch,
    cells: Mapping[tuple[str, date], Totals],
    windows: Mapping[str, tuple[int, int]],
    buckets: tuple[date, ...],
) -> HeatRow:
    by_bucket = [
        added(cells[path, day] for path in branch.paths if (path, day) in cells) for day in buckets
    ]
    found = [windows[path] for path in branch.paths if path in windows]
    planned, missed = sum(w for w, _ in found), sum(m for _, m in found)
    return HeatRow(
        area=branch.area,
        name=branch.name,
        totals=replace(added(by_bucket), planned=planned, missed=missed),
        cells=tuple((part.plays, part.sounded) for part in by_bucket),
    )


def _worst_first(row: HeatRow) -> tuple[float, str]:
    share = row.totals.success_pct
    return (101.0 if share is None else share), row.area


def _stands(closed: str, successors: Mapping[str, str]) -> str:
    """Return where a closed area is counted now, through however many successors."""
    seen = {closed}
    at = successors[closed]
    while at in successors and at not in seen:
        seen.add(at)
        at = successors[at]
    return at
