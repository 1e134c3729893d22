"""The clock's hand: what time it is, and how far that may be believed.

Law of the room: asks the kernel, holds an anchor, keeps no file. The wall clock of an appliance is an
anchor carried on by the monotonic clock, so a system clock that steps moves nothing by itself: it is
believed when the kernel says that a time service keeps it, and otherwise only until something better is
known. Next best is a time that central signed for a nonce of ours. Time services sign nothing, so central is asked
beside them: where the two differ by minutes one of them lies, nobody knows which, and neither is believed until they
agree. The floor is the latest instant known
to have passed (from verified documents and the last run); a clock behind it is wrong, whoever set it.
"""

import ctypes
import logging
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Final

import msgspec

from contract.announcing import AHEAD
from contract.documents import SignedTime
from contract.trust import TrustedNow, TrustState
from edge.core.moment import Clock, Moment

log = logging.getLogger(__name__)

UNCERTAIN_MOST_S: Final = 1.0  # half a round trip: an answer less certain is not taken
TRUSTED_FOR_S: Final = (
    24 * 3_600.0
)  # after the last word of kernel or central; a crystal loses seconds
ASK_EVERY_S: Final = 3_600.0
ASK_AGAIN_S: Final = 60.0
BEHIND: Final = (
    AHEAD  # a document may say it was made so far ahead of a good clock, and raise the floor
)
BEYOND: Final = timedelta(days=30)  # the longest life of a programme, after the keyring's own end
KEPT_S: Final = 60.0  # a few looks without the kernel's word
STEP_S: Final = 1.0  # a difference worth a line in the log
DISPUTE: Final = AHEAD  # kernel and central further apart than this: one of them is wrong

_TIME_ERROR = 5  # adjtimex(2): the clock is not synchronised


class Source(StrEnum):
    """Who set the anchor, from the worst to the best."""

    FLOOR = "floor"  # nobody: it is at least so late
    SYSTEM = "system"  # the system clock as it was found
    SIGNED = "signed"  # central, over a nonce of ours
    KERNEL = "kernel"  # the system clock, which a time service keeps


class Look(msgspec.Struct, frozen=True):
    """What the machine's clocks say at one instant, and whether a time service keeps the system clock."""

    system: datetime
    mono_s: float
    synchronised: bool


class Bounds(msgspec.Struct, frozen=True):
    """It is not before `floor`; a clock that nobody keeps and that shows `ceiling` or later is wrong."""

    floor: datetime
    ceiling: datetime

    @classmethod
    def of(cls, state: TrustState) -> "Bounds":
        """Return the bounds that a trust state knows."""
        return cls(state.time_floor, max(state.time_floor, state.keyring.expires) + BEYOND)

    def passed(self, wall: datetime) -> bool:
        """Return whether `wall` is known to be over."""
        return wall < self.floor - BEHIND


class Belief(msgspec.Struct, frozen=True):
    """It was `wall` at `mono_s`, by the word of `source`, last confirmed at `heard_s` (monotonic)."""

    source: Source
    wall: datetime
    mono_s: float
    heard_s: float
    clock: Clock

    def at(self, mono_s: float) -> datetime:
        """Return the time at an instant of the monotonic clock."""
        return self.wall + timedelta(seconds=mono_s - self.mono_s)


def judge(belief: Belief | None, look: Look, bounds: Bounds) -> Belief:
    """Return what to believe after this look; a better word replaces a worse one, nothing else does."""
    system, mono_s = look.system, look.mono_s
    if look.synchronised and not bounds.passed(system):
        return Belief(Source.KERNEL, system, mono_s, mono_s, Clock.TRUSTED)
    if belief is not None and belief.source is not Source.FLOOR:
        held = belief.at(mono_s)
        if not bounds.passed(held):
            told = belief.source is not Source.SYSTEM
            fresh = told and mono_s - belief.heard_s < TRUSTED_FOR_S
            return msgspec.structs.replace(
                belief, clock=Clock.TRUSTED if fresh else Clock.FLOOR_ONLY
            )
    if not bounds.passed(system) and system < bounds.ceiling:
        return Belief(Source.SYSTEM, system, mono_s, mono_s, Clock.FLOOR_ONLY)
    least = bounds.floor
    if belief is not None and belief.source is Source.FLOOR:
        least = max(least, belief.at(mono_s))
    return Belief(Source.FLOOR, least, mono_s, mono_s, Clock.UNKNOWN)


def correct(
    belief: Belief | None, signed: datetime, sent_mono_s: float, received_mono_s: float
) -> Belief | None:
    """Return what to believe after a verified answer, or None when it took too long to mean anything.

    Central signed somewhere between both instants, so the middle is right to half the round trip. Within
    that nothing is moved, only confirmed.
    """
    uncertain_s = (received_mono_s - sent_mono_s) / 2
    if not 0 <= uncertain_s <= UNCERTAIN_MOST_S:
        return None
    wall = signed + timedelta(seconds=uncertain_s)
    if belief is not None and belief.clock is not Clock.UNKNOWN:
        held = belief.at(received_mono_s)
        if abs(held - wall) <= timedelta(seconds=uncertain_s):
            wall = held
    return Belief(Source.SIGNED, wall, received_mono_s, received_mono_s, Clock.TRUSTED)


