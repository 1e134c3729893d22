"""Verbs of the emergency desk: prepare what a person signs, take what they signed, and push it at once.

Law of the room: an announcement is in force only with enough distinct people's signatures, verified here as on
every appliance; with too few it waits for the next person. The announcement, the end of what it replaces and the
new active set are one transaction.
"""

from collections.abc import Sequence
from datetime import datetime
from itertools import islice
from posixpath import commonpath

import msgspec
from sqlalchemy import select

from central.db.broadcast import AnnouncementRow, ContentRow
from central.db.people import AreaRow
from central.domain.alarms import (
    AlarmDraft,
    announcement_of,
    cancel_of,
    issuer_of,
    may_change,
)
from central.domain.areas import root_of
from central.domain.emergency import check_filled
from central.domain.errors import Conflict, NotFound, Unacceptable
from central.domain.people import Person, Right
from central.domain.states import AnnouncementPhase, AnnouncementState, Prepared
from central.services import transparency
from central.services.active_sets import sign_active_sets
from central.services.alarms_count import Counts, counts_of
from central.services.alarms_reach import areas_to_name
from central.services.cap_inbox import settle_cap
from central.services.contents import as_listed
from central.services.sealed import merged
from central.services.telling import told_announced
from central.services.unit import SYSTEM, Unit
from contract import codec, keyring, seal, trust
from contract.area import is_at_or_below
from contract.documents import (
    Announcement,
    AnnouncementId,
    Kind,
    MessageType,
    Role,
    RoleKey,
    Status,
)
from contract.errors import RefusalCode, Refused

__all__ = [
    "AlarmDraft",
    "announcement_named",
    "announcements_named",
    "enter_announcement",
    "list_announcements",
    "prepare_announcement",
    "prepare_cancel",
    "take_announcement",
    "waiting_envelope",
]


def prepare_announcement(unit: Unit, draft: AlarmDraft, *, who: Person, now: datetime) -> Prepared:
    """Return the payload of an alert (or update) for a person to sign; nothing is kept yet."""
    for area in draft.areas:
        who.require(Right.ALARM, area)
        if unit.session.get(AreaRow, area) is None:
            raise NotFound(f"Không có địa bàn {area[:60]}.", "no-area")
    if not draft.areas:
        raise Unacceptable("Hãy chọn ít nhất một địa bàn nhận.", "no-area")
    more = (text for info in draft.more for text in (info.headline, info.text))
    check_filled((draft.event, draft.headline, draft.text, *more))
    content = None
    if draft.content_sha256 is not None:
        row = unit.session.get(ContentRow, draft.content_sha256)
        if row is None:
            raise NotFound("Không có bản ghi âm này trong kho.", "no-content")
        content = as_listed(row)
    issuer = issuer_of(draft.areas[0])
    if draft.update_of is not None:
        _row(unit, draft.update_of)
        issuer = draft.update_of.partition(":")[0]
    reached = msgspec.structs.replace(draft, areas=areas_to_name(unit, draft.areas, who=who))
    announcement = announcement_of(reached, content, _new_id(unit, issuer, now), now)
    return _prepared(announcement)


def prepare_cancel(unit: Unit, announcement: str, *, who: Person, now: datetime) -> Prepared:
    """Return the payload that ends an announcement, for a person to sign."""
    row = _row(unit, announcement)
    for area in row.areas:
        who.require(Right.ALARM, area)
    if row.state == AnnouncementPhase.OVER.value:
        raise Conflict("Thông báo này đã kết thúc.", "over")
    original = _document(row.envelope)
    issuer = original.id.partition(":")[0]
    return _prepared(cancel_of(original, _new_id(unit, issuer, now), now))


def take_announcement(
    unit: Unit, envelope: bytes, *, who: Person | None, now: datetime
) -> AnnouncementState:
    """Take a signed announcement as `enter_announcement` does, and return how it stands."""
    return announcement_named(unit, enter_announcement(unit, envelope, who=who, now=now), now=now)


