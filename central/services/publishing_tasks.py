"""Which appliances are to be told something new: slots of the tree compiled once for each place.

Law of the room: reads only. Appliances of one place share one body, the very same value, so that sealing can tell.
"""

import hashlib
from collections.abc import Iterable, Sequence

import msgspec
from sqlalchemy import or_, select

from central.db.broadcast import ProgrammeRow, SlotRow
from central.db.fleet import DeviceRow
from central.domain.compiling import Body, Place, Stock, compile_body
from central.services.areas import at_or_below, with_predecessors
from central.services.unit import Unit

_HERE = "\x00"  # stands for a place in a sentence
ASKED_AT_ONCE = 500  # names in one question, well below any database's limit


class Task(msgspec.Struct, frozen=True, kw_only=True):
    """One appliance to be told something new: `version` is what it has now, 0 for none."""

    device: str
    area: str
    epoch: int
    time_zone: str
    version: int
    body: Body
    body_sha256: str


class Work(msgspec.Struct, frozen=True, kw_only=True):
    """What must be written, how many appliances were looked at, and what is left out and why."""

    tasks: tuple[Task, ...]
    looked_at: int
    warnings: tuple[str, ...]
    told: tuple[tuple[str, Body, int], ...]
    """What appliances are to be told: (area, body, how many of them), changed or not."""

    @property
    def unchanged(self) -> int:
        """Return how many appliances stay as they are."""
        return self.looked_at - len(self.tasks)


class _Held(msgspec.Struct, frozen=True):
    """An appliance and what it has been told."""

    device: str
    area: str
    epoch: int
    time_zone: str
    zones: tuple[str, ...]
    version: int
    body_sha256: str | None


def work_of(
    unit: Unit,
    stock: Stock,
    area: str | None,
    *,
    only: set[str] | None = None,
    anew: bool = False,
) -> Work:
    """Return what must be written at or below `area` (everywhere when None); all of it when `anew`."""
    bodies: dict[Place, Body] = {}
    counts: dict[Place, int] = {}
    tasks: list[Task] = []
    devices = _devices(unit, area, only)
    for held in devices:
        place = Place(area=held.area, time_zone=held.time_zone, zones=held.zones)
        if place not in bodies:
            bodies[place] = compile_body(stock, place)
        body = bodies[place]
        counts[place] = counts.get(place, 0) + 1
        body_sha256 = hashlib.sha256(f"{held.epoch} {body.sha256}".encode()).hexdigest()
        if anew or body_sha256 != held.body_sha256:
            tasks.append(
                Task(
                    device=held.device,
                    area=held.area,
                    epoch=held.epoch,
                    time_zone=held.time_zone,
                    version=held.version,
                    body=body,
                    body_sha256=body_sha256,
                )
            )
    tasks.sort(key=lambda task: (task.area, task.body.sha256, task.device))  # neighbours together
    return Work(
        tasks=tuple(tasks),
        looked_at=len(devices),
        warnings=_together((place.area, w) for place, b in bodies.items() for w in b.warnings),
        told=tuple((place.area, bodies[place], count) for place, count in counts.items()),
    )


def _together(said: Iterable[tuple[str, str]]) -> tuple[str, ...]:
    """Return each warning once: what is said of many places names the first and counts the others."""
    places: dict[str, list[str]] = {}
    for area, warning in said:
        found = places.setdefault(warning.replace(area, _HERE), [])
        if area not in found:
            found.append(area)
    return tuple(
        text.replace(
            _HERE, areas[0] if len(areas) == 1 else f"{areas[0]} và {len(areas) - 1} nơi khác"
        )
        for text, areas in places.items()
    )


def drafts_of(unit: Unit, area: str) -> Sequence[SlotRow]:
    """Return the slots at or below an area, drafts as they stand."""
    return unit.session.scalars(select(SlotRow).where(at_or_below(SlotRow.area, area))).all()


def _devices(unit: Unit, area: str | None, only: set[str] | None) -> list[_Held]:
    query = (
        select(
            DeviceRow.id,
            DeviceRow.area,
            DeviceRow.epoch,
            DeviceRow.time_zone,
            DeviceRow.zones,
            ProgrammeRow.version,
            ProgrammeRow.body_sha256,
        )
        .outerjoin(ProgrammeRow, ProgrammeRow.device == DeviceRow.id)
        .where(DeviceRow.retired.is_(False))
    )
    if area is not None:
        inside = (at_or_below(DeviceRow.area, one) for one in with_predecessors(unit, area))
        query = query.where(or_(*inside))
    if only is None:
        rows = list(unit.session.execute(query))
    else:
        rows = [
            row
            for some in _chunks(sorted(only))
            for row in unit.session.execute(query.where(DeviceRow.id.in_(some)))
        ]
    return [
        _Held(device, where, epoch, zone, tuple(zones), version or 0, body)
        for device, where, epoch, zone, zones, version, body in rows
    ]


def _chunks(names: Sequence[str]) -> Iterable[Sequence[str]]:
    for first in range(0, len(names), ASKED_AT_ONCE):
        yield names[first : first + ASKED_AT_ONCE]
