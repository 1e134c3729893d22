"""Verbs of saved views: filters that somebody keeps, for themselves or for everybody of an area.

Law of the room: a view is a filter and gives no right; whoever opens it sees what they may see. It is shared by who
may edit there, changed by its owner, deleted by its owner or an administrator of its area.
"""

from datetime import datetime
from typing import Final
from urllib.parse import parse_qsl

from sqlalchemy import func, or_, select

from central.db.care import SavedViewRow
from central.domain.areas import lineage
from central.domain.care_sought import query_of, read_sought
from central.domain.care_states import ViewState
from central.domain.errors import Conflict, Forbidden, NotFound, Unacceptable
from central.domain.people import Person, Right
from central.services.areas import area_named
from central.services.unit import Unit

MOST_VIEWS: Final = 50


def list_views(unit: Unit, who: Person) -> tuple[ViewState, ...]:
    """Return the person's own views, and those shared with an area at or above one of theirs, by name."""
    around = {path for area in who.areas(Right.VIEW) for path in lineage(area)}
    below = [
        SavedViewRow.area.startswith(f"{area}/", autoescape=True) for area in who.areas(Right.VIEW)
    ]
    query = select(SavedViewRow).where(
        or_(SavedViewRow.person_id == who.id, SavedViewRow.area.in_(around), *below)
    )
    rows = unit.session.scalars(query.order_by(SavedViewRow.name, SavedViewRow.id).limit(200))
    return tuple(_view(row, who) for row in rows)


def save_view(
    unit: Unit, name: str, query: str, *, area: str | None = None, who: Person, now: datetime
) -> ViewState:
    """Keep a filter under a name, shared with `area` where that is given; the same name again replaces one's own.

    Raises `Unacceptable` for a filter that is none, `Conflict` for more than 50 of them.
    """
    name = " ".join(name.split())
    if not 1 <= len(name) <= 80:
        raise Unacceptable("Tên bộ lọc cần từ 1 đến 80 chữ cái.", "bad-name")
    whole = query_of(read_sought(dict(parse_qsl(query[:2_000]))))
    if len(whole) > 1_000:
        raise Unacceptable("Bộ lọc dài quá; hãy bớt chữ tìm.", "bad-filter")
    if area is not None:
        area_named(unit, area)
        who.require(Right.EDIT, area)
    row = unit.session.scalar(
        select(SavedViewRow).where(SavedViewRow.person_id == who.id, SavedViewRow.name == name)
    )
    if row is None:
        count = select(func.count()).where(SavedViewRow.person_id == who.id)
        if (unit.session.scalar(count) or 0) >= MOST_VIEWS:
            msg = f"Mỗi người giữ được {MOST_VIEWS} bộ lọc; hãy xóa bớt."
            raise Conflict(msg, "too-many")
        row = SavedViewRow(person_id=who.id, by=who.name, name=name)
        unit.session.add(row)
    row.query, row.area, row.made = whole, area, now
    unit.session.flush()
    unit.note(
        who, "care-view", f"{name} {area or ''}", now=now, area=area or "", subject=str(row.id)
    )
    return _view(row, who)


def delete_view(unit: Unit, number: int, *, who: Person, now: datetime) -> None:
    """Forget a view; raises `NotFound` for one that this person cannot see, `Forbidden` for one of somebody else."""
    row = unit.session.get(SavedViewRow, number)
    if row is None or (row.person_id != who.id and row.area is None):
        raise NotFound(f"Không có bộ lọc số {number}.", "no-view")
    if row.person_id != who.id and not who.may(Right.ADMINISTER, row.area or ""):
        raise Forbidden(f"Bộ lọc này của {row.by}.", "not-yours")
    unit.session.delete(row)
    unit.note(
        who,
        "care-view-end",
        f"{row.name} {row.area or ''}",
        now=now,
        area=row.area or "",
        subject=str(number),
    )


def _view(row: SavedViewRow, who: Person) -> ViewState:
    return ViewState(
        id=row.id,
        name=row.name,
        query=row.query,
        by=row.by,
        area=row.area,
        own=row.person_id == who.id,
    )
