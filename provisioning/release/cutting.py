"""Where a system file is cut into chunks: where its own content says so, so that equal stretches give equal chunks.

Law of the room: pure. A cut lies behind two certain bytes. What is compressed looks like chance, so that they come
every 32 KiB on average, and a regular expression finds them as fast as memory is read; no rolling hash is needed.
Cuts may be moved in a later version: it costs one larger update, and no reader is concerned.
"""

import hashlib
import mmap
import re
from collections.abc import Iterator
from typing import Final

from contract.release import CHUNK_MOST_BYTES

CHUNK_LEAST_BYTES: Final = 8 * 1024
_CUT: Final = re.compile(rb"[\x53\xac]\x9d", re.DOTALL)  # 2 of 65,536 pairs


def cuts(
    data: bytes | mmap.mmap,
    least: int = CHUNK_LEAST_BYTES,
    most: int = CHUNK_MOST_BYTES,
    mark: re.Pattern[bytes] = _CUT,
) -> Iterator[tuple[int, int]]:
    """Yield begin and end of each chunk of `data`, `least` (but for the last) to `most` bytes long."""
    begin, whole = 0, memoryview(data).nbytes
    while begin < whole:
        found = mark.search(data, begin + least - 2, min(begin + most, whole))
        end = min(begin + most, whole) if found is None else found.end()
        yield begin, end
        begin = end


def chunks_of(data: bytes | mmap.mmap) -> Iterator[tuple[bytes, int]]:
    """Yield hash and length of each chunk, as a chunk list holds them."""
    view = memoryview(data)
    for begin, end in cuts(data):
        yield hashlib.sha256(view[begin:end]).digest(), end - begin
