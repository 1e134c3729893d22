"""The side-load: a stick is a door like any other, and the seal decides."""

import os
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from contract.documents import Content, Sha256
from contract.seal import sha256
from contract.testing import Authority
from edge.adapters.side_load import OFFER_AGAIN_S, PAPERS_MOST, SideLoad, SideLoaded
from edge.core.events import (
    AnnouncementAccepted,
    ApprovalAccepted,
    AssignmentAccepted,
    ContentArrived,
    ContentLost,
    DocumentRefused,
    HandFailed,
    HandRecovered,
    ProgrammeAccepted,
)
from tests.edge.adapters.link_rig import AREA, Rig, content_of, rig, until
from tests.edge.adapters.sealed_set import write_set

TIN = os.urandom(600_000)


class House:
    """An appliance without a link, a place where sticks appear, and a clock that a test moves on."""

    def __init__(self, appliance: Rig, media: Path) -> None:
        self.appliance = appliance
        self.media = media
        self.now_s = 0.0
        self.told: list[SideLoaded] = []
        self.meanwhile: Callable[[], None] = lambda: None
        self.side_load = SideLoad(
            (media,),
            appliance.gate,
            appliance.shelf,
            appliance.events.append,
            told=self.told.append,
            mono=self.mono,
            every_s=0.01,
        )

    def mono(self) -> float:
        self.meanwhile()
        return self.now_s

    def look(self) -> SideLoaded:
        """Look once, at one stick that has news."""
        [loaded] = self.side_load.look()
        return loaded

    def whole_set(self, *contents: Content) -> list[bytes]:
        """Return assignment, programme, approvals and a warning, in an order that makes it hard."""
        authority = self.appliance.authority
        device = self.appliance.identity
        assignment = authority.assign(device.public, AREA)
        programme = authority.programme(device.device, contents=contents)
        approvals = [authority.approve(c.sha256) for c in contents]
        return [*approvals, authority.announce(), programme, assignment]

    def arrived(self) -> list[Sha256]:
        return [e.sha256 for e in self.appliance.events if isinstance(e, ContentArrived)]


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """An appliance that nobody ever assigned, with nothing plugged in."""
    media = tmp_path / "media"
    media.mkdir()
    with rig(tmp_path / "box") as appliance:
        yield House(appliance, media)


def tin(data: bytes = TIN) -> Content:
    return content_of(data, sha256(data))


def test_a_stick_makes_a_new_appliance_whole(house: House) -> None:
    """From one stick an appliance without any link gets its assignment, programme, approvals, warning and content."""
    content = tin()
    write_set(house.media / "pi" / "USB 16G", house.whole_set(content), [TIN, b"khac"])
    loaded = house.look()
    assert loaded == SideLoaded(place="USB 16G", papers=4, contents=1)
    for kind in (AssignmentAccepted, ProgrammeAccepted, ApprovalAccepted):
        assert len(house.appliance.of(kind)) == 1
    [warning] = house.appliance.of(AnnouncementAccepted)
    assert isinstance(warning, AnnouncementAccepted)
    assert warning.door == "usb"
    assert house.arrived() == [content.sha256]
    assert house.appliance.shelf.contents() == (content.sha256,)  # nobody asked for the other
    assert house.told == [loaded]


@pytest.mark.parametrize("place", [".", "usb0", "pi/USB"])
def test_sticks_are_found_where_systems_mount_them(house: House, place: str) -> None:
    """A set is found at a root itself, one folder below (usb0) or two (user and label)."""
    write_set(house.media / place, house.whole_set())
    assert house.look().papers == 3


def test_a_stick_is_loaded_once(house: House) -> None:
    """While the same stick stays in, nothing is read again; plugged in anew it is looked at anew."""
    stick = house.media / "usb0"
    write_set(stick, house.whole_set())
    house.look()
    events = len(house.appliance.events)
    for _ in range(5):
        assert house.side_load.look() == ()
    assert len(house.appliance.events) == events
    away = house.media.parent / "away"
    stick.rename(away)
    assert house.side_load.look() == ()
    write_set(away, [house.appliance.authority.announce()])
    away.rename(stick)
    assert house.look().papers == 1


def test_a_changed_stick_is_loaded_again(house: House) -> None:
    """A paper added to a stick that is in is taken at the next look."""
    write_set(house.media / "usb0", house.whole_set())
    house.look()
    added = house.appliance.authority.announce()
    (house.media / "usb0" / "tienglang" / "papers" / "them.json").write_bytes(added)
    assert house.look().papers == 1


