"""The house rules of every test.

Law: a test leaves the machine as it found it, reaches nothing but loopback, and blocks no event
loop. Time is passed in, never frozen and never waited for: code under test takes a `Moment` or an
instant as an argument, and a test steers it. The guards hang on Python's own audit events, so that
nothing has to be patched and no library can go round them.
"""

from __future__ import annotations

import asyncio
import ctypes
import ipaddress
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from multiprocessing import active_children
from pathlib import Path
from typing import SupportsIndex

import pytest
from hypothesis import settings
from xdist.scheduler import LoadScopeScheduling

from tests.measuring import BROWSER, HOUSES, LONG, MEASURES, SOUND

GRACE_S = 3.0  # a thread or child that was told to end may need a moment on a busy machine
_FORKS = "from multiprocessing."  # who forks for the whole run, and who tidies up after it
_PR_SET_CHILD_SUBREAPER = 36
_broken: list[str] = []  # what the guards refused during the present test

# A slow machine is no fault of the code; the blob lets anybody run the same example again.
settings.register_profile("house", deadline=None, print_blob=True)
settings.load_profile("house")


# Stories of one house and one page, which live on from one to the next: told as written, each width whole.
IN_ORDER = (
    "journeys/",
    "central/console/test_browser",
    "central/console/test_install_browser",
    "central/console/test_library_browser",
    "central/console/test_interfaces",
    "central/test_tenancy",
    "central/console/test_log.py",  # a browser's loop is this thread's: its tests come last
)


class Rooms(LoadScopeScheduling):  # type: ignore[misc]  # xdist ships no types
    """Keeps each file on one worker, and whole houses on one and the same."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0].removeprefix("tests/")
        return "houses" if file.startswith(HOUSES) else file


def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> Rooms:
    """Share the tests out by file; xdist's own groups are lost on pytest 9.2, which builds node ids anew."""
    return Rooms(config, log)


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave out what the half that listens does not tell: reading five thousand stories costs it more than its own."""
    file = collection_path.relative_to(Path(__file__).parent).as_posix()
    listens = config.getoption("markexpr") == "sound"
    return True if listens and collection_path.is_file() and not file.startswith(SOUND) else None


@pytest.hookimpl(wrapper=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> Iterator[None]:
    """Mark what is run by itself, before `-m` is looked at, and what measures, for the report.

    After all shuffling, what is one story is put in order, and what takes long is put first: houses, then pages.
    """
    tests = Path(__file__).parent
    files = {item: item.path.relative_to(tests).as_posix() for item in items}
    for item, file in files.items():
        if file.startswith(SOUND):
            item.add_marker(pytest.mark.sound)
        if file.startswith((*SOUND, *HOUSES)) or BROWSER in getattr(item, "fixturenames", ()):
            item.user_properties.append((MEASURES, "yes"))
    yield
    told: dict[str, list[int]] = {}
    for at, item in enumerate(items):
        if files[item].startswith(IN_ORDER):
            told.setdefault(files[item], []).append(at)
    for places in told.values():
        story = sorted((items[at] for at in places), key=_place)
        for at, item in zip(places, story, strict=True):
            items[at] = item
    pages = {files[item] for item in items if item.user_properties}
    items.sort(key=lambda item: _turn(files[item], pages))


def _turn(file: str, pages: set[str]) -> int:
    if file.startswith(HOUSES):
        return 0
    return 1 if file in pages or file.startswith(LONG) else 2


def _place(item: pytest.Item) -> tuple[int, int, tuple[int, ...]]:
    """Return where a story stands in its file: by the screen's width, then the line, then its parameters."""
    line = item.location[1] or 0
    call = getattr(item, "callspec", None)
    if call is None:
        return 0, line, ()
    return call.params.get("width", 0), line, tuple(call.indices.values())


class HouseRuleBrokenError(RuntimeError):
    """Raised inside the call that broke a house rule; the test fails even if it is swallowed."""


def _refuse(why: str) -> None:
    _broken.append(why)
    raise HouseRuleBrokenError(why)


def _is_local(host: object) -> bool:
    """Return whether a host is this machine, without asking any resolver."""
    if isinstance(host, bytes):
        host = host.decode("ascii", "replace")
    if not isinstance(host, str) or host in {"", "localhost", socket.gethostname()}:
        return True
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return False
    return address.is_loopback or address.is_unspecified


def _leaves_by_loopback(sock: socket.socket, host: object) -> bool:
    """Return whether a multicast datagram (zeroconf) is bound to the loopback interface."""
    if not isinstance(host, str) or not ipaddress.ip_address(host.partition("%")[0]).is_multicast:
        return False
    if sock.family == socket.AF_INET6:
        return True  # a scoped group; the tests open IPv4 only
    chosen = sock.getsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, 4)
    return ipaddress.ip_address(chosen).is_loopback


