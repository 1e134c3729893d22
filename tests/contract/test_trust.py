"""Which sealed bytes an appliance obeys, and which may replace which; announcements apart."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract import codec, rules, seal
from contract.documents import (
    Approval,
    Assignment,
    Command,
    Document,
    Kind,
    Programme,
    Report,
    Role,
    SetVolume,
    Silence,
    Threshold,
)
from contract.errors import Misuse, RefusalCode, Refused, Stale
from contract.memory import ClockWord, DoorName
from contract.rules import MAX_JUMP
from contract.testing import NOW, Authority, device_key, report
from contract.trust import (
    Admitted,
    TrustedNow,
    TrustState,
    admit,
    raise_floor,
    renew_keyring,
    role_of,
    state_from_json,
    state_to_json,
    verify_for_central,
    verify_report,
)

KEY: Final = device_key()
DEVICE: Final = seal.device_id(KEY.public)
STRANGER: Final = seal.device_id(device_key("stranger").public)
HOUR: Final = timedelta(hours=1)
DAY: Final = timedelta(days=1)
SHA: Final = seal.sha256(b"content")


def at(wall: datetime = NOW, clock: ClockWord = "trusted", door: DoorName = "poll") -> TrustedNow:
    """Return the moment of an arrival."""
    return TrustedNow(wall, clock, door)


def fresh(authority: Authority) -> TrustState:
    """Return an appliance that holds nothing, its image built a month ago."""
    return TrustState.fresh(authority.keyring, KEY.public, NOW - 30 * DAY)


def assigned(authority: Authority) -> TrustState:
    """Return the appliance bound to hamlet 1."""
    return admit(fresh(authority), authority.assign(KEY.public), at()).state


def refusal(state: TrustState, sealed: bytes, now: TrustedNow | None = None) -> RefusalCode:
    """Return why the bytes are refused."""
    with pytest.raises(Refused) as caught:
        admit(state, sealed, at() if now is None else now)
    return caught.value.code


def stale(state: TrustState, sealed: bytes) -> bool:
    """Return whether the bytes are already held; nothing else may be wrong with them."""
    try:
        admit(state, sealed, at())
    except Stale:
        return True
    return False


@pytest.fixture
def authority() -> Authority:
    """Return an authority over the province."""
    return Authority.make(seed="trust")


# --- the seal, the role, the scope -------------------------------------------------------------


SIGN: Final[dict[Kind, Callable[[Authority, tuple[Role, ...]], bytes]]] = {
    Kind.ASSIGNMENT: lambda a, by: a.assign(KEY.public, epoch=2, by=by),
    Kind.PROGRAMME: lambda a, by: a.programme(DEVICE, by=by),
    Kind.APPROVAL: lambda a, by: a.approve(SHA, by=by),
    Kind.ANNOUNCEMENT: lambda a, by: a.announce(by=by),
    Kind.ACTIVE_SET: lambda a, by: a.activeset(by=by),
    Kind.COMMAND: lambda a, by: a.command(DEVICE, by=by),
}


@pytest.mark.refusal_twin(16, 37)
@pytest.mark.refusal(16, 37)
@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("kind", SIGN)
def test_a_document_needs_the_key_of_its_own_role(
    authority: Authority, kind: Kind, role: Role
) -> None:
    """Of all roles exactly one signs a kind: a stolen schedule key makes no emergency."""
    state, sealed = assigned(authority), SIGN[kind](authority, (role,))
    if role is role_of(kind):
        admitted = admit(state, sealed, at())
        assert admitted.kind is kind
        assert admitted.payload_sha256 == seal.read_envelope(sealed).payload_sha256
        assert codec.encode(admitted.document) == seal.read_envelope(sealed).payload
    else:
        assert refusal(state, sealed) is RefusalCode.UNKNOWN_KEY
        assert verify_refusal(authority, sealed) is RefusalCode.UNKNOWN_KEY


@pytest.mark.parametrize("kind", SIGN)
def test_a_scope_elsewhere_does_not_reach_us(authority: Authority, kind: Kind) -> None:
    """A key whose scope is the neighbouring commune signs nothing for our appliance."""
    neighbour = authority.add_key(role_of(kind), "dt/tan-hoi")
    ours = authority.add_key(role_of(kind), "dt/my-phong/ap-1")
    state = assigned(authority)
    document = codec.decode(kind, seal.read_envelope(SIGN[kind](authority, ())).payload)
    if hasattr(document, "areas"):
        document = msgspec.structs.replace(document, areas=("dt/my-phong/ap-1",))
    elif hasattr(document, "area"):
        document = msgspec.structs.replace(document, area="dt/my-phong/ap-1")
    assert refusal(state, authority.seal(kind, document, neighbour)) is RefusalCode.OUT_OF_SCOPE
    assert admit(state, authority.seal(kind, document, ours), at()).kind is kind


@pytest.mark.parametrize("kind", SIGN)
def test_a_threshold_counts_for_every_kind(authority: Authority, kind: Kind) -> None:
    """Where the keyring asks for two people, one is refused and two are obeyed."""
    second = authority.add_key(role_of(kind))
    rule = Threshold(role=role_of(kind), area="dt/my-phong/ap-1", count=2)
    one = SIGN[kind](authority, ())
    state = assigned(authority)
    strict = msgspec.structs.replace(authority.keyring, epoch=9, thresholds=(rule,))
    state = renew_keyring(state, strict)
    assert refusal(state, one) is RefusalCode.THRESHOLD
    assert admit(state, seal.attach(one, second), at()).kind is kind


def test_a_changed_payload_or_a_false_signature_is_refused(authority: Authority) -> None:
    """A known key's name over another's signature is told apart from an unknown key."""
    state = assigned(authority)
    honest = authority.command(DEVICE)
    forged = honest.replace(b'"sig":"', b'"sig":"AAAA', 1)
    position = honest.index(b'"sig":"') + len(b'"sig":"')
    forged = honest[:position] + b"AAAA" + honest[position + 4 :]
    assert refusal(state, forged) is RefusalCode.BAD_SIGNATURE
    assert refusal(state, authority.command(DEVICE, by=[KEY])) is RefusalCode.UNKNOWN_KEY
    assert admit(state, honest, at()).kind is Kind.COMMAND


def test_nothing_is_parsed_before_it_is_verified(authority: Authority) -> None:
    """A malformed payload by a stranger is told as unknown; only a known key's is told malformed."""
    state, junk = assigned(authority), b'{"counter":1,"counter":2}'
    by_stranger = authority.seal_bytes(Kind.COMMAND, junk, device_key("stranger"))
    assert refusal(state, by_stranger) is RefusalCode.UNKNOWN_KEY
    assert refusal(state, authority.seal_bytes(Kind.COMMAND, junk)) is RefusalCode.MALFORMED


