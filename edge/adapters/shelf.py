"""The shelf: content files named by their SHA-256.

Law of the room: a name is 64 hex digits and nothing else, so no name can leave the directory; a file
under its name is whole and was hashed; what is pinned (scheduled within days, on air, or named by an
announcement in force) is never evicted, and neither quota nor the disk's reserve is overdrawn for new
content. After a start that follows a crash each file is hashed again before its first use. Several lanes
come here, so one lock guards the books; hashing happens outside it.
"""

import contextlib
import errno
import logging
import os
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final, Literal, assert_never

import msgspec

from contract.documents import Check, Sha256
from edge.adapters.room import NAME, Room, ShelfFull, file_of, on_way
from edge.adapters.scrub import SCRUB_BYTES_PER_S, Interrupted, Scrubber, hash_file
from edge.adapters.storage import sync_directory
from edge.core.events import ContentLost, Happening, Inspected
from edge.core.orders import Inspect, PinContents, Scrub

__all__ = ["Shelf", "ShelfFull", "WrongBytes", "hash_file"]

log = logging.getLogger(__name__)

DIRTY: Final = "in-use"
SETTLE_BYTES_PER_S: Final = 20_000_000
INSPECT_S: Final = 45.0
LOST_STEP: Final = "máy tự tải lại; nếu còn lặp lại hãy thay thẻ"
GONE: Final = {errno.ENOENT, errno.EIO, errno.EISDIR, errno.ENXIO, errno.ENODATA, errno.EUCLEAN}


class WrongBytes(ValueError):
    """The bytes are not those that the name promises; whoever brought them is at fault."""


class Wanted(msgspec.Struct, frozen=True):
    """What papers name at this moment: all that is listed, and what announcements in force would sound."""

    listed: frozenset[Sha256] = frozenset()
    emergencies: frozenset[Sha256] = frozenset()


