"""The watchdog: fed while the loop turns and the media moves, over a real socket; starved otherwise."""

import os
import select
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from edge.adapters.watchdog import (
    LOOP_S,
    MEDIA_S,
    Limits,
    Signs,
    Watch,
    Watchdog,
    feed_every_s,
    notify,
    why_not,
)

LIMITS = Limits()
NOW_S = 10_000.0


@pytest.mark.parametrize(
    ("turned_s_ago", "on_air_s_ago", "headway_s_ago", "fed"),
    [
        (0, None, None, True),
        (LOOP_S, None, None, True),
        (LOOP_S + 1, None, None, False),
        (LOOP_S + 1, 1, 1, False),
        (0, MEDIA_S, None, True),
        (0, MEDIA_S + 1, None, False),
        (0, 3_600, 1, True),
        (0, 3_600, MEDIA_S, True),
        (0, 3_600, MEDIA_S + 1, False),
        (0, 5, 3_600, True),
        (0, None, 3_600, True),
    ],
    ids=[
        "a turn just now",
        "the longest nap",
        "no turn for too long",
        "no turn, though the sound goes on",
        "on air, the first sound is awaited",
        "on air, and never a sound",
        "sounding for an hour",
        "a pause in the sound",
        "sounding no more",
        "new on air after an hour of silence",
        "nothing on air",
    ],
)
def test_it_is_fed_by_the_table(
    turned_s_ago: float, on_air_s_ago: float | None, headway_s_ago: float | None, fed: bool
) -> None:
    """The loop has turned lately, and what is on air has moved lately: both, or it is not fed, with the reason."""
    signs = Signs(
        turns=5,
        on_air_since_s=None if on_air_s_ago is None else NOW_S - on_air_s_ago,
        headway_s=None if headway_s_ago is None else NOW_S - headway_s_ago,
    )
    watch = Watch(5, NOW_S - turned_s_ago)
    assert bool(why_not(watch, signs, NOW_S, LIMITS)) is not fed


def test_any_new_turn_is_a_sign_of_life() -> None:
    """The watch counts from the last change of the turns, not from the last look."""
    watch = Watch(1, 0.0).after(Signs(turns=1), 30.0)
    assert watch.turned_s == 0.0
    assert watch.after(Signs(turns=2), 31.0).turned_s == 31.0


class Manager:
    """A service manager's end: a datagram socket that hears what the service says."""

    def __init__(self, folder: Path, every_ms: int) -> None:
        self.path = folder / "notify"
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(str(self.path))
        self.environ = {"NOTIFY_SOCKET": str(self.path), "WATCHDOG_USEC": str(every_ms * 1_000)}

    def hear(self, within_s: float) -> str:
        """Return the next word, or nothing when none comes in time."""
        ready, _, _ = select.select([self.socket], [], [], within_s)
        return self.socket.recv(4_096).decode() if ready else ""

    def hear_until(self, word: str, within_s: float = 10.0) -> list[str]:
        """Return all words up to the first that begins with `word`; fails when it does not come."""
        heard: list[str] = []
        limit_s = time.monotonic() + within_s
        while not heard or not heard[-1].startswith(word):
            left_s = limit_s - time.monotonic()
            assert left_s > 0, f"no {word} within {within_s} s: {heard[-5:]}"
            if said := self.hear(left_s):
                heard.append(said)
        return heard


@pytest.fixture
def manager(tmp_path: Path) -> Iterator[Manager]:
    """Run a manager that wants to hear from the service every 100 ms."""
    held = Manager(tmp_path, 100)
    yield held
    held.socket.close()


class Loop:
    """A loop that turns whenever it is looked at, until it hangs."""

    def __init__(self) -> None:
        self.turns = 0
        self.hangs = False
        self.on_air_since_s: float | None = None

    def signs(self) -> Signs:
        """Return what there is to see."""
        self.turns += not self.hangs
        return Signs(turns=self.turns, on_air_since_s=self.on_air_since_s)


def test_a_hanging_loop_is_fed_no_more(manager: Manager) -> None:
    """The manager hears from a live loop, hears why and then nothing from a hanging one, and again when it turns."""
    loop = Loop()
    dog = Watchdog(loop.signs, environ=manager.environ.get, limits=Limits(0.3, 0.3))
    dog.start()
    for _ in range(3):
        assert manager.hear(10.0) == "WATCHDOG=1"
    loop.hangs = True
    assert "no turn" in manager.hear_until("STATUS=not well")[-1]
    assert manager.hear(0.5) == ""
    loop.hangs = False
    manager.hear_until("STATUS=well again")
    manager.hear_until("WATCHDOG=1")
    dog.stop()


def test_a_mute_broadcast_is_fed_no_more(manager: Manager) -> None:
    """A loop that turns while what is on air never moves is starved; once nothing is on air it is fed again."""
    loop = Loop()
    dog = Watchdog(loop.signs, environ=manager.environ.get, limits=Limits(0.3, 0.3))
    dog.start()
    assert manager.hear(10.0) == "WATCHDOG=1"
    loop.on_air_since_s = time.monotonic()
    assert "no headway" in manager.hear_until("STATUS=not well")[-1]
    assert manager.hear(0.5) == ""
    loop.on_air_since_s = None
    manager.hear_until("WATCHDOG=1")
    dog.stop()


def test_without_a_manager_nothing_is_said(manager: Manager) -> None:
    """No watchdog asked for, or another process's: no thread and no word; ours is asked for with half its time."""
    for asked in ({}, {"WATCHDOG_PID": "1"}, {"WATCHDOG_USEC": "soon"}, {"WATCHDOG_USEC": "0"}):
        environ = {"NOTIFY_SOCKET": str(manager.path), **asked}
        if "WATCHDOG_PID" in asked:
            environ["WATCHDOG_USEC"] = "100000"
        dog = Watchdog(Loop().signs, environ=environ.get)
        dog.start()
        dog.stop()
    assert manager.hear(0.1) == ""
    ours = {"WATCHDOG_USEC": "30000000", "WATCHDOG_PID": str(os.getpid())}
    assert feed_every_s(ours.get) == 15.0


def test_a_word_reaches_both_kinds_of_sockets(tmp_path: Path, manager: Manager) -> None:
    """sd_notify's two kinds of addresses, a path and an abstract name, are both understood; none is no fault."""
    notify("READY=1", manager.environ.get)
    assert manager.hear(10.0) == "READY=1"
    abstract = f"tienglang-{os.getpid()}-{tmp_path.name}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as heard:
        heard.bind(f"\0{abstract}")
        heard.settimeout(10.0)
        notify("STOPPING=1", {"NOTIFY_SOCKET": f"@{abstract}"}.get)
        assert heard.recv(100) == b"STOPPING=1"
    notify("READY=1", lambda _: None)
    notify("READY=1", {"NOTIFY_SOCKET": str(tmp_path / "nowhere")}.get)
