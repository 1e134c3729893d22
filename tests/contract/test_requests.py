"""Signed requests: RFC 9421's own figures, another reading of it, and one spelling only."""

import base64
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import httpx
import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519
from http_message_signatures import (
    HTTPMessageSigner,
    HTTPMessageVerifier,
    HTTPSignatureKeyResolver,
    algorithms,
)
from hypothesis import given
from hypothesis import strategies as st

from contract.documents import DeviceId, PublicKey
from contract.errors import Misuse
from contract.requests import (
    COVERED,
    Proven,
    Request,
    RequestFault,
    RequestRefused,
    authority_of,
    content_digest,
    sign,
    signature_base,
    verify,
)
from contract.seal import SigningKey, device_id, verify_raw
from contract.testing import device_key

# RFC 9421, appendices B.1.4 and B.2.6: the key's seed, what is covered, and the signature
RFC_KEY = SigningKey.from_seed(
    bytes.fromhex("9f8362f87a484a954e6e740c5b4c0e84229139a20aa8ab56ff66586f6a7d29c5")
)
RFC_COVERED: Final = (
    ("date", "Tue, 20 Apr 2021 02:07:55 GMT"),
    ("@method", "POST"),
    ("@path", "/foo"),
    ("@authority", "example.com"),
    ("content-type", "application/json"),
    ("content-length", "18"),
)
RFC_PARAMS: Final = (
    '("date" "@method" "@path" "@authority" "content-type" "content-length")'
    ';created=1618884473;keyid="test-key-ed25519"'
)
RFC_SIGNATURE: Final = (
    "wqcAqbmYJ2ji2glfAMaRy4gruYYnx2nEFN2HN6jrnDnQCK1u02Gb04v9EDgwUPiu4A0w6vuQv5lIp5WPpBKRCw=="
)

KEY, OTHER = device_key("requests"), device_key("another")
ME = device_id(KEY.public)
NONCE: Final = base64.b64encode(bytes(range(32))).decode()
NOW_S: Final = 1_795_000_000
ASKED = Request(authority="loa.tinh.vn", path="/device/v1/reports", query="a=1", body=b"bao cao")
Headers = Mapping[str, str]


def signed(
    asked: Request = ASKED, key: SigningKey = KEY, nonce: str = NONCE, created: int = NOW_S
) -> dict[str, str]:
    """Return the headers of a request."""
    keyid = device_id(key.public)
    return sign(asked, keyid=keyid, created=created, nonce=nonce, signature_of=key.sign)


def known(keyid: DeviceId) -> PublicKey | None:
    """Return the key of the one appliance that is known."""
    return KEY.public if keyid == ME else None


def proven(headers: Headers, asked: Request = ASKED) -> Proven:
    """Return what the headers prove of a request."""
    return verify(asked, headers.items(), known)


def fault(headers: Headers, asked: Request = ASKED) -> RequestFault:
    """Return why the headers prove nothing."""
    with pytest.raises(RequestRefused) as caught:
        proven(headers, asked)
    return caught.value.code


def replaced(name: str, old: str, new: str) -> dict[str, str]:
    """Return good headers with a part of one of them replaced."""
    headers = signed()
    assert old in headers[name]
    return {**headers, name: headers[name].replace(old, new)}


def resigned(old: str, new: str, key: SigningKey = KEY) -> dict[str, str]:
    """Return headers of which the parameters were replaced BEFORE they were signed: a true signature."""
    headers = replaced("Signature-Input", old, new)
    params = headers["Signature-Input"].removeprefix("sig1=")
    values = (ASKED.method, ASKED.authority, ASKED.path, f"?{ASKED.query}")
    lines = [*zip(COVERED[:4], values, strict=True), (COVERED[4], content_digest(ASKED.body))]
    signature = base64.b64encode(key.sign(signature_base(lines, params))).decode()
    return {**headers, "Signature": f"sig1=:{signature}:"}


