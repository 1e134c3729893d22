"""The chain: what an appliance believes of a repository, and what it refuses with nothing changed.

Each attack begins where an appliance holds epoch 1 and central has published epoch 2 well; the attack then
changes one thing. Its twin leaves that thing as it was, or makes it well, and epoch 2 is taken.
"""

import hashlib
import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest
from tuf.api.metadata import (
    DelegatedRole,
    Delegations,
    Metadata,
    MetaFile,
    Role,
    Root,
    Snapshot,
    TargetFile,
    Targets,
    Timestamp,
)

from contract import codec
from contract.documents import Role as Duty
from contract.errors import RefusalCode
from contract.seal import SigningKey
from contract.testing import NOW, Authority, device_key
from contract.testing_chain import FileSigner, Repository, sealed, tuf_key
from contract.trust import TrustedNow
from edge.adapters.chain import reference_time
from edge.adapters.chain_faults import ChainRefused
from edge.adapters.chain_fetch import FromCentral, FromFolder
from edge.adapters.link import LinkError
from tests.edge.adapters.chain_rig import ChainRig, chain_rig

STRANGER = device_key("stranger")
Change = Callable[[ChainRig], None]


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[ChainRig]:
    """An appliance that holds epoch 1 of a repository where epoch 2 has been published."""
    with chain_rig(tmp_path) as made:
        made.refresh()
        made.next_keyring()
        yield made


def attacked(rig: ChainRig, code: RefusalCode | None = None) -> None:
    """Refresh, which is refused; what was held is held, in memory and on disk."""
    before = rig.chain.held
    with pytest.raises((ChainRefused, LinkError)) as refused:
        rig.refresh()
    if code is not None:
        assert isinstance(refused.value, ChainRefused), refused.value
        assert refused.value.code is code, refused.value
        assert "hãy báo tỉnh" in refused.value.told
    assert rig.epoch() == 1
    assert rig.chain.held.targets == before.targets


def taken(rig: ChainRig) -> None:
    """Refresh, and hold epoch 2."""
    rig.refresh()
    assert rig.epoch() == 2


# --- 1: too few signatures ------------------------------------------------------------------------


def few(role: str, *, enough: bool) -> Change:
    """Publish `role` with one signature too few, or with just enough."""

    def change(rig: ChainRig) -> None:
        repo = rig.repo
        match role:
            case "root":
                repo.rotate(by=repo.root_keys[: 2 if enough else 1])
            case "targets":
                repo.sign_targets(by=repo.target_keys[: 2 if enough else 1])
                repo.sign_snapshot()
                repo.sign_timestamp()
            case "snapshot":
                repo.sign_snapshot(by=[repo.snapshot_key] if enough else [STRANGER])
                repo.sign_timestamp()
            case _:
                repo.sign_timestamp(by=[repo.timestamp_key] if enough else [])

    return change


@pytest.mark.refusal(1)
@pytest.mark.parametrize("role", ["root", "targets", "snapshot", "timestamp"])
def test_metadata_that_too_few_signed_is_refused(role: str, rig: ChainRig) -> None:
    """Whichever role it is: below its threshold, or by a stranger, it is not believed."""
    few(role, enough=False)(rig)
    attacked(rig, RefusalCode.THRESHOLD)


@pytest.mark.refusal_twin(1)
@pytest.mark.parametrize("role", ["root", "targets", "snapshot", "timestamp"])
def test_metadata_that_enough_signed_is_taken(role: str, rig: ChainRig) -> None:
    """The same change with as many signatures as the threshold says is taken."""
    few(role, enough=True)(rig)
    taken(rig)


# --- 2, 3: the next root --------------------------------------------------------------------------


def other_people() -> list[SigningKey]:
    """Return the keys of three other people."""
    return [device_key(f"other{n}") for n in range(3)]


@pytest.mark.refusal(2)
@pytest.mark.parametrize("by", ["old", "new"])
def test_a_root_that_one_side_alone_signed_is_refused(by: str, rig: ChainRig) -> None:
    """A new root that only those before, or only those after, have signed hands nothing over."""
    old, new = rig.repo.root_keys, other_people()
    rig.repo.rotate(root_keys=new, by=(old if by == "old" else new)[:2])
    attacked(rig, RefusalCode.THRESHOLD)
    assert len(rig.chain.held.roots) == 1


