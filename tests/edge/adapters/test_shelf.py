"""The shelf: whole contents, room for what is needed, and nothing else."""

import contextlib
import hashlib
import os
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contract.documents import Sha256
from contract.errors import Misuse
from edge.adapters.room import PART_LIFE_S, Room
from edge.adapters.scrub import Scrubber
from edge.adapters.shelf import Shelf, ShelfFull, Wanted, WrongBytes
from edge.core.events import ContentLost, Happening, Inspected
from edge.core.orders import Inspect, Scrub

QUIETLY_S = 20.0  # how long a background round of a few bytes may take on a busy machine


def open_shelf(root: Path, events: list[Happening], quota_bytes: int = 1_000_000) -> Shelf:
    """Return a shelf that leaves the disk's reserve alone and hashes as fast as it can."""
    return Shelf(root, quota_bytes, events.append, reserve_bytes=0, scrub_bytes_per_s=1e12)


def named(data: bytes) -> Sha256:
    """Return the name of content."""
    return Sha256(hashlib.sha256(data).hexdigest())


def put(shelf: Shelf, data: bytes, used_s: int = 0) -> Sha256:
    """Put content on the shelf as a download does; `used_s` is when it was last used."""
    name = named(data)
    shelf.part(name).write_bytes(data)
    shelf.adopt(shelf.part(name), name)
    if used_s:
        path = shelf.path(name)
        assert path is not None
        os.utime(path, (used_s, used_s))
    return name


def lost(events: list[Happening]) -> list[Sha256]:
    """Return what was posted as lost, in order."""
    return [e.sha256 for e in events if isinstance(e, ContentLost)]


def make_room(
    shelf: Shelf, needed_bytes: int, wanted: Wanted | None = None, name: str = "f" * 64
) -> None:
    """Make room for a new content, as the begin of a download does."""
    with shelf.room(shelf.part(Sha256(name)), needed_bytes, wanted or Wanted()):
        pass


def test_content_is_whole_after_a_restart(tmp_path: Path) -> None:
    """What was adopted is there after a clean restart, under its hash."""
    events: list[Happening] = []
    shelf = open_shelf(tmp_path, events)
    name = put(shelf, b"tin")
    shelf.close()
    again = open_shelf(tmp_path, events)
    assert again.contents() == (name,)
    path = again.path(name)
    assert path is not None
    assert path.read_bytes() == b"tin"
    assert not again.part(name).exists()


@pytest.mark.refusal_twin(36)
@pytest.mark.refusal(36)
def test_other_bytes_are_not_adopted(tmp_path: Path) -> None:
    """A file whose bytes are not those of its name is refused and deleted; the right one is taken."""
    shelf = open_shelf(tmp_path, [])
    name = Sha256(hashlib.sha256(b"tin").hexdigest())
    shelf.part(name).write_bytes(b"tim")
    with pytest.raises(WrongBytes, match="sai dữ liệu"):
        shelf.adopt(shelf.part(name), name)
    assert not shelf.has(name)
    assert not shelf.part(name).exists()
    assert put(shelf, b"tin") == name


@pytest.mark.refusal(36)
@pytest.mark.parametrize("name", ["../../etc/passwd", "", "a" * 63, "A" * 64, "a" * 64 + "\n"])
def test_no_name_leaves_the_directory(tmp_path: Path, name: str) -> None:
    """Only 64 hex digits name a content."""
    shelf = open_shelf(tmp_path, [])
    with pytest.raises(Misuse):
        shelf.part(Sha256(name))
    assert shelf.path(Sha256(name)) is None


def test_strangers_in_the_directory_are_no_contents(tmp_path: Path) -> None:
    """Links, other names and unfinished downloads are not taken for content."""
    (tmp_path / ("a" * 64)).symlink_to("/etc/hostname")
    (tmp_path / "notes.txt").write_text("x")
    (tmp_path / ("b" * 64 + ".part")).write_text("x")
    assert open_shelf(tmp_path, []).contents() == ()


