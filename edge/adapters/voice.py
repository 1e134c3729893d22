"""The voice: text of a verified announcement, spoken to a sound file on the appliance itself.

Law of the room: text goes to the synthesiser through its standard input and never through a shell; a
file appears whole or not at all; names of files are hashes, so that no reference can leave the room.
The files are a cache, emptied at each start: speaking anew costs less than making them survive.
"""

import contextlib
import hashlib
import re
import subprocess
import wave
from collections.abc import Callable
from pathlib import Path
from typing import Final

from edge.core.events import HandFailed, Happening, VoiceReady
from edge.core.orders import Speak

REGIONS: Final = {"vi-vn-x-central": "vi-vn-x-central", "vi-vn-x-south": "vi-vn-x-south"}
LANGUAGES: Final = {"vi": "vi", "en": "en"}
WORDS_PER_MINUTE: Final = 150  # slower than talk: horns echo
TIMEOUT_S: Final = 30.0
KEPT_FILES: Final = 100
# The synthesiser reads control characters as commands and [[…]] as phonemes.
UNSPEAKABLE: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]|\[\[|\]\]")


class CannotSpeak(Exception):
    """The text was not spoken; the sentence says why and what to do."""


class Voice:
    """Speaks by espeak-ng: `vi` (north, centre, south) and `en`."""

    def __init__(self, directory: Path, post: Callable[[Happening], None]) -> None:
        """Keep spoken files in `directory`, made if need be and emptied: it may lie in memory."""
        self._directory = directory
        self._post = post
        directory.mkdir(parents=True, exist_ok=True)
        for path in (*directory.glob("*.wav"), *directory.glob("*.tmp")):
            path.unlink(missing_ok=True)

    def path(self, ref: str) -> Path:
        """Return where the text of `ref` lies once `VoiceReady` was posted."""
        return self._directory / f"{hashlib.sha256(ref.encode()).hexdigest()[:40]}.wav"

    def obey(self, order: Speak) -> None:
        """Speak and post `VoiceReady`, or `HandFailed` with the reason; never raises for a bad text."""
        try:
            duration_ms = self._speak(order)
        except CannotSpeak as error:
            self._post(HandFailed(hand="voice", why=str(error)))
            return
        self._post(VoiceReady(ref=order.ref, duration_ms=duration_ms))

    def _speak(self, order: Speak) -> int:
        voice = voice_for(order.language)
        if voice is None:
            msg = f"no voice for language {order.language}: send recorded content, or text in vi or en"
            raise CannotSpeak(msg)
        if not any(letter.isalnum() for letter in order.text):
            raise CannotSpeak("the text holds nothing that can be spoken")
        path = self.path(order.ref)
        try:
            return duration_ms(path)  # spoken before
        except (OSError, EOFError, wave.Error):
            pass
        temporary = path.with_suffix(".tmp")
        try:
            run_synthesiser(voice, order.text, temporary)
            length_ms = duration_ms(temporary) if temporary.exists() else 0
            if length_ms == 0:
                raise CannotSpeak("the text holds nothing that can be spoken")
            temporary.replace(path)
        except (OSError, EOFError, wave.Error) as error:
            msg = f"speech could not be kept ({error}): see whether the disk is full"
            raise CannotSpeak(msg) from error
        finally:
            with contextlib.suppress(OSError):
                temporary.unlink(missing_ok=True)
        self._forget_oldest()
        return length_ms

    def _forget_oldest(self) -> None:
        spoken = sorted(self._directory.glob("*.wav"), key=lambda path: path.stat().st_mtime)
        for path in spoken[:-KEPT_FILES]:
            with contextlib.suppress(OSError):
                path.unlink()


def voice_for(language: str) -> str | None:
    """Return the synthesiser's voice for a language tag, the nearest known one, or None."""
    tag = language.lower()
    return REGIONS.get(tag) or LANGUAGES.get(tag.split("-", 1)[0])


def duration_ms(path: Path) -> int:
    """Return the length of a WAV file; raises `OSError`, `EOFError` or `wave.Error` when it is none."""
    with wave.open(str(path), "rb") as sound:
        return sound.getnframes() * 1_000 // sound.getframerate()


def run_synthesiser(voice: str, text: str, target: Path) -> None:
    """Write `text` as speech to `target`; raises `CannotSpeak`."""
    command = ["espeak-ng", "-v", voice, "-b", "1", "-s", str(WORDS_PER_MINUTE), "--stdin"]
    try:
        done = subprocess.run(
            [*command, "-w", str(target)],
            input=UNSPEAKABLE.sub(" ", text).encode(errors="replace"),
            capture_output=True,
            timeout=TIMEOUT_S,
            check=False,
        )
    except FileNotFoundError as error:
        raise CannotSpeak("espeak-ng is not installed: install the package espeak-ng") from error
    except subprocess.TimeoutExpired as error:
        msg = f"the synthesiser was not done in {TIMEOUT_S:.0f} s and was stopped"
        raise CannotSpeak(msg) from error
    if done.returncode != 0:
        said = done.stderr.decode(errors="replace").strip()[:200]
        msg = f"the synthesiser failed with {done.returncode}: {said}"
        raise CannotSpeak(msg)
