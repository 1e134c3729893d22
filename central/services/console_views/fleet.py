"""The fleet at a glance: each appliance with its state in a word, and what it last did.

Law of the room: reads only; what is judged is judged by `central.domain` and `contract`.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import func, select

from central.db.fleet import PlayRow, RefusalRow
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
from central.services.alarms import (
    announcement_named,
)
from central.services.areas import list_areas
from central.services.console_views.alarms import standing_alarms
from central.services.console_views.tree import place_of
from central.services.console_views.warnings import WarningView, warning_views
from central.services.devices import assignment_of, device_row, fleet
from central.services.findings import not_ready
from central.services.unit import Unit
from contract.documents import (
    Assignment,
    Rank,
)

DAY: Final = timedelta(days=1)
MAX_REFUSALS: Final = 20


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
    """The whole overview; the five counts are of appliances, each counted in `total` and at most one other."""

    groups: tuple[AreaGroup, ...]
    alarms: tuple[AnnouncementState, ...]
    warnings: tuple[WarningView, ...]
    unready: tuple[UnitView, ...]
    total: int
    sounding: int
    ready: int
    attention: int
    lost: int


def fleet_view(unit: Unit, who: Person, *, now: datetime) -> FleetView:
    """Return the overview of the areas that `who` may view."""
    names = {area.path: area.name for area in list_areas(unit)}
    devices = [d for area in who.areas(Right.VIEW) for d in fleet(unit, area=area, now=now)]
    plays = _last_plays(unit)
    refusals = _recent_refusals(unit, now - DAY)
    alarms = tuple(
        announcement_named(unit, i, now=now) for i in standing_alarms(unit, who, now=now)
    )
    unready = not_ready(unit, now=now)
    grouped: dict[str, list[UnitView]] = {}
    for device in devices:
        commune = "/".join(device.area.split("/")[:2])
        view = _unit_view(
            device,
            names,
            plays.get(device.id),
            refusals.get(device.id, ()),
            unready.get(device.id),
        )
        grouped.setdefault(commune, []).append(view)
    groups = tuple(
        AreaGroup(
            path=path,
            name=names.get(path, path),
            units=tuple(sorted(units, key=_worst_first)),
            lost=sum(u.device.step is Step.LOST for u in units),
            attention=sum(_needs_attention(u) for u in units),
        )
        for path, units in sorted(grouped.items())
    )
    units = [u for group in groups for u in group.units]
    return FleetView(
        groups=groups,
        alarms=alarms,
        warnings=warning_views(unit, who, now=now),
        unready=tuple(sorted((u for u in units if u.unready), key=_soonest)),
        total=len(units),
        sounding=sum(u.tone in {"air", "alarm"} for u in units),
        ready=sum(u.tone == "ok" for u in units),
        attention=sum(_needs_attention(u) for u in units),
        lost=sum(u.tone == "bad" for u in units),
    )


def unit_view(unit: Unit, device: DeviceState, *, now: datetime) -> UnitView:
    """Return one appliance as the overview shows it."""
    names = {area.path: area.name for area in list_areas(unit)}
    refusals = _recent_refusals(unit, now - DAY).get(device.id, ())
    unready = not_ready(unit, now=now).get(device.id)
    return _unit_view(device, names, _last_plays(unit).get(device.id), refusals, unready)


def appliance_paper(unit: Unit, device: str) -> Assignment:
    """Return the assignment of an appliance: zones, policy, place; raises `NotFound`."""
    return assignment_of(device_row(unit, device))


def _last_plays(unit: Unit) -> dict[str, PlayState]:
    newest = select(func.max(PlayRow.id)).group_by(PlayRow.device)
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


def _recent_refusals(unit: Unit, since: datetime) -> dict[str, tuple[RefusalState, ...]]:
    found: dict[str, list[RefusalState]] = {}
    query = select(RefusalRow).where(RefusalRow.at >= since).order_by(RefusalRow.id.desc())
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