class WallClock:
    """The appliance's wall clock; from any thread. `look` now and then, `answer` when central told the time."""

    def __init__(
        self,
        synchronised: Callable[[], bool] | None = None,
        system: Callable[[], datetime] | None = None,
        mono: Callable[[], float] = time.monotonic,
    ) -> None:
        """Believe nothing before the first look; the three clocks are the kernel's unless given."""
        self._synchronised = synchronised or kernel_is_synchronised
        self._system = system or _system_now
        self._mono = mono
        self._lock = threading.Lock()
        self._belief: Belief | None = None
        self._ask_from_s = mono()
        # what else is known of the time, less what the kernel says; 0 while they agree
        self.disputed = timedelta(0)
        self._doubted_s = -ASK_EVERY_S
        self.changes = (
            0  # of the state, and of the time by more than a second: each asks for a turn
        )

    @property
    def state(self) -> Clock:
        """Return how far `now` may be believed."""
        belief = self._belief
        disputed = belief is not None and belief.source is Source.KERNEL and self.disputed
        return Clock.UNKNOWN if belief is None or disputed else belief.clock

    @property
    def source(self) -> Source:
        """Return by whose word `now` is what it is."""
        belief = self._belief
        return Source.FLOOR if belief is None else belief.source

    def now(self) -> datetime:
        """Return the present instant, aware UTC."""
        return self.moment().wall

    def moment(self) -> Moment:
        """Return the present moment on both clocks."""
        belief, mono_s = self._belief, self._mono()
        return Moment(self._system() if belief is None else belief.at(mono_s), mono_s)

    def trusted_now(self) -> TrustedNow:
        """Return the present instant as the gate judges by it."""
        return TrustedNow(wall=self.now(), clock=self.state.value, door="store")

    def look(self, state: TrustState) -> Clock:
        """Look at the machine's clocks and judge anew; meant for each 10 s and after each document."""
        with self._lock:
            look = Look(self._system(), self._mono(), self._synchronised())
            after = judge(self._belief, look, Bounds.of(state))
            self._suspect(after, look.mono_s)
            self._believe(after, look.mono_s)
            return self.state

    def answer(self, signed: SignedTime, sent_mono_s: float, received_mono_s: float) -> bool:
        """Take the verified answer to our question; return False when it took too long: ask again."""
        with self._lock:
            after = correct(self._belief, signed.now, sent_mono_s, received_mono_s)
            if after is None:
                return False
            now_s = self._mono()
            kept = self._is_kept(now_s)
            if kept:
                self._weigh(after, received_mono_s)
            else:
                self._believe(after, received_mono_s)
            self._ask_from_s = now_s + (ASK_AGAIN_S if kept and self.disputed else ASK_EVERY_S)
            return True

    def may_ask(self) -> bool:
        """Return whether central should be asked for the time now; the next try is then due in a minute.

        Once an hour after an answer, and each minute while it contradicts the kernel.
        """
        with self._lock:
            now_s = self._mono()
            if now_s < self._ask_from_s:
                return False
            self._ask_from_s = now_s + ASK_AGAIN_S
            return True

    def judges_certificates(self) -> bool:
        """Return whether the system clock, by which TLS judges, may say that a certificate ran out."""
        belief, off = self._belief, self._system() - self.now()
        return belief is not None and belief.clock is Clock.TRUSTED and abs(off) <= AHEAD

    def _is_kept(self, now_s: float) -> bool:
        """Return whether a time service kept the system clock when we last looked."""
        belief = self._belief
        kernel = belief is not None and belief.source is Source.KERNEL
        return belief is not None and kernel and now_s - belief.heard_s < KEPT_S

    def _suspect(self, after: Belief, mono_s: float) -> None:
        """Doubt a kernel that leaps away from a good time, until central is heard or an hour has passed."""
        before = self._belief
        if after.source is not Source.KERNEL:
            return
        if before is not None and before.clock is Clock.TRUSTED:
            leap = before.at(mono_s) - after.at(mono_s)
            if abs(leap) > DISPUTE:
                self._dispute(leap)
                self._doubted_s = self._ask_from_s = mono_s
        if self.disputed and mono_s - self._doubted_s > ASK_EVERY_S:
            self._dispute(timedelta(0))  # nobody contradicts: somebody has set it right

    def _weigh(self, told: Belief, mono_s: float) -> None:
        """Lay central's word beside that of the kernel, which we keep: agreed, or both in doubt."""
        belief = self._belief
        off = timedelta(0) if belief is None else told.at(mono_s) - belief.at(mono_s)
        self._dispute(off if abs(off) > DISPUTE else timedelta(0))
        self._doubted_s = mono_s

    def _dispute(self, off: timedelta) -> None:
        before, self.disputed = self.disputed, off
        if bool(before) != bool(off):
            log.warning("clock disputed=%s by %+.0f s", bool(off), off.total_seconds())
            self.changes += 1

    def _believe(self, after: Belief, mono_s: float) -> None:
        before, self._belief = self._belief, after
        if after.source is not Source.KERNEL:
            self.disputed = timedelta(0)
        if before is None or (before.source, before.clock) != (after.source, after.clock):
            log.info("clock=%s source=%s", after.clock, after.source)
        was = self._system() if before is None else before.at(mono_s)
        moved_s = (after.at(mono_s) - was).total_seconds()
        if abs(moved_s) > STEP_S:
            log.warning("clock moved by %.1f s, by the word of %s", moved_s, after.source)
        if abs(moved_s) > STEP_S or before is None or before.clock is not after.clock:
            self.changes += 1


class _Timex(ctypes.Structure):
    """struct timex of adjtimex(2), read only; the tail is padding for every ABI."""

    _fields_ = (("modes", ctypes.c_uint), ("rest", ctypes.c_long * 64))


def kernel_is_synchronised() -> bool:
    """Return whether the kernel says that a time service keeps the clock; False where it cannot be asked."""
    try:
        libc = ctypes.CDLL(None, use_errno=True)
        state = int(libc.adjtimex(ctypes.byref(_Timex(modes=0))))
    except (OSError, AttributeError):
        return False
    return 0 <= state < _TIME_ERROR


def _system_now() -> datetime:
    return datetime.now(UTC)
