"""The player: orders in, observations out, and the truth of both in a recording of the sink."""

import os
import signal
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from contract.documents import Check, Sha256
from edge.adapters.engine_parts import Ramp, volume_of
from edge.adapters.player import Player, amplitude_of
from edge.adapters.pulse_streams import sink_trouble
from edge.core.events import (
    Ending,
    HandFailed,
    HandRecovered,
    Inspected,
    PlayerEnded,
    PlayerStarted,
)
from edge.core.orders import Inspect, SetPlayVolume, StartPlay
from edge.core.sound import FromContent, FromVoice
from provisioning.rehearsal.sound import SoundServer
from tests.edge.adapters.rig import RATE_HZ, Heard, Rig, SoundFiles

SINK = "loa"

# --- fake and real alike ---------------------------------------------------------------------------


def test_a_play_starts_and_finishes(rig: Rig) -> None:
    """A good file is seen to start, and to finish after its own length."""
    key = rig.play("ngan.wav")
    rig.let(0.9)
    assert rig.heard.wait(PlayerStarted) == PlayerStarted(key=key)
    ended = rig.heard.wait(PlayerEnded)
    assert (ended.key, ended.ending, ended.why) == (key, Ending.FINISHED, "")
    assert ended.played_ms == pytest.approx(400, abs=60)


def test_a_stopped_play_says_how_far_it_came(rig: Rig) -> None:
    """A play that is stopped ends as stopped, with the media time that sounded."""
    key = rig.play("dai.wav")
    rig.let(1.0)
    rig.stop(key, fade_ms=100)
    ended = rig.heard.wait(PlayerEnded)
    assert (ended.key, ended.ending, ended.why) == (key, Ending.STOPPED, "")
    assert ended.played_ms == pytest.approx(1_100, abs=150)


def test_a_new_play_ends_the_old_one_first(rig: Rig) -> None:
    """Of two plays the first is stopped, the second starts, and each ends exactly once."""
    rig.play("dai.wav", "one")
    rig.let(0.5)
    rig.play("dai.wav", "two")
    rig.let(0.6)
    rig.stop("two")
    rig.heard.wait(PlayerEnded, where=lambda e: e.key == "two")
    ended = [(e.key, e.ending) for e in rig.heard.all(PlayerEnded)]
    assert ended == [("one", Ending.STOPPED), ("two", Ending.STOPPED)]
    assert [e.key for e in rig.heard.all(PlayerStarted)] == ["one", "two"]


def test_the_same_key_may_be_played_again(rig: Rig) -> None:
    """A key that has ended may be ordered anew, as a repeated announcement is."""
    for _ in range(2):
        rig.play("ngan.wav", "again")
        rig.let(0.9)
    rig.heard.wait(PlayerEnded, where=lambda _e: len(rig.heard.all(PlayerEnded)) == 2)
    assert [e.ending for e in rig.heard.all(PlayerEnded)] == [Ending.FINISHED] * 2


def test_stopping_what_never_played_still_answers(rig: Rig) -> None:
    """A stop for a key that is not known is answered, so that nobody waits for ever."""
    rig.stop("unknown")
    assert rig.heard.wait(PlayerEnded) == PlayerEnded(
        key="unknown", ending=Ending.STOPPED, played_ms=0
    )


def test_stopping_twice_ends_once(rig: Rig) -> None:
    """A second stop of the same key adds no second ending."""
    key = rig.play("dai.wav")
    rig.let(0.5)
    rig.stop(key)
    rig.heard.wait(PlayerEnded)
    rig.stop(key)
    rig.let(0.2)
    assert len(rig.heard.all(PlayerEnded)) == 1


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("missing.mp3", "không có tệp missing.mp3"),
        ("folder.mp3", "folder.mp3 là thư mục"),
        ("empty.mp3", "tệp empty.mp3 trống"),
        ("head-only.wav", "không có âm thanh phát được"),
    ],
)
def test_a_file_without_sound_fails_for_fake_and_real(rig: Rig, name: str, words: str) -> None:
    """What can never sound ends as failed, with the file's name and a sentence."""
    rig.play(name)
    ended = rig.heard.wait(PlayerEnded)
    assert (ended.ending, ended.played_ms) == (Ending.FAILED, 0)
    assert words in ended.why
    assert not rig.heard.all(PlayerStarted)


