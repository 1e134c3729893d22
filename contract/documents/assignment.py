"""The assignment: who and where an appliance is, what is wired to it, and what it may never do.

Law of the room: values and the bounds inside one value. Pins are BCM numbers.
"""

from datetime import time
from enum import StrEnum
from typing import Annotated, Final

from msgspec import UNSET, Meta, UnsetType

from contract.documents.panel import Panel
from contract.documents.values import (
    AreaPath,
    Counter,
    DeviceName,
    Instant,
    Percent,
    PublicKey,
    Slug,
    Title,
    Value,
    WallTime,
    ZoneInfoName,
    check_time_zone,
)

Pin = Annotated[int, Meta(ge=0, le=53)]


class Zone(Value, frozen=True, kw_only=True):
    """One amplifier line switched by one relay: BCM pin, warm-up before sound and tail after it in ms.

    Once on it stays on for `min_on_ms`, once off it stays off for `min_off_ms`. After its relay has moved
    no other moves for `stagger_ms`: two large amplifiers must not draw their inrush together.
    """

    name: Slug
    title: Title
    relay_pin: Pin
    active_high: bool = True
    warm_up_ms: Annotated[int, Meta(ge=0, le=10_000)] = 500
    tail_ms: Annotated[int, Meta(ge=0, le=10_000)] = 500
    min_on_ms: Annotated[int, Meta(ge=0, le=60_000)] = 1_000
    min_off_ms: Annotated[int, Meta(ge=0, le=60_000)] = 500
    stagger_ms: Annotated[int, Meta(ge=0, le=2_000)] = 200


class InputKind(StrEnum):
    """What a wired input means when it is active."""

    READ_BACK = "read-back"  # the zone's relay has really closed
    AMPLIFIER_FAULT = "amplifier-fault"  # the zone's amplifier complains
    SENSE = "sense"  # the zone's line carries sound
    MAINS = "mains"  # mains power is there
    BATTERY_LOW = "battery-low"
    DOOR = "door"  # the cabinet is open
    TALK = "talk"  # push-to-talk is held
    HUSH = "hush"  # the hush button is pressed
    ADDRESS = "address"  # somebody asks the appliance to speak its address


OF_A_ZONE: Final = frozenset({InputKind.READ_BACK, InputKind.AMPLIFIER_FAULT, InputKind.SENSE})


class Pull(StrEnum):
    """How the pin is held while nothing drives it."""

    UP = "up"
    DOWN = "down"
    NONE = "none"


class Input(Value, frozen=True, kw_only=True):
    """One wired input; `zone` names the zone it belongs to, for the kinds that belong to one.

    With `active_high` False it is active while the pin is low, as a button to ground with pull up is.
    A change counts when it has stood for `debounce_ms`.
    """

    name: Slug
    title: Title
    kind: InputKind
    pin: Pin
    zone: Slug | None = None
    active_high: bool = False
    pull: Pull = Pull.UP
    debounce_ms: Annotated[int, Meta(ge=1, le=5_000)] = 50

    def __post_init__(self) -> None:
        """Refuse an input of a zone without its zone, and the other way round."""
        if (self.kind in OF_A_ZONE) != (self.zone is not None):
            msg = f"input {self.name}: the kinds read-back, amplifier-fault and sense name a zone, others none"
            raise ValueError(msg)


class Hours(Value, frozen=True, kw_only=True):
    """From `start` to before `end` of the wall clock; may pass midnight; the whole day when both are alike."""

    start: WallTime
    end: WallTime


class Switch(Value, frozen=True, kw_only=True):
    """A relay that follows the wall clock and no sound: a fan, the power of an LED wall."""

    name: Slug
    title: Title
    relay_pin: Pin
    active_high: bool = True
    on: Annotated[tuple[Hours, ...], Meta(min_length=1, max_length=8)]


class QuietHours(Value, frozen=True, kw_only=True):
    """No sound below emergency from `start` to `end` of the wall clock; may pass midnight, end exclusive."""

    start: WallTime
    end: WallTime


class VolumeCap(Value, frozen=True, kw_only=True):
    """From `start` to `end` of the wall clock the volume is at most `max_pct`; may pass midnight."""

    start: WallTime
    end: WallTime
    max_pct: Percent


