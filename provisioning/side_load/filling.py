"""The filling of a stick: what an appliance's stick reader takes, from central, resumable and read back.

Law of the room: what does not fit is refused before a byte is written. A content is written beside its name and gets it
only whole and hashed; papers come last, so a stick that was pulled too soon holds nothing half. Papers of other
appliances on the same stick are left alone.
"""

import contextlib
import hashlib
import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Final, Protocol, TypeVar

import msgspec

from contract import seal

FOLDER: Final = "tienglang"
SPARE_BYTES: Final = 1_000_000  # what a file system needs for its own tables
MOST_ROOTS: Final = 1_000
BLOCK_BYTES: Final = 1 << 20


T = TypeVar("T")


class Gives(Protocol):
    """Central, as far as a stick needs it."""

    def told(self, path: str, wanted: type[T]) -> T:
        """Return what central tells at `path`; raises `ValueError` in its words."""

    def pieces(self, path: str, begin: int = 0) -> Iterator[bytes]:
        """Yield the bytes at `path` from `begin` on."""

    def open_file(self, path: str) -> bytes | None:
        """Return what lies open at `path`, None where there is nothing."""


class CannotFill(ValueError):
    """The stick cannot be filled; the text says why and what to do."""


class Progress(msgspec.Struct, frozen=True):
    """How far it is: bytes of all, and what is written now."""

    done_bytes: int
    all_bytes: int
    what: str


class Filled(msgspec.Struct, frozen=True, kw_only=True):
    """What lies on the stick for this appliance now, and how much of it was written this time."""

    device: str
    name: str
    folder: str
    papers: int
    contents: int
    chain_files: int
    bytes: int
    written_bytes: int


class _Content(msgspec.Struct, frozen=True):
    sha256: str
    size_bytes: int
    title: str


class _Paper(msgspec.Struct, frozen=True):
    kind: str
    envelope: bytes


class _Set(msgspec.Struct, frozen=True):
    device: str
    name: str
    papers: tuple[_Paper, ...]
    contents: tuple[_Content, ...]


class _Named(msgspec.Struct, frozen=True):
    """A file that the chain names: by its version or by its hashes."""

    version: int = 0
    hashes: Mapping[str, str] = {}


class _Signed(msgspec.Struct, frozen=True):
    meta: Mapping[str, _Named] = {}
    targets: Mapping[str, _Named] = {}


class _Listing(msgspec.Struct, frozen=True):
    """What a file of the chain lists; whoever obeys it verifies it, here it only says what to fetch."""

    signed: _Signed


def free_bytes(folder: Path) -> int:
    """Return how much may still be written into the file system of a folder."""
    return shutil.disk_usage(folder).free


def fill(
    door: Gives,
    device: str,
    folder: Path,
    *,
    told: Callable[[Progress], None] = lambda _now: None,
    free: Callable[[Path], int] = free_bytes,
) -> Filled:
    """Write the set of an appliance into `folder` and read it back; what is there whole is not written again.

    Raises `CannotFill` before anything is written where it does not fit, `ValueError` in central's words, `OSError`.
    """
    if not folder.is_dir():
        raise CannotFill(f"{folder} is no folder: put the stick in, mount it, and name where it is")
    wanted = door.told(f"/api/v1/devices/{device}/set", _Set)
    if wanted.device != device:
        raise CannotFill(f"central gave the papers of {wanted.device}, not of {device}")
    files = {f"papers/{name}": data for name, data in _papers(wanted).items()}
    chain = _chain(door)
    place = folder / FOLDER
    lacking = [one for one in wanted.contents if not _is_whole(_content(place, one), one.sha256)]
    small = {**{f"tuf/{name}": data for name, data in chain.items()}, **files}
    changed = {name: data for name, data in small.items() if _read(place / name) != data}
    begun = sum(_size(_part(place, one)) for one in lacking)
    needed = sum(one.size_bytes for one in lacking) - begun
    needed += sum(len(data) for data in changed.values())
    if needed + SPARE_BYTES > (left := free(folder)):
        raise CannotFill(
            f"{folder} has {left / 1e6:.0f} MB free and {(needed + SPARE_BYTES) / 1e6:.0f} MB are needed: "
            "take a larger stick or delete what is not ours; nothing was written"
        )
    done = 0
    for content in lacking:
        begin = done

        def say(written: int, title: str = content.title, begin: int = begin) -> None:
            told(Progress(begin + written, needed, title))

        done += _fetch(door, device, place, content, say)
    for name, data in changed.items():
        _write(place / name, data)
        done += len(data)
        told(Progress(done, max(needed, done), name))
    _forget_old(place, device, set(files))
    _check(place, wanted, small)
    return Filled(
        device=wanted.device,
        name=wanted.name,
        folder=str(place),
        papers=len(files),
        contents=len(wanted.contents),
        chain_files=len(chain),
        bytes=sum(c.size_bytes for c in wanted.contents) + sum(map(len, small.values())),
        written_bytes=done,
    )


