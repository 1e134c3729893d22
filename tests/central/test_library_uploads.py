"""Uploads that survive a lost line and a killed server, and what becomes of good and bad files."""

import hashlib
import io
import struct
import zipfile
import zlib
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from central.domain.errors import Conflict, Forbidden, NotFound, TooLarge, Unacceptable
from central.domain.library import Made, Sheet
from central.domain.library_states import JobPhase, SheetState
from central.domain.people import PersonRole
from central.services import content_path
from central.services.library import sheet_of
from central.services.library_entering import original_path
from central.services.transcode_jobs import LEASE, Lost, job_named, part_path, take_next
from central.services.upload import cancel, sweep_uploads
from tests.central.library import announced, checksum_of, entered, send, uploaded, worked
from tests.central.setting import COMMUNE, HAMLET, OTHER, Province, make_sound


def sheet(province: Province, sha256: str) -> SheetState:
    """Return the sheet of a content."""
    with province.house.reading() as unit:
        return sheet_of(unit, sha256, who=None, now=province.now)


def leftovers(province: Province) -> list[str]:
    """Return what lies among the incoming files."""
    return [path.name for path in province.house.incoming.iterdir()]


def test_a_file_goes_up_in_stretches(province: Province, tone: Path) -> None:
    """Each stretch continues where the last one ended; the last byte starts the work, and content comes of it."""
    data = tone.read_bytes()
    job = announced(province, "bản tin.mp3", data, sha256=hashlib.sha256(data).hexdigest())
    for start in range(0, len(data), 5_000):
        stretch = data[start : start + 5_000]
        job = send(province, job, stretch, checksum=checksum_of(stretch))
        assert job.offset_bytes == start + len(stretch)
    assert job.phase is JobPhase.QUEUED
    done = worked(province, job)
    assert (done.phase, done.progress_pct) == (JobPhase.DONE, 100)
    assert done.result is not None
    assert content_path(province.house, done.result).is_file()
    assert sheet(province, done.result).content.title == "bản tin"
    assert leftovers(province) == []


def test_after_a_kill_the_upload_goes_on_from_what_counts(province: Province, tone: Path) -> None:
    """Bytes that a killed server wrote and never counted are cut off; those that count are not asked for again."""
    data = tone.read_bytes()
    job = send(province, announced(province, "a.mp3", data), data[:6_000])
    with part_path(province.house, job.id).open("ab") as file:
        file.write(b"half a stretch that nobody counted")
    province.reopen()
    with province.house.reading() as unit:
        job = job_named(unit, job.id, who=None)
    assert job.offset_bytes == 6_000
    done = worked(province, send(province, job, data[6_000:]))
    assert done.phase is JobPhase.DONE, done.why


def test_a_broken_line_keeps_what_came(province: Province, tone: Path) -> None:
    """Without a checksum the bytes before the break count; with one the stretch is sent again."""
    data = tone.read_bytes()
    job = announced(province, "a.mp3", data)
    job = send(province, job, data[:4_000], whole=False)
    assert job.offset_bytes == 4_000
    whole = checksum_of(data[4_000:8_000])
    job = send(province, job, data[4_000:6_000], checksum=whole, whole=False)
    assert job.offset_bytes == 4_000
    assert send(province, job, data[4_000:8_000], checksum=whole).offset_bytes == 8_000


def test_a_wrong_place_is_answered_with_the_right_one(province: Province, tone: Path) -> None:
    """Whoever sends from another offset is told which one fits, and nothing is written."""
    data = tone.read_bytes()
    first = announced(province, "a.mp3", data)
    send(province, first, data[:5_000])
    with pytest.raises(Conflict) as caught:
        send(province, first, data[:5_000])
    assert (caught.value.code, caught.value.expected) == ("offset", 5_000)


def test_spoiled_bytes_do_not_count(province: Province, tone: Path) -> None:
    """A stretch that is not what its checksum says is refused; the right one is taken after it."""
    data = tone.read_bytes()
    job = announced(province, "a.mp3", data)
    with pytest.raises(Unacceptable, match="đường truyền"):
        send(province, job, data[:5_000], checksum=checksum_of(b"other"))
    assert send(province, job, data[:5_000], checksum=checksum_of(data[:5_000])).offset_bytes == (
        5_000
    )


