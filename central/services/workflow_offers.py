"""Verbs of sending a notice down: the area it is sent to decides when it sounds (TT 39/2020).

Law of the room: a normal notice may be declined with a reason; a priority one only gets its time from the area, and
has a deadline. Each decision is one step under a lock: whoever comes second is told who was faster.
"""

from collections.abc import Collection
from datetime import date, datetime, time, timedelta
from typing import Final

import msgspec
from sqlalchemy import select

from central.db.broadcast import ContentRow
from central.db.library import SheetRow
from central.db.workflow import OfferRow
from central.domain.compiling import is_approved
from central.domain.errors import Conflict, NotFound, Unacceptable
from central.domain.library import Priority
from central.domain.people import Person, Right
from central.domain.workflow import checked_reason, clean
from central.domain.workflow_facts import HOUSE_ZONE
from central.domain.workflow_inbox import OFFER_WORDS, About, Ask, OfferState
from central.services import inbox
from central.services.approvals import approvals_of
from central.services.areas import area_named
from central.services.slots import create_slot, new_slot_id, slot_named
from central.services.unit import Unit
from central.services.workflow import content_row, name_of
from central.services.workflow_offer_rows import (
    MOST_AREAS,
    OfferView,
    answer_sender,
    ask_area,
    close_offer,
    entry_of,
    put_offers,
    view_of,
)
from contract.area import is_at_or_below
from contract.calendar import instant_of
from contract.documents import Level, Once, Sha256, Slot

MINUTE_S: Final = 60


