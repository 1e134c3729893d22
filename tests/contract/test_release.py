"""Releases: what an index must be, which may follow another, and what must be fetched of a system."""

import hashlib
from collections.abc import Callable, Sequence
from itertools import pairwise

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.chain_files import copies_of, files_of, newest
from contract.chain_rules import Bundle, check_renewal, judge
from contract.documents import Health, Rank, Update, UpdateState
from contract.errors import Misuse, RefusalCode, Refused
from contract.release import (
    CHUNK_MOST_BYTES,
    MAX_INDEX_BYTES,
    ReleaseIndex,
    blobs_of,
    bytes_to_fetch,
    check_release_renewal,
    decode_release,
    encode_release,
    plan_fetch,
    read_chunks,
    version_key,
    write_chunks,
)
from contract.testing import NOW, Authority
from contract.testing_chain import Repository
from contract.testing_release import Made, release


def refused(index: ReleaseIndex | None, held: ReleaseIndex) -> RefusalCode:
    """Return why an index may not follow the one held."""
    with pytest.raises(Refused) as caught:
        check_release_renewal(held, index)
    return caught.value.code


def bundle(made: Repository) -> Bundle:
    """Return what a ceremony would hand out of this repository."""
    return Bundle(
        roots=tuple(made.files[f"metadata/{n + 1}.root.json"] for n in range(made.root_version)),
        targets=made.files[f"metadata/{made.targets_version}.targets.json"],
        keyring=made.files["targets/keyring.json"],
        release=made.files.get("targets/release.json"),
    )


@pytest.fixture
def made() -> Repository:
    """A repository of the chain with a keyring and no release."""
    return Repository.make(Authority.make("dt", seed="release").keyring, seed="release")


def test_an_index_is_read_as_it_was_written() -> None:
    """What provisioning writes, every reader reads the same, and it names each blob once."""
    index = release([b"one", b"two"]).index
    assert decode_release(encode_release(index)) == index
    assert len(blobs_of(index)) == 2 + len(index.starters)


@pytest.mark.parametrize(
    ("what", "value"),
    [
        ("counter", 0),
        ("counter", True),
        ("version", "1.4.0-rc1"),
        ("version", "01.4"),
        ("version", "1"),
        ("suite", "../etc"),
        ("starters", []),
        ("slot_bytes_min", 1),
        ("notes", {"vi": ""}),
        ("notes", {"vi": "x" * 2_001}),
        ("system", {"sha256": "0" * 64, "bytes": 2**31 + 1}),
        ("chunks", {"sha256": "0" * 64, "bytes": 16_000_001}),
        ("hidden", 1),
    ],
)
def test_an_index_that_says_something_else_is_refused(what: str, value: object) -> None:
    """Each bound is held, and nothing unknown is passed over; the same index without the flaw is read."""
    whole = msgspec.json.decode(encode_release(release([b"one" * 100]).index))
    decode_release(msgspec.json.encode(whole))
    with pytest.raises(Refused) as caught:
        decode_release(msgspec.json.encode({**whole, what: value}))
    assert caught.value.code is RefusalCode.MALFORMED


@pytest.mark.parametrize("name", ["../cmdline.txt", "a/b", "", ".hidden", "dấu", "ends.", "A.DTB"])
def test_a_starter_is_a_plain_file_name_of_its_own(name: str) -> None:
    """No starter leaves its folder, and none is another one's twin on a disk that knows no capitals."""
    whole = msgspec.json.decode(encode_release(release([b"one"]).index))
    starter = {"name": "a.dtb", "sha256": "0" * 64, "bytes": 1}
    decode_release(msgspec.json.encode({**whole, "starters": [starter]}))
    bad = {**whole, "starters": [starter, {**starter, "name": name}]}
    with pytest.raises(Refused, match="starter"):
        decode_release(msgspec.json.encode(bad))


def test_an_index_has_one_form_and_64_kilobytes() -> None:
    """Spaces, or bytes beyond the cap, are refused; so the same counter is the same bytes."""
    data = encode_release(release([b"one"]).index)
    with pytest.raises(Refused, match="another form"):
        decode_release(data.replace(b":", b": ", 1))
    with pytest.raises(Refused) as caught:
        decode_release(data + b" " * MAX_INDEX_BYTES)
    assert caught.value.code is RefusalCode.TOO_LARGE


def test_only_the_counter_says_what_is_newer() -> None:
    """A higher counter follows; a lower one, the same with other words, or none at all does not."""
    held = release([b"one"], counter=5, version="1.4.0").index
    check_release_renewal(None, held)
    check_release_renewal(held, held)
    check_release_renewal(held, msgspec.structs.replace(held, counter=6))
    assert refused(msgspec.structs.replace(held, counter=4), held) is RefusalCode.OLD_VERSION
    assert refused(msgspec.structs.replace(held, version="1.5.0"), held) is RefusalCode.SAME_VERSION
    assert refused(None, held) is RefusalCode.OLD_VERSION


