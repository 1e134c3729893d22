"""The tones: ours, ready before they are needed, the same everywhere."""

import hashlib
import wave
from pathlib import Path

import pytest

from contract.documents import Tone
from edge.adapters.tones import SHA256, TUNES, length_ms, place_tones, tone_path, wav_of
from provisioning.rehearsal.sound import SoundServer
from tests.edge.adapters.rig import Rig

SINK = "loa"


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
    assert sorted(p.name for p in tmp_path.iterdir()) == ["all-clear.wav", "attention.wav"]


def test_no_tone_holds_an_alarm_receivers_pitches() -> None:
    """Neither 853 + 960 Hz nor 1050 Hz is near any note or its overtone."""
    for note in {note for tune in TUNES.values() for note in tune}:
        for pitch_hz in (note[0], 2 * note[0]):
            assert all(abs(pitch_hz - alarm_hz) > 3 for alarm_hz in (853, 960, 1_050))


def test_attention_rises_where_it_sounds(real: Rig, sound: SoundServer, tmp_path: Path) -> None:
    """At the sink the tone begins at once and its first three notes rise: C, E, G."""
    with sound.recorder(SINK) as recorder:
        path = place_tones(tmp_path)[Tone.ATTENTION]
        real.play(str(path), "tone", volume_pct=100)
        real.let(1.2)
        real.stop("tone")
        recording = recorder.stop()
    onset_s = recording.segments()[0].onset_mono_s
    notes = [recording.frequency_hz(onset_s + t, onset_s + t + 0.15) for t in (0.05, 0.3, 0.55)]
    assert notes == [pytest.approx(hz, abs=5) for hz in (523, 659, 784)]
