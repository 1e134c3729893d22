"""What may enter the content library, and how loud it will sound.

Law of the room: pure judgement over what `central.services.measure` has measured. Every refusal names the file,
what is wrong with it and what to do, in one plain Vietnamese sentence.
"""

import msgspec

from central.domain.errors import Unacceptable

TARGET_LUFS = -16.0
PEAK_CEILING_DBFS = -1.0
SILENT_DBFS = -60.0
UNMEASURABLE_LUFS = -69.0  # the meter answers -70 for what is shorter than its window
RMS_ABOVE_LUFS_DB = 0.7
MIN_GAIN_DB, MAX_GAIN_DB = -40.0, 24.0
MAX_DURATION_MS = 6 * 3_600_000
MIN_DURATION_MS = 200
CUT_SHARE, CUT_SLACK_MS = 0.98, 300

MIMES = {
    "mp3": "audio/mpeg",
    "wav": "audio/wav",
    "flac": "audio/flac",
    "ogg": "audio/ogg",
    "aac": "audio/aac",
    "mov": "audio/mp4",
    "matroska": "audio/webm",
}
DECLARED_UNKNOWN = frozenset({"", "application/octet-stream", "binary/octet-stream"})


class Probed(msgspec.Struct, frozen=True, kw_only=True):
    """What the container says: its format, first audio codec and duration; no codec means no audio."""

    format: str
    codec: str | None
    duration_ms: int | None


class Decoded(msgspec.Struct, frozen=True, kw_only=True):
    """What decoding all of it showed: true duration, loudness, true peak, mean level, and damage found."""

    duration_ms: int
    loudness_lufs: float
    peak_dbfs: float
    mean_dbfs: float
    damaged: bool


class Measured(msgspec.Struct, frozen=True, kw_only=True):
    """Content that may enter the library."""

    mime: str
    codec: str
    duration_ms: int
    loudness_lufs: float
    peak_dbfs: float
    gain_db: float


def check_name(name: str, declared_mime: str) -> None:
    """Refuse a file whose sender says that it is no sound."""
    kind = declared_mime.partition(";")[0].strip().lower()
    if kind not in DECLARED_UNKNOWN and not kind.startswith(("audio/", "video/")):
        raise refused(name, "wrong-mime", f"được gửi dưới dạng “{kind[:60]}”, không phải âm thanh")


def check_probed(name: str, probed: Probed) -> None:
    """Refuse a file without sound or of a form that the appliances do not play."""
    if probed.codec is None:
        raise refused(name, "no-audio", "không có phần âm thanh (có thể là hình ảnh hoặc phim câm)")
    if mime_of(probed.format) is None:
        raise refused(
            name, "wrong-form", f"có dạng “{probed.format[:40]}” mà cụm loa không phát được"
        )
    if (probed.duration_ms or 0) > MAX_DURATION_MS:
        hours = MAX_DURATION_MS // 3_600_000
        raise refused(
            name, "too-long", f"dài hơn {hours} giờ", "Hãy cắt thành nhiều phần ngắn hơn."
        )


def judge(name: str, probed: Probed, decoded: Decoded) -> Measured:
    """Return the content's measures with its static gain; refuses what is cut, damaged, too short, long or silent."""
    mime = mime_of(probed.format)
    if mime is None or probed.codec is None:
        raise refused(name, "no-audio", "không có phần âm thanh")
    promised_ms = probed.duration_ms or 0
    if decoded.damaged or decoded.duration_ms < promised_ms * CUT_SHARE - CUT_SLACK_MS:
        raise refused(
            name, "truncated", "bị cắt ngang hoặc hỏng giữa chừng", "Hãy chép lại bản đủ."
        )
    if decoded.duration_ms < MIN_DURATION_MS:
        raise refused(name, "too-short", "ngắn dưới 0,2 giây", "Hãy kiểm tra lại tệp.")
    if decoded.duration_ms > MAX_DURATION_MS:
        raise refused(name, "too-long", "quá dài", "Hãy cắt thành nhiều phần ngắn hơn.")
    if decoded.peak_dbfs < SILENT_DBFS:
        raise refused(
            name, "silent", "không có tiếng từ đầu đến cuối", "Hãy thu lại, xem micrô có bật không."
        )
    loudness = decoded.loudness_lufs
    if loudness <= UNMEASURABLE_LUFS:
        loudness = decoded.mean_dbfs - RMS_ABOVE_LUFS_DB
    return Measured(
        mime=mime,
        codec=probed.codec,
        duration_ms=decoded.duration_ms,
        loudness_lufs=round(loudness, 1),
        peak_dbfs=round(decoded.peak_dbfs, 1),
        gain_db=gain_db(loudness, decoded.peak_dbfs),
    )


def gain_db(loudness_lufs: float, peak_dbfs: float) -> float:
    """Return the static gain to -16 LUFS that leaves the true peak at or below -1 dBFS, within -40 to 24 dB."""
    wanted = min(TARGET_LUFS - loudness_lufs, PEAK_CEILING_DBFS - peak_dbfs)
    return round(min(MAX_GAIN_DB, max(MIN_GAIN_DB, wanted)), 1)


def mime_of(container: str) -> str | None:
    """Return the MIME type of a container as ffprobe names it, None when it is not one of ours."""
    return next((MIMES[part] for part in container.split(",") if part in MIMES), None)


def refused(
    name: str,
    code: str,
    what: str,
    then: str = "Hãy chọn tệp âm thanh mp3, wav, flac, ogg hoặc m4a.",
) -> Unacceptable:
    """Return the refusal of a file: its name, what is wrong, what to do."""
    return Unacceptable(f"Tệp “{name[:120]}” {what}. {then}", code)
