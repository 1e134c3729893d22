"""A machine that reads Vietnamese reads back what the renderer drew (Debian's tesseract-ocr and tesseract-ocr-vie)."""

import difflib
import os
import re
import shutil
import subprocess
import unicodedata
from pathlib import Path

import pytest

from contract.documents import Panel
from render.faces import Fonts
from render.pages import Ink
from tests.render.boards import MARKS, notice, painter, shown

READER = shutil.which("tesseract")
PANELS = {
    "1080p": Panel(width_px=1920, height_px=1080),
    "portrait": Panel(width_px=1080, height_px=1920),
    "4k": Panel(width_px=3840, height_px=2160),
}
PROSE = (
    "Ủy ban nhân dân xã Mỹ Phong thông báo: từ ngày 25 tháng 11, nước sông Tiền tiếp tục dâng cao, có khả "
    "năng vượt mức báo động 2 vào chiều mai. Đề nghị bà con ở vùng trũng thấp khẩn trương kê cao đồ đạc, "
    "đưa người già, phụ nữ và trẻ em đến trường tiểu học Nguyễn Thị Minh Khai trước 17 giờ. Lực lượng dân "
    "quân tự vệ sẽ hỗ trợ xuồng máy tại nhà văn hóa ấp Nghĩa Hưng. Điện lực sẽ ngừng cung cấp điện từ 7 "
    "giờ 30 đến 11 giờ để gia cố đường dây. Bà con nhớ dự trữ nước sạch, thuốc men, lương thực; khóa bình "
    "ga, ngắt cầu dao; không vớt củi, không đánh bắt cá trên dòng chảy xiết. Mọi thắc mắc xin gọi số điện "
    "thoại trực ban của xã hoặc liên hệ trưởng ấp để được hướng dẫn. "
)
TEXTS = {
    # without the row of single letters, which is no text to a reader of words
    "a notice": re.sub(r": Ẳ.*?\. ", ". ", f"{MARKS} {PROSE}"),
    "two thousand words": " ".join((PROSE * 20).split()[:2_000]),
}
READER_LIKES_PX = 44  # tesseract is made for print: letters of a wall are brought to its size first


def syllables(text: str) -> list[str]:
    """Return the syllables and numbers of a text."""
    return re.findall(r"[\w’/]+", unicodedata.normalize("NFC", text).replace("'", "’"))


def read_back(png: Path) -> str:
    """Return what tesseract reads in a picture."""
    run = subprocess.run(
        ["tesseract", png, "-", "-l", "vie", "--psm", "6"],
        capture_output=True,
        text=True,
        timeout=100,
        env={**os.environ, "OMP_THREAD_LIMIT": "1"},
        check=True,
    )
    return run.stdout


@pytest.mark.drill
@pytest.mark.skipif(READER is None, reason="apt-get install tesseract-ocr tesseract-ocr-vie")
@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("name", PANELS)
def test_what_is_drawn_can_be_read(name: str, text: str, fonts: Fonts, tmp_path: Path) -> None:
    """At least 95 of 100 syllables come back with all their marks."""
    panel = PANELS[name]
    brush = painter(panel, fonts)
    seen: list[str] = []
    for number, page in enumerate(shown(panel, fonts, notice(TEXTS[text])).pages):
        file = tmp_path / f"{number}.png"
        canvas = brush.page(page)
        size = max(item.size_px for item in page.items if isinstance(item, Ink))
        scale = min(1.0, READER_LIKES_PX / size)
        canvas.resize((int(canvas.width * scale), int(canvas.height * scale))).save(file)
        seen += syllables(read_back(file))
    wanted = syllables(TEXTS[text])
    match = difflib.SequenceMatcher(None, wanted, seen, autojunk=False)
    share = sum(block.size for block in match.get_matching_blocks()) / len(wanted)
    print(f"{name}, {text}: {share:.1%} of {len(wanted)} syllables")  # noqa: T201  the figure is the point
    assert share >= 0.95, [
        wanted[a:b] + seen[c:d] for op, a, b, c, d in match.get_opcodes() if op != "equal"
    ]
