"""The documents: what central writes and the edge obeys, as frozen values.

Law of the room: values and the bounds that hold inside one value; nothing here reads a clock, a file or
a key. Units are in the names. Instants are aware UTC; wall times belong to the named zone of their
document. A field not known is refused: a new meaning is a new payload type (`….v2+json`).
Refusals of one value raise `ValueError`; the codec turns it into `Refused`.
"""

from datetime import date, datetime, time, timedelta
from enum import IntEnum, StrEnum
from typing import Annotated, Final, NewType, assert_never
from zoneinfo import ZoneInfo

import msgspec
from msgspec import Meta

Sha256 = NewType("Sha256", str)
DeviceId = NewType("DeviceId", str)

MAX_COUNTER: Final = 2**53  # integers above are not exact in every JSON reader
DAY_S: Final = 86_400

Instant = Annotated[datetime, Meta(tz=True)]
WallTime = Annotated[time, Meta(tz=False)]
Counter = Annotated[int, Meta(ge=0, le=MAX_COUNTER)]
Percent = Annotated[int, Meta(ge=0, le=100)]
Slug = Annotated[str, Meta(pattern=r"^[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?\Z")]
AreaPath = Annotated[
    str, Meta(pattern=r"^[a-z0-9][a-z0-9-]*(?:/[a-z0-9][a-z0-9-]*){0,15}\Z", max_length=200)
]
DeviceName = Annotated[DeviceId, Meta(pattern=r"^[a-z2-7]{16}\Z")]
Digest = Annotated[Sha256, Meta(pattern=r"^[0-9a-f]{64}\Z")]
PublicKey = Annotated[str, Meta(pattern=r"^[A-Za-z0-9+/]{43}=\Z")]
Title = Annotated[str, Meta(min_length=1, max_length=200)]
Text = Annotated[str, Meta(max_length=8_000)]
Language = Annotated[str, Meta(pattern=r"^[a-z]{2,3}(?:-[a-z0-9]{1,8}){0,3}\Z")]
ZoneInfoName = Annotated[str, Meta(pattern=r"^[A-Za-z]+(?:/[A-Za-z_+-]+){0,2}\Z")]
AnnouncementId = Annotated[str, Meta(pattern=r"^[a-z0-9-]{1,40}:[0-9]{1,9}:[0-9]{1,15}\Z")]


def _check_time_zone(name: str) -> None:
    """Refuse a zone that this machine's calendar does not know: no wall time could be told from it."""
    try:
        ZoneInfo(name)
    except (KeyError, OSError, ValueError) as fault:
        msg = f"the time zone {name!r} is not known; use one like Asia/Ho_Chi_Minh"
        raise ValueError(msg) from fault