def test_the_figures_of_the_rfc() -> None:
    """Base and signature are those of RFC 9421 B.2.6, digests those of RFC 9530."""
    base = signature_base(RFC_COVERED, RFC_PARAMS)
    assert base.decode().splitlines()[-1] == f'"@signature-params": {RFC_PARAMS}'
    assert base.decode().splitlines()[:2] == [
        '"date": Tue, 20 Apr 2021 02:07:55 GMT',
        '"@method": POST',
    ]
    assert base64.b64encode(RFC_KEY.sign(base)).decode() == RFC_SIGNATURE
    assert verify_raw(RFC_KEY.public, base, base64.b64decode(RFC_SIGNATURE))
    assert not verify_raw(RFC_KEY.public, base + b"\n", base64.b64decode(RFC_SIGNATURE))
    said = "sha-256=:X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE=:"
    assert content_digest(b'{"hello": "world"}') == said


class Keys(HTTPSignatureKeyResolver):
    """The library's way to our two keys."""

    def resolve_public_key(self, key_id: str) -> ed25519.Ed25519PublicKey:
        return ed25519.Ed25519PublicKey.from_public_bytes(base64.b64decode(KEY.public))

    def resolve_private_key(self, key_id: str) -> ed25519.Ed25519PrivateKey:
        return KEY._private


def as_library(asked: Request, headers: Headers) -> httpx.Request:
    """Return a request as the library reads it."""
    url = f"https://{asked.authority}{asked.path}" + (f"?{asked.query}" if asked.query else "")
    return httpx.Request(asked.method, url, headers=dict(headers), content=asked.body)


@pytest.mark.parametrize("query", ["", "a=1&b=%C3%A2"])
@pytest.mark.parametrize("authority", ["loa.tinh.vn", "127.0.0.1:8000", "[::1]:8443"])
def test_another_reading_of_the_rfc_verifies_what_we_sign(authority: str, query: str) -> None:
    """The library `http_message_signatures` takes our signature, and takes it no more for another body."""
    asked = msgspec.structs.replace(ASKED, authority=authority, query=query)
    verifier = HTTPMessageVerifier(signature_algorithm=algorithms.ED25519, key_resolver=Keys())
    message = as_library(asked, signed(asked))
    found = verifier.verify(
        message,
        max_age=None,
        expect_tag="tienglang",
        require_components=COVERED,
        body=asked.body,
    )
    assert [(f.label, f.nonce, f.parameters["keyid"]) for f in found] == [("sig1", NONCE, ME)]
    with pytest.raises(Exception, match=r"[Dd]igest"):
        verifier.verify(message, max_age=None, expect_tag="tienglang", body=b"another")


@pytest.mark.parametrize("query", ["", "a=1&b=%C3%A2"])
def test_we_verify_what_another_reading_of_the_rfc_signs(query: str) -> None:
    """Its base is ours byte for byte, and its signature fits; its order of parameters is not our one spelling."""
    asked = msgspec.structs.replace(ASKED, query=query)
    signer = HTTPMessageSigner(signature_algorithm=algorithms.ED25519, key_resolver=Keys())
    message = as_library(asked, {})
    created = datetime.fromtimestamp(NOW_S, UTC)
    prepared = signer.prepare(
        message,
        key_id=ME,
        created=created,
        nonce=NONCE,
        tag="tienglang",
        label="sig1",
        covered_component_ids=COVERED[:4],
        body=asked.body,
    )
    values = (asked.method, asked.authority, asked.path, f"?{asked.query}")
    lines = [*zip(COVERED[:4], values, strict=True), (COVERED[4], content_digest(asked.body))]
    base = signature_base(lines, prepared.signature_params)
    assert base == prepared.signature_base
    signer.apply(message, prepared, KEY.sign(prepared.signature_base))
    assert fault(dict(message.headers), asked) is RequestFault.MALFORMED
    ours = signed(asked)["Signature-Input"].removeprefix("sig1=")
    assert sorted(prepared.signature_params.split(";")) == sorted(ours.split(";"))


@pytest.mark.refusal_twin(55)
def test_a_signed_request_names_its_maker() -> None:
    """Key, nonce and the sender's own time come out as they were signed."""
    assert proven(signed()) == Proven(keyid=ME, key=KEY.public, nonce=NONCE, created=NOW_S)
    empty = Request(authority="h:1", path="/device/v1/session")
    assert proven(signed(empty), empty).keyid == ME
    upper = {name.upper(): value for name, value in signed().items()}
    assert proven(upper).nonce == NONCE


