"""The words of enrolment: what is typed, scanned and compared has one meaning, and all else is refused."""

import base64
import hashlib
import json
from typing import Final

import msgspec
import pytest

from contract import enrolment, seal
from contract.enrolment import EnrolmentAnswered, EnrolmentAsked, Standing
from contract.errors import Misuse, Refused
from contract.testing import device_key

KEY: Final = device_key()
OTHER: Final = device_key("other")
NONCE: Final = base64.b64encode(bytes(range(32))).decode()
THEIRS: Final = base64.b64encode(bytes(range(1, 33))).decode()
WEAK: Final = base64.b64encode((1).to_bytes(32, "little")).decode()
LOOSE: Final = NONCE[:-2] + chr(ord(NONCE[-2]) + 1) + "="
ASKED: Final = EnrolmentAsked(device_key=KEY.public, commitment=enrolment.commitment_to(NONCE))
ANSWERED: Final = EnrolmentAnswered(standing=Standing.COMMITTED, central_nonce=THEIRS)


def test_a_commitment_is_the_hash_of_the_nonces_bytes() -> None:
    """It binds to the 32 bytes: another nonce has another commitment."""
    assert enrolment.commitment_to(NONCE) == hashlib.sha256(bytes(range(32))).hexdigest()
    assert enrolment.commitment_to(NONCE) != enrolment.commitment_to(THEIRS)


@pytest.mark.parametrize("nonce", ["", "AAAA", NONCE[:-1], NONCE + "AAAA", LOOSE, "*" * 44])
def test_what_is_no_nonce_is_refused(nonce: str) -> None:
    """Other lengths and a second spelling make no nonce, for the commitment and for the code alike."""
    with pytest.raises((Refused, Misuse)):
        enrolment.commitment_to(nonce)
    with pytest.raises((Refused, Misuse)):
        enrolment.compare_code(KEY.public, nonce, THEIRS)
    with pytest.raises((Refused, Misuse)):
        enrolment.compare_code(KEY.public, NONCE, nonce)
    enrolment.commitment_to(NONCE)


def test_both_sides_compare_the_same_six_digits() -> None:
    """Key and both nonces go into the code, each in its own place; with all alike it is alike."""
    code = enrolment.compare_code(KEY.public, NONCE, THEIRS)
    assert code == enrolment.compare_code(KEY.public, NONCE, THEIRS)
    assert len(code) == 7
    assert code.replace(" ", "").isdigit()
    others = {
        enrolment.compare_code(OTHER.public, NONCE, THEIRS),
        enrolment.compare_code(KEY.public, THEIRS, NONCE),
        enrolment.compare_code(KEY.public, NONCE, NONCE),
    }
    assert code not in others
    assert len(others) == 3


def test_a_weak_key_has_no_code() -> None:
    """For a key that anybody could sign for nothing is compared."""
    with pytest.raises(Refused, match="small order"):
        enrolment.compare_code(WEAK, NONCE, THEIRS)
    enrolment.compare_code(KEY.public, NONCE, THEIRS)


def test_a_claim_code_holds_fifty_bits() -> None:
    """Seven random bytes make ten letters; the six bits above fifty are not used, all below are."""
    assert enrolment.claim_code(bytes(7)) == "00000-00000"
    codes = {enrolment.claim_code((1 << bit).to_bytes(7, "big")) for bit in range(50)}
    assert len(codes) == 50
    for size in (0, 6, 8):
        with pytest.raises(Misuse, match="7 random bytes"):
            enrolment.claim_code(bytes(size))


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("ABCDE-12345", "ABCDE12345"),
        (" abcde 12345 ", "ABCDE12345"),
        ("oil00-oil00", "0110001100"),
        ("ABCDE1234", None),
        ("ABCDE-123456", None),
        ("ABCDU-12345", None),
        ("ABCDE-1234é", None),
        ("ABCDE-1234*", None),
        ("", None),
    ],
)
def test_a_claim_code_is_read_as_people_type_it(typed: str, code: str | None) -> None:
    """Letters that look alike, small letters, dashes and spaces are mended; anything else is told in words."""
    if code is None:
        with pytest.raises(ValueError, match="10 ký tự"):
            enrolment.read_claim(typed)
    else:
        assert enrolment.read_claim(typed) == code


