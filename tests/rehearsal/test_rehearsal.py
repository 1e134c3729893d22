"""A few days of the rehearsal in every run; the whole month is `python -m tests.rehearsal`."""

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.rehearsal.oracles import judge
from tests.rehearsal.run import rehearse


@pytest.fixture
def memory() -> Iterator[Path]:
    """A directory on a disk in memory, where there is one."""
    shared = Path("/dev/shm")
    directory = Path(tempfile.mkdtemp(dir=shared if shared.is_dir() else None))
    yield directory
    shutil.rmtree(directory)


@pytest.mark.parametrize("seed", [1])
def test_two_days_with_faults_drawn_at_random_break_no_oracle(seed: int, memory: Path) -> None:
    """Whatever fails, no warning is missed, nothing sounds in quiet hours, and each play has its record."""
    done = rehearse(seed, 2, memory)
    verdict = judge(done.evidence, 2, 5.0)
    assert verdict.holds, "\n".join(
        f"{b.oracle} at {b.at_s:.1f} s: {b.what}" for b in verdict.breaches
    )
    assert done.faults.total() > 5
    assert verdict.figures["rounds"] > 0
    assert verdict.figures["slots whole"] > 0


def test_the_same_seed_is_the_same_story_in_another_process() -> None:
    """Two processes whose sets and names are hashed differently come to the same digest."""
    command = [sys.executable, "-m", "tests.rehearsal", "--digest", "--days", "1", "--seed", "3"]
    digests = []
    for hash_seed in ("1", "2"):
        ran = subprocess.run(
            command,
            capture_output=True,
            text=True,
            timeout=100,
            check=False,
            env={"PYTHONHASHSEED": hash_seed, "PATH": "/usr/bin:/bin"},
            cwd=Path(__file__).parents[2],
        )
        assert ran.stdout, ran.stderr
        digests.append(ran.stdout)
    assert digests[0] == digests[1]
