"""Where the bytes of a release come from: central over the link, or a stick that a person plugged in.

Law of the room: a door gives a span of a blob and is not trusted; whoever takes it hashes it. What central sends as
another span than was asked for is no answer.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final, Protocol

from edge.adapters.link import Link, LinkBroken, LinkDenied, LinkDown
from edge.adapters.link_faults import BUSY
from edge.adapters.stick import Stick, StickGone, Unfit

RANGE: Final = re.compile(r"bytes ([0-9]{1,12})-([0-9]{1,12})/([0-9]{1,12})")


class DoorShut(Exception):
    """The bytes cannot be had through this door just now; `why` is for staff."""

    def __init__(self, code: str, why: str) -> None:
        """Keep both."""
        super().__init__(f"{code}: {why}")
        self.code, self.why = code, why


class Door(Protocol):
    """One way to the blobs of a release."""

    bought: bool

    def span(self, sha256: str, begin: int, end: int, whole_bytes: int) -> Iterator[bytes]:
        """Yield bytes `begin` to `end` (exclusive) of a blob; raises `DoorShut` and `LinkError`."""
        ...


class FromCentral:
    """Central, whose bytes are paid for."""

    bought = True

    def __init__(self, link: Link) -> None:
        """Nothing is asked yet."""
        self._link = link

    def span(self, sha256: str, begin: int, end: int, whole_bytes: int) -> Iterator[bytes]:
        """Yield the span; what is cut off raises `LinkDown`, and is asked for again from where it stopped."""
        asked = {"Range": f"bytes={begin}-{end - 1}", "If-Range": f'"{sha256}"'}
        with self._link.open(f"/release/blobs/{sha256}", headers=asked) as stream:
            if stream.status == 206:
                found = RANGE.fullmatch(stream.headers.get("Content-Range", ""))
                if found is None or tuple(map(int, found.groups())) != (
                    begin,
                    end - 1,
                    whole_bytes,
                ):
                    raise LinkBroken("central sent another range of the release than was asked for")
            elif stream.status >= 500 or stream.status in {408, 429}:
                msg = f"central cannot give this release just now (HTTP {stream.status})"
                raise LinkDown(msg, why=f"{BUSY} (HTTP {stream.status})")
            elif stream.status != 200 or (begin, end) != (0, whole_bytes):
                msg = f"central does not give this release (HTTP {stream.status})"
                raise LinkDenied(msg, stream.status)
            seen = 0
            for piece in stream.pieces(end - begin):
                seen += len(piece)
                yield piece
            if seen < end - begin:
                msg = f"the release was cut off after {begin + seen} of {whole_bytes} bytes"
                raise LinkDown(msg)


class FromStick:
    """A stick with an exported release: `tienglang/release/blobs/<sha256>`."""

    bought = False

    def __init__(self, place: Path) -> None:
        """Nothing is opened yet."""
        self._place = place

    def span(self, sha256: str, begin: int, end: int, whole_bytes: int) -> Iterator[bytes]:
        """Yield the span."""
        try:
            with Stick(self._place, 0) as stick:
                yield from stick.blob(sha256, begin, end, whole_bytes)
        except StickGone as error:
            raise DoorShut("stick-gone", "USB bị rút hoặc không đọc được: hãy cắm lại") from error
        except Unfit as error:
            raise DoorShut(
                "stick-unfit", "tệp bản phát hành trên USB không đúng: chép lại USB từ tỉnh"
            ) from error
