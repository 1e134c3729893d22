"""Verbs of the inbox of others' warnings (CAP 1.2): they come in, wait for a person, and are used or dismissed.

Law of the room: nothing here is ever on air. What came is kept byte for byte; the same bytes come to an area once. Who
may raise an alarm in the area decides; whoever hands in for a machine needs the right to contribute there.
"""

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

import msgspec
from sqlalchemy import Select, delete, func, or_, select, update

from central.db.cap import CapMessageRow
from central.domain.cap import CapAlert, CapMessage
from central.domain.cap_proposal import is_for_people, language_of
from central.domain.cap_reading import read_cap
from central.domain.cap_states import CapMessageState, CapOrigin, CapPhase, CapTaken
from central.domain.errors import Conflict, NotFound, Unacceptable
from central.domain.people import Person, Right
from central.services.areas import area_named, at_or_below
from central.services.telling import told_cap
from central.services.unit import SYSTEM, House, Unit
from contract.documents import Announcement, MessageType

MOST_WAITING: Final = 500  # in one area: whoever floods an inbox must not fill the disk
MOST_PER_DAY: Final = 2_000
KEPT: Final = timedelta(days=365)
MOST_LISTED: Final = 200


class CapOffer(msgspec.Struct, frozen=True, kw_only=True):
    """By which way a message comes, and into whose inbox; `origin_name` is the file, token or source."""

    area: str
    origin: CapOrigin
    origin_name: str
    source: str | None = None


def take_cap(
    unit: Unit, data: bytes, offer: CapOffer, *, who: Person | None, now: datetime
) -> CapTaken:
    """Put a message into an inbox; raises `CapRefused` naming what is wrong, `Conflict` when the inbox is full.

    Heartbeats, drafts, receipts and errors between machines are refused by name: nobody would hear them.
    """
    area_named(unit, offer.area)
    if who is not None and not who.may(Right.ALARM, offer.area):
        who.require(Right.CONTRIBUTE, offer.area)
    alert = read_cap(data)
    if not is_for_people(alert):
        why = (
            f"Tin {alert.message.value}/{alert.status.value} là tin giữa các máy, không dành cho người nghe: "
            "không đưa vào hộp thư."
        )
        raise Unacceptable(why, "cap-not-for-people")
    sha256 = hashlib.sha256(data).hexdigest()
    held = unit.session.scalar(
        select(CapMessageRow).where(
            CapMessageRow.area == offer.area, CapMessageRow.sha256 == sha256
        )
    )
    if held is not None:
        return CapTaken(new=False, message=message_state(held))
    _check_room(unit, offer.area, now)
    row = _row_of(alert, data, sha256, offer, who, now)
    unit.session.add(row)
    unit.session.flush()
    _supersede(unit, alert, row, now)
    unit.note(
        who,
        "take-cap",
        f"{alert.sender} {alert.identifier} {alert.message.value}/{alert.status.value}",
        now=now,
        area=offer.area,
        subject=str(row.id),
    )
    told_cap(unit, message_state(row), now=now)
    return CapTaken(new=True, message=message_state(row))


def list_cap(
    unit: Unit,
    *,
    who: Person,
    phase: CapPhase | None = None,
    before: int | None = None,
    limit: int = 50,
) -> tuple[CapMessageState, ...]:
    """Return the messages in the inboxes that `who` may see, newest first; go on with `before` the last number."""
    query = _visible(who)
    if phase is not None:
        query = query.where(CapMessageRow.state == phase.value)
    if before is not None:
        query = query.where(CapMessageRow.id < before)
    query = query.order_by(CapMessageRow.id.desc()).limit(min(max(limit, 1), MOST_LISTED))
    return tuple(message_state(row) for row in unit.session.scalars(query))


def count_waiting(unit: Unit, *, who: Person) -> int:
    """Return how many messages wait for a decision of `who`."""
    areas = who.areas(Right.ALARM)
    if not areas:
        return 0
    query = (
        select(func.count())
        .select_from(CapMessageRow)
        .where(
            CapMessageRow.state == CapPhase.WAITING.value,
            or_(*(at_or_below(CapMessageRow.area, area) for area in areas)),
        )
    )
    return unit.session.scalar(query) or 0


