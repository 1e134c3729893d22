"""A small world for the core: hands that obey in virtual time, two clocks that can be set at will.

It answers orders as the real hands do (measured delays), and keeps what sounded, in which zones.
"""

import heapq
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from itertools import count
from typing import assert_never

from contract.documents import (
    Announcement,
    AnnouncementInfo,
    Approval,
    Assignment,
    Check,
    Content,
    Daily,
    DeviceId,
    Level,
    MessageType,
    Policy,
    Programme,
    Repeat,
    Sha256,
    Slot,
    Status,
    Tone,
    Zone,
)
from edge.core.decide import Decision, decide
from edge.core.desk import Desk
from edge.core.events import (
    Ending,
    Happening,
    Inspected,
    PlayerEnded,
    PlayerStarted,
    SoundMeasured,
    Started,
    StreamProbed,
    Ticked,
    VoiceReady,
    ZonesSwitched,
)
from edge.core.moment import Clock, Moment
from edge.core.orders import (
    Ask,
    FitZones,
    Inspect,
    ProbeStream,
    Speak,
    StartPlay,
    StopPlay,
    SwitchZones,
)
from edge.core.sound import (
    FromContent,
    FromLineIn,
    FromOperator,
    FromPhone,
    FromRecording,
    FromStream,
    FromTone,
    FromVoice,
)

DEVICE = DeviceId("abcdefghijklmnop")
NOON = datetime(2026, 11, 23, 5, 0, tzinfo=UTC)  # 12:00 in Việt Nam
ZONES = (
    Zone(name="cho", title="Chợ", relay_pin=17, warm_up_ms=500, tail_ms=400),
    Zone(name="dinh", title="Đình", relay_pin=27, warm_up_ms=800, tail_ms=400),
)


MOST_TURNS = 250  # in one second: more is a loop that wakes itself for nothing


def sha(number: int) -> Sha256:
    """Return a content name made from a number."""
    return Sha256(f"{number:064x}")


def content(number: int, seconds: float = 10.0) -> Content:
    """Return a content of so many seconds."""
    return Content(
        sha256=sha(number),
        size_bytes=1000,
        duration_ms=round(seconds * 1000),
        mime="audio/mpeg",
        title=f"bản tin {number}",
    )


def approval(number: int, area: str = "dt") -> Approval:
    """Return an approver's word for a content."""
    return Approval(
        sha256=sha(number),
        title=f"bản tin {number}",
        area=area,
        issued=NOON - timedelta(days=1),
        not_after=NOON + timedelta(days=300),
    )


def assignment(policy: Policy | None = None) -> Assignment:
    """Return the paper of a two-zone cluster in Mỹ Phong."""
    return Assignment(
        device=DEVICE,
        device_key="A" * 43 + "=",
        epoch=1,
        issued=NOON - timedelta(days=2),
        name="Cụm ấp 1",
        area="dt/my-phong/ap-1",
        zones=ZONES,
        policy=policy or Policy(),
    )


def slot(name: str = "sang", **changes: object) -> Slot:
    """Return a daily slot at 12:00:10 of one minute with content 1, changed as said."""
    fields: dict[str, object] = {
        "id": name,
        "title": f"Bản tin {name}",
        "recurrence": Daily(),
        "start": time(12, 0, 10),
        "window_s": 60,
        "items": (sha(1),),
        "level": Level.NORMAL,
    }
    return Slot(**(fields | changes))  # type: ignore[arg-type]


def programme(*slots: Slot, version: int = 1, **changes: object) -> Programme:
    """Return a programme of these slots over contents 1 to 4."""
    fields: dict[str, object] = {
        "device": DEVICE,
        "assignment_epoch": 1,
        "version": version,
        "issued": NOON - timedelta(days=1),
        "not_before": NOON - timedelta(days=1),
        "soft_expires": NOON + timedelta(days=6),
        "expires": NOON + timedelta(days=20),
        "slots": slots,
        "contents": tuple(content(n) for n in (1, 2, 3, 4)),
    }
    return Programme(**(fields | changes))  # type: ignore[arg-type]


def alert(seq: int = 1, sent: datetime = NOON, **changes: object) -> Announcement:
    """Return a flood warning for the commune."""
    fields: dict[str, object] = {
        "id": f"dt-pctt:1:{seq}",
        "message": MessageType.ALERT,
        "status": Status.ACTUAL,
        "sent": sent,
        "expires": sent + timedelta(hours=6),
        "areas": ("dt/my-phong",),
        "event": "Lũ",
        "repeat": Repeat(quick_rounds=2, quick_gap_s=30, slow_gap_s=60),
        "infos": (
            AnnouncementInfo(
                language="vi",
                headline="Nước lũ lên nhanh",
                text="Bà con sơ tán.",
                tone=Tone.ATTENTION,
            ),
        ),
    }
    return Announcement(**(fields | changes))  # type: ignore[arg-type]


