"""Verbs of the inbox: what is asked of each person, told when it happens and closed when somebody did it.

Law of the room: an entry is written in the transaction of what it tells. The same thing told again renews the
entry; what one person did closes it for everybody who was asked. A person sees and moves only their own.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Final, Literal, cast

import msgspec
from sqlalchemy import CursorResult, func, or_, select, tuple_, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql.elements import ColumnElement

from central.db.people import GrantRow, PersonRow
from central.db.workflow import InboxRow
from central.domain.areas import lineage
from central.domain.errors import NotFound, Unacceptable
from central.domain.people import GIVES, Person, Right
from central.domain.states import State
from central.domain.workflow_inbox import ABOUT_WORDS, ASK_WORDS, About, Ask, SubjectKind
from central.services.areas import at_or_below
from central.services.unit import Unit

Shown = Literal["open", "later", "done"]
MOST_ENTRIES: Final = 100
LONGEST_SNOOZE: Final = timedelta(days=30)


class Holder(msgspec.Struct, frozen=True):
    """Somebody who holds a right: id, name, and the area of the grant."""

    id: int
    name: str
    area: str


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be told; `mark` tells apart what may lie there more than once, `words` are the teller's."""

    ask: Ask
    about: About
    kind: SubjectKind
    subject: str
    area: str
    title: str
    who: str
    words: str = ""
    mark: str = ""
    due: datetime | None = None


class InboxEntry(State, frozen=True, kw_only=True):
    """One thing in a person's inbox; `overdue` says that its time has passed."""

    id: int
    ask: str
    about: str
    kind: str
    subject: str
    mark: str
    area: str
    title: str
    who: str
    words: str
    at: datetime
    due: datetime | None
    overdue: bool
    seen: datetime | None
    done: datetime | None
    done_by: str
    snoozed_until: datetime | None

    @property
    def word(self) -> str:
        """Return what happened, as one sentence."""
        return ABOUT_WORDS[About(self.about)].format(who=self.who)


class InboxPage(State, frozen=True, kw_only=True):
    """Some entries, newest first; with `more` ask on with `before` the last id."""

    entries: tuple[InboxEntry, ...]
    more: bool


class InboxCounts(State, frozen=True, kw_only=True):
    """How much is open, by what is asked, and how much of it was not seen yet."""

    by_ask: dict[str, int]
    unread: int
    later: int

    @property
    def open(self) -> int:
        """Return how much is open in all."""
        return sum(self.by_ask.values())


def holders(unit: Unit, right: Right, area: str, *, nearest: bool = True) -> tuple[Holder, ...]:
    """Return who holds the right at an area, by name; `nearest` only those of the lowest area that has anybody.

    So a commune's own people are asked first, and the province is not asked 102 times a day.
    """
    roles = [role.value for role, rights in GIVES.items() if right in rights]
    query = (
        select(PersonRow.id, PersonRow.name, GrantRow.area)
        .join(GrantRow, GrantRow.person_id == PersonRow.id)
        .where(GrantRow.area.in_(lineage(area)), GrantRow.role.in_(roles))
        .where(PersonRow.disabled.is_(False))
        .order_by(PersonRow.name)
    )
    found: dict[int, Holder] = {}
    for person_id, name, where in unit.session.execute(query):
        known = found.get(person_id)
        if known is None or len(where) > len(known.area):
            found[person_id] = Holder(person_id, name, where)
    if nearest and found:
        lowest = max(len(one.area) for one in found.values())
        return tuple(one for one in found.values() if len(one.area) == lowest)
    return tuple(found.values())


def people_named(unit: Unit, names: Collection[str]) -> tuple[Holder, ...]:
    """Return those of these names who have an account that is in use."""
    rows = unit.session.execute(
        select(PersonRow.id, PersonRow.name).where(
            PersonRow.name.in_(set(names)), PersonRow.disabled.is_(False)
        )
    )
    return tuple(Holder(person_id, name, "") for person_id, name in rows)


