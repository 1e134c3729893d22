"""All that can happen, in the past tense: a closed union.

Law of the room: frozen values without behaviour. A new event is added here and `mypy` then lists every
place that must answer it. Events are journalled as JSON and replayed, so each field is plain data.
Events from the hands are observations, never intentions.
"""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Literal

import msgspec

from contract.documents import (
    ActiveSet,
    Announcement,
    Approval,
    Assignment,
    Check,
    Command,
    InputKind,
    Kind,
    Play,
    Programme,
    Sha256,
    Vitals,
)
from contract.enrolment import Standing
from contract.errors import RefusalCode
from edge.core.arrival import OwnNetwork
from edge.core.moment import Clock
from edge.core.sound import FromContent, FromLineIn, FromPhone, FromRecording, FromVoice
from edge.core.update_facts import Offer, SlotFacts, UpdateStart

Door = Literal["push", "poll", "store", "usb", "neighbour"]
HandName = Literal[
    "player",
    "amplifier",
    "sensors",
    "listener",
    "microphone",
    "tuner",
    "neighbours",
    "vitals",
    "courier",
    "chain",
    "ear",
    "herald",
    "shelf",
    "ledger",
    "voice",
    "chores",
    "operator",
    "updater",
]


class Event(msgspec.Struct, frozen=True, tag_field="event", kw_only=True):
    """The parent of all events; never posted itself."""


StaffSource = FromContent | FromVoice | FromRecording | FromPhone | FromLineIn


class Staff(msgspec.Struct, frozen=True, kw_only=True):
    """A local decision of staff, always with an end; a part that is None says nothing about it.

    `source` is what they put on air, `title` its name on the page, `rounds` how often it sounds, `chime`
    whether a chime goes before and an end tone after it; `words` are spoken by `voice` where the source is
    a voice.
    """

    by: str
    until: datetime
    source: StaffSource | None = None
    title: str = ""
    length_ms: int = 0
    rounds: int = 1
    chime: bool = False
    words: str = ""
    voice: str = ""
    zones: tuple[str, ...] = ()
    volume_pct: int | None = None


class AlarmKept(msgspec.Struct, frozen=True, kw_only=True):
    """How far an announcement in force had come when it was last written down.

    `due` is when round `round` may sound, None when all have; `lived_s` how long it has been in force here.
    """

    id: str
    round: int
    due: datetime | None
    lived_s: float
    hushed_until: datetime | None = None
    hushed_by: str = ""


class Started(Event, frozen=True, kw_only=True, tag="started"):
    """The appliance started: all that its store remembered, in one value, so that a replay begins here.

    `greets` says that it has a screen and a network to tell how it is; `service_button` is a pin that counts while
    nobody has assigned it.
    """

    device: str
    software: str
    clock: Clock
    assignment: Assignment | None = None
    programme: Programme | None = None
    programme_sha256: Sha256 | None = None
    approvals: tuple[Approval, ...] = ()
    announcements: tuple[Announcement, ...] = ()
    contents: tuple[Sha256, ...] = ()
    warnings: tuple[Announcement, ...] = ()
    warning_count: int = 0
    alarms: tuple[AlarmKept, ...] = ()
    override: Staff | None = None
    hush: Staff | None = None
    volume: Staff | None = None
    base_volume_pct: int = 80
    silenced: bool = False
    day: str = ""
    day_sounded_s: float = 0.0
    sessions_s: Mapping[str, float] = {}
    day_plays: tuple[Play, ...] = ()
    on_air: tuple[Play, ...] = ()
    greets: bool = False
    service_button: int | None = None
    update: UpdateStart | None = None  # None on a machine without slots


class Ticked(Event, frozen=True, kw_only=True, tag="ticked"):
    """The instant last asked for has come."""


class ClockJudged(Event, frozen=True, kw_only=True, tag="clock-judged"):
    """The wall clock was judged anew; `disputed_s` is by how much central contradicts the time service, 0 where not."""

    clock: Clock
    disputed_s: float = 0.0


class AssignmentAccepted(Event, frozen=True, kw_only=True, tag="assignment-accepted"):
    """A newer assignment was verified and stored; `sha256`, here and below, is that of the payload admitted."""

    assignment: Assignment
    sha256: Sha256 | None = None


class ProgrammeAccepted(Event, frozen=True, kw_only=True, tag="programme-accepted"):
    """A newer programme was verified and stored."""

    programme: Programme
    sha256: Sha256 | None = None


class ApprovalAccepted(Event, frozen=True, kw_only=True, tag="approval-accepted"):
    """An approver's word for a content was verified and stored."""

    approval: Approval
    sha256: Sha256 | None = None


