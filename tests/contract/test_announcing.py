"""Which announcements an appliance obeys: once, for us, by those who may, until taken back."""

import itertools
from datetime import datetime, timedelta
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract import codec, seal
from contract.announcing import MOST_DRILLS, admit_announcement
from contract.documents import Announcement, MessageType, Policy, Role, Status, Threshold
from contract.errors import RefusalCode, Refused, Stale
from contract.memory import ClockWord, DoorName
from contract.seal import SigningKey
from contract.testing import NOW, Authority, device_key
from contract.trust import (
    TrustedNow,
    TrustState,
    admit,
    raise_floor,
    state_from_json,
    state_to_json,
)

KEY: Final = device_key()
HOUR: Final = timedelta(hours=1)
MINUTE: Final = timedelta(minutes=1)
UPDATE: Final = MessageType.UPDATE
HERE: Final = "dt/my-phong/ap-1"


def at(wall: datetime = NOW, clock: ClockWord = "trusted", door: DoorName = "poll") -> TrustedNow:
    """Return the moment of an arrival."""
    return TrustedNow(wall, clock, door)


def assigned(authority: Authority, *, exercises: bool = False) -> TrustState:
    """Return the appliance bound to hamlet 1."""
    state = TrustState.fresh(authority.keyring, KEY.public, NOW - timedelta(days=30))
    policy = Policy(exercises=exercises)
    return admit(state, authority.assign(KEY.public, HERE, epoch=1, policy=policy), at()).state


def after(state: TrustState, *arrivals: bytes) -> TrustState:
    """Return the state after these bytes, all of which must be admitted."""
    for sealed in arrivals:
        state = admit(state, sealed, at()).state
    return state


def refusal(state: TrustState, sealed: bytes, now: TrustedNow | None = None) -> RefusalCode:
    """Return why the bytes are refused."""
    with pytest.raises(Refused) as caught:
        admit(state, sealed, at() if now is None else now)
    return caught.value.code


@pytest.fixture
def authority() -> Authority:
    """Return an authority over the province, with keys for two communes besides."""
    return Authority.make(seed="announcing")


@pytest.fixture
def commune(authority: Authority) -> SigningKey:
    """Return the emergency key of our commune."""
    return authority.add_key(Role.EMERGENCY, "dt/my-phong", holder="Xã Mỹ Phong")


# --- to whom, when, by which door --------------------------------------------------------------


@pytest.mark.refusal_twin(41)
@pytest.mark.refusal(41)
@pytest.mark.parametrize(
    ("areas", "ours"),
    [
        (["dt"], True),
        (["dt/my-phong"], True),
        ([HERE], True),
        (["dt/tan-hoi", "dt/my-phong"], True),
        (["dt/tan-hoi"], False),
        (["dt/my-pho"], False),
        (["dt/my-phong/ap-10"], False),
        ([f"{HERE}/loa-1"], False),
    ],
)
def test_it_sounds_at_or_below_its_areas(
    authority: Authority, areas: list[str], *, ours: bool
) -> None:
    """Only an appliance under one of the areas obeys; names that merely begin alike are others."""
    state, sealed = assigned(authority), authority.announce(areas)
    if ours:
        assert "dt:1:1" in after(state, sealed).seen
    else:
        assert refusal(state, sealed) is RefusalCode.WRONG_AUDIENCE


@pytest.mark.refusal_twin(41)
@pytest.mark.refusal(41)
def test_a_commune_does_not_speak_to_the_province(
    authority: Authority, commune: SigningKey
) -> None:
    """A commune's key reaches its own appliances, not everybody's."""
    state = assigned(authority)
    wide = authority.announce(["dt"], by=[commune])
    assert refusal(state, wide) is RefusalCode.OUT_OF_SCOPE
    mixed = authority.announce(["dt/my-phong", "dt/tan-hoi"], by=[commune])
    assert refusal(state, mixed) is RefusalCode.OUT_OF_SCOPE
    after(state, authority.announce(["dt/my-phong"], by=[commune]))


