"""The desk: all that the appliance knows, in one frozen value.

Law of the room: what is known, never what is wished. Sub-values by meaning: `Word` (trusted documents),
`Local` (decisions of staff), `Alarm` (an announcement in force), `Progress` (a window that runs late), `Down`
(a live source that gives nothing), `Enrolment` (how far we are with becoming somebody's), `Rig` (what the
hands were seen to do), `OpenPlay` and `Accounts` (proof and minutes), `Checks` (readiness and self-test),
`Machine`, `Updating` (the next release and a trial). Mappings are never changed in place.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

import msgspec

from contract.documents import (
    Announcement,
    Approval,
    Assignment,
    Check,
    Content,
    Health,
    Input,
    LocalWarning,
    Play,
    Policy,
    Programme,
    Rank,
    Readiness,
    Receipt,
    Refusal,
    Sha256,
    Switch,
    Vitals,
    Zone,
)
from contract.enrolment import Standing
from contract.timeline import Cue
from edge.core.arrival import OwnNetwork, Shown
from edge.core.events import Ending, HandName, Staff, TrialKind
from edge.core.moment import Clock
from edge.core.page import NoteKind
from edge.core.sound import Source
from edge.core.update_facts import Offer, SlotFacts, UpdateKept, UpdateRules

RECENT: Final = 20  # how many records the local page shows
DAY_PLAYS: Final = 150  # how many records of today are kept for "why did this (not) play"
LOG_KEPT: Final = 120
NOTE_CHARS: Final = 300
SAME_NOTE_S: Final = 60.0
REMEMBERED_KEYS: Final = 128  # how many keys of ended plays and told refusals are kept


class Value(msgspec.Struct, frozen=True, kw_only=True):
    """A frozen value of the core."""


class Word(Value, frozen=True, kw_only=True):
    """What the trusted documents say."""

    assignment: Assignment | None = None
    programme: Programme | None = None
    programme_sha256: Sha256 | None = None  # of the payload that was admitted
    approvals: Mapping[Sha256, Approval] = {}

    @property
    def retired(self) -> bool:
        """Return whether the appliance was replaced or taken down: it is silent and hears nobody."""
        return self.assignment is not None and self.assignment.retired

    @property
    def policy(self) -> Policy:
        """Return the policy in force: the assignment's, or the careful default."""
        return self.assignment.policy if self.assignment else Policy()

    @property
    def time_zone(self) -> str:
        """Return the name of the appliance's time zone."""
        return self.assignment.time_zone if self.assignment else "Asia/Ho_Chi_Minh"

    @property
    def zones(self) -> tuple[Zone, ...]:
        """Return the zones of the assignment."""
        return self.assignment.zones if self.assignment else ()

    def content(self, sha256: Sha256) -> Content | None:
        """Return what the programme says of this content."""
        listed = self.programme.contents if self.programme else ()
        return next((c for c in listed if c.sha256 == sha256), None)


class Undo(Value, frozen=True, kw_only=True):
    """The local decisions as they were before the last one, while that can still be taken back."""

    text: str
    until_mono_s: float
    override: Staff | None
    hush: Staff | None
    volume: Staff | None


class Local(Value, frozen=True, kw_only=True):
    """What staff and commands decided here; each staff decision ends by itself.

    `live` is somebody talking now; `warnings` counts the local emergencies ever sounded here.
    """

    override: Staff | None = None
    live: Staff | None = None
    hush: Staff | None = None
    volume: Staff | None = None
    base_volume_pct: int = 80
    silenced: bool = False
    warnings: int = 0
    undo: Undo | None = None


class Progress(Value, frozen=True, kw_only=True):
    """How far a slot's window has come where it does not follow the clock alone.

    Its items run `behind_s` later than planned; `held` is the item that lost the air and waits to go on
    `place_ms` into it. Over when the window `closes`.
    """

    closes: datetime
    behind_s: float = 0.0
    held: Cue | None = None
    place_ms: int = 0


class Down(Value, frozen=True, kw_only=True):
    """A live source that gives nothing, by its address: since when, why, and when it is tried again."""

    since_mono_s: float
    why: str
    tries: int = 1
    probe_mono_s: float
    probing: bool = False


class Alarm(Value, frozen=True, kw_only=True):
    """An announcement in force and how far its repeat cycle has come.

    `step` counts tone and words through the languages; `due_mono_s` is when the round may sound, None when
    all rounds are done; `step_since_mono_s` is when the step began to wait for its words. Until
    `hushed_until_mono_s` it is silent here, by the will of `hushed_by`.
    """

    announcement: Announcement
    rank: Rank
    accepted_mono_s: float
    round: int = 0
    step: int = 0
    due_mono_s: float | None
    step_since_mono_s: float
    hushed_until_mono_s: float | None = None
    hushed_by: str = ""


class Sounding(Value, frozen=True, kw_only=True):
    """What the player was last asked to play and was seen to do with it."""

    key: str
    volume_pct: int
    asked_mono_s: float
    seen: bool = False


