"""A release's folder: `release.json`, and everything that it names under `blobs`, each by its hash.

Law of the room: what is read out of a folder is compared with the index first; a folder may have come on any stick.
"""

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Final

import msgspec

from contract.chain import RELEASE_TARGET
from contract.release import (
    Blob,
    Chunk,
    ReleaseIndex,
    blobs_of,
    bytes_to_fetch,
    decode_release,
    plan_fetch,
    read_chunks,
)

BLOBS: Final = "blobs"
Tell = Callable[[str, int, int], None]
"""Called with what is done, and how many of how many bytes."""


class Cost(msgspec.Struct, frozen=True, kw_only=True):
    """What an appliance fetches that holds another release whole."""

    chunks_bytes: int
    list_bytes: int
    starters_bytes: int
    requests: int

    @property
    def whole_bytes(self) -> int:
        """Return all of it."""
        return self.chunks_bytes + self.list_bytes + self.starters_bytes


def index_of(folder: Path) -> tuple[bytes, ReleaseIndex]:
    """Return the index of a folder, as bytes and read; raises `Refused`, or `ValueError` where there is none."""
    file = folder / RELEASE_TARGET
    if not file.is_file():
        msg = f"{folder} holds no {RELEASE_TARGET}: name the folder that release build made"
        raise ValueError(msg)
    data = file.read_bytes()
    return data, decode_release(data)


def blob_at(folder: Path, blob: Blob) -> Path:
    """Return where a blob of a folder lies; raises `ValueError` for one that is not there whole."""
    file = folder / BLOBS / blob.sha256
    if not file.is_file() or file.stat().st_size != blob.bytes:
        msg = f"{folder} lacks {blob.sha256[:12]}… of {blob.bytes} bytes: build or copy it again"
        raise ValueError(msg)
    return file


def chunks_in(folder: Path, index: ReleaseIndex) -> tuple[Chunk, ...]:
    """Return the chunks of a folder's system; raises `ValueError` or `Refused`."""
    return read_chunks(blob_at(folder, index.chunks).read_bytes(), index)


def check_whole(folder: Path, index: ReleaseIndex, tell: Tell) -> None:
    """Refuse (`ValueError`) a folder in which anything that the index names is missing or other than it says."""
    blobs = blobs_of(index)
    whole, done = sum(blob.bytes for blob in blobs), 0
    for blob in blobs:
        digest = hashlib.sha256()
        with blob_at(folder, blob).open("rb") as file:
            while data := file.read(1 << 20):
                digest.update(data)
                done += len(data)
                tell("kiểm tra / checking", done, whole)
        if digest.hexdigest() != blob.sha256:
            msg = f"{blob.sha256[:12]}… in {folder} is damaged: build or copy it again"
            raise ValueError(msg)
    chunks_in(folder, index)


def cost_of(folder: Path, index: ReleaseIndex, before: Path) -> Cost:
    """Return what an appliance fetches for this release that runs the one in `before`."""
    _, held = index_of(before)
    plan = plan_fetch(chunks_in(folder, index), {chunk.sha256 for chunk in chunks_in(before, held)})
    known = {one.sha256 for one in held.starters}
    starters = [one for one in index.starters if one.sha256 not in known]
    return Cost(
        chunks_bytes=bytes_to_fetch(plan),
        list_bytes=index.chunks.bytes,
        starters_bytes=sum(one.bytes for one in starters),
        requests=len(plan) + 1 + len(starters),
    )
