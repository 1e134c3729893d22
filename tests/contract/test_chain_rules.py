"""The rules by which a chain is taken: each refusal, and beside it the same chain without the flaw."""

from collections.abc import Callable
from datetime import timedelta

import msgspec
import pytest
from securesystemslib.signer import SSlibKey
from tuf.api.metadata import Root

from contract.chain_files import copies_of, files_of, newest
from contract.chain_people import HOLDER, check_reachable, check_root
from contract.chain_rules import Bundle, Chain, check_alive, check_issue, check_renewal, judge
from contract.codec import encode_keyring
from contract.documents import Role, Threshold
from contract.errors import RefusalCode, Refused, Stale
from contract.testing import NOW, Authority, device_key
from contract.testing_chain import FileSigner, Repository, sealed, tuf_key

WEAK = "0100000000000000000000000000000000000000000000000000000000000000"


@pytest.fixture
def authority() -> Authority:
    """A signing authority of the province `dt`."""
    return Authority.make("dt", seed="rules")


@pytest.fixture
def made(authority: Authority) -> Repository:
    """A repository of three people, two of whom must sign, with a keyring."""
    return Repository.make(authority.keyring, seed="rules")


def bundle(made: Repository) -> Bundle:
    """Return what a ceremony would hand out of this repository."""
    return Bundle(
        roots=tuple(made.files[f"metadata/{n + 1}.root.json"] for n in range(made.root_version)),
        targets=made.files[f"metadata/{made.targets_version}.targets.json"],
        keyring=made.files["targets/keyring.json"],
    )


def refused(made: Repository | Bundle) -> RefusalCode:
    """Return why a chain is refused."""
    with pytest.raises(Refused) as caught:
        judge(made if isinstance(made, Bundle) else bundle(made))
    return caught.value.code


def with_root(made: Repository, change: Callable[[Root], None]) -> Repository:
    """Put a changed first root in place, signed by everybody."""
    root = made.root()
    change(root)
    made.files["metadata/1.root.json"] = sealed(root, made.root_keys)
    return made


def test_a_chain_of_many_roots_is_taken(made: Repository, authority: Authority) -> None:
    """Each root follows the one before, and the newest says who signs the keyring."""
    made.rotate(root_keys=[*made.root_keys[1:], device_key("Mai")])
    made.rotate(target_keys=[device_key("a"), device_key("b")])
    made.publish(authority.keyring)
    chain = judge(bundle(made))
    check_issue(chain, NOW)
    assert (chain.root.version, chain.keyring) == (3, authority.keyring)


@pytest.mark.refusal(1)
@pytest.mark.refusal_twin(1)
def test_too_few_signatures_are_refused(made: Repository, authority: Authority) -> None:
    """One of two people under the first root, or under the targets, is too few; two are enough."""
    lone = sealed(made.root(), made.root_keys[:1])
    assert refused(msgspec.structs.replace(bundle(made), roots=(lone,))) is RefusalCode.THRESHOLD
    made.publish(authority.keyring, by=made.target_keys[:1])
    assert refused(made) is RefusalCode.THRESHOLD
    made.publish(authority.keyring, by=made.target_keys[1:])
    judge(bundle(made))


@pytest.mark.refusal(2)
@pytest.mark.refusal_twin(2)
@pytest.mark.parametrize("by", ["old", "new", "both"])
def test_the_next_root_needs_old_people_and_new(made: Repository, by: str) -> None:
    """Signed by the old people alone, or by the new alone, it is refused; by both it follows."""
    old, new = made.root_keys, [device_key("x"), device_key("y")]
    made.rotate(root_keys=new, by={"old": old, "new": new, "both": [*old, *new]}[by])
    if by == "both":
        assert judge(bundle(made)).root.version == 2
    else:
        assert refused(made) is RefusalCode.THRESHOLD


@pytest.mark.refusal(3)
@pytest.mark.refusal_twin(3)
def test_no_root_is_left_out_and_none_comes_twice(made: Repository) -> None:
    """After the first comes the second: not the third, and not the first again."""
    made.rotate()
    made.rotate()
    whole = bundle(made)
    judge(whole)
    first, _, third = whole.roots
    for roots, code in (
        ((first, third), RefusalCode.VERSION_JUMP),
        ((first, first), RefusalCode.OLD_VERSION),
        ((third,), RefusalCode.VERSION_JUMP),
    ):
        assert refused(msgspec.structs.replace(whole, roots=roots)) is code