# --- what really sounds ----------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["la.wav", "la.mp3", "la.opus", "la.flac", "la.m4a"])
def test_what_sounds_is_what_was_ordered(real: Rig, sound: SoundServer, name: str) -> None:
    """Each format sounds with its own pitch, soon after the order, for its length, then silence."""
    with sound.recorder(SINK) as recorder:
        ordered_s = time.monotonic()
        real.play(name)
        ended = real.heard.wait(PlayerEnded)
        time.sleep(0.3)
        heard = recorder.stop().one_segment()
    assert ended.ending is Ending.FINISHED
    assert heard.frequency_hz == pytest.approx(440, abs=2)
    assert -0.02 <= heard.onset_mono_s - ordered_s <= 0.25
    assert heard.length_s == pytest.approx(2.0, abs=0.12)
    assert ended.played_ms == pytest.approx(heard.length_s * 1000, abs=150)


@pytest.mark.parametrize("name", ["la.wav", "la.mp3", "la.opus", "la.flac"])
def test_a_play_can_begin_inside(real: Rig, sound: SoundServer, name: str) -> None:
    """Begun one second in, a file of two seconds sounds for one."""
    with sound.recorder(SINK) as recorder:
        real.play(name, from_ms=1_000)
        ended = real.heard.wait(PlayerEnded)
        time.sleep(0.2)
        heard = recorder.stop().one_segment()
    assert heard.length_s == pytest.approx(1.0, abs=0.12)
    assert ended.played_ms == pytest.approx(1_000, abs=120)


def test_a_play_beyond_the_end_fails(real: Rig) -> None:
    """Begun after its end, a file fails, and the sentence says how long it is."""
    real.play("la.wav", from_ms=9_000)
    ended = real.heard.wait(PlayerEnded)
    assert (ended.ending, ended.played_ms) == (Ending.FAILED, 0)
    assert "dài 2.0 giây" in ended.why


def test_the_volume_law_holds_at_the_sink(real: Rig, sound: SoundServer) -> None:
    """Percent is amplitude: 100, 50, 20 and 10 % are 0, -6, -14 and -20 dB, soon, and never louder before."""
    with sound.recorder(SINK) as recorder:
        for volume_pct in (100, 50, 20, 10):
            key = real.play("la.wav", f"at {volume_pct}", volume_pct=volume_pct)
            time.sleep(0.6)
            real.stop(key)
            time.sleep(0.2)
        recording = recorder.stop()
    heard = recording.segments(-70)
    assert len(heard) == 4
    full_dbfs = -9.0  # a sine of half amplitude
    for segment, below_db in zip(heard, (0.0, 6.0, 14.0, 20.0), strict=True):
        assert segment.level_dbfs == pytest.approx(full_dbfs - below_db, abs=1)
        risen_s = segment.onset_mono_s + 0.04
        first = recording.level_dbfs(segment.onset_mono_s, risen_s)
        assert first <= full_dbfs - below_db + 1
        then = recording.level_dbfs(risen_s, risen_s + 0.04)
        assert then == pytest.approx(full_dbfs - below_db, abs=1)


def test_the_volume_of_a_running_play_changes(real: Rig, sound: SoundServer) -> None:
    """A new volume is heard within 200 ms, and one for another key changes nothing."""
    with sound.recorder(SINK) as recorder:
        key = real.play("dai.wav", volume_pct=50)
        time.sleep(0.7)
        real.player.obey(SetPlayVolume(key="other", volume_pct=1))
        time.sleep(0.4)
        changed_s = time.monotonic()
        real.player.obey(SetPlayVolume(key=key, volume_pct=5))
        time.sleep(0.7)
        recording = recorder.stop()
    assert recording.level_dbfs(changed_s - 0.3, changed_s - 0.05) == pytest.approx(-15, abs=1)
    assert recording.level_dbfs(changed_s + 0.2, changed_s + 0.6) == pytest.approx(-35, abs=1)


def test_a_content_is_raised_by_its_static_gain(
    sound: SoundServer, files: SoundFiles, warm_player: tuple[Player, list[Heard]]
) -> None:
    """+6 dB of static gain at 50 % sounds like 100 %."""
    heard = Heard()
    player = Player(heard.post, lambda _source: files.folder / "la.wav", SINK, sound.server)
    player.start()
    try:
        with sound.recorder(SINK) as recorder:
            source = FromContent(Sha256("0" * 64), gain_db=6.0)
            player.obey(StartPlay(key="k", source=source, from_ms=0, volume_pct=50))
            heard.wait(PlayerStarted)
            time.sleep(0.3)
            segment = recorder.stop().one_segment()
    finally:
        player.close()
    assert segment.level_dbfs == pytest.approx(-9, abs=1)


