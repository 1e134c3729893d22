"""Verbs of sheets: what people say of content, who may use it where, archive and sharing.

Law of the room: content of an area is usable at and below it, and where it was shared to. A person sees what lies
in an area they may view, and what comes to them from above. Whoever may only contribute edits drafts of their own;
the title is fixed while an approval of it stands, for the approver has signed it.
"""

from collections.abc import Iterable
from datetime import datetime

import msgspec
from sqlalchemy import or_, select, true
from sqlalchemy.sql.elements import ColumnElement

from central.db.broadcast import ApprovalRow, ContentRow
from central.db.library import ShareRow, SheetRow
from central.db.workflow import NoticeRow
from central.domain.areas import lineage
from central.domain.errors import Conflict, Forbidden, NotFound, Unacceptable
from central.domain.library import ContentKind, Made, Priority, Sheet, checked_sheet
from central.domain.library_checks import Finding
from central.domain.library_states import ShareState, SheetState
from central.domain.people import Person, Right
from central.services.areas import area_named, at_or_below
from central.services.contents import content_named, index_words
from central.services.unit import SYSTEM, Unit

_FINDINGS = msgspec.json.Decoder(tuple[Finding, ...])
_STILL_OWN = frozenset({"draft", "returned"})
MOST_SHARES = 200


def may_see(who: Person | None) -> ColumnElement[bool]:
    """Return the condition that content is in an area that `who` may view, or comes to it from above."""
    if who is None:
        return true()
    return _reaching(who.areas(Right.VIEW), below=True)


def usable_at(area: str) -> ColumnElement[bool]:
    """Return the condition that content may be used at `area`: its own, from above, or shared to it."""
    return _reaching((area,), below=False)


def unusable(unit: Unit, sha256s: Iterable[str], area: str) -> tuple[str, ...]:
    """Return those of some contents that may not be used at `area`, because unknown, elsewhere or archived; sorted."""
    wanted = set(sha256s)
    query = (
        select(ContentRow.sha256)
        .outerjoin(SheetRow, SheetRow.sha256 == ContentRow.sha256)
        .where(ContentRow.sha256.in_(wanted), usable_at(area), SheetRow.archived.is_(None))
    )
    return tuple(sorted(wanted - set(unit.session.scalars(query))))


def sheet_of(unit: Unit, sha256: str, *, who: Person | None, now: datetime) -> SheetState:
    """Return all that is said of one content; raises `NotFound`, also for what `who` may not see."""
    content, sheet = rows_of(unit, sha256, who)
    shares = unit.session.scalars(
        select(ShareRow).where(ShareRow.sha256 == sha256).order_by(ShareRow.area)
    )
    sound = unit.session.scalar(
        select(SheetRow.sha256).where(SheetRow.source_sha256 == sha256).limit(1)
    )
    return SheetState(
        content=content_named(unit, sha256, now=now),
        kind=ContentKind(sheet.kind),
        made=Made(sheet.made),
        field=sheet.field,
        topics=tuple(sheet.topics),
        priority=Priority(sheet.priority),
        author=sheet.author,
        department=sheet.department,
        source=sheet.source,
        produced=sheet.produced,
        valid_from=sheet.valid_from,
        valid_until=sheet.valid_until,
        summary=sheet.summary,
        tags=tuple(sheet.tags),
        text=sheet.text,
        checks=_FINDINGS.decode(sheet.checks),
        original_sha256=sheet.original_sha256,
        original_bytes=sheet.original_bytes,
        source_sha256=sheet.source_sha256,
        sound_sha256=sound,
        width=sheet.width,
        height=sheet.height,
        archived=sheet.archived,
        archived_by=sheet.archived_by,
        shares=tuple(
            ShareState(area=row.area, shared=row.shared, shared_by=row.shared_by) for row in shares
        ),
        version=sheet.version,
        changed=sheet.changed,
        changed_by=sheet.changed_by,
        may_edit=_may_edit(unit, content, who, now),
        may_share=who is None or who.may(Right.EDIT, content.area),
    )


def change_sheet(
    unit: Unit, sha256: str, said: Sheet, version: int, *, who: Person | None, now: datetime
) -> SheetState:
    """Replace what is said of a content; raises `Conflict` when somebody else has changed it since `version`."""
    content, sheet = rows_of(unit, sha256, who)
    _require_edit(unit, content, who, now)
    if sheet.version != version:
        raise Conflict(
            f"{sheet.changed_by} vừa sửa phiếu này. Hãy tải lại trang, xem bản mới rồi sửa tiếp.",
            "sheet-changed",
            expected=sheet.version,
        )
    said = checked_sheet(said)
    title = said.title or content.title
    if title != content.title:
        if _approved(unit, sha256, now):
            raise Conflict(
                "Nội dung đã được ký duyệt với tiêu đề này nên không đổi tiêu đề được nữa.",
                "title-signed",
            )
        content.title = title
    put_sheet(unit, content, sheet, said)
    sheet.version += 1
    sheet.changed, sheet.changed_by = now, _name(who)
    unit.note(who, "change-sheet", f"{sha256} {title}", now=now, area=content.area, subject=sha256)
    unit.session.flush()
    return sheet_of(unit, sha256, who=who, now=now)


def archive(unit: Unit, sha256: str, *, who: Person | None, now: datetime) -> None:
    """Put a content away: it is found only when asked for, and cannot be planned anew. Again changes nothing."""
    content, sheet = rows_of(unit, sha256, who)
    _require_edit(unit, content, who, now)
    if sheet.archived is None:
        sheet.archived, sheet.archived_by = now, _name(who)
        unit.note(
            who,
            "archive-content",
            f"{sha256} {content.title}",
            now=now,
            area=content.area,
            subject=sha256,
        )


