"""All that can be asked of the hands, in the imperative: a closed union.

Law of the room: frozen values without behaviour. An order says what ought to become true; what did
become true comes back as an event.
"""

from collections.abc import Mapping
from datetime import date

import msgspec

from contract.documents import (
    Announcement,
    Content,
    Health,
    Input,
    LocalWarning,
    Play,
    Readiness,
    Receipt,
    Refusal,
    Sha256,
    Switch,
    Zone,
)
from edge.core.arrival import Shown
from edge.core.events import AlarmKept, Staff
from edge.core.sound import Source
from edge.core.update_facts import Offer, UpdateKept, Verb


class Order(msgspec.Struct, frozen=True, tag_field="order", kw_only=True):
    """The parent of all orders; never handed out itself."""


class StartPlay(Order, frozen=True, kw_only=True, tag="start-play"):
    """Player: sound `source` now from `from_ms`, at `volume_pct` of full scale; a running play is faded out first."""

    key: str
    source: Source
    from_ms: int
    volume_pct: int


class StopPlay(Order, frozen=True, kw_only=True, tag="stop-play"):
    """Player: fade out and stop whatever sounds."""

    key: str
    fade_ms: int


class SetPlayVolume(Order, frozen=True, kw_only=True, tag="set-play-volume"):
    """Player: change the volume of the running play."""

    key: str
    volume_pct: int


class HearOperator(Order, frozen=True, kw_only=True, tag="hear-operator"):
    """Operator: have the voices of exactly these announcements; fetch what is missing, forget what is not named."""

    announcements: tuple[str, ...]


class FitZones(Order, frozen=True, kw_only=True, tag="fit-zones"):
    """Amplifier: these are the zones from now on; all are off until switched."""

    zones: tuple[Zone, ...]


class FitInputs(Order, frozen=True, kw_only=True, tag="fit-inputs"):
    """Sensors and amplifier: these inputs are wired from now on, and these relays follow the clock."""

    inputs: tuple[Input, ...]
    switches: tuple[Switch, ...]


class SwitchOthers(Order, frozen=True, kw_only=True, tag="switch-others"):
    """Amplifier: have exactly these clock-driven relays on."""

    on: frozenset[str]


class ProbeStream(Order, frozen=True, kw_only=True, tag="probe-stream"):
    """Tuner: try whether this live stream gives anything, without sounding it."""

    url: str


class Inspect(Order, frozen=True, kw_only=True, tag="inspect"):
    """Shelf and player: hash these contents again, and try the way of the sound without a sound."""

    of: str
    contents: tuple[Sha256, ...]


class SwitchZones(Order, frozen=True, kw_only=True, tag="switch-zones"):
    """Amplifier: have exactly these zones on, and read them back; `urgent` waits for no relay to rest."""

    on: frozenset[str]
    urgent: bool = False


class Speak(Order, frozen=True, kw_only=True, tag="speak"):
    """Voice: speak this text to the file named `ref`."""

    ref: str
    language: str
    text: str
    voice: str = ""


class FetchContents(Order, frozen=True, kw_only=True, tag="fetch-contents"):
    """Courier: bring these contents and their approvals, in this order.

    `urgent` are those needed within hours, `pressing` those of an emergency.
    """

    contents: tuple[Content, ...]
    urgent: frozenset[Sha256] = frozenset()
    pressing: frozenset[Sha256] = frozenset()


class PinContents(Order, frozen=True, kw_only=True, tag="pin-contents"):
    """Shelf: whatever else must make room, these stay."""

    contents: frozenset[Sha256]


class Synchronise(Order, frozen=True, kw_only=True, tag="synchronise"):
    """Courier: ask central for every document now."""


class Tell(Order, frozen=True, kw_only=True, tag="tell"):
    """Herald: spool this for central."""

    plays: tuple[Play, ...] = ()
    refusals: tuple[Refusal, ...] = ()
    receipts: tuple[Receipt, ...] = ()
    readiness: tuple[Readiness, ...] = ()
    warnings: tuple[LocalWarning, ...] = ()
    health: Health | None = None


class Remember(Order, frozen=True, kw_only=True, tag="remember"):
    """Ledger: keep the small facts that must survive a restart; `on_air` are records of plays not over yet."""

    override: Staff | None
    hush: Staff | None
    volume: Staff | None
    base_volume_pct: int
    silenced: bool
    warnings: tuple[Announcement, ...] = ()
    warning_count: int = 0
    alarms: tuple[AlarmKept, ...] = ()
    day: date
    day_sounded_s: float
    sessions_s: Mapping[str, float] = {}
    day_plays: tuple[Play, ...] = ()
    on_air: tuple[Play, ...] = ()


class Scrub(Order, frozen=True, kw_only=True, tag="scrub"):
    """Shelf: hash what lies there again, and report what is damaged."""


class SendLogs(Order, frozen=True, kw_only=True, tag="send-logs"):
    """Herald's lane: post what this program last said, asked for by the command of this counter."""

    counter: int


class AskEnrolment(Order, frozen=True, kw_only=True, tag="ask-enrolment"):
    """Courier: ask central to enrol us, with this claim code where one was typed."""

    claim: str = ""


class AskRelease(Order, frozen=True, kw_only=True, tag="ask-release"):
    """Updater: ask central whether our turn has come, and how the slots stand."""


class FetchRelease(Order, frozen=True, kw_only=True, tag="fetch-release"):
    """Updater: bring what is missing of this release."""

    offer: Offer


class HoldRelease(Order, frozen=True, kw_only=True, tag="hold-release"):
    """Updater: fetch no more for now; what is here stays."""


class WishSlot(Order, frozen=True, kw_only=True, tag="wish-slot"):
    """Updater: keep `kept` on disk, then have the unit do this with the release of this counter."""

    verb: Verb
    counter: int
    kept: UpdateKept


class KeepUpdate(Order, frozen=True, kw_only=True, tag="keep-update"):
    """Updater: keep this on disk."""

    kept: UpdateKept


class Restart(Order, frozen=True, kw_only=True, tag="restart"):
    """End this process in order; whoever minds it starts it again."""


class Wipe(Order, frozen=True, kw_only=True, tag="wipe"):
    """Ledger: forget key, papers and contents for good, and begin anew as another appliance."""


class TellNetwork(Order, frozen=True, kw_only=True, tag="tell-network"):
    """Arrival: tell whoever keeps the machine's network, and the screen, how we are.

    `held` counts how often the service button was held.
    """

    assigned: bool
    held: int
    shown: Shown


Ask = (
    StartPlay
    | StopPlay
    | SetPlayVolume
    | FitZones
    | SwitchZones
    | Speak
    | HearOperator
    | FetchContents
    | Synchronise
    | Tell
    | Remember
    | Scrub
    | PinContents
    | FitInputs
    | SwitchOthers
    | ProbeStream
    | Inspect
    | AskEnrolment
    | SendLogs
    | Restart
    | TellNetwork
    | Wipe
    | AskRelease
    | FetchRelease
    | HoldRelease
    | WishSlot
    | KeepUpdate
)