def enter_announcement(
    unit: Unit, envelope: bytes, *, who: Person | None, now: datetime
) -> AnnouncementId:
    """Take a signed announcement: in force at once when enough people signed, else kept until one more does.

    Returns its id alone: to count whom it reaches is for after the commit, which is what the appliances wait for.
    The same one again changes nothing. Raises `Refused` when it does not hold, `Conflict` when its id was used for
    other words or it is over.
    """
    read = seal.read_envelope(envelope)
    if read.kind is not Kind.ANNOUNCEMENT:
        raise Refused(RefusalCode.WRONG_KIND, f"this is a {read.kind.value}, not an announcement")
    document = _document(envelope)
    for area in document.areas:
        if who is not None:
            who.require(Right.ALARM, area)
    unit.take_turn()
    row = unit.session.get(AnnouncementRow, document.id)
    if row is not None:
        if row.payload_sha256 != read.payload_sha256:
            raise Conflict("Mã thông báo này đã dùng cho nội dung khác.", "id-used")
        if row.state != AnnouncementPhase.WAITING.value:
            return document.id
        envelope = merged(row.envelope, envelope)
    _check_times(document, now)
    phase = AnnouncementPhase.ACTIVE
    try:
        trust.verify_for_central(unit.house.keyring.current(), envelope, now)
    except Refused as refused:
        if refused.code is not RefusalCode.THRESHOLD:
            raise
        phase = AnnouncementPhase.WAITING
    if row is None:
        row = _new_row(document, read.payload_sha256, who, now)
        unit.session.add(row)
    row.envelope, row.state = envelope, phase.value
    transparency.enter(unit, document, envelope, now=now)
    unit.note(
        who,
        "announce",
        f"{document.id} {document.message.value} {phase.value}",
        now=now,
        area=commonpath(document.areas),
        subject=document.id,
    )
    if phase is AnnouncementPhase.ACTIVE:
        _put_in_force(unit, row, document, now)
        if document.status is not Status.TEST:  # a night tells nobody but the appliances
            told_announced(unit, document, row.headline, now=now)
    unit.session.flush()
    return document.id


def waiting_envelope(unit: Unit, announcement: str) -> bytes:
    """Return the sealed bytes of an announcement, to which the second person adds a signature."""
    return _row(unit, announcement).envelope


def list_announcements(
    unit: Unit,
    *,
    area: str | None = None,
    who: Person | None = None,
    now: datetime,
    limit: int = 100,
) -> tuple[AnnouncementState, ...]:
    """Return the announcements, newest first; with `area` those that speak to it, below it or above it.

    With `who` those that concern this person; None is the house itself.
    """
    marks = unit.session.execute(
        select(AnnouncementRow.id, AnnouncementRow.areas).order_by(
            AnnouncementRow.taken.desc(), AnnouncementRow.id
        )
    )
    concerned = (
        announcement
        for announcement, areas in marks
        if (who is None or who.is_concerned(areas))
        and (area is None or any(is_at_or_below(a, area) or is_at_or_below(area, a) for a in areas))
    )
    return announcements_named(unit, tuple(islice(concerned, limit)), now=now)


def announcements_named(
    unit: Unit, announcements: Sequence[str], *, now: datetime
) -> tuple[AnnouncementState, ...]:
    """Return these announcements in this order; one that is not there is left out."""
    found = unit.session.scalars(
        select(AnnouncementRow).where(AnnouncementRow.id.in_(announcements))
    )
    rows = {row.id: row for row in found}
    counts = counts_of(unit, tuple(rows.values()))
    return tuple(_state(unit, rows[i], counts[i], now) for i in announcements if i in rows)


def announcement_named(unit: Unit, announcement: str, *, now: datetime) -> AnnouncementState:
    """Return one announcement; raises `NotFound`."""
    row = _row(unit, announcement)
    return _state(unit, row, counts_of(unit, [row])[row.id], now)


def _put_in_force(unit: Unit, row: AnnouncementRow, document: Announcement, now: datetime) -> None:
    """End what it refers to, push it, and sign the active sets of every province it touches."""
    ring = unit.house.keyring.current()
    roots = {root_of(area) for area in document.areas}
    for reference in document.references:
        before = _row(unit, reference)
        original = _document(before.envelope)
        later = (document, _signers(unit, row.envelope, document, now))
        first = (original, _signers(unit, before.envelope, original, before.taken))
        if not may_change(ring, later, first):
            why = f"{reference} was not theirs to change: other issuer or smaller area"
            raise Refused(RefusalCode.WRONG_ISSUER, why)
        if before.state == AnnouncementPhase.OVER.value and document.message is MessageType.UPDATE:
            raise Refused(RefusalCode.CANCELLED, f"{reference} is over; send a new alert")
        cancelled = document.message is MessageType.CANCEL
        if cancelled and document.expires < original.expires:
            msg = f"Lệnh hủy phải có hạn không sớm hơn hạn của {reference}: cụm loa nào lỡ lệnh còn nhận lại được."
            raise Unacceptable(msg, "short-cancel")
        before.state, before.ended = AnnouncementPhase.OVER.value, now
        before.why = "đã hủy" if cancelled else f"được thay bằng {document.id}"
        roots |= {root_of(area) for area in before.areas}
    if document.message is MessageType.CANCEL:
        row.state, row.ended, row.why = AnnouncementPhase.OVER.value, now, "lệnh hủy đã gửi"
    unit.post(
        Kind.ANNOUNCEMENT.value,
        "sealed",
        row.envelope,
        now=now,
        areas=row.areas,
        life=document.expires - now,
    )
    sign_active_sets(unit, now=now, roots=roots)
    settle_cap(unit, document, row.taken_by, now=now)


