"""The microphone: it hears what the sink sounded through a room, and hears nothing where nothing came through."""

import math
import os
import random
import signal
import subprocess
import time
import wave
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
import pytest

from edge.adapters.fake_microphone import FakeMicrophone
from edge.adapters.hearing import RATE_HZ, Meter, SampleClock
from edge.adapters.likeness import HOP_S, Envelope, correlation, is_flat, level_dbfs
from edge.adapters.listener import Listener
from edge.adapters.microphone import Comparing, Microphone
from edge.core.events import HandFailed, HandRecovered, SoundHeard, SoundMeasured
from provisioning.rehearsal.sound import SoundServer
from tests.edge.adapters.rig import Heard

Samples = npt.NDArray[np.float64]
HOP: Final = round(RATE_HZ * HOP_S)
LUMP: Final = RATE_HZ // 4
SINK, ROOM, DEAD_ROOM = "loa", "khac", "phong-cam"
BEGAN_S: Final = 1_000.0
HEARD, UNHEARD = 0.5, 0.45  # what a judge of `likeness` may rely on


def noise(seconds: float, rms: float, seed: int) -> Samples:
    return np.random.default_rng(seed).normal(0, rms, round(seconds * RATE_HZ))


def speech(seconds: float, seed: int, rms: float = 3_000.0) -> Samples:
    """Return noise with the rhythm of speech: syllables of uneven loudness in phrases, pauses between them."""
    draw = random.Random(seed)
    hops: list[float] = []
    while len(hops) * HOP_S < seconds:
        hops += [rms * math.exp(draw.gauss(0, 0.8)) for _ in range(draw.randrange(8, 30))]
        hops += [0.0] * draw.randrange(2, 7)
    loud = np.repeat(np.array(hops[: round(seconds / HOP_S)]), HOP)
    spoken: Samples = noise(len(loud) / RATE_HZ, 1.0, seed + 1) * loud
    return spoken


def tone(seconds: float, amplitude: float = 8_000.0) -> Samples:
    return np.multiply(amplitude, np.sin(math.tau * 440 / RATE_HZ * np.arange(seconds * RATE_HZ)))


def silence(seconds: float) -> Samples:
    return np.zeros(round(seconds * RATE_HZ))


def joined(*parts: Samples) -> Samples:
    return np.concatenate(parts)


def room(
    sounded: Samples, *, gain_db: float = -30.0, delay_s: float = 0.3, rms: float = 10.0
) -> Samples:
    """Return what a microphone hears: quieter, later, with an echo, the room's noise and a card's offset."""
    late = joined(silence(delay_s), sounded)[: len(sounded)]
    echo = joined(silence(delay_s + 0.08), sounded)[: len(sounded)]
    return 10 ** (gain_db / 20) * (late + 0.4 * echo) + noise(len(sounded) / RATE_HZ, rms, 77) + 40


def judged(sounded: Samples, heard: Samples) -> list[SoundHeard]:
    """Let time pass from `BEGAN_S`: the sink's loudness and the microphone's samples come in lump by lump."""
    envelope, clock = Envelope(), SampleClock()
    meter, comparing = Meter(clock), Comparing(envelope)
    said: list[SoundHeard] = []
    for start in range(0, len(sounded), LUMP):
        now_s = BEGAN_S + (start + LUMP) / RATE_HZ
        clock.arrived(start + LUMP, now_s)
        meter.hear(as_bytes(sounded[start : start + LUMP]), envelope)
        for one in comparing.hear(as_bytes(heard[start : start + LUMP]), now_s):
            assert isinstance(one, SoundHeard)
            said.append(one)
    return said


def as_bytes(samples: Samples) -> bytes:
    return np.clip(samples, -32_768, 32_767).astype("<i2").tobytes()


def sure(said: list[SoundHeard]) -> list[float]:
    return [one.likeness for one in said if one.likeness is not None]


# --- the parts -------------------------------------------------------------------------------------


def test_correlation_knows_no_gain_and_no_steady_noise() -> None:
    """An envelope is fully like itself made quieter and raised by a constant, and fully unlike itself turned over."""
    one = [1.0, 5.0, 2.0, 8.0]
    assert correlation(one, [0.01 * a + 3 for a in one]) == pytest.approx(1)
    assert correlation(one, [-a for a in one]) == pytest.approx(-1)
    assert correlation(one, [4.0] * 4) == 0


def test_a_tone_is_flat_and_speech_is_not() -> None:
    """What hardly changes gives nothing to follow."""
    assert is_flat([100.0, 101.0, 99.0])
    assert is_flat([0.0, 0.0])
    assert not is_flat([100.0, 20.0, 60.0])


def test_level_is_rms_of_full_scale() -> None:
    """A tenth of full scale is -20 dBFS; digital silence and nothing at all have no level."""
    assert level_dbfs([3_276.8, 3_276.8]) == pytest.approx(-20)
    assert level_dbfs([0.0]) is None
    assert level_dbfs([]) is None