@pytest.mark.refusal(55)
@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"method": "PUT"}, RequestFault.WRONG_SIGNATURE),
        ({"authority": "loa.tinh.vn:8443"}, RequestFault.WRONG_SIGNATURE),
        ({"path": "/device/v1/time"}, RequestFault.WRONG_SIGNATURE),
        ({"query": ""}, RequestFault.WRONG_SIGNATURE),
        ({"query": "a=2"}, RequestFault.WRONG_SIGNATURE),
        ({"body": b"bao cao khac"}, RequestFault.WRONG_DIGEST),
        ({"body": b""}, RequestFault.WRONG_DIGEST),
    ],
    ids=["method", "authority", "path", "no query", "query", "body", "no body"],
)
def test_a_signature_fits_one_request_only(
    changed: dict[str, str | bytes], code: RequestFault
) -> None:
    """Under the same headers another method, address, path, query or body is refused; signed anew it is taken."""
    other = msgspec.structs.replace(ASKED, **changed)
    assert fault(signed(), other) is code
    assert proven(signed(other), other).keyid == ME


@pytest.mark.refusal(55)
def test_a_body_under_a_digest_of_its_own_is_refused() -> None:
    """Whoever swaps body and digest together meets the signature."""
    swapped = msgspec.structs.replace(ASKED, body=b"khac")
    headers = {**signed(), "Content-Digest": content_digest(b"khac")}
    assert fault(headers, swapped) is RequestFault.WRONG_SIGNATURE
    assert proven(signed(swapped), swapped).keyid == ME


@pytest.mark.refusal(55)
@pytest.mark.parametrize("name", ["Content-Digest", "Signature-Input", "Signature"])
def test_every_header_is_needed_once(name: str) -> None:
    """A header that is missing, and one that comes twice though both agree, is refused."""
    headers = signed()
    assert proven(headers).keyid == ME
    without = {key: value for key, value in headers.items() if key != name}
    assert fault(without) is RequestFault.MISSING
    for second in (headers[name], "".join(headers[name]), "x"):
        with pytest.raises(RequestRefused) as caught:
            verify(ASKED, [*headers.items(), (name.lower(), second)], known)
        assert caught.value.code is RequestFault.MALFORMED
    assert verify(ASKED, [*headers.items(), ("Date", "x"), ("Date", "x")], known).keyid == ME


OTHERWISE: Final = {
    "another label": ("sig1=", "sig2="),
    "a label more": ("sig1=", 'sig0=("@method");created=1, sig1='),
    "another tag": ('tag="tienglang"', 'tag="khac"'),
    "no tag": (';tag="tienglang"', ""),
    "another algorithm": ('alg="ed25519"', 'alg="hmac-sha256"'),
    "no algorithm": (';alg="ed25519"', ""),
    "no nonce": (f';nonce="{NONCE}"', ""),
    "no created": (f";created={NOW_S}", ""),
    "created twice": (";created=", ";created=1;created="),
    "created with a sign": (";created=", ";created=+"),
    "created with a zero": (";created=", ";created=0"),
    "created as a date": (f";created={NOW_S}", f";created=@{NOW_S}"),
    "an expiry": (";alg=", ";expires=9999999999;alg="),
    "a component less": (' "@query"', ""),
    "no digest": (' "content-digest"', ""),
    "a component more": ('("@method"', '("date" "@method"'),
    "another order": ('"@path" "@query"', '"@query" "@path"'),
    "parameters in another order": (f';nonce="{NONCE}";keyid="{ME}"', f';keyid="{ME}";nonce="{NONCE}"'),
    "a space": (";alg=", "; alg="),
    "a trailing space": ('tag="tienglang"', 'tag="tienglang" '),
    "a line break": ('tag="tienglang"', 'tag="tienglang"\n'),
    "a component's parameter": ('"@method"', '"@method";req'),
    "a short nonce": (NONCE, base64.b64encode(bytes(31)).decode()),
    "a nonce in a second spelling": (NONCE, NONCE[:-2] + "9="),
    "a key id that is none": (f'keyid="{ME}"', f'keyid="{KEY.keyid}"'),
}  # fmt: skip


