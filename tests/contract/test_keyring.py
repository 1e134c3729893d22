"""Who may sign what: role, time, scope, and how many people it takes."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

import msgspec
import pytest

from contract import keyring as keyrings
from contract.documents import Keyring, Role, RoleKey, Threshold
from contract.errors import RefusalCode, Refused
from contract.testing import NOW, device_key

YEAR: Final = timedelta(days=365)


def entry(
    name: str,
    scope: str = "dt",
    *,
    holder: str | None = None,
    role: Role = Role.EMERGENCY,
    days: int = 30,
) -> RoleKey:
    """Return a keyring entry for the key called `name`."""
    return RoleKey(
        key=device_key(name).public,
        holder=name if holder is None else holder,
        role=role,
        scope=scope,
        not_after=NOW + timedelta(days=days),
    )


def ring(*keys: RoleKey, thresholds: Sequence[Threshold] = ()) -> Keyring:
    """Return a keyring of these entries."""
    return Keyring(epoch=1, issued=NOW, expires=NOW + YEAR, keys=keys, thresholds=tuple(thresholds))


def counted(keyring: Keyring, names: Sequence[str], areas: Sequence[str]) -> set[str]:
    """Return who counts when the keys of these names have signed."""
    signed = frozenset(device_key(name).public for name in names)
    found = keyrings.signers_for(keyring, Role.EMERGENCY, areas, signed, NOW)
    return {key.holder for key in found}


def refusal(keyring: Keyring, names: Sequence[str], areas: Sequence[str]) -> RefusalCode:
    """Return why that is not enough."""
    with pytest.raises(Refused) as caught:
        counted(keyring, names, areas)
    return caught.value.code


TWO: Final = Threshold(role=Role.EMERGENCY, area="dt", count=2)


def test_a_key_with_role_time_and_scope_counts() -> None:
    """One person suffices where no threshold is set; keys that did not sign do not count."""
    keyring = ring(entry("An"), entry("Bình"))
    assert counted(keyring, ["An"], ["dt/my-phong"]) == {"An"}
    assert counted(keyring, ["An", "Bình"], ["dt"]) == {"An", "Bình"}


def test_a_stranger_or_another_role_does_not_count() -> None:
    """A key absent from the keyring (revoked) or of another role is unknown here."""
    keyring = ring(entry("An"), entry("Lịch", role=Role.SCHEDULE))
    assert counted(keyring, ["An", "Lịch"], ["dt"]) == {"An"}
    assert refusal(keyring, ["Lịch"], ["dt"]) is RefusalCode.UNKNOWN_KEY
    assert refusal(keyring, ["Người lạ"], ["dt"]) is RefusalCode.UNKNOWN_KEY
    assert refusal(keyring, [], ["dt"]) is RefusalCode.UNKNOWN_KEY


def test_a_key_counts_until_its_time_has_run_out() -> None:
    """At `not_after` itself the key no longer counts, a moment before it does."""
    keyring = ring(entry("An", days=1))
    signed = frozenset({device_key("An").public})
    end = NOW + timedelta(days=1)
    just_before = end - timedelta(microseconds=1)
    assert keyrings.signers_for(keyring, Role.EMERGENCY, ["dt"], signed, just_before)
    with pytest.raises(Refused, match="An ran out"):
        keyrings.signers_for(keyring, Role.EMERGENCY, ["dt"], signed, end)


def test_a_keyring_counts_until_its_time_has_run_out() -> None:
    """A keyring that was never renewed stops counting: its revocations are not to be trusted."""
    keyring = ring(entry("An", days=1_000))
    signed = frozenset({device_key("An").public})
    just_before = NOW + YEAR - timedelta(microseconds=1)
    assert keyrings.signers_for(keyring, Role.EMERGENCY, ["dt"], signed, just_before)
    with pytest.raises(Refused, match="keyring ran out"):
        keyrings.signers_for(keyring, Role.EMERGENCY, ["dt"], signed, NOW + YEAR)


@pytest.mark.parametrize(
    ("scope", "areas", "enough"),
    [
        ("dt", ["dt"], True),
        ("dt", ["dt/a", "dt/b/c"], True),
        ("dt/a", ["dt/a/x"], True),
        ("dt/a", ["dt"], False),
        ("dt/a", ["dt/ab"], False),
        ("dt/a", ["dt/b"], False),
        ("dt/a", ["dt/a", "dt/b"], False),
        ("dt/a", ["dt/a", "dt"], False),
    ],
)
def test_scope_must_cover_every_area(scope: str, areas: list[str], *, enough: bool) -> None:
    """A key speaks to an area only if its scope is that area or above, for all areas at once."""
    keyring = ring(entry("An", scope))
    if enough:
        assert counted(keyring, ["An"], areas) == {"An"}
    else:
        assert refusal(keyring, ["An"], areas) is RefusalCode.OUT_OF_SCOPE


def test_two_half_scopes_make_no_whole() -> None:
    """Two people, each for one of two communes, cannot together speak to both."""
    keyring = ring(entry("An", "dt/a"), entry("Bình", "dt/b"), entry("Chi", "dt"))
    assert refusal(keyring, ["An", "Bình"], ["dt/a", "dt/b"]) is RefusalCode.OUT_OF_SCOPE
    assert counted(keyring, ["An", "Chi"], ["dt/a", "dt/b"]) == {"Chi"}


def test_a_threshold_needs_two_people() -> None:
    """Where two must sign, one is not enough, and a second outside the scope does not help."""
    keyring = ring(entry("An"), entry("Bình"), entry("Xã", "dt/a"), thresholds=[TWO])
    assert counted(keyring, ["An", "Bình"], ["dt"]) == {"An", "Bình"}
    assert refusal(keyring, ["An"], ["dt"]) is RefusalCode.THRESHOLD
    assert refusal(keyring, ["An", "Xã"], ["dt"]) is RefusalCode.THRESHOLD


@pytest.mark.refusal_twin(46)
@pytest.mark.refusal(46)
def test_two_keys_of_one_person_are_one_voice() -> None:
    """A threshold counts people: the same holder's second key adds nothing."""
    keyring = ring(entry("An"), entry("An 2", holder="An"), entry("Bình"), thresholds=[TWO])
    assert refusal(keyring, ["An", "An 2"], ["dt"]) is RefusalCode.THRESHOLD
    assert counted(keyring, ["An", "An 2", "Bình"], ["dt"]) == {"An", "Bình"}


