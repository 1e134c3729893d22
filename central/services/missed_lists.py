"""The verb that lists planned windows nobody told of, a page at a time.

Law of the room: reads only; whoever asks sees the areas of a VIEW and no other.
"""

from sqlalchemy import or_, select

from central.db.tally import MissedWindowRow
from central.domain.evaluation import MissedLine
from central.domain.tally import DAY, opening
from central.services.areas import at_or_below
from central.services.play_lines import named, place
from central.services.play_lists import MOST_LINES, Asked, Cursor
from central.services.unit import Unit


def page_of_missed(
    unit: Unit, what: Asked, *, after: Cursor | None = None, limit: int = 50
) -> tuple[tuple[MissedLine, ...], Cursor | None]:
    """Return planned windows that nobody told of, newest first, and where the next page begins."""
    limit = min(max(limit, 1), MOST_LINES)
    if not what.areas:
        return (), None
    table = MissedWindowRow
    query = select(table).where(
        or_(*(at_or_below(table.area, area) for area in what.areas)),
        table.starts >= opening(what.period.first),
        table.starts < opening(what.period.last + DAY),
    )
    if what.wanted.device is not None:
        query = query.where(table.device == what.wanted.device)
    if after is not None:
        query = query.where(
            table.starts <= after.started,
            or_(table.starts < after.started, table.id < after.id),
        )
    query = query.order_by(table.starts.desc(), table.id.desc()).limit(limit + 1)
    rows = unit.session.scalars(query).all()
    shown = rows[:limit]
    names, places = named(unit, {row.device for row in shown}, {row.area for row in shown})
    lines = tuple(
        MissedLine(
            id=row.id,
            device=row.device,
            device_name=names.get(row.device, row.device),
            area=row.area,
            place=place(row.area, places),
            title=row.title,
            window=row.window,
            starts=row.starts,
            planned_ms=row.planned_ms,
            cause=row.cause,
        )
        for row in shown
    )
    more = len(rows) > limit
    return lines, Cursor(shown[-1].starts, shown[-1].id) if more else None