def test_the_arithmetic_of_volume() -> None:
    """Amplitude, gain and their limit; libVLC's scale is the cube root."""
    assert amplitude_of(50, 0) == pytest.approx(0.5)
    assert amplitude_of(50, 6.02) == pytest.approx(1.0, rel=1e-3)
    assert amplitude_of(100, 40) == pytest.approx(10 ** (12 / 20))
    assert amplitude_of(0, 24) == 0
    assert [volume_of(a) for a in (0.0, 0.125, 1.0, 3.98)] == [0, 50, 100, 158]
    ramp = Ramp(10.0, 10.2, 0.8, 0, then_stop=True)
    amplitudes = [ramp.amplitude_at(s) for s in (10.0, 10.1, 10.2, 99.0)]
    assert amplitudes == pytest.approx([0.8, 0.4, 0, 0])


def test_a_stop_fades(real: Rig, sound: SoundServer) -> None:
    """A fade of 250 ms falls steadily and is over in time; a longer one is cut to 300 ms."""
    for asked_ms, longest_s in ((250, 0.33), (5_000, 0.38)):
        with sound.recorder(SINK) as recorder:
            key = real.play("dai.wav", volume_pct=100)
            time.sleep(0.8)
            stopped_s = time.monotonic()
            real.stop(key, asked_ms)
            time.sleep(0.6)
            recording = recorder.stop()
        (heard,) = recording.segments(-70)
        assert 0.15 <= heard.end_mono_s - stopped_s <= longest_s
        loud, falling, low = (  # counted back from its end: when it began is the machine's affair
            recording.level_dbfs(heard.end_mono_s - t, heard.end_mono_s - t + 0.04)
            for t in (0.22, 0.14, 0.06)
        )
        assert loud > falling + 1
        assert falling > low + 1


def test_a_new_play_silences_the_old_one_at_once(real: Rig, sound: SoundServer) -> None:
    """From order to first sample of the new play less than 250 ms pass, and nothing of the old one remains."""
    with sound.recorder(SINK) as recorder:
        real.play("dai.wav", "old", volume_pct=100)
        time.sleep(1.0)
        ordered_s = time.monotonic()
        real.play("si.wav", "new", volume_pct=100)
        time.sleep(1.0)
        recording = recorder.stop()
    assert recording.frequency_hz(ordered_s - 0.6, ordered_s) == pytest.approx(440, abs=3)
    after = [recording.frequency_hz(ordered_s + t, ordered_s + t + 0.1) for t in (0.25, 0.5, 0.8)]
    assert after == [pytest.approx(880, abs=10)] * 3


