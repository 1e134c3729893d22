"""One content from central to the shelf: resumable, hashed while written, capped at its declared size.

Law of the room: the bytes lie in a `.part` file until size and hash are right. Half a file from another
content is never joined on: central must confirm the hash by `If-Range`.
"""

import errno
import hashlib
import os
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from contract.documents import Content, Sha256
from edge.adapters.link import Link, LinkBroken, LinkDenied, LinkDown, Stream
from edge.adapters.shelf import BLOCK_BYTES, Shelf, ShelfFull, WrongBytes
from edge.adapters.storage import write_all

RANGE: Final = re.compile(r"bytes ([0-9]{1,12})-([0-9]{1,12})/([0-9]{1,12})")
SYNC_EVERY_BYTES: Final = 4_000_000  # what a power cut may cost
PACE_S: Final = 120.0  # in such a span a download moves on by PACE_BYTES or is given up for now
PACE_BYTES: Final = 64_000


class CannotFetch(Exception):
    """This content cannot be had as it is; the sentence says why. Others may still be fetched."""


def fetch(
    link: Link,
    shelf: Shelf,
    content: Content,
    protected: Callable[[], frozenset[Sha256]],
    between: Callable[[], None],
) -> None:
    """Bring `content` onto the shelf; `between` is called after each piece.

    Raises `LinkDown` (the part is kept and serves the next attempt), `LinkDenied` or `LinkBroken` (central
    is at fault) and `CannotFetch` (wrong bytes or no room).
    """
    part = shelf.part(content.sha256)
    have_bytes, digest = _begun(part, content.size_bytes)
    try:
        if have_bytes < content.size_bytes:
            shelf.make_room(content.size_bytes - have_bytes, protected())
            digest = _download(link, content, part, have_bytes, digest, between)
        shelf.adopt(part, content.sha256, hashed=Sha256(digest.hexdigest()))
    except (ShelfFull, WrongBytes) as error:
        raise CannotFetch(str(error)) from error
    except OSError as error:
        if error.errno == errno.ENOSPC:
            part.unlink(missing_ok=True)
            raise CannotFetch("the card is full: use a larger card or play less") from error
        msg = f"the card fails ({error.strerror}): change it"
        raise CannotFetch(msg) from error


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


def _download(
    link: Link,
    content: Content,
    part: Path,
    have_bytes: int,
    digest: "hashlib._Hash",
    between: Callable[[], None],
) -> "hashlib._Hash":
    """Append what is missing to the part and return the hash of all of it."""
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
        handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        try:
            synced_bytes = paced_bytes = have_bytes
            paced_s = time.monotonic()
            for piece in stream.pieces(content.size_bytes - have_bytes):
                write_all(handle, piece)
                digest.update(piece)
                have_bytes += len(piece)
                if have_bytes - synced_bytes >= SYNC_EVERY_BYTES:
                    os.fsync(handle)
                    synced_bytes = have_bytes
                between()
                if time.monotonic() - paced_s >= PACE_S:
                    if have_bytes - paced_bytes < PACE_BYTES:
                        raise LinkDown("the content trickles in too slowly; tried again later")
                    paced_s, paced_bytes = time.monotonic(), have_bytes
        finally:
            os.close(handle)
    if have_bytes < content.size_bytes:
        msg = f"the content was cut off after {have_bytes} of {content.size_bytes} bytes"
        raise LinkDown(msg)
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
        raise LinkDown(msg)
    msg = f"central does not give this content (HTTP {stream.status})"
    raise LinkDenied(msg, stream.status)
