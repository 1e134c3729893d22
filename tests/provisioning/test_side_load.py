"""Filling a stick: what the appliance's own reader takes, resumable, read back, refused before it is begun."""

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TypeVar

import msgspec
import pytest

from contract import codec, seal
from contract.documents import Kind
from edge.adapters.stick import Stick, sticks
from provisioning.side_load.filling import CannotFill, Gives, Progress, fill
from tests.contract.test_commissioning import KEY, PLACE

T = TypeVar("T")
DEVICE = PLACE.device
SOUND = os.urandom(700_000)
DIGEST = hashlib.sha256(SOUND).hexdigest()
CHAIN = {
    "metadata/1.root.json": b"root",
    "metadata/timestamp.json": b'{"signed":{"meta":{"snapshot.json":{"version":7}}}}',
    "metadata/7.snapshot.json": b'{"signed":{"meta":{"targets.json":{"version":3}}}}',
    "metadata/3.targets.json": b'{"signed":{"targets":{"keyring.json":{"hashes":{"sha256":"ab"}}}}}',
    "targets/ab.keyring.json": b"ring",
}


class Central(Gives):
    """A central in memory that can break off, lie, and count what it sends."""

    def __init__(self) -> None:
        """Hold one appliance's set."""
        self.break_after: int | None = None
        self.sound, self.begins = SOUND, list[int]()

    def told(self, path: str, wanted: type[T]) -> T:
        """Give the set."""
        assert path == f"/api/v1/devices/{DEVICE}/set"
        paper = seal.seal(Kind.ASSIGNMENT, codec.encode(PLACE), [KEY])
        told = {
            "device": DEVICE,
            "name": PLACE.name,
            "papers": [{"kind": "assignment", "envelope": paper}],
            "contents": [{"sha256": DIGEST, "size_bytes": len(SOUND), "title": "Bản tin"}],
        }
        return msgspec.json.decode(msgspec.json.encode(told), type=wanted)

    def pieces(self, path: str, begin: int = 0) -> Iterator[bytes]:
        """Give the content in pieces from `begin`, or break off."""
        assert path == f"/api/v1/devices/{DEVICE}/set/{DIGEST}"
        self.begins.append(begin)
        for at in range(begin, len(self.sound), 100_000):
            if self.break_after is not None and at >= self.break_after:
                raise OSError("the network went away")
            yield self.sound[at : at + 100_000]

    def open_file(self, path: str) -> bytes | None:
        """Give a file of the chain."""
        return CHAIN.get(path.removeprefix("/tuf/"))


@pytest.fixture
def central() -> Central:
    """A central."""
    return Central()


def test_the_appliances_own_reader_finds_all_of_it(central: Central, tmp_path: Path) -> None:
    """Papers, contents and the chain lie where an appliance looks for them."""
    said: list[Progress] = []
    filled = fill(central, DEVICE, tmp_path, told=said.append)
    assert sticks((tmp_path,)) == (tmp_path,)
    with Stick(tmp_path, 500) as stick:
        assert stick.papers == (f"{DEVICE}-00-assignment.json",)
        assert b"".join(stick.content(DIGEST, len(SOUND))) == SOUND
        assert stick.has_chain
        for name, data in CHAIN.items():
            part, _, file = name.partition("/")
            assert stick.chain_file(part, file, 1_000) == data
    assert (filled.papers, filled.contents, filled.chain_files) == (1, 1, len(CHAIN))
    assert said[-1].done_bytes == said[-1].all_bytes == filled.written_bytes


def test_a_network_that_went_away_costs_only_what_was_missing(
    central: Central, tmp_path: Path
) -> None:
    """Broken off in the middle, nothing has the content's name; started again it goes on from there."""
    central.break_after = 300_000
    with pytest.raises(OSError, match="went away"):
        fill(central, DEVICE, tmp_path)
    assert not (tmp_path / "tienglang" / "contents" / DIGEST).exists()
    assert not (tmp_path / "tienglang" / "papers").exists()
    central.break_after = None
    fill(central, DEVICE, tmp_path)
    assert central.begins == [0, 300_000]


def test_what_is_there_whole_is_not_fetched_again(central: Central, tmp_path: Path) -> None:
    """A second run fetches no content and writes nothing."""
    fill(central, DEVICE, tmp_path)
    assert fill(central, DEVICE, tmp_path).written_bytes == 0
    assert central.begins == [0]


def test_a_stick_that_is_too_small_is_refused_before_a_byte_is_written(
    central: Central, tmp_path: Path
) -> None:
    """The words say how much is free and how much is needed."""
    with pytest.raises(CannotFill, match="1 MB free"):
        fill(central, DEVICE, tmp_path, free=lambda _: 1_200_000)
    assert list(tmp_path.iterdir()) == []
    fill(central, DEVICE, tmp_path, free=lambda _: 1_800_000)


def test_bytes_that_are_others_than_named_are_thrown_away(central: Central, tmp_path: Path) -> None:
    """What came damaged is not left to be taken for whole, and the next try begins anew."""
    central.sound = SOUND[:-1] + bytes([SOUND[-1] ^ 1])
    with pytest.raises(CannotFill, match="damaged"):
        fill(central, DEVICE, tmp_path)
    central.sound = SOUND
    fill(central, DEVICE, tmp_path)
    assert central.begins == [0, 0]


def test_another_appliances_papers_on_the_stick_are_left_alone(
    central: Central, tmp_path: Path
) -> None:
    """Only papers of this appliance that no longer count are taken away."""
    papers = tmp_path / "tienglang" / "papers"
    papers.mkdir(parents=True)
    (papers / "zzzzzzzzzzzzzzzz-00-assignment.json").write_bytes(b"theirs")
    (papers / f"{DEVICE}-07-programme.json").write_bytes(b"old")
    fill(central, DEVICE, tmp_path)
    assert sorted(path.name for path in papers.iterdir()) == [
        f"{DEVICE}-00-assignment.json",
        "zzzzzzzzzzzzzzzz-00-assignment.json",
    ]


def test_a_folder_that_is_not_there_is_named(central: Central, tmp_path: Path) -> None:
    """A stick that is not mounted is said in words."""
    with pytest.raises(CannotFill, match="put the stick in"):
        fill(central, DEVICE, tmp_path / "usb")


def test_a_content_that_rotted_on_the_stick_is_fetched_anew(
    central: Central, tmp_path: Path
) -> None:
    """One byte of the file on the stick is another: it is found, and written again."""
    fill(central, DEVICE, tmp_path)
    file = tmp_path / "tienglang" / "contents" / DIGEST
    held = bytearray(file.read_bytes())
    held[1000] ^= 1
    file.write_bytes(held)
    fill(central, DEVICE, tmp_path)
    assert file.read_bytes() == SOUND
