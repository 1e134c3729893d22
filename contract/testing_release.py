"""Releases for tests of every room and for rehearsals: a system of given chunks, its list and its index.

Law of the room: nothing pretended; what `provisioning` builds has the same form.
"""

import hashlib
from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from contract.documents.release import Blob, Notes, ReleaseIndex, Starter
from contract.documents.values import Sha256
from contract.release.chunks import write_chunks
from contract.testing import NOW

STARTERS: Final = {
    "vmlinuz": b"a kernel",
    "initrd.img": b"a first program",
    "cmdline.txt": b"tienglang.slot=a",
}


class Made(msgspec.Struct, frozen=True, kw_only=True):
    """A release with all its bytes; `blobs` by hash, as central serves them."""

    index: ReleaseIndex
    system: bytes
    chunk_list: bytes
    starters: Mapping[str, bytes]

    @property
    def blobs(self) -> dict[Sha256, bytes]:
        """Return every blob by its hash."""
        return {_sha256(data): data for data in self._all()}

    def _all(self) -> tuple[bytes, ...]:
        return self.system, self.chunk_list, *self.starters.values()


def release(
    chunks: Sequence[bytes],
    *,
    counter: int = 1,
    version: str = "1.4.0",
    goes_back: bool = False,
    starters: Mapping[str, bytes] = STARTERS,
) -> Made:
    """Return a release whose system is these chunks in a row."""
    system = b"".join(chunks)
    listed = write_chunks((hashlib.sha256(chunk).digest(), len(chunk)) for chunk in chunks)
    index = ReleaseIndex(
        counter=counter,
        version=version,
        made_at=NOW,
        suite="bookworm",
        architecture="arm64",
        system=_blob(system),
        chunks=_blob(listed),
        starters=tuple(
            Starter(name=name, sha256=_sha256(data), bytes=len(data))
            for name, data in starters.items()
        ),
        slot_bytes_min=len(system),
        notes=Notes(vi="Bản thử.", en="A trial."),
        goes_back=goes_back,
    )
    return Made(index=index, system=system, chunk_list=listed, starters=starters)


def _blob(data: bytes) -> Blob:
    return Blob(sha256=_sha256(data), bytes=len(data))


def _sha256(data: bytes) -> Sha256:
    return Sha256(hashlib.sha256(data).hexdigest())