def test_after_a_crash_content_is_hashed_before_use(tmp_path: Path) -> None:
    """After an unclean end a damaged file is found at its first use and posted as lost; a good one plays."""
    events: list[Happening] = []
    shelf = open_shelf(tmp_path, events)
    good, bad = put(shelf, b"tot"), put(shelf, b"hong")
    (tmp_path / bad).write_bytes(b"h0ng")
    again = open_shelf(tmp_path, events)
    assert again.path(good) is not None
    assert again.path(bad) is None
    assert not again.has(bad)
    [gone] = [e for e in events if isinstance(e, ContentLost)]
    assert gone.sha256 == bad
    assert gone.why == "tệp đã hỏng trên thẻ nhớ: máy tự tải lại; nếu còn lặp lại hãy thay thẻ"


def test_after_a_clean_end_nothing_is_hashed(tmp_path: Path) -> None:
    """A clean end spares the hashing: the start is trusted until the next scrub."""
    shelf = open_shelf(tmp_path, [])
    name = put(shelf, b"tin")
    shelf.close()
    (tmp_path / name).write_bytes(b"t1n")
    assert open_shelf(tmp_path, []).path(name) is not None


def test_doubts_outlive_a_clean_end(tmp_path: Path) -> None:
    """Content never used since the crash is still doubted after a clean end; `settle` ends all doubts."""
    name = put(open_shelf(tmp_path, []), b"tin")
    open_shelf(tmp_path, []).close()
    (tmp_path / name).write_bytes(b"t1n")
    events: list[Happening] = []
    third = open_shelf(tmp_path, events)
    third.settle()
    assert third.scrubbed(QUIETLY_S)
    assert len(events) == 1
    third.close()
    assert not (tmp_path / "in-use").exists()


def test_scrub_finds_what_rotted(tmp_path: Path) -> None:
    """A scrub hashes all in the background, removes what is damaged and posts it."""
    events: list[Happening] = []
    shelf = open_shelf(tmp_path, events)
    good, bad = put(shelf, b"tot"), put(shelf, b"hong")
    (tmp_path / bad).write_bytes(b"h0ng")
    shelf.obey(Scrub())
    assert shelf.scrubbed(QUIETLY_S)
    assert lost(events) == [bad]
    assert shelf.contents() == (good,)


def test_scrub_leaves_the_card_its_breath(tmp_path: Path) -> None:
    """A round reads no faster than its pace: the card plays and records meanwhile."""
    events: list[Happening] = []
    shelf = Shelf(tmp_path, 10**9, events.append, reserve_bytes=0, scrub_bytes_per_s=2e6)
    for n in range(2):
        put(shelf, bytes([n]) * 400_000)
    begun_s = time.monotonic()
    shelf.obey(Scrub())
    assert shelf.scrubbed(QUIETLY_S)
    assert time.monotonic() - begun_s >= 0.39


def test_scrub_ends_when_the_appliance_does(tmp_path: Path) -> None:
    """A slow round does not hold up the end, and what it had not hashed is not called damaged."""
    events: list[Happening] = []
    shelf = Shelf(tmp_path, 10**9, events.append, reserve_bytes=0, scrub_bytes_per_s=1.0)
    put(shelf, b"tin" * 100)
    shelf.obey(Scrub())
    shelf.obey(Scrub())  # the second finds the first still at work
    shelf.close()
    assert shelf.scrubbed(QUIETLY_S)
    assert events == []
    assert not (tmp_path / "in-use").exists()


def test_a_round_waits_while_something_urgent_is_read() -> None:
    """While an inspection reads, the scrub stands still; after it the scrub goes on."""
    went_on, names = threading.Event(), [Sha256("a" * 64), Sha256("b" * 64)]

    def verify(sha256: Sha256, after: Callable[[int], None]) -> None:
        after(1)
        went_on.set()

    scrubber = Scrubber(verify)
    with scrubber.paused():
        scrubber.begin(lambda: names, 1e9)
        assert not went_on.wait(0.2)
    assert went_on.wait(QUIETLY_S)
    assert scrubber.wait(QUIETLY_S)


