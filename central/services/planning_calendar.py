"""Verbs of calendars: an area's plan as .ics, links that programs subscribe to, and .ics taken in after a dry run.

Law of the room: a link shows one area's plan and nothing else, and only a hash of its token is kept. What is taken in
becomes drafts, each event matched to a content by its title or given one by a person; nothing is guessed.
"""

import hashlib
import os
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import select

from central.db.broadcast import ContentRow
from central.db.planning import CalendarLinkRow
from central.domain.errors import NotFound, Unacceptable
from central.domain.people import Person, Right
from central.domain.planning import DEFAULT_ZONE, hours_of
from central.domain.planning_diff import SlotChange
from central.domain.planning_ical import Event, Unsayable, recurrence_of
from central.domain.states import State
from central.services import planning_ical
from central.services.areas import area_named, at_or_below, lineage_of
from central.services.planning_edits import apply_changes, own_slots
from central.services.slots import bodies_by_area, new_slot_id
from central.services.unit import SYSTEM, House, Unit
from contract.documents import Once, Sha256, Slot

MAX_LINKS = 20
MAX_CONTENTS = 20_000
_NOTED_EVERY_S = 60


class CalendarLink(State, frozen=True, kw_only=True):
    """A link that a calendar program subscribes to; `token` is shown once, when it is made."""

    id: int
    area: str
    name: str
    made: datetime
    made_by: str
    last_used: datetime | None
    token: str = ""


class TakenEvent(State, frozen=True, kw_only=True):
    """What becomes of one event: the change it makes, or why not. `lacks` where a person must choose its content."""

    number: int
    title: str
    change: SlotChange | None
    content: str
    why: str

    @property
    def lacks(self) -> bool:
        """Return whether only a content is missing."""
        return self.change is None and not self.why

    @property
    def word(self) -> str:
        """Return what becomes of it as people say it."""
        if self.change is not None:
            return "thêm" if self.change.before is None else "đổi"
        return "cần chọn nội dung" if self.lacks else "không nhập được"


def calendar_file(unit: Unit, area: str, *, who: Person | None, now: datetime) -> bytes:
    """Return the area's plan, with what it inherits, as an iCalendar file; drafts are not in it."""
    if who is not None:
        who.require(Right.VIEW, area)
    return _file(unit, area, now)


def make_link(
    unit: Unit, area: str, name: str, *, who: Person | None, now: datetime
) -> CalendarLink:
    """Make a link to the area's plan; its token is in the answer and nowhere else."""
    if who is not None:
        who.require(Right.EDIT, area)
    area_named(unit, area)
    name = name.strip() or "Lịch phát"
    held = unit.session.scalars(select(CalendarLinkRow).where(CalendarLinkRow.area == area)).all()
    if len(name) > 80 or len(held) >= MAX_LINKS:
        msg = f"Tên liên kết dài nhất 80 chữ, mỗi địa bàn nhiều nhất {MAX_LINKS} liên kết."
        raise Unacceptable(msg, "bad-link")
    token = os.urandom(24).hex()
    row = CalendarLinkRow(
        token_hash=_hash(token),
        area=area,
        name=name,
        made=now,
        made_by=who.name if who else SYSTEM,
        last_used=None,
    )
    unit.session.add(row)
    unit.session.flush()
    unit.note(who, "calendar-link", f"{area} {name}", now=now, area=area, subject=str(row.id))
    return _link(row, token)


def list_links(unit: Unit, area: str, *, who: Person | None) -> tuple[CalendarLink, ...]:
    """Return the area's links, newest first, without their tokens."""
    if who is not None:
        who.require(Right.EDIT, area)
    query = select(CalendarLinkRow).where(CalendarLinkRow.area == area)
    rows = unit.session.scalars(query.order_by(CalendarLinkRow.id.desc()))
    return tuple(_link(row) for row in rows)


def drop_link(unit: Unit, link: int, *, who: Person | None, now: datetime) -> None:
    """Make a link lead nowhere; raises `NotFound`."""
    row = unit.session.get(CalendarLinkRow, link)
    if row is None or (who is not None and not who.may(Right.VIEW, row.area)):
        raise NotFound("Không có liên kết này.", "no-link")
    if who is not None:
        who.require(Right.EDIT, row.area)
    unit.session.delete(row)
    unit.note(who, "drop-calendar-link", f"{row.area} {row.name}", now=now, area=row.area)


def linked_file(house: House, token: str, *, now: datetime) -> bytes:
    """Return the file behind a link's token; raises `NotFound` for one that leads nowhere."""
    with house.reading() as unit:
        row = unit.session.scalar(
            select(CalendarLinkRow).where(CalendarLinkRow.token_hash == _hash(token))
        )
        if row is None:
            raise NotFound("Liên kết lịch này không còn dùng được.", "no-link")
        data = _file(unit, row.area, now)
    if row.last_used is None or (now - row.last_used).total_seconds() > _NOTED_EVERY_S:
        with house.writing() as unit:
            held = unit.session.get(CalendarLinkRow, row.id)
            if held is not None:
                held.last_used = now
    return data


