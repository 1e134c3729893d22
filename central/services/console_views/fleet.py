"""The fleet at a glance: each appliance with its state in a word, and what it last did.

Law of the room: reads only; what is judged is judged by `central.domain` and `contract`.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import func, select

from central.db.fleet import PlayRow, RefusalRow
from central.db.people import AreaRow
from central.domain.areas import lineage
from central.domain.care import Need
from central.domain.care_states import CommuneLine
from central.domain.people import Person, Right
from central.domain.states import (
    AnnouncementState,
    DeviceState,
    PlayState,
    ReadinessState,
    RefusalState,
    State,
    Step,
)
from central.services.alarms import announcements_named
from central.services.care_attention import communes, needs
from central.services.console_views.alarms import standing_alarms
from central.services.console_views.tree import place_of
from central.services.console_views.warnings import WarningView, warning_views
from central.services.devices import assignment_of, device_row, device_states, fleet
from central.services.findings import not_ready, unready_devices
from central.services.unit import Unit
from contract.documents import (
    Assignment,
    Rank,
)

DAY: Final = timedelta(days=1)
LAST_PLAY_WITHIN: Final = timedelta(days=30)
MAX_REFUSALS: Final = 20
MOST_CARDS: Final = 40
MOST_NEEDS: Final = 12
MOST_UNREADY: Final = 12


class UnitView(State, frozen=True, kw_only=True):
    """One appliance on the overview: its state in a word, a tone and an icon, why, and what it last did.

    `unready` is what it found last where it is not ready for a slot that is still to come.
    """

    device: DeviceState
    place: str
    word: str
    tone: str
    icon: str
    why: str
    last_play: PlayState | None
    refusals: tuple[RefusalState, ...]
    unready: ReadinessState | None = None


class AreaGroup(State, frozen=True, kw_only=True):
    """The appliances of one commune (or of the province itself)."""

    path: str
    name: str
    units: tuple[UnitView, ...]
    lost: int
    attention: int


class FleetView(State, frozen=True, kw_only=True):
    """The whole overview; the five counts are of appliances, each counted in `total` and at most one other.

    A small fleet is shown appliance by appliance (`groups`), a large one commune by commune (`communes`).
    """

    groups: tuple[AreaGroup, ...]
    communes: tuple[CommuneLine, ...]
    needs: tuple[Need, ...]
    alarms: tuple[AnnouncementState, ...]
    warnings: tuple[WarningView, ...]
    unready: tuple[UnitView, ...]
    unready_count: int
    total: int
    sounding: int
    ready: int
    attention: int
    lost: int


def fleet_view(unit: Unit, who: Person, *, now: datetime) -> FleetView:
    """Return the overview of the areas that `who` may view."""
    areas = who.areas(Right.VIEW)
    found = communes(unit, who, now=now)
    total = sum(line.total for line in found)
    groups = _groups(unit, areas, now) if total <= MOST_CARDS else ()
    units = [u for group in groups for u in group.units]
    unready, unready_count = _unready(unit, areas, now)
    return FleetView(
        groups=groups,
        communes=() if groups else found,
        needs=needs(unit, areas, now=now, limit=MOST_NEEDS),
        alarms=announcements_named(unit, standing_alarms(unit, who, now=now), now=now),
        warnings=warning_views(unit, who, now=now),
        unready=unready,
        unready_count=unready_count,
        total=total,
        sounding=_count(units, {"air", "alarm"}) if groups else sum(c.sounding for c in found),
        ready=_count(units, {"ok"}) if groups else sum(c.well for c in found),
        attention=sum(_needs_attention(u) for u in units)
        if groups
        else sum(c.attention + c.never for c in found),
        lost=_count(units, {"bad"}) if groups else sum(c.lost for c in found),
    )


def unit_view(unit: Unit, device: DeviceState, *, now: datetime) -> UnitView:
    """Return one appliance as the overview shows it."""
    return unit_views(unit, [device], now=now)[0]


def unit_views(
    unit: Unit, devices: Sequence[DeviceState], *, now: datetime
) -> tuple[UnitView, ...]:
    """Return these appliances as the overview shows them, in their order; a few hundred at most."""
    ids = [device.id for device in devices]
    names = _area_names(unit, {device.area for device in devices})
    plays = _last_plays(unit, ids, now - LAST_PLAY_WITHIN)
    refusals = _recent_refusals(unit, ids, now - DAY)
    unready = not_ready(unit, now=now, devices=ids)
    return tuple(
        _unit_view(d, names, plays.get(d.id), refusals.get(d.id, ()), unready.get(d.id))
        for d in devices
    )


def _groups(unit: Unit, areas: Iterable[str], now: datetime) -> tuple[AreaGroup, ...]:
    devices = [d for area in areas for d in fleet(unit, area=area, now=now)]
    grouped: dict[str, list[UnitView]] = {}
    for view in unit_views(unit, devices, now=now):
        commune = "/".join(view.device.area.split("/")[:2])
        grouped.setdefault(commune, []).append(view)
    names = _area_names(unit, set(grouped))
    return tuple(
        AreaGroup(
            path=path,
            name=names.get(path, path),
            units=tuple(sorted(units, key=_worst_first)),
            lost=sum(u.device.step is Step.LOST for u in units),
            attention=sum(_needs_attention(u) for u in units),
        )
        for path, units in sorted(grouped.items())
    )


def _unready(unit: Unit, areas: Iterable[str], now: datetime) -> tuple[tuple[UnitView, ...], int]:
    """Return who is not ready for what comes next, the soonest first and no more than a page shows, and how many."""
    count, ids = unready_devices(unit, areas, now=now, limit=MOST_UNREADY)
    views = unit_views(unit, device_states(unit, ids, now=now), now=now)
    return tuple(sorted((v for v in views if v.unready), key=_soonest)), count


def _count(units: Iterable[UnitView], tones: set[str]) -> int:
    return sum(unit.tone in tones for unit in units)


def _area_names(unit: Unit, areas: set[str]) -> dict[str, str]:
    paths = {path for area in areas for path in lineage(area)}
    rows = unit.session.execute(select(AreaRow.path, AreaRow.name).where(AreaRow.path.in_(paths)))
    return dict(rows.all())


def appliance_paper(unit: Unit, device: str) -> Assignment:
    """Return the assignment of an appliance: zones, policy, place; raises `NotFound`."""
    return assignment_of(device_row(unit, device))


def _last_plays(unit: Unit, devices: Sequence[str], since: datetime) -> dict[str, PlayState]:
    newest = (
        select(func.max(PlayRow.id))
        .where(PlayRow.device.in_(devices), PlayRow.started >= since)
        .group_by(PlayRow.device)
    )
    rows = unit.session.scalars(select(PlayRow).where(PlayRow.id.in_(newest)))
    return {row.device: _play(row) for row in rows}


def _play(row: PlayRow) -> PlayState:
    return PlayState(
        device=row.device,
        key=row.key,
        source=row.source,
        title=row.title,
        rank=row.rank,
        zones=tuple(row.zones),
        started=row.started,
        asked_ms=row.asked_ms,
        sounded_ms=row.sounded_ms,
        outcome=row.outcome,
        onset_error_ms=row.onset_error_ms,
        level_dbfs=row.level_dbfs,
        heard_pct=row.heard_pct,
        why=row.why,
    )


def _recent_refusals(
    unit: Unit, devices: Sequence[str], since: datetime
) -> dict[str, tuple[RefusalState, ...]]:
    found: dict[str, list[RefusalState]] = {}
    query = select(RefusalRow).where(RefusalRow.at >= since, RefusalRow.device.in_(devices))
    query = query.order_by(RefusalRow.id.desc())
    for row in unit.session.scalars(query.limit(2_000)):
        kept = found.setdefault(row.device, [])
        if len(kept) < MAX_REFUSALS:
            kept.append(
                RefusalState(
                    device=row.device, at=row.at, what=row.what, code=row.code, why=row.why
                )
            )
    return {device: tuple(states) for device, states in found.items()}


_TONES: Final[Mapping[Step, tuple[str, str, str]]] = {
    Step.NO_PROGRAMME: ("chưa có lịch", "off", "calendar"),
    Step.SENT: ("đã gửi", "off", "clock"),
    Step.RECEIVED: ("đã nhận", "off", "check"),
    Step.VERIFIED: ("đã kiểm chứng", "off", "shield"),
    Step.READY: ("sẵn sàng", "ok", "ready"),
    Step.SOUNDING: ("đang phát", "air", "air"),
    Step.LOST: ("mất kết nối", "bad", "lost"),
    Step.RETIRED: ("đã thu hồi", "off", "cross"),
}


def _unit_view(
    device: DeviceState,
    names: Mapping[str, str],
    last_play: PlayState | None,
    refusals: tuple[RefusalState, ...],
    unready: ReadinessState | None,
) -> UnitView:
    word, tone, icon = _TONES[device.step]
    health = device.health
    if device.step is not Step.LOST and health is not None:
        if health.on_air >= Rank.EMERGENCY_COMMUNE:
            word, tone = "đang phát khẩn cấp", "alarm"
        elif not health.sound_path_ok:
            word, tone, icon = "không ra tiếng", "warn", "alert"
        elif unready is not None and device.step is not Step.SOUNDING:
            word, tone, icon = unready.word, "warn", "alert"
        elif device.why and tone == "ok":
            tone, icon = "warn", "alert"
    why = device.why
    if not why and device.step is Step.SOUNDING and health is not None:
        why = health.why
    if device.step is Step.SENT and device.last_seen is None:
        word, tone, icon = "chưa từng kết nối", "off", "lost"
        why = ""
    return UnitView(
        device=device,
        place=place_of(device.area, names),
        word=word,
        tone=tone,
        icon=icon,
        why=why,
        last_play=last_play,
        refusals=refusals,
        unready=unready,
    )


def _needs_attention(view: UnitView) -> bool:
    device = view.device
    idle = device.step is Step.NO_PROGRAMME or device.last_seen is None
    return view.tone == "warn" or (view.tone == "off" and idle)


def _soonest(view: UnitView) -> tuple[float, str]:
    starts = view.unready.starts.timestamp() if view.unready else 0.0
    return starts, view.device.name


def _worst_first(view: UnitView) -> tuple[int, str]:
    order = ("alarm", "bad", "warn", "off", "air", "ok")
    return order.index(view.tone), view.device.name
