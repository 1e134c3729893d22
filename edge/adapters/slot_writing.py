"""A release written into the slot that does not run: chunk by chunk, read back, and only then offered to the firmware.

Law of the room: the running slot and config.txt are read, never written. tryboot.txt goes first and comes back last,
so that no half-written slot is ever tried; the first chunk, which makes the slot a file system, is written last of
all chunks. Everything is verified against the signed index, wherever it came from. What a cut left is not trusted but
read again: what is right already is not written twice.
"""

import contextlib
import hashlib
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec

from contract.errors import Refused
from contract.release import (
    CHUNK_LIST_MOST_BYTES,
    Chunk,
    ReleaseIndex,
    Starter,
    list_chunks,
    read_chunks,
)
from edge.adapters.slot_boot import (
    CONFIG,
    TRIAL_WORDS,
    TRYBOOT,
    WORDS,
    other,
    trial_words,
    tryboot_of,
    words_for,
)
from edge.adapters.slot_disk import Disk, read_at, sha256_on_card, size_of, told
from edge.adapters.slot_faults import SlotRefused
from edge.adapters.slot_papers import Paper
from edge.adapters.slot_status import BLOBS, CHUNKS, LACKING_MOST, UPDATE, Slot, Step, read_plain

INDEX, LIST = "release.json", "chunks"  # beside a slot's starters: what it was written from
OURS: Final = frozenset({INDEX, LIST, TRIAL_WORDS})  # what we put beside them ourselves
WRITTEN: Final = "written.json"
TRIAL_S: Final = 45 * 60
FLUSH_EVERY_BYTES: Final = 8 << 20
ROOM_OVER_BYTES: Final = 256_000
SUITE, ARCHITECTURE = "bookworm", "arm64"
Tells = Callable[[Step, int, int], None]


@dataclass(frozen=True)
class Places:
    """Where things are on this machine: the boot partition, the slots' partitions, and three folders.

    `state` is the appliance's own and is only read, `kept` the unit's memory on the data partition, `run` its
    answers, gone with the power. `root` is the root of trust beside the firmware.
    """

    boot: Path
    slots: dict[Slot, Path]
    state: Path
    kept: Path
    run: Path
    root: Path
    running: Slot


class Written(msgspec.Struct, frozen=True):
    """Which release lies whole in which slot."""

    counter: int
    slot: Slot


def write(
    places: Places, paper: Paper, floor: int, running: int, disk: Disk, tell: Tells
) -> Written:
    """Write the release into the other slot and offer it to `tryboot`; raises `SlotRefused`."""
    index, slot = paper.index, other(places.running)
    partition = places.slots[slot]
    _check(index, size_of(partition), floor, running)
    chunks = _chunks(places, index)
    _starters_here(places, index)
    _forget(places, disk)
    _fill(places, index, chunks, partition, disk, tell)
    tell("reading-back", 0, index.system.bytes)
    if sha256_on_card(partition, index.system.bytes) != index.system.sha256:
        raise SlotRefused(
            "card-fault", "thẻ nhớ không giữ đúng những gì đã ghi: thay thẻ trước khi cập nhật"
        )
    _put_starters(places, paper, slot, disk)
    config = _config(places)
    disk.put(places.boot / TRYBOOT, tryboot_of(config, slot))
    written = Written(index.counter, slot)
    disk.put(places.kept / WRITTEN, msgspec.json.encode(written))
    return written


def _check(index: ReleaseIndex, room_bytes: int, floor: int, running: int) -> None:
    if (index.suite, index.architecture) != (SUITE, ARCHITECTURE):
        raise SlotRefused(
            "other-machine",
            f"bản {index.version} dành cho {index.suite} {index.architecture}, không cài được trên máy này",
        )
    if index.counter < floor:
        raise SlotRefused(
            "old-release",
            f"bản số {index.counter} cũ hơn bản số {floor} đã chạy tốt ở đây; tỉnh phải phát hành số mới để quay lại",
        )
    if index.counter == running:
        raise SlotRefused("same-release", f"bản số {index.counter} đang chạy rồi")
    if max(index.system.bytes, index.slot_bytes_min) > room_bytes:
        raise SlotRefused(
            "too-large",
            f"bản {index.version} cần {index.system.bytes >> 20} MiB, phân vùng chỉ có {room_bytes >> 20} MiB:"
            " ghi lại thẻ mới",
        )


def _chunks(places: Places, index: ReleaseIndex) -> Sequence[Chunk]:
    data = _blob(places, index.chunks.sha256, index.chunks.bytes)
    if data is None:
        raise SlotRefused("bad-list", "danh sách các phần chưa về đủ hoặc đã hỏng: chờ tải lại")
    try:
        return read_chunks(data, index)
    except Refused as refused:
        raise SlotRefused("bad-list", f"danh sách các phần không đúng: {refused.why}") from refused


def _blob(places: Places, sha256: str, length: int) -> bytes | None:
    """Return what the appliance fetched under this hash, None where it is not exactly that."""
    try:
        data = read_plain(places.state / UPDATE / BLOBS / sha256, length)
    except OSError:
        return None
    return data if hashlib.sha256(data).hexdigest() == sha256 else None


def _starters_here(places: Places, index: ReleaseIndex) -> None:
    """See that every starter came whole before anything is touched."""
    for starter in index.starters:
        if _starter_bytes(places, starter) is None:
            raise SlotRefused(
                "wrong-starters",
                f"tệp khởi động {starter.name} chưa về đủ hoặc không phải tệp đã ký: chờ tải lại",
            )
    names = {starter.name.lower() for starter in index.starters}
    if WORDS not in names or names & OURS:
        raise SlotRefused(
            "wrong-starters",
            f"tệp khởi động của bản {index.version} không đúng (thiếu {WORDS} hoặc trùng tên): báo tỉnh làm lại",
        )