def read_calendar(
    unit: Unit,
    area: str,
    data: bytes,
    fills: Mapping[int, str],
    *,
    who: Person | None,
) -> tuple[TakenEvent, ...]:
    """Return what taking in a file would do, event by event; `fills` gives contents by the event's number from 0.

    Raises `TooLarge` and `Unacceptable` as reading does.
    """
    if who is not None:
        who.require(Right.EDIT, area)
    area_named(unit, area)
    events = planning_ical.read(data, DEFAULT_ZONE)
    own = own_slots(unit, area)
    by_title = _contents(unit, area)
    return tuple(
        _taken(number, event, area, own, by_title, fills.get(number, ""))
        for number, event in enumerate(events)
    )


def take_calendar(
    unit: Unit,
    area: str,
    data: bytes,
    fills: Mapping[int, str],
    *,
    seen: str | None = None,
    who: Person | None,
    now: datetime,
) -> int:
    """Take in every event that can be; return how many slots changed. Raises `Conflict` when `seen` is old."""
    found = read_calendar(unit, area, data, fills, who=who)
    changes = [event.change for event in found if event.change is not None]
    return apply_changes(unit, changes, what="import", who=who, now=now, seen=seen)


def _taken(
    number: int,
    event: Event,
    area: str,
    own: Sequence[Slot],
    by_title: Mapping[str, Sequence[str]],
    fill: str,
) -> TakenEvent:
    def answer(change: SlotChange | None, why: str = "", content: str = "") -> TakenEvent:
        return TakenEvent(number=number, title=event.title, change=change, content=content, why=why)

    if event.fault:
        return answer(None, f"Không nhập được: {event.fault}")
    if not event.title:
        return answer(None, "Không nhập được: sự kiện không có tên.")
    try:
        recurrence, first, last = recurrence_of(event)
    except Unsayable as fault:
        return answer(None, f"Không nhập được: {fault}")
    held = _held(event, own)
    content = fill or _only(by_title.get(_plain(event.title), ()))
    items = (Sha256(content),) if content else held.items if held is not None else ()
    live = held.live if held is not None and not fill else None
    if not items and live is None:
        return answer(None)
    once = isinstance(recurrence, Once)
    if held is not None and held.from_date is None and held.recurrence == recurrence:
        first = None  # our own file had to name some first day
    slot = Slot(
        id=held.id if held is not None else new_slot_id(),
        title=event.title,
        recurrence=recurrence,
        start=event.start,
        window_s=event.window_s,
        items=items,
        live=live,
        from_date=None if once else first,
        until_date=None if once else last,
        except_dates=frozenset() if once else event.except_dates,
        volume_pct=80 if held is None else held.volume_pct,
        loop=held.loop if held is not None else False,
    )
    if slot == held:
        return answer(None, "Đã có trong lịch, không đổi gì.", content)
    return answer(SlotChange(area=area, before=held, after=slot), content=content)


def _held(event: Event, own: Sequence[Slot]) -> Slot | None:
    """Return the slot that this event was made from, by the id that our own files carry."""
    name = event.uid.partition("@")[0]
    return next((slot for slot in own if event.uid and slot.id == name), None)


def _only(found: Sequence[str]) -> str:
    return found[0] if len(found) == 1 else ""


def _contents(unit: Unit, area: str) -> dict[str, list[str]]:
    """Return the contents of the area, those above and those below, by plain title."""
    root = area.partition("/")[0]
    query = select(ContentRow.title, ContentRow.sha256).where(at_or_below(ContentRow.area, root))
    found: dict[str, list[str]] = {}
    for title, sha256 in unit.session.execute(query.limit(MAX_CONTENTS)):
        found.setdefault(_plain(title), []).append(sha256)
    return found


def _plain(title: str) -> str:
    return " ".join(unicodedata.normalize("NFC", title).casefold().split())


def _file(unit: Unit, area: str, now: datetime) -> bytes:
    place = area_named(unit, area)
    published = bodies_by_area(unit, set(lineage_of(unit, area)))
    slots = [
        (f"{hours_of(slot)} · lịch của {owner}", slot)
        for owner, found in sorted(published.items())
        for slot in found
    ]
    return planning_ical.written(f"Lịch phát {place.name}", slots, DEFAULT_ZONE, now)


def _link(row: CalendarLinkRow, token: str = "") -> CalendarLink:
    return CalendarLink(
        id=row.id,
        area=row.area,
        name=row.name,
        made=row.made,
        made_by=row.made_by,
        last_used=row.last_used,
        token=token,
    )


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()
