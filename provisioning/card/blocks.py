"""Which blocks of an image hold anything, and their checksums, as bmap-tools writes them beside it (version 2.0).

Law of the room: what the list does not name need not be written; what it names is checked on the way in and once
more when it is read back.
"""

import itertools
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_FIELD: Final = r"<{0}>\s*([^<]+?)\s*</{0}>"
_RANGE: Final = re.compile(r'<Range chksum="([0-9a-f]{64})">\s*(\d+)(?:-(\d+))?\s*</Range>')


class BadMap(ValueError):
    """A block map that cannot be used; the message says why and what to do."""


@dataclass(frozen=True)
class Range:
    """Blocks from `first` to `last`, both included, and the SHA-256 of their bytes."""

    first: int
    last: int
    sha256: str


@dataclass(frozen=True)
class BlockMap:
    """An image's size, its blocks' size, and the ranges that hold anything, in order."""

    image_bytes: int
    block_bytes: int
    ranges: tuple[Range, ...]

    def span(self, each: Range) -> tuple[int, int]:
        """Return where a range begins and how many bytes it has; the last block may be short."""
        begin = each.first * self.block_bytes
        return begin, min((each.last + 1) * self.block_bytes, self.image_bytes) - begin

    def mapped_bytes(self) -> int:
        """Return how much has to be written."""
        return sum(self.span(each)[1] for each in self.ranges)


def read_map(file: Path) -> BlockMap:
    """Return the block map in `file`; raises `BadMap`, or `OSError` where it cannot be read.

    The format is so narrow that it is read as text: a file with entities or other tricks of XML is refused.
    """
    text = file.read_text(encoding="utf-8")
    if "<!" in re.sub(r"<!--.*?-->", "", text, flags=re.DOTALL):
        raise BadMap(
            f"{file.name} holds more than a block map: fetch it again from where the image is"
        )
    found = {
        name: re.search(_FIELD.format(name), text)
        for name in ("ImageSize", "BlockSize", "ChecksumType")
    }
    size, block, kind = found["ImageSize"], found["BlockSize"], found["ChecksumType"]
    if size is None or block is None or kind is None or kind[1] != "sha256":
        raise BadMap(
            f"{file.name} is no block map with SHA-256: fetch it again from where the image is"
        )
    ranges = tuple(
        Range(int(first), int(last or first), digest)
        for digest, first, last in _RANGE.findall(text)
    )
    made = BlockMap(int(size[1]), int(block[1]), ranges)
    blocks = -(-made.image_bytes // made.block_bytes) if made.block_bytes else 0
    ordered = all(one.last < other.first for one, other in itertools.pairwise(ranges))
    if (
        not ranges
        or not ordered
        or ranges[-1].last >= blocks
        or any(r.first > r.last for r in ranges)
    ):
        raise BadMap(f"{file.name} names blocks that the image does not have: fetch both again")
    return made