def test_a_pre_emption_does_not_click(real: Rig, sound: SoundServer) -> None:
    """Where one play ends in the middle of a wave and another begins, nothing is louder or steeper than both."""
    amplitude = 0.5
    nominal = (
        amplitude * 2 * np.pi * 880 / RATE_HZ
    )  # from one sample to the next, at the higher of both
    steepest: list[float] = []
    seams_s: list[float] = []
    with sound.recorder(SINK) as recorder:
        for number in range(4):
            real.play("dai.wav", f"old {number}", volume_pct=100)
            time.sleep(0.4 + 0.0037 * number)
            seams_s.append(time.monotonic())
            real.play("si.wav", f"new {number}", volume_pct=100)
            time.sleep(0.4)
        recording = recorder.stop()
    for ordered_s in seams_s:
        at = round((ordered_s - 0.05 - recording.zero_mono_s) * RATE_HZ)
        seam = recording.samples[at : at + RATE_HZ * 35 // 100].astype(float) / 32_768
        assert np.abs(seam).max() < amplitude * 1.06
        steepest.append(float(np.abs(np.diff(seam)).max()))
    # Without fades it is 8 times the nominal; a machine that is busy makes a fade coarser now and then.
    assert statistics.median(steepest) < 2.5 * nominal


@pytest.mark.parametrize("name", ["la.wav", "la.mp3", "la.opus"])
def test_the_last_second_of_a_file_can_be_stopped_too(
    real: Rig, sound: SoundServer, name: str
) -> None:
    """When all of a file lies in the sound server's buffer already, a stop still silences it."""
    with sound.recorder(SINK) as recorder:
        key = real.play(name)
        time.sleep(1.5)
        stopped_s = time.monotonic()
        real.stop(key)
        time.sleep(0.8)
        heard = recorder.stop().one_segment()
    assert heard.end_mono_s - stopped_s < 0.25
    assert real.heard.wait(PlayerEnded).ending is Ending.STOPPED


# --- the way of the sound, without a sound -------------------------------------------------------------


def test_the_way_of_the_sound_is_looked_at_in_silence(rig: Rig) -> None:
    """Asked to inspect, the player says whether a sound would reach the loudspeaker, and posts nothing else."""
    rig.player.obey(Inspect(of="slot/1", contents=()))
    found = rig.heard.wait(Inspected)
    assert found == Inspected(of="slot/1", checks=(Check(name="sound-path", ok=True),))
    assert rig.heard.events == [found]


def test_a_muted_or_missing_output_is_found(real: Rig, sound: SoundServer) -> None:
    """An output that is muted, at zero or gone is named before anybody waits for sound in vain."""
    environment = {**os.environ, **sound.environment}

    def pactl(*words: str) -> None:
        subprocess.run(["pactl", *words], env=environment, check=True, timeout=10)

    assert sink_trouble(SINK, environment) == ""
    assert "không có ngõ ra ghe" in sink_trouble("ghe", environment)
    for word, bad, good, why in (
        ("set-sink-mute", "1", "0", "tắt tiếng"),
        ("set-sink-volume", "0%", "100%", "âm lượng"),
    ):
        pactl(word, SINK, bad)
        try:
            assert why in sink_trouble(SINK, environment)
        finally:
            pactl(word, SINK, good)
    assert sink_trouble(SINK, environment) == ""


# --- bad files -------------------------------------------------------------------------------------


@pytest.mark.refusal_twin(36)
@pytest.mark.refusal(36)
@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("missing.mp3", "không có tệp missing.mp3"),
        ("folder.mp3", "folder.mp3 là thư mục"),
        ("empty.mp3", "tệp empty.mp3 trống"),
        ("random.mp3", "random.mp3 không phải tệp âm thanh nào được biết"),
        ("text.mp3", "text.mp3 là văn bản"),
        ("head-only.wav", "head-only.wav mở đầu như tệp WAV"),
        ("cut.opus", "cut.opus mở đầu như tệp Ogg"),
        ("cut.m4a", "cut.m4a mở đầu như tệp MP4"),
    ],
)
def test_a_bad_file_fails_and_the_next_one_sounds(
    real: Rig, sound: SoundServer, name: str, words: str
) -> None:
    """Each kind of bad file fails with a sentence of its own, makes no sound, and spoils nothing after it."""
    with sound.recorder(SINK) as recorder:
        real.play(name, "bad")
        bad = real.heard.wait(PlayerEnded)
        real.play("la.wav", "good")
        real.heard.wait(PlayerStarted)
        time.sleep(0.2)
        real.stop("good")
        time.sleep(0.2)
        heard = recorder.stop().one_segment()
    assert (bad.key, bad.ending, bad.played_ms) == ("bad", Ending.FAILED, 0)
    assert words in bad.why
    assert [e.key for e in real.heard.all(PlayerStarted)] == ["good"]
    assert heard.frequency_hz == pytest.approx(440, abs=3)
    assert not real.heard.all(HandFailed)


def test_a_file_cut_in_half_plays_what_it_has_and_says_so(real: Rig, sound: SoundServer) -> None:
    """A half of an MP3 finishes with what it really played and the reason why that is less."""
    with sound.recorder(SINK) as recorder:
        real.play("cut.mp3")
        ended = real.heard.wait(PlayerEnded)
        time.sleep(0.2)
        heard = recorder.stop().one_segment()
    assert ended.ending is Ending.FINISHED
    assert heard.length_s == pytest.approx(1.0, abs=0.2)
    assert ended.played_ms == pytest.approx(heard.length_s * 1000, abs=250)
    assert "hỏng hoặc bị cắt" in ended.why


def test_what_the_shelf_raises_is_the_plays_failure(sound: SoundServer) -> None:
    """A locator that raises fails this play with its own words, not the hand."""

    def locate(_source: object) -> Path:
        raise FileNotFoundError("nội dung chưa tải về")

    heard = Heard()
    player = Player(heard.post, locate, SINK, sound.server)
    player.obey(StartPlay(key="k", source=FromVoice(ref="x"), from_ms=0, volume_pct=50))
    assert heard.events == [
        PlayerEnded(key="k", ending=Ending.FAILED, played_ms=0, why="nội dung chưa tải về")
    ]
    player.close()


# --- an engine that breaks -------------------------------------------------------------------------


@pytest.fixture
def own(sound: SoundServer, files: SoundFiles) -> Iterator[tuple[Rig, Player]]:
    """A player of the test's own, to be ill-treated."""
    heard = Heard()
    player = Player(heard.post, files.locate, SINK, sound.server)
    player.start()
    yield Rig(player, heard, time.sleep), player
    player.close()