@pytest.mark.refusal_twin(47)
@pytest.mark.refusal(47)
def test_a_revoked_or_expired_key_is_refused(authority: Authority) -> None:
    """What a person signed is obeyed until a newer keyring lacks the key or its time runs out."""
    leaving = authority.add_key(Role.EMERGENCY)
    short = authority.add_key(Role.EMERGENCY, not_after=NOW + HOUR)
    state = assigned(authority)
    by_leaving, by_short = authority.announce(by=[leaving]), authority.announce(by=[short])
    admit(state, by_leaving, at())
    admit(state, by_short, at())
    revoked = renew_keyring(state, authority.revoke(leaving))
    assert refusal(revoked, by_leaving) is RefusalCode.UNKNOWN_KEY
    admit(revoked, by_short, at())
    assert refusal(state, by_short, at(NOW + HOUR)) is RefusalCode.EXPIRED
    admit(state, by_leaving, at(NOW + HOUR))


@pytest.mark.refusal(47)
def test_an_old_keyring_is_refused(authority: Authority) -> None:
    """A keyring gives way to a higher epoch only; the same one again is stale."""
    first = authority.keyring
    authority.add_key(Role.EMERGENCY)
    state = renew_keyring(fresh(authority), msgspec.structs.replace(authority.keyring, epoch=5))
    with pytest.raises(Refused, match="old-version"):
        renew_keyring(state, first)
    with pytest.raises(Stale):
        renew_keyring(state, state.keyring)
    with pytest.raises(Refused, match="same-version"):
        renew_keyring(state, msgspec.structs.replace(first, epoch=5))


