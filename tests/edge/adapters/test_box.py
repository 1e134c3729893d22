"""The box: recordings from phones, kept whole or not at all."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from edge.adapters.box import KEPT_NEWEST, LIFE, MAX_BYTES, Box, BoxRefused, ending_of
from edge.adapters.player import Player
from edge.core.events import Ending, PlayerEnded
from edge.core.orders import StartPlay
from edge.core.sound import FromRecording, Source
from provisioning.rehearsal.sound import SoundServer
from tests.edge.adapters.rig import Heard, SoundFiles

SINK = "loa"
OGG = b"OggS" + bytes(1_000)
BORN = datetime(2026, 11, 20, 5, 0, tzinfo=UTC)


class Calendar:
    def __init__(self) -> None:
        self.now = BORN

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def calendar() -> Calendar:
    return Calendar()


@pytest.fixture
def make(tmp_path: Path, calendar: Calendar) -> Callable[..., Box]:
    def box(quota_bytes: int = 10_000_000, reserve_bytes: int = 0) -> Box:
        return Box(tmp_path / "box", quota_bytes, calendar, reserve_bytes)

    return box


def put(box: Box, data: bytes = OGG, title: str = "Họp dân") -> str:
    with box.begin() as taking:
        for at in range(0, len(data), 300):
            taking.write(data[at : at + 300])
        return taking.done(title).ref


def test_what_was_taken_in_can_be_played_and_is_listed(
    make: Callable[..., Box], calendar: Calendar
) -> None:
    """A finished upload has a name, its bytes, its title and its time, after a restart too."""
    box = make()
    first = put(box)
    calendar.now += timedelta(minutes=1)
    second = put(box, title="  Mất\nđiện " + "x" * 500)
    for again in (box, make()):
        assert again.path(first).read_bytes() == OGG
        newest, oldest = again.recent()
        assert (oldest.ref, oldest.title, oldest.size_bytes) == (first, "Họp dân", len(OGG))
        assert oldest.at == BORN
        assert newest.ref == second
        assert newest.title.startswith("Mất điện x")
        assert len(newest.title) == 120


def test_what_is_not_finished_is_not_there(make: Callable[..., Box], tmp_path: Path) -> None:
    """An upload that broke off leaves nothing; one that a power cut ended is swept at the next start."""
    box = make()
    with box.begin() as taking:
        taking.write(OGG)
    left = box.begin()
    left.write(OGG)
    (tmp_path / "box" / "20261120-050000-00000000.ogg.label").write_bytes(b"{}")
    assert box.recent() == ()
    make()
    assert list((tmp_path / "box").iterdir()) == []
    left.drop()


@pytest.mark.parametrize(
    ("head", "ending"),
    [
        (b"\x1aE\xdf\xa3" + bytes(20), "webm"),
        (b"OggS" + bytes(20), "ogg"),
        (bytes(4) + b"ftypM4A " + bytes(20), "m4a"),
        (bytes(4) + b"ftypmp42" + bytes(20), "m4a"),
        (bytes(4) + b"ftyp3gp4" + bytes(20), "3gp"),
        (b"ID3\x04" + bytes(20), "mp3"),
        (b"\xff\xfb\x90\x64" + bytes(20), "mp3"),
        (b"\xff\xf1\x50\x80" + bytes(20), "aac"),
        (b"RIFF\x00\x00\x00\x00WAVE" + bytes(20), "wav"),
        (b"fLaC" + bytes(20), "flac"),
        (b"#!AMR\n" + bytes(20), "amr"),
        (b"RIFF\x00\x00\x00\x00AVI " + bytes(20), ""),
        (b"<html>" + bytes(20), ""),
        (b"\x89PNG" + bytes(20), ""),
        (b"MZ" + bytes(20), ""),
    ],
)
def test_a_file_is_known_by_its_first_bytes(
    make: Callable[..., Box], head: bytes, ending: str
) -> None:
    """What phones record is taken under an ending of ours; anything else is refused, whatever it is called."""
    assert ending_of(head) == ending
    if ending:
        assert put(make(), head).endswith("." + ending)
    else:
        with pytest.raises(BoxRefused, match="không phải âm thanh"):
            put(make(), head)


def test_an_empty_upload_is_refused(make: Callable[..., Box]) -> None:
    """Nothing is no recording, and the sentence says so."""
    with make().begin() as taking, pytest.raises(BoxRefused) as refused:
        taking.done("x")
    assert "trống" in refused.value.why


def test_an_upload_that_is_too_large_is_refused(make: Callable[..., Box], tmp_path: Path) -> None:
    """Up to 25 MB are taken; the byte after that is refused while it comes, and nothing remains."""
    box = make(quota_bytes=10 * MAX_BYTES)
    block = b"OggS" + bytes(999_996)
    with box.begin() as fits:
        for _ in range(MAX_BYTES // len(block)):
            fits.write(block)
        assert fits.done("vừa").size_bytes == MAX_BYTES
    with box.begin() as over:
        for _ in range(MAX_BYTES // len(block)):
            over.write(block)
        with pytest.raises(BoxRefused, match="lớn hơn 25 MB"):
            over.write(b"x")
        with pytest.raises(BoxRefused, match="đã bị bỏ"):
            over.done("quá")
    assert len(box.recent()) == 1
    assert not list((tmp_path / "box").glob("*.part"))


def test_a_full_card_takes_nothing(make: Callable[..., Box]) -> None:
    """Where the disk's reserve would be touched, an upload is refused before its first byte."""
    with pytest.raises(BoxRefused, match="thẻ nhớ chỉ còn trống"):
        make(reserve_bytes=1 << 60).begin()