@pytest.mark.refusal_twin(50)
@pytest.mark.refusal(50)
def test_an_exercise_is_obeyed_only_where_the_policy_lets_one_sound(authority: Authority) -> None:
    """At a hospital whose policy forbids drills only Actual is obeyed; elsewhere both are."""
    sealed = authority.announce(status=Status.EXERCISE)
    assert refusal(assigned(authority), sealed) is RefusalCode.NOT_ACTUAL
    after(assigned(authority), authority.announce())
    after(assigned(authority, exercises=True), sealed, authority.announce())


@pytest.mark.refusal_twin(50)
@pytest.mark.refusal(50)
@pytest.mark.parametrize("status", [Status.EXERCISE, Status.TEST])
def test_no_more_than_a_handful_of_drills_is_held(authority: Authority, status: Status) -> None:
    """The seventeenth is refused by name; what is real has room, and so has tomorrow's."""
    full = after(
        assigned(authority, exercises=True),
        *(authority.announce(status=status) for _ in range(MOST_DRILLS)),
    )
    one_more = authority.announce(status=status)
    assert refusal(full, one_more) is RefusalCode.NOT_ACTUAL
    after(full, authority.announce())
    other = Status.TEST if status is Status.EXERCISE else Status.EXERCISE
    after(full, authority.announce(status=other))
    later = raise_floor(full, NOW + 6 * HOUR)
    tomorrow = authority.announce(status=status, sent=NOW + 6 * HOUR)
    admit(later, tomorrow, at(NOW + 6 * HOUR))


@pytest.mark.parametrize("status", list(Status))
def test_only_what_is_real_proves_that_time_has_passed(
    authority: Authority, status: Status
) -> None:
    """A drill is signed weeks ahead: handed over early to a clock that is not set it makes nothing expire."""
    ahead = authority.announce(status=status, sent=NOW + 20 * HOUR)
    state = assigned(authority, exercises=True)
    moved = admit(state, ahead, at(NOW, "floor-only")).state.time_floor > state.time_floor
    assert moved is (status is Status.ACTUAL)


@pytest.mark.refusal_twin(45)
@pytest.mark.refusal(45)
def test_a_test_of_a_later_night_waits_for_it(authority: Authority) -> None:
    """Handed out before its night it is refused as from the future; in its night it is taken, and once."""
    tomorrow = authority.announce(status=Status.TEST, sent=NOW + 24 * HOUR)
    state = assigned(authority)
    assert refusal(state, tomorrow) is RefusalCode.FROM_FUTURE
    then = at(NOW + 24 * HOUR)
    heard = admit(state, tomorrow, then).state
    with pytest.raises(Stale):
        admit(heard, tomorrow, then)


def test_it_ends_at_its_expiry(authority: Authority) -> None:
    """Obeyed until a moment before `expires`, refused from then on."""
    state, sealed = assigned(authority), authority.announce()
    admit(state, sealed, at(NOW + 6 * HOUR - MINUTE))
    assert refusal(state, sealed, at(NOW + 6 * HOUR)) is RefusalCode.EXPIRED


@pytest.mark.refusal_twin(39)
@pytest.mark.refusal(39)
@pytest.mark.parametrize("clock", ["trusted", "floor-only", "unknown"])
def test_a_clock_set_back_revives_nothing(authority: Authority, clock: ClockWord) -> None:
    """What the floor has passed stays over, whatever the clock says now."""
    sealed = authority.announce()
    late = raise_floor(assigned(authority), NOW + 6 * HOUR)
    back = at(NOW, clock, "push")
    assert refusal(late, sealed, back) is RefusalCode.EXPIRED
    admit(raise_floor(assigned(authority), NOW + 5 * HOUR), sealed, back)


