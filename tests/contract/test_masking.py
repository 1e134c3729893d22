"""What opens a door is not written into a log."""

import pytest
from argon2 import PasswordHasher

from contract.masking import masked
from contract.seal import SigningKey

SECRET = "abcdefgh12345678"
PEM = SigningKey.from_seed(bytes(32)).to_pem(None).decode()
CARRIERS = {
    "bearer": "asked with Authorization: Bearer {}",
    "token": "token={} was refused",
    "of a system": "the token tlk_{} is over",
    "webhook": "signed with whsec_{}",
    "password": '{{"password": "{}"}}',
    "address": "http://u:{}@host/stream.mp3 gives nothing",
    "cookie": "Cookie: visit={}",
}


@pytest.mark.parametrize("carrier", CARRIERS)
def test_tokens_and_passwords_are_masked(carrier: str) -> None:
    """In each of their usual clothes; what stands around them stays."""
    said = masked(CARRIERS[carrier].format(SECRET))
    assert SECRET not in said
    assert "***" in said


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("sign-in with pin=246813 refused", "246813"),
        ("form {'pin': '2468'}", "2468"),
        ("staff typed PIN 246813", "246813"),
        ("claim ABCDE-12345 was typed", "ABCDE-12345"),
        ("EnrolmentAsked(claim='ABCDE12345', model='Pi')", "ABCDE12345"),
        ('{"claim": "abcde-12345"}', "abcde-12345"),
        (f"verifier {PasswordHasher(1, 8, 1).hash('246813')} of staff", "argon2id"),
        (PEM, PEM.splitlines()[1]),
        (f"key {PEM} read", PEM.splitlines()[1]),
        (PEM.partition("-----END")[0], PEM.splitlines()[1]),
    ],
)
def test_what_only_an_appliance_holds_is_masked(text: str, secret: str) -> None:
    """PINs, claim codes, verifiers and private keys, whole or cut off."""
    assert secret in text
    assert secret not in masked(text)


@pytest.mark.parametrize(
    "text",
    [
        "Bản tin sáng: 3 cụm, token hết hạn",
        "admitted kind=programme door=push sha256=" + "ab12" * 16,
        "air=normal key=slot/sang/20261123T050000Z/0 until=2026-11-23T05:30:00+00:00",
        "relay pin=17 does not follow",
        "refused door=poll code=unapproved why=nobody signed",
        "sai mã PIN, còn 3 lần",
        "enrolment standing=matched site=cho-my-phong why=",
        "https://phat-song.vi-du.vn:8443/vov1/truc-tiep.mp3 gives nothing",
        "",
    ],
)
def test_plain_words_stay_as_they_are(text: str) -> None:
    """The twin: what a log is read for is still there."""
    assert masked(text) == text