def test_an_unfit_keyring_is_never_taken(authority: Authority) -> None:
    """Neither a first nor a newer keyring may hold a key that anybody could sign for."""
    weak = msgspec.structs.replace(authority.keyring.keys[0], key="AQ" + "A" * 41 + "=")
    bad = msgspec.structs.replace(authority.keyring, epoch=2, keys=(weak,))
    with pytest.raises(Refused, match="small order"):
        renew_keyring(fresh(authority), bad)
    with pytest.raises(Refused, match="small order"):
        TrustState.fresh(bad, KEY.public, NOW)
    with pytest.raises(Misuse, match="time zone"):
        TrustState.fresh(authority.keyring, KEY.public, NOW.replace(tzinfo=None))


@pytest.mark.parametrize("kind", [k for k in SIGN if k is not Kind.ASSIGNMENT])
def test_an_unassigned_appliance_obeys_only_its_assignment(
    authority: Authority, kind: Kind
) -> None:
    """Before it knows where it is, an appliance is silent; afterwards the same bytes are obeyed."""
    state, sealed = fresh(authority), SIGN[kind](authority, ())
    assert refusal(state, sealed) is RefusalCode.UNASSIGNED
    admit(assigned(authority), sealed, at())


def test_an_appliance_obeys_no_report(authority: Authority) -> None:
    """A report is for central, whoever signed it; central takes it with the device key."""
    sealed = report(KEY, 1, SHA)
    assert refusal(assigned(authority), sealed) is RefusalCode.WRONG_KIND
    assert isinstance(verify_report(sealed, KEY.public), Report)


# --- assignment --------------------------------------------------------------------------------


def test_an_assignment_gives_way_to_a_higher_epoch(authority: Authority) -> None:
    """A newer paper replaces the older; older, equal and doctored ones do not."""
    first, second = authority.assign(KEY.public), authority.assign(KEY.public, "dt/tan-hoi/ap-2")
    old = admit(fresh(authority), first, at()).state
    state = admit(old, second, at()).state
    assert state.assignment is not None
    assert (state.assignment.epoch, state.assignment.area) == (2, "dt/tan-hoi/ap-2")
    assert refusal(state, first) is RefusalCode.OLD_VERSION
    assert stale(state, second)
    doctored = authority.assign(KEY.public, epoch=2)
    assert refusal(state, doctored) is RefusalCode.SAME_VERSION


def test_an_assignment_names_our_id_and_our_key(authority: Authority) -> None:
    """Another appliance's paper, or ours with another's key, makes us nobody else."""
    state = fresh(authority)
    stranger = device_key("stranger").public
    assert refusal(state, authority.assign(stranger)) is RefusalCode.WRONG_DEVICE
    sealed = authority.assign(KEY.public)
    ours = admit(state, sealed, at()).document
    for change in ({"device_key": stranger}, {"device": STRANGER}):
        mixed = authority.seal(Kind.ASSIGNMENT, msgspec.structs.replace(ours, **change))
        assert refusal(state, mixed) is RefusalCode.WRONG_DEVICE


def test_an_assignment_may_not_leap(authority: Authority) -> None:
    """An epoch far ahead would lock out every later paper; a step within the limit is fine."""
    state = fresh(authority)
    leap = authority.assign(KEY.public, epoch=MAX_JUMP + 1)
    assert refusal(state, leap) is RefusalCode.VERSION_JUMP
    state = admit(state, authority.assign(KEY.public, epoch=MAX_JUMP), at()).state
    leap = authority.assign(KEY.public, epoch=2 * MAX_JUMP + 1)
    assert refusal(state, leap) is RefusalCode.VERSION_JUMP
    admit(state, authority.assign(KEY.public, epoch=2 * MAX_JUMP), at())


def test_nothing_covers_an_appliance_of_no_place(authority: Authority) -> None:
    """Approvals and active sets are about a place: without one they are about somebody else."""
    approval = admit(assigned(authority), authority.approve(SHA), at()).document
    assert isinstance(approval, Approval)
    with pytest.raises(Refused, match="wrong-audience"):
        rules.check_approval(fresh(authority), approval, NOW)
    rules.check_approval(assigned(authority), approval, NOW)


# --- programme ---------------------------------------------------------------------------------


