"""Verbs of the operator's voice: take its signed pieces, relay them at once, and give them again to who missed some.

Law of the room: a piece is proved here as on every appliance, against the key that the announcement names; central
can withhold it and nothing else. It goes into the outbox as it came, and is kept until the announcement's evidence is
forgotten. Sending the same again changes nothing, so that a sender whose line broke may begin anew.
"""

import base64
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import distinct, func, select
from sqlalchemy.orm import Session

from central.db.broadcast import AnnouncementRow
from central.db.fleet import ReceiptRow
from central.db.voices import VoicePieceRow, VoiceRow
from central.domain.errors import Conflict, NotFound, Unacceptable
from central.domain.people import Person, Right
from central.domain.states import AnnouncementPhase, VoiceState
from central.services.alarms_sight import sighted
from central.services.console_views.alarms import document_of
from central.services.devices import count_at_or_below
from central.services.doors import Visitor
from central.services.unit import Unit
from contract import voice
from contract.area import is_at_or_below
from contract.documents import Kind, PublicKey
from contract.errors import RefusalCode, Refused
from contract.voice import Heard

KIND: Final = "voice"
RELAYED_FOR: Final = timedelta(seconds=60)  # who was away for longer fetches the rest in one piece
MOST_AT_ONCE: Final = 200
PARCEL_BYTES: Final = 250_000


def take_pieces(
    unit: Unit, announcement: str, parcel: bytes, *, who: Person, now: datetime
) -> VoiceState:
    """Take the next pieces of a voice and relay them to the announcement's appliances; what is held already is left.

    Raises `Refused` for what the announced voice did not say in this order, `Conflict` when the announcement waits for
    a signature or is over, `Unacceptable` when nobody is to speak it.
    """
    if len(parcel) > PARCEL_BYTES:
        why = f"at most {PARCEL_BYTES} bytes of voice are taken at once"
        raise Refused(RefusalCode.TOO_LARGE, why)
    pieces = voice.read_pieces(parcel)
    if not 1 <= len(pieces) <= MOST_AT_ONCE:
        why = f"1 to {MOST_AT_ONCE} pieces of voice are taken at once, not {len(pieces)}"
        raise Refused(RefusalCode.MALFORMED, why)
    unit.take_turn()
    row = _announcement(unit, announcement)
    for area in row.areas:
        who.require(Right.ALARM, area)
    key = _key_of(row)
    if row.state == AnnouncementPhase.WAITING.value:
        raise Conflict("Cảnh báo còn chờ chữ ký; chưa nói được.", "not-in-force")
    if row.state != AnnouncementPhase.ACTIVE.value or row.expires <= now:
        raise Conflict("Cảnh báo này đã kết thúc; không nói thêm được.", "over")
    held = unit.session.get(VoiceRow, announcement)
    if held is None:
        held = _begun(unit, announcement, who, now)
    heard = _heard(held, key)
    for data in pieces:
        heard = _taken(unit, row, heard, data, now)
    held.next_number, held.newest = heard.next_number, heard.newest.hex()
    held.duration_ms, held.size_bytes = heard.duration_ms, heard.size_bytes
    if heard.over and held.over is None:
        held.over = now
        said = f"{announcement} {heard.duration_ms // 1_000} s"
        unit.note(who, "voice", said, now=now, area=row.areas[0], subject=announcement)
    unit.session.flush()
    return _state(unit, row, held)


def voice_state(unit: Unit, announcement: str, *, who: Person, now: datetime) -> VoiceState:
    """Return how far the operator's voice has come, and on how many appliances it is heard; raises `NotFound`."""
    sighted(unit, announcement, who=who, now=now)
    row = _announcement(unit, announcement)
    _key_of(row)
    return _state(unit, row, unit.session.get(VoiceRow, announcement))


def pieces_for(
    unit: Unit, visitor: Visitor, announcement: str, after: int, *, now: datetime
) -> bytes:
    """Return the pieces of a voice from number `after` on, as a parcel, for an appliance that it speaks to.

    Raises `NotFound` for an announcement that is over, or not for it.
    """
    row = unit.session.get(AnnouncementRow, announcement)
    if (
        row is None
        or row.state != AnnouncementPhase.ACTIVE.value
        or row.expires <= now
        or not any(is_at_or_below(visitor.area, area) for area in row.areas)
    ):
        raise NotFound("Không có giọng nói này cho cụm loa này.", "none")
    return voice.write_pieces(_pieces(unit.session, announcement, after))


def _pieces(session: Session, announcement: str, after: int) -> list[bytes]:
    query = select(VoicePieceRow.data).where(
        VoicePieceRow.announcement == announcement, VoicePieceRow.number >= after
    )
    return list(session.scalars(query.order_by(VoicePieceRow.number)))


def _taken(unit: Unit, row: AnnouncementRow, heard: Heard, data: bytes, now: datetime) -> Heard:
    """Return what is believed after one more piece, which is kept and relayed; one that is held changes nothing."""
    number = voice.read_piece(data).number
    if number < heard.next_number:
        known = unit.session.get(VoicePieceRow, (row.id, number))
        if known is not None and known.data == data:
            return heard
    heard, _ = voice.follow(heard, data)
    unit.session.add(VoicePieceRow(announcement=row.id, number=number, data=data))
    unit.post(KIND, KIND, base64.b64encode(data), now=now, areas=row.areas, life=RELAYED_FOR)
    return heard


def _begun(unit: Unit, announcement: str, who: Person, now: datetime) -> VoiceRow:
    row = VoiceRow(
        announcement=announcement,
        next_number=0,
        newest=bytes(32).hex(),
        duration_ms=0,
        size_bytes=0,
        began=now,
        began_by=who.name,
    )
    unit.session.add(row)
    unit.session.flush()
    return row


def _heard(row: VoiceRow, key: PublicKey) -> Heard:
    return Heard(
        announcement=row.announcement,
        key=key,
        next_number=row.next_number,
        newest=bytes.fromhex(row.newest),
        duration_ms=row.duration_ms,
        size_bytes=row.size_bytes,
        over=row.over is not None,
    )


def _announcement(unit: Unit, announcement: str) -> AnnouncementRow:
    row = unit.session.get(AnnouncementRow, announcement)
    if row is None:
        raise NotFound(f"Không có thông báo {announcement[:70]}.", "no-announcement")
    return row


def _key_of(row: AnnouncementRow) -> PublicKey:
    key = voice.key_of(document_of(row.envelope))
    if key is None:
        raise Unacceptable("Cảnh báo này không do người nói trực tiếp.", "no-voice")
    return key


def _state(unit: Unit, row: AnnouncementRow, held: VoiceRow | None) -> VoiceState:
    heard = select(func.count(distinct(ReceiptRow.device))).where(
        ReceiptRow.kind == Kind.ANNOUNCEMENT.value,
        ReceiptRow.document == row.id,
        ReceiptRow.state == "speaking",
    )
    return VoiceState(
        announcement=row.id,
        phase=AnnouncementPhase(row.state),
        next_number=held.next_number if held else 0,
        duration_ms=held.duration_ms if held else 0,
        over=held is not None and held.over is not None,
        appliances=count_at_or_below(unit, tuple(row.areas)),
        speaking=unit.session.scalar(heard) or 0,
    )
