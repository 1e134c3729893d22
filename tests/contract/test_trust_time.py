"""The signed time: believed only as the answer to one question, from whoever may tell the time here."""

import base64
from datetime import datetime, timedelta
from typing import Final

import pytest

from contract import codec, seal
from contract.documents import Keyring, Kind, Role, SignedTime, Threshold
from contract.errors import RefusalCode, Refused
from contract.testing import NOW, Authority, device_key
from contract.trust import (
    TrustedNow,
    TrustState,
    admit,
    raise_floor,
    renew_keyring,
    verify_for_central,
    verify_time,
)

KEY: Final = device_key()
DEVICE: Final = seal.device_id(KEY.public)
STRANGER: Final = seal.device_id(device_key("stranger").public)
HOUR: Final = timedelta(hours=1)
DAY: Final = timedelta(days=1)
NONCE: Final = base64.b64encode(bytes(range(32))).decode()
OTHER: Final = base64.b64encode(bytes(range(1, 33))).decode()
BOOT: Final = TrustedNow(datetime.fromisoformat("1970-01-01T00:00:40Z"), "unknown")


@pytest.fixture
def authority() -> Authority:
    """Return an authority over the province."""
    return Authority.make(seed="time")


def appliance(authority: Authority, floor: datetime = NOW - DAY) -> TrustState:
    """Return an appliance in hamlet 1 that was booted in 1970 and knows that `floor` has passed."""
    state = TrustState.fresh(authority.keyring, KEY.public, NOW - 30 * DAY)
    return raise_floor(admit(state, authority.assign(KEY.public), BOOT).state, floor)


def refusal(state: TrustState, sealed: bytes, nonce: str = NONCE) -> RefusalCode:
    """Return why the time is not believed."""
    with pytest.raises(Refused) as caught:
        verify_time(state, sealed, nonce)
    return caught.value.code


def test_the_answer_to_our_question_is_believed(authority: Authority) -> None:
    """The time signed for this appliance and this nonce comes back to the microsecond."""
    now = NOW + timedelta(microseconds=123_456)
    signed = verify_time(appliance(authority), authority.time(DEVICE, NONCE, now), NONCE)
    assert signed == SignedTime(device=DEVICE, nonce=NONCE, now=now)


def test_a_time_nobody_asked_for_is_no_document(authority: Authority) -> None:
    """No door may bring a time as it brings a command; and a command is no time."""
    state, sealed = appliance(authority), authority.time(DEVICE, NONCE)
    with pytest.raises(Refused) as caught:
        admit(state, sealed, TrustedNow(NOW, "trusted"))
    assert caught.value.code is RefusalCode.WRONG_KIND
    command = authority.command(DEVICE)
    assert refusal(state, command) is RefusalCode.WRONG_KIND
    assert admit(state, command, TrustedNow(NOW, "trusted")).kind is Kind.COMMAND
    assert verify_time(state, sealed, NONCE).now == NOW


def test_an_answer_answers_one_question_only(authority: Authority) -> None:
    """A recorded answer, however fresh its seal, is refused for the next question."""
    state, sealed = appliance(authority), authority.time(DEVICE, OTHER)
    assert refusal(state, sealed) is RefusalCode.REPLAYED
    assert verify_time(state, sealed, OTHER).now == NOW


def test_an_answer_is_for_one_appliance_only(authority: Authority) -> None:
    """The time told to another appliance is refused, even for the same nonce."""
    state = appliance(authority)
    assert refusal(state, authority.time(STRANGER, NONCE)) is RefusalCode.WRONG_DEVICE
    assert verify_time(state, authority.time(DEVICE, NONCE), NONCE).device == DEVICE


@pytest.mark.parametrize("role", Role)
def test_only_the_key_of_time_tells_the_time(authority: Authority, role: Role) -> None:
    """No other role's key sets a clock."""
    state, sealed = appliance(authority), authority.time(DEVICE, NONCE, by=[role])
    if role is Role.TIME:
        assert verify_time(state, sealed, NONCE).now == NOW
    else:
        assert refusal(state, sealed) is RefusalCode.UNKNOWN_KEY


def test_a_changed_answer_is_refused(authority: Authority) -> None:
    """One second more in the payload, and the signature does not fit."""
    state, sealed = appliance(authority), authority.time(DEVICE, NONCE)
    later = codec.encode(SignedTime(device=DEVICE, nonce=NONCE, now=NOW + timedelta(seconds=1)))
    payload = seal.read_envelope(sealed).payload
    changed = sealed.replace(base64.b64encode(payload), base64.b64encode(later))
    assert changed != sealed
    assert refusal(state, changed) is RefusalCode.BAD_SIGNATURE
    assert verify_time(state, sealed, NONCE).now == NOW


def test_the_scope_of_the_key_must_reach_us(authority: Authority) -> None:
    """A neighbouring commune's clock is not ours; a key for our own commune is."""
    neighbour = authority.add_key(Role.TIME, "dt/tan-hoi")
    ours = authority.add_key(Role.TIME, "dt/my-phong")
    state = appliance(authority)
    told = authority.time(DEVICE, NONCE, by=[neighbour])
    assert refusal(state, told) is RefusalCode.OUT_OF_SCOPE
    assert verify_time(state, authority.time(DEVICE, NONCE, by=[ours]), NONCE).now == NOW