class OperatorVoice(Value, frozen=True, kw_only=True):
    """How far the voice of one announcement's operator has come: on air while he speaks, and kept whole.

    `live` says that it may sound as it comes, `fell` that it came to an end; `heard` that the village has heard all of
    it. `whole_ms` is its length, 0 until it is here whole.
    """

    live: bool = False
    fell: bool = False
    heard: bool = False
    whole_ms: int = 0


class Rig(Value, frozen=True, kw_only=True):
    """What the hands were seen to do, and which orders are still in flight.

    `zones_on` is None until first read back. `warm_since` holds the monotonic second at which each zone was
    seen on, `moved` the one at which it was last seen to change; `stuck` zones do not follow their relay.
    `others` are the clock-driven relays that are on; `hearing` names the announcements whose operator is listened for.
    `quiet_since_mono_s` is when the last play ended.
    """

    playing: Sounding | None = None
    stopping_since_mono_s: float | None = None
    zones_on: frozenset[str] | None = None
    warm_since: Mapping[str, float] = {}
    moved: Mapping[str, float] = {}
    stuck: frozenset[str] = frozenset()
    quiet_since_mono_s: float = -1e9
    fitted: tuple[Zone, ...] | None = None
    wired: tuple[tuple[Input, ...], tuple[Switch, ...]] | None = None
    others: frozenset[str] | None = None
    inputs: Mapping[str, bool] = {}
    switching: frozenset[str] | None = None
    switching_since_mono_s: float = -1e9
    failed: Mapping[HandName, str] = {}
    fetching: frozenset[Sha256] = frozenset()
    speaking: frozenset[str] = frozenset()
    voices_ms: Mapping[str, int] = {}
    hearing: tuple[str, ...] = ()
    operators: Mapping[str, OperatorVoice] = {}
    level_dbfs: float | None = None
    level_mono_s: float = -1e9


class OpenPlay(Value, frozen=True, kw_only=True):
    """A play on air or just ended, gathering its proof."""

    key: str
    source: Source
    title: str
    rank: Rank
    zones: tuple[str, ...]
    session: str
    asked_wall_s: float
    asked_mono_s: float
    asked_ms: int
    from_ms: int = 0
    length_ms: int = 0
    cue: Cue | None = None
    started_mono_s: float
    ended_mono_s: float | None = None
    ending: Ending | None = None
    played_ms: int = 0
    sounded_ms: float = 0.0
    energy_ms: float = 0.0
    onset_mono_s: float | None = None
    listened_ms: float = 0.0
    heard_ms: float = 0.0
    why: str = ""


class Enrolment(Value, frozen=True, kw_only=True):
    """How far central is with us while nobody has assigned us, in its own last words.

    `standing` is None where central has not answered or could not be asked. `claim` is a typed code that central
    has not judged yet; `refused` the reason code of an assignment that came and is not obeyed. `due_mono_s` is when
    central may be asked (again); `asked_mono_s` when it last was.
    """

    standing: Standing | None = None
    site: str = ""
    title: str = ""
    code: str = ""
    why: str = ""
    claim: str = ""
    claim_error: str = ""
    refused: str = ""
    asked_mono_s: float = -1e9
    due_mono_s: float = -1e9


class Arrival(Value, frozen=True, kw_only=True):
    """What an appliance at a new place says of itself: whether at all, our own network, a fault of the site file.

    `asked` counts the presses of the service button, `held` how often it was held; `told` is what screen and network
    were last told.
    """

    greets: bool = False
    button: int | None = None
    own: OwnNetwork | None = None
    fault: str = ""
    asked: int = 0
    held: int = 0
    pressed_mono_s: float | None = None
    told: tuple[bool, int, Shown] | None = None


class Untold(Value, frozen=True, kw_only=True):
    """What the herald has not yet been given; `again` are plays it was given before the last restart.

    A kill may come between their two homes on disk, so they are told twice and central keeps each once.
    """

    again: tuple[Play, ...] = ()
    plays: tuple[Play, ...] = ()
    refusals: tuple[Refusal, ...] = ()
    receipts: tuple[Receipt, ...] = ()
    readiness: tuple[Readiness, ...] = ()
    warnings: tuple[LocalWarning, ...] = ()
    health: Health | None = None


class Accounts(Value, frozen=True, kw_only=True):
    """Seconds sounded below emergency: on the local `day` (ISO date) and in each open session."""

    day: str = ""
    day_sounded_s: float = 0.0
    sessions_s: Mapping[str, float] = {}


class Inspecting(Value, frozen=True, kw_only=True):
    """A readiness or self-test under way: what for, what the hands have answered, and since when it waits."""

    of: str
    title: str
    starts: datetime
    since_mono_s: float
    answers: int = 0
    checks: tuple[Check, ...] = ()


class Test(Value, frozen=True, kw_only=True):
    """A self-test: one low tone in each of `zones` in turn, then the silent checks."""

    at: datetime
    by: str
    zones: tuple[str, ...]
    step: int = 0
    step_since_mono_s: float
    checks: tuple[Check, ...] = ()
    running: bool = True