def test_a_whole_that_is_another_file_is_refused(province: Province, tone: Path) -> None:
    """The hash that the sender announced is compared before anything is made of the file."""
    data = tone.read_bytes()
    job = send(province, announced(province, "a.mp3", data, sha256="0" * 64), data)
    done = worked(province, job)
    assert (done.phase, done.code) == (JobPhase.FAILED, "hash")
    assert "SHA-256" in done.why


def test_limits_are_told_before_the_first_byte(province: Province) -> None:
    """Size, rights, area and emptiness are judged when the upload is opened."""
    with pytest.raises(TooLarge, match="50 MB"):
        announced(province, "a.wav", bytes(50_000_001))
    with pytest.raises(Unacceptable, match="rỗng"):
        announced(province, "a.wav", b"")
    with pytest.raises(NotFound):
        announced(province, "a.wav", b"x", area="dt/khong-co")
    viewer = province.person("xem", PersonRole.VIEWER, area=COMMUNE)
    with pytest.raises(Forbidden):
        announced(province, "a.wav", b"x", who=viewer)
    assert leftovers(province) == []


def test_more_bytes_than_announced_are_refused(province: Province, tone: Path) -> None:
    """The announced size is a bound."""
    job = announced(province, "a.mp3", b"1234")
    with pytest.raises(TooLarge):
        send(province, job, b"12345")


def test_an_upload_is_its_senders_alone(province: Province, tone: Path) -> None:
    """Nobody else continues, sees or cancels it; and too many at once are refused."""
    lan = province.person("lan", PersonRole.CONTRIBUTOR, area=COMMUNE)
    other = province.person("binh", PersonRole.EDITOR, area=COMMUNE)
    job = announced(province, "a.mp3", b"1234", who=lan)
    with pytest.raises(NotFound):
        send(province, job, b"12", who=other)
    with province.house.writing() as unit, pytest.raises(NotFound):
        cancel(unit, job.id, who=other, now=province.now)
    assert send(province, job, b"12", who=lan).offset_bytes == 2
    for _ in range(29):
        announced(province, "a.mp3", b"1234", who=lan)
    with pytest.raises(Conflict, match="30 tệp"):
        announced(province, "a.mp3", b"1234", who=lan)


def test_a_cancelled_upload_leaves_nothing(province: Province) -> None:
    """Its file goes at once, and it cannot be continued."""
    job = send(province, announced(province, "a.mp3", b"1234"), b"12")
    with province.house.writing() as unit:
        assert cancel(unit, job.id, who=None, now=province.now).phase is JobPhase.CANCELLED
    assert leftovers(province) == []
    with pytest.raises(Conflict):
        send(province, job, b"34")


def test_what_nobody_goes_on_with_is_swept(province: Province) -> None:
    """A day later an upload is given up in words; a fresh one is left alone."""
    old = announced(province, "a.mp3", b"1234")
    province.clock.pass_by(timedelta(hours=25))
    fresh = announced(province, "b.mp3", b"1234")
    sweep_uploads(province.house, now=province.now)
    with province.house.reading() as unit:
        assert job_named(unit, old.id, who=None).code == "stale"
        assert job_named(unit, fresh.id, who=None).phase is JobPhase.RECEIVING


def test_a_killed_transcode_is_taken_up_again(province: Province, tone: Path) -> None:
    """While its worker lives nobody else takes a job; when the lease is over another does it from its beginning."""
    data = tone.read_bytes()
    job = send(province, announced(province, "a.mp3", data), data)
    killed = take_next(province.house, now=province.now)
    assert killed is not None
    assert take_next(province.house, now=province.now) is None
    province.clock.pass_by(LEASE + timedelta(seconds=1))
    done = worked(province, job)
    assert done.phase is JobPhase.DONE
    with pytest.raises(Lost):
        killed.tell(0.5)
    with pytest.raises(Lost):
        killed.fail("late", "quá muộn")
    with province.house.reading() as unit:
        assert job_named(unit, job.id, who=None).phase is JobPhase.DONE


