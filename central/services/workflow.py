"""Verbs of a notice's way until it is approved: submit, withdraw, return, approve, reassign.

Law of the room: one deed is one step of `central.domain.workflow`, taken under a lock of its row. Whoever looked
at version n and finds n + 1 is told who was faster and what they did; nothing is overwritten. What is asked of whom
is written into their inboxes in the same transaction.
"""

from collections.abc import Collection
from datetime import datetime
from typing import Final

import msgspec
from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite

from central.db.broadcast import ApprovalRow, ContentRow
from central.db.workflow import NoticeRow, NoticeStepRow
from central.domain.errors import Conflict, NotFound, Unacceptable
from central.domain.people import Person, Right
from central.domain.states import State
from central.domain.workflow import (
    DEED_WORDS,
    STATE_WORDS,
    Actor,
    Approve,
    Deed,
    DeedKind,
    NoticeState,
    Reassign,
    Return,
    Standing,
    Submit,
    Withdraw,
    kind_of,
    step,
)
from central.domain.workflow_facts import HOUSE_ZONE
from central.domain.workflow_inbox import About, Ask, SubjectKind
from central.services import inbox
from central.services.inbox import Entry, Holder
from central.services.unit import SYSTEM, Unit

ASKING: Final = (About.SUBMITTED, About.ASSIGNED, About.WAITS_LONG)


class NoticeDone(State, frozen=True, kw_only=True):
    """What a deed led to: the state, its version, and how many people were told."""

    sha256: str
    state: NoticeState
    version: int
    told: int

    @property
    def word(self) -> str:
        """Return the state as people say it."""
        return STATE_WORDS[self.state]


class _Taken(msgspec.Struct, frozen=True):
    """A deed that was done: the content, its row, and how things stood before and after."""

    content: ContentRow
    row: NoticeRow
    before: Standing
    after: Standing


def submit(
    unit: Unit,
    sha256: str,
    *,
    who: Person | None,
    now: datetime,
    to: str = "",
    words: str = "",
    version: int | None = None,
) -> NoticeDone:
    """Ask for approval: of the approvers nearest to the content's area, or of `to` alone.

    Raises `Conflict` when it is waiting or approved already, `Unacceptable` when `to` may not approve there.
    """
    content = _own_content(unit, sha256, who)
    asked = _approvers(unit, content.area, to)
    done = take_step(unit, sha256, Submit(to=to, words=words), who=who, now=now, version=version)
    inbox.close(unit, sha256, (About.RETURNED,), by=name_of(who), now=now)
    if unit.house.settings.four_eyes:
        own = {content.uploaded_by, name_of(who)}
        asked = tuple(one for one in asked if one.name not in own)
    entry = _entry(content, Ask.APPROVE, About.SUBMITTED, who, words)
    return _done(done.row, inbox.tell(unit, asked, entry, now=now))


def withdraw(
    unit: Unit, sha256: str, *, who: Person | None, now: datetime, version: int | None = None
) -> NoticeDone:
    """Take the asking back; it is a draft again."""
    done = take_step(unit, sha256, Withdraw(), who=who, now=now, version=version)
    inbox.close(unit, sha256, ASKING, by=name_of(who), now=now)
    return _done(done.row, 0)


def send_back(
    unit: Unit,
    sha256: str,
    why: str,
    *,
    who: Person | None,
    now: datetime,
    version: int | None = None,
) -> NoticeDone:
    """Give it back to whoever made it, with the reason; an approver's."""
    done = take_step(unit, sha256, Return(why=why), who=who, now=now, version=version)
    inbox.close(unit, sha256, ASKING, by=name_of(who), now=now)
    entry = _entry(done.content, Ask.REVISE, About.RETURNED, who, done.after.words)
    return _done(done.row, inbox.tell(unit, _makers(unit, done), entry, now=now))


