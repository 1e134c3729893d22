"""Who is signed in, how often a wrong PIN was typed, and the token that proves a form is ours.

Law of the room: sessions live in memory and die with the process; the lock-out lives on disk and does
not. Waits are measured on the monotonic clock. No PIN and no token is ever logged or kept.
"""

import asyncio
import hashlib
import hmac
import logging
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import Enum, auto
from typing import Final, Literal

import msgspec
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from contract.documents import Right, StaffPin
from edge.core.moment import Moment

log = logging.getLogger(__name__)

IDLE_S: Final = 15 * 60
LIFE_S: Final = 8 * 3600
MOST_SESSIONS: Final = 64
FREE_FAILURES: Final = 5
FIRST_LOCK_S: Final = 30
LONGEST_LOCK_S: Final = 15 * 60
FAR: Final = datetime(
    9000, 1, 1, tzinfo=UTC
)  # a wait is cut to its longest, so this means "all of it"


@dataclass(frozen=True)
class Note:
    """What the page says once after an action."""

    tone: Literal["done", "refused"]
    text: str


@dataclass
class Session:
    """One signed-in person: the PIN that opened it, when it was opened and last used, the voice last chosen."""

    token: str = field(repr=False)
    pin: StaffPin
    opened_mono_s: float
    used_mono_s: float
    note: Note | None = None
    voice: str = ""

    def may(self, rights: frozenset[Right]) -> bool:
        """Return whether this person has one of `rights`."""
        return not rights.isdisjoint(self.pin.rights)


class Sessions:
    """The open sessions: 128 random bits each, 15 minutes idle, 8 hours at most."""

    def __init__(self) -> None:
        """Begin with nobody signed in."""
        self._open: dict[str, Session] = {}
        self._secret = secrets.token_bytes(32)

    def open(self, pin: StaffPin, mono_s: float) -> Session:
        """Return a new session of `pin` with a token that nobody knew before."""
        while len(self._open) >= MOST_SESSIONS:
            del self._open[min(self._open, key=lambda token: self._open[token].used_mono_s)]
        session = Session(secrets.token_hex(16), pin, mono_s, mono_s)
        self._open[session.token] = session
        return session

    def find(self, token: str, staff: tuple[StaffPin, ...], mono_s: float) -> Session | None:
        """Return the session of `token` and mark it used; None when over, or when its PIN is no longer given out."""
        session = self._open.get(token)
        if session is None:
            return None
        idle, old = mono_s - session.used_mono_s > IDLE_S, mono_s - session.opened_mono_s > LIFE_S
        if idle or old or session.pin not in staff:
            del self._open[token]
            return None
        session.used_mono_s = mono_s
        return session

    def close(self, token: str) -> None:
        """End the session of `token`; idempotent."""
        self._open.pop(token, None)

    def proof(self, seed: str) -> str:
        """Return the form token that belongs to a cookie's value."""
        return hmac.new(self._secret, seed.encode(), hashlib.sha256).hexdigest()

    def proves(self, seed: str, token: str) -> bool:
        """Return whether `token` was given out for this cookie's value."""
        return bool(seed) and hmac.compare_digest(self.proof(seed).encode(), token.encode())


class Checked(Enum):
    """What became of a typed PIN."""

    RIGHT = auto()
    WRONG = auto()
    LOCKED = auto()


class Failures(msgspec.Struct, frozen=True):
    """What is kept on disk: wrong PINs since the last right one, and until when nobody may try."""

    count: int = 0
    until: datetime | None = None


def lock_s(failures: int) -> int:
    """Return how long nobody may try after so many wrong PINs: 30 s at the fifth, doubling to 15 minutes."""
    if failures < FREE_FAILURES:
        return 0
    return min(FIRST_LOCK_S << min(failures - FREE_FAILURES, 10), LONGEST_LOCK_S)