def test_one_key_under_two_names_is_nobody() -> None:
    """A key that two names claim is refused in a keyring, and counts for neither."""
    twice = ring(entry("An"), entry("An", holder="Bình"), entry("Chi"), thresholds=[TWO])
    assert refusal(twice, ["An"], ["dt"]) is RefusalCode.THRESHOLD
    assert refusal(twice, ["An", "Chi"], ["dt"]) is RefusalCode.THRESHOLD
    with pytest.raises(Refused, match="two names"):
        keyrings.check(twice)
    keyrings.check(ring(entry("An"), entry("An", "dt/a", role=Role.APPROVE)))


@pytest.mark.parametrize(
    ("rules", "areas", "needed"),
    [
        ([], ["dt"], 1),
        ([("dt", 2)], ["dt"], 2),
        ([("dt", 2)], ["dt/a"], 1),
        ([("dt/a", 2)], ["dt/a"], 2),
        ([("dt/a", 2)], ["dt"], 2),
        ([("dt/a", 2)], ["dt/b"], 1),
        ([("dt/a", 2)], ["dt/a/x"], 1),
        ([("dt", 2), ("dt/a", 3)], ["dt/a"], 3),
        ([("dt", 2), ("dt/a", 3)], ["dt"], 3),
        ([("dt/a", 3)], ["dt/b", "dt/a"], 3),
    ],
)
def test_the_greatest_rule_that_applies_counts(
    rules: list[tuple[str, int]], areas: list[str], needed: int
) -> None:
    """A rule binds what is said to its area or above it, not what is said to less."""
    thresholds = [Threshold(role=Role.EMERGENCY, area=a, count=n) for a, n in rules]
    keyring = ring(entry("An"), thresholds=thresholds)
    assert keyrings.threshold(keyring, Role.EMERGENCY, areas) == needed
    assert keyrings.threshold(keyring, Role.APPROVE, areas) == 1


def test_each_person_speaks_with_the_highest_scope() -> None:
    """Of several entries of one person, the scope nearest the root stands."""
    keys = [entry("An", "dt/a"), entry("An 2", "dt", holder="An"), entry("Bình", "dt/a")]
    assert keyrings.voices(keys) == ("dt", "dt/a")


@pytest.mark.refusal_twin(26)
@pytest.mark.refusal(26)
def test_a_keyring_with_a_weak_key_or_no_life_is_refused() -> None:
    """A key anybody could sign for, or an expiry before the issue, spoils the whole keyring."""
    good = ring(entry("An"))
    keyrings.check(good)
    weak = msgspec.structs.replace(entry("An"), key="AQ" + "A" * 41 + "=")
    with pytest.raises(Refused, match="small order"):
        keyrings.check(ring(weak))
    with pytest.raises(Refused, match="before it is issued"):
        keyrings.check(msgspec.structs.replace(good, expires=NOW))
    assert keyrings.keys_of(good, Role.EMERGENCY) == {device_key("An").public}
    assert keyrings.keys_of(good, Role.TIME) == frozenset()