@pytest.mark.refusal(55)
@pytest.mark.parametrize(("old", "new"), OTHERWISE.values(), ids=OTHERWISE.keys())
def test_there_is_one_spelling(old: str, new: str) -> None:
    """What RFC 9421 allows besides our one spelling is refused, though its signature is true."""
    assert proven(resigned(";created", ";created")).keyid == ME  # the rig itself signs rightly
    assert fault(resigned(old, new)) is RequestFault.MALFORMED


@pytest.mark.refusal(55)
@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("Signature", "sig1=", "sig2="),
        ("Signature", "sig1=:", "sig1=:AAAA:, sig2=:"),
        ("Signature", "==:", "==:;a"),
        ("Signature", "==:", "="),
        ("Signature", "==:", "\n==:"),
        ("Content-Digest", "sha-256=:", "sha-512=:AAAA:, sha-256=:"),
        ("Content-Digest", "sha-256", "md5"),
        ("Content-Digest", "=:", "=:;a"),
        ("Content-Digest", "sha-256=:", "sha-256=: "),
    ],
)
def test_there_is_one_spelling_of_the_values(name: str, old: str, new: str) -> None:
    """A second signature or digest beside ours, a parameter, or another algorithm's name is refused."""
    assert proven(signed()).keyid == ME
    assert fault(replaced(name, old, new)) is RequestFault.MALFORMED


@pytest.mark.refusal(55)
def test_loose_last_bits_of_a_signature_are_refused() -> None:
    """The same 64 bytes in a second base64 spelling are refused."""
    headers = signed()
    good = headers["Signature"]
    letter = good[-4]
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    loose = good[:-4] + alphabet[alphabet.index(letter) + 1] + good[-3:]
    assert base64.b64decode(loose[6:-1]) == base64.b64decode(good[6:-1])
    assert fault({**headers, "Signature": loose}) is RequestFault.MALFORMED
    assert proven(headers).keyid == ME


@pytest.mark.refusal(55)
def test_another_key_proves_nothing() -> None:
    """A key nobody knows, another's key under our name, and a key held for another device are refused."""
    assert fault(signed(key=OTHER)) is RequestFault.UNKNOWN_KEY
    theirs = resigned(";created", ";created", OTHER)
    assert fault(theirs) is RequestFault.WRONG_SIGNATURE
    with pytest.raises(RequestRefused) as caught:  # the store would give another's key for our id
        verify(ASKED, theirs.items(), lambda _: OTHER.public)
    assert caught.value.code is RequestFault.WRONG_SIGNATURE
    by_other = verify(ASKED, signed(key=OTHER).items(), lambda _: OTHER.public)
    assert by_other.keyid == device_id(OTHER.public)


def test_a_weak_key_proves_nothing() -> None:
    """A key of small order, for which anybody can sign, is refused even where the store holds it."""
    weak = base64.b64encode(b"\x01" + bytes(31)).decode()
    signature = base64.b64encode(b"\x01" + bytes(63)).decode()
    forged = {**signed(), "Signature": f"sig1=:{signature}:"}
    with pytest.raises(RequestRefused) as caught:
        verify(ASKED, forged.items(), lambda _: weak)
    assert caught.value.code is RequestFault.MALFORMED
    assert proven(signed()).keyid == ME


@pytest.mark.parametrize(
    ("created", "code"),
    [
        (NOW_S - 301, RequestFault.TOO_OLD),
        (NOW_S + 301, RequestFault.TOO_NEW),
        (0, RequestFault.TOO_OLD),
        (NOW_S - 300, None),
        (NOW_S + 300, None),
    ],
)
def test_the_senders_clock_is_judged_on_request(created: int, code: RequestFault | None) -> None:
    """With a time given, five minutes either way are allowed; without one any time is."""
    headers = signed(created=created)
    assert proven(headers).created == created
    if code is None:
        assert verify(ASKED, headers.items(), known, now_s=NOW_S).created == created
        return
    with pytest.raises(RequestRefused) as caught:
        verify(ASKED, headers.items(), known, now_s=NOW_S)
    assert caught.value.code is code


