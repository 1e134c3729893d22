"""A working rig without hardware, for tests and rehearsals: the same orders, the same observations.

Law of the room: no waiting and no clock of its own. Time passes when `pass_time` says so, from the instant that was
given; what the fake player sounds, the fake listener hears, as the real ones would.
"""

import math
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final, assert_never

import msgspec

from contract.documents import Check
from edge.adapters.engine_sources import BEGIN_LIMIT_S, stall_limit_s
from edge.adapters.engine_talk import Cause
from edge.adapters.live_sources import cannot_relay, live_failure
from edge.adapters.places import cannot_play, way_of
from edge.adapters.player import MAX_FADE_MS, amplitude_of
from edge.core.events import (
    Ending,
    Happening,
    Inspected,
    PlayerEnded,
    PlayerStarted,
    SoundMeasured,
    StreamProbed,
)
from edge.core.orders import (
    Inspect,
    ProbeStream,
    SetPlayVolume,
    StartPlay,
    StopPlay,
)
from edge.core.sound import FromContent, Source, is_live

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
    source: Source
    where: str
    from_ms: int
    length_ms: int | None  # None is a live source: it has no end of its own
    since_s: float
    told: bool = False
    silent_s: float | None = None  # since when a live source gives nothing


class FakePlayer:
    """Plays for as long as `length_ms` says a file is; a negative length means that it holds no sound.

    A live source sounds until it is stopped or `stall` is called; those whose place is in `mute` give nothing.
    """

    def __init__(
        self,
        post: Callable[[Happening], None],
        locate: Callable[[Source], Path | str],
        length_ms: Callable[[Path], int],
        listener: FakeListener | None = None,
        now_s: float = 0.0,
    ) -> None:
        self.mute: frozenset[str] = frozenset()
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

    def obey(self, order: StartPlay | StopPlay | SetPlayVolume | Inspect) -> None:
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
                playing = self._playing
                if playing is not None and playing.key == order.key and playing.silent_s is None:
                    self._hear(order.volume_pct)
            case Inspect():
                check = Check(name="sound-path", ok=True)
                self._post(Inspected(of=order.of, checks=(check,)))
            case _:
                assert_never(order)

    def stall(self) -> None:
        """Let the live source that plays give nothing any more; it fails when the engine would see it."""
        playing = self._playing
        if playing is not None and playing.length_ms is None and playing.silent_s is None:
            playing.silent_s = self._now_s
            self._hear(None)

    def pass_time(self, now_s: float) -> None:
        """Let time pass until this monotonic instant; what begins or ends on the way is posted."""
        playing = self._playing
        if playing is not None:
            begins = playing.silent_s is None or playing.silent_s > playing.since_s
            if begins and not playing.told and now_s >= playing.since_s + PROGRESS_S:
                playing.told = True
                self._post(PlayerStarted(key=playing.key))
            if playing.length_ms is None:
                self._pass_live(playing, now_s)
                return
            end_s = playing.since_s + (playing.length_ms - playing.from_ms) / 1000
            if now_s >= end_s:
                self._go_to(end_s)
                if not playing.told:
                    self._post(PlayerStarted(key=playing.key))
                self._end(Ending.FINISHED)
        self._go_to(now_s)

    def _pass_live(self, playing: _Playing, now_s: float) -> None:
        way = way_of(playing.source)
        silent_s = playing.silent_s
        if silent_s is not None:
            never = silent_s <= playing.since_s
            limit_s = BEGIN_LIMIT_S if never else stall_limit_s(way)
            if now_s >= silent_s + limit_s:
                self._go_to(silent_s + limit_s)
                cause = Cause.SILENT if never else Cause.STALLED
                played_s = silent_s - playing.since_s
                why = live_failure(way, playing.where, cause, played_s)
                self._playing = None
                self._say_ended(playing.key, Ending.FAILED, round(played_s * 1000), why)
        self._go_to(now_s)

    def _start_play(self, order: StartPlay) -> None:
        self._end(Ending.STOPPED)
        try:
            place = self._locate(order.source)
            why = cannot_play(way_of(order.source), place)
        except Exception as error:  # noqa: BLE001  as the real one: whatever is raised is this play's failure
            place, why = "", str(error)
        length_ms = None if is_live(order.source) else 0
        if not why and length_ms is not None:
            length_ms = self._length_ms(Path(place))
            if length_ms <= order.from_ms:
                why = f"{Path(place).name} không có âm thanh phát được từ {order.from_ms} ms"
        if why:
            self._say_ended(order.key, Ending.FAILED, 0, why)
            return
        self._playing = _Playing(
            order.key, order.source, str(place), order.from_ms, length_ms, self._now_s
        )
        if str(place) in self.mute:
            self._playing.silent_s = self._now_s
        else:
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
            source = self._playing.source
            gain_db = source.gain_db if isinstance(source, FromContent) else 0.0
            amplitude = amplitude_of(volume_pct, gain_db)
        self._listener.hear(FILE_LEVEL_DBFS + 20 * math.log10(amplitude) if amplitude else None)

    def _go_to(self, now_s: float) -> None:
        self._now_s = max(self._now_s, now_s)
        if self._listener is not None:
            self._listener.pass_time(self._now_s)


class FakeTuner:
    """Finds each stream good but those in `dead`, which say why."""

    def __init__(
        self, post: Callable[[Happening], None], dead: Mapping[str, str] | None = None
    ) -> None:
        self._post = post
        self.dead = dict(dead or {})

    def obey(self, order: ProbeStream) -> None:
        """Say at once what came of it."""
        why = cannot_relay(order.url) or self.dead.get(order.url, "")
        self._post(StreamProbed(url=order.url, ok=not why, why=why))

    def close(self) -> None:
        """Nothing to stop."""
