"""Live sources: a stream, a line and a phone sound like files, have no end, and fail when they fall silent."""

import math
import subprocess
import threading
import time
from array import array
from collections.abc import Callable, Iterator
from itertools import count, cycle, islice
from pathlib import Path

import pytest

from edge.adapters.engine_sources import BEGIN_LIMIT_S
from edge.adapters.fake import FakePlayer
from edge.adapters.phone import RATE_HZ as PHONE_HZ
from edge.adapters.phone import PhoneLines
from edge.core.events import Ending, PlayerEnded, PlayerStarted
from edge.core.sound import FromLineIn, FromPhone, FromStream, Source
from provisioning.rehearsal.sound import SoundServer
from tests.edge.adapters.radio import Radio, answer, moved
from tests.edge.adapters.rig import Rig, SoundFiles

SINK = "loa"
# The shared server and player stand before any test: what a test itself starts, it would have to end.
pytestmark = pytest.mark.usefixtures("warm_player")
LINE_SINK = "khac"  # what is played there comes in at the line
BYTES_PER_S = 16_000
LUMP_S = 0.02
NUMBERS = count()


class Talker:
    """Somebody who hums into a phone, 20 ms at a time, until told to pause or stop."""

    def __init__(self, lines: PhoneLines, ref: str) -> None:
        self._lines = lines
        self._ref = ref
        self._paused = threading.Event()
        self._ended = threading.Event()
        period = array(
            "h", (round(16_000 * math.sin(2 * math.pi * i / 16)) for i in range(16))
        )  # 1 kHz
        samples = array("h", islice(cycle(period), round(PHONE_HZ * LUMP_S)))
        self._lump = samples.tobytes()
        self._thread = threading.Thread(target=self._talk, daemon=True)
        self._thread.start()

    def pause(self) -> None:
        self._paused.set()

    def end(self) -> None:
        self._ended.set()
        self._thread.join(5)

    def _talk(self) -> None:
        due_s = time.monotonic()
        while not self._ended.wait(max(0.0, due_s - time.monotonic())):
            due_s += LUMP_S
            if not self._paused.is_set():
                self._lines.feed(self._ref, self._lump)


@pytest.fixture(scope="module")
def tune(files: SoundFiles) -> Path:
    """A minute of 660 Hz as a station sends it."""
    name = "radio.mp3"
    sine = "sine=frequency=660:sample_rate=48000:duration=60"
    command = ["ffmpeg", "-v", "error", "-y", "-f", "lavfi", "-i", sine, "-b:a", "128k"]
    subprocess.run([*command, str(files.folder / name)], check=True, stdin=subprocess.DEVNULL)
    return files.folder / name


@pytest.fixture
def radio(tune: Path) -> Iterator[Radio]:
    with Radio(tune, BYTES_PER_S) as station:
        yield station


@pytest.fixture
def lines(tmp_path: Path) -> Iterator[PhoneLines]:
    made = PhoneLines(tmp_path / "lines")
    yield made
    made.close_all()


@pytest.fixture
def phone(lines: PhoneLines, files: SoundFiles) -> FromPhone:
    """A phone whose line is open."""
    source = FromPhone(ref=f"phone-{next(NUMBERS)}")
    lines.open(source.ref)
    files.lives[source] = lines.path(source.ref)
    return source


@pytest.fixture
def talker(lines: PhoneLines, phone: FromPhone) -> Iterator[Talker]:
    made = Talker(lines, phone.ref)
    yield made
    made.end()


@pytest.fixture
def line(files: SoundFiles) -> FromLineIn:
    source = FromLineIn()
    files.lives[source] = f"{LINE_SINK}.monitor"
    return source


@pytest.fixture
def humming(sound: SoundServer, files: SoundFiles) -> Iterator[Callable[[], float]]:
    """A way to play 880 Hz into the line; returns the instant at which it was begun."""
    programs: list[subprocess.Popen[bytes]] = []

    def hum() -> float:
        began_s = time.monotonic()
        command = ["paplay", "-d", LINE_SINK, str(files.folder / "si.wav")]
        programs.append(subprocess.Popen(command, env={**sound.environment, "PATH": "/usr/bin"}))
        return began_s

    yield hum
    for program in programs:
        program.terminate()
        program.wait(5)


@pytest.fixture(params=["stream", "line", "phone"])
def live(
    request: pytest.FixtureRequest, radio: Radio, line: FromLineIn, phone: FromPhone, talker: Talker
) -> Source:
    """Each live source by turns, and it gives."""
    sources: dict[str, Source] = {
        "stream": FromStream(url=radio.url),
        "line": line,
        "phone": phone,
    }
    return sources[request.param]


# --- fake and real alike ---------------------------------------------------------------------------


def test_a_live_source_sounds_until_it_is_stopped(rig: Rig, live: Source) -> None:
    """A live source starts, has no end of its own, and a stop says how long it sounded."""
    key = rig.play_source(live)
    rig.let(0.4)
    assert rig.heard.wait(PlayerStarted) == PlayerStarted(key=key)
    rig.let(0.6)
    assert not rig.heard.all(PlayerEnded)
    rig.stop(key, fade_ms=50)
    ended = rig.heard.wait(PlayerEnded)
    assert (ended.key, ended.ending, ended.why) == (key, Ending.STOPPED, "")
    assert 300 <= ended.played_ms <= 5_000