@pytest.mark.refusal(13)
@pytest.mark.refusal_twin(13)
def test_one_key_under_two_ids_is_refused(made: Repository) -> None:
    """It would count twice; under one id it is one key."""
    key = made.root_keys[0]

    def twice(root: Root) -> None:
        root.add_key(tuf_key(key, "f" * 64), "root")

    made.files["metadata/1.root.json"] = sealed(
        _changed(made.root(), twice), [*made.root_keys[:1], FileSigner(key, "f" * 64)]
    )
    assert refused(made) is RefusalCode.MALFORMED
    made.files["metadata/1.root.json"] = sealed(made.root(), made.root_keys)
    judge(bundle(made))


def _changed(root: Root, change: Callable[[Root], None]) -> Root:
    change(root)
    return root


def _add(root: Root, role: str, *keys: SSlibKey) -> None:
    for key in keys:
        root.add_key(key, role)


@pytest.mark.refusal(26)
def test_a_root_nobody_should_sign_is_refused(made: Repository) -> None:
    """Weak keys, other kinds of keys, a person with two keys, server keys among people's, thresholds out of reach."""
    server, spare = tuf_key(made.snapshot_key), device_key("spare")
    named = {HOLDER: "Mai"}
    two = [
        SSlibKey(k.keyid, "ed25519", "ed25519", k.keyval, named)
        for k in map(tuf_key, (spare, device_key("b")))
    ]
    rsa = SSlibKey("e" * 64, "rsa", "rsassa-pss-sha256", {"public": "x"})
    weak = SSlibKey("d" * 64, "ed25519", "ed25519", {"public": WEAK})
    upper = SSlibKey("c" * 64, "ed25519", "ed25519", {"public": "AB" * 32})

    def threshold(root: Root) -> None:
        root.roles["root"].threshold = 4

    def keyless(root: Root) -> None:
        root.roles["targets"].keyids.append("a" * 64)

    def numbered(root: Root) -> None:
        root.roles["targets"].keyids.append(7)  # type: ignore[arg-type]  # JSON may hold it

    def inconsistent(root: Root) -> None:
        root.consistent_snapshot = False

    flaws: list[tuple[Callable[[Root], None], str]] = [
        (lambda root: _add(root, "root", weak), "small order"),
        (lambda root: _add(root, "root", rsa), "only Ed25519"),
        (lambda root: _add(root, "root", upper), "no public key in hex"),
        (lambda root: _add(root, "root", *two), "one voice"),
        (lambda root: _add(root, "targets", server), "must not sign root or targets"),
        (threshold, "nobody could ever meet it"),
        (keyless, "does not hold"),
        (numbered, "names the key 7, which root does not hold"),
        (inconsistent, "consistent snapshots"),
    ]  # fmt: skip
    for flaw, why in flaws:
        with pytest.raises(Refused, match=why):
            check_root(_changed(made.root(), flaw))
    check_root(_changed(made.root(), lambda root: _add(root, "root", tuf_key(spare))))


@pytest.mark.refusal(9)
@pytest.mark.refusal_twin(9)
def test_the_keyring_is_the_one_that_targets_name(made: Repository) -> None:
    """One byte exchanged for another of the same length is refused; targets that name more, too."""
    whole = bundle(made)
    other = whole.keyring.replace(b'"epoch":1', b'"epoch":2')
    assert len(other) == len(whole.keyring)
    changed = msgspec.structs.replace(whole, keyring=other)
    assert refused(changed) is RefusalCode.BAD_SIGNATURE
    judge(whole)
    made.add_target("virus.tar", b"x")
    made.sign_targets()
    assert refused(made) is RefusalCode.MALFORMED


@pytest.mark.refusal(11)
@pytest.mark.refusal_twin(11)
def test_metadata_of_another_role_is_refused(made: Repository) -> None:
    """A snapshot in the place of targets, and what is no metadata at all, are named."""
    whole = bundle(made)
    snapshot = made.files["metadata/1.snapshot.json"]
    for data, code in (
        (snapshot, RefusalCode.WRONG_KIND),
        (b"{}", RefusalCode.MALFORMED),
        (b'{"signed":{},"signed":{}}', RefusalCode.MALFORMED),
        (b" " * 2_000_001, RefusalCode.TOO_LARGE),
        (whole.targets.replace(b'"version":1', b'"version":true'), RefusalCode.MALFORMED),
        (whole.targets.replace(b'"version":1', b'"version":2'), RefusalCode.BAD_SIGNATURE),
    ):
        assert refused(msgspec.structs.replace(whole, targets=data)) is code
    judge(whole)


@pytest.mark.refusal(6)
@pytest.mark.refusal_twin(6)
def test_what_has_run_out_is_refused_with_what_to_run(made: Repository) -> None:
    """Root, targets and keyring are each judged at the time given; a second before, all live."""
    chain = judge(bundle(made))
    ends = min(chain.root.expires, chain.targets.expires, chain.keyring.expires)
    check_alive(chain, ends - timedelta(seconds=1))
    with pytest.raises(Refused, match="trust rotate") as caught:
        check_alive(chain, ends)
    assert caught.value.code is RefusalCode.EXPIRED