def test_a_killed_engine_fails_its_play_and_the_next_one_sounds(
    own: tuple[Rig, Player], sound: SoundServer
) -> None:
    """After kill -9 the play has failed, the hand failed and recovered, and the next order sounds."""
    rig, player = own
    begun_s = time.monotonic()
    rig.play("dai.wav", "first")
    rig.heard.wait(PlayerStarted)
    pid = player.engine_pid
    assert pid is not None
    with sound.recorder(SINK) as recorder:
        time.sleep(1.2)
        killed_s = time.monotonic()
        os.kill(pid, signal.SIGKILL)
        ended = rig.heard.wait(PlayerEnded)
        assert (ended.key, ended.ending) == ("first", Ending.FAILED)
        rig.play("si.wav", "second")
        rig.heard.wait(PlayerStarted, where=lambda e: e.key == "second")
        time.sleep(0.3)
        last = recorder.stop().segments()[-1]
    assert "tín hiệu 9" in rig.heard.wait(HandFailed).why
    assert rig.heard.all(HandRecovered) == [HandRecovered(hand="player")]
    assert last.frequency_hz == pytest.approx(880, abs=5)
    assert last.onset_mono_s - killed_s < 3  # 0.4 s where nobody else needs the machine
    assert ended.played_ms == pytest.approx((killed_s - begun_s) * 1000, abs=400)
    assert player.engine_pid != pid


def test_a_hung_engine_is_replaced(own: tuple[Rig, Player]) -> None:
    """An engine that stops answering while it plays is killed and replaced within seconds."""
    rig, player = own
    rig.play("dai.wav")
    rig.heard.wait(PlayerStarted)
    pid = player.engine_pid
    assert pid is not None
    os.kill(pid, signal.SIGSTOP)
    ended = rig.heard.wait(PlayerEnded, 10)
    assert ended.ending is Ending.FAILED
    assert "treo" in ended.why
    rig.heard.wait(HandRecovered, 10)
    assert player.engine_pid not in {None, pid}


def test_an_order_that_the_engine_never_read_is_given_again(own: tuple[Rig, Player]) -> None:
    """An engine that dies between an order and its first word costs the order nothing but time."""
    rig, player = own
    pid = player.engine_pid
    assert pid is not None
    os.kill(pid, signal.SIGSTOP)
    key = rig.play("la.wav")
    os.kill(pid, signal.SIGKILL)
    assert rig.heard.wait(PlayerStarted).key == key
    assert not rig.heard.all(PlayerEnded)


def test_a_sound_server_that_comes_late_or_dies_is_survived(files: SoundFiles) -> None:
    """Without a sound server the hand has failed; it recovers when there is one, and again after its death."""
    with SoundServer((SINK,)) as server:
        server.stop()
        heard = Heard()
        player = Player(heard.post, files.locate, SINK, server.server)
        rig = Rig(player, heard, time.sleep)
        try:
            player.start()
            assert "máy chủ âm thanh" in heard.wait(HandFailed).why
            server.start()
            heard.wait(HandRecovered, 15)
            rig.play("dai.wav", "cut short")
            heard.wait(PlayerStarted)
            server.stop()
            ended = heard.wait(PlayerEnded)
            assert (ended.ending, ended.key) == (Ending.FAILED, "cut short")
            assert "máy chủ âm thanh" in ended.why
            server.start()
            heard.wait(HandRecovered, 15, where=lambda _e: len(heard.all(HandRecovered)) == 2)
            with server.recorder() as recorder:
                rig.play("la.wav", "after")
                heard.wait(PlayerStarted, where=lambda e: e.key == "after")
                segment = recorder.stop().one_segment()
            assert segment.frequency_hz == pytest.approx(440, abs=5)
        finally:
            player.close()


def test_the_engine_ends_with_its_standard_input(sound: SoundServer) -> None:
    """An engine whose player is gone ends by itself."""
    done = subprocess.run(
        [sys.executable, "-m", "edge.adapters.engine"],
        env={**os.environ, **sound.environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
        timeout=20,
    )
    assert (done.returncode, done.stdout[:14]) == (0, b'{"say":"ready"')


def test_nothing_is_said_after_closing(own: tuple[Rig, Player], sound: SoundServer) -> None:
    """Closing silences at once and posts nothing."""
    rig, player = own
    with sound.recorder(SINK) as recorder:
        rig.play("dai.wav")
        rig.heard.wait(PlayerStarted)
        said = len(rig.heard.events)
        closed_s = time.monotonic()
        player.close()
        time.sleep(0.3)
        heard = recorder.stop().one_segment()
    assert heard.end_mono_s - closed_s < 0.3
    assert len(rig.heard.events) == said
