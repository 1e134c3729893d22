"""The release that the chain's store holds, for another process than the one that keeps the store.

Law of the room: nothing is written, set aside or repaired here, no link is followed, and what is read is verified
from the image's own root on: whoever writes a slot believes nobody who may write the state folder.
"""

import contextlib
import hashlib
import os
from pathlib import Path
from typing import Final

import msgspec

from contract.chain import KEYRING_MAX_BYTES, RELEASE_TARGET
from contract.chain_release import release_under
from contract.errors import RefusalCode, Refused
from contract.release import ReleaseIndex
from edge.adapters.chain_store import Held
from edge.adapters.storage import HEADER, HEADER_MAX_BYTES

STORE_MOST_BYTES: Final = 64 * KEYRING_MAX_BYTES
TARGETS_FILE: Final = "targets.json"


def stored_release(ledger: Path, trusted_root: bytes) -> ReleaseIndex | None:
    """Return the verified release in the store under `ledger` (the folder that `Slots` writes), None without one.

    Raises `Refused` when what is stored is not signed as `trusted_root` asks, `OSError` when it cannot be read.
    """
    held = _held(ledger)
    if held is None:
        return None
    targets = held.files.get(TARGETS_FILE)
    if targets is None:
        return None
    return release_under(trusted_root, held.roots, targets, held.targets.get(RELEASE_TARGET))


def _held(ledger: Path) -> Held | None:
    """Return the newest whole generation."""
    found: dict[int, bytes] = {}
    for name in ("chain.a", "chain.b"):
        with contextlib.suppress(FileNotFoundError):
            raw = _plain(ledger / name)
            head = HEADER.match(raw[:HEADER_MAX_BYTES])
            if (
                head is not None
                and hashlib.sha256(raw[head.end() :]).hexdigest().encode() == head[2]
            ):
                found[int(head[1])] = raw[head.end() :]
    if not found:
        return None
    try:
        return msgspec.json.decode(found[max(found)], type=Held)
    except (msgspec.MsgspecError, RecursionError) as fault:
        raise Refused(RefusalCode.MALFORMED, "the chain's store is not understood") from fault


def _plain(path: Path) -> bytes:
    handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK)
    with os.fdopen(handle, "rb") as file:
        return file.read(STORE_MOST_BYTES)