def unarchive(unit: Unit, sha256: str, *, who: Person | None, now: datetime) -> None:
    """Bring a content back from the archive; again changes nothing."""
    content, sheet = rows_of(unit, sha256, who)
    _require_edit(unit, content, who, now)
    if sheet.archived is not None:
        sheet.archived, sheet.archived_by = None, ""
        unit.note(
            who,
            "unarchive-content",
            f"{sha256} {content.title}",
            now=now,
            area=content.area,
            subject=sha256,
        )


def share(unit: Unit, sha256: str, area: str, *, who: Person | None, now: datetime) -> None:
    """Let another area use a content, at and below it; needs the right to edit where the content belongs."""
    content, _ = rows_of(unit, sha256, who)
    if who is not None:
        who.require(Right.EDIT, content.area)
    area_named(unit, area)
    if content.area in lineage(area):
        raise Unacceptable(
            "Địa bàn này đã dùng được nội dung, vì nội dung thuộc cấp trên của nó.",
            "shared-already",
        )
    shared = unit.session.scalars(select(ShareRow.area).where(ShareRow.sha256 == sha256)).all()
    if len(shared) >= MOST_SHARES:
        raise Unacceptable(
            "Đã chia sẻ cho quá nhiều địa bàn: hãy chuyển nội dung lên cấp trên.", "too-many"
        )
    if area not in shared:
        add_share(unit, sha256, area, by=_name(who), now=now)
        unit.note(
            who, "share-content", f"{sha256} {area}", now=now, area=content.area, subject=sha256
        )


def unshare(unit: Unit, sha256: str, area: str, *, who: Person | None, now: datetime) -> None:
    """Take a share back; what is planned there already stays planned. An unknown one is already back."""
    content, _ = rows_of(unit, sha256, who)
    if who is not None:
        who.require(Right.EDIT, content.area)
    row = unit.session.get(ShareRow, (sha256, area))
    if row is not None:
        unit.session.delete(row)
        unit.note(
            who, "unshare-content", f"{sha256} {area}", now=now, area=content.area, subject=sha256
        )


def add_share(unit: Unit, sha256: str, area: str, *, by: str, now: datetime) -> None:
    """Enter a share without asking for rights: for verbs that have."""
    unit.session.add(ShareRow(sha256=sha256, area=area, shared=now, shared_by=by))
    unit.session.flush()


def rows_of(unit: Unit, sha256: str, who: Person | None) -> tuple[ContentRow, SheetRow]:
    """Return content and sheet; raises `NotFound` for what is not here or not for `who` to see."""
    content = unit.session.scalar(
        select(ContentRow).where(ContentRow.sha256 == sha256, may_see(who))
    )
    if content is None:
        raise NotFound("Không có nội dung này trong kho.", "no-content")
    sheet = unit.session.get(SheetRow, sha256)
    if sheet is None:
        raise NotFound("Nội dung này chưa có phiếu.", "no-sheet")
    return content, sheet


def put_sheet(unit: Unit, content: ContentRow, sheet: SheetRow, said: Sheet) -> None:
    """Write what is said into the row, and the words by which it is found; `said` was checked."""
    for name in ("field", "author", "department", "source", "summary"):
        setattr(sheet, name, getattr(said, name))
    for name in ("produced", "valid_from", "valid_until"):
        setattr(sheet, name, getattr(said, name))
    sheet.priority = said.priority.value
    sheet.topics, sheet.tags = list(said.topics), list(said.tags)
    index_words(unit, content, sheet)


def _reaching(areas: Iterable[str], *, below: bool) -> ColumnElement[bool]:
    """Return the condition that content belongs or is shared to one of `areas`, above it, or (`below`) below it."""
    wanted = tuple(areas)
    above = sorted({path for area in wanted for path in lineage(area)})
    own: list[ColumnElement[bool]] = [ContentRow.area.in_(above)]
    shared: list[ColumnElement[bool]] = [ShareRow.area.in_(above)]
    if below:
        own += [at_or_below(ContentRow.area, area) for area in wanted]
        shared += [at_or_below(ShareRow.area, area) for area in wanted]
    to_us = select(ShareRow.sha256).where(or_(*shared))
    return or_(*own, ContentRow.sha256.in_(to_us))


def _may_edit(unit: Unit, content: ContentRow, who: Person | None, now: datetime) -> bool:
    if who is None or who.may(Right.EDIT, content.area):
        return True
    if not who.may(Right.CONTRIBUTE, content.area) or content.uploaded_by != who.name:
        return False
    notice = unit.session.get(NoticeRow, content.sha256)
    is_draft = notice is None or notice.state in _STILL_OWN
    return is_draft and not _approved(unit, content.sha256, now)


def _require_edit(unit: Unit, content: ContentRow, who: Person | None, now: datetime) -> None:
    if who is None or _may_edit(unit, content, who, now):
        return
    if who.may(Right.CONTRIBUTE, content.area):
        raise Forbidden(
            "Cộng tác viên chỉ sửa được bản nháp của chính mình, khi chưa gửi duyệt. "
            "Hãy nhờ biên tập viên của địa bàn.",
            "not-own-draft",
        )
    who.require(Right.EDIT, content.area)


def _approved(unit: Unit, sha256: str, now: datetime) -> bool:
    query = select(ApprovalRow.sha256).where(
        ApprovalRow.sha256 == sha256, ApprovalRow.not_after > now
    )
    return unit.session.scalar(query.limit(1)) is not None


def _name(who: Person | None) -> str:
    return who.name if who else SYSTEM