@pytest.mark.refusal_twin(30, 31)
@pytest.mark.refusal(30, 31)
def test_a_programme_gives_way_to_a_higher_version(authority: Authority) -> None:
    """A newer programme replaces the older; older, equal and doctored ones do not."""
    first, second = authority.programme(DEVICE), authority.programme(DEVICE)
    state = admit(admit(assigned(authority), first, at()).state, second, at()).state
    assert refusal(state, first) is RefusalCode.OLD_VERSION
    assert stale(state, second)
    doctored = authority.programme(DEVICE, version=2, filler=None, expires=NOW + DAY)
    assert refusal(state, doctored) is RefusalCode.SAME_VERSION
    assert refusal(state_from_json(state_to_json(state)), first) is RefusalCode.OLD_VERSION


@pytest.mark.refusal(24)
def test_the_same_payload_sealed_anew_is_stale(authority: Authority) -> None:
    """What counts is the payload: a second signature does not make it news."""
    second = authority.add_key(Role.SCHEDULE)
    sealed = authority.programme(DEVICE)
    state = admit(assigned(authority), sealed, at()).state
    assert stale(state, seal.attach(sealed, second))


@pytest.mark.refusal_twin(29)
@pytest.mark.refusal(29)
def test_a_programme_for_another_appliance_is_refused(authority: Authority) -> None:
    """A neighbour's valid programme is not ours."""
    state = assigned(authority)
    assert refusal(state, authority.programme(STRANGER)) is RefusalCode.WRONG_DEVICE
    admit(state, authority.programme(DEVICE), at())


@pytest.mark.refusal_twin(33)
@pytest.mark.refusal(33)
def test_a_programme_belongs_to_the_assignment_held(authority: Authority) -> None:
    """Made for an earlier or later paper it is refused: the appliance may stand elsewhere by now."""
    state = admit(assigned(authority), authority.assign(KEY.public), at()).state
    for epoch in (1, 3):
        sealed = authority.programme(DEVICE, assignment_epoch=epoch)
        assert refusal(state, sealed) is RefusalCode.WRONG_EPOCH
    admit(state, authority.programme(DEVICE, assignment_epoch=2), at())


def test_a_new_assignment_begins_the_versions_anew(authority: Authority) -> None:
    """The way out after a stolen key drove the version up: a new paper, then any version."""
    state = admit(assigned(authority), authority.programme(DEVICE, version=900_000), at()).state
    low = authority.programme(DEVICE, version=1)
    assert refusal(state, low) is RefusalCode.OLD_VERSION
    state = admit(state, authority.assign(KEY.public), at()).state
    state = admit(state, authority.programme(DEVICE, version=1, assignment_epoch=2), at()).state
    assert state.programme_floor is not None
    assert (state.programme_floor.assignment_epoch, state.programme_floor.version) == (2, 1)


def test_a_programme_may_not_leap(authority: Authority) -> None:
    """A version far ahead would lock out every later programme."""
    state = assigned(authority)
    leap = authority.programme(DEVICE, version=MAX_JUMP + 1)
    assert refusal(state, leap) is RefusalCode.VERSION_JUMP
    state = admit(state, authority.programme(DEVICE, version=MAX_JUMP), at()).state
    leap = authority.programme(DEVICE, version=2 * MAX_JUMP + 1)
    assert refusal(state, leap) is RefusalCode.VERSION_JUMP
    admit(state, authority.programme(DEVICE, version=2 * MAX_JUMP), at())


@pytest.mark.parametrize("clock", ["trusted", "floor-only", "unknown"])
def test_an_expired_programme_is_refused(authority: Authority, clock: ClockWord) -> None:
    """Expiry goes by the clock or the floor, whichever is later, so a clock set back helps nobody."""
    sealed = authority.programme(DEVICE)
    state = assigned(authority)
    late = raise_floor(state, NOW + 7 * DAY)
    set_back = at(NOW - 365 * DAY, clock)
    assert refusal(late, sealed, set_back) is RefusalCode.EXPIRED
    admit(raise_floor(state, NOW + 6 * DAY), sealed, set_back)
    if clock != "unknown":
        assert refusal(state, sealed, at(NOW + 7 * DAY, clock)) is RefusalCode.EXPIRED
    admit(state, sealed, at(NOW + 6 * DAY, clock))


