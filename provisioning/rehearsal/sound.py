"""A private sound server with silent sinks, and a recorder that hears what an appliance really played.

Law of the room: nothing of the machine's own sound is touched; the server has its own runtime folder,
is ended by its own process id, and leaves nothing behind. Levels are RMS in dB of full scale: a full
sine is -3 dBFS. Instants are seconds of this machine's monotonic clock.
"""

import os
import subprocess
import tempfile
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import numpy as np
import numpy.typing as npt

RATE_HZ: Final = 48_000
START_LIMIT_S: Final = 10.0
END_LIMIT_S: Final = 5.0
POLL_S: Final = 0.02
FULL_SCALE: Final = 32_768.0
SPECTRUM_SAMPLES: Final = 1 << 16
SPECTRUM_LIMIT_S: Final = 2.0

Samples = npt.NDArray[np.int16]


class SoundServerFailed(Exception):
    """The private sound server or a recording did not come up; the sentence says what to do."""


class SoundServer:
    """A PulseAudio server of one's own with one null sink per name; a context manager.

    Works for any user, root too, without D-Bus. Needs Debian's `pulseaudio` and `pulseaudio-utils`.
    """

    def __init__(self, sinks: tuple[str, ...] = ("speakers",)) -> None:
        self.sinks = sinks
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def server(self) -> str:
        """The address for `PULSE_SERVER`."""
        return f"unix:{self._home()}/pulse/native"

    @property
    def environment(self) -> Mapping[str, str]:
        """What a client program needs in its environment to speak to this server only."""
        return {
            "PULSE_SERVER": self.server,
            "HOME": str(self._home()),
            "XDG_RUNTIME_DIR": str(self._home()),
        }

    def __enter__(self) -> Self:
        """Start the server and return when it answers."""
        self._folder = tempfile.TemporaryDirectory(prefix="tienglang-sound-")
        try:
            self.start()
        except BaseException:
            self._folder.cleanup()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        fault: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End the server and remove its folder."""
        self.stop()
        if self._folder is not None:
            self._folder.cleanup()

    def start(self) -> None:
        """Start the server again after `stop`, at the same address."""
        home = self._home()
        (home / "client.conf").write_text("autospawn = no\n")
        (home / "daemon.conf").write_text("flat-volumes = no\n")  # as Debian has it
        modules = ["module-native-protocol-unix"]
        modules += [f"module-null-sink sink_name={name} rate={RATE_HZ}" for name in self.sinks]
        command = ["pulseaudio", "-n", "--daemonize=no", "--exit-idle-time=-1", "--log-level=error"]
        for module in modules:
            command += ["-L", module]
        log = home / "server.log"
        with log.open("wb") as out:
            try:
                self._process = subprocess.Popen(
                    command,
                    env={**os.environ, **self.environment, "PULSE_CONFIG_PATH": str(home)},
                    stdin=subprocess.DEVNULL,
                    stdout=out,
                    stderr=out,
                    start_new_session=True,
                )
            except FileNotFoundError as error:
                raise SoundServerFailed(
                    "pulseaudio is not installed: apt-get install pulseaudio pulseaudio-utils"
                ) from error
        limit_s = time.monotonic() + START_LIMIT_S
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > limit_s:
                self.stop()
                raise SoundServerFailed(f"pulseaudio did not come up: {log.read_text()[-500:]}")
            time.sleep(POLL_S)

    def stop(self) -> None:
        """End the server; its address stays free for `start`."""
        process, self._process = self._process, None
        if process is not None:
            process.terminate()
            try:
                process.wait(END_LIMIT_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait(END_LIMIT_S)

    def recorder(self, sink: str | None = None) -> "Recorder":
        """Return a recorder of one sink, the first where none is named."""
        return Recorder(self, sink or self.sinks[0])

    def _answers(self) -> bool:
        asked = subprocess.run(
            ["pactl", "list", "short", "sinks"],
            env={**os.environ, **self.environment},
            capture_output=True,
            check=False,
            text=True,
        )
        return all(name in asked.stdout for name in self.sinks) and not asked.returncode

    def _home(self) -> Path:
        if self._folder is None:
            raise SoundServerFailed("this sound server was not entered: use it with `with`")
        return Path(self._folder.name)


@dataclass(frozen=True)
class Segment:
    """One stretch of sound: from first to last loud sample, RMS level and strongest frequency."""

    onset_mono_s: float
    end_mono_s: float
    level_dbfs: float
    frequency_hz: float

    @property
    def length_s(self) -> float:
        """How long it sounded."""
        return self.end_mono_s - self.onset_mono_s


@dataclass(frozen=True)
class Recording:
    """What a sink was given, one channel; `zero_mono_s` is the instant of the first sample."""

    samples: Samples
    rate_hz: int
    zero_mono_s: float

    def segments(self, threshold_dbfs: float = -60.0, min_gap_s: float = 0.05) -> list[Segment]:
        """Return the stretches of sound whose samples reach the threshold, silences below `min_gap_s` included."""
        loud = np.flatnonzero(np.abs(self.samples.astype(np.int32)) >= _amplitude(threshold_dbfs))
        if not loud.size:
            return []
        breaks = np.flatnonzero(np.diff(loud) > min_gap_s * self.rate_hz)
        starts = loud[np.concatenate(([0], breaks + 1))]
        ends = loud[np.concatenate((breaks, [loud.size - 1]))] + 1
        return [self._segment(int(a), int(b)) for a, b in zip(starts, ends, strict=True)]

    def one_segment(self) -> Segment:
        """Return the only stretch of sound; raises `AssertionError` saying what sounded instead."""
        found = self.segments()
        if len(found) == 1:
            return found[0]
        told = (
            f"{s.onset_mono_s - self.zero_mono_s:.3f} s for {s.length_s:.3f} s at {s.level_dbfs:.1f} dBFS"
            for s in found
        )
        raise AssertionError(
            f"one stretch of sound was to be heard, not {len(found)}: {'; '.join(told)}"
        )

    def level_dbfs(self, from_mono_s: float, to_mono_s: float) -> float:
        """Return the RMS level between two instants; -inf for digital silence or no samples."""
        return _level(self.samples[self._index(from_mono_s) : self._index(to_mono_s)])

    def frequency_hz(self, from_mono_s: float, to_mono_s: float) -> float:
        """Return the strongest frequency between two instants."""
        return _frequency(
            self.samples[self._index(from_mono_s) : self._index(to_mono_s)], self.rate_hz
        )

    def _index(self, mono_s: float) -> int:
        return max(0, round((mono_s - self.zero_mono_s) * self.rate_hz))

    def _segment(self, first: int, end: int) -> Segment:
        part = self.samples[first:end]
        return Segment(
            onset_mono_s=self.zero_mono_s + first / self.rate_hz,
            end_mono_s=self.zero_mono_s + end / self.rate_hz,
            level_dbfs=_level(part),
            frequency_hz=_frequency(part, self.rate_hz),
        )


class Recorder:
    """Records a sink's monitor with `parec`; a context manager, or `start` and `stop`.

    The first on an idle sink needs two seconds to begin: the server has rendered so far ahead.
    """

    def __init__(self, server: SoundServer, sink: str) -> None:
        self._server = server
        self._sink = sink
        self._bytes = bytearray()
        self._zero_mono_s = float("inf")
        self._process: subprocess.Popen[bytes] | None = None
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin, and return when sound is really coming in."""
        self._process = subprocess.Popen(
            [
                *("parec", "--raw", "--format=s16le", "--channels=1", f"--rate={RATE_HZ}"),
                *("--latency-msec=10", "--process-time-msec=5", "-d", f"{self._sink}.monitor"),
            ],
            env={**os.environ, **self._server.environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            bufsize=0,
            start_new_session=True,
        )
        self._thread = threading.Thread(target=self._read, name="recorder", daemon=True)
        self._thread.start()
        limit_s = time.monotonic() + START_LIMIT_S
        while (
            len(self._bytes) < RATE_HZ // 2
        ):  # a quarter of a second: the clock mapping has settled
            if self._process.poll() is not None or time.monotonic() > limit_s:
                self.stop()
                raise SoundServerFailed(
                    f"parec hears nothing of {self._sink}: does the sink exist?"
                )
            time.sleep(POLL_S)

    def stop(self) -> Recording:
        """End and return all that was recorded."""
        if self._process is None or self._thread is None:
            raise SoundServerFailed("this recorder was not started")
        self._process.terminate()
        self._process.wait(END_LIMIT_S)
        self._thread.join(END_LIMIT_S)
        return self.so_far()

    def so_far(self) -> Recording:
        """Return what was recorded until now, without ending."""
        whole = bytes(self._bytes[: len(self._bytes) // 2 * 2])
        return Recording(np.frombuffer(whole, dtype="<i2"), RATE_HZ, self._zero_mono_s)

    def __enter__(self) -> Self:
        """Start."""
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        fault: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop, where that was not done already."""
        if self._process is not None and self._process.poll() is None:
            self.stop()

    def _read(self) -> None:
        process = self._process
        if process is None or process.stdout is None:
            return
        with process.stdout as pipe:
            while received := pipe.read(65_536):
                now_s = time.monotonic()
                self._bytes += received
                # Samples can arrive late but never early: the earliest arrival fixes the clock.
                zero_s = now_s - len(self._bytes) / 2 / RATE_HZ
                if len(self._bytes) > RATE_HZ // 5:  # what parec held back at its start is skipped
                    self._zero_mono_s = min(self._zero_mono_s, zero_s)


def _amplitude(dbfs: float) -> float:
    return float(FULL_SCALE * 10 ** (dbfs / 20))


def _level(part: Samples) -> float:
    if not part.size:
        return float("-inf")
    rms = float(np.sqrt(np.mean(np.square(part.astype(np.float64)))))
    return float(20 * np.log10(rms / FULL_SCALE)) if rms else float("-inf")


def _frequency(part: Samples, rate_hz: int) -> float:
    middle = part.size // 2
    half = min(part.size, int(SPECTRUM_LIMIT_S * rate_hz)) // 2
    part = part[middle - half : middle + half]
    if part.size < 2:
        return 0.0
    spectrum = np.abs(np.fft.rfft(part * np.hanning(part.size), max(SPECTRUM_SAMPLES, part.size)))
    spectrum[0] = 0.0
    return float(np.argmax(spectrum) * rate_hz / max(SPECTRUM_SAMPLES, part.size))
