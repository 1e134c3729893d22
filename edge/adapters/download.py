"""One content onto the shelf: from central, resumed where it stopped, or from another door, in one go.

Law of the room: bytes are hashed while written and lie beside the shelf until size and hash are right. Half a
file from another content is never joined on: central must confirm the hash by `If-Range`; what a neighbour or
a stick brings goes to a file of its own, so that it cannot spoil a part that was paid for.
"""

import errno
import hashlib
import os
import re
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, Literal, Self

from contract.documents import Content, Sha256
from edge.adapters.link import Link, LinkBroken, LinkDenied, LinkDown, Stream
from edge.adapters.link_faults import BUSY
from edge.adapters.scrub import BLOCK_BYTES
from edge.adapters.shelf import Shelf, ShelfFull, Wanted, WrongBytes
from edge.adapters.storage import write_all

RANGE: Final = re.compile(r"bytes ([0-9]{1,12})-([0-9]{1,12})/([0-9]{1,12})")
SYNC_EVERY_BYTES: Final = 4_000_000  # what a power cut may cost
PACE_S: Final = 120.0  # in such a span a download moves on by PACE_BYTES or is given up for now
PACE_BYTES: Final = 64_000


class CannotFetch(Exception):
    """This content cannot be had as it is; the sentence says why. Others may still be fetched."""


class CannotKeep(CannotFetch):
    """The card does not take this content, by whatever door it comes."""


class TooSlow(Exception):
    """The content trickles in too slowly; tried again later."""


def fetch(
    link: Link,
    shelf: Shelf,
    content: Content,
    wanted: Callable[[], Wanted],
    between: Callable[[int], None],
) -> None:
    """Bring `content` onto the shelf from central; `between` is told the bytes of each piece once written.

    Raises `LinkDown` (the part is kept and serves the next attempt), `LinkDenied` or `LinkBroken` (central
    is at fault), `CannotFetch` (wrong bytes or no room) and what `between` raises (the part is kept).
    """
    part = shelf.part(content.sha256)
    have_bytes, digest = _begun(part, content.size_bytes)
    try:
        with _disk_faults(part):
            if have_bytes < content.size_bytes:
                with shelf.room(part, content.size_bytes, wanted()):
                    digest = _download(link, shelf, content, have_bytes, digest, between)
            if shelf.has(content.sha256):  # another door was faster
                part.unlink(missing_ok=True)
            else:
                shelf.adopt(part, content.sha256, hashed=Sha256(digest.hexdigest()))
    except WrongBytes as error:
        raise CannotFetch(str(error)) from error


def take(
    shelf: Shelf,
    content: Content,
    door: Literal["usb", "neighbour"],
    pieces: Iterable[bytes],
    wanted: Wanted,
    between: Callable[[], None],
) -> None:
    """Bring `content` onto the shelf from pieces of another door; nothing of it stays when that fails.

    An empty piece says that the door waits for the next. Raises `WrongBytes`, `CannotKeep`, `CannotFetch`
    when the pieces end too soon, `TooSlow`, and what `pieces` and `between` raise.
    """
    side = shelf.side(content.sha256, door)
    try:
        with _disk_faults(side), shelf.room(side, content.size_bytes, wanted):
            digest = _copy(shelf, side, content, pieces, between)
            shelf.adopt(side, content.sha256, hashed=Sha256(digest.hexdigest()))
            shelf.part(content.sha256).unlink(missing_ok=True)
    finally:
        side.unlink(missing_ok=True)


@contextmanager
def _disk_faults(file: Path) -> Iterator[None]:
    """Turn faults of room and disk into `CannotKeep`; a full disk gets back what `file` took."""
    try:
        yield
    except ShelfFull as error:
        raise CannotKeep(str(error)) from error
    except OSError as error:
        if error.errno in {errno.ENOSPC, errno.EDQUOT}:
            file.unlink(missing_ok=True)
            raise CannotKeep(
                "thẻ nhớ đã đầy: thay thẻ lớn hơn hoặc bớt nội dung trong lịch"
            ) from error
        msg = f"thẻ nhớ hỏng hoặc không ghi được: báo thợ thay thẻ ({error.strerror})"
        raise CannotKeep(msg) from error


def _begun(part: Path, size_bytes: int) -> tuple[int, "hashlib._Hash"]:
    """Return how much is here already and its running hash; a part that is too long is dropped."""
    digest = hashlib.sha256()
    try:
        if not part.is_file():
            return 0, digest
        if part.stat().st_size > size_bytes:
            part.unlink()
        with part.open("rb") as file:
            have_bytes = 0
            while block := file.read(BLOCK_BYTES):
                digest.update(block)
                have_bytes += len(block)
                if have_bytes > size_bytes:
                    break
    except OSError:
        return 0, hashlib.sha256()
    return have_bytes, digest


