"""The seal: one spelling, real signatures, and no key that anybody could sign for."""

import base64
import json
from typing import Final

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519, x25519
from hypothesis import given
from hypothesis import strategies as st

from contract import codec, seal
from contract.documents import Kind
from contract.errors import Misuse, RefusalCode, Refused
from contract.seal import SigningKey
from contract.testing import Authority, device_key

PRIME: Final = 2**255 - 19
ORDER: Final = 2**252 + 27742317777372353535851937790883648493
KEY = device_key("seal")
OTHER = device_key("another")
PAYLOAD = b'{"a":1}'
SEALED = seal.seal(Kind.COMMAND, PAYLOAD, [KEY])


def b64(data: bytes) -> str:
    """Return standard base64."""
    return base64.b64encode(data).decode()


def spelled(payload_type: str, payload: str, signatures: list[tuple[str, str]]) -> bytes:
    """Return an envelope of any parts in the one spelling."""
    tree = {
        "payloadType": payload_type,
        "payload": payload,
        "signatures": [{"keyid": keyid, "sig": sig} for keyid, sig in signatures],
    }
    return json.dumps(tree, separators=(",", ":"), ensure_ascii=False).encode()


def command_with(signature: bytes, keyid: str = KEY.keyid) -> bytes:
    """Return the command's envelope with another signature."""
    return spelled(codec.payload_type(Kind.COMMAND), b64(PAYLOAD), [(keyid, b64(signature))])


def refused(data: bytes) -> Refused:
    """Return the refusal of an envelope."""
    with pytest.raises(Refused) as caught:
        seal.read_envelope(data)
    return caught.value


@pytest.mark.refusal_twin(17, 18, 24)
def test_what_was_sealed_is_read_and_verified() -> None:
    """The exact payload comes out, with its digest, and the signer is found among candidates."""
    envelope = seal.read_envelope(SEALED)
    assert (envelope.kind, envelope.payload) == (Kind.COMMAND, PAYLOAD)
    assert envelope.payload_sha256 == seal.sha256(PAYLOAD)
    assert seal.signers(envelope, [OTHER.public, KEY.public]) == {KEY.public}
    assert seal.signers(envelope, [OTHER.public]) == frozenset()


def test_an_envelope_is_one_line_without_spaces() -> None:
    """The spelling is fixed: fields in their order, nothing between them."""
    message = b"DSSEv1 41 application/vnd.tienglang.command.v1+json 7 " + PAYLOAD
    expected = (
        '{"payloadType":"application/vnd.tienglang.command.v1+json","payload":"eyJhIjoxfQ==",'
        f'"signatures":[{{"keyid":"{KEY.keyid}","sig":"{b64(KEY.sign(message))}"}}]}}'
    )
    assert expected.encode() == SEALED


@pytest.mark.refusal_twin(19)
def test_lengths_count_bytes() -> None:
    """A payload type of other letters is measured in UTF-8 bytes, not letters."""
    assert seal.pae("ồ", "đ".encode()) == b"DSSEv1 3 \xe1\xbb\x93 2 \xc4\x91"


@pytest.mark.refusal_twin(16)
@pytest.mark.refusal(16)
@pytest.mark.parametrize("kind", Kind)
def test_the_kind_is_part_of_what_is_signed(kind: Kind) -> None:
    """The same signed bytes presented as another kind have no signer."""
    message = seal.pae(codec.payload_type(Kind.COMMAND), PAYLOAD)
    data = spelled(codec.payload_type(kind), b64(PAYLOAD), [(KEY.keyid, b64(KEY.sign(message)))])
    found = seal.signers(seal.read_envelope(data), [KEY.public])
    assert found == ({KEY.public} if kind is Kind.COMMAND else frozenset())


@pytest.mark.refusal(18)
def test_a_signature_over_the_bare_payload_does_not_count() -> None:
    """Only the pre-authentication encoding is signed, never the payload alone."""
    bare = seal.read_envelope(command_with(KEY.sign(PAYLOAD)))
    assert seal.signers(bare, [KEY.public]) == frozenset()


@pytest.mark.refusal(17)
@pytest.mark.parametrize("keyid", ["", "0" * 16, OTHER.keyid, KEY.keyid.upper()])
def test_a_false_key_id_does_not_count(keyid: str) -> None:
    """A signature whose key id is not its key's own is nobody's, whatever the signature says."""
    message = seal.pae(codec.payload_type(Kind.COMMAND), PAYLOAD)
    envelope = seal.read_envelope(command_with(KEY.sign(message), keyid))
    assert seal.signers(envelope, [KEY.public, OTHER.public]) == frozenset()


