"""Attacks of `tests/refusals.py` that no other test of the contract shows: each with the honest twin beside it."""

import base64
import json
import unicodedata
from typing import Final

import pytest

from contract import codec, seal
from contract.documents import Kind, Role, Status
from contract.errors import RefusalCode, Refused
from contract.testing import NOW, Authority, device_key
from contract.trust import TrustedNow, TrustState, admit, renew_keyring

KEY: Final = device_key()
DEVICE: Final = seal.device_id(KEY.public)
AT: Final = TrustedNow(NOW, "trusted")
VIETNAMESE: Final = "Mỹ Phong".encode()


@pytest.fixture
def authority() -> Authority:
    """Return an authority over the province."""
    return Authority.make(seed="refuse list")


@pytest.fixture
def state(authority: Authority) -> TrustState:
    """Return an appliance bound to hamlet 1."""
    fresh = TrustState.fresh(authority.keyring, KEY.public, NOW)
    return admit(fresh, authority.assign(KEY.public), AT).state


def refusal(state: TrustState, sealed: bytes) -> RefusalCode:
    """Return why the bytes are refused."""
    with pytest.raises(Refused) as caught:
        admit(state, sealed, AT)
    return caught.value.code


def crooked(authority: Authority, sealed: bytes, old: str, new: str) -> bytes:
    """Return the document with one place of its payload changed, signed anew by the same role."""
    envelope = seal.read_envelope(sealed)
    assert old.encode() in envelope.payload
    payload = envelope.payload.replace(old.encode(), new.encode(), 1)
    return authority.seal_bytes(envelope.kind, payload)


def spelled(payload_type: str, payload: bytes, signatures: object) -> bytes:
    """Return an envelope in the one spelling, whatever stands in it."""
    text = base64.b64encode(payload).decode()
    tree = {"payloadType": payload_type, "payload": text, "signatures": signatures}
    return json.dumps(tree, ensure_ascii=False, separators=(",", ":")).encode()


@pytest.mark.refusal(17)
@pytest.mark.refusal_twin(17)
def test_a_signature_names_its_key(authority: Authority, state: TrustState) -> None:
    """Without a key id, or with `null` for it, a good signature is no signature; with it, it is."""
    sealed = authority.command(DEVICE)
    tree = json.loads(sealed)
    [signature] = tree["signatures"]
    payload_type, payload = tree["payloadType"], base64.b64decode(tree["payload"])
    for broken in ({"sig": signature["sig"]}, {"keyid": None, "sig": signature["sig"]}):
        assert refusal(state, spelled(payload_type, payload, [broken])) is RefusalCode.MALFORMED
    whole = spelled(payload_type, payload, [signature])
    assert whole == sealed
    admit(state, whole, AT)


@pytest.mark.refusal(19)
@pytest.mark.refusal_twin(19)
def test_a_signature_over_lengths_in_letters_does_not_count(
    authority: Authority, state: TrustState
) -> None:
    """Signed with the payload's length counted in letters it fits nothing; counted in bytes it is obeyed."""
    title = VIETNAMESE.decode()
    payload = seal.read_envelope(authority.approve(seal.sha256(b"x"), title=title)).payload
    letters, size = len(payload.decode()), len(payload)
    assert letters < size
    name, key = codec.payload_type(Kind.APPROVAL), authority.keys[Role.APPROVE]

    def signed(length: int) -> bytes:
        message = f"DSSEv1 {len(name)} {name} {length} ".encode() + payload
        signature = base64.b64encode(key.sign(message)).decode()
        return spelled(name, payload, [{"keyid": key.keyid, "sig": signature}])

    assert refusal(state, signed(letters)) is RefusalCode.BAD_SIGNATURE
    assert admit(state, signed(size), AT).kind is Kind.APPROVAL


@pytest.mark.refusal(19)
def test_a_payload_type_of_other_letters_is_unknown(state: TrustState) -> None:
    """No payload type holds a letter whose bytes could be miscounted: such a one is not read at all."""
    name = codec.payload_type(Kind.COMMAND).replace("command", "cömmand")
    sealed = spelled(
        name, b"{}", [{"keyid": KEY.keyid, "sig": base64.b64encode(b"x" * 64).decode()}]
    )
    assert refusal(state, sealed) is RefusalCode.WRONG_KIND


@pytest.mark.refusal(20)
@pytest.mark.refusal_twin(20)
@pytest.mark.parametrize("first", ['["dt"]', '["dt/tan-hoi"]'])
def test_an_announcement_speaks_to_one_list_of_areas(
    authority: Authority, state: TrustState, first: str
) -> None:
    """Two lists of areas in one signed announcement are refused, whichever of them is ours; one is obeyed."""
    sealed = authority.announce(["dt"])
    twice = crooked(authority, sealed, '"areas":["dt"]', f'"areas":{first},"areas":["dt"]')
    assert refusal(state, twice) is RefusalCode.MALFORMED
    assert admit(state, sealed, AT).kind is Kind.ANNOUNCEMENT


LOOKALIKES: Final = {
    "composed": unicodedata.normalize("NFC", "dt/mỹ-phong"),
    "decomposed": unicodedata.normalize("NFD", "dt/mỹ-phong"),
    "cyrillic": "dt/my-рhong",
    "full width": "dt/my-ｐhong",
    "soft hyphen": "dt/my-ph\u00adong",
    "upper case": "dt/My-Phong",
    "empty segment": "dt//my-phong",
    "dots": "dt/../dt/my-phong",
}


