"""A stick: the folder `tienglang` on whatever was plugged in, read and never written.

Law of the room: whoever filled the stick is a stranger. No link is followed, nothing but plain files is
read, counts and sizes are capped before a byte is read, and a stick that is pulled is a `StickGone`.
"""

import contextlib
import errno
import hashlib
import os
import stat
from collections.abc import Generator, Iterator
from itertools import islice
from pathlib import Path
from typing import Final, Self

FOLDER: Final = "tienglang"
PAPERS: Final = "papers"
CONTENTS: Final = "contents"
CHAIN: Final = "tuf"
CHAIN_PARTS: Final = ("metadata", "targets")
RELEASE, BLOBS = "release", "blobs"
ENDING: Final = ".json"
BLOCK_BYTES: Final = 1 << 18
ENTRIES_MOST: Final = 64  # of one directory in which sticks are looked for
UNFIT: Final = {
    errno.ELOOP,
    errno.EACCES,
    errno.EPERM,
    errno.EISDIR,
    errno.ENXIO,
    errno.ENAMETOOLONG,
}


class StickGone(Exception):
    """The stick was pulled or cannot be read; what was begun is begun anew when it is back."""


class Unfit(Exception):
    """This file of the stick is not read: no plain file, or too large."""


def sticks(roots: tuple[Path, ...]) -> tuple[Path, ...]:
    """Return the places under `roots` that hold a set: a root itself, or one or two folders below it."""
    found: list[Path] = []
    for root in roots:
        if _holds_set(root):
            found.append(root)
            continue
        for place in _folders(root):
            if _holds_set(place):
                found.append(place)
            else:
                found += [below for below in _folders(place) if _holds_set(below)]
    return tuple(found[:ENTRIES_MOST])


