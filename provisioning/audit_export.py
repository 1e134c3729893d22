"""Reading an export: gzip of JSON lines, one value a line.

Law of the room: a file that does not read to its end is no export; what it says is judged elsewhere.
"""

import gzip
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Final, TypeVar

import msgspec

T = TypeVar("T", bound=msgspec.Struct)
LONGEST: Final = 8_000_000  # bytes of one line: more than any paper of ours takes


def rows(path: Path, wanted: type[T]) -> Iterator[T]:
    """Yield the values of an export; raises `ValueError` naming the line that cannot be read, and `OSError`."""
    number = 0
    decoder = msgspec.json.Decoder(wanted)
    try:
        with gzip.open(path, "rb") as lines:
            while line := lines.readline(LONGEST + 1):
                number += 1
                if len(line) > LONGEST or not line.endswith(b"\n"):
                    msg = f"{path}: row {number} has no end; the export is cut off or damaged"
                    raise ValueError(msg)
                yield decoder.decode(line)
    except (EOFError, zlib.error, gzip.BadGzipFile, msgspec.MsgspecError) as fault:
        msg = f"{path}: row {number + 1} cannot be read; the export is cut off or damaged ({fault})"
        raise ValueError(msg) from fault
