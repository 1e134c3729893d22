"""Offers as rows: a notice sent down to an area, how it is told, listed, settled and reminded of.

Law of the room: what is told about an offer carries its mark, so that one decision closes it for everybody.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.dialects import postgresql, sqlite

from central.db.broadcast import ContentRow
from central.db.workflow import OfferRow
from central.domain.people import Person, Right
from central.domain.states import State
from central.domain.workflow_inbox import (
    LEVEL_WORDS,
    OFFER_WORDS,
    About,
    Ask,
    OfferState,
    SubjectKind,
)
from central.services import inbox
from central.services.areas import at_or_below
from central.services.inbox import Entry
from central.services.unit import Unit
from central.services.workflow import content_row
from contract.documents import Level

MOST_AREAS: Final = 300
MOST_LISTED: Final = 200


class OfferView(State, frozen=True, kw_only=True):
    """A notice sent down to an area, and what the area decided; `version` is what a decision must name."""

    id: int
    sha256: str
    title: str
    duration_ms: int
    area: str
    level: Level
    state: OfferState
    version: int
    sent: datetime
    sent_by: str
    words: str
    due: datetime | None
    overdue: bool
    decided: datetime | None
    decided_by: str
    why: str
    slot: str

    @property
    def word(self) -> str:
        """Return the state as people say it."""
        return OFFER_WORDS[self.state]

    @property
    def level_word(self) -> str:
        """Return the level as people say it."""
        return LEVEL_WORDS[self.level]

    @property
    def mark(self) -> str:
        """Return the mark under which it lies in inboxes."""
        return offer_mark(self.id)


def offer_mark(offer_id: int) -> str:
    """Return the mark of an offer's inbox entries."""
    return f"offer-{offer_id}"


def offers_of(
    unit: Unit, sha256: str, *, who: Person | None, now: datetime
) -> tuple[OfferView, ...]:
    """Return where a content was sent down to, in areas that `who` may view, by area."""
    query = select(OfferRow, ContentRow).join(ContentRow, ContentRow.sha256 == OfferRow.sha256)
    query = query.where(OfferRow.sha256 == sha256, *_seen_by(who)).order_by(OfferRow.area)
    rows = unit.session.execute(query.limit(MOST_AREAS))
    return tuple(view_of(row, content, now) for row, content in rows)


def list_offers(
    unit: Unit,
    *,
    who: Person | None,
    now: datetime,
    area: str | None = None,
    state: OfferState | None = None,
    limit: int = 50,
    before: int | None = None,
) -> tuple[OfferView, ...]:
    """Return what was sent down to areas that `who` may view, newest first; `limit` from 1 to 200."""
    query = select(OfferRow, ContentRow).join(ContentRow, ContentRow.sha256 == OfferRow.sha256)
    query = query.where(*_seen_by(who))
    if area is not None:
        query = query.where(at_or_below(OfferRow.area, area))
    if state is not None:
        query = query.where(OfferRow.state == state.value)
    if before is not None:
        query = query.where(OfferRow.id < before)
    query = query.order_by(OfferRow.id.desc()).limit(min(max(limit, 1), MOST_LISTED))
    return tuple(view_of(row, content, now) for row, content in unit.session.execute(query))


def offers_numbered(
    unit: Unit, ids: Collection[int], *, who: Person, now: datetime
) -> dict[int, OfferView]:
    """Return these offers by number, those that `who` may view."""
    query = select(OfferRow, ContentRow).join(ContentRow, ContentRow.sha256 == OfferRow.sha256)
    rows = unit.session.execute(query.where(OfferRow.id.in_(ids), *_seen_by(who)))
    return {row.id: view_of(row, content, now) for row, content in rows}


def settle(unit: Unit, row: OfferRow, slot: str, by: str, *, now: datetime) -> None:
    """Enter that the area planned it without saying so: somebody put it into a slot there."""
    content = content_row(unit, row.sha256)
    row.slot, row.state = slot, OfferState.TAKEN.value
    row.decided, row.decided_by, row.version = now, by, row.version + 1
    close_offer(unit, row, by, now)
    answer_sender(unit, row, content, About.OFFER_TAKEN, now=now)


