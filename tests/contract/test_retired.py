"""An appliance that was replaced or taken down: it obeys one thing only, a newer assignment."""

from collections.abc import Callable
from typing import Final

import msgspec
import pytest

from contract import codec, seal
from contract.documents import Assignment, Kind
from contract.errors import RefusalCode, Refused, Stale
from contract.testing import NOW, Authority, device_key
from contract.trust import (
    TrustedNow,
    TrustState,
    admit,
    state_from_json,
    state_to_json,
    verify_time,
)

KEY: Final = device_key()
DEVICE: Final = seal.device_id(KEY.public)
SHA: Final = seal.sha256(b"content")
NONCE: Final = "A" * 43 + "="
HERE: Final = TrustedNow(NOW, "trusted")

BROUGHT: Final[dict[Kind, Callable[[Authority, int], bytes]]] = {
    Kind.PROGRAMME: lambda a, epoch: a.programme(DEVICE, assignment_epoch=epoch),
    Kind.APPROVAL: lambda a, _: a.approve(SHA),
    Kind.ANNOUNCEMENT: lambda a, _: a.announce(),
    Kind.ACTIVE_SET: lambda a, _: a.activeset(),
    Kind.COMMAND: lambda a, _: a.command(DEVICE),
}


def retirement(authority: Authority, epoch: int) -> bytes:
    """Return the assignment that retires the appliance."""
    paper = codec.decode(
        Kind.ASSIGNMENT,
        seal.read_envelope(authority.assign(KEY.public, epoch=epoch)).payload,
    )
    assert isinstance(paper, Assignment)
    return authority.seal(Kind.ASSIGNMENT, msgspec.structs.replace(paper, retired=True))


def after(state: TrustState, *papers: bytes) -> TrustState:
    """Return the state after these papers, each of them admitted."""
    for paper in papers:
        state = admit(state, paper, HERE).state
    return state


def refusal(state: TrustState, paper: bytes) -> Refused:
    """Return how the paper is refused."""
    with pytest.raises(Refused) as caught:
        admit(state, paper, HERE)
    return caught.value


@pytest.fixture
def authority() -> Authority:
    """Return an authority over the province."""
    return Authority.make(seed="retired")


@pytest.fixture
def at_work(authority: Authority) -> TrustState:
    """Return an appliance that was assigned as usual."""
    fresh = TrustState.fresh(authority.keyring, KEY.public, NOW)
    return after(fresh, authority.assign(KEY.public, epoch=1))


@pytest.fixture
def retired(authority: Authority, at_work: TrustState) -> TrustState:
    """Return the same appliance after it was retired."""
    return after(at_work, retirement(authority, 2))


@pytest.mark.parametrize("kind", BROUGHT)
def test_a_retired_appliance_obeys_nothing(
    authority: Authority, at_work: TrustState, retired: TrustState, kind: Kind
) -> None:
    """What it would have obeyed an hour ago is refused in words that say it was retired; at work it is obeyed."""
    admit(at_work, BROUGHT[kind](authority, 1), HERE)
    for epoch in (1, 2):
        no = refusal(retired, BROUGHT[kind](authority, epoch))
        assert no.code is RefusalCode.UNASSIGNED
        assert "retired" in no.why
        assert "newer assignment" in no.why


@pytest.mark.parametrize("kind", BROUGHT)
def test_a_newer_assignment_brings_it_back(
    authority: Authority, retired: TrustState, kind: Kind
) -> None:
    """Taken down by mistake: the next assignment, not retired, and it obeys as before."""
    back = after(retired, authority.assign(KEY.public, epoch=3))
    admit(back, BROUGHT[kind](authority, 3), HERE)


def test_retirement_is_an_assignment_like_any_other(
    authority: Authority, at_work: TrustState
) -> None:
    """It is signed by the role assign, its epoch rises, and it comes into force once."""
    paper = retirement(authority, 2)
    held = after(at_work, paper)
    assert held.assignment is not None
    assert held.assignment.retired
    with pytest.raises(Stale):
        admit(held, paper, HERE)
    document = codec.decode(Kind.ASSIGNMENT, seal.read_envelope(paper).payload)
    for role in authority.keys:
        forged = authority.seal(Kind.ASSIGNMENT, document, role)
        if role == "assign":
            admit(at_work, forged, HERE)
        else:
            assert refusal(at_work, forged).code is RefusalCode.UNKNOWN_KEY


def test_an_older_assignment_does_not_bring_it_back(
    authority: Authority, retired: TrustState
) -> None:
    """The papers of before, kept by somebody, revive nothing; nor does another paper of the same epoch."""
    old = authority.assign(KEY.public, epoch=1)
    assert refusal(retired, old).code is RefusalCode.OLD_VERSION
    same = authority.assign(KEY.public, epoch=2)
    assert refusal(retired, same).code is RefusalCode.SAME_VERSION
    admit(retired, authority.assign(KEY.public, epoch=3), HERE)


def test_it_stays_retired_over_a_restart(authority: Authority, retired: TrustState) -> None:
    """What is read back from the disk is as retired as before."""
    again = state_from_json(state_to_json(retired))
    assert refusal(again, authority.announce()).code is RefusalCode.UNASSIGNED


def test_a_retired_appliance_is_told_no_time(
    authority: Authority, at_work: TrustState, retired: TrustState
) -> None:
    """It has no use for the time; at work the same answer is believed."""
    signed = authority.time(DEVICE, NONCE)
    assert verify_time(at_work, signed, NONCE).now == NOW
    with pytest.raises(Refused) as caught:
        verify_time(retired, signed, NONCE)
    assert caught.value.code is RefusalCode.UNASSIGNED


def test_a_fresh_appliance_may_be_retired_at_once(authority: Authority) -> None:
    """A machine that was lost before it was ever assigned is retired by its first paper."""
    fresh = TrustState.fresh(authority.keyring, KEY.public, NOW)
    held = after(fresh, retirement(authority, 1))
    assert refusal(held, authority.announce()).code is RefusalCode.UNASSIGNED
