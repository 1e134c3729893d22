"""Wiping: the state directory made empty, so that the next start is another appliance's first.

Law of the room: what is begun is finished. A marker is on disk before anything goes, and the next start ends
what a power cut left; the keys go first. A memory card may keep copies of what was overwritten: a card that
leaves the house for good is broken, not wiped.
"""

import contextlib
import logging
import os
import shutil
from pathlib import Path
from typing import Final

from edge.adapters.storage import StorageFailed, sync_directory, write_all, write_atomically

log = logging.getLogger(__name__)

MARKER: Final = "wipe-begun"
KEPT: Final = frozenset({MARKER, "lock"})  # the lock is held by whoever wipes
KEYS: Final = "device-key*"


def begin(state: Path) -> None:
    """Put on disk that all of `state` is to go. Raises `StorageFailed`; then nothing has changed."""
    write_atomically(state / MARKER, (b"",))


def finish(state: Path) -> bool:
    """Remove all of `state` if that was begun, the keys first; return whether it was. Raises `StorageFailed`."""
    marker = state / MARKER
    if not marker.exists():
        return False
    log.warning("the appliance forgets everything state=%s", state)
    try:
        for key in sorted(state.glob(KEYS)):
            _overwrite(key)
            key.unlink()
        sync_directory(state)
        for entry in sorted(state.iterdir()):
            if entry.name not in KEPT:
                _remove(entry)
        sync_directory(state)
        marker.unlink()
        sync_directory(state)
    except OSError as error:
        msg = f"the state directory {state} cannot be emptied: {error.strerror}; change the card"
        raise StorageFailed(error.errno, msg) from error
    return True


def _overwrite(file: Path) -> None:
    with contextlib.suppress(OSError):  # worth a try on a disk that writes in place
        handle = os.open(file, os.O_WRONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
        try:
            write_all(handle, bytes(os.fstat(handle).st_size))
            os.fsync(handle)
        finally:
            os.close(handle)


def _remove(entry: Path) -> None:
    if entry.is_dir() and not entry.is_symlink():
        shutil.rmtree(entry)
    else:
        entry.unlink()
