"""The tones: ours, ready before they are needed, the same everywhere."""

import hashlib
import io
import wave
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from contract.documents import Tone
from edge.adapters.tones import (
    HIGH_HZ,
    LOW_HZ,
    MIDDLE_HZ,
    RATE_HZ,
    SHA256,
    TUNES,
    length_ms,
    place_tones,
    tone_path,
    wav_of,
)
from provisioning.rehearsal.sound import SoundServer
from tests.edge.adapters.rig import Rig

SINK = "loa"


def samples(tone: Tone) -> npt.NDArray[np.float64]:
    """Return a tone's samples as parts of full scale."""
    with wave.open(io.BytesIO(wav_of(tone))) as file:
        return np.frombuffer(file.readframes(file.getnframes()), dtype="<i2") / 32_768


def test_every_tone_but_none_is_placed(tmp_path: Path) -> None:
    """Each tone that a document can name lies ready as a WAV file of its length."""
    placed = place_tones(tmp_path / "tones")
    assert set(placed) == set(Tone) - {Tone.NONE}
    for tone, path in placed.items():
        assert path == tone_path(tmp_path / "tones", tone)
        with wave.open(str(path), "rb") as file:
            frames, rate_hz = file.getnframes(), file.getframerate()
        assert frames / rate_hz * 1000 == pytest.approx(length_ms(tone), abs=1)
    assert length_ms(Tone.NONE) == 0


def test_tones_are_the_same_bytes_each_time() -> None:
    """A tone is made of the very bytes that were agreed; a change of them is a decision."""
    for tone in TUNES:
        assert hashlib.sha256(wav_of(tone)).hexdigest() == SHA256[tone]


def test_a_damaged_tone_is_made_again_and_a_good_one_is_left_alone(tmp_path: Path) -> None:
    """At each start what is missing or damaged is written; what is right is not touched."""
    placed = place_tones(tmp_path)
    good, bad = placed[Tone.ATTENTION], placed[Tone.ALL_CLEAR]
    before = good.stat().st_ino
    bad.write_bytes(b"RIFF")
    place_tones(tmp_path)
    assert bad.read_bytes() == wav_of(Tone.ALL_CLEAR)
    assert good.stat().st_ino == before
    assert {p.name for p in tmp_path.iterdir()} == {f"{tone.value}.wav" for tone in TUNES}


def test_no_tone_holds_an_alarm_receivers_pitches() -> None:
    """Neither 853 + 960 Hz nor 1050 Hz is near any note or its overtone."""
    for note in {note for tune in TUNES.values() for note in tune}:
        for pitch_hz in (note.pitch_hz, 2 * note.pitch_hz):
            assert all(abs(pitch_hz - alarm_hz) > 3 for alarm_hz in (853, 960, 1_050))


@pytest.mark.parametrize("tone", TUNES)
def test_no_tone_clicks(tone: Tone) -> None:
    """Each tone begins and ends at silence, jumps nowhere and never reaches full scale."""
    wave_form = samples(tone)
    assert np.abs(wave_form[:3]).max() < 0.01
    assert np.abs(wave_form[-3:]).max() < 0.01
    steepest = 2 * np.pi * 1_000 / RATE_HZ  # of a 1 kHz tone at full scale
    assert np.abs(np.diff(wave_form)).max() < steepest
    assert 0.4 < np.abs(wave_form).max() < 0.75


@pytest.mark.parametrize(
    ("tone", "duration_ms", "notes"),
    [
        (Tone.CHIME, 1_500, {0.05: HIGH_HZ, 0.45: MIDDLE_HZ, 0.85: LOW_HZ}),
        (Tone.END, 1_000, {0.05: MIDDLE_HZ, 0.4: LOW_HZ}),
        (Tone.CHECK, 1_000, {0.1: 1_000, 0.5: 1_000}),
    ],
)
def test_gongs_fall_and_the_check_is_1_khz(
    tone: Tone, duration_ms: int, notes: dict[float, float]
) -> None:
    """The chime is three falling notes, the end tone two, the check one steady 1 kHz."""
    wave_form = samples(tone)
    assert len(wave_form) == duration_ms * RATE_HZ // 1_000
    for at_s, pitch_hz in notes.items():
        cut = wave_form[round(at_s * RATE_HZ) :][: round(0.2 * RATE_HZ)]
        spectrum = np.abs(np.fft.rfft(cut * np.hanning(len(cut))))
        assert spectrum.argmax() * RATE_HZ / len(cut) == pytest.approx(pitch_hz, abs=6)


def test_a_gong_fades_and_the_check_does_not() -> None:
    """The end of a gong's last note is far softer than its beginning; the check tone holds its level."""
    for tone, held in ((Tone.CHIME, False), (Tone.END, False), (Tone.CHECK, True)):
        wave_form = np.abs(samples(tone))
        early = wave_form[-round(0.6 * RATE_HZ) : -round(0.5 * RATE_HZ)].max()
        late = wave_form[-round(0.2 * RATE_HZ) : -round(0.1 * RATE_HZ)].max()
        assert bool(late > 0.95 * early) is held


def test_attention_rises_where_it_sounds(real: Rig, sound: SoundServer, tmp_path: Path) -> None:
    """At the sink the tone begins at once and its first three notes rise: C, E, G."""
    with sound.recorder(SINK) as recorder:
        path = place_tones(tmp_path)[Tone.ATTENTION]
        real.play(str(path), "tone", volume_pct=100)
        real.let(1.2)
        real.stop("tone")
        recording = recorder.stop()
    onset_s = recording.segments()[0].onset_mono_s
    notes = [recording.frequency_hz(onset_s + t, onset_s + t + 0.15) for t in (0.03, 0.23, 0.45)]
    assert notes == [pytest.approx(hz, abs=5) for hz in (523, 659, 784)]
