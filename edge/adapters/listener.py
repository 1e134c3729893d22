"""The listener: taps the sink's monitor and says what really left for the amplifier, and how loud.

Law of the room: it measures, it never judges; silence is not reported. Levels are RMS in dB of full
scale, in which a full sine is -3 dBFS. Instants are seconds of the monotonic clock.
"""

import os
import select
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from typing import Final

from edge.adapters.hearing import RATE_HZ, Hearing
from edge.core.events import HandFailed, HandRecovered, Happening, SoundMeasured

SOURCE_OF_DEFAULT_SINK: Final = "@DEFAULT_MONITOR@"
LATENCY_MS: Final = 40  # samples come in such lumps: less work, and still heard within 60 ms
LOOK_S: Final = 0.5
SILENT_STREAM_S: Final = 6.0  # a living monitor sends silence too, but begins up to 2 s late
END_LIMIT_S: Final = 2.0
BACK_OFF_S: Final = (0.0, 0.5, 1.0, 2.0, 5.0, 10.0)
READ_BYTES: Final = 65_536


class TapLost(Exception):
    """The stream of samples ended; the sentence says why."""


class Listener:
    """The hand that hears what the sink was given.

    `post` is thread safe; `source` is a monitor such as `speakers.monitor`, None meaning the default
    sink's; `server` is the Pulse server, None meaning the system's own.
    """

    def __init__(
        self,
        post: Callable[[Happening], None],
        source: str | None = None,
        server: str | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._post = post
        self._source = source or SOURCE_OF_DEFAULT_SINK
        self._environment = dict(os.environ)
        if server is not None:
            self._environment["PULSE_SERVER"] = server
        self._clock = clock
        self._failed = False
        self._tap_pid: int | None = None
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name="listener", daemon=True)

    @property
    def tap_pid(self) -> int | None:
        """The process id of the program that reads the monitor, None while there is none."""
        return self._tap_pid

    def start(self) -> None:
        """Begin to listen, on a thread of its own."""
        self._thread.start()

    def close(self) -> None:
        """Stop listening; afterwards nothing is posted."""
        self._closing.set()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        failures = 0
        while not self._closing.wait(BACK_OFF_S[min(failures, len(BACK_OFF_S) - 1)]):
            failures += 1
            try:
                tap = self._tap()
            except OSError as error:
                self._fail(f"không nghe được đường tiếng ({error}): cài gói pulseaudio-utils")
                continue
            self._tap_pid = tap.pid
            try:
                for _ in self._listen(tap):
                    failures = 0
                    self._recover()
            except TapLost as lost:
                self._fail(str(lost))
            finally:
                self._tap_pid = None
                tap.kill()
                tap.wait(END_LIMIT_S)
                if tap.stdout is not None:
                    tap.stdout.close()

    def _listen(self, tap: subprocess.Popen[bytes]) -> Iterator[None]:
        """Read until closing, yielding after each arrival; raises `TapLost` when nothing comes any more."""
        if tap.stdout is None:
            raise TapLost("không nghe được đường tiếng: parec không trả lời")
        handle = tap.stdout.fileno()
        hearing = Hearing()
        last_s = self._clock()
        while not self._closing.is_set():
            received = b""
            if select.select([handle], [], [], LOOK_S)[0]:
                received = os.read(handle, READ_BYTES)
            elif self._clock() - last_s < SILENT_STREAM_S:
                continue
            if not received:
                self._say(hearing.lose())
                why = "kiểm tra máy chủ âm thanh và ngõ ra âm thanh"
                raise TapLost(f"mất đường nghe {self._source}: {why}")
            last_s = self._clock()
            self._say(hearing.hear(received, last_s))
            yield

    def _say(self, measured: list[SoundMeasured]) -> None:
        for one in measured:
            self._post(one)

    def _tap(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [
                *("parec", "--raw", "--format=s16le", "--channels=1", f"--rate={RATE_HZ}"),
                *(f"--latency-msec={LATENCY_MS}", "--process-time-msec=5", "-d", self._source),
            ],
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            bufsize=0,
            start_new_session=True,
        )

    def _recover(self) -> None:
        if self._failed:
            self._failed = False
            self._post(HandRecovered(hand="listener"))

    def _fail(self, why: str) -> None:
        if not self._failed and not self._closing.is_set():
            self._failed = True
            self._post(HandFailed(hand="listener", why=why))