def _forget(places: Places, disk: Disk) -> None:
    """Have nothing point at the slot that is about to change."""
    disk.drop(places.boot / TRYBOOT)
    disk.drop(places.kept / WRITTEN)


# --- the slot -----------------------------------------------------------------------------------------


def known_chunks(boot: Path, slot: Slot) -> dict[bytes, Chunk]:
    """Return which chunks a slot is said to hold, by hash; nothing where its list is not there or no list.

    Nobody signed this list: each chunk is hashed when it is taken.
    """
    try:
        chunks = list_chunks(read_plain(boot / slot / LIST, CHUNK_LIST_MOST_BYTES))
    except (OSError, Refused):
        return {}
    return {chunk.sha256: chunk for chunk in chunks}


def _fill(
    places: Places,
    index: ReleaseIndex,
    chunks: Sequence[Chunk],
    partition: Path,
    disk: Disk,
    tell: Tells,
) -> None:
    """Have every chunk in its place and on the card; raises `SlotRefused` (lacking) before the slot is touched."""
    here = known_chunks(places.boot, places.running)
    running = places.slots[places.running]
    lacking = tuple(
        dict.fromkeys(c.sha256.hex() for c in chunks if _found(places, running, here, c) is None)
    )
    if lacking:
        raise SlotRefused(
            "lacking",
            f"còn thiếu {len(lacking)} phần của bản {index.version}: chờ tải tiếp",
            lacking[:LACKING_MOST],
        )
    done = unflushed = 0
    for number, chunk in enumerate((*chunks[1:], *chunks[:1]), 1):
        if number == len(chunks):
            disk.flush(partition)
        if _hash(read_at(partition, chunk.begin, chunk.bytes)) != chunk.sha256:
            data = _found(places, running, here, chunk)
            if data is None:
                raise SlotRefused(
                    "lacking", "một phần đã hỏng khi đang ghi: chờ tải lại", (chunk.sha256.hex(),)
                )
            disk.write_at(partition, chunk.begin, data)
            unflushed += chunk.bytes
        done += chunk.bytes
        if unflushed >= FLUSH_EVERY_BYTES:
            disk.flush(partition)
            unflushed = 0
        tell("copying", done, index.system.bytes)
    disk.flush(partition)


def _found(
    places: Places, running: Path, here: Mapping[bytes, Chunk], chunk: Chunk
) -> bytes | None:
    """Return a chunk's bytes, from what was fetched or from the running slot, verified; None where it is nowhere."""
    try:
        data = read_plain(places.state / UPDATE / CHUNKS / chunk.sha256.hex(), chunk.bytes)
        if _hash(data) == chunk.sha256:
            return data
    except OSError:
        pass
    known = here.get(chunk.sha256)
    if known is not None:
        data = read_at(running, known.begin, known.bytes)
        if len(data) == chunk.bytes and _hash(data) == chunk.sha256:
            return data
    return None


def _hash(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


# --- what the firmware starts it with --------------------------------------------------------------


def _put_starters(places: Places, paper: Paper, slot: Slot, disk: Disk) -> None:
    """Have exactly the release's starters in the slot's folder, on the card and read back."""
    folder = places.boot / slot
    disk.make_folder(folder)
    wanted = dict(_starter_files(places, paper, slot))
    for old in sorted(folder.iterdir()):
        if old.name not in wanted or _content(old) != wanted[old.name]:
            disk.drop(old)
    missing = {name: data for name, data in wanted.items() if not (folder / name).exists()}
    with told("phân vùng khởi động"):
        room = os.statvfs(places.boot)
    if sum(map(len, missing.values())) + ROOM_OVER_BYTES > room.f_bavail * room.f_frsize:
        raise SlotRefused(
            "no-room", "phân vùng khởi động không đủ chỗ cho tệp khởi động: xóa tệp lạ trên đó"
        )
    for name, data in missing.items():
        disk.put(folder / name, data)
        if _content(folder / name) != data:
            raise SlotRefused("card-fault", f"thẻ nhớ không giữ đúng {name}: thay thẻ")


def _starter_files(places: Places, paper: Paper, slot: Slot) -> Iterator[tuple[str, bytes]]:
    for starter in paper.index.starters:
        data = _starter(places, starter)
        if starter.name == WORDS:
            data = words_for(data, slot)
            yield TRIAL_WORDS, trial_words(data, TRIAL_S)
        yield starter.name, data
    listed = _blob(places, paper.index.chunks.sha256, paper.index.chunks.bytes)
    yield LIST, listed or b""
    yield INDEX, paper.data


def _starter_bytes(places: Places, starter: Starter) -> bytes | None:
    """Return a starter as it was fetched, or as the running slot has it; None where neither is the signed one."""
    data = _blob(places, starter.sha256, starter.bytes)
    if data is None:
        with contextlib.suppress(OSError):
            same = read_plain(places.boot / places.running / starter.name, starter.bytes)
            if hashlib.sha256(same).hexdigest() == starter.sha256:
                data = same
    return data


def _starter(places: Places, starter: Starter) -> bytes:
    data = _starter_bytes(places, starter)
    if data is None:
        raise SlotRefused("wrong-starters", f"tệp khởi động {starter.name} đã hỏng: chờ tải lại")
    return data


def _content(file: Path) -> bytes:
    with told(file.name), file.open("rb") as opened:
        os.posix_fadvise(opened.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
        return opened.read()


def _config(places: Places) -> bytes:
    with told(CONFIG):
        return (places.boot / CONFIG).read_bytes()
