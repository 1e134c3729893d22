"""The leak police and the guards in conftest.py, each caught in the act by an inner run."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

HERE = Path(__file__).parent

CASES = """
import asyncio, os, socket, subprocess, threading, time
import pytest

def test_decent():
    thread = threading.Thread(target=time.sleep, args=(0.05,))
    thread.start()
    with socket.create_server(("127.0.0.1", 0)) as server:
        socket.create_connection(server.getsockname()).close()
    assert subprocess.run(["true"]).returncode == 0
    asyncio.run(asyncio.sleep(0))

def test_leaves_thread():
    threading.Thread(target=time.sleep, args=(30,), name="straggler", daemon=True).start()

def test_leaves_child():
    subprocess.Popen(["sleep", "31"])

def test_leaves_grandchild():
    subprocess.run(["sh", "-c", "sleep 32 >/dev/null 2>&1 &"])

def test_leaves_task():
    global loop, task
    loop = asyncio.new_event_loop()
    task = loop.create_task(asyncio.sleep(30), name="straggler")
    loop.run_until_complete(asyncio.sleep(0))

def test_changes_environ():
    os.environ["TIENGLANG_LEFT"] = "1"

def test_changes_cwd(tmp_path):
    os.chdir(tmp_path)

def test_changes_zone():
    os.environ["TZ"] = "Asia/Ho_Chi_Minh"
    time.tzset()

def test_calls_out_and_swallows_it():
    with socket.socket() as sock:
        try:
            sock.connect(("192.0.2.1", 9))
        except Exception:
            pass

def test_asks_a_name_server():
    with pytest.raises(RuntimeError):
        socket.getaddrinfo("somewhere.invalid", 80)

def test_sleeps_in_the_loop():
    async def lazy():
        time.sleep(0.01)
    with pytest.raises(RuntimeError):
        asyncio.run(lazy())

@pytest.mark.leaves_behind(reason="shows the excuse")
def test_excused():
    os.environ["TIENGLANG_EXCUSED"] = "1"
"""

WANTED = {
    "test_leaves_thread": "left the thread 'straggler'",
    "test_leaves_child": "left the child process 'sleep 31'",
    "test_leaves_grandchild": "left the child process 'sleep 32'",
    "test_leaves_task": "left the task <Task pending name='straggler'",
    "test_changes_environ": "changed TIENGLANG_LEFT: None is now '1'",
    "test_changes_cwd": "changed (working directory)",
    "test_changes_zone": "changed (time zone)",
    "test_calls_out_and_swallows_it": "may speak to loopback only, not to 192.0.2.1",
    "test_asks_a_name_server": "may not ask a name server for 'somewhere.invalid'",
    "test_sleeps_in_the_loop": "time.sleep inside an event loop",
}


@pytest.fixture(scope="module")
def verdicts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Run the cases in an inner pytest under the same conftest and return what it printed."""
    folder = tmp_path_factory.mktemp("police")
    police = (HERE / "conftest.py").read_text(encoding="utf-8")
    (folder / "conftest.py").write_text(police.replace("GRACE_S = 3.0", "GRACE_S = 0.3"))
    (folder / "test_cases.py").write_text(CASES)
    (folder / "pytest.ini").write_text(
        "[pytest]\nmarkers =\n  leaves_behind(reason): excuse\naddopts = --strict-markers\n"
    )
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:randomly", "-p", "no:cacheprovider", "-rA"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(HERE.parent)},
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )
    yield run.stdout
    shutil.rmtree(folder)


@pytest.mark.parametrize("case", WANTED)
def test_a_broken_house_rule_fails_the_test_that_broke_it(case: str, verdicts: str) -> None:
    """A test that leaves something behind or goes outside fails by name, with what it did."""
    assert re.search(rf"^ERROR .*::{case} ", verdicts, re.MULTILINE), verdicts
    assert WANTED[case] in verdicts


@pytest.mark.parametrize("case", ["test_decent", "test_excused"])
def test_a_decent_test_is_left_alone(case: str, verdicts: str) -> None:
    """Threads, children, loops and sockets that end within the test, and a marked excuse, pass."""
    assert re.search(rf"^PASSED .*::{case}$", verdicts, re.MULTILINE), verdicts
    assert not re.search(rf"^ERROR .*::{case} ", verdicts, re.MULTILINE), verdicts
