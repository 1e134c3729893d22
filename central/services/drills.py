"""Verbs of drills: prepare what a person signs ahead, take it, leave it out.

Law of the room: what lies here is valid later, so it is checked when it comes as narrowly as it can be; it is handed
out in its hour by `drills_handing` (ADR 0019).
"""

import secrets
from collections.abc import Sequence
from datetime import date, datetime
from posixpath import commonpath

from sqlalchemy import select

from central.db.broadcast import AnnouncementRow
from central.db.drills import DrillRow
from central.db.people import AreaRow
from central.domain.alarms import issuer_of
from central.domain.drills import (
    STATE_WORDS,
    DrillState,
    ExerciseDraft,
    check_ahead,
    exercise_of,
    hour_of,
    night_of,
    nights_to_sign,
    test_of,
)
from central.domain.errors import Conflict, NotFound, Unacceptable
from central.domain.people import Person, Right
from central.domain.states import Prepared, State
from central.domain.tally import ZONE
from central.domain.workflow_inbox import About
from central.services import inbox
from central.services.sealed import merged
from central.services.unit import Unit
from contract import codec, keyring, seal, trust
from contract.documents import Announcement, Kind, Role, Status
from contract.errors import RefusalCode, Refused

HELD = (
    DrillState.WAITING.value,
    DrillState.READY.value,
    DrillState.HANDED.value,
    DrillState.DONE.value,
)


class Drill(State, frozen=True, kw_only=True):
    """A drill: when and where, how far it is, who signed it, and once judged how many would have been heard."""

    id: str
    status: str
    day: date
    areas: tuple[str, ...]
    headline: str
    sent: datetime
    expires: datetime
    state: DrillState
    why: str
    signed_by: tuple[str, ...]
    handed: datetime | None
    judged: datetime | None
    appliances: int | None
    well: int | None

    @property
    def word(self) -> str:
        """Return the state as people say it."""
        return STATE_WORDS[self.state]

    @property
    def audible(self) -> bool:
        """Return whether it sounds."""
        return self.status == Status.EXERCISE.value


def prepare_nights(
    unit: Unit, areas: Sequence[str], first: date, count: int, *, who: Person, now: datetime
) -> tuple[Prepared, ...]:
    """Return the payloads of the nights from `first` on that nobody has signed, for a person to sign.

    Those that wait for a second signature come as they were signed first.
    """
    chosen = _checked_areas(unit, areas, who)
    days = {row.day: row for row in _nights_of(unit, chosen)}
    done = {day for day, row in days.items() if row.state != DrillState.WAITING.value}
    prepared = []
    for day in nights_to_sign(first, count, done, now):
        row = days.get(day)
        if row is not None:
            payload = seal.read_envelope(row.envelope).payload
            prepared.append(_prepared(row.id, payload))
            continue
        document = test_of(chosen, day, _new_id(unit, chosen[0], night_of(day)))
        prepared.append(_prepared(document.id, codec.encode(document)))
    return tuple(prepared)


def prepare_exercise(unit: Unit, draft: ExerciseDraft, *, who: Person, now: datetime) -> Prepared:
    """Return the payload of an audible drill for a person to sign; raises `Unacceptable` with what to change."""
    _checked_areas(unit, draft.areas, who)
    document = exercise_of(draft, _new_id(unit, draft.areas[0], hour_of(draft)), now)
    return _prepared(document.id, codec.encode(document))


def take_drill(unit: Unit, envelope: bytes, *, who: Person, now: datetime) -> Drill:
    """Take what a person signed ahead: ready when enough people signed, else it waits for one more.

    The same again changes nothing. Raises `Refused` when it does not hold, also when a key runs out before its hour.
    """
    read = seal.read_envelope(envelope)
    if read.kind is not Kind.ANNOUNCEMENT:
        raise Refused(RefusalCode.WRONG_KIND, f"this is a {read.kind.value}, not an announcement")
    document = document_of(envelope)
    _checked_areas(unit, document.areas, who)
    row = unit.session.get(DrillRow, document.id)
    if row is not None:
        if row.payload_sha256 != read.payload_sha256:
            raise Conflict("Mã diễn tập này đã dùng cho nội dung khác.", "id-used")
        if row.state != DrillState.WAITING.value:
            return drill_of(unit, row)
        envelope = merged(row.envelope, envelope)
    check_ahead(document, now)
    state = _verified(unit, envelope, document, now)
    if row is None:
        _check_alone(unit, document)
        row = _new_row(document, read.payload_sha256, who, now)
        unit.session.add(row)
    row.envelope, row.state = envelope, state.value
    unit.session.flush()
    area = commonpath(document.areas)
    unit.note(who, "drill", f"{document.id} {state.value}", now=now, area=area, subject=row.id)
    over = About.NIGHTS_END if document.status is Status.TEST else About.EXERCISE_DUE
    inbox.close(unit, document.areas[0], [over], by=who.name, now=now)
    return drill_of(unit, row)


