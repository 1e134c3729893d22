"""Verbs of our announcements for everybody, as CAP 1.2: one by one, and as a feed.

Law of the room: what was in force is public, what waits for a signature is not there. Nothing of a person or an
appliance is told. The silent tests of every night are in no list: they would bury the warnings.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import urlsplit

from sqlalchemy import select

from central.db.broadcast import AnnouncementRow, ContentRow
from central.db.people import AreaRow
from central.domain.areas import root_of
from central.domain.cap_writing import Listed, Place, Surroundings, cap_of, write_cap, write_feed
from central.domain.errors import NotFound
from central.domain.states import AnnouncementPhase
from central.services.active_sets import NEVER_SIGNED
from central.services.areas import area_named
from central.services.console_views import document_of
from central.services.drills_views import nights_among
from central.services.unit import House, Unit
from contract.area import is_at_or_below
from contract.documents import Announcement

RECENT: Final = timedelta(days=30)
MOST_LISTED: Final = 50
PUBLIC: Final = (AnnouncementPhase.ACTIVE.value, AnnouncementPhase.OVER.value)


def sender_of(house: House) -> str:
    """Return by what name this house signs its CAP: the host that everybody reaches it at."""
    return f"tienglang@{urlsplit(house.settings.public_url).hostname or 'localhost'}"


def cap_xml(unit: Unit, announcement: str) -> bytes:
    """Return an announcement as CAP 1.2; raises `NotFound` for one that is not public."""
    row = unit.session.get(AnnouncementRow, announcement) if len(announcement) <= 70 else None
    if row is None or not _is_public(row):
        raise NotFound("Không có thông báo này.", "no-announcement")
    document = document_of(row.envelope)
    return write_cap(cap_of(document, _around(unit, document)))


def cap_feed(unit: Unit, *, area: str | None, now: datetime) -> bytes:
    """Return the public announcements of the last 30 days as Atom, newest first; with `area` those that touch it."""
    name = area_named(unit, area).name if area else ""
    query = (
        select(AnnouncementRow)
        .where(AnnouncementRow.taken >= now - RECENT, AnnouncementRow.state.in_(PUBLIC))
        .order_by(AnnouncementRow.taken.desc(), AnnouncementRow.id.desc())
        .limit(500)
    )
    found_rows = unit.session.scalars(query).all()
    nights = nights_among(unit, [row.id for row in found_rows])
    rows = [
        row
        for row in found_rows
        if _is_public(row) and row.id not in nights and (area is None or _touches(area, row.areas))
    ][:MOST_LISTED]
    found = [(row, document_of(row.envelope)) for row in rows]
    places = _places(unit, (path for _, document in found for path in document.areas))
    base = unit.house.settings.public_url.rstrip("/")
    self_url = f"{base}/cap/v1/feed.atom" + (f"?area={area}" if area else "")
    return write_feed(
        [_listed(row, document, places) for row, document in found],
        title="Cảnh báo khẩn cấp" + (f": {name}" if name else ""),
        author=name or "Tiếng Làng",
        base_url=base,
        self_url=self_url,
    )


def stamp(unit: Unit) -> str:
    """Return what changes whenever something public begins or ends: for caches, and cheap to ask."""
    active = unit.session.scalars(
        select(AnnouncementRow.id)
        .where(AnnouncementRow.state == AnnouncementPhase.ACTIVE.value)
        .order_by(AnnouncementRow.id)
    ).all()
    newest = unit.session.scalar(
        select(AnnouncementRow.id).order_by(AnnouncementRow.taken.desc()).limit(1)
    )
    return f"{newest} {','.join(active)}"


def public_content(unit: Unit, sha256: str, *, now: datetime) -> str:
    """Return the MIME type of a recording that a public announcement of the last 30 days plays; raises `NotFound`."""
    query = select(AnnouncementRow).where(
        AnnouncementRow.taken >= now - RECENT, AnnouncementRow.state.in_(PUBLIC)
    )
    rows = unit.session.scalars(query.order_by(AnnouncementRow.taken.desc()).limit(500))
    if any(sha256 in row.content_sha256s and _is_public(row) for row in rows):
        content = unit.session.get(ContentRow, sha256)
        if content is not None:
            return content.mime
    raise NotFound("Không có bản ghi âm này.", "no-content")


def _is_public(row: AnnouncementRow) -> bool:
    """Return whether an announcement was ever in force: one that ran out while it waited never was."""
    return row.state in PUBLIC and row.why != NEVER_SIGNED


def _touches(area: str, areas: Sequence[str]) -> bool:
    return any(is_at_or_below(area, a) or is_at_or_below(a, area) for a in areas)


def _around(unit: Unit, document: Announcement) -> Surroundings:
    asked = select(AnnouncementRow.id, AnnouncementRow.sent).where(
        AnnouncementRow.id.in_(document.references)
    )
    earlier: dict[str, datetime] = dict(unit.session.execute(asked).all())
    root = root_of(document.areas[0])
    places = _places(unit, (*document.areas, root))
    return Surroundings(
        sender=sender_of(unit.house),
        sender_name=places[root].name if root in places else root,
        base_url=unit.house.settings.public_url.rstrip("/"),
        places=places,
        earlier=earlier,
    )


def _places(unit: Unit, paths: Iterable[str]) -> dict[str, Place]:
    rows = unit.session.execute(
        select(AreaRow.path, AreaRow.name, AreaRow.code).where(AreaRow.path.in_(set(paths)))
    )
    return {path: Place(name, code) for path, name, code in rows}


def _listed(row: AnnouncementRow, document: Announcement, places: dict[str, Place]) -> Listed:
    return Listed(
        announcement=document,
        headline=row.headline,
        summary=document.infos[0].text[:1_000] if document.infos else "",
        places=", ".join(places[p].name if p in places else p for p in document.areas),
        changed=row.ended or row.taken,
    )
