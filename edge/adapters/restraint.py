"""Restraint: a flood of like events is told as a few and a number.

Law of the room: counts and a monotonic clock, nothing else.
"""

import time
from collections.abc import Callable
from typing import Final

BURST: Final = 3
SPAN_S: Final = 60.0
AGAIN_S: Final = 3_600.0
REMEMBERED: Final = 64


class Restraint:
    """Lets `burst` events of one name through in each span, and one of the very same once an hour."""

    def __init__(
        self,
        mono: Callable[[], float] = time.monotonic,
        *,
        burst: int = BURST,
        span_s: float = SPAN_S,
    ) -> None:
        """Begin with nothing held back; names are a small closed vocabulary."""
        self._mono = mono
        self._burst = burst
        self._span_s = span_s
        self._told: dict[str, tuple[float, int]] = {}
        self._held_back: dict[str, int] = {}
        self._same: dict[tuple[str, str], float] = {}

    def ask(self, name: str, what: str) -> int | None:
        """Return how many were held back since the last one told, or None when this one is held back.

        `what` tells the very same thing from another of its name; it is not counted when it comes again.
        """
        now_s = self._mono()
        if now_s - self._same.get((name, what), now_s - AGAIN_S) < AGAIN_S:
            return None
        begun_s, told = self._told.get(name, (now_s, 0))
        if now_s - begun_s >= self._span_s:
            begun_s, told = now_s, 0
        if told >= self._burst:
            self._held_back[name] = self._held_back.get(name, 0) + 1
            return None
        self._told[name] = (begun_s, told + 1)
        self._same.pop((name, what), None)
        self._same[name, what] = now_s
        if len(self._same) > REMEMBERED:
            del self._same[next(iter(self._same))]
        return self._held_back.pop(name, 0)