def test_an_unknown_clock_that_runs_ahead_locks_nothing_out(authority: Authority) -> None:
    """A clock two years fast and known to be wrong is not asked: the floor judges alone."""
    state, ahead = assigned(authority), NOW + 730 * DAY
    sealed = authority.programme(DEVICE)
    assert refusal(state, sealed, at(ahead, "floor-only")) is RefusalCode.EXPIRED
    admit(state, sealed, at(ahead, "unknown"))


# --- approval ----------------------------------------------------------------------------------


def test_an_approval_covers_its_area_and_below(authority: Authority) -> None:
    """The word for our hamlet, commune or province counts; for a neighbour's it does not."""
    state = assigned(authority)
    for area in ("dt", "dt/my-phong", "dt/my-phong/ap-1"):
        assert isinstance(admit(state, authority.approve(SHA, area), at()).document, Approval)
    for area in ("dt/my-phong/ap-10", "dt/tan-hoi", "dt/my-phong/ap-1/loa-2"):
        assert refusal(state, authority.approve(SHA, area)) is RefusalCode.WRONG_AUDIENCE


@pytest.mark.refusal_twin(32)
@pytest.mark.refusal(32)
def test_an_approver_speaks_within_the_scope(authority: Authority) -> None:
    """A commune's approver cannot approve for the province."""
    commune = authority.add_key(Role.APPROVE, "dt/my-phong")
    state = assigned(authority)
    wide = authority.approve(SHA, "dt", by=[commune])
    assert refusal(state, wide) is RefusalCode.OUT_OF_SCOPE
    admit(state, authority.approve(SHA, "dt/my-phong", by=[commune]), at())


def test_an_approval_ends(authority: Authority) -> None:
    """At `not_after` the word is over; it may come any number of times before."""
    state, sealed = assigned(authority), authority.approve(SHA, not_after=NOW + HOUR)
    once = admit(state, sealed, at()).state
    assert admit(once, sealed, at()).state == once
    assert refusal(state, sealed, at(NOW + HOUR)) is RefusalCode.EXPIRED


# --- active set --------------------------------------------------------------------------------


def test_an_active_set_gives_way_to_a_higher_version(authority: Authority) -> None:
    """Within one area newer replaces older; each area counts for itself."""
    first, second = authority.activeset(), authority.activeset()
    state = admit(admit(assigned(authority), first, at()).state, second, at()).state
    assert refusal(state, first) is RefusalCode.OLD_VERSION
    assert stale(state, second)
    other = authority.activeset(version=2, expires=NOW + timedelta(minutes=1))
    assert refusal(state, other) is RefusalCode.SAME_VERSION
    admit(state, authority.activeset(area="dt/my-phong", version=1), at())


def test_an_active_set_must_cover_us(authority: Authority) -> None:
    """The set of a neighbouring commune says nothing about what is in force here."""
    state = assigned(authority)
    sealed = authority.activeset(area="dt/tan-hoi")
    assert refusal(state, sealed) is RefusalCode.WRONG_AUDIENCE
    admit(state, authority.activeset(area="dt/my-phong"), at())


def test_an_active_set_tells_of_a_revocation(authority: Authority) -> None:
    """A set that asks for a newer keyring is refused until we hold it: the sign to fetch it."""
    state = assigned(authority)
    sealed = authority.activeset(min_keyring_epoch=2)
    assert refusal(state, sealed) is RefusalCode.WRONG_EPOCH
    authority.add_key(Role.EMERGENCY)
    admit(renew_keyring(state, authority.keyring), sealed, at())


def test_an_active_set_lives_ten_minutes(authority: Authority) -> None:
    """A longer life is refused, and so is a set past its end."""
    state = assigned(authority)
    long = authority.activeset(expires=NOW + timedelta(minutes=10, microseconds=1))
    assert refusal(state, long) is RefusalCode.LIFE_TOO_LONG
    sealed = authority.activeset()
    assert refusal(state, sealed, at(NOW + timedelta(minutes=10))) is RefusalCode.EXPIRED
    admit(state, sealed, at(NOW + timedelta(minutes=9)))


# --- command -----------------------------------------------------------------------------------