@pytest.mark.refusal_twin(2, 3)
def test_a_root_that_both_sides_signed_is_taken(rig: ChainRig) -> None:
    """Handed over by those before and taken by those after, twice in a row, the root is theirs."""
    rig.repo.rotate(root_keys=other_people())
    rig.repo.rotate(root_keys=[device_key(f"third{n}") for n in range(3)])
    taken(rig)
    assert len(rig.chain.held.roots) == 3


@pytest.mark.refusal(3)
def test_a_root_that_leaves_out_a_version_is_refused(rig: ChainRig) -> None:
    """Version 3 in place of version 2 is refused, whoever signed it."""
    rig.repo.rotate()
    rig.repo.rotate()
    rig.repo.files["metadata/2.root.json"] = rig.repo.files["metadata/3.root.json"]
    attacked(rig, RefusalCode.OLD_VERSION)
    assert len(rig.chain.held.roots) == 1


# --- 4, 5, 7: going back, leaving out, mixing -----------------------------------------------------


@pytest.mark.refusal(4)
@pytest.mark.refusal_twin(4)
@pytest.mark.parametrize("role", ["timestamp", "snapshot", "targets"])
def test_what_is_older_than_what_was_seen_is_refused(role: str, rig: ChainRig) -> None:
    """Once epoch 2 was seen, a lower version of any role is refused; going on upwards is taken."""
    repo = rig.repo
    old = dict(repo.files)
    taken(rig)
    match role:
        case "timestamp":
            repo.sign_timestamp(version=1)
        case "snapshot":
            repo.sign_snapshot(version=1)
            repo.sign_timestamp()
        case _:
            repo.files["metadata/1.targets.json"] = old["metadata/1.targets.json"]
            repo.targets_version = 1
            repo.sign_snapshot()
            repo.sign_timestamp()
    with pytest.raises(ChainRefused) as refused:
        rig.refresh()
    assert refused.value.code is RefusalCode.OLD_VERSION
    assert rig.epoch() == 2
    repo.files.clear()
    repo.files.update(old)
    repo.timestamp_version, repo.snapshot_version, repo.targets_version = 5, 5, 5
    rig.next_keyring()
    rig.refresh()
    assert rig.epoch() == 3


def snapshot_naming(rig: ChainRig, meta: dict[str, MetaFile]) -> None:
    """Publish a snapshot that names this."""
    rig.repo.sign_snapshot(meta=meta)
    rig.repo.sign_timestamp()


@pytest.mark.refusal(5)
def test_a_snapshot_without_the_targets_is_refused(rig: ChainRig) -> None:
    """Who leaves the targets out of the snapshot does not thereby keep us at the old ones in silence."""
    snapshot_naming(rig, {"others.json": MetaFile(1)})
    attacked(rig, RefusalCode.MALFORMED)


@pytest.mark.refusal_twin(5)
def test_a_snapshot_that_names_more_than_the_targets_is_taken(rig: ChainRig) -> None:
    """A further name beside the targets harms nothing."""
    named = Metadata[Snapshot].from_bytes(rig.repo.files["metadata/2.snapshot.json"]).signed.meta
    snapshot_naming(rig, {**named, "others.json": MetaFile(1)})
    taken(rig)


@pytest.mark.refusal(7)
@pytest.mark.parametrize("mixed", ["snapshot hash", "targets hash", "older targets", "versions"])
def test_metadata_of_different_times_is_not_mixed(mixed: str, rig: ChainRig) -> None:
    """What is not the very version and bytes that the one above names is refused, though rightly signed."""
    repo = rig.repo
    match mixed:
        case "snapshot hash":
            repo.sign_snapshot(version=2, expires=rig.at + timedelta(days=3))
        case "targets hash":
            repo.sign_targets(version=2, expires=rig.at + timedelta(days=3))
        case "older targets":
            repo.files["metadata/2.targets.json"] = repo.files["metadata/1.targets.json"]
        case _:
            meta = MetaFile(2, None, None)
            repo.sign_timestamp(meta=meta)
            repo.files["metadata/2.snapshot.json"] = repo.files["metadata/1.snapshot.json"]
    attacked(rig, RefusalCode.OLD_VERSION if mixed == "versions" else RefusalCode.SAME_VERSION)


@pytest.mark.refusal_twin(7)
def test_metadata_that_fits_together_is_taken(rig: ChainRig) -> None:
    """The same signed again from the bottom to the top fits, and is taken."""
    rig.repo.sign_targets(expires=rig.at + timedelta(days=3))
    rig.repo.sign_snapshot()
    rig.repo.sign_timestamp()
    taken(rig)


