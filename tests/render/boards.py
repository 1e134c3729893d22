"""What the renderer's tests share: panels, texts that are hard to set, and a measure without a font."""

import hashlib
import io
import unicodedata
from typing import Final

from PIL import Image

from contract.documents import Bulletin, NoticeSlide, Panel, Sha256, Slide
from render.faces import Fonts
from render.measures import Extent
from render.painting import Painter
from render.pictures import Pictures
from render.showing import Show, lay_out

PANELS: Final = {
    "128x64": Panel(width_px=128, height_px=64, place="Xã Mỹ Phong"),
    "320x160": Panel(width_px=320, height_px=160, place="Xã Mỹ Phong"),
    "portrait": Panel(width_px=1080, height_px=1920, place="UBND xã Mỹ Phong"),
    "4k": Panel(width_px=3840, height_px=2160, place="UBND xã Mỹ Phong"),
}
MARKS: Final = (
    "Nghiêng ngả ường ưỡng, khuỷu tay, ngoằn ngoèo: Ẳ Ẵ Ễ Ỗ Ử Ặ Ợ. Ủy ban nhân dân xã đề nghị bà con chuẩn bị "
    "nước sạch trước 17 giờ ngày 25/11/2026."
)
PLACES: Final = (
    "Thôn Đăk Ơ, xã Bù Gia Mập; buôn Ea H’leo, huyện Krông Pắc; tổ dân phố Nguyễn Thị Minh Khai, phường "
    "Phan Rang – Tháp Chàm; Kon Đào, Đăk Tô; ấp Ê Đê Ƀuôn Čư Ŏr"
)
LONG: Final = " ".join((f"{PLACES} {MARKS} ".split() * 60)[:2_000])
TEXTS: Final = {
    "stacked marks": MARKS,
    "long place names": PLACES,
    "two thousand words": LONG,
    "emoji": "🚨🌊 Lũ lớn! ⚠️ Bà con khẩn trương di dời 🏃‍♂️🏠 ❤️ 👍🏽 ☎ 0273 → gọi ngay ✓",
    "decomposed": unicodedata.normalize("NFD", MARKS),
    "a long address": "Xem https://dichvucong.gov.vn/p/home/dvc-trang-chu.html?ma=0123456789abcdefghijklmnop nhé",
    "signs apart": "Chú ý ! ( quan trọng ) « Đúng giờ » ; mang theo : giấy tờ , bút …",
    "other scripts": "ខ្មែរ và ไทย và 中文 và العربية",
    "one letter": "Ộ",
    "paragraphs": "Một.\n\nHai hai.\r\n\r\n  Ba ba ba.  \n• Bốn\n• Năm",
}


class Square:
    """Every letter as wide as high: layout without a font. Knows all letters but those in `unknown`."""

    def __init__(self, unknown: str = "") -> None:
        self.unknown = unknown

    def width_px(self, text: str, size_px: int, *, bold: bool) -> int:
        """Return a size for each letter."""
        return len(text) * size_px

    def extent(self, size_px: int) -> Extent:
        """Return a size above and a quarter below."""
        return Extent(size_px, size_px // 4)

    def knows(self, character: str) -> bool:
        """Return whether it is none of the unknown."""
        return character not in self.unknown


def photo(width: int = 800, height: int = 600, fmt: str = "PNG") -> bytes:
    """Return a picture of a gradient."""
    written = io.BytesIO()
    band = Image.linear_gradient("L").resize((width, height))
    Image.merge("RGB", (band, band.transpose(Image.Transpose.ROTATE_180), band)).save(written, fmt)
    return written.getvalue()


PHOTO: Final = photo()
PHOTO_SHA: Final = Sha256(hashlib.sha256(PHOTO).hexdigest())


def pictures(panel: Panel, held: bytes = PHOTO) -> Pictures:
    """Return a shelf that holds one picture under the name of `PHOTO`."""
    return Pictures(lambda sha256: held if sha256 == PHOTO_SHA else None, panel.canvas_px)


def shown(panel: Panel, fonts: Fonts, *slides: Slide, ticker: str = "", bar: bool = False) -> Show:
    """Return slides laid out on a panel."""
    bulletin = Bulletin(slides=slides, ticker=ticker, bar=bar)
    return lay_out(bulletin, panel, fonts, pictures(panel))


def notice(text: str, title: str = "") -> NoticeSlide:
    """Return a notice."""
    return NoticeSlide(title=title, text=text)


def painter(panel: Panel, fonts: Fonts, held: bytes = PHOTO) -> Painter:
    """Return a painter for a panel with that one picture."""
    return Painter(panel, fonts, pictures(panel, held))
