"""The seal: DSSE 1.0.2 envelopes signed with Ed25519, and nothing about what they mean.

Law of the room: verify first, then parse the exact bytes that were verified. An envelope has one
spelling only (one line, no spaces, canonical base64), so one changed bit is a refusal. Signatures
count by key material; a key id selects a candidate and proves nothing. This is the only file that
opens `cryptography`.
"""

import base64
import functools
import hashlib
import json
from collections.abc import Iterable, Sequence
from typing import Final

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519

from contract import codec
from contract.documents import DeviceId, Kind, PublicKey, Sha256
from contract.errors import Misuse, RefusalCode, Refused

MAX_SIGNATURES: Final = 16
_KEY_BYTES: Final = 32
_SIGNATURE_BYTES: Final = 64
_KEYID_CHARS: Final = 16
_ROOM_FOR_SIGNATURES_BYTES: Final = 4_000
_PRIME: Final = 2**255 - 19
# The y coordinates of the eight points of small order: such a "key" accepts signatures nobody made.
_Y_OF_ORDER_8: Final = 0x7A03AC9277FDC74EC6CC392CFA53202A0F67100D760B3CBA4FD84D3D706A17C7
_SMALL_ORDER_Y: Final = frozenset({0, 1, _PRIME - 1, _Y_OF_ORDER_8, _PRIME - _Y_OF_ORDER_8})
_KINDS: Final = {codec.payload_type(kind): kind for kind in Kind}


class Signature(msgspec.Struct, frozen=True):
    """One signature as it stands in an envelope: 64 bytes, and which key claims to have made it."""

    keyid: str
    sig: bytes


class Envelope(msgspec.Struct, frozen=True, kw_only=True):
    """A well-formed envelope, not yet verified; `payload` is what was signed, byte for byte."""

    kind: Kind
    payload: bytes
    payload_sha256: Sha256
    signatures: tuple[Signature, ...]


class SigningKey:
    """A private Ed25519 key; it never leaves this object but by `to_pem`."""

    def __init__(self, private: ed25519.Ed25519PrivateKey) -> None:
        self._private = private
        self.public: PublicKey = _b64(private.public_key().public_bytes_raw())
        self.keyid = key_id(self.public)

    def __repr__(self) -> str:
        return f"SigningKey({self.keyid})"

    @classmethod
    def generate(cls) -> "SigningKey":
        """Return a new key from the system's randomness."""
        return cls(ed25519.Ed25519PrivateKey.generate())

    @classmethod
    def from_seed(cls, seed: bytes) -> "SigningKey":
        """Return the key of a 32-byte seed; for golden vectors and key files of other programs."""
        if len(seed) != _KEY_BYTES:
            msg = f"a seed has {_KEY_BYTES} bytes, not {len(seed)}"
            raise Misuse(msg)
        return cls(ed25519.Ed25519PrivateKey.from_private_bytes(seed))

    @classmethod
    def from_pem(cls, pem: bytes, passphrase: bytes | None) -> "SigningKey":
        """Return the key of a PKCS #8 PEM file.

        Raises `Misuse` for a wrong passphrase or another type of key.
        """
        try:
            private = serialization.load_pem_private_key(pem, passphrase)
        except (ValueError, TypeError) as error:
            msg = "the key file cannot be opened: wrong passphrase, or not a PKCS #8 PEM file"
            raise Misuse(msg) from error
        if not isinstance(private, ed25519.Ed25519PrivateKey):
            msg = "the key file holds no Ed25519 key; make one with `tienglang-provision`"
            raise Misuse(msg)
        return cls(private)

    def to_pem(self, passphrase: bytes | None) -> bytes:
        """Return the key as PKCS #8 PEM, encrypted unless `passphrase` is None.

        Raises `Misuse` when the passphrase is empty.
        """
        if passphrase == b"":
            msg = "the passphrase is empty; give one, or None to write the key in the clear"
            raise Misuse(msg)
        return self._private.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption()
            if passphrase is None
            else serialization.BestAvailableEncryption(passphrase),
        )

    def sign(self, message: bytes) -> bytes:
        """Return the 64-byte signature of exactly `message`."""
        return self._private.sign(message)


