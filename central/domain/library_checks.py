"""What the checks say of a sound: silence, clipping, level and length, in words; and where to cut its ends.

Law of the room: pure judgement over what was measured. A finding never refuses; refusals stand in
`central.domain.content` and here only for what is too long to be taken.
"""

from typing import Final

import msgspec

from central.domain.content import TARGET_LUFS, refused
from central.domain.errors import Unacceptable

INSIDE_SILENCE_MS: Final = 5_000
END_SILENCE_MS: Final = 1_500
HEAD_KEPT_MS, TAIL_KEPT_MS = 200, 400
QUIET_LUFS: Final = -35.0
SHORT_OF_TARGET_DB: Final = 4.0
CLIPPED_DBFS: Final = -0.15
CLIPPED_FLAT: Final = 3.0
SHORT_MS: Final = 3_000
LONG_MS: Final = 60 * 60_000

SENTENCES: Final = {
    "trimmed": "Đã cắt {head} giây im lặng ở đầu và {tail} giây ở cuối.",
    "silent-head": "Im lặng {s} giây ở đầu. Tải lại và chọn cắt im lặng nếu không cần.",
    "silent-tail": "Im lặng {s} giây ở cuối. Tải lại và chọn cắt im lặng nếu không cần.",
    "silent-inside": "Có {n} đoạn im lặng giữa chừng, dài nhất {s} giây, ở {at}.",
    "clipping": "Tiếng bị vỡ vì thu quá to. Nên thu lại nhỏ hơn hoặc để xa micrô hơn.",
    "quiet": "Thu rất nhỏ ({lufs} LUFS). Loa sẽ nâng tiếng lên, tiếng ồn cũng to theo.",
    "uneven": "Có chỗ rất to nên loa không nâng đủ: nghe sẽ nhỏ hơn các bản tin khác.",
    "short": "Chỉ dài {s} giây. Kiểm tra xem có thiếu không.",
    "long": "Dài {m} phút, hơn một buổi phát 60 phút.",
    "mute": "Video này không có tiếng.",
    "shrunk": "Hình lớn đã được thu về {w} × {h} điểm.",
}


class Heard(msgspec.Struct, frozen=True, kw_only=True):
    """What one pass over a sound measured; silences are (start, end) in ms, `flat` how flat its peaks are."""

    duration_ms: int
    loudness_lufs: float
    peak_dbfs: float
    mean_dbfs: float
    flat: float
    silences: tuple[tuple[int, int], ...]
    damaged: bool


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that the checks found; `code` is a key of `SENTENCES`, `parts` fill the sentence in."""

    code: str
    parts: dict[str, str] = {}

    @property
    def sentence(self) -> str:
        """Return the finding in Vietnamese."""
        return SENTENCES[self.code].format(**self.parts)


class Cut(msgspec.Struct, frozen=True, kw_only=True):
    """What of a sound is kept, from and to in ms."""

    start_ms: int
    end_ms: int


def check_length(name: str, duration_ms: int, most_minutes: int) -> None:
    """Refuse a sound longer than the house takes."""
    if duration_ms > most_minutes * 60_000:
        hours = f"{most_minutes / 60:g}".replace(".", ",")
        raise too_long(name, hours)


def too_long(name: str, hours: str) -> Unacceptable:
    """Return the refusal of a sound beyond the limit."""
    return refused(
        name, "too-long", f"dài hơn {hours} giờ", "Hãy cắt thành nhiều phần ngắn hơn rồi tải lên."
    )


def ends(heard: Heard) -> tuple[int, int]:
    """Return how much silence stands at the head and at the tail, in ms."""
    head = next((end for start, end in heard.silences if start <= 60), 0)
    tail = next(
        (heard.duration_ms - start for start, end in reversed(heard.silences)
         if end >= heard.duration_ms - 60),
        0,
    )  # fmt: skip
    return head, tail


def cut_of(heard: Heard) -> Cut | None:
    """Return what to keep so that the sound begins and ends without a wait; None when there is nothing to cut."""
    head, tail = ends(heard)
    start = max(0, head - HEAD_KEPT_MS) if head > HEAD_KEPT_MS + 100 else 0
    end = heard.duration_ms - (max(0, tail - TAIL_KEPT_MS) if tail > TAIL_KEPT_MS + 100 else 0)
    if (start, end) == (0, heard.duration_ms) or end - start < 500:
        return None
    return Cut(start_ms=start, end_ms=end)


def findings(heard: Heard, gain_db: float, cut: Cut | None) -> tuple[Finding, ...]:
    """Return what is worth knowing of a sound before it is approved, gravest first."""
    found: list[Finding] = []
    kept_ms = heard.duration_ms if cut is None else cut.end_ms - cut.start_ms
    if heard.peak_dbfs >= CLIPPED_DBFS and heard.flat >= CLIPPED_FLAT:
        found.append(Finding(code="clipping"))
    if heard.loudness_lufs < QUIET_LUFS:
        found.append(Finding(code="quiet", parts={"lufs": _number(heard.loudness_lufs)}))
    elif heard.loudness_lufs + gain_db < TARGET_LUFS - SHORT_OF_TARGET_DB:
        found.append(Finding(code="uneven"))
    found += _silences(heard, cut)
    if kept_ms < SHORT_MS:
        found.append(Finding(code="short", parts={"s": _number(kept_ms / 1_000)}))
    if kept_ms > LONG_MS:
        found.append(Finding(code="long", parts={"m": str(round(kept_ms / 60_000))}))
    if cut is not None:
        head, tail = cut.start_ms, heard.duration_ms - cut.end_ms
        parts = {"head": _number(head / 1_000), "tail": _number(tail / 1_000)}
        found.append(Finding(code="trimmed", parts=parts))
    return tuple(found)


def _silences(heard: Heard, cut: Cut | None) -> list[Finding]:
    found: list[Finding] = []
    head, tail = ends(heard)
    inside = [
        (start, end)
        for start, end in heard.silences
        if end - start >= INSIDE_SILENCE_MS and start > 60 and end < heard.duration_ms - 60
    ]
    if inside:
        start, end = max(inside, key=lambda silence: silence[1] - silence[0])
        at = start - (0 if cut is None else cut.start_ms)
        parts = {"n": str(len(inside)), "s": str(round((end - start) / 1_000)), "at": clock(at)}
        found.append(Finding(code="silent-inside", parts=parts))
    if cut is None:
        for code, length in (("silent-head", head), ("silent-tail", tail)):
            if length >= END_SILENCE_MS:
                found.append(Finding(code=code, parts={"s": _number(length / 1_000)}))
    return found


def clock(ms: int) -> str:
    """Return a place in a sound as m:ss or h:mm:ss."""
    minutes, seconds = divmod(ms // 1_000, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"


def _number(value: float) -> str:
    return f"{value:.1f}".replace(".", ",").replace("-", "\N{MINUS SIGN}")
