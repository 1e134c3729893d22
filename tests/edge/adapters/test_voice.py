"""The voice: real speech from the synthesiser, and plain words when there is none."""

import wave
from pathlib import Path

import numpy as np
import pytest

from edge.adapters.voice import KEPT_FILES, Voice, voice_for
from edge.core.events import HandFailed, Happening, VoiceReady
from edge.core.orders import Speak

TEXT = "Lũ đang lên nhanh. Bà con di chuyển lên nơi cao."


def speak(voice: Voice, text: str = TEXT, language: str = "vi", ref: str = "dt-1-1-vi") -> None:
    """Ask for one text."""
    voice.obey(Speak(ref=ref, language=language, text=text))


@pytest.mark.parametrize("language", ["vi", "vi-vn", "vi-vn-x-south", "vi-vn-x-central", "en"])
def test_text_becomes_sound(tmp_path: Path, language: str) -> None:
    """Each language we claim is spoken: seconds of real sound, of the length told."""
    events: list[Happening] = []
    voice = Voice(tmp_path, events.append)
    speak(voice, language=language)
    [ready] = events
    assert isinstance(ready, VoiceReady)
    assert 2_000 < ready.duration_ms < 15_000
    with wave.open(str(voice.path("dt-1-1-vi"))) as sound:
        samples = np.frombuffer(sound.readframes(sound.getnframes()), dtype="<i2")
    assert np.abs(samples).max() > 3_000


def test_language_without_voice_is_named(tmp_path: Path) -> None:
    """A language we cannot speak is a failure that names it."""
    events: list[Happening] = []
    speak(Voice(tmp_path, events.append), language="km")
    [failed] = events
    assert isinstance(failed, HandFailed)
    assert failed.hand == "voice"
    assert "km" in failed.why


@pytest.mark.parametrize("text", ["", "   \n", "\x01\x02"], ids=["empty", "blank", "control"])
def test_nothing_to_say_is_a_failure(tmp_path: Path, text: str) -> None:
    """A text without words is told as a failure, and no file appears."""
    events: list[Happening] = []
    voice = Voice(tmp_path, events.append)
    speak(voice, text)
    assert isinstance(events[0], HandFailed)
    assert list(tmp_path.iterdir()) == []


def test_text_is_only_ever_text(tmp_path: Path) -> None:
    """Options, shell words and phoneme brackets in a text are spoken, not obeyed."""
    events: list[Happening] = []
    voice = Voice(tmp_path / "v", events.append)
    speak(voice, "--path=/tmp -w x; touch hong $(touch hong) [[aI]] chú ý")
    assert isinstance(events[0], VoiceReady)
    assert [p.name for p in tmp_path.iterdir()] == ["v"]
    assert not Path("hong").exists()


def test_reference_cannot_leave_the_directory(tmp_path: Path) -> None:
    """Whatever the reference, the file lies in the voice's own directory."""
    events: list[Happening] = []
    voice = Voice(tmp_path, events.append)
    for ref in ("../../etc/passwd", "/etc/passwd", "a" * 5_000, "dt:1:1"):
        assert voice.path(ref).parent == tmp_path


def test_spoken_text_is_not_spoken_again(tmp_path: Path) -> None:
    """The same reference asked again is answered from the file; a new start begins empty."""
    events: list[Happening] = []
    voice = Voice(tmp_path, events.append)
    speak(voice)
    written = voice.path("dt-1-1-vi").stat().st_mtime_ns
    speak(voice)
    assert events[0] == events[1]
    assert voice.path("dt-1-1-vi").stat().st_mtime_ns == written
    Voice(tmp_path, events.append)
    assert list(tmp_path.iterdir()) == []


def test_old_speech_is_forgotten(tmp_path: Path) -> None:
    """The directory holds a bounded number of files."""
    events: list[Happening] = []
    voice = Voice(tmp_path, events.append)
    for number in range(KEPT_FILES + 5):
        (tmp_path / f"{number}.wav").write_bytes(b"")
    speak(voice)
    assert len(list(tmp_path.iterdir())) == KEPT_FILES
    assert voice.path("dt-1-1-vi").exists()


def test_missing_synthesiser_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without espeak-ng the failure says which package to install."""
    events: list[Happening] = []
    monkeypatch.setenv("PATH", str(tmp_path))
    speak(Voice(tmp_path / "v", events.append))
    [failed] = events
    assert isinstance(failed, HandFailed)
    assert "install the package espeak-ng" in failed.why


def test_nearest_voice_is_taken() -> None:
    """A tag we do not know in full falls back on its language."""
    assert voice_for("vi-vn-x-hue") == "vi"
    assert voice_for("VI") == "vi"
    assert voice_for("fr") is None