def test_an_envelope_forgets_and_leaves_gaps_open() -> None:
    """The last 25 s are known; a lost tenth is bridged, a longer gap and the time before are unknown."""
    envelope = Envelope()
    for hop in (100, 101, 103, 110):
        envelope.add(float(hop), hop * HOP_S)
    assert envelope.between(99, 104) == [None, 100.0, 101.0, 103.0, 103.0]
    assert envelope.between(103, 111) == [103.0, *[None] * 6, 110.0]
    assert envelope.end == 111
    envelope.add(1.0, 10_000 * HOP_S)
    assert envelope.between(9_000, 10_001)[:-1] == [None] * 1_000


def test_the_meter_takes_no_offset_for_sound() -> None:
    """A card's constant offset is not loudness; half an amplitude of sine is."""
    envelope, clock = Envelope(), SampleClock()
    clock.arrived(RATE_HZ, BEGAN_S + 1)
    Meter(clock).hear(as_bytes(silence(0.5) + 500) + as_bytes(tone(0.5) + 500), envelope)
    first = round(BEGAN_S / HOP_S) + 1
    assert envelope.between(first, first + 5) == [0.0] * 5
    assert envelope.between(first + 5, first + 10) == [pytest.approx(8_000 / 2**0.5, rel=0.02)] * 5


# --- rooms made by hand ----------------------------------------------------------------------------


def test_speech_is_heard_through_a_room() -> None:
    """30 dB quieter, 300 ms later, with echo and noise, it is told every 2 s or so that it is heard, and how loud."""
    sounded = joined(silence(3), speech(20, 5), silence(3))
    said = judged(sounded, room(sounded))
    assert len(said) >= 8
    assert min(sure(said)) > HEARD
    assert len(sure(said)) == len(said)
    assert sum(one.span_ms for one in said) == pytest.approx(20_000, abs=1_500)
    assert {one.level_dbfs is not None and -60 < one.level_dbfs < -40 for one in said} == {True}
    assert said[0].until_mono_s == pytest.approx(BEGAN_S + 5, abs=0.8)
    assert said[-1].until_mono_s == pytest.approx(BEGAN_S + 23, abs=0.3)


@pytest.mark.parametrize("seed", range(6))
def test_noise_as_loud_as_speech_does_not_drown_it(seed: int) -> None:
    """With steady noise of the same level as what comes through, most of it is still recognised."""
    sounded = joined(silence(3), speech(20, 10 * seed), silence(1))
    loud = float(np.sqrt(np.mean(np.square(sounded[3 * RATE_HZ : -RATE_HZ]))))
    said = judged(sounded, room(sounded, rms=loud * 10 ** (-30 / 20)))
    assert np.mean([one > HEARD for one in sure(said)]) > 0.7


@pytest.mark.parametrize("seed", range(6))
def test_other_sound_is_not_taken_for_ours(seed: int) -> None:
    """Somebody else's speech at the microphone, as loud as ours would be, is unlike what the sink sounds."""
    sounded = joined(silence(3), speech(20, 10 * seed), silence(1))
    other = joined(silence(2), speech(21, 1_000 + seed), silence(1))
    said = sure(judged(sounded, room(other)))
    assert np.median(said) < UNHEARD
    assert np.mean([one > HEARD for one in said]) < 0.35


def test_a_dead_amplifier_is_heard_as_nothing() -> None:
    """The sink sounds and the room keeps its noise, or the microphone gives digital silence: no likeness."""
    sounded = joined(silence(3), speech(12, 5), silence(1))
    for heard in (noise(16, 20, 9), silence(16)):
        said = sure(judged(sounded, heard))
        assert len(said) >= 4
        assert max(said) < UNHEARD


def test_a_steady_tone_is_judged_by_the_rise() -> None:
    """A tone gives nothing to follow: well above the learnt noise it is heard, not above it at all it is not."""
    sounded = joined(silence(4), tone(16), silence(1))
    assert min(sure(judged(sounded, room(sounded)))) > HEARD
    unheard = judged(sounded, noise(21, 10, 9))
    assert max(sure(unheard)) < UNHEARD
    assert unheard[-2].likeness == 0.0


def test_a_tone_in_a_room_nobody_knows_is_not_judged() -> None:
    """Where the tone sounds from the first moment on, no noise was learnt and nothing is said for sure."""
    sounded = tone(12)
    assert sure(judged(sounded, room(sounded))) == []
    assert len(judged(sounded, room(sounded))) >= 4


def test_a_tone_hardly_above_the_noise_is_not_judged() -> None:
    """A rise of some 2 dB could be a car passing by: None, once the onset is out of sight."""
    sounded = joined(silence(4), tone(16))
    heard = joined(noise(4, 10, 3), noise(16, 12.6, 4))
    assert [one.likeness for one in judged(sounded, heard)[-2:]] == [None, None]


def test_silence_is_not_talked_about() -> None:
    """While the sink is silent nothing is said, however loud the room is."""
    assert judged(silence(10), speech(10, 3)) == []


