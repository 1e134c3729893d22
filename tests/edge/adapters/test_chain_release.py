"""The release on an appliance: it comes beside the keyring, never holds it back, and is verified by a slot's writer."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from contract.chain_release import release_under
from contract.errors import RefusalCode, Refused
from contract.release import encode_release
from contract.testing import device_key
from contract.testing_chain import Repository
from contract.testing_release import release
from edge.adapters.chain import folder_reader
from edge.adapters.chain_release import stored_release
from edge.adapters.chain_store import ChainStore, Held
from edge.adapters.link_faults import LinkError
from edge.adapters.storage import Slots
from tests.edge.adapters.chain_rig import ChainRig, chain_rig, lay_out
from tests.edge.adapters.test_keeper import Kept

FIRST = release([b"one"], counter=5, version="1.4.0").index
NEXT = release([b"two"], counter=6, version="1.5.0").index
Change = Callable[[ChainRig], None]


@pytest.fixture
def rig(memory_folder: Path) -> Iterator[ChainRig]:
    """An appliance that holds epoch 1 and release 5, and a repository where epoch 2 has been published."""
    with chain_rig(memory_folder) as made:
        made.repo.publish_release(FIRST)
        made.refresh()
        made.next_keyring()
        yield made


def stored(rig: ChainRig) -> object:
    """Return the release as another process finds it on disk."""
    return stored_release(rig.folder / "ledger", rig.baked)


def test_a_release_comes_beside_the_keyring(rig: ChainRig) -> None:
    """It is on disk when the refresh has returned, the same after a start, and a newer one takes its place."""
    assert rig.chain.release() == rig.started().release() == stored(rig) == FIRST
    rig.repo.publish_release(NEXT)
    rig.refresh()
    assert rig.chain.trouble is None
    assert rig.chain.release() == rig.started().release() == stored(rig) == NEXT


def test_a_chain_without_a_release_is_whole(memory_folder: Path) -> None:
    """Nothing is missing, and the store holds none."""
    with chain_rig(memory_folder) as rig:
        assert stored(rig) is None
        rig.refresh()
        assert (rig.chain.release(), rig.chain.trouble, stored(rig)) == (None, None, None)
        assert rig.epoch() == 1


def named_and_gone(rig: ChainRig) -> None:
    """Publish a release whose bytes nobody has."""
    rig.repo.publish_release(NEXT)
    for name in [name for name in rig.repo.files if name.endswith("release.json")]:
        del rig.repo.files[name]


def other_bytes(rig: ChainRig) -> None:
    """Publish a release and serve another one in its place."""
    rig.repo.publish_release(NEXT)
    for name in [name for name in rig.repo.files if name.endswith("release.json")]:
        rig.repo.files[name] = encode_release(FIRST)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (named_and_gone, RefusalCode.MALFORMED),
        (other_bytes, RefusalCode.SAME_VERSION),
        (lambda rig: rig.repo.publish_release(b"{}"), RefusalCode.MALFORMED),
        (
            lambda rig: rig.repo.publish_release(release([b"x"], counter=4).index),
            RefusalCode.OLD_VERSION,
        ),
        (
            lambda rig: rig.repo.publish_release(release([b"x"], counter=5).index),
            RefusalCode.SAME_VERSION,
        ),
        (
            lambda rig: rig.repo.publish_release(release([b"x"], counter=7, version="1.0.0").index),
            RefusalCode.OLD_VERSION,
        ),
    ],
)
def test_what_is_wrong_with_a_release_never_holds_a_keyring_back(
    rig: ChainRig, change: Change, code: RefusalCode
) -> None:
    """The newer keyring is taken, the release is refused and told, and nothing that is not named is written."""
    change(rig)
    rig.refresh()
    trouble, found = rig.chain.trouble, rig.chain.release()
    assert rig.epoch() == 2
    assert isinstance(trouble, Refused)
    assert (trouble.code, found) == (code, None)
    with pytest.raises(Refused):
        stored(rig)


def test_a_version_that_falls_on_purpose_is_taken(rig: ChainRig) -> None:
    """The signed way back has a newer counter, an older version, and says so."""
    back = release([b"x"], counter=7, version="1.0.0", goes_back=True).index
    rig.repo.publish_release(back)
    rig.refresh()
    assert (rig.chain.release(), stored(rig)) == (back, back)


def test_a_release_that_is_taken_out_again_is_held_no_longer(rig: ChainRig) -> None:
    """Targets that name none leave none."""
    del rig.repo.targets["release.json"]
    rig.repo.publish(rig.authority.keyring)
    rig.refresh()
    assert (rig.chain.release(), stored(rig)) == (None, None)


def test_the_keeper_tells_of_it_and_goes_on(rig: ChainRig) -> None:
    """A release that is refused is told once, and central is not asked more often for it."""
    kept = Kept(rig)
    other_bytes(rig)
    assert kept.keeper.tend()
    assert kept.gate.state.keyring.epoch == 2
    assert "release" in str(kept.events)
    kept.mono_s += 600
    assert not kept.keeper.wanted


def test_a_line_that_breaks_within_the_release_is_tried_again(rig: ChainRig) -> None:
    """The keyring is in force, and central is asked again soon."""
    kept = Kept(rig)
    rig.repo.publish_release(NEXT)
    (name,) = {n for n in rig.repo.files if n.endswith(".release.json")} - {
        n for n in rig.repo.files if encode_release(FIRST) == rig.repo.files[n]
    }
    rig.shelves.moved[name] = "/elsewhere"
    kept.keeper.tend()
    assert isinstance(rig.chain.trouble, LinkError)
    assert kept.gate.state.keyring.epoch == 2
    rig.shelves.moved.clear()
    kept.mono_s += 121
    kept.keeper.tend()
    assert rig.chain.release() == NEXT


def test_a_stick_brings_a_release(rig: ChainRig, memory_folder: Path) -> None:
    """A copy of the repository on a stick is read like central's, keyring and release."""
    rig.repo.publish_release(NEXT)
    stick = lay_out(rig.repo.files, memory_folder / "stick")
    kept = Kept(rig)
    assert kept.keeper.read(folder_reader(stick), "usb")
    assert rig.chain.release() == stored(rig) == NEXT