class AnnouncementAccepted(Event, frozen=True, kw_only=True, tag="announcement-accepted"):
    """An alert, update or cancel was verified and remembered on disk."""

    announcement: Announcement
    door: Door
    sha256: Sha256 | None = None


class ActiveSetAccepted(Event, frozen=True, kw_only=True, tag="activeset-accepted"):
    """A newer set of what is in force was verified."""

    active_set: ActiveSet


class CommandAccepted(Event, frozen=True, kw_only=True, tag="command-accepted"):
    """A command was verified; its counter is remembered on disk."""

    command: Command
    sha256: Sha256 | None = None


class KeyringRenewed(Event, frozen=True, kw_only=True, tag="keyring-renewed"):
    """Who may sign what changed to the keyring of this epoch: the papers that stand under it, all of them.

    `dropped` papers were signed by keys that it does not know; they have lost their force.
    """

    epoch: int
    assignment: Assignment | None = None
    programme: Programme | None = None
    approvals: tuple[Approval, ...] = ()
    announcements: tuple[Announcement, ...] = ()
    dropped: int = 0


class DocumentRefused(Event, frozen=True, kw_only=True, tag="document-refused"):
    """A door brought a document that is not obeyed."""

    door: Door
    kind: Kind | None
    code: RefusalCode
    why: str


class StaffPlayed(Event, frozen=True, kw_only=True, tag="staff-played"):
    """Staff put an approved content on air, to all or some zones, until an end."""

    content: Sha256
    zones: tuple[str, ...]
    until: datetime
    by: str
    chime: bool = False


class StaffSpoke(Event, frozen=True, kw_only=True, tag="staff-spoke"):
    """Staff typed a text to be spoken, `rounds` times; `ref` names the spoken file, `voice` the region."""

    ref: str
    text: str
    voice: str
    rounds: int
    zones: tuple[str, ...]
    until: datetime
    by: str


class StaffRecorded(Event, frozen=True, kw_only=True, tag="staff-recorded"):
    """Staff put a recording on air that lies in the box as `ref`; its length in ms, 0 where unknown."""

    ref: str
    title: str
    length_ms: int
    zones: tuple[str, ...]
    until: datetime
    by: str


class StaffWentLive(Event, frozen=True, kw_only=True, tag="staff-went-live"):
    """Staff talk live, from a phone (its session `ref`) or, without `ref`, at the line input."""

    ref: str
    zones: tuple[str, ...]
    until: datetime
    by: str


class StaffLeftLive(Event, frozen=True, kw_only=True, tag="staff-left-live"):
    """The live talk is over."""

    by: str


class StaffWarned(Event, frozen=True, kw_only=True, tag="staff-warned"):
    """Staff sound a local emergency: spoken after the alarm tone, repeated until `until` or taken back."""

    headline: str
    text: str
    zones: tuple[str, ...]
    until: datetime
    by: str


class StaffStoodDown(Event, frozen=True, kw_only=True, tag="staff-stood-down"):
    """Staff took back the local emergency of this id."""

    id: str
    by: str


class StaffSkipped(Event, frozen=True, kw_only=True, tag="staff-skipped"):
    """Staff skip what is on air now, if it is below emergency; `key` is the play they saw."""

    key: str
    by: str


class StaffUndid(Event, frozen=True, kw_only=True, tag="staff-undid"):
    """Staff take back their last local decision, within its time."""

    by: str


class StaffAskedTest(Event, frozen=True, kw_only=True, tag="staff-asked-test"):
    """Somebody asks for the self-test, with a low tone in these zones; none means checks without a tone."""

    zones: tuple[str, ...]
    by: str


class TrialKind(StrEnum):
    """What whoever hands an appliance over tries: a relay's click, a low tone, a notice's loudness, an input."""

    CLICK = "click"
    TONE = "tone"
    LOUD = "loud"
    INPUT = "input"


class StaffTried(Event, frozen=True, kw_only=True, tag="staff-tried"):
    """Somebody who installs tries one thing: the zone or input `target`, "" for all zones.

    `awake` says that they know of the quiet hours and answer for a low tone in them.
    """

    kind: TrialKind
    target: str = ""
    by: str
    awake: bool = False


class StaffAskedReadiness(Event, frozen=True, kw_only=True, tag="staff-asked-readiness"):
    """Somebody asks whether the appliance can sound what comes next."""

    by: str


class InputChanged(Event, frozen=True, kw_only=True, tag="input-changed"):
    """A wired input became active or inactive, after its debounce."""

    name: str
    kind: InputKind
    active: bool


class StreamProbed(Event, frozen=True, kw_only=True, tag="stream-probed"):
    """A live stream was tried without sounding it: whether it gives anything, and why not."""

    url: str
    ok: bool
    why: str = ""


