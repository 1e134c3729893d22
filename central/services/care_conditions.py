"""The kinds of trouble as questions to the database: one condition each, over an appliance and its health.

Law of the room: what "offline" or "hot" means is said here once, for list, map, counts, ranking and alerts alike.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import msgspec
from sqlalchemy import and_, exists, false, or_, select
from sqlalchemy.sql.elements import ColumnElement

from central.db.broadcast import AnnouncementRow, SlotRow
from central.db.care import DeviceHealthRow
from central.db.fleet import DeviceRow, ReceiptRow
from central.domain.care import OFFLINE_AFTER, REMEMBERED, RULES, Link, Rule, Trouble
from central.domain.fleet import LOST_AFTER
from central.domain.states import AnnouncementPhase
from central.services.areas import at_or_below
from central.services.unit import Unit
from contract.calendar import instant_of, slot_occurs_on
from contract.documents import Kind, MessageType, Slot, Status

Condition = ColumnElement[bool]
_SLOTS: Final = msgspec.json.Decoder(Slot)
_ZONE: Final = ZoneInfo("Asia/Ho_Chi_Minh")
JOIN: Final = DeviceHealthRow.device == DeviceRow.id


class Now(msgspec.Struct, frozen=True):
    """What is to sound now: areas with an open window, and announcements that must have arrived."""

    at: datetime
    areas: tuple[str, ...]
    emergencies: tuple[tuple[str, tuple[str, ...]], ...]


def look_now(
    unit: Unit, now: datetime, *, told_after_min: float = RULES[Trouble.EMERGENCY].threshold
) -> Now:
    """Return which areas have something to play at this instant, and which emergencies should have been received."""
    rows = unit.session.execute(
        select(SlotRow.area, SlotRow.published).where(SlotRow.published.is_not(None))
    )
    areas = {
        area for area, published in rows if published and _is_open(_SLOTS.decode(published), now)
    }
    long_ago = now - timedelta(minutes=told_after_min)
    query = select(AnnouncementRow.id, AnnouncementRow.areas).where(
        AnnouncementRow.state == AnnouncementPhase.ACTIVE.value,
        AnnouncementRow.expires > now,
        AnnouncementRow.taken <= long_ago,
        AnnouncementRow.message != MessageType.CANCEL.value,
        AnnouncementRow.status == Status.ACTUAL.value,
    )
    emergencies = tuple((name, tuple(where)) for name, where in unit.session.execute(query))
    return Now(now, tuple(sorted(areas)), emergencies)


def linked(link: Link, now: datetime) -> Condition:
    """Return the condition that an appliance is connected so."""
    seen = DeviceRow.last_seen
    match link:
        case Link.ONLINE:
            return seen >= now - LOST_AFTER
        case Link.LATE:
            return and_(seen < now - LOST_AFTER, seen >= now - OFFLINE_AFTER)
        case Link.OFFLINE:
            return seen < now - OFFLINE_AFTER
        case Link.NEVER:
            return seen.is_(None)


def troubled(rule: Rule, look: Now) -> Condition:  # noqa: C901  one case a kind
    """Return the condition that this rule speaks of an appliance; what a silent one last told of itself is old news."""
    health, now = DeviceHealthRow, look.at
    here = DeviceRow.last_seen >= now - LOST_AFTER
    said: Condition
    match rule.kind:
        case Trouble.SILENT:
            away = and_(DeviceRow.last_seen < now - LOST_AFTER, _within(look.areas))
            return or_(health.silent_at > now - REMEMBERED, away)
        case Trouble.EMERGENCY:
            return or_(false(), *(_not_received(name, areas) for name, areas in look.emergencies))
        case Trouble.OFFLINE:
            return DeviceRow.last_seen < now - timedelta(minutes=rule.threshold)
        case Trouble.NO_SOUND:
            said = health.sound_path_ok.is_(False)
        case Trouble.NOT_READY:
            said = and_(health.ready.is_(False), health.ready_for > now)
        case Trouble.MAINS:
            said = health.mains.is_(False)
        case Trouble.HOT:
            said = health.temperature_c >= rule.threshold
        case Trouble.CLOCK:
            said = health.clock.in_(("floor-only", "unknown"))
        case Trouble.COMPLAINT:
            said = health.complaints > 0
        case Trouble.VOLTAGE:
            said = health.under_voltage.is_(True)
        case Trouble.CONTENTS:
            said = health.contents_missing > 0
        case Trouble.STORAGE:
            said = health.storage_free_bytes < rule.threshold * 1_000_000
        case Trouble.CARD:
            said = health.card_worn_pct >= rule.threshold
        case Trouble.REFUSED:
            return health.refused_at > now - timedelta(hours=rule.threshold)
    return and_(here, said)


def all_conditions(look: Now, rules: Mapping[Trouble, Rule] = RULES) -> dict[Trouble, Condition]:
    """Return one condition for each kind of trouble."""
    return {kind: troubled(rules[kind], look) for kind in Trouble}


def any_of(areas: Iterable[str]) -> Condition:
    """Return the condition that an appliance stands at or below one of these areas."""
    return or_(false(), *(at_or_below(DeviceRow.area, area) for area in areas))


def _within(areas: Sequence[str]) -> Condition:
    return any_of(areas) if areas else false()


def _not_received(announcement: str, areas: Sequence[str]) -> Condition:
    told = exists().where(
        ReceiptRow.kind == Kind.ANNOUNCEMENT.value,
        ReceiptRow.document == announcement,
        ReceiptRow.device == DeviceRow.id,
    )
    return and_(_within(areas), DeviceRow.last_seen.is_not(None), ~told)


def _is_open(slot: Slot, now: datetime) -> bool:
    """Return whether a window of this slot is open at `now` on the province's clock."""
    today = now.astimezone(_ZONE).date()
    for day in (today, today - timedelta(days=1)):
        if slot_occurs_on(slot, day):
            opens = instant_of(day, slot.start, _ZONE)
            if opens + LOST_AFTER <= now < opens + timedelta(seconds=slot.window_s):
                return True
    return False
