"""The words of handing over on the command line, in Vietnamese and English, and what it takes there.

Law of the room: text and arguments only.
"""

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from provisioning.asking import add_central

_WORDS: Final[Mapping[str, tuple[str, str]]] = {
    "goes-on": (
        "{by} đang nghiệm thu dở, đã ghi {n} bước: làm tiếp.",
        "{by} has begun, {n} steps are recorded: going on.",
    ),
    "step": ("Bước {n}/{all}: {what}", "Step {n} of {all}: {what}"),
    "passed": ("Đạt", "Passed"),
    "failed": ("KHÔNG ĐẠT", "FAILED"),
    "skipped": ("Bỏ qua", "Skipped"),
    "failed-now": ("Làm gì tiếp?", "What now?"),
    "failed-again": ("{what} không đạt ({why}). Thử lại?", "{what} failed ({why}). Try again?"),
    "seen": ("  Máy thấy tốt. {why}", "  The appliance saw it. {why}"),
    "unseen": ("  Máy không thấy: {why}", "  The appliance did not see it: {why}"),
    "level": ("  Mức đo được {n} dBFS", "  Measured level {n} dBFS"),
    "no-trial": (
        "Máy không bắt đầu thử: mở trang của máy xem lý do.",
        "Nothing was tried: look at the appliance's page for the reason.",
    ),
    "quiet": (
        "Đang giờ yên tĩnh: nhập lại mã PIN để phát một âm thấp (để trống: không phát): ",
        "Quiet hours: type the PIN again for one low tone (empty: none): ",
    ),
    "ask-relay": ("Rơ-le “{what}” sẽ đóng ngắt một lần.", "The relay of “{what}” will click once."),
    "ask-tone": ("Một âm thấp ở “{what}”.", "One low tone in “{what}”."),
    "ask-loudness": (
        "Chuông ở mọi khu loa, to như thông báo. Đứng chỗ dân nghe.",
        "A chime in all zones, as loud as a notice. Stand where people listen.",
    ),
    "ask-input": ("Chuẩn bị bấm hoặc gạt “{what}”.", "Be ready to press or switch “{what}”."),
    "ask-cap": (
        "Âm lượng lớn nhất của thông báo lúc này có đúng với nơi đây không?",
        "Is the loudest a notice may be now right for this place?",
    ),
    "heard-relay": ("Có nghe hay thấy tách không?", "Did you hear or see the click?"),
    "heard-tone": ("Có nghe đúng ở khu loa này không?", "Did you hear it in this zone?"),
    "heard-loudness": ("Nghe thế nào?", "How was it?"),
    "ask-latitude": ("Vĩ độ (để trống nếu không có): ", "Latitude (may be empty): "),
    "ask-longitude": ("Kinh độ: ", "Longitude: "),
    "ask-note": (
        "Ghi chú, số ảnh (để trống nếu không có): ",
        "Note, photo number (may be empty): ",
    ),
    "nothing": ("Không ghi", "Nothing to note"),
    "why-skip": ("Lý do bỏ qua: ", "Why is it skipped: "),
    "skip-needed": (
        "  Bỏ qua bước này thì phiếu ghi “không đạt”.",
        "  Skipping this one makes the report “failed”.",
    ),
    "key-go": ("làm", "do it"),
    "key-press": ("bắt đầu đợi 20 giây", "wait 20 seconds for it"),
    "key-yes": ("có / vừa", "yes / right"),
    "key-no": ("không", "no"),
    "key-soft": ("nhỏ quá", "too soft"),
    "key-loud": ("to quá", "too loud"),
    "key-again": ("thử lại", "again"),
    "key-skip": ("bỏ qua", "skip"),
    "key-leave": ("để vậy, đi tiếp", "leave it, go on"),
    "title-link": ("đường truyền, máy tỉnh", "link and central"),
    "title-clock": ("đồng hồ", "clock"),
    "title-power": ("nguồn điện, nhiệt độ", "power and temperature"),
    "title-disk": ("thẻ nhớ", "memory card"),
    "title-relay": ("rơ-le “{what}”", "relay of “{what}”"),
    "title-tone": ("âm thử “{what}”", "tone in “{what}”"),
    "title-loudness": ("độ to nghe tại chỗ", "loudness on site"),
    "title-cap": ("mức trần âm lượng", "volume cap"),
    "title-input": ("đầu vào “{what}”", "input “{what}”"),
    "title-ready": ("buổi phát kế tiếp", "next slot"),
    "title-pin": ("mã PIN tại chỗ", "local PIN"),
    "title-place": ("tọa độ, ảnh, ghi chú", "coordinates, photo, note"),
    "who": ("Họ tên người nghiệm thu: ", "Your name: "),
    "which-pin": ("Dùng mã PIN của ai?", "Whose PIN?"),
    "pin": ("Mã PIN của {name}: ", "PIN of {name}: "),
    "verdict-passed": ("ĐẠT", "PASSED"),
    "verdict-failed": ("KHÔNG ĐẠT", "FAILED"),
    "written": ("{verdict}: phiếu ở {file}", "{verdict}: the report is {file}"),
    "told-central": ("Máy tỉnh đã nhận phiếu.", "Central has the report."),
    "central-later": (
        "Phiếu giữ trên máy, sẽ tự gửi khi có đường truyền.",
        "The report is kept on the appliance and sent by itself when central is reached.",
    ),
    "genuine": (
        "{file}: đúng của máy {device} ({name}), {by}, {day}: {verdict}. {n} khóa đã ký.",
        "{file}: genuine, of {device} ({name}), {by}, {day}: {verdict}. {n} keys signed.",
    ),
}


class Say:
    """The words in one language."""

    def __init__(self, language: str) -> None:
        """Speak `vi` or `en`."""
        self._at = 1 if language == "en" else 0

    def __call__(self, word: str, **values: object) -> str:
        """Return the text of a word; raises `KeyError` for one that is not here."""
        return _WORDS[word][self._at].format(**values)


def add_commission(verbs: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the verb that hands an appliance over, and judges the paper of it."""
    verb = verbs.add_parser(
        "commission",
        help="hand an appliance over at its pole, step by step: a signed PDF; or judge one: commission verify FILE",
    )
    verb.add_argument(
        "where", help="the appliance's page, http://192.168.1.20:8080; or the word verify"
    )
    verb.add_argument("file", nargs="?", type=Path, help="with verify: the PDF to be judged")
    verb.add_argument("--by", default="", help="your name, as it stands in the report")
    verb.add_argument("--pin-of", default="", help="whose PIN is used")
    verb.add_argument("--out", type=Path, help="the PDF to write; default nghiem-thu-DEVICE.pdf")
    verb.add_argument("--key", type=Path, help="your own key file: signs beside the appliance")
    verb.add_argument(
        "--device-key", default="", help="with verify: the appliance's QR text or key"
    )
    add_central(verb, required=False)
