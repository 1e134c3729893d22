"""The verb that sends one order to one appliance."""

from datetime import datetime, timedelta
from typing import assert_never

from central.db.fleet import CommandRow
from central.domain.people import Person, Right
from central.services import transparency
from central.services.devices import device_row
from central.services.unit import SYSTEM, Unit
from contract.documents import (
    Action,
    Command,
    DeviceId,
    Kind,
    Reload,
    SetVolume,
    Silence,
    StopSound,
    TestYourself,
)

LIFE = timedelta(minutes=5)


def send_command(
    unit: Unit, device: str, action: Action, *, who: Person | None, now: datetime
) -> int:
    """Seal an order for an appliance and push it; return its counter. It is void after five minutes."""
    unit.take_turn()
    row = device_row(unit, device)
    if who is not None:
        who.require(_right(action), row.area)
    row.command_counter += 1
    issued = now.replace(microsecond=0)
    command = Command(
        device=DeviceId(device),
        counter=row.command_counter,
        issued=issued,
        expires=issued + LIFE,
        action=action,
    )
    sealed = unit.house.keys.command(command)
    transparency.enter(unit, command, sealed.envelope, now=now)
    unit.session.add(
        CommandRow(
            device=device,
            counter=command.counter,
            action=_word(action),
            issued=command.issued,
            expires=command.expires,
            sent_by=who.name if who else SYSTEM,
        )
    )
    unit.post(Kind.COMMAND.value, "sealed", sealed.envelope, now=now, device=device, life=LIFE)
    unit.note(who, "command", f"{device} {_word(action)}", now=now)
    return command.counter


def _right(action: Action) -> Right:
    return Right.SILENCE if isinstance(action, Silence) else Right.COMMAND


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
        case TestYourself():
            return "self-test"
        case _:
            assert_never(action)
