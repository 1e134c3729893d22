"""The verb that sends one order to one appliance."""

from datetime import datetime
from typing import assert_never

from central.db.fleet import CommandRow, DeviceRow
from central.domain.bulk import LIFE, LOGS, right_for
from central.domain.people import Person
from central.services import transparency
from central.services.devices import device_row
from central.services.unit import SYSTEM, Unit
from contract.documents import (
    Action,
    Command,
    DeviceId,
    Kind,
    Reload,
    Restart,
    SendLogs,
    SetVolume,
    Silence,
    StopSound,
    TestYourself,
)


def send_command(
    unit: Unit, device: str, action: Action, *, who: Person | None, now: datetime
) -> int:
    """Seal an order for an appliance and push it; return its counter. It is void after five minutes."""
    unit.take_turn()
    row = device_row(unit, device)
    if who is not None:
        who.require(right_for(action), row.area)
    counter = seal_order(unit, row, action, by=who.name if who else SYSTEM, now=now)
    unit.note(who, "command", f"{device} {_word(action)}", now=now, area=row.area, subject=device)
    return counter


def seal_order(unit: Unit, row: DeviceRow, action: Action, *, by: str, now: datetime) -> int:
    """Seal an order for an appliance and push it, whoever was allowed to say so; return its counter."""
    row.command_counter += 1
    issued = now.replace(microsecond=0)
    command = Command(
        device=DeviceId(row.id),
        counter=row.command_counter,
        issued=issued,
        expires=issued + LIFE,
        action=action,
    )
    sealed = unit.house.keys.command(command)
    transparency.enter(unit, command, sealed.envelope, now=now)
    unit.session.add(
        CommandRow(
            device=row.id,
            counter=command.counter,
            action=_word(action),
            issued=command.issued,
            expires=command.expires,
            sent_by=by,
        )
    )
    unit.post(Kind.COMMAND.value, "sealed", sealed.envelope, now=now, device=row.id, life=LIFE)
    return command.counter


def _word(action: Action) -> str:
    match action:
        case SetVolume(volume_pct=percent):
            return f"volume {percent}"
        case StopSound(for_s=seconds):
            return f"stop {seconds}"
        case Silence(on=on):
            return "silence on" if on else "silence off"
        case Reload():
            return "reload"
        case Restart():
            return "restart"
        case SendLogs():
            return LOGS
        case TestYourself():
            return "self-test"
        case _:
            assert_never(action)
