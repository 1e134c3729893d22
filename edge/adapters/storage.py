"""Bytes that survive a power cut: atomic replacement, checksums, two generations.

Law of the room: a write has returned only when the bytes and their name are on the disk (write a new
file, fsync it, rename it over the old, fsync the directory). What is read back is checked against its
checksum; damaged files are set aside under `.corrupt-<time>`, never deleted at once and never fatal.
Nothing here knows what the bytes mean.
"""

import contextlib
import hashlib
import os
import re
import time
from pathlib import Path
from typing import Final

HEADER: Final = re.compile(rb"tienglang-store 1 ([0-9]{1,15}) ([0-9a-f]{64})\n")
HEADER_MAX_BYTES: Final = 128
KEPT_QUARANTINED: Final = 4


class StorageFailed(OSError):
    """The disk did not take or give the bytes; nothing was acknowledged. Free some space or change the card."""


def sync_directory(directory: Path) -> None:
    """Force names in `directory` to disk, so that a rename survives a power cut."""
    handle = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def make_directory(directory: Path) -> None:
    """Have `directory`, its name on disk too; nothing where it cannot be made: a read-only card is still read."""
    with contextlib.suppress(OSError):
        if not directory.is_dir():
            directory.mkdir(parents=True, exist_ok=True)
            sync_directory(directory.parent)


def write_all(handle: int, data: bytes) -> None:
    """Write all of `data` to an open file, however little the system takes at once. Raises `OSError`."""
    view = memoryview(data)
    while view:
        view = view[os.write(handle, view) :]


def write_atomically(path: Path, parts: tuple[bytes, ...], mode: int = 0o600) -> None:
    """Replace the file at `path` by the joined `parts`; whole and on disk, or unchanged.

    Raises `StorageFailed` when the disk is full or broken; the old file is then still there.
    """
    temporary = path.with_name(path.name + ".tmp")
    try:
        handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, mode)
        try:
            for part in parts:
                write_all(handle, part)
            os.fsync(handle)
        finally:
            os.close(handle)
        temporary.replace(path)
        sync_directory(path.parent)
    except OSError as error:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)
        raise StorageFailed(error.errno, f"cannot keep {path.name}: {error.strerror}") from error


def quarantine(path: Path) -> Path:
    """Set a damaged file aside as `<name>.corrupt-<time>` and return its new path; a few newest are kept."""
    stamp = time.strftime("%Y%m%dT%H%M%S", time.gmtime())
    aside = path.with_name(f"{path.name}.corrupt-{stamp}")
    for number in range(1, 100):
        if not aside.exists():
            break
        aside = path.with_name(f"{path.name}.corrupt-{stamp}-{number}")
    with contextlib.suppress(OSError):
        path.rename(aside)
    older = sorted(path.parent.glob(f"{path.name}.corrupt-*"))
    for surplus in older[:-KEPT_QUARANTINED]:
        with contextlib.suppress(OSError):
            surplus.unlink()
    return aside


class Slots:
    """The two newest generations of one value, each in its own checksummed file `<name>.a` and `<name>.b`.

    A write replaces the older one, so the newer survives whatever happens meanwhile. Not for use by
    several threads at once. `notes` says in plain words what was found damaged.
    """

    def __init__(self, directory: Path, name: str) -> None:
        """Read what is there; damaged files are set aside and the other generation is taken."""
        make_directory(directory)
        self.notes: list[str] = []
        self.payload: bytes | None = None
        self._paths = (directory / f"{name}.a", directory / f"{name}.b")
        self._newest = 1
        self._generation = 0
        for index, path in enumerate(self._paths):
            with contextlib.suppress(OSError):
                path.with_name(path.name + ".tmp").unlink(missing_ok=True)
            found = self._read(path)
            if found is not None and found[0] > self._generation:
                self._generation, self.payload = found
                self._newest = index

    def write(self, payload: bytes) -> None:
        """Make `payload` the newest generation; on return it is on disk. Raises `StorageFailed`."""
        target = 1 - self._newest
        digest = hashlib.sha256(payload).hexdigest()
        header = f"tienglang-store 1 {self._generation + 1} {digest}\n".encode()
        write_atomically(self._paths[target], (header, payload))
        self._newest, self._generation, self.payload = target, self._generation + 1, payload

    def reject(self, why: str) -> None:
        """Set the newest generation aside, because its meaning is damaged, and go back to the older one."""
        bad = self._paths[self._newest]
        self.notes.append(f"{bad.name}: {why}; kept as {quarantine(bad).name}")
        other = 1 - self._newest
        found = self._read(self._paths[other])
        self.payload = None if found is None else found[1]
        self._newest = other

    def _read(self, path: Path) -> tuple[int, bytes] | None:
        """Return generation and payload of one file, or None after setting a damaged one aside."""
        try:
            raw = path.read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            self.notes.append(
                f"{path.name}: cannot be read ({error.strerror}); {quarantine(path).name}"
            )
            return None
        header = HEADER.match(raw[:HEADER_MAX_BYTES])
        if header is not None:
            payload = raw[header.end() :]
            if hashlib.sha256(payload).hexdigest().encode() == header[2]:
                return int(header[1]), payload
        self.notes.append(f"{path.name}: damaged on disk; kept as {quarantine(path).name}")
        return None
