"""The box: recordings that staff made with their own phone and uploaded to the local page.

Law of the room: a recording has its name only when its last byte is on the disk; a name is one that the
box gave, so no name can leave the directory. What is no sound file, too large or too much for the card is
refused with a sentence for staff. The newest five are never dropped. All methods may be called from any
thread; one `Taking` belongs to one of them.
"""

import contextlib
import os
import re
import secrets
import shutil
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import msgspec

from edge.adapters.storage import (
    StorageFailed,
    make_directory,
    sync_directory,
    write_all,
    write_atomically,
)

MAX_BYTES: Final = 25_000_000
RESERVE_BYTES: Final = 64_000_000
MAX_TITLE: Final = 120
KEPT_NEWEST: Final = 5
LIFE: Final = timedelta(days=30)
HEAD_BYTES: Final = 64
PART: Final = ".part"
LABEL: Final = ".label"
REF: Final = re.compile(r"[0-9]{8}-[0-9]{6}-[0-9a-f]{8}\.[0-9a-z]{3,4}")
UNTITLED: Final = "Bản ghi âm"


class BoxRefused(Exception):
    """The box does not take this, or has not got it; `why` is a sentence for staff."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


class Recording(msgspec.Struct, frozen=True):
    """A recording in the box: its name for `FromRecording`, its title, its size and when it was taken."""

    ref: str
    title: str
    size_bytes: int
    at: datetime


class Kept(msgspec.Struct, frozen=True):
    """What became of an upload."""

    ref: str
    size_bytes: int


class Taking:
    """One upload under way; a context manager that forgets it where `done` was not reached."""

    def __init__(self, box: "Box", part: Path) -> None:
        self._box = box
        self._part = part
        self._size_bytes = 0
        self._head = b""
        self._handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)

    def __enter__(self) -> Self:
        """Nothing more than what was begun."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        fault: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Forget what is unfinished."""
        self.drop()

    def write(self, chunk: bytes) -> None:
        """Take in more; raises `BoxRefused` when it grows too large or the card is full."""
        if self._handle < 0:
            raise BoxRefused("bản ghi âm đã bị bỏ: hãy gửi lại từ đầu")
        self._size_bytes += len(chunk)
        if self._size_bytes > MAX_BYTES:
            self.drop()
            raise BoxRefused(
                f"bản ghi âm lớn hơn {MAX_BYTES // 1_000_000} MB: hãy ghi ngắn hơn rồi gửi lại"
            )
        if len(self._head) < HEAD_BYTES:
            self._head += chunk[: HEAD_BYTES - len(self._head)]
        try:
            write_all(self._handle, chunk)
        except OSError as fault:
            self.drop()
            raise BoxRefused(_no_room(fault)) from fault

    def done(self, title: str) -> Kept:
        """Keep it under a new name; raises `BoxRefused` for what is no sound file or does not reach the disk."""
        if self._handle < 0:
            raise BoxRefused("bản ghi âm đã bị bỏ: hãy gửi lại từ đầu")
        ending = ending_of(self._head)
        if not ending:
            empty = "bản ghi âm trống" if not self._size_bytes else "tệp này không phải âm thanh"
            self.drop()
            raise BoxRefused(f"{empty}: hãy ghi lại bằng máy ghi âm của điện thoại")
        try:
            os.fsync(self._handle)
            return self._box.keep(self._part, ending, title, self._size_bytes)
        except OSError as fault:
            raise BoxRefused(_no_room(fault)) from fault
        finally:
            self.drop()

    def drop(self) -> None:
        """Forget it; nothing happens after `done` or a second time."""
        handle, self._handle = self._handle, -1
        if handle >= 0:
            os.close(handle)
            with contextlib.suppress(OSError):
                self._part.unlink(missing_ok=True)


