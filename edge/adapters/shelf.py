"""The shelf: content files named by their SHA-256.

Law of the room: a name is 64 hex digits and nothing else, so no name can leave the directory; a file
under its name is whole and was hashed; what a programme or an announcement needs is never evicted.
After a start that follows a crash each file is hashed again before its first use. Several lanes come
here, so one lock guards the books; hashing happens outside it.
"""

import contextlib
import hashlib
import logging
import os
import re
import shutil
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Final

from contract.documents import Sha256
from contract.errors import Misuse
from edge.adapters.storage import sync_directory
from edge.core.events import ContentLost, Happening
from edge.core.orders import Scrub

log = logging.getLogger(__name__)

NAME: Final = re.compile(r"[0-9a-f]{64}")
PART: Final = re.compile(r"[0-9a-f]{64}\.part")
DIRTY: Final = "in-use"
BLOCK_BYTES: Final = 1 << 20
RESERVE_BYTES: Final = 64_000_000  # what content may never take: floors and reports need room


class ShelfFull(OSError):
    """There is no room for the content and nothing more may be evicted; use a larger card or play less."""


class WrongBytes(ValueError):
    """The bytes are not those that the name promises; whoever brought them is at fault."""


class Shelf:
    """Contents on disk within a quota; `post` tells of contents that are lost."""

    def __init__(
        self,
        root: Path,
        quota_bytes: int,
        post: Callable[[Happening], None],
        *,
        reserve_bytes: int = RESERVE_BYTES,
    ) -> None:
        """Open the shelf in `root`, made if need be; `reserve_bytes` of the disk stay free."""
        self._root = root
        self._quota_bytes = quota_bytes
        self._reserve_bytes = reserve_bytes
        self._post = post
        self._lock = threading.Lock()
        root.mkdir(parents=True, exist_ok=True)
        self._sizes: dict[Sha256, int] = {}
        for entry in root.iterdir():
            if NAME.fullmatch(entry.name) and entry.is_file() and not entry.is_symlink():
                self._sizes[Sha256(entry.name)] = entry.stat().st_size
        flag = root / DIRTY
        self._doubted: set[Sha256] = set(self._sizes) if flag.exists() else set()
        with contextlib.suppress(OSError):  # a full or read-only card is still read
            flag.touch()
            sync_directory(root)

    def close(self) -> None:
        """Say that this was a clean end: the next start trusts the files. Keeps doubts not yet settled."""
        if not self._doubted:
            (self._root / DIRTY).unlink(missing_ok=True)
            sync_directory(self._root)

    def contents(self) -> tuple[Sha256, ...]:
        """Return the names of all that lies here, sorted."""
        with self._lock:
            return tuple(sorted(self._sizes))

    def has(self, sha256: Sha256) -> bool:
        """Return whether the content lies here whole."""
        with self._lock:
            return sha256 in self._sizes

    def path(self, sha256: Sha256) -> Path | None:
        """Return the file to play, or None when it is not here or turned out damaged (then posted).

        The first use after a crash hashes the file; `settle` does that ahead of time.
        """
        if not self.has(sha256) or not self._settled(sha256):
            return None
        file = self._file(sha256)
        with contextlib.suppress(OSError):
            os.utime(file)  # the least recently used goes first
        return file

    def settle(self) -> None:
        """Hash now what a crash left in doubt, so that no play waits for it."""
        with self._lock:
            doubted = sorted(self._doubted)
        for sha256 in doubted:
            self._settled(sha256)

    def part(self, sha256: Sha256) -> Path:
        """Return where an unfinished download of the content lies."""
        return self._file(sha256).with_suffix(".part")

    def adopt(self, path: Path, sha256: Sha256, *, hashed: Sha256 | None = None) -> None:
        """Take the file at `path` (same disk) onto the shelf; on disk on return.

        `hashed` is the digest the caller took while writing; without it the file is hashed here.
        Raises `WrongBytes`, and the file is then gone; `OSError` when the disk fails.
        """
        found = hashed or hash_file(path)
        if found != sha256:
            path.unlink(missing_ok=True)
            msg = f"content {sha256[:12]}… has other bytes ({found[:12]}…): fetch it anew"
            raise WrongBytes(msg)
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
        try:
            os.fsync(handle)
            size_bytes = os.fstat(handle).st_size
        finally:
            os.close(handle)
        path.replace(self._file(sha256))
        sync_directory(self._root)
        with self._lock:
            self._sizes[sha256] = size_bytes
            self._doubted.discard(sha256)

    def free_bytes(self) -> int:
        """Return what content may still take of disk and quota; never below 0."""
        disk = shutil.disk_usage(self._root).free - self._reserve_bytes
        return max(0, min(disk, self._quota_bytes - self._used_bytes()))

    def make_room(self, needed_bytes: int, protected: frozenset[Sha256]) -> None:
        """Evict the least recently used until `needed_bytes` fit. Raises `ShelfFull`; evicts nothing then.

        Nothing in `protected` is evicted. A file that is being played stays readable to its player.
        """
        missing_bytes = needed_bytes - self.free_bytes()
        if missing_bytes <= 0:
            return
        spare = sorted((n for n in self.contents() if n not in protected), key=self._last_used)
        chosen: list[Sha256] = []
        for sha256 in spare:
            if missing_bytes <= 0:
                break
            chosen.append(sha256)
            missing_bytes -= self._sizes[sha256]
        if missing_bytes > 0:
            msg = f"no room: {missing_bytes} bytes short after all that may go; use a larger card"
            raise ShelfFull(msg)
        for sha256 in chosen:
            self._lose(sha256, "evicted to make room for newer content")

    def drop_parts(self, wanted: frozenset[Sha256]) -> None:
        """Delete unfinished downloads that nobody wants any more."""
        for entry in self._root.iterdir():
            if PART.fullmatch(entry.name) and entry.name[:64] not in wanted:
                entry.unlink(missing_ok=True)

    def obey(self, order: Scrub) -> None:
        """Hash all that lies here again and post what is damaged."""
        self.scrub()

    def scrub(self) -> None:
        """Hash every file; the damaged are removed and posted as `ContentLost`."""
        for sha256 in self.contents():
            self._verify(sha256)

    def _settled(self, sha256: Sha256) -> bool:
        with self._lock:
            doubted = sha256 in self._doubted
        return not doubted or self._verify(sha256)

    def _verify(self, sha256: Sha256) -> bool:
        try:
            whole = hash_file(self._file(sha256)) == sha256
            why = "damaged on disk: its bytes no longer match its name"
        except OSError as error:
            whole, why = False, f"cannot be read: {error.strerror}"
        if not whole:
            self._lose(sha256, why)
        with self._lock:
            self._doubted.discard(sha256)
        return whole

    def _lose(self, sha256: Sha256, why: str) -> None:
        with self._lock:
            known = self._sizes.pop(sha256, None) is not None
        with contextlib.suppress(OSError):
            self._file(sha256).unlink(missing_ok=True)
        if known:
            log.warning("content lost sha256=%s why=%s", sha256, why)
            self._post(ContentLost(sha256=sha256, why=why))

    def _used_bytes(self) -> int:
        with self._lock:
            whole = sum(self._sizes.values())
        parts = 0
        for entry in self._root.glob("*.part"):
            with contextlib.suppress(OSError):
                parts += entry.stat().st_size
        return whole + parts

    def _last_used(self, sha256: Sha256) -> float:
        try:
            return self._file(sha256).stat().st_mtime
        except OSError:
            return 0.0

    def _file(self, sha256: Sha256) -> Path:
        if not NAME.fullmatch(sha256):
            msg = f"content is named by 64 hex digits, not {sha256!r}"
            raise Misuse(msg)
        return self._root / sha256


def hash_file(path: Path) -> Sha256:
    """Return the SHA-256 of a file. Raises `OSError`."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(BLOCK_BYTES):
            digest.update(block)
    return Sha256(digest.hexdigest())
