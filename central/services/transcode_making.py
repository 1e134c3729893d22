"""Makes content of what came in: a sound, a picture, a video with its sound, a text; each with what was found.

Law of the room: works on files only; nothing is entered here. What the fleet plays already is kept byte for byte.
"""

import shutil
import unicodedata
from pathlib import Path
from typing import Final

import msgspec

from central.domain.content import (
    CUT_SHARE,
    CUT_SLACK_MS,
    MIN_DURATION_MS,
    RMS_ABOVE_LUFS_DB,
    SILENT_DBFS,
    UNMEASURABLE_LUFS,
    gain_db,
    refused,
)
from central.domain.library import MOST_TEXT_CHARS, ContentKind
from central.domain.library_checks import (
    Cut,
    Finding,
    Heard,
    check_length,
    cut_of,
    findings,
)
from central.domain.library_speech import checked_text, estimated_ms, spoken
from central.services.transcode_examine import Examined, examine
from central.services.transcode_jobs import Lease
from central.services.transcode_tools import (
    PICTURE_H,
    PICTURE_W,
    VIDEO_H,
    VIDEO_W,
    Progress,
    encode_picture,
    encode_sound,
    encode_video,
    hear,
)

PICTURE_SHOWN_MS: Final = 15_000
KEPT_BITS_PER_S: Final = 160_000
KEPT_RATES_HZ: Final = frozenset({16_000, 22_050, 24_000, 32_000, 44_100, 48_000})
NOTHING_LUFS, NOTHING_DBFS = -70.0, -120.0


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """Content as it will be entered: the file, what it is, what was measured; `sound` is that of a video."""

    path: Path
    kind: ContentKind
    mime: str
    codec: str
    duration_ms: int
    loudness_lufs: float = NOTHING_LUFS
    peak_dbfs: float = NOTHING_DBFS
    gain_db: float = 0.0
    checks: tuple[Finding, ...] = ()
    text: str = ""
    width: int = 0
    height: int = 0
    sound: "Kept | None" = None


def make_sound(
    lease: Lease, part: Path, made: Path, examined: Examined, progress: Progress
) -> Kept:
    """Return the sound as the fleet plays it; raises `Unacceptable` for what is cut, silent, too short or too long."""
    name, most_minutes = lease.job.file_name, lease.house.settings.audio_max_minutes
    check_length(name, examined.duration_ms, most_minutes)
    heard = hear(part, name, examined, most_minutes * 60, lambda done: progress(done * 0.5))
    _judge(name, heard, examined, most_minutes)
    cut = cut_of(heard) if lease.wish.trim else None
    loudness = heard.loudness_lufs
    if loudness <= UNMEASURABLE_LUFS:
        loudness = heard.mean_dbfs - RMS_ABOVE_LUFS_DB
    gain = gain_db(loudness, heard.peak_dbfs)
    if cut is None and _fleet_plays(examined):
        path, duration = part, heard.duration_ms
    else:
        whole = cut or Cut(start_ms=0, end_ms=heard.duration_ms)
        target = made.with_suffix(".upload-mp3")
        duration = encode_sound(part, target, name, whole, lambda done: progress(0.5 + done * 0.5))
        path = target
    return Kept(
        path=path,
        kind=ContentKind.AUDIO,
        mime="audio/mpeg",
        codec="mp3",
        duration_ms=duration,
        loudness_lufs=round(loudness, 1),
        peak_dbfs=round(heard.peak_dbfs, 1),
        gain_db=gain,
        checks=findings(heard, gain, cut),
    )


def make_picture(part: Path, made: Path, name: str, examined: Examined) -> Kept:
    """Return the picture as boards show it, within their size and without what the camera noted."""
    see_through = examined.video in {"png", "gif", "webp"}
    target = made.with_name(f"{part.stem}.upload-picture.{'png' if see_through else 'jpg'}")
    encode_picture(part, target, name)
    after = examine(target, name)
    shrunk = (examined.width, examined.height) != (after.width, after.height)
    turned = (examined.width, examined.height) == (after.height, after.width)
    parts = {"w": str(after.width), "h": str(after.height)}
    return Kept(
        path=target,
        kind=ContentKind.IMAGE,
        mime="image/png" if see_through else "image/jpeg",
        codec="png" if see_through else "jpeg",
        duration_ms=PICTURE_SHOWN_MS,
        checks=(Finding(code="shrunk", parts=parts),) if shrunk and not turned else (),
        width=after.width,
        height=after.height,
    )


