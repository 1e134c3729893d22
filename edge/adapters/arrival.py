"""The way to whoever keeps the machine's network: its state is read, our wish and what the screen shows are left.

Law of the room: files alone, small, whole, each read strictly; we have no rights over the network. A wish may hold a
password: its file is read by that one group, and goes with the power.
"""

import contextlib
import logging
import os
import secrets
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

import msgspec

from contract.site import sentence
from edge.core.arrival import (
    MOST_BYTES,
    SHOWN,
    STATE,
    WISH,
    Entries,
    Fault,
    NetworkState,
    Shown,
)
from edge.core.events import ArrivalSeen, Happening
from edge.core.greeting import wish_of
from edge.core.orders import TellNetwork

log = logging.getLogger(__name__)

USED_EVERY_S: Final = 10.0  # how often a page that is being looked at is told anew


class Arrival:
    """Reads and leaves the files; any thread."""

    def __init__(
        self,
        states: Path,
        wishes: Path,
        faults: Path | None,
        post: Callable[[Happening], None],
        over: Callable[[], None],
        *,
        mono: Callable[[], float] = time.monotonic,
    ) -> None:
        """Read in `states`, write in `wishes`; `over` ends this process, so that new settings are read."""
        self._states, self._wishes, self._faults = states, wishes, faults
        self._post, self._over, self._mono = post, over, mono
        self._lock = threading.Lock()
        self._told = TellNetwork(assigned=False, held=0, shown=Shown())
        self._typed = ""
        self._entries: Entries | None = None
        self._used_s: float | None = None
        self._seen: ArrivalSeen | None = None

    def state(self) -> NetworkState | None:
        """Return how the machine's network stands; None while nobody has told."""
        text = _read(self._states / STATE)
        if text is None:
            return None
        try:
            return msgspec.json.decode(text, type=NetworkState)
        except (msgspec.MsgspecError, ValueError) as fault:
            log.warning("the state of the network is not understood: %s", fault)
            return None

    def faults(self) -> tuple[Fault, ...]:
        """Return what must be mended in the site file."""
        text = _read(self._faults) if self._faults is not None else None
        with contextlib.suppress(msgspec.MsgspecError, ValueError):
            if text is not None:
                return msgspec.json.decode(text, type=tuple[Fault, ...])
        return ()

    def look(self) -> None:
        """Post what changed, and end the process where what we typed made other settings."""
        state, faults = self.state(), self.faults()
        fault = sentence(faults[0].line, faults[0].vi) if faults else ""
        seen = ArrivalSeen(own=state.own if state is not None else None, fault=fault)
        if seen != self._seen:
            self._seen = seen
            self._post(seen)
        if state is not None and state.restart and self._typed and state.taken == self._typed:
            self._typed = ""
            log.info("other settings were typed: starting again")
            self._over()

    # --- leaving word -------------------------------------------------------------------------------

    def obey(self, order: TellNetwork) -> None:
        """Tell screen and network how we are. Raises `OSError`."""
        with self._lock:
            self._told = order
            _write(self._wishes / SHOWN, msgspec.json.encode(order.shown), 0o644)
            self._leave()

    def type(self, entries: Entries) -> str:
        """Leave what was typed; return the name by which its outcome is told. Raises `OSError`."""
        with self._lock:
            self._typed, self._entries = secrets.token_hex(8), entries
            self._leave()
            return self._typed

    def used(self) -> None:
        """Know that a phone in our own network looks at the page: the network stays for a while. Raises `OSError`."""
        with self._lock:
            now_s = self._mono()
            if self._used_s is None or now_s - self._used_s >= USED_EVERY_S:
                self._used_s = now_s
                self._leave()

    def _leave(self) -> None:
        wish = wish_of(self._told, self._used_s, self._typed, self._entries)
        _write(self._wishes / WISH, msgspec.json.encode(wish), 0o640)


def _read(file: Path) -> bytes | None:
    """Return a file of another program, None where it is missing or too long."""
    with contextlib.suppress(OSError), file.open("rb") as opened:
        text = opened.read(MOST_BYTES + 1)
        return text if len(text) <= MOST_BYTES else None
    return None


def _write(file: Path, text: bytes, mode: int) -> None:
    """Write a file whole; it lives in memory and needs no sync."""
    new = file.with_name(f".{file.name}.new")
    new.unlink(missing_ok=True)
    handle = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(handle, "wb") as out:
        os.fchmod(handle, mode)  # the umask of the appliance hides everything from everybody
        out.write(text)
    new.replace(file)
