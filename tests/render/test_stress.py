"""Hard texts on every kind of panel: nothing is cut, nothing is lost, nothing is too small in silence."""

import re
import unicodedata
from itertools import pairwise

import pytest

from contract.documents import Announcement, Insets, Panel, TimetableSlide, WarningSlide
from render.emergency import emergency
from render.faces import Fonts
from render.findings import FindingCode
from render.pages import Box, Ink, Page
from render.painting import Painter
from render.stage import stage_of
from render.wording import words_of
from tests.render.boards import MARKS, PANELS, TEXTS, notice, painter, pictures, shown
from tests.render.warnings import warning

SAFE = Insets(left_px=3, top_px=2, right_px=5, bottom_px=4)


def bare(text: str) -> str:
    """Return a text without any space."""
    return re.sub(r"\s", "", text)


def check_page(page: Page, room: Box, brush: Painter) -> None:
    """Every line stands whole inside its room and touches no other line."""
    boxes = [brush.ink_box(item) for item in page.items if isinstance(item, Ink)]
    for box in boxes:
        assert box.left >= room.left, page
        assert box.top >= room.top, page
        assert box.right <= room.right, page
        assert box.bottom <= room.bottom, page
    for upper, lower in pairwise(sorted(boxes, key=lambda box: box.top)):
        beside = upper.right <= lower.left or lower.right <= upper.left
        assert beside or upper.bottom <= lower.top + 1, page  # smoothed edges may share a row


def check_edges(page: Page, panel: Panel, brush: Painter) -> None:
    """Outside the safe area there is nothing but ground."""
    canvas, safe = brush.page(page), stage_of(panel).safe
    canvas.paste(page.ground, (safe.left, safe.top, safe.right, safe.bottom))
    colours = canvas.getcolors()
    assert colours is not None
    assert len(colours) == 1, page


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("name", PANELS)
def test_a_hard_text_is_shown_whole(name: str, text: str, fonts: Fonts) -> None:
    """Every syllable stands on some page, whole, inside the safe area, in letters that can be read."""
    panel = PANELS[name].__class__(
        width_px=PANELS[name].width_px, height_px=PANELS[name].height_px, safe=SAFE
    )
    show = shown(panel, fonts, notice(TEXTS[text], "Thông báo của xã Mỹ Phong"))
    brush = painter(panel, fonts)
    for page in show.pages:
        check_page(page, show.regions.body, brush)
    for page in show.pages[:2]:
        check_edges(page, panel, brush)
    said = bare("".join(page.words for page in show.pages))
    assert bare(words_of(TEXTS[text], fonts.knows).text) in said.replace("ThôngbáocủaxãMỹPhong", "")
    sizes = [item.size_px for page in show.pages for item in page.items if isinstance(item, Ink)]
    told = {finding.code for finding in show.findings}
    assert min(sizes) >= show.stage.least_px or FindingCode.TOO_SMALL in told
    assert (len(show.pages) > 1) == (FindingCode.MANY_PAGES in told)


@pytest.mark.parametrize("name", PANELS)
def test_decomposed_letters_look_like_composed_ones(name: str, fonts: Fonts) -> None:
    """A text from a Mac (NFD) gives the very pixels of one from a phone (NFC)."""
    brush = painter(PANELS[name], fonts)
    one, other = (
        shown(PANELS[name], fonts, notice(unicodedata.normalize(form, MARKS))).pages[0]
        for form in ("NFC", "NFD")
    )
    assert one == other
    assert brush.page(one).tobytes() == brush.page(other).tobytes()


@pytest.mark.parametrize("name", PANELS)
def test_a_text_of_nothing_is_passed_over_and_told(name: str, fonts: Fonts) -> None:
    """A slide without a word has no page, and its writer is told."""
    for text in ("", "  \n\t ", "\u200b\u202e"):
        show = shown(PANELS[name], fonts, notice(text))
        assert show.pages == ()
        assert [finding.code for finding in show.findings] == [FindingCode.EMPTY]


@pytest.mark.parametrize("name", PANELS)
def test_a_warning_says_its_level_in_words(name: str, fonts: Fonts) -> None:
    """A warning slide is whole too, and its word stands on the first page whatever the panel's size."""
    panel = PANELS[name]
    slide = WarningSlide(title="Lũ trên sông Tiền", text=MARKS)
    show = shown(panel, fonts, slide, ticker="Trực ban 0273 123 456")
    brush = painter(panel, fonts)
    for page in show.pages:
        check_page(page, show.regions.body, brush)
    inks = " ".join(i.text for p in show.pages for i in p.items if isinstance(i, Ink))
    assert "CHÚ Ý" in inks
    assert bare(MARKS) in bare("".join(page.words for page in show.pages)).replace(
        "LũtrênsôngTiền", ""
    )


@pytest.mark.parametrize("name", PANELS)
def test_a_timetable_is_shown_whole(name: str, fonts: Fonts) -> None:
    """Every cell stands on some page; where there is no room for columns a row becomes a sentence."""
    rows = tuple(
        (f"{day}/12/2026", "7:30–11:00", f"Nhà văn hóa ấp {place}")
        for day, place in enumerate(("Thống Nhất", "Nghĩa Hưng", "Mỹ Đức", "Tân Thuận") * 3, 1)
    )
    slide = TimetableSlide(
        title="Lịch tiêm chủng mở rộng", head=("Ngày", "Giờ", "Địa điểm"), rows=rows
    )
    show = shown(PANELS[name], fonts, slide, bar=True)
    brush = painter(PANELS[name], fonts)
    for page in show.pages:
        check_page(page, show.regions.body, brush)
    said = bare("".join(page.words for page in show.pages))
    for row in rows:
        for cell in row[:2]:
            assert bare(cell) in said
    for word in {word for row in rows for word in row[2].split()}:
        assert word in said


@pytest.mark.parametrize("name", PANELS)
def test_an_emergency_is_shown_whole(name: str, fonts: Fonts) -> None:
    """An emergency fills the board, language by language, whole, with its level in words."""
    panel = PANELS[name]
    announcement: Announcement = warning()
    pages, _ = emergency(announcement, stage_of(panel), fonts, pictures(panel))
    brush = painter(panel, fonts)
    for page in pages:
        check_page(page, stage_of(panel).safe, brush)
    for number, (info, word) in enumerate(
        zip(announcement.infos, ("CẢNH BÁO", "WARNING"), strict=True)
    ):
        mine = [page for page in pages if page.slide == number]
        said = bare("".join(page.words for page in mine)).replace(bare(info.headline), "")
        assert bare(info.text) in said.replace(bare(word), "")
        inks = " ".join(i.text for p in mine for i in p.items if isinstance(i, Ink))
        assert word in inks
