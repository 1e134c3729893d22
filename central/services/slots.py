"""Verbs of slots: when and what, for an area and everything below it. Edits are drafts until published.

Law of the room: whoever says what they had seen (`seen`, by `central.domain.planning.seen_of`) never overwrites what
somebody else did since; every edit can be undone by who made it.
"""

import base64
import os
from collections.abc import Collection
from datetime import datetime

import msgspec
from sqlalchemy import select

from central.db.broadcast import ContentRow, SlotRow
from central.domain.errors import Conflict, NotFound, Unacceptable
from central.domain.people import Person, Right
from central.domain.planning import seen_of
from central.domain.states import SlotPhase, SlotState
from central.services.areas import area_named, lineage_of
from central.services.library import unusable
from central.services.lives import keep_live
from central.services.planning_history import remember
from central.services.unit import SYSTEM, Unit
from contract.documents import Slot

ASKED_AT_ONCE = 500  # areas in one question, well below any database's limit
_ENCODER = msgspec.json.Encoder(order="deterministic")
_DECODER = msgspec.json.Decoder(Slot)


class SlotConflict(Conflict):
    """Somebody changed the slot since it was seen; `held` is how it stands now, None when it is gone."""

    def __init__(self, why: str, held: SlotState | None) -> None:
        """Keep the sentence and what stands now."""
        super().__init__(why, "slot-changed")
        self.held = held


def new_slot_id() -> str:
    """Return a fresh slot id, a short slug."""
    return "s-" + base64.b32encode(os.urandom(5)).decode("ascii").lower()


def create_slot(
    unit: Unit,
    area: str,
    slot: Slot,
    *,
    who: Person | None,
    now: datetime,
    what: str = "create",
    batch: str | None = None,
    held: Collection[str] = (),
) -> SlotState:
    """Add a slot to an area as a draft; `held` is content that may stand in it though it could not be chosen anew.

    Raises `Conflict` when its id is taken, `Unacceptable` for content that cannot sound at this area.
    """
    _require(who, area)
    area_named(unit, area)
    if unit.session.get(SlotRow, slot.id) is not None:
        raise Conflict(f"Đã có khung giờ mang mã {slot.id}.", "slot-exists")
    draft = _encoded(unit, slot, area, held)
    if slot.live is not None:
        keep_live(unit, slot.live, by=_name(who), now=now)
    row = SlotRow(id=slot.id, area=area, draft=draft, changed=now, changed_by=_name(who))
    row.published = None
    unit.session.add(row)
    unit.session.flush()
    _remember(unit, row, what, None, who, now, batch)
    unit.note(
        who,
        "create-slot",
        f"{area} {slot.id} {slot.title}",
        now=now,
        area=area,
        subject=slot.id,
        after=slot,
    )
    return slot_state(row)


def change_slot(
    unit: Unit,
    slot: Slot,
    *,
    who: Person | None,
    now: datetime,
    seen: str | None = None,
    what: str = "change",
    batch: str | None = None,
) -> SlotState:
    """Replace a slot by one of the same id, as a draft; raises `NotFound`, or `SlotConflict` when `seen` is old."""
    row = _row(unit, slot.id, seen)
    _require(who, row.area)
    before = row.draft
    held = slot_state(row)
    _check_seen(held, seen)
    row.draft = _encoded(unit, slot, row.area, held.slot.items)
    if slot.live is not None:
        keep_live(unit, slot.live, by=_name(who), now=now)
    row.changed, row.changed_by = now, _name(who)
    unit.session.flush()
    _remember(unit, row, what, before, who, now, batch)
    unit.note(
        who,
        "change-slot",
        f"{row.area} {slot.id} {slot.title}",
        now=now,
        area=row.area,
        subject=slot.id,
        before=held.slot,
        after=slot,
    )
    return slot_state(row)


def delete_slot(
    unit: Unit,
    slot_id: str,
    *,
    who: Person | None,
    now: datetime,
    seen: str | None = None,
    what: str = "delete",
    batch: str | None = None,
) -> None:
    """Take a slot away; one that appliances already have goes at the next `publish`."""
    row = _row(unit, slot_id, seen)
    _require(who, row.area)
    held = slot_state(row)
    _check_seen(held, seen)
    unit.note(
        who,
        "delete-slot",
        f"{row.area} {slot_id} {held.slot.title}",
        now=now,
        area=row.area,
        subject=slot_id,
        before=held.slot,
    )
    before = row.draft
    if row.published is None:
        unit.session.delete(row)
    else:
        row.draft = None
        row.changed, row.changed_by = now, _name(who)
    remember(
        unit,
        area=row.area,
        slot=slot_id,
        title=held.slot.title,
        what=what,
        before=before,
        after=None,
        who=who,
        now=now,
        batch=batch,
    )


def slot_named(unit: Unit, slot_id: str) -> SlotState:
    """Return one slot; raises `NotFound`."""
    row = unit.session.get(SlotRow, slot_id)
    if row is None:
        raise NotFound(f"Không có khung giờ {slot_id[:40]}.", "no-slot")
    return slot_state(row)


