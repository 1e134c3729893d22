"""Enrolment: the words between an appliance without an assignment, central, and the installer's eyes.

Law of the room: pure values and sums. Nothing here is trusted because it was sent: the device key is proved by
the request's signature, the place by the installer, and only a sealed assignment makes an appliance ours.

The comparison is safe against somebody in between who tries nonces until two codes agree: the appliance binds
itself to its nonce (`commitment`) before it learns central's, and shows its nonce only afterwards.
"""

import base64
import hashlib
from enum import StrEnum
from typing import Annotated, Final

import msgspec
from msgspec import Meta

from contract.documents import DeviceId, PublicKey, Sha256, Slug
from contract.documents.values import Digest
from contract.errors import Misuse, Refused
from contract.seal import check_public_key, device_id, strict_base64

CLAIM_CHARS: Final = 10
CLAIM_BYTES: Final = 7  # of randomness asked for; 50 bits of it are used
ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's: no I, L, O, U
NONCE_BYTES: Final = 32
QR_HEAD: Final = "TIENGLANG:1:"
_NOT_OURS: Final = "Mã QR này không phải của thiết bị Tiếng Làng."
_LOOKALIKES: Final = str.maketrans({"O": "0", "I": "1", "L": "1", "-": None, " ": None})

Nonce = Annotated[str, Meta(pattern=r"^[A-Za-z0-9+/]{43}=\Z")]


class Standing(StrEnum):
    """How far central is with an appliance that asks to be enrolled."""

    COMMITTED = "committed"  # central's nonce is given; now show yours
    WAITING = "waiting"  # nobody has said yet where it belongs
    MATCHED = "matched"  # a place is found; the installer compares the codes and signs
    ASSIGNED = "assigned"  # the sealed assignment lies ready at /device/v1/assignment
    REFUSED = "refused"  # an administrator said no, or it was retired


class EnrolmentAsked(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An appliance asks to be enrolled, first with its commitment alone, then with the nonce too.

    `commitment` is the SHA-256 of the nonce's 32 bytes; `claim` a claim code typed on the local page, or empty.
    """

    device_key: PublicKey
    commitment: Digest
    nonce: Nonce | None = None
    claim: Annotated[str, Meta(max_length=20)] = ""
    software: Annotated[str, Meta(max_length=60)] = ""
    model: Annotated[str, Meta(max_length=120)] = ""


class EnrolmentAnswered(msgspec.Struct, frozen=True, kw_only=True):
    """Central's answer: the standing, its nonce, the place (empty until matched), a sentence, and when to ask again.

    `claim_error` says in words why a claim code was not taken; the standing is then what it was without it.
    """

    standing: Standing
    central_nonce: Nonce
    site: Slug | None = None
    title: Annotated[str, Meta(max_length=200)] = ""
    why: Annotated[str, Meta(max_length=300)] = ""
    claim_error: Annotated[str, Meta(max_length=300)] = ""
    again_s: Annotated[float, Meta(ge=0.5, le=3_600)] = 2.0


def commitment_to(nonce: str) -> Sha256:
    """Return what an appliance sends before its nonce; raises `Refused` when it is no nonce."""
    return Sha256(hashlib.sha256(_nonce(nonce)).hexdigest())


def compare_code(device_key: PublicKey, device_nonce: str, central_nonce: str) -> str:
    """Return the six digits that the appliance and central both show, as "482 913".

    Nothing that is chosen after both nonces are known goes into it (not even the place): whoever stands in
    between could try such words until the digits agree.
    """
    check_public_key(device_key)
    said = (
        b"tienglang-compare-v1",
        base64.b64decode(device_key),
        _nonce(device_nonce),
        _nonce(central_nonce),
    )
    digest = hashlib.sha256(b"".join(len(part).to_bytes(4, "big") + part for part in said)).digest()
    digits = f"{int.from_bytes(digest[:8], 'big') % 1_000_000:06d}"
    return f"{digits[:3]} {digits[3:]}"


def claim_code(randomness: bytes) -> str:
    """Return the claim code of 7 random bytes, 50 bits of them, as it is printed: "ABCDE-12345"."""
    if len(randomness) != CLAIM_BYTES:
        msg = f"a claim code is made of {CLAIM_BYTES} random bytes, not {len(randomness)}"
        raise Misuse(msg)
    number = int.from_bytes(randomness, "big")
    code = "".join(ALPHABET[number >> 5 * place & 31] for place in range(CLAIM_CHARS))
    return f"{code[:5]}-{code[5:]}"


def read_claim(text: str) -> str:
    """Return a typed claim code in its one spelling without a dash, look-alikes mended; raises `ValueError`."""
    code = text.strip().upper().translate(_LOOKALIKES)
    if len(code) != CLAIM_CHARS or any(letter not in ALPHABET for letter in code):
        msg = f"Mã nhận máy có {CLAIM_CHARS} ký tự chữ và số, ví dụ ABCDE-12345."
        raise ValueError(msg)
    return code


def fingerprint(public: PublicKey) -> str:
    """Return a key's fingerprint as people compare it: eight groups of four hex digits."""
    digest = hashlib.sha256(strict_base64(public, "a public key")).hexdigest()[:32]
    return " ".join(digest[at : at + 4] for at in range(0, 32, 4))


def qr_text(public: PublicKey) -> str:
    """Return what an appliance's QR code says: who it is, by its whole key."""
    raw = strict_base64(public, "a public key")
    return f"{QR_HEAD}{base64.b32encode(raw).decode().rstrip('=')}"


def read_qr(text: str) -> tuple[DeviceId, PublicKey]:
    """Return the appliance named by a scanned QR code; raises `ValueError` in words for any other code."""
    body = text.strip().removeprefix(QR_HEAD)
    try:
        raw = base64.b32decode(body + "=" * (-len(body) % 8))
        public = PublicKey(base64.b64encode(raw).decode())
        device = device_id(public)
    except (ValueError, Refused) as fault:
        raise ValueError(_NOT_OURS) from fault
    if text.strip() != qr_text(public):
        raise ValueError(_NOT_OURS)
    return device, public


def _nonce(text: str) -> bytes:
    raw = strict_base64(text, "a nonce")
    if len(raw) != NONCE_BYTES:
        msg = f"a nonce has {NONCE_BYTES} bytes, not {len(raw)}"
        raise Misuse(msg)
    return raw
