"""What whoever writes a bulletin is told of it: never an error, always a sentence.

Law of the room: a closed vocabulary to count by, and one sentence in Vietnamese and in English with the next
step.
"""

from enum import StrEnum
from typing import NamedTuple


class FindingCode(StrEnum):
    """What was found."""

    TOO_SMALL = "too-small"  # letters below what can be read from the panel's distance
    MANY_PAGES = "many-pages"
    NO_GLYPH = "no-glyph"
    CONTRAST = "contrast"
    BROKEN_WORD = "broken-word"
    EMPTY = "empty"
    NO_PICTURE = "no-picture"
    COARSE_PICTURE = "coarse-picture"
    NO_BAR = "no-bar"
    NO_TICKER = "no-ticker"
    LONG_TICKER = "long-ticker"


class Finding(NamedTuple):
    """One finding; `slide` counts from 0, None speaks of the whole bulletin."""

    code: FindingCode
    slide: int | None
    vi: str
    en: str


def too_small(slide: int | None, size_px: int, readable_m: float | None) -> Finding:
    """Return that letters of `size_px` are too small; `readable_m` is from how far they can be read, where known."""
    if readable_m is None:
        vi = f"Chữ chỉ cao {size_px} điểm ảnh, khó đọc trên bảng này; hãy bớt chữ hoặc chia thành nhiều trang."
        en = f"Letters of only {size_px} pixels are hard to read on this board; write less or split it."
    else:
        vi = f"Chữ chỉ đọc được từ {readable_m:.0f} m trở lại, gần hơn khoảng cách của bảng; hãy bớt chữ."
        en = f"These letters can be read from {readable_m:.0f} m at most, nearer than the board's readers; write less."
    return Finding(FindingCode.TOO_SMALL, slide, vi, en)


def many_pages(slide: int, pages: int, total_s: float) -> Finding:
    """Return that a slide needs more pages than one."""
    minutes, seconds = divmod(round(total_s), 60)
    vi_time = f"{minutes} phút {seconds} giây" if minutes else f"{seconds} giây"
    en_time = f"{minutes} min {seconds} s" if minutes else f"{seconds} s"
    return Finding(
        FindingCode.MANY_PAGES,
        slide,
        f"Nội dung cần {pages} trang, chạy hết {vi_time}; người đi ngang có thể chỉ đọc một trang. Nên viết ngắn lại.",
        f"This needs {pages} pages and {en_time}; who walks by may read one of them. Shorten it if you can.",
    )


def no_glyph(slide: int | None, lost: tuple[str, ...], count: int) -> Finding:
    """Return that `count` characters, of the kinds `lost`, are shown as an ellipsis."""
    names = " ".join(f"{one} (U+{ord(one):04X})" for one in lost[:5])
    return Finding(
        FindingCode.NO_GLYPH,
        slide,
        f"{count} ký tự không có trong phông chữ, hiện thành “…”: {names}. Hãy thay bằng chữ.",
        f"{count} characters are in none of the fonts and shown as “…”: {names}. Write them in words.",
    )


def poor_contrast(slide: int, ratio: float, least: float) -> Finding:
    """Return that the chosen colours were mended from `ratio` to at least `least`."""
    return Finding(
        FindingCode.CONTRAST,
        slide,
        f"Màu chữ và màu nền chỉ tương phản {ratio:.1f}:1 (cần {least:.1f}:1 trở lên); bảng đã tự chỉnh màu chữ.",
        f"The colours have a contrast of only {ratio:.1f}:1 ({least:.1f}:1 is needed); the letters' colour was mended.",
    )


def broken_word(slide: int | None, word: str) -> Finding:
    """Return that a word is longer than a line and goes on in the next."""
    shown = word if len(word) <= 24 else f"{word[:24]}…"
    return Finding(
        FindingCode.BROKEN_WORD,
        slide,
        f"“{shown}” dài hơn một dòng nên phải ngắt giữa chừng; hãy thử viết ngắn hơn.",
        f"“{shown}” is longer than a line and goes on in the next; try something shorter.",
    )


def empty(slide: int) -> Finding:
    """Return that a slide says nothing and is passed over."""
    return Finding(
        FindingCode.EMPTY,
        slide,
        "Trang không có chữ nào nên sẽ được bỏ qua; hãy viết nội dung hoặc xóa trang.",
        "This slide says nothing and is passed over; write something or delete it.",
    )


def no_picture(slide: int) -> Finding:
    """Return that a picture is missing or cannot be read; its text is shown without it."""
    return Finding(
        FindingCode.NO_PICTURE,
        slide,
        "Không có ảnh hoặc ảnh hỏng nên chỉ hiện phần chữ; hãy tải lại ảnh JPEG, PNG hoặc WebP.",
        "The picture is missing or damaged, only the text is shown; upload a JPEG, PNG or WebP again.",
    )


def coarse_picture(slide: int, have: tuple[int, int], need: tuple[int, int]) -> Finding:
    """Return that a picture is enlarged to more than twice its pixels in each direction."""
    return Finding(
        FindingCode.COARSE_PICTURE,
        slide,
        f"Ảnh {have[0]} × {have[1]} điểm quá nhỏ cho chỗ {need[0]} × {need[1]}, sẽ bị mờ; hãy dùng ảnh lớn hơn.",
        f"A picture of {have[0]} × {have[1]} pixels is coarse in {need[0]} × {need[1]}; take a larger one.",
    )


def no_bar() -> Finding:
    """Return that the panel is too low for the bar."""
    return Finding(
        FindingCode.NO_BAR,
        None,
        "Bảng quá nhỏ nên không hiện thanh tên xã và đồng hồ; chỗ được dành cho nội dung.",
        "The board is too small for the bar with name and clock; its room goes to the text.",
    )


def no_ticker() -> Finding:
    """Return that the panel is too low for a ticker."""
    return Finding(
        FindingCode.NO_TICKER,
        None,
        "Bảng quá thấp nên không hiện dòng chữ chạy; hãy đưa nội dung đó thành một trang.",
        "The board is too low for a ticker; make a slide of that text.",
    )


def long_ticker(round_s: float) -> Finding:
    """Return that the ticker takes long to come round."""
    return Finding(
        FindingCode.LONG_TICKER,
        None,
        f"Dòng chữ chạy cần {round_s:.0f} giây mới hết một lượt; hãy viết ngắn lại để người đi ngang đọc được.",
        f"The ticker takes {round_s:.0f} s to come round; shorten it for those who walk by.",
    )