class Policy(Value, frozen=True, kw_only=True):
    """What an appliance may never do below emergency, whatever a schedule says.

    `quiet` defaults to 21:00-05:30; an empty tuple means no quiet hours. Minutes of 0 mean no quota.
    `emergency_cap_pct` is the safe cap that even an emergency obeys. With `exercises` false no drill that people signed
    may sound here, as at a hospital; where it may, it obeys all the rest of this (ADR 0019).
    """

    quiet: Annotated[tuple[QuietHours, ...], Meta(max_length=8)] = (
        QuietHours(start=time(21, 0), end=time(5, 30)),
    )
    max_minutes_per_session: Annotated[int, Meta(ge=0, le=1_440)] = 0
    max_minutes_per_day: Annotated[int, Meta(ge=0, le=1_440)] = 0
    volume_caps: Annotated[tuple[VolumeCap, ...], Meta(max_length=24)] = ()
    emergency_cap_pct: Percent = 100
    exercises: bool = True


class Right(StrEnum):
    """What a staff member may do on the local page."""

    OPERATE = "operate"  # play, speak, record, talk, stop, volume
    WARN = "warn"  # sound a local emergency
    INSTALL = "install"  # self-test, readiness, details of the wiring


class StaffPin(Value, frozen=True, kw_only=True):
    """A staff member's name, rights, and the argon2id verifier of the PIN (never the PIN)."""

    name: Title
    verifier: Annotated[str, Meta(pattern=r"^\$argon2id\$\S+\Z", max_length=200)]
    rights: Annotated[tuple[Right, ...], Meta(min_length=1, max_length=3)] = (Right.OPERATE,)


class Output(StrEnum):
    """What an appliance can drive."""

    AUDIO = "audio"
    SCREEN = "screen"


class Assignment(Value, frozen=True, kw_only=True):
    """The signed paper that tells an appliance who and where it is; `epoch` rises with each new paper.

    A `retired` appliance was replaced or taken down: it is silent and obeys nothing but a newer assignment.
    `panel` is left out where nothing is known of the screen.
    """

    device: DeviceName
    device_key: PublicKey
    epoch: Counter
    issued: Instant
    name: Title
    area: AreaPath
    time_zone: ZoneInfoName = "Asia/Ho_Chi_Minh"
    outputs: tuple[Output, ...] = (Output.AUDIO,)
    zones: Annotated[tuple[Zone, ...], Meta(max_length=8)] = ()
    inputs: Annotated[tuple[Input, ...], Meta(max_length=24)] = ()
    switches: Annotated[tuple[Switch, ...], Meta(max_length=4)] = ()
    policy: Policy = Policy()
    staff: Annotated[tuple[StaffPin, ...], Meta(max_length=50)] = ()
    latitude_deg: Annotated[float, Meta(ge=-90, le=90)] | None = None
    longitude_deg: Annotated[float, Meta(ge=-180, le=180)] | None = None
    retired: bool = False
    panel: Panel | UnsetType = UNSET

    def __post_init__(self) -> None:
        """Refuse two of one name or on one pin, an input of no zone of ours, an unknown zone, a panel of no screen."""
        check_time_zone(self.time_zone)
        if self.panel is not UNSET and Output.SCREEN not in self.outputs:
            msg = "a panel is given, but screen is not among the outputs; add it or leave the panel out"
            raise ValueError(msg)
        names, pins = {z.name for z in self.zones}, {z.relay_pin for z in self.zones}
        if len(names) < len(self.zones) or len(pins) < len(self.zones):
            msg = "two zones share a name or a relay pin; give each zone its own"
            raise ValueError(msg)
        wired = len(self.zones) + len(self.inputs) + len(self.switches)
        pins |= {i.pin for i in self.inputs} | {s.relay_pin for s in self.switches}
        others = {i.name for i in self.inputs} | {s.name for s in self.switches}
        if len(pins) < wired or len(others) < len(self.inputs) + len(self.switches):
            msg = "an input or switch shares its name or pin with another; give each its own"
            raise ValueError(msg)
        for one in self.inputs:
            if one.zone is not None and one.zone not in names:
                msg = f"input {one.name} belongs to zone {one.zone}, which is not among the zones"
                raise ValueError(msg)
