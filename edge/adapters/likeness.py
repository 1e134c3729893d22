"""Whether what a microphone hears follows what the sink sounded: envelopes, and how alike they are.

Law of the room: pure; loudness per tenth of a second comes in, a judgement comes out, and None where it cannot
be told. A room adds gain, delay and steady noise: none of the three changes the judgement. A steady sound
gives nothing to follow, so there the rise above the noise learnt in silence decides.
"""

import itertools
import math
import threading
from collections.abc import Sequence
from typing import Final

HOP_S: Final = 0.1
KEPT_HOPS: Final = 256
WINDOW_HOPS: Final = 80
WINDOW_LEAST_HOPS: Final = 40
LAG_MOST_HOPS: Final = 15
LAG_USUAL_HOPS: Final = 3
LAG_TRUSTED: Final = 0.6
ECHO_HOPS: Final = 5
FLOOR_HOPS: Final = 10  # so much silence tells the noise of the room,
FLOOR_MOST_HOPS: Final = 100  # and more than this of it is forgotten
SOUNDING: Final = 33.0  # RMS of 32,768: -60 dBFS
FULL_SCALE_DB: Final = 20 * math.log10(32_768)
FLAT: Final = 0.12  # spread over mean, below which an envelope has nothing to follow
RISE_HEARD_DB: Final = 6.0
RISE_UNSURE_DB: Final = 3.0
RISE_NONE_DB: Final = 1.0
QUIET_STEP: Final = 0.5  # half a step of a 16 bit sample: what digital silence is taken for


class Envelope:
    """The loudness (RMS of 32,768) of the last 25 s, in hops of 100 ms of the monotonic clock.

    One thread may add while another reads.
    """

    def __init__(self) -> None:
        self._loudness: list[float | None] = [None] * KEPT_HOPS
        self._next = 0
        self._lock = threading.Lock()

    def add(self, loudness: float, until_mono_s: float) -> None:
        """Put the loudness of the hop that ended at this instant; a small gap is bridged, a large one is unknown."""
        hop = round(until_mono_s / HOP_S)
        with self._lock:
            if self._next and hop < self._next:  # the clocks drift: this tenth is taken already
                self._loudness[hop % KEPT_HOPS] = loudness
                return
            if not self._next or hop - self._next >= KEPT_HOPS:
                self._loudness = [None] * KEPT_HOPS
            else:
                bridge = loudness if hop - self._next <= 1 else None
                for missing in range(self._next, hop):
                    self._loudness[missing % KEPT_HOPS] = bridge
            self._loudness[hop % KEPT_HOPS] = loudness
            self._next = hop + 1

    @property
    def end(self) -> int:
        """The number of the hop after the newest."""
        return self._next

    def between(self, begin: int, end: int) -> list[float | None]:
        """Return the hops from `begin` to before `end`; None where nothing is known."""
        with self._lock:
            known = range(max(self._next - KEPT_HOPS, 0), self._next)
            return [
                self._loudness[hop % KEPT_HOPS] if hop in known else None
                for hop in range(begin, end)
            ]


def _known(hops: Sequence[float | None]) -> list[float]:
    """Return the newest hops back to the first that is not known."""
    known = list(itertools.takewhile(lambda one: one is not None, reversed(hops)))
    return [one for one in reversed(known) if one is not None]


def correlation(one: Sequence[float], other: Sequence[float]) -> float:
    """Return the normalised correlation, -1 to 1, of two envelopes of equal length; 0 where either never changes."""
    count = len(one)
    mean_one, mean_other = sum(one) / count, sum(other) / count
    shared = squares_one = squares_other = 0.0
    for a, b in zip(one, other, strict=True):
        apart_one, apart_other = a - mean_one, b - mean_other
        shared += apart_one * apart_other
        squares_one += apart_one * apart_one
        squares_other += apart_other * apart_other
    scale = math.sqrt(squares_one * squares_other)
    return shared / scale if scale else 0.0


