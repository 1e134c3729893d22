"""The storage: what is left after kills, cuts, flipped bits and full disks."""

import os
import random
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from edge.adapters.storage import (
    Slots,
    StorageFailed,
    make_directory,
    quarantine,
    write_atomically,
)

ROOT = Path(__file__).resolve().parents[3]
KILLS = 15
WRITER = """
import os, sys
from pathlib import Path
from edge.adapters.ledger import Ledger
ledger = Ledger(Path(sys.argv[1]))
number = ledger.load("number", int) or 0
ledger.save("number", number)
os.write(1, b"ready\\n")
while True:
    number += 1
    ledger.save("number", number)
    ledger.save("ballast", "b" * (number % 7_000))
    os.write(1, b"%d\\n" % number)
"""


@pytest.mark.refusal_twin(38)
def test_what_was_acknowledged_survives_kill_9(tmp_path: Path) -> None:
    """After each of 15 kills in the midst of writing, the ledger opens, whole, at or after the last word given."""
    from edge.adapters.ledger import Ledger  # noqa: PLC0415  the parent opens it as a new start would

    draw = random.Random(2026)
    acknowledged = 0
    for _ in range(KILLS):
        with subprocess.Popen(
            [sys.executable, "-c", WRITER, str(tmp_path)],
            stdout=subprocess.PIPE,
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        ) as writer:
            assert writer.stdout is not None
            assert writer.stdout.readline() == b"ready\n"
            time.sleep(draw.random() * 0.06)
            writer.send_signal(signal.SIGKILL)
            said = [int(line) for line in writer.stdout.read().split(b"\n") if line.isdigit()]
        acknowledged = max([acknowledged, *said[:-1]])
        ledger = Ledger(tmp_path)
        assert ledger.notes == ()
        number = ledger.load("number", int)
        assert number is not None
        assert number >= acknowledged
    assert acknowledged > KILLS


def two_generations(directory: Path) -> Slots:
    """Return slots that hold `older` in .a and `newer` in .b."""
    slots = Slots(directory, "facts")
    slots.write(b"older " + b"o" * 700)
    slots.write(b"newer " + b"n" * 700)
    return slots


def test_two_generations_come_back(tmp_path: Path) -> None:
    """The newest value is read back, and each write replaces the older file."""
    two_generations(tmp_path)
    slots = Slots(tmp_path, "facts")
    assert slots.payload is not None
    assert slots.payload.startswith(b"newer")
    assert slots.notes == []
    slots.write(b"newest")
    assert Slots(tmp_path, "facts").payload == b"newest"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["facts.a", "facts.b"]


@pytest.mark.parametrize("damage", ["cut", "flip"])
def test_damaged_newest_gives_way_to_the_older(tmp_path: Path, damage: str) -> None:
    """Cut at every 97th byte, or with a bit flipped there, the newest is set aside and the older taken."""
    whole = tmp_path / "whole"
    two_generations(whole)
    good = (whole / "facts.b").read_bytes()
    for at in range(0, len(good), 97):
        (whole / "facts.b").write_bytes(
            good[:at]
            if damage == "cut"
            else good[:at] + bytes([good[at] ^ (1 << at % 8)]) + good[at + 1 :]
        )
        slots = Slots(whole, "facts")
        assert slots.payload is not None
        assert slots.payload.startswith(b"older")
        assert len(slots.notes) == 1
        aside = list(whole.glob("facts.b.corrupt-*"))
        assert len(aside) == 1
        aside[0].unlink()
        slots.write(b"goes on")
        assert Slots(whole, "facts").payload == b"goes on"
        two_generations_again(whole, good)


def two_generations_again(directory: Path, newest: bytes) -> None:
    """Put the two generations back as they were."""
    for path in directory.iterdir():
        path.unlink()
    two_generations(directory)
    assert (directory / "facts.b").read_bytes() == newest


def test_both_damaged_is_an_empty_start(tmp_path: Path) -> None:
    """With both generations damaged the start goes on, empty, and says so."""
    two_generations(tmp_path)
    (tmp_path / "facts.a").write_bytes(b"")
    (tmp_path / "facts.b").write_bytes(b"\0" * 900)
    slots = Slots(tmp_path, "facts")
    assert slots.payload is None
    assert len(slots.notes) == 2
    slots.write(b"goes on")
    assert Slots(tmp_path, "facts").payload == b"goes on"


def test_full_disk_keeps_the_old_value(tmp_path: Path) -> None:
    """A write that the disk does not take raises, and the value before it stands; with room it works again."""
    slots = Slots(tmp_path, "facts")
    slots.write(b"small")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (4_096, before[1]))
        with pytest.raises(StorageFailed, match="cannot keep"):
            slots.write(b"x" * 10_000)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)
    assert slots.payload == b"small"
    assert Slots(tmp_path, "facts").payload == b"small"
    assert not list(tmp_path.glob("*.tmp"))
    slots.write(b"x" * 10_000)
    assert Slots(tmp_path, "facts").payload == b"x" * 10_000


def test_interrupted_write_leaves_no_rubbish(tmp_path: Path) -> None:
    """A temporary file that a crash left is swept away at the next start."""
    slots = two_generations(tmp_path)
    (tmp_path / "facts.a.tmp").write_bytes(b"half")
    assert Slots(tmp_path, "facts").payload == slots.payload
    assert not list(tmp_path.glob("*.tmp"))


def test_atomic_write_is_private(tmp_path: Path) -> None:
    """What we write is readable by the owner alone."""
    write_atomically(tmp_path / "one", (b"a", b"b"))
    assert (tmp_path / "one").read_bytes() == b"ab"
    assert (tmp_path / "one").stat().st_mode & 0o777 == 0o600


def test_quarantine_does_not_fill_the_disk(tmp_path: Path) -> None:
    """Only the few newest damaged files are kept."""
    for number in range(10):
        (tmp_path / "one").write_bytes(b"%d" % number)
        quarantine(tmp_path / "one")
    assert len(list(tmp_path.iterdir())) == 4


def test_a_directory_is_made_once_or_not_at_all(tmp_path: Path) -> None:
    """A directory is made with its parents; where that cannot be, reading still goes on: what is there is read."""
    make_directory(tmp_path / "a" / "b")
    make_directory(tmp_path / "a" / "b")
    assert (tmp_path / "a" / "b").is_dir()
    (tmp_path / "file").write_bytes(b"")
    make_directory(tmp_path / "file" / "c")
    slots = Slots(tmp_path / "file" / "c", "facts")
    assert slots.payload is None
    with pytest.raises(StorageFailed):
        slots.write(b"lost")