# --- 6, 15: time ----------------------------------------------------------------------------------

LIVES = {"root": 730, "targets": 365, "snapshot": 30, "timestamp": 7}


@pytest.mark.refusal(6)
@pytest.mark.refusal_twin(6)
@pytest.mark.parametrize("role", list(LIVES))
def test_what_ran_out_is_refused_and_signed_again_is_taken(role: str, rig: ChainRig) -> None:
    """A repository frozen by whoever stands between is refused once any of its roles ran out, not before."""
    repo = rig.repo
    soon = rig.at + timedelta(hours=1)
    if role == "root":
        repo.rotate(expires=soon)
    repo.sign_targets(expires=soon if role == "targets" else None)
    repo.sign_snapshot(expires=soon if role == "snapshot" else None)
    repo.sign_timestamp(expires=soon if role == "timestamp" else None)
    rig.later(hours=2)
    attacked(rig, RefusalCode.EXPIRED)
    if role == "root":
        repo.rotate()
    repo.sign_targets()
    repo.sign_snapshot()
    repo.sign_timestamp()
    taken(rig)


@pytest.mark.refusal(15)
def test_a_clock_of_1970_accepts_nothing_that_the_floor_knows_to_be_over(rig: ChainRig) -> None:
    """However wrong the clock and whatever it claims to know: below the floor nothing is judged."""
    floor = rig.later(days=8)  # the timestamp ran out yesterday
    for clock in ("unknown", "floor-only", "trusted"):
        rig.at = reference_time(TrustedNow(datetime(1970, 1, 1, tzinfo=UTC), clock), floor)
        assert rig.at == floor
        attacked(rig, RefusalCode.EXPIRED)


@pytest.mark.refusal_twin(15)
def test_a_clock_years_ahead_locks_nobody_out_for_good(rig: ChainRig) -> None:
    """While it is trusted and wrong all has run out; once it is right again all is as if it never had been."""
    floor, ahead = rig.at, rig.at + timedelta(days=3_650)
    rig.at = reference_time(TrustedNow(ahead, "trusted"), floor)
    assert rig.at == ahead
    attacked(rig, RefusalCode.EXPIRED)
    rig.at = reference_time(TrustedNow(ahead, "unknown"), floor)  # found out to be wrong
    assert rig.at == floor
    taken(rig)
    rig.next_keyring()
    rig.at = reference_time(TrustedNow(floor + timedelta(hours=1), "trusted"), floor)
    rig.refresh()
    assert rig.epoch() == 3


# --- 9: another target ----------------------------------------------------------------------------


@pytest.mark.refusal(9)
@pytest.mark.refusal_twin(9)
def test_a_target_of_the_same_length_in_its_place_is_refused(rig: ChainRig) -> None:
    """One changed byte of the keyring is refused though its length is right; the bytes signed are taken."""
    [name] = [n for n in rig.repo.files if n.startswith(f"targets/{digest_of(rig)}")]
    good = rig.repo.files[name]
    rig.repo.files[name] = good.replace(b'"epoch":2', b'"epoch":9')
    assert len(rig.repo.files[name]) == len(good)
    attacked(rig, RefusalCode.SAME_VERSION)
    rig.repo.files[name] = good
    taken(rig)


def digest_of(rig: ChainRig) -> str:
    """Return the hash of the keyring now published."""
    return hashlib.sha256(codec.encode_keyring(rig.authority.keyring)).hexdigest()


# --- 10, 13: one key twice ------------------------------------------------------------------------


@pytest.mark.refusal(10)
@pytest.mark.refusal_twin(10)
def test_one_signature_twice_counts_once(rig: ChainRig) -> None:
    """The one signature of a root standing twice is not two; the second person's beside it makes two."""
    rig.repo.rotate(by=rig.repo.root_keys[:1])
    name = "metadata/2.root.json"
    once = rig.repo.files[name]
    tree = json.loads(once)
    rig.repo.files[name] = json.dumps(tree | {"signatures": tree["signatures"] * 2}).encode()
    attacked(rig, RefusalCode.MALFORMED)
    root = Metadata[Root].from_bytes(once).signed
    rig.repo.files[name] = sealed(root, rig.repo.root_keys[:2])
    taken(rig)