def tell(unit: Unit, people: Iterable[Holder], entry: Entry, *, now: datetime) -> int:
    """Put an entry into the inboxes of these people, or renew the one that lies there; return how many were told."""
    asked = {one.id for one in people}
    if not asked:
        return 0
    told = {
        "ask": entry.ask.value,
        "area": entry.area,
        "title": entry.title[:200],
        "who": entry.who[:200],
        "words": entry.words[:500],
        "at": now,
        "due": entry.due,
        "seen": None,
        "done": None,
        "done_by": "",
        "snoozed_until": None,
    }
    key = {
        "about": entry.about.value,
        "kind": entry.kind.value,
        "subject": entry.subject,
        "mark": entry.mark,
    }
    rows = [{"person_id": person_id, **key, **told} for person_id in sorted(asked)]
    if unit.session.get_bind().dialect.name == "postgresql":
        unit.session.execute(
            postgresql.insert(InboxRow)
            .values(rows)
            .on_conflict_do_update(index_elements=_KEY, set_=told)
        )
    else:
        unit.session.execute(
            sqlite.insert(InboxRow)
            .values(rows)
            .on_conflict_do_update(index_elements=_KEY, set_=told)
        )
    return len(asked)


def close(
    unit: Unit,
    subject: str,
    abouts: Collection[About],
    *,
    by: str,
    now: datetime,
    mark: str | None = None,
) -> None:
    """Close what these events asked of anybody about a subject: somebody did it."""
    closing = update(InboxRow).where(
        InboxRow.subject == subject,
        InboxRow.about.in_([about.value for about in abouts]),
        InboxRow.done.is_(None),
    )
    if mark is not None:
        closing = closing.where(InboxRow.mark == mark)
    unit.session.execute(closing.values(done=now, done_by=by))


def unread(unit: Unit, person: Person, *, now: datetime) -> int:
    """Return how many open entries the person has not seen, for the navigation."""
    query = select(func.count()).select_from(InboxRow)
    query = query.where(*_open(person, now), InboxRow.seen.is_(None))
    return unit.session.scalar(query) or 0


def count_inbox(unit: Unit, who: Person, *, now: datetime) -> InboxCounts:
    """Return how much is open, by what is asked."""
    rows = unit.session.execute(
        select(InboxRow.ask, func.count(), func.count(InboxRow.seen))
        .where(*_open(who, now))
        .group_by(InboxRow.ask)
    ).all()
    later = select(func.count()).select_from(InboxRow).where(*_later(who, now))
    found = {ask: total for ask, total, _ in rows}
    return InboxCounts(
        by_ask={ask.value: found.get(ask.value, 0) for ask in ASK_WORDS},
        unread=sum(total - seen for _, total, seen in rows),
        later=unit.session.scalar(later) or 0,
    )


def list_inbox(
    unit: Unit,
    who: Person,
    *,
    ask: Ask | None = None,
    show: Shown = "open",
    limit: int = 25,
    before: int | None = None,
    now: datetime,
) -> InboxPage:
    """Return the person's entries, newest first; `limit` from 1 to 100."""
    limit = min(max(limit, 1), MOST_ENTRIES)
    match show:
        case "open":
            wanted = _open(who, now)
        case "later":
            wanted = _later(who, now)
        case "done":
            wanted = (*_mine(who), InboxRow.done.is_not(None))
    query = select(InboxRow).where(*wanted)
    if ask is not None:
        query = query.where(InboxRow.ask == ask.value)
    if before is not None:
        last = select(InboxRow.at, InboxRow.id).where(InboxRow.id == before)
        at_and_id = unit.session.execute(last.where(InboxRow.person_id == who.id)).first()
        if at_and_id is not None:
            query = query.where(tuple_(InboxRow.at, InboxRow.id) < tuple(at_and_id))
    query = query.order_by(InboxRow.at.desc(), InboxRow.id.desc()).limit(limit + 1)
    rows = unit.session.scalars(query).all()
    return InboxPage(
        entries=tuple(_state(row, now) for row in rows[:limit]), more=len(rows) > limit
    )