@pytest.mark.refusal_twin(40)
@pytest.mark.refusal(40)
def test_nothing_from_the_future_is_obeyed(authority: Authority) -> None:
    """Sent more than 5 minutes ahead of a trusted clock it is refused; other clocks cannot tell."""
    state = assigned(authority)
    ahead = authority.announce(sent=NOW + 5 * MINUTE + timedelta(seconds=1))
    assert refusal(state, ahead) is RefusalCode.FROM_FUTURE
    admit(state, ahead, at(clock="floor-only"))
    admit(state, ahead, at(clock="unknown", door="push"))
    after(state, authority.announce(sent=NOW + 5 * MINUTE))


@pytest.mark.parametrize("door", ["push", "poll", "store", "usb", "neighbour"])
def test_without_a_clock_only_the_live_stream_is_believed(
    authority: Authority, door: DoorName
) -> None:
    """With the clock unset an old warning on a stick would pass for new; the stream would not."""
    state, sealed = assigned(authority), authority.announce()
    if door == "push":
        admit(state, sealed, at(clock="unknown", door=door))
    else:
        code = refusal(state, sealed, at(clock="unknown", door=door))
        assert code is RefusalCode.CLOCK_UNKNOWN
    admit(state, sealed, at(clock="floor-only", door=door))
    admit(state, sealed, at(door=door))


def test_an_appliance_of_no_place_hears_nothing(authority: Authority) -> None:
    """Nothing is addressed to an appliance without an assignment, whoever asks; with one the same words are heard."""
    sealed = seal.read_envelope(authority.announce())
    announcement = codec.decode(sealed.kind, sealed.payload)
    assert isinstance(announcement, Announcement)
    counted = [key for key in authority.keyring.keys if key.role is Role.EMERGENCY]
    here = assigned(authority)
    nowhere = TrustState.fresh(authority.keyring, KEY.public, NOW)
    with pytest.raises(Refused, match="no assignment"):
        admit_announcement(nowhere, announcement, sealed.payload_sha256, counted, at())
    told = admit_announcement(here, announcement, sealed.payload_sha256, counted, at())
    assert announcement.id in told.seen


# --- once --------------------------------------------------------------------------------------


@pytest.mark.refusal_twin(38)
@pytest.mark.refusal(38)
def test_it_is_obeyed_once(authority: Authority) -> None:
    """The same payload again, from disk too or sealed by one more person, is stale."""
    second = authority.add_key(Role.EMERGENCY)
    sealed = authority.announce()
    state = after(assigned(authority), sealed)
    for held in (state, state_from_json(state_to_json(state))):
        for again in (sealed, seal.attach(sealed, second)):
            with pytest.raises(Stale):
                admit(held, again, at())
    after(state, authority.announce())


def test_an_id_is_used_once(authority: Authority) -> None:
    """Other words under an id already used are refused."""
    state = after(assigned(authority), authority.announce(id="dt:1:1"))
    other = authority.announce(text="Nội dung khác", id="dt:1:1")
    assert refusal(state, other) is RefusalCode.REPLAYED
    after(state, authority.announce(text="Nội dung khác", id="dt:1:2"))


def test_what_is_forgotten_is_what_time_refuses(authority: Authority) -> None:
    """An id is remembered until the floor has passed its expiry; then expiry refuses the replay."""
    sealed = authority.announce()
    cancel = authority.cancel("dt:1:9")
    state = after(assigned(authority), sealed, cancel)
    before = raise_floor(state, NOW + 6 * HOUR - MINUTE)
    assert "dt:1:1" in before.seen
    passed = raise_floor(state, NOW + 6 * HOUR)
    assert not passed.seen
    assert "dt:1:9" in passed.tombstones
    assert refusal(passed, sealed, at(NOW)) is RefusalCode.EXPIRED
    assert not raise_floor(state, NOW + 25 * HOUR).tombstones


# --- taking back -------------------------------------------------------------------------------


