"""What really happened, as somebody with a stop-watch under the loudspeaker would have written it down.

Law of the room: facts of the world, in seconds of true time since the beginning; nothing here was decided or
believed by the appliance, except where a name says so.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from contract.documents import (
    ActiveSet,
    Announcement,
    Assignment,
    Health,
    Play,
    Programme,
    Receipt,
    Refusal,
    Repeat,
)

Block = Literal["down", "player", "relays", "cut-off"]


@dataclass
class Sound:
    """One stretch in which the player sounded at the sink; `zones` were really on at its beginning.

    `asked_s` is when it was ordered; `full` whether it came to its own end. `believed` is the wall clock of the
    appliance at the beginning, `clock` how far it believed it; `life` which of its lives it was.
    """

    key: str
    asked_s: float
    start_s: float
    volume_pct: int
    life: int
    believed: datetime
    true: datetime
    clock: str
    end_s: float | None = None
    full: bool = False
    audible: list[tuple[float, float]] = field(default_factory=list)
    volumes: list[tuple[float, int]] = field(default_factory=list)

    @property
    def is_alert(self) -> bool:
        return self.key.startswith("alert/")

    @property
    def alert(self) -> str:
        return self.key.split("/")[1]


@dataclass
class Arrival:
    """An announcement that a door brought and the appliance took: when, which life, and what it asks for.

    `firm` says that the disk took it too, so that it outlives a kill.
    """

    id: str
    at_s: float
    life: int
    expires_s: float
    rank: int
    repeat: Repeat
    steps: int
    is_cancel: bool
    firm: bool
    references: tuple[str, ...] = ()
    sent_s: float = 0.0
    door: str = ""


@dataclass(frozen=True)
class Turned:
    """An announcement that a door brought and the appliance turned away."""

    id: str
    at_s: float
    code: str
    door: str
    clock: str
    expires_s: float


@dataclass
class Evidence:
    """All that was seen."""

    sounds: list[Sound] = field(default_factory=list)
    arrivals: list[Arrival] = field(default_factory=list)
    refused_warnings: list[Turned] = field(default_factory=list)
    foreign: set[str] = field(default_factory=set)
    stood_down: dict[str, float] = field(default_factory=dict)
    blocks: dict[Block, list[tuple[float, float]]] = field(default_factory=dict)
    lives: list[tuple[float, float, str]] = field(default_factory=list)  # up, down, why it died
    first_orders: list[tuple[int, str]] = field(default_factory=list)
    relays: list[tuple[float, frozenset[str], frozenset[str]]] = field(default_factory=list)
    # ^ when, coils under power, contacts closed
    asked: list[tuple[float, float]] = field(default_factory=list)  # the player had something to do
    assignments: list[tuple[float, Assignment]] = field(default_factory=list)
    programmes: list[tuple[float, Programme | None]] = field(default_factory=list)
    clocks: list[tuple[float, str, datetime]] = field(default_factory=list)
    silences: list[tuple[float, bool]] = field(default_factory=list)
    active_sets: list[tuple[float, ActiveSet]] = field(default_factory=list)
    withheld: list[tuple[float, str]] = field(default_factory=list)  # cancels never pushed
    faults: list[tuple[float, float, str]] = field(default_factory=list)
    staff: list[tuple[float, str]] = field(default_factory=list)
    hushes: list[tuple[float, float]] = field(default_factory=list)
    full_disk: list[tuple[float, float]] = field(default_factory=list)
    told: list[tuple[int, Play]] = field(default_factory=list)  # acknowledged, by report counter
    refusals: list[Refusal] = field(default_factory=list)
    receipts: list[Receipt] = field(default_factory=list)
    healths: list[Health] = field(default_factory=list)
    local_warnings: list[tuple[str, bool]] = field(default_factory=list)
    storms: list[tuple[float, str]] = field(default_factory=list)
    turns: int = 0
    digest: str = ""
    replayed: int = 0
    replayed_otherwise: int = 0

    def block(self, why: Block, start_s: float, end_s: float) -> None:
        """Write down that from then to then this alone would have kept any sound away."""
        self.blocks.setdefault(why, []).append((start_s, end_s))


def announcement_arrival(
    announcement: Announcement, at_s: float, life: int, begins: datetime, *, firm: bool, door: str
) -> Arrival:
    """Return what an announcement asks for, read from the paper itself."""
    steps = sum(
        (info.tone.value != "none") + bool(info.text or info.content) for info in announcement.infos
    )
    cancel = announcement.message.value == "Cancel"
    return Arrival(
        id=announcement.id,
        at_s=at_s,
        life=life,
        expires_s=(announcement.expires - begins).total_seconds(),
        rank=7 if any("/" not in area for area in announcement.areas) else 6,
        repeat=announcement.repeat,
        steps=steps,
        is_cancel=cancel,
        firm=firm,
        references=announcement.references,
        sent_s=(announcement.sent - begins).total_seconds(),
        door=door,
    )


Spans = list[tuple[float, float]]


def joined(spans: Spans) -> Spans:
    """Return spans in order without overlaps."""
    found: Spans = []
    for start, end in sorted(spans):
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], end))
        else:
            found.append((start, end))
    return found


def covered_s(spans: Spans, start_s: float, end_s: float) -> float:
    """Return how many seconds between two instants these spans cover."""
    return sum(
        max(0.0, min(end, end_s) - max(start, start_s))
        for start, end in joined(spans)
        if end > start_s and start < end_s
    )
