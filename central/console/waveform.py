"""The picture of a sound: its peaks, read once by ffmpeg and kept beside the library, drawn as SVG.

Law of the room: the file is one that the library has already checked; reading is bounded in time and memory.
A sound that cannot be read gives no picture, never an error page.
"""

import array
import subprocess
import sys
from pathlib import Path

from central.services import House, content_path

COLUMNS = 320
RATE_HZ = 4_000
TIMEOUT_S = 120
_HEIGHT = 100


def peaks(house: House, sha256: str, duration_ms: int) -> bytes:
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


def picture(found: bytes) -> str:
    """Return the SVG of these peaks: mirrored columns, stretched to whatever box it is put in."""
    columns = "".join(
        f"M{x} {_HEIGHT / 2 - half:.1f}v{2 * half:.1f}"
        for x, value in enumerate(found)
        if (half := max(0.8, value * (_HEIGHT - 4) / 510)) > 0
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="-1 0 {max(1, len(found)) + 1} {_HEIGHT}" '
        f'preserveAspectRatio="none"><path d="{columns}" stroke="#2f9184" stroke-width="0.72"/></svg>'
    )


def _read(path: Path, duration_ms: int) -> bytes:
    """Return the loudest sample of each of COLUMNS spans of the first audio stream."""
    span = max(1, duration_ms * RATE_HZ // 1000 // COLUMNS)
    command = ["ffmpeg", "-hide_banner", "-nostdin", "-v", "error", "-threads", "1"]
    command += ["-protocol_whitelist", "file,pipe", "-i", str(path), "-map", "0:a:0", "-ac", "1"]
    command += ["-ar", str(RATE_HZ), "-t", str(duration_ms / 1000 + 1), "-f", "s16le", "pipe:1"]
    done = subprocess.run(
        command, stdin=subprocess.DEVNULL, capture_output=True, timeout=TIMEOUT_S, check=False
    )
    samples = array.array("h")
    samples.frombytes(done.stdout[: len(done.stdout) // 2 * 2])
    if sys.byteorder == "big":
        samples.byteswap()
    loudest = [
        max(map(abs, (max(part), min(part))))
        for start in range(0, len(samples), span)
        if (part := samples[start : start + span])
    ][:COLUMNS]
    top = max(loudest, default=0) or 1
    return bytes(min(255, value * 255 // top) for value in loudest)
