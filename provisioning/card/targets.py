"""What may be written on: a file, or a card that this machine does not use.

Law of the room: asked before anything is opened for writing; a disk that this machine starts from, or that anything
is mounted from, is refused by name.
"""

import fcntl
import os
import stat
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_SIZE_OF: Final = 0x80081272  # BLKGETSIZE64


class Refused(Exception):
    """A target that is not written on; the message says why and what to do."""


@dataclass(frozen=True)
class Target:
    """Where the image goes: its size in bytes when it is a card, None for a file that may grow."""

    path: Path
    size_bytes: int | None


def target_of(
    path: Path, *, needed_bytes: int, mounts: str, links: Path = Path("/sys/dev/block")
) -> Target:
    """Return `path` as a target for so many bytes; raises `Refused`.

    `mounts` is the text of `/proc/self/mountinfo`; under `links` the kernel tells which disk a partition belongs to.
    """
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        if not path.parent.is_dir():
            raise Refused(
                f"{path}: there is no folder {path.parent}: make it, or name another place"
            ) from None
        _room(path.parent, needed_bytes)
        return Target(path, None)
    if stat.S_ISREG(mode):
        _room(path.parent, needed_bytes - path.stat().st_size)
        return Target(path, None)
    if not stat.S_ISBLK(mode):
        raise Refused(
            f"{path} is neither a card nor a file: name a card such as /dev/sdb, or a file"
        )
    device = path.stat().st_rdev
    name = f"{os.major(device)}:{os.minor(device)}"
    if (links / name / "partition").exists():
        raise Refused(f"{path} is a partition: name the whole card, without the number at its end")
    used = [
        where
        for number, where in _mounted(mounts)
        if _disk(number, links) == name or number == name
    ]
    if used:
        where = ", ".join(used[:3])
        own = "this machine runs from it" if "/" in used else f"it is in use at {where}"
        raise Refused(
            f"{path}: {own}; nothing was written. Name the card, or unmount it first (umount {path}?*)"
        )
    size = _size(path)
    if size < needed_bytes:
        raise Refused(
            f"{path} is too small: {size / 1e9:.1f} GB, and the image needs {needed_bytes / 1e9:.1f} GB: "
            "take a larger card"
        )
    return Target(path, size)


def _room(folder: Path, needed_bytes: int) -> None:
    free = os.statvfs(folder)
    if free.f_bavail * free.f_frsize < needed_bytes:
        have = free.f_bavail * free.f_frsize / 1e9
        raise Refused(
            f"{folder} has {have:.1f} GB free and {needed_bytes / 1e9:.1f} GB are needed: make room there"
        )


def _mounted(mounts: str) -> list[tuple[str, str]]:
    """Return the device numbers that are mounted, and where."""
    rows = [line.split() for line in mounts.splitlines() if len(line.split()) > 4]
    return [(row[2], row[4]) for row in rows]


def _disk(number: str, links: Path) -> str:
    """Return the number of the disk that a partition belongs to, its own when it is none."""
    own = links / number
    if not (own / "partition").exists():
        return number
    return (own.resolve().parent / "dev").read_text().strip()


def _size(path: Path) -> int:
    try:
        handle = os.open(path, os.O_RDONLY)
    except OSError as fault:
        raise Refused(
            f"{path} cannot be opened ({fault.strerror}): is the card in, and are you root?"
        ) from fault
    try:
        answer = fcntl.ioctl(handle, _SIZE_OF, b"\0" * 8)
        return int(struct.unpack("Q", answer)[0])
    finally:
        os.close(handle)