class _File:
    """A file on its way: written, synced now and then, never into the disk's reserve, never at a trickle."""

    def __init__(self, path: Path, flags: int, have_bytes: int, shelf: Shelf) -> None:
        self._handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC | flags, 0o600)
        self._shelf = shelf
        self.have_bytes = self._synced_bytes = self._paced_bytes = have_bytes
        self._paced_s = time.monotonic()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._handle)

    def rest(self) -> None:
        """Begin the pace anew: there was nothing to come."""
        self._paced_s, self._paced_bytes = time.monotonic(), self.have_bytes

    def write(self, piece: bytes) -> None:
        """Raises `OSError`, `ShelfFull` and `TooSlow`; what was written before stays."""
        if self.have_bytes - self._synced_bytes >= SYNC_EVERY_BYTES:
            os.fsync(self._handle)
            self._shelf.check_reserve()
            self._synced_bytes = self.have_bytes
        write_all(self._handle, piece)
        self.have_bytes += len(piece)
        if time.monotonic() - self._paced_s >= PACE_S:
            if self.have_bytes - self._paced_bytes < PACE_BYTES:
                raise TooSlow("the content trickles in too slowly; tried again later")
            self.rest()


def _download(
    link: Link,
    shelf: Shelf,
    content: Content,
    have_bytes: int,
    digest: "hashlib._Hash",
    between: Callable[[int], None],
) -> "hashlib._Hash":
    """Append what is missing to the part and return the hash of all of it."""
    part = shelf.part(content.sha256)
    headers = {}
    if have_bytes:
        headers = {"Range": f"bytes={have_bytes}-", "If-Range": f'"{content.sha256}"'}
    with link.open(f"/content/{content.sha256}", headers=headers) as stream:
        if stream.status == 416:
            part.unlink(missing_ok=True)
            raise LinkBroken("central has less of this content than the programme says")
        if not _goes_on(stream, have_bytes, content.size_bytes):
            have_bytes, digest = 0, hashlib.sha256()
            part.unlink(missing_ok=True)
        promised = stream.headers.get("Content-Length", "")
        if promised.isdecimal() and have_bytes + int(promised) != content.size_bytes:
            part.unlink(missing_ok=True)
            raise LinkBroken("central's content has another size than the programme says")
        with _File(part, os.O_APPEND, have_bytes, shelf) as file:
            for piece in stream.pieces(content.size_bytes - have_bytes):
                try:
                    file.write(piece)
                except TooSlow as error:
                    raise LinkDown(str(error)) from error
                digest.update(piece)
                between(len(piece))
                if shelf.has(content.sha256):
                    return digest
    if file.have_bytes < content.size_bytes:
        msg = f"the content was cut off after {file.have_bytes} of {content.size_bytes} bytes"
        raise LinkDown(msg)
    return digest


def _copy(
    shelf: Shelf,
    side: Path,
    content: Content,
    pieces: Iterable[bytes],
    between: Callable[[], None],
) -> "hashlib._Hash":
    """Write all pieces to `side` and return their hash; raises `WrongBytes` when they are too many."""
    digest = hashlib.sha256()
    side.unlink(missing_ok=True)
    with _File(side, os.O_EXCL | os.O_NOFOLLOW, 0, shelf) as file:
        for piece in pieces:
            if file.have_bytes + len(piece) > content.size_bytes:
                msg = f"more than the {content.size_bytes} bytes that the programme says"
                raise WrongBytes(msg)
            if piece:
                file.write(piece)
                digest.update(piece)
            else:
                file.rest()
            between()
    if file.have_bytes < content.size_bytes:
        msg = f"only {file.have_bytes} of {content.size_bytes} bytes"
        raise CannotFetch(msg)
    return digest


def _goes_on(stream: Stream, have_bytes: int, size_bytes: int) -> bool:
    """Return whether the answer continues our part; False when it is the whole content from its start."""
    if stream.status == 206:
        found = RANGE.fullmatch(stream.headers.get("Content-Range", ""))
        if found is None or (int(found[1]), int(found[3])) != (have_bytes, size_bytes):
            raise LinkBroken("central sent another range than was asked for")
        return True
    if stream.status == 200:
        return have_bytes == 0
    if stream.status >= 500 or stream.status in {408, 429}:
        msg = f"central cannot give this content just now (HTTP {stream.status})"
        raise LinkDown(msg, why=f"{BUSY} (HTTP {stream.status})")
    msg = f"central does not give this content (HTTP {stream.status})"
    raise LinkDenied(msg, stream.status)
