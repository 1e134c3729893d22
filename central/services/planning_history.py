"""What edits leave behind, so that the last one can be undone: each slot before and after.

Law of the room: written in the same transaction as the edit; rows older than the time they are kept for are swept.
"""

import os
from datetime import datetime, timedelta

from sqlalchemy import delete, select

from central.db.planning import SlotEditRow
from central.domain.people import Person
from central.domain.states import State
from central.services.unit import SYSTEM, House, Unit

KEPT = timedelta(days=90)
UNDOABLE = timedelta(hours=24)


class Edit(State, frozen=True, kw_only=True):
    """Edits that belong together: who did what to which slots."""

    batch: str
    area: str
    at: datetime
    by: str
    what: str
    titles: tuple[str, ...]

    @property
    def word(self) -> str:
        """Return what was done as people say it."""
        return EDIT_WORDS.get(self.what, self.what)


EDIT_WORDS = {
    "create": "thêm khung giờ",
    "change": "sửa khung giờ",
    "delete": "xóa khung giờ",
    "move": "dời khung giờ",
    "skip": "bỏ qua một ngày",
    "restore": "phát lại ngày đã bỏ qua",
    "copy-week": "chép tuần",
    "template": "áp dụng mẫu",
    "import": "nhập lịch",
}


def new_batch() -> str:
    """Return a name for edits that belong together."""
    return os.urandom(12).hex()


def remember(  # noqa: PLR0913  the columns of one row
    unit: Unit,
    *,
    area: str,
    slot: str,
    title: str,
    what: str,
    before: bytes | None,
    after: bytes | None,
    who: Person | None,
    now: datetime,
    batch: str | None = None,
) -> None:
    """Write down one edit, in this transaction."""
    unit.session.add(
        SlotEditRow(
            batch=batch or new_batch(),
            area=area,
            slot=slot,
            at=now,
            by=who.name if who else SYSTEM,
            what=what,
            title=title[:200],
            before=before,
            after=after,
            undone=False,
        )
    )
    unit.session.flush()


def last_edit(unit: Unit, area: str, *, who: Person | None, now: datetime) -> Edit | None:
    """Return what `undo_last` would undo: this person's last edit of the area's slots, if it is fresh."""
    newest = (
        select(SlotEditRow)
        .where(
            SlotEditRow.area == area,
            SlotEditRow.by == (who.name if who else SYSTEM),
            SlotEditRow.undone.is_(False),
        )
        .order_by(SlotEditRow.id.desc())
        .limit(1)
    )
    row = unit.session.scalar(newest)
    if row is None or row.at < now - UNDOABLE:
        return None
    rows = rows_of(unit, row.batch)
    return Edit(
        batch=row.batch,
        area=area,
        at=row.at,
        by=row.by,
        what=row.what,
        titles=tuple(dict.fromkeys(found.title for found in rows)),
    )


def rows_of(unit: Unit, batch: str) -> tuple[SlotEditRow, ...]:
    """Return the edits of a batch in the order in which they were made."""
    query = select(SlotEditRow).where(SlotEditRow.batch == batch).order_by(SlotEditRow.id)
    return tuple(unit.session.scalars(query))


def sweep_edits(house: House, *, now: datetime) -> int:
    """Forget edits that are older than they are kept; return how many rows went."""
    with house.writing() as unit:
        old = delete(SlotEditRow).where(SlotEditRow.at < now - KEPT)
        return unit.session.connection().execute(old).rowcount
