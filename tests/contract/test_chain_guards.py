"""The chain's smaller guards, each alone: the count of roots, lengths, delegations, rules and names."""

import json
from collections.abc import Callable
from datetime import timedelta

import msgspec
import pytest
from tuf.api.metadata import Delegations, TargetFile, Targets

from contract import codec
from contract.chain_people import HOLDER, check_reachable, check_root, holder_of
from contract.chain_rules import MAX_ROOTS, Bundle, check_issue, check_renewal, judge
from contract.codec import encode_keyring
from contract.documents import Keyring, Role, Threshold
from contract.errors import RefusalCode, Refused
from contract.testing import NOW, Authority, device_key
from contract.testing_chain import Repository, sealed, tuf_key


@pytest.fixture
def authority() -> Authority:
    """A signing authority of the province."""
    return Authority.make("dt", seed="guards")


@pytest.fixture
def made(authority: Authority) -> Repository:
    """A repository of three people with a keyring."""
    return Repository.make(authority.keyring, seed="guards")


def bundle(made: Repository) -> Bundle:
    """Return what the ceremony would hand out."""
    return Bundle(
        roots=(made.files["metadata/1.root.json"],),
        targets=made.files[f"metadata/{made.targets_version}.targets.json"],
        keyring=made.files["targets/keyring.json"],
    )


def code_of(act: Callable[[], object]) -> RefusalCode:
    """Return why something is refused."""
    with pytest.raises(Refused) as caught:
        act()
    return caught.value.code


def with_targets(made: Repository, change: Callable[[Targets], None]) -> Bundle:
    """Return the bundle with other targets, signed by enough people."""
    digest = encode_keyring(judge(bundle(made)).keyring)
    named = TargetFile.from_data("keyring.json", digest, ["sha256"])
    targets = Targets(1, None, NOW + timedelta(days=30), {"keyring.json": named})
    change(targets)
    return msgspec.structs.replace(bundle(made), targets=sealed(targets, made.target_keys))


def test_a_bundle_holds_one_to_sixty_four_roots(made: Repository) -> None:
    """Without a root, or with more than anybody would read, a bundle is none; with one it is judged."""
    whole = bundle(made)
    nothing = msgspec.structs.replace(whole, roots=())
    assert code_of(lambda: judge(nothing)) is RefusalCode.MALFORMED
    for count, fits in ((0, False), (1, True), (MAX_ROOTS, True), (MAX_ROOTS + 1, False)):
        wire = msgspec.json.encode(msgspec.structs.replace(whole, roots=whole.roots * count))
        if fits:
            assert len(msgspec.json.decode(wire, type=Bundle).roots) == count
        else:
            with pytest.raises(msgspec.ValidationError):
                msgspec.json.decode(wire, type=Bundle)


def test_a_number_without_a_canonical_form_is_refused(made: Repository) -> None:
    """A fraction anywhere in metadata could be signed in two spellings: malformed; without it, it is judged."""
    tree = json.loads(made.files["metadata/1.root.json"])
    tree["signed"]["more"] = 0.5
    bent = msgspec.structs.replace(bundle(made), roots=(json.dumps(tree).encode(),))
    assert code_of(lambda: judge(bent)) is RefusalCode.MALFORMED
    judge(bundle(made))


def test_targets_delegate_to_nobody(made: Repository) -> None:
    """Whoever might sign further targets is refused, also where nobody is named yet; without, they are taken."""

    def delegate(targets: Targets) -> None:
        targets.delegations = Delegations({}, {})

    assert code_of(lambda: judge(with_targets(made, delegate))) is RefusalCode.MALFORMED
    judge(with_targets(made, lambda _: None))


def test_the_length_is_what_targets_say(made: Repository) -> None:
    """With the right hash and another length no appliance would fetch it: refused here already."""

    def shorten(targets: Targets) -> None:
        targets.targets["keyring.json"].length -= 1

    assert code_of(lambda: judge(with_targets(made, shorten))) is RefusalCode.BAD_SIGNATURE
    judge(with_targets(made, lambda _: None))


def test_an_unfit_or_huge_keyring_is_refused_however_well_it_is_signed(
    authority: Authority,
) -> None:
    """A key under two names, or more bytes than anybody reads, spoils what the people signed."""
    first = authority.keyring.keys[0]
    twice = msgspec.structs.replace(first, holder="Người khác")
    unfit = msgspec.structs.replace(authority.keyring, keys=(*authority.keyring.keys, twice))
    signed = Repository.make(unfit, seed="guards")
    assert code_of(lambda: judge(bundle(signed))) is RefusalCode.MALFORMED
    huge = encode_keyring(authority.keyring) + b" " * codec.MAX_KEYRING_BYTES
    signed.publish(huge)
    assert code_of(lambda: judge(bundle(signed))) is RefusalCode.TOO_LARGE
    signed.publish(authority.keyring)
    judge(bundle(signed))


def ring(authority: Authority, days: int) -> Keyring:
    """Return a keyring where two must warn, and the second person's key lives so many days."""
    second = device_key("second")
    authority.add_key(Role.EMERGENCY, key=second, not_after=NOW + timedelta(days=days))
    rule = Threshold(role=Role.EMERGENCY, area="dt", count=2)
    return msgspec.structs.replace(authority.keyring, thresholds=(rule,))


def test_a_rule_counts_the_people_who_can_still_sign(authority: Authority) -> None:
    """A key counts until its end, not at it: then two are asked and one is left."""
    keyring = ring(authority, 10)
    check_reachable(keyring, NOW + timedelta(days=10, microseconds=-1))
    late = NOW + timedelta(days=10)
    assert code_of(lambda: check_reachable(keyring, late)) is RefusalCode.THRESHOLD


def test_what_nobody_could_obey_is_not_handed_out(authority: Authority) -> None:
    """At its issue a chain is refused whose rule nobody can meet by then; days before it is handed out."""
    chain = judge(bundle(Repository.make(ring(authority, 10), seed="guards")))
    check_issue(chain, NOW)
    late = NOW + timedelta(days=11)
    assert code_of(lambda: check_issue(chain, late)) is RefusalCode.THRESHOLD


def test_older_targets_do_not_come_back(made: Repository, authority: Authority) -> None:
    """Targets of a lower version are refused, though root and keyring are the same; those of a higher are taken."""
    older = judge(bundle(made))
    made.publish(authority.keyring)
    newer = judge(bundle(made))
    assert (older.targets.version, newer.targets.version) == (1, 2)
    check_renewal(older, newer)
    assert code_of(lambda: check_renewal(newer, older)) is RefusalCode.OLD_VERSION


def test_a_threshold_is_a_number(made: Repository) -> None:
    """`true` would count as one: refused; the number one is not."""
    root = made.root()
    root.roles["snapshot"].threshold = True
    assert code_of(lambda: check_root(root)) is RefusalCode.MALFORMED
    root.roles["snapshot"].threshold = 1
    check_root(root)


@pytest.mark.parametrize("name", [5, "", None, ["Mai"]])
def test_a_holder_without_a_name_is_called_by_the_keys_id(name: object) -> None:
    """Only a name is a name; for anything else in its place the key's own id stands."""
    key = tuf_key(device_key("Mai"))
    key.unrecognized_fields[HOLDER] = name
    assert holder_of(key) == key.keyid[:16]
    key.unrecognized_fields[HOLDER] = "Mai"
    assert holder_of(key) == "Mai"
