"""A repository of the chain of trust with an offline root, for tests of every room and for rehearsals.

Law of the room: real keys, real signatures, nothing pretended; the ceremony makes the same files. Time is a
given instant. `Repository` is a value that changes: `files` holds all that it has published, by path, and a
test may put something else there.
"""

import hashlib
import json
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Final, TypeVar

from securesystemslib.signer import Key, Signature, Signer, SSlibKey
from tuf.api.metadata import (
    Metadata,
    MetaFile,
    Role,
    Root,
    Snapshot,
    TargetFile,
    Targets,
    Timestamp,
)
from tuf.api.serialization.json import JSONSerializer

from contract import codec
from contract.chain import KEYRING_TARGET, RELEASE_TARGET
from contract.documents import Keyring
from contract.errors import Misuse
from contract.release import ReleaseIndex, encode_release
from contract.seal import SigningKey, strict_base64
from contract.testing import NOW, device_key

T = TypeVar("T", Root, Targets, Snapshot, Timestamp)

ROOT_LIFE: Final = timedelta(days=730)
TARGETS_LIFE: Final = timedelta(days=365)
SNAPSHOT_LIFE: Final = timedelta(days=30)
TIMESTAMP_LIFE: Final = timedelta(days=7)


class Repository:
    """A TUF repository: root and targets signed by `threshold` of several people, the rest online.

    `root_keys`, `target_keys`, `snapshot_key` and `timestamp_key` are those of the newest root. `now` may be
    set; what is signed then lives from there.
    """

    def __init__(
        self,
        root_keys: Sequence[SigningKey],
        target_keys: Sequence[SigningKey],
        snapshot_key: SigningKey,
        timestamp_key: SigningKey,
        *,
        threshold: int,
        now: datetime,
    ) -> None:
        self.root_keys, self.target_keys = list(root_keys), list(target_keys)
        self.snapshot_key, self.timestamp_key = snapshot_key, timestamp_key
        self.threshold = threshold
        self.now = now
        self.files: dict[str, bytes] = {}
        self.root_version = self.targets_version = self.snapshot_version = 0
        self.timestamp_version = 0
        self.targets: dict[str, TargetFile] = {}

    @classmethod
    def make(
        cls,
        keyring: Keyring | None = None,
        *,
        threshold: int = 2,
        people: int = 3,
        now: datetime = NOW,
        seed: str | None = None,
    ) -> "Repository":
        """Return a repository with its first root, and with `keyring` published; with `seed` always the same."""

        def key(name: str) -> SigningKey:
            return SigningKey.generate() if seed is None else device_key(f"{seed}:{name}")

        made = cls(
            [key(f"root{n}") for n in range(people)],
            [key(f"targets{n}") for n in range(people)],
            key("snapshot"),
            key("timestamp"),
            threshold=threshold,
            now=now,
        )
        made.rotate()
        if keyring is not None:
            made.publish(keyring)
        return made

    @property
    def baked(self) -> bytes:
        """Return the first root: what an image brings."""
        return self.files["root.json"]

    def publish(self, keyring: Keyring | bytes, *, by: Sequence[SigningKey] | None = None) -> None:
        """Publish a keyring (or any bytes in its place), signed by `threshold` people or by these."""
        data = keyring if isinstance(keyring, bytes) else codec.encode_keyring(keyring)
        self.add_target(KEYRING_TARGET, data)
        self.sign_targets(by=by)
        self.sign_snapshot()
        self.sign_timestamp()

    def publish_release(
        self, release: ReleaseIndex | bytes, *, by: Sequence[SigningKey] | None = None
    ) -> None:
        """Publish a release (or any bytes in its place) beside the keyring that is published."""
        self.add_target(
            RELEASE_TARGET, release if isinstance(release, bytes) else encode_release(release)
        )
        self.sign_targets(by=by)
        self.sign_snapshot()
        self.sign_timestamp()

    def add_target(self, name: str, data: bytes) -> None:
        """Put a target's bytes in place, to be named by the targets that are signed next."""
        digest = hashlib.sha256(data).hexdigest()
        self.targets[name] = TargetFile(len(data), {"sha256": digest}, name)
        self.files[f"targets/{digest}.{name}"] = self.files[f"targets/{name}"] = data

    def sign_targets(
        self,
        *,
        by: Sequence[SigningKey] | None = None,
        version: int | None = None,
        expires: datetime | None = None,
    ) -> None:
        """Publish the targets anew."""
        self.targets_version = self.targets_version + 1 if version is None else version
        ends = self.now + TARGETS_LIFE if expires is None else expires
        signed = Targets(self.targets_version, None, ends, dict(self.targets))
        keys = self.target_keys[: self.threshold] if by is None else by
        self.files[f"metadata/{self.targets_version}.targets.json"] = sealed(signed, keys)

    def sign_snapshot(
        self,
        *,
        by: Sequence[SigningKey] | None = None,
        version: int | None = None,
        expires: datetime | None = None,
        meta: dict[str, MetaFile] | None = None,
    ) -> None:
        """Publish the snapshot anew; `meta` in place of what is true."""
        self.snapshot_version = self.snapshot_version + 1 if version is None else version
        ends = self.now + SNAPSHOT_LIFE if expires is None else expires
        named = {"targets.json": self._described("targets", self.targets_version)}
        signed = Snapshot(self.snapshot_version, None, ends, named if meta is None else meta)
        keys = [self.snapshot_key] if by is None else by
        self.files[f"metadata/{self.snapshot_version}.snapshot.json"] = sealed(signed, keys)

    def sign_timestamp(
        self,
        *,
        by: Sequence[SigningKey] | None = None,
        version: int | None = None,
        expires: datetime | None = None,
        meta: MetaFile | None = None,
    ) -> None:
        """Publish the timestamp anew, as central does each day; `meta` in place of what is true."""
        self.timestamp_version = self.timestamp_version + 1 if version is None else version
        ends = self.now + TIMESTAMP_LIFE if expires is None else expires
        named = self._described("snapshot", self.snapshot_version) if meta is None else meta
        signed = Timestamp(self.timestamp_version, None, ends, named)
        keys = [self.timestamp_key] if by is None else by
        self.files["metadata/timestamp.json"] = sealed(signed, keys)

    def rotate(
        self,
        *,
        root_keys: Sequence[SigningKey] | None = None,
        target_keys: Sequence[SigningKey] | None = None,
        snapshot_key: SigningKey | None = None,
        timestamp_key: SigningKey | None = None,
        by: Sequence[SigningKey] | None = None,
        expires: datetime | None = None,
    ) -> None:
        """Publish the next root with these keys in place of those before, signed by the old and the new people.

        Whose key is left out is revoked. What the other roles had signed stands until they sign again.
        """
        before = self.root_keys if self.root_version else []
        self.root_keys = list(self.root_keys if root_keys is None else root_keys)
        self.target_keys = list(self.target_keys if target_keys is None else target_keys)
        self.snapshot_key = self.snapshot_key if snapshot_key is None else snapshot_key
        self.timestamp_key = self.timestamp_key if timestamp_key is None else timestamp_key
        self.root_version += 1
        people = (*before[: self.threshold], *self.root_keys[: self.threshold])
        signers = {key.public: key for key in (people if by is None else by)}
        root = self.root(expires=expires)
        self.files[f"metadata/{self.root_version}.root.json"] = sealed(root, signers.values())
        if self.root_version == 1:
            self.files["root.json"] = self.files["metadata/1.root.json"]

    def root(self, *, expires: datetime | None = None) -> Root:
        """Return the root of the present version and keys, unsigned."""
        holders = {
            Root.type: self.root_keys,
            Targets.type: self.target_keys,
            Snapshot.type: [self.snapshot_key],
            Timestamp.type: [self.timestamp_key],
        }
        public = [tuf_key(key) for keys in holders.values() for key in keys]
        roles = {
            name: Role(
                [tuf_key(key).keyid for key in keys],
                self.threshold if name in {Root.type, Targets.type} else 1,
            )
            for name, keys in holders.items()
        }
        ends = self.now + ROOT_LIFE if expires is None else expires
        return Root(self.root_version, None, ends, {k.keyid: k for k in public}, roles)

    def _described(self, role: str, version: int) -> MetaFile:
        data = self.files.get(f"metadata/{version}.{role}.json", b"")
        return MetaFile(version, len(data), {"sha256": hashlib.sha256(data).hexdigest()})


