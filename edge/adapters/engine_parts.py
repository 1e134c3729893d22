"""What the engine needs besides libVLC: silence to warm up with, the law of volume, glides, a look at files.

Law of the room: no libVLC here.
"""

import struct
from pathlib import Path
from typing import Final

import msgspec

MAX_VOLUME_PCT: Final = 200
WAV_HEAD: Final = b"RIFF"
OWN_HANDLES: Final = Path("/proc/self/fd")
UNIX_SOCKETS: Final = Path("/proc/self/net/unix")
WAV_RATE_HZ: Final = 48_000
WARM_UP_MS: Final = 150
# MPEG-1 layer III, 128 kbit/s, 44.1 kHz: a frame of 417 bytes whose side information is all zero is silence.
MP3_FRAME: Final = b"\xff\xfb\x90\x64" + bytes(413)
MP3_FRAMES_PER_S: Final = 44_100 / 1_152


def volume_of(amplitude: float) -> int:
    """Return libVLC's volume for a linear amplitude: its law is cubic, 100 is amplitude 1.0."""
    return min(MAX_VOLUME_PCT, max(0, round(100 * float(amplitude ** (1 / 3)))))


class Ramp(msgspec.Struct, frozen=True):
    """A glide of the amplitude between two monotonic instants, even so that no step clicks; then it may stop."""

    start_s: float
    end_s: float
    from_amplitude: float
    to_amplitude: float
    then_stop: bool

    def amplitude_at(self, now_s: float) -> float:
        """Return the amplitude to have at `now_s`."""
        if now_s >= self.end_s:
            return self.to_amplitude
        part = (now_s - self.start_s) / (self.end_s - self.start_s)
        return self.from_amplitude + (self.to_amplitude - self.from_amplitude) * part


class Rise(msgspec.Struct, frozen=True):
    """A play that begins in silence, to rise to this amplitude with its first sound, or else at `until_s`.

    The sound server loses the first milliseconds of a stream: what remains begins in the middle of a wave.
    """

    amplitude: float
    until_s: float


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


def is_wav(path: str) -> bool:
    """Return whether the file begins like a WAV file; False where it cannot be read."""
    try:
        with Path(path).open("rb") as file:
            return file.read(len(WAV_HEAD)) == WAV_HEAD
    except OSError:
        return False


def open_sockets() -> frozenset[str]:
    """Return the names of this process's sockets."""
    names = []
    for handle in OWN_HANDLES.iterdir():
        try:
            names.append(str(handle.readlink()))
        except FileNotFoundError:
            continue  # the listing's own handle
    return frozenset(name for name in names if name.startswith("socket:"))


def sound_server_sockets() -> frozenset[str]:
    """Return those of them that belong to the sound server's client: all that are not a relay's connection.

    Where the sound server is spoken to over the network, they cannot be told apart: then there are none.
    """
    inodes = [line.split()[6] for line in UNIX_SOCKETS.read_text().splitlines()[1:]]
    return open_sockets() & {f"socket:[{inode}]" for inode in inodes}