def root_with_alias(rig: ChainRig, *, same_key: bool) -> bytes:
    """Return a next root whose targets are signed by two: one key under two ids, or two keys."""
    repo = rig.repo
    repo.root_version += 1
    root = repo.root()
    first, second = repo.target_keys[0], repo.target_keys[0 if same_key else 1]
    alias = tuf_key(second, "b" * 64)
    root.keys[alias.keyid] = alias
    root.roles[Targets.type] = Role([tuf_key(first).keyid, alias.keyid], 2)
    return sealed(root, repo.root_keys[:2])


def sign_as_two(rig: ChainRig, second: SigningKey) -> None:
    """Publish targets signed by the first person and, under the other id, by this key."""
    repo = rig.repo
    by: list[SigningKey | FileSigner] = [repo.target_keys[0], FileSigner(second, "b" * 64)]
    expires = rig.at + timedelta(days=30)
    repo.targets_version += 1
    signed = Targets(repo.targets_version, None, expires, dict(repo.targets))
    repo.files[f"metadata/{repo.targets_version}.targets.json"] = sealed(signed, by)
    repo.sign_snapshot()
    repo.sign_timestamp()


@pytest.mark.refusal(13)
def test_one_key_under_two_ids_makes_no_threshold(rig: ChainRig) -> None:
    """The library would count it twice: a root that lists one key under two ids of a role is refused."""
    rig.repo.files["metadata/2.root.json"] = root_with_alias(rig, same_key=True)
    sign_as_two(rig, rig.repo.target_keys[0])
    attacked(rig, RefusalCode.MALFORMED)
    assert len(rig.chain.held.roots) == 1


@pytest.mark.refusal_twin(13)
def test_two_keys_under_any_ids_make_a_threshold(rig: ChainRig) -> None:
    """Ids are names: two different keys under odd ones are two."""
    rig.repo.files["metadata/2.root.json"] = root_with_alias(rig, same_key=False)
    sign_as_two(rig, rig.repo.target_keys[1])
    taken(rig)


@pytest.mark.refusal(13)
@pytest.mark.parametrize(
    "spelling",
    [
        lambda raw: raw.upper(),
        lambda raw: " ".join(raw[n : n + 2] for n in range(0, 64, 2)),
    ],
)
def test_a_key_in_another_spelling_is_the_same_key(
    spelling: Callable[[str], str], rig: ChainRig
) -> None:
    """Upper case or spaces in its hexadecimal digits do not make a second key of it."""
    tree = json.loads(root_with_alias(rig, same_key=True))
    raw = tree["signed"]["keys"]["b" * 64]["keyval"]["public"]
    tree["signed"]["keys"]["b" * 64]["keyval"]["public"] = spelling(raw)
    root = Metadata[Root].from_dict(tree).signed
    rig.repo.files["metadata/2.root.json"] = sealed(root, rig.repo.root_keys[:2])
    attacked(rig, RefusalCode.MALFORMED)


def test_a_key_for_which_anybody_could_sign_is_refused(rig: ChainRig) -> None:
    """A point of small order has no place in a root, nor has a kind of key that we never use."""
    for keytype, public in (("ed25519", "01" + "00" * 31), ("ecdsa", "-----BEGIN PUBLIC KEY-----")):
        tree = json.loads(root_with_alias(rig, same_key=False))
        tree["signed"]["keys"]["b" * 64] |= {"keytype": keytype, "keyval": {"public": public}}
        rig.repo.files["metadata/2.root.json"] = json.dumps(tree).encode()
        attacked(rig, RefusalCode.MALFORMED)


# --- 11, 12: one role for another -----------------------------------------------------------------


@pytest.mark.refusal(11)
@pytest.mark.refusal_twin(11)
def test_metadata_of_one_role_is_not_taken_for_another(rig: ChainRig) -> None:
    """Where one key signs two roles, the one's metadata in the other's place is refused, its own is taken."""
    repo = rig.repo
    repo.rotate(snapshot_key=repo.timestamp_key)
    repo.sign_snapshot()
    repo.sign_timestamp()
    good = repo.files["metadata/timestamp.json"]
    repo.files["metadata/timestamp.json"] = repo.files["metadata/3.snapshot.json"]
    attacked(rig, RefusalCode.MALFORMED)
    repo.files["metadata/timestamp.json"] = good
    taken(rig)


