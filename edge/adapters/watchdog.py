"""The watchdog's hand: tells the service manager that all is well, as long as it is.

Law of the room: one thread that only looks. It is well while the loop takes turns and while what is on air
makes headway; else the manager hears nothing more and starts the program anew. A hand that has failed and
says so is no reason: the loop knows it and acts. Nothing is fed where no manager asks for it.
"""

import contextlib
import logging
import os
import socket
import threading
import time
from collections.abc import Callable
from typing import Final

import msgspec

log = logging.getLogger(__name__)

LOOP_S: Final = 40.0  # the loop wakes at least each 30 s
MEDIA_S: Final = 60.0  # far beyond a stream's fallback and a dead player's replacement


class Signs(msgspec.Struct, frozen=True):
    """What there is to see: the turns taken so far, and of what is on air since when and its last headway.

    Both instants are monotonic; `on_air_since_s` is None while nothing has to sound, `headway_s` is None
    before the first position or level of anything was observed.
    """

    turns: int
    on_air_since_s: float | None = None
    headway_s: float | None = None


class Watch(msgspec.Struct, frozen=True):
    """When the count of turns was last seen to change (monotonic)."""

    turns: int
    turned_s: float

    def after(self, signs: Signs, now_s: float) -> "Watch":
        """Return the watch after a look."""
        return self if signs.turns == self.turns else Watch(signs.turns, now_s)


class Limits(msgspec.Struct, frozen=True):
    """How long the loop and the media may stand still, in seconds."""

    loop_s: float = LOOP_S
    media_s: float = MEDIA_S


def why_not(watch: Watch, signs: Signs, now_s: float, limits: Limits) -> str:
    """Return why the manager must not be told that all is well, or nothing when it is."""
    still_s = now_s - watch.turned_s
    if still_s > limits.loop_s:
        return f"the loop has taken no turn for {still_s:.0f} s"
    if signs.on_air_since_s is not None:
        begun_s = signs.on_air_since_s
        still_s = now_s - max(begun_s, signs.headway_s or begun_s)
        if still_s > limits.media_s:
            return f"what is on air has made no headway for {still_s:.0f} s"
    return ""


def notify(word: str, environ: Callable[[str], str | None] = os.environ.get) -> None:
    """Tell the service manager `word` (sd_notify(3)); nothing where there is none."""
    address = environ("NOTIFY_SOCKET")
    if not address:
        return
    target = "\0" + address[1:] if address.startswith("@") else address
    with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as out:
        out.settimeout(1.0)
        out.sendto(word.encode(), target)


def feed_every_s(environ: Callable[[str], str | None] = os.environ.get) -> float | None:
    """Return how often the manager wants to hear from this process, halved; None when it does not."""
    asked, process = environ("WATCHDOG_USEC") or "", environ("WATCHDOG_PID") or ""
    if process and process != str(os.getpid()):
        return None
    return int(asked) / 2_000_000 if asked.isdecimal() and int(asked) > 0 else None


class Watchdog:
    """Feeds the service manager's watchdog from a thread of its own."""

    def __init__(
        self,
        signs: Callable[[], Signs],
        *,
        environ: Callable[[str], str | None] = os.environ.get,
        mono: Callable[[], float] = time.monotonic,
        limits: Limits | None = None,
    ) -> None:
        """Look by `signs`, which is called from the watchdog's thread; nothing is told before `start`."""
        self._signs = signs
        self._environ = environ
        self._mono = mono
        self._limits = limits or Limits()
        self._every_s = feed_every_s(environ)
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin to feed, if a manager asks for it; the first word goes out at once."""
        if self._every_s is not None and self._thread is None:
            self._thread = threading.Thread(target=self._run, name="watchdog", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """End the thread; the manager waits for no more words while the program stops."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join(2.0)

    def _run(self) -> None:
        watch = Watch(-1, self._mono())
        starved = ""
        while True:
            signs, now_s = self._signs(), self._mono()
            watch = watch.after(signs, now_s)
            why = why_not(watch, signs, now_s, self._limits)
            if not why:
                notify("WATCHDOG=1", self._environ)
            if bool(why) != bool(starved):
                self._say(why)
            starved = why
            if self._stopping.wait(self._every_s):
                return

    def _say(self, why: str) -> None:
        if why:
            log.error("watchdog not fed: %s", why)
            notify(f"STATUS=not well: {why}", self._environ)
        else:
            log.warning("watchdog fed again")
            notify("STATUS=well again", self._environ)
