"""Verbs of the grid: move, skip, copy a week, apply changes that somebody looked at, undo.

Law of the room: everything here is a draft, written with what it was before; a change that was previewed is applied as
it was seen or not at all.
"""

import hashlib
from collections.abc import Sequence
from datetime import date, datetime

import msgspec

from central.db.broadcast import SlotRow
from central.domain.errors import Conflict, NotFound
from central.domain.people import Person, Right
from central.domain.planning_copy import week_copied
from central.domain.planning_diff import SlotChange
from central.domain.planning_moves import (
    Where,
    date_moved,
    date_restored,
    date_skipped,
    series_moved,
)
from central.domain.states import SlotPhase, SlotState
from central.services.areas import area_named
from central.services.planning_history import Edit, last_edit, new_batch, rows_of
from central.services.slots import (
    change_slot,
    create_slot,
    delete_slot,
    list_slots,
    new_slot_id,
    slot_named,
)
from central.services.unit import SYSTEM, Unit
from contract.documents import Slot

_ENCODER = msgspec.json.Encoder(order="deterministic")


def move_slot(
    unit: Unit,
    slot_id: str,
    day: date,
    to: Where,
    *,
    only_this_date: bool,
    who: Person | None,
    now: datetime,
    seen: str | None = None,
) -> tuple[SlotState, ...]:
    """Move or resize the occurrence of `day`, or the whole series with it; return the slots that changed.

    Raises `Unacceptable` where the series cannot move so, `SlotConflict` when `seen` is old.
    """
    held = _held(unit, slot_id, who)
    batch = new_batch()
    if not only_this_date:
        moved = series_moved(held, day, to)
        return (change_slot(unit, moved, who=who, now=now, seen=seen, what="move", batch=batch),)
    left, single = date_moved(held, day, to, new_slot_id(), now.date())
    if left is None:
        return (change_slot(unit, single, who=who, now=now, seen=seen, what="move", batch=batch),)
    series = change_slot(unit, left, who=who, now=now, seen=seen, what="move", batch=batch)
    added = create_slot(
        unit,
        series.area,
        single,
        who=who,
        now=now,
        what="move",
        batch=batch,
        held=series.slot.items,
    )
    return series, added


def skip_date(
    unit: Unit,
    slot_id: str,
    day: date,
    *,
    who: Person | None,
    now: datetime,
    seen: str | None = None,
) -> SlotState | None:
    """Leave one date out; return the slot, None when it had no other date and is deleted."""
    left = date_skipped(_held(unit, slot_id, who), day, now.date())
    if left is None:
        delete_slot(unit, slot_id, who=who, now=now, seen=seen, what="skip")
        return None
    return change_slot(unit, left, who=who, now=now, seen=seen, what="skip")


def restore_date(
    unit: Unit,
    slot_id: str,
    day: date,
    *,
    who: Person | None,
    now: datetime,
    seen: str | None = None,
) -> SlotState:
    """Have a date that was left out sound again."""
    back = date_restored(_held(unit, slot_id, who), day)
    return change_slot(unit, back, who=who, now=now, seen=seen, what="restore")


def own_slots(unit: Unit, area: str) -> tuple[Slot, ...]:
    """Return the area's own slots as drafted, without those that are deleted."""
    states = list_slots(unit, area, inherited=False)
    return tuple(state.slot for state in states if state.phase is not SlotPhase.DELETED)


def week_copy(
    unit: Unit, area: str, source: date, target: date, *, who: Person | None, now: datetime
) -> tuple[SlotChange, ...]:
    """Return what copying the week of `source` to that of `target` would change."""
    _require(who, Right.EDIT, area)
    area_named(unit, area)
    slots = own_slots(unit, area)
    return week_copied(area, slots, source, target, new_slot_id, today=now.date())


def fingerprint(changes: Sequence[SlotChange]) -> str:
    """Return what names these changes, whatever ids their new slots will get."""
    told = [
        (
            change.area,
            change.before,
            _nameless(change.after) if change.before is None else change.after,
        )
        for change in changes
    ]
    return hashlib.sha256(_ENCODER.encode(told)).hexdigest()[:16]


def apply_changes(
    unit: Unit,
    changes: Sequence[SlotChange],
    *,
    what: str,
    who: Person | None,
    now: datetime,
    seen: str | None = None,
) -> int:
    """Make changes that were looked at, all or none, as one step that can be undone; return how many.

    Raises `Conflict` when `seen` is not their fingerprint: something changed in between.
    """
    if seen is not None and seen != fingerprint(changes):
        why = "Lịch đã thay đổi sau khi bạn xem trước. Hãy xem lại rồi áp dụng; chưa có gì bị đổi."
        raise Conflict(why, "preview-changed")
    batch = new_batch()
    for change in changes:
        if change.after is None and change.before is not None:
            delete_slot(unit, change.before.id, who=who, now=now, what=what, batch=batch)
        elif change.after is not None and change.before is not None:
            change_slot(unit, change.after, who=who, now=now, what=what, batch=batch)
        elif change.after is not None:
            create_slot(unit, change.area, change.after, who=who, now=now, what=what, batch=batch)
    return len(changes)


def undo_last(
    unit: Unit, area: str, *, who: Person | None, now: datetime, batch: str | None = None
) -> Edit:
    """Put this person's last edit of the area back as it was; with `batch` only if that is the last.

    Raises `NotFound` when there is none, `Conflict` when somebody changed one of its slots since: then nothing is
    undone.
    """
    _require(who, Right.EDIT, area)
    edit = last_edit(unit, area, who=who, now=now)
    if edit is None:
        raise NotFound("Không có thay đổi nào của bạn để hoàn tác trong 24 giờ qua.", "no-edit")
    if batch is not None and batch != edit.batch:
        raise Conflict("Thay đổi này không còn là thay đổi cuối cùng của bạn.", "not-the-last")
    for row in reversed(rows_of(unit, edit.batch)):
        _put_back(unit, row.slot, row.area, row.before, row.after, who, now)
        row.undone = True
    unit.note(who, "undo", f"{area} {edit.what} {', '.join(edit.titles)}", now=now, area=area)
    return edit


def _put_back(
    unit: Unit,
    slot_id: str,
    area: str,
    before: bytes | None,
    after: bytes | None,
    who: Person | None,
    now: datetime,
) -> None:
    row = unit.session.get(SlotRow, slot_id)
    stands = row.draft if row is not None else None
    if stands != after:
        name = row.changed_by if row is not None else "Có người"
        why = f"{name} đã sửa tiếp sau thay đổi này nên không hoàn tác được. Chưa có gì bị đổi."
        raise Conflict(why, "changed-since")
    by = who.name if who else SYSTEM
    if row is None:
        if before is not None:
            row = SlotRow(id=slot_id, area=area, draft=before, changed=now, changed_by=by)
            row.published = None
            unit.session.add(row)
    elif before is None and row.published is None:
        unit.session.delete(row)
    else:
        row.draft, row.changed, row.changed_by = before, now, by
    unit.session.flush()


def _held(unit: Unit, slot_id: str, who: Person | None) -> Slot:
    """Return the slot, to nobody who may not edit it."""
    state = slot_named(unit, slot_id)
    _require(who, Right.EDIT, state.area)
    return state.slot


def _nameless(slot: Slot | None) -> Slot | None:
    return None if slot is None else msgspec.structs.replace(slot, id="new")


def _require(who: Person | None, right: Right, area: str) -> None:
    if who is not None:
        who.require(right, area)
