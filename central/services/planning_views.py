"""What the planner shows: a week with its warnings, and one day at a place with its reasons.

Law of the room: reads only; what is judged is judged by `central.domain` and `contract`.
"""

from datetime import date, datetime, timedelta

import msgspec
from sqlalchemy import func, or_, select

from central.db.broadcast import ProgrammeContentRow, ProgrammeRow, SlotRow
from central.db.fleet import DeviceRow
from central.domain.compiling import Place, Stock
from central.domain.errors import Unacceptable
from central.domain.people import Person, Right
from central.domain.planning import DEFAULT_ZONE, monday_of, week_of
from central.domain.planning_story import DayStory, story_of
from central.domain.planning_warnings import Delivery, Finding, Outlook, outlook
from central.domain.states import SlotPhase, SlotState, State
from central.services.areas import area_named, at_or_below, with_predecessors
from central.services.console_views.week import WeekView
from central.services.devices import assignment_of, device_row
from central.services.slots import list_slots
from central.services.stock import lineage_here, stock_of, with_slots
from central.services.unit import Unit
from contract import codec, seal
from contract.documents import Kind, Policy, Programme, Slot

LOST_AFTER = timedelta(minutes=10)


class PlannedWeek(State, frozen=True, kw_only=True):
    """A week as it will sound, its slots with whose they are, and what to be told about it."""

    view: WeekView
    slots: tuple[SlotState, ...]
    findings: tuple[Finding, ...]


class Setting(msgspec.Struct, frozen=True):
    """Whose rules count: a place, its policy, and the appliance where one was chosen."""

    place: Place
    policy: Policy
    device: str | None = None


def planned_week(
    unit: Unit,
    area: str,
    first: date,
    *,
    device: str | None = None,
    trial: Slot | None = None,
    who: Person | None,
    now: datetime,
) -> PlannedWeek:
    """Return the week of `first` as it would sound if the drafts, and `trial` at `area`, were published now.

    For a `device` its own policy and zones count, else the default policy. Raises `NotFound`, `Forbidden`.
    """
    if who is not None:
        who.require(Right.VIEW, area)
    area_named(unit, area)
    setting = setting_of(unit, area, device)
    areas = {*lineage_here(unit, setting.place.area), area}
    stock = stock_of(unit, now=now, areas=areas, drafts_at=areas)
    if trial is not None:
        others = tuple(s for s in stock.slots.get(area, ()) if s.id != trial.id)
        stock = with_slots(unit, {**stock.slots, area: (*others, trial)}, now=now)
    if device is None:
        zones = {z for found in stock.slots.values() for s in found for z in s.zones}
        place = msgspec.structs.replace(setting.place, zones=tuple(sorted(zones)))
        setting = Setting(place, setting.policy)
    states = list_slots(unit, setting.place.area)
    delivery = delivery_of(unit, area, states, trial, now)
    days = week_of(monday_of(first))
    seen = outlook(stock, setting.place, setting.policy, days, delivery, now)
    return PlannedWeek(
        view=WeekView(
            first=days[0],
            time_zone=setting.place.time_zone,
            policy=setting.policy,
            days=seen.planned,
            warnings=said(seen),
        ),
        slots=states,
        findings=seen.findings,
    )


def said(seen: Outlook) -> tuple[str, ...]:
    """Return what there is to be told as sentences."""
    return tuple(dict.fromkeys(finding.why for finding in seen.findings))