def delegated(rig: ChainRig, *, keyring_on_top: bool) -> None:
    """Publish targets that delegate to `a`, which delegates to `b`, which delegates to `a`."""
    repo, key = rig.repo, device_key("delegate")
    expires = rig.at + timedelta(days=30)

    def to(name: str) -> Delegations:
        role = DelegatedRole(name, [tuf_key(key).keyid], 1, terminating=False, paths=["*"])
        return Delegations({tuf_key(key).keyid: tuf_key(key)}, {name: role})

    version = repo.targets_version = repo.targets_version + 1
    top = dict(repo.targets) if keyring_on_top else {}
    signed = Targets(version, None, expires, top, to("a"))
    repo.files[f"metadata/{version}.targets.json"] = sealed(signed, repo.target_keys[:2])
    for name, other, targets in (("a", "b", {}), ("b", "a", dict(repo.targets))):
        below = Targets(1, None, expires, targets, to(other))
        repo.files[f"metadata/1.{name}.json"] = sealed(below, [key])
    data = repo.files[f"metadata/{version}.targets.json"]
    named = {"targets.json": MetaFile(version, len(data)), "a.json": MetaFile(1)}
    repo.sign_snapshot(meta={**named, "b.json": MetaFile(1)})
    repo.sign_timestamp()


@pytest.mark.refusal(12)
def test_a_keyring_by_delegation_is_refused(rig: ChainRig) -> None:
    """Delegations, circular or not, are not followed: a keyring stands in the top-level targets or nowhere."""
    delegated(rig, keyring_on_top=False)
    attacked(rig, RefusalCode.MALFORMED)
    assert not [name for name in rig.shelves.asked if name.endswith(("a.json", "b.json"))]


@pytest.mark.refusal_twin(12)
def test_a_keyring_of_the_top_level_is_taken_beside_delegations(rig: ChainRig) -> None:
    """The same repository with the keyring where it belongs is taken."""
    delegated(rig, keyring_on_top=True)
    taken(rig)


# --- 14: versions driven ahead --------------------------------------------------------------------


@pytest.mark.refusal(14)
@pytest.mark.parametrize("role", ["timestamp", "snapshot", "targets"])
def test_a_version_beyond_all_counting_is_refused(role: str, rig: ChainRig) -> None:
    """A stolen key that writes version 2^63 is refused: nothing honest could ever come after it."""
    repo, far = rig.repo, 2**63
    if role == "targets":
        repo.sign_targets(version=far)
    if role in {"targets", "snapshot"}:
        repo.sign_snapshot(version=far if role == "snapshot" else None)
    repo.sign_timestamp(version=far if role == "timestamp" else None)
    attacked(rig, RefusalCode.MALFORMED)


@pytest.mark.refusal_twin(14)
def test_a_version_driven_to_the_end_is_overcome_by_new_keys(rig: ChainRig) -> None:
    """After a stolen key wrote the highest version, a root with new online keys lets versions begin again."""
    repo = rig.repo
    repo.sign_snapshot(version=2**53)
    repo.sign_timestamp(version=2**53)
    taken(rig)
    repo.rotate(snapshot_key=device_key("snapshot2"), timestamp_key=device_key("timestamp2"))
    repo.snapshot_version, repo.timestamp_version = 0, 0
    rig.next_keyring()
    rig.refresh()
    assert rig.epoch() == 3


# --- the keyring itself ---------------------------------------------------------------------------


def test_the_epoch_never_falls(rig: ChainRig) -> None:
    """An older keyring is refused though all of the chain was rightly signed anew; so is another of its epoch."""
    first = Authority.make(seed="chain").keyring
    taken(rig)
    rig.repo.publish(first)
    with pytest.raises(ChainRefused) as older:
        rig.refresh()
    assert older.value.code is RefusalCode.OLD_VERSION
    rig.authority.keyring = first
    rig.authority.add_key(Duty.EMERGENCY, key=STRANGER)
    rig.repo.publish(rig.authority.keyring)
    with pytest.raises(ChainRefused) as other:
        rig.refresh()
    assert other.value.code is RefusalCode.SAME_VERSION
    assert rig.epoch() == 2
    rig.authority.revoke(STRANGER)
    rig.repo.publish(rig.authority.keyring)
    rig.refresh()
    assert rig.epoch() == 3


@pytest.mark.parametrize("data", [b"{}", b'{"epoch":2}', b"\xff", b"[" * 10_000])
def test_a_target_that_is_no_keyring_is_refused(data: bytes, rig: ChainRig) -> None:
    """What the people signed by mistake is not taken for a keyring; the one held stays in force."""
    rig.repo.publish(data)
    attacked(rig)