@pytest.mark.refusal(28)
@pytest.mark.refusal_twin(28)
@pytest.mark.parametrize("name", LOOKALIKES.values(), ids=LOOKALIKES)
def test_a_place_has_one_spelling(authority: Authority, state: TrustState, name: str) -> None:
    """A name that is drawn like ours is no place: refused in an announcement and in an assignment alike."""
    announced = authority.announce(["dt/my-phong"])
    paper = authority.assign(KEY.public, "dt/my-phong", epoch=2)
    for sealed in (announced, paper):
        bent = crooked(authority, sealed, '"dt/my-phong"', json.dumps(name, ensure_ascii=False))
        assert refusal(state, bent) is RefusalCode.MALFORMED
        admit(state, sealed, AT)


@pytest.mark.refusal(28)
@pytest.mark.refusal_twin(28)
def test_an_issuer_has_one_spelling(authority: Authority, state: TrustState) -> None:
    """A cancel under an issuer that only looks like the alert's is refused; under the same one it is obeyed."""
    cancel = authority.cancel("dt:1:7", id="dt:1:8")
    for other in ("dт:1:8", "DT:1:8", "dt:1:٨", "dt:1:8 "):
        assert refusal(state, crooked(authority, cancel, "dt:1:8", other)) is RefusalCode.MALFORMED
    admit(state, cancel, AT)


@pytest.mark.refusal(35)
@pytest.mark.refusal_twin(35)
@pytest.mark.parametrize("everybody", ["*", "", "?" * 16, DEVICE[:-1] + "*", DEVICE.upper()])
def test_no_document_is_for_any_appliance(
    authority: Authority, state: TrustState, everybody: str
) -> None:
    """A wild card, or nothing, in the place of the appliance's id is refused in each kind that names one."""
    for sealed in (
        authority.assign(KEY.public, epoch=2),
        authority.programme(DEVICE),
        authority.command(DEVICE),
    ):
        bent = crooked(authority, sealed, f'"device":"{DEVICE}"', f'"device":"{everybody}"')
        assert refusal(state, bent) is RefusalCode.MALFORMED
        admit(state, sealed, AT)


@pytest.mark.refusal(37)
@pytest.mark.refusal_twin(37)
def test_no_sealed_document_is_a_keyring(authority: Authority, state: TrustState) -> None:
    """Whatever key seals a keyring, as whatever kind, it is not taken; the chain's own word is."""
    thief = device_key("thief")
    authority.add_key(Role.EMERGENCY, key=thief)
    keyring = codec.encode_keyring(authority.keyring)
    for kind, role in ((Kind.PROGRAMME, Role.SCHEDULE), (Kind.ASSIGNMENT, Role.ASSIGN)):
        sealed = authority.seal_bytes(kind, keyring, role)
        assert refusal(state, sealed) is RefusalCode.MALFORMED
    name = "application/vnd.tienglang.keyring.v1+json"
    signature = authority.keys[Role.SCHEDULE].sign(seal.pae(name, keyring))
    keyid = authority.keys[Role.SCHEDULE].keyid
    sealed = spelled(name, keyring, [{"keyid": keyid, "sig": base64.b64encode(signature).decode()}])
    assert refusal(state, sealed) is RefusalCode.WRONG_KIND
    assert refusal(state, authority.announce(by=[thief])) is RefusalCode.UNKNOWN_KEY
    admit(renew_keyring(state, authority.keyring), authority.announce(by=[thief]), AT)


@pytest.mark.refusal(41)
@pytest.mark.refusal_twin(41)
def test_an_announcement_to_nobody_is_refused(authority: Authority, state: TrustState) -> None:
    """An empty list of areas is not "everywhere": it is malformed, however well it is signed."""
    sealed = authority.announce(["dt"])
    nobody = crooked(authority, sealed, '"areas":["dt"]', '"areas":[]')
    assert refusal(state, nobody) is RefusalCode.MALFORMED
    admit(state, sealed, AT)


@pytest.mark.refusal(45)
@pytest.mark.refusal_twin(45)
@pytest.mark.parametrize("status", [Status.EXERCISE, Status.TEST])
def test_a_drill_relabelled_does_not_fit_its_signature(
    authority: Authority, state: TrustState, status: Status
) -> None:
    """A drill whose label somebody else changed to `Actual` fits no signature; the signer's own word does."""
    drill, real = authority.announce(status=status), authority.announce()
    admit(state, drill, AT)
    tree = json.loads(drill)
    payload = base64.b64decode(tree["payload"])
    relabelled = payload.replace(f'"{status.value}"'.encode(), b'"Actual"')
    assert relabelled != payload
    forged = spelled(tree["payloadType"], relabelled, tree["signatures"])
    assert refusal(state, forged) is RefusalCode.BAD_SIGNATURE
    admit(state, real, AT)


@pytest.mark.refusal(45)
@pytest.mark.refusal_twin(45)
@pytest.mark.parametrize(
    "status", ["", '"status":"Draft",', '"status":null,', '"status":"actual",']
)
def test_an_announcement_says_that_it_is_real(
    authority: Authority, state: TrustState, status: str
) -> None:
    """Without a status, as a draft, or with the word written otherwise, nothing is assumed: it is malformed."""
    sealed = authority.announce()
    bent = crooked(authority, sealed, '"status":"Actual",', status)
    assert refusal(state, bent) is RefusalCode.MALFORMED
    admit(state, sealed, AT)
