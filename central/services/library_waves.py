"""The peaks of a sound, read once by ffmpeg and kept beside the library.

Law of the room: the file is one that the library has already checked; reading is bounded in time and memory.
A sound that cannot be read gives no peaks, never an error.
"""

import array
import subprocess
import sys
from pathlib import Path

from central.services.contents import content_path
from central.services.unit import House

COLUMNS = 320
RATE_HZ = 2_000
TIMEOUT_S = 120
MOST_BYTES = 60_000_000  # of samples: four hours and more


def peaks_of(house: House, sha256: str, duration_ms: int) -> bytes:
    """Return up to COLUMNS peaks from 0 to 255, kept in the data folder after the first time."""
    kept = house.settings.data_dir / "waveforms" / sha256
    if kept.is_file():
        return kept.read_bytes()
    found = _read(content_path(house, sha256), duration_ms)
    kept.parent.mkdir(parents=True, exist_ok=True)
    part = kept.with_suffix(".part")
    part.write_bytes(found)
    part.replace(kept)
    return found


def _read(path: Path, duration_ms: int) -> bytes:
    """Return the loudest sample of each of COLUMNS spans of the first audio stream."""
    span = max(1, duration_ms * RATE_HZ // 1000 // COLUMNS)
    command = ["ffmpeg", "-hide_banner", "-nostdin", "-v", "error", "-threads", "1"]
    command += ["-protocol_whitelist", "file,pipe", "-i", str(path), "-map", "0:a:0", "-ac", "1"]
    command += ["-ar", str(RATE_HZ), "-t", str(duration_ms / 1000 + 1), "-f", "s16le", "pipe:1"]
    try:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, timeout=TIMEOUT_S, check=False
        )
    except (subprocess.TimeoutExpired, FileNotFoundError):
        return b""
    samples = array.array("h")
    samples.frombytes(done.stdout[: min(MOST_BYTES, len(done.stdout) // 2 * 2)])
    if sys.byteorder == "big":
        samples.byteswap()
    loudest = [
        max(map(abs, (max(part), min(part))))
        for start in range(0, len(samples), span)
        if (part := samples[start : start + span])
    ][:COLUMNS]
    top = max(loudest, default=0) or 1
    return bytes(min(255, value * 255 // top) for value in loudest)
