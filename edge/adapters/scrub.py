"""Hashing what lies on the card: at once, or in the background at a pace that leaves the card its breath.

Law of the room: what is hashed is read from the card, not from the memory that still holds it. A round in
the background is a thread of its own that waits while something urgent is hashed and ends soon when told.
"""

import contextlib
import hashlib
import logging
import os
import threading
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Final

from contract.documents import Sha256

log = logging.getLogger(__name__)

BLOCK_BYTES: Final = 1 << 20
SCRUB_BYTES_PER_S: Final = (
    4_000_000  # a Pi's card reads 20 to 40 MB/s; a full 8 GB takes 35 minutes
)


class Interrupted(Exception):
    """The hashing was told to end before it was done; nothing is known of the file."""


def hash_file(
    path: Path, after: Callable[[int], None] = lambda _bytes: None, *, afresh: bool = False
) -> Sha256:
    """Return the SHA-256 of a file; `after` is called with the size of each block read.

    With `afresh` the bytes come from the disk. Raises `OSError`, and whatever `after` raises.
    """
    digest = hashlib.sha256()
    with path.open("rb", buffering=0) as file:
        if afresh:
            _forget(file.fileno())
        while block := file.read(BLOCK_BYTES):
            digest.update(block)
            after(len(block))
        if afresh:
            _forget(file.fileno())
    return Sha256(digest.hexdigest())


def _forget(handle: int) -> None:
    with contextlib.suppress(OSError):
        os.posix_fadvise(handle, 0, 0, os.POSIX_FADV_DONTNEED)


class Scrubber:
    """Runs rounds of hashing in the background, one at a time."""

    def __init__(self, verify: Callable[[Sha256, Callable[[int], None]], object]) -> None:
        """`verify` hashes one content and calls what it is given after each block."""
        self._verify = verify
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._free = threading.Condition()
        self._urgent = 0
        self._thread: threading.Thread | None = None

    def begin(self, names: Callable[[], Iterable[Sha256]], bytes_per_s: float) -> None:
        """Begin a round over `names`; while one runs nothing is begun: the next night has a round again."""
        with self._lock:
            if self._stopping.is_set() or (self._thread is not None and self._thread.is_alive()):
                return
            self._thread = threading.Thread(
                target=self._round, args=(names, bytes_per_s), name="shelf-scrub", daemon=True
            )
            self._thread.start()

    def wait(self, most_s: float) -> bool:
        """Wait until no round runs, at most so long; return whether that is so."""
        with self._lock:
            thread = self._thread
        if thread is not None:
            thread.join(most_s)
        return thread is None or not thread.is_alive()

    def stop(self) -> None:
        """End the round at its next block and begin none any more."""
        with self._lock:
            self._stopping.set()
        with self._free:
            self._free.notify_all()

    @contextlib.contextmanager
    def paused(self) -> Iterator[None]:
        """Hold the round still while something urgent is read."""
        with self._free:
            self._urgent += 1
        try:
            yield
        finally:
            with self._free:
                self._urgent -= 1
                self._free.notify_all()

    def _round(self, names: Callable[[], Iterable[Sha256]], bytes_per_s: float) -> None:
        def after(count_bytes: int) -> None:
            if self._stopping.wait(count_bytes / bytes_per_s):
                raise Interrupted
            with self._free:
                self._free.wait_for(lambda: self._urgent == 0 or self._stopping.is_set())

        try:
            for sha256 in names():
                if self._stopping.is_set():
                    return
                self._verify(sha256, after)
        except Interrupted:
            log.info("scrub ended before its time")
        except OSError as error:
            log.warning("scrub given up why=%s", error)