def test_a_cancel_ends_an_alert_for_good(authority: Authority) -> None:
    """After the cancel the alert, sent again by any door, is refused as cancelled."""
    alert = authority.announce()
    state = after(assigned(authority), alert, authority.cancel("dt:1:1"))
    assert refusal(state, alert) is RefusalCode.CANCELLED
    assert refusal(state_from_json(state_to_json(state)), alert) is RefusalCode.CANCELLED


@pytest.mark.refusal_twin(43)
@pytest.mark.refusal(43)
def test_a_cancel_may_come_first(authority: Authority) -> None:
    """A cancel that overtook its alert leaves a tombstone: the alert never sounds."""
    alert, other, cancel = authority.announce(), authority.announce(), authority.cancel("dt:1:1")
    state = after(assigned(authority), cancel)
    assert refusal(state, alert) is RefusalCode.CANCELLED
    after(state, other)


def test_an_update_replaces_what_it_names(authority: Authority) -> None:
    """The older message, late or again, is refused once its update is held."""
    alert = authority.announce()
    update = authority.announce(message=UPDATE, references=["dt:1:1"])
    assert refusal(after(assigned(authority), alert, update), alert) is RefusalCode.CANCELLED
    assert refusal(after(assigned(authority), update), alert) is RefusalCode.CANCELLED


@pytest.mark.refusal_twin(44)
@pytest.mark.refusal(44)
def test_an_update_revives_nothing(authority: Authority) -> None:
    """What was cancelled cannot be brought back by an update; a new alert can be sent."""
    alert = authority.announce()
    state = after(assigned(authority), alert, authority.cancel("dt:1:1"))
    revival = authority.announce(message=UPDATE, references=["dt:1:1"])
    assert refusal(state, revival) is RefusalCode.CANCELLED
    unseen = after(assigned(authority), authority.cancel("dt:1:1"))
    assert refusal(unseen, revival) is RefusalCode.CANCELLED
    after(state, authority.announce())


@pytest.mark.refusal_twin(44)
@pytest.mark.refusal(44)
def test_a_chain_of_updates_does_not_fork(authority: Authority) -> None:
    """A second update of the same alert must name the first update too."""
    alert = authority.announce()
    first = authority.announce(message=UPDATE, references=["dt:1:1"])
    fork = authority.announce(message=UPDATE, references=["dt:1:1"])
    chained = authority.announce(message=UPDATE, references=["dt:1:1", "dt:1:2"])
    state = after(assigned(authority), alert, first)
    assert refusal(state, fork) is RefusalCode.CANCELLED
    assert refusal(after(state, chained), first) is RefusalCode.CANCELLED
    reordered = after(assigned(authority), chained)
    for late in (alert, first, fork):
        assert refusal(reordered, late) is RefusalCode.CANCELLED


def test_naming_the_cancel_too_revives_nothing(authority: Authority) -> None:
    """An update that names both the alert and its cancel is refused like one that hides it."""
    alert, cancel = authority.announce(), authority.cancel("dt:1:1")
    state = after(assigned(authority), alert, cancel)
    both = authority.announce(message=UPDATE, references=["dt:1:1", "dt:1:2"])
    assert refusal(state, both) is RefusalCode.CANCELLED


def test_a_cancel_is_never_too_late_or_taken_back(authority: Authority) -> None:
    """What is cancelled or replaced may be cancelled again; cancelling a cancel undoes nothing."""
    alert = authority.announce()
    update = authority.announce(message=UPDATE, references=["dt:1:1"])
    cancel, again = authority.cancel("dt:1:1"), authority.cancel("dt:1:1")
    of_the_cancel = authority.cancel("dt:1:3")
    after(assigned(authority), alert, cancel, again)
    after(assigned(authority), alert, update, cancel)
    state = after(assigned(authority), alert, of_the_cancel, cancel)
    assert refusal(state, alert) is RefusalCode.CANCELLED


