"""A release is built: cut where its content says so, described, whole; and what an update costs is said before."""

import hashlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.errors import RefusalCode, Refused
from contract.release import CHUNK_MOST_BYTES, blobs_of, read_chunks
from provisioning.release.cutting import CHUNK_LEAST_BYTES, chunks_of, cuts
from provisioning.release.folder import blob_at, cost_of, index_of
from tests.provisioning.release.pieces import SYSTEM_BYTES, built, do, lay, system
from tests.provisioning.table import Table


@pytest.fixture
def table(tmp_path: Path) -> Table:
    """A folder and a time; no ceremony."""
    return Table(tmp_path)


@given(st.binary(max_size=3_000), st.integers(2, 50), st.integers(0, 200))
def test_cuts_make_up_the_whole(data: bytes, least: int, more: int) -> None:
    """No gap lies between chunks, none but the last is shorter than the least, none longer than the most."""
    found = list(cuts(data, least, least + more))
    assert b"".join(data[begin:end] for begin, end in found) == data
    assert all(least <= end - begin <= least + more for begin, end in found[:-1])
    assert all(0 < end - begin <= least + more for begin, end in found)


def test_chunks_have_the_size_that_was_meant() -> None:
    """In what looks like chance a chunk has 8 to 256 KiB, and 32 to 48 on average; where nothing changes, the most."""
    lengths = [length for _, length in chunks_of(system(size=6_000_000))]
    assert max(lengths) <= CHUNK_MOST_BYTES
    assert min(lengths[:-1]) >= CHUNK_LEAST_BYTES
    assert 32 * 1024 < sum(lengths) / len(lengths) < 48 * 1024
    assert [length for _, length in chunks_of(bytes(600_000))] == [262_144, 262_144, 75_712]


@pytest.mark.parametrize("added", [b"", b"x", b"more bytes" * 99])
def test_what_is_put_in_moves_no_other_cut(added: bytes) -> None:
    """After a change in the middle the cuts find their places again: a few chunks are new, whatever moved."""
    data = system(size=3_000_000)
    at = 1_000_000
    changed = data[:at] + b"changed" + added + data[at + 7 :]
    old, new = dict(chunks_of(data)), dict(chunks_of(changed))
    fresh = {chunk: length for chunk, length in new.items() if chunk not in old}
    assert 1 <= len(fresh) <= 3
    assert sum(fresh.values()) < 300_000


def test_a_release_is_described_as_it_lies_there(table: Table) -> None:
    """Index, list and blobs agree, and an inspection says so."""
    out = built(table, "one", "1.4.0", system(), "--counter", "5")
    _, index = index_of(out)
    assert (index.counter, index.version, index.system.bytes) == (5, "1.4.0", SYSTEM_BYTES)
    chunks = read_chunks(blob_at(out, index.chunks).read_bytes(), index)
    held = blob_at(out, index.system).read_bytes()
    assert held == system()
    for chunk in chunks:
        assert hashlib.sha256(held[chunk.begin : chunk.end]).digest() == chunk.sha256
    assert {one.name for one in index.starters} == {"vmlinuz", "cmdline.txt"}
    assert "whole" in do(table, "inspect", str(out))
    assert len(list((out / "blobs").iterdir())) == len(blobs_of(index))


def test_the_next_release_counts_on_and_says_what_it_costs(table: Table) -> None:
    """The counter is the next one; an appliance fetches the changed chunks, the list and changed starters alone."""
    one = built(table, "one", "1.4.0", system(), "--counter", "5")
    changed = bytearray(system())
    changed[300_000:300_010] = b"ten bytes!"
    two = built(table, "two", "1.4.1", bytes(changed), "--previous", str(one))
    _, index = index_of(two)
    cost = cost_of(two, index, one)
    assert index.counter == 6
    assert CHUNK_LEAST_BYTES <= cost.chunks_bytes <= 2 * CHUNK_MOST_BYTES
    assert (cost.starters_bytes, cost.requests) == (0, 2)
    assert cost.whole_bytes == cost.chunks_bytes + index.chunks.bytes
    shown = do(table, "inspect", str(two), "--previous", str(one))
    assert f"{cost.whole_bytes / 1e6:.2f} MB" in shown


def test_what_may_not_follow_is_not_built(table: Table) -> None:
    """An older counter, a version that falls unmeant, or a folder that holds a release: refused, nothing written."""
    one = built(table, "one", "1.4.0", system(), "--counter", "5")
    with pytest.raises(Refused, match="older") as caught:
        built(table, "old", "1.5.0", system(8), "--counter", "4", "--previous", str(one))
    assert caught.value.code is RefusalCode.OLD_VERSION
    with pytest.raises(Refused, match="goes_back"):
        built(table, "fallen", "1.3.0", system(8), "--previous", str(one))
    assert not (table.folder / "old").exists()
    back = built(table, "back", "1.3.0", system(8), "--previous", str(one), "--goes-back")
    assert index_of(back)[1].goes_back
    with pytest.raises(ValueError, match="holds a release already"):
        built(table, "one", "1.4.0", system(), "--counter", "6")
    with pytest.raises(ValueError, match="--counter 1 for the first"):
        built(table, "first", "1.4.0", system())


def test_missing_pieces_are_named(table: Table) -> None:
    """No system, an empty one, or no starters: the sentence says what to run."""
    words = lay(table.folder / "p", b"")
    said = ("--version", "1.0", "--counter", "1", "--notes-vi", "x")
    with pytest.raises(ValueError, match="make image"):
        do(table, "build", str(table.folder / "out"), *said, *words)
    lay(table.folder / "p", b"something")
    for file in (table.folder / "p" / "boot").iterdir():
        file.unlink()
    with pytest.raises(ValueError, match="make image"):
        do(table, "build", str(table.folder / "out"), *said, *words)


@pytest.mark.parametrize("which", ["system", "chunks", "starter"])
def test_a_damaged_folder_is_noticed(table: Table, which: str) -> None:
    """A changed byte in any blob, or a blob that is gone, and the folder is no release any more."""
    out = built(table, "one", "1.4.0", system(), "--counter", "1")
    _, index = index_of(out)
    blob = {"system": index.system, "chunks": index.chunks, "starter": blobs_of(index)[-1]}[which]
    file = blob_at(out, blob)
    whole = file.read_bytes()
    file.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    with pytest.raises(ValueError, match="damaged"):
        do(table, "inspect", str(out))
    file.write_bytes(whole[:-1])
    with pytest.raises(ValueError, match="lacks"):
        do(table, "inspect", str(out))
    file.unlink()
    with pytest.raises(ValueError, match="lacks"):
        do(table, "inspect", str(out))
    file.write_bytes(whole)
    do(table, "inspect", str(out))


def test_a_folder_without_an_index_is_none(table: Table) -> None:
    """The sentence says which folder is meant."""
    with pytest.raises(ValueError, match="release build"):
        do(table, "inspect", str(table.folder))
