"""From samples to measurements: when sound began, how long it lasted and how loud it was.

Law of the room: no processes, no clock of its own; samples and arrival times come in, `SoundMeasured` and loudness
per tenth of a second come out.
Samples are 16 bit little endian, one channel.
"""

import audioop
import math
from array import array
from enum import Enum, auto
from typing import Final

from edge.adapters.likeness import HOP_S, Envelope
from edge.core.events import SoundMeasured

RATE_HZ: Final = 16_000
SAMPLE_BYTES: Final = 2
BLOCK_SAMPLES: Final = RATE_HZ // 100
BLOCK_BYTES: Final = BLOCK_SAMPLES * SAMPLE_BYTES
HOP_BYTES: Final = round(RATE_HZ * HOP_S) * SAMPLE_BYTES
FULL_SCALE: Final = 32_768
THRESHOLD: Final = 33  # of 32,768: -60 dBFS
MEASURE_SAMPLES: Final = RATE_HZ
SILENCE_SAMPLES: Final = RATE_HZ // 5  # after so much the end is told, and what follows is an onset
PAUSE_SAMPLES: Final = RATE_HZ * 8 // 10  # people breathe: a shorter pause inside sound is sound
CLOCK_WINDOW_S: Final = 10.0
WARM_UP_SAMPLES: Final = RATE_HZ // 10


class State(Enum):
    """What the last blocks were; a pause may still turn out to have been part of the sound."""

    SILENT = auto()
    SOUNDING = auto()
    PAUSING = auto()


class SampleClock:
    """Maps the number of a sample to the monotonic clock.

    A sample may arrive late but never early, so the earliest arrival counts; only those of the last
    10 to 20 s are kept, because the sound card's clock drifts against ours.
    """

    def __init__(self) -> None:
        self._before_s = math.inf
        self._current_s = math.inf
        self._since_s = -math.inf

    def arrived(self, samples: int, now_s: float) -> None:
        """Take in that `samples` in all have arrived by `now_s`."""
        zero_s = now_s - samples / RATE_HZ
        if now_s - self._since_s > CLOCK_WINDOW_S:
            self._before_s, self._current_s, self._since_s = self._current_s, zero_s, now_s
        self._current_s = min(self._current_s, zero_s)

    def mono_s(self, sample: int) -> float:
        """Return when this sample was at the sink."""
        return min(self._before_s, self._current_s) + sample / RATE_HZ


class Meter:
    """Cuts samples into hops of 100 ms and says how loud each is: RMS of 32,768, without the offset of a cheap card."""

    def __init__(self, clock: SampleClock) -> None:
        self._clock = clock
        self._rest = b""
        self._samples = 0

    def hear(self, received: bytes, envelope: Envelope) -> None:
        """Put the loudness of each whole hop into `envelope`, once the clock knows when that was."""
        data = self._rest + received
        whole = len(data) - len(data) % HOP_BYTES
        self._rest = data[whole:]
        for start in range(0, whole, HOP_BYTES):
            self._samples += HOP_BYTES // SAMPLE_BYTES
            hop = audioop.lin2lin(data[start : start + HOP_BYTES], SAMPLE_BYTES, 4)
            rms, offset = audioop.rms(hop, 4) / 65_536, audioop.avg(hop, 4) / 65_536
            loudness = math.sqrt(max(0.0, rms * rms - offset * offset))
            until_mono_s = self._clock.mono_s(self._samples)
            if math.isfinite(until_mono_s):
                envelope.add(loudness, until_mono_s)


class Hearing:
    """Turns blocks of 10 ms into measurements: at an onset, every second of sound, and after 200 ms of silence.

    A span ends with its last loud block, so trailing silence is never counted; a pause under 0.8 s that
    sound follows is counted, with the span after it. How loud each tenth of a second was goes into `envelope`.
    """

    def __init__(self, envelope: Envelope | None = None) -> None:
        self._clock = SampleClock()
        self._meter = Meter(self._clock)
        self._envelope = envelope
        self._samples = 0  # all that were heard
        self._rest = b""
        self._state = State.SILENT
        self._onset: int | None = None
        self._span_start = 0
        self._loud_end = 0
        self._squares = 0.0

    def hear(self, received: bytes, now_s: float) -> list[SoundMeasured]:
        """Take in what arrived by `now_s` and return what there is to say; nothing while it is silent."""
        data = self._rest + received
        whole = len(data) - len(data) % BLOCK_BYTES
        self._rest = data[whole:]
        arrived = self._samples + len(data) // SAMPLE_BYTES
        if arrived > WARM_UP_SAMPLES:  # the first came at once, from a buffer
            self._clock.arrived(arrived, now_s)
        if self._envelope is not None:
            self._meter.hear(received, self._envelope)
        if self._state is State.SILENT and audioop.max(data[:whole], SAMPLE_BYTES) <= THRESHOLD:
            self._samples += whole // SAMPLE_BYTES
            return []
        measured: list[SoundMeasured] = []
        for start in range(0, whole, BLOCK_BYTES):
            self._hear_block(data[start : start + BLOCK_BYTES], measured)
        if self._onset is not None:
            measured.append(self._measure())
        return measured

    def lose(self) -> list[SoundMeasured]:
        """Return what is left to say when the stream of samples ends."""
        return [self._measure()] if self._state is State.SOUNDING else []

    def _hear_block(self, block: bytes, measured: list[SoundMeasured]) -> None:
        rms = audioop.rms(block, SAMPLE_BYTES)
        if rms < THRESHOLD:
            self._samples += BLOCK_SAMPLES
            self._fall_silent(measured)
            return
        if self._state is not State.SOUNDING:
            self._onset = self._samples + _first_loud(block)
            if self._state is State.SILENT:
                self._span_start = self._onset
            self._state = State.SOUNDING
        self._samples += BLOCK_SAMPLES
        self._loud_end = self._samples
        self._squares += rms * rms * BLOCK_SAMPLES
        if self._samples - self._span_start >= MEASURE_SAMPLES:
            measured.append(self._measure())

    def _fall_silent(self, measured: list[SoundMeasured]) -> None:
        silent = self._samples - self._loud_end
        if self._state is State.SOUNDING and silent >= SILENCE_SAMPLES:
            if self._loud_end > self._span_start:
                measured.append(self._measure())
            self._state = State.PAUSING
        elif self._state is State.PAUSING and silent >= PAUSE_SAMPLES:
            self._state = State.SILENT

    def _measure(self) -> SoundMeasured:
        samples = self._loud_end - self._span_start
        span_ms = round(samples * 1000 / RATE_HZ)
        rms = math.sqrt(self._squares / samples) if samples else 0.0
        measured = SoundMeasured(
            span_ms=span_ms,
            sounded_ms=span_ms,
            level_dbfs=20 * math.log10(rms / FULL_SCALE) if rms else None,
            onset_mono_s=None if self._onset is None else self._clock.mono_s(self._onset),
            until_mono_s=self._clock.mono_s(self._loud_end),
        )
        self._onset = None
        self._span_start = self._loud_end
        self._squares = 0.0
        return measured


def _first_loud(block: bytes) -> int:
    return next((i for i, sample in enumerate(array("h", block)) if abs(sample) > THRESHOLD), 0)
