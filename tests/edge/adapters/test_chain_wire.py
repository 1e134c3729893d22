"""How the chain is fetched: within bounds of bytes and time, from central or a folder, and not at all offline."""

import json
import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from contract.errors import ContractError, RefusalCode
from contract.testing import NOW, Authority
from contract.testing_chain import Repository
from edge.adapters.chain import Chain, folder_reader
from edge.adapters.chain_faults import ChainRefused
from edge.adapters.chain_fetch import FromCentral, FromFolder
from edge.adapters.chain_screen import screen
from edge.adapters.link import Link, LinkBroken, LinkDown, LinkError
from edge.adapters.stick import Stick
from edge.adapters.storage import Slots
from tests.edge.adapters.chain_rig import ChainRig, Nobody, chain_rig, lay_out

NAMES = ["metadata/timestamp.json", "metadata/2.root.json", "metadata/2.targets.json"]


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[ChainRig]:
    """An appliance that holds epoch 1 of a repository where epoch 2 and a second root have been published."""
    with chain_rig(tmp_path) as made:
        made.refresh()
        made.repo.rotate()
        made.next_keyring()
        yield made


# --- bounds ---------------------------------------------------------------------------------------


@pytest.mark.refusal(8)
@pytest.mark.parametrize("name", [*NAMES, "keyring"])
def test_an_answer_without_an_end_is_given_up_at_its_cap(name: str, rig: ChainRig) -> None:
    """Whatever is asked for: a server that goes on sending is cut off at the cap of that file."""
    rig.shelves.floods.add(name if name != "keyring" else newest_keyring(rig))
    with pytest.raises(LinkBroken, match="longer than the"):
        rig.refresh()
    assert rig.epoch() == 1


@pytest.mark.refusal(8)
@pytest.mark.parametrize("name", [*NAMES, "keyring"])
def test_an_answer_that_drips_is_given_up_in_time(name: str, rig: ChainRig) -> None:
    """A byte now and then keeps nobody waiting: the whole refresh has one time, and ends soon after it."""
    rig.shelves.drips.add(name if name != "keyring" else newest_keyring(rig))
    rig.within_s = 0.5
    begun_s = time.monotonic()
    with pytest.raises(LinkDown):
        rig.refresh()
    assert time.monotonic() - begun_s < 5.0
    assert rig.epoch() == 1


@pytest.mark.refusal(8)
def test_many_answers_that_are_each_slow_share_one_time(rig: ChainRig) -> None:
    """A thief of time cannot have the bound anew for each of a hundred roots."""
    now_s = [0.0]

    def pass_time() -> None:
        now_s[0] += 20.0

    rig.shelves.meanwhile = pass_time
    rig.shelves.asked.clear()
    source = FromCentral(rig.link, lambda: now_s[0], within_s=45.0)
    with pytest.raises(LinkDown, match="was not whole after 45 s"):
        rig.chain.refresh(source, rig.at)
    assert len(rig.shelves.asked) == 3
    assert rig.epoch() == 1


@pytest.mark.refusal_twin(8)
def test_an_answer_that_is_merely_slow_is_taken(rig: ChainRig) -> None:
    """Slow but within the bound, as over a poor line, is no offence."""
    rig.shelves.drips.add("metadata/timestamp.json")
    rig.shelves.drip_s = 0.001
    rig.refresh()
    assert rig.epoch() == 2


def newest_keyring(rig: ChainRig) -> str:
    """Return the name of the keyring's file that was published last."""
    return [n for n in rig.repo.files if n.startswith("targets/") and n.count(".") > 1][-1]