class Inspected(Event, frozen=True, kw_only=True, tag="inspected"):
    """A hand looked after something for `of` (a readiness or a self-test), without a sound."""

    of: str
    checks: tuple[Check, ...]


class SoundHeard(Event, frozen=True, kw_only=True, tag="sound-heard"):
    """What a microphone near the loudspeaker says of the span: whether it follows what the sink sounded.

    `likeness` is the correlation of both envelopes, -1 to 1; None where there was too little sound to tell.
    """

    span_ms: int
    likeness: float | None
    level_dbfs: float | None
    until_mono_s: float


class VitalsMeasured(Event, frozen=True, kw_only=True, tag="vitals-measured"):
    """What the machine says of itself."""

    vitals: Vitals


class AddressesSeen(Event, frozen=True, kw_only=True, tag="addresses-seen"):
    """The addresses under which the local page can be reached now."""

    addresses: tuple[str, ...]


class ArrivalSeen(Event, frozen=True, kw_only=True, tag="arrival-seen"):
    """Our own wireless network is up (`own`) or not, and what first must be mended in the site file, as a sentence."""

    own: OwnNetwork | None = None
    fault: str = ""


class SideLoaded(Event, frozen=True, kw_only=True, tag="side-loaded"):
    """A sealed set was read from a stick: how many papers were accepted or refused, how many contents came."""

    papers: int
    refused: int
    contents: int


class NeighboursSeen(Event, frozen=True, kw_only=True, tag="neighbours-seen"):
    """The appliances of the same network that answer now, by name."""

    names: tuple[str, ...]


class StaffHushed(Event, frozen=True, kw_only=True, tag="staff-hushed"):
    """Staff silenced everything below emergency until an end."""

    until: datetime
    by: str


class StaffHushedWarnings(Event, frozen=True, kw_only=True, tag="staff-hushed-warnings"):
    """Staff silence the warnings now in force here, and all below them, for a few minutes; a newer one sounds."""

    by: str


class StaffReleased(Event, frozen=True, kw_only=True, tag="staff-released"):
    """Staff gave the appliance back to its programme: override and hush end."""

    by: str


class StaffSetVolume(Event, frozen=True, kw_only=True, tag="staff-set-volume"):
    """Staff set the volume below emergency, until an end."""

    volume_pct: int
    until: datetime
    by: str


class ContentArrived(Event, frozen=True, kw_only=True, tag="content-arrived"):
    """A content lies whole and verified on the shelf."""

    sha256: Sha256


class ContentLost(Event, frozen=True, kw_only=True, tag="content-lost"):
    """A content that was on the shelf is gone or damaged."""

    sha256: Sha256
    why: str


class VoiceReady(Event, frozen=True, kw_only=True, tag="voice-ready"):
    """A text was spoken to a file; `ref` as asked, length in ms."""

    ref: str
    duration_ms: int


class OperatorSpoke(Event, frozen=True, kw_only=True, tag="operator-spoke"):
    """The operator who raised this announcement speaks now, and enough of it is here to go on air."""

    announcement: str


class OperatorFell(Event, frozen=True, kw_only=True, tag="operator-fell"):
    """The operator's live voice has been told to its end, or was `cut` because it stayed away too long."""

    announcement: str
    cut: bool = False


class OperatorWhole(Event, frozen=True, kw_only=True, tag="operator-whole"):
    """The whole of an operator's voice is here, proved, to be repeated; `heard`: it went on air live before."""

    announcement: str
    duration_ms: int
    heard: bool = False


class PlayerStarted(Event, frozen=True, kw_only=True, tag="player-started"):
    """The engine shows progress in media time for this play (not merely the word "playing")."""

    key: str


class Ending(StrEnum):
    """How a play ended in the engine."""

    FINISHED = "finished"
    STOPPED = "stopped"
    FAILED = "failed"


class PlayerEnded(Event, frozen=True, kw_only=True, tag="player-ended"):
    """The engine is done with this play; `played_ms` of media time, `why` where it failed or fell short."""

    key: str
    ending: Ending
    played_ms: int
    why: str = ""


class ZonesSwitched(Event, frozen=True, kw_only=True, tag="zones-switched"):
    """The relays, read back after a switch or at any time: exactly these zones are on.

    `stuck` are those whose read-back does not follow what they were told.
    """

    on: frozenset[str]
    stuck: frozenset[str] = frozenset()


