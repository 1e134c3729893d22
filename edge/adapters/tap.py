"""The tap: reads the samples of one Pulse source, and comes back by itself when the stream ends.

Law of the room: moves samples, measures nothing; what they mean is the hearer's business. Two hands stand on it:
the listener at the sink's monitor and the microphone.
"""

import os
import select
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Final, Protocol

from edge.adapters.hearing import RATE_HZ
from edge.core.events import HandFailed, HandName, HandRecovered, Happening

LOOK_S: Final = 0.5
SILENT_STREAM_S: Final = 6.0  # a living source sends silence too, but begins up to 2 s late
END_LIMIT_S: Final = 2.0
BACK_OFF_S: Final = (0.0, 0.5, 1.0, 2.0, 5.0, 10.0)
READ_BYTES: Final = 65_536


class TapLost(Exception):
    """The stream of samples ended; the sentence says why."""


class Hearer(Protocol):
    """What makes sense of samples; a new one for each stream."""

    def hear(self, received: bytes, now_s: float) -> Sequence[Happening]:
        """Take in 16 bit samples of one channel that arrived by `now_s`; return what there is to say."""

    def lose(self) -> Sequence[Happening]:
        """Return what is left to say when the stream ends."""


class Tap:
    """A thread that reads `source` in lumps of `latency_ms`, for `hand`, and posts what its hearer says.

    `post` is thread safe; `server` is the Pulse server, None meaning the system's own; `advice` ends the
    sentence of a failure.
    """

    def __init__(
        self,
        hand: HandName,
        source: str,
        server: str | None,
        hearer: Callable[[], Hearer],
        post: Callable[[Happening], None],
        *,
        latency_ms: int,
        advice: str,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.pid: int | None = None
        self._hand = hand
        self._source = source
        self._hearer = hearer
        self._post = post
        self._latency_ms = latency_ms
        self._advice = advice
        self._clock = clock
        self._environment = dict(os.environ)
        if server is not None:
            self._environment["PULSE_SERVER"] = server
        self._failed = False
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name=hand, daemon=True)

    def start(self) -> None:
        """Begin, on a thread of its own."""
        self._thread.start()

    def close(self) -> None:
        """Stop; afterwards nothing is posted."""
        self._closing.set()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        failures = 0
        while not self._closing.wait(BACK_OFF_S[min(failures, len(BACK_OFF_S) - 1)]):
            failures += 1
            try:
                reader = self._reader()
            except OSError as error:
                self._fail(f"không nghe được đường tiếng ({error}): cài gói pulseaudio-utils")
                continue
            self.pid = reader.pid
            try:
                for _ in self._listen(reader):
                    failures = 0
                    self._recover()
            except TapLost as lost:
                self._fail(str(lost))
            finally:
                self.pid = None
                reader.kill()
                reader.wait(END_LIMIT_S)
                if reader.stdout is not None:
                    reader.stdout.close()

    def _listen(self, reader: subprocess.Popen[bytes]) -> Iterator[None]:
        """Read until closing, yielding after each arrival; raises `TapLost` when nothing comes any more."""
        if reader.stdout is None:
            raise TapLost("không nghe được đường tiếng: parec không trả lời")
        handle = reader.stdout.fileno()
        hearer = self._hearer()
        last_s = self._clock()
        while not self._closing.is_set():
            received = b""
            if select.select([handle], [], [], LOOK_S)[0]:
                received = os.read(handle, READ_BYTES)
            elif self._clock() - last_s < SILENT_STREAM_S:
                continue
            if not received:
                self._say(hearer.lose())
                raise TapLost(f"mất đường nghe {self._source}: {self._advice}")
            last_s = self._clock()
            self._say(hearer.hear(received, last_s))
            yield

    def _say(self, said: Sequence[Happening]) -> None:
        for one in said:
            self._post(one)

    def _reader(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [
                *("parec", "--raw", "--format=s16le", "--channels=1", f"--rate={RATE_HZ}"),
                *(f"--latency-msec={self._latency_ms}", "--process-time-msec=5"),
                *("-d", self._source),
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
            self._post(HandRecovered(hand=self._hand))

    def _fail(self, why: str) -> None:
        if not self._failed and not self._closing.is_set():
            self._failed = True
            self._post(HandFailed(hand=self._hand, why=why))
