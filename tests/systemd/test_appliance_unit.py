"""The appliance's unit: noticed when it hangs, first in line for the processor, and free to do its work."""

import errno
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from edge.adapters.watchdog import LOOP_S, feed_every_s
from tests.systemd.test_units import HOUSE, UNITS

UNIT = HOUSE / "systemd" / "tienglang-edge.service"
needs_systemd = pytest.mark.skipif(
    shutil.which("systemd-analyze") is None, reason="there is no systemd-analyze here"
)


def lines(key: str) -> list[str]:
    """Return every value that the appliance's unit gives to a key, in order."""
    rows = UNIT.read_text(encoding="utf-8").splitlines()
    return [row.partition("=")[2] for row in rows if row.startswith(f"{key}=")]


def words(key: str) -> set[str]:
    """Return the words of all values of a key."""
    return {word for line in lines(key) for word in line.split()}


def test_a_hanging_program_is_ended_by_the_manager() -> None:
    """The manager waits for the watchdog's word, sent by the program itself, twice in its time."""
    assert (lines("Type"), lines("NotifyAccess")) == (["notify"], ["main"])
    [within] = lines("WatchdogSec")
    manager = {"WATCHDOG_USEC": str(int(within) * 1_000_000), "WATCHDOG_PID": str(os.getpid())}
    assert feed_every_s(manager.get) == int(within) / 2
    assert LOOP_S + int(within) <= 90


def test_sound_goes_before_other_services() -> None:
    """Processor, disk and memory are the appliance's first: by weight against services, by nice within."""
    assert int(lines("Nice")[0]) <= -11
    assert int(lines("CPUWeight")[0]) > 100
    assert lines("IOSchedulingClass") + lines("IOSchedulingPriority") == ["best-effort", "0"]
    assert int(lines("OOMScoreAdjust")[0]) < 0
    assert lines("CPUSchedulingPolicy") == []


def test_the_program_ends_its_children_itself() -> None:
    """SIGTERM reaches the program alone, so that zones go off before the sound does."""
    assert lines("KillMode") == ["mixed"]


def test_no_start_waits_for_the_networks_time() -> None:
    """A village without a network starts with the clock it has."""
    after = words("After")
    assert "time-set.target" in after
    assert not after & {"time-sync.target", "network-online.target"}
    assert lines("Wants") == lines("Requires") == []


def test_the_devices_it_needs_are_open_and_no_others() -> None:
    """Sound card, every GPIO chip, and the firmware's mailbox, each with its group."""
    assert lines("DevicePolicy") == ["closed"]
    assert lines("DeviceAllow") == ["char-alsa rw", "char-gpiochip rw", "/dev/vcio rw"]
    assert words("SupplementaryGroups") == {"audio", "gpio", "video"}


def test_the_kernel_may_be_asked_about_the_clock() -> None:
    """The question of `kernel_is_synchronised` is outside systemd's usual set, and a death without this line."""
    allowed = words("SystemCallFilter")
    assert {"@system-service", "adjtimex", "clock_adjtime", "clock_adjtime64"} <= allowed
    assert lines("ProtectClock") == []
    assert lines("CapabilityBoundingSet") == [""]
    [number] = lines("SystemCallErrorNumber")
    assert number in errno.errorcode.values()


@needs_systemd
@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_the_manager_understands_every_line(unit: Path, tmp_path: Path) -> None:
    """The manager itself finds nothing unknown or contradictory; only the program is replaced by one that is here."""
    rows = unit.read_text(encoding="utf-8").splitlines()
    here = [f"ExecStart={sys.executable}" if r.startswith("ExecStart=") else r for r in rows]
    here = [r for r in here if not r.startswith(("ExecStartPre=", "ExecStartPost="))]
    copy = tmp_path / unit.name
    copy.write_text("\n".join(here) + "\n", encoding="utf-8")
    socket = unit.with_suffix(".socket")
    if socket.is_file():
        shutil.copy2(socket, tmp_path)
    done = analyze("verify", "--man=no", str(copy))
    assert (done.returncode, done.stderr) == (0, "")
    copy.write_text("\n".join([*here, "[Service]", "WatchdogSecs=30"]) + "\n", encoding="utf-8")
    assert "WatchdogSecs" in analyze("verify", "--man=no", str(copy)).stderr


@needs_systemd
@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_the_units_are_hardened_by_systemds_own_measure(unit: Path) -> None:
    """The manager's own figure of exposure is at most 2.0 of 10."""
    done = analyze("security", "--offline=true", "--threshold=20", str(unit))
    assert done.returncode == 0, done.stdout[-300:]


def analyze(*words_of: str) -> "subprocess.CompletedProcess[str]":
    """Run systemd-analyze to its end."""
    return subprocess.run(
        ["systemd-analyze", *words_of],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={**os.environ, "SYSTEMD_PAGER": "", "LC_ALL": "C"},
    )
