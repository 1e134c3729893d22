"""What a file is by its first bytes, where it is none of ours; the sentence says so before any decoder sees it.

Law of the room: pure. Only the head of the file is looked at; nothing is unpacked, so nothing can swell.
"""

from typing import Final, NamedTuple

HEAD_BYTES: Final = 4_096
_TEXT_NAMES: Final = (".txt", ".md")


class Stranger(NamedTuple):
    """A form that is refused: its code, and what it is in words."""

    code: str
    what: str


_MAGIC: Final[tuple[tuple[bytes, Stranger], ...]] = (
    (b"PK\x03\x04", Stranger("archive", "là tệp nén (zip, docx, xlsx…), không phải âm thanh hay hình ảnh")),
    (b"PK\x05\x06", Stranger("archive", "là tệp nén rỗng, không phải âm thanh hay hình ảnh")),
    (b"Rar!", Stranger("archive", "là tệp nén rar, không phải âm thanh hay hình ảnh")),
    (b"7z\xbc\xaf\x27\x1c", Stranger("archive", "là tệp nén 7z, không phải âm thanh hay hình ảnh")),
    (b"\x1f\x8b", Stranger("archive", "là tệp nén gzip, không phải âm thanh hay hình ảnh")),
    (b"BZh", Stranger("archive", "là tệp nén bzip2, không phải âm thanh hay hình ảnh")),
    (b"\xfd7zXZ\x00", Stranger("archive", "là tệp nén xz, không phải âm thanh hay hình ảnh")),
    (b"\x28\xb5\x2f\xfd", Stranger("archive", "là tệp nén zstd, không phải âm thanh hay hình ảnh")),
    (b"%PDF", Stranger("document", "là tài liệu PDF, không phải âm thanh hay hình ảnh")),
    (b"\xd0\xcf\x11\xe0", Stranger("document", "là tài liệu Office, không phải âm thanh hay hình ảnh")),
    (b"{\\rtf", Stranger("document", "là tài liệu RTF, không phải âm thanh hay hình ảnh")),
    (b"MZ", Stranger("program", "là chương trình Windows, không phải âm thanh hay hình ảnh")),
    (b"\x7fELF", Stranger("program", "là chương trình Linux, không phải âm thanh hay hình ảnh")),
    (b"#!", Stranger("program", "là chương trình, không phải âm thanh hay hình ảnh")),
    (b"#EXTM3U", Stranger("playlist", "là danh sách trỏ tới nơi khác, không có âm thanh bên trong")),
    (b"[playlist]", Stranger("playlist", "là danh sách trỏ tới nơi khác, không có âm thanh bên trong")),
)  # fmt: skip
_MARKUP: Final = (b"<!doctype", b"<html", b"<?xml", b"<svg", b"<script")


def stranger(head: bytes, name: str) -> Stranger | None:
    """Return what the file is when it is none of ours; `head` are its first `HEAD_BYTES`."""
    for magic, found in _MAGIC:
        if head.startswith(magic):
            return found
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if start.startswith(_MARKUP):
        return Stranger("markup", "là trang web hoặc tệp XML, không phải âm thanh hay hình ảnh")
    if is_text(head) and not name.lower().endswith(_TEXT_NAMES):
        return Stranger(
            "text", "không phải âm thanh: bên trong là văn bản, dù tên tệp có thể nói khác"
        )
    return None


def is_text(head: bytes) -> bool:
    """Return whether these first bytes read as UTF-8 text without control characters."""
    if not head:
        return False
    try:
        text = head.decode("utf-8")
    except UnicodeDecodeError as fault:
        if fault.start < len(head) - 4:  # a letter may be cut at the end of the head
            return False
        text = head[: fault.start].decode("utf-8")
    return all(char.isprintable() or char in "\n\r\t\ufeff" for char in text)