class Tries:
    """How often something was tried in vain, for the whole appliance and not per address.

    A try is counted on disk before it is judged, so neither pulling the plug nor many tries at once buys a
    free guess.
    """

    def __init__(
        self, remember: Callable[[bytes], None], recall: Callable[[], bytes | None]
    ) -> None:
        """Keep the lock-out through `remember` and `recall`; nothing is read yet."""
        self._remember, self._recall = remember, recall
        self.turn = asyncio.Lock()
        self._loaded = False
        self._count = 0
        self._locked_until_mono_s = 0.0

    def wait_s(self, now: Moment) -> float:
        """Return for how many seconds nobody may try; 0.0 when one may, or nobody has tried yet."""
        return max(0.0, self._locked_until_mono_s - now.mono_s)

    async def count(self, now: Callable[[], Moment]) -> bool:
        """Count one more try, on disk on return; False when nobody may try now. Ask with the `turn`."""
        if not self._loaded:
            self._load(await asyncio.to_thread(self._recall_failures), now())
        at = now()
        if self.wait_s(at) > 0:
            return False
        count = self._count + 1
        span_s = lock_s(count)
        failed = Failures(count, at.wall + timedelta(seconds=span_s) if span_s else None)
        self._count, self._locked_until_mono_s = count, at.mono_s + span_s
        await asyncio.to_thread(self._keep, failed)
        return True

    async def forgive(self) -> None:
        """Begin to count anew: the last try was right."""
        self._count, self._locked_until_mono_s = 0, 0.0
        await asyncio.to_thread(self._keep, Failures())

    def _keep(self, failures: Failures) -> None:
        try:
            self._remember(msgspec.json.encode(failures))
        except OSError:  # a broken card must not keep staff from stopping the sound
            log.exception("the lock-out cannot be kept; it is lost at a restart")

    def _load(self, kept: Failures, now: Moment) -> None:
        self._loaded, self._count = True, kept.count
        if kept.until is not None:  # a clock set back meanwhile must not lengthen it
            rest_s = (kept.until - now.wall).total_seconds()
            self._locked_until_mono_s = now.mono_s + min(max(rest_s, 0.0), lock_s(kept.count))

    def _recall_failures(self) -> Failures:
        try:
            kept = self._recall()
            return Failures() if kept is None else msgspec.json.decode(kept, type=Failures)
        except (OSError, msgspec.MsgspecError):
            log.exception("the kept lock-out cannot be read; counting starts anew, locked once")
            return Failures(FREE_FAILURES, FAR)


class PinCheck:
    """Check PINs one at a time, behind one lock-out."""

    def __init__(
        self, remember: Callable[[bytes], None], recall: Callable[[], bytes | None]
    ) -> None:
        """Keep the lock-out through `remember` and `recall`; nothing is read yet."""
        self._tries = Tries(remember, recall)
        self._hasher = PasswordHasher()

    def wait_s(self, now: Moment) -> float:
        """Return for how many seconds nobody may try; 0.0 when one may, or nobody has tried yet."""
        return self._tries.wait_s(now)

    async def check(self, pin: StaffPin | None, typed: str, now: Callable[[], Moment]) -> Checked:
        """Return whether `typed` is the PIN; an unknown name (None) counts as a wrong PIN."""
        async with self._tries.turn:
            if not await self._tries.count(now):
                return Checked.LOCKED
            if not await asyncio.to_thread(self._fits, pin, typed):
                log.warning("sign-in refused locked_s=%.0f", self._tries.wait_s(now()))
                return Checked.WRONG
            await self._tries.forgive()
            return Checked.RIGHT

    def _fits(self, pin: StaffPin | None, typed: str) -> bool:
        if pin is None:
            return False
        try:
            return self._hasher.verify(pin.verifier, typed)
        except (VerificationError, InvalidHashError):
            return False


class ClaimCheck:
    """Let claim codes through to central, not too many: whether one is right only central knows."""

    def __init__(
        self, remember: Callable[[bytes], None], recall: Callable[[], bytes | None]
    ) -> None:
        """Keep the lock-out through `remember` and `recall`; nothing is read yet."""
        self._tries = Tries(remember, recall)

    async def may(self, now: Callable[[], Moment]) -> float:
        """Return 0.0 and count one more code, or for how many seconds none is taken."""
        async with self._tries.turn:
            return 0.0 if await self._tries.count(now) else self._tries.wait_s(now())
