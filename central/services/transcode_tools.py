"""Runs ffmpeg for the jobs of the library, with progress: hear and encode.

Law of the room: the file is a stranger's. Known containers only, local files only, one thread, a cap on picture
points and on length, and a deadline; a tool that says nothing for too long is ended. Encoding leaves no trace of
time or place in its output, so the same file gives the same bytes again after a kill.
"""

import contextlib
import re
import selectors
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Final

import msgspec

from central.domain.content import refused
from central.domain.errors import CentralError, Unacceptable
from central.domain.library_checks import Cut, Heard
from central.services.transcode_examine import MOST_POINTS, OPEN, Examined, absent

Progress = Callable[[float], None]
SILENT_TOOL_S: Final = 60.0
MOST_SAID_BYTES: Final = 8_000_000
AUDIO_KBPS: Final = 96
RATE_HZ: Final = 48_000
PICTURE_W, PICTURE_H = 1_920, 1_920
VIDEO_W, VIDEO_H = 1_280, 720
_QUIET: Final = ("-hide_banner", "-nostdin", "-nostats", "-v", "level+info", "-threads", "1")
_NUMBER: Final = r"(-?(?:[0-9.]+|inf))"
_INTEGRATED: Final = re.compile(rf"^ +I: +{_NUMBER} LUFS", re.MULTILINE)
_TRUE_PEAK: Final = re.compile(rf"^ +Peak: +{_NUMBER} dBFS", re.MULTILINE)
_MEAN: Final = re.compile(rf"mean_volume: {_NUMBER} dB")
_FLAT: Final = re.compile(rf"Flat factor: {_NUMBER}")
_SILENCE: Final = re.compile(r"silence_(start|end): (-?[0-9.]+)")
_DAMAGE: Final = re.compile(r"corrupt input packet|\[error\].*Error while decoding", re.IGNORECASE)
_MOST_ERRORS: Final = 2  # many a good MP3 begins with a frame that its encoder left unfinished


def hear(path: Path, name: str, examined: Examined, most_s: int, progress: Progress) -> Heard:
    """Return what one pass over the whole sound measures, as one channel; `progress` gets 0 to 1.

    Raises `Unacceptable` when it cannot be decoded; it is read no further than a second beyond `most_s`.
    """
    meters = (
        "astats=measure_overall=Flat_factor:measure_perchannel=none,aformat=channel_layouts=mono,"
        "silencedetect=noise=-50dB:d=0.3,ebur128=peak=true:framelog=verbose,volumedetect"
    )
    limit = ("-t", str(most_s + 1))
    ran = _ffmpeg(
        [*limit, "-i", str(path), "-map", "0:a:0", "-af", meters, "-f", "null", "-"],
        name,
        deadline_s=120 + most_s / 10,
        length_ms=examined.duration_ms,
        progress=progress,
    )
    found = {p: p.search(ran.said) for p in (_INTEGRATED, _TRUE_PEAK, _MEAN)}
    loudness, peak, mean = (float(match[1]) if match else None for match in found.values())
    if ran.code != 0 or loudness is None or peak is None or mean is None or not ran.out_ms:
        raise refused(name, "not-audio", "không giải mã được", "Hãy xuất lại tệp rồi tải lên.")
    flat = _FLAT.search(ran.said)
    return Heard(
        duration_ms=ran.out_ms,
        loudness_lufs=loudness,
        peak_dbfs=max(-120.0, peak),
        mean_dbfs=mean,
        flat=float(flat[1]) if flat and flat[1] != "inf" else 0.0,
        silences=tuple(_silences(ran.said, ran.out_ms)),
        damaged="corrupt input packet" in ran.said or len(_DAMAGE.findall(ran.said)) > _MOST_ERRORS,
    )


def encode_sound(path: Path, target: Path, name: str, cut: Cut, progress: Progress) -> int:
    """Write the sound as the fleet plays it (MP3, one channel, 48 kHz, 96 kbit/s) and return its length in ms."""
    part = ("-ss", f"{cut.start_ms / 1000:.3f}", "-t", f"{(cut.end_ms - cut.start_ms) / 1000:.3f}")
    how = ("-ac", "1", "-ar", str(RATE_HZ), "-c:a", "libmp3lame", "-b:a", f"{AUDIO_KBPS}k")
    ran = _ffmpeg(
        [*part, "-i", str(path), "-map", "0:a:0", *how, *_TRACELESS, "-f", "mp3", str(target)],
        name,
        deadline_s=120 + (cut.end_ms - cut.start_ms) / 5_000,
        length_ms=cut.end_ms - cut.start_ms,
        progress=progress,
    )
    if ran.code != 0 or not ran.out_ms:
        raise refused(
            name, "not-encoded", "không chuyển được sang dạng của loa", "Hãy xuất lại tệp."
        )
    return ran.out_ms


