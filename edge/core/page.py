"""What the local page shows, as values.

Law of the room: observed facts and reasons, no HTML and no wishes. Instants are in the appliance's own zone.
"""

from datetime import datetime
from enum import StrEnum

import msgspec

from contract.documents import Check, InputKind, Play, Rank, Readiness, Refusal, Vitals
from contract.enrolment import Standing
from edge.core.events import TrialKind
from edge.core.moment import Clock


class ZoneView(msgspec.Struct, frozen=True):
    """One zone: its name and title, whether its relay was read back as on, and whether it is stuck."""

    name: str
    title: str
    on: bool
    stuck: bool = False


class NextView(msgspec.Struct, frozen=True):
    """One coming item: when, its title, and why it will not sound (empty when it will)."""

    start: datetime
    end: datetime
    title: str
    refused: str


class TodayState(StrEnum):
    """What became, becomes or will become of one item of today."""

    COMING = "coming"
    ON_AIR = "on-air"
    SOUNDED = "sounded"
    PARTLY = "partly"
    SILENT = "silent"
    REFUSED = "refused"  # policy, a missing file, a missing approval: `why` tells
    DISPLACED = "displaced"  # something of higher rank had its time
    UNKNOWN = "unknown"  # it is past and no record of it is kept here


class TodayView(msgspec.Struct, frozen=True, kw_only=True):
    """One item of today: when, what, what became of it and why (a sentence for every state but COMING)."""

    start: datetime
    end: datetime
    title: str
    state: TodayState
    why: str = ""


class AlarmView(msgspec.Struct, frozen=True):
    """One announcement in force: headline, rounds sounded, when it ends, and whether staff here sounded it.

    `hushed_by` silenced it here until `hushed_until`; empty and None where nobody did.
    """

    id: str
    headline: str
    rounds: int
    expires: datetime
    local: bool = False
    hushed_by: str = ""
    hushed_until: datetime | None = None


class Playable(msgspec.Struct, frozen=True):
    """A content that staff may put on air: here, whole and approved."""

    sha256: str
    title: str
    duration_s: int


class InputView(msgspec.Struct, frozen=True):
    """One wired input: whether it is active (None before it was first read), and whether that is a complaint."""

    title: str
    kind: InputKind
    active: bool | None
    alarm: bool


class NoteKind(StrEnum):
    """What a line of the log is about."""

    STAFF = "staff"
    PLAY = "play"
    EMERGENCY = "emergency"
    REFUSAL = "refusal"
    MACHINE = "machine"  # relays, inputs, clock, storage, sound
    LINK = "link"  # central, neighbours, papers


class NoteView(msgspec.Struct, frozen=True):
    """One line of the log in plain Vietnamese words: when, about what, the sentence."""

    at: datetime
    kind: NoteKind
    text: str


class UndoView(msgspec.Struct, frozen=True):
    """The last local decision, while it can still be taken back: the sentence, and seconds left."""

    text: str
    left_s: float


class TestView(msgspec.Struct, frozen=True, kw_only=True):
    """A self-test: who asked and when, whether it runs, which zone's tone sounds, and what was found."""

    at: datetime
    by: str
    running: bool
    zone: str = ""
    checks: tuple[Check, ...] = ()


class TrialView(msgspec.Struct, frozen=True, kw_only=True):
    """What an installer tries now or tried last: what, whether it still runs, and what was seen of it."""

    kind: TrialKind
    target: str
    title: str
    at: datetime
    running: bool
    ok: bool
    why: str = ""
    level_dbfs: float | None = None
    heard_pct: int | None = None
    left_s: float = 0.0


class EnrolmentView(msgspec.Struct, frozen=True, kw_only=True):
    """How far central is with an appliance that nobody has assigned, in central's own words.

    `standing` is None where central was not asked yet or could not be (`why` says it). `code` is to be compared,
    `claim` a typed code that is being judged, `refused` the reason code of an assignment that is not obeyed.
    """

    standing: Standing | None = None
    site: str = ""
    title: str = ""
    code: str = ""
    why: str = ""
    claim: str = ""
    claim_error: str = ""
    refused: str = ""


class PageView(msgspec.Struct, frozen=True, kw_only=True):
    """Everything the local page shows.

    `key` names the play on air (what "skip" skips; empty when nothing can be skipped). `length_s` is 0 for a
    live source. `until` and `staff` are those of a local play, hush or talk; `volume_by` and `volume_until`
    of a local volume. `minutes_allowed` is 0 without a quota.
    """

    name: str
    area: str
    device: str
    now: datetime
    rank: Rank
    title: str
    why: str
    key: str = ""
    live: bool = False
    done: bool = False
    sounding: bool
    level_dbfs: float | None
    played_s: float = 0.0
    length_s: float = 0.0
    volume_pct: int
    volume_by: str = ""
    volume_until: datetime | None = None
    until: datetime | None
    staff: str
    hushed: bool = False
    talking: str = ""  # who talks live here, empty when nobody
    undo: UndoView | None = None
    zones: tuple[ZoneView, ...]
    coming: tuple[NextView, ...]
    today: tuple[TodayView, ...] = ()
    alarms: tuple[AlarmView, ...]
    playable: tuple[Playable, ...]
    waiting: tuple[str, ...]
    clock: Clock
    central: bool
    central_heard: datetime | None = None
    neighbours: tuple[str, ...] = ()
    silenced: bool
    assigned: bool
    retired: bool = False
    enrolment: EnrolmentView = EnrolmentView()
    programme_version: int
    programme_stale: bool
    contents_missing: int
    minutes_today: float = 0.0
    minutes_allowed: int = 0
    inputs: tuple[InputView, ...] = ()
    mains: bool | None = None
    vitals: Vitals = Vitals()
    storage_free_bytes: int = 0
    readiness: Readiness | None = None
    test: TestView | None = None
    trial: TrialView | None = None
    faults: tuple[str, ...]
    plays: tuple[Play, ...]
    refusals: tuple[Refusal, ...]
    log: tuple[NoteView, ...] = ()
