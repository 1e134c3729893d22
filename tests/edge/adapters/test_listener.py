"""The listener: what it says of a sink agrees with a recording of the same sink."""

import math
import os
import signal
import time
from array import array
from collections.abc import Iterator
from itertools import pairwise

import pytest

from edge.adapters.fake import FakeListener, FakePlayer
from edge.adapters.hearing import BLOCK_SAMPLES, RATE_HZ, Hearing, SampleClock
from edge.adapters.listener import Listener
from edge.core.events import HandFailed, HandRecovered, SoundMeasured
from edge.core.orders import StartPlay
from edge.core.sound import FromVoice
from provisioning.rehearsal.sound import SoundServer
from tests.edge.adapters.conftest import wav_length_ms
from tests.edge.adapters.rig import Heard, Rig, SoundFiles

SINK = "loa"
BLOCK_S = BLOCK_SAMPLES / RATE_HZ


def sine(seconds: float, amplitude: float) -> bytes:
    swings = (math.sin(2 * math.pi * 440 * i / RATE_HZ) for i in range(round(seconds * RATE_HZ)))
    return array("h", (round(32_767 * amplitude * swing) for swing in swings)).tobytes()


def hear(*parts: tuple[float, float]) -> list[SoundMeasured]:
    """Let a new hearing take in stretches of (seconds, amplitude), block by block, as time passes from 100.0."""
    hearing, measured = Hearing(), list[SoundMeasured]()
    data = b"".join(sine(seconds, amplitude) for seconds, amplitude in parts)
    step = BLOCK_SAMPLES * 2
    for i in range(0, len(data), step):
        arrived_s = 100.0 + (i + step) / 2 / RATE_HZ
        measured += hearing.hear(data[i : i + step], arrived_s)
    return measured


# --- from samples to measurements ------------------------------------------------------------------


def test_silence_is_not_reported() -> None:
    """Digital silence, and noise below -60 dBFS, say nothing."""
    assert hear((5, 0)) == []
    assert hear((5, 0.0009)) == []


def test_an_onset_is_told_at_once_and_to_the_sample() -> None:
    """The first block with sound is reported, with the instant of its first loud sample."""
    first = hear((0.5034, 0), (0.3, 0.5))[0]
    assert first.onset_mono_s == pytest.approx(100.5034, abs=0.001)
    assert first.until_mono_s == pytest.approx(100.51, abs=0.0011)
    assert first.sounded_ms == first.span_ms <= 10


def test_sound_is_measured_every_second_and_at_its_end() -> None:
    """2.5 s of sound make four reports, whose spans join without gap and sum up to its length."""
    told = hear((0.5, 0), (2.5, 0.5), (1, 0))
    assert [one.onset_mono_s is not None for one in told] == [True, False, False, False]
    assert sum(one.sounded_ms for one in told) == pytest.approx(2_500, abs=10)
    for before, after in pairwise(told):
        assert after.until_mono_s - after.span_ms / 1000 == pytest.approx(
            before.until_mono_s, abs=0.001
        )
    assert told[-1].until_mono_s == pytest.approx(103.0, abs=0.011)


def test_levels_are_rms_of_full_scale() -> None:
    """A sine of half amplitude is -9 dBFS, one of a twentieth -29 dBFS."""
    for amplitude, level_dbfs in ((0.5, -9.03), (0.05, -29.03)):
        levels = [one.level_dbfs for one in hear((0.2, 0), (2.2, amplitude), (0.5, 0))][1:]
        assert levels == [pytest.approx(level_dbfs, abs=0.3)] * len(levels)


def test_a_breath_is_sound_and_a_rest_is_not() -> None:
    """A pause under 0.8 s between sounds is counted with them; a longer one is not; each begins anew."""
    breath = hear((0.5, 0), (1, 0.5), (0.6, 0), (1, 0.5), (1, 0))
    rest = hear((0.5, 0), (1, 0.5), (1.2, 0), (1, 0.5), (1, 0))
    assert sum(one.sounded_ms for one in breath) == pytest.approx(2_600, abs=20)
    assert sum(one.sounded_ms for one in rest) == pytest.approx(2_000, abs=20)
    for told in (breath, rest):
        assert len([one for one in told if one.onset_mono_s is not None]) == 2


def test_a_gap_inside_a_word_is_no_new_onset() -> None:
    """Sound after less than 200 ms of silence belongs to what went before."""
    told = hear((0.5, 0), (0.5, 0.5), (0.15, 0), (0.5, 0.5), (1, 0))
    assert len([one for one in told if one.onset_mono_s is not None]) == 1
    assert sum(one.sounded_ms for one in told) == pytest.approx(1_150, abs=20)


