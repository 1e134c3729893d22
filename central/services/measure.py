"""Measures a file that came in one piece with ffprobe and ffmpeg; jobs have `transcode_examine` and `transcode_tools`.

Law of the room: the file is a stranger's. Only local files and known containers are opened (no playlists that
name other files), one thread, bounded in time; what the tools print is parsed and never trusted further.
"""

import json
import re
import subprocess
from pathlib import Path

from central.domain.content import Decoded, Probed, refused
from central.domain.errors import CentralError

PROBE_TIMEOUT_S = 30
DECODE_TIMEOUT_S = 600
CONTAINERS = "mp3,wav,flac,ogg,aac,mov,mp4,m4a,matroska,webm,png_pipe,jpeg_pipe,gif,image2,avi"
_OPEN = ("-protocol_whitelist", "file", "-format_whitelist", CONTAINERS)
_NUMBER = r"(-?(?:[0-9.]+|inf))"
_LOUDNESS = re.compile(rf"^ +I: +{_NUMBER} LUFS", re.MULTILINE)
_PEAK = re.compile(rf"^ +Peak: +{_NUMBER} dBFS", re.MULTILINE)
_MEAN = re.compile(rf"mean_volume: {_NUMBER} dB")
_OUT_TIME = re.compile(r"^out_time_us=([0-9]+)", re.MULTILINE)
_DAMAGE = re.compile(r"corrupt input packet|\[error\].*Error while decoding", re.IGNORECASE)
MAX_DECODE_ERRORS = 2  # many a good MP3 begins with a frame that its encoder left unfinished
OGG_END_BYTES = 65_536 + 300


def probe(path: Path, name: str) -> Probed:
    """Return what the container says; raises `Unacceptable` when nothing of ours can be read from it."""
    fields = "format=format_name,duration:stream=codec_type,codec_name"
    command = ["ffprobe", "-v", "error", *_OPEN, "-of", "json", "-show_entries", fields, str(path)]
    done = _run(command, PROBE_TIMEOUT_S, name)
    try:
        said = json.loads(done.stdout) if done.returncode == 0 else {}
        container = str(said["format"]["format_name"])
        codecs = [s["codec_name"] for s in said["streams"] if s.get("codec_type") == "audio"]
        duration = said["format"].get("duration")
    except (ValueError, KeyError, TypeError):
        raise refused(
            name, "not-audio", "không phải âm thanh, hoặc bị hỏng nên không đọc được"
        ) from None
    return Probed(
        format=container,
        codec=str(codecs[0])[:40] if codecs else None,
        duration_ms=round(float(duration) * 1_000) if duration is not None else None,
    )


def decode(path: Path, name: str, container: str) -> Decoded:
    """Return what decoding the whole first audio stream shows; raises `Unacceptable` when it cannot be decoded."""
    meter = (
        "ebur128=peak=true:framelog=verbose,volumedetect"  # framelog=quiet is unknown to ffmpeg 5.1
    )
    command = [
        "ffmpeg",
        "-hide_banner",
        "-nostdin",
        "-nostats",
        "-v",
        "level+info",
        "-threads",
        "1",
    ]
    command += [*_OPEN, "-progress", "pipe:1", "-i", str(path), "-map", "0:a:0", "-af", meter]
    done = _run([*command, "-f", "null", "-"], DECODE_TIMEOUT_S, name)
    loudness, peak, mean = (p.search(done.stderr) for p in (_LOUDNESS, _PEAK, _MEAN))
    times = _OUT_TIME.findall(done.stdout)
    if done.returncode != 0 or loudness is None or peak is None or mean is None or not times:
        raise refused(name, "not-audio", "không giải mã được", "Hãy xuất lại tệp rồi tải lên.")
    errors = len(_DAMAGE.findall(done.stderr))
    packets_lost = "corrupt input packet" in done.stderr
    cut = container == "ogg" and not _ogg_ends(path)
    return Decoded(
        duration_ms=int(times[-1]) // 1_000,
        loudness_lufs=float(loudness[1]),
        peak_dbfs=max(-120.0, float(peak[1])),
        mean_dbfs=float(mean[1]),
        damaged=packets_lost or cut or errors > MAX_DECODE_ERRORS,
    )


def _ogg_ends(path: Path) -> bool:
    """Return whether the last Ogg page says that it is the last: a cut Ogg shows it by nothing else."""
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - OGG_END_BYTES))
        tail = file.read()
    at = tail.rfind(b"OggS")
    return at >= 0 and len(tail) > at + 5 and bool(tail[at + 5] & 4)


def _run(command: list[str], timeout_s: int, name: str) -> "subprocess.CompletedProcess[str]":
    try:
        return subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=timeout_s,
            check=False,
            encoding="utf-8",
            errors="replace",
        )
    except subprocess.TimeoutExpired:
        raise refused(
            name, "too-slow", "mất quá nhiều thời gian để đọc", "Hãy xuất lại tệp."
        ) from None
    except FileNotFoundError:
        msg = f"Máy chủ thiếu chương trình {command[0]}; hãy cài gói ffmpeg."
        raise CentralError(msg, "no-ffmpeg") from None
