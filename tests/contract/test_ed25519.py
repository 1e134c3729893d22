"""Signatures that the rules of Ed25519 do not allow, made here from the rules themselves; their good twin beside them.

The same classes as in the public vectors that `make wycheproof` runs.
"""

import base64
import hashlib
from typing import Final

import pytest

from contract import seal
from contract.documents import PublicKey
from contract.seal import SigningKey

ORDER: Final = 2**252 + 27742317777372353535851937790883648493
PRIME: Final = 2**255 - 19
SEED: Final = hashlib.sha256(b"ed25519").digest()
KEY: Final = SigningKey.from_seed(SEED)
RAW: Final = base64.b64decode(KEY.public)
MESSAGE: Final = "Lũ đang lên nhanh.".encode()
GOOD: Final = KEY.sign(MESSAGE)
R, S = GOOD[:32], int.from_bytes(GOOD[32:], "little")


def number(value: int) -> bytes:
    """Return 32 bytes, the lowest first, cut to 256 bits."""
    return (value % 2**256).to_bytes(32, "little")


def public(raw: bytes) -> PublicKey:
    """Return a key as it travels."""
    return base64.b64encode(raw).decode()


def secret_scalar() -> int:
    """Return the scalar that RFC 8032 makes of the seed."""
    low = bytearray(hashlib.sha512(SEED).digest()[:32])
    low[0] &= 248
    low[31] = low[31] & 127 | 64
    return int.from_bytes(low, "little")


def signed_with_identity(point: bytes) -> bytes:
    """Return what the holder of the key can make for this spelling of the neutral point as R (r is 0)."""
    hashed = hashlib.sha512(point + RAW + MESSAGE).digest()
    challenge = int.from_bytes(hashed, "little") % ORDER
    return point + number(challenge * secret_scalar() % ORDER)


FLAWS: Final[dict[str, bytes]] = {
    "S and the order": R + number(S + ORDER),
    "S and twice the order": R + number(S + 2 * ORDER),
    "S and seven times the order": R + number(S + 7 * ORDER),
    "S with its highest bit": R + number(S | 1 << 255),
    "S with bit 253": R + number(S | 1 << 253),
    "S of ones": R + b"\xff" * 32,
    "S is the order": R + number(ORDER),
    "S is 0": R + bytes(32),
    "S is negated": R + number(ORDER - S),
    "S read from the other end": R + GOOD[:31:-1],
    "R of zeros": bytes(32) + GOOD[32:],
    "R is the neutral point": number(1) + GOOD[32:],
    "R is beyond the field": b"\xff" * 32 + GOOD[32:],
    "R with its sign turned": R[:31] + bytes([R[31] ^ 0x80]) + GOOD[32:],
    "the neutral point spelled beyond the field": signed_with_identity(number(PRIME + 1)),
    "the neutral point with a sign": signed_with_identity(number(1 | 1 << 255)),
    "all zeros": bytes(64),
    "halves exchanged": GOOD[32:] + R,
    "nothing": b"",
    "R alone": R,
    "cut by one": GOOD[:-1],
    "cut at the front": GOOD[1:],
    "one byte more": GOOD + b"\x00",
    "one byte before": b"\x00" + GOOD,
    "twice": GOOD + GOOD,
    "as hex": GOOD.hex().encode(),
    "of another message": KEY.sign(MESSAGE + b"."),
    "of the message's hash": KEY.sign(hashlib.sha512(MESSAGE).digest()),
}


@pytest.mark.refusal(26)
@pytest.mark.refusal_twin(26)
@pytest.mark.parametrize("signature", FLAWS.values(), ids=FLAWS)
def test_no_flawed_signature_is_taken(signature: bytes) -> None:
    """However a signature is bent, cut or lengthened it is nobody's; the one that was made is the key's."""
    assert signature != GOOD
    assert not seal.verify_raw(KEY.public, MESSAGE, signature)
    assert seal.verify_raw(KEY.public, MESSAGE, GOOD)


@pytest.mark.refusal_twin(26)
def test_it_is_the_spelling_of_r_that_is_refused() -> None:
    """The neutral point as R, in its one spelling and made by the key's holder, satisfies the equation."""
    assert seal.verify_raw(KEY.public, MESSAGE, signed_with_identity(number(1)))


@pytest.mark.refusal(26)
@pytest.mark.refusal_twin(26)
@pytest.mark.parametrize(
    "raw",
    [
        b"",
        RAW[:31],
        RAW + b"\x00",
        RAW[::-1],
        RAW[:31] + bytes([RAW[31] ^ 0x80]),
        number(PRIME + 3),
        number(2),
        b"\xff" * 32,
    ],
    ids=["none", "short", "long", "turned", "sign", "beyond", "not on the curve", "ones"],
)
def test_no_flawed_key_signs(raw: bytes) -> None:
    """A key that is cut, turned, not on the curve or spelled beyond the field has signed nothing."""
    assert not seal.verify_raw(public(raw), MESSAGE, GOOD)
    assert seal.verify_raw(public(RAW), MESSAGE, GOOD)


RFC_8032: Final = (  # seed, key, message, signature: the first two vectors of its §7.1
    (
        "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        (
            "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155"
            "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"
        ),
    ),
    (
        "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        (
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
            "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
        ),
    ),
)


@pytest.mark.parametrize(("seed", "expected_key", "message", "signature"), RFC_8032)
def test_a_signature_is_what_rfc_8032_says(
    seed: str, expected_key: str, message: str, signature: str
) -> None:
    """The vectors of the RFC come out byte for byte, and verify."""
    key = SigningKey.from_seed(bytes.fromhex(seed))
    assert base64.b64decode(key.public).hex() == expected_key
    assert key.sign(bytes.fromhex(message)).hex() == signature
    assert seal.verify_raw(key.public, bytes.fromhex(message), bytes.fromhex(signature))
