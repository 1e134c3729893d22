"""Panels, the bar, the ticker, pictures and fonts; and that the same input gives the same pixels."""

import io
import json
import shutil
from datetime import datetime, timedelta
from importlib import resources
from pathlib import Path
from typing import Final

import pytest
from PIL import Image

from contract.documents import (
    AlertLevel,
    Bulletin,
    Crop,
    Insets,
    MessageType,
    NoticeSlide,
    Panel,
    PictureSlide,
    PictureTextSlide,
    PortraitSlide,
    Sha256,
    Slide,
    Status,
    TextSlide,
    TimetableSlide,
    VideoSlide,
    WarningSlide,
)
from contract.documents.panel import Rotation
from render.emergency import band_word, colours, emergency
from render.faces import Fonts, FontsMissing
from render.findings import FindingCode
from render.pages import Box, Film, Ink, Photo
from render.painting import Painter, with_ticker
from render.showing import lay_out
from render.stage import stage_of
from render.ticker import RATE, bar, offset_px, strip
from tests.render.boards import (
    MARKS,
    PANELS,
    PHOTO_SHA,
    TEXTS,
    notice,
    painter,
    photo,
    pictures,
    shown,
)
from tests.render.make_coverage import coverage
from tests.render.warnings import warning

VECTORS: Final = Path(__file__).with_name("golden.json")
NOW: Final = datetime(2026, 11, 24, 5, 41)  # noqa: DTZ001  the board's own wall clock
SLIDES: Final[dict[str, Slide]] = {
    "notice": NoticeSlide(title="Thông báo", text=MARKS),
    "warning": WarningSlide(
        level=AlertLevel.DANGER, title="Lũ quét", text="Rời khỏi bờ suối ngay."
    ),
    "timetable": TimetableSlide(
        title="Lịch tiêm", head=("Ngày", "Nơi"), rows=(("7/12", "Trạm y tế"), ("9/12", "Ấp 3"))
    ),
    "text": TextSlide(pages=("Trang một 🚨", "Trang hai")),
}


def names(panel: Panel, fonts: Fonts, slide: Slide) -> list[str]:
    """Return the names of a slide's frames, with bar and ticker in the first."""
    show = shown(panel, fonts, slide, ticker="Trực ban 0273 123 456", bar=True)
    brush = painter(panel, fonts)
    frames = []
    for page in show.pages:
        canvas = brush.page(page)
        if show.regions.bar is not None:
            ribbon = bar("Xã Mỹ Phong", NOW, show.regions.bar, show.regions.small_px, fonts)
            brush.draw(canvas, ribbon, page.ground)
        if show.strip is not None:
            with_ticker(canvas, brush.strip(show.strip), show.strip, show.regions, 3.0)
        frames.append(brush.signal(canvas).sha256)
    return frames


def golden(fonts: Fonts) -> dict[str, list[str]]:
    """Return the names of all golden frames."""
    small = {name: PANELS[name] for name in ("128x64", "320x160")}
    small["720p turned"] = Panel(width_px=1280, height_px=720, rotation_deg=90)
    return {
        f"{kind} {name}": names(panel, fonts, slide)
        for name, panel in small.items()
        for kind, slide in SLIDES.items()
    }


def test_the_pixels_are_those_of_the_golden_frames(fonts: Fonts) -> None:
    """The same bulletin on the same panel gives the pixels that every board shows; another one is a decision."""
    assert golden(fonts) == json.loads(VECTORS.read_text(encoding="utf-8"))


def test_fresh_fonts_and_a_fresh_painter_give_the_same_pixels(fonts: Fonts) -> None:
    """What was painted before leaves no trace in what is painted now."""
    panel = PANELS["320x160"]
    first = names(panel, fonts, SLIDES["notice"])
    for size in range(12, 40):
        fonts.extent(size)
    assert names(panel, fonts, SLIDES["notice"]) == first == names(panel, Fonts(), SLIDES["notice"])


