"""Contacts: wired inputs, whose level counts once it has stood.

Law of the room: one thread of ours for each hand reads the pins, a button often and the rest ten times a second. A
new level is then read at uneven moments, so that no hum of the mains passes for a level, and counts when it was
the same for the input's debounce. An input that could not be claimed is tried again.
"""

import random
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Final

import msgspec

from contract.documents import Input, InputKind
from edge.adapters.pins import Board, Contact

BUTTONS: Final = frozenset({InputKind.TALK, InputKind.HUSH, InputKind.ADDRESS})
BUTTON_S: Final = 0.015  # how often a button is read at rest
OTHER_S: Final = 0.1
LEAST_S: Final = 0.002
CLAIM_AGAIN_S: Final = 2.0  # another hand may only now have let go of the pin; doubled each time
MAX_CLAIM_AGAIN_S: Final = 60.0


class Level(msgspec.Struct, frozen=True):
    """What an input has come to rest at."""

    wired: Input
    active: bool


class Held:
    """One claimed input: its last level, since when, and whether it has stood."""

    def __init__(self, wired: Input, contact: Contact) -> None:
        self.wired, self.contact = wired, contact
        self.level = contact.active
        self.since_s = self.due_s = time.monotonic()
        self.stood = False
        self._rest_s = BUTTON_S if wired.kind in BUTTONS else OTHER_S
        self._step_s = min(self._rest_s, max(LEAST_S, wired.debounce_ms / 10_000))

    def read(self, now_s: float) -> bool:
        """Read the pin; returns whether its level has stood just now."""
        level, before = self.contact.active, self.stood
        if level != self.level:
            self.level, self.since_s, self.stood = level, now_s, False
        elif now_s - self.since_s >= self.wired.debounce_ms / 1000:
            self.stood = True
        step_s = self._step_s * random.uniform(0.5, 1.0)  # noqa: S311  no secret
        # At rest all inputs of a kind are read together, on the same beat.
        self.due_s = (now_s // self._rest_s + 1) * self._rest_s if self.stood else now_s + step_s
        return self.stood and not before


class Watch:
    """Follows inputs on a thread of its own.

    `stood` is told each level that has stood, also the old one after a disturbance, and first of all the
    present one; `claimed` is told when a failing input was claimed at last, or was lost.
    """

    def __init__(
        self,
        board: Board,
        hand: str,
        stood: Callable[[Level], None],
        claimed: Callable[[], None],
    ) -> None:
        self._board, self._hand = board, hand
        self._stood, self._claimed = stood, claimed
        self._held: dict[str, Held] = {}
        self._unclaimed: dict[str, Input] = {}
        self._faults: dict[str, str] = {}
        self._claim_in_s = CLAIM_AGAIN_S
        self._claim_next_s = 0.0
        self._lock = threading.Lock()
        self._news = threading.Event()
        self._closing = False
        self._thread: threading.Thread | None = None

    @property
    def faults(self) -> Mapping[str, str]:
        """What is wrong with inputs that could not be claimed, by their names."""
        return dict(self._faults)

    def fit(self, inputs: tuple[Input, ...]) -> None:
        """Follow exactly these inputs from now on; those that are as before are not touched."""
        wanted = {one.name: one for one in inputs} if self._board.has_contacts else {}
        with self._lock:
            for name in [n for n, held in self._held.items() if wanted.get(n) != held.wired]:
                self._let_go(name)
            self._unclaimed = {n: i for n, i in wanted.items() if n not in self._held}
            self._faults, self._claim_in_s = {}, CLAIM_AGAIN_S
            self._claim()
            if wanted and self._thread is None:
                name = f"contacts-{self._hand}"
                self._thread = threading.Thread(target=self._run, name=name, daemon=True)
                self._thread.start()
        self._news.set()

    def active_now(self, name: str) -> bool | None:
        """Return the bare level at this moment, bounces and all; None where there is no such contact."""
        held = self._held.get(name)
        if held is None:
            return None
        try:
            return held.contact.active
        except Exception:  # noqa: BLE001  our thread meets the same error, and tells it
            return None

    def close(self) -> None:
        """Let go of all inputs; nothing is told any more."""
        self._closing = True
        self._news.set()
        if self._thread is not None:
            self._thread.join()
        with self._lock:
            for name in list(self._held):
                self._let_go(name)

    # --- on our thread --------------------------------------------------------------------------

    def _run(self) -> None:
        wait_s = 0.0
        while not self._closing:
            if wait_s < OTHER_S / 2:
                time.sleep(wait_s)  # half the cost of waiting for an event
            else:
                self._news.wait(wait_s)
                self._news.clear()
            wait_s = self._turn()

    def _turn(self) -> float:
        """Read what is due, tell what has stood; returns in how many seconds to look again."""
        steady: list[Level] = []
        with self._lock:
            now_s, before = time.monotonic(), self._faults
            next_s = now_s + CLAIM_AGAIN_S
            if self._unclaimed and now_s >= self._claim_next_s:
                self._claim()
            for held in tuple(self._held.values()):
                try:
                    if held.due_s <= now_s and held.read(now_s):
                        steady.append(Level(held.wired, held.level))
                except Exception as error:  # noqa: BLE001  gpiozero and lgpio share no parent of errors
                    self._let_go(held.wired.name)
                    self._complain(held.wired, error)
                else:
                    next_s = min(next_s, held.due_s)
            news = self._faults is not before
        for level in steady:
            self._stood(level)
        if news:
            self._claimed()
        return max(0.0, next_s - time.monotonic())

    # --- claims ---------------------------------------------------------------------------------

    def _claim(self) -> None:
        self._claim_next_s = time.monotonic() + self._claim_in_s
        self._claim_in_s = min(MAX_CLAIM_AGAIN_S, 2 * self._claim_in_s)
        for name, wired in list(self._unclaimed.items()):
            try:
                held = self._hold(wired)
            except Exception as error:  # noqa: BLE001  gpiozero and lgpio share no parent of errors
                self._complain(wired, error)
            else:
                self._held[name] = held
                del self._unclaimed[name]
                self._faults = {n: why for n, why in self._faults.items() if n != name}

    def _hold(self, wired: Input) -> Held:
        contact = self._board.contact(wired)
        try:
            return Held(wired, contact)
        except BaseException:
            contact.close()
            raise

    def _complain(self, wired: Input, error: Exception) -> None:
        self._unclaimed[wired.name] = wired
        why = (
            f"đầu vào {wired.name} không đọc được ở chân {wired.pin}: xem dây, chân và phiếu gán "
            f"({type(error).__name__}: {error})"
        )
        self._faults = {**self._faults, wired.name: why}

    def _let_go(self, name: str) -> None:
        with suppress(Exception):  # the pin is lost already, or gone with its driver
            self._held.pop(name).contact.close()