def reassign(
    unit: Unit,
    sha256: str,
    to: str,
    *,
    who: Person | None,
    now: datetime,
    version: int | None = None,
) -> NoticeDone:
    """Have the approver `to` look at it instead of whoever was asked; raises `Unacceptable` where they may not."""
    content = _own_content(unit, sha256, who)
    asked = _approvers(unit, content.area, to or "?")
    done = take_step(unit, sha256, Reassign(to=to), who=who, now=now, version=version)
    inbox.close(unit, sha256, ASKING, by=name_of(who), now=now)
    entry = _entry(content, Ask.APPROVE, About.ASSIGNED, who, done.after.words)
    return _done(done.row, inbox.tell(unit, asked, entry, now=now))


def check_may_approve(unit: Unit, sha256: str, area: str, *, who: Person) -> None:
    """Raise what `approve` would, before anybody signs; a live source has no way of its own and passes."""
    content = unit.session.get(ContentRow, sha256)
    if content is not None:
        row = unit.session.get(NoticeRow, sha256)
        standing = _standing(unit, content, row)
        step(standing, Approve(area=area), actor_of(unit, who, area))


def approve(unit: Unit, sha256: str, area: str, *, who: Person | None, now: datetime) -> None:
    """Enter that an approver signed for `area`; called in the transaction that takes the sealed approval.

    It moves the notice on where the approver is one of its own area: a commune that approves for itself does not
    decide for the province.
    """
    content = unit.session.get(ContentRow, sha256)
    if content is None:
        return  # a live source: its approval is all there is
    if who is not None:
        check_may_approve(unit, sha256, area, who=who)
        if not who.may(Right.APPROVE, content.area):
            return
    done = take_step(unit, sha256, Approve(area=area), who=who, now=now)
    inbox.close(unit, sha256, ASKING, by=name_of(who), now=now)
    entry = _entry(done.content, Ask.KNOW, About.APPROVED, who, "")
    inbox.tell(unit, _makers(unit, done), entry, now=now)


def take_step(
    unit: Unit,
    sha256: str,
    deed: Deed,
    *,
    who: Person | None,
    now: datetime,
    version: int | None = None,
) -> _Taken:
    """Do one deed on a notice and write it down; raises what `central.domain.workflow.step` raises.

    With `version` it is refused by `Conflict` when somebody did something since.
    """
    content = _own_content(unit, sha256, who)
    row = _locked(unit, content)
    if version is not None and version != row.version:
        what = DEED_WORDS[DeedKind(last.deed)] if (last := _last_step(unit, sha256)) else "đổi"
        why = (
            f"{row.who} vừa {what} nội dung này lúc {row.at.astimezone(HOUSE_ZONE):%H:%M}. "
            "Việc của bạn chưa được thực hiện; hãy xem lại rồi làm tiếp."
        )
        raise Conflict(why, "changed-meanwhile", expected=row.version)
    before = _standing(unit, content, row)
    after = step(before, deed, actor_of(unit, who, content.area))
    row.state, row.words = after.state.value, after.words
    row.submitted_by, row.assigned_to = after.submitted_by, after.assigned_to
    row.version += 1
    row.at, row.who, row.reminded = now, name_of(who), None
    kind = kind_of(deed)
    said = after.words or (deed.to if isinstance(deed, Reassign) else "")
    line = NoticeStepRow(sha256=sha256, at=now, who=row.who, deed=kind.value, state=row.state)
    line.words = said
    unit.session.add(line)
    unit.session.flush()
    unit.note(
        who,
        f"notice-{kind.value}",
        f"{sha256} {content.title}",
        now=now,
        area=content.area,
        subject=sha256,
        before=before,
        after=after,
    )
    return _Taken(content, row, before, after)


def standing_of(unit: Unit, sha256: str) -> tuple[Standing, int]:
    """Return how people are with a content, and the version of that; raises `NotFound`."""
    content = content_row(unit, sha256)
    row = unit.session.get(NoticeRow, sha256)
    return _standing(unit, content, row), 0 if row is None else row.version


def actor_of(unit: Unit, who: Person | None, area: str) -> Actor:
    """Return what this person may do at an area; the house itself may do everything."""
    if who is None:
        return Actor(name=SYSTEM, contributes=True, edits=True, approves=True)
    return Actor(
        name=who.name,
        contributes=who.may(Right.CONTRIBUTE, area),
        edits=who.may(Right.EDIT, area),
        approves=who.may(Right.APPROVE, area),
        four_eyes=unit.house.settings.four_eyes,
    )