def test_a_job_that_kills_every_worker_is_given_up(province: Province, tone: Path) -> None:
    """After three workers are gone the sender is told, instead of the server dying of it for ever."""
    data = tone.read_bytes()
    job = send(province, announced(province, "a.mp3", data), data)
    for _ in range(3):
        assert take_next(province.house, now=province.now) is not None
        province.clock.pass_by(LEASE + timedelta(seconds=1))
    done = worked(province, job)
    assert (done.phase, done.code) == (JobPhase.FAILED, "gave-up")


def test_a_sound_becomes_what_the_fleet_plays(province: Province, tmp_path: Path) -> None:
    """Stereo becomes one channel of MP3 with its static gain; the original is kept by its own hash."""
    file = make_sound(tmp_path / "hai kênh.flac", "sine=440:d=4", "-ac", "2", "-ar", "44100")
    found = sheet(province, entered(province, file))
    assert (found.content.mime, found.content.codec) == ("audio/mpeg", "mp3")
    assert found.content.duration_ms == pytest.approx(4_000, abs=60)
    assert found.content.loudness_lufs + found.content.gain_db == pytest.approx(-16, abs=0.2)
    assert found.original_sha256 == hashlib.sha256(file.read_bytes()).hexdigest()
    assert original_path(province.house, found.original_sha256).read_bytes() == file.read_bytes()
    assert content_path(province.house, found.content.sha256).stat().st_size < 60_000


def test_what_the_fleet_plays_already_is_kept_byte_for_byte(province: Province, tone: Path) -> None:
    """An MP3 of one channel is not coded again: its hash is the file's."""
    assert entered(province, tone) == hashlib.sha256(tone.read_bytes()).hexdigest()


def test_the_same_file_again_is_the_same_content_in_both_areas(
    province: Province, tmp_path: Path
) -> None:
    """A commune that brings what another has may use it from then on; nothing is worked at twice."""
    file = make_sound(tmp_path / "a.wav", "sine=300:d=2")
    first = entered(province, file, area=COMMUNE)
    again = uploaded(province, file, area=OTHER)
    assert (again.result, again.code) == (first, "known")
    assert [shared.area for shared in sheet(province, first).shares] == [OTHER]
    uploaded(province, file, area=HAMLET)
    assert [shared.area for shared in sheet(province, first).shares] == [OTHER]


def test_a_recording_is_trimmed_and_a_file_is_asked_about(
    province: Province, tmp_path: Path
) -> None:
    """Silent ends of a recording go by themselves, with a word of it; those of a file are only told of."""
    silent = ("-af", "adelay=3000,apad=pad_dur=3")
    recorded = make_sound(tmp_path / "thu.webm", "sine=440:d=4", *silent, "-c:a", "libopus")
    found = sheet(province, entered(province, recorded, made=Made.RECORDING))
    assert found.made is Made.RECORDING
    assert found.content.duration_ms == pytest.approx(4_600, abs=150)
    assert [check.code for check in found.checks] == ["trimmed"]
    file = make_sound(tmp_path / "tệp.wav", "sine=440:d=4", *silent)
    found = sheet(province, entered(province, file))
    assert found.content.duration_ms == pytest.approx(10_000, abs=60)
    assert {check.code for check in found.checks} == {"silent-head", "silent-tail"}


def test_a_picture_loses_what_the_camera_noted(province: Province, tmp_path: Path) -> None:
    """A large photograph is brought to a board's size and keeps neither place nor time."""
    file = make_sound(
        tmp_path / "ảnh.jpg",
        "testsrc=s=4000x3000:d=1",
        "-frames:v",
        "1",
        "-metadata",
        "comment=GPS",
    )
    found = sheet(province, entered(province, file))
    assert (found.kind.value, found.width, found.height) == ("image", 1_920, 1_440)
    assert found.content.mime == "image/jpeg"
    assert b"GPS" not in content_path(province.house, found.content.sha256).read_bytes()
    assert [check.code for check in found.checks] == ["shrunk"]


def test_a_video_gives_itself_and_its_sound(province: Province, tmp_path: Path) -> None:
    """Boards get MP4, clusters an MP3 of its own; each names the other."""
    file = make_sound(
        tmp_path / "họp.webm", "testsrc=s=320x240:d=2:r=10", "-f", "lavfi", "-i", "sine=d=2",
        "-c:v", "libvpx", "-c:a", "libvorbis",
    )  # fmt: skip
    found = sheet(province, entered(province, file))
    assert (found.kind.value, found.content.mime, found.width) == ("video", "video/mp4", 320)
    assert found.sound_sha256 is not None
    sound = sheet(province, found.sound_sha256)
    assert (sound.kind.value, sound.source_sha256) == ("audio", found.content.sha256)
    assert sound.content.duration_ms == pytest.approx(2_000, abs=80)


