"""The player: supervises the engine, a child process that plays one source at a time.

Law of the room: no sound library is loaded here. The engine's death or deafness is an observation like
any other: what sounded has failed, the hand has failed, and when a new engine is warm the hand has
recovered. Each play that was ordered ends exactly once, and a live source never ends well: it was stopped
or it failed. `start`, `obey` and `close` are called from one lane's thread; the supervisor has its own.
"""

import os
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final, assert_never

import msgspec

from contract.documents import Check
from edge.adapters import engine_talk as talk
from edge.adapters.engine_process import EngineGone, EngineProcess
from edge.adapters.places import cannot_play, failure, way_of
from edge.adapters.pulse_streams import sink_trouble
from edge.core.events import (
    Ending,
    HandFailed,
    HandRecovered,
    Happening,
    Inspected,
    PlayerEnded,
    PlayerStarted,
)
from edge.core.orders import Inspect, SetPlayVolume, StartPlay, StopPlay
from edge.core.sound import FromContent, Source

MAX_FADE_MS: Final = 300
PRE_EMPT_FADE_MS: Final = 50  # order to first sample of the next play stays below 100 ms
GLIDE_MS: Final = 60
MAX_GAIN_DB: Final = 12.0
START_LIMIT_S: Final = 15.0
PATIENCE_S: Final = 5.0
SILENT_DEATH_S: Final = 0.6  # an engine says twice a second how far a play came
PROXY_NAMES: Final = frozenset({"http_proxy", "https_proxy", "all_proxy", "no_proxy"})
BACK_OFF_S: Final = (0.0, 0.0, 0.5, 1.0, 2.0, 5.0, 10.0)


def amplitude_of(volume_pct: int, gain_db: float) -> float:
    """Return the linear amplitude of a volume in percent of full scale and a static gain.

    Percent is amplitude, so 50 % is -6 dB; both together add at most 12 dB.
    """
    return min(10 ** (MAX_GAIN_DB / 20), volume_pct / 100 * 10 ** (gain_db / 20))


class _Asked(msgspec.Struct, frozen=True):
    """A play that was ordered and has not ended."""

    gain_db: float
    command: talk.Play


