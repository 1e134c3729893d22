"""Live sources: a stream relayed by its address, or what comes in at the appliance's line input.

Law of the room: pure. A live source is approved by name, and its name is the hash of its address: the approver
signs where the sound comes from, since what it will say is not known yet.
"""

import re
from typing import Final

from central.domain.errors import Unacceptable
from contract.documents import Live, StreamRelay

_ADDRESS: Final = re.compile(
    r"https?://(?P<user>[^/?#]*@)?"
    r"(?P<host>[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?|\[[0-9A-Fa-f:.]+\])?"
    r"(?P<port>:[0-9]{1,5})?(?:[/?#].*)?"
)
MAX_PORT: Final = 65_535
LINE_IN_WORDS = "Đường vào âm thanh của thiết bị"


def url_of(live: Live) -> str | None:
    """Return the address of a stream, None for the line input."""
    return live.url if isinstance(live, StreamRelay) else None


def live_words(url: str | None) -> str:
    """Return how a live source is called: its whole address, or the words for the line input."""
    return LINE_IN_WORDS if url is None else url


def approval_title(url: str | None) -> str:
    """Return the title that the approval of a live source carries; a very long address is cut there."""
    return LINE_IN_WORDS if url is None else f"Tiếp sóng {url}"[:200]


def fault_of(url: str) -> str:
    """Return why no appliance could relay this address, one sentence; empty when it could."""
    if not url.startswith(("https://", "http://")) or not url.isascii() or not url.isprintable():
        return "Địa chỉ nguồn phải bắt đầu bằng https:// hoặc http://, viết không dấu."
    if " " in url or len(url) > 480:
        return "Địa chỉ nguồn không có dấu cách và dài nhất 480 chữ."
    parts = _ADDRESS.fullmatch(url)
    if parts is None or not 0 < int((parts["port"] or ":80")[1:]) <= MAX_PORT:
        return "Địa chỉ nguồn không đọc được: kiểm tra tên máy và số cổng."
    if parts["user"] is not None:
        return "Địa chỉ nguồn không được chứa tên đăng nhập hay mật khẩu: ai xem lịch cũng thấy."
    if parts["host"] is None:
        return "Địa chỉ nguồn thiếu tên máy, ví dụ https://phat.vi-du.vn/vov1."
    return ""


def check_live(live: Live) -> None:
    """Refuse a live source that no appliance could relay."""
    fault = fault_of(live.url) if isinstance(live, StreamRelay) else ""
    if fault:
        raise Unacceptable(fault, "bad-live")