def seal(kind: Kind, payload: bytes, keys: Sequence[SigningKey]) -> bytes:
    """Return the envelope of `payload` signed by 1-16 `keys`.

    Raises `Misuse` for no key, too many, or one twice.
    """
    message = pae(codec.payload_type(kind), payload)
    return _write(kind, payload, [Signature(key.keyid, key.sign(message)) for key in keys])


def attach(envelope: bytes, key: SigningKey) -> bytes:
    """Return the envelope with one more signature, for a second person.

    Raises `Refused` when the envelope is malformed and `Misuse` when this key has signed it
    already.
    """
    held = read_envelope(envelope)
    message = pae(codec.payload_type(held.kind), held.payload)
    added = Signature(key.keyid, key.sign(message))
    return _write(held.kind, held.payload, [*held.signatures, added])


def read_envelope(data: bytes) -> Envelope:
    """Return a well-formed envelope, unverified.

    Raises `Refused`: TOO_LARGE before anything is parsed or decoded, WRONG_KIND for a payload type
    not ours, else MALFORMED for any spelling but the one `seal` writes.
    """
    largest = max(codec.MAX_BYTES.values())
    tree = codec.strict_json(data, _envelope_bytes(largest), 3)
    try:
        wire = msgspec.convert(tree, _WireEnvelope)
    except msgspec.ValidationError as error:
        raise Refused(RefusalCode.MALFORMED, f"not an envelope: {error}") from error
    kind = _KINDS.get(wire.payload_type)
    if kind is None:
        raise Refused(RefusalCode.WRONG_KIND, f"unknown payload type {wire.payload_type[:80]!a}")
    if len(data) > _envelope_bytes(codec.MAX_BYTES[kind]):
        why = f"{len(data)} bytes are too many for a sealed {kind.value}"
        raise Refused(RefusalCode.TOO_LARGE, why)
    if not 1 <= len(wire.signatures) <= MAX_SIGNATURES:
        why = f"an envelope has 1 to {MAX_SIGNATURES} signatures, not {len(wire.signatures)}"
        raise Refused(RefusalCode.MALFORMED, why)
    signatures = [Signature(s.keyid, _signature(s.sig)) for s in wire.signatures]
    payload = strict_base64(wire.payload, "payload")
    if len(payload) > codec.MAX_BYTES[kind]:
        why = f"{len(payload)} bytes of payload are too many for a {kind.value}"
        raise Refused(RefusalCode.TOO_LARGE, why)
    if data != _spell(kind, payload, signatures):
        why = "the envelope is not spelled as one line without spaces, fields in their order"
        raise Refused(RefusalCode.MALFORMED, why)
    return Envelope(
        kind=kind, payload=payload, payload_sha256=sha256(payload), signatures=tuple(signatures)
    )


def signers(envelope: Envelope, candidates: Iterable[PublicKey]) -> frozenset[PublicKey]:
    """Return those of `candidates` whose key material really signed the envelope."""
    message = pae(codec.payload_type(envelope.kind), envelope.payload)
    by_id: dict[str, set[PublicKey]] = {}
    for public in candidates:
        by_id.setdefault(key_id(public), set()).add(public)
    return frozenset(
        public
        for signature in envelope.signatures
        for public in by_id.get(signature.keyid, ())
        if verify_raw(public, message, signature.sig)
    )


def verify_raw(public: PublicKey, message: bytes, signature: bytes) -> bool:
    """Return whether `signature` over exactly `message` was made by the holder of `public`."""
    try:
        raw = _public_bytes(public)
        ed25519.Ed25519PublicKey.from_public_bytes(raw).verify(signature, message)
    except (Refused, InvalidSignature, ValueError):
        return False
    return True


