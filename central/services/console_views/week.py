"""A week as it will sound, and what publishing would change.

Law of the room: reads only; what is judged is judged by `central.domain` and `contract`.
"""

from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from central.domain.compiling import Place, compile_body
from central.domain.states import (
    DeviceState,
    State,
)
from central.services.areas import area_named
from central.services.devices import assignment_of, device_row, fleet
from central.services.publishing_tasks import drafts_of, work_of
from central.services.stock import areas_with, lineage_here, stock_of, with_slots
from central.services.unit import Unit
from contract import planner
from contract.documents import (
    DeviceId,
    Policy,
    Programme,
    Slot,
)
from contract.planner import Planned

DAY: Final = timedelta(days=1)
WEEK_DAYS: Final = 7
_NOBODY: Final = DeviceId("a" * 16)
_DEFAULT_ZONE: Final = "Asia/Ho_Chi_Minh"


class WeekView(State, frozen=True, kw_only=True):
    """Seven local days from `first` as they will sound, and what to be told about them, each sentence once."""

    first: date
    time_zone: str
    policy: Policy
    days: tuple[tuple[Planned, ...], ...]
    warnings: tuple[str, ...]


class Pending(State, frozen=True, kw_only=True):
    """What publishing would do: the appliances that change, with the version they have, and the drafts."""

    changes: tuple[DeviceState, ...]
    unchanged: int
    drafts: int
    warnings: tuple[str, ...]


def week_view(
    unit: Unit,
    area: str,
    first: date,
    *,
    device: str | None = None,
    trial: Slot | None = None,
    now: datetime,
) -> WeekView:
    """Return seven days as they would sound if the drafts, and `trial` at `area`, were published now.

    For a `device` its own policy and zones count, else the default policy. Raises `NotFound`.
    """
    area_named(unit, area)
    policy, zone, where, zones = Policy(), _DEFAULT_ZONE, area, None
    if device is not None:
        paper = assignment_of(device_row(unit, device))
        policy, zone, where = paper.policy, paper.time_zone, paper.area
        zones = tuple(z.name for z in paper.zones)
    areas = set(lineage_here(unit, where))
    stock = stock_of(unit, now=now, areas=areas | {area}, drafts_at=areas | {area})
    if trial is not None:
        others = tuple(s for s in stock.slots.get(area, ()) if s.id != trial.id)
        stock = with_slots(unit, {**stock.slots, area: (*others, trial)}, now=now)
    if zones is None:
        zones = tuple({z for found in stock.slots.values() for s in found for z in s.zones})
    body = compile_body(stock, Place(area=where, time_zone=zone, zones=zones))
    start = datetime.combine(first, time(0), UTC) - 3 * DAY
    programme = Programme(
        device=_NOBODY,
        assignment_epoch=0,
        version=0,
        issued=start,
        not_before=start,
        soft_expires=start + 14 * DAY,
        expires=start + 14 * DAY,
        time_zone=zone,
        slots=body.slots,
        contents=body.contents,
    )
    days = tuple(first + n * DAY for n in range(WEEK_DAYS))
    said = [*body.warnings]
    for day in days:
        said += planner.warnings(programme, policy, day)
    return WeekView(
        first=first,
        time_zone=zone,
        policy=policy,
        days=tuple(planner.plan(programme, policy, day) for day in days),
        warnings=tuple(dict.fromkeys(said)),
    )


def pending(unit: Unit, area: str, *, now: datetime) -> Pending:
    """Return what `publish` of this area would change, without changing it; raises as `publish` does."""
    area_named(unit, area)
    drafts = drafts_of(unit, area)
    stock = stock_of(
        unit, now=now, areas=areas_with(unit, area), drafts_at={row.area for row in drafts}
    )
    work = work_of(unit, stock, area)
    changing = {task.device for task in work.tasks}
    devices = fleet(unit, area=area, now=now)
    return Pending(
        changes=tuple(d for d in devices if d.id in changing),
        unchanged=len(devices) - len(changing),
        drafts=sum(row.draft != row.published for row in drafts),
        warnings=work.warnings,
    )
