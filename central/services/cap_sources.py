"""Verbs of sources: the addresses where others publish their warnings, asked every so often.

Law of the room: an area's administrators keep them; whom we may call is `outward`'s to judge each time we call.
"""

import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import Final
from urllib.parse import urlsplit

import msgspec
from sqlalchemy import func, or_, select

from central.db.cap import CapSourceRow
from central.domain.cap_states import CapSourceState
from central.domain.errors import Conflict, NotFound, Unacceptable
from central.domain.people import Person, Right
from central.services.areas import area_named, at_or_below
from central.services.unit import Unit
from central.services.webhooks import checked_url

MOST_PER_AREA: Final = 20
SHORTEST_S: Final = 30
LONGEST_S: Final = 86_400


class CapSourceAsked(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An address of one message or of a feed: its name, whose inbox, and the seconds between two looks."""

    name: str
    area: str
    url: str
    every_s: int = 60


def create_source(
    unit: Unit, asked: CapSourceAsked, *, who: Person, now: datetime
) -> CapSourceState:
    """Add a source; raises `Forbidden` unless `who` administers the area, `Unacceptable` naming what to change."""
    area_named(unit, asked.area)
    who.require(Right.ADMINISTER, asked.area)
    name, url = " ".join(asked.name.split()), checked_url(asked.url)
    if not 1 <= len(name) <= 100:
        raise Unacceptable("Tên nguồn cần từ 1 đến 100 chữ.", "bad-name")
    if not SHORTEST_S <= asked.every_s <= LONGEST_S:
        msg = f"Khoảng cách giữa hai lần hỏi cần từ {SHORTEST_S} giây đến 24 giờ."
        raise Unacceptable(msg, "bad-interval")
    count = select(func.count()).select_from(CapSourceRow).where(CapSourceRow.area == asked.area)
    if (unit.session.scalar(count) or 0) >= MOST_PER_AREA:
        msg = f"Địa bàn {asked.area} đã có {MOST_PER_AREA} nguồn: hãy bỏ bớt."
        raise Conflict(msg, "too-many-sources")
    row = CapSourceRow(
        id=secrets.token_hex(8),
        name=name,
        area=asked.area,
        url=url,
        every_s=asked.every_s,
        created=now,
        created_by=who.name,
        due=now,
        seen=[],
    )
    unit.session.add(row)
    unit.session.flush()
    host = urlsplit(url).hostname or ""
    unit.note(
        who, "create-cap-source", f"{row.id} {name} {host}", now=now, area=row.area, subject=row.id
    )
    return source_state(row)


def source_named(unit: Unit, source: str, *, who: Person) -> CapSourceState:
    """Return one source; raises `NotFound`, or `Forbidden` unless `who` administers its area."""
    return source_state(_row(unit, source, who))


def switch_source(
    unit: Unit, source: str, *, enabled: bool, who: Person, now: datetime
) -> CapSourceState:
    """Turn a source on (it is asked at once) or off."""
    row = _row(unit, source, who)
    row.enabled, row.due = enabled, now
    what = f"{row.id} {row.name} {'on' if enabled else 'off'}"
    unit.note(who, "switch-cap-source", what, now=now, area=row.area, subject=row.id)
    unit.session.flush()
    return source_state(row)


def delete_source(unit: Unit, source: str, *, who: Person, now: datetime) -> None:
    """Forget a source; what came from it stays in the inbox."""
    row = _row(unit, source, who)
    what = f"{row.id} {row.name}"
    unit.note(who, "delete-cap-source", what, now=now, area=row.area, subject=row.id)
    unit.session.delete(row)
    unit.session.flush()


def list_sources(unit: Unit, areas: Sequence[str]) -> tuple[CapSourceState, ...]:
    """Return the sources of these areas and below, by area and name; at most 500."""
    if not areas:
        return ()
    query = select(CapSourceRow).where(
        or_(*(at_or_below(CapSourceRow.area, area) for area in areas))
    )
    rows = unit.session.scalars(query.order_by(CapSourceRow.area, CapSourceRow.name).limit(500))
    return tuple(source_state(row) for row in rows)


def source_state(row: CapSourceRow) -> CapSourceState:
    """Return a source as its administrators see it."""
    return CapSourceState(
        id=row.id,
        name=row.name,
        area=row.area,
        url=row.url,
        every_s=row.every_s,
        enabled=row.enabled,
        created=row.created,
        created_by=row.created_by,
        due=row.due,
        tried=row.tried,
        reached=row.reached,
        why=row.why or "",
        taken=row.taken or 0,
    )


def _row(unit: Unit, source: str, who: Person) -> CapSourceRow:
    row = unit.session.get(CapSourceRow, source[:40])
    if row is None or not who.may(Right.VIEW, row.area):
        raise NotFound("Không có nguồn tin này.", "no-source")
    who.require(Right.ADMINISTER, row.area)
    return row