def test_a_fingerprint_begins_the_hash_of_the_key() -> None:
    """Eight groups of four hex digits, from the raw key."""
    digest = hashlib.sha256(base64.b64decode(KEY.public)).hexdigest()
    shown = enrolment.fingerprint(KEY.public)
    assert shown.replace(" ", "") == digest[:32]
    assert [len(group) for group in shown.split(" ")] == [4] * 8


def test_a_qr_code_says_the_whole_key() -> None:
    """What an appliance shows is read back as its id and key; a scanner's spaces around it do no harm."""
    text = enrolment.qr_text(KEY.public)
    assert enrolment.read_qr(text) == (seal.device_id(KEY.public), KEY.public)
    assert enrolment.read_qr(f" {text}\n") == (seal.device_id(KEY.public), KEY.public)


@pytest.mark.parametrize(
    "bent", ["head", "small", "cut", "longer", "padded", "loose", "other", "weak", "letters"]
)
def test_a_qr_code_has_one_spelling(bent: str) -> None:
    """Without its head, cut, padded, in small letters, with loose last bits, or of a weak key: it is not ours."""
    text = enrolment.qr_text(KEY.public)
    body = text.removeprefix(enrolment.QR_HEAD)
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
    loose = text[:-1] + alphabet[alphabet.index(text[-1]) + 1]
    scanned = {
        "head": body,
        "small": text.lower(),
        "cut": text[:-1],
        "longer": text + "A",
        "padded": text + "====",
        "loose": loose,
        "other": "https://example.org/" + body,
        "weak": enrolment.qr_text(WEAK),
        "letters": text[:-1] + "ế",
    }[bent]
    with pytest.raises(ValueError, match="không phải của thiết bị"):
        enrolment.read_qr(scanned)
    enrolment.read_qr(text)


@pytest.mark.parametrize(
    "change",
    [
        {"nonce": NONCE + "A"},
        {"nonce": NONCE + "\n"},
        {"commitment": "0" * 63},
        {"device_key": KEY.public[:-1]},
        {"claim": "A" * 21},
        {"software": "0" * 61},
        {"model": "x" * 121},
        {"more": 1},
    ],
    ids=lambda change: next(iter(change)),
)
def test_what_asks_has_bounds(change: dict[str, object]) -> None:
    """Each field of the question has its form and length, and there is no further field."""
    tree = {**json.loads(msgspec.json.encode(ASKED)), "nonce": NONCE, "claim": "A" * 20}
    full = {**tree, "software": "0" * 60, "model": "x" * 120}
    msgspec.json.decode(json.dumps(full), type=EnrolmentAsked)
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(json.dumps({**full, **change}), type=EnrolmentAsked)


@pytest.mark.parametrize(
    "change",
    [
        {"standing": "perhaps"},
        {"central_nonce": NONCE[:-1]},
        {"site": "Ấp 1"},
        {"title": "x" * 201},
        {"why": "x" * 301},
        {"claim_error": "x" * 301},
        {"again_s": 0.4},
        {"again_s": 3_601},
    ],
    ids=lambda change: next(iter(change)),
)
def test_what_answers_has_bounds(change: dict[str, object]) -> None:
    """Each field of the answer has its form and length; nobody is told to ask all the time, or never."""
    tree = json.loads(msgspec.json.encode(ANSWERED))
    for again_s in (0.5, 3_600):
        full = {**tree, "site": "ap-1", "title": "x" * 200, "why": "x" * 300, "again_s": again_s}
        msgspec.json.decode(json.dumps({**full, "claim_error": "x" * 300}), type=EnrolmentAnswered)
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(json.dumps({**tree, **change}), type=EnrolmentAnswered)