@pytest.mark.refusal(17)
def test_a_key_id_alone_proves_nothing() -> None:
    """Another key's signature under our key id has no signer."""
    message = seal.pae(codec.payload_type(Kind.COMMAND), PAYLOAD)
    envelope = seal.read_envelope(command_with(OTHER.sign(message), KEY.keyid))
    assert seal.signers(envelope, [KEY.public, OTHER.public]) == frozenset()


def test_one_key_counts_once_however_often_it_stands_there() -> None:
    """An envelope that carries one signature twice has one signer."""
    tree = json.loads(SEALED)
    tree["signatures"] *= 2
    envelope = seal.read_envelope(json.dumps(tree, separators=(",", ":")).encode())
    assert seal.signers(envelope, [KEY.public, KEY.public]) == {KEY.public}


@given(st.integers(0, len(SEALED) * 8 - 1))
def test_no_flipped_bit_verifies(bit: int) -> None:
    """With any one bit of the envelope changed it is refused or has no signer."""
    data = bytearray(SEALED)
    data[bit // 8] ^= 1 << bit % 8
    try:
        envelope = seal.read_envelope(bytes(data))
    except Refused:
        return
    assert seal.signers(envelope, [KEY.public, OTHER.public]) == frozenset()


def test_no_prefix_and_no_addition_is_an_envelope() -> None:
    """Cut short or lengthened by a byte at either end, it is refused."""
    for length in range(len(SEALED)):
        refused(SEALED[:length])
    for more in (b" ", b"\n", b"\x00", b"{}", b"\xef\xbb\xbf"):
        refused(SEALED + more)
        refused(more + SEALED)


@pytest.mark.refusal(24)
@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'","payload"', b'", "payload"'),
        (b"eyJhIjoxfQ==", b"eyJhIjoxfR=="),
        (b"eyJhIjoxfQ==", b"eyJhIjoxfQ"),
        (b"eyJhIjoxfQ==", b"eyJh!IjoxfQ=="),
        (b"eyJhIjoxfQ==", b"eyJhIjoxfQ==\\n"),
        (b"eyJhIjoxfQ==", b"eyJhIjoxfQ===="),
        (b"eyJhIjoxfQ==", b"eyJhIjoxfQ\\u003d="),
        (b"eyJhIjoxfQ==", "eyJhIjoxfQ＝＝".encode()),
        (b'"payload":', b'"payload":"eA==","payload":'),
        (b'"signatures":[', b'"more":1,"signatures":['),
        (b'"keyid":', b'"extra":"","keyid":'),
        (b'"keyid":"', b'"keyid":1,"x":"'),
        (b"application/", b"Application/"),
        (b"application/", b"application\\/"),
        (b"command.v1", b"command.v2"),
        (b"command.v1", b"unheard-of.v1"),
    ],
)
def test_there_is_no_second_spelling(old: bytes, new: bytes) -> None:
    """Spaces, loose base64, other cases, doubled or further fields are refused before verifying."""
    assert old in SEALED
    assert refused(SEALED.replace(old, new, 1)).code in {
        RefusalCode.MALFORMED,
        RefusalCode.WRONG_KIND,
    }


def test_fields_stand_in_their_order() -> None:
    """The same fields in another order are another spelling."""
    tree = json.loads(SEALED)
    turned = {name: tree[name] for name in reversed(tree)}
    assert json.loads(json.dumps(turned)) == tree
    assert "spelled" in refused(json.dumps(turned, separators=(",", ":")).encode()).why


@pytest.mark.refusal_twin(25)
@pytest.mark.refusal(25)
@pytest.mark.parametrize(
    ("count", "accepted"), [(0, False), (1, True), (16, True), (17, False), (10_000, False)]
)
def test_an_envelope_has_one_to_sixteen_signatures(count: int, *, accepted: bool) -> None:
    """None proves nothing, and thousands would only keep the appliance busy."""
    tree = json.loads(SEALED)
    tree["signatures"] *= count
    data = json.dumps(tree, separators=(",", ":")).encode()
    if accepted:
        assert len(seal.read_envelope(data).signatures) == count
    else:
        assert refused(data).code in {RefusalCode.MALFORMED, RefusalCode.TOO_LARGE}


