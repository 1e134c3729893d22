"""What enters the content library, and what is refused with a sentence that helps."""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import pytest

from central.domain.content import gain_db
from central.domain.errors import Forbidden, TooLarge, Unacceptable
from central.domain.people import PersonRole
from central.services import Upload, content_path, take_upload
from central.services.choices import content_choices
from tests.central.setting import COMMUNE, Province, make_sound


def take(province: Province, name: str, chunks: Iterable[bytes], mime: str = "") -> str:
    """Upload bytes and return the MIME type they were found to have."""
    upload = Upload(name=name, mime=mime, title="Bản tin", area=COMMUNE)
    return take_upload(province.house, chunks, upload, who=None, now=province.now).mime


@pytest.mark.parametrize(
    ("ending", "options", "mime"),
    [
        ("mp3", (), "audio/mpeg"),
        ("wav", (), "audio/wav"),
        ("flac", (), "audio/flac"),
        ("opus", ("-c:a", "libopus"), "audio/ogg"),
        ("m4a", (), "audio/mp4"),
    ],
)
def test_sound_is_recognised_by_its_bytes_not_its_name(
    province: Province, tmp_path: Path, ending: str, options: tuple[str, ...], mime: str
) -> None:
    """Each form that appliances play is taken under any name, with its true type."""
    sound = make_sound(tmp_path / f"a.{ending}", "sine=440:d=1", *options)
    assert take(province, "không rõ.dat", [sound.read_bytes()]) == mime


def whole(path: Path) -> bytes:
    return make_sound(path, "sine=440:d=8").read_bytes()


