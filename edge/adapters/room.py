"""The room on the card: names of files on the shelf, what may still be written, what is left over.

Law of the room: a name is 64 hex digits, with one of three endings while it is on its way. What is promised
to a file that still grows is not promised twice; the disk's reserve belongs to floors, reports and logs.
"""

import contextlib
import re
import shutil
import threading
from pathlib import Path
from typing import Final, Literal

from contract.documents import Sha256
from contract.errors import Misuse

NAME: Final = re.compile(r"[0-9a-f]{64}")
ON_WAY: Final = re.compile(r"[0-9a-f]{64}\.(part|usb|neighbour)")
RESERVE_BYTES: Final = 200_000_000
RESERVE_SHARE: Final = 0.05  # of a disk so small that the reserve above would be most of it
PART_LIFE_S: Final = 14 * 86_400.0


class ShelfFull(OSError):
    """There is no room for the content and nothing more may be evicted; use a larger card or play less."""


def file_of(root: Path, sha256: Sha256) -> Path:
    """Return where a whole content lies. Raises `Misuse` for what is no name."""
    if not NAME.fullmatch(sha256):
        msg = f"content is named by 64 hex digits, not {sha256!r}"
        raise Misuse(msg)
    return root / sha256


def on_way(root: Path, sha256: Sha256, door: Literal["part", "usb", "neighbour"]) -> Path:
    """Return where a content lies while it is brought; a `part` is resumed, the others are not."""
    return file_of(root, sha256).with_suffix(f".{door}")


class Room:
    """What the files on their way hold of quota and disk; for many threads."""

    def __init__(self, root: Path, quota_bytes: int, reserve_bytes: int | None) -> None:
        """Without `reserve_bytes` the disk's size decides: 200 MB, on a small disk 5 % of it."""
        self._root = root
        self._quota_bytes = quota_bytes
        total_bytes = shutil.disk_usage(root).total
        derived_bytes = min(RESERVE_BYTES, int(total_bytes * RESERVE_SHARE))
        self.reserve_bytes = derived_bytes if reserve_bytes is None else reserve_bytes
        self._lock = threading.Lock()
        self._promised: dict[str, int] = {}

    def left_bytes(self, whole_bytes: int) -> int:
        """Return what may still be written beside `whole_bytes` of contents; below 0 when overdrawn."""
        sizes = self._sizes()
        with self._lock:
            promised = dict(self._promised)
        held = {name: max(size, promised.get(name, 0)) for name, size in sizes.items()}
        held |= {name: size for name, size in promised.items() if name not in sizes}
        coming_bytes = sum(held.values()) - sum(sizes.values())
        disk_bytes = shutil.disk_usage(self._root).free - self.reserve_bytes - coming_bytes
        return min(disk_bytes, self._quota_bytes - whole_bytes - sum(held.values()))

    def grown_bytes(self, name: str) -> int:
        """Return how much of a file on its way is here."""
        return self._sizes().get(name, 0)

    def promise(self, name: str, size_bytes: int) -> None:
        """Count a file on its way at its full size from now on."""
        with self._lock:
            self._promised[name] = size_bytes

    def redeem(self, name: str) -> None:
        """Count the file as it is; no error when nothing was promised."""
        with self._lock:
            self._promised.pop(name, None)

    def check_reserve(self) -> None:
        """Raise `ShelfFull` when less than the reserve is free."""
        free_bytes = shutil.disk_usage(self._root).free
        if free_bytes < self.reserve_bytes:
            msg = f"thẻ nhớ chỉ còn trống {free_bytes / 1e6:.1f} MB: xóa bớt tệp hoặc thay thẻ lớn hơn"
            raise ShelfFull(msg)

    def idle_parts(self, wanted: frozenset[Sha256]) -> dict[Path, int]:
        """Return the unfinished files that nobody wants or writes, with their sizes."""
        with self._lock:
            busy = frozenset(self._promised)
        sizes = self._sizes().items()
        return {self._root / n: s for n, s in sizes if n not in busy and n[:64] not in wanted}

    def sweep(self, now_s: float, *, starting: bool = False) -> None:
        """Delete parts untouched for 14 days and, at a start, whatever is not resumed."""
        with self._lock:
            busy = frozenset(self._promised)
        for name in self._sizes().keys() - busy:
            file = self._root / name
            with contextlib.suppress(OSError):
                old = now_s - file.lstat().st_mtime > PART_LIFE_S
                if old or (starting and not name.endswith(".part")):
                    file.unlink()

    def _sizes(self) -> dict[str, int]:
        found: dict[str, int] = {}
        for entry in self._root.iterdir():
            if ON_WAY.fullmatch(entry.name):
                with contextlib.suppress(OSError):
                    found[entry.name] = entry.lstat().st_size
        return found