def _signers(
    unit: Unit, envelope: bytes, document: Announcement, at: datetime
) -> tuple[RoleKey, ...]:
    """Return the keys that count for an announcement under today's keyring, none when they no longer do."""
    ring = unit.house.keyring.current()
    signed = seal.signers(seal.read_envelope(envelope), keyring.keys_of(ring, Role.EMERGENCY))
    try:
        return keyring.signers_for(ring, Role.EMERGENCY, document.areas, signed, at)
    except Refused:
        return ()


def _check_times(document: Announcement, now: datetime) -> None:
    if document.expires <= now:
        raise Refused(RefusalCode.EXPIRED, f"it was over at {document.expires:%Y-%m-%d %H:%M} UTC")
    if (document.sent - now).total_seconds() > 300:
        why = f"it says it was sent at {document.sent:%Y-%m-%d %H:%M} UTC, in the future"
        raise Refused(RefusalCode.FROM_FUTURE, why)


def _new_row(
    document: Announcement, payload_sha256: str, who: Person | None, now: datetime
) -> AnnouncementRow:
    contents = [i.content.sha256 for i in document.infos if i.content is not None]
    return AnnouncementRow(
        id=document.id,
        payload_sha256=payload_sha256,
        message=document.message.value,
        status=document.status.value,
        event=document.event,
        headline=document.infos[0].headline if document.infos else document.event,
        areas=list(document.areas),
        sent=document.sent,
        expires=document.expires,
        content_sha256s=[str(sha256) for sha256 in contents],
        taken=now,
        taken_by=who.name if who else SYSTEM,
        why="",
    )


def _new_id(unit: Unit, issuer: str, now: datetime) -> str:
    """Return a fresh id; the sequence is the time in milliseconds, so it grows across restores from backup."""
    sequence = int(now.timestamp() * 1_000)
    epoch = unit.house.keyring.current().epoch
    while unit.session.get(AnnouncementRow, f"{issuer}:{epoch}:{sequence}") is not None:
        sequence += 1
    return f"{issuer}:{epoch}:{sequence}"


def _prepared(document: Announcement) -> Prepared:
    payload = codec.encode(document)
    return Prepared(
        kind=Kind.ANNOUNCEMENT.value,
        id=document.id,
        payload=payload,
        payload_sha256=seal.sha256(payload),
    )


def _document(envelope: bytes) -> Announcement:
    """Return what an envelope says; whether anybody signed it is for the caller to ask."""
    read = seal.read_envelope(envelope)
    document = codec.decode(Kind.ANNOUNCEMENT, read.payload)
    if not isinstance(document, Announcement):
        raise Refused(RefusalCode.WRONG_KIND, "this holds no announcement")
    return document


def _row(unit: Unit, announcement: str) -> AnnouncementRow:
    row = unit.session.get(AnnouncementRow, announcement)
    if row is None:
        raise NotFound(f"Không có thông báo {announcement[:70]}.", "no-announcement")
    return row


def _state(unit: Unit, row: AnnouncementRow, counts: Counts, now: datetime) -> AnnouncementState:
    phase = AnnouncementPhase(row.state)
    if phase is not AnnouncementPhase.OVER and row.expires <= now:
        phase = AnnouncementPhase.OVER
    ring = unit.house.keyring.current()
    material = seal.signers(seal.read_envelope(row.envelope), keyring.keys_of(ring, Role.EMERGENCY))
    people = {key.holder for key in ring.keys if key.key in material}
    return AnnouncementState(
        id=row.id,
        payload_sha256=row.payload_sha256,
        message=row.message,
        status=row.status,
        event=row.event,
        headline=row.headline,
        areas=tuple(row.areas),
        sent=row.sent,
        expires=row.expires,
        phase=phase,
        why=row.why,
        signed_by=tuple(sorted(people)),
        appliances=counts.appliances,
        verified=counts.verified,
        sounding=counts.sounding,
    )