def test_what_cannot_be_opened_just_now_is_not_thrown_away(tmp_path: Path) -> None:
    """Only damage makes a content lost: one that cannot be opened for another reason stays, unready."""
    events: list[Happening] = []
    shelf = open_shelf(tmp_path, events)
    name = put(shelf, b"tin")
    file, aside = tmp_path / name, tmp_path / "aside"
    file.rename(aside)
    file.symlink_to(file.name)
    [check] = shelf.inspect((name,))
    assert not check.ok
    assert shelf.has(name)
    assert events == []
    aside.replace(file)
    assert shelf.inspect((name,))[0].ok


def test_inspection_names_each_content(tmp_path: Path) -> None:
    """Each content gets a check in order: whole, damaged (then posted as lost) or not here, with a next step."""
    events: list[Happening] = []
    shelf = open_shelf(tmp_path, events)
    good, bad, absent = put(shelf, b"tot"), put(shelf, b"hong"), named(b"xa")
    (tmp_path / bad).write_bytes(b"h0ng")
    shelf.obey(Inspect(of="sang/2026-11-23", contents=(good, bad, absent)))
    [found] = [e for e in events if isinstance(e, Inspected)]
    assert found.of == "sang/2026-11-23"
    assert [(c.name, c.ok) for c in found.checks] == [
        (f"content-{good[:8]}", True),
        (f"content-{bad[:8]}", False),
        (f"content-{absent[:8]}", False),
    ]
    assert "tải lại" in found.checks[1].why
    assert "USB" in found.checks[2].why
    assert lost(events) == [bad]


def test_inspection_is_bounded_in_time(tmp_path: Path) -> None:
    """What cannot be hashed in time counts as well if it is whole by the books, and the sentence says so."""
    events: list[Happening] = []
    shelf = Shelf(tmp_path, 10**6, events.append, reserve_bytes=0, inspect_s=-1.0)
    name = put(shelf, b"tin")
    [check] = shelf.inspect((name,))
    assert check.ok
    assert "chưa kịp" in check.why
    doubting = Shelf(tmp_path, 10**6, events.append, reserve_bytes=0, inspect_s=-1.0)
    assert not doubting.inspect((name,))[0].ok  # after a crash nothing is taken on trust


def test_eviction_takes_the_least_recently_needed(tmp_path: Path) -> None:
    """Room is made by the oldest use first, no more than needed, and told."""
    events: list[Happening] = []
    shelf = open_shelf(tmp_path, events, quota_bytes=350)
    old, mid, new = (put(shelf, bytes([n]) * 100, used_s=1_000 + n) for n in (1, 2, 3))
    make_room(shelf, 100)
    assert set(shelf.contents()) == {mid, new}
    assert lost(events) == [old]


def test_what_is_pinned_is_never_evicted(tmp_path: Path) -> None:
    """Pinned content stays even if it is the oldest; when nothing else may go, nothing goes and it is said."""
    events: list[Happening] = []
    shelf = open_shelf(tmp_path, events, quota_bytes=350)
    old, mid, new = (put(shelf, bytes([n]) * 100, used_s=1_000 + n) for n in (1, 2, 3))
    shelf.pin(frozenset({old}))
    make_room(shelf, 100)
    assert set(shelf.contents()) == {old, new}
    with pytest.raises(ShelfFull, match=r"hết chỗ, thiếu .* thay thẻ lớn hơn hoặc bớt nội dung"):
        make_room(shelf, 300)
    assert set(shelf.contents()) == {old, new}
    assert lost(events) == [mid]


def test_before_anything_is_pinned_all_that_is_listed_stays(tmp_path: Path) -> None:
    """In the first moments after a start, what the papers list counts as pinned."""
    shelf = open_shelf(tmp_path, [], quota_bytes=350)
    names = [put(shelf, bytes([n]) * 100, used_s=1_000 + n) for n in (1, 2, 3)]
    with pytest.raises(ShelfFull):
        make_room(shelf, 100, Wanted(listed=frozenset(names)))
    assert shelf.contents() == tuple(sorted(names))