def test_a_command_is_obeyed_once(authority: Authority) -> None:
    """Counters rise: a replay is stale or old, the same counter with other content is refused."""
    first = authority.command(DEVICE, SetVolume(volume_pct=10))
    second = authority.command(DEVICE, Silence(on=True))
    state = admit(assigned(authority), first, at()).state
    assert stale(state, first)
    state = admit(state, second, at()).state
    assert refusal(state, first) is RefusalCode.OLD_VERSION
    other = authority.command(DEVICE, Silence(on=False), counter=2)
    assert refusal(state, other) is RefusalCode.SAME_VERSION
    admit(state, authority.command(DEVICE, Silence(on=False), counter=3), at())


def test_a_command_is_for_one_appliance(authority: Authority) -> None:
    """Another appliance's command is not ours."""
    state = assigned(authority)
    assert refusal(state, authority.command(STRANGER)) is RefusalCode.WRONG_DEVICE
    admit(state, authority.command(DEVICE), at())


def test_a_command_lives_five_minutes(authority: Authority) -> None:
    """Longer lives, past ends and givers from the future are refused."""
    state, five = assigned(authority), timedelta(minutes=5)
    long = authority.command(DEVICE, expires=NOW + five + timedelta(seconds=1))
    assert refusal(state, long) is RefusalCode.LIFE_TOO_LONG
    sealed = authority.command(DEVICE)
    assert refusal(state, sealed, at(NOW + five)) is RefusalCode.EXPIRED
    admit(state, sealed, at(NOW + five - timedelta(seconds=1)))
    future = authority.command(DEVICE, issued=NOW + five + timedelta(seconds=1))
    assert refusal(state, future) is RefusalCode.FROM_FUTURE
    admit(state, future, at(clock="floor-only"))
    admit(state, authority.command(DEVICE, issued=NOW + five), at())


def test_a_new_keyring_frees_counters_that_were_driven_up(authority: Authority) -> None:
    """After a stolen key used the last counter, a new keyring epoch lets commands begin again."""
    last = authority.command(DEVICE, counter=2**53)
    state = admit(assigned(authority), last, at()).state
    state = admit(state, authority.activeset(version=2**53), at()).state
    low_command, low_set = authority.command(DEVICE, counter=1), authority.activeset(version=1)
    assert refusal(state, low_command) is RefusalCode.OLD_VERSION
    assert refusal(state, low_set) is RefusalCode.OLD_VERSION
    authority.add_key(Role.COMMAND)
    state = renew_keyring(state, authority.keyring)
    admit(admit(state, low_command, at()).state, low_set, at())


# --- time floor --------------------------------------------------------------------------------


def test_a_document_raises_the_floor_a_day_at_most(authority: Authority) -> None:
    """Time told by a document counts up to 24 h beyond what was believed."""
    state = fresh(authority)
    after = admit(state, authority.assign(KEY.public), at(NOW - 60 * DAY, "unknown")).state
    assert after.time_floor == state.time_floor + DAY
    trusted = admit(state, authority.assign(KEY.public, epoch=2), at()).state
    assert trusted.time_floor == NOW
    near = raise_floor(state, NOW - HOUR)
    assert (
        admit(near, authority.assign(KEY.public, epoch=3), at(clock="unknown")).state.time_floor
        == NOW
    )


def test_a_document_from_the_future_cannot_run_the_clock_away(authority: Authority) -> None:
    """A stolen key that dates documents years ahead gains 24 h for each, no more."""
    authority.now = NOW + 3_000 * DAY
    state = admit(fresh(authority), authority.assign(KEY.public), at()).state
    assert state.time_floor == NOW + DAY


def test_an_approval_does_not_move_the_floor(authority: Authority) -> None:
    """It may come any number of times, so it must not add a day at each."""
    state = assigned(authority)
    authority.now = NOW + 30 * DAY
    assert admit(state, authority.approve(SHA), at()).state.time_floor == state.time_floor


def test_the_floor_never_falls(authority: Authority) -> None:
    """Neither an old document nor a clock set back lowers it."""
    state = raise_floor(assigned(authority), NOW + HOUR)
    assert raise_floor(state, NOW).time_floor == NOW + HOUR
    assert admit(state, authority.programme(DEVICE), at(NOW)).state.time_floor == NOW + HOUR
    with pytest.raises(Misuse, match="time zone"):
        raise_floor(state, datetime(2030, 1, 1))  # noqa: DTZ001  the mistake is the point


