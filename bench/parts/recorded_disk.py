"""A disk that remembers: an image file whose every write and flush is kept, in order.

Law: the file `disk` in a folder of its own is served by this process through FUSE, so that a loop device on it,
and any file system on that, writes to us. What a power cut leaves is then no guess: all that was written
before the last flush, and of what came after it any part. Needs root, /dev/fuse and loop devices.
"""

import ctypes
import os
import random
import select
import struct
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Final, NamedTuple, Self

BLOCK_BYTES: Final = 512  # the least that a card writes whole
HEADER: Final = struct.Struct("<IIQQIIIHH")
ANSWER: Final = struct.Struct("<IiQ")
ATTRIBUTES: Final = struct.Struct("<QQQQQQIIIIIIIIII")
ROOT_ID, DISK_ID, NAME = 1, 2, b"disk"
LOOKUP, FORGET, GETATTR, SETATTR, OPEN, READ, WRITE, STATFS = 1, 2, 3, 4, 14, 15, 16, 17
RELEASE, FSYNC, FLUSH, INIT, OPENDIR, RELEASEDIR, INTERRUPT = 18, 20, 25, 26, 27, 29, 36
DESTROY, BATCH_FORGET = 38, 42
ENOENT, EIO, ENOSYS = 2, 5, 38
MOST_BYTES: Final = 1 << 17
DIRECT: Final = 1  # each write comes to us at once, the kernel keeps none back
BIG_WRITES: Final = 1 << 5
FOREVER: Final = 1 << 20


class Written(NamedTuple):
    """The disk was given these bytes."""

    at: int
    data: bytes


class Flushed(NamedTuple):
    """All that was written before is on the disk for good."""


class Said(NamedTuple):
    """The writer said that it holds this step for done."""

    step: int


Entry = Written | Flushed | Said