def make_video(lease: Lease, part: Path, made: Path, examined: Examined) -> Kept:
    """Return the video as boards play it, and its sound as clusters do where it has one."""
    name = lease.job.file_name
    check_length(name, examined.duration_ms, lease.house.settings.audio_max_minutes)
    sound = None
    if examined.audio:
        sound = make_sound(lease, part, made, examined, lease.span(0.05, 0.35))
        if sound.path == part:  # an MP3 with a moving picture: nobody has seen one
            copy = made.with_suffix(".upload-mp3")
            shutil.copyfile(part, copy)
            sound = msgspec.structs.replace(sound, path=copy)
    path, after = part, examined
    if not _boards_play(examined):
        path = made.with_name(f"{part.stem}.upload-video.mp4")
        encode_video(part, path, name, examined, lease.span(0.35, 0.98))
        after = examine(path, name)
    return Kept(
        path=path,
        kind=ContentKind.VIDEO,
        mime="video/mp4",
        codec="h264",
        duration_ms=max(MIN_DURATION_MS, after.duration_ms or examined.duration_ms),
        loudness_lufs=sound.loudness_lufs if sound else NOTHING_LUFS,
        peak_dbfs=sound.peak_dbfs if sound else NOTHING_DBFS,
        gain_db=sound.gain_db if sound else 0.0,
        checks=sound.checks if sound else (Finding(code="mute"),),
        width=after.width,
        height=after.height,
        sound=sound,
    )


def make_text(name: str, data: bytes, made: Path) -> Kept:
    """Return a text as boards show it and voices read it: UTF-8 in NFC, without emoji and control characters."""
    if not data or len(data) > 8 * MOST_TEXT_CHARS:
        raise refused(
            name, "text-too-long", "là văn bản quá dài", "Hãy chia thành nhiều bản tin ngắn hơn."
        )
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise refused(
            name, "text-coding", "không phải văn bản UTF-8", "Hãy lưu lại tệp bằng bảng mã Unicode."
        ) from None
    return text_as_kept(unicodedata.normalize("NFC", text), made.with_suffix(".upload-text"))


def text_as_kept(text: str, target: Path) -> Kept:
    """Write a text to `target` and return it as content; raises `Unacceptable` when nothing is left of it."""
    plain = checked_text(text)
    target.write_bytes(plain.text.encode())
    return Kept(
        path=target,
        kind=ContentKind.TEXT,
        mime="text/plain",
        codec="utf-8",
        duration_ms=max(10_000, estimated_ms(spoken(plain.text), 100)),
        text=plain.text,
    )


def _judge(name: str, heard: Heard, examined: Examined, most_minutes: int) -> None:
    promised = examined.duration_ms
    if heard.damaged or heard.duration_ms < promised * CUT_SHARE - CUT_SLACK_MS:
        raise refused(
            name, "truncated", "bị cắt ngang hoặc hỏng giữa chừng", "Hãy chép lại bản đủ."
        )
    check_length(name, heard.duration_ms, most_minutes)
    if heard.duration_ms < MIN_DURATION_MS:
        raise refused(name, "too-short", "ngắn dưới 0,2 giây", "Hãy kiểm tra lại tệp.")
    if heard.peak_dbfs < SILENT_DBFS:
        raise refused(
            name, "silent", "không có tiếng từ đầu đến cuối", "Hãy thu lại, xem micrô có bật không."
        )


def _fleet_plays(examined: Examined) -> bool:
    """Return whether a sound is in the fleet's own form already, so that it is not made worse by coding it again."""
    return (
        examined.format == "mp3"
        and examined.audio == "mp3"
        and examined.channels == 1
        and examined.rate_hz in KEPT_RATES_HZ
        and 0 < examined.bits_per_s <= KEPT_BITS_PER_S
        and not examined.video
    )


def _boards_play(examined: Examined) -> bool:
    return (
        "mp4" in examined.format.split(",")
        and examined.video == "h264"
        and examined.audio in {"", "aac", "mp3"}
        and max(examined.width, PICTURE_W) == PICTURE_W
        and max(examined.height, VIDEO_H) <= PICTURE_H
        and examined.width * examined.height <= 4 * VIDEO_W * VIDEO_H
    )
