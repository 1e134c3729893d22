"""What spares work where everybody may ask: answers made lately, how often each source asks, and what is new.

Law of the room: for any thread; each process has its own, and losing it loses nothing. An answer counts only while
nothing that is announced has begun or ended since.
"""

import hashlib
import threading
import time
from collections import OrderedDict
from typing import Final

import msgspec

from central.services.cap_out import stamp
from central.services.unit import House

FRESH_S: Final = 30.0
STAMP_S: Final = 0.25  # so often at most is asked whether anything began or ended
MOST_KEPT: Final = 400
ASKS_PER_MINUTE: Final = 60
MOST_SOURCES: Final = 10_000


class Bucket:
    """How often each source may ask: a minute's worth at once, then evenly."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def takes(self, source: str, now_s: float) -> bool:
        """Return whether this source may ask now, and count it."""
        with self._lock:
            left, at = self._left.pop(source, (float(ASKS_PER_MINUTE), now_s))
            left = min(float(ASKS_PER_MINUTE), left + (now_s - at) * ASKS_PER_MINUTE / 60)
            allowed = left >= 1
            self._left[source] = (left - 1 if allowed else left, now_s)
            while len(self._left) > MOST_SOURCES:
                self._left.popitem(last=False)
            return allowed


class Kept(msgspec.Struct, frozen=True):
    """An answer, its tag, and when it was made."""

    body: bytes
    etag: str
    at_s: float


class Shelf:
    """Answers made lately."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: OrderedDict[tuple[str, ...], Kept] = OrderedDict()

    def get(self, key: tuple[str, ...], now_s: float) -> Kept | None:
        """Return what is fresh still."""
        with self._lock:
            found = self._kept.get(key)
            return found if found is not None and now_s - found.at_s < FRESH_S else None

    def put(self, key: tuple[str, ...], body: bytes, now_s: float) -> Kept:
        """Keep an answer."""
        kept = Kept(body, f'"{hashlib.sha256(body).hexdigest()[:32]}"', now_s)
        with self._lock:
            self._kept[key] = kept
            self._kept.move_to_end(key)
            while len(self._kept) > MOST_KEPT:
                self._kept.popitem(last=False)
        return kept


class Stamp:
    """What stands now, asked of the database at most four times a second."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._lock = threading.Lock()
        self._text = ""
        self._at_s = float("-inf")

    def now(self) -> str:
        """Return a text that changes whenever an announcement begins or ends."""
        with self._lock:
            if time.monotonic() - self._at_s >= STAMP_S:
                with self._house.reading() as unit:
                    self._text = stamp(unit)
                self._at_s = time.monotonic()
            return self._text
