"""Copied keys: one key in two machines shows itself, and somebody is told (refusal 57 of the refuse-list)."""

import hashlib
from datetime import timedelta

import pytest

from central.domain.errors import Forbidden
from central.domain.people import PersonRole
from central.services import doors
from central.services.clones import GRACE, dismiss_signs, standing_signs
from central.services.reports import Acknowledged, Rejected, take_reports
from contract import codec, seal
from contract.documents import Kind, Report, Sha256
from tests.central.enrolling import somebody
from tests.central.setting import HAMLET, Province
from tests.central.test_reports import Teller


@pytest.fixture
def teller(province: Province) -> Teller:
    """An appliance with something to tell."""
    return Teller(province)


def signs(teller: Teller) -> dict[str, int]:
    """Return the kinds of standing signs of the appliance, and how often each showed."""
    with teller.province.house.reading() as unit:
        found = standing_signs(unit, ["dt"])
    return {sign.kind: sign.times for sign in found.get(teller.device, ())}


def clone_of(teller: Teller) -> Teller:
    """Return a machine with a copy of the appliance's card."""
    copy = Teller.__new__(Teller)
    copy.__dict__.update(teller.__dict__)
    return copy


@pytest.mark.refusal(57)
def test_diverging_reports_are_refused_and_seen(teller: Teller) -> None:
    """The machine whose chain is not ours is answered 409, and the suspicion stands for its area."""
    teller.tell(teller.report())
    clone = clone_of(teller)
    assert isinstance(teller.tell(teller.report(plays=1))[0], Acknowledged)
    for times in (1, 2):
        answer = clone.tell(clone.report(plays=2))[0]
        assert isinstance(answer, Rejected)
        assert answer.status == 409
        assert signs(teller) == {"reports": times}
        clone.counter -= 1
    with teller.province.house.reading() as unit:
        assert standing_signs(unit, ["dt/tan-hoi"]) == {}
        assert list(standing_signs(unit, [HAMLET])) == [teller.device]


@pytest.mark.refusal(57)
def test_a_chain_that_continues_elsewhere_is_seen(teller: Teller) -> None:
    """The right counter after another report than the one that is here is a copy too."""
    teller.tell(teller.report())
    torn = Report(
        device=teller.device,
        counter=2,
        previous_sha256=Sha256("b" * 64),
        issued=teller.province.now,
    )
    answer = teller.tell(seal.seal(Kind.REPORT, codec.encode(torn), [teller.key]))[0]
    assert isinstance(answer, Rejected)
    assert (answer.code, signs(teller)) == ("broken-chain", {"reports": 1})


@pytest.mark.refusal_twin(57)
def test_an_honest_appliance_raises_no_suspicion(teller: Teller) -> None:
    """Reports in order, the same one twice, one that is far too old and a gap are no copy; nor is a stranger's seal."""
    first = teller.report()
    second = teller.report(plays=1)
    teller.tell(first, second, second, first)
    teller.counter += 1
    assert isinstance(teller.tell(teller.report())[0], Rejected)
    forged = seal.seal(
        Kind.REPORT, seal.read_envelope(second).payload, [seal.SigningKey.generate()]
    )
    assert isinstance(teller.tell(forged)[0], Rejected)
    assert signs(teller) == {}


def report_with(teller: Teller, token: str) -> None:
    """Report once with this session."""
    session = hashlib.sha256(token.encode()).hexdigest()
    take_reports(
        teller.province.house,
        [(teller.device, teller.report())],
        now=teller.province.now,
        sessions={session},
    )


def opened(teller: Teller) -> str:
    """Return the token of a new session."""
    with teller.province.house.writing() as unit:
        return doors.open_session(unit, teller.device, now=teller.province.now)


@pytest.mark.refusal(57)
def test_two_sessions_that_live_at_once_are_seen(teller: Teller) -> None:
    """An older session that still reports minutes after a newer one was opened belongs to a second machine."""
    old = opened(teller)
    teller.province.clock.pass_by(timedelta(minutes=5))
    new = opened(teller)
    teller.province.clock.pass_by(GRACE + timedelta(seconds=1))
    report_with(teller, new)
    assert signs(teller) == {}
    report_with(teller, old)
    assert signs(teller) == {"sessions": 1}


@pytest.mark.refusal_twin(57)
def test_a_renewed_session_raises_no_suspicion(teller: Teller) -> None:
    """What was on its way with the old token when the new one was given is honest; other appliances do not count."""
    old = opened(teller)
    other = Teller(teller.province)
    teller.province.clock.pass_by(timedelta(minutes=20))
    new = opened(teller)
    teller.province.clock.pass_by(timedelta(seconds=20))
    report_with(teller, old)
    teller.province.clock.pass_by(timedelta(minutes=6))
    opened(other)
    report_with(teller, new)
    assert signs(teller) == {}


def test_a_suspicion_stands_until_somebody_looked(teller: Teller) -> None:
    """An administrator of the area ends it; the next sign raises it again; nobody else may."""
    house = teller.province.house
    teller.tell(teller.report())
    clone = clone_of(teller)
    teller.tell(teller.report(plays=1))
    clone.tell(clone.report(plays=2))
    theirs = somebody("kia", PersonRole.ADMINISTRATOR, "dt/tan-hoi")
    with house.writing() as unit, pytest.raises(Forbidden):
        dismiss_signs(unit, teller.device, who=theirs, now=teller.province.now)
    admin = somebody("quan.tri", PersonRole.ADMINISTRATOR)
    with house.writing() as unit:
        dismiss_signs(unit, teller.device, who=admin, now=teller.province.now)
    assert signs(teller) == {}
    teller.province.clock.pass_by(timedelta(minutes=1))
    clone.counter -= 1
    clone.tell(clone.report(plays=2))
    assert signs(teller) == {"reports": 2}