def mark_seen(unit: Unit, who: Person, ids: Sequence[int], *, now: datetime) -> int:
    """Mark entries as seen; what only tells stays until it is done."""
    return _move(unit, who, ids, seen=func.coalesce(InboxRow.seen, now))


def mark_done(unit: Unit, who: Person, ids: Sequence[int], *, now: datetime) -> int:
    """Put entries away; what was asked is not thereby done, and is told again when it happens again."""
    values = {"done": now, "done_by": who.name, "seen": func.coalesce(InboxRow.seen, now)}
    return _move(unit, who, ids, **values)


def mark_all_known(unit: Unit, who: Person, *, now: datetime) -> int:
    """Put away everything that only tells."""
    told = update(InboxRow).where(*_open(who, now), InboxRow.ask == Ask.KNOW.value)
    return _rows_of(unit, told.values(done=now, done_by=who.name, seen=now))


def mark_answered(unit: Unit, who: Person, subject: str, *, now: datetime) -> None:
    """Put away where somebody was mentioned about a subject: they have just written there."""
    answered = update(InboxRow).where(
        InboxRow.subject == subject,
        InboxRow.person_id == who.id,
        InboxRow.ask == Ask.ANSWER.value,
        InboxRow.done.is_(None),
    )
    _rows_of(unit, answered.values(done=now, done_by=who.name))


def snooze(unit: Unit, who: Person, ids: Sequence[int], until: datetime, *, now: datetime) -> int:
    """Hide open entries until a time, at most 30 days on; they come back unread."""
    if not now < until <= now + LONGEST_SNOOZE:
        raise Unacceptable("Hãy chọn giờ nhắc lại trong vòng 30 ngày tới.", "bad-time")
    return _move(unit, who, ids, snoozed_until=until, seen=None)


def _move(unit: Unit, who: Person, ids: Sequence[int], **values: object) -> int:
    if len(ids) > MOST_ENTRIES:
        raise Unacceptable(f"Mỗi lần tối đa {MOST_ENTRIES} việc.", "too-many")
    moving = update(InboxRow).where(InboxRow.id.in_(ids), InboxRow.person_id == who.id)
    moved = _rows_of(unit, moving.where(InboxRow.done.is_(None)).values(**values))
    if moved == 0:
        known = select(InboxRow.id).where(InboxRow.id.in_(ids), InboxRow.person_id == who.id)
        if unit.session.scalar(known.limit(1)) is None:
            raise NotFound("Không có việc này trong danh sách của bạn.", "no-entry")
    return moved


def _rows_of(unit: Unit, statement: object) -> int:
    result = unit.session.execute(
        statement,  # type: ignore[call-overload]
        execution_options={"synchronize_session": False},
    )
    return cast("CursorResult[object]", result).rowcount


def _mine(who: Person) -> tuple[ColumnElement[bool], ...]:
    """Return the conditions of what is this person's, and lies where they still may look."""
    places = [at_or_below(InboxRow.area, area) for area in who.areas(Right.VIEW)]
    return InboxRow.person_id == who.id, or_(InboxRow.area == "", *places)


def _open(who: Person, now: datetime) -> tuple[ColumnElement[bool], ...]:
    awake = or_(InboxRow.snoozed_until.is_(None), InboxRow.snoozed_until <= now)
    return *_mine(who), InboxRow.done.is_(None), awake


def _later(who: Person, now: datetime) -> tuple[ColumnElement[bool], ...]:
    return *_mine(who), InboxRow.done.is_(None), InboxRow.snoozed_until > now


def _state(row: InboxRow, now: datetime) -> InboxEntry:
    return InboxEntry(
        id=row.id,
        ask=row.ask,
        about=row.about,
        kind=row.kind,
        subject=row.subject,
        mark=row.mark,
        area=row.area,
        title=row.title,
        who=row.who,
        words=row.words,
        at=row.at,
        due=row.due,
        overdue=row.due is not None and row.due < now and row.done is None,
        seen=row.seen,
        done=row.done,
        done_by=row.done_by,
        snoozed_until=row.snoozed_until,
    )


_KEY: Final = ("person_id", "about", "subject", "mark")
