"""Live sources: a stream relayed by its address, or what comes in at the appliance's line input.

Law of the room: pure. A live source is approved by name, and its name is the hash of its address: the approver
signs where the sound comes from, since what it will say is not known yet.
"""

from urllib.parse import urlsplit

from central.domain.errors import Unacceptable
from contract.documents import LineIn, Live, StreamRelay

LINE_IN_WORDS = "Đường vào âm thanh của thiết bị"


def url_of(live: Live) -> str | None:
    """Return the address of a stream, None for the line input."""
    return live.url if isinstance(live, StreamRelay) else None


def live_of(url: str | None) -> Live:
    """Return the live source with this address; the line input for None."""
    return LineIn() if url is None else StreamRelay(url=url)


def live_words(url: str | None) -> str:
    """Return how a live source is called: its whole address, or the words for the line input."""
    return LINE_IN_WORDS if url is None else url


def approval_title(url: str | None) -> str:
    """Return the title that the approval of a live source carries; a very long address is cut there."""
    return LINE_IN_WORDS if url is None else f"Tiếp sóng {url}"[:200]


def fault_of(url: str) -> str:
    """Return why no appliance could relay this address, one sentence; empty when it could."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return "Địa chỉ nguồn không đọc được: kiểm tra tên máy và số cổng."
    if parts.scheme not in {"http", "https"} or not url.isascii() or not url.isprintable():
        return "Địa chỉ nguồn phải bắt đầu bằng https:// hoặc http://, viết không dấu."
    if " " in url or not 8 < len(url) <= 480:
        return "Địa chỉ nguồn không có dấu cách và dài nhất 480 chữ."
    if not host or port == 0:
        return "Địa chỉ nguồn thiếu tên máy, ví dụ https://phat.vi-du.vn/vov1."
    if parts.username is not None:
        return "Địa chỉ nguồn không được chứa tên đăng nhập hay mật khẩu: ai xem lịch cũng thấy."
    return ""


def check_live(live: Live) -> None:
    """Refuse a live source that no appliance could relay."""
    fault = fault_of(live.url) if isinstance(live, StreamRelay) else ""
    if fault:
        raise Unacceptable(fault, "bad-live")
