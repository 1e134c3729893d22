"""The card as the slot's writer sees it: the few things that it does, one call each.

Law of the room: no call does two things that a power cut could come between, so that a test can cut at every one of
them. A fault of the card is `SlotRefused`; what has been flushed is on the card.
"""

import contextlib
import errno
import hashlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from edge.adapters.slot_faults import SlotRefused

BLOCK_BYTES: Final = 1 << 20


@contextlib.contextmanager
def told(what: str) -> Iterator[None]:
    """Turn the system's fault into a sentence."""
    try:
        yield
    except OSError as fault:
        if fault.errno in {errno.ENOSPC, errno.EDQUOT}:
            raise SlotRefused(
                "no-room", f"{what}: không còn chỗ trên thẻ nhớ; dùng thẻ lớn hơn"
            ) from fault
        if fault.errno in {errno.EROFS, errno.EACCES, errno.EPERM}:
            raise SlotRefused(
                "read-only",
                f"{what}: thẻ nhớ chỉ đọc hoặc bị khóa; xem khóa trên thẻ, hoặc thay thẻ",
            ) from fault
        raise SlotRefused(
            "card-fault",
            f"{what}: thẻ nhớ không ghi hoặc không đọc được ({fault.strerror}); thay thẻ",
        ) from fault


class Disk:
    """The real card."""

    def write_at(self, file: Path, at_bytes: int, data: bytes) -> None:
        """Overwrite bytes in their place; nothing grows."""
        with told(file.name):
            handle = os.open(file, os.O_WRONLY | os.O_CLOEXEC)
            try:
                view = memoryview(data)
                while view:
                    done = os.pwrite(handle, view, at_bytes)
                    view, at_bytes = view[done:], at_bytes + done
            finally:
                os.close(handle)

    def flush(self, file: Path) -> None:
        """Have all that was written into `file` on the card."""
        with told(file.name):
            handle = os.open(file, os.O_RDONLY | os.O_CLOEXEC)
            try:
                os.fsync(handle)
            finally:
                os.close(handle)

    def create(self, file: Path, data: bytes) -> None:
        """Write a new file, replacing an old one of this name."""
        with told(file.name):
            file.write_bytes(data)

    def rename(self, old: Path, new: Path) -> None:
        """Give a file its final name."""
        with told(new.name):
            old.replace(new)

    def remove(self, file: Path) -> None:
        """Take a file away; one that is not there is no fault."""
        with told(file.name):
            file.unlink(missing_ok=True)

    def make_folder(self, folder: Path) -> None:
        """Have a folder."""
        with told(folder.name):
            folder.mkdir(exist_ok=True)

    def sync_names(self, folder: Path) -> None:
        """Have the names in a folder on the card."""
        self.flush(folder)

    # --- several of these, in an order that a cut may break off anywhere --------------------------

    def put(self, file: Path, data: bytes) -> None:
        """Put a small file in place: whole and on the card, or the old one."""
        new = file.with_name(f"{file.name}.new")
        self.create(new, data)
        self.flush(new)
        self.rename(new, file)
        self.sync_names(file.parent)

    def drop(self, file: Path) -> None:
        """Take a file away for good."""
        if file.exists():
            self.remove(file)
            self.sync_names(file.parent)


def read_at(file: Path, at_bytes: int, length: int) -> bytes:
    """Return bytes of a slot, fewer where it ends; raises `SlotRefused`."""
    with told(file.name), file.open("rb", buffering=0) as opened:
        opened.seek(at_bytes)
        found = bytearray()
        while len(found) < length and (piece := opened.read(length - len(found))):
            found += piece
        return bytes(found)


def size_of(file: Path) -> int:
    """Return how many bytes a partition (or the file that stands for one) has; raises `SlotRefused`."""
    with told(file.name), file.open("rb", buffering=0) as opened:
        return opened.seek(0, os.SEEK_END)


def sha256_on_card(file: Path, length: int) -> str:
    """Return the hash of the first `length` bytes as the card gives them back, not as memory still holds them."""
    digest = hashlib.sha256()
    with told(file.name), file.open("rb", buffering=0) as opened:
        os.posix_fadvise(opened.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
        left = length
        while left and (piece := opened.read(min(BLOCK_BYTES, left))):
            digest.update(piece)
            left -= len(piece)
    return digest.hexdigest()
