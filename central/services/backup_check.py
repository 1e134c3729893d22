"""Reading a backup: opened part by part, and checked to its last byte against its manifest.

Law of the room: nothing of a file is believed before its hash; what is wrong is told by the part's name.
"""

import contextlib
import hashlib
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Final

import msgspec

from central.services.backup_form import FORM, MANIFEST, TABLES, FileTold, Manifest
from contract.errors import Misuse

PIECE_BYTES: Final = 1_000_000


class BadBackup(Misuse):
    """A file that is no backup of ours, or a damaged one; the message says which part."""


def check_backup(file: Path) -> Manifest:
    """Return what a backup holds after reading all of it; raises `BadBackup` for the first part that is not right."""
    found: dict[str, FileTold] = {}
    manifest: Manifest | None = None
    with opened(file) as tar:
        for member in tar:
            source = tar.extractfile(member)
            if source is None:
                continue
            if member.name == MANIFEST:
                manifest = read_manifest(source.read())
            else:
                found[member.name] = told(source)
    if manifest is None:
        msg = f"{file} has no {MANIFEST}: it was cut off"
        raise BadBackup(msg)
    wanted = {name: part.sha256 for name, part in manifest.files.items()}
    wanted |= {f"{TABLES}{name}.jsonl.gz": part.sha256 for name, part in manifest.tables.items()}
    for name, sha256 in wanted.items():
        if name not in found:
            msg = f"{file}: {name} is not there"
            raise BadBackup(msg)
        if found[name].sha256 != sha256:
            msg = f"{file}: {name} is damaged"
            raise BadBackup(msg)
    if set(found) - set(wanted):
        msg = f"{file}: {min(set(found) - set(wanted))} is not in its manifest"
        raise BadBackup(msg)
    return manifest


def read_manifest(data: bytes) -> Manifest:
    """Return a manifest; raises `BadBackup` for one of another form."""
    try:
        manifest = msgspec.json.decode(data, type=Manifest)
    except msgspec.DecodeError as fault:
        msg = f"{MANIFEST} cannot be read: {fault}"
        raise BadBackup(msg) from fault
    if manifest.form != FORM:
        msg = f"this backup is of the form {manifest.form}; this program reads {FORM}"
        raise BadBackup(msg)
    return manifest


@contextlib.contextmanager
def opened(file: Path) -> Iterator[tarfile.TarFile]:
    """Give the parts of a backup, one after the other; raises `BadBackup` for what is no tar file."""
    try:
        with tarfile.open(file, "r|") as tar:
            yield tar
    except (tarfile.TarError, EOFError) as fault:
        msg = f"{file} cannot be read as a backup: {fault}"
        raise BadBackup(msg) from fault


def told(source: IO[bytes]) -> FileTold:
    """Return the size and hash of what is left to read."""
    hashed, size = hashlib.sha256(), 0
    while data := source.read(PIECE_BYTES):
        hashed.update(data)
        size += len(data)
    return FileTold(size, hashed.hexdigest())