def test_a_version_falls_only_when_that_is_meant() -> None:
    """An older version under a newer counter is refused unless it goes back, and going back must lead back."""
    held = release([b"one"], counter=5, version="1.10.0").index
    back = msgspec.structs.replace(held, counter=6, version="1.9.5")
    assert refused(back, held) is RefusalCode.OLD_VERSION
    check_release_renewal(held, msgspec.structs.replace(back, goes_back=True))
    onward = msgspec.structs.replace(held, counter=6, version="1.10", goes_back=True)
    assert refused(onward, held) is RefusalCode.MALFORMED
    assert version_key("1.10") == version_key("1.10.0.0") > version_key("1.9.5")


def test_a_chain_may_carry_a_release_beside_the_keyring(made: Repository) -> None:
    """The targets name the keyring and at most a release; a chain of before reads as it did."""
    assert judge(bundle(made)).release is None
    index = release([b"one"]).index
    made.publish_release(index)
    assert judge(bundle(made)).release == index
    made.publish_release(index, by=made.target_keys[:1])
    with pytest.raises(Refused) as caught:
        judge(bundle(made))
    assert caught.value.code is RefusalCode.THRESHOLD


def test_a_release_is_the_one_that_was_signed(made: Repository) -> None:
    """Other bytes, none, or one that is not named are refused; so is any other target."""
    alone = bundle(made)
    data = encode_release(release([b"one"]).index)
    with pytest.raises(Refused, match="does not name"):
        judge(msgspec.structs.replace(alone, release=data))
    made.publish_release(data)
    whole = bundle(made)
    judge(whole)
    with pytest.raises(Refused, match="is not here"):
        judge(msgspec.structs.replace(whole, release=None))
    other = encode_release(release([b"one"], counter=2).index)
    with pytest.raises(Refused) as caught:
        judge(msgspec.structs.replace(whole, release=other))
    assert caught.value.code is RefusalCode.BAD_SIGNATURE
    made.add_target("extra.json", b"{}")
    made.sign_targets()
    with pytest.raises(Refused, match="at most"):
        judge(bundle(made))


def test_a_signed_release_that_is_none_is_refused(made: Repository) -> None:
    """Also what enough people signed must be an index."""
    made.publish_release(b"{}")
    with pytest.raises(Refused) as caught:
        judge(bundle(made))
    assert caught.value.code is RefusalCode.MALFORMED


def test_a_newer_chain_never_has_an_older_release(made: Repository) -> None:
    """A renewal keeps or raises the counter, and does not leave the release out."""
    made.publish_release(release([b"one"], counter=5).index)
    held = judge(bundle(made))
    for counter, taken in ((4, False), (5, True), (6, True)):
        made.publish_release(release([b"one"], counter=counter).index)
        new = judge(bundle(made))
        if taken:
            check_renewal(held, new)
        else:
            with pytest.raises(Refused) as caught:
                check_renewal(held, new)
            assert caught.value.code is RefusalCode.OLD_VERSION
    del made.targets["release.json"], made.files["targets/release.json"]
    made.sign_targets()
    with pytest.raises(Refused, match="carry it on"):
        check_renewal(held, judge(bundle(made)))


def test_a_folder_of_the_chain_holds_the_release(made: Repository) -> None:
    """Written as a ceremony writes it, the folder is read back whole; without the release it is not."""
    made.publish_release(release([b"one"]).index)
    chain = judge(bundle(made))
    files = dict((*files_of(chain, None), *copies_of(chain.bundle)))
    names = [name.removeprefix("metadata/") for name in files if name.startswith("metadata/")]
    assert newest(files.get, names) == chain
    (named,) = [name for name in files if name.endswith(".release.json")]
    del files[named]
    with pytest.raises(Refused, match="damaged"):
        newest(files.get, names)


def test_a_chunk_list_is_the_signed_one() -> None:
    """A changed byte, another order, or another length is not the list that the release names."""
    whole = release([b"one", b"two!", b"three"])
    chunks = read_chunks(whole.chunk_list, whole.index)
    assert [(chunk.begin, chunk.bytes) for chunk in chunks] == [(0, 3), (3, 4), (7, 5)]
    swapped = write_chunks([(chunk.sha256, chunk.bytes) for chunk in reversed(chunks)])
    for bad in (
        whole.chunk_list[:-1] + b"\x07",
        swapped,
        whole.chunk_list[:-36],
        whole.chunk_list + whole.chunk_list[-36:],
        b"",
    ):
        with pytest.raises(Refused) as caught:
            read_chunks(bad, whole.index)
        assert caught.value.code is RefusalCode.BAD_SIGNATURE


