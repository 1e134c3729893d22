"""The chunk list: where a system file is cut, so that only what is not known yet must be fetched.

Law of the room: pure. A list is `TLCHUNK1`, then for each chunk, in the order of the file, 32 bytes of SHA-256 and its
length as four bytes, the highest first. Where the cuts lie is the builder's business: whoever reads a list needs the
hashes alone.
"""

import struct
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Final

import msgspec

from contract import seal
from contract.documents.release import ReleaseIndex
from contract.errors import Misuse, RefusalCode, Refused

MAGIC: Final = b"TLCHUNK1"
CHUNK_MOST_BYTES: Final = 256 * 1024
RANGE_MOST_BYTES: Final = 4 * 1024**2
_ENTRY: Final = struct.Struct(">32sI")


class Chunk(msgspec.Struct, frozen=True):
    """A piece of the system: its hash (32 bytes), where it begins in the file, and its length in bytes."""

    sha256: bytes
    begin: int
    bytes: int

    @property
    def end(self) -> int:
        """Return where the chunk ends, exclusive."""
        return self.begin + self.bytes


class Range(msgspec.Struct, frozen=True):
    """What is to be asked for in one go: bytes `begin` to `end` (exclusive) of the system, and the chunks they hold."""

    begin: int
    end: int
    chunks: tuple[Chunk, ...]

    @property
    def header(self) -> str:
        """Return the value of HTTP's header `Range`."""
        return f"bytes={self.begin}-{self.end - 1}"


def write_chunks(chunks: Iterable[tuple[bytes, int]]) -> bytes:
    """Return the list of chunks given as hash and length, in the order of the file."""
    found = bytearray(MAGIC)
    for sha256, length in chunks:
        if len(sha256) != 32 or not 0 < length <= CHUNK_MOST_BYTES:
            msg = f"a chunk has a hash of 32 bytes and 1 to {CHUNK_MOST_BYTES} bytes, not {len(sha256)} and {length}"
            raise Misuse(msg)
        found += _ENTRY.pack(sha256, length)
    return bytes(found)


def read_chunks(data: bytes, index: ReleaseIndex) -> tuple[Chunk, ...]:
    """Return the chunks of the release's system; `data` is the list that the index names.

    Raises `Refused`: BAD_SIGNATURE for another list than the signed one, MALFORMED for one that does not make up the
    system.
    """
    if len(data) != index.chunks.bytes or seal.sha256(data) != index.chunks.sha256:
        why = "this chunk list is not the one that the release names; fetch it again"
        raise Refused(RefusalCode.BAD_SIGNATURE, why)
    chunks = list_chunks(data)
    whole_bytes = chunks[-1].end if chunks else 0
    if whole_bytes != index.system.bytes:
        why = f"the chunks make up {whole_bytes} bytes and the system has {index.system.bytes}"
        raise Refused(RefusalCode.MALFORMED, why)
    return chunks


def list_chunks(data: bytes) -> tuple[Chunk, ...]:
    """Return the chunks of a list that nobody vouches for, as of a slot that may hold them; raises `Refused`."""
    if data[: len(MAGIC)] != MAGIC:
        raise Refused(RefusalCode.MALFORMED, "this is no chunk list: it does not begin as one")
    if (len(data) - len(MAGIC)) % _ENTRY.size:
        raise Refused(RefusalCode.MALFORMED, "the chunk list ends within an entry")
    return tuple(_chunks(data))


def plan_fetch(
    chunks: Sequence[Chunk], known: Collection[bytes], most_bytes: int = RANGE_MOST_BYTES
) -> tuple[Range, ...]:
    """Return what must be fetched when the chunks in `known` (hashes) are at hand, in the order of the file.

    Neighbours are joined up to `most_bytes`; a chunk that stands in the file twice is asked for once.
    """
    found: list[Range] = []
    held: list[Chunk] = []
    planned: set[bytes] = set()
    for chunk in chunks:
        if chunk.sha256 in known or chunk.sha256 in planned:
            continue
        planned.add(chunk.sha256)
        if held and (held[-1].end != chunk.begin or chunk.end - held[0].begin > most_bytes):
            found.append(_joined(held))
            held = []
        held.append(chunk)
    return tuple(found if not held else [*found, _joined(held)])


def bytes_to_fetch(ranges: Iterable[Range]) -> int:
    """Return how many bytes of the system a plan asks for."""
    return sum(one.end - one.begin for one in ranges)


def _chunks(data: bytes) -> Iterator[Chunk]:
    begin = 0
    lengths: dict[bytes, int] = {}
    for number, (sha256, length) in enumerate(_ENTRY.iter_unpack(data[len(MAGIC) :])):
        if not 0 < length <= CHUNK_MOST_BYTES:
            why = f"chunk {number} has {length} bytes; 1 to {CHUNK_MOST_BYTES} are allowed"
            raise Refused(RefusalCode.MALFORMED, why)
        if lengths.setdefault(sha256, length) != length:
            why = f"chunk {number} has the hash of another one and another length"
            raise Refused(RefusalCode.MALFORMED, why)
        yield Chunk(sha256, begin, length)
        begin += length


def _joined(chunks: Sequence[Chunk]) -> Range:
    return Range(chunks[0].begin, chunks[-1].end, tuple(chunks))