class Choice(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """When an area plays it: on a day from a wall time, some times over; or in a `slot` that holds it already."""

    on: date | None = None
    start: time | None = None
    repeat_count: int = 1
    slot: str | None = None


def offer(
    unit: Unit,
    sha256: str,
    areas: Collection[str],
    *,
    who: Person | None,
    now: datetime,
    level: Level | None = None,
    words: str = "",
) -> tuple[OfferView, ...]:
    """Send an approved content down to areas, each of which chooses its time; again renews what was decided.

    Without `level` it is the sheet's. Raises `Unacceptable` where it is not approved, or an area does not lie below the
    content's.
    """
    content = content_row(unit, sha256)
    if who is not None:
        who.require(Right.EDIT, content.area)
    wanted = sorted(set(areas))
    if not 1 <= len(wanted) <= MOST_AREAS:
        raise Unacceptable(f"Hãy chọn từ 1 đến {MOST_AREAS} địa bàn nhận.", "bad-areas")
    approvals = approvals_of(unit, {sha256}, now=now).get(sha256, ())
    for area in wanted:
        area_named(unit, area)
        if not is_at_or_below(area, content.area):
            raise Unacceptable(f"{area} không thuộc địa bàn của nội dung này.", "bad-areas")
        if not is_approved(approvals, area):
            msg = f"Nội dung chưa được duyệt cho {area}; hãy xin duyệt trước khi gửi xuống."
            raise Unacceptable(msg, "not-approved")
    chosen = level or _level_of(unit, sha256)
    within = timedelta(minutes=unit.house.settings.priority_within_minutes)
    due = now + within if chosen is Level.PRIORITY else None
    put_offers(unit, sha256, wanted, chosen, clean(words)[:500], due, name_of(who), now)
    unit.note(
        who,
        "offer-notice",
        f"{sha256} {content.title}: {', '.join(wanted)}",
        now=now,
        area=content.area,
        subject=sha256,
    )
    rows = unit.session.scalars(
        select(OfferRow)
        .where(OfferRow.sha256 == sha256, OfferRow.area.in_(wanted))
        .order_by(OfferRow.area)
        .execution_options(populate_existing=True)
    ).all()
    for row in rows:
        ask_area(unit, row, content, now=now)
    return tuple(view_of(row, content, now) for row in rows)


def accept_offer(
    unit: Unit,
    offer_id: int,
    choice: Choice,
    *,
    who: Person | None,
    now: datetime,
    version: int | None = None,
) -> OfferView:
    """Choose the time, as a new slot's draft or in a slot that holds the notice already.

    The draft is published like any other. Raises `Unacceptable` for a time that has passed.
    """
    row, content = _locked(unit, offer_id, who, version)
    if choice.slot is not None:
        state = slot_named(unit, choice.slot)
        if not is_at_or_below(state.area, row.area) or row.sha256 not in state.slot.items:
            raise Unacceptable("Khung giờ này không phát bản tin được gửi xuống.", "wrong-slot")
        chosen = choice.slot
    else:
        chosen = _plan(unit, row, content, choice, who=who, now=now)
    row.slot = chosen
    _decide(unit, row, OfferState.TAKEN, "", who=who, now=now)
    answer_sender(unit, row, content, About.OFFER_TAKEN, now=now)
    return view_of(row, content, now)


def decline_offer(
    unit: Unit,
    offer_id: int,
    why: str,
    *,
    who: Person | None,
    now: datetime,
    version: int | None = None,
) -> OfferView:
    """Leave a normal notice out, with the reason; a priority one cannot be declined."""
    row, content = _locked(unit, offer_id, who, version)
    if row.level == Level.PRIORITY.value:
        msg = "Bản tin ưu tiên phải phát; xã chỉ chọn giờ và thứ tự. Có vướng mắc hãy góp ý cho nơi gửi."
        raise Unacceptable(msg, "must-play")
    _decide(unit, row, OfferState.DECLINED, checked_reason(why), who=who, now=now)
    answer_sender(unit, row, content, About.OFFER_DECLINED, now=now)
    return view_of(row, content, now)


def withdraw_offer(
    unit: Unit, offer_id: int, *, who: Person | None, now: datetime, version: int | None = None
) -> OfferView:
    """Take back what was sent down and not decided yet; a right of whoever may edit the content."""
    row, content = _locked(unit, offer_id, who, version, as_sender=True)
    _decide(unit, row, OfferState.WITHDRAWN, "", who=who, now=now)
    entry = entry_of(row, content, Ask.KNOW, About.OFFER_WITHDRAWN, name_of(who), "")
    inbox.tell(unit, inbox.holders(unit, Right.EDIT, row.area), entry, now=now)
    return view_of(row, content, now)


def _locked(
    unit: Unit, offer_id: int, who: Person | None, version: int | None, *, as_sender: bool = False
) -> tuple[OfferRow, ContentRow]:
    """Return a waiting offer, held until the end of the transaction; `who` may edit its area, or the content's."""
    row = unit.session.get(OfferRow, offer_id, with_for_update=True, populate_existing=True)
    if row is None:
        raise NotFound("Không có bản tin gửi xuống này.", "no-offer")
    content = content_row(unit, row.sha256)
    if who is not None:
        who.require(Right.EDIT, content.area if as_sender else row.area)
    stale = version is not None and version != row.version
    if row.state != OfferState.WAITING.value or stale:
        word = OFFER_WORDS[OfferState(row.state)]
        when = (row.decided or row.sent).astimezone(HOUSE_ZONE)
        msg = f"Bản tin này: {word} ({row.decided_by or row.sent_by}, {when:%H:%M}). Hãy xem lại."
        raise Conflict(msg, "changed-meanwhile", expected=row.version)
    return row, content


def _decide(
    unit: Unit, row: OfferRow, state: OfferState, why: str, *, who: Person | None, now: datetime
) -> None:
    row.state, row.why = state.value, why
    row.decided, row.decided_by = now, name_of(who)
    row.version += 1
    unit.note(
        who,
        f"offer-{state.value}",
        f"{row.sha256} {row.area}",
        now=now,
        area=row.area,
        subject=row.sha256,
    )
    close_offer(unit, row, name_of(who), now)


def _plan(
    unit: Unit,
    row: OfferRow,
    content: ContentRow,
    choice: Choice,
    *,
    who: Person | None,
    now: datetime,
) -> str:
    """Draft a slot that plays the notice once through, or some times, from the chosen time."""
    on, start, repeat_count = choice.on, choice.start, choice.repeat_count
    if on is None or start is None:
        raise Unacceptable("Hãy chọn ngày và giờ phát.", "no-time")
    if not 1 <= repeat_count <= 20:
        raise Unacceptable("Số lần phát từ 1 đến 20.", "bad-repeat")
    opens = instant_of(on, start, HOUSE_ZONE)
    if not now < opens <= now + timedelta(days=366):
        raise Unacceptable("Giờ phát đã qua hoặc quá xa; hãy chọn lại giờ.", "bad-time")
    minutes = -(-content.duration_ms * repeat_count // (MINUTE_S * 1_000))
    slot = Slot(
        id=new_slot_id(),
        title=content.title,
        recurrence=Once(on=on),
        start=start,
        window_s=max(1, minutes) * MINUTE_S,
        items=(Sha256(row.sha256),),
        repeat_count=repeat_count,
        level=Level(row.level),
    )
    return create_slot(unit, row.area, slot, who=who, now=now).slot.id


def _level_of(unit: Unit, sha256: str) -> Level:
    sheet = unit.session.get(SheetRow, sha256)
    normal = sheet is None or sheet.priority == Priority.NORMAL.value
    return Level.NORMAL if normal else Level.PRIORITY