def test_a_message_does_not_refer_to_itself(authority: Authority) -> None:
    """A reference to its own id is nonsense and refused."""
    looped = authority.cancel("dt:1:5", id="dt:1:5")
    assert refusal(assigned(authority), looped) is RefusalCode.MALFORMED
    after(assigned(authority), authority.cancel("dt:1:4", id="dt:1:5"))


def test_a_drill_does_not_end_the_real_thing(authority: Authority) -> None:
    """A Test cancel leaves an Actual alert alone, whichever comes first, and the other way round."""
    drilling = assigned(authority, exercises=True)
    alert = authority.announce()
    drill_cancel = authority.cancel("dt:1:1", status=Status.TEST)
    assert refusal(after(drilling, alert), drill_cancel) is RefusalCode.NOT_ACTUAL
    after(drilling, drill_cancel, alert)
    after(drilling, alert, authority.cancel("dt:1:1"))


# --- who may take back -------------------------------------------------------------------------


@pytest.mark.refusal_twin(42)
@pytest.mark.refusal(42)
def test_a_commune_does_not_cancel_the_province(authority: Authority, commune: SigningKey) -> None:
    """Even for its own area, under any issuer's name, and even before the alert has come."""
    alert = authority.announce(["dt"])
    for name in ("my-phong:1:1", "dt:1:900"):
        cancel = authority.cancel("dt:1:1", areas=["dt/my-phong"], id=name, by=[commune])
        state = after(assigned(authority), alert)
        assert refusal(state, cancel) is RefusalCode.WRONG_ISSUER
        overtaken = after(assigned(authority), cancel, alert)
        assert "dt:1:1" in overtaken.seen
        ended = after(overtaken, authority.cancel("dt:1:1"))
        assert refusal(ended, alert) is RefusalCode.CANCELLED


def test_the_province_cancels_what_a_commune_said(
    authority: Authority, commune: SigningKey
) -> None:
    """A scope strictly above needs no common issuer, in either order."""
    alert = authority.announce(["dt/my-phong"], id="my-phong:1:1", by=[commune])
    cancel = authority.cancel("my-phong:1:1")
    assert refusal(after(assigned(authority), alert, cancel), alert) is RefusalCode.CANCELLED
    assert refusal(after(assigned(authority), cancel), alert) is RefusalCode.CANCELLED


@pytest.mark.refusal_twin(42)
@pytest.mark.refusal(42)
def test_an_equal_scope_cancels_for_its_own_issuer_only(
    authority: Authority, commune: SigningKey
) -> None:
    """A colleague of the same office may; another office with the same area may not."""
    colleague = authority.add_key(Role.EMERGENCY, "dt/my-phong")
    alert = authority.announce(["dt/my-phong"], id="my-phong:1:1", by=[commune])
    state = after(assigned(authority), alert)
    areas = ["dt/my-phong"]
    other = authority.cancel("my-phong:1:1", areas=areas, id="thuy-loi:1:1", by=[colleague])
    assert refusal(state, other) is RefusalCode.WRONG_ISSUER
    same = authority.cancel("my-phong:1:1", areas=areas, id="my-phong:1:2", by=[colleague])
    assert refusal(after(state, same), alert) is RefusalCode.CANCELLED


def test_a_warning_to_one_commune_by_the_province_is_the_provinces(
    authority: Authority, commune: SigningKey
) -> None:
    """It counts who said it, not to whom: the commune cannot take it back."""
    alert = authority.announce(["dt/my-phong"])
    state = after(assigned(authority), alert)
    areas = ["dt/my-phong"]
    for message in (MessageType.CANCEL, UPDATE):
        theirs = authority.announce(
            areas, message=message, references=["dt:1:1"], id="dt:1:50", by=[commune]
        )
        assert refusal(state, theirs) is RefusalCode.WRONG_ISSUER
    after(state, authority.cancel("dt:1:1", areas=areas))