class FileSigner(Signer):
    """One of our keys as the library wants it."""

    def __init__(self, key: SigningKey, keyid: str | None = None) -> None:
        """Sign with `key`, under another key id where one is given."""
        self._key = key
        self._public = tuf_key(key, keyid)

    @property
    def public_key(self) -> Key:
        """Return the public half."""
        return self._public

    def sign(self, payload: bytes) -> Signature:
        """Return the signature of exactly `payload`."""
        return Signature(self._public.keyid, self._key.sign(payload).hex())

    @classmethod
    def from_priv_key_uri(
        cls,
        priv_key_uri: str,  # noqa: ARG003  the library's own signature
        public_key: Key,  # noqa: ARG003
        secrets_handler: object = None,  # noqa: ARG003
    ) -> "FileSigner":
        """Refuse: our keys come from their own files, by `contract.seal`."""
        raise Misuse("a key is read by contract.seal, not by an address")


def tuf_key(key: SigningKey, keyid: str | None = None) -> SSlibKey:
    """Return the public half as metadata names it; its id is the SHA-256 of its canonical form unless given."""
    raw = strict_base64(key.public, "a public key").hex()
    named = {"keytype": "ed25519", "keyval": {"public": raw}, "scheme": "ed25519"}
    canonical = json.dumps(named, sort_keys=True, separators=(",", ":")).encode()
    own = hashlib.sha256(canonical).hexdigest() if keyid is None else keyid
    return SSlibKey(own, "ed25519", "ed25519", {"public": raw})


def sealed(signed: T, keys: Iterable[SigningKey | FileSigner]) -> bytes:
    """Return the file of any metadata signed by these keys, whether they may or not."""
    metadata = Metadata[T](signed)
    for key in keys:
        signer = key if isinstance(key, FileSigner) else FileSigner(key)
        signature = signer.sign(metadata.signed_bytes)
        metadata.signatures[signature.keyid] = signature
    return metadata.to_bytes(JSONSerializer(compact=True))