def list_slots(unit: Unit, area: str, *, inherited: bool = True) -> tuple[SlotState, ...]:
    """Return the slots of an area, with those of the areas above it unless `inherited` is False, by start time."""
    areas = lineage_of(unit, area) if inherited else (area,)
    rows = unit.session.scalars(select(SlotRow).where(SlotRow.area.in_(areas)))
    return tuple(sorted(map(slot_state, rows), key=lambda s: (s.slot.start, s.slot.id)))


def bodies_by_area(
    unit: Unit, areas: set[str], *, drafts_at: set[str] | None = None
) -> dict[str, tuple[Slot, ...]]:
    """Return the slots of each area as last published; for areas in `drafts_at`, as drafted."""
    chosen = drafts_at or set()
    found: dict[str, list[Slot]] = {area: [] for area in areas}
    query = select(SlotRow.area, SlotRow.draft, SlotRow.published).order_by(SlotRow.id)
    if len(areas) <= ASKED_AT_ONCE:
        query = query.where(SlotRow.area.in_(areas))
    for area, draft, published in unit.session.execute(query):
        body = draft if area in chosen else published
        if area in found and body is not None:
            found[area].append(_DECODER.decode(body))
    return {area: tuple(slots) for area, slots in found.items()}


def slot_state(row: SlotRow) -> SlotState:
    """Return the row as a value."""
    if row.draft is None:
        phase = SlotPhase.DELETED
    elif row.published is None:
        phase = SlotPhase.DRAFT
    else:
        phase = SlotPhase.PUBLISHED if row.draft == row.published else SlotPhase.CHANGED
    body = row.draft if row.draft is not None else row.published
    if body is None:
        raise NotFound("Khung giờ này đã bị xóa.", "no-slot")
    return SlotState(
        slot=_DECODER.decode(body),
        area=row.area,
        phase=phase,
        changed=row.changed,
        changed_by=row.changed_by,
    )


def _check_seen(held: SlotState, seen: str | None) -> None:
    if seen and seen != seen_of(held):
        what = "xóa" if held.phase is SlotPhase.DELETED else "sửa"
        why = (
            f"{held.changed_by} đã {what} “{held.slot.title}” sau khi bạn mở khung giờ này. "
            "Chưa có gì bị ghi đè: hãy xem cả hai bản rồi chọn."
        )
        raise SlotConflict(why, held)


def _remember(
    unit: Unit,
    row: SlotRow,
    what: str,
    before: bytes | None,
    who: Person | None,
    now: datetime,
    batch: str | None,
) -> None:
    remember(
        unit,
        area=row.area,
        slot=row.id,
        title=slot_state(row).slot.title,
        what=what,
        before=before,
        after=row.draft,
        who=who,
        now=now,
        batch=batch,
    )


def _encoded(unit: Unit, slot: Slot, area: str, held: Collection[str]) -> bytes:
    """Return the slot's bytes after checking its bounds, and that what it is to play anew can sound at this area."""
    wanted = set(slot.items) - set(held)
    known = select(ContentRow.sha256, ContentRow.mime).where(ContentRow.sha256.in_(wanted))
    mimes = dict(unit.session.execute(known).all())
    which = f"Khung giờ “{slot.title}” dùng nội dung"
    if missing := wanted - set(mimes):
        raise Unacceptable(f"{which} chưa có trong kho ({min(missing)[:12]}…).", "no-content")
    if mute := [sha256 for sha256, mime in mimes.items() if not mime.startswith("audio/")]:
        msg = f"{which} không phải âm thanh ({min(mute)[:12]}…): loa không phát được."
        raise Unacceptable(msg, "no-sound")
    if barred := unusable(unit, wanted, area):
        msg = f"{which} không dùng được ở địa bàn này, hoặc đã lưu trữ ({barred[0][:12]}…)."
        raise Unacceptable(f"{msg} Hãy chọn nội dung khác.", "no-content-here")
    data = _ENCODER.encode(slot)
    try:
        _DECODER.decode(data)
    except msgspec.ValidationError as fault:
        raise Unacceptable(f"Khung giờ “{slot.title}” không đúng: {fault}", "bad-slot") from fault
    return data


def _row(unit: Unit, slot_id: str, seen: str | None) -> SlotRow:
    """Return the row, held against other writers; raises `NotFound`, or `SlotConflict` for one that was seen."""
    held = (
        unit.session.get_bind().dialect.name == "postgresql"
    )  # SQLite's writers take turns anyway
    row = unit.session.get(SlotRow, slot_id, with_for_update=held or None)
    if row is None and seen:
        msg = "Khung giờ này đã bị xóa sau khi bạn mở nó. Bản của bạn còn ở trang này."
        raise SlotConflict(msg, None)
    if row is None:
        raise NotFound(f"Không có khung giờ {slot_id[:40]}.", "no-slot")
    return row


def _require(who: Person | None, area: str) -> None:
    if who is not None:
        who.require(Right.EDIT, area)


def _name(who: Person | None) -> str:
    return who.name if who else SYSTEM
