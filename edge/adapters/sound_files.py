"""Why a file cannot be heard, in plain words for a staff page: what it is and what to do next.

Law of the room: looks at a file, never changes it, never plays it.
"""

from pathlib import Path
from typing import Final

HEADS: Final = (
    (b"RIFF", "WAV"),
    (b"ID3", "MP3"),
    (b"OggS", "Ogg"),
    (b"fLaC", "FLAC"),
    (b"\x1aE\xdf\xa3", "Matroska hoặc WebM"),
)
HEAD_BYTES: Final = 512
SEND_AGAIN: Final = "hãy gửi lại dạng MP3, Opus hoặc WAV"


def cannot_open(path: Path) -> str:
    """Return why this path cannot even be tried, or "" where it can."""
    if not path.exists():
        return f"không có tệp {path.name} trên thiết bị: chờ tải về hoặc gửi lại"
    if path.is_dir():
        return f"{path.name} là thư mục, không phải tệp âm thanh: xoá đi và gửi lại tệp"
    try:
        with path.open("rb") as file:
            head = file.read(1)
    except OSError as error:
        return f"không đọc được {path.name} ({error.strerror}): kiểm tra thẻ nhớ rồi gửi lại tệp"
    return "" if head else f"tệp {path.name} trống (0 byte): hãy gửi lại"


def nothing_played(path: Path) -> str:
    """Return why no sound came of a file that could be opened, by a look at its first bytes."""
    try:
        with path.open("rb") as file:
            head = file.read(HEAD_BYTES)
    except OSError:
        return cannot_open(path)
    kind = next((name for magic, name in HEADS if head.startswith(magic)), "")
    if head[4:8] == b"ftyp":
        kind = "MP4"
    elif len(head) > 1 and head[0] == 0xFF and head[1] & 0xE0 == 0xE0:
        kind = "MP3"
    if kind:
        return (
            f"{path.name} mở đầu như tệp {kind} nhưng không có âm thanh phát được: "
            f"tệp hỏng hoặc bị cắt; {SEND_AGAIN}"
        )
    if _is_text(head):
        return f"{path.name} là văn bản, không phải âm thanh: {SEND_AGAIN}"
    return f"{path.name} không phải tệp âm thanh nào được biết: {SEND_AGAIN}"


def _is_text(head: bytes) -> bool:
    # The head may end inside a letter of several bytes: forgive its last three.
    for end in range(len(head), max(len(head) - 4, 0), -1):
        try:
            text = head[:end].decode()
        except UnicodeDecodeError:
            continue
        return all(letter.isprintable() or letter in "\r\n\t" for letter in text)
    return False