@pytest.fixture(params=["fake", "real"])
def either(request: pytest.FixtureRequest, fake: Rig, real: Rig) -> Rig:
    """One of the two; both are asked for by name, so that the sound server is never a test's own child."""
    return {"fake": fake, "real": real}[request.param]


def test_a_stream_that_stalls_fails(either: Rig, radio: Radio) -> None:
    """A station that keeps the line and sends nothing more has failed within seconds, once, and never finished."""
    rig = either
    key = rig.play_source(FromStream(url=radio.url))
    rig.let(0.7)
    rig.heard.wait(PlayerStarted)
    stalled_s = radio.stall()
    if isinstance(rig.player, FakePlayer):
        rig.player.stall()
        rig.let(3.0)
    ended = rig.heard.wait(PlayerEnded, 12)
    assert time.monotonic() - stalled_s < 10  # 2.5 to 3.5 s where nobody else needs the machine
    assert (ended.key, ended.ending) == (key, Ending.FAILED)
    assert "nguồn tiếp sóng đã ngừng" in ended.why
    assert ended.played_ms > 300
    assert len(rig.heard.all(PlayerEnded)) == 1


def test_a_stream_that_never_begins_fails(either: Rig, radio: Radio) -> None:
    """A station that takes the call and says nothing has failed after four seconds, without a start."""
    rig = either
    url = radio.at("/never")
    if isinstance(rig.player, FakePlayer):
        rig.player.mute = frozenset({url})
    rig.play_source(FromStream(url=url))
    rig.let(BEGIN_LIMIT_S + 0.1)
    ended = rig.heard.wait(PlayerEnded)
    assert (ended.ending, ended.played_ms) == (Ending.FAILED, 0)
    assert "không cho tiếng nào" in ended.why
    assert not rig.heard.all(PlayerStarted)


@pytest.mark.parametrize(
    ("source", "words"),
    [
        (FromStream(url="file:///etc/hostname"), "chỉ tiếp sóng được địa chỉ http"),
        (FromStream(url="http://a b/"), "dấu cách"),
        (FromPhone(ref="nobody"), "điện thoại đã ngừng nói"),
        (FromLineIn(), "chưa chọn ngõ vào âm thanh"),
    ],
)
def test_a_live_source_that_cannot_be_tried_fails_at_once(
    rig: Rig, files: SoundFiles, source: Source, words: str
) -> None:
    """What cannot be tried at all fails with a sentence that says what to do."""
    if isinstance(source, FromLineIn):
        files.lives[source] = ""
    rig.play_source(source)
    ended = rig.heard.wait(PlayerEnded, 3)
    assert (ended.ending, ended.played_ms) == (Ending.FAILED, 0)
    assert words in ended.why


def test_a_file_takes_over_from_a_live_source(rig: Rig, phone: FromPhone, talker: Talker) -> None:
    """An order pre-empts a live source as it does a file: each ends once."""
    rig.play_source(phone, "talk")
    rig.let(0.4)
    rig.heard.wait(PlayerStarted)
    rig.play("ngan.wav", "alarm")
    rig.let(1.0)
    rig.heard.wait(PlayerEnded, where=lambda e: e.key == "alarm")
    ended = [(e.key, e.ending) for e in rig.heard.all(PlayerEnded)]
    assert ended == [("talk", Ending.STOPPED), ("alarm", Ending.FINISHED)]


# --- what really sounds ----------------------------------------------------------------------------


def test_a_stream_is_heard_at_the_sink(real: Rig, sound: SoundServer, radio: Radio) -> None:
    """A relayed station sounds with its own pitch and the volume asked for, and is silent after a stop."""
    with sound.recorder(SINK) as recorder:
        key = real.play_source(FromStream(url=radio.url), volume_pct=50)
        real.heard.wait(PlayerStarted)
        time.sleep(0.4)
        stopped_s = time.monotonic()
        real.stop(key)
        real.heard.wait(PlayerEnded)
        time.sleep(0.3)
        heard = recorder.stop().segments()[-1]
    assert heard.frequency_hz == pytest.approx(660, abs=3)
    assert heard.end_mono_s - stopped_s < 0.3
    assert heard.level_dbfs < -20


