"""The voice: text of a verified announcement or of staff, spoken to a sound file on the appliance itself.

Law of the room: text goes to a speech engine through its standard input and never through a shell; a file
appears whole or not at all; names of files are hashes, so that no reference can leave the room. The files
are a cache, emptied at each start: speaking anew costs less than making them survive. Piper sounds better
and may break; espeak-ng is small and always there, so a warning never waits for more than one of them.
"""

import contextlib
import hashlib
import importlib.util
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import wave
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from contract.spoken import normalise
from edge.core.events import HandFailed, HandRecovered, Happening, VoiceReady
from edge.core.orders import Speak

REGIONS: Final = {"north": "vi", "central": "vi-vn-x-central", "south": "vi-vn-x-south"}
TAGS: Final = {tag: tag for tag in REGIONS.values()}
LANGUAGES: Final = {"vi": "vi", "en": "en"}
WORDS_PER_MINUTE: Final = 150  # slower than talk: horns echo
PIPER_SLOWER: Final = 1.15  # the same for Piper, as a factor of length
PIPER_PAUSE_S: Final = 0.3  # between sentences; of itself Piper leaves none
TIMEOUT_S: Final = 30.0
PIPER_TIMEOUT_S: Final = 20.0  # its voice is read from the card each time
PIPER_S_PER_CHARACTER: Final = 0.03  # a Raspberry Pi 4 speaks about twice as fast as we listen
PIPER_REST_S: Final = 300.0  # after a failure: the next texts are not kept waiting for another
KEPT_FILES: Final = 100
# A synthesiser reads control characters as commands and [[…]] as phonemes.
UNSPEAKABLE: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]|\[\[|\]\]")


class CannotSpeak(Exception):
    """The text was not spoken; the sentence says why and what to do."""


class Voice:
    """Speaks Vietnamese (north, centre, south) and English by espeak-ng, and Vietnamese by Piper if fitted."""

    def __init__(
        self,
        directory: Path,
        post: Callable[[Happening], None],
        *,
        piper_voice: Path | None = None,
        piper_program: Sequence[str] = (),
        mono: Callable[[], float] = time.monotonic,
    ) -> None:
        """Keep spoken files in `directory`, made if need be and emptied: it may lie in memory.

        `piper_voice` is a Vietnamese voice (`.onnx` with its `.onnx.json` beside it); `piper_program` the
        words that begin Piper's command line, found if empty.
        """
        self._directory = directory
        self._post = post
        self._piper_voice = piper_voice
        self._piper_program = tuple(piper_program) or find_piper()
        self._mono = mono
        self._piper_rests_until_s = float("-inf")
        self._ailing: set[str] = set()
        directory.mkdir(parents=True, exist_ok=True)
        for path in (*directory.glob("*.wav"), *directory.glob("*.tmp")):
            path.unlink(missing_ok=True)

    def path(self, ref: str) -> Path:
        """Return where the text of `ref` lies once `VoiceReady` was posted."""
        return self._directory / f"{hashlib.sha256(ref.encode()).hexdigest()[:40]}.wav"

    def obey(self, order: Speak) -> None:
        """Speak and post `VoiceReady`, or `HandFailed` with the reason; never raises for a bad text."""
        try:
            length_ms = self._speak(order)
        except CannotSpeak as error:
            self._fails("speech", str(error))
            return
        self._works("speech")
        self._post(VoiceReady(ref=order.ref, duration_ms=length_ms))

    def _speak(self, order: Speak) -> int:
        voice = voice_for(order.language, order.voice)
        if voice is None:
            msg = f"không có giọng cho ngôn ngữ {order.language}: gửi bản thu âm, hoặc văn bản tiếng Việt hay Anh"
            raise CannotSpeak(msg)
        text = spoken(order.text, order.language)
        if not text:
            raise CannotSpeak("văn bản không có gì để đọc: viết lại bằng chữ")
        path = self.path(order.ref)
        with contextlib.suppress(OSError, EOFError, wave.Error):
            return duration_ms(path)  # spoken before
        temporary = path.with_suffix(".tmp")
        try:
            length_ms = self._by_piper(order, text, temporary)
            if not length_ms:
                run_espeak(voice, text, temporary)
                length_ms = duration_ms(temporary) if temporary.exists() else 0
            if length_ms == 0:
                raise CannotSpeak("văn bản không có gì để đọc: viết lại bằng chữ")
            temporary.replace(path)
        except (OSError, EOFError, wave.Error) as error:
            msg = f"không lưu được giọng đọc ({error}): kiểm tra ổ lưu trữ có đầy không"
            raise CannotSpeak(msg) from error
        finally:
            with contextlib.suppress(OSError):
                temporary.unlink(missing_ok=True)
        self._forget_oldest()
        return length_ms

    def _by_piper(self, order: Speak, text: str, target: Path) -> int:
        """Return the length of what Piper spoke to `target`, or 0 where espeak-ng must."""
        fitted = self._piper_voice is not None and not order.voice
        if (
            not fitted
            or language_of(order.language) != "vi"
            or self._mono() < self._piper_rests_until_s
        ):
            return 0
        try:
            length_ms = run_piper(self._piper_program, str(self._piper_voice), text, target)
        except (CannotSpeak, OSError, EOFError, wave.Error) as error:
            self._piper_rests_until_s = self._mono() + PIPER_REST_S
            with contextlib.suppress(OSError):
                target.unlink(missing_ok=True)
            self._fails(
                "piper",
                f"Piper không đọc được ({error}): espeak-ng đọc thay; kiểm tra tệp giọng Piper",
            )
            return 0
        self._works("piper")
        return length_ms

    def _fails(self, part: str, why: str) -> None:
        """Tell a failure: of Piper once until it works again, of speech each time."""
        if part not in self._ailing or part == "speech":
            self._post(HandFailed(hand="voice", why=why))
        self._ailing.add(part)

    def _works(self, part: str) -> None:
        if part in self._ailing:
            self._ailing.remove(part)
            if not self._ailing:
                self._post(HandRecovered(hand="voice"))

    def _forget_oldest(self) -> None:
        kept = sorted(self._directory.glob("*.wav"), key=lambda path: path.stat().st_mtime)
        for path in kept[:-KEPT_FILES]:
            with contextlib.suppress(OSError):
                path.unlink()