def test_content_wanted_later_is_copied_then(house: House) -> None:
    """A stick that stays in gives a content as soon as a paper from elsewhere names it."""
    write_set(house.media / "usb0", [], [TIN])
    assert house.side_load.look() == ()
    house.appliance.assign()
    house.appliance.gate.admit(house.appliance.programme(tin()), "poll")
    assert house.look().contents == 1


def test_papers_refused_for_now_are_offered_again(house: House) -> None:
    """What is refused by a clock gone wrong is taken later from the same stick, when the clock is right."""
    house.appliance.assign()
    write_set(house.media / "usb0", [house.appliance.authority.announce()])
    house.appliance.wall = house.appliance.authority.now.replace(year=2031)
    house.side_load.look()
    assert house.appliance.of(AnnouncementAccepted) == []
    house.appliance.wall = house.appliance.authority.now
    assert house.side_load.look() == ()
    house.now_s += OFFER_AGAIN_S
    assert house.look().papers == 1


# --- doors are not trusted, the seal is --------------------------------------------------------------


def test_forged_foreign_and_old_papers_are_refused(house: House) -> None:
    """A paper by other keys, one for another appliance and one that is past are refused as at any door."""
    house.appliance.assign()
    ours, stranger = house.appliance.authority, Authority.make()
    long_ago = ours.now - timedelta(days=9)
    other = Rig(house.media.parent / "other", ours).identity
    papers = [
        stranger.announce(),
        ours.programme(other.device),
        ours.announce(sent=long_ago, expires=long_ago + timedelta(hours=1)),
        ours.announce(),
    ]
    write_set(house.media / "usb0", papers)
    assert house.look().papers == 1
    refused = [e for e in house.appliance.events if isinstance(e, DocumentRefused)]
    assert len(refused) == 3
    assert {e.door for e in refused} == {"usb"}
    assert len(house.appliance.of(AnnouncementAccepted)) == 1


def test_wrong_bytes_are_not_taken(house: House) -> None:
    """A content whose bytes are not those of its name never reaches the shelf, and is not copied each look."""
    good, bad = tin(), content_of(b"dung" * 9, sha256(b"dung" * 9))
    top = write_set(house.media / "usb0", house.whole_set(bad, good), [TIN])
    (top / "contents" / bad.sha256).write_bytes(b"sai!" * 9)
    loaded = house.look()
    assert (loaded.contents, loaded.refused) == (1, 1)
    assert house.arrived() == [good.sha256]
    assert house.side_load.look() == ()
    assert not list(house.appliance.root.glob("shelf/*.usb"))


def link_to(target: str) -> Callable[[Path], None]:
    return lambda path: path.symlink_to(target)


def pipe(path: Path) -> None:
    os.mkfifo(path)


def folder(path: Path) -> None:
    path.mkdir()


def empty(path: Path) -> None:
    path.touch()