@pytest.mark.parametrize("scheme", ["file", "stream"])
def test_a_station_that_leads_to_a_file_of_ours_does_not_sound(
    real: Rig, sound: SoundServer, radio: Radio, files: SoundFiles, scheme: str
) -> None:
    """A redirection to a sound file of this machine, at once or by a detour, gives no sound and is a failure."""
    radio.answers["/bad"] = moved(f"{scheme}://{files.folder}/la.wav")
    radio.answers["/detour"] = moved(radio.at("/bad"))
    with sound.recorder(SINK) as recorder:
        real.play_source(FromStream(url=radio.at("/bad")), "one")
        real.heard.wait(PlayerEnded, 12)
        real.play_source(FromStream(url=radio.at("/detour")), "two")
        real.heard.wait(PlayerEnded, 12, where=lambda ended: ended.key == "two")
        time.sleep(0.3)
        assert not recorder.stop().segments()
    for ended in real.heard.all(PlayerEnded):
        assert (ended.ending, ended.played_ms) == (Ending.FAILED, 0)
        assert "không cho tiếng nào" in ended.why
    assert not real.heard.all(PlayerStarted)
    assert radio.asked.count("/bad") >= 2


@pytest.mark.parametrize("path", ["/once", "/list.m3u8"])
def test_a_station_that_leads_to_another_address_sounds(
    real: Rig, sound: SoundServer, radio: Radio, files: SoundFiles, path: str
) -> None:
    """The twin: a redirection to http and a playlist of segments sound with the pitch of what they lead to."""
    segment = files.coded("mot.ts", 660, 6)
    head = "#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:6\n#EXT-X-PLAYLIST-TYPE:VOD\n"
    text = f"{head}#EXTINF:6,\n{segment}\n#EXT-X-ENDLIST\n"
    radio.answers["/list.m3u8"] = answer(text.encode(), "application/vnd.apple.mpegurl")
    radio.answers["/mot.ts"] = answer((files.folder / segment).read_bytes(), "video/mp2t")
    radio.answers["/once"] = moved(radio.url)
    with sound.recorder(SINK) as recorder:
        key = real.play_source(FromStream(url=radio.at(path)))
        real.heard.wait(PlayerStarted)
        time.sleep(0.4)
        real.stop(key)
        real.heard.wait(PlayerEnded)
        heard = recorder.stop().segments()[-1]
    assert heard.frequency_hz == pytest.approx(660, abs=3)


def test_a_station_that_hangs_up_fails(real: Rig, radio: Radio) -> None:
    """When the station is gone, so that calling again is in vain, the relay has failed and not finished."""
    real.play_source(FromStream(url=radio.url))
    real.heard.wait(PlayerStarted)
    radio.hang_up()
    ended = real.heard.wait(PlayerEnded, 12)
    assert ended.ending is Ending.FAILED
    assert "nguồn tiếp sóng đã ngừng" in ended.why


def test_a_line_is_heard_at_the_sink(
    real: Rig, sound: SoundServer, line: FromLineIn, humming: Callable[[], float]
) -> None:
    """What comes in at the line goes out at the loudspeaker, soon after."""
    with sound.recorder(LINE_SINK) as before, sound.recorder(SINK) as after:
        key = real.play_source(line)
        real.heard.wait(PlayerStarted)
        humming()
        time.sleep(1.2)
        real.stop(key)
        real.heard.wait(PlayerEnded)
        given, heard = before.stop().segments(), after.stop().segments()
    assert heard[0].frequency_hz == pytest.approx(880, abs=3)
    assert 0 < heard[0].onset_mono_s - given[0].onset_mono_s < 0.6  # 0.2 s on a quiet machine


def test_an_input_that_does_not_exist_fails(real: Rig, files: SoundFiles) -> None:
    """A line that the sound server does not know fails, and its name is said."""
    files.lives[FromLineIn()] = "khong-co"
    real.play_source(FromLineIn())
    ended = real.heard.wait(PlayerEnded)
    assert (ended.ending, ended.played_ms) == (Ending.FAILED, 0)
    assert "ngõ vào âm thanh khong-co không cho tiếng nào" in ended.why


def test_a_phone_is_heard_soon_and_ends_when_it_falls_silent(
    real: Rig, sound: SoundServer, lines: PhoneLines, phone: FromPhone
) -> None:
    """From mouth to sink little time passes; a phone that stops sending has failed, not finished."""
    with sound.recorder(SINK) as recorder:
        real.play_source(phone)
        time.sleep(0.3)
        spoke_s = time.monotonic()
        talker = Talker(lines, phone.ref)
        try:
            real.heard.wait(PlayerStarted)
            time.sleep(0.2)
            talker.pause()
            ended = real.heard.wait(PlayerEnded, 10)
        finally:
            talker.end()
        (heard,) = recorder.stop().segments()
    assert heard.frequency_hz == pytest.approx(1_000, abs=5)
    assert heard.onset_mono_s - spoke_s < 0.8  # 0.26 s on a quiet machine
    assert ended.ending is Ending.FAILED
    assert "điện thoại ngừng gửi tiếng" in ended.why


def test_a_phone_that_hangs_up_ends_at_once(
    real: Rig, lines: PhoneLines, phone: FromPhone, talker: Talker
) -> None:
    """Closing a phone's line ends its talk, without waiting for a stall."""
    real.play_source(phone)
    real.heard.wait(PlayerStarted)
    closed_s = time.monotonic()
    lines.close(phone.ref)
    assert real.heard.wait(PlayerEnded).ending is Ending.FAILED
    assert time.monotonic() - closed_s < 2
