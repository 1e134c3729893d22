"""A working rig without hardware, for tests and rehearsals: the same orders, the same observations.

Law of the room: no waiting and no clock of its own. Time passes when `pass_time` says so, from the instant that was
given; what the fake player sounds, the fake listener hears, as the real ones would.
"""

import math
from collections.abc import Callable
from pathlib import Path
from typing import Final, assert_never

import msgspec

from contract.documents import Zone
from edge.adapters.player import MAX_FADE_MS, amplitude_of
from edge.adapters.sound_files import cannot_open
from edge.core.events import (
    Ending,
    HandFailed,
    HandRecovered,
    Happening,
    PlayerEnded,
    PlayerStarted,
    SoundMeasured,
    ZonesSwitched,
)
from edge.core.orders import FitZones, SetPlayVolume, StartPlay, StopPlay, SwitchZones
from edge.core.sound import FromContent, Source

PROGRESS_S: Final = 0.25  # the engine shows its first progress so long after the sound
FILE_LEVEL_DBFS: Final = -9.0  # RMS of what is played, at 100 %
MEASURE_S: Final = 1.0


class FakeListener:
    """Hears what it is told to hear, and says so as the real one: at an onset, each second, at the end."""

    def __init__(self, post: Callable[[Happening], None], now_s: float = 0.0) -> None:
        self._post = post
        self._now_s = now_s
        self._level_dbfs: float | None = None
        self._span_start_s = now_s

    def start(self) -> None:
        """Nothing to start."""

    def close(self) -> None:
        """Nothing to stop."""

    def hear(self, level_dbfs: float | None) -> None:
        """Hear sound of this level from now on; None is silence."""
        if level_dbfs == self._level_dbfs:
            return
        before, self._level_dbfs = self._level_dbfs, level_dbfs
        if before is None:
            self._span_start_s = self._now_s
            self._tell(level_dbfs, onset_mono_s=self._now_s)
        else:
            self._tell(before)

    def pass_time(self, now_s: float) -> None:
        """Let time pass until this monotonic instant."""
        while self._level_dbfs is not None and self._span_start_s + MEASURE_S <= now_s:
            self._now_s = self._span_start_s + MEASURE_S
            self._tell(self._level_dbfs)
        self._now_s = max(self._now_s, now_s)

    def _tell(self, level_dbfs: float | None, onset_mono_s: float | None = None) -> None:
        span_ms = round((self._now_s - self._span_start_s) * 1000)
        self._span_start_s = self._now_s
        if span_ms or onset_mono_s is not None:
            self._post(
                SoundMeasured(
                    span_ms=span_ms,
                    sounded_ms=span_ms,
                    level_dbfs=level_dbfs,
                    onset_mono_s=onset_mono_s,
                    until_mono_s=self._now_s,
                )
            )


class _Playing(msgspec.Struct):
    key: str
    gain_db: float
    from_ms: int
    length_ms: int
    since_s: float
    told: bool = False


