"""The tones that every appliance keeps ready: made here, the same bytes on every machine and at every start.

Law of the room: the sounds are our own. They hold no pair of pitches that a broadcast alarm receiver
listens for (853 + 960 Hz, 1050 Hz) and sound like no siren: three rising notes call, three falling
notes, slower, say that it is over.
"""

import hashlib
import io
import math
import os
import wave
from array import array
from pathlib import Path
from typing import Final

from contract.documents import Tone

RATE_HZ: Final = 24_000
FULL_SCALE: Final = 32_767
LEVEL: Final = 0.7  # -3 dB, room for the overtone
OVERTONE: Final = 0.2
ATTACK_S: Final = 0.005  # the first loud sample is at the very start
RELEASE_S: Final = 0.02
LOW_HZ, MIDDLE_HZ, HIGH_HZ = 523.0, 659.0, 784.0

# What is written is the same everywhere; a file with this digest need not be made again.
SHA256: Final = {
    Tone.ATTENTION: "c01cf0531a0dcb063e0c94f7563c617f8f47b0dfcc5838c0e71e9228e9af7a94",
    Tone.ALL_CLEAR: "91dd5073f508be119a374541fc26d4781ff9566fac2f99aa29e9456f0984d258",
}

Note = tuple[float, float, float]  # pitch in Hz, sound in s, silence after it in s

TUNES: Final[dict[Tone, tuple[Note, ...]]] = {
    Tone.ATTENTION: ((LOW_HZ, 0.25, 0.0), (MIDDLE_HZ, 0.25, 0.0), (HIGH_HZ, 0.3, 0.2)) * 4,
    Tone.ALL_CLEAR: ((HIGH_HZ, 0.6, 0.1), (MIDDLE_HZ, 0.6, 0.1), (LOW_HZ, 0.9, 0.3)) * 2,
}


def length_ms(tone: Tone) -> int:
    """Return how long a tone is; 0 for no tone."""
    return round(1000 * sum(sound_s + rest_s for _, sound_s, rest_s in TUNES.get(tone, ())))


def tone_path(folder: Path, tone: Tone) -> Path:
    """Return where a tone lies once it was placed."""
    return folder / f"{tone.value}.wav"


def place_tones(folder: Path) -> dict[Tone, Path]:
    """Write what is missing or damaged of the tones into `folder`, and return where each lies."""
    folder.mkdir(parents=True, exist_ok=True)
    placed: dict[Tone, Path] = {}
    for tone in TUNES:
        path = tone_path(folder, tone)
        if not path.is_file() or hashlib.sha256(path.read_bytes()).hexdigest() != SHA256[tone]:
            fresh = path.with_suffix(".part")
            with fresh.open("wb") as file:
                file.write(wav_of(tone))
                file.flush()
                os.fsync(file.fileno())
            fresh.replace(path)
        placed[tone] = path
    return placed


def wav_of(tone: Tone) -> bytes:
    """Return a tone as a WAV file: 16 bit, one channel."""
    notes = {note: _note(*note) for note in TUNES[tone]}
    out = io.BytesIO()
    with wave.open(out, "wb") as wav:
        wav.setnchannels(1)
        wav.setsampwidth(2)
        wav.setframerate(RATE_HZ)
        wav.writeframes(b"".join(notes[note] for note in TUNES[tone]))
    return out.getvalue()


def _note(pitch_hz: float, sound_s: float, rest_s: float) -> bytes:
    samples = round(sound_s * RATE_HZ)
    turn = 2 * math.pi * pitch_hz / RATE_HZ
    sound = array("h")
    for i in range(samples):
        ramp = min(1.0, i / RATE_HZ / ATTACK_S, (samples - i) / RATE_HZ / RELEASE_S)
        swing = math.sin(turn * i) + OVERTONE * math.sin(2 * turn * i)
        sound.append(round(FULL_SCALE * LEVEL * ramp * swing / (1 + OVERTONE)))
    return sound.tobytes() + bytes(2 * round(rest_s * RATE_HZ))