def huge(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(3_000_000_000)


HOSTILE: dict[str, Callable[[Path], None]] = {
    "link to a secret": link_to("/etc/passwd"),
    "link to a device": link_to("/dev/zero"),
    "link to nothing": link_to("khong-co"),
    "folder": folder,
    "pipe": pipe,
    "huge": huge,
    "empty": empty,
}


@pytest.mark.parametrize("what", HOSTILE)
def test_only_plain_files_are_read(house: House, what: str) -> None:
    """A link, a pipe, a folder, a huge or an empty file in the place of a paper or a content is passed over."""
    content, bad = tin(), content_of(b"xau", sha256(b"xau"))
    top = write_set(house.media / "usb0", house.whole_set(bad, content), [TIN])
    HOSTILE[what](top / "papers" / "000-a.json")
    HOSTILE[what](top / "contents" / bad.sha256)
    loaded = house.look()
    assert loaded == SideLoaded(place="usb0", papers=5, contents=1, refused=2)
    assert house.arrived() == [content.sha256]


@pytest.mark.parametrize("folder", ["tienglang", "tienglang/papers", "tienglang/contents"])
def test_no_link_leads_elsewhere(house: House, folder: str) -> None:
    """A folder of the set that is a link is not followed."""
    write_set(house.media.parent / "elsewhere", house.whole_set(tin()), [TIN])
    stick = house.media / "usb0"
    if folder == "tienglang":
        stick.mkdir()
    else:
        write_set(stick, house.whole_set(tin()), [TIN])
        for file in (stick / folder).iterdir():
            file.unlink()
        (stick / folder).rmdir()
    (stick / folder).symlink_to(house.media.parent / "elsewhere" / folder)
    house.side_load.look()
    assert house.arrived() == []


def test_ten_thousand_papers_are_not_all_read(house: House) -> None:
    """Of a stick stuffed with files so many are read as a commune could ever need, and the rest is told."""
    top = write_set(house.media / "usb0", [])
    for number in range(10_000):
        (top / "papers" / f"{number}.json").touch()
    loaded = house.look()
    assert loaded.refused == PAPERS_MOST
    assert "còn lại không được đọc" in loaded.why


def test_a_stick_is_never_written(house: House) -> None:
    """Nothing on the stick changes: no file, no time of reading."""
    top = write_set(house.media / "usb0", house.whole_set(tin()), [TIN])
    files = [path for path in top.rglob("*") if path.is_file()]
    for path in files:
        os.utime(path, (1_000, 1_000))
    house.look()
    assert sorted(p for p in top.rglob("*") if p.is_file()) == sorted(files)
    for path in files:
        found = path.stat()
        assert (found.st_atime, found.st_mtime) == (1_000, 1_000)


# --- what goes wrong ----------------------------------------------------------------------------------


def test_a_stick_pulled_in_the_middle_is_no_harm(house: House) -> None:
    """Pulled while copying: nothing half stays, the page can say it, and plugged in again it is loaded."""
    content = tin()
    top = write_set(house.media / "usb0", house.whole_set(content), [TIN])
    source = top / "contents" / content.sha256

    def pulled() -> None:
        if house.appliance.shelf.side(content.sha256, "usb").exists():
            os.truncate(source, 300_000)

    house.meanwhile = pulled
    loaded = house.look()
    assert loaded.contents == 0
    assert "cắm lại" in loaded.why
    assert not house.appliance.shelf.side(content.sha256, "usb").exists()
    assert house.appliance.shelf.contents() == ()
    house.meanwhile = lambda: None
    away = house.media.parent / "away"
    top.parent.rename(away)
    house.side_load.look()
    (away / "tienglang" / "contents" / content.sha256).write_bytes(TIN)
    away.rename(top.parent)
    assert house.look().contents == 1


def test_a_full_card_is_told_once(house: House) -> None:
    """Without room for what the stick brings it is said once, what is pinned stays, and with room it is over."""
    content = tin()
    old = os.urandom(600_000)
    shelf = house.appliance.shelf
    shelf.part(Sha256(sha256(old))).write_bytes(old)
    shelf.adopt(shelf.part(Sha256(sha256(old))), Sha256(sha256(old)))
    shelf.pin(frozenset({Sha256(sha256(old))}))
    shelf._room._quota_bytes = 1_000_000
    write_set(house.media / "usb0", house.whole_set(content), [TIN])
    assert "hết chỗ" in house.look().why
    house.now_s += OFFER_AGAIN_S
    house.side_load.look()
    assert len(house.appliance.of(HandFailed)) == 1
    shelf.pin(frozenset())
    house.now_s += OFFER_AGAIN_S
    assert house.look().contents == 1
    assert len(house.appliance.of(HandRecovered)) == 1
    assert len(house.appliance.of(ContentLost)) == 1


def test_the_appliance_does_not_wait_for_a_slow_stick(house: House) -> None:
    """A stick that gives too slowly is left, so that others are looked at."""
    content = tin()
    write_set(house.media / "usb0", house.whole_set(content), [TIN])

    def crawls() -> None:
        if house.appliance.shelf.side(content.sha256, "usb").exists():
            house.now_s += 200

    house.meanwhile = crawls
    assert "chậm" in house.look().why
    assert house.appliance.shelf.contents() == ()


def test_it_looks_by_itself_and_ends_in_a_copy(house: House) -> None:
    """Started, it finds a stick by itself; told to stop within a copy, it ends and leaves nothing half."""
    content = tin()
    write_set(house.media / "usb0", house.whole_set(content), [TIN])
    copying = threading.Event()

    def slowly() -> None:
        if house.appliance.shelf.side(content.sha256, "usb").exists():
            copying.set()
            until(house.side_load._stopping.is_set)

    house.meanwhile = slowly
    house.side_load.start()
    assert copying.wait(10)
    house.side_load.stop(patience_s=10)
    assert house.arrived() == []
    assert not house.appliance.shelf.side(content.sha256, "usb").exists()
