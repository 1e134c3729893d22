"""The shelf: whole contents, room for what is needed, and nothing else."""

import hashlib
import os
from pathlib import Path

import pytest

from contract.documents import Sha256
from contract.errors import Misuse
from edge.adapters.shelf import Shelf, ShelfFull, WrongBytes
from edge.core.events import ContentLost, Happening
from edge.core.orders import Scrub


def open_shelf(root: Path, events: list[Happening], quota_bytes: int = 1_000_000) -> Shelf:
    """Return a shelf that leaves the disk's reserve alone."""
    return Shelf(root, quota_bytes, events.append, reserve_bytes=0)


def put(shelf: Shelf, data: bytes, used_s: int = 0) -> Sha256:
    """Put content on the shelf as a download does; `used_s` is when it was last used."""
    name = Sha256(hashlib.sha256(data).hexdigest())
    shelf.part(name).write_bytes(data)
    shelf.adopt(shelf.part(name), name)
    if used_s:
        path = shelf.path(name)
        assert path is not None
        os.utime(path, (used_s, used_s))
    return name


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


def test_other_bytes_are_not_adopted(tmp_path: Path) -> None:
    """A file whose bytes are not those of its name is refused and deleted; the right one is taken."""
    shelf = open_shelf(tmp_path, [])
    name = Sha256(hashlib.sha256(b"tin").hexdigest())
    shelf.part(name).write_bytes(b"tim")
    with pytest.raises(WrongBytes, match="other bytes"):
        shelf.adopt(shelf.part(name), name)
    assert not shelf.has(name)
    assert not shelf.part(name).exists()
    assert put(shelf, b"tin") == name


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
    assert [e.sha256 for e in events if isinstance(e, ContentLost)] == [bad]


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
    assert len(events) == 1
    third.close()
    assert not (tmp_path / "in-use").exists()


def test_scrub_finds_what_rotted(tmp_path: Path) -> None:
    """A scrub hashes all, removes what is damaged and posts it."""
    events: list[Happening] = []
    shelf = open_shelf(tmp_path, events)
    good, bad = put(shelf, b"tot"), put(shelf, b"hong")
    (tmp_path / bad).write_bytes(b"h0ng")
    shelf.obey(Scrub())
    assert [e.sha256 for e in events if isinstance(e, ContentLost)] == [bad]
    assert shelf.contents() == (good,)


def test_eviction_takes_the_least_recently_used(tmp_path: Path) -> None:
    """Room is made by the oldest use first, no more than needed, and told."""
    events: list[Happening] = []
    shelf = open_shelf(tmp_path, events, quota_bytes=350)
    old, mid, new = (put(shelf, bytes([n]) * 100, used_s=1_000 + n) for n in (1, 2, 3))
    shelf.make_room(100, frozenset())
    assert set(shelf.contents()) == {mid, new}
    assert [e.sha256 for e in events if isinstance(e, ContentLost)] == [old]


def test_what_is_needed_is_never_evicted(tmp_path: Path) -> None:
    """Protected content stays even if it is the oldest; when nothing else may go, nothing goes."""
    shelf = open_shelf(tmp_path, [], quota_bytes=350)
    old, _, new = (put(shelf, bytes([n]) * 100, used_s=1_000 + n) for n in (1, 2, 3))
    shelf.make_room(100, frozenset({old}))
    assert set(shelf.contents()) == {old, new}
    with pytest.raises(ShelfFull, match="no room"):
        shelf.make_room(300, frozenset({old}))
    assert set(shelf.contents()) == {old, new}


def test_unfinished_downloads_count(tmp_path: Path) -> None:
    """A part takes room too, and goes when nobody wants it."""
    shelf = open_shelf(tmp_path, [], quota_bytes=350)
    name = Sha256("a" * 64)
    shelf.part(name).write_bytes(b"x" * 300)
    assert shelf.free_bytes() == 50
    shelf.drop_parts(frozenset({name}))
    assert shelf.free_bytes() == 50
    shelf.drop_parts(frozenset())
    assert shelf.free_bytes() == 350


def test_reserve_is_kept_free(tmp_path: Path) -> None:
    """Content leaves the disk's reserve alone, however large its quota."""
    events: list[Happening] = []
    shelf = Shelf(tmp_path, 1_000, events.append, reserve_bytes=10**15)
    assert shelf.free_bytes() == 0