def check_public_key(public: PublicKey) -> None:
    """Refuse (MALFORMED) what is no key: wrong base64 or length, second spelling, small order."""
    _public_bytes(public)


def key_id(public: PublicKey) -> str:
    """Return the hint that names a key in an envelope: 16 hex digits of its SHA-256."""
    return hashlib.sha256(_raw(public)).hexdigest()[:_KEYID_CHARS]


@functools.lru_cache(maxsize=1_024)  # asked again and again of one key within a request
def device_id(public: PublicKey) -> DeviceId:
    """Return the id of the appliance that holds this key; raises `Refused` when it is no key."""
    digest = hashlib.sha256(_public_bytes(public)).digest()
    return DeviceId(base64.b32encode(digest).decode("ascii").lower()[:16])


def pae(payload_type: str, payload: bytes) -> bytes:
    """Return what is signed: DSSE's pre-authentication encoding, lengths counted in bytes."""
    name = payload_type.encode("utf-8")
    return b"DSSEv1 %d %b %d %b" % (len(name), name, len(payload), payload)


def sha256(data: bytes) -> Sha256:
    """Return the SHA-256 of `data` in lower-case hex."""
    return Sha256(hashlib.sha256(data).hexdigest())


def strict_base64(text: str, what: str) -> bytes:
    """Return the bytes of canonical base64; refuses (MALFORMED) junk, gaps and loose last bits."""
    try:
        data = base64.b64decode(text)  # junk that this skips is found by the comparison
    except ValueError as error:
        raise Refused(RefusalCode.MALFORMED, f"{what} is no base64: {error}") from error
    if _b64(data) != text:
        raise Refused(RefusalCode.MALFORMED, f"{what} is base64 in a second spelling")
    return data


class _WireSignature(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    keyid: str
    sig: str


class _WireEnvelope(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    payload_type: str = msgspec.field(name="payloadType")
    payload: str
    signatures: tuple[_WireSignature, ...]


def _write(kind: Kind, payload: bytes, signatures: list[Signature]) -> bytes:
    if not 1 <= len(signatures) <= MAX_SIGNATURES:
        msg = f"an envelope has 1 to {MAX_SIGNATURES} signatures, not {len(signatures)}"
        raise Misuse(msg)
    if len({s.sig for s in signatures}) < len(signatures):
        msg = "one key may sign an envelope once only"
        raise Misuse(msg)
    return _spell(kind, payload, signatures)


def _spell(kind: Kind, payload: bytes, signatures: list[Signature]) -> bytes:
    tree = {
        "payloadType": codec.payload_type(kind),
        "payload": _b64(payload),
        "signatures": [{"keyid": s.keyid, "sig": _b64(s.sig)} for s in signatures],
    }
    return json.dumps(tree, ensure_ascii=False, separators=(",", ":")).encode("utf-8")


def _envelope_bytes(payload_bytes: int) -> int:
    return (payload_bytes + 2) // 3 * 4 + _ROOM_FOR_SIGNATURES_BYTES


def _signature(text: str) -> bytes:
    signature = strict_base64(text, "a signature")
    if len(signature) != _SIGNATURE_BYTES:
        why = f"a signature has {_SIGNATURE_BYTES} bytes, not {len(signature)}"
        raise Refused(RefusalCode.MALFORMED, why)
    return signature


def _raw(public: PublicKey) -> bytes:
    raw = strict_base64(public, "a public key")
    if len(raw) != _KEY_BYTES:
        why = f"a public key has {_KEY_BYTES} bytes, not {len(raw)}"
        raise Refused(RefusalCode.MALFORMED, why)
    return raw


def _public_bytes(public: PublicKey) -> bytes:
    raw = _raw(public)
    y = int.from_bytes(raw, "little") & (2**255 - 1)
    if y >= _PRIME or y in _SMALL_ORDER_Y:
        why = "the public key is not canonical or of small order: anybody could sign for it"
        raise Refused(RefusalCode.MALFORMED, why)
    return raw


def _b64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")