def cap_row(unit: Unit, number: int, *, who: Person, right: Right = Right.VIEW) -> CapMessageRow:
    """Return a message that `who` may see; raises `NotFound`, or `Forbidden` for want of a higher right."""
    row = unit.session.get(CapMessageRow, number) if 0 < number < 2**53 else None
    if row is None or not who.may(Right.VIEW, row.area):
        raise NotFound("Không có tin CAP này.", "no-cap")
    who.require(right, row.area)
    return row


def cap_named(unit: Unit, number: int, *, who: Person) -> CapMessageState:
    """Return one message; raises `NotFound`."""
    return message_state(cap_row(unit, number, who=who))


def dismiss_cap(
    unit: Unit, number: int, why: str, *, who: Person, now: datetime
) -> CapMessageState:
    """Put a message aside with a reason; raises `Conflict` when it was decided already."""
    row = cap_row(unit, number, who=who, right=Right.ALARM)
    why = " ".join(why.split())
    if not 3 <= len(why) <= 300:
        raise Unacceptable("Hãy ghi lý do bỏ qua, từ 3 đến 300 chữ.", "no-reason")
    if row.state != CapPhase.WAITING.value:
        raise Conflict("Tin này đã có người xử lý.", "cap-decided")
    row.state, row.why = CapPhase.DISMISSED.value, why
    row.decided, row.decided_by = now, who.name
    unit.note(who, "dismiss-cap", why, now=now, area=row.area, subject=str(row.id))
    unit.session.flush()
    return message_state(row)


def tie_cap(unit: Unit, number: int, announcement: str, *, who: Person, now: datetime) -> None:
    """Remember which announcement of ours is prepared from a message, or would be ended by it.

    The message counts as used when that announcement comes into force (is ended); until then it goes on waiting.
    """
    row = cap_row(unit, number, who=who, right=Right.ALARM)
    if row.state == CapPhase.WAITING.value:
        row.announcement = announcement
        unit.note(who, "tie-cap", announcement, now=now, area=row.area, subject=str(row.id))


def settle_cap(unit: Unit, document: Announcement, by: str, *, now: datetime) -> None:
    """Have the messages count as used whose announcement just came into force or was ended."""
    cancels = document.message is MessageType.CANCEL
    named = [document.id, *(document.references if cancels else ())]
    unit.session.execute(
        update(CapMessageRow)
        .where(CapMessageRow.announcement.in_(named), CapMessageRow.state == CapPhase.WAITING.value)
        .values(state=CapPhase.USED.value, decided=now, decided_by=by)
    )


def tidy_cap(house: House, *, now: datetime) -> None:
    """Forget messages that were decided a year ago; what waits stays until somebody decides."""
    with house.writing() as unit:
        unit.session.execute(
            delete(CapMessageRow).where(
                CapMessageRow.state != CapPhase.WAITING.value, CapMessageRow.received < now - KEPT
            )
        )


def message_state(row: CapMessageRow) -> CapMessageState:
    """Return a message as it is shown."""
    return CapMessageState(
        number=row.id,
        area=row.area,
        origin=CapOrigin(row.origin),
        origin_name=row.origin_name,
        received=row.received,
        received_by=row.received_by,
        identifier=row.identifier,
        sender=row.sender,
        sent=row.sent,
        status=row.status,
        message=row.message,
        event=row.event,
        headline=row.headline,
        severity=row.severity,
        expires=row.expires,
        phase=CapPhase(row.state),
        announcement=row.announcement,
        decided=row.decided,
        decided_by=row.decided_by,
        why=row.why,
        size_bytes=len(row.body),
    )


