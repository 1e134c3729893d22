"""What a publication changes: slots, appliances, and the contents that appliances must fetch.

Law of the room: pure; before and after are whole slots, words are made where they are shown.
"""

from collections.abc import Iterable, Mapping
from enum import StrEnum

import msgspec

from central.domain.states import State
from contract.documents import Slot

MAX_SLOTS_KEPT = 400


class ChangeKind(StrEnum):
    """What becomes of a slot."""

    ADDED = "added"
    CHANGED = "changed"
    REMOVED = "removed"


CHANGE_WORDS = {
    ChangeKind.ADDED: "thêm",
    ChangeKind.CHANGED: "đổi",
    ChangeKind.REMOVED: "bỏ",
}


class SlotChange(State, frozen=True, kw_only=True):
    """A slot of `area` before and after; one of them is None where it is added or removed."""

    area: str
    before: Slot | None
    after: Slot | None

    @property
    def kind(self) -> ChangeKind:
        """Return what becomes of it."""
        if self.before is None:
            return ChangeKind.ADDED
        return ChangeKind.REMOVED if self.after is None else ChangeKind.CHANGED

    @property
    def word(self) -> str:
        """Return what becomes of it as people say it."""
        return CHANGE_WORDS[self.kind]

    @property
    def title(self) -> str:
        """Return the newer title."""
        one = self.after or self.before
        return "" if one is None else one.title


class Fetch(State, frozen=True, kw_only=True):
    """A content that `appliances` of them do not list yet and have to fetch."""

    sha256: str
    title: str
    size_bytes: int
    appliances: int


class Touched(State, frozen=True, kw_only=True):
    """How many appliances of one area get a new programme."""

    area: str
    appliances: int


class PublicationDiff(State, frozen=True, kw_only=True):
    """All that a publication changes; lists are cut at `MAX_SLOTS_KEPT`, counts are whole."""

    slots: tuple[SlotChange, ...] = ()
    slots_in_all: int = 0
    fetches: tuple[Fetch, ...] = ()
    touched: tuple[Touched, ...] = ()
    changed: int = 0
    unchanged: int = 0
    warnings: tuple[str, ...] = ()

    @property
    def fetch_bytes(self) -> int:
        """Return what all appliances together must fetch, in bytes."""
        return sum(fetch.size_bytes * fetch.appliances for fetch in self.fetches)

    @property
    def fetch_bytes_each(self) -> int:
        """Return what one appliance must fetch at most, in bytes."""
        return sum(fetch.size_bytes for fetch in self.fetches)


_ENCODER = msgspec.json.Encoder(order="deterministic")
_DECODER = msgspec.json.Decoder(PublicationDiff)


def kept(diff: PublicationDiff) -> bytes:
    """Return the diff as it is kept."""
    return _ENCODER.encode(diff)


def read(data: bytes) -> PublicationDiff:
    """Return a kept diff; an empty one for a publication from before diffs were kept."""
    return _DECODER.decode(data) if data else PublicationDiff()


def changes(
    before: Mapping[str, tuple[str, Slot]], after: Mapping[str, tuple[str, Slot]]
) -> tuple[SlotChange, ...]:
    """Return what differs between two sets of slots, each by id with its area; by area, then by start."""
    found = [
        SlotChange(
            area=(after.get(name) or before[name])[0],
            before=before[name][1] if name in before else None,
            after=after[name][1] if name in after else None,
        )
        for name in before.keys() | after.keys()
        if before.get(name) != after.get(name)
    ]
    return tuple(sorted(found, key=_place))


def _place(change: SlotChange) -> tuple[str, str, str]:
    one = change.after or change.before
    return (change.area, "" if one is None else one.start.isoformat(), change.title)


def fetches_of(
    wanted: Mapping[tuple[str, str], int],
    listed: Mapping[tuple[str, str], int],
    titles: Mapping[str, tuple[str, int]],
) -> tuple[Fetch, ...]:
    """Return what must be fetched, the largest work first.

    `wanted` and `listed` count appliances by (area, content); `titles` gives title and size in bytes.
    """
    lacking: dict[str, int] = {}
    for (area, sha256), count in wanted.items():
        lacks = count - listed.get((area, sha256), 0)
        if lacks > 0:
            lacking[sha256] = lacking.get(sha256, 0) + lacks
    found = [
        Fetch(sha256=s, title=titles[s][0], size_bytes=titles[s][1], appliances=n)
        for s, n in lacking.items()
    ]
    return tuple(sorted(found, key=lambda f: (-f.size_bytes * f.appliances, f.title)))


def touched_of(areas: Iterable[str]) -> tuple[Touched, ...]:
    """Return how many appliances change in each area, by area."""
    counted: dict[str, int] = {}
    for area in areas:
        counted[area] = counted.get(area, 0) + 1
    return tuple(Touched(area=area, appliances=counted[area]) for area in sorted(counted))
