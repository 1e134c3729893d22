"""The only holder of central's online keys: schedule, active set, command, time; the chain's snapshot and timestamp.

Law of the room: nothing here can approve content, raise an alarm or name a key; those keys are people's and are
never on the server. Keys come in as files and never go out, neither by value nor by log.
"""

import hashlib
import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Final

import msgspec

from central.config import Settings
from contract import codec, seal
from contract.documents import ActiveSet, Command, Kind, Programme, PublicKey, SignedTime
from contract.seal import SigningKey

_BODY: Final = b'"slots":'  # nothing before it in a programme can hold these bytes
_DEVICE: Final = re.compile(r"[a-z2-7]{16}")
_Opening = tuple[int, int, datetime, datetime, datetime, datetime, str]


class Sealed(msgspec.Struct, frozen=True, kw_only=True):
    """A sealed document: the bytes to keep and send, their SHA-256 (the ETag) and that of the payload."""

    envelope: bytes
    etag: str
    payload_sha256: str


class ChainKey:
    """An online key of the chain: signs the bytes of a snapshot or timestamp."""

    def __init__(self, key: SigningKey) -> None:
        self._key = key

    @property
    def public(self) -> PublicKey:
        """Return the public half, by which the root names it."""
        return self._key.public

    def sign(self, message: bytes) -> bytes:
        """Return the signature of exactly these bytes of metadata."""
        return self._key.sign(message)


class OnlineKeys:
    """Seals what central may say by itself."""

    def __init__(
        self,
        schedule: SigningKey,
        activeset: SigningKey,
        command: SigningKey,
        time: SigningKey,
        snapshot: SigningKey,
        timestamp: SigningKey,
    ) -> None:
        self._schedule = schedule
        self._activeset = activeset
        self._command = command
        self._time = time
        self.snapshot = ChainKey(snapshot)
        self.timestamp = ChainKey(timestamp)

    @classmethod
    def load(cls, settings: Settings) -> "OnlineKeys":
        """Return the keys from unencrypted PEM files; raises what reading or `from_pem` raises."""
        files = (
            settings.schedule_key,
            settings.activeset_key,
            settings.command_key,
            settings.time_key,
            settings.snapshot_key,
            settings.timestamp_key,
        )
        return cls(*(SigningKey.from_pem(file.read_bytes(), None) for file in files))

    def programme(self, document: Programme) -> Sealed:
        """Seal a programme with the schedule key."""
        return _sealed(Kind.PROGRAMME, codec.encode(document), [self._schedule])

    def programmes(self, documents: Iterable[Programme]) -> Iterator[Sealed]:
        """Seal programmes, byte for byte as `programme` does; what neighbours share is written and checked once.

        Those of one body (the very same `slots` and `contents`) should stand side by side. Raises as `programme`.
        """
        shared: Programme | None = None
        body = b""
        openings: dict[_Opening, bytes] = {}
        for document in documents:
            alike = (
                shared is not None
                and document.slots is shared.slots
                and document.contents is shared.contents
                and document.filler == shared.filler
            )
            payload = _with_body(document, body, openings) if alike else codec.encode(document)
            if not alike:
                shared, body = document, payload[payload.find(_BODY) :]
            yield _sealed(Kind.PROGRAMME, payload, [self._schedule])

    def active_set(self, document: ActiveSet) -> Sealed:
        """Seal an active set with the active-set key."""
        return _sealed(Kind.ACTIVE_SET, codec.encode(document), [self._activeset])

    def command(self, document: Command) -> Sealed:
        """Seal a command with the command key."""
        return _sealed(Kind.COMMAND, codec.encode(document), [self._command])

    def time(self, document: SignedTime) -> Sealed:
        """Seal the time with the time key."""
        return _sealed(Kind.TIME, codec.encode(document), [self._time])


def _with_body(document: Programme, body: bytes, openings: dict[_Opening, bytes]) -> bytes:
    """Return the payload of a programme whose slots and contents another has brought through the codec as `body`.

    What stands between device and body has been through the codec too, for another device; it is kept in `openings`.
    """
    if not _DEVICE.fullmatch(document.device):
        return codec.encode(document)  # which refuses it
    name = b'{"device":"%b"' % document.device.encode("ascii")
    key = (
        document.assignment_epoch,
        document.version,
        document.issued,
        document.not_before,
        document.soft_expires,
        document.expires,
        document.time_zone,
    )
    if key not in openings:
        own = codec.encode(msgspec.structs.replace(document, slots=(), contents=(), filler=None))
        openings[key] = own[len(name) : own.find(_BODY)]
    payload = name + openings[key] + body
    if len(payload) > codec.MAX_BYTES[Kind.PROGRAMME]:
        return codec.encode(document)  # which refuses it
    return payload


def _sealed(kind: Kind, payload: bytes, keys: Sequence[SigningKey]) -> Sealed:
    envelope = seal.seal(kind, payload, keys)
    return Sealed(
        envelope=envelope,
        etag=hashlib.sha256(envelope).hexdigest(),
        payload_sha256=hashlib.sha256(payload).hexdigest(),
    )