def encode_picture(path: Path, target: Path, name: str) -> None:
    """Write a picture as boards show it: PNG or JPEG by the ending of `target`, at most 1920 points wide and high.

    What the camera noted of time and place is left behind.
    """
    fit = (
        f"scale=w='min({PICTURE_W},iw)':h='min({PICTURE_H},ih)':"
        "force_original_aspect_ratio=decrease"
    )
    quality = ("-q:v", "3") if target.suffix == ".jpg" else ()
    ran = _ffmpeg(
        ["-i", str(path), "-map", "0:v:0", "-frames:v", "1", "-vf", fit, *quality, *_TRACELESS,
         "-update", "1", "-f", "image2", str(target)],
        name,
        deadline_s=60,
        length_ms=0,
        progress=lambda _: None,
    )  # fmt: skip
    if ran.code != 0 or not target.is_file() or not target.stat().st_size:
        raise refused(name, "not-encoded", "là hình bị hỏng nên không mở được", "Hãy lưu lại hình.")


def encode_video(
    path: Path, target: Path, name: str, examined: Examined, progress: Progress
) -> None:
    """Write a video as boards play it: MP4, H.264 within 1280 × 720, AAC."""
    fit = (
        f"scale=w='min({VIDEO_W},iw)':h='min({VIDEO_H},ih)':force_original_aspect_ratio=decrease:"
        "force_divisible_by=2,format=yuv420p"
    )
    picture = ("-c:v", "libx264", "-preset", "veryfast", "-crf", "24", "-vf", fit)
    sound = ("-c:a", "aac", "-b:a", "96k", "-ac", "1")
    ran = _ffmpeg(
        ["-i", str(path), "-map", "0:v:0", "-map", "0:a:0?", *picture, *sound, *_TRACELESS,
         "-movflags", "+faststart", "-f", "mp4", str(target)],
        name,
        deadline_s=600 + examined.duration_ms / 250,
        length_ms=examined.duration_ms,
        progress=progress,
    )  # fmt: skip
    if ran.code != 0 or not target.is_file():
        raise refused(
            name, "not-encoded", "là video không chuyển đổi được", "Hãy xuất lại thành mp4."
        )


_TRACELESS: Final = (
    "-map_metadata", "-1", "-map_chapters", "-1", "-fflags", "+bitexact",
    "-flags:a", "+bitexact", "-flags:v", "+bitexact", "-y",
)  # fmt: skip


class _Ran(msgspec.Struct, frozen=True):
    """How a tool ended: its code, what it said, and how far its output reaches in ms."""

    code: int
    said: str
    out_ms: int


def _ffmpeg(
    arguments: list[str], name: str, *, deadline_s: float, length_ms: int, progress: Progress
) -> _Ran:
    command = ["ffmpeg", *_QUIET, *OPEN, "-max_pixels", str(MOST_POINTS), "-progress", "pipe:1"]
    with tempfile.TemporaryFile() as said:
        try:
            tool = subprocess.Popen(
                [*command, *arguments],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=said,
            )
        except FileNotFoundError:
            raise absent("ffmpeg") from None
        with _ended(tool) as out:
            out_ms = 0
            for key, value in _steps(out, deadline_s, name):
                if key == "out_time_us" and value.isdecimal():
                    out_ms = int(value) // 1_000
                    progress(min(1.0, out_ms / length_ms) if length_ms else 0.0)
            code = tool.wait(timeout=SILENT_TOOL_S)
        said.seek(0)
        return _Ran(code, said.read(MOST_SAID_BYTES).decode("utf-8", "replace"), out_ms)


@contextlib.contextmanager
def _ended(tool: "subprocess.Popen[bytes]") -> Iterator[IO[bytes]]:
    """Give the tool's output; whatever happens, the tool is gone afterwards."""
    if tool.stdout is None:
        raise CentralError("Không đọc được tiến độ xử lý âm thanh.", "no-pipe")
    try:
        yield tool.stdout
    finally:
        if tool.poll() is None:
            tool.kill()
            tool.wait()
        tool.stdout.close()


def _steps(out: IO[bytes], deadline_s: float, name: str) -> Iterator[tuple[str, str]]:
    """Yield what the tool tells of its progress; raises `Unacceptable` when it is silent or over its time."""
    ends = time.monotonic() + deadline_s
    held = b""
    with selectors.DefaultSelector() as ready:
        ready.register(out, selectors.EVENT_READ)
        while True:
            left = ends - time.monotonic()
            if left <= 0 or not ready.select(min(left, SILENT_TOOL_S)):
                raise too_slow(name)
            chunk = out.read1(65_536) if hasattr(out, "read1") else out.read(1)
            if not chunk:
                return
            *lines, held = (held + chunk).split(b"\n")
            for line in lines:
                key, _, value = line.decode("ascii", "replace").partition("=")
                yield key, value.strip()


def too_slow(name: str) -> Unacceptable:
    """Return the refusal of a file that takes too long."""
    return refused(name, "too-slow", "mất quá nhiều thời gian để xử lý", "Hãy xuất lại tệp.")


def _silences(said: str, length_ms: int) -> Iterator[tuple[int, int]]:
    start: int | None = None
    for what, at in _SILENCE.findall(said):
        ms = max(0, round(float(at) * 1_000))
        if what == "start":
            start = ms
        elif start is not None:
            yield start, min(ms, length_ms)
            start = None
    if start is not None:
        yield start, length_ms