def test_what_was_pinned_until_now_goes_last(tmp_path: Path) -> None:
    """A content whose broadcast is over counts as just needed: older ones go before it."""
    shelf = open_shelf(tmp_path, [], quota_bytes=350)
    old, _, _ = (put(shelf, bytes([n]) * 100, used_s=1_000 + n) for n in (1, 2, 3))
    shelf.pin(frozenset({old}))
    shelf.pin(frozenset())
    make_room(shelf, 200)
    assert shelf.contents() == (old,)


def test_the_near_may_drive_out_the_far_but_not_the_far_each_other(tmp_path: Path) -> None:
    """For tomorrow's content goes what is listed for next month; for next month's goes nothing listed.

    Otherwise two contents of next month would be fetched in turns for ever.
    """
    shelf = open_shelf(tmp_path, [], quota_bytes=350)
    far = [put(shelf, bytes([n]) * 100, used_s=1_000 + n) for n in (1, 2, 3)]
    tomorrow, further = named(b"mai"), named(b"thang sau")
    wanted = Wanted(listed=frozenset({*far, tomorrow, further}))
    shelf.pin(frozenset({tomorrow}))
    with pytest.raises(ShelfFull):
        make_room(shelf, 100, wanted, further)
    assert len(shelf.contents()) == 3
    make_room(shelf, 100, wanted, tomorrow)
    assert set(shelf.contents()) == {far[1], far[2]}


def test_an_emergency_not_yet_pinned_is_kept_and_let_in(tmp_path: Path) -> None:
    """What an announcement in force names is as good as pinned, on the shelf and on its way there."""
    shelf = open_shelf(tmp_path, [], quota_bytes=350)
    siren, listed, _ = (put(shelf, bytes([n]) * 100, used_s=1_000 + n) for n in (1, 2, 3))
    shelf.pin(frozenset())
    second = named(b"canh bao")
    wanted = Wanted(listed=frozenset({listed}), emergencies=frozenset({siren, second}))
    make_room(shelf, 200, wanted, second)
    assert shelf.contents() == (siren,)


def test_unfinished_downloads_count_and_go_first(tmp_path: Path) -> None:
    """A part takes room too; one that nobody wants goes before any content, one that is wanted stays."""
    events: list[Happening] = []
    shelf = open_shelf(tmp_path, events, quota_bytes=350)
    whole = put(shelf, b"x" * 100, used_s=1_000)
    wanted, idle = Sha256("a" * 64), Sha256("b" * 64)
    shelf.part(wanted).write_bytes(b"x" * 50)
    shelf.part(idle).write_bytes(b"x" * 150)
    assert shelf.free_bytes() == 50
    make_room(shelf, 150, Wanted(listed=frozenset({wanted})))
    assert shelf.part(wanted).exists()
    assert not shelf.part(idle).exists()
    assert shelf.has(whole)
    assert events == []


def test_room_is_not_promised_twice(tmp_path: Path) -> None:
    """While one content is on its way, the room it will take is not given to another."""
    shelf = open_shelf(tmp_path, [], quota_bytes=350)
    first, second = Sha256("a" * 64), Sha256("b" * 64)
    with shelf.room(shelf.part(first), 300, Wanted()):
        shelf.part(first).write_bytes(b"x" * 10)
        assert shelf.free_bytes() == 50
        with pytest.raises(ShelfFull):
            make_room(shelf, 100, name=second)
        assert shelf.part(first).exists()
    assert shelf.free_bytes() == 340
    make_room(shelf, 100, name=second)


def test_old_parts_are_swept(tmp_path: Path) -> None:
    """A part that nobody went on with for 14 days goes; a younger one stays; a half copy never outlives a start."""
    shelf = open_shelf(tmp_path, [])
    old, young = shelf.part(Sha256("a" * 64)), shelf.part(Sha256("b" * 64))
    copied = shelf.side(Sha256("c" * 64), "usb")
    for file in (old, young, copied):
        file.write_bytes(b"x")
    past_s = time.time() - PART_LIFE_S - 60
    os.utime(old, (past_s, past_s))
    shelf.obey(Scrub())
    assert (old.exists(), young.exists(), copied.exists()) == (False, True, True)
    open_shelf(tmp_path, [])
    assert (young.exists(), copied.exists()) == (True, False)
    assert shelf.scrubbed(QUIETLY_S)


