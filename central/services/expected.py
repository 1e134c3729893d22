"""Which windows every appliance should have sounded on a day, by the programme it had been given when they opened.

Law of the room: reads only. What an appliance had been given stands in the log of everything signed; whether a window
was to sound is answered by the very function that the appliance obeys. What the policy
refuses is not expected.
"""

import zlib
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

import msgspec
from sqlalchemy import select

from central.db.fleet import DeviceRow, ReadinessRow
from central.db.ledger import LogBodyRow, LogRow
from central.domain.tally import DAY, Missing, day_of, opening
from central.services import tally
from central.services.devices import assignment_of
from central.services.unit import Unit
from contract import planner
from contract.documents import Content, DeviceId, Kind, Policy, Programme, Sha256, Slot

_LIFE: Final = 31 * DAY  # a programme lives no longer
_NOBODY: Final = DeviceId("a" * 16)


class Expected(msgspec.Struct, frozen=True, kw_only=True):
    """A window that an appliance should have sounded, and why it may be that it told of none."""

    device: str
    area: str
    window: str
    title: str
    starts: datetime
    closes: datetime
    planned_ms: int
    cause: str


class _Body(msgspec.Struct, frozen=True):
    """The part of a programme that says what sounds."""

    slots: tuple[Slot, ...] = ()
    contents: tuple[Content, ...] = ()
    filler: Sha256 | None = None


class _Given(msgspec.Struct, frozen=True):
    """A programme as it was signed for an appliance."""

    at: datetime
    version: int
    body_sha256: str


class _Window(msgspec.Struct, frozen=True):
    """A window as a plan has it."""

    name: str
    title: str
    starts: datetime
    closes: datetime
    planned_ms: int


def expected(unit: Unit, day: date) -> tuple[Expected, ...]:
    """Return the windows that open on the local `day`, of every appliance in service, in no order."""
    plans = _Plans(unit, day)
    query = select(DeviceRow.id).where(DeviceRow.retired.is_(False)).order_by(DeviceRow.id)
    devices = unit.session.scalars(query).all()
    return tuple(found for some in tally.chunked(devices) for found in _of(unit, plans, some, day))


def _of(unit: Unit, plans: "_Plans", devices: Sequence[str], day: date) -> Iterator[Expected]:
    given = _given(unit, devices, day)
    unready = _unready(unit, devices, day)
    rows = unit.session.scalars(select(DeviceRow).where(DeviceRow.id.in_(list(given))))
    for row in rows:
        paper = assignment_of(row)
        for at, programme in enumerate(given[row.id]):
            later = given[row.id][at + 1 :]
            until = later[0].at if later else None
            for window in plans.windows(programme.body_sha256, paper.policy, paper.time_zone):
                begins = window.starts
                if begins < programme.at or (until is not None and begins >= until):
                    continue
                yield Expected(
                    device=row.id,
                    area=row.area,
                    window=window.name,
                    title=window.title,
                    starts=begins,
                    closes=window.closes,
                    planned_ms=window.planned_ms,
                    cause=_cause(row, programme, window, unready),
                )


def _given(unit: Unit, devices: Sequence[str], day: date) -> dict[str, list[_Given]]:
    """Return the programmes signed for each appliance that may have held on the day, oldest first."""
    query = (
        select(LogRow.device, LogRow.at, LogRow.subject, LogRow.body_sha256)
        .where(LogRow.device.in_(devices), LogRow.kind == Kind.PROGRAMME.value)
        .where(LogRow.at >= opening(day) - _LIFE, LogRow.at < opening(day + DAY))
        .where(LogRow.body_sha256.is_not(None))
        .order_by(LogRow.number)
    )
    found: dict[str, list[_Given]] = {}
    for device, at, subject, body_sha256 in unit.session.execute(query):
        version = int(subject) if subject.isdecimal() else 0
        found.setdefault(device, []).append(_Given(at, version, body_sha256 or ""))
    return found


def _unready(unit: Unit, devices: Sequence[str], day: date) -> frozenset[tuple[str, datetime]]:
    query = select(ReadinessRow.device, ReadinessRow.starts).where(
        ReadinessRow.device.in_(devices),
        ReadinessRow.starts.between(opening(day), opening(day + DAY)),
        ReadinessRow.ready.is_(False),
    )
    return frozenset((device, starts) for device, starts in unit.session.execute(query))


def _cause(
    row: DeviceRow,
    programme: _Given,
    window: _Window,
    unready: frozenset[tuple[str, datetime]],
) -> str:
    if row.last_seen is None:
        return Missing.NEVER
    if row.last_seen < window.closes:
        return Missing.LOST
    if row.fetched_version < programme.version:
        return Missing.OLD_PROGRAMME
    return Missing.NOT_READY if (row.id, window.starts) in unready else Missing.UNTOLD


class _Plans:
    """The windows of each programme on one day, worked out once for all appliances that share it."""

    def __init__(self, unit: Unit, day: date) -> None:
        self._unit = unit
        self._day = day
        self._found: dict[tuple[str, bytes, str], tuple[_Window, ...]] = {}
        self._bodies: dict[str, _Body] = {}

    def windows(self, body_sha256: str, policy: Policy, zone: str) -> tuple[_Window, ...]:
        """Return the windows of one body under one policy that are to sound."""
        key = (body_sha256, msgspec.json.encode(policy), zone)
        if key not in self._found:
            self._found[key] = _windows(self._body(body_sha256), policy, zone, self._day)
        return self._found[key]

    def _body(self, sha256: str) -> _Body:
        if sha256 not in self._bodies:
            row = self._unit.session.get(LogBodyRow, sha256)
            body = b"" if row is None else zlib.decompress(row.body)
            self._bodies[sha256] = msgspec.json.decode(b"{" + body, type=_Body) if body else _Body()
        return self._bodies[sha256]


def _windows(body: _Body, policy: Policy, zone: str, day: date) -> tuple[_Window, ...]:
    programme = day_programme(body.slots, body.contents, zone, day)
    return windows_of(planner.plan(programme, policy, day), day)


def day_programme(
    slots: tuple[Slot, ...], contents: tuple[Content, ...], zone: str, day: date
) -> Programme:
    """Return a programme of nobody's that is in force around `day`: what a plan is made of."""
    begins = datetime.combine(day, time(0), UTC) - 3 * DAY
    return Programme(
        device=_NOBODY,
        assignment_epoch=0,
        version=0,
        issued=begins,
        not_before=begins,
        soft_expires=begins + 7 * DAY,
        expires=begins + 7 * DAY,
        time_zone=zone,
        slots=slots,
        contents=contents,
    )


def windows_of(planned: Sequence[planner.Planned], day: date) -> tuple[_Window, ...]:
    """Return the windows of a plan that open on `day` and of which some sounds."""
    found: dict[str, list[planner.Planned]] = {}
    for piece in planned:
        if piece.sounds and piece.opens is not None and day_of(piece.opens) == day:
            found.setdefault(piece.key.rpartition("/")[0], []).append(piece)
    return tuple(
        _Window(
            name=name,
            title=pieces[0].slot.title,
            starts=pieces[0].opens or pieces[0].start,
            closes=max(piece.end for piece in pieces),
            planned_ms=sum((p.end - p.start for p in pieces), timedelta(0))
            // timedelta(milliseconds=1),
        )
        for name, pieces in found.items()
    )