# --- memory ------------------------------------------------------------------------------------


def full_state(authority: Authority) -> TrustState:
    """Return a state in which everything is remembered."""
    state, alert = assigned(authority), authority.announce()
    for sealed in (
        authority.programme(DEVICE),
        authority.approve(SHA),
        alert,
        authority.activeset([alert]),
        authority.cancel("dt:1:1", "dt:1:77"),
        authority.command(DEVICE),
    ):
        state = admit(state, sealed, at()).state
    return state


def test_the_state_survives_its_store(authority: Authority) -> None:
    """Written as JSON and read again it is the same state, and writes the same text."""
    state = full_state(authority)
    again = state_from_json(state_to_json(state))
    assert again == state
    assert state_to_json(again) == state_to_json(state)
    assert state_from_json(state_to_json(fresh(authority)).encode()) == fresh(authority)


def test_a_damaged_store_is_told_as_such(authority: Authority) -> None:
    """Half a state is refused, never read as an empty one."""
    text = state_to_json(full_state(authority))
    state_from_json(text)
    for damaged in ("", "{}", text[:-1], text.replace('"device"', '"devise"'), "\ud800", b"\xff"):
        with pytest.raises(Refused, match="stored trust state"):
            state_from_json(damaged)


def test_a_refusal_changes_nothing(authority: Authority) -> None:
    """The state handed in is never altered, whatever arrives."""
    state = full_state(authority)
    before = state_to_json(state)
    refusal(state, authority.programme(STRANGER))
    admit(state, authority.programme(DEVICE), at())
    assert state_to_json(state) == before


# --- central -----------------------------------------------------------------------------------


def verify_refusal(authority: Authority, sealed: bytes, area: str | None = None) -> RefusalCode:
    """Return why central refuses the bytes."""
    with pytest.raises(Refused) as caught:
        verify_for_central(authority.keyring, sealed, NOW, area=area)
    return caught.value.code


def test_central_judges_role_scope_and_threshold_only(authority: Authority) -> None:
    """What a browser sealed is taken if the right people signed it, even twice or past its end."""
    commune = authority.add_key(Role.APPROVE, "dt/my-phong")
    old = authority.approve(SHA, "dt/my-phong", by=[commune], not_after=NOW - DAY)
    document = verify_for_central(authority.keyring, old, NOW)
    assert isinstance(document, Approval)
    wide = authority.approve(SHA, "dt", by=[commune])
    assert verify_refusal(authority, wide) is RefusalCode.OUT_OF_SCOPE


def test_central_knows_the_area_of_an_appliance(authority: Authority) -> None:
    """A programme names only a device; with its area given, the signer's scope is judged too."""
    narrow = authority.add_key(Role.SCHEDULE, "dt/tan-hoi")
    sealed = authority.programme(DEVICE, by=[narrow])
    assert isinstance(verify_for_central(authority.keyring, sealed, NOW), Programme)
    assert verify_refusal(authority, sealed, "dt/my-phong") is RefusalCode.OUT_OF_SCOPE
    inside = verify_for_central(authority.keyring, sealed, NOW, area="dt/tan-hoi/ap-2")
    assert isinstance(inside, Programme)


def test_central_takes_a_report_from_its_own_appliance_only(authority: Authority) -> None:
    """The device key signs for the device it makes; others, and other kinds, are refused."""
    other = device_key("stranger")
    assert verify_report(report(KEY, 1, SHA), KEY.public).counter == 1
    with pytest.raises(Refused, match="bad-signature"):
        verify_report(report(other, 1, SHA), KEY.public)
    with pytest.raises(Refused, match="wrong-kind"):
        verify_report(authority.command(DEVICE), KEY.public)
    about_us = seal.read_envelope(report(KEY, 1, SHA)).payload
    with pytest.raises(Refused, match="wrong-device"):
        verify_report(seal.seal(Kind.REPORT, about_us, [other]), other.public)
    assert verify_refusal(authority, report(KEY, 1, SHA)) is RefusalCode.WRONG_KIND


# --- properties --------------------------------------------------------------------------------