def test_who_writes_a_slot_follows_new_people(rig: ChainRig) -> None:
    """The root of the image leads to the root of today and to those who sign now; another province's leads nowhere."""
    rig.repo.rotate(target_keys=[device_key("a"), device_key("b")])
    rig.repo.publish_release(NEXT)
    rig.refresh()
    assert stored(rig) == NEXT
    other = Repository.make(seed="other").baked
    with pytest.raises(Refused, match="image's own"):
        stored_release(rig.folder / "ledger", other)


def keep(rig: ChainRig, change: Callable[[Held], Held]) -> None:
    """Have the store hold something else, as whoever took over the appliance's own programme could."""
    store = ChainStore(Slots(rig.folder / "ledger", "chain"))
    assert store.held is not None
    store.keep(change(store.held))


def test_who_writes_a_slot_believes_no_store(rig: ChainRig) -> None:
    """Targets that strangers signed, a root of theirs, and another release are refused, whoever stored them."""
    rig.repo.publish_release(NEXT)
    rig.refresh()
    held = rig.chain.held
    strangers = Repository.make(seed="other")
    strangers.publish_release(FIRST)
    theirs = strangers.files["metadata/1.targets.json"]
    evil = {"release.json": encode_release(FIRST)}
    foreign = {**held.files, "targets.json": theirs}
    keep(rig, lambda now: replace(now, files=foreign, targets=evil))
    with pytest.raises(Refused, match="signatures"):
        stored(rig)
    keep(rig, lambda now: replace(now, roots=(*held.roots, strangers.baked)))
    with pytest.raises(Refused):
        stored(rig)
    keep(rig, lambda _: replace(held, targets=evil))
    with pytest.raises(Refused, match="not the one"):
        stored(rig)
    keep(rig, lambda _: held)
    assert stored(rig) == NEXT


def test_who_writes_a_slot_changes_nothing_of_the_store(rig: ChainRig) -> None:
    """A damaged generation is passed over for the other one, and nothing is renamed or written."""
    rig.repo.publish_release(NEXT)
    rig.refresh()
    ledger = rig.folder / "ledger"
    newest = max((ledger / n for n in ("chain.a", "chain.b")), key=lambda f: f.stat().st_mtime_ns)
    newest.write_bytes(newest.read_bytes()[:-1] + b"?")
    before = {file.name: file.read_bytes() for file in ledger.iterdir()}
    assert stored(rig) == FIRST
    assert {file.name: file.read_bytes() for file in ledger.iterdir()} == before
    newest.unlink()
    newest.symlink_to(ledger / "elsewhere")
    with pytest.raises(OSError, match=newest.name):
        stored(rig)


def test_a_root_that_nobody_signed_is_no_beginning(rig: ChainRig) -> None:
    """Also what stands in the image must be a root of its own people."""
    held = rig.chain.held
    unsigned = rig.baked.replace(b'"sig"', b'"gis"')
    with pytest.raises(Refused):
        release_under(unsigned, (unsigned,), held.files["targets.json"], None)
