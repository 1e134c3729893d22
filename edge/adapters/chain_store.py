"""The chain's store: the exact bytes that were verified, as one value on our own two-generation storage.

Law of the room: one durable write or none, so that root, timestamp, snapshot, targets and keyring never come
from two refreshes that a power cut mixed. What is read back is checked against its checksum; its signatures
are verified anew at the next refresh.
"""

import logging
from collections.abc import Mapping
from typing import Annotated, Final

import msgspec

from edge.adapters.storage import Slots, StorageFailed

log = logging.getLogger(__name__)

ROOTS_MOST: Final = 64


class Held(msgspec.Struct, frozen=True, kw_only=True):
    """What is trusted now: metadata and targets by name, and the roots that led there, the last one in force."""

    roots: Annotated[tuple[bytes, ...], msgspec.Meta(min_length=1)]
    files: Mapping[str, bytes] = {}
    targets: Mapping[str, bytes] = {}


class ChainStore:
    """Keeps `Held` under one name of the ledger; for one thread at a time.

    When the disk takes nothing more the newest is held in memory and offered again with the next write:
    a revoked key must lose its force with a full card too.
    """

    def __init__(self, slots: Slots) -> None:
        """Read what is there; a value that is whole but not understood is set aside for the one before it."""
        self._slots = slots
        self.held: Held | None = None
        while slots.payload is not None:
            try:
                self.held = msgspec.json.decode(slots.payload, type=Held)
            except (msgspec.MsgspecError, RecursionError):
                slots.reject("whole, but no set of the chain")
            else:
                break

    @property
    def on_disk(self) -> bool:
        """Return whether the disk took what is held."""
        return self.held is None or self._payload() == self._slots.payload

    @property
    def notes(self) -> tuple[str, ...]:
        """Return what was found damaged, in plain sentences."""
        return tuple(self._slots.notes)

    def keep(self, held: Held) -> Held:
        """Hold `held` from now on, on disk on return where the disk took it; return it without its oldest roots."""
        self.held = msgspec.structs.replace(held, roots=held.roots[-ROOTS_MOST:])
        if not self.on_disk:
            try:
                self._slots.write(self._payload())
            except StorageFailed:
                log.exception("the chain is not kept on disk; held in memory")
        return self.held

    def _payload(self) -> bytes:
        return msgspec.json.encode(self.held, order="deterministic")