@pytest.mark.refusal(4)
@pytest.mark.refusal_twin(4)
def test_only_what_is_newer_takes_the_place(made: Repository, authority: Authority) -> None:
    """The same is stale; an older root, older targets, an older epoch, and other words under one number are refused."""
    held = judge(bundle(made))
    with pytest.raises(Stale):
        check_renewal(held, held)
    first = authority.keyring
    authority.add_key(Role.APPROVE)
    made.publish(authority.keyring)
    newer = judge(bundle(made))
    check_renewal(held, newer)
    _refuse(newer, held, RefusalCode.OLD_VERSION)
    made.publish(first)
    _refuse(newer, judge(bundle(made)), RefusalCode.OLD_VERSION)
    other = msgspec.structs.replace(authority.keyring, issued=NOW)
    made.publish(other)
    _refuse(newer, judge(bundle(made)), RefusalCode.SAME_VERSION)
    made.rotate()
    rotated = judge(bundle(made)).root
    _refuse(msgspec.structs.replace(newer, root=rotated), newer, RefusalCode.OLD_VERSION)
    stranger = Repository.make(authority.keyring, seed="stranger")
    _refuse(newer, judge(bundle(stranger)), RefusalCode.SAME_VERSION)
    made.targets_version = newer.targets.version - 1
    made.publish(authority.keyring, by=made.target_keys[1:])
    _refuse(newer, judge(bundle(made)), RefusalCode.SAME_VERSION)


def _refuse(held: Chain, new: Chain, code: RefusalCode) -> None:
    with pytest.raises(Refused) as caught:
        check_renewal(held, new)
    assert caught.value.code is code


def test_a_rule_for_more_people_than_there_are_is_refused(authority: Authority) -> None:
    """Two holders of the whole area are needed for two; a second one makes it right."""
    rule = Threshold(role=Role.EMERGENCY, area="dt", count=2)
    ring = msgspec.structs.replace(authority.keyring, thresholds=(rule,))
    with pytest.raises(Refused, match="nobody could ever speak"):
        check_reachable(ring, NOW)
    authority.add_key(Role.EMERGENCY)
    check_reachable(msgspec.structs.replace(authority.keyring, thresholds=(rule,)), NOW)


@pytest.mark.refusal(37)
@pytest.mark.refusal_twin(37)
def test_a_key_that_is_online_and_a_persons_is_refused(authority: Authority) -> None:
    """The server's schedule key with the role approve would let the server start new sound; a person's own does not."""
    authority.add_key(Role.APPROVE, key=authority.keys[Role.SCHEDULE], holder="Người giữ schedule")
    with pytest.raises(Refused, match="lies on the server"):
        check_reachable(authority.keyring, NOW)
    authority.revoke(authority.keys[Role.SCHEDULE])
    check_reachable(authority.keyring, NOW)


def test_a_folder_broken_off_at_any_file_is_the_old_chain_or_the_new(
    made: Repository, authority: Authority
) -> None:
    """Whichever file was the last to be written, the folder reads as one whole chain, at the end as the new one."""
    held = judge(bundle(made))
    authority.add_key(Role.APPROVE)
    made.rotate(target_keys=[device_key("a"), device_key("b")])
    made.rotate()
    made.publish(authority.keyring)
    new = judge(bundle(made))
    folder = dict((*files_of(held, None), *copies_of(held.bundle)))
    seen = []
    for name, data in (*files_of(new, held), *copies_of(new.bundle)):
        folder[name] = data
        found = newest(folder.get, [n.removeprefix("metadata/") for n in folder])
        assert found is not None
        seen.append((found.root.version, found.targets.version))
    assert set(seen) == {(1, 1), (3, 2)}
    assert seen[-1] == (3, 2)
    assert folder["keyring.json"] == encode_keyring(authority.keyring)
    assert newest(lambda _: None, []) is None


def test_a_folder_never_falls_back_behind_what_was_told(
    made: Repository, authority: Authority
) -> None:
    """Damaged targets are refused where appliances know of them already; where they do not the ones before stand."""
    held = judge(bundle(made))
    authority.add_key(Role.APPROVE)
    made.publish(authority.keyring)
    folder = dict((*files_of(held, None), *files_of(judge(bundle(made)), held)))
    folder["metadata/2.targets.json"] = b"{"
    names = ["1.root.json", "1.targets.json", "2.targets.json"]
    with pytest.raises(Refused, match="damaged"):
        newest(folder.get, names, least=2)
    found = newest(folder.get, names, least=1)
    assert found is not None
    assert found.targets.version == 1
