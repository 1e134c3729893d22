"""The golden documents: what strangers test their appliance with, and a guard on every byte."""

import base64
import json
from datetime import datetime
from pathlib import Path
from typing import Final

import msgspec
import pytest

from contract import codec, documents, seal
from contract.documents import Kind, Report
from contract.errors import RefusalCode, Refused
from contract.trust import TrustedNow, TrustState, admit, verify_report, verify_time
from tests.contract.make_vectors import FOLDER, make_all

SETTING: Final = json.loads((FOLDER / "setting.json").read_text(encoding="utf-8"))
REFUSED: Final = json.loads((FOLDER / "refused.json").read_text(encoding="utf-8"))
NOW: Final = TrustedNow(datetime.fromisoformat(SETTING["now"]), SETTING["clock"], SETTING["door"])
# The codes that depend on more than one moment, one document or one state; test_trust has them.
ELSEWHERE: Final = {"unassigned", "clock-unknown", "not-yet", "unapproved", "too-large"}


def obeyed(name: str) -> bytes:
    """Return a golden envelope."""
    return (FOLDER / "obeyed" / f"{name}.dsse.json").read_bytes()


def state_after_all() -> TrustState:
    """Return the state of the appliance that obeyed every good vector in order."""
    state = TrustState.fresh(
        codec.decode_keyring((FOLDER / "keyring.json").read_bytes()),
        SETTING["device_public_key"],
        datetime.fromisoformat(SETTING["time_floor"]),
    )
    for name in SETTING["order"]:
        state = admit(state, obeyed(name), NOW).state
    return state


def test_the_vectors_are_what_the_code_makes() -> None:
    """A changed byte on the wire changes a vector, and that is a decision, not an accident."""
    made = make_all()
    held = {str(p.relative_to(FOLDER)) for p in FOLDER.rglob("*.json")}
    assert held == set(made)
    for path, text in made.items():
        assert (FOLDER / path).read_text(encoding="utf-8") == text, path


def test_every_good_vector_is_obeyed_in_its_order() -> None:
    """The appliance of the setting obeys them all, and each kind that is obeyed is among them."""
    state_after_all()
    kinds = {seal.read_envelope(obeyed(name)).kind for name in SETTING["order"]}
    assert kinds == set(Kind) - {Kind.REPORT, Kind.TIME, Kind.COMMISSIONING}


def test_the_time_vector_answers_its_question() -> None:
    """The golden time is believed by the appliance that asked with the nonce of the setting."""
    sealed = (FOLDER / "time.dsse.json").read_bytes()
    assert verify_time(state_after_all(), sealed, SETTING["nonce"]).now == NOW.wall


@pytest.mark.parametrize("vector", REFUSED, ids=lambda vector: vector["name"])
def test_every_bad_vector_is_refused_for_its_reason(vector: dict[str, str]) -> None:
    """After all the good ones, each bad one is refused with exactly its code."""
    with pytest.raises(Refused) as caught:
        admit(state_after_all(), vector["envelope"].encode(), NOW)
    assert caught.value.code == vector["code"]


def test_the_bad_vectors_cover_the_codes() -> None:
    """Every reason that one document at one moment can show has a vector."""
    shown = {vector["code"] for vector in REFUSED}
    assert shown == {code.value for code in RefusalCode} - ELSEWHERE


def test_the_steps_of_the_seal_lead_to_the_envelope() -> None:
    """From the seed in seal.json, each step gives the next, as a stranger would compute them."""
    steps = json.loads((FOLDER / "seal.json").read_text(encoding="utf-8"))
    key = seal.SigningKey.from_seed(bytes.fromhex(steps["seed_hex"]))
    payload = steps["payload_utf8"].encode()
    signed = base64.b64decode(steps["pre_authentication_encoding_base64"])
    assert (key.public, key.keyid) == (steps["public_key"], steps["keyid"])
    assert seal.device_id(key.public) == steps["device_id"]
    assert seal.pae(steps["payload_type"], payload) == signed
    assert base64.b64encode(key.sign(signed)).decode() == steps["signature_base64"]
    assert seal.seal(Kind.REPORT, payload, [key]).decode() == steps["envelope"]
    sealed = (FOLDER / "report.dsse.json").read_bytes()
    assert sealed.decode() == steps["envelope"]
    assert isinstance(verify_report(sealed, key.public), Report)


def test_the_page_of_the_wire_shows_the_code_as_it_is() -> None:
    """docs/wire.md names every kind, cap, refusal code and field that the code has."""
    page = (Path(__file__).resolve().parents[2] / "docs" / "wire.md").read_text(encoding="utf-8")
    for kind in Kind:
        assert codec.payload_type(kind) in page
        assert f"{codec.MAX_BYTES[kind]:,}" in page
    for code in RefusalCode:
        assert f"`{code.value}`" in page
    values = [value for value in vars(documents).values() if isinstance(value, type)]
    for value in values:
        if issubclass(value, documents.Value):
            for field in msgspec.structs.fields(value):
                assert f"`{field.name}`" in page, f"{value.__name__}.{field.name}"
    for words in (documents.Role, documents.MessageType, documents.Status, documents.Tone):
        for word in words:
            assert f"`{word.value}`" in page
