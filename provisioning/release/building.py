"""A release is built: the system is cut into chunks and described, and lies with its starters in one folder by hash.

Law of the room: `release.json` is written last, so that a broken-off build is no release; the same pieces give the same
blobs. Nothing is signed here.
"""

import hashlib
import mmap
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from contract.chain import RELEASE_TARGET
from contract.documents.values import Sha256
from contract.release import (
    Blob,
    Notes,
    ReleaseIndex,
    Starter,
    check_release_renewal,
    encode_release,
    write_chunks,
)
from provisioning.ceremony import write
from provisioning.release.cutting import chunks_of
from provisioning.release.folder import BLOBS, Tell, index_of


class Pieces(msgspec.Struct, frozen=True, kw_only=True):
    """What a release is built of: the slot's file system and the folder of what starts it."""

    system: Path
    starters: Path


class Words(msgspec.Struct, frozen=True, kw_only=True):
    """What people say about a release; a counter of None is the one after the previous release's."""

    version: str
    notes: Notes
    counter: int | None = None
    goes_back: bool = False
    suite: str = "bookworm"
    architecture: str = "arm64"


def build(
    pieces: Pieces, words: Words, out: Path, before: Path | None, now: datetime, tell: Tell
) -> ReleaseIndex:
    """Return the index of a release that was built in `out`, to follow the one in `before`.

    Raises `ValueError` or `Refused`, before anything large was written where that can be known.
    """
    if (out / RELEASE_TARGET).exists():
        msg = (
            f"{out} holds a release already, and a counter is never given twice: name a new folder"
        )
        raise ValueError(msg)
    held = None if before is None else index_of(before)[1]
    counter = _counter(words, held)
    starters = _starters(pieces.starters)
    listed, system = _described(pieces.system, tell)
    chunks = _blob(listed)
    index = ReleaseIndex(
        counter=counter,
        version=words.version,
        made_at=now.astimezone(UTC).replace(microsecond=0),
        suite=words.suite,
        architecture=words.architecture,
        system=system,
        chunks=chunks,
        starters=tuple(
            Starter(name=file.name, sha256=blob.sha256, bytes=blob.bytes) for file, blob in starters
        ),
        slot_bytes_min=system.bytes,
        notes=words.notes,
        goes_back=words.goes_back,
    )
    data = encode_release(index)
    check_release_renewal(held, index)
    (out / BLOBS).mkdir(parents=True, exist_ok=True)
    write(out / BLOBS / chunks.sha256, listed)
    for file, blob in (*starters, (pieces.system, system)):
        shutil.copyfile(file, out / BLOBS / blob.sha256)
    write(out / RELEASE_TARGET, data)
    return index


def _counter(words: Words, held: ReleaseIndex | None) -> int:
    if words.counter is not None:
        return words.counter
    if held is None:
        msg = "say which release this follows (--previous FOLDER), or give its counter (--counter 1 for the first)"
        raise ValueError(msg)
    return held.counter + 1


def _starters(folder: Path) -> list[tuple[Path, Blob]]:
    files = sorted(folder.iterdir()) if folder.is_dir() else []
    if not files or not all(file.is_file() for file in files):
        msg = f"{folder} is no folder of plain files with kernel, first program and words: run make image first"
        raise ValueError(msg)
    return [(file, _blob(file.read_bytes())) for file in files]


def _described(system: Path, tell: Tell) -> tuple[bytes, Blob]:
    """Return the chunk list of a system file, and the file's own name and size."""
    if not system.is_file() or not system.stat().st_size:
        msg = f"there is no system at {system}: run make image first, or name it by --system"
        raise ValueError(msg)
    digest, whole = hashlib.sha256(), system.stat().st_size

    def told(data: mmap.mmap) -> Iterator[tuple[bytes, int]]:
        done = 0
        for chunk, length in chunks_of(data):
            digest.update(data[done : done + length])
            done += length
            tell("cắt mảnh / cutting", done, whole)
            yield chunk, length

    with (
        system.open("rb") as file,
        mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data,
    ):
        listed = write_chunks(told(data))
    return listed, Blob(sha256=Sha256(digest.hexdigest()), bytes=whole)


def _blob(data: bytes) -> Blob:
    return Blob(sha256=Sha256(hashlib.sha256(data).hexdigest()), bytes=len(data))
