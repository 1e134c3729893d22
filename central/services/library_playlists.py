"""Verbs of playlists: ordered content under one name, usable at and below its area.

Law of the room: a playlist holds hashes and plays nothing by itself; a planner takes its items as they stand. Two
editors are told of each other by the version.
"""

import secrets
from collections.abc import Iterable, Sequence
from datetime import datetime

import msgspec
from sqlalchemy import and_, or_, select, true
from sqlalchemy.sql.elements import ColumnElement

from central.db.broadcast import ContentRow
from central.db.library import PlaylistRow, SheetRow
from central.domain.areas import lineage
from central.domain.errors import Conflict, NotFound, Unacceptable
from central.domain.library import ContentKind
from central.domain.library_states import PlaylistEntry, PlaylistPage, PlaylistState
from central.domain.library_text import one_line
from central.domain.people import Person, Right
from central.services.areas import area_named, at_or_below
from central.services.library import may_see, unusable
from central.services.unit import SYSTEM, Unit

MOST_ENTRIES = 200
MOST_SHOWN = 100


class PlaylistSaid(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A playlist as somebody writes it; `items` are hashes of content, in order, and may repeat."""

    title: str
    items: tuple[str, ...]
    summary: str = ""


def create_playlist(
    unit: Unit, area: str, said: PlaylistSaid, *, who: Person | None, now: datetime
) -> PlaylistState:
    """Keep a new playlist of an area; raises `Unacceptable` for content that may not be used there."""
    if who is not None:
        who.require(Right.EDIT, area)
    area_named(unit, area)
    row = PlaylistRow(id=f"p-{secrets.token_hex(5)}", area=area, version=0, items=[])
    return _write(unit, row, said, who=who, now=now, verb="create-playlist")


def change_playlist(
    unit: Unit,
    playlist_id: str,
    said: PlaylistSaid,
    version: int,
    *,
    who: Person | None,
    now: datetime,
) -> PlaylistState:
    """Replace a playlist; raises `Conflict` when somebody else has changed it since `version`."""
    row = _row(unit, playlist_id, who)
    if who is not None:
        who.require(Right.EDIT, row.area)
    if row.version != version:
        raise Conflict(
            f"{row.changed_by} vừa sửa danh sách này. Hãy tải lại trang rồi sửa tiếp.",
            "playlist-changed",
            expected=row.version,
        )
    return _write(unit, row, said, who=who, now=now, verb="change-playlist")


def archive_playlist(
    unit: Unit, playlist_id: str, *, archived: bool, who: Person | None, now: datetime
) -> PlaylistState:
    """Put a playlist away, or bring it back; again changes nothing."""
    row = _row(unit, playlist_id, who)
    if who is not None:
        who.require(Right.EDIT, row.area)
    if (row.archived is not None) != archived:
        row.archived = now if archived else None
        verb = "archive-playlist" if archived else "unarchive-playlist"
        unit.note(who, verb, row.id, now=now, area=row.area, subject=row.id)
    return _states(unit, [row], who)[0]


def playlist_named(unit: Unit, playlist_id: str, *, who: Person | None) -> PlaylistState:
    """Return one playlist; raises `NotFound`, also for what `who` may not see."""
    return _states(unit, [_row(unit, playlist_id, who)], who)[0]


def list_playlists(
    unit: Unit,
    *,
    who: Person | None,
    usable_at: str = "",
    archived: bool = False,
    after: str = "",
    limit: int = 50,
) -> PlaylistPage:
    """Return the playlists that `who` may see, by title; with `usable_at` those that this area may use."""
    if not 1 <= limit <= MOST_SHOWN:
        raise Unacceptable(f"Mỗi trang từ 1 đến {MOST_SHOWN} mục.", "bad-limit")
    away = PlaylistRow.archived
    query = select(PlaylistRow).where(
        _may_see(who), away.is_not(None) if archived else away.is_(None)
    )
    if usable_at:
        query = query.where(PlaylistRow.area.in_(lineage(usable_at)))
    if after:
        last = unit.session.get(PlaylistRow, after)
        if last is None:
            raise Unacceptable("Dấu trang không đúng: hãy xem lại từ đầu.", "bad-cursor")
        later = and_(PlaylistRow.title == last.title, PlaylistRow.id > last.id)
        query = query.where(or_(PlaylistRow.title > last.title, later))
    query = query.order_by(PlaylistRow.title, PlaylistRow.id).limit(limit + 1)
    rows = unit.session.scalars(query).all()
    states = _states(unit, rows[:limit], who)
    return PlaylistPage(items=states, next=states[-1].id if len(rows) > limit else None)


def _write(
    unit: Unit,
    row: PlaylistRow,
    said: PlaylistSaid,
    *,
    who: Person | None,
    now: datetime,
    verb: str,
) -> PlaylistState:
    title = one_line(said.title)
    if not 1 <= len(title) <= 200:
        raise Unacceptable("Tên danh sách cần từ 1 đến 200 chữ.", "bad-title")
    if not 1 <= len(said.items) <= MOST_ENTRIES:
        raise Unacceptable(f"Danh sách cần từ 1 đến {MOST_ENTRIES} mục.", "bad-items")
    added = [sha256 for sha256 in said.items if sha256 not in row.items]
    missing = unusable(unit, added, row.area)
    if missing:
        raise Unacceptable(
            f"Nội dung {missing[0][:12]}… không dùng được ở địa bàn này, hoặc đã lưu trữ. "
            "Hãy bỏ nó khỏi danh sách.",
            "no-content",
        )
    row.title, row.items = title, list(said.items)
    row.summary = one_line(said.summary, lines=True)[:2_000]
    row.version += 1
    row.changed, row.changed_by = now, who.name if who else SYSTEM
    unit.session.add(row)
    unit.note(who, verb, f"{row.area} {row.id} {title}", now=now, area=row.area, subject=row.id)
    unit.session.flush()
    return _states(unit, [row], who)[0]


def _row(unit: Unit, playlist_id: str, who: Person | None) -> PlaylistRow:
    query = select(PlaylistRow).where(PlaylistRow.id == playlist_id, _may_see(who))
    row = unit.session.scalar(query)
    if row is None:
        raise NotFound("Không có danh sách phát này.", "no-playlist")
    return row


def _may_see(who: Person | None) -> ColumnElement[bool]:
    if who is None:
        return true()
    areas = who.areas(Right.VIEW)
    above = sorted({path for area in areas for path in lineage(area)})
    return or_(
        PlaylistRow.area.in_(above), *(at_or_below(PlaylistRow.area, area) for area in areas)
    )


def _states(
    unit: Unit, rows: Sequence[PlaylistRow], who: Person | None
) -> tuple[PlaylistState, ...]:
    known = _contents(unit, {sha256 for row in rows for sha256 in row.items}, who)
    found = []
    for row in rows:
        entries = tuple(_entry(sha256, known) for sha256 in row.items)
        found.append(
            PlaylistState(
                id=row.id,
                area=row.area,
                title=row.title,
                summary=row.summary,
                entries=entries,
                duration_ms=sum(entry.duration_ms for entry in entries),
                archived=row.archived is not None,
                version=row.version,
                changed=row.changed,
                changed_by=row.changed_by,
                may_edit=who is None or who.may(Right.EDIT, row.area),
            )
        )
    return tuple(found)


def _contents(
    unit: Unit, sha256s: Iterable[str], who: Person | None
) -> dict[str, tuple[str, int, str]]:
    """Return title, length and why it would not sound, of those contents that `who` may see."""
    query = (
        select(ContentRow.sha256, ContentRow.title, ContentRow.duration_ms, SheetRow)
        .join(SheetRow, SheetRow.sha256 == ContentRow.sha256)
        .where(ContentRow.sha256.in_(set(sha256s)), may_see(who))
    )
    return {
        sha256: (title, length, "" if sheet.archived is None else "đã lưu trữ")
        if sheet.kind in {ContentKind.AUDIO.value, ContentKind.VIDEO.value}
        else (title, length, "không có tiếng, chỉ hiện trên bảng tin")
        for sha256, title, length, sheet in unit.session.execute(query)
    }


def _entry(sha256: str, known: dict[str, tuple[str, int, str]]) -> PlaylistEntry:
    title, length, missing = known.get(sha256, ("", 0, "không còn trong kho của bạn"))
    return PlaylistEntry(sha256=sha256, title=title, duration_ms=length, missing=missing)