def test_a_redirect_is_not_followed(rig: ChainRig) -> None:
    """The repository lies at central: an answer that leads elsewhere is refused, and elsewhere is not asked."""
    rig.shelves.moved["metadata/timestamp.json"] = f"{rig.shelves.url}/tuf/elsewhere"
    with pytest.raises(LinkBroken, match="redirect"):
        rig.refresh()
    assert "elsewhere" not in rig.shelves.asked
    assert rig.epoch() == 1


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[]",
        b'{"signed": 5}',
        b"[" * 100_000,
        b'{"signed": {"version": 1, "version": 2}}',
        b'{"signed": {"version": NaN}}',
        b'{"signed": {"version": 9007199254740993}}',
        b'{"signed": {"version": ' + b"9" * 5_000 + b"}}",
        b'{"signed": {"keys": []}}',
        b'{"signed": {"keys": {"a": 5}, "roles": {}}}',
        b'{"signed": {"keys": {}, "roles": {"root": {"keyids": 5}}}}',
        b"\xff",
    ],
)
def test_metadata_of_no_sense_is_refused_before_the_library_reads_it(data: bytes) -> None:
    """Odd shapes, numbers beyond 2^53, names given twice and depth without end are one kind of refusal."""
    with pytest.raises(ChainRefused) as refused:
        screen("any.json", data)
    assert refused.value.code is RefusalCode.MALFORMED


def test_metadata_of_ours_passes_the_screen() -> None:
    """The twin: all that an honest repository publishes passes."""
    repo = Repository.make(Authority.make(seed="chain").keyring, seed="chain")
    for name, data in repo.files.items():
        if name.startswith("metadata/"):
            screen(name, data)


# --- offline --------------------------------------------------------------------------------------


def test_who_may_sign_is_answered_without_a_network(rig: ChainRig) -> None:
    """Nothing is fetched when nothing is asked, and years after the chain ran out the answer is the same."""
    rig.refresh()
    asked = len(rig.shelves.asked)
    rig.later(days=3_000)
    keyring = rig.started().keyring()
    assert keyring == rig.authority.keyring
    assert len(rig.shelves.asked) == asked


def test_nothing_new_writes_nothing_and_fetches_the_timestamp_alone(rig: ChainRig) -> None:
    """A day without news costs two small requests and no wear of the card."""
    rig.refresh()
    files = sorted((rig.folder / "ledger").iterdir())
    before = [(f.name, f.stat().st_mtime_ns) for f in files]
    rig.shelves.asked.clear()
    rig.refresh()
    assert rig.shelves.asked == ["metadata/3.root.json", "metadata/timestamp.json"]
    assert [(f.name, f.stat().st_mtime_ns) for f in files] == before


def test_a_timestamp_signed_anew_fetches_nothing_else(rig: ChainRig) -> None:
    """Central signs its timestamp each day: snapshot, targets and keyring are not loaded again for it."""
    rig.refresh()
    rig.repo.sign_timestamp()
    rig.shelves.asked.clear()
    rig.refresh()
    assert rig.shelves.asked == ["metadata/3.root.json", "metadata/timestamp.json"]
    assert rig.epoch() == 2


def test_central_out_of_reach_changes_nothing(rig: ChainRig) -> None:
    """A dead line is the link's fault, told as such; the keyring held stays."""
    link = Link("http://127.0.0.1:9", Nobody())
    with pytest.raises(LinkDown):
        rig.chain.refresh(FromCentral(link), rig.at)
    link.close()
    assert rig.epoch() == 1


# --- folders: the image's and a stick's -----------------------------------------------------------


def begun(folder: Path, repo: Repository) -> Chain:
    """Return the chain of an appliance that has only its root."""
    (folder / "scratch").mkdir(parents=True, exist_ok=True)
    return Chain(Slots(folder / "ledger", "chain"), repo.baked, folder / "scratch")


@pytest.mark.parametrize("plain", [True, False])
def test_what_an_image_brings_is_taken_from_its_folder(plain: bool, tmp_path: Path) -> None:
    """The same files as central serves, with the keyring under its plain name or with its hash, are a repository."""
    authority = Authority.make(seed="chain")
    repo = Repository.make(authority.keyring, seed="chain")
    files = {
        name: data
        for name, data in repo.files.items()
        if not name.startswith("targets/") or (name == "targets/keyring.json") is plain
    }
    folder = lay_out(files, tmp_path / "image")
    chain = begun(tmp_path, repo)
    chain.refresh(FromFolder(folder_reader(folder)), NOW)
    assert chain.keyring() == authority.keyring