class Player:
    """The hand that sounds files and live sources.

    `post` is thread safe. `locate` says where a source lies: a file's path, a stream's address, the name of
    an input of the sound server, the path of a phone's pipe; what it raises becomes the play's failure.
    `sink` and `server` name the Pulse sink and server, None meaning the system's own.
    """

    def __init__(
        self,
        post: Callable[[Happening], None],
        locate: Callable[[Source], Path | str],
        sink: str | None = None,
        server: str | None = None,
    ) -> None:
        self._post = post
        self._locate = locate
        chosen = {"PULSE_SINK": sink, "PULSE_SERVER": server}
        own = {name: word for name, word in os.environ.items() if name.lower() not in PROXY_NAMES}
        self._environment = {**own, **{k: v for k, v in chosen.items() if v is not None}}
        self._lock = threading.Lock()  # guards the six below, between lane and supervisor
        self._engine: EngineProcess | None = None
        self._asked: list[_Asked] = []
        self._unheard: _Asked | None = None  # sent, and the engine has not said a word since
        self._resend: _Asked | None = None  # its engine died unheard: for the next engine, once
        self._heard_at: tuple[talk.Alive, float] | None = (
            None  # how far it came, and when it said so
        )
        self._last_ended = ""
        self._failed = False
        self._closing = threading.Event()
        self._ready = threading.Event()
        self._settled = threading.Event()  # the first engine is warm, or has failed
        self._supervisor = threading.Thread(target=self._supervise, name="player", daemon=True)

    @property
    def engine_pid(self) -> int | None:
        """The process id of the engine, None while there is none."""
        engine = self._engine
        return engine.pid if engine else None

    def start(self) -> None:
        """Start the engine and return when it is warm; where it is not, `HandFailed` is posted and it is tried on."""
        self._supervisor.start()
        self._settled.wait(START_LIMIT_S)

    def obey(self, order: StartPlay | StopPlay | SetPlayVolume | Inspect) -> None:
        """Do what the order says; what comes of it is posted."""
        match order:
            case StartPlay():
                self._start_play(order)
            case StopPlay():
                self._stop_play(order)
            case SetPlayVolume():
                self._set_volume(order)
            case Inspect():  # apart, because a sound server that hangs must not keep the next play waiting
                threading.Thread(target=self._inspect, args=(order.of,), daemon=True).start()
            case _:
                assert_never(order)

    def close(self) -> None:
        """Silence at once whatever sounds and end the engine; afterwards nothing is posted."""
        self._closing.set()
        engine = self._engine
        if engine is not None:
            engine.kill()
        if self._supervisor.is_alive():
            self._supervisor.join()

    # --- the lane's side ------------------------------------------------------------------------

    def _start_play(self, order: StartPlay) -> None:
        try:
            place = self._locate(order.source)
            way = way_of(order.source)
            why = cannot_play(way, place)
        except Exception as error:  # noqa: BLE001  whatever the shelf says is this play's failure
            why = str(error) or f"không tìm thấy tệp của {order.source}"
        if why:
            self._send(talk.Stop(PRE_EMPT_FADE_MS))
            self._end(order.key, Ending.FAILED, why=why)
            return
        # A new engine is warm within a second: an order rather waits for it than fails.
        if not self._ready.wait(PATIENCE_S):
            self._end(
                order.key,
                Ending.FAILED,
                why="bộ phát tiếng không chạy: kiểm tra máy chủ âm thanh",
            )
            return
        gain_db = order.source.gain_db if isinstance(order.source, FromContent) else 0.0
        amplitude = amplitude_of(order.volume_pct, gain_db)
        where = str(place.absolute()) if isinstance(place, Path) else place
        command = talk.Play(order.key, way, where, order.from_ms, amplitude, PRE_EMPT_FADE_MS)
        asked = _Asked(gain_db, command)
        with self._lock:
            self._asked.append(asked)
            self._unheard = asked
        self._send(command)

    def _stop_play(self, order: StopPlay) -> None:
        with self._lock:
            waiting, self._resend = self._resend, None
            if waiting in self._asked:
                self._asked.remove(waiting)
            sounding = bool(self._asked)
        if waiting is not None:
            self._end(waiting.command.key, Ending.STOPPED)
        elif sounding:
            self._send(talk.Stop(max(0, min(order.fade_ms, MAX_FADE_MS))))
        elif order.key != self._last_ended:
            self._end(order.key, Ending.STOPPED)

    def _set_volume(self, order: SetPlayVolume) -> None:
        with self._lock:
            gains = [asked.gain_db for asked in self._asked if asked.command.key == order.key]
        if gains:
            self._send(talk.SetAmplitude(amplitude_of(order.volume_pct, gains[-1]), GLIDE_MS))

    def _inspect(self, of: str) -> None:
        why = "" if self._ready.is_set() else "bộ phát tiếng không chạy: kiểm tra máy chủ âm thanh"
        why = why or sink_trouble(self._environment.get("PULSE_SINK"), self._environment)
        check = Check(name="sound-path", ok=not why, why=why[:300])
        self._tell(Inspected(of=of, checks=(check,)))

    def _send(self, command: talk.Command) -> None:
        engine = self._engine
        if engine is not None and self._ready.is_set():
            engine.send(command)  # where it is gone, the supervisor sees it too, and says so

    # --- the supervisor's side --------------------------------------------------------------------

    def _supervise(self) -> None:
        failures = 0
        while not self._closing.wait(BACK_OFF_S[min(failures, len(BACK_OFF_S) - 1)]):
            try:
                engine = EngineProcess(self._environment)
            except OSError as error:
                failures += 1
                self._lost(f"không khởi động được bộ phát tiếng ({error})")
                continue
            self._engine = engine
            try:
                while not self._closing.is_set():
                    for word in engine.read(sounding=bool(self._asked)):
                        failures = 0 if isinstance(word, talk.Ready) else failures
                        self._hear(word, engine)
            except EngineGone as gone:
                failures += 1
                self._lost(str(gone))
            finally:
                self._engine = None
                self._ready.clear()
                engine.end()

    def _hear(self, word: talk.Word, engine: EngineProcess) -> None:
        with self._lock:
            self._unheard = None
        match word:
            case talk.Ready():
                with self._lock:
                    again, self._resend = self._resend, None
                if again is not None:
                    engine.send(again.command)
                self._ready.set()
                self._settled.set()
                if self._failed:
                    self._failed = False
                    self._tell(HandRecovered(hand="player"))
            case talk.Unfit(why):
                raise EngineGone(why)
            case talk.Alive():
                with self._lock:
                    self._heard_at = (word, time.monotonic())
            case talk.Began(key):
                self._tell(PlayerStarted(key=key))
            case talk.Done():
                self._hear_done(word)
            case _:
                assert_never(word)

    def _hear_done(self, done: talk.Done) -> None:
        with self._lock:
            asked = next((a for a in self._asked if a.command.key == done.key), None)
            if asked is None:
                return
            self._asked.remove(asked)
        self._end(done.key, Ending(done.ending), done.played_ms, failure(done, asked.command))

    def _lost(self, why: str) -> None:
        with self._lock:
            self._ready.clear()
            self._resend, self._unheard = self._unheard, None
            dropped = [asked for asked in self._asked if asked is not self._resend]
            self._asked = [self._resend] if self._resend else []
            heard_at, self._heard_at = self._heard_at, None
        for asked in dropped:
            self._end(asked.command.key, Ending.FAILED, _reached_ms(asked, heard_at), why)
        if not self._failed:
            self._failed = True
            self._tell(HandFailed(hand="player", why=why))
        self._settled.set()

    def _end(self, key: str, ending: Ending, played_ms: int = 0, why: str = "") -> None:
        self._last_ended = key
        self._tell(PlayerEnded(key=key, ending=ending, played_ms=played_ms, why=why))

    def _tell(self, event: Happening) -> None:
        if not self._closing.is_set():
            self._post(event)


def _reached_ms(asked: _Asked, heard_at: tuple[talk.Alive, float] | None) -> int:
    """Return how far a play came whose engine died, by its last word; 0 where it had said none."""
    if heard_at is None or heard_at[0].key != asked.command.key or not heard_at[0].played_ms:
        return 0
    alive, said_s = heard_at
    return alive.played_ms + round(min(time.monotonic() - said_s, SILENT_DEATH_S) * 1000)