def day_story(
    unit: Unit,
    day: date,
    *,
    area: str | None = None,
    device: str | None = None,
    sent: bool = False,
    who: Person | None,
    now: datetime,
) -> DayStory:
    """Return what plays on `day` at an area or appliance and why, with drafts as if published.

    With `sent`, only what an appliance has been told: its programme as it lies there. Raises `NotFound`, `Forbidden`,
    `Unacceptable` when neither or both places are named, or when the appliance has no programme yet.
    """
    if (area is None) == (device is None):
        raise Unacceptable("Hãy chọn một địa bàn hoặc một cụm loa.", "bad-request")
    where = area if area is not None else device_row(unit, device or "").area
    if who is not None:
        who.require(Right.VIEW, where)
    area_named(unit, where)
    setting = setting_of(unit, where, device)
    areas = set(lineage_here(unit, where))
    stock = stock_of(unit, now=now, areas=areas, drafts_at=set() if sent else areas)
    if device is None:
        setting = Setting(_with_all_zones(setting.place, stock), setting.policy)
    told = programme_of(unit, device) if sent and device is not None else None
    return story_of(stock, setting.place, setting.policy, day, told=told)


def programme_of(unit: Unit, device: str) -> Programme:
    """Return what the appliance was told last; raises `Unacceptable` when it has not been told anything."""
    row = unit.session.get(ProgrammeRow, device)
    if row is None:
        raise Unacceptable("Cụm loa này chưa được gửi lịch nào.", "no-programme")
    document = codec.decode(Kind.PROGRAMME, seal.read_envelope(row.envelope).payload)
    if not isinstance(document, Programme):
        raise Unacceptable("Lịch của cụm loa không đọc được; hãy gửi lại lịch.", "bad-programme")
    return document


def setting_of(unit: Unit, area: str, device: str | None) -> Setting:
    """Return the rules of an appliance, or the default ones for an area."""
    if device is None:
        return Setting(Place(area=area, time_zone=DEFAULT_ZONE, zones=()), Policy())
    paper = assignment_of(device_row(unit, device))
    zones = tuple(zone.name for zone in paper.zones)
    return Setting(
        Place(area=paper.area, time_zone=paper.time_zone, zones=zones), paper.policy, device
    )


def delivery_of(
    unit: Unit, area: str, states: tuple[SlotState, ...], trial: Slot | None, now: datetime
) -> Delivery:
    """Return what stands between the area's slots and its appliances now."""
    inside = or_(*(at_or_below(DeviceRow.area, one) for one in with_predecessors(unit, area)))
    here = [inside, DeviceRow.retired.is_(False)]
    lost = or_(DeviceRow.last_seen.is_(None), DeviceRow.last_seen < now - LOST_AFTER)
    counted = select(func.count()).select_from(DeviceRow)
    appliances = unit.session.scalar(counted.where(*here)) or 0
    unsent = {s.slot.id for s in states if s.phase not in {SlotPhase.PUBLISHED, SlotPhase.DELETED}}
    if trial is not None and not _is_sent(unit, trial):
        unsent.add(trial.id)
    if not appliances or not unsent:
        return Delivery(appliances=appliances, unsent=frozenset(unsent))
    chosen = [*(s.slot for s in states if s.slot.id in unsent), *((trial,) if trial else ())]
    wanted = {str(item) for slot in chosen for item in slot.items}
    listed = (
        select(ProgrammeContentRow.sha256)
        .join(DeviceRow, DeviceRow.id == ProgrammeContentRow.device)
        .where(*here, ProgrammeContentRow.sha256.in_(sorted(wanted)[:500]))
        .group_by(ProgrammeContentRow.sha256)
        .having(func.count() >= appliances)
    )
    return Delivery(
        appliances=appliances,
        offline=unit.session.scalar(counted.where(*here, lost)) or 0,
        held=frozenset(unit.session.scalars(listed)) if wanted else frozenset(),
        unsent=frozenset(unsent),
        line_kbps=unit.house.settings.line_kbps,
    )


def _is_sent(unit: Unit, slot: Slot) -> bool:
    row = unit.session.get(SlotRow, slot.id)
    return row is not None and row.published == msgspec.json.encode(slot, order="deterministic")


def _with_all_zones(place: Place, stock: Stock) -> Place:
    zones = {z for found in stock.slots.values() for slot in found for z in slot.zones}
    return msgspec.structs.replace(place, zones=tuple(sorted(zones)))
