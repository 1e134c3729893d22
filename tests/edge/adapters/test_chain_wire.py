"""How the chain is fetched: within bounds of bytes and time, from central or a folder, and not at all offline."""

import json
import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from contract.errors import ContractError, RefusalCode
from contract.testing import NOW, Authority, device_key
from contract.testing_chain import Repository, tuf_key
from edge.adapters.chain import Chain, folder_reader
from edge.adapters.chain_faults import ChainRefused
from edge.adapters.chain_fetch import FromCentral, FromFolder
from edge.adapters.chain_screen import screen
from edge.adapters.link import Link, LinkBroken, LinkDown, LinkError
from edge.adapters.stick import Stick
from edge.adapters.storage import Slots
from tests.edge.adapters.chain_rig import ChainRig, Nobody, chain_rig, lay_out

GOOD = tuf_key(device_key())
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


def test_when_no_time_is_left_nothing_is_asked() -> None:
    """A question that could have no answer in time is not put; with any time left it is."""
    asked: list[float] = []

    class Line:
        """A link on which nothing lies."""

        def take(self, path: str, *, max_bytes: int, within_s: float) -> bytes | None:
            asked.append(within_s)
            return None

    now_s = [0.0]
    source = FromCentral(Line(), lambda: now_s[0], within_s=8.0)
    now_s[0] = 7.5
    assert source.read("/tuf/metadata/timestamp.json", 100) is None
    now_s[0] = 8.0
    with pytest.raises(LinkDown, match="was not whole after 8 s"):
        source.read("/tuf/metadata/timestamp.json", 100)
    assert asked == [0.5]


@pytest.mark.refusal(8)
@pytest.mark.refusal_twin(8)
def test_a_file_beyond_its_cap_is_refused_wherever_it_lies() -> None:
    """A folder that gives one byte more than was allowed is not believed; the last byte allowed is taken."""
    over = [0]
    source = FromFolder(lambda _part, _name, most_bytes: b" " * (most_bytes + over[0]))
    assert len(source.download_bytes("targets/keyring.json", 50)) == 50
    over[0] = 1
    with pytest.raises(ChainRefused, match="longer than the 50 bytes") as refused:
        source.download_bytes("targets/keyring.json", 50)
    assert refused.value.code is RefusalCode.TOO_LARGE


@pytest.mark.refusal_twin(8)
def test_the_time_of_a_refresh_runs_from_its_own_beginning(rig: ChainRig) -> None:
    """A source that has lain about for long has as much time for the next refresh as for the first."""
    now_s = [0.0]
    source = FromCentral(rig.link, lambda: now_s[0], within_s=45.0)
    now_s[0] = 1_000.0
    rig.chain.refresh(source, rig.at)
    assert rig.epoch() == 2


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
        b'{"signed": {"keys": {}, "roles": {"root": {"keyids": [5]}}}}',
        b"\xff",
    ],
)
def test_metadata_of_no_sense_is_refused_before_the_library_reads_it(data: bytes) -> None:
    """Odd shapes, numbers beyond 2^53, names given twice and depth without end are one kind of refusal."""
    with pytest.raises(ChainRefused) as refused:
        screen("any.json", data)
    assert refused.value.code is RefusalCode.MALFORMED


@pytest.mark.parametrize(
    ("key", "why"),
    [
        (5, "has no public half"),
        ({"keytype": "ed25519"}, "has no public half"),
        ({"keytype": "ed25519", "keyval": {"public": 5}}, "has no public half"),
        ({"keytype": "rsa", "keyval": GOOD.keyval}, "is not Ed25519"),
        ({"keytype": "ed25519", "keyval": {"public": "xx"}}, "is no good Ed25519 key"),
        ({"keytype": "ed25519", "keyval": {"public": "00" * 31}}, "is no good Ed25519 key"),
    ],
)
def test_a_key_that_is_no_ed25519_key_is_refused_in_words(key: object, why: str) -> None:
    """Without a public half, of another kind, or no point of the curve: whoever publishes it reads which it is."""
    tree = {"signed": {"keys": {"a": key}, "roles": {}}}
    with pytest.raises(ChainRefused, match=why) as refused:
        screen("any.json", json.dumps(tree).encode())
    assert refused.value.code is RefusalCode.MALFORMED


def test_a_role_may_name_a_key_that_is_not_there() -> None:
    """Who is named without a key can sign for nobody: the library does not count him, and the screen lets him be."""
    named = {"a": GOOD.to_dict()}, {"root": {"keyids": ["a", "b"]}}
    tree = dict(zip(("keys", "roles"), named, strict=True))
    screen("any.json", json.dumps({"signed": tree}).encode())


@pytest.mark.parametrize("number", [2**53, -(2**53)])
def test_numbers_reach_as_far_as_every_language_counts(number: int) -> None:
    """Up to 2^53 to either side is a number; one more is refused, and one without end is not even counted."""
    screen("any.json", b'{"signed": {"version": %d}}' % number)
    for beyond in (b"%d" % (number + (1 if number > 0 else -1)), b"9" * 5_000):
        with pytest.raises(ChainRefused, match=r"the number .* is beyond 2\^53"):
            screen("any.json", b'{"signed": {"version": %s}}' % beyond)


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


@pytest.mark.parametrize(
    ("url", "looked_for"),
    [
        ("targets/abc.keyring.json", ["targets/abc.keyring.json", "targets/keyring.json"]),
        ("metadata/2.root.json", ["metadata/2.root.json"]),
        ("targets/keyring", ["targets/keyring"]),
        ("targets/abc..hidden", ["targets/abc..hidden"]),
        ("targets/abc...", ["targets/abc..."]),
    ],
)
def test_only_a_target_may_lie_under_its_plain_name(url: str, looked_for: list[str]) -> None:
    """The root of another version does not stand in for one that is missing, and no name leads out of the folder."""
    asked: list[str] = []

    def read(part: str, name: str, _most_bytes: int) -> None:
        asked.append(f"{part}/{name}")

    assert FromFolder(read).read(url, 100) is None
    assert asked == looked_for


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
