"""The voice: real speech from the synthesiser, and plain words when there is none."""

import subprocess
import sys
import time
import wave
from pathlib import Path

import numpy as np
import pytest

from edge.adapters.voice import (
    KEPT_FILES,
    PIPER_REST_S,
    CannotSpeak,
    Voice,
    _run,
    find_piper,
    run_piper,
    voice_for,
)
from edge.core.events import HandFailed, HandRecovered, Happening, VoiceReady
from edge.core.orders import Speak

TEXT = "Lũ đang lên nhanh. Bà con di chuyển lên nơi cao."


def speak(
    voice: Voice, text: str = TEXT, language: str = "vi", ref: str = "dt-1-1-vi", region: str = ""
) -> None:
    """Ask for one text."""
    voice.obey(Speak(ref=ref, language=language, text=text, voice=region))


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
    assert "cài gói espeak-ng" in failed.why


def test_nearest_voice_is_taken() -> None:
    """A tag or a region we do not know falls back on its language; regions are those of Vietnamese."""
    assert voice_for("vi-vn-x-hue") == "vi"
    assert voice_for("VI") == "vi"
    assert voice_for("vi", "south") == "vi-vn-x-south"
    assert voice_for("vi", "central") == "vi-vn-x-central"
    assert voice_for("vi-vn-x-south", "north") == "vi"
    assert voice_for("vi", "moon") == "vi"
    assert voice_for("en", "south") == "en"
    assert voice_for("fr") is None


def test_regions_sound_differently(tmp_path: Path) -> None:
    """North, centre and south give three different sounds of the same text."""
    events: list[Happening] = []
    voice = Voice(tmp_path, events.append)
    for region in ("north", "central", "south"):
        speak(voice, ref=region, region=region)
    sounds = {voice.path(region).read_bytes() for region in ("north", "central", "south")}
    assert len(sounds) == 3
    assert all(isinstance(event, VoiceReady) for event in events)


def test_what_is_written_short_is_said_in_full(tmp_path: Path) -> None:
    """An abbreviated text sounds exactly like the words it stands for."""
    events: list[Happening] = []
    voice = Voice(tmp_path, events.append)
    speak(voice, "UBND xã họp lúc 7h30", ref="short")
    speak(voice, "ủy ban nhân dân xã họp lúc bảy giờ ba mươi phút", ref="full")
    assert voice.path("short").read_bytes() == voice.path("full").read_bytes()


def test_a_failed_voice_that_speaks_again_has_recovered(tmp_path: Path) -> None:
    """After a text that could not be spoken, the next that can tells the hand recovered."""
    events: list[Happening] = []
    voice = Voice(tmp_path, events.append)
    speak(voice, "🙂")
    speak(voice)
    speak(voice, ref="another")
    assert [type(event) for event in events] == [HandFailed, HandRecovered, VoiceReady, VoiceReady]


# --- Piper --------------------------------------------------------------------------------------

GOOD_PIPER = """
import sys, wave
arguments = sys.argv[1:]
text = sys.stdin.read()
assert text.strip() and "\\n" not in text.strip(), "one line is expected"
assert arguments[arguments.index("-m") + 1].endswith(".onnx")
with wave.open(arguments[arguments.index("-f") + 1], "wb") as out:
    out.setnchannels(1); out.setsampwidth(2); out.setframerate(22050)
    out.writeframes(bytes(2 * 22050))
"""
BAD_PIPERS = {
    "fails": "import sys; sys.exit('voice file is broken')",
    "is killed": "import os; os.kill(os.getpid(), 9)",
    "writes nothing": "import sys; sys.stdin.read()",
    "writes rubbish": "import sys; open(sys.argv[sys.argv.index('-f') + 1], 'wb').write(b'RIFF')",
    "writes silence of no length": GOOD_PIPER.replace("bytes(2 * 22050)", "b''"),
}