class SoundMeasured(Event, frozen=True, kw_only=True, tag="sound-measured"):
    """What the sink's monitor heard in the `span_ms` before the monotonic instant `until_mono_s`.

    Of the span `sounded_ms` sounded (a pause under 0.8 s inside sound counts as sound: people breathe), at RMS
    `level_dbfs` (None when nothing sounded); `onset_mono_s` is the first sounding sample after silence, if
    there was one in the span.
    """

    span_ms: int = 1_000
    sounded_ms: int
    level_dbfs: float | None
    onset_mono_s: float | None
    until_mono_s: float


class HandFailed(Event, frozen=True, kw_only=True, tag="hand-failed"):
    """A hand could not do what it was asked, or broke; it is tried again."""

    hand: HandName
    why: str


class HandRecovered(Event, frozen=True, kw_only=True, tag="hand-recovered"):
    """A hand that had failed works again."""

    hand: HandName


class CentralReached(Event, frozen=True, kw_only=True, tag="central-reached"):
    """The push stream to central stands."""


class CentralLost(Event, frozen=True, kw_only=True, tag="central-lost"):
    """The push stream to central fell; it is tried again."""

    why: str


class ReportSent(Event, frozen=True, kw_only=True, tag="report-sent"):
    """Central acknowledged our report of this counter and all before."""

    counter: int


class EnrolmentSeen(Event, frozen=True, kw_only=True, tag="enrolment-seen"):
    """Central was asked to enrol us: its answer, and in how many seconds to ask again.

    `standing` is None where central could not be asked, `why` then says what is wrong. `code` is the six
    digits to compare, only where both nonces are known; `claim` the claim code that went with the question.
    """

    standing: Standing | None
    site: str = ""
    title: str = ""
    code: str = ""
    why: str = ""
    claim: str = ""
    claim_error: str = ""
    again_s: float = 2.0


class ClaimTyped(Event, frozen=True, kw_only=True, tag="claim-typed"):
    """Somebody typed a claim code on the local page, or wrote it into the site file; in its one spelling."""

    claim: str
    on_card: bool = False


class StaffWiped(Event, frozen=True, kw_only=True, tag="staff-wiped"):
    """Somebody with that right wants all of this appliance's memory gone: key, papers, contents."""

    by: str


class SlotsSeen(Event, frozen=True, kw_only=True, tag="slots-seen"):
    """The unit that may touch the card's slots said how they stand."""

    slots: SlotFacts


class ReleaseOffered(Event, frozen=True, kw_only=True, tag="release-offered"):
    """This appliance's turn has come for a signed release; None: central says that it has not, or not any more."""

    offer: Offer | None


class ReleaseFetched(Event, frozen=True, kw_only=True, tag="release-fetched"):
    """So much of a release is here, of so much; `fetched_bytes` came over the network. `whole`: nothing is missing."""

    counter: int
    have_bytes: int
    total_bytes: int
    fetched_bytes: int
    whole: bool = False


class ReleaseStuck(Event, frozen=True, kw_only=True, tag="release-stuck"):
    """A release cannot be fetched just now: why, and in how many seconds it is tried again."""

    counter: int
    code: str
    why: str
    again_s: float


class ChoreDue(Event, frozen=True, kw_only=True, tag="chore-due"):
    """A housekeeping time has come."""

    name: Literal["sync", "health", "scrub", "day", "readiness"]
    storage_free_bytes: int = 0


Happening = (
    Started
    | Ticked
    | ClockJudged
    | AssignmentAccepted
    | ProgrammeAccepted
    | ApprovalAccepted
    | AnnouncementAccepted
    | ActiveSetAccepted
    | CommandAccepted
    | KeyringRenewed
    | DocumentRefused
    | StaffPlayed
    | StaffHushed
    | StaffHushedWarnings
    | StaffReleased
    | StaffSetVolume
    | ContentArrived
    | ContentLost
    | VoiceReady
    | OperatorSpoke
    | OperatorFell
    | OperatorWhole
    | PlayerStarted
    | PlayerEnded
    | ZonesSwitched
    | SoundMeasured
    | HandFailed
    | HandRecovered
    | CentralReached
    | CentralLost
    | ReportSent
    | ChoreDue
    | StaffSpoke
    | StaffRecorded
    | StaffWentLive
    | StaffLeftLive
    | StaffWarned
    | StaffStoodDown
    | StaffSkipped
    | StaffUndid
    | StaffAskedTest
    | StaffTried
    | StaffAskedReadiness
    | InputChanged
    | StreamProbed
    | Inspected
    | SoundHeard
    | VitalsMeasured
    | NeighboursSeen
    | AddressesSeen
    | SideLoaded
    | EnrolmentSeen
    | ClaimTyped
    | StaffWiped
    | ArrivalSeen
    | SlotsSeen
    | ReleaseOffered
    | ReleaseFetched
    | ReleaseStuck
)
