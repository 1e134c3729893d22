"""The verb that shows a day as it will sound."""

from datetime import UTC, date, datetime, time, timedelta

from central.domain.compiling import Place, compile_body
from central.domain.errors import Unacceptable
from central.domain.states import Preview
from central.services.areas import area_named
from central.services.devices import assignment_of, device_row
from central.services.stock import lineage_here, stock_of
from central.services.unit import Unit
from contract import planner
from contract.documents import DeviceId, Policy, Programme

DEFAULT_ZONE = "Asia/Ho_Chi_Minh"
_NOBODY = DeviceId("a" * 16)


def preview(
    unit: Unit,
    day: date,
    *,
    area: str | None = None,
    device: str | None = None,
    now: datetime,
) -> Preview:
    """Return what would sound on the local `day` if the drafts were published now, and what to be told about it.

    For a `device` its own policy and zones count; for an `area` the default policy. Content that is not approved
    is left out and named. Raises `NotFound`, or `Unacceptable` when neither or both are asked for.
    """
    if (area is None) == (device is None):
        raise Unacceptable("Hãy chọn một địa bàn hoặc một cụm loa để xem trước.", "bad-request")
    policy, zone, zones, where, target = Policy(), DEFAULT_ZONE, None, area or "", _NOBODY
    if device is not None:
        paper = assignment_of(device_row(unit, device))
        policy, zone, where, target = paper.policy, paper.time_zone, paper.area, paper.device
        zones = tuple(z.name for z in paper.zones)
    else:
        area_named(unit, where)
    areas = set(lineage_here(unit, where))
    stock = stock_of(unit, now=now, areas=areas, drafts_at=areas)
    if zones is None:
        zones = tuple({z for slots in stock.slots.values() for s in slots for z in s.zones})
    body = compile_body(stock, Place(area=where, time_zone=zone, zones=zones))
    start = datetime.combine(day, time(0), UTC) - timedelta(days=3)
    programme = Programme(
        device=target,
        assignment_epoch=0,
        version=0,
        issued=start,
        not_before=start,
        soft_expires=start + timedelta(days=7),
        expires=start + timedelta(days=7),
        time_zone=zone,
        slots=body.slots,
        contents=body.contents,
    )
    return Preview(
        day=day,
        time_zone=zone,
        planned=planner.plan(programme, policy, day),
        warnings=(*body.warnings, *planner.warnings(programme, policy, day)),
    )