def test_a_keyring_that_no_appliance_could_use_is_refused(rig: ChainRig) -> None:
    """One key under two names is nobody's, whoever signed the keyring; without the second name it is taken."""
    good = rig.authority.keyring
    again = msgspec.structs.replace(good.keys[0], holder="Người khác")
    rig.repo.publish(msgspec.structs.replace(good, keys=(*good.keys, again)))
    attacked(rig, RefusalCode.MALFORMED)
    rig.repo.publish(good)
    taken(rig)


def test_each_file_of_the_set_is_held_once(rig: ChainRig) -> None:
    """The root in force stands among the roots, and not a second time among the metadata."""
    taken(rig)
    assert set(rig.chain.held.files) == {"timestamp.json", "snapshot.json", "targets.json"}
    assert rig.chain.held.roots == (rig.repo.baked,)


def test_a_refresh_that_wants_no_file_renews_the_metadata(rig: ChainRig) -> None:
    """Who only asks whether the chain still lives is told by its metadata; the keyring comes when it is wanted."""
    rig.chain.refresh(FromCentral(rig.link), rig.at, ())
    assert rig.chain.held.files["timestamp.json"] == rig.repo.files["metadata/timestamp.json"]
    assert rig.epoch() == 1
    taken(rig)


@pytest.mark.parametrize("error", [ValueError, KeyError, TypeError, RuntimeError, RecursionError])
def test_whatever_trips_over_the_metadata_is_a_refusal(
    error: type[Exception], rig: ChainRig
) -> None:
    """No error of the language itself gets past the chain and stops a lane: it is told, and what is held stays."""

    def read(_part: str, _name: str, _most_bytes: int) -> bytes:
        raise error("odd")

    with pytest.raises(ChainRefused, match="the metadata is not understood") as refused:
        rig.chain.refresh(FromFolder(read), rig.at)
    assert refused.value.code is RefusalCode.MALFORMED
    assert rig.epoch() == 1


def test_a_rotated_root_stays_rotated_though_the_rest_failed(rig: ChainRig) -> None:
    """A refresh that breaks off after the root keeps the root, so that a thief's old keys are gone for good."""
    repo = rig.repo
    thief = repo.timestamp_key
    repo.rotate(timestamp_key=device_key("timestamp2"))
    repo.sign_timestamp(by=[thief])
    attacked(rig, RefusalCode.THRESHOLD)
    assert len(rig.chain.held.roots) == 2
    for name in [n for n in repo.files if n.endswith("2.root.json")]:
        del repo.files[name]  # the thief serves the old root alone, with all that his key signed
    attacked(rig, RefusalCode.THRESHOLD)


def test_a_root_that_does_not_sign_itself_begins_no_chain(tmp_path: Path) -> None:
    """What the image brings must be a root signed by its own keys, or the start says what is wrong."""
    repo = Repository.make(seed="chain")
    unsigned = sealed(repo.root(), repo.root_keys[:1])
    timestamp = sealed(Timestamp(1, None, NOW + timedelta(days=1)), [repo.timestamp_key])
    targets = sealed(Targets(1, None, NOW + timedelta(days=1)), repo.target_keys)
    with chain_rig(tmp_path) as rig:
        twice = root_with_alias(rig, same_key=True)
        for baked in (b"", b"{}", unsigned, timestamp, targets, twice):
            rig.baked = baked
            with pytest.raises(ChainRefused):
                rig.started()


def test_the_clock_that_is_given_is_the_one_that_judges(rig: ChainRig) -> None:
    """Expiry is judged at the instant given, to the second: the library reads no other clock."""
    ends = rig.at + timedelta(hours=1)
    rig.repo.sign_timestamp(expires=ends)
    rig.at = ends
    attacked(rig, RefusalCode.EXPIRED)
    rig.at = ends - timedelta(seconds=1)
    taken(rig)


def test_a_target_beyond_the_cap_is_not_loaded(rig: ChainRig) -> None:
    """However long the people say the keyring is, more than a million bytes are not read."""
    rig.repo.add_target("keyring.json", b" " * 1_000_001)
    rig.repo.targets["keyring.json"] = TargetFile(
        1_000_001, {"sha256": hashlib.sha256(b" " * 1_000_001).hexdigest()}, "keyring.json"
    )
    rig.repo.sign_targets()
    rig.repo.sign_snapshot()
    rig.repo.sign_timestamp()
    with pytest.raises(LinkError, match="longer than the 1000000 bytes"):
        rig.refresh()
    assert rig.epoch() == 1
