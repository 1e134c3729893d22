"""The tones that every appliance keeps ready: made here, the same bytes on every machine and at every start.

Law of the room: the sounds are our own. They hold no pair of pitches that a broadcast alarm receiver
listens for (853 + 960 Hz, 1050 Hz) and sound like no siren: three rising notes call, three falling
notes, slower, say that it is over. A soft gong of three notes goes before what staff say, one of two
after it; the self-test hears a plain 1 kHz. Each begins and ends in silence, so that no tone clicks.
"""

import hashlib
import io
import math
import os
import wave
from array import array
from pathlib import Path
from typing import Final, NamedTuple

from contract.documents import Tone

RATE_HZ: Final = 24_000
FULL_SCALE: Final = 32_767
LEVEL: Final = 0.7  # -3 dB, room for the overtone
OVERTONE: Final = 0.2
ATTACK_S: Final = 0.005  # the first loud sample is at the very start
RELEASE_S: Final = 0.02
LOW_HZ, MIDDLE_HZ, HIGH_HZ = 523.0, 659.0, 784.0
CHECK_HZ: Final = 1_000.0
GONG_DECAY_S: Final = 0.35  # a struck note fades by half in a quarter of a second
GONG_ATTACK_S: Final = 0.01

# What is written is the same everywhere; a file with this digest need not be made again.
SHA256: Final = {
    Tone.ATTENTION: "50d9d0aac5b1006cf41c0e09bb350c3985b0a93561df0455c5327bc5ed9c33be",
    Tone.ALL_CLEAR: "91dd5073f508be119a374541fc26d4781ff9566fac2f99aa29e9456f0984d258",
    Tone.CHIME: "e4d70b97b79adfb16fb7d2da5136e156cd455be33e808ddf52958fa2ec33a6dd",
    Tone.END: "a663b582cd08c7fb70b6969b3f32b618256f369ad94719dd70dce94eb2d84d10",
    Tone.CHECK: "ce0ccc7a42fcbc2b26fbfa4e8a8186358b85ce2847d6a1c4e58fe1fe3d94c68d",
}


class Voicing(NamedTuple):
    """How a note sounds: its level, overtone and edges, and how fast it fades; a decay of 0 holds it."""

    level: float = LEVEL
    overtone: float = OVERTONE
    attack_s: float = ATTACK_S
    release_s: float = RELEASE_S
    decay_s: float = 0.0


HORN: Final = Voicing()
GONG: Final = Voicing(attack_s=GONG_ATTACK_S, release_s=0.05, decay_s=GONG_DECAY_S)
PURE: Final = Voicing(overtone=0.0, attack_s=0.02)


class Note(NamedTuple):
    """One note: pitch in Hz, sound in s, silence after it in s."""

    pitch_hz: float
    sound_s: float
    rest_s: float
    voicing: Voicing = HORN


TUNES: Final[dict[Tone, tuple[Note, ...]]] = {
    # a second and a half: nobody waits longer for the first word than it takes to look up
    Tone.ATTENTION: (Note(LOW_HZ, 0.2, 0.0), Note(MIDDLE_HZ, 0.2, 0.0), Note(HIGH_HZ, 0.25, 0.1))
    * 2,
    Tone.ALL_CLEAR: (Note(HIGH_HZ, 0.6, 0.1), Note(MIDDLE_HZ, 0.6, 0.1), Note(LOW_HZ, 0.9, 0.3))
    * 2,
    Tone.CHIME: (
        Note(HIGH_HZ, 0.4, 0.0, GONG),
        Note(MIDDLE_HZ, 0.4, 0.0, GONG),
        Note(LOW_HZ, 0.6, 0.1, GONG),
    ),
    Tone.END: (Note(MIDDLE_HZ, 0.35, 0.0, GONG), Note(LOW_HZ, 0.55, 0.1, GONG)),
    Tone.CHECK: (Note(CHECK_HZ, 1.0, 0.0, PURE),),
}


def length_ms(tone: Tone) -> int:
    """Return how long a tone is; 0 for no tone."""
    return round(1000 * sum(note.sound_s + note.rest_s for note in TUNES.get(tone, ())))


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
    notes = {note: _sound_of(note) for note in TUNES[tone]}
    out = io.BytesIO()
    with wave.open(out, "wb") as wav:
        wav.setnchannels(1)
        wav.setsampwidth(2)
        wav.setframerate(RATE_HZ)
        wav.writeframes(b"".join(notes[note] for note in TUNES[tone]))
    return out.getvalue()


def _sound_of(note: Note) -> bytes:
    pitch_hz, sound_s, rest_s, voicing = note
    samples = round(sound_s * RATE_HZ)
    turn = 2 * math.pi * pitch_hz / RATE_HZ
    overtone = voicing.overtone
    sound = array("h")
    for i in range(samples):
        ramp = min(1.0, i / RATE_HZ / voicing.attack_s, (samples - i) / RATE_HZ / voicing.release_s)
        if voicing.decay_s:
            ramp *= math.exp(-i / RATE_HZ / voicing.decay_s)
        swing = math.sin(turn * i) + overtone * math.sin(2 * turn * i)
        sound.append(round(FULL_SCALE * voicing.level * ramp * swing / (1 + overtone)))
    return sound.tobytes() + bytes(2 * round(rest_s * RATE_HZ))
