"""The parcel of log lines: what an appliance's program last said, packed on one side and opened on the other.

Law of the room: pure. A parcel is gzip of UTF-8 text: lines of a head that begin with `# `, then the log's, oldest
first. Whoever opens one believes nothing: it is never unpacked beyond a bound, and what steers a terminal or a line is
written as its number.
"""

import gzip
import zlib
from collections.abc import Sequence
from typing import Final

from contract.errors import RefusalCode, Refused
from contract.one_line import one_line

PARCEL_BYTES: Final = 256_000
TEXT_BYTES: Final = 2_000_000
HEAD: Final = "# "
_GZIP: Final = 31  # what zlib calls one gzip member, with its head and its check


def pack(head: Sequence[str], lines: Sequence[str], *, most_bytes: int = PARCEL_BYTES) -> bytes:
    """Return the parcel of the newest of `lines` that fit into `most_bytes`; the head says how many do not.

    What a line holds of line breaks becomes a number. Raises nothing; a bound that holds no line gives the head alone.
    """
    kept = [_harmless(line) for line in lines]
    while True:
        left_out = len(lines) - len(kept)
        top = [*(f"{HEAD}{one_line(said)}" for said in head), f"{HEAD}left out: {left_out}"]
        text = "".join(f"{line}\n" for line in (*top, *kept)).encode()
        parcel = gzip.compress(text, mtime=0)
        if not kept or (len(parcel) <= most_bytes and len(text) <= TEXT_BYTES):
            return parcel
        share = min(most_bytes / len(parcel), TEXT_BYTES / len(text))
        fewer = min(len(kept) - 1, int(len(kept) * share * 0.95))
        kept = kept[len(kept) - fewer :]


def unpack(parcel: bytes) -> tuple[str, ...]:
    """Return the lines of a parcel, head and log, each harmless to show.

    Raises `Refused`: too large packed, unpacked, or once it is harmless; or not one whole gzip member.
    """
    if len(parcel) > PARCEL_BYTES:
        raise Refused(RefusalCode.TOO_LARGE, f"a parcel has at most {PARCEL_BYTES} bytes")
    reader = zlib.decompressobj(_GZIP)
    try:
        raw = reader.decompress(parcel, TEXT_BYTES + 1)
    except zlib.error as fault:
        raise Refused(RefusalCode.MALFORMED, f"the parcel is no gzip: {fault}") from fault
    if len(raw) > TEXT_BYTES:
        raise Refused(RefusalCode.TOO_LARGE, f"a parcel unpacks to at most {TEXT_BYTES} bytes")
    if not reader.eof or reader.unused_data:
        raise Refused(RefusalCode.MALFORMED, "the parcel is cut off, or something follows it")
    text = raw.decode("utf-8", "replace").removesuffix("\n")
    lines = tuple(_harmless(line) for line in text.split("\n"))
    if sum(len(line.encode()) + 1 for line in lines) > TEXT_BYTES:
        raise Refused(RefusalCode.TOO_LARGE, "the parcel is mostly what no log writes")
    return lines


def _harmless(line: str) -> str:
    """Return a line that is one; nearly every line is already, and is not looked at letter by letter."""
    return line if line.isprintable() else one_line(line)