@pytest.mark.parametrize("turn", [0, 90, 180, 270])
def test_a_panel_that_hangs_turned_shows_it_upright(turn: Rotation, fonts: Fonts) -> None:
    """The signal turned back is the canvas, inside the crop; outside the crop it is dark."""
    panel = Panel(
        width_px=400,
        height_px=300,
        rotation_deg=turn,
        crop=Crop(left_px=40, top_px=20, width_px=256, height_px=128),
        safe=Insets(left_px=8),
    )
    show = shown(panel, fonts, notice("Họp thôn tối nay"))
    brush = painter(panel, fonts)
    canvas = brush.page(show.pages[0])
    assert canvas.size == ((128, 256) if turn in {90, 270} else (256, 128))
    frame = brush.signal(canvas)
    whole = Image.frombytes("RGB", (frame.width, frame.height), frame.rgb)
    cut = whole.crop((40, 20, 296, 148))
    assert cut.rotate(turn, expand=True).tobytes() == canvas.tobytes()
    whole.paste((0, 0, 0), (40, 20, 296, 148))
    assert whole.getcolors() == [(400 * 300, (0, 0, 0))]
    again = Image.open(io.BytesIO(frame.png()))
    assert again.tobytes() == frame.rgb


def test_letters_are_as_large_as_the_distance_asks() -> None:
    """A capital has a 215th of the distance; without a distance a share of the panel; never under twelve pixels."""
    wall = Panel(width_px=256, height_px=128, pitch_mm=5, distance_m=20)
    assert stage_of(wall).least_px == 27
    assert stage_of(wall).readable_m(27) == pytest.approx(20, abs=1)
    assert stage_of(PANELS["4k"]).least_px == 60
    assert stage_of(Panel(width_px=256, height_px=128, pitch_mm=10, distance_m=3)).least_px == 12


def test_a_wall_read_from_too_far_says_so(fonts: Fonts) -> None:
    """Where no syllable fits in letters for the distance they are as large as fits, and it is said how far."""
    wall = Panel(width_px=128, height_px=64, pitch_mm=5, distance_m=80)
    show = shown(wall, fonts, notice("Nghiêng ngả"))
    found = [one for one in show.findings if one.code is FindingCode.TOO_SMALL]
    assert len(found) == 1
    assert " m " in found[0].vi
    near = shown(Panel(width_px=128, height_px=64, pitch_mm=5, distance_m=5), fonts, notice("Họp"))
    assert near.findings == ()


def test_the_bar_holds_name_date_lunar_date_and_clock(fonts: Fonts) -> None:
    """On a wide board all of it stands side by side; on a narrow one it takes turns, and the clock stays."""
    wide = " ".join(
        i.text
        for i in bar("Xã Mỹ Phong", NOW, Box(0, 0, 1920, 60), 30, fonts)
        if isinstance(i, Ink)
    )
    assert wide == "Xã Mỹ Phong · Thứ Ba 24/11/2026 · 16/10 ÂL 05:41"
    seen = set()
    for tens in range(6):
        at = NOW + timedelta(seconds=10 * tens)
        inks = [
            i for i in bar("Xã Mỹ Phong", at, Box(0, 0, 150, 24), 12, fonts) if isinstance(i, Ink)
        ]
        assert inks[-1].text.startswith("05:4")
        assert (
            inks[0].left + fonts.width_px(inks[0].text, inks[0].size_px, bold=False) <= inks[1].left
        )
        seen.add(inks[0].text)
    assert any("Mỹ Phong" in text for text in seen)
    assert any("16/10 ÂL" in text for text in seen)


def test_the_ticker_moves_by_whole_pixels_and_comes_round(fonts: Fonts) -> None:
    """At thirty pictures a second each step is the same; it begins at the right edge, and begins anew after a round."""
    for size in (12, 30, 60):
        line = strip("Bà con giữ vệ sinh chung", Box(0, 0, 320, 90), size, fonts)
        assert line is not None
        steps = {
            (offset_px(line, (n + 1) / RATE + 1e-9) - offset_px(line, n / RATE + 1e-9))
            % line.length_px
            for n in range(200)
        }
        assert len(steps) == 1
        assert offset_px(line, 0) == (-line.view_px) % line.length_px
        assert offset_px(line, line.round_s + 1e-9) == offset_px(line, 0)
    assert strip(" \n", Box(0, 0, 320, 90), 12, fonts) is None


