"""Releases: the index that the chain signs, the chunks that its system is made of, and what must be fetched of them.

Law of the room: pure; bytes in, values out. Nothing here is trusted for where it came from: the index is verified by
the chain, the chunk list by the index, each chunk by the list, and what was written by the index again.
"""

from contract.documents.release import (
    CHUNK_LIST_MOST_BYTES,
    Blob,
    Notes,
    ReleaseIndex,
    Starter,
)
from contract.release.chunks import (
    CHUNK_MOST_BYTES,
    Chunk,
    Range,
    bytes_to_fetch,
    list_chunks,
    plan_fetch,
    read_chunks,
    write_chunks,
)
from contract.release.rules import (
    MAX_INDEX_BYTES,
    blobs_of,
    check_release_renewal,
    decode_release,
    encode_release,
    version_key,
)

__all__ = [
    "CHUNK_LIST_MOST_BYTES",
    "CHUNK_MOST_BYTES",
    "MAX_INDEX_BYTES",
    "Blob",
    "Chunk",
    "Notes",
    "Range",
    "ReleaseIndex",
    "Starter",
    "blobs_of",
    "bytes_to_fetch",
    "check_release_renewal",
    "decode_release",
    "encode_release",
    "list_chunks",
    "plan_fetch",
    "read_chunks",
    "version_key",
    "write_chunks",
]