def test_reserve_is_kept_free(tmp_path: Path) -> None:
    """Content leaves the disk's reserve alone, however large its quota, and stops growing when others ate it."""
    events: list[Happening] = []
    shelf = Shelf(tmp_path, 1_000, events.append, reserve_bytes=10**15)
    assert shelf.free_bytes() == 0
    with pytest.raises(ShelfFull, match="hết chỗ"):
        make_room(shelf, 1)
    with pytest.raises(ShelfFull, match=r"chỉ còn trống .* MB"):
        shelf.check_reserve()
    open_shelf(tmp_path, events).check_reserve()


def test_reserve_fits_the_disk(tmp_path: Path) -> None:
    """Without a number the reserve is 200 MB, or a twentieth of a disk where that is less."""
    disk = os.statvfs(tmp_path)
    twentieth = disk.f_blocks * disk.f_frsize // 20
    assert abs(Room(tmp_path, 1, None).reserve_bytes - min(200_000_000, twentieth)) <= 1


# --- the property: nothing pinned is ever evicted -----------------------------------------------------

Step = tuple[str, int, int]
steps = st.lists(
    st.tuples(
        st.sampled_from(["bring", "pin", "unpin", "use", "list"]),
        st.integers(0, 7),
        st.integers(1, 9),
    ),
    min_size=4,
    max_size=24,
)


def lived(shelf: Shelf, story: list[Step]) -> Iterator[tuple[frozenset[Sha256], frozenset[Sha256]]]:
    """Live a story step by step; yield what was here and pinned before each, and what is here after it."""
    contents = [bytes([n]) * 10 * (n + 1) for n in range(8)]
    pinned: set[Sha256] = set()
    listed: set[Sha256] = set()
    for verb, n, at in story:
        name = named(contents[n])
        before = frozenset(shelf.contents()) & pinned
        match verb:
            case "bring" if not shelf.has(name):
                with contextlib.suppress(ShelfFull):
                    wanted = Wanted(listed=frozenset(listed | {name}))
                    with shelf.room(shelf.part(name), len(contents[n]), wanted):
                        put(shelf, contents[n], used_s=at)
            case "pin":
                pinned.add(name)
            case "unpin":
                pinned.discard(name)
            case "use":
                shelf.path(name)
            case "list":
                listed ^= {name}
            case _:
                continue
        shelf.pin(frozenset(pinned))
        yield before, frozenset(shelf.contents())


@given(steps, st.integers(60, 300))
@settings(max_examples=60)
def test_nothing_pinned_is_ever_evicted(story: list[Step], quota_bytes: int) -> None:
    """Whatever is brought in whatever order, what was pinned stays, and the quota is never overdrawn."""
    with TemporaryDirectory() as root:
        events: list[Happening] = []
        shelf = open_shelf(Path(root), events, quota_bytes)
        for before, after in lived(shelf, story):
            assert before <= after
            assert sum(f.stat().st_size for f in Path(root).iterdir()) <= quota_bytes
        shelf.close()


class Careless(Shelf):
    """A shelf with a fault: what is pinned is forgotten."""

    def pin(self, contents: frozenset[Sha256]) -> None:
        super().pin(frozenset())


def test_the_property_sees_a_shelf_that_forgets(tmp_path: Path) -> None:
    """A shelf that forgets what is pinned breaks the property: the net holds."""
    events: list[Happening] = []
    shelf = Careless(tmp_path, 100, events.append, reserve_bytes=0)
    story = [("pin", 5, 1), ("bring", 5, 1), ("bring", 6, 1)]
    assert any(not before <= after for before, after in lived(shelf, story))
