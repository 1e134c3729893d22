"""The chain's store: whole after a power cut, a kill and whatever fails on the card; never of two refreshes."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from bench.parts.brittle import Brittle, Fault
from edge.adapters.chain_fetch import FromFolder
from edge.adapters.chain_store import ROOTS_MOST, ChainStore, Held
from edge.adapters.storage import Slots
from tests.edge.adapters.chain_rig import ChainRig, chain_rig

RIG = Path(__file__).resolve().parents[3] / "bench" / "power_cut.py"


@pytest.fixture
def rig(memory_folder: Path) -> Iterator[ChainRig]:
    """An appliance that holds epoch 1 of a repository where epoch 2 and a second root have been published."""
    with chain_rig(memory_folder) as made:
        made.refresh()
        made.repo.rotate()
        made.next_keyring()
        yield made


def figures(*words: str) -> dict[str, dict[str, int]]:
    """Run the rig of power cuts on the chain's store alone; return its figures by part."""
    ran = subprocess.run(
        [sys.executable, str(RIG), "--no-calls", "--stores", "chain", "--cards", "0", *words],
        capture_output=True,
        check=False,
        text=True,
        timeout=110,
    )
    assert ran.returncode == 0, ran.stderr
    told = [json.loads(line) for line in ran.stdout.splitlines()]
    for line in told:
        if "left_out" in line:
            pytest.skip(f"power cuts on a real file system: {line['left_out']}")
    return {line["part"]: line for line in told}


def test_no_power_cut_mixes_two_refreshes() -> None:
    """On a recorded disk under a real ext4 each cut leaves one whole set, and none older than was done."""
    cuts = figures("--cuts", "16", "--kills", "0")["power cuts"]
    assert (cuts["cuts"], cuts["unreadable"], cuts["lost"]) == (16, 0, 0), cuts


def test_no_kill_mixes_two_refreshes() -> None:
    """Killed -9 in the midst of refreshes, a new start finds one whole set and goes on."""
    kills = figures("--cuts", "0", "--kills", "6")["kill -9"]
    assert (kills["kills"], kills["unreadable"], kills["lost"]) == (6, 0, 0), kills


@pytest.mark.parametrize("fault", [Fault.ENOSPC, Fault.EIO, Fault.SHORT, Fault.GONE])
def test_a_failing_card_leaves_the_set_before_or_the_set_after(fault: Fault, rig: ChainRig) -> None:
    """Whichever call of a refresh fails, once or for good, a new start finds epoch 1 or 2, whole, and goes on."""
    with Brittle() as counting:
        refresh_without_a_line(rig)
    rig.next_keyring()
    begin = 2
    for at, name in enumerate(counting.names):
        if fault is Fault.SHORT and name != "write":
            continue  # what takes nothing in part fails as with ENOSPC
        with Brittle(at, fault, 10**6 if at % 2 else 1):
            try:
                refresh_without_a_line(rig)
            except OSError:
                pass
            else:
                assert held_epoch(rig) == begin + 1  # in memory at least
        rig.started()
        assert held_epoch(rig) in {begin, begin + 1}
        refresh_without_a_line(rig)
        assert rig.epoch() == begin + 1
        rig.next_keyring()
        begin += 1


def refresh_without_a_line(rig: ChainRig) -> None:
    """Refresh from the repository's own files, because what fails is the card and the wire only takes time."""
    reads = FromFolder(lambda part, name, _most: rig.repo.files.get(f"{part}/{name}"))
    rig.chain.refresh(reads, rig.at)


def held_epoch(rig: ChainRig) -> int:
    """Return the epoch held in memory."""
    keyring = rig.chain.keyring()
    return 0 if keyring is None else keyring.epoch


def is_on_disk(rig: ChainRig) -> bool:
    return rig.chain.on_disk


def test_a_full_card_does_not_keep_a_thief_in_force(rig: ChainRig) -> None:
    """When the disk takes nothing, the newer set is held in memory, and is written as soon as there is room."""
    for slot in "ab":
        (rig.folder / "ledger" / f"chain.{slot}.tmp").mkdir()
    rig.refresh()
    assert held_epoch(rig) == 2
    assert not is_on_disk(rig)
    for slot in "ab":
        (rig.folder / "ledger" / f"chain.{slot}.tmp").rmdir()
    rig.refresh()
    assert is_on_disk(rig)
    assert rig.epoch() == 2


@pytest.mark.parametrize(
    "damage", [b"", b"{}", b'{"roots":[]}', b"\xff\xff", b'{"x":' + b"[" * 100_000]
)
def test_a_damaged_value_gives_the_one_before(damage: bytes, rig: ChainRig) -> None:
    """A generation that rotted, or holds no set, is set aside and noted; the one before it stands."""
    rig.refresh()
    slots = Slots(rig.folder / "ledger", "chain")
    slots.write(damage)
    rig.started()
    assert held_epoch(rig) == 2
    rig.refresh()
    assert rig.epoch() == 2


def test_who_holds_nothing_has_nothing_that_the_disk_lacks(tmp_path: Path) -> None:
    """Before the first refresh there is no set in memory that a power cut would take."""
    store = ChainStore(Slots(tmp_path, "chain"))
    assert store.on_disk
    store.keep(Held(roots=(b"root",)))
    assert store.on_disk


def test_the_oldest_roots_are_forgotten_the_newest_never(tmp_path: Path) -> None:
    """A chain that was rotated more often than anybody will is kept by its last roots."""
    store = ChainStore(Slots(tmp_path, "chain"))
    many = tuple(b"%d" % number for number in range(ROOTS_MOST + 5))
    assert store.keep(Held(roots=many)).roots == many[5:]
    again = ChainStore(Slots(tmp_path, "chain")).held
    assert again is not None
    assert again.roots[-1] == many[-1]
