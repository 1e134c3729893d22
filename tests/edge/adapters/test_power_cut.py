"""Power cuts, dying cards, kills and failing calls, in small; `bench/power_cut.py` does the same a thousand times."""

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import pytest

from bench.parts.brittle import Fault
from bench.power_cut import fail_calls, memory_disk

ROOT = Path(__file__).resolve().parents[3]


def figures(*words: str) -> dict[tuple[str, str], dict[str, Any]]:
    """Run the rig and return its figures by store and part; skip where it had to leave the cuts out."""
    ran = subprocess.run(
        [sys.executable, str(ROOT / "bench" / "power_cut.py"), "--no-calls", *words],
        capture_output=True,
        check=False,
        text=True,
        timeout=110,
    )
    assert ran.returncode == 0, ran.stderr
    lines = [json.loads(line) for line in ran.stdout.splitlines()]
    for line in lines:
        if "left_out" in line:
            pytest.skip(f"power cuts on a real file system: {line['left_out']}")
    return {(line["store"], line["part"]): line for line in lines}


@pytest.mark.refusal_twin(38)
def test_no_power_cut_loses_what_was_done() -> None:
    """On a recorded disk under a real ext4 no cut loses anything or hurts a store; worse stores are caught."""
    stores = "ours,JSONStorage,renamed"
    told = figures("--cuts", "24", "--cards", "1", "--kills", "0", "--stores", stores)
    ours = told["ours", "power cuts"]
    assert (ours["cuts"], ours["unreadable"], ours["lost"]) == (24, 0, 0), ours["examples"]
    dying = told["ours", "dying cards"]
    assert (dying["cards"], dying["unreadable"], dying["falsely_done"]) == (1, 0, 0), dying
    assert told["JSONStorage", "power cuts"]["unreadable"] > 0
    assert told["renamed", "power cuts"]["lost"] > 0


def test_no_kill_loses_what_was_done() -> None:
    """Killed -9 in the midst of writing facts, papers, records and keys, a new start finds all that was done."""
    told = figures("--cuts", "0", "--cards", "0", "--kills", "6", "--stores", "ours")
    ours = told["ours", "kill -9"]
    assert (ours["kills"], ours["unreadable"], ours["lost"]) == (6, 0, 0)


def test_no_failing_call_loses_what_was_done() -> None:
    """Whichever call of a write fails, once or for good: it is reported, nothing is lost, and it goes on after."""
    with tempfile.TemporaryDirectory(dir=memory_disk()) as name:
        told = fail_calls(Path(name), (Fault.ENOSPC, Fault.EIO, Fault.SHORT, Fault.GONE))
    assert told["checks"]
    assert (told["unreadable"], told["lost"], told["unreported"]) == (0, 0, 0), told["examples"]