def leave_out(unit: Unit, drill: str, *, who: Person, now: datetime) -> Drill:
    """Leave out a drill that is still to come; raises `Conflict` for one whose hour has come."""
    row = drill_row(unit, drill)
    for area in row.areas:
        who.require(Right.ALARM, area)
    if row.state not in {DrillState.WAITING.value, DrillState.READY.value}:
        raise Conflict("Lần diễn tập này đã bắt đầu hoặc đã xong.", "begun")
    row.state, row.why = DrillState.WITHDRAWN.value, f"{who.name} bỏ"[:500]
    area = commonpath(row.areas)
    unit.note(who, "drill-left-out", row.id, now=now, area=area, subject=row.id)
    unit.session.flush()
    return drill_of(unit, row)


def drill_row(unit: Unit, drill: str) -> DrillRow:
    """Return the row of a drill; raises `NotFound`."""
    row = unit.session.get(DrillRow, drill)
    if row is None:
        raise NotFound(f"Không có lần diễn tập {drill[:70]}.", "no-drill")
    return row


def drill_of(unit: Unit, row: DrillRow) -> Drill:
    """Return a row as the value that verbs answer."""
    ring = unit.house.keyring.current()
    keys = keyring.keys_of(ring, Role.EMERGENCY)
    material = seal.signers(seal.read_envelope(row.envelope), keys)
    people = {key.holder for key in ring.keys if key.key in material}
    return Drill(
        id=row.id,
        status=row.status,
        day=row.day,
        areas=tuple(row.areas),
        headline=row.headline,
        sent=row.sent,
        expires=row.expires,
        state=DrillState(row.state),
        why=row.why,
        signed_by=tuple(sorted(people)),
        handed=row.handed,
        judged=row.judged,
        appliances=row.appliances,
        well=row.well,
    )


def _checked_areas(unit: Unit, areas: Sequence[str], who: Person) -> tuple[str, ...]:
    if not areas:
        raise Unacceptable("Hãy chọn ít nhất một địa bàn.", "no-area")
    for area in areas:
        who.require(Right.ALARM, area)
        if unit.session.get(AreaRow, area) is None:
            raise NotFound(f"Không có địa bàn {area[:60]}.", "no-area")
    return tuple(dict.fromkeys(areas))


def _nights_of(unit: Unit, areas: Sequence[str]) -> list[DrillRow]:
    """Return the nights that are held for exactly these areas."""
    rows = unit.session.scalars(
        select(DrillRow).where(
            DrillRow.status == Status.TEST.value,
            DrillRow.area == areas[0],
            DrillRow.state.in_(HELD),
        )
    )
    return [row for row in rows if set(row.areas) == set(areas)]


def _check_alone(unit: Unit, document: Announcement) -> None:
    """Refuse a second night of one day for the same areas: the appliances would be asked twice."""
    if document.status is not Status.TEST:
        return
    day = document.sent.astimezone(ZONE).date()
    if any(row.day == day for row in _nights_of(unit, document.areas)):
        raise Conflict(f"Đêm {day:%d/%m/%Y} đã có bản ký.", "night-held")


def _verified(unit: Unit, envelope: bytes, document: Announcement, now: datetime) -> DrillState:
    """Return whether enough people signed; raises `Refused`, also for a key that will not live until then."""
    ring = unit.house.keyring.current()
    state = DrillState.READY
    try:
        trust.verify_for_central(ring, envelope, now)
    except Refused as refused:
        if refused.code is not RefusalCode.THRESHOLD:
            raise
        state = DrillState.WAITING
    signed = seal.signers(seal.read_envelope(envelope), keyring.keys_of(ring, Role.EMERGENCY))
    living = [
        key
        for key in ring.keys
        if key.key in signed and key.role is Role.EMERGENCY and key.not_after > document.sent
    ]
    if not living:
        day = document.sent.astimezone(ZONE)
        raise Refused(RefusalCode.EXPIRED, f"the key runs out before {day:%Y-%m-%d %H:%M}")
    return state


def _new_row(document: Announcement, payload_sha256: str, who: Person, now: datetime) -> DrillRow:
    return DrillRow(
        id=document.id,
        status=document.status.value,
        day=document.sent.astimezone(ZONE).date(),
        area=document.areas[0],
        areas=list(document.areas),
        headline=document.infos[0].headline,
        sent=document.sent,
        expires=document.expires,
        payload_sha256=payload_sha256,
        taken=now,
        taken_by=who.name,
        why="",
    )


def _new_id(unit: Unit, area: str, at: datetime) -> str:
    """Return a fresh id; two people who prepare the same night at once get different ones."""
    epoch = unit.house.keyring.current().epoch
    while True:
        sequence = int(at.timestamp()) * 1_000 + secrets.randbelow(1_000)
        found = f"{issuer_of(area)}:{epoch}:{sequence}"
        known = unit.session.get(DrillRow, found) or unit.session.get(AnnouncementRow, found)
        if known is None:
            return found


def _prepared(drill: str, payload: bytes) -> Prepared:
    return Prepared(
        kind=Kind.ANNOUNCEMENT.value,
        id=drill,
        payload=payload,
        payload_sha256=seal.sha256(payload),
    )


def document_of(envelope: bytes) -> Announcement:
    """Return what an envelope says; whether anybody signed it is for the caller to ask."""
    document = codec.decode(Kind.ANNOUNCEMENT, seal.read_envelope(envelope).payload)
    if not isinstance(document, Announcement):
        raise Refused(RefusalCode.WRONG_KIND, "this holds no announcement")
    return document
