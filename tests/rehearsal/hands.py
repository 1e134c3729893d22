"""Hands in virtual time: player, relays, voice and inputs, with the troubles they can have.

Law of the room: they obey orders and post observations as the real hands do, and write what really sounded into
the evidence. The machine (engine, relays, wires) outlives the appliance's process; `die` is what a kill does to it.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

from contract.documents import InputKind
from edge.core.events import (
    Ending,
    HandFailed,
    HandRecovered,
    Happening,
    InputChanged,
    PlayerEnded,
    PlayerStarted,
    SoundMeasured,
    ZonesSwitched,
)
from edge.core.orders import SetPlayVolume, StartPlay, StopPlay
from edge.core.sound import (
    FromContent,
    FromLineIn,
    FromOperator,
    FromPhone,
    FromRecording,
    FromStream,
    FromTone,
    FromVoice,
    Source,
)
from tests.rehearsal.clockwork import Clockwork
from tests.rehearsal.evidence import Evidence, Sound
from tests.rehearsal.month import CONTENTS, GARBAGE, INPUTS, ZONES, sha

LENGTHS_S = {sha(n): minutes * 60 for n, (minutes, _) in CONTENTS.items()}
TONE_S = 6.0
VOICE_S = 14.0
RECORDING_S = 25.0
ENDLESS_S = 1e9
NEW_ENGINE_S = 0.6
DEAF_S = 4.0  # an engine that says nothing is given up after so long
ENGINE_PATIENCE_S = 5.0  # an order waits so long for an engine, then its play has failed
PRE_EMPT_S = 0.08
STALL_S = 3.0


@dataclass
class Playing:
    """What the engine was given: `sound` while it really sounds."""

    order: StartPlay
    asked_s: float
    sound: Sound | None = None
    ends: int = 0  # the number of the job that ends it


class Player:
    """The engine under its supervisor.

    `mute_until_s`: nothing is ever posted until then, as an engine that hangs without being noticed; `gone_until_s`:
    no engine can be started until then.
    """

    def __init__(
        self,
        works: Clockwork,
        evidence: Evidence,
        relays: "Relays",
        post: Callable[[Happening], None],
        stamp: Callable[[], tuple[datetime, str]],
        listen_s: float,
    ) -> None:
        self._works, self._evidence, self._relays = works, evidence, relays
        self._post, self._stamp, self._listen_s = post, stamp, listen_s
        self.current: Playing | None = None
        self.shelf: set[str] = set()
        self.damaged: set[str] = set()
        self.voices: set[str] = set()
        self.dead_streams: set[str] = set()
        self.mute_until_s = 0.0
        self.gone_until_s = 0.0
        self._failed = False
        self._number = 0
        self._measured_s = 0.0
        self._busy_since: float | None = None
        self._lane: list[StartPlay | StopPlay | SetPlayVolume] = []

    @property
    def sounding(self) -> Sound | None:
        return self.current.sound if self.current else None

    def obey(self, order: StartPlay | StopPlay | SetPlayVolume) -> None:
        """Take an order on the lane, which waits with a play in its hand while there is no engine."""
        self._lane.append(order)
        if len(self._lane) == 1:
            self._next()

    def _next(self) -> None:
        while self._lane:
            now_s, order = self._works.elapsed_s, self._lane[0]
            wait_s = self.gone_until_s - now_s
            if isinstance(order, StartPlay) and wait_s > 0 and now_s >= self.mute_until_s:
                self._busy(True)
                if wait_s > ENGINE_PATIENCE_S:
                    self._works.living(ENGINE_PATIENCE_S, partial(self._gave_up, order))
                else:
                    self._works.living(wait_s + 0.001, partial(self._took_up, order))
                return
            self._lane.pop(0)
            self._do(order)

    def _gave_up(self, order: StartPlay) -> None:
        if self._lane and self._lane[0] is order:
            self._lane.pop(0)
            self._busy(self.current is not None)
            why = "bộ phát tiếng không chạy: kiểm tra máy chủ âm thanh"
            ended = PlayerEnded(key=order.key, ending=Ending.FAILED, played_ms=0, why=why)
            self._post(ended)
            self._next()

    def _took_up(self, order: StartPlay) -> None:
        if self._lane and self._lane[0] is order:
            self._next()

    def _do(self, order: StartPlay | StopPlay | SetPlayVolume) -> None:
        now_s = self._works.elapsed_s
        match order:
            case StartPlay():
                self._busy(True)
                if self.current is not None:
                    self._leave(Ending.STOPPED)
                self._give(order)
            case StopPlay(key=key, fade_ms=fade_ms):
                if now_s < self.mute_until_s:
                    return
                if self.current is None:
                    self._post(PlayerEnded(key=key, ending=Ending.STOPPED, played_ms=0))
                    return
                number = self._number
                self._works.living(fade_ms / 1000, lambda: self._stopped(number))
            case SetPlayVolume(key=key, volume_pct=volume_pct):
                if (
                    self.current is not None
                    and self.current.order.key == key
                    and self.current.sound
                ):
                    self.current.sound.volumes.append((now_s, volume_pct))

    def die(self) -> None:
        """The process is gone, and its engine with it."""
        if self.current is not None and self.current.sound is not None:
            self._close(self.current.sound)
        self.current = None
        self._number += 1
        self._lane.clear()
        self._busy(False)
        self._failed = False

    def crash(self, why: str) -> None:
        """The engine dies; its supervisor has a new one soon."""
        self.gone_until_s = max(self.gone_until_s, self._works.elapsed_s + NEW_ENGINE_S)
        self._fail(why)

    def hang(self, for_s: float) -> None:
        """The engine says and sounds nothing more; the supervisor sees it, and no new one starts for so long."""
        now_s = self._works.elapsed_s
        self._silence()
        self.gone_until_s = max(self.gone_until_s, now_s + for_s)
        self._works.living(DEAF_S, lambda: self._fail("bộ phát tiếng không trả lời"))

    def mute(self, for_s: float) -> None:
        """Nothing sounds and nothing is ever said, until the supervisor notices after so long."""
        self._silence()
        self.mute_until_s = self.gone_until_s = self._works.elapsed_s + for_s
        self._works.living(for_s, lambda: self.crash("bộ phát tiếng treo"))

    def stall(self, url: str) -> None:
        """A stream gives nothing more; the engine's own watchdog ends the play."""
        current = self.current
        if current is None or not isinstance(current.order.source, FromStream):
            return
        if current.order.source.url == url and current.sound is not None:
            self._close(current.sound)
            number = self._number
            self._works.living(
                STALL_S, lambda: self._failed_play(number, "Luồng tiếp sóng không có dữ liệu.")
            )

    # --- inside ---------------------------------------------------------------------------------

    def _give(self, order: StartPlay) -> None:
        now_s = self._works.elapsed_s
        self._number += 1
        number = self._number
        self.current = Playing(order, now_s)
        if now_s < self.mute_until_s:
            return
        why = self._cannot(order.source)
        if why:
            self._works.living(0.01, lambda: self._failed_play(number, why))
        else:
            self._works.living(0.012, lambda: self._begin(number))

    def _cannot(self, source: Source) -> str:
        match source:
            case FromContent(sha256=sha256) if sha256 not in self.shelf:
                return "tệp âm thanh không còn trên thiết bị"
            case FromContent(sha256=sha256) if sha256 in self.damaged or sha256 == sha(GARBAGE):
                return "Tệp âm thanh hỏng: không giải mã được."
            case FromVoice(ref=ref) if ref not in self.voices:
                return "lời đọc không còn trên thiết bị"
            case FromStream(url=url) if url in self.dead_streams:
                return "Luồng tiếp sóng không có dữ liệu."
            case _:
                return ""

    def _begin(self, number: int) -> None:
        playing = self.current
        if playing is None or number != self._number:
            return
        if self._works.elapsed_s < self.gone_until_s:  # it died meanwhile
            return
        now_s, order = self._works.elapsed_s, playing.order
        believed, clock = self._stamp()
        sound = Sound(
            key=order.key,
            asked_s=playing.asked_s,
            start_s=now_s,
            volume_pct=order.volume_pct,
            life=self._works.life,
            believed=believed,
            true=self._works.true,
            clock=clock,
        )
        playing.sound = sound
        self._evidence.sounds.append(sound)
        self._relays.hearing(sound)
        self._measured_s = now_s
        self._works.living(0.01, lambda: self._post_if(number, PlayerStarted(key=order.key)))
        length_s = _length_s(order.source) - order.from_ms / 1000
        self._works.living(max(0.05, length_s), lambda: self._finished(number))
        self._works.living(self._listen_s, lambda: self._listen(number))

    def _post_if(self, number: int, event: Happening) -> None:
        if number == self._number:
            self._post(event)

    def _listen(self, number: int) -> None:
        if number == self._number and self.sounding is not None:
            self._measure(self.sounding)
            self._works.living(self._listen_s, lambda: self._listen(number))

    def _measure(self, sound: Sound) -> None:
        now_s, since_s = self._works.elapsed_s, self._measured_s
        if now_s - since_s < 0.001:
            return
        first = since_s == sound.start_s
        offset_s = self._works.mono_s() - now_s
        span_ms = round((now_s - since_s) * 1000)
        measured = SoundMeasured(
            span_ms=max(1, span_ms),
            sounded_ms=span_ms,
            level_dbfs=-18.0,
            onset_mono_s=since_s + offset_s if first else None,
            until_mono_s=now_s + offset_s,
        )
        self._measured_s = now_s
        self._post(measured)

    def _close(self, sound: Sound) -> None:
        """The sound ends here, in the world and for the listener."""
        if sound.end_s is None:
            self._measure(sound)
            sound.end_s = self._works.elapsed_s
            self._relays.unheard(sound)

    def _silence(self) -> None:
        if self.current is not None and self.current.sound is not None:
            self._close(self.current.sound)
        self._number += 1

    def _end(self, ending: Ending, why: str = "") -> None:
        playing, self.current = self.current, None
        self._number += 1
        if playing is None:
            return
        played_ms = 0
        if playing.sound is not None:
            self._close(playing.sound)
            playing.sound.full = ending is Ending.FINISHED
            played_ms = round(((playing.sound.end_s or 0.0) - playing.sound.start_s) * 1000)
        self._busy(False)
        self._post(PlayerEnded(key=playing.order.key, ending=ending, played_ms=played_ms, why=why))

    def _leave(self, ending: Ending) -> None:
        """Another play takes over: the one before fades out under it."""
        busy = self._busy_since
        mute = self._works.elapsed_s < self.mute_until_s
        if mute:  # nothing is said of it, ever
            self.current = None
            self._number += 1
        else:
            self._end(ending)
        self._busy_since = busy if busy is not None else self._works.elapsed_s

    def _stopped(self, number: int) -> None:
        if number == self._number:
            self._end(Ending.STOPPED)

    def _finished(self, number: int) -> None:
        if number == self._number:
            self._end(Ending.FINISHED)

    def _failed_play(self, number: int, why: str) -> None:
        if number == self._number:
            self._end(Ending.FAILED, why)

    def _fail(self, why: str) -> None:
        if self.current is not None:
            self._end(Ending.FAILED, why)
        if not self._failed:
            self._failed = True
            self._post(HandFailed(hand="player", why=why))
        self._works.living(self.gone_until_s - self._works.elapsed_s, self._recovered)

    def _recovered(self) -> None:
        if self._failed and self._works.elapsed_s >= self.gone_until_s:
            self._failed = False
            self._post(HandRecovered(hand="player"))

    def _busy(self, busy: bool) -> None:
        now_s = self._works.elapsed_s
        if busy and self._busy_since is None:
            self._busy_since = now_s
        elif not busy and self._busy_since is not None:
            self._evidence.asked.append((self._busy_since, now_s))
            self._busy_since = None


