"""Verbs of finding content: by words without diacritics, by filters, in pages.

Law of the room: each term is the beginning of a folded word and all must be there; a page is read by index from
where the last one ended, newest first, and shows only what the asker may see.
"""

from datetime import date, datetime

import msgspec
from sqlalchemy import Select, Text, and_, cast, func, or_, select

from central.db.broadcast import ApprovalRow, ContentRow
from central.db.library import SheetRow, WordRow
from central.domain.errors import Unacceptable
from central.domain.library import ContentKind, Made, Priority
from central.domain.library_checks import Finding
from central.domain.library_states import LibraryItem, LibraryPage
from central.domain.library_text import terms_of
from central.domain.people import Person
from central.services.areas import at_or_below
from central.services.library import may_see, usable_at
from central.services.unit import Unit

MOST_ITEMS = 200
_AFTER_ALL = "{"  # stands behind every letter and digit that a folded word is made of
_FINDINGS = msgspec.json.Decoder(tuple[Finding, ...])
_TOLD = frozenset({"trimmed", "shrunk"})


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody looks for: words, filters, and where the last page ended.

    `state` is approved, waiting or empty; `usable_at` an area that must be able to use it, `area` one that it must
    belong to (at or below); `valid_on` a day on which it must be in force.
    """

    words: str = ""
    kinds: tuple[ContentKind, ...] = ()
    field: int | None = None
    topic: str = ""
    priority: Priority | None = None
    state: str = ""
    area: str = ""
    usable_at: str = ""
    valid_on: date | None = None
    archived: bool = False
    mine: bool = False
    after: str = ""
    limit: int = 50


def search(unit: Unit, wanted: Wanted, *, who: Person | None, now: datetime) -> LibraryPage:
    """Return a page of what `who` may see and looks for; raises `Unacceptable` for a cursor that is none."""
    if not 1 <= wanted.limit <= MOST_ITEMS:
        raise Unacceptable(f"Mỗi trang từ 1 đến {MOST_ITEMS} mục.", "bad-limit")
    query = select(ContentRow, SheetRow).join(SheetRow, SheetRow.sha256 == ContentRow.sha256)
    query = _filtered(query, wanted, who, now).where(may_see(who))
    if wanted.after:
        at, sha256 = _read_cursor(wanted.after)
        query = query.where(
            or_(
                ContentRow.uploaded < at,
                and_(ContentRow.uploaded == at, ContentRow.sha256 > sha256),
            )
        )
    query = query.order_by(ContentRow.uploaded.desc(), ContentRow.sha256).limit(wanted.limit + 1)
    rows = unit.session.execute(query).all()
    shown = rows[: wanted.limit]
    approved = approved_until(unit, [content.sha256 for content, _ in shown], now=now)
    items = tuple(_item(content, sheet, approved.get(content.sha256)) for content, sheet in shown)
    more = len(rows) > wanted.limit and items
    return LibraryPage(items=items, next=_cursor(items[-1]) if more else None)


def approved_until(unit: Unit, sha256s: list[str], *, now: datetime) -> dict[str, datetime]:
    """Return until when the longest approval of each content holds; what has none is left out."""
    query = (
        select(ApprovalRow.sha256, func.max(ApprovalRow.not_after))
        .where(ApprovalRow.sha256.in_(sha256s), ApprovalRow.not_after > now)
        .group_by(ApprovalRow.sha256)
    )
    return dict(unit.session.execute(query).all())


def _filtered(
    query: Select[ContentRow, SheetRow], wanted: Wanted, who: Person | None, now: datetime
) -> Select[ContentRow, SheetRow]:
    for term in terms_of(wanted.words):
        having = select(WordRow.sha256).where(
            WordRow.word >= term, WordRow.word < term + _AFTER_ALL
        )
        query = query.where(ContentRow.sha256.in_(having))
    if wanted.words.strip() and not terms_of(wanted.words):
        query = query.where(ContentRow.sha256 == "")
    if wanted.kinds:
        query = query.where(SheetRow.kind.in_([kind.value for kind in wanted.kinds]))
    if wanted.field is not None:
        query = query.where(SheetRow.field == wanted.field)
    if wanted.topic:
        query = query.where(
            cast(SheetRow.topics, Text).contains(f'"{wanted.topic}"', autoescape=True)
        )
    if wanted.priority is not None:
        query = query.where(SheetRow.priority == wanted.priority.value)
    if wanted.area:
        query = query.where(at_or_below(ContentRow.area, wanted.area))
    if wanted.usable_at:
        query = query.where(usable_at(wanted.usable_at))
    if wanted.mine and who is not None:
        query = query.where(ContentRow.uploaded_by == who.name)
    if wanted.valid_on is not None:
        day = wanted.valid_on
        query = query.where(
            or_(SheetRow.valid_from.is_(None), SheetRow.valid_from <= day),
            or_(SheetRow.valid_until.is_(None), SheetRow.valid_until >= day),
        )
    archived = SheetRow.archived
    query = query.where(archived.is_not(None) if wanted.archived else archived.is_(None))
    return _in_state(query, wanted.state, now)


def _in_state(
    query: Select[ContentRow, SheetRow], state: str, now: datetime
) -> Select[ContentRow, SheetRow]:
    holds = (
        select(ApprovalRow.sha256)
        .where(ApprovalRow.sha256 == ContentRow.sha256, ApprovalRow.not_after > now)
        .exists()
    )
    match state:
        case "approved":
            return query.where(holds)
        case "waiting":
            return query.where(~holds)
        case "":
            return query
        case _:
            raise Unacceptable("Trạng thái là approved hoặc waiting.", "bad-state")


def _item(content: ContentRow, sheet: SheetRow, approved: datetime | None) -> LibraryItem:
    checks = _FINDINGS.decode(sheet.checks)
    return LibraryItem(
        sha256=content.sha256,
        title=content.title,
        kind=ContentKind(sheet.kind),
        made=Made(sheet.made),
        area=content.area,
        field=sheet.field,
        priority=Priority(sheet.priority),
        author=sheet.author,
        size_bytes=content.size_bytes,
        duration_ms=content.duration_ms,
        mime=content.mime,
        loudness_lufs=content.loudness_lufs,
        uploaded=content.uploaded,
        uploaded_by=content.uploaded_by,
        valid_from=sheet.valid_from,
        valid_until=sheet.valid_until,
        archived=sheet.archived is not None,
        approved_until=approved,
        warnings=sum(found.code not in _TOLD for found in checks),
        tags=tuple(sheet.tags),
    )


def _cursor(item: LibraryItem) -> str:
    return f"{item.uploaded.isoformat()}~{item.sha256}"


def _read_cursor(text: str) -> tuple[datetime, str]:
    at, _, sha256 = text.partition("~")
    try:
        found = datetime.fromisoformat(at)
    except ValueError:
        found = None
    if found is None or found.tzinfo is None or len(sha256) != 64:
        raise Unacceptable("Dấu trang không đúng: hãy tìm lại từ đầu.", "bad-cursor")
    return found, sha256