def test_a_forged_folder_brings_nothing(tmp_path: Path) -> None:
    """Another province's repository, or one without metadata, in place of ours is refused."""
    repo = Repository.make(seed="chain")
    strange = Repository.make(Authority.make().keyring)
    chain = begun(tmp_path, repo)
    for name, files in (("strange", strange.files), ("empty", {"targets/keyring.json": b"{}"})):
        with pytest.raises(ChainRefused):
            chain.refresh(FromFolder(folder_reader(lay_out(files, tmp_path / name))), NOW)
    assert chain.keyring() is None


def test_a_stick_brings_a_keyring_and_no_more_than_that(tmp_path: Path) -> None:
    """A stick's repository is read file by file under the caps; links, pipes and paths out of it are not followed."""
    authority = Authority.make(seed="chain")
    repo = Repository.make(authority.keyring, seed="chain")
    place = tmp_path / "stick"
    folder = lay_out(repo.files, place / "tienglang" / "tuf")
    chain = begun(tmp_path, repo)
    with Stick(place, 10) as stick:
        assert stick.has_chain
        reads = FromFolder(stick.chain_file)
        chain.refresh(reads, NOW)
    assert chain.keyring() == authority.keyring
    anything = FromFolder(lambda _part, _name, _most: b"x")
    assert anything.read("metadata/plain.json", 100) == b"x"
    for name in ("../../x.json", ".hidden", "a/b.json", ""):
        assert anything.read(f"metadata/{name}", 100) is None
    for spoil in (make_link, make_pipe, make_long):
        (folder / "metadata" / "timestamp.json").unlink()
        spoil(folder / "metadata" / "timestamp.json", repo)
        with Stick(place, 10) as stick, pytest.raises(Exception, match=r"timestamp\.json"):
            chain.refresh(FromFolder(stick.chain_file), NOW)
    assert chain.keyring() == authority.keyring


def make_link(path: Path, repo: Repository) -> None:
    elsewhere = path.parent.parent / "elsewhere.json"
    elsewhere.write_bytes(repo.files["metadata/timestamp.json"])
    path.symlink_to(elsewhere)


def make_pipe(path: Path, repo: Repository) -> None:
    os.mkfifo(path)


def make_long(path: Path, repo: Repository) -> None:
    path.write_bytes(b" " * 3_000_000)


# --- the root of the image ------------------------------------------------------------------------


def test_a_newer_root_of_a_newer_image_is_taken(rig: ChainRig) -> None:
    """An image with a later root of the same chain carries on: the keyring held stays, and goes on from there."""
    rig.repo.rotate()
    rig.baked = rig.repo.files["metadata/3.root.json"]
    assert rig.epoch() == 1
    rig.refresh()
    assert rig.epoch() == 2
    rig.baked = rig.repo.baked  # and back to the older image
    assert rig.epoch() == 2


def test_the_root_of_another_chain_begins_anew(rig: ChainRig) -> None:
    """Another province's root in the image leaves out all that was held under the one before."""
    other = Repository.make(Authority.make(seed="other").keyring, seed="other")
    rig.baked = other.baked
    assert rig.started().keyring() is None
    assert "another chain" in rig.chain.notes[-1]


def test_two_at_once_refresh_one_after_the_other(rig: ChainRig) -> None:
    """The courier and a stick may come at the same moment: the store sees one and then the other."""
    faults: list[Exception] = []

    def ask() -> None:
        try:
            rig.refresh()
        except (ContractError, LinkError, OSError) as fault:
            faults.append(fault)

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    assert rig.epoch() == 2
    assert not list(rig.scratch.iterdir())


def test_leftovers_of_a_kill_are_swept_away(rig: ChainRig) -> None:
    """A scratch directory that a kill left behind is gone with the next start."""
    (rig.scratch / "chain-left").mkdir()
    (rig.scratch / "chain-left" / "x").write_text(json.dumps(1))
    rig.started()
    assert not list(rig.scratch.iterdir())