class Bench:
    """A voice with a stand-in for Piper that can be changed, and a clock that is steered."""

    def __init__(self, folder: Path, program: str) -> None:
        self.events: list[Happening] = []
        self.now_s = 0.0
        self.program = folder / "piper.py"
        self.program.write_text(program, encoding="utf-8")
        self.voice = Voice(
            folder / "spoken",
            self.events.append,
            piper_voice=folder / "vi_VN-thu.onnx",
            piper_program=(sys.executable, str(self.program)),
            mono=lambda: self.now_s,
        )

    def kinds(self) -> list[type]:
        """Return the kinds of what was posted since the last call."""
        kinds: list[type] = [type(event) for event in self.events]
        self.events.clear()
        return kinds


def test_a_fitted_piper_speaks(tmp_path: Path) -> None:
    """With a Piper voice, Vietnamese of no named region is Piper's; English and a named region are espeak-ng's."""
    bench = Bench(tmp_path, GOOD_PIPER)
    speak(bench.voice, "Lũ lên.\nBà con chú ý: 5h30", ref="piper")
    assert bench.events == [VoiceReady(ref="piper", duration_ms=1_000)]
    speak(bench.voice, "The flood is coming", language="en", ref="english")
    speak(bench.voice, ref="south", region="south")
    assert all(isinstance(e, VoiceReady) and e.duration_ms != 1_000 for e in bench.events[1:])


@pytest.mark.parametrize("program", BAD_PIPERS.values(), ids=BAD_PIPERS)
def test_a_broken_piper_is_told_once_and_espeak_speaks(tmp_path: Path, program: str) -> None:
    """Whatever Piper does, the text is spoken; one failure is told, one recovery when it works again."""
    bench = Bench(tmp_path, program)
    speak(bench.voice, ref="first")
    failed = bench.events[0]
    assert isinstance(failed, HandFailed)
    assert "espeak-ng đọc thay" in failed.why
    assert bench.kinds() == [HandFailed, VoiceReady]
    speak(bench.voice, ref="while it rests")
    bench.now_s += PIPER_REST_S + 1
    speak(bench.voice, ref="tried again")
    assert bench.kinds() == [VoiceReady, VoiceReady]
    bench.program.write_text(GOOD_PIPER, encoding="utf-8")
    bench.now_s += PIPER_REST_S + 1
    speak(bench.voice, ref="repaired")
    assert bench.kinds() == [HandRecovered, VoiceReady]
    assert not list(tmp_path.glob("spoken/*.tmp"))


def test_a_hanging_program_is_ended_with_its_children(tmp_path: Path) -> None:
    """A program that takes too long is ended, and so is what it started."""
    note = tmp_path / "child"
    script = tmp_path / "slow.sh"
    script.write_text(f"sleep 300 & echo $! > {note}; wait\n", encoding="utf-8")
    with pytest.raises(CannotSpeak, match="không xong trong 1 giây"):
        _run(["sh", str(script)], "chào", 1.0)
    child = int(note.read_text())
    deadline_s = time.monotonic() + 20
    while _lives(child) and time.monotonic() < deadline_s:
        time.sleep(0.05)
    assert not _lives(child)


def _lives(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


def test_a_missing_piper_is_named(tmp_path: Path) -> None:
    """A program that is not there is named in the failure, and the text is spoken all the same."""
    events: list[Happening] = []
    missing = str(tmp_path / "no-piper")
    voice = Voice(
        tmp_path / "v", events.append, piper_voice=tmp_path / "x.onnx", piper_program=[missing]
    )
    speak(voice)
    assert isinstance(events[0], HandFailed)
    assert missing in events[0].why
    assert isinstance(events[1], VoiceReady)


def test_the_real_piper_takes_our_command_line(tmp_path: Path) -> None:
    """Where Piper is installed, it understands our options and names the voice file that is missing."""
    program = find_piper()
    if "length-scale" not in _help_of(program):
        pytest.skip("Piper is not installed here")
    with pytest.raises(CannotSpeak, match=r"none\.onnx"):
        run_piper(program, str(tmp_path / "none.onnx"), "chào", tmp_path / "out.wav")


def _help_of(program: tuple[str, ...]) -> str:
    try:
        done = subprocess.run([*program, "--help"], capture_output=True, check=False, timeout=60)
    except OSError:
        return ""
    return done.stdout.decode(errors="replace")