def cut(path: Path, *options: str) -> bytes:
    data = make_sound(path, "sine=440:d=8", *options).read_bytes()
    return data[: len(data) // 2]


def broken(path: Path) -> bytes:
    data = make_sound(path, "sine=440:d=8").read_bytes()
    third = len(data) // 3
    return data[:third] + b"\x5a" * third + data[2 * third :]


BAD_FILES: dict[str, tuple[Callable[[Path], bytes], str, str, str]] = {
    "rỗng.mp3": (lambda _: b"", "audio/mpeg", "empty", "rỗng"),
    "ngẫu nhiên.mp3": (
        lambda _: bytes(range(256)) * 200,
        "audio/mpeg",
        "not-audio",
        "không phải âm thanh",
    ),
    "thư.mp3": (lambda _: "Thư mời họp".encode(), "", "not-audio", "không phải âm thanh"),
    "cắt.mp3": (lambda d: cut(d / "c.mp3"), "", "truncated", "cắt ngang"),
    "cắt.wav": (lambda d: cut(d / "c.wav"), "", "truncated", "cắt ngang"),
    "cắt.flac": (lambda d: cut(d / "c.flac"), "", "truncated", "cắt ngang"),
    "cắt.opus": (lambda d: cut(d / "c.opus", "-c:a", "libopus"), "", "truncated", "cắt ngang"),
    "cắt.m4a": (lambda d: cut(d / "c.m4a"), "", "not-audio", "không phải âm thanh"),
    "hỏng giữa.mp3": (lambda d: broken(d / "b.mp3"), "", "truncated", "hỏng giữa chừng"),
    "ảnh.png": (
        lambda d: make_sound(d / "p.png", "testsrc=d=1", "-frames:v", "1").read_bytes(),
        "",
        "no-audio",
        "không có phần âm thanh",
    ),
    "phim câm.mp4": (
        lambda d: make_sound(d / "v.mp4", "testsrc=d=1", "-pix_fmt", "yuv420p").read_bytes(),
        "video/mp4",
        "no-audio",
        "không có phần âm thanh",
    ),
    "im.wav": (
        lambda d: make_sound(d / "s.wav", "anullsrc=d=2").read_bytes(),
        "",
        "silent",
        "không có tiếng",
    ),
    "tiếng tách.wav": (
        lambda d: make_sound(d / "t.wav", "sine=440:d=0.05").read_bytes(),
        "",
        "too-short",
        "0,2 giây",
    ),
    "danh sách.m3u8": (
        lambda d: (
            b"#EXTM3U\n#EXT-X-TARGETDURATION:8\n#EXTINF:8,\n"
            + str(make_sound(d / "in.mp3")).encode()
            + b"\n#EXT-X-ENDLIST\n"
        ),
        "",
        "not-audio",
        "không phải âm thanh",
    ),
    "ghi sai loại.mp3": (lambda d: whole(d / "w.mp3"), "image/png", "wrong-mime", "image/png"),
}


@pytest.mark.parametrize("name", BAD_FILES)
def test_a_bad_file_is_refused_with_its_name_and_what_to_do(
    province: Province, tmp_path: Path, name: str
) -> None:
    """The sentence names the file, says what is wrong and what to do; nothing of it stays behind."""
    make, mime, code, words = BAD_FILES[name]
    with pytest.raises(Unacceptable) as caught:
        take(province, name, [make(tmp_path)], mime)
    assert (caught.value.code, words in caught.value.why) == (code, True), caught.value.why
    assert caught.value.why.startswith(f"Tệp “{name}” ")
    assert "Hãy" in caught.value.why
    with province.house.reading() as unit:
        assert content_choices(unit, "dt", now=province.now) == ()
    assert list(province.house.incoming.iterdir()) == []


def test_a_file_beyond_the_cap_is_not_read_to_its_end(province: Province) -> None:
    """The cap counts while bytes come in: the rest is never asked for."""
    asked = 0

    def endless() -> Iterator[bytes]:
        nonlocal asked
        while True:
            asked += 1
            yield bytes(1_000_000)

    with pytest.raises(TooLarge, match="50 MB"):
        take(province, "quá lớn.wav", endless())
    assert asked == 51
    assert list(province.house.incoming.iterdir()) == []


def test_the_same_bytes_are_the_same_content(province: Province, tone: Path) -> None:
    """Uploading again under another name gives what is known already."""
    first = province.sound(tone, title="Một")
    again = take_upload(
        province.house,
        [tone.read_bytes()],
        Upload(name="khác.mp3", mime="audio/mpeg", title="Hai", area=COMMUNE),
        who=None,
        now=province.now,
    )
    assert (again.sha256, again.title) == (first.sha256, "Một")
    assert content_path(province.house, first.sha256).read_bytes() == tone.read_bytes()


def test_an_editor_uploads_for_their_own_area_only(province: Province, tone: Path) -> None:
    """Editing the commune gives no right to put content into the province's library."""
    editor = province.person("lan", PersonRole.EDITOR, area=COMMUNE)
    upload = Upload(name="a.mp3", mime="", title="", area=COMMUNE)
    data = [tone.read_bytes()]
    assert take_upload(province.house, data, upload, who=editor, now=province.now).area == COMMUNE
    upload = Upload(name="a.mp3", mime="", title="", area="dt")
    with pytest.raises(Forbidden):
        take_upload(province.house, data, upload, who=editor, now=province.now)


def test_quiet_speech_is_raised_and_loud_speech_is_not_clipped(
    province: Province, tmp_path: Path
) -> None:
    """The static gain leads to -16 LUFS, and never lifts the true peak above -1 dBFS."""
    quiet = make_sound(tmp_path / "q.wav", "sine=440:d=4", "-af", "volume=-10dB")
    state = province.sound(quiet, approved_for=None)
    assert state.loudness_lufs + state.gain_db == pytest.approx(-16, abs=0.2)
    assert gain_db(-30.0, -3.0) == 2.0
    assert gain_db(-8.0, 0.0) == -8.0


def test_a_very_short_sound_gets_a_sensible_loudness(province: Province, tmp_path: Path) -> None:
    """A chime shorter than the meter's window is measured by its mean level."""
    chime = make_sound(tmp_path / "c.wav", "sine=440:d=0.3")
    assert -30 < province.sound(chime, approved_for=None).loudness_lufs < -15