def test_one_foreign_reference_spoils_the_cancel(authority: Authority, commune: SigningKey) -> None:
    """A cancel that names one alert of its own and one of another's does nothing."""
    own = authority.announce(["dt/my-phong"], id="my-phong:1:1", by=[commune])
    state = after(assigned(authority), own, authority.announce(id="dt:1:1"))
    areas = ["dt/my-phong"]
    both = authority.cancel("my-phong:1:1", "dt:1:1", areas=areas, id="my-phong:1:2", by=[commune])
    assert refusal(state, both) is RefusalCode.WRONG_ISSUER
    after(state, authority.cancel("my-phong:1:1", areas=areas, id="my-phong:1:3", by=[commune]))


def test_taking_back_needs_as_many_people_as_saying() -> None:
    """Two people warned the province: one of them alone cannot silence one commune."""
    rule = Threshold(role=Role.EMERGENCY, area="dt", count=2)
    authority = Authority.make(seed="announcing", thresholds=[rule])
    second = authority.add_key(Role.EMERGENCY)
    pair: list[Role | SigningKey] = [Role.EMERGENCY, second]
    alert = authority.announce(["dt"], by=pair)
    assert refusal(assigned(authority), authority.announce(["dt"])) is RefusalCode.THRESHOLD
    alone = authority.cancel("dt:1:1", areas=["dt/my-phong"], id="dt:1:8")
    together = authority.cancel("dt:1:1", areas=["dt/my-phong"], id="dt:1:9", by=pair)
    state = after(assigned(authority), alert)
    assert refusal(state, alone) is RefusalCode.WRONG_ISSUER
    assert "dt:1:1" in after(assigned(authority), alone, alert).seen
    assert refusal(after(state, together), alert) is RefusalCode.CANCELLED


# --- any order ---------------------------------------------------------------------------------


@pytest.mark.refusal(51)
def test_whatever_the_order_the_end_is_the_same(authority: Authority) -> None:
    """Alert, update and cancel in all orders, each by two doors: nothing is left to sound."""
    alert = authority.announce()
    update = authority.announce(message=UPDATE, references=["dt:1:1"])
    cancel = authority.cancel("dt:1:1", "dt:1:2")
    for order in itertools.permutations([alert, update, cancel] * 2):
        state = START
        for sealed in order:
            try:
                state = admit(state, sealed, at()).state
            except (Refused, Stale):
                continue
        for sealed in (alert, update):
            assert refusal(state, sealed) is RefusalCode.CANCELLED


START: Final = assigned(Authority.make(seed="announcing"))
STORY: Final = Authority.make(seed="announcing")
WORDS: Final = [
    STORY.announce(),
    STORY.announce(["dt/my-phong"]),
    STORY.announce(message=UPDATE, references=["dt:1:1"]),
    STORY.announce(message=UPDATE, references=["dt:1:1", "dt:1:3"]),
    STORY.cancel("dt:1:1"),
    STORY.cancel("dt:1:2", "dt:1:4"),
    STORY.announce(text="Khác", id="dt:1:1"),
]


@pytest.mark.refusal(51)
@given(
    st.lists(
        st.tuples(st.sampled_from(WORDS), st.integers(-30, 60), st.sampled_from(["push", "usb"])),
        max_size=25,
    )
)
def test_no_delivery_makes_a_warning_sound_twice(
    arrivals: list[tuple[bytes, int, DoorName]],
) -> None:
    """Under any order, doors and clock steps an id is admitted once at most, never after its end."""
    state, sounded, over = START, set[str](), set[str]()
    for sealed, hours, door in arrivals:
        try:
            admitted = admit(state, sealed, at(NOW + hours * HOUR, "floor-only", door))
        except (Refused, Stale):
            continue
        state, document = admitted.state, admitted.document
        name, references = getattr(document, "id", ""), getattr(document, "references", ())
        assert name not in sounded | over
        sounded.add(name)
        over |= set(references)
