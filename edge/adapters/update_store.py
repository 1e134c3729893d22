"""What was fetched of a release, in the appliance's own state directory: chunks and blobs, each named by its hash.

Law of the room: nothing here is synced; what a power cut tears does not fit its name, and is fetched again. Names that
the release in question does not have are dropped, so that no two releases lie here.
"""

import contextlib
import errno
import hashlib
from pathlib import Path
from typing import Final

from edge.adapters.slot_status import BLOBS, CHUNKS, UPDATE, read_plain
from edge.adapters.storage import make_directory

PART: Final = ".part"


class NoRoom(Exception):
    """The card takes nothing more."""


class UpdateStore:
    """The folder of one appliance; for one lane."""

    def __init__(self, state: Path) -> None:
        """Have the folder."""
        self.folder = state / UPDATE
        for folder in (self.folder, self.folder / CHUNKS, self.folder / BLOBS):
            make_directory(folder)

    def here(self, wanted: dict[str, int]) -> frozenset[str]:
        """Return which of the wanted chunks (length by hash) lie here whole; all others are dropped."""
        return self._whole(CHUNKS, wanted)

    def has_blobs(self, wanted: dict[str, int]) -> frozenset[str]:
        """Return which of the wanted blobs lie here whole; all others are dropped."""
        return self._whole(BLOBS, wanted)

    def keep_chunk(self, sha256: str, data: bytes) -> None:
        """Keep a chunk; raises `NoRoom` and `OSError`."""
        self._keep(self.folder / CHUNKS / sha256, data)

    def part_bytes(self, sha256: str, most_bytes: int) -> int:
        """Return how much of a blob on its way is here; one that is too long is dropped."""
        part = self._part(sha256)
        try:
            size = part.stat().st_size
        except OSError:
            return 0
        if size > most_bytes:
            part.unlink(missing_ok=True)
            return 0
        return size

    def add(self, sha256: str, piece: bytes) -> None:
        """Add a piece to a blob on its way; raises `NoRoom` and `OSError`."""
        try:
            with self._part(sha256).open("ab") as file:
                file.write(piece)
        except OSError as fault:
            if fault.errno in {errno.ENOSPC, errno.EDQUOT}:
                raise NoRoom from fault
            raise

    def adopt(self, sha256: str, length: int) -> bool:
        """Make what has come a blob; False, and nothing of it is left, where it is not that one."""
        part = self._part(sha256)
        if _whole(part, sha256, length) is None:
            part.unlink(missing_ok=True)
            return False
        part.replace(self.folder / BLOBS / sha256)
        return True

    def _part(self, sha256: str) -> Path:
        return self.folder / BLOBS / f"{sha256}{PART}"

    def blob(self, sha256: str, length: int) -> bytes | None:
        """Return a blob, None where it is not here whole."""
        return _whole(self.folder / BLOBS / sha256, sha256, length)

    def clear(self) -> None:
        """Forget what was fetched."""
        self.here({})
        self.has_blobs({})

    def _whole(self, folder: str, wanted: dict[str, int]) -> frozenset[str]:
        found = set()
        for file in list((self.folder / folder).iterdir()):
            length = wanted.get(file.name)
            if file.name.removesuffix(PART) in wanted and file.name.endswith(PART):
                continue
            if length is not None and _whole(file, file.name, length) is not None:
                found.add(file.name)
            else:
                with contextlib.suppress(OSError):
                    file.unlink()
        return frozenset(found)

    def _keep(self, file: Path, data: bytes) -> None:
        part = file.with_name(file.name + PART)
        try:
            part.write_bytes(data)
            part.replace(file)
        except OSError as fault:
            with contextlib.suppress(OSError):
                part.unlink(missing_ok=True)
            if fault.errno in {errno.ENOSPC, errno.EDQUOT}:
                raise NoRoom from fault
            raise


def holds(file: Path, sha256: str, length: int) -> bool:
    """Return whether a plain file is exactly this."""
    return _whole(file, sha256, length) is not None


def _whole(file: Path, sha256: str, length: int) -> bytes | None:
    try:
        data = read_plain(file, length)
    except OSError:
        return None
    return data if hashlib.sha256(data).hexdigest() == sha256 else None
