"""Relays: one line each, and the order in which they may move.

Law of the room: no two relays move within the stagger of the first, unless all are switched off because
we stop; a relay that chatters rests off; a pin that fails keeps no other from switching.
"""

import threading
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress

import msgspec

from edge.adapters.pins import Relay


class Guard(msgspec.Struct, frozen=True, kw_only=True):
    """How often a relay may move: its contacts weld when they chatter under load."""

    moves: int = 20
    within_s: float = 60.0


class Wiring(msgspec.Struct, frozen=True, kw_only=True):
    """How a relay is wired; `stagger_s` is for how long no other moves after it."""

    name: str
    pin: int
    active_high: bool
    stagger_s: float

    @property
    def at(self) -> tuple[int, bool]:
        """Where it is wired, whatever its name."""
        return self.pin, self.active_high


class Line:
    """One claimed relay: what it was told, what it says, and how often it moved."""

    def __init__(self, wiring: Wiring, relay: Relay) -> None:
        self.wiring = wiring
        self._relay = relay
        self.told = False
        self.seen: bool | None = None  # by a read-back input; None where there is none
        self.held = False  # it was not switched on, because it chattered
        self.fault = ""
        self._moves: deque[float] = deque()

    @property
    def on(self) -> bool:
        """Whether it is on: as the read-back says, else as the pin says; off where neither answers."""
        if self.seen is not None:
            return self.seen
        try:
            return bool(self._relay.value)
        except Exception as error:  # noqa: BLE001  gpiozero and lgpio share no parent of errors
            self.fault = str(error)
            return False

    def drive(self, *, on: bool) -> bool:
        """Put the pin as told; returns whether that moved the relay."""
        moved = on != self.told
        try:
            if on:
                self._relay.on()
            else:
                self._relay.off()
        except Exception as error:  # noqa: BLE001  one bad pin must not keep the others from switching
            self.fault = str(error) or type(error).__name__
            return False
        self.told, self.fault = on, ""
        if moved:
            self._moves.append(time.monotonic())
        return moved

    def rest_s(self, guard: Guard) -> float:
        """Return for how long it must rest before it may move again, by the guard; 0 when it may."""
        now_s = time.monotonic()
        while self._moves and self._moves[0] <= now_s - guard.within_s:
            self._moves.popleft()
        if len(self._moves) < guard.moves:
            return 0.0
        return self._moves[-guard.moves] + guard.within_s - now_s

    def close(self) -> None:
        """Let go of the pin."""
        with suppress(Exception):  # the pin is lost already; the others must be let go too
            self._relay.close()


class Turns:
    """Who may move next: after one relay moved, another waits for the first one's stagger.

    The same relay again need not wait, so a single zone pays nothing.
    """

    def __init__(self) -> None:
        self._last: Line | None = None
        self._free_s = 0.0
        self.hurried = threading.Event()

    def wait(self, line: Line) -> None:
        """Wait until this relay may move; not at all once there is hurry."""
        left_s = self._free_s - time.monotonic()
        if left_s > 0 and line is not self._last:
            self.hurried.wait(left_s)

    def take(self, line: Line) -> None:
        """Note that this relay has moved just now."""
        self._last = line
        self._free_s = max(self._free_s, time.monotonic() + line.wiring.stagger_s)


class Bank:
    """Some relays that are switched together: zones, or those that follow the clock."""

    def __init__(self, make: Callable[[Wiring], Relay], turns: Turns, guard: Guard) -> None:
        self._make, self._turns, self._guard = make, turns, guard
        self._unfit: dict[str, tuple[Wiring, str]] = {}
        self.lines: dict[str, Line] = {}
        self.wanted: frozenset[str] = frozenset()

    @property
    def unfit(self) -> dict[str, tuple[int, str]]:
        """Relays that could not be claimed: pin and reason."""
        return {name: (wiring.pin, why) for name, (wiring, why) in self._unfit.items()}

    def fit(self, wirings: tuple[Wiring, ...]) -> None:
        """Have exactly these relays, all off; a pin that stays is kept, all others are let go first."""
        self.all_off()
        kept = {line.wiring.at: line for line in self.lines.values()}
        for at in kept.keys() - {wiring.at for wiring in wirings}:
            kept.pop(at).close()
        self.lines, self._unfit, self.wanted = {}, {}, frozenset()
        for wiring in wirings:
            line = kept.pop(wiring.at, None)
            if line is None:
                self._claim(wiring)
            else:  # letting go and claiming again would let its wire float
                line.wiring, line.seen = wiring, None
                self.lines[wiring.name] = line

    def switch(
        self, on: frozenset[str], moved: Callable[[Line, int], None], *, urgent: bool = False
    ) -> None:
        """Have exactly these on, off before on; `moved` is told each relay that moved, and how many are to follow.

        A relay past its guard is not switched on, `held` says so, unless it is `urgent`; off is always obeyed.
        """
        self.wanted = on
        for name in sorted(on & self._unfit.keys()):
            self._claim(self._unfit[name][0])
        movers = [line for line in self.lines.values() if self._moves(line, on, urgent=urgent)]
        for line in self.lines.values():
            if line not in movers:
                line.drive(on=line.told)  # said again: it moves nothing that followed
        movers.sort(key=lambda line: line.wiring.name in on)
        for left, line in zip(range(len(movers) - 1, -1, -1), movers, strict=True):
            self._turns.wait(line)
            goal = line.wiring.name in on
            if goal and self._turns.hurried.is_set():
                continue
            if line.drive(on=goal):
                self._turns.take(line)
                moved(line, left)

    def rest_s(self) -> float:
        """Return in how long a relay that was held may be switched on again; 0 when none is held."""
        return max((ln.rest_s(self._guard) for ln in self.lines.values() if ln.held), default=0.0)

    def all_off(self) -> None:
        """Switch every one off at once, whatever single pins answer."""
        for line in self.lines.values():
            if line.drive(on=False):
                self._turns.take(line)

    def let_go(self) -> None:
        """Let go of all pins."""
        for line in self.lines.values():
            line.close()
        self.lines, self._unfit = {}, {}

    def _moves(self, line: Line, on: frozenset[str], *, urgent: bool) -> bool:
        goal = line.wiring.name in on
        if urgent or line.rest_s(self._guard) <= 0:
            line.held = False
        elif goal and not line.told:
            line.held = True
        return goal != line.told and not (goal and line.held)

    def _claim(self, wiring: Wiring) -> None:
        try:
            self.lines[wiring.name] = Line(wiring, self._make(wiring))
        except Exception as error:  # noqa: BLE001  gpiozero and lgpio share no parent of errors
            self._unfit[wiring.name] = (wiring, f"{type(error).__name__}: {error}")
        else:
            self._unfit.pop(wiring.name, None)
