"""Writing a card: what is refused before the first byte, what is noticed on the way, and what is read back."""

import hashlib
import lzma
import os
import random
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from provisioning.card import boot_files
from provisioning.card.blocks import BadMap, BlockMap, read_map
from provisioning.card.targets import Refused, Target, target_of
from provisioning.card.writing import Progress, write_image

BLOCK = 4096
BLOCKS = 600
MAPPED = ((0, 0), (16, 40), (300, 599))


def filled() -> bytes:
    """Return an image whose blocks between the mapped ranges are empty."""
    drawn = random.Random(7)
    image = bytearray(BLOCKS * BLOCK)
    for first, last in MAPPED:
        image[first * BLOCK : (last + 1) * BLOCK] = drawn.randbytes((last - first + 1) * BLOCK)
    return bytes(image[:-1000])  # the last block is short


def map_text(image: bytes) -> str:
    """Return the block map as bmap-tools writes it."""
    rows = []
    for first, last in MAPPED:
        digest = hashlib.sha256(image[first * BLOCK : (last + 1) * BLOCK]).hexdigest()
        span = f"{first}-{last}" if last > first else f"{first}"
        rows.append(f'        <Range chksum="{digest}"> {span} </Range>')
    body = "\n".join(rows)
    return (
        '<?xml version="1.0" ?>\n<!-- This file contains the block map for an image file. -->\n<bmap version="2.0">\n'
        f"    <ImageSize> {len(image)} </ImageSize>\n    <BlockSize> {BLOCK} </BlockSize>\n"
        f"    <ChecksumType> sha256 </ChecksumType>\n    <BlockMap>\n{body}\n    </BlockMap>\n</bmap>\n"
    )


@pytest.fixture
def image(tmp_path: Path) -> Path:
    """An image with its block map beside it."""
    file = tmp_path / "tienglang.img"
    file.write_bytes(filled())
    file.with_name("tienglang.img.bmap").write_text(map_text(filled()))
    return file


def held(image: Path) -> BlockMap:
    return read_map(image.with_name("tienglang.img.bmap"))


def silent(_now: Progress) -> None:
    """Tell nobody."""


def test_what_was_written_is_the_image(image: Path, tmp_path: Path) -> None:
    """Every byte of the file equals the image's, and both ways are told to their end."""
    told: list[Progress] = []
    out = tmp_path / "card.img"
    write_image(image, held(image), Target(out, None), told.append)
    assert out.read_bytes() == image.read_bytes()
    ends = [now for now in told if now.done_bytes == now.all_bytes]
    assert [now.doing for now in ends] == ["write", "verify"]


def test_a_packed_image_is_unpacked_on_the_way(image: Path, tmp_path: Path) -> None:
    """`.img.xz` is written as if it were unpacked first; one that is cut off is refused."""
    packed = image.with_name("tienglang.img.xz")
    packed.write_bytes(lzma.compress(filled(), preset=0))
    out = tmp_path / "card.img"
    write_image(packed, held(image), Target(out, None), silent)
    assert out.read_bytes() == filled()
    packed.write_bytes(packed.read_bytes()[:-2_000])
    with pytest.raises(Refused, match="fetch it again"):
        write_image(packed, held(image), Target(out, None), silent)


def test_what_stood_on_the_target_before_is_gone(image: Path, tmp_path: Path) -> None:
    """An older, longer file leaves nothing behind the image."""
    out = tmp_path / "card.img"
    out.write_bytes(b"x" * (BLOCKS * BLOCK * 2))
    write_image(image, held(image), Target(out, None), silent)
    assert out.read_bytes() == image.read_bytes()


@pytest.mark.parametrize("at", [5, 17 * BLOCK, 599 * BLOCK])
def test_a_damaged_image_is_noticed(image: Path, tmp_path: Path, at: int) -> None:
    """One wrong byte in any range ends the writing, and the card would not start."""
    data = bytearray(filled())
    data[at] ^= 1
    image.write_bytes(data)
    out = tmp_path / "card.img"
    with pytest.raises(Refused, match="damaged"):
        write_image(image, held(image), Target(out, None), silent)
    assert out.read_bytes()[:BLOCK] == bytes(BLOCK)


def test_a_card_that_gives_back_something_else_is_noticed(image: Path, tmp_path: Path) -> None:
    """A false card takes everything and loses it: reading it back tells."""
    out = tmp_path / "card.img"

    def lose(now: Progress) -> None:
        if now.doing == "write" and now.done_bytes == now.all_bytes:
            with out.open("r+b") as card:
                card.seek(20 * BLOCK)
                card.write(b"\0" * 512)

    with pytest.raises(Refused, match="worn or false"):
        write_image(image, held(image), Target(out, None), lose)