class Box:
    """Recordings in one directory of their own, `quota_bytes` of them at most."""

    def __init__(
        self,
        directory: Path,
        quota_bytes: int,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        reserve_bytes: int = RESERVE_BYTES,
    ) -> None:
        """Open the box, made if need be, and sweep out what was never finished; `reserve_bytes` stay free."""
        self._directory = directory
        self._quota_bytes = quota_bytes
        self._now = now
        self._reserve_bytes = reserve_bytes
        self._lock = threading.Lock()
        make_directory(directory)
        self._sweep()
        self._drop_old()

    def begin(self) -> Taking:
        """Begin to take in an upload; raises `BoxRefused` where the card has no room for it."""
        try:
            free_bytes = shutil.disk_usage(self._directory).free
            if free_bytes < self._reserve_bytes + MAX_BYTES:
                raise BoxRefused(
                    f"thẻ nhớ chỉ còn trống {free_bytes // 1_000_000} MB: xoá bớt rồi gửi lại"
                )
            return Taking(self, self._directory / (secrets.token_hex(8) + PART))
        except OSError as fault:
            raise BoxRefused(_no_room(fault)) from fault

    def keep(self, part: Path, ending: str, title: str, size_bytes: int) -> Kept:
        """Give a finished upload its name and title; raises `OSError`. For `Taking` alone."""
        newest = self.recent()[:1]
        at = self._now().astimezone(UTC)
        at = max(at, newest[0].at) if newest else at  # a clock not set yet makes nothing old
        ref = f"{at:%Y%m%d-%H%M%S}-{secrets.token_hex(4)}.{ending}"
        recording = Recording(ref, _clean(title), size_bytes, at)
        label = self._directory / (ref + LABEL)
        with self._lock:
            write_atomically(label, (msgspec.json.encode(recording),))
            part.replace(self._directory / ref)
            sync_directory(self._directory)
        self._drop_old()
        return Kept(ref, size_bytes)

    def path(self, ref: str) -> Path:
        """Return the file to play; raises `BoxRefused` for what is not, or no longer, in the box."""
        path = self._directory / ref
        if not REF.fullmatch(ref) or not path.is_file():
            raise BoxRefused("bản ghi âm này không còn trên thiết bị: hãy gửi lại")
        return path

    def recent(self) -> tuple[Recording, ...]:
        """Return what is in the box, the newest first."""
        found = []
        for path in self._directory.iterdir():
            if REF.fullmatch(path.name):
                with contextlib.suppress(OSError):
                    found.append(self._recording(path))
        return tuple(sorted(found, key=lambda r: (r.at, r.ref), reverse=True))

    def _recording(self, path: Path) -> Recording:
        size_bytes = path.stat().st_size
        try:
            label = path.with_name(path.name + LABEL).read_bytes()
            kept = msgspec.json.decode(label, type=Recording)
            return Recording(path.name, kept.title, size_bytes, kept.at)
        except (OSError, msgspec.DecodeError):
            at = datetime.strptime(path.name[:15], "%Y%m%d-%H%M%S").replace(tzinfo=UTC)
            return Recording(path.name, UNTITLED, size_bytes, at)

    def _drop_old(self) -> None:
        with self._lock:
            used_bytes = 0
            oldest = self._now() - LIFE
            for number, recording in enumerate(self.recent()):
                used_bytes += recording.size_bytes
                surplus = used_bytes > self._quota_bytes or recording.at < oldest
                if number >= KEPT_NEWEST and surplus:
                    used_bytes -= recording.size_bytes
                    for name in (recording.ref, recording.ref + LABEL):
                        with contextlib.suppress(OSError):
                            (self._directory / name).unlink(missing_ok=True)

    def _sweep(self) -> None:
        for path in self._directory.iterdir():
            alone = path.name.endswith(LABEL) and not path.with_suffix("").exists()
            if path.name.endswith((PART, ".tmp")) or alone:
                with contextlib.suppress(OSError):
                    path.unlink()


def ending_of(head: bytes) -> str:
    """Return what a file that begins like this is called, by its first bytes; "" for what is no sound."""
    for magic, ending in (
        (b"\x1aE\xdf\xa3", "webm"),
        (b"OggS", "ogg"),
        (b"ID3", "mp3"),
        (b"fLaC", "flac"),
        (b"#!AMR", "amr"),
    ):
        if head.startswith(magic):
            return ending
    if head[:4] == b"RIFF" and head[8:12] == b"WAVE":
        return "wav"
    if head[4:8] == b"ftyp":
        return "3gp" if head[8:11] == b"3gp" else "m4a"
    if len(head) > 3 and head[0] == 0xFF and head[1] & 0xE0 == 0xE0:
        return "mp3" if head[1] & 0x06 else "aac"
    return ""


def _clean(title: str) -> str:
    letters = "".join(letter if letter.isprintable() else " " for letter in title)
    return " ".join(letters.split())[:MAX_TITLE] or UNTITLED


def _no_room(fault: OSError) -> str:
    if isinstance(fault, StorageFailed) and fault.__cause__ is not None:
        fault = fault.__cause__ if isinstance(fault.__cause__, OSError) else fault
    return f"không ghi được lên thẻ nhớ ({fault.strerror}): xoá bớt hoặc thay thẻ rồi gửi lại"