def test_an_appliance_of_no_place_has_nobody_to_ask(authority: Authority) -> None:
    """Before its assignment no scope can be judged, so no time is believed; after it, it is."""
    fresh = TrustState.fresh(authority.keyring, KEY.public, NOW - 30 * DAY)
    sealed = authority.time(DEVICE, NONCE)
    assert refusal(fresh, sealed) is RefusalCode.UNASSIGNED
    assigned = admit(fresh, authority.assign(KEY.public), BOOT).state
    assert verify_time(assigned, sealed, NONCE).now == NOW


def test_the_past_is_not_told_twice(authority: Authority) -> None:
    """A time below the floor is refused; the floor itself is believed."""
    state = appliance(authority, floor=NOW)
    earlier = authority.time(DEVICE, NONCE, NOW - timedelta(microseconds=1))
    assert refusal(state, earlier) is RefusalCode.OLD_VERSION
    assert verify_time(state, authority.time(DEVICE, NONCE, NOW), NONCE).now == NOW


def test_a_key_cannot_lie_beyond_its_own_end(authority: Authority) -> None:
    """A stolen key that says "in ten years" has by its own word run out; an hour before its end it has not."""
    key = authority.add_key(Role.TIME, not_after=NOW + 30 * DAY)
    state = appliance(authority)
    far = authority.time(DEVICE, NONCE, NOW + 3_650 * DAY, by=[key])
    assert refusal(state, far) is RefusalCode.EXPIRED
    last = NOW + 30 * DAY - HOUR
    assert verify_time(state, authority.time(DEVICE, NONCE, last, by=[key]), NONCE).now == last


def test_a_key_that_ran_out_below_the_floor_is_refused(authority: Authority) -> None:
    """A key that ended before what is known to have passed tells no time, whatever time it says."""
    key = authority.add_key(Role.TIME, not_after=NOW)
    sealed = authority.time(DEVICE, NONCE, NOW - HOUR, by=[key])
    assert refusal(appliance(authority, floor=NOW), sealed) is RefusalCode.EXPIRED
    assert verify_time(appliance(authority), sealed, NONCE).now == NOW - HOUR


def test_a_revoked_key_sets_no_clock(authority: Authority) -> None:
    """Absent from a newer keyring means: nobody's."""
    state, sealed = appliance(authority), authority.time(DEVICE, NONCE)
    assert verify_time(state, sealed, NONCE).now == NOW
    after = renew_keyring(state, authority.revoke(authority.keys[Role.TIME]))
    assert refusal(after, sealed) is RefusalCode.UNKNOWN_KEY


def test_a_threshold_counts_for_the_time_too(authority: Authority) -> None:
    """Where the keyring asks for two clocks, one is refused and two are believed."""
    second = authority.add_key(Role.TIME)
    keyring: Keyring = authority.keyring
    rule = Threshold(role=Role.TIME, area="dt/my-phong/ap-1", count=2)
    authority.keyring = Keyring(
        epoch=keyring.epoch + 1,
        issued=keyring.issued,
        expires=keyring.expires,
        keys=keyring.keys,
        thresholds=(rule,),
    )
    state = appliance(authority)
    assert refusal(state, authority.time(DEVICE, NONCE)) is RefusalCode.THRESHOLD
    both = authority.time(DEVICE, NONCE, by=[Role.TIME, second])
    assert verify_time(state, both, NONCE).now == NOW


def test_a_long_answer_is_refused_before_it_is_read(authority: Authority) -> None:
    """An envelope of a time beyond its cap is refused by its size; one of the usual size is read."""
    state = appliance(authority)
    padded = authority.seal_bytes(Kind.TIME, b" " * codec.MAX_BYTES[Kind.TIME])
    assert refusal(state, padded) is RefusalCode.MALFORMED
    longer = authority.time(DEVICE, NONCE).replace(b'"payload":"', b'"payload":"' + b"AAAA" * 4_000)
    assert refusal(state, longer) is RefusalCode.TOO_LARGE
    assert len(authority.time(DEVICE, NONCE)) < 1_000


@pytest.mark.parametrize("nonce", ["", "AAAA", "A" * 43 + "=\n", "A" * 44, "é" * 43 + "="])
def test_a_nonce_is_32_bytes_in_base64(authority: Authority, nonce: str) -> None:
    """Nothing but 32 bytes in base64 is a nonce; 32 bytes are."""
    with pytest.raises(Refused) as caught:
        authority.time(DEVICE, nonce)
    assert caught.value.code is RefusalCode.MALFORMED
    assert verify_time(appliance(authority), authority.time(DEVICE, NONCE), NONCE).nonce == NONCE


def test_a_time_without_a_zone_is_no_time(authority: Authority) -> None:
    """An instant that names no zone is refused; the same with one is read."""
    good = codec.encode(SignedTime(device=DEVICE, nonce=NONCE, now=NOW))
    state = appliance(authority)
    naive = authority.seal_bytes(Kind.TIME, good.replace(b'Z"}', b'"}'))
    assert refusal(state, naive) is RefusalCode.MALFORMED
    assert verify_time(state, authority.seal_bytes(Kind.TIME, good), NONCE).now == NOW


def test_the_wall_clock_is_not_asked(authority: Authority) -> None:
    """Anyone who holds the keyring reads the same time; what the asker's clock shows plays no part."""
    sealed = authority.time(DEVICE, NONCE)
    document = verify_for_central(authority.keyring, sealed, NOW, area="dt/my-phong/ap-1")
    assert document == verify_time(appliance(authority), sealed, NONCE)
