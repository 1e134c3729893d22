"""What neighbours say to each other: who I am, which content I have, which sealed papers I can give.

Law of the room: pure; values and the two choices made over them. An index comes from a stranger: it has
bounds, and nothing in it is believed, it only says where asking may be worth while.
"""

import hashlib
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta

from contract.area import is_at_or_below
from contract.documents import AreaPath, DeviceId, DeviceName, Digest, Instant, Sha256

INDEX: Final = "/neighbour/v1/index"
CONTENTS: Final = "/neighbour/v1/contents/"
PAPERS: Final = "/neighbour/v1/papers/"
INDEX_BYTES: Final = 256_000
PAPER_BYTES: Final = 200_000  # the largest that may be shared is an active set in its envelope
CONTENTS_MOST: Final = 1_500
PAPERS_MOST: Final = 300
AREAS_MOST: Final = 6  # of a hint; a paper for more areas says nothing of them
ERRANDS_MOST: Final = 32


class Sighting(msgspec.Struct, frozen=True, order=True):
    """An appliance that announces itself in this network: its record, device id, name and address."""

    record: str
    device: DeviceId
    name: str
    host: str
    port: int

    @property
    def place(self) -> tuple[DeviceId, str, int]:
        """Return where the appliance is; it stays the same when it is given another name."""
        return self.device, self.host, self.port


class Hint(msgspec.Struct, frozen=True, kw_only=True):
    """What a neighbour says of one sealed paper: the hash of its envelope, and whom it may concern.

    No `areas` means that they were too many to list; `content` is the one that an approval is about.
    """

    sha256: Digest
    kind: Literal["announcement", "activeset", "approval"]
    issued: Instant
    areas: Annotated[tuple[AreaPath, ...], Meta(max_length=AREAS_MOST)] = ()
    content: Digest | None = None


class Index(msgspec.Struct, frozen=True, kw_only=True):
    """What one appliance offers: contents on its shelf, and sealed papers, the most urgent first.

    `wanted` are contents it is about to ask central for, `fetching` those on their way from there.
    """

    v: Literal[1] = 1
    device: DeviceName
    name: Annotated[str, Meta(max_length=200)]
    contents: Annotated[tuple[Digest, ...], Meta(max_length=CONTENTS_MOST)] = ()
    wanted: Annotated[tuple[Digest, ...], Meta(max_length=ERRANDS_MOST)] = ()
    fetching: Annotated[tuple[Digest, ...], Meta(max_length=ERRANDS_MOST)] = ()
    papers: Annotated[tuple[Hint, ...], Meta(max_length=PAPERS_MOST)] = ()


def read_index(body: bytes) -> Index:
    """Return the index in a neighbour's answer. Raises `ValueError` naming what is wrong with it."""
    if len(body) > INDEX_BYTES:
        msg = f"an index of {len(body)} bytes is too long"
        raise ValueError(msg)
    try:
        return msgspec.json.decode(body, type=Index)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        msg = f"no index of a neighbour: {error}"
        raise ValueError(msg) from error


def turn(own: DeviceId, others: Iterable[DeviceId], sha256: Sha256) -> DeviceId:
    """Return who of all these asks central for a content: the same answer wherever it is computed.

    Each pair of appliance and content has its own lot, so the work is spread and nobody has to agree first.
    """
    return max({own, *others}, key=lambda device: (_lot(device, sha256), device))


def nearest(own: DeviceId, sightings: Iterable[Sighting], most: int) -> tuple[Sighting, ...]:
    """Return at most so many appliances to keep in touch with, drawn differently by each appliance."""
    drawn = sorted(sightings, key=lambda s: (_lot(own, s.device), s.record), reverse=True)
    return tuple(drawn[:most])


def worth_asking(
    index: Index,
    *,
    own_area: AreaPath | None,
    knows: Callable[[Sha256], bool],
    newest_sets: Mapping[AreaPath, datetime],
    approval_wanted: Callable[[Sha256], bool],
    reached: bool,
) -> list[Hint]:
    """Return the papers to ask a neighbour for, in its order.

    While central is `reached` only announcements are: the rest comes from there, and a warning by two ways is
    sooner by one of them.
    """

    def is_worth(hint: Hint) -> bool:
        if own_area is None or knows(hint.sha256):
            return False
        if hint.areas and not any(is_at_or_below(own_area, area) for area in hint.areas):
            return False
        match hint.kind:
            case "announcement":
                return True
            case "activeset":
                held = max((newest_sets[a] for a in hint.areas if a in newest_sets), default=None)
                return not reached and (held is None or hint.issued > held)
            case "approval":
                return not reached and hint.content is not None and approval_wanted(hint.content)

    chosen = [hint for hint in index.papers if is_worth(hint)]
    return sorted(chosen, key=lambda hint: hint.kind != "announcement")


def _lot(device: str, of: str) -> bytes:
    return hashlib.sha256(f"{device} {of}".encode()).digest()
