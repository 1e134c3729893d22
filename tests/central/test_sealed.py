"""How a person's sealed paper is opened, and how a second signature is added to the first."""

import json

import pytest

from central.services.sealed import merged, opened
from contract import seal
from contract.documents import Approval, Kind, Role, Sha256
from contract.errors import RefusalCode, Refused
from contract.seal import SigningKey
from contract.testing import Authority
from tests.central.setting import Province


@pytest.mark.parametrize("signer", [Role.EMERGENCY, SigningKey.generate()])
def test_a_paper_of_another_kind_is_named_before_its_signatures_are_judged(
    province: Province, signer: Role | SigningKey
) -> None:
    """Whoever sealed it: an announcement handed in as an approval is called what it is; an approval is opened."""
    authority = province.authority
    with province.house.reading() as unit:
        with pytest.raises(Refused, match="this is a announcement, not a approval") as refused:
            opened(unit, Kind.APPROVAL, authority.announce(by=[signer]), Approval, now=province.now)
        assert refused.value.code is RefusalCode.WRONG_KIND
        paper = authority.approve(Sha256("a" * 64))
        read, approval = opened(unit, Kind.APPROVAL, paper, Approval, now=province.now)
    assert (read.payload_sha256, approval.sha256) == (seal.sha256(read.payload), "a" * 64)


def test_a_second_signature_joins_the_first(authority: Authority) -> None:
    """Both stand in one envelope, each once, however often one is handed in."""
    second = authority.add_key(Role.EMERGENCY)
    one = authority.announce(id="dt:1:1")
    payload = seal.read_envelope(one).payload
    other = authority.seal_bytes(Kind.ANNOUNCEMENT, payload, second)
    assert json.loads(merged(one, one)) == json.loads(one)
    both = merged(merged(one, other), other)
    keys = [authority.keys[Role.EMERGENCY].public, second.public]
    assert len(json.loads(both)["signatures"]) == 2
    assert seal.signers(seal.read_envelope(both), keys) == frozenset(keys)


@pytest.mark.parametrize("change", ["payload", "kind"])
def test_a_signature_over_other_bytes_joins_nothing(authority: Authority, change: str) -> None:
    """Other words, or the same bytes sealed as another kind, are refused."""
    one = authority.announce(id="dt:1:1")
    payload = seal.read_envelope(one).payload
    other = {
        "payload": authority.announce(text="lời khác", id="dt:1:1"),
        "kind": authority.seal_bytes(Kind.APPROVAL, payload),
    }[change]
    with pytest.raises(Refused, match="over other bytes") as refused:
        merged(one, other)
    assert refused.value.code is RefusalCode.MALFORMED