def started(*slots: Slot, policy: Policy | None = None, **changes: object) -> Started:
    """Return the start of an appliance whose contents 1 to 4 are here and approved."""
    fields: dict[str, object] = {
        "device": DEVICE,
        "software": "0.1.0",
        "clock": Clock.TRUSTED,
        "assignment": assignment(policy),
        "programme": programme(*slots) if slots else None,
        "approvals": tuple(approval(n) for n in (1, 2, 3, 4)),
        "contents": tuple(sha(n) for n in (1, 2, 3, 4)),
    }
    return Started(**(fields | changes))  # type: ignore[arg-type]


@dataclass
class Sounded:
    """One play as the world heard it: when (seconds since the start), how loud and in which zones."""

    key: str
    start_s: float
    end_s: float | None
    volume_pct: int
    from_ms: int
    zones: frozenset[str]


@dataclass
class World:
    """Hands that obey in virtual time.

    `deaf` names order types that are never answered. `lengths_ms` overrides how long a source sounds.
    """

    desk: Desk = field(default_factory=Desk)
    wall: datetime = NOON
    mono_s: float = 1000.0
    deaf: set[type] = field(default_factory=set)
    lengths_ms: Mapping[Sha256, int] = field(default_factory=dict)
    silent: bool = False  # the player plays, and nothing comes out at the sink
    dead_streams: set[str] = field(default_factory=set)
    orders: list[tuple[float, Ask]] = field(default_factory=list)
    plays: list[Sounded] = field(default_factory=list)
    relays: list[tuple[float, frozenset[str]]] = field(default_factory=list)
    decisions: list[Decision] = field(default_factory=list)
    turns: list[tuple[Moment, Happening]] = field(default_factory=list)
    watch: Callable[["World", Decision], None] | None = None
    _due: list[tuple[float, int, Happening]] = field(default_factory=list)
    _number: "count[int]" = field(default_factory=count)
    _on: frozenset[str] = frozenset()
    _ordered: frozenset[str] = frozenset()
    _free_s: float = 0.0
    _begun_s: float = 1000.0

    @property
    def now(self) -> Moment:
        """Return the present moment."""
        return Moment(self.wall, self.mono_s)

    @property
    def since_s(self) -> float:
        """Return the seconds since the world began."""
        return self.mono_s - self._begun_s

    @property
    def current(self) -> Sounded | None:
        """Return what sounds now."""
        return self.plays[-1] if self.plays and self.plays[-1].end_s is None else None

    def happen(self, event: Happening) -> Decision:
        """Have `event` happen now and obey what is decided."""
        self._before(event)
        self.turns.append((self.now, event))
        busy = len(self.turns) - MOST_TURNS
        spins = busy >= 0 and self.mono_s - self.turns[busy][0].mono_s < 1.0
        assert not spins, f"the loop spins: {MOST_TURNS} turns within a second, now at {event}"
        decision = decide(self.desk, event, self.now)
        self.desk = decision.desk
        self.decisions.append(decision)
        if self.watch is not None:
            self.watch(self, decision)
        for order in decision.orders:
            self.orders.append((self.since_s, order))
            if type(order) not in self.deaf:
                self._obey(order)
        self._due = [d for d in self._due if not isinstance(d[2], Ticked)]
        heapq.heapify(self._due)
        self._later(min(decision.wake_in_s, 30.0), Ticked())
        return decision

    def run(self, seconds: float) -> None:
        """Let so many seconds pass."""
        end = self.mono_s + seconds
        while self._due and self._due[0][0] <= end:
            at, _, event = heapq.heappop(self._due)
            self._pass(at - self.mono_s)
            self.happen(event)
        self._pass(end - self.mono_s)

    def step_wall(self, seconds: float) -> None:
        """Set the wall clock by so many seconds; the monotonic clock does not notice."""
        self.wall += timedelta(seconds=seconds)

    def _pass(self, seconds: float) -> None:
        self.mono_s += max(0.0, seconds)
        self.wall += timedelta(seconds=max(0.0, seconds))

    def _later(self, seconds: float, event: Happening) -> None:
        heapq.heappush(self._due, (self.mono_s + seconds, next(self._number), event))

    def _before(self, event: Happening) -> None:
        if isinstance(event, ZonesSwitched):
            self._on = event.on
            if self._free_s <= self.mono_s:
                self._ordered = event.on
            self.relays.append((self.since_s, event.on))
        current = self.current
        if isinstance(event, PlayerEnded) and current is not None and current.key == event.key:
            current.end_s = self.since_s

    def _obey(self, order: Ask) -> None:
        match order:
            case FitZones():
                self._later(0.005, ZonesSwitched(on=frozenset()))
            case SwitchZones(on=on):
                self._switch(on)
            case StartPlay():
                self._start(order)
            case StopPlay(key=key, fade_ms=fade_ms):
                self._cut(key, fade_ms / 1000)
            case Speak(ref=ref):
                self._later(0.05, VoiceReady(ref=ref, duration_ms=4_000))
            case Inspect(of=of):
                self._later(0.1, Inspected(of=of, checks=(Check(name="shelf", ok=True),)))
                self._later(0.1, Inspected(of=of, checks=(Check(name="sound-path", ok=True),)))
            case ProbeStream(url=url):
                probed = StreamProbed(
                    url=url, ok=url not in self.dead_streams, why="không có tiếng"
                )
                self._later(0.2, probed)
            case _:
                pass

    def _switch(self, on: frozenset[str]) -> None:
        """Move one relay after the other, off before on, each its zone's `stagger_ms` after the last."""
        # one lane: an order is obeyed after the one before it
        reached, in_s = self._ordered, max(0.0, self._free_s - self.mono_s) + 0.01
        moves = [z for z in self.desk.word.zones if z.name in reached - on]
        moves += [z for z in self.desk.word.zones if z.name in on - reached]
        for zone in moves:
            reached = reached ^ {zone.name}
            self._later(in_s, ZonesSwitched(on=reached))
            in_s += zone.stagger_ms / 1000
        if not moves:
            self._later(in_s, ZonesSwitched(on=on))
        self._ordered, self._free_s = on, self.mono_s + in_s

    def _start(self, order: StartPlay) -> None:
        if self.current is not None:
            self._cut(self.current.key, 0.0)
            self.current.end_s = self.since_s
        length_ms = self._length_ms(order) - order.from_ms
        begun = Sounded(order.key, self.since_s, None, order.volume_pct, order.from_ms, self._on)
        self.plays.append(begun)
        self._later(0.02, PlayerStarted(key=order.key))
        full = length_ms / 1000
        for second in range(1, int(full) + 1):
            measured = SoundMeasured(
                sounded_ms=1000,
                level_dbfs=-18.0,
                onset_mono_s=self.mono_s + 0.008 if second == 1 else None,
                until_mono_s=self.mono_s + second,
            )
            if not self.silent:
                self._later(second + 0.01, measured)
        self._later(full, PlayerEnded(key=order.key, ending=Ending.FINISHED, played_ms=length_ms))

    def _length_ms(self, order: StartPlay) -> int:
        match order.source:
            case FromContent(sha256=sha256):
                named = self.desk.word.content(sha256)
                default = named.duration_ms if named else 10_000
                return self.lengths_ms.get(sha256, default)
            case FromTone():
                return 3_000
            case FromVoice(ref=ref):
                return self.desk.rig.voices_ms.get(ref, 4_000)
            case FromRecording():
                return 6_000
            case FromStream() | FromLineIn() | FromPhone():
                return 600_000
            case FromOperator(announcement=name, live=live):
                return 600_000 if live else self.desk.rig.operators[name].whole_ms
            case _:
                assert_never(order.source)

    def fail(self, played_s: float | None = None, why: str = "hỏng") -> None:
        """Have what sounds now fail, as the player would say it."""
        current = self.current
        assert current is not None
        took_s = self.since_s - current.start_s if played_s is None else played_s
        self._forget(current.key)
        failed = PlayerEnded(
            key=current.key, ending=Ending.FAILED, played_ms=round(took_s * 1000), why=why
        )
        self.happen(failed)

    def _cut(self, key: str, in_s: float) -> None:
        played_ms = round((self.since_s - self.plays[-1].start_s) * 1000) if self.plays else 0
        self._forget(key)
        self._later(in_s, PlayerEnded(key=key, ending=Ending.STOPPED, played_ms=played_ms))

    def _forget(self, key: str) -> None:
        self._due = [
            d
            for d in self._due
            if not (isinstance(d[2], PlayerEnded | PlayerStarted) and d[2].key == key)
            and not isinstance(d[2], SoundMeasured)
        ]
        heapq.heapify(self._due)
