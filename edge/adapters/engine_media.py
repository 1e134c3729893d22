"""Silence to warm the engine up with, made in memory: the first play of a process is 100 ms late.

Law of the room: bytes only; no files, no libVLC.
"""

import struct
from typing import Final

WAV_RATE_HZ: Final = 48_000
WARM_UP_MS: Final = 150
# MPEG-1 layer III, 128 kbit/s, 44.1 kHz: a frame of 417 bytes whose side information is all zero is silence.
MP3_FRAME: Final = b"\xff\xfb\x90\x64" + bytes(413)
MP3_FRAMES_PER_S: Final = 44_100 / 1_152


def silent_wav(duration_ms: int = WARM_UP_MS) -> bytes:
    """Return a WAV file of silence: 16 bit, two channels."""
    data = bytes(WAV_RATE_HZ * duration_ms // 1000 * 4)
    head = struct.pack(
        "<4sI4s4sIHHIIHH4sI",
        *(b"RIFF", 36 + len(data), b"WAVE", b"fmt ", 16, 1, 2, WAV_RATE_HZ, WAV_RATE_HZ * 4, 4, 16),
        *(b"data", len(data)),
    )
    return head + data


def silent_mp3(duration_ms: int = WARM_UP_MS) -> bytes:
    """Return an MP3 file of silence, at least this long."""
    return MP3_FRAME * (round(duration_ms / 1000 * MP3_FRAMES_PER_S) + 1)