def language_of(tag: str) -> str:
    """Return the language of a tag such as `vi-VN`."""
    return tag.lower().split("-", 1)[0]


def voice_for(language: str, region: str = "") -> str | None:
    """Return espeak-ng's voice for a language tag and a region, the nearest known one, or None."""
    if language_of(language) == "vi" and region in REGIONS:
        return REGIONS[region]
    return TAGS.get(language.lower()) or LANGUAGES.get(language_of(language))


def spoken(text: str, language: str) -> str:
    """Return the one line an engine is given for `text`; empty where nothing of it can be said."""
    line = normalise(UNSPEAKABLE.sub(" ", text), language)
    return line if any(letter.isalnum() for letter in line) else ""


def duration_ms(path: Path) -> int:
    """Return the length of a WAV file; raises `OSError`, `EOFError` or `wave.Error` when it is none."""
    with wave.open(str(path), "rb") as sound:
        return sound.getnframes() * 1_000 // sound.getframerate()


def find_piper() -> tuple[str, ...]:
    """Return how Piper is called: the module beside us, else the program; Debian's `piper` sets up mice."""
    if importlib.util.find_spec("piper") is not None:
        return (sys.executable, "-m", "piper")
    beside = Path(sys.executable).with_name("piper")
    return (str(beside) if beside.exists() else shutil.which("piper") or "piper",)


def run_espeak(voice: str, text: str, target: Path, *, amplitude: int = 100) -> None:
    """Write `text` as speech to `target`, at an `amplitude` of 0 to 200; raises `CannotSpeak`."""
    pace = ["-s", str(WORDS_PER_MINUTE), "-a", str(amplitude)]
    command = ["espeak-ng", "-v", voice, "-b", "1", *pace, "--stdin"]
    try:
        _run([*command, "-w", str(target)], text, TIMEOUT_S)
    except FileNotFoundError as error:
        raise CannotSpeak("chưa có espeak-ng: cài gói espeak-ng") from error


def run_piper(program: Sequence[str], voice: str, text: str, target: Path) -> int:
    """Write `text`, one line, as speech by a Piper voice to `target`, and return its length in ms, not 0.

    Raises `CannotSpeak`, or what `duration_ms` raises where the program left no sound file.
    """
    pace = ("--length-scale", str(PIPER_SLOWER), "--sentence-silence", str(PIPER_PAUSE_S))
    try:
        _run(
            [*program, "-m", voice, "-f", str(target), *pace],
            text,
            PIPER_TIMEOUT_S + PIPER_S_PER_CHARACTER * len(text),
        )
    except FileNotFoundError as error:
        raise CannotSpeak(f"chưa có chương trình {program[0]}") from error
    length_ms = duration_ms(target)
    if not length_ms:
        raise CannotSpeak("không ra tiếng")
    return length_ms


def _run(command: Sequence[str], text: str, limit_s: float) -> None:
    """Give `text` to a program and wait; one that takes too long is ended with all it started."""
    with subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        env={**os.environ, "PYTHONUTF8": "1"},  # a service has no locale, and Piper is Python
        start_new_session=True,
    ) as engine:
        try:
            _, said = engine.communicate(text.encode(errors="replace"), limit_s)
        except subprocess.TimeoutExpired as error:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(engine.pid, signal.SIGKILL)
            raise CannotSpeak(f"không xong trong {limit_s:.0f} giây nên đã dừng") from error
    if engine.returncode != 0:
        last = said.decode(errors="replace").strip().rpartition("\n")[2][:200]
        raise CannotSpeak(f"kết thúc với mã {engine.returncode}: {last}")
