"""The release index: which whole system an appliance is to run, as the province's offline people signed it.

Law of the room: values and the bounds inside one value. The index is a target of the chain (`release.json`), so an
appliance years behind must still read it: a field not known is refused, and a new meaning is a new target.
"""

from typing import Annotated, Final

from msgspec import Meta

from contract.documents.values import MAX_COUNTER, Digest, Instant, Value

SYSTEM_MOST_BYTES: Final = 2 * 1024**3
CHUNK_LIST_MOST_BYTES: Final = 16_000_000
STARTER_MOST_BYTES: Final = 128 * 1024**2
ReleaseCounter = Annotated[int, Meta(ge=1, le=MAX_COUNTER)]
ReleaseVersion = Annotated[
    str, Meta(pattern=r"^(?:0|[1-9][0-9]{0,4})(?:\.(?:0|[1-9][0-9]{0,4})){1,3}\Z")
]
StarterName = Annotated[str, Meta(pattern=r"^[A-Za-z0-9_](?:[A-Za-z0-9._+-]{0,62}[A-Za-z0-9_])?\Z")]
Word = Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9-]{0,39}\Z")]


class Blob(Value, frozen=True, kw_only=True):
    """Bytes named by their hash."""

    sha256: Digest
    bytes: Annotated[int, Meta(ge=1, le=SYSTEM_MOST_BYTES)]


class Starter(Value, frozen=True, kw_only=True):
    """One file of the slot's boot folder: kernel, first program, a board's description, the kernel's words."""

    name: StarterName
    sha256: Digest
    bytes: Annotated[int, Meta(ge=1, le=STARTER_MOST_BYTES)]


class Notes(Value, frozen=True, kw_only=True):
    """What changes, in words for people."""

    vi: Annotated[str, Meta(min_length=1, max_length=2_000)]
    en: Annotated[str, Meta(max_length=2_000)] = ""


class ReleaseIndex(Value, frozen=True, kw_only=True):
    """One release: `system` goes into a slot byte for byte, `starters` into its boot folder.

    `counter` only ever grows, also when an older `version` is to run again (`goes_back`). `chunks` is the chunk list
    of `system`. `slot_bytes_min` is what a card's slot must hold.
    """

    counter: ReleaseCounter
    version: ReleaseVersion
    made_at: Instant
    suite: Word
    architecture: Word
    system: Blob
    chunks: Blob
    starters: Annotated[tuple[Starter, ...], Meta(min_length=1, max_length=64)]
    slot_bytes_min: Annotated[int, Meta(ge=1, le=SYSTEM_MOST_BYTES)]
    notes: Notes
    goes_back: bool = False

    def __post_init__(self) -> None:
        """Refuse what cannot be written onto a card."""
        if self.chunks.bytes > CHUNK_LIST_MOST_BYTES:
            msg = (
                f"a chunk list of {self.chunks.bytes} bytes is beyond {CHUNK_LIST_MOST_BYTES} bytes"
            )
            raise ValueError(msg)
        if self.slot_bytes_min < self.system.bytes:
            msg = f"the system has {self.system.bytes} bytes and slot_bytes_min says {self.slot_bytes_min}"
            raise ValueError(msg)
        names = [starter.name.lower() for starter in self.starters]  # FAT knows no capitals
        if len(set(names)) < len(names):
            twice = next(name for name in names if names.count(name) > 1)
            msg = f"two starters would be one file on the card: {twice}"
            raise ValueError(msg)