def _watch_network(event: str, args: tuple[object, ...]) -> None:
    if event in {"socket.connect", "socket.sendto"}:
        sock, address = args[0], args[1]
        if not isinstance(sock, socket.socket) or not isinstance(address, tuple):
            return
        if sock.family not in {socket.AF_INET, socket.AF_INET6}:
            return
        if not _is_local(address[0]) and not _leaves_by_loopback(sock, address[0]):
            _refuse(f"a test may speak to loopback only, not to {address[0]}")
        if event == "socket.connect" and _in_event_loop() and sock.gettimeout() != 0:
            _refuse("a blocking connect inside an event loop; give it to a lane")
    elif event in {"socket.getaddrinfo", "socket.gethostbyname"} and not _is_local(args[0]):
        _refuse(f"a test may not ask a name server for {args[0]!r}; use 127.0.0.1")


def _in_event_loop() -> bool:
    with suppress(RuntimeError):
        return asyncio.get_running_loop() is not None
    return False


def _guard(event: str, args: tuple[object, ...]) -> None:
    if event.startswith("socket."):
        _watch_network(event, args)


_sleep = time.sleep


def _sleep_outside_loops(seconds: float | SupportsIndex, /) -> None:
    if seconds and _in_event_loop():
        _refuse("time.sleep inside an event loop stops the whole house; await instead")
    _sleep(seconds)


def pytest_configure() -> None:
    """Set the guards once, and adopt orphans: a child's child that outlives it becomes ours."""
    sys.addaudithook(_guard)
    time.sleep = _sleep_outside_loops
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def _children() -> dict[int, str]:
    """Return the living children of this process: id and command."""
    found: dict[int, str] = {}
    for task in Path("/proc/self/task").glob("*/children"):
        with suppress(OSError):
            for pid in map(int, task.read_text().split()):
                stat = Path(f"/proc/{pid}/stat").read_text()
                if stat.rpartition(")")[2].split()[0] not in {"Z", "X"}:
                    words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
                    found[pid] = b" ".join(words).decode("utf-8", "replace").strip()
    return {pid: command for pid, command in found.items() if _FORKS not in command}


def _tasks() -> set[asyncio.Task[object]]:
    """Return the unfinished tasks of all loops; asyncio itself only lists one loop's."""
    # Python 3.12 gave the set of all loops' tasks another name.
    name = "_all_tasks" if sys.version_info < (3, 12) else "_scheduled_tasks"
    every: Iterable[asyncio.Task[object]] = getattr(asyncio.tasks, name)
    return {task for task in list(every) if not task.done()}


def _surroundings() -> dict[str, str]:
    mine = {name: value for name, value in os.environ.items() if name != "PYTEST_CURRENT_TEST"}
    return {**mine, "(working directory)": str(Path.cwd()), "(time zone)": "/".join(time.tzname)}


def _new_threads(before: set[threading.Thread]) -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread not in before]


def _reap(pids: set[int]) -> None:
    """Bury adopted and own children that have ended, so that none stays as a zombie."""
    for pid in pids:
        with suppress(ChildProcessError):
            os.waitpid(pid, os.WNOHANG)


@pytest.fixture(autouse=True)
def leak_police(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fail a test that leaves a thread, child, task or changed surroundings behind.

    What a wider-scoped fixture starts (a sound server, a browser) was there before and is its own
    affair. `@pytest.mark.leaves_behind(reason="…")` excuses one test, with its reason.
    """
    _broken.clear()
    threads, children = set(threading.enumerate()), set(_children())
    forked = set(active_children())
    tasks, surroundings = _tasks(), _surroundings()
    yield
    faults = list(_broken)
    if request.node.get_closest_marker("leaves_behind") is None:
        deadline_s = time.monotonic() + GRACE_S
        while (_new_threads(threads) or set(_children()) - children) and (
            time.monotonic() < deadline_s
        ):
            _sleep(0.01)  # also where a browser's loop is this thread's
        faults += [f"left the thread {thread.name!r}" for thread in _new_threads(threads)]
        for pid, command in _children().items():
            if pid not in children:
                faults.append(f"left the child process {command!r}")
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
        for program in set(active_children()) - forked:
            faults.append(f"left the forked process {program.name!r}")
            program.kill()
        faults += [f"left the task {task!r}" for task in _tasks() - tasks]
        after = _surroundings()
        faults += [
            f"changed {name}: {surroundings.get(name)!r} is now {after.get(name)!r}"
            for name in sorted(surroundings.keys() | after.keys())
            if surroundings.get(name) != after.get(name)
        ]
    _reap(_ended_children() - children)
    if faults:
        pytest.fail(f"{request.node.nodeid}: " + "; ".join(faults), pytrace=False)


def _ended_children() -> set[int]:
    every: set[int] = set()
    for task in Path("/proc/self/task").glob("*/children"):
        with suppress(OSError):
            every |= set(map(int, task.read_text().split()))
    return every - set(_children())