def is_flat(loudness: Sequence[float]) -> bool:
    """Return whether an envelope changes so little that nothing can be seen to follow it."""
    mean = sum(loudness) / len(loudness)
    spread = sum((one - mean) ** 2 for one in loudness) / len(loudness)
    return math.sqrt(spread) <= FLAT * mean


def level_dbfs(loudness: Sequence[float]) -> float | None:
    """Return the level of these hops (RMS of 32,768) in dB of full scale; None for digital silence or nothing."""
    square = sum(one * one for one in loudness) / max(len(loudness), 1)
    return 10 * math.log10(square) - FULL_SCALE_DB if square else None


class Room:
    """What is known of the room between the sink and the microphone, and the judgement of what came through."""

    def __init__(self, sounded: Envelope, heard: Envelope) -> None:
        self.lag = LAG_USUAL_HOPS  # how many hops later the microphone hears it, as found last
        self._sounded = sounded
        self._heard = heard
        self._silent_hops = 0
        self._quiet: list[float] = []

    @property
    def floor(self) -> float | None:
        """The room's own noise (RMS of 32,768), learnt while the sink was silent; None until it is known."""
        if len(self._quiet) < FLOOR_HOPS:
            return None
        return sorted(self._quiet)[len(self._quiet) // 2]

    def learn(self, hop: int) -> None:
        """Take in what was heard in this hop, the one after the last, if nothing sounded nor could still echo."""
        [sounded] = self._sounded.between(hop, hop + 1)
        self._silent_hops = (
            self._silent_hops + 1 if sounded is not None and sounded < SOUNDING else 0
        )
        if self._silent_hops > LAG_MOST_HOPS + ECHO_HOPS:
            [heard] = self._heard.between(hop, hop + 1)
            if heard is not None:
                self._quiet = [*self._quiet[1 - FLOOR_MOST_HOPS :], heard]

    def likeness(self, span_hops: int) -> float | None:
        """Return how the last 8 s that were heard follow what sounded, -1 to 1; None where that cannot be told.

        0 where the newest `span_hops` of them are no louder than the room's own noise, whatever was heard before.
        """
        end = min(self._heard.end, self._sounded.end)
        sounded = self._sounded.between(end - WINDOW_HOPS - LAG_MOST_HOPS, end)
        heard = self._heard.between(end - WINDOW_HOPS, end)
        known = min(len(_known(heard)), len(_known(sounded)) - LAG_MOST_HOPS)
        if known < WINDOW_LEAST_HOPS:
            return None
        one, other = _known(sounded)[-known - LAG_MOST_HOPS :], _known(heard)[-known:]
        if self._is_quiet(other[-span_hops:]):
            return 0.0
        if is_flat(one[LAG_MOST_HOPS:-LAG_MOST_HOPS]):
            return self._rise(one[-LAG_MOST_HOPS:], other[-LAG_MOST_HOPS:])
        found = [
            (correlation(one[LAG_MOST_HOPS - lag : len(one) - lag], other), lag)
            for lag in range(LAG_MOST_HOPS + 1)
        ]
        best, lag = max(found)
        if best >= LAG_TRUSTED:
            self.lag = lag
        return best

    def _rise(self, sounded: list[float], heard: list[float]) -> float | None:
        """Judge a steady sound: 1 where the room is clearly louder than its noise, 0 where it is not louder at all."""
        floor = self.floor
        if floor is None or min(sounded) < SOUNDING:
            return None
        rise_db = _rise_db(sorted(heard)[len(heard) // 2], floor)
        if rise_db >= RISE_UNSURE_DB:
            return min(1.0, rise_db / RISE_HEARD_DB)
        return 0.0 if rise_db < RISE_NONE_DB else None

    def _is_quiet(self, heard: list[float]) -> bool:
        loudest = sorted(heard)[len(heard) * 9 // 10]
        return self.floor is not None and _rise_db(loudest, self.floor) < RISE_NONE_DB


def _rise_db(level: float, floor: float) -> float:
    return 20 * math.log10(max(level, QUIET_STEP) / max(floor, QUIET_STEP))