def content_row(unit: Unit, sha256: str) -> ContentRow:
    """Return the content; raises `NotFound`."""
    row = unit.session.get(ContentRow, sha256)
    if row is None:
        raise NotFound("Không có nội dung này trong kho.", "no-content")
    return row


def _own_content(unit: Unit, sha256: str, who: Person | None) -> ContentRow:
    """Return the content; raises `NotFound`, and `Forbidden` before a stranger learns how it stands."""
    content = content_row(unit, sha256)
    doing = (Right.CONTRIBUTE, Right.EDIT, Right.APPROVE)
    if who is not None and not any(who.may(right, content.area) for right in doing):
        who.require(Right.CONTRIBUTE, content.area)
    return content


def name_of(who: Person | None) -> str:
    """Return the name that is written down."""
    return who.name if who else SYSTEM


def _locked(unit: Unit, content: ContentRow) -> NoticeRow:
    """Return the notice's row, held until the end of the transaction; it is begun where there is none."""
    first = {
        "sha256": content.sha256,
        "state": _first_state(unit, content.sha256).value,
        "version": 0,
        "at": content.uploaded,
        "who": content.uploaded_by,
        "words": "",
        "submitted_by": "",
        "assigned_to": "",
    }
    if unit.session.get(NoticeRow, content.sha256) is None:
        if unit.session.get_bind().dialect.name == "postgresql":
            unit.session.execute(
                postgresql.insert(NoticeRow).values(first).on_conflict_do_nothing()
            )
        else:
            unit.session.execute(sqlite.insert(NoticeRow).values(first).on_conflict_do_nothing())
    return unit.session.get_one(
        NoticeRow, content.sha256, with_for_update=True, populate_existing=True
    )


def _first_state(unit: Unit, sha256: str) -> NoticeState:
    """Return the state of what has no row yet: approved where an approver signed before, else a draft."""
    signed = select(ApprovalRow.sha256).where(ApprovalRow.sha256 == sha256).limit(1)
    approved = unit.session.scalar(signed) is not None
    return NoticeState.APPROVED if approved else NoticeState.DRAFT


def _standing(unit: Unit, content: ContentRow, row: NoticeRow | None) -> Standing:
    if row is None:
        return Standing(state=_first_state(unit, content.sha256), maker=content.uploaded_by)
    return Standing(
        state=NoticeState(row.state),
        maker=content.uploaded_by,
        submitted_by=row.submitted_by,
        assigned_to=row.assigned_to,
        words=row.words,
    )


def _last_step(unit: Unit, sha256: str) -> NoticeStepRow | None:
    newest = select(NoticeStepRow).where(NoticeStepRow.sha256 == sha256)
    return unit.session.scalars(newest.order_by(NoticeStepRow.id.desc()).limit(1)).first()


def _approvers(unit: Unit, area: str, to: str) -> Collection[Holder]:
    """Return whom to ask: `to` alone where named, else the approvers nearest to the area."""
    if not to:
        return inbox.holders(unit, Right.APPROVE, area)
    found = [
        one for one in inbox.holders(unit, Right.APPROVE, area, nearest=False) if one.name == to
    ]
    if not found:
        why = f"{to[:60]} không phải người duyệt của địa bàn này; hãy chọn người khác."
        raise Unacceptable(why, "not-approver")
    return found


def _makers(unit: Unit, done: _Taken) -> list[Holder]:
    """Return who made and who submitted it, but for whoever just acted."""
    names = {done.before.maker, done.before.submitted_by} - {"", done.row.who}
    return list(inbox.people_named(unit, names)) if names else []


def _entry(content: ContentRow, ask: Ask, about: About, who: Person | None, words: str) -> Entry:
    return Entry(
        ask=ask,
        about=about,
        kind=SubjectKind.CONTENT,
        subject=content.sha256,
        area=content.area,
        title=content.title,
        who=name_of(who),
        words=words,
    )


def _done(row: NoticeRow, told: int) -> NoticeDone:
    return NoticeDone(
        sha256=row.sha256, state=NoticeState(row.state), version=row.version, told=told
    )
