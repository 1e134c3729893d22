"""Verbs of comments: on a content, a slot or an announcement, by whoever may see it.

Law of the room: a comment is added and never changed. Whoever is mentioned is told, if they may see the subject;
who was not told is named to the writer, so that nobody waits for an answer that cannot come.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

import msgspec
from sqlalchemy import select

from central.db.broadcast import AnnouncementRow, ContentRow, SlotRow
from central.db.people import GrantRow, PersonRow
from central.db.workflow import CommentRow, NoticeRow
from central.domain.areas import lineage
from central.domain.errors import Forbidden, NotFound, Unacceptable
from central.domain.people import GIVES, Person, PersonRole, Right
from central.domain.states import State
from central.domain.workflow import clean
from central.domain.workflow_inbox import About, Ask, SubjectKind, mentions_of
from central.services import inbox
from central.services.inbox import Entry, Holder
from central.services.library import may_see
from central.services.slots import slot_state
from central.services.unit import Unit
from contract.area import is_at_or_below

MOST_CHARS: Final = 2_000
MOST_LISTED: Final = 100
MOST_MENTIONS: Final = 20


class Subject(msgspec.Struct, frozen=True, kw_only=True):
    """What is talked about: its title, the areas it belongs to, and who is told of every comment."""

    kind: SubjectKind
    id: str
    title: str
    areas: tuple[str, ...]
    concerned: frozenset[str] = frozenset()


class CommentState(State, frozen=True, kw_only=True):
    """One comment; `mentions` are the names that were told."""

    id: int
    at: datetime
    who: str
    text: str
    mentions: tuple[str, ...]


class CommentsPage(State, frozen=True, kw_only=True):
    """Some comments, newest first; with `more` ask on with `before` the last id."""

    comments: tuple[CommentState, ...]
    more: bool


class Commented(State, frozen=True, kw_only=True):
    """A comment that was kept, and which mentioned names were not told."""

    comment: CommentState
    not_told: tuple[str, ...]


def comment(
    unit: Unit, kind: SubjectKind, subject_id: str, text: str, *, who: Person, now: datetime
) -> Commented:
    """Say something about a subject that `who` may see; those mentioned as @name find it in their inbox."""
    subject = subject_of(unit, kind, subject_id, who=who)
    said = clean(text)
    if not 1 <= len(said) <= MOST_CHARS:
        raise Unacceptable(f"Góp ý cần từ 1 đến {MOST_CHARS} chữ.", "bad-comment")
    wanted = mentions_of(said)[:MOST_MENTIONS]
    told = _able(unit, wanted, subject)
    row = CommentRow(kind=kind.value, subject=subject_id, at=now, who=who.name, text=said)
    row.mentions = [one.name for one in told]
    unit.session.add(row)
    unit.session.flush()
    unit.note(
        who,
        "comment",
        f"{kind.value} {subject_id}",
        now=now,
        area=subject.areas[0],
        subject=subject_id,
    )
    others = [one for one in told if one.id != who.id]
    inbox.tell(unit, others, _entry(subject, Ask.ANSWER, About.MENTIONED, who, said), now=now)
    mentioned = {one.id for one in told}
    concerned = [
        one
        for one in _able(unit, sorted(subject.concerned), subject)
        if one.id not in mentioned and one.id != who.id
    ]
    inbox.tell(unit, concerned, _entry(subject, Ask.KNOW, About.COMMENTED, who, said), now=now)
    inbox.mark_answered(unit, who, subject_id, now=now)
    known = {one.name for one in told}
    return Commented(
        comment=_state(row), not_told=tuple(name for name in wanted if name not in known)
    )


def list_comments(
    unit: Unit,
    kind: SubjectKind,
    subject_id: str,
    *,
    who: Person,
    limit: int = 50,
    before: int | None = None,
) -> CommentsPage:
    """Return what was said about a subject that `who` may see, newest first; `limit` from 1 to 100."""
    subject_of(unit, kind, subject_id, who=who)
    limit = min(max(limit, 1), MOST_LISTED)
    query = select(CommentRow).where(
        CommentRow.subject == subject_id, CommentRow.kind == kind.value
    )
    if before is not None:
        query = query.where(CommentRow.id < before)
    rows = unit.session.scalars(query.order_by(CommentRow.id.desc()).limit(limit + 1)).all()
    return CommentsPage(comments=tuple(map(_state, rows[:limit])), more=len(rows) > limit)


def subject_of(unit: Unit, kind: SubjectKind, subject_id: str, *, who: Person) -> Subject:
    """Return what is talked about; raises `NotFound`, and for content also where `who` may not see it."""
    match kind:
        case SubjectKind.CONTENT:
            return _content(unit, subject_id, who)
        case SubjectKind.SLOT:
            found = _slot(unit, subject_id)
        case SubjectKind.ANNOUNCEMENT:
            found = _announcement(unit, subject_id)
    if not any(_touches(who, area) for area in found.areas):
        raise Forbidden("Việc này không thuộc địa bàn bạn xem được.")
    return found


def people_to_mention(unit: Unit, area: str, *, limit: int = 30) -> tuple[Holder, ...]:
    """Return people who may see what lies in an area, the nearest first: for the writer to choose from."""
    found = inbox.holders(unit, Right.VIEW, area, nearest=False)
    return tuple(sorted(found, key=lambda one: (-len(one.area), one.name))[:limit])


def _content(unit: Unit, sha256: str, who: Person) -> Subject:
    row = unit.session.scalar(select(ContentRow).where(ContentRow.sha256 == sha256, may_see(who)))
    if row is None:
        raise NotFound("Không có nội dung này trong kho.", "no-content")
    notice = unit.session.get(NoticeRow, sha256)
    names = {row.uploaded_by}
    if notice is not None:
        names |= {notice.submitted_by, notice.assigned_to}
    return Subject(
        kind=SubjectKind.CONTENT,
        id=sha256,
        title=row.title,
        areas=(row.area,),
        concerned=frozenset(names - {""}),
    )


def _slot(unit: Unit, slot_id: str) -> Subject:
    row = unit.session.get(SlotRow, slot_id)
    if row is None:
        raise NotFound(f"Không có khung giờ {slot_id[:40]}.", "no-slot")
    state = slot_state(row)
    return Subject(
        kind=SubjectKind.SLOT,
        id=slot_id,
        title=state.slot.title,
        areas=(row.area,),
        concerned=frozenset({row.changed_by}),
    )


def _announcement(unit: Unit, announcement_id: str) -> Subject:
    row = unit.session.get(AnnouncementRow, announcement_id)
    if row is None:
        raise NotFound("Không có tin khẩn này.", "no-announcement")
    return Subject(
        kind=SubjectKind.ANNOUNCEMENT,
        id=announcement_id,
        title=row.headline,
        areas=tuple(row.areas),
        concerned=frozenset({row.taken_by}),
    )


def _touches(who: Person, area: str) -> bool:
    """Return whether somebody may look at an area, or at one that it reaches down to."""
    return who.may(Right.VIEW, area) or any(
        is_at_or_below(own, area) for own in who.areas(Right.VIEW)
    )


def _able(unit: Unit, names: Sequence[str], subject: Subject) -> list[Holder]:
    """Return those of these names who may look at one of the subject's areas, or at what lies below it."""
    viewing = [role.value for role in PersonRole if Right.VIEW in GIVES[role]]
    rows = unit.session.execute(
        select(PersonRow.id, PersonRow.name, GrantRow.area)
        .join(GrantRow, GrantRow.person_id == PersonRow.id)
        .where(PersonRow.name.in_(names), GrantRow.role.in_(viewing))
        .where(PersonRow.disabled.is_(False))
    )
    found: dict[int, Holder] = {}
    for person_id, name, granted in rows:
        if any(granted in lineage(a) or is_at_or_below(granted, a) for a in subject.areas):
            found[person_id] = Holder(person_id, name, granted)
    return list(found.values())


def _entry(subject: Subject, ask: Ask, about: About, who: Person, said: str) -> Entry:
    return Entry(
        ask=ask,
        about=about,
        kind=subject.kind,
        subject=subject.id,
        area="",
        title=subject.title,
        who=who.name,
        words=said,
    )


def _state(row: CommentRow) -> CommentState:
    return CommentState(
        id=row.id, at=row.at, who=row.who, text=row.text, mentions=tuple(row.mentions)
    )