def test_a_ticker_shows_its_whole_text_once_a_round(fonts: Fonts) -> None:
    """What goes by in one round is the strip, column by column, nothing cut at the seam."""
    panel = PANELS["320x160"]
    show = shown(panel, fonts, notice("Tin"), ticker=TEXTS["emoji"])
    assert show.strip is not None
    assert show.regions.ticker is not None
    brush = painter(panel, fonts)
    whole = brush.strip(show.strip)
    first = Image.new("RGB", (1, show.strip.height_px))
    for column in range(0, show.strip.length_px, 97):
        canvas = Image.new("RGB", panel.canvas_px)
        elapsed = (column + show.strip.view_px) / show.strip.speed_px_s + 1e-9
        with_ticker(canvas, whole, show.strip, show.regions, elapsed)
        box = show.regions.ticker
        first = canvas.crop((box.left, box.top, box.left + 1, box.bottom))
        assert first.tobytes() == whole.crop((column, 0, column + 1, box.height)).tobytes()


def test_what_finds_no_room_is_told(fonts: Fonts) -> None:
    """A low board has no bar, a very low one no ticker, a ticker of a novel is too long: each is said."""
    low = Panel(width_px=160, height_px=32)
    show = shown(low, fonts, notice("Tin"), ticker="Trực ban", bar=True)
    assert {f.code for f in show.findings} == {FindingCode.NO_BAR, FindingCode.NO_TICKER}
    long = shown(
        PANELS["320x160"], fonts, notice("Tin"), ticker=TEXTS["two thousand words"][:2_000]
    )
    assert [f.code for f in long.findings] == [FindingCode.LONG_TICKER]


def test_a_picture_is_whole_and_a_broken_one_leaves_its_text(fonts: Fonts) -> None:
    """A picture keeps its shape inside its box; one that is missing or damaged is told, and its words are shown."""
    panel = Panel(width_px=1280, height_px=720)
    slides = (
        PortraitSlide(picture=PHOTO_SHA, name="Bà Hường", text="Hai mươi năm dạy chữ."),
        PictureTextSlide(picture=PHOTO_SHA, title="Cầu mới", text="Khánh thành ngày 2/9."),
        PictureSlide(picture=PHOTO_SHA, caption="Cầu ấp 3"),
        PictureSlide(picture=PHOTO_SHA),
    )
    show = shown(panel, fonts, *slides)
    assert show.findings == ()
    assert all(any(isinstance(i, Photo) for i in page.items) for page in show.pages)
    assert len(show.pages) == 4
    for held in (b"", photo()[:900], photo(fmt="GIF"), photo(fmt="JPEG")[:300], b"GIF89a" * 50):
        bad = lay_out(Bulletin(slides=slides[:3], bar=False), panel, fonts, pictures(panel, held))
        assert [f.code for f in bad.findings] == [FindingCode.NO_PICTURE] * 3
        assert [page.words for page in bad.pages][1:] == [
            "Cầu mới Khánh thành ngày 2/9.",
            "Cầu ấp 3",
        ]


def test_a_picture_of_few_pixels_is_told(fonts: Fonts) -> None:
    """A thumbnail on a large board is drawn, and its author told that it is coarse."""
    panel = PANELS["4k"]
    small = pictures(panel, photo(40, 30))
    show = lay_out(
        Bulletin(slides=(PictureSlide(picture=PHOTO_SHA),), bar=False), panel, fonts, small
    )
    assert [f.code for f in show.findings] == [FindingCode.COARSE_PICTURE]