class RecordedDisk:
    """A disk of `image`'s bytes at `path`.

    A context manager. `record` grows while it is used; what comes over the pipe `said` (a line for each
    step) is put between the writes where it happened. It breaks for good once it took `fails_after` writes
    and flushes more after the writer's first word.
    """

    def __init__(self, image: bytes, folder: Path, fails_after: int | None = None) -> None:
        self.path = folder / NAME.decode()
        self.record: list[Entry] = []
        self.failed = 0
        self._folder = folder
        self._bytes = bytearray(image)
        self._fails_after = fails_after
        self._writes = 0
        self._begun = False
        self._said, self.say = os.pipe()
        self._rest = b""
        self._fuse = -1
        self._thread = threading.Thread(target=self._serve, name="disk", daemon=True)

    def __enter__(self) -> Self:
        """Mount the folder. Raises `OSError` where that is not allowed or not possible."""
        self._folder.mkdir(exist_ok=True)
        self._fuse = os.open("/dev/fuse", os.O_RDWR | os.O_CLOEXEC)
        options = f"fd={self._fuse},rootmode=40000,user_id=0,group_id=0".encode()
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.mount(b"recorded", bytes(self._folder), b"fuse", 0, options):
            code = ctypes.get_errno()
            os.close(self._fuse)
            raise OSError(code, f"cannot mount a recorded disk: {os.strerror(code)}")
        os.set_blocking(self._said, False)
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        fault: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Let go of the folder and end."""
        subprocess.run(["umount", "-l", self._folder], check=False)
        self._thread.join(10)
        for handle in (self._fuse, self._said, self.say):
            os.close(handle)

    def note(self) -> None:
        """Put what the writer said since the last write into the record."""
        while True:
            try:
                read = os.read(self._said, 65_536)
            except BlockingIOError:
                return
            if not read:
                return
            *lines, self._rest = (self._rest + read).split(b"\n")
            self.record += [Said(int(line)) for line in lines]
            self._begun = self._begun or bool(lines)

    def _serve(self) -> None:
        while True:
            try:
                select.select([self._fuse], [], [])
                asked = os.read(self._fuse, MOST_BYTES + 4_096)
            except OSError:  # unmounted
                return
            _, opcode, unique, node, *_ = HEADER.unpack_from(asked)
            if opcode in {FORGET, BATCH_FORGET, INTERRUPT}:
                continue
            answer = self._answer(opcode, node, memoryview(asked)[HEADER.size :])
            code, body = (-answer, b"") if isinstance(answer, int) else (0, answer)
            try:
                os.write(self._fuse, ANSWER.pack(ANSWER.size + len(body), code, unique) + body)
            except OSError:
                return

    def _answer(self, opcode: int, node: int, body: memoryview) -> bytes | int:
        """Return the answer to one request, or the number of an error."""
        match opcode:
            case _ if opcode == INIT:
                _, _, ahead, _ = struct.unpack_from("<IIII", body)
                told = struct.pack("<IIIIHHII", 7, 31, ahead, BIG_WRITES, 12, 9, MOST_BYTES, 1)
                return told.ljust(64, b"\0")
            case _ if opcode == LOOKUP:
                if bytes(body).rstrip(b"\0") != NAME:
                    return ENOENT
                return struct.pack("<QQQQII", DISK_ID, 1, FOREVER, FOREVER, 0, 0) + self._about(
                    DISK_ID
                )
            case _ if opcode in {GETATTR, SETATTR}:
                return struct.pack("<QII", FOREVER, 0, 0) + self._about(node)
            case _ if opcode in {OPEN, OPENDIR}:
                return struct.pack("<QIi", node, DIRECT if node == DISK_ID else 0, 0)
            case _ if opcode == STATFS:
                return bytes(80)
            case _ if opcode in {RELEASE, RELEASEDIR, FLUSH, DESTROY}:
                return b""
            case _ if opcode == READ:
                _, at, size = struct.unpack_from("<QQI", body)
                return bytes(self._bytes[at : at + size])
            case _ if opcode == WRITE:
                _, at, size = struct.unpack_from("<QQI", body)
                return self._write(at, bytes(body[40 : 40 + size]))
            case _ if opcode == FSYNC:
                return EIO if self._is_broken() else self._keep(Flushed())
            case _:
                return ENOSYS

    def _write(self, at: int, data: bytes) -> bytes | int:
        if self._is_broken():
            return EIO
        self._keep(Written(at, data))
        self._bytes[at : at + len(data)] = data
        return struct.pack("<II", len(data), 0)

    def _keep(self, entry: Entry) -> bytes:
        self.note()
        self.record.append(entry)
        return b""

    def _is_broken(self) -> bool:
        self._writes += self._begun
        broken = self._fails_after is not None and self._writes > self._fails_after
        self.failed += broken
        return broken

    def _about(self, node: int) -> bytes:
        size = len(self._bytes) if node == DISK_ID else 0
        mode = 0o100600 if node == DISK_ID else 0o040700
        return ATTRIBUTES.pack(node, size, size // 512, 0, 0, 0, 0, 0, 0, mode, 1, 0, 0, 0, 4096, 0)


class Cut(NamedTuple):
    """What one power cut left: the disk, and the last step that had been held for done."""

    disk: bytes
    said: int


def cuts(
    image: bytes, record: list[Entry], moments: list[int], draw: random.Random
) -> Iterator[Cut]:
    """Yield what a cut at each of these places in the record leaves, in order of place.

    What was flushed is there. Of what was not, by turns: nothing, everything in order, or any writes, each
    whole or torn at a block.
    """
    durable, waiting, said, at = bytearray(image), list[Written](), 0, 0
    for number, moment in enumerate(sorted(moments)):
        for entry in record[at:moment]:
            match entry:
                case Written():
                    waiting.append(entry)
                case Flushed():
                    for write in waiting:
                        durable[write.at : write.at + len(write.data)] = write.data
                    waiting = []
                case Said(step):
                    said = max(said, step)
        at = moment
        left = bytearray(durable)
        for write in waiting:
            share = (0.0, 1.0, draw.random())[number % 3]
            kept = write.data
            if share < 1.0 and draw.random() >= share:
                torn = number % 3 == 2 and draw.random() < 0.3
                blocks = draw.randrange(len(kept) // BLOCK_BYTES + 1) if torn else 0
                kept = kept[: blocks * BLOCK_BYTES]
            left[write.at : write.at + len(kept)] = kept
        yield Cut(bytes(left), said)
