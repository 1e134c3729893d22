"""The desk: all that the appliance knows, in one frozen value.

Law of the room: what is known, never what is wished. Sub-values by meaning: `Word` (trusted documents),
`Local` (decisions of staff), `Alarm` (an announcement in force), `Rig` (what the hands were seen to do),
`Proof` (records of play being made), `Accounts` (minutes sounded). Mappings are never changed in place.
"""

from collections.abc import Mapping
from typing import Final

import msgspec

from contract.documents import (
    Announcement,
    Approval,
    Assignment,
    Content,
    Health,
    Play,
    Policy,
    Programme,
    Rank,
    Receipt,
    Refusal,
    Sha256,
    Zone,
)
from edge.core.events import Ending, HandName, Staff
from edge.core.moment import Clock
from edge.core.sound import Source

RECENT: Final = 20  # how many records the local page shows
REMEMBERED_KEYS: Final = 128  # how many keys of ended plays and told refusals are kept


class Value(msgspec.Struct, frozen=True, kw_only=True):
    """A frozen value of the core."""


class Word(Value, frozen=True, kw_only=True):
    """What the trusted documents say."""

    assignment: Assignment | None = None
    programme: Programme | None = None
    approvals: Mapping[Sha256, Approval] = {}

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


class Local(Value, frozen=True, kw_only=True):
    """What staff and commands decided here; each staff decision ends by itself."""

    override: Staff | None = None
    hush: Staff | None = None
    volume: Staff | None = None
    base_volume_pct: int = 80
    silenced: bool = False


class Alarm(Value, frozen=True, kw_only=True):
    """An announcement in force and how far its repeat cycle has come.

    `step` counts tone and words through the languages; `due_mono_s` is when the round may sound, None when
    all rounds are done; `step_since_mono_s` is when the step began to wait for its words.
    """

    announcement: Announcement
    rank: Rank
    accepted_mono_s: float
    round: int = 0
    step: int = 0
    due_mono_s: float | None
    step_since_mono_s: float


class Sounding(Value, frozen=True, kw_only=True):
    """What the player was last asked to play and was seen to do with it."""

    key: str
    volume_pct: int
    asked_mono_s: float
    seen: bool = False


class Rig(Value, frozen=True, kw_only=True):
    """What the hands were seen to do, and which orders are still in flight.

    `zones_on` is None until first read back. `warm_since` holds the monotonic second at which each zone was
    seen on. `quiet_since_mono_s` is when the last play ended.
    """

    playing: Sounding | None = None
    stopping_since_mono_s: float | None = None
    zones_on: frozenset[str] | None = None
    warm_since: Mapping[str, float] = {}
    quiet_since_mono_s: float = -1e9
    fitted: tuple[Zone, ...] | None = None
    switching: frozenset[str] | None = None
    switching_since_mono_s: float = -1e9
    failed: Mapping[HandName, str] = {}
    fetching: frozenset[Sha256] = frozenset()
    speaking: frozenset[str] = frozenset()
    voices_ms: Mapping[str, int] = {}
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
    started_mono_s: float
    ended_mono_s: float | None = None
    ending: Ending | None = None
    played_ms: int = 0
    sounded_ms: float = 0.0
    energy_ms: float = 0.0
    onset_mono_s: float | None = None
    why: str = ""


class Untold(Value, frozen=True, kw_only=True):
    """What the herald has not yet been given."""

    plays: tuple[Play, ...] = ()
    refusals: tuple[Refusal, ...] = ()
    receipts: tuple[Receipt, ...] = ()
    health: Health | None = None


class Accounts(Value, frozen=True, kw_only=True):
    """Seconds sounded below emergency: on the local `day` (ISO date) and in each open session."""

    day: str = ""
    day_sounded_s: float = 0.0
    sessions_s: Mapping[str, float] = {}


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
    central: bool = False
    sync_wanted: bool = False
    scrub_wanted: bool = False
    ready_version: int = -1
    storage_free_bytes: int = 0
    remembered: str = ""
    recent_plays: tuple[Play, ...] = ()
    recent_refusals: tuple[Refusal, ...] = ()


def kept(keys: tuple[str, ...], *more: str) -> tuple[str, ...]:
    """Return `keys` with `more` behind them, the newest `REMEMBERED_KEYS` of them."""
    return (*keys, *more)[-REMEMBERED_KEYS:]
