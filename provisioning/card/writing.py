"""An image on its way to the card, and back: only what holds anything is written, all of it is read again.

Law of the room: checksums are of what was read from the image and of what came back from the card; a card that is
pulled out, full or lying ends in a refusal that says which.
"""

import contextlib
import hashlib
import lzma
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

from provisioning.card.blocks import BlockMap, Range
from provisioning.card.targets import Refused, Target

CHUNK_BYTES: Final = 4 << 20


@dataclass(frozen=True)
class Progress:
    """How far one of the two ways is: `doing` is "write" or "verify"."""

    doing: str
    done_bytes: int
    all_bytes: int
    seconds: float


Tell = Callable[[Progress], None]


def write_image(image: Path, held: BlockMap, target: Target, tell: Tell) -> None:
    """Write the image and read it back; raises `Refused` with the target marked as unfinished by its first bytes.

    The first block, without which nothing starts from a card, is written last: a card pulled out half-way is no card
    that starts half-way.
    """
    flags = os.O_RDWR | (0 if target.size_bytes is not None else os.O_CREAT)
    flags |= (
        os.O_EXCL if target.size_bytes is not None else 0
    )  # of a card: nobody else may have it open
    with _told(target), contextlib.closing(_Handle(os.open(target.path, flags, 0o644))) as out:
        if target.size_bytes is None:
            os.ftruncate(out.number, 0)
            os.ftruncate(out.number, held.image_bytes)
        first = _copy(image, held, out.number, tell)
        os.fsync(out.number)
        os.pwrite(out.number, first, 0)
        os.fsync(out.number)
        os.posix_fadvise(
            out.number, 0, 0, os.POSIX_FADV_DONTNEED
        )  # what comes back must come from the card
        _verify(held, out.number, tell)


@dataclass
class _Handle:
    number: int

    def close(self) -> None:
        os.close(self.number)


@contextlib.contextmanager
def _told(target: Target) -> Iterator[None]:
    try:
        yield
    except OSError as fault:
        what = "the card" if target.size_bytes is not None else "the file"
        raise Refused(
            f"{target.path}: {what} stopped taking bytes ({fault.strerror}): it was pulled out, is full, or is worn; "
            "it is not ready. Put it in again, or take another, and write it anew"
        ) from fault


def _copy(image: Path, held: BlockMap, out: int, tell: Tell) -> bytes:
    """Copy all ranges, the first block zeroed for now; return that block's bytes."""
    began, done, whole = time.monotonic(), 0, held.mapped_bytes()
    first = b""
    with _opened(image) as source:
        at = 0
        for each in held.ranges:
            begin, length = held.span(each)
            _skip(source, begin - at)
            at = begin
            digest = hashlib.sha256()
            while at < begin + length:
                data = source.read(min(CHUNK_BYTES, begin + length - at))
                if not data:
                    raise Refused(f"{image.name} ends too early: fetch it again")
                digest.update(data)
                if at == 0:
                    first, data = (
                        data[: held.block_bytes],
                        bytes(held.block_bytes) + data[held.block_bytes :],
                    )
                _write(out, data, at)
                at += len(data)
                done += len(data)
                tell(Progress("write", done, whole, time.monotonic() - began))
            _same(digest.hexdigest(), each, f"{image.name} is damaged: fetch it again")
    return first


def _verify(held: BlockMap, out: int, tell: Tell) -> None:
    began, done, whole = time.monotonic(), 0, held.mapped_bytes()
    for each in held.ranges:
        begin, length = held.span(each)
        digest, at = hashlib.sha256(), begin
        while at < begin + length:
            data = os.pread(out, min(CHUNK_BYTES, begin + length - at), at)
            if not data:
                break
            digest.update(data)
            at += len(data)
            done += len(data)
            tell(Progress("verify", done, whole, time.monotonic() - began))
        _same(
            digest.hexdigest(), each,
            f"what was read back at {begin} differs from what was written: the card is worn or false; take another",
        )  # fmt: skip


def _same(digest: str, each: Range, why: str) -> None:
    if digest != each.sha256:
        raise Refused(why)


def _write(out: int, data: bytes, at: int) -> None:
    view = memoryview(data)
    while view:
        written = os.pwrite(out, view, at)
        view, at = view[written:], at + written


def _skip(source: BinaryIO, length: int) -> None:
    while length > 0:
        data = source.read(min(CHUNK_BYTES, length))
        if not data:
            return
        length -= len(data)


@contextlib.contextmanager
def _opened(image: Path) -> Iterator[BinaryIO]:
    """Open an image as it is, or unpacked on the way when its name ends with .xz."""
    try:
        with lzma.open(image) if image.suffix == ".xz" else image.open("rb") as source:
            yield source  # type: ignore[misc]  # both read bytes; typeshed calls one of them by another name
    except (lzma.LZMAError, EOFError) as fault:
        raise Refused(f"{image.name} cannot be unpacked ({fault}): fetch it again") from fault
    except FileNotFoundError as fault:
        raise Refused(
            f"there is no image {image}: build it with make image, or fetch it"
        ) from fault
