"""Verbs for appliances: prove who you are, fetch what is yours.

Law of the room: an appliance sees only its own papers, and only content and announcements that are addressed to
it. What it fetches is sealed, so these doors guard load and privacy, not truth. Columns are read, not rows:
ten thousand appliances ask at once when the power returns.
"""

import base64
import hashlib
import os
from collections.abc import Collection
from datetime import datetime, timedelta

import msgspec
from sqlalchemy import Row, bindparam, select, update

from central.db.base import UtcInstant
from central.db.broadcast import (
    ActiveSetRow,
    AnnouncementRow,
    ContentRow,
    ProgrammeContentRow,
    ProgrammeRow,
)
from central.db.fleet import DeviceRow, DeviceSessionRow
from central.domain.areas import root_of
from central.domain.errors import NotFound, NotSignedIn
from central.domain.states import AnnouncementPhase
from central.services.approvals import approval_for
from central.services.unit import Unit
from contract.area import is_at_or_below
from contract.documents import PublicKey

SESSION_LIFE = timedelta(minutes=30)
# built once: with ten thousand appliances coming back, building a query costs more than asking it
_VISITORS = (
    select(DeviceRow.id, DeviceRow.area, DeviceRow.public_key, DeviceSessionRow.token_hash)
    .join(DeviceSessionRow, DeviceSessionRow.device == DeviceRow.id)
    .where(DeviceSessionRow.expires > bindparam("now", type_=UtcInstant))
)
_VISITOR = _VISITORS.where(DeviceSessionRow.token_hash == bindparam("token_hash"))
_ALL_VISITORS = _VISITORS.where(
    DeviceSessionRow.token_hash.in_(bindparam("token_hashes", expanding=True))
)


class Visitor(msgspec.Struct, frozen=True):
    """An appliance that holds a token, where it stands now, and the key that its own requests are signed with.

    `session` names the token: its hash.
    """

    device: str
    area: str
    key: PublicKey = ""
    session: str = ""


class Paper(msgspec.Struct, frozen=True):
    """Sealed bytes and their ETag."""

    envelope: bytes
    etag: str


def key_of(unit: Unit, device: str) -> PublicKey | None:
    """Return the key of an appliance that was assigned here, None for any other."""
    return unit.session.scalar(select(DeviceRow.public_key).where(DeviceRow.id == device))


def open_session(unit: Unit, device: str, *, now: datetime) -> str:
    """Return a new token for an appliance that has proved itself by a signed request."""
    token = base64.urlsafe_b64encode(os.urandom(32)).decode("ascii").rstrip("=")
    unit.session.add(
        DeviceSessionRow(token_hash=_hash(token), device=device, expires=now + SESSION_LIFE)
    )
    unit.session.execute(update(DeviceRow).where(DeviceRow.id == device).values(last_seen=now))
    return token


def visitor_of(unit: Unit, token: str, *, now: datetime) -> Visitor:
    """Return which appliance holds this token; raises `NotSignedIn`."""
    session = _hash(token)
    held = {"token_hash": session, "now": now}
    found = unit.session.connection().execute(_VISITOR, held).one_or_none()
    if found is None:
        raise _unknown()
    return Visitor(found[0], found[1], found[2], session)


def visitors_of(
    unit: Unit, tokens: Collection[str], *, now: datetime
) -> dict[str, Visitor | NotSignedIn]:
    """Return which appliance holds each of these tokens (some hundreds), or what to tell whoever came with it."""
    hashes = {_hash(token): token for token in tokens}
    held = {"token_hashes": list(hashes), "now": now}
    found = unit.session.connection().execute(_ALL_VISITORS, held)
    known = {row[3]: Visitor(row[0], row[1], row[2], row[3]) for row in found}
    return {token: known.get(session) or _unknown() for session, token in hashes.items()}


def assignment_paper(unit: Unit, visitor: Visitor) -> Paper:
    """Return the appliance's assignment; raises `NotFound`."""
    query = select(DeviceRow.assignment, DeviceRow.assignment_etag)
    found = unit.session.execute(query.where(DeviceRow.id == visitor.device)).one_or_none()
    return _paper(found, "giấy giao")


