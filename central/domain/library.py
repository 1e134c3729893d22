"""What people say of content: its sheet. Kinds, fields, topics and priorities stand here with their official words.

Law of the room: pure. The code lists are those of the national connection (LoaiLinhVuc, MucDoUuTien) and of
decree 49/2024, article 6; a sheet is checked as a whole and every fault is told in one plain sentence.
"""

from datetime import date
from enum import StrEnum
from typing import Final

import msgspec

from central.domain.errors import Unacceptable
from central.domain.library_text import one_line

MOST_TAGS: Final = 20
MOST_TEXT_CHARS: Final = 20_000
MOST_SUMMARY_CHARS: Final = 2_000


class ContentKind(StrEnum):
    """What content is to its audience: heard, or shown on a board."""

    AUDIO = "audio"
    VIDEO = "video"
    IMAGE = "image"
    TEXT = "text"


KIND_WORDS: Final = {
    ContentKind.AUDIO: "âm thanh",
    ContentKind.VIDEO: "video",
    ContentKind.IMAGE: "hình ảnh",
    ContentKind.TEXT: "văn bản",
}


class Made(StrEnum):
    """How content came to be."""

    UPLOAD = "upload"
    RECORDING = "recording"
    SPEECH = "speech"
    WRITTEN = "written"
    SOUND = "sound"  # the sound of a video


MADE_WORDS: Final = {
    Made.UPLOAD: "tải lên",
    Made.RECORDING: "ghi âm",
    Made.SPEECH: "giọng đọc máy",
    Made.WRITTEN: "soạn tại chỗ",
    Made.SOUND: "tiếng của video",
}


class Priority(StrEnum):
    """How urgent a bulletin is: thường, ưu tiên, khẩn."""

    NORMAL = "normal"
    PRIORITY = "priority"
    URGENT = "urgent"


PRIORITY_WORDS: Final = {
    Priority.NORMAL: "thường",
    Priority.PRIORITY: "ưu tiên",
    Priority.URGENT: "khẩn",
}
PRIORITY_CODES: Final = {Priority.URGENT: 1, Priority.PRIORITY: 2, Priority.NORMAL: 3}

FIELDS: Final = {
    1: "Thông tin chung",
    2: "Thông tin đột xuất",
    3: "Đường lối, chủ trương của Đảng, chính sách, pháp luật của Nhà nước",
    4: "Chỉ đạo, điều hành của cấp ủy, chính quyền cơ sở",
    5: "Kiến thức khoa học, kỹ thuật, kinh tế, văn hóa, xã hội",
    6: "Gương người tốt, việc tốt, điển hình tiên tiến",
}
TOPICS: Final = {
    "law": "Chủ trương, pháp luật, quy định của địa phương, sự kiện quan trọng",
    "projects": "Dự án, chương trình kinh tế - xã hội, văn hóa, an sinh",
    "knowledge": "Chính trị, kinh tế, văn hóa, xã hội, khoa học, kỹ thuật",
    "security": "An ninh, trật tự, quốc phòng, quân sự địa phương",
    "disaster": "Phòng chống thiên tai, tìm kiếm cứu nạn, cháy nổ, dịch bệnh, tình huống khẩn cấp",
    "examples": "Người tốt, việc tốt, mô hình hay",
    "against": "Đấu tranh với vi phạm, tiêu cực, hủ tục",
    "products": "Sản phẩm, dịch vụ, việc làm của địa phương",
    "answers": "Trả lời ý kiến, phản ánh của người dân",
}


class Sheet(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What people say of one content; days are local dates, `field` a LoaiLinhVuc code, `topics` slugs of `TOPICS`."""

    title: str = ""
    field: int = 1
    topics: tuple[str, ...] = ()
    priority: Priority = Priority.NORMAL
    author: str = ""
    department: str = ""
    source: str = ""
    produced: date | None = None
    valid_from: date | None = None
    valid_until: date | None = None
    summary: str = ""
    tags: tuple[str, ...] = ()


_SHORT: Final = (
    ("title", "Tiêu đề"),
    ("author", "Tác giả"),
    ("department", "Đơn vị"),
    ("source", "Nguồn tin"),
)


def checked_sheet(sheet: Sheet) -> Sheet:
    """Return the sheet in NFC with spare spaces taken off; raises `Unacceptable` naming the field and what to do."""
    short = {name: one_line(getattr(sheet, name)) for name, _ in _SHORT}
    for name, words in _SHORT:
        if len(short[name]) > 200:
            raise Unacceptable(f"{words} dài quá 200 chữ. Hãy viết ngắn lại.", "bad-sheet")
    if sheet.field not in FIELDS:
        raise Unacceptable("Lĩnh vực không có trong danh mục. Hãy chọn từ 1 đến 6.", "bad-sheet")
    unknown = [topic for topic in sheet.topics if topic not in TOPICS]
    if unknown:
        raise Unacceptable(
            f"Chủ đề “{unknown[0][:40]}” không có trong danh mục. Hãy chọn lại.", "bad-sheet"
        )
    if sheet.valid_from and sheet.valid_until and sheet.valid_until < sheet.valid_from:
        raise Unacceptable(
            "Ngày hết hiệu lực đứng trước ngày bắt đầu. Hãy xem lại hai ngày.", "bad-sheet"
        )
    summary = one_line(sheet.summary, lines=True)
    if len(summary) > MOST_SUMMARY_CHARS:
        raise Unacceptable(
            f"Tóm tắt dài quá {MOST_SUMMARY_CHARS} chữ. Hãy viết ngắn lại.", "bad-sheet"
        )
    return msgspec.structs.replace(
        sheet,
        **short,
        summary=summary,
        tags=_tags(sheet.tags),
        topics=tuple(dict.fromkeys(sheet.topics)),
    )


def _tags(given: tuple[str, ...]) -> tuple[str, ...]:
    tags = tuple(dict.fromkeys(found for tag in given if (found := one_line(tag))))
    if len(tags) > MOST_TAGS or any(len(tag) > 40 for tag in tags):
        raise Unacceptable(
            f"Tối đa {MOST_TAGS} từ khóa, mỗi từ khóa dài đến 40 chữ. Hãy bớt lại.", "bad-sheet"
        )
    return tags


def holds_on(valid_from: date | None, valid_until: date | None, day: date) -> bool:
    """Return whether content is in force on a local day; an open end holds for ever."""
    return (valid_from is None or valid_from <= day) and (valid_until is None or day <= valid_until)
