"""What the house does for notices by itself: reminds, settles, tells of plays that fell short, tidies inboxes.

Law of the room: each part is its own small transaction, safe to do again and in several processes at once: what was
told is marked in the transaction that tells it, and the same entry again is the same entry.
"""

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import case, delete, func, or_, select

from central.db.broadcast import ContentRow, SlotRow
from central.db.fleet import PlayRow
from central.db.workflow import InboxRow, NoticeRow, OfferRow, SlotContentRow
from central.domain.people import Right
from central.domain.workflow import NoticeState
from central.domain.workflow_facts import HOUSE_ZONE
from central.domain.workflow_inbox import About, Ask, OfferState, SubjectKind
from central.services import inbox
from central.services.inbox import Entry
from central.services.unit import House, Unit
from central.services.workflow_links import mend_links
from central.services.workflow_offer_rows import remind, settle
from contract.documents import Outcome

AT_ONCE: Final = 200
AGAIN: Final = timedelta(hours=12)
LOOKED_BACK: Final = timedelta(hours=6)
SETTLED: Final = timedelta(minutes=10)  # reports of a window trickle in
KEPT: Final = timedelta(days=180)


def tend_notices(house: House, *, now: datetime) -> None:
    """Do what is due: some at a time, the rest comes with the next call."""
    with house.writing() as unit:
        settle_offers(unit, now=now)
    with house.writing() as unit:
        remind_offers(unit, now=now)
    with house.writing() as unit:
        remind_approvers(unit, now=now)
    with house.writing() as unit:
        tell_of_short_plays(unit, now=now)


def tidy_notices(house: House, *, now: datetime) -> None:
    """Forget what was done half a year ago, and link the slots that came by another way."""
    with house.writing() as unit:
        old = delete(InboxRow).where(InboxRow.done < now - KEPT)
        unit.session.execute(old)
    with house.writing() as unit:
        mend_links(unit)


def settle_offers(unit: Unit, *, now: datetime) -> int:
    """Enter as taken what an area has planned without saying so; return how many."""
    inside = or_(
        SlotContentRow.area == OfferRow.area,
        SlotContentRow.area.startswith(OfferRow.area + "/", autoescape=False),
    )
    rows = unit.session.execute(
        select(OfferRow, SlotRow.id, SlotRow.changed_by)
        .join(SlotContentRow, SlotContentRow.sha256 == OfferRow.sha256)
        .join(SlotRow, SlotRow.id == SlotContentRow.slot)
        .where(OfferRow.state == OfferState.WAITING.value, SlotContentRow.drafted, inside)
        .order_by(OfferRow.id)
        .limit(AT_ONCE)
    ).all()
    settled: set[int] = set()
    for row, slot, planner in rows:
        if row.id not in settled:
            settle(unit, row, slot, planner, now=now)
            settled.add(row.id)
    return len(settled)


def remind_offers(unit: Unit, *, now: datetime) -> int:
    """Say again what is overdue, every twelve hours; return how many."""
    rows = unit.session.scalars(
        select(OfferRow)
        .where(OfferRow.state == OfferState.WAITING.value, OfferRow.due < now)
        .where(or_(OfferRow.reminded.is_(None), OfferRow.reminded < now - AGAIN))
        .order_by(OfferRow.due)
        .limit(AT_ONCE)
        .with_for_update(skip_locked=True)
    ).all()
    for row in rows:
        remind(unit, row, now=now)
    return len(rows)


def remind_approvers(unit: Unit, *, now: datetime) -> int:
    """Tell of what waits too long to every approver above it, once; return how many."""
    patience = timedelta(minutes=unit.house.settings.approval_within_minutes)
    rows = unit.session.execute(
        select(NoticeRow, ContentRow.title, ContentRow.area)
        .join(ContentRow, ContentRow.sha256 == NoticeRow.sha256)
        .where(NoticeRow.state == NoticeState.SUBMITTED.value, NoticeRow.at < now - patience)
        .where(NoticeRow.reminded.is_(None))
        .order_by(NoticeRow.at)
        .limit(AT_ONCE)
        .with_for_update(skip_locked=True, of=NoticeRow)
    ).all()
    for row, title, area in rows:
        row.reminded = now
        entry = Entry(
            ask=Ask.APPROVE,
            about=About.WAITS_LONG,
            kind=SubjectKind.CONTENT,
            subject=row.sha256,
            area=area,
            title=title,
            who=row.submitted_by,
            words=row.words,
        )
        people = inbox.holders(unit, Right.APPROVE, area, nearest=False)
        inbox.tell(unit, people, entry, now=now)
    return len(rows)


def tell_of_short_plays(unit: Unit, *, now: datetime) -> int:
    """Tell makers, once a day and content, that it was played in part or not at all; return how many contents."""
    fell_short = case((PlayRow.outcome == Outcome.SOUNDED.value, 0), else_=1)
    rows = unit.session.execute(
        select(PlayRow.source, func.sum(fell_short), func.max(PlayRow.started))
        .where(PlayRow.started >= now - LOOKED_BACK)
        .group_by(PlayRow.source)
        .having(func.sum(fell_short) > 0, func.max(PlayRow.started) < now - SETTLED)
        .limit(AT_ONCE)
    ).all()
    short = {source: (int(count), at) for source, count, at in rows}
    contents = unit.session.scalars(select(ContentRow).where(ContentRow.sha256.in_(short))).all()
    told = 0
    for content in contents:
        count, at = short[content.sha256]
        mark = f"{at.astimezone(HOUSE_ZONE):%Y-%m-%d}"
        if _told(unit, content.sha256, mark):
            continue
        notice = unit.session.get(NoticeRow, content.sha256)
        names = {content.uploaded_by, notice.submitted_by if notice else ""} - {""}
        entry = Entry(
            ask=Ask.KNOW,
            about=About.SHORT,
            kind=SubjectKind.CONTENT,
            subject=content.sha256,
            mark=mark,
            area=content.area,
            title=content.title,
            who="",
            words=f"{count} lượt phát",
        )
        told += inbox.tell(unit, inbox.people_named(unit, names), entry, now=now) > 0
    return told


def _told(unit: Unit, sha256: str, mark: str) -> bool:
    known = select(InboxRow.id).where(
        InboxRow.subject == sha256, InboxRow.about == About.SHORT.value, InboxRow.mark == mark
    )
    return unit.session.scalar(known.limit(1)) is not None