def remind(unit: Unit, row: OfferRow, *, now: datetime) -> None:
    """Say that an offer is overdue: to those who were asked, again, and to those who sent it."""
    content = content_row(unit, row.sha256)
    row.reminded = now
    people = inbox.holders(unit, Right.EDIT, row.area)
    entry = entry_of(row, content, Ask.SCHEDULE, About.OFFER_OVERDUE, row.sent_by, row.words)
    inbox.close(
        unit, row.sha256, (About.OFFERED,), by=row.sent_by, now=now, mark=offer_mark(row.id)
    )
    inbox.tell(unit, people, entry, now=now)
    known = {one.id for one in people}
    senders = [one for one in inbox.people_named(unit, {row.sent_by}) if one.id not in known]
    told = entry_of(row, content, Ask.KNOW, About.OFFER_OVERDUE, row.sent_by, row.words)
    inbox.tell(unit, senders, told, now=now)


def ask_area(unit: Unit, row: OfferRow, content: ContentRow, *, now: datetime) -> None:
    """Ask the editors nearest to an area to choose its time."""
    close_offer(unit, row, row.sent_by, now)
    people = inbox.holders(unit, Right.EDIT, row.area)
    entry = entry_of(row, content, Ask.SCHEDULE, About.OFFERED, row.sent_by, row.words)
    inbox.tell(unit, people, entry, now=now)


def answer_sender(
    unit: Unit, row: OfferRow, content: ContentRow, about: About, *, now: datetime
) -> None:
    """Tell whoever sent it what the area decided."""
    if row.sent_by != row.decided_by:
        sender = inbox.people_named(unit, {row.sent_by})
        entry = entry_of(row, content, Ask.KNOW, about, row.decided_by, row.why, at=content.area)
        inbox.tell(unit, sender, entry, now=now)


def entry_of(
    row: OfferRow,
    content: ContentRow,
    ask: Ask,
    about: About,
    who: str,
    words: str,
    *,
    at: str = "",
) -> Entry:
    """Return what is told of an offer, at the offer's area unless `at` another."""
    return Entry(
        ask=ask,
        about=about,
        kind=SubjectKind.CONTENT,
        subject=row.sha256,
        mark=offer_mark(row.id),
        area=at or row.area,
        title=content.title,
        who=who,
        words=words,
        due=row.due,
    )


def close_offer(unit: Unit, row: OfferRow, by: str, now: datetime) -> None:
    """Close what an offer asks of anybody."""
    asked = (About.OFFERED, About.OFFER_OVERDUE)
    inbox.close(unit, row.sha256, asked, by=by, now=now, mark=offer_mark(row.id))


def put_offers(
    unit: Unit,
    sha256: str,
    areas: Sequence[str],
    level: Level,
    words: str,
    due: datetime | None,
    by: str,
    now: datetime,
) -> None:
    """Write offers of a content to areas, or renew those that stand."""
    told = {
        "level": level.value,
        "state": OfferState.WAITING.value,
        "sent": now,
        "sent_by": by,
        "words": words,
        "due": due,
        "decided": None,
        "decided_by": "",
        "why": "",
        "slot": "",
        "reminded": None,
    }
    rows = [{"sha256": sha256, "area": area, "version": 1, **told} for area in areas]
    newer = {**told, "version": OfferRow.version + 1}
    key = ("sha256", "area")
    if unit.session.get_bind().dialect.name == "postgresql":
        unit.session.execute(
            postgresql.insert(OfferRow)
            .values(rows)
            .on_conflict_do_update(index_elements=key, set_=newer)
        )
    else:
        unit.session.execute(
            sqlite.insert(OfferRow)
            .values(rows)
            .on_conflict_do_update(index_elements=key, set_=newer)
        )


def _seen_by(who: Person | None) -> tuple[ColumnElement[bool], ...]:
    if who is None:
        return ()
    return (or_(False, *(at_or_below(OfferRow.area, area) for area in who.areas(Right.VIEW))),)


def view_of(row: OfferRow, content: ContentRow, now: datetime) -> OfferView:
    """Return the row as a value."""
    waiting = row.state == OfferState.WAITING.value
    return OfferView(
        id=row.id,
        sha256=row.sha256,
        title=content.title,
        duration_ms=content.duration_ms,
        area=row.area,
        level=Level(row.level),
        state=OfferState(row.state),
        version=row.version,
        sent=row.sent,
        sent_by=row.sent_by,
        words=row.words,
        due=row.due,
        overdue=waiting and row.due is not None and row.due < now,
        decided=row.decided,
        decided_by=row.decided_by,
        why=row.why,
        slot=row.slot,
    )
