"""Asks ffprobe what a file is: the container's own word, before anything of it is decoded.

Law of the room: the file is a stranger's. Known containers only, local files only, a cap on picture points and a
deadline; what the tool prints is checked and never trusted further.
"""

import json
import subprocess
from pathlib import Path
from typing import Final

import msgspec

from central.domain.content import refused
from central.domain.errors import CentralError

CONTAINERS: Final = (
    "mp3,wav,flac,ogg,aac,mov,mp4,m4a,matroska,webm,avi,amr,caf,aiff,asf,w64,3gp,mpegts,mpeg,"
    "png_pipe,jpeg_pipe,webp_pipe,bmp_pipe,gif,image2"
)
PICTURES: Final = frozenset(
    {"png_pipe", "jpeg_pipe", "webp_pipe", "bmp_pipe", "gif", "image2", "mjpeg"}
)
MOST_POINTS: Final = 60_000_000
PROBE_TIMEOUT_S: Final = 30.0
OPEN: Final = ("-protocol_whitelist", "file", "-format_whitelist", CONTAINERS)


class Examined(msgspec.Struct, frozen=True, kw_only=True):
    """What a container says of itself; codecs are empty where there is no such stream, sizes in points."""

    format: str
    duration_ms: int = 0
    audio: str = ""
    channels: int = 0
    rate_hz: int = 0
    bits_per_s: int = 0
    video: str = ""
    width: int = 0
    height: int = 0

    @property
    def is_picture(self) -> bool:
        """Return whether it is one still picture."""
        return bool(self.video) and not self.audio and self.format.split(",")[0] in PICTURES


def examine(path: Path, name: str) -> Examined:
    """Return what the container says; raises `Unacceptable` when nothing of ours can be read from it."""
    fields = (
        "format=format_name,duration,bit_rate:stream=codec_type,codec_name,width,height,channels,"
        "sample_rate,bit_rate:stream_disposition=attached_pic"
    )
    command = ["ffprobe", "-v", "error", *OPEN, "-max_pixels", str(MOST_POINTS)]
    try:
        done = subprocess.run(
            [*command, "-of", "json", "-show_entries", fields, str(path)],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=PROBE_TIMEOUT_S,
            check=False,
        )
        said = json.loads(done.stdout) if done.returncode == 0 else {}
        found = _examined(said)
    except subprocess.TimeoutExpired:
        raise refused(
            name, "too-slow", "mất quá nhiều thời gian để đọc", "Hãy xuất lại tệp."
        ) from None
    except FileNotFoundError:
        raise absent("ffprobe") from None
    except (ValueError, KeyError, TypeError, AttributeError):
        raise refused(
            name,
            "not-audio",
            "không phải âm thanh, hình ảnh hay video, hoặc bị hỏng nên không đọc được",
        ) from None
    if b"Picture size" in done.stderr:
        raise refused(
            name, "too-many-points", f"là hình quá lớn (trên {MOST_POINTS // 1_000_000} triệu điểm)",
            "Hãy thu nhỏ hình rồi tải lại.",
        )  # fmt: skip
    return found


def _examined(said: dict[str, object]) -> Examined:
    raw = msgspec.convert(said, type=_Said, strict=False)
    sound = next((s for s in raw.streams if s.codec_type == "audio"), None)
    moving = next(
        (s for s in raw.streams if s.codec_type == "video" and not s.disposition.attached_pic), None
    )
    if sound is None and moving is None:
        raise ValueError("nothing to hear and nothing to see")
    duration = raw.format.duration
    rate = (sound.bit_rate if sound else None) or raw.format.bit_rate or 0
    return Examined(
        format=raw.format.format_name,
        duration_ms=round(duration * 1_000) if duration is not None else 0,
        audio=sound.codec_name[:40] if sound else "",
        channels=sound.channels if sound else 0,
        rate_hz=sound.sample_rate if sound else 0,
        bits_per_s=rate,
        video=moving.codec_name[:40] if moving else "",
        width=moving.width if moving else 0,
        height=moving.height if moving else 0,
    )


class _Disposition(msgspec.Struct):
    attached_pic: int = 0


class _Stream(msgspec.Struct):
    codec_type: str = ""
    codec_name: str = "?"
    width: int = 0
    height: int = 0
    channels: int = 0
    sample_rate: int = 0
    bit_rate: int | None = None
    disposition: _Disposition = msgspec.field(default_factory=_Disposition)


class _Format(msgspec.Struct):
    format_name: str
    duration: float | None = None
    bit_rate: int | None = None


class _Said(msgspec.Struct):
    format: _Format
    streams: list[_Stream]


def absent(program: str) -> CentralError:
    """Return the fault of a server that lacks a program."""
    return CentralError(f"Máy chủ thiếu chương trình {program}; hãy cài gói ffmpeg.", "no-ffmpeg")
