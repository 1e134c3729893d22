"""The report: what an appliance tells central, as it was observed and never as it was asked.

Law of the room: values and the bounds inside one value.
"""

from enum import StrEnum
from typing import Annotated, Literal

from msgspec import Meta

from contract.documents.values import (
    Counter,
    DeviceName,
    Digest,
    Instant,
    Kind,
    Percent,
    Rank,
    Slug,
    Title,
    Value,
)

SlotName = Literal["a", "b"]


class Outcome(StrEnum):
    """What became of a play: đã phát, phát thiếu, không phát."""

    SOUNDED = "sounded"
    PARTLY = "partly"
    SILENT = "silent"


class Play(Value, frozen=True, kw_only=True):
    """The record of one item on air: what was asked, what sounded at the sink, and why not all of it.

    `onset_error_ms` is first sample minus the instant asked for; null where nothing sounded.
    `level_dbfs` is the RMS of the sounded part. `heard_pct` is the share of the sounded time in which a
    microphone or the amplifier's sense input heard it too; null where there is none.
    """

    key: Title
    source: Title
    title: Title
    rank: Rank
    zones: tuple[Slug, ...]
    started: Instant
    asked_ms: Annotated[int, Meta(ge=0)]
    sounded_ms: Annotated[int, Meta(ge=0)]
    outcome: Outcome
    onset_error_ms: float | None = None
    level_dbfs: float | None = None
    heard_pct: Percent | None = None
    why: Annotated[str, Meta(max_length=500)] = ""


class Refusal(Value, frozen=True, kw_only=True):
    """A document, slot or command that was not obeyed: which, the reason code and a sentence."""

    at: Instant
    what: Title
    code: Slug
    why: Annotated[str, Meta(max_length=500)]


class Receipt(Value, frozen=True, kw_only=True):
    """How far a document got on the appliance: verified, ready (all content here), sounding, speaking.

    `speaking` says that an announcement's operator is heard himself. `sha256` is that of the payload that was admitted:
    central finds it in its log of everything signed, or raises the alarm. Null in reports of appliances that did not
    tell it yet.
    """

    at: Instant
    kind: Kind
    id: Title
    state: Annotated[str, Meta(pattern=r"^(verified|ready|sounding|speaking|over)\Z")]
    sha256: Digest | None = None


class Check(Value, frozen=True, kw_only=True):
    """One thing that was looked at: what, whether it is well, and a sentence where it is not."""

    name: Slug
    ok: bool
    why: Annotated[str, Meta(max_length=300)] = ""


class Readiness(Value, frozen=True, kw_only=True):
    """Whether the appliance can sound what is to come: `of` a slot's window, or `test` for a self-test.

    `starts` is the instant it is wanted for; ready when every check is well.
    """

    at: Instant
    of: Title
    title: Title
    starts: Instant
    checks: Annotated[tuple[Check, ...], Meta(max_length=40)]

    @property
    def ready(self) -> bool:
        """Whether every check is well."""
        return all(check.ok for check in self.checks)


class LocalWarning(Value, frozen=True, kw_only=True):
    """An emergency that staff sounded here, or took back (`over`): who, what was said, and where."""

    at: Instant
    id: Title
    by: Title
    headline: Title
    text: Annotated[str, Meta(max_length=2_000)]
    zones: tuple[Slug, ...]
    over: bool = False


class Vitals(Value, frozen=True, kw_only=True):
    """What the machine says of itself; null where it has no such gauge.

    Temperature in degrees Celsius; `under_voltage` now and `under_voltage_since_start`; `card_worn_pct` 0 new
    to 100 used up; `file_system_errors` since the file system was made; the clock's estimated error in ms;
    `link` is the way to central, `signal_pct` that of Wi-Fi or SIM.
    """

    temperature_c: float | None = None
    under_voltage: bool | None = None
    under_voltage_since_start: bool | None = None
    throttled: bool | None = None
    card_worn_pct: Percent | None = None
    file_system_errors: Annotated[int, Meta(ge=0)] | None = None
    memory_free_bytes: Annotated[int, Meta(ge=0)] | None = None
    load_1min: Annotated[float, Meta(ge=0)] | None = None
    clock_error_ms: Annotated[float, Meta(ge=0)] | None = None
    link: Annotated[str, Meta(pattern=r"^(ethernet|wifi|cellular|other|none)\Z")] | None = None
    signal_pct: Percent | None = None


class UpdateState(StrEnum):
    """How far an update has come: `confirmed` is running and kept, `failed` was left again."""

    IDLE = "idle"
    OFFERED = "offered"
    FETCHING = "fetching"
    WRITTEN = "written"
    TRYING = "trying"
    CONFIRMED = "confirmed"
    FAILED = "failed"


class Update(Value, frozen=True, kw_only=True):
    """Which release runs, in which slot, and how the next one stands; an appliance without slots tells none.

    `running_counter` is 0 for a card that was written before there were releases. `trial` while the slot that runs is
    not kept yet. `target_counter` is the release that `state` speaks of, `progress_pct` how much of it is here, and
    `fetched_bytes` what was asked of a network for it. `reason` begins with a code and goes on in words.
    """

    running_counter: Counter
    running_version: Title
    slot: SlotName
    trial: bool = False
    state: UpdateState = UpdateState.IDLE
    target_counter: Counter | None = None
    progress_pct: Percent | None = None
    fetched_bytes: Annotated[int, Meta(ge=0)] = 0
    reason: Annotated[str, Meta(min_length=1, max_length=300)] | None = None


class Health(Value, frozen=True, kw_only=True):
    """How the appliance is, as observed: never what was asked of it.

    `mains` is null where no input tells it; `alarms` are the titles of inputs that complain (door, battery,
    amplifier), `faults` what hands could not do; `minutes_today` sounded below emergency.
    """

    at: Instant
    uptime_s: Annotated[int, Meta(ge=0)]
    clock: Annotated[str, Meta(pattern=r"^(trusted|floor-only|unknown)\Z")]
    on_air: Rank
    why: Annotated[str, Meta(max_length=500)]
    volume_pct: Percent
    zones_on: tuple[Slug, ...]
    programme_version: Counter
    programme_stale: bool
    contents_missing: Annotated[int, Meta(ge=0)]
    sound_path_ok: bool
    storage_free_bytes: Annotated[int, Meta(ge=0)]
    software: Title
    vitals: Vitals = Vitals()
    mains: bool | None = None
    alarms: Annotated[tuple[Title, ...], Meta(max_length=40)] = ()
    faults: Annotated[tuple[Title, ...], Meta(max_length=40)] = ()
    neighbours: Annotated[int, Meta(ge=0)] = 0
    minutes_today: Annotated[float, Meta(ge=0)] = 0.0
    update: Update | None = None


class Report(Value, frozen=True, kw_only=True):
    """What the appliance tells central, signed by the device key; a chain by `counter` and `previous_sha256`.

    `previous_sha256` is the SHA-256 of the previous report's payload bytes, 64 zeros for the first.
    """

    device: DeviceName
    counter: Counter
    previous_sha256: Digest
    issued: Instant
    plays: Annotated[tuple[Play, ...], Meta(max_length=200)] = ()
    refusals: Annotated[tuple[Refusal, ...], Meta(max_length=200)] = ()
    receipts: Annotated[tuple[Receipt, ...], Meta(max_length=200)] = ()
    readiness: Annotated[tuple[Readiness, ...], Meta(max_length=50)] = ()
    warnings: Annotated[tuple[LocalWarning, ...], Meta(max_length=50)] = ()
    health: Health | None = None