def test_a_picture_is_turned_as_its_camera_says_and_never_decoded_when_huge() -> None:
    """A phone's portrait photo stands upright; a picture of a hundred million pixels is none."""
    written = io.BytesIO()
    picture = Image.new("RGB", (300, 200), "#336699")
    exif = picture.getexif()
    exif[0x0112] = 6
    picture.save(written, "JPEG", exif=exif)
    panel = Panel(width_px=1280, height_px=720)
    assert pictures(panel, written.getvalue()).size(PHOTO_SHA) == (200, 300)
    huge = io.BytesIO()
    Image.new("1", (10_000, 10_000)).save(huge, "PNG")
    assert pictures(panel, huge.getvalue()).size(PHOTO_SHA) is None


def test_a_film_has_its_place_and_no_ink(fonts: Fonts) -> None:
    """A film fills the safe area; the player draws there, and hears whether it may sound."""
    show = shown(PANELS["4k"], fonts, VideoSlide(video=Sha256("a" * 64), sound=True))
    assert show.pages[0].items == (Film(stage_of(PANELS["4k"]).safe, Sha256("a" * 64), True),)


def test_a_missing_or_another_font_is_an_error_that_says_what_to_do(
    fonts: Fonts, tmp_path: Path
) -> None:
    """A board without its fonts shows no boxes: it says what to install."""
    with pytest.raises(FontsMissing, match="install the package manimgx-fonts"):
        Fonts(tmp_path)
    installed = Path(str(fonts.face(0, 12, bold=False).path)).parent
    for font in installed.glob("Noto*.ttf"):
        shutil.copy(font, tmp_path)
    Fonts(tmp_path)
    (tmp_path / "NotoEmoji[wght].ttf").write_bytes(b"another")
    with pytest.raises(FontsMissing, match=r"NotoEmoji\[wght\].ttf is not the one"):
        Fonts(tmp_path)


def test_the_table_of_known_letters_is_the_fonts_own() -> None:
    """What we believe the fonts know, and the hashes they are held to, is what the fonts say."""
    table = resources.files("render").joinpath("assets/coverage.json").read_text(encoding="ascii")
    assert json.loads(table) == coverage()


def test_every_vietnamese_letter_is_known(fonts: Fonts) -> None:
    """All letters and tones of Vietnamese stand in the first font."""
    tones = "aàáảãạăằắẳẵặâầấẩẫậeèéẻẽẹêềếểễệiìíỉĩịoòóỏõọôồốổỗộơờớởỡợuùúủũụưừứửữựyỳýỷỹỵđ"
    letters = tones + tones.upper() + "0123456789.,:;!?()“”‘’–—…•₫"
    assert {run.face for run in fonts.runs(letters)} == {0}


def test_an_emergency_alternates_its_languages_and_says_when_it_is_over() -> None:
    """Level words in each language; a drill says that it is one; a cancel is green and says that it is over."""
    assert band_word(warning("Extreme"), "vi") == "KHẨN CẤP"
    assert band_word(warning("Moderate"), "en-gb") == "CAUTION"
    assert band_word(warning(status=Status.EXERCISE), "vi") == "DIỄN TẬP – CẢNH BÁO"
    assert band_word(warning(message=MessageType.CANCEL), "km") == "HẾT CẢNH BÁO"
    grounds = [colours(warning(level))[0] for level in ("Extreme", "Severe", "Moderate", "Minor")]
    grounds += [colours(warning(status=Status.EXERCISE))[0]]
    grounds += [colours(warning(message=MessageType.CANCEL))[0]]
    assert len(set(grounds)) == 6


def test_a_cancel_without_words_is_still_shown(fonts: Fonts) -> None:
    """The board says that the warning is over, and of what."""
    panel = PANELS["320x160"]
    over = warning(message=MessageType.CANCEL)
    pages, told = emergency(over, stage_of(panel), fonts, pictures(panel))
    assert told == ()
    assert [page.words for page in pages] == ["HẾT CẢNH BÁO Lũ"]
    assert isinstance(painter(panel, fonts), Painter)