class Value(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A frozen value of the contract; unknown fields are refused."""


class Rank(IntEnum):
    """The whole order of precedence, lowest first (DESIGN §4.3)."""

    SILENCE = 0
    FILLER = 1
    NORMAL = 2
    PRIORITY = 3
    OVERRIDE = 4
    LIVE = 5
    EMERGENCY_COMMUNE = 6
    EMERGENCY_PROVINCE = 7


class Kind(StrEnum):
    """The kinds of sealed documents; the payload type on the wire is made from it."""

    ASSIGNMENT = "assignment"
    PROGRAMME = "programme"
    APPROVAL = "approval"
    ANNOUNCEMENT = "announcement"
    ACTIVE_SET = "activeset"
    COMMAND = "command"
    REPORT = "report"


class Role(StrEnum):
    """What a key in the keyring may sign."""

    ASSIGN = "assign"
    SCHEDULE = "schedule"
    APPROVE = "approve"
    EMERGENCY = "emergency"
    ACTIVE_SET = "activeset"
    COMMAND = "command"
    TIME = "time"


# --- keyring ---------------------------------------------------------------------------------------


class RoleKey(Value, frozen=True, kw_only=True):
    """One public key, who holds it, what it may sign and for which area; `key` is raw Ed25519, base64."""

    key: PublicKey
    holder: Title
    role: Role
    scope: AreaPath
    not_after: Instant


class Threshold(Value, frozen=True, kw_only=True):
    """How many distinct holders must sign what `role` says to `area` or to an area above it; 1 where none applies."""

    role: Role
    area: AreaPath
    count: Annotated[int, Meta(ge=1, le=10)]


class Keyring(Value, frozen=True, kw_only=True):
    """Who may sign what, for which area; `epoch` rises with every revocation."""

    epoch: Counter
    issued: Instant
    expires: Instant
    keys: Annotated[tuple[RoleKey, ...], Meta(max_length=2_000)]
    thresholds: Annotated[tuple[Threshold, ...], Meta(max_length=200)] = ()


# --- assignment ------------------------------------------------------------------------------------


class Zone(Value, frozen=True, kw_only=True):
    """One amplifier line switched by one relay: BCM pin, warm-up before sound and tail after it in ms."""

    name: Slug
    title: Title
    relay_pin: Annotated[int, Meta(ge=0, le=53)]
    active_high: bool = True
    warm_up_ms: Annotated[int, Meta(ge=0, le=10_000)] = 500
    tail_ms: Annotated[int, Meta(ge=0, le=10_000)] = 500


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
    `emergency_cap_pct` is the safe cap that even an emergency obeys.
    """

    quiet: Annotated[tuple[QuietHours, ...], Meta(max_length=8)] = (
        QuietHours(start=time(21, 0), end=time(5, 30)),
    )
    max_minutes_per_session: Annotated[int, Meta(ge=0, le=1_440)] = 0
    max_minutes_per_day: Annotated[int, Meta(ge=0, le=1_440)] = 0
    volume_caps: Annotated[tuple[VolumeCap, ...], Meta(max_length=24)] = ()
    emergency_cap_pct: Percent = 100


class StaffPin(Value, frozen=True, kw_only=True):
    """A staff member's name and the argon2id verifier of the PIN (never the PIN)."""

    name: Title
    verifier: Annotated[str, Meta(pattern=r"^\$argon2id\$\S+\Z", max_length=200)]


class Output(StrEnum):
    """What an appliance can drive."""

    AUDIO = "audio"
    SCREEN = "screen"


class Assignment(Value, frozen=True, kw_only=True):
    """The signed paper that tells an appliance who and where it is; `epoch` rises with each new paper."""

    device: DeviceName
    device_key: PublicKey
    epoch: Counter
    issued: Instant
    name: Title
    area: AreaPath
    time_zone: ZoneInfoName = "Asia/Ho_Chi_Minh"
    outputs: tuple[Output, ...] = (Output.AUDIO,)
    zones: Annotated[tuple[Zone, ...], Meta(max_length=8)] = ()
    policy: Policy = Policy()
    staff: Annotated[tuple[StaffPin, ...], Meta(max_length=50)] = ()
    latitude_deg: Annotated[float, Meta(ge=-90, le=90)] | None = None
    longitude_deg: Annotated[float, Meta(ge=-180, le=180)] | None = None

    def __post_init__(self) -> None:
        """Refuse two zones of one name or on one relay, and an unknown time zone."""
        _check_time_zone(self.time_zone)
        names, pins = {z.name for z in self.zones}, {z.relay_pin for z in self.zones}
        if len(names) < len(self.zones) or len(pins) < len(self.zones):
            msg = "two zones share a name or a relay pin; give each zone its own"
            raise ValueError(msg)


# --- programme -------------------------------------------------------------------------------------


class Content(Value, frozen=True, kw_only=True):
    """Bytes named by SHA-256, with what must be known to play them; `gain_db` is the static loudness gain."""

    sha256: Digest
    size_bytes: Annotated[int, Meta(ge=1, le=2_000_000_000)]
    duration_ms: Annotated[int, Meta(ge=1, le=86_400_000)]
    mime: Annotated[str, Meta(pattern=r"^(audio|video|image|text)/[a-z0-9.+-]{1,60}\Z")]
    title: Title
    gain_db: Annotated[float, Meta(ge=-40, le=24)] = 0.0


class Once(Value, frozen=True, kw_only=True, tag_field="kind", tag="once"):
    """On one date."""

    on: date


class Daily(Value, frozen=True, kw_only=True, tag_field="kind", tag="daily"):
    """Every day."""


class Weekdays(Value, frozen=True, kw_only=True, tag_field="kind", tag="weekdays"):
    """On ISO weekdays, 1 Monday to 7 Sunday."""

    days: Annotated[frozenset[Annotated[int, Meta(ge=1, le=7)]], Meta(min_length=1)]


class Monthly(Value, frozen=True, kw_only=True, tag_field="kind", tag="monthly"):
    """On days of the month, 1-31; a day that a month lacks does not occur in it."""

    days: Annotated[frozenset[Annotated[int, Meta(ge=1, le=31)]], Meta(min_length=1)]


class Yearly(Value, frozen=True, kw_only=True, tag_field="kind", tag="yearly"):
    """On one day of one month each year; 29 February occurs in leap years only."""

    month: Annotated[int, Meta(ge=1, le=12)]
    day: Annotated[int, Meta(ge=1, le=31)]


class Lunar(Value, frozen=True, kw_only=True, tag_field="kind", tag="lunar"):
    """On days of the Vietnamese lunar month (mùng 1 = 1, rằm = 15); `months` empty means every month.

    Leap months count for every-month rules only: Tết is not held twice.
    """

    days: Annotated[frozenset[Annotated[int, Meta(ge=1, le=30)]], Meta(min_length=1)]
    months: frozenset[Annotated[int, Meta(ge=1, le=12)]] = frozenset()


Recurrence = Once | Daily | Weekdays | Monthly | Yearly | Lunar


class Level(StrEnum):
    """The two levels of a plan below emergency: thường and ưu tiên (TT 39/2020)."""

    NORMAL = "normal"
    PRIORITY = "priority"


class LateRule(StrEnum):
    """What to do when an item can only start late: leave it, join in progress, or play it whole."""

    SKIP = "skip"
    JOIN = "join"
    WHOLE = "whole"


class Slot(Value, frozen=True, kw_only=True):
    """When and what: a window of `window_s` from `start` on the days of `recurrence`, holding items.

    The window belongs to the day it starts and its end is exclusive; it may pass midnight. Items sound in
    order, the whole list `repeat_count` times with `gap_s` between rounds, or over and over to the end of the
    window when `loop`. `zones` empty means all. `order` is the commune's order among priority slots
    (TT 39/2020), smallest first. Dates and times are wall time of the programme's zone.
    """

    id: Slug
    title: Title
    recurrence: Recurrence
    start: WallTime
    window_s: Annotated[int, Meta(ge=1, le=DAY_S)]
    items: Annotated[tuple[Digest, ...], Meta(min_length=1, max_length=500)]
    from_date: date | None = None
    until_date: date | None = None
    except_dates: Annotated[frozenset[date], Meta(max_length=400)] = frozenset()
    repeat_count: Annotated[int, Meta(ge=1, le=1_000)] = 1
    gap_s: Annotated[int, Meta(ge=0, le=DAY_S)] = 0
    loop: bool = False
    zones: Annotated[tuple[Slug, ...], Meta(max_length=8)] = ()
    volume_pct: Percent = 100
    level: Level = Level.NORMAL
    order: Annotated[int, Meta(ge=0, le=1_000)] = 500
    late: LateRule = LateRule.JOIN

    def __post_init__(self) -> None:
        """Refuse a slot that ends before it begins."""
        if self.from_date and self.until_date and self.until_date < self.from_date:
            msg = f"slot {self.id}: it ends ({self.until_date}) before it begins ({self.from_date})"
            raise ValueError(msg)


class Programme(Value, frozen=True, kw_only=True):
    """What one appliance is told to play: whole replacement by version.

    Valid from `not_before`; after `soft_expires` it still plays but is reported stale; after `expires`
    (at most 30 days after `issued`) nothing of it plays.
    """

    device: DeviceName
    assignment_epoch: Counter
    version: Counter
    issued: Instant
    not_before: Instant
    soft_expires: Instant
    expires: Instant
    time_zone: ZoneInfoName = "Asia/Ho_Chi_Minh"
    slots: Annotated[tuple[Slot, ...], Meta(max_length=2_000)] = ()
    contents: Annotated[tuple[Content, ...], Meta(max_length=5_000)] = ()
    filler: Digest | None = None

    def __post_init__(self) -> None:
        """Refuse times out of order, a life over 30 days, doubles, items not listed, an unknown time zone."""
        _check_time_zone(self.time_zone)
        if not self.not_before <= self.soft_expires <= self.expires:
            msg = "not_before, soft_expires and expires must follow each other"
            raise ValueError(msg)
        if self.expires - self.issued > timedelta(days=30):
            msg = "a programme lives at most 30 days; issue it again"
            raise ValueError(msg)
        listed = {c.sha256 for c in self.contents}
        if len(listed) < len(self.contents) or len({s.id for s in self.slots}) < len(self.slots):
            msg = "a slot or a content is listed twice"
            raise ValueError(msg)
        for slot in self.slots:
            missing = set(slot.items) - listed
            if missing:
                msg = f"slot {slot.id} plays content {min(missing)[:12]}… that the programme does not list"
                raise ValueError(msg)
        if self.filler is not None and self.filler not in listed:
            msg = "the filler is not among the listed contents"
            raise ValueError(msg)


class Approval(Value, frozen=True, kw_only=True):
    """An approver's word that content of this hash may sound in `area`, until `not_after`."""

    sha256: Digest
    title: Title
    area: AreaPath
    issued: Instant
    not_after: Instant


# --- announcement ----------------------------------------------------------------------------------


class MessageType(StrEnum):
    """CAP 1.2 msgType, the part we use."""

    ALERT = "Alert"
    UPDATE = "Update"
    CANCEL = "Cancel"


class Status(StrEnum):
    """CAP 1.2 status: only `Actual` interrupts."""

    ACTUAL = "Actual"
    EXERCISE = "Exercise"
    TEST = "Test"


class Tone(StrEnum):
    """A tone every appliance keeps ready; `none` for text alone."""

    NONE = "none"
    ATTENTION = "attention"
    ALL_CLEAR = "all-clear"


class Repeat(Value, frozen=True, kw_only=True):
    """How often an announcement sounds: `quick_rounds` with `quick_gap_s` between, then every `slow_gap_s` until over.

    The default is the legal pattern: at once, twice more at 5-minute gaps, then every 25 minutes.
    Gaps run from the end of a round to the start of the next, on the appliance's own monotonic clock.
    """

    quick_rounds: Annotated[int, Meta(ge=1, le=100)] = 3
    quick_gap_s: Annotated[int, Meta(ge=1, le=DAY_S)] = 300
    slow_gap_s: Annotated[int, Meta(ge=30, le=DAY_S)] | None = 1_500


class AnnouncementInfo(Value, frozen=True, kw_only=True):
    """What is said in one language: tone, then recorded `content` if it has arrived, else the text is spoken."""

    language: Language
    headline: Title
    text: Text
    tone: Tone = Tone.ATTENTION
    content: Content | None = None


class Announcement(Value, frozen=True, kw_only=True):
    """An emergency, its update or its cancel, in CAP 1.2 vocabulary; `id` is issuer:epoch:seq.

    Sounds on appliances at or below one of `areas`, until `expires` (at most 24 h after `sent`).
    """

    id: AnnouncementId
    message: MessageType
    status: Status
    sent: Instant
    expires: Instant
    areas: Annotated[tuple[AreaPath, ...], Meta(min_length=1, max_length=200)]
    references: Annotated[tuple[AnnouncementId, ...], Meta(max_length=50)] = ()
    category: Annotated[str, Meta(pattern=r"^[A-Z][A-Za-z]{1,15}\Z")] = "Safety"
    event: Title
    urgency: Annotated[str, Meta(pattern=r"^(Immediate|Expected|Future|Past|Unknown)\Z")] = (
        "Immediate"
    )
    severity: Annotated[str, Meta(pattern=r"^(Extreme|Severe|Moderate|Minor|Unknown)\Z")] = "Severe"
    certainty: Annotated[str, Meta(pattern=r"^(Observed|Likely|Possible|Unlikely|Unknown)\Z")] = (
        "Observed"
    )
    zones: Annotated[tuple[Slug, ...], Meta(max_length=8)] = ()
    volume_pct: Percent = 100
    repeat: Repeat = Repeat()
    infos: Annotated[tuple[AnnouncementInfo, ...], Meta(max_length=8)] = ()

    def __post_init__(self) -> None:
        """Refuse lives over 24 h, a cancel or update of nothing, an alert that says nothing."""
        if not timedelta(0) < self.expires - self.sent <= timedelta(hours=24):
            msg = "an announcement expires after it is sent and at most 24 hours later; prolong it by an update"
            raise ValueError(msg)
        match self.message:
            case MessageType.ALERT | MessageType.UPDATE:
                if not self.infos:
                    msg = "an alert or update must say something in at least one language"
                    raise ValueError(msg)
            case MessageType.CANCEL:
                pass
            case _:
                assert_never(self.message)
        if (self.message is MessageType.ALERT) == bool(self.references):
            msg = "an update or cancel names what it refers to, an alert refers to nothing"
            raise ValueError(msg)


class ActiveEntry(Value, frozen=True, kw_only=True):
    """One announcement now in force: its id and the SHA-256 of its payload bytes."""

    id: AnnouncementId
    payload_sha256: Digest


class ActiveSet(Value, frozen=True, kw_only=True):
    """Every announcement of `area` now in force; what a newer set lacks is over, even if its cancel was withheld."""

    area: AreaPath
    version: Counter
    issued: Instant
    expires: Instant
    min_keyring_epoch: Counter
    active: Annotated[tuple[ActiveEntry, ...], Meta(max_length=500)] = ()


# --- command ---------------------------------------------------------------------------------------


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


Action = SetVolume | StopSound | Silence | Reload


class Command(Value, frozen=True, kw_only=True):
    """One order to one appliance; `counter` never repeats, the life is at most 5 minutes."""

    device: DeviceName
    counter: Counter
    issued: Instant
    expires: Instant
    action: Action


# --- report ----------------------------------------------------------------------------------------


class Outcome(StrEnum):
    """What became of a play: đã phát, phát thiếu, không phát."""

    SOUNDED = "sounded"
    PARTLY = "partly"
    SILENT = "silent"


class Play(Value, frozen=True, kw_only=True):
    """The record of one item on air: what was asked, what sounded at the sink, and why not all of it.

    `onset_error_ms` is first sample minus the instant asked for; null where nothing sounded.
    `level_dbfs` is the RMS of the sounded part.
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
    why: Annotated[str, Meta(max_length=500)] = ""


class Refusal(Value, frozen=True, kw_only=True):
    """A document, slot or command that was not obeyed: which, the reason code and a sentence."""

    at: Instant
    what: Title
    code: Slug
    why: Annotated[str, Meta(max_length=500)]


class Receipt(Value, frozen=True, kw_only=True):
    """How far a document got on the appliance: verified, ready (all content here) or sounding."""

    at: Instant
    kind: Kind
    id: Title
    state: Annotated[str, Meta(pattern=r"^(verified|ready|sounding|over)\Z")]


class Health(Value, frozen=True, kw_only=True):
    """How the appliance is, as observed: never what was asked of it."""

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
    health: Health | None = None


Document = Assignment | Programme | Approval | Announcement | ActiveSet | Command | Report
