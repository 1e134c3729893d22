"""The microphone: says whether what the sink sounded is heard out there, by a microphone near the loudspeaker.

Law of the room: it compares loudness, never words; no sample is kept. Silence of the sink is not reported; the
room's noise is learnt in it. Instants are those of the sink, seconds of the monotonic clock.
"""

import time
from collections.abc import Callable
from typing import Final

from edge.adapters.hearing import SAMPLE_BYTES, WARM_UP_SAMPLES, Meter, SampleClock
from edge.adapters.likeness import HOP_S, SOUNDING, Envelope, Room, level_dbfs
from edge.adapters.tap import Tap
from edge.core.events import Happening, SoundHeard

LATENCY_MS: Final = 500  # nothing hangs on its moment; fewer, larger lumps cost less
SPAN_HOPS: Final = 20
SPAN_MOST_HOPS: Final = 80
OVER_HOPS: Final = 8  # so long a silence is no breath: the sound is over
SOUNDING_LEAST_HOPS: Final = 5


class Comparing:
    """Takes a microphone's samples and compares them, span by span, with what the sink sounded."""

    def __init__(self, sounded: Envelope) -> None:
        self._sounded = sounded
        self._heard = Envelope()
        self._room = Room(sounded, self._heard)
        self._clock = SampleClock()
        self._meter = Meter(self._clock)
        self._samples = 0
        self._learnt = 0
        self._judged = 0

    def hear(self, received: bytes, now_s: float) -> list[Happening]:
        """Take in samples that arrived by `now_s`; about every 2 s while the sink sounds, return a judgement."""
        self._samples += len(received) // SAMPLE_BYTES
        if self._samples > WARM_UP_SAMPLES:  # the first came at once, from a buffer
            self._clock.arrived(self._samples, now_s)
        self._meter.hear(received, self._heard)
        end = min(self._heard.end, self._sounded.end)
        for hop in range(max(self._learnt, end - SPAN_MOST_HOPS), end):
            self._room.learn(hop)
        self._learnt = max(self._learnt, end)
        return self._judge(end - self._room.lag, end)

    def lose(self) -> list[Happening]:
        """Say nothing more: what was not compared yet stays untold."""
        return []

    def _judge(self, until: int, end: int) -> list[Happening]:
        """Return the judgement of what sounded since the last one and before `until`, if it is time for one."""
        since = max(self._judged, until - SPAN_MOST_HOPS)
        hops = self._sounded.between(since, until)
        loud = [since + i for i, one in enumerate(hops) if one is not None and one >= SOUNDING]
        if not loud:
            self._judged = max(since, until)
            return []
        begin, last = loud[0], loud[-1] + 1
        over = last + OVER_HOPS <= until
        if not over and (last < until or until - begin < SPAN_HOPS):
            return []  # too short yet, or in a pause that may be its end
        self._judged = until
        if len(loud) < SOUNDING_LEAST_HOPS:
            return []
        heard = self._heard.between(begin + end - until, last + end - until)
        return [
            SoundHeard(
                span_ms=round((last - begin) * HOP_S * 1_000),
                likeness=self._room.likeness(last - begin),
                level_dbfs=level_dbfs([one for one in heard if one is not None]),
                until_mono_s=last * HOP_S,
            )
        ]


class Microphone:
    """The hand that hears the loudspeaker.

    `source` is a Pulse source; `sounded` is the envelope that the listener fills; `server` is the Pulse
    server, None meaning the system's own; `post` is thread safe.
    """

    def __init__(
        self,
        post: Callable[[Happening], None],
        source: str,
        sounded: Envelope,
        server: str | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._tap = Tap(
            "microphone",
            source,
            server,
            lambda: Comparing(sounded),
            post,
            latency_ms=LATENCY_MS,
            advice="kiểm tra micro giám sát và máy chủ âm thanh",
            clock=clock,
        )

    @property
    def tap_pid(self) -> int | None:
        """The process id of the program that reads the microphone, None while there is none."""
        return self._tap.pid

    def start(self) -> None:
        """Begin to listen, on a thread of its own."""
        self._tap.start()

    def close(self) -> None:
        """Stop listening; afterwards nothing is posted."""
        self._tap.close()