def test_a_short_notice_is_judged_when_it_is_over() -> None:
    """Of 1.5 s of sound one judgement comes, within a second and a half of its end."""
    sounded = joined(silence(5), speech(1.5, 2), silence(4))
    [one] = judged(sounded, room(sounded))
    assert one.until_mono_s == pytest.approx(BEGAN_S + 6.5, abs=0.3)
    assert one.likeness is not None
    assert one.likeness > HEARD


# --- a real sound server ---------------------------------------------------------------------------


@pytest.fixture
def wav(tmp_path: Path) -> Path:
    """A sound file with the rhythm of speech."""
    file = tmp_path / "nói.wav"
    with wave.open(str(file), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(RATE_HZ)
        out.writeframes(as_bytes(speech(4, 3)))
    return file


def pactl(sound: SoundServer, *words: str) -> str:
    told = subprocess.run(
        ["pactl", *words],
        env={**os.environ, **sound.environment},
        capture_output=True,
        check=True,
        text=True,
    )
    return told.stdout.strip()


@pytest.fixture
def air(sound: SoundServer) -> Iterator[str]:
    """The way from the loudspeaker to a room, 300 ms long and quieter; beside it a room that no sound comes to."""
    modules = [
        pactl(sound, "load-module", "module-null-sink", f"sink_name={DEAD_ROOM}"),
        pactl(
            sound,
            *("load-module", "module-loopback", f"source={SINK}.monitor", f"sink={ROOM}"),
            *("latency_msec=300", "source_dont_move=true", "sink_dont_move=true"),
        ),
    ]
    way = pactl(sound, "list", "short", "sink-inputs").splitlines()[-1].split()[0]
    pactl(sound, "set-sink-input-volume", way, "-20dB")
    yield ROOM
    for module in reversed(modules):
        pactl(sound, "unload-module", module)


@pytest.fixture
def envelope(sound: SoundServer) -> Iterator[Envelope]:
    """What a listener at the sink hears."""
    filled = Envelope()
    listener = Listener(lambda _: None, f"{SINK}.monitor", sound.server, envelope=filled)
    listener.start()
    yield filled
    listener.close()


@contextmanager
def microphone(
    sound: SoundServer, room: str, envelope: Envelope
) -> Iterator[tuple[Microphone, Heard]]:
    """A microphone in a room."""
    heard = Heard()
    hand = Microphone(heard.post, f"{room}.monitor", envelope, sound.server)
    hand.start()
    yield hand, heard
    hand.close()


def play(sound: SoundServer, file: Path) -> None:
    """Sound a file at the sink, to its end."""
    subprocess.run(
        ["paplay", f"--device={SINK}", str(file)],
        env={**os.environ, **sound.environment},
        check=True,
        timeout=40,
    )


def test_a_real_room_is_heard_and_a_dead_one_is_not(
    sound: SoundServer, air: str, envelope: Envelope, wav: Path
) -> None:
    """Through a loopback of a real sound server likeness is high; where nothing comes through it is low."""
    with (
        microphone(sound, air, envelope) as (_, in_the_room),
        microphone(sound, DEAD_ROOM, envelope) as (_, elsewhere),
    ):
        time.sleep(2.5)
        play(sound, wav)
        heard, unheard = (
            one.wait(SoundHeard, 20, lambda said: said.likeness is not None)
            for one in (in_the_room, elsewhere)
        )
    assert heard.likeness is not None
    assert unheard.likeness is not None
    assert unheard.likeness < UNHEARD < HEARD < heard.likeness


def test_a_lost_microphone_fails_the_hand_and_comes_back(
    sound: SoundServer, envelope: Envelope
) -> None:
    """When its reader is killed the hand fails with advice, and recovers by itself."""
    with microphone(sound, ROOM, envelope) as (hand, heard):
        limit_s = time.monotonic() + 10
        while hand.tap_pid is None and time.monotonic() < limit_s:
            time.sleep(0.05)
        assert hand.tap_pid is not None
        os.kill(hand.tap_pid, signal.SIGKILL)
        failed = heard.wait(HandFailed)
        assert failed.hand == "microphone"
        assert "kiểm tra micro" in failed.why
        assert heard.wait(HandRecovered).hand == "microphone"


# --- the fake --------------------------------------------------------------------------------------


def test_the_fake_microphone_hears_what_the_fake_listener_measured() -> None:
    """Each measured second is passed on and heard; deaf, it is heard as nothing; other events only pass."""
    heard = Heard()
    fake = FakeMicrophone(heard.post)
    second = SoundMeasured(sounded_ms=1_000, level_dbfs=-15, onset_mono_s=None, until_mono_s=11.0)
    for deaf in (False, True):
        fake.deaf = deaf
        fake.post(second)
    fake.post(HandRecovered(hand="listener"))
    assert heard.all(SoundMeasured) == [second, second]
    first, last = heard.all(SoundHeard)
    assert (first.span_ms, first.until_mono_s, first.level_dbfs) == (1_000, 11.0, -45)
    assert first.likeness is not None
    assert last.likeness is not None
    assert last.likeness < UNHEARD < HEARD < first.likeness
    assert len(heard.events) == 5