def _length_s(source: Source) -> float:
    match source:
        case FromContent(sha256=sha256):
            return LENGTHS_S[sha256]
        case FromTone():
            return TONE_S
        case FromVoice():
            return VOICE_S
        case FromRecording():
            return RECORDING_S
        case FromStream() | FromLineIn() | FromPhone() | FromOperator():
            return ENDLESS_S


@dataclass
class Relays:
    """Coils under power and contacts closed; a contact may stick, a switching may fail."""

    works: Clockwork
    evidence: Evidence
    post: Callable[[Happening], None]
    coils: frozenset[str] = frozenset()
    welded: set[str] = field(default_factory=set)
    open_: set[str] = field(default_factory=set)
    broken_until_s: float = 0.0
    _fitted: bool = False
    _turn: int = 0
    _failed: bool = False
    _hearing: Sound | None = None
    _since_s: float = 0.0

    @property
    def contacts(self) -> frozenset[str]:
        """Return the zones whose amplifier really gets its power."""
        every = frozenset(z.name for z in ZONES)
        return ((self.coils - self.open_) | self.welded) & every

    def fit(self) -> None:
        """The wiring is told: all off."""
        self._fitted = True
        self._turn += 1
        self._move(frozenset())
        self._say()

    def switch(self, on: frozenset[str]) -> None:
        """One relay after the other, each its zone's stagger after the last, off before on."""
        if not self._fitted:
            return
        self._turn += 1
        if self.works.elapsed_s < self.broken_until_s:
            self._complain("không đóng cắt được: xem dây và bo mạch")
            return
        moves = [z for z in ZONES if z.name in self.coils - on]
        moves += [z for z in ZONES if z.name in on - self.coils]
        in_s, turn = 0.01, self._turn
        for zone in moves:
            name = zone.name
            self.works.living(in_s, lambda name=name: self._one(turn, name))  # type: ignore[misc]
            in_s += zone.stagger_ms / 1000
        if not moves:
            self.works.living(in_s, self._say)

    def die(self) -> None:
        """The process is gone: its lines fall back, every coil off."""
        self._turn += 1
        self._fitted = False
        self._failed = False
        self._move(frozenset())

    def stick(self, zone: str, *, closed: bool) -> None:
        """A contact does not follow its coil any more."""
        (self.welded if closed else self.open_).add(zone)
        self._changed()
        self._say()

    def heal(self) -> None:
        """All contacts and lines are well again."""
        self.welded.clear()
        self.open_.clear()
        self.broken_until_s = 0.0
        self._changed()
        self._say()

    def hearing(self, sound: Sound) -> None:
        """A sound begins at the sink."""
        self._hearing, self._since_s = sound, self.works.elapsed_s

    def unheard(self, sound: Sound) -> None:
        """The sound ends."""
        if self._hearing is sound:
            self._account()
            self._hearing = None

    def _one(self, turn: int, name: str) -> None:
        if turn == self._turn:
            self._move(self.coils ^ {name})
            self._say()

    def _move(self, coils: frozenset[str]) -> None:
        if coils != self.coils:
            self.coils = coils
            self._changed()

    def _changed(self) -> None:
        self._account()
        self.evidence.relays.append((self.works.elapsed_s, self.coils, self.contacts))

    def _account(self) -> None:
        """Write down whether somebody could hear it until now."""
        now_s = self.works.elapsed_s
        before = self.evidence.relays[-1][2] if self.evidence.relays else frozenset()
        if self._hearing is not None and before and now_s > self._since_s:
            self._hearing.audible.append((self._since_s, now_s))
        self._since_s = now_s

    def _say(self) -> None:
        if not self._fitted:
            return
        stuck = frozenset(z for z in self.coils ^ self.contacts)
        self.post(ZonesSwitched(on=self.contacts, stuck=stuck))
        if stuck or self.works.elapsed_s < self.broken_until_s:
            self._complain("rơ-le không theo lệnh: đo dây rồi thay rơ-le")
        elif self._failed:
            self._failed = False
            self.post(HandRecovered(hand="amplifier"))

    def _complain(self, why: str) -> None:
        if not self._failed:
            self._failed = True
            self.post(HandFailed(hand="amplifier", why=why))


@dataclass
class Inputs:
    """Buttons and contacts; the first word after they were fitted says how each stands."""

    works: Clockwork
    post: Callable[[Happening], None]
    states: dict[str, bool] = field(
        default_factory=lambda: {
            i.name: i.kind is InputKind.MAINS for i in INPUTS if i.kind is not InputKind.READ_BACK
        }
    )
    fitted: bool = False

    def fit(self) -> None:
        self.fitted = True
        for name, active in self.states.items():
            self._say(name, active)

    def set(self, name: str, active: bool) -> None:
        """An input moves."""
        if self.states[name] != active:
            self.states[name] = active
            self._say(name, active)

    def die(self) -> None:
        self.fitted = False

    def _say(self, name: str, active: bool) -> None:
        kind = next(i.kind for i in INPUTS if i.name == name)
        if self.fitted:
            self.post(InputChanged(name=name, kind=kind, active=active))