@pytest.mark.parametrize("ref", ["../etc/passwd", "", "x.ogg", "20261120-050000-00000000.ogg"])
def test_a_name_that_the_box_did_not_give_opens_nothing(make: Callable[..., Box], ref: str) -> None:
    """No name leads out of the box."""
    with pytest.raises(BoxRefused, match="không còn trên thiết bị"):
        make().path(ref)


def test_old_recordings_go_but_never_the_newest_five(
    make: Callable[..., Box], calendar: Calendar
) -> None:
    """Beyond the quota or after 30 days recordings are dropped, the oldest first, the newest five never."""
    box = make(quota_bytes=len(OGG) * 7)
    refs = []
    for _ in range(9):
        refs.append(put(box))
        calendar.now += timedelta(minutes=1)
    assert [r.ref for r in box.recent()] == refs[:-8:-1]
    calendar.now += LIFE
    assert [r.ref for r in make().recent()] == refs[: -KEPT_NEWEST - 1 : -1]
    small = make(quota_bytes=1)
    assert len(small.recent()) == KEPT_NEWEST


def test_a_clock_that_is_not_set_makes_nothing_old(
    make: Callable[..., Box], calendar: Calendar
) -> None:
    """A recording of 1970 is still the newest when it came last, and outlives the clock's correction."""
    box = make()
    for _ in range(KEPT_NEWEST + 1):
        put(box)
        calendar.now += timedelta(minutes=1)
    calendar.now = datetime(1970, 1, 1, tzinfo=UTC)
    late = put(box)
    calendar.now = BORN + timedelta(hours=1)
    assert late in [r.ref for r in make().recent()[:2]]


def test_a_lost_label_costs_the_title_only(make: Callable[..., Box], tmp_path: Path) -> None:
    """A recording whose label is damaged can still be played, under a plain title."""
    box = make()
    ref = put(box)
    (tmp_path / "box" / f"{ref}.label").write_bytes(b"\x00")
    (recording,) = box.recent()
    assert (recording.title, recording.at) == ("Bản ghi âm", BORN)


def test_what_a_phone_records_sounds(sound: SoundServer, files: SoundFiles, tmp_path: Path) -> None:
    """Recordings as browsers and phones make them sound with their own pitch when they are put on air."""
    box = Box(tmp_path / "box", 10_000_000, reserve_bytes=0)

    def locate(source: Source) -> Path:
        assert isinstance(source, FromRecording)
        return box.path(source.ref)

    heard = Heard()
    player = Player(heard.post, locate, SINK, sound.server)

    def play(ref: str) -> PlayerEnded:
        source = FromRecording(ref=ref)
        player.obey(StartPlay(key=ref, source=source, from_ms=0, volume_pct=100))
        return heard.wait(PlayerEnded, where=lambda e: e.key == ref)

    player.start()
    try:
        for ending in ("webm", "m4a"):
            files.coded(f"ghi.{ending}", 440, 1)
            ref = put(box, (files.folder / f"ghi.{ending}").read_bytes())
            assert ref.endswith(ending)
            with sound.recorder(SINK) as recorder:
                assert play(ref).ending is Ending.FINISHED
                (segment,) = recorder.stop().segments()
            assert segment.frequency_hz == pytest.approx(440, abs=3)
            assert segment.length_s == pytest.approx(1.0, abs=0.3)
        gone = play("20261120-050000-00000000.ogg")
    finally:
        player.close()
    assert gone.ending is Ending.FAILED
    assert "không còn trên thiết bị" in gone.why
