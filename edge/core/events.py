"""All that can happen, in the past tense: a closed union.

Law of the room: frozen values without behaviour. A new event is added here and `mypy` then lists every
place that must answer it. Events are journalled as JSON and replayed, so each field is plain data.
Events from the hands are observations, never intentions.
"""

from datetime import datetime
from enum import StrEnum
from typing import Literal

import msgspec

from contract.documents import (
    ActiveSet,
    Announcement,
    Approval,
    Assignment,
    Command,
    Kind,
    Programme,
    Sha256,
)
from contract.errors import RefusalCode
from edge.core.moment import Clock

Door = Literal["push", "poll", "store", "usb", "neighbour"]
HandName = Literal[
    "player",
    "amplifier",
    "listener",
    "courier",
    "ear",
    "herald",
    "shelf",
    "ledger",
    "voice",
    "chores",
]


class Event(msgspec.Struct, frozen=True, tag_field="event", kw_only=True):
    """The parent of all events; never posted itself."""


class Staff(msgspec.Struct, frozen=True, kw_only=True):
    """A local decision of staff, always with an end; a part that is None says nothing about it."""

    by: str
    until: datetime
    content: Sha256 | None = None
    zones: tuple[str, ...] = ()
    hushed: bool = False
    volume_pct: int | None = None


class Started(Event, frozen=True, kw_only=True, tag="started"):
    """The appliance started: all that its store remembered, in one value, so that a replay begins here."""

    device: str
    software: str
    clock: Clock
    assignment: Assignment | None = None
    programme: Programme | None = None
    approvals: tuple[Approval, ...] = ()
    announcements: tuple[Announcement, ...] = ()
    contents: tuple[Sha256, ...] = ()
    override: Staff | None = None
    hush: Staff | None = None
    volume: Staff | None = None
    base_volume_pct: int = 80
    silenced: bool = False
    day: str = ""
    day_sounded_s: float = 0.0


class Ticked(Event, frozen=True, kw_only=True, tag="ticked"):
    """The instant last asked for has come."""


class ClockJudged(Event, frozen=True, kw_only=True, tag="clock-judged"):
    """The wall clock was judged anew."""

    clock: Clock


class AssignmentAccepted(Event, frozen=True, kw_only=True, tag="assignment-accepted"):
    """A newer assignment was verified and stored."""

    assignment: Assignment


class ProgrammeAccepted(Event, frozen=True, kw_only=True, tag="programme-accepted"):
    """A newer programme was verified and stored."""

    programme: Programme


class ApprovalAccepted(Event, frozen=True, kw_only=True, tag="approval-accepted"):
    """An approver's word for a content was verified and stored."""

    approval: Approval


class AnnouncementAccepted(Event, frozen=True, kw_only=True, tag="announcement-accepted"):
    """An alert, update or cancel was verified and remembered on disk."""

    announcement: Announcement
    door: Door


class ActiveSetAccepted(Event, frozen=True, kw_only=True, tag="activeset-accepted"):
    """A newer set of what is in force was verified."""

    active_set: ActiveSet


class CommandAccepted(Event, frozen=True, kw_only=True, tag="command-accepted"):
    """A command was verified; its counter is remembered on disk."""

    command: Command


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


class StaffHushed(Event, frozen=True, kw_only=True, tag="staff-hushed"):
    """Staff silenced everything below emergency until an end."""

    until: datetime
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
    """The relays, read back after a switch: exactly these zones are on."""

    on: frozenset[str]


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


class ChoreDue(Event, frozen=True, kw_only=True, tag="chore-due"):
    """A housekeeping time has come."""

    name: Literal["sync", "health", "scrub", "day"]
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
    | DocumentRefused
    | StaffPlayed
    | StaffHushed
    | StaffReleased
    | StaffSetVolume
    | ContentArrived
    | ContentLost
    | VoiceReady
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
)