def test_late_arrivals_do_not_shift_the_clock_and_drift_does() -> None:
    """The earliest arrival counts; when the card runs slow the mapping follows within 20 s."""
    clock = SampleClock()
    for i in range(1, 6_000):
        late_s = 0.0 if i % 7 == 0 else 0.03
        clock.arrived(i * BLOCK_SAMPLES, 50 + i * BLOCK_S + late_s)
        assert i < 8 or clock.mono_s(i * BLOCK_SAMPLES) == pytest.approx(50 + i * BLOCK_S)
    for i in range(6_000, 9_000):
        clock.arrived(i * BLOCK_SAMPLES, 50.2 + i * BLOCK_S)
    assert clock.mono_s(9_000 * BLOCK_SAMPLES) == pytest.approx(50.2 + 90)


# --- at a real sink --------------------------------------------------------------------------------


@pytest.fixture
def listening(sound: SoundServer) -> Iterator[tuple[Listener, Heard]]:
    """A listener at the sink that the players use."""
    heard = Heard()
    listener = Listener(heard.post, f"{SINK}.monitor", sound.server)
    listener.start()
    time.sleep(0.5)
    yield listener, heard
    listener.close()


def test_the_listener_agrees_with_the_recorder(
    listening: tuple[Listener, Heard], real: Rig, sound: SoundServer
) -> None:
    """Onset within 20 ms, sounded seconds within 5 %, level within 1 dB; the onset is told within 150 ms."""
    _, heard = listening
    told_s: list[float] = []
    with sound.recorder(SINK) as recorder:
        key = real.play("dai.wav", volume_pct=50)
        heard.wait(SoundMeasured)
        told_s.append(time.monotonic())
        time.sleep(2.3)
        real.stop(key)
        time.sleep(0.6)
        (recorded,) = recorder.stop().segments()
    measured = heard.all(SoundMeasured)
    onsets = [one.onset_mono_s for one in measured if one.onset_mono_s is not None]
    assert onsets == [pytest.approx(recorded.onset_mono_s, abs=0.02)]
    assert told_s[0] - onsets[0] < 0.15
    sounded_s = sum(one.sounded_ms for one in measured) / 1000
    assert sounded_s == pytest.approx(recorded.length_s, rel=0.05)
    whole = [one.level_dbfs for one in measured if one.span_ms >= 900]
    assert whole == [pytest.approx(recorded.level_dbfs, abs=1)] * len(whole)
    assert whole


def test_a_silent_sink_is_not_talked_about(listening: tuple[Listener, Heard]) -> None:
    """While nothing plays, nothing is posted."""
    time.sleep(1.5)
    assert listening[1].events == []


def test_a_lost_tap_fails_the_hand_and_comes_back(
    listening: tuple[Listener, Heard], real: Rig
) -> None:
    """When its reader is killed the hand fails, recovers by itself, and hears again."""
    listener, heard = listening
    pid = listener.tap_pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    assert "đường nghe" in heard.wait(HandFailed).why
    heard.wait(HandRecovered)
    real.play("la.wav")
    assert heard.wait(SoundMeasured).onset_mono_s is not None


def test_a_monitor_that_does_not_exist_fails_once(sound: SoundServer) -> None:
    """A wrong name is said once and tried on in silence."""
    heard = Heard()
    listener = Listener(heard.post, "nowhere.monitor", sound.server)
    listener.start()
    assert "nowhere.monitor" in heard.wait(HandFailed).why
    time.sleep(1.0)
    listener.close()
    assert len(heard.events) == 1


# --- the fake hears the fake -----------------------------------------------------------------------


def test_the_fake_listener_hears_what_the_fake_player_plays(files: SoundFiles) -> None:
    """2 s at 50 % are an onset, two full seconds and -15 dBFS, in the time that is passed in."""
    heard = Heard()
    listener = FakeListener(heard.post, now_s=10.0)
    player = FakePlayer(heard.post, files.locate, wav_length_ms, listener, now_s=10.0)
    source = FromVoice(ref="la.wav")
    player.obey(StartPlay(key="k", source=source, from_ms=0, volume_pct=50))
    player.pass_time(15.0)
    measured = heard.all(SoundMeasured)
    assert measured[0].onset_mono_s == 10.0
    assert sum(one.sounded_ms for one in measured) == 2_000
    assert measured[-1].until_mono_s == pytest.approx(12.0)
    assert {round(one.level_dbfs or 0) for one in measured} == {-15}