class Shelf:
    """Contents on disk within a quota; `post` tells of contents that are lost."""

    def __init__(
        self,
        root: Path,
        quota_bytes: int,
        post: Callable[[Happening], None],
        *,
        reserve_bytes: int | None = None,
        scrub_bytes_per_s: float = SCRUB_BYTES_PER_S,
        inspect_s: float = INSPECT_S,
    ) -> None:
        """Open the shelf in `root`, made if need be; `reserve_bytes` of the disk stay free.

        Without a number the reserve follows from the size of the disk. `inspect_s` bounds an inspection.
        """
        self._root = root
        self._post = post
        self._scrub_bytes_per_s = scrub_bytes_per_s
        self._inspect_s = inspect_s
        self._lock = threading.Lock()
        self._making_room = threading.Lock()
        self._pinned: frozenset[Sha256] | None = None
        root.mkdir(parents=True, exist_ok=True)
        self._room = Room(root, quota_bytes, reserve_bytes)
        self._sizes: dict[Sha256, int] = {}
        for entry in root.iterdir():
            if NAME.fullmatch(entry.name) and entry.is_file() and not entry.is_symlink():
                self._sizes[Sha256(entry.name)] = entry.stat().st_size
        flag = root / DIRTY
        self._doubted: set[Sha256] = set(self._sizes) if flag.exists() else set()
        self._scrubber = Scrubber(self._verify)
        self._room.sweep(time.time(), starting=True)
        with contextlib.suppress(OSError):  # a full or read-only card is still read
            flag.touch()
            sync_directory(root)

    def close(self) -> None:
        """Say that this was a clean end: the next start trusts the files. Keeps doubts not yet settled."""
        self._scrubber.stop()
        self._scrubber.wait(2.0)
        if not self._doubted:
            (self._root / DIRTY).unlink(missing_ok=True)
            sync_directory(self._root)

    # --- what lies here -------------------------------------------------------------------------

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
        self._touch(sha256)
        return file_of(self._root, sha256)

    def part(self, sha256: Sha256) -> Path:
        """Return where an unfinished download of the content lies; it is resumed."""
        return on_way(self._root, sha256, "part")

    def side(self, sha256: Sha256, door: Literal["usb", "neighbour"]) -> Path:
        """Return where the content lies while another door brings it; a start sweeps what is left there."""
        return on_way(self._root, sha256, door)

    # --- room -----------------------------------------------------------------------------------

    def pin(self, contents: frozenset[Sha256]) -> None:
        """Have exactly these contents never evicted; quick, from any thread.

        What is pinned no longer counts as just needed: others go before it.
        """
        with self._lock:
            left = (self._pinned or frozenset()) - contents
            self._pinned = contents
        for sha256 in left:
            if self.has(sha256):
                self._touch(sha256)

    def free_bytes(self) -> int:
        """Return what content may still take of disk and quota; never below 0."""
        return max(0, self._room.left_bytes(self._whole_bytes()))

    @contextlib.contextmanager
    def room(self, path: Path, size_bytes: int, wanted: Wanted) -> Iterator[None]:
        """Hold room for a file that will grow to `size_bytes` at `path` (of `part` or `side`).

        What nobody wants goes first, the least recently needed before others. For content that is pinned
        or sounds in an emergency also goes what is merely listed. Raises `ShelfFull`; evicts nothing then.
        """
        sha256 = Sha256(path.name[:64])
        with self._making_room:
            self._make_room(path, size_bytes, sha256, wanted)
            self._room.promise(path.name, size_bytes)
        try:
            yield
        finally:
            self._room.redeem(path.name)

    def check_reserve(self) -> None:
        """Raise `ShelfFull` when others have eaten the disk so far that content must stop growing."""
        self._room.check_reserve()

    def adopt(self, path: Path, sha256: Sha256, *, hashed: Sha256 | None = None) -> None:
        """Take the file at `path` (same disk) onto the shelf; on disk on return.

        `hashed` is the digest the caller took while writing; without it the file is hashed here.
        Raises `WrongBytes`, and the file is then gone; `OSError` when the disk fails.
        """
        found = hashed or hash_file(path)
        if found != sha256:
            path.unlink(missing_ok=True)
            msg = (
                f"tệp {sha256[:8]}… tải về sai dữ liệu: máy tự tải lại; báo tỉnh nếu còn lặp lại"
                f" (SHA-256 {found[:12]}…)"
            )
            raise WrongBytes(msg)
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
        try:
            os.fsync(handle)
            size_bytes = os.fstat(handle).st_size
        finally:
            os.close(handle)
        with self._lock:  # file and books change together, or an eviction meanwhile would part them
            path.replace(file_of(self._root, sha256))
            self._sizes[sha256] = size_bytes
            self._doubted.discard(sha256)
        self._room.redeem(path.name)
        sync_directory(self._root)

    # --- what is looked after -------------------------------------------------------------------

    def obey(self, order: Scrub | Inspect | PinContents) -> None:
        """Begin a scrub in the background, pin, or inspect now and post what was found."""
        match order:
            case PinContents(contents=contents):
                self.pin(contents)
            case Scrub():
                self._room.sweep(time.time())
                self._scrubber.begin(self._needed_first, self._scrub_bytes_per_s)
            case Inspect(of=of, contents=named):
                self._post(Inspected(of=of, checks=self.inspect(named)))
            case _:
                assert_never(order)

    def settle(self) -> None:
        """Begin to hash in the background what a crash left in doubt, so that no play waits for it."""
        if self._doubted:
            self._scrubber.begin(self._doubts, SETTLE_BYTES_PER_S)

    def scrubbed(self, most_s: float) -> bool:
        """Wait until nothing is hashed in the background; return whether that is so within `most_s`."""
        return self._scrubber.wait(most_s)

    def inspect(self, contents: tuple[Sha256, ...]) -> tuple[Check, ...]:
        """Hash these contents now and return a check for each, in order; a scrub waits meanwhile.

        What cannot be hashed in time counts as well if nothing speaks against it, and the sentence says so.
        """
        until_s = time.monotonic() + self._inspect_s
        with self._scrubber.paused():
            return tuple(self._check(sha256, until_s) for sha256 in contents)

    def _check(self, sha256: Sha256, until_s: float) -> Check:
        def after(_: int) -> None:
            if time.monotonic() > until_s:
                raise Interrupted

        name, short = f"content-{sha256[:8]}", f"Tệp {sha256[:8]}…"
        if not self.has(sha256):
            why = f"{short} chưa có trên thẻ: kiểm tra đường mạng, hoặc cắm USB có nội dung này."
            return Check(name=name, ok=False, why=why)
        try:
            after(0)
            whole, why = self._verify(sha256, after)
        except Interrupted:
            why = (
                f"{short} có trên thẻ nhưng chưa kịp kiểm tra lại trong {self._inspect_s:.0f} giây."
            )
            with self._lock:
                return Check(name=name, ok=sha256 not in self._doubted, why=why)
        if whole:
            return Check(name=name, ok=True)
        gone = not self.has(sha256)
        step = "đang tải lại; nếu còn lặp lại hãy thay thẻ nhớ" if gone else "thử lại sau ít phút"
        return Check(name=name, ok=False, why=f"{short} hỏng hoặc không đọc được: {step}."[:300])

    def _settled(self, sha256: Sha256) -> bool:
        with self._lock:
            doubted = sha256 in self._doubted
        return not doubted or self._verify(sha256, lambda _: None)[0]

    def _verify(self, sha256: Sha256, after: Callable[[int], None]) -> tuple[bool, str]:
        """Return whether the content is whole and why not; what is damaged is removed and posted."""
        if not self.has(sha256):
            return False, "tệp không có trên thẻ nhớ"
        try:
            whole = hash_file(file_of(self._root, sha256), after, afresh=True) == sha256
            why = "" if whole else f"tệp đã hỏng trên thẻ nhớ: {LOST_STEP}"
        except OSError as error:
            if (
                error.errno not in GONE
            ):  # too many open files or too little memory damage no content
                log.warning("content not hashed sha256=%s why=%s", sha256, error)
                return False, f"chưa đọc được tệp lúc này: máy tự thử lại ({error.strerror})"
            whole, why = False, f"không đọc được tệp trên thẻ nhớ: {LOST_STEP} ({error.strerror})"
        if not whole:
            self._lose(sha256, why)
        with self._lock:
            self._doubted.discard(sha256)
        return whole, why

    # --- eviction -------------------------------------------------------------------------------

    def _make_room(self, path: Path, size_bytes: int, sha256: Sha256, wanted: Wanted) -> None:
        missing_bytes = size_bytes - self._room.grown_bytes(path.name)
        missing_bytes -= self._room.left_bytes(self._whole_bytes())
        if missing_bytes <= 0:
            return
        gone: list[Sha256] = []
        with self._lock:  # chosen and gone in one step: what is pinned meanwhile is not chosen
            pinned = wanted.listed if self._pinned is None else self._pinned
            never = pinned | wanted.emergencies
            listed = frozenset() if sha256 in never else wanted.listed
            parts = self._room.idle_parts(never | wanted.listed | {sha256})
            spare = [name for name in self._sizes if name not in never | listed]
            spare.sort(key=lambda name: (name not in wanted.listed, -self._last_needed(name)))
            missing_bytes -= sum(parts.values())
            short_bytes = missing_bytes - sum(self._sizes[name] for name in spare)
            if short_bytes > 0:
                msg = (
                    f"kho nội dung hết chỗ, thiếu {short_bytes / 1e6:.1f} MB và mọi tệp đang có đều cần:"
                    " thay thẻ lớn hơn hoặc bớt nội dung trong lịch"
                )
                raise ShelfFull(msg)
            for part in parts:
                part.unlink(missing_ok=True)
            while missing_bytes > 0:
                name = spare.pop()
                missing_bytes -= self._sizes[name]
                self._drop(name)
                gone.append(name)
        for name in gone:
            self._tell_lost(name, "đã xóa để lấy chỗ cho nội dung khác: khi cần máy sẽ tự tải lại")

    def _lose(self, sha256: Sha256, why: str) -> None:
        with self._lock:
            known = sha256 in self._sizes
            if known:
                self._drop(sha256)
        if known:
            self._tell_lost(sha256, why)

    def _drop(self, sha256: Sha256) -> None:
        """Take a content off the shelf; the caller holds the lock."""
        del self._sizes[sha256]
        self._doubted.discard(sha256)
        with contextlib.suppress(OSError):
            file_of(self._root, sha256).unlink(missing_ok=True)

    def _tell_lost(self, sha256: Sha256, why: str) -> None:
        log.warning("content lost sha256=%s why=%s", sha256, why)
        self._post(ContentLost(sha256=sha256, why=why))

    def _whole_bytes(self) -> int:
        with self._lock:
            return sum(self._sizes.values())

    def _needed_first(self) -> tuple[Sha256, ...]:
        pinned = self._pinned or frozenset()
        return tuple(sorted(self.contents(), key=lambda name: (name not in pinned, name)))

    def _doubts(self) -> tuple[Sha256, ...]:
        with self._lock:
            doubted = frozenset(self._doubted)
        return tuple(name for name in self._needed_first() if name in doubted)

    def _touch(self, sha256: Sha256) -> None:
        """Note that the content was needed now; a clock that fell back moves nothing back."""
        with contextlib.suppress(OSError):
            at_s = max(time.time(), self._last_needed(sha256))
            os.utime(file_of(self._root, sha256), (at_s, at_s))

    def _last_needed(self, sha256: Sha256) -> float:
        try:
            return file_of(self._root, sha256).stat().st_mtime
        except OSError:
            return 0.0