@pytest.mark.refusal(55)
@given(
    where=st.sampled_from(["method", "authority", "path", "query", "body", *signed()]),
    at=st.integers(0, 10_000),
    by=st.integers(1, 127),
)
def test_any_changed_byte_is_refused(where: str, at: int, by: int) -> None:
    """One byte changed in any covered part, or in any of the three headers, is refused."""
    headers, asked = signed(), ASKED
    if where in headers:
        headers[where] = flipped(headers[where], at, by)
    elif where == "body":
        body = flipped(ASKED.body.decode(), at, by).encode()
        asked = msgspec.structs.replace(ASKED, body=body)
    else:
        asked = msgspec.structs.replace(ASKED, **{where: flipped(getattr(ASKED, where), at, by)})
    with pytest.raises(RequestRefused):
        proven(headers, asked)
    assert proven(signed()).keyid == ME


def flipped(text: str, at: int, by: int) -> str:
    """Return ASCII text with some bits of one letter flipped."""
    at %= len(text)
    return text[:at] + chr(ord(text[at]) ^ by) + text[at + 1 :]


@pytest.mark.parametrize(
    ("changed", "nonce", "created"),
    [
        ({"path": "khong-co-gach"}, NONCE, 1),
        ({"path": "/a?b"}, NONCE, 1),
        ({"path": '/a\n"@query": ?'}, NONCE, 1),
        ({"query": "a b"}, NONCE, 1),
        ({"method": "post"}, NONCE, 1),
        ({"authority": "Loa.tinh.vn"}, NONCE, 1),
        ({"authority": ""}, NONCE, 1),
        ({}, "AAAA", 1),
        ({}, NONCE, -1),
        ({}, NONCE, 10**10),
    ],
)
def test_what_cannot_be_signed_is_our_own_mistake(
    changed: dict[str, str], nonce: str, created: int
) -> None:
    """A part that would break the line it is signed in, and a parameter out of bounds, raise before signing."""
    assert signed()
    with pytest.raises(Misuse):
        signed(msgspec.structs.replace(ASKED, **changed), nonce=nonce, created=created)


@pytest.mark.parametrize(
    ("url", "authority"),
    [
        ("https://Loa.Tinh.VN", "loa.tinh.vn"),
        ("https://loa.tinh.vn:443/", "loa.tinh.vn"),
        ("http://loa.tinh.vn:443", "loa.tinh.vn:443"),
        ("http://127.0.0.1:80", "127.0.0.1"),
        ("http://127.0.0.1:8000", "127.0.0.1:8000"),
        ("https://[2001:DB8::1]:8443", "[2001:db8::1]:8443"),
    ],
)
def test_an_address_has_one_authority(url: str, authority: str) -> None:
    """Capitals and the scheme's usual port make no difference."""
    assert authority_of(url) == authority


@pytest.mark.parametrize(
    "url",
    ["loa.tinh.vn", "ftp://loa", "https://", "https://u:p@loa", "https://loa/x", "https://làng.vn",
     "https://loa:123456", "https://loa\n", "https://a b"],
)  # fmt: skip
def test_what_is_no_address_is_refused(url: str) -> None:
    """Anything but scheme, ASCII host and port is refused; the same without the flaw is taken."""
    with pytest.raises(Misuse, match="address"):
        authority_of(url)
    assert authority_of("https://loa") == "loa"


def test_the_example_of_the_page_is_true() -> None:
    """What docs/wire.md §7.1 shows is what we sign, byte for byte, and proves what it says."""
    page = (Path(__file__).resolve().parents[2] / "docs" / "wire.md").read_text("utf-8")
    section = page[page.index("### 7.1") : page.index("### 7.2")]
    sent, base = (section.split(f"```{kind}\n")[1].split("\n```")[0] for kind in ("http", "text"))
    head, _, body = sent.partition("\n\n")
    headers = dict(line.split(": ", 1) for line in head.splitlines()[1:])
    method, path, _ = head.splitlines()[0].split()
    asked = Request(method=method, authority=headers["Host"], path=path, body=body.encode())
    found = verify(asked, headers.items(), lambda _: RFC_KEY.public)
    assert signed(asked, RFC_KEY, found.nonce, found.created).items() <= headers.items()
    given = headers["Signature"].removeprefix("sig1=:").removesuffix(":")
    assert verify_raw(RFC_KEY.public, base.encode(), base64.b64decode(given))
