"""The emergency desk's views: what stands, how far it got, and payloads in several languages.

Law of the room: reads only; what is judged is judged by `central.domain` and `contract`.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime

import msgspec
from sqlalchemy import select

from central.db.broadcast import AnnouncementRow
from central.domain.alarms import clear_words
from central.domain.emergency import check_filled
from central.domain.errors import Unacceptable
from central.domain.people import Person, Right
from central.domain.states import (
    AnnouncementPhase,
    Prepared,
)
from central.services.alarms import (
    prepare_cancel,
    waiting_envelope,
)
from central.services.unit import Unit
from contract import codec, keyring, seal
from contract.area import is_at_or_below
from contract.documents import (
    Announcement,
    AnnouncementInfo,
    Kind,
    MessageType,
    Role,
    Status,
)
from contract.errors import Refused


def standing_alarms(unit: Unit, who: Person, *, now: datetime) -> tuple[str, ...]:
    """Return the ids of the alarms in force or waiting for a signature that concern `who`, newest first."""
    marks = unit.session.execute(
        select(AnnouncementRow.id, AnnouncementRow.areas)
        .where(AnnouncementRow.state != AnnouncementPhase.OVER.value, AnnouncementRow.expires > now)
        .where(AnnouncementRow.message != MessageType.CANCEL.value)
        .where(AnnouncementRow.status != Status.TEST.value)
        .order_by(AnnouncementRow.taken.desc(), AnnouncementRow.id)
    )
    return tuple(one for one, areas in marks if any(_touches(who, area) for area in areas))


def waiting_cancel(unit: Unit, announcement: str, *, now: datetime) -> str | None:
    """Return the id of a cancel of this announcement that waits for another signature, if there is one."""
    rows = unit.session.scalars(
        select(AnnouncementRow)
        .where(AnnouncementRow.state == AnnouncementPhase.WAITING.value)
        .where(AnnouncementRow.message == MessageType.CANCEL.value, AnnouncementRow.expires > now)
    )
    return next((r.id for r in rows if announcement in document_of(r.envelope).references), None)


def document_of(envelope: bytes) -> Announcement:
    """Return what a sealed announcement of ours says."""
    document = codec.decode(Kind.ANNOUNCEMENT, seal.read_envelope(envelope).payload)
    if not isinstance(document, Announcement):
        msg = "the table of announcements holds something else"
        raise TypeError(msg)
    return document


def announcement_document(unit: Unit, announcement: str) -> Announcement:
    """Return what an announcement says, for the page; raises `NotFound`."""
    return document_of(waiting_envelope(unit, announcement))


def signatures_wanted(unit: Unit, areas: Iterable[str]) -> int:
    """Return how many people must sign an announcement to these areas."""
    return keyring.threshold(unit.house.keyring.current(), Role.EMERGENCY, areas)


def all_clear_of(unit: Unit, announcement: str) -> tuple[AnnouncementInfo, ...]:
    """Return the words that end an announcement, ready to be changed, in each of its languages we have words for."""
    return clear_words(announcement_document(unit, announcement))


def prepare_all_clear(
    unit: Unit, announcement: str, text: str, *, who: Person, now: datetime
) -> Prepared:
    """Return the payload that ends an announcement with the all-clear tone, for a person to sign.

    `text` is said instead of the ready Vietnamese words; empty for these. Raises `Unacceptable` for a blank in it.
    """
    prepared = prepare_cancel(unit, announcement, who=who, now=now)
    first, *more = all_clear_of(unit, announcement)
    check_filled([text])
    if text:
        first = msgspec.structs.replace(first, text=text)
    return _with_infos(prepared, [first, *more])


def _with_infos(prepared: Prepared, more: Sequence[AnnouncementInfo]) -> Prepared:
    document = codec.decode(Kind.ANNOUNCEMENT, prepared.payload)
    if not isinstance(document, Announcement):
        msg = "an announcement was to be prepared"
        raise TypeError(msg)
    try:
        whole = msgspec.structs.replace(document, infos=(*document.infos, *more))
        payload = codec.encode(whole)
    except (ValueError, Refused) as fault:
        raise Unacceptable(f"Thông báo chưa đúng: {fault}.", "bad-announcement") from fault
    digest = seal.sha256(payload)
    return Prepared(kind=prepared.kind, id=prepared.id, payload=payload, payload_sha256=digest)


def _touches(who: Person, area: str) -> bool:
    held = who.areas(Right.VIEW)
    return any(is_at_or_below(area, h) or is_at_or_below(h, area) for h in held)
