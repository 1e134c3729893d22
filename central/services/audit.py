"""Verbs of the audit log: looking and taking it away.

Law of the room: only administrators read it, and only what was done at their areas; what names no area is for a
root's administrators. Reading goes from the newest line down, page by page; a search for words reads a bounded
stretch of lines at a time, so that no question holds the database up.
"""

import csv
import io
from collections.abc import Iterator
from datetime import UTC, datetime

import msgspec
from sqlalchemy import Select, func, or_, select

from central.db.people import AuditRow
from central.domain.areas import harmless
from central.domain.audit import VERBS, changes
from central.domain.errors import Forbidden
from central.domain.people import Person, Right
from central.domain.people_states import AuditLine
from central.services.areas import at_or_below, with_predecessors
from central.services.unit import House, Unit

MOST = 200
STRETCH = 50_000  # lines that one search for words looks through
MAX_EXPORTED = 200_000
_CHUNK = 2_000


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """What is looked for: words in what was done, by whom, which verb, where, and between which instants."""

    text: str = ""
    person: str = ""
    verb: str = ""
    area: str | None = None
    since: datetime | None = None
    until: datetime | None = None


class AuditPage(msgspec.Struct, frozen=True):
    """Lines, newest first; `next_before` goes on below them, None at the end."""

    lines: tuple[AuditLine, ...]
    next_before: int | None


def search_audit(
    unit: Unit, asked: Asked, *, who: Person, before: int | None = None, limit: int = 50
) -> AuditPage:
    """Return at most `limit` (200) lines below the line `before`.

    A page may hold fewer lines than asked, or none, and still go on: `next_before` is what tells.
    """
    limit = min(max(limit, 1), MOST)
    query = _query(unit, asked, who)
    floor = 0
    if asked.text.strip():
        top = before or (unit.session.scalar(select(func.max(AuditRow.id))) or 0) + 1
        floor = max(0, top - STRETCH)
        query = query.where(AuditRow.id >= floor)
    if before is not None:
        query = query.where(AuditRow.id < before)
    rows = unit.session.scalars(query.order_by(AuditRow.id.desc()).limit(limit + 1)).all()
    more = len(rows) > limit
    below = rows[limit - 1].id if more else floor or None
    return AuditPage(tuple(_line(row) for row in rows[:limit]), below)


def export_audit(house: House, asked: Asked, *, who: Person) -> Iterator[bytes]:
    """Give the log as CSV (UTF-8 with a mark, as spreadsheets want it), newest first; at most 200,000 lines."""
    with house.reading() as unit:
        query = _query(unit, asked, who).order_by(AuditRow.id.desc())
    heads = ("id", "at", "who", "verb", "what", "area", "subject", "before", "after")
    yield "\ufeff".encode() + _csv([heads])
    before: int | None = None
    for _ in range(MAX_EXPORTED // _CHUNK):
        with house.reading() as unit:
            below = query if before is None else query.where(AuditRow.id < before)
            rows = unit.session.scalars(below.limit(_CHUNK)).all()
        yield _csv([_cells(row) for row in rows])
        if len(rows) < _CHUNK:
            return
        before = rows[-1].id


def check_may_read(who: Person) -> None:
    """Raise `Forbidden` for somebody who administers nothing."""
    if not who.areas(Right.ADMINISTER):
        msg = "Chỉ quản trị đọc được nhật ký thao tác của địa bàn mình."
        raise Forbidden(msg)


def _query(unit: Unit, asked: Asked, who: Person) -> Select[AuditRow]:
    check_may_read(who)
    query = select(AuditRow)
    places = who.areas(Right.ADMINISTER)
    if asked.area is not None:
        who.require(Right.ADMINISTER, asked.area)
        places = with_predecessors(unit, asked.area)
    whole = asked.area is None and any("/" not in place for place in places)
    conditions = [at_or_below(AuditRow.area, place) for place in places]
    if whole:
        conditions.append(AuditRow.area == "")
    query = query.where(or_(*conditions))
    if asked.person:
        query = query.where(AuditRow.who == asked.person)
    if asked.verb:
        query = query.where(AuditRow.verb == asked.verb)
    if asked.since is not None:
        query = query.where(AuditRow.at >= asked.since)
    if asked.until is not None:
        query = query.where(AuditRow.at < asked.until)
    for word in asked.text.split()[:6]:
        query = query.where(
            or_(
                AuditRow.what.icontains(word, autoescape=True),
                AuditRow.subject.icontains(word, autoescape=True),
                AuditRow.after.icontains(word, autoescape=True),
            )
        )
    return query


def _line(row: AuditRow) -> AuditLine:
    return AuditLine(
        id=row.id,
        at=row.at,
        who=row.who,
        verb=row.verb,
        what=row.what,
        area=row.area,
        subject=row.subject,
        changes=changes(row.before, row.after),
    )


def _cells(row: AuditRow) -> tuple[str, ...]:
    told = (row.who, VERBS.get(row.verb, row.verb), row.what, row.area, row.subject)
    at = row.at.astimezone(UTC).isoformat()
    return (str(row.id), at, *(harmless(cell) for cell in (*told, row.before, row.after)))


def _csv(rows: list[tuple[str, ...]]) -> bytes:
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    return out.getvalue().encode()