@pytest.mark.parametrize(
    ("damage", "why"),
    [
        (lambda data: b"TLCHUNK2" + data[8:], "no chunk list"),
        (lambda data: data[:-1], "within an entry"),
        (lambda data: data[:-36], "make up"),
        (lambda data: data + data[-36:], "make up"),
        (lambda data: data[:-4] + bytes(4), "0 bytes"),
        (lambda data: data[:-4] + (CHUNK_MOST_BYTES + 1).to_bytes(4), "are allowed"),
        (lambda data: data + data[-36:-4] + b"\x00\x00\x00\x01", "another length"),
    ],
)
def test_also_a_signed_list_must_make_up_the_system(
    damage: Callable[[bytes], bytes], why: str
) -> None:
    """A list that enough people signed and that is none is refused before a byte is fetched."""
    whole = release([b"one", b"two!", b"three"])
    bad = damage(whole.chunk_list)
    named = msgspec.structs.replace(
        whole.index.chunks, sha256=hashlib.sha256(bad).hexdigest(), bytes=len(bad)
    )
    with pytest.raises(Refused, match=why) as caught:
        read_chunks(bad, msgspec.structs.replace(whole.index, chunks=named))
    assert caught.value.code is RefusalCode.MALFORMED


def test_a_list_is_not_written_with_what_nobody_would_read() -> None:
    """Who cuts wrongly is told at once."""
    for sha256, length in ((b"short", 1), (bytes(32), 0), (bytes(32), CHUNK_MOST_BYTES + 1)):
        with pytest.raises(Misuse):
            write_chunks([(sha256, length)])


pieces = st.lists(st.binary(min_size=1, max_size=6), min_size=1, max_size=30)


def rebuilt(made: Made, known: Sequence[bytes], most_bytes: int) -> bytes:
    """Return the system put together from known pieces and the ranges that a plan asks for, as an appliance does."""
    chunks = read_chunks(made.chunk_list, made.index)
    at_hand = {hashlib.sha256(piece).digest(): piece for piece in known}
    for one in plan_fetch(chunks, at_hand.keys(), most_bytes):
        fetched = made.system[one.begin : one.end]
        assert one.header == f"bytes={one.begin}-{one.end - 1}"
        assert len(fetched) <= max(most_bytes, one.chunks[0].bytes)
        for chunk in one.chunks:
            assert chunk.sha256 not in at_hand
            piece = fetched[chunk.begin - one.begin : chunk.end - one.begin]
            assert hashlib.sha256(piece).digest() == chunk.sha256
            at_hand[chunk.sha256] = piece
    return b"".join(at_hand[chunk.sha256] for chunk in chunks)


@given(pieces, pieces, st.integers(1, 40))
def test_what_is_fetched_and_what_is_known_make_up_the_system(
    new: list[bytes], old: list[bytes], most_bytes: int
) -> None:
    """Byte for byte, whatever was known; nothing that is known is asked for, and nothing twice."""
    made = release(new)
    assert rebuilt(made, old, most_bytes) == made.system


@given(pieces, pieces)
def test_a_plan_asks_for_exactly_what_is_new(new: list[bytes], old: list[bytes]) -> None:
    """Its bytes are those of the new chunks, each once; with nothing new it is empty, and neighbours are one range."""
    made = release(new)
    chunks = read_chunks(made.chunk_list, made.index)
    known = {hashlib.sha256(piece).digest() for piece in old}
    plan = plan_fetch(chunks, known)
    assert bytes_to_fetch(plan) == sum(map(len, set(new) - set(old)))
    assert plan_fetch(chunks, {chunk.sha256 for chunk in chunks}) == ()
    assert all(before.end < after.begin for before, after in pairwise(plan))


def test_the_health_report_tells_of_an_update(health: Health) -> None:
    """It is an addition: a report of before is read as it was."""
    assert health.update is None
    told = Update(
        running_counter=4,
        running_version="1.3.0",
        slot="a",
        state=UpdateState.FETCHING,
        target_counter=5,
        progress_pct=40,
        fetched_bytes=1_000_000,
    )
    whole = msgspec.structs.replace(health, update=told)
    assert msgspec.json.decode(msgspec.json.encode(whole), type=Health) == whole


@pytest.fixture
def health() -> Health:
    """How an appliance without slots is."""
    return Health(
        at=NOW,
        uptime_s=1,
        clock="trusted",
        on_air=Rank.SILENCE,
        why="",
        volume_pct=50,
        zones_on=(),
        programme_version=1,
        programme_stale=False,
        contents_missing=0,
        sound_path_ok=True,
        storage_free_bytes=1,
        software="1.3.0",
    )
