"""What the push gateway reads: the outbox in order, and what stands for an appliance that connects.

Law of the room: reads only. Truth is the outbox table; whoever reads it in the order of its ids misses nothing.
"""

from collections.abc import Collection
from datetime import datetime

import msgspec
from sqlalchemy import bindparam, func, select

from central.db.base import UtcInstant
from central.db.broadcast import ActiveSetRow, AnnouncementRow, OutboxRow
from central.db.fleet import DeviceRow
from central.domain.areas import root_of
from central.domain.states import AnnouncementPhase
from central.services.unit import Unit
from contract.documents import Kind

BATCH = 500
# built once: these are asked for every connection and every wake-up
_COLUMNS = select(
    OutboxRow.id,
    OutboxRow.kind,
    OutboxRow.event,
    OutboxRow.data,
    OutboxRow.areas,
    OutboxRow.device,
    OutboxRow.expires,
).order_by(OutboxRow.id)
_AFTER = _COLUMNS.where(OutboxRow.id > bindparam("after")).limit(bindparam("most"))
_COMMANDS = _COLUMNS.where(
    OutboxRow.device.in_(bindparam("devices", expanding=True)),
    OutboxRow.kind == Kind.COMMAND.value,
    OutboxRow.expires > bindparam("now", type_=UtcInstant),
)


class Message(msgspec.Struct, frozen=True):
    """One message of the outbox; its audience is `device`, or all at or below one of `areas`."""

    id: int
    kind: str
    event: str
    data: bytes
    areas: tuple[str, ...]
    device: str | None
    expires: datetime


class Alarm(msgspec.Struct, frozen=True):
    """An announcement in force: to whom, until when, and its sealed bytes."""

    areas: tuple[str, ...]
    expires: datetime
    envelope: bytes


class Standing(msgspec.Struct, frozen=True):
    """What stands in a province when the outbox has got to `as_of`.

    The active set (None before the first) and the announcements in force, newest first.
    """

    as_of: int
    active_set: bytes | None
    alarms: tuple[Alarm, ...]


def newest_id(unit: Unit) -> int:
    """Return the id of the newest message, 0 when there is none."""
    return unit.session.scalar(select(func.max(OutboxRow.id))) or 0


def messages_after(unit: Unit, after: int, limit: int = BATCH) -> tuple[Message, ...]:
    """Return at most `limit` messages with an id above `after`, in order."""
    held = {"after": after, "most": limit}
    return tuple(_message(*row) for row in unit.session.connection().execute(_AFTER, held))


def commands_for(
    unit: Unit, devices: Collection[str], *, now: datetime
) -> dict[str, tuple[Message, ...]]:
    """Return the commands to these appliances (some hundreds) that are not yet void, by appliance and in order."""
    held = {"devices": list(devices), "now": now}
    found: dict[str, tuple[Message, ...]] = {}
    for row in unit.session.connection().execute(_COMMANDS, held):
        message = _message(*row)
        if message.device is not None:
            found[message.device] = (*found.get(message.device, ()), message)
    return found


def standing(unit: Unit, root: str, *, now: datetime) -> Standing:
    """Return what stands in the province `root`."""
    active_set = unit.session.scalar(select(ActiveSetRow.envelope).where(ActiveSetRow.area == root))
    query = (
        select(AnnouncementRow.areas, AnnouncementRow.expires, AnnouncementRow.envelope)
        .where(
            AnnouncementRow.state == AnnouncementPhase.ACTIVE.value, AnnouncementRow.expires > now
        )
        .order_by(AnnouncementRow.sent.desc())
    )
    alarms = tuple(
        Alarm(tuple(areas), expires, envelope)
        for areas, expires, envelope in unit.session.execute(query)
        if any(root_of(area) == root for area in areas)
    )
    return Standing(newest_id(unit), active_set, alarms)


def area_of(unit: Unit, device: str) -> str | None:
    """Return where an appliance stands now, None when it is unknown."""
    return unit.session.scalar(select(DeviceRow.area).where(DeviceRow.id == device))


def _message(
    number: int,
    kind: str,
    event: str,
    data: bytes,
    areas: list[str],
    device: str | None,
    expires: datetime,
) -> Message:
    return Message(number, kind, event, data, tuple(areas), device, expires)