def test_a_card_that_stops_taking_bytes_is_not_called_ready(image: Path, tmp_path: Path) -> None:
    """What the system says is passed on with the next step, and the card does not start half-way."""
    out = tmp_path / "card.img"

    def pull(now: Progress) -> None:
        if now.done_bytes > now.all_bytes // 2:
            raise OSError(5, "Input/output error")

    with pytest.raises(Refused, match="not ready"):
        write_image(image, held(image), Target(out, None), pull)
    assert out.read_bytes()[:BLOCK] == bytes(BLOCK)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("sha256", "sha1"),
        ("300-599", "300-600"),
        ("300-599", "30-599"),
        ("<bmap", "<!DOCTYPE x><bmap"),
        ("<BlockSize>", "<Block>"),
    ],
)
def test_a_block_map_that_fits_no_image_is_refused(image: Path, old: str, new: str) -> None:
    """Another checksum, blocks outside, overlapping ranges, a document type, a missing field."""
    file = image.with_name("tienglang.img.bmap")
    file.write_text(file.read_text().replace(old, new))
    with pytest.raises(BadMap):
        read_map(file)


# --- what may be written on -----------------------------------------------------------------------


def test_a_new_file_and_an_old_one_are_taken(tmp_path: Path) -> None:
    """A file is a card for an emulated machine, or to be copied later."""
    assert target_of(tmp_path / "card.img", needed_bytes=10, mounts="") == Target(
        tmp_path / "card.img", None
    )
    (tmp_path / "card.img").write_bytes(b"x")
    assert target_of(tmp_path / "card.img", needed_bytes=10, mounts="").size_bytes is None


@pytest.mark.parametrize(
    ("name", "why"), [("no/card.img", "no folder"), ("/dev/null", "neither"), ("", "neither")]
)
def test_what_is_no_card_is_refused(tmp_path: Path, name: str, why: str) -> None:
    """A folder that is not there, a device that is no disk, a folder."""
    with pytest.raises(Refused, match=why):
        target_of(tmp_path / name, needed_bytes=10, mounts="")


def test_a_full_disk_is_told_before_anything_is_written(tmp_path: Path) -> None:
    """Where the file does not fit, nothing is begun."""
    with pytest.raises(Refused, match="make room"):
        target_of(tmp_path / "card.img", needed_bytes=1 << 60, mounts="")
    assert not (tmp_path / "card.img").exists()


@pytest.fixture
def loop(tmp_path: Path) -> Iterator[Path]:
    """A real block device: a file behind a loop device of this machine."""
    backing = tmp_path / "backing"
    with backing.open("wb") as file:
        file.truncate(BLOCKS * BLOCK)
    made = subprocess.run(
        ["losetup", "--find", "--show", backing], capture_output=True, text=True, check=False
    )
    if made.returncode != 0:
        pytest.skip("this machine gives out no loop devices (root only)")
    device = Path(made.stdout.strip())
    yield device
    subprocess.run(["losetup", "--detach", device], check=True)


def test_a_card_is_written_and_read_back(loop: Path, image: Path) -> None:
    """A real block device of the right size takes the image."""
    target = target_of(loop, needed_bytes=held(image).image_bytes, mounts="")
    assert target.size_bytes == BLOCKS * BLOCK
    write_image(image, held(image), target, silent)
    assert loop.read_bytes()[: len(filled())] == filled()


def test_a_card_that_is_too_small_is_refused(loop: Path) -> None:
    """The sizes of both are told."""
    with pytest.raises(Refused, match="too small"):
        target_of(loop, needed_bytes=BLOCKS * BLOCK + 1, mounts="")


@pytest.mark.parametrize(
    ("where", "why"), [("/", "runs from it"), ("/media/an", "in use at /media/an")]
)
def test_a_disk_in_use_is_refused(loop: Path, where: str, why: str) -> None:
    """The machine's own disk, and any from which something is mounted."""
    device = loop.stat().st_rdev
    mounts = f"30 1 {os.major(device)}:{os.minor(device)} / {where} rw,noatime shared:1 - ext4 /dev/x rw\n"
    with pytest.raises(Refused, match=why):
        target_of(loop, needed_bytes=1, mounts=mounts)


# --- the place's files ----------------------------------------------------------------------------


def test_a_site_file_with_mistakes_is_refused_with_all_of_them(tmp_path: Path) -> None:
    """Both languages and every line, and nothing is written."""
    file = tmp_path / "tienglang.toml"
    file.write_text('central = "http://x"\nkind = "loa"\n')
    with pytest.raises(Refused) as refused:
        boot_files.read_site_file(file)
    assert "line 1" in str(refused.value)
    assert "dòng 2" in str(refused.value)


def test_the_first_partition_is_found_in_the_card_s_table(tmp_path: Path) -> None:
    """Where it begins is read from the card; a card without a table is refused."""
    card = tmp_path / "card"
    card.write_bytes(bytes(512))
    with pytest.raises(Refused, match="no partitions"):
        boot_files.first_partition(card)
    sector = bytearray(512)
    sector[510:] = b"\x55\xaa"
    sector[0x1BE + 8 : 0x1BE + 12] = (8192).to_bytes(4, "little")
    card.write_bytes(sector)
    assert boot_files.first_partition(card) == 8192 * 512