MOMENTS = st.builds(
    lambda hours, clock, door: TrustedNow(NOW + hours * HOUR, clock, door),
    st.integers(-2_000, 2_000),
    st.sampled_from(["trusted", "floor-only", "unknown"]),
    st.sampled_from(["push", "poll", "store", "usb", "neighbour"]),
)


def many_documents() -> list[bytes]:
    """Return a box of sealed bytes, most of them fit to be obeyed at some moment."""
    authority = Authority.make(seed="trust")
    box: list[bytes] = []
    for days in (0, 1, 400):
        authority.now = NOW + days * DAY
        alert = authority.announce()
        box += [
            authority.assign(KEY.public),
            authority.assign(KEY.public, "dt/tan-hoi"),
            *(authority.programme(DEVICE, assignment_epoch=epoch) for epoch in (1, 1, 2, 2)),
            authority.approve(SHA),
            alert,
            authority.cancel("dt:1:1", "dt:1:2"),
            authority.activeset([alert]),
            authority.activeset(),
            authority.command(DEVICE),
            authority.command(DEVICE),
        ]
    return box


BOX: Final = many_documents()


def floors(state: TrustState) -> dict[str, tuple[float, ...]]:
    """Return every floor of a state by name, as something that can be compared."""
    programme = state.programme_floor
    return {
        "time": (state.time_floor.timestamp(),),
        "assignment": (-1 if state.assignment is None else state.assignment.epoch,),
        "programme": () if programme is None else (programme.assignment_epoch, programme.version),
        "command": (state.command_counter,),
        **{area: (held.version,) for area, held in state.activeset_versions.items()},
    }


def admit_or_keep(state: TrustState, sealed: bytes, now: TrustedNow) -> Admitted | None:
    """Return what was admitted, or None."""
    try:
        return admit(state, sealed, now)
    except (Refused, Stale):
        return None


@given(st.lists(st.tuples(st.sampled_from(BOX), MOMENTS), max_size=30))
def test_nothing_that_arrives_lowers_a_floor(arrivals: list[tuple[bytes, TrustedNow]]) -> None:
    """Whatever order the doors deliver in, under whatever clock, versions and floors only rise.

    And what was admitted once is never admitted again, except an approval, which is kept nowhere.
    """
    state = TrustState.fresh(Authority.make(seed="trust").keyring, KEY.public, NOW - 30 * DAY)
    admitted_before: set[str] = set()
    for sealed, now in arrivals:
        admitted = admit_or_keep(state, sealed, now)
        if admitted is None:
            continue
        after = floors(admitted.state)
        for name, floor in floors(state).items():
            assert after[name] >= floor
        if admitted.kind is not Kind.APPROVAL:
            assert admitted.payload_sha256 not in admitted_before
        admitted_before.add(admitted.payload_sha256)
        state = state_from_json(state_to_json(admitted.state))


@given(st.data())
def test_no_damaged_envelope_is_obeyed(data: st.DataObject) -> None:
    """Any flipped bit, and any cut, of any kind of document leaves nothing to obey."""
    authority = Authority.make(seed="trust")
    state = admit(fresh(authority), authority.assign(KEY.public, epoch=1), at()).state
    kind = data.draw(st.sampled_from(sorted(SIGN)))
    sealed = SIGN[kind](authority, ())
    admit(state, sealed, at())
    bit = data.draw(st.integers(0, len(sealed) * 8 - 1))
    flipped = bytearray(sealed)
    flipped[bit // 8] ^= 1 << bit % 8
    for damaged in (bytes(flipped), sealed[: bit // 8]):
        with pytest.raises(Refused):
            admit(state, damaged, at())


def test_the_documents_of_the_box_are_all_obeyed_in_order() -> None:
    """The box of the property holds documents that would be obeyed: it proves something."""
    state = TrustState.fresh(Authority.make(seed="trust").keyring, KEY.public, NOW - 30 * DAY)
    obeyed: list[Document] = []
    for sealed in BOX[:13]:
        admitted = admit_or_keep(state, sealed, at())
        if admitted is not None:
            obeyed.append(admitted.document)
            state = admitted.state
    kinds = {type(document) for document in obeyed}
    assert {Assignment, Programme, Approval, Command} <= kinds
    assert len(obeyed) >= 9