class Trial(Value, frozen=True, kw_only=True):
    """One thing that an installer tries; the last one stays until the next.

    `step` of a click counts 0 until the relay was seen off, 1 until it was seen on, 2 until it was seen off again;
    `step_since_mono_s` is when that began. `before` is how an input stood when it was asked.
    """

    kind: TrialKind
    target: str
    by: str
    at: datetime
    awake: bool = False
    since_mono_s: float
    step: int = 0
    step_since_mono_s: float
    before: bool | None = None
    running: bool = True
    ok: bool = False
    why: str = ""
    level_dbfs: float | None = None
    heard_pct: int | None = None


class Checks(Value, frozen=True, kw_only=True):
    """What was looked at: the last readiness, the last self-test, and what is under way.

    `seen` holds the windows already looked after, named as their readiness is, with the monotonic second of
    the last look. `drills` are the Tests that wait for a look.
    """

    readiness: Readiness | None = None
    inspecting: Inspecting | None = None
    test: Test | None = None
    trial: Trial | None = None
    seen: Mapping[str, float] = {}
    asked: bool = False
    drills: tuple[str, ...] = ()


class Machine(Value, frozen=True, kw_only=True):
    """What the machine and its network say of themselves."""

    vitals: Vitals = Vitals()
    storage_free_bytes: int = 0
    addresses: tuple[str, ...] = ()
    neighbours: tuple[str, ...] = ()
    central: bool = False
    central_heard: datetime | None = None


class Updating(Value, frozen=True, kw_only=True):
    """How far the next release is, and how a trial goes; see `edge.core.updating`.

    `wished` is the wish in flight ("write 5"). `stuck` is why nothing goes on before `again_mono_s`. `waits` says what
    holds back the next step, for the page. `well_since_mono_s` is when a trial last became ready.
    """

    rules: UpdateRules
    slots: SlotFacts
    kept: UpdateKept = UpdateKept()
    began_mono_s: float = 0.0
    offer: Offer | None = None
    fetching: bool = False
    whole: bool = False
    have_bytes: int = 0
    total_bytes: int = 0
    fetched_bytes: int = 0
    wished: str = ""
    wished_mono_s: float = -1e9
    stuck_code: str = ""
    stuck: str = ""
    again_mono_s: float = -1e9
    waits: str = ""
    asked_mono_s: float = -1e9
    unkept: bool = False
    well_since_mono_s: float | None = None


class Note(Value, frozen=True, kw_only=True):
    """One line of the log, in plain words."""

    at: datetime
    kind: NoteKind
    text: str


class Desk(Value, frozen=True, kw_only=True):
    """All that the appliance knows."""

    device: str = ""
    software: str = ""
    started_mono_s: float = 0.0
    clock: Clock = Clock.UNKNOWN
    word: Word = Word()
    local: Local = Local()
    alarms: tuple[Alarm, ...] = ()
    shelf: frozenset[Sha256] = frozenset()
    rig: Rig = Rig()
    open_plays: tuple[OpenPlay, ...] = ()
    ended_keys: tuple[str, ...] = ()
    failures: Mapping[str, int] = {}
    told_keys: tuple[str, ...] = ()
    untold: Untold = Untold()
    accounts: Accounts = Accounts()
    filler_round: int = 0
    fallback_round: int = 0
    progress: Mapping[str, Progress] = {}
    down: Mapping[str, Down] = {}
    checks: Checks = Checks()
    machine: Machine = Machine()
    enrolment: Enrolment = Enrolment()
    arrival: Arrival = Arrival()
    update: Updating | None = None  # None on a machine without slots
    wipe_wanted: bool = False
    restart_wanted: bool = False
    logs_wanted: int = 0  # the counter of the command that asked for them; 0: nobody asks
    sync_wanted: bool = False
    scrub_wanted: bool = False
    ready_version: int = -1
    remembered: str = ""
    pinned: str = ""
    health_told: str = ""
    health_told_mono_s: float = -1e9
    recent_plays: tuple[Play, ...] = ()
    recent_refusals: tuple[Refusal, ...] = ()
    day_plays: tuple[Play, ...] = ()
    log: tuple[Note, ...] = ()


def open_play(desk: Desk, key: str) -> OpenPlay | None:
    """Return the play of this key that has not ended."""
    return next((p for p in desk.open_plays if p.key == key and p.ended_mono_s is None), None)


def noted(desk: Desk, at: datetime, kind: NoteKind, text: str) -> Desk:
    """Return the desk with one more line in its log; the same line again within a minute is not kept."""
    last = desk.log[-1] if desk.log else None
    if last is not None and last.text == text and (at - last.at).total_seconds() < SAME_NOTE_S:
        return desk
    note = Note(at=at, kind=kind, text=text[:NOTE_CHARS])
    return msgspec.structs.replace(desk, log=(*desk.log, note)[-LOG_KEPT:])


def kept(keys: tuple[str, ...], *more: str) -> tuple[str, ...]:
    """Return `keys` with `more` behind them, the newest `REMEMBERED_KEYS` of them."""
    return (*keys, *more)[-REMEMBERED_KEYS:]