def test_a_silent_video_is_for_boards_only(province: Province, tmp_path: Path) -> None:
    """It is taken, and people are told that it has no sound."""
    file = make_sound(tmp_path / "câm.mp4", "testsrc=d=1:s=320x240", "-pix_fmt", "yuv420p")
    found = sheet(province, entered(province, file))
    assert ([check.code for check in found.checks], found.sound_sha256) == (["mute"], None)


def test_a_text_file_becomes_a_bulletin(province: Province, tmp_path: Path) -> None:
    """A .txt is kept in NFC without emoji, to be shown or spoken."""
    file = tmp_path / "bản tin.txt"
    file.write_text("\ufeffKính thưa bà con 😀\r\nMời họp.", "utf-8")
    found = sheet(province, entered(province, file))
    assert (found.kind.value, found.text) == ("text", "Kính thưa bà con\nMời họp.")


def zip_bomb(_: Path) -> bytes:
    """Return a small archive that would swell to a hundred megabytes."""
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.wav", bytes(100_000_000))
    return held.getvalue()


def picture_bomb(_: Path) -> bytes:
    """Return a PNG of a few kilobytes that would need 3.6 GB of memory."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    head = struct.pack(">IIBBBBB", 30_000, 30_000, 8, 6, 0, 0, 0)
    data = zlib.compress(bytes(1_000_000))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def four_hours(folder: Path) -> bytes:
    """Return four hours and a minute of almost nothing."""
    options = ("-ar", "8000", "-ac", "1", "-c:a", "flac")
    return make_sound(folder / "d.flac", "anullsrc=r=8000:cl=mono:d=14460", *options).read_bytes()


BAD: dict[str, tuple[Callable[[Path], bytes], str, str]] = {
    "bom.zip": (zip_bomb, "archive", "tệp nén"),
    "bom.mp3": (zip_bomb, "archive", "Hãy giải nén"),
    "bom.png": (picture_bomb, "too-many-points", "hình quá lớn"),
    "bốn giờ.flac": (four_hours, "too-long", "dài hơn 4 giờ"),
    "thư mời.mp3": (lambda _: "Thư mời họp".encode(), "text", "Soạn bản tin"),
    "ngẫu nhiên.mp3": (lambda _: bytes(range(256)) * 50, "not-audio", "không phải âm thanh"),
    "công văn.pdf": (lambda _: b"%PDF-1.4 ...", "document", "PDF"),
    "im.wav": (
        lambda d: make_sound(d / "s.wav", "anullsrc=d=2").read_bytes(),
        "silent",
        "không có tiếng",
    ),
    "cắt.flac": (
        lambda d: (data := make_sound(d / "c.flac", "sine=440:d=8").read_bytes())[: len(data) // 2],
        "truncated",
        "cắt ngang",
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_file_is_refused_in_words(province: Province, tmp_path: Path, name: str) -> None:
    """The sentence names the file and says what it is and what to do; nothing of it stays."""
    make, code, words = BAD[name]
    file = tmp_path / "sent"
    file.write_bytes(make(tmp_path))
    done = uploaded(province, file, name=name)
    assert (done.phase, done.code) == (JobPhase.FAILED, code), done.why
    assert f"Tệp “{name}” " in done.why
    assert words in done.why
    assert "Hãy" in done.why or "hãy" in done.why
    assert leftovers(province) == []


def test_a_name_of_another_system_and_an_nfd_title_are_tidied(
    province: Province, tone: Path
) -> None:
    """Paths, control characters and decomposed letters of a file name do not get into the library."""
    job = uploaded(
        province,
        tone,
        name="../../e\u0302m\x07 😀.mp3",
        sheet=Sheet(title="Ho\u0323p da\u0302n 👍"),
    )
    assert job.result is not None
    found = sheet(province, job.result)
    assert (found.content.file_name, found.content.title) == ("êm.mp3", "Họp dân")