class Stick:
    """The open folder of a set; as a context it is closed at its end."""

    def __init__(self, place: Path, papers_most: int) -> None:
        """Open the folder and list at most `papers_most` papers. Raises `StickGone`."""
        self.papers: tuple[str, ...] = ()
        self.more_papers = False
        self._handles: dict[str, int] = {}
        try:
            top = os.open(place, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
            try:
                self._handles[FOLDER] = _open(FOLDER, top, os.O_DIRECTORY)
            finally:
                os.close(top)
            places = [(FOLDER, PAPERS), (FOLDER, CONTENTS), (FOLDER, CHAIN), (FOLDER, RELEASE)]
            below = (*((CHAIN, part) for part in CHAIN_PARTS), (RELEASE, BLOBS))
            for above, name in (*places, *below):
                if above not in self._handles:
                    continue
                with contextlib.suppress(FileNotFoundError, NotADirectoryError, Unfit):
                    self._handles[name] = _open(name, self._handles[above], os.O_DIRECTORY)
            if PAPERS in self._handles:
                self._list(papers_most)
            self.index = self._index()
        except (OSError, Unfit) as error:
            self.close()
            raise StickGone(str(error)) from error

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the stick, so that it can be taken out."""
        while self._handles:
            os.close(self._handles.popitem()[1])

    def paper(self, name: str, most_bytes: int) -> bytes:
        """Return a paper's bytes. Raises `Unfit` and `StickGone`."""
        return self._whole(PAPERS, name, most_bytes)

    def _whole(self, folder: str, name: str, most_bytes: int) -> bytes:
        with self._opened(folder, name, most_bytes) as handle:
            try:
                with os.fdopen(handle, "rb", closefd=False) as file:
                    received = file.read(most_bytes + 1)
            except OSError as error:
                raise StickGone(str(error)) from error
        if len(received) > most_bytes:
            raise Unfit(f"{name} is longer than {most_bytes} bytes")
        return received

    @property
    def has_chain(self) -> bool:
        """Return whether it brings a repository of the chain."""
        return all(part in self._handles for part in CHAIN_PARTS)

    def chain_file(self, part: str, name: str, most_bytes: int) -> bytes | None:
        """Return the bytes of a file of the repository, None where it is not. Raises `Unfit` and `StickGone`."""
        try:
            os.stat(name, dir_fd=self._handles[part], follow_symlinks=False)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise StickGone(str(error)) from error
        return self._whole(part, name, most_bytes)

    def has_content(self, name: str) -> bool:
        """Return whether a file of this name lies among the contents."""
        handle = self._handles.get(CONTENTS)
        if handle is None:
            return False
        try:
            os.stat(name, dir_fd=handle, follow_symlinks=False)
        except FileNotFoundError:
            return False
        except OSError as error:
            raise StickGone(str(error)) from error
        return True

    def content(self, name: str, size_bytes: int) -> Generator[bytes]:
        """Yield a content of exactly this size in pieces. Raises `Unfit` and `StickGone`."""
        with self._opened(CONTENTS, name, size_bytes) as handle:
            if os.fstat(handle).st_size != size_bytes:
                raise Unfit(f"{name[:12]}… has another size than the programme says")
            left_bytes = size_bytes
            while left_bytes:
                try:
                    piece = os.read(handle, min(BLOCK_BYTES, left_bytes))
                except OSError as error:
                    raise StickGone(str(error)) from error
                if not piece:
                    raise StickGone(f"{name[:12]}… ends too soon")
                left_bytes -= len(piece)
                yield piece

    @property
    def has_release(self) -> bool:
        """Return whether it brings the blobs of a release."""
        return BLOBS in self._handles

    def blob(self, name: str, begin: int, end: int, whole_bytes: int) -> Generator[bytes]:
        """Yield bytes `begin` to `end` (exclusive) of a release's blob. Raises `Unfit` and `StickGone`."""
        if BLOBS not in self._handles:
            raise StickGone("no release on this stick")
        with self._opened(BLOBS, name, whole_bytes) as handle:
            if os.fstat(handle).st_size != whole_bytes:
                raise Unfit(f"{name[:12]}… has another size than the release says")
            at = begin
            while at < end:
                try:
                    piece = os.pread(handle, min(BLOCK_BYTES, end - at), at)
                except OSError as error:
                    raise StickGone(str(error)) from error
                if not piece:
                    raise StickGone(f"{name[:12]}… ends too soon")
                at += len(piece)
                yield piece

    @contextlib.contextmanager
    def _opened(self, folder: str, name: str, most_bytes: int) -> Iterator[int]:
        """Hold a plain file of at most `most_bytes` open."""
        try:
            handle = _open(name, self._handles[folder], 0)
        except OSError as error:
            raise StickGone(str(error)) from error
        try:
            found = os.fstat(handle)
            if not stat.S_ISREG(found.st_mode):
                raise Unfit(f"{name} is no plain file")
            if found.st_size > most_bytes:
                raise Unfit(f"{name} is longer than {most_bytes} bytes")
            yield handle
        finally:
            os.close(handle)

    def _list(self, papers_most: int) -> None:
        with os.scandir(self._handles[PAPERS]) as entries:
            named = [entry.name for entry in islice(entries, papers_most + 1)]
        self.more_papers = len(named) > papers_most
        self.papers = tuple(sorted(n for n in named[:papers_most] if n.endswith(ENDING)))

    def _index(self) -> str:
        """Return what tells this set from another: names, sizes and times of its papers."""
        digest = hashlib.sha256()
        parts = [(part, (".",)) for part in CHAIN_PARTS]
        for folder, names in ((PAPERS, self.papers), (CONTENTS, (".",)), *parts):
            for name in names if folder in self._handles else ():
                found = os.stat(name, dir_fd=self._handles[folder], follow_symlinks=False)
                digest.update(
                    f"{name}\0{found.st_size}\0{found.st_mtime_ns}\n".encode(errors="replace")
                )
        return digest.hexdigest()


def _open(name: str, folder: int, flags: int) -> int:
    """Open for reading without following links, waiting on pipes or touching times. Raises `Unfit`."""
    flags |= os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    try:
        try:
            return os.open(name, flags | os.O_NOATIME, dir_fd=folder)
        except PermissionError:  # only the owner of a file may leave its time alone
            return os.open(name, flags, dir_fd=folder)
    except OSError as error:
        if error.errno in UNFIT:
            raise Unfit(f"{name}: {error.strerror}") from error
        raise


def _folders(place: Path) -> tuple[Path, ...]:
    try:
        with os.scandir(place) as entries:
            few = list(islice(entries, ENTRIES_MOST))
        return tuple(Path(e.path) for e in few if e.is_dir(follow_symlinks=False))
    except OSError:
        return ()


def _holds_set(place: Path) -> bool:
    folder = place / FOLDER
    try:
        return stat.S_ISDIR(folder.lstat().st_mode) and not place.is_symlink()
    except OSError:
        return False