def referred_to(unit: Unit, alert: CapAlert, area: str) -> Sequence[CapMessageRow]:
    """Return the messages in the same inbox that a message refers to, by sender, identifier and instant."""
    if not alert.references:
        return ()
    rows = unit.session.scalars(
        select(CapMessageRow).where(
            CapMessageRow.area == area,
            CapMessageRow.identifier.in_([r.identifier for r in alert.references]),
        )
    )
    named = {(r.sender, r.identifier, r.sent) for r in alert.references}
    return [row for row in rows if (row.sender, row.identifier, row.sent) in named]


def twins(unit: Unit, row: CapMessageRow) -> int:
    """Return how many other messages of the inbox claim the same sender, identifier and instant."""
    query = (
        select(func.count())
        .select_from(CapMessageRow)
        .where(
            CapMessageRow.area == row.area,
            CapMessageRow.identifier == row.identifier,
            CapMessageRow.sender == row.sender,
            CapMessageRow.sent == row.sent,
            CapMessageRow.id != row.id,
        )
    )
    return unit.session.scalar(query) or 0


def _visible(who: Person) -> Select[CapMessageRow]:
    areas = who.areas(Right.VIEW)
    seen = or_(*(at_or_below(CapMessageRow.area, area) for area in areas)) if areas else None
    return select(CapMessageRow).where(CapMessageRow.id < 0 if seen is None else seen)


def _check_room(unit: Unit, area: str, now: datetime) -> None:
    query = (
        select(func.count())
        .select_from(CapMessageRow)
        .where(CapMessageRow.area == area, CapMessageRow.state == CapPhase.WAITING.value)
    )
    if (unit.session.scalar(query) or 0) >= MOST_WAITING:
        why = f"Hộp thư CAP của {area} đã có {MOST_WAITING} tin chờ: hãy xử lý bớt rồi gửi lại."
        raise Conflict(why, "cap-inbox-full")
    today = (
        select(func.count())
        .select_from(CapMessageRow)
        .where(CapMessageRow.area == area, CapMessageRow.received > now - timedelta(days=1))
    )
    if (unit.session.scalar(today) or 0) >= MOST_PER_DAY:
        why = f"Hộp thư CAP của {area} đã nhận {MOST_PER_DAY} tin trong một ngày: hãy xem nguồn nào gửi quá nhiều."
        raise Conflict(why, "cap-inbox-full")


def _supersede(unit: Unit, alert: CapAlert, row: CapMessageRow, now: datetime) -> None:
    """Put aside what waits still and is replaced by this message: of the same sender, come by the same way only."""
    for earlier in referred_to(unit, alert, row.area):
        same_way = (earlier.sender, earlier.origin, earlier.source, earlier.origin_name) == (
            row.sender,
            row.origin,
            row.source,
            row.origin_name,
        )
        if same_way and earlier.state == CapPhase.WAITING.value and earlier.id != row.id:
            word = "hủy" if alert.message is CapMessage.CANCEL else "thay"
            earlier.state = CapPhase.SUPERSEDED.value
            earlier.decided, earlier.decided_by = now, SYSTEM
            earlier.why = f"được tin {row.id} {word}"


def _row_of(
    alert: CapAlert,
    data: bytes,
    sha256: str,
    offer: CapOffer,
    who: Person | None,
    now: datetime,
) -> CapMessageRow:
    infos = alert.infos
    first = next((i for i in infos if language_of(i) == "vi"), infos[0] if infos else None)
    expires = [info.expires for info in infos if info.expires is not None]
    event = first.event if first else alert.message.value
    return CapMessageRow(
        area=offer.area,
        source=offer.source,
        origin=offer.origin.value,
        origin_name=offer.origin_name[:200],
        received=now,
        received_by=who.name if who else SYSTEM,
        sha256=sha256,
        body=data,
        identifier=alert.identifier,
        sender=alert.sender,
        sent=alert.sent,
        status=alert.status.value,
        message=alert.message.value,
        event=event[:200],
        headline=((first.headline if first else "") or event)[:200],
        severity=first.severity if first else "Unknown",
        expires=max(expires) if expires else None,
        state=CapPhase.WAITING.value,
    )
