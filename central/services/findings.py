"""Verbs that read what appliances told of themselves: whether they were ready, and what staff sounded there.

Law of the room: reads only. A local warning stands until its end is told, for 24 hours at most, the longest life of
any emergency; where the appliance's clock is not trusted these hours run from when we heard of it.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Final

import msgspec
from sqlalchemy import false, func, or_, select

from central.db.care import DeviceHealthRow
from central.db.fleet import DeviceRow, LocalWarningRow, ReadinessRow
from central.domain.states import SELF_TEST, ReadinessState, WarningPhase, WarningState
from central.services.areas import at_or_below
from central.services.unit import Unit
from contract.documents import Check, Health

LONGEST: Final = timedelta(hours=24)
_CHECKS: Final = msgspec.json.Decoder(tuple[Check, ...])
_HEALTH: Final = msgspec.json.Decoder(Health)


def list_readiness(
    unit: Unit, *, device: str | None = None, area: str | None = None, limit: int = 200
) -> tuple[ReadinessState, ...]:
    """Return whether appliances were ready, newest first; `limit` from 1 to 2,000."""
    query = select(ReadinessRow).order_by(ReadinessRow.id.desc())
    if device is not None:
        query = query.where(ReadinessRow.device == device)
    if area is not None:
        inside = select(DeviceRow.id).where(at_or_below(DeviceRow.area, area))
        query = query.where(ReadinessRow.device.in_(inside))
    rows = unit.session.scalars(query.limit(min(max(limit, 1), 2_000)))
    return tuple(_readiness(row) for row in rows)


def newest_readiness(unit: Unit, device: str, *, test: bool) -> ReadinessState | None:
    """Return what an appliance last found for a slot (or in its last self-test), None where it never did."""
    of = ReadinessRow.of == SELF_TEST if test else ReadinessRow.of != SELF_TEST
    query = select(ReadinessRow).where(ReadinessRow.device == device, of)
    row = unit.session.scalar(query.order_by(ReadinessRow.id.desc()).limit(1))
    return _readiness(row) if row is not None else None


def not_ready(
    unit: Unit, *, now: datetime, devices: Collection[str] | None = None
) -> dict[str, ReadinessState]:
    """Return what appliances (of `devices`, when given) last found, where they are not ready for a slot to come."""
    newest = (
        select(func.max(ReadinessRow.id))
        .where(ReadinessRow.starts > now, ReadinessRow.of != SELF_TEST)
        .group_by(ReadinessRow.device)
    )
    if devices is not None:
        newest = newest.where(ReadinessRow.device.in_(devices))
    rows = unit.session.scalars(
        select(ReadinessRow).where(ReadinessRow.id.in_(newest), ReadinessRow.ready.is_(False))
    )
    return {row.device: _readiness(row) for row in rows}


def unready_devices(
    unit: Unit, areas: Iterable[str], *, now: datetime, limit: int
) -> tuple[int, tuple[str, ...]]:
    """Return how many appliances in service are not ready for what comes next, and the first `limit`, soonest first."""
    inside = or_(false(), *(at_or_below(DeviceRow.area, area) for area in areas))
    unready = DeviceHealthRow.ready.is_(False) & (DeviceHealthRow.ready_for > now)
    query = (
        select(DeviceRow.id)
        .join(DeviceHealthRow, DeviceHealthRow.device == DeviceRow.id)
        .where(DeviceRow.retired.is_(False), unready, inside)
    )
    count = unit.session.scalar(select(func.count()).select_from(query.subquery())) or 0
    first = query.order_by(DeviceHealthRow.ready_for, DeviceRow.name, DeviceRow.id).limit(limit)
    return count, tuple(unit.session.scalars(first))


def list_warnings(
    unit: Unit,
    *,
    device: str | None = None,
    area: str | None = None,
    since: datetime | None = None,
    now: datetime,
    limit: int = 200,
) -> tuple[WarningState, ...]:
    """Return the local warnings told after `since`: those that stand first, then the newest; `limit` to 2,000."""
    recent = select(LocalWarningRow.device, LocalWarningRow.warning).distinct()
    if since is not None:
        recent = recent.where(LocalWarningRow.taken >= since)
    if device is not None:
        recent = recent.where(LocalWarningRow.device == device)
    if area is not None:
        inside = select(DeviceRow.id).where(at_or_below(DeviceRow.area, area))
        recent = recent.where(LocalWarningRow.device.in_(inside))
    wanted = recent.subquery()
    rows = unit.session.scalars(
        select(LocalWarningRow)
        .join(
            wanted,
            (wanted.c.device == LocalWarningRow.device)
            & (wanted.c.warning == LocalWarningRow.warning),
        )
        .order_by(LocalWarningRow.id)
    )
    told: dict[tuple[str, str], list[LocalWarningRow]] = {}
    for row in rows:
        told.setdefault((row.device, row.warning), []).append(row)
    places = _places(unit, {found for found, _ in told})
    found = [_warning(said, places[d], now) for (d, _), said in told.items() if d in places]
    found.sort(key=lambda w: (w.phase is not WarningPhase.STANDING, -w.told.timestamp()))
    return tuple(found[: min(max(limit, 1), 2_000)])


class _Place(msgspec.Struct, frozen=True):
    """Where a warning was sounded, and whether that appliance knows the time."""

    name: str
    area: str
    clock: str


def _places(unit: Unit, wanted: Iterable[str]) -> dict[str, _Place]:
    query = select(DeviceRow.id, DeviceRow.name, DeviceRow.area, DeviceRow.health)
    found = unit.session.execute(query.where(DeviceRow.id.in_(wanted)))
    return {
        device: _Place(name, area, _HEALTH.decode(health).clock if health else "unknown")
        for device, name, area, health in found
    }


def _warning(said: Sequence[LocalWarningRow], place: _Place, now: datetime) -> WarningState:
    begun = next((row for row in said if not row.over), None)
    over = next((row for row in reversed(said) if row.over), None)
    first = begun or said[0]
    from_when = first.at if place.clock == "trusted" else first.taken
    if over is not None:
        phase = WarningPhase.ENDED
    elif now - from_when >= LONGEST:
        phase = WarningPhase.EXPIRED
    else:
        phase = WarningPhase.STANDING
    return WarningState(
        device=first.device,
        device_name=place.name,
        area=place.area,
        id=first.warning,
        by=first.by,
        headline=first.headline,
        text=first.text,
        zones=tuple(first.zones),
        since=begun.at if begun else None,
        told=first.taken,
        ended=over.at if over else None,
        ended_by=over.by if over else "",
        phase=phase,
    )


def _readiness(row: ReadinessRow) -> ReadinessState:
    return ReadinessState(
        device=row.device,
        at=row.at,
        of=row.of,
        title=row.title,
        starts=row.starts,
        ready=row.ready,
        checks=_CHECKS.decode(row.checks),
    )