# --- what is written --------------------------------------------------------------------------------


def _papers(wanted: _Set) -> dict[str, bytes]:
    """Return the papers by their names on the stick, in the order in which they are read."""
    found: dict[str, bytes] = {}
    for number, paper in enumerate(wanted.papers):
        kind = seal.read_envelope(paper.envelope).kind.value
        found[f"{wanted.device}-{number:02d}-{kind}.json"] = paper.envelope
    return found


def _chain(door: Gives) -> dict[str, bytes]:
    """Return the files of central's repository, by their names in it; empty where it has none."""
    found: dict[str, bytes] = {}

    def take(name: str) -> bytes | None:
        data = door.open_file(f"/tuf/{name}")
        if data is not None:
            found[name] = data
        return data

    for number in range(1, MOST_ROOTS):
        if take(f"metadata/{number}.root.json") is None:
            break
    above = take("metadata/timestamp.json")
    for name in ("snapshot", "targets"):
        if above is None:
            return {}
        version = msgspec.json.decode(above, type=_Listing).signed.meta[f"{name}.json"].version
        above = take(f"metadata/{version}.{name}.json")
    if above is None:
        return {}
    for name, about in msgspec.json.decode(above, type=_Listing).signed.targets.items():
        take(f"targets/{about.hashes['sha256']}.{name}")
    return found


def _fetch(
    door: Gives, device: str, place: Path, content: _Content, say: Callable[[int], None]
) -> int:
    """Fetch one content beside its name, from where an earlier try ended; return the bytes written now."""
    part = _part(place, content)
    part.parent.mkdir(parents=True, exist_ok=True)
    if _size(part) > content.size_bytes:
        part.unlink()
    begin = _size(part)
    digest = hashlib.sha256(part.read_bytes() if begin else b"")
    written = 0
    with part.open("ab") as file:
        if begin < content.size_bytes:
            for piece in door.pieces(f"/api/v1/devices/{device}/set/{content.sha256}", begin):
                file.write(piece)
                digest.update(piece)
                written += len(piece)
                say(written)
        file.flush()
        os.fsync(file.fileno())
    if digest.hexdigest() != content.sha256:
        part.unlink()
        raise CannotFill(f"“{content.title}” came damaged and was thrown away: start again")
    part.replace(_content(place, content))
    _sync_folder(part.parent)
    return written


def _write(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(path.name + ".part")
    with part.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)
    _sync_folder(path.parent)


def _forget_old(place: Path, device: str, keep: set[str]) -> None:
    """Take away papers of this appliance that no longer count."""
    for path in (place / "papers").glob(f"{device}-*.json"):
        if f"papers/{path.name}" not in keep:
            path.unlink()


# --- what is read back ------------------------------------------------------------------------------


def _check(place: Path, wanted: _Set, small: dict[str, bytes]) -> None:
    """Read everything back from the stick itself; raises `CannotFill` naming what came back otherwise."""
    bad = [name for name, data in small.items() if _read(place / name, fresh=True) != data]
    bad += [
        one.title
        for one in wanted.contents
        if not _is_whole(_content(place, one), one.sha256, fresh=True)
    ]
    if bad:
        raise CannotFill(
            f"{', '.join(bad[:3])} came back from the stick otherwise than it was written: it is worn, take another"
        )


def _is_whole(path: Path, sha256: str, *, fresh: bool = False) -> bool:
    digest = hashlib.sha256()
    try:
        with path.open("rb") as file:
            if fresh:
                _from_the_disk(file.fileno())
            while block := file.read(BLOCK_BYTES):
                digest.update(block)
    except OSError:
        return False
    return digest.hexdigest() == sha256


def _read(path: Path, *, fresh: bool = False) -> bytes | None:
    try:
        with path.open("rb") as file:
            if fresh:
                _from_the_disk(file.fileno())
            return file.read()
    except OSError:
        return None


def _from_the_disk(handle: int) -> None:
    """Have what is read next come from the stick, and not from this machine's memory of it."""
    with contextlib.suppress(OSError):
        os.posix_fadvise(handle, 0, 0, os.POSIX_FADV_DONTNEED)


def _content(place: Path, content: _Content) -> Path:
    return place / "contents" / content.sha256


def _part(place: Path, content: _Content) -> Path:
    return place / "contents" / f"{content.sha256}.part"


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        with contextlib.suppress(OSError):  # FAT knows no such thing everywhere
            os.fsync(handle)
    finally:
        os.close(handle)