class FakePlayer:
    """Plays for as long as `length_ms` says a file is; a negative length means that it holds no sound."""

    def __init__(
        self,
        post: Callable[[Happening], None],
        locate: Callable[[Source], Path],
        length_ms: Callable[[Path], int],
        listener: FakeListener | None = None,
        now_s: float = 0.0,
    ) -> None:
        self._post = post
        self._locate = locate
        self._length_ms = length_ms
        self._listener = listener
        self._now_s = now_s
        self._playing: _Playing | None = None
        self._last_ended = ""

    def start(self) -> None:
        """Nothing to warm up."""

    def close(self) -> None:
        """Fall silent without a word."""
        self._playing = None
        self._hear(None)

    def obey(self, order: StartPlay | StopPlay | SetPlayVolume) -> None:
        """Do what the order says, now."""
        match order:
            case StartPlay():
                self._start_play(order)
            case StopPlay():
                if self._playing is not None:
                    self.pass_time(self._now_s + min(order.fade_ms, MAX_FADE_MS) / 1000)
                    self._end(Ending.STOPPED)
                elif order.key != self._last_ended:
                    self._say_ended(order.key, Ending.STOPPED, 0)
            case SetPlayVolume():
                if self._playing is not None and self._playing.key == order.key:
                    self._hear(order.volume_pct)
            case _:
                assert_never(order)

    def break_down(self, why: str) -> None:
        """Fail as an engine that died, and be back at once."""
        if self._playing is not None:
            self._end(Ending.FAILED, why)
        self._post(HandFailed(hand="player", why=why))
        self._post(HandRecovered(hand="player"))

    def pass_time(self, now_s: float) -> None:
        """Let time pass until this monotonic instant; what begins or ends on the way is posted."""
        playing = self._playing
        if playing is not None:
            if not playing.told and now_s >= playing.since_s + PROGRESS_S:
                playing.told = True
                self._post(PlayerStarted(key=playing.key))
            end_s = playing.since_s + (playing.length_ms - playing.from_ms) / 1000
            if now_s >= end_s:
                self._go_to(end_s)
                if not playing.told:
                    self._post(PlayerStarted(key=playing.key))
                self._end(Ending.FINISHED)
        self._go_to(now_s)

    def _start_play(self, order: StartPlay) -> None:
        self._end(Ending.STOPPED)
        path = self._locate(order.source)
        length_ms = 0
        why = cannot_open(path)
        if not why:
            length_ms = self._length_ms(path)
            if length_ms <= order.from_ms:
                why = f"{path.name} không có âm thanh phát được từ {order.from_ms} ms"
        if why:
            self._say_ended(order.key, Ending.FAILED, 0, why)
            return
        gain_db = order.source.gain_db if isinstance(order.source, FromContent) else 0.0
        self._playing = _Playing(order.key, gain_db, order.from_ms, length_ms, self._now_s)
        self._hear(order.volume_pct)

    def _end(self, ending: Ending, why: str = "") -> None:
        playing, self._playing = self._playing, None
        if playing is not None:
            self._hear(None)
            played_ms = round((self._now_s - playing.since_s) * 1000)
            self._say_ended(playing.key, ending, played_ms, why)

    def _say_ended(self, key: str, ending: Ending, played_ms: int, why: str = "") -> None:
        self._last_ended = key
        self._post(PlayerEnded(key=key, ending=ending, played_ms=played_ms, why=why))

    def _hear(self, volume_pct: int | None) -> None:
        if self._listener is None:
            return
        amplitude = 0.0
        if self._playing is not None and volume_pct is not None:
            amplitude = amplitude_of(volume_pct, self._playing.gain_db)
        self._listener.hear(FILE_LEVEL_DBFS + 20 * math.log10(amplitude) if amplitude else None)

    def _go_to(self, now_s: float) -> None:
        self._now_s = max(self._now_s, now_s)
        if self._listener is not None:
            self._listener.pass_time(self._now_s)


class FakeAmplifier:
    """Zones in memory; those in `broken` never come on."""

    def __init__(
        self, post: Callable[[Happening], None], broken: frozenset[str] = frozenset()
    ) -> None:
        self._post = post
        self.broken = broken
        self._zones: frozenset[str] = frozenset()
        self.on: frozenset[str] = frozenset()
        self._failed = False

    def obey(self, order: FitZones | SwitchZones) -> None:
        """Switch at once and say what is on."""
        match order:
            case FitZones(zones=zones):
                self.configure(zones)
            case SwitchZones(on=on):
                self.on = (on & self._zones) - self.broken
                self._post(ZonesSwitched(on=self.on))
                self._judge(on - self.on)
            case _:
                assert_never(order)

    def configure(self, zones: tuple[Zone, ...]) -> None:
        """Have exactly these zones, all off."""
        self._zones = frozenset(zone.name for zone in zones)
        self.all_off()
        self._post(ZonesSwitched(on=self.on))

    def all_off(self) -> None:
        """Switch every zone off."""
        self.on = frozenset()

    def close(self) -> None:
        """Switch all off."""
        self.all_off()

    def _judge(self, missing: frozenset[str]) -> None:
        if missing:
            self._failed = True
            self._post(
                HandFailed(
                    hand="amplifier", why=f"vùng không bật được: {', '.join(sorted(missing))}"
                )
            )
        elif self._failed:
            self._failed = False
            self._post(HandRecovered(hand="amplifier"))
