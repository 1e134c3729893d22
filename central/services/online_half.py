"""The online half of the chain: the snapshot and the timestamp, which central signs by itself.

Law of the room: it says nothing but which targets are the newest and that this is still so. It never names older
targets than it has named before. A version is at least the minute of its making, so that a server that was set up
from an old backup is not taken for a rollback.
"""

import hashlib
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final, TypeVar

from securesystemslib.signer import Signature
from tuf.api.metadata import Metadata, MetaFile, Root, Snapshot, Targets, Timestamp

from central.services.durable import write_durably
from central.signing import ChainKey, OnlineKeys
from contract.chain_people import SNAPSHOT, TIMESTAMP, keys_for, public_of
from contract.chain_rules import Chain, enough, read
from contract.errors import RefusalCode, Refused

SNAPSHOT_LIFE: Final = timedelta(days=30)
TIMESTAMP_LIFE: Final = timedelta(days=7)
TIMESTAMP_AGE: Final = timedelta(days=1)
_FILE: Final = "timestamp.json"
_TARGETS: Final = "targets.json"
S = TypeVar("S", Root, Targets, Snapshot, Timestamp)


class OnlineHalf:
    """Snapshot and timestamp in the folder of metadata; called by one thread at a time."""

    def __init__(self, folder: Path, keys: OnlineKeys) -> None:
        self._folder = folder
        self._keys = keys

    def check_keys(self, root: Root) -> None:
        """Refuse (UNKNOWN_KEY) a root for which the keys of this server cannot sign."""
        for role, key in self._roles():
            known = {public_of(one) for one in keys_for(root, role)}
            if key.public not in known or root.roles[role].threshold != 1:
                why = (
                    f"{role}_key of this server is not the one that root {root.version} names for {role}; put that key "
                    f"into the settings with central stopped, or name this one: trust rotate --{role} {key.public}"
                )
                raise Refused(RefusalCode.UNKNOWN_KEY, why)

    def promised(self) -> int:
        """Return the version of targets that appliances have been told of, 0 before the first time."""
        try:
            timestamp = self._read(_FILE, Timestamp).signed
            snapshot = self._read(_snapshot_file(timestamp), Snapshot).signed
            return snapshot.meta[_TARGETS].version
        except (Refused, KeyError, OSError):
            return 0

    def renew(self, chain: Chain, now: datetime) -> tuple[Snapshot, Timestamp]:
        """Return snapshot and timestamp of this chain; signs what is another chain's, or old."""
        timestamp, snapshot = self._held(chain.root)
        before = self._versions()
        wanted = _described(chain.targets.version, chain.bundle.targets)
        if (
            snapshot is None
            or snapshot.meta.get(_TARGETS) != wanted
            or snapshot.expires - now <= SNAPSHOT_LIFE / 3
        ):
            ends, version = now + SNAPSHOT_LIFE, _next(before[1], now)
            snapshot, timestamp = Snapshot(version, None, ends, {_TARGETS: wanted}), None
            data = _sealed(Metadata(snapshot), chain.root, SNAPSHOT, self._keys.snapshot)
            write_durably(self._folder / f"{version}.snapshot.json", data)
        if timestamp is None or timestamp.expires - now <= TIMESTAMP_LIFE - TIMESTAMP_AGE:
            data = (self._folder / f"{snapshot.version}.snapshot.json").read_bytes()
            named = _described(snapshot.version, data)
            timestamp = Timestamp(_next(before[0], now), None, now + TIMESTAMP_LIFE, named)
            data = _sealed(Metadata(timestamp), chain.root, TIMESTAMP, self._keys.timestamp)
            write_durably(self._folder / _FILE, data)
        return snapshot, timestamp

    def _held(self, root: Root) -> tuple[Timestamp | None, Snapshot | None]:
        """Return what lies there and is signed as `root` asks."""
        try:
            timestamp = self._read(_FILE, Timestamp)
            enough(root, TIMESTAMP, timestamp)
            snapshot = self._read(_snapshot_file(timestamp.signed), Snapshot)
            enough(root, SNAPSHOT, snapshot)
        except (Refused, OSError):
            return None, None
        return timestamp.signed, snapshot.signed

    def _versions(self) -> tuple[int, int]:
        """Return the versions of timestamp and snapshot given out last, whoever signed them."""
        try:
            timestamp = self._read(_FILE, Timestamp).signed
        except (Refused, OSError):
            return 0, 0
        return timestamp.version, timestamp.snapshot_meta.version

    def _read(self, name: str, wanted: type[S]) -> Metadata[S]:
        return read((self._folder / name).read_bytes(), wanted)

    def _roles(self) -> tuple[tuple[str, ChainKey], ...]:
        return (SNAPSHOT, self._keys.snapshot), (TIMESTAMP, self._keys.timestamp)


def _snapshot_file(timestamp: Timestamp) -> str:
    return f"{timestamp.snapshot_meta.version}.snapshot.json"


def _described(version: int, data: bytes) -> MetaFile:
    return MetaFile(version, len(data), {"sha256": hashlib.sha256(data).hexdigest()})


def _next(version: int, now: datetime) -> int:
    return max(version + 1, int(now.timestamp()) // 60)


def _sealed(metadata: Metadata[S], root: Root, role: str, key: ChainKey) -> bytes:
    keyid = next(one.keyid for one in keys_for(root, role) if public_of(one) == key.public)
    signature = key.sign(metadata.signed_bytes).hex()
    metadata.signatures[keyid] = Signature(keyid, signature)
    return metadata.to_bytes()
