"""The command, one order to one appliance, alive for minutes; and the time, for one that has no clock.

Law of the room: values and the bounds inside one value; a new action joins the closed union.
"""

from typing import Annotated

from msgspec import Meta

from contract.documents.values import (
    DAY_S,
    Counter,
    DeviceName,
    Instant,
    Percent,
    Value,
)


class SetVolume(Value, frozen=True, kw_only=True, tag_field="do", tag="volume"):
    """Set the appliance's volume below emergency, in percent of its cap."""

    volume_pct: Percent


class StopSound(Value, frozen=True, kw_only=True, tag_field="do", tag="stop"):
    """Silence everything below emergency for `for_s` seconds."""

    for_s: Annotated[int, Meta(ge=1, le=DAY_S)]


class Silence(Value, frozen=True, kw_only=True, tag_field="do", tag="silence"):
    """The kill switch: `on` silences everything, emergencies too, until switched off."""

    on: bool


class Reload(Value, frozen=True, kw_only=True, tag_field="do", tag="reload"):
    """Ask central again for every document at once."""


class TestYourself(Value, frozen=True, kw_only=True, tag_field="do", tag="self-test"):
    """Run the self-test when nothing sounds: a low tone in each zone, then everything else."""


class Restart(Value, frozen=True, kw_only=True, tag_field="do", tag="restart"):
    """End the program in order and begin it anew; an emergency that sounds is waited for, all else ends with it."""


class SendLogs(Value, frozen=True, kw_only=True, tag_field="do", tag="logs"):
    """Post what the program last said to `/device/v1/logs/{counter}`, with the counter of this very command."""


Action = SetVolume | StopSound | Silence | Reload | TestYourself | Restart | SendLogs


class SignedTime(Value, frozen=True, kw_only=True):
    """The time as central knows it, for an appliance that asked with a fresh `nonce` and has no clock of its own."""

    device: DeviceName
    nonce: Annotated[str, Meta(pattern=r"^[A-Za-z0-9+/]{43}=\Z")]
    now: Instant


class Command(Value, frozen=True, kw_only=True):
    """One order to one appliance; `counter` never repeats, the life is at most 5 minutes."""

    device: DeviceName
    counter: Counter
    issued: Instant
    expires: Instant
    action: Action