def programme_paper(unit: Unit, visitor: Visitor) -> Paper:
    """Return the appliance's programme; raises `NotFound` when none was published."""
    query = select(ProgrammeRow.envelope, ProgrammeRow.etag)
    found = unit.session.execute(query.where(ProgrammeRow.device == visitor.device)).one_or_none()
    return _paper(found, "lịch")


def active_set_paper(unit: Unit, visitor: Visitor) -> Paper:
    """Return the active set of the appliance's province; raises `NotFound`."""
    query = select(ActiveSetRow.envelope, ActiveSetRow.etag)
    found = unit.session.execute(
        query.where(ActiveSetRow.area == root_of(visitor.area))
    ).one_or_none()
    return _paper(found, "danh sách hiệu lực")


def announcement_paper(unit: Unit, visitor: Visitor, payload_sha256: str) -> Paper:
    """Return an announcement that speaks to the appliance; raises `NotFound`."""
    query = select(AnnouncementRow.envelope, AnnouncementRow.areas).where(
        AnnouncementRow.payload_sha256 == payload_sha256,
        AnnouncementRow.state != AnnouncementPhase.WAITING.value,
    )
    for envelope, areas in unit.session.execute(query):
        if any(is_at_or_below(visitor.area, area) for area in areas):
            return Paper(envelope, hashlib.sha256(envelope).hexdigest())
    raise NotFound("Không có thông báo này cho cụm loa này.", "none")


def approval_paper(unit: Unit, visitor: Visitor, sha256: str, *, now: datetime) -> Paper:
    """Return an approval of this content that covers the appliance; raises `NotFound`."""
    envelope = approval_for(unit, sha256, visitor.area, now=now)
    if envelope is None:
        raise NotFound("Không có giấy duyệt này cho cụm loa này.", "none")
    return Paper(envelope, hashlib.sha256(envelope).hexdigest())


def fetchable_mime(unit: Unit, visitor: Visitor, sha256: str, *, now: datetime) -> str:
    """Return the MIME type of content that the appliance's programme or an announcement to it lists.

    Raises `NotFound` for any other, also when the library has it.
    """
    mime = unit.session.scalar(select(ContentRow.mime).where(ContentRow.sha256 == sha256))
    listed = unit.session.scalar(
        select(ProgrammeContentRow.device).where(
            ProgrammeContentRow.device == visitor.device, ProgrammeContentRow.sha256 == sha256
        )
    )
    if mime is None or (listed is None and not _announced(unit, visitor, sha256, now)):
        raise NotFound("Cụm loa này không dùng nội dung này.", "none")
    return mime


def note_fetched(unit: Unit, visitor: Visitor) -> None:
    """Remember that the appliance has taken its newest programme."""
    version = (
        select(ProgrammeRow.version).where(ProgrammeRow.device == visitor.device).scalar_subquery()
    )
    unit.session.execute(
        update(DeviceRow).where(DeviceRow.id == visitor.device).values(fetched_version=version)
    )


def _announced(unit: Unit, visitor: Visitor, sha256: str, now: datetime) -> bool:
    query = select(AnnouncementRow.content_sha256s, AnnouncementRow.areas).where(
        AnnouncementRow.state == AnnouncementPhase.ACTIVE.value, AnnouncementRow.expires > now
    )
    return any(
        sha256 in contents and any(is_at_or_below(visitor.area, area) for area in areas)
        for contents, areas in unit.session.execute(query)
    )


def _unknown() -> NotSignedIn:
    return NotSignedIn("Phiên của cụm loa đã hết; hãy xin phiên mới.")


def _paper(found: Row[bytes, str] | None, what: str) -> Paper:
    if found is None:
        raise NotFound(f"Chưa có {what} cho cụm loa này.", "none")
    envelope, etag = found
    return Paper(envelope, etag)


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
