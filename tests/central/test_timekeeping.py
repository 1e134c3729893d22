"""Appliances are told the time: signed, each for its own question, a few times a minute."""

import base64
import os
from datetime import timedelta

import pytest

from central.domain.errors import TooOften, Unacceptable
from central.services.doors import Visitor
from central.services.timekeeping import MOST_A_MINUTE, TimeDesk
from contract import seal
from contract.documents import DeviceId, Kind, SignedTime
from contract.seal import SigningKey, device_id
from contract.trust import TrustedNow, TrustState, admit, verify_time
from tests.central.serving import Served
from tests.central.setting import HAMLET, Province, real_now


def new_nonce() -> str:
    """Return 32 fresh bytes as an appliance sends them."""
    return base64.b64encode(os.urandom(32)).decode()


def believer(province: Province, key: SigningKey) -> TrustState:
    """Return the state of an assigned appliance that was booted in 1970."""
    state = TrustState.fresh(
        province.authority.keyring, key.public, province.now - timedelta(days=30)
    )
    paper = province.authority.assign(key.public, HAMLET)
    boot = TrustedNow(province.now.replace(year=1970), "unknown")
    return admit(state, paper, boot).state


def test_the_house_tells_its_own_time_to_one_question(province: Province) -> None:
    """What is sealed is the house's clock, for this appliance and this nonce, and the appliance believes it."""
    key, device = province.appliance()
    now = province.clock.pass_by(timedelta(seconds=3, microseconds=250_000))
    nonce = new_nonce()
    told = TimeDesk().tell(province.house, Visitor(device, HAMLET), nonce)
    assert seal.read_envelope(told.envelope).kind is Kind.TIME
    signed = verify_time(believer(province, key), told.envelope, nonce)
    assert signed == SignedTime(device=device, nonce=nonce, now=now)


def test_a_flood_of_questions_is_answered_next_minute(province: Province) -> None:
    """After its share of a minute an appliance waits for the next one; its neighbour is answered meanwhile."""
    desk, asker = TimeDesk(), Visitor("a" * 16, HAMLET)
    for _ in range(MOST_A_MINUTE):
        desk.tell(province.house, asker, new_nonce())
    with pytest.raises(TooOften) as caught:
        desk.tell(province.house, asker, new_nonce())
    desk.tell(province.house, Visitor("b" * 16, HAMLET), new_nonce())
    assert 1 <= caught.value.retry_after_s <= 60
    province.clock.pass_by(timedelta(seconds=caught.value.retry_after_s))
    desk.tell(province.house, asker, new_nonce())


@pytest.mark.parametrize("nonce", ["", "AAAA", "A" * 44, "<script>"])
def test_what_is_no_nonce_is_not_signed(province: Province, nonce: str) -> None:
    """The time key signs 32 bytes in base64 and nothing else that a stranger made up."""
    visitor = Visitor(DeviceId("a" * 16), HAMLET)
    with pytest.raises(Unacceptable) as caught:
        TimeDesk().tell(province.house, visitor, nonce)
    assert caught.value.code == "bad-nonce"
    TimeDesk().tell(province.house, visitor, new_nonce())


def test_an_appliance_asks_over_the_wire(served: Served) -> None:
    """With a session the answer is an envelope of the present time; without one it is 401; floods get 429."""
    key, nonce = served.assign(HAMLET), new_nonce()
    state = TrustState.fresh(served.authority.keyring, key.public, real_now() - timedelta(days=30))
    paper = served.authority.assign(key.public, HAMLET)
    state = admit(state, paper, TrustedNow(real_now(), "unknown")).state
    with served.appliance(key) as loa:
        before, answer, after = real_now(), loa.post("/time", json={"nonce": nonce}), real_now()
        assert (answer.status_code, answer.headers["content-type"]) == (
            200,
            "application/vnd.dsse+json",
        )
        signed = verify_time(state, answer.content, nonce)
        assert signed.device == device_id(key.public)
        assert before <= signed.now <= after + timedelta(seconds=1)
        wrong = loa.post("/time", json={"nonce": "AAAA"})
        assert (wrong.status_code, wrong.json()["error"]) == (422, "bad-nonce")
        named = loa.post("/time", json={"nonce": nonce, "now": "2030-01-01T00:00:00Z"})
        assert named.status_code == 422
        stranger = loa.post("/time", json={"nonce": nonce}, headers={"authorization": "Bearer x"})
        assert (stranger.status_code, stranger.json()["error"]) == (401, "not-signed-in")
        answers = [loa.post("/time", json={"nonce": nonce}) for _ in range(2 * MOST_A_MINUTE + 1)]
        flooded = [a for a in answers if a.status_code == 429]
        assert flooded
        assert 1 <= int(flooded[0].headers["retry-after"]) <= 60