@pytest.mark.refusal_twin(26)
@pytest.mark.refusal(26)
@pytest.mark.parametrize("length", [0, 1, 63, 65, 128])
def test_a_signature_has_64_bytes(length: int) -> None:
    """A signature cut short or lengthened is refused before verifying."""
    assert refused(command_with(b"\x01" * length)).code is RefusalCode.MALFORMED
    seal.read_envelope(command_with(b"\x01" * 64))


@pytest.mark.refusal_twin(27)
@pytest.mark.refusal(27)
def test_size_is_judged_before_the_payload_is_decoded() -> None:
    """An envelope longer than the largest document is refused unread, and so is each kind's."""
    assert refused(b"x" * 3_000_000).code is RefusalCode.TOO_LARGE
    for kind, cap in codec.MAX_BYTES.items():
        fits = seal.seal(kind, b" " * cap, [KEY])
        assert seal.read_envelope(fits).kind is kind
        assert refused(seal.seal(kind, b" " * (cap + 1), [KEY])).code is RefusalCode.TOO_LARGE
    padded = command_with(KEY.sign(b""), "0" * 20_000)
    assert refused(padded).code is RefusalCode.TOO_LARGE
    seal.read_envelope(command_with(KEY.sign(b""), "0" * 10_000))


@pytest.mark.refusal_twin(27)
@pytest.mark.refusal(27)
@pytest.mark.parametrize("kind", Kind)
def test_the_largest_envelope_is_read_and_one_byte_more_is_not(kind: Kind) -> None:
    """Each kind's cap counts the whole envelope to the byte."""
    largest = -(-codec.MAX_BYTES[kind] // 3) * 4 + 4_000
    sig = b64(b"\x01" * 64)

    def of_size(size: int) -> bytes:
        bare = spelled(codec.payload_type(kind), "", [("", sig)])
        return spelled(codec.payload_type(kind), "", [("0" * (size - len(bare)), sig)])

    assert len(of_size(largest)) == largest
    assert seal.read_envelope(of_size(largest)).kind is kind
    assert refused(of_size(largest + 1)).code is RefusalCode.TOO_LARGE


@pytest.mark.refusal_twin(26)
@pytest.mark.refusal(26)
def test_a_malleable_signature_is_refused() -> None:
    """Adding the group order to S gives no second valid signature."""
    message = seal.pae(codec.payload_type(Kind.COMMAND), PAYLOAD)
    signature = KEY.sign(message)
    assert seal.verify_raw(KEY.public, message, signature)
    scalar = int.from_bytes(signature[32:], "little") + ORDER
    assert not seal.verify_raw(KEY.public, message, signature[:32] + scalar.to_bytes(32, "little"))


def y_of_order_8() -> int:
    """Return y of a point of order 8, from the curve's equation alone.

    Doubling a point gives y = 0 where y² = -x². In -x² + y² = 1 + d·x²·y² that makes u = y² a root
    of d·u² + 2u - 1 = 0.
    """
    d = -121665 * pow(121666, -1, PRIME) % PRIME
    roots = [(root - 1) * pow(d, -1, PRIME) % PRIME for root in square_roots((1 + d) % PRIME)]
    return next(y for u in roots for y in square_roots(u))


def square_roots(value: int) -> list[int]:
    """Return the square roots modulo the field's prime, if there are any."""
    root = pow(value, (PRIME + 3) // 8, PRIME)
    if root * root % PRIME != value:
        root = root * pow(2, (PRIME - 1) // 4, PRIME) % PRIME
    return [root, PRIME - root] if root * root % PRIME == value else []


def weak_keys() -> list[bytes]:
    """Return every encoding of the eight points of small order, canonical and not."""
    eighth = y_of_order_8()
    coordinates = [0, 1, PRIME - 1, eighth, PRIME - eighth, PRIME, PRIME + 1]
    return [(y | sign << 255).to_bytes(32, "little") for y in coordinates for sign in (0, 1)]


@pytest.mark.refusal(26)
@pytest.mark.parametrize("raw", weak_keys(), ids=lambda raw: raw.hex()[:8] + raw.hex()[-4:])
def test_a_key_of_small_order_is_no_key(raw: bytes) -> None:
    """Each of them is refused as a key, has no device id, and verifies nothing."""
    with pytest.raises(Refused, match="small order"):
        seal.check_public_key(b64(raw))
    with pytest.raises(Refused):
        seal.device_id(b64(raw))
    forged = (1).to_bytes(32, "little") + bytes(32)
    assert not any(seal.verify_raw(b64(raw), b"%d" % n, forged) for n in range(32))


def test_the_library_alone_would_accept_a_key_of_small_order() -> None:
    """The reason for the list: a signature nobody made passes for the identity point as key."""
    identity = (1).to_bytes(32, "little")
    library = ed25519.Ed25519PublicKey.from_public_bytes(identity)
    library.verify(identity + bytes(32), b"any message")
    assert not seal.verify_raw(b64(identity), b"any message", identity + bytes(32))


@pytest.mark.refusal_twin(26)
@pytest.mark.refusal(26)
@pytest.mark.parametrize(
    "public",
    ["", "A" * 43, b64(b"x" * 31), b64(b"x" * 33), "*" * 43 + "=", KEY.public[:-2] + "/="],
)
def test_what_is_no_key_is_refused(public: str) -> None:
    """Wrong length, junk, or loose last bits in base64 make no key."""
    seal.check_public_key(KEY.public)
    with pytest.raises(Refused):
        seal.check_public_key(public)
    assert not seal.verify_raw(public, b"", KEY.sign(b""))


def test_a_second_person_may_sign_the_same_bytes() -> None:
    """Attaching adds a signature and leaves the payload alone; twice by one key is a mistake."""
    both = seal.attach(SEALED, OTHER)
    envelope = seal.read_envelope(both)
    assert envelope.payload == PAYLOAD
    assert seal.signers(envelope, [KEY.public, OTHER.public]) == {KEY.public, OTHER.public}
    with pytest.raises(Misuse, match="once"):
        seal.attach(both, KEY)
    with pytest.raises(Misuse, match="once"):
        seal.seal(Kind.COMMAND, PAYLOAD, [KEY, KEY])
    with pytest.raises(Misuse, match="signatures"):
        seal.seal(Kind.COMMAND, PAYLOAD, [])


@pytest.mark.parametrize("passphrase", [None, "mật khẩu".encode()])
def test_a_key_file_gives_the_key_back(passphrase: bytes | None) -> None:
    """A key written as PEM, in the clear or encrypted, is the same key when read again."""
    key = SigningKey.generate()
    again = SigningKey.from_pem(key.to_pem(passphrase), passphrase)
    assert again.public == key.public
    assert seal.verify_raw(key.public, b"m", again.sign(b"m"))
    assert (b"ENCRYPTED" in key.to_pem(passphrase)) is (passphrase is not None)


def test_a_key_file_opens_only_with_its_passphrase() -> None:
    """A wrong, missing or empty passphrase and another sort of file are told in plain words."""
    pem = KEY.to_pem(b"secret")
    assert SigningKey.from_pem(pem, b"secret").public == KEY.public
    for wrong in (b"Secret", None):
        with pytest.raises(Misuse, match="passphrase"):
            SigningKey.from_pem(pem, wrong)
    with pytest.raises(Misuse, match="passphrase"):
        SigningKey.from_pem(b"no key", None)
    other_type = x25519.X25519PrivateKey.generate().private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    with pytest.raises(Misuse, match="Ed25519"):
        SigningKey.from_pem(other_type, None)
    with pytest.raises(Misuse, match="empty"):
        KEY.to_pem(b"")
    with pytest.raises(Misuse, match="32 bytes"):
        SigningKey.from_seed(b"short")


def test_a_key_does_not_show_itself() -> None:
    """What a log would print of a key is its id only."""
    assert repr(KEY) == f"SigningKey({KEY.keyid})"


def test_ids_are_made_from_the_raw_key() -> None:
    """Key id and device id are prefixes of one digest, in hex and in base32."""
    digest = bytes.fromhex(seal.sha256(base64.b64decode(KEY.public)))
    assert KEY.keyid == digest.hex()[:16]
    assert seal.device_id(KEY.public) == base64.b32encode(digest).decode().lower()[:16]


@given(st.binary(max_size=400))
def test_any_bytes_are_an_envelope_or_refused(data: bytes) -> None:
    """No bytes at all raise anything but a refusal."""
    refused(data)


def test_a_large_keyring_is_searched_by_key_id() -> None:
    """Sixteen signatures against many keys verify each signature once at most."""
    authority = Authority.make(seed="many")
    crowd = [device_key(f"person {n}") for n in range(200)]
    data = seal.seal(Kind.COMMAND, PAYLOAD, crowd[:16])
    found = seal.signers(seal.read_envelope(data), [k.public for k in crowd])
    assert found == {k.public for k in crowd[:16]}
    assert not found & {k.key for k in authority.keyring.keys}
