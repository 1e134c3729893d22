"""Live sources in words: what may be tried, and why one gave no sound, as sentences for a staff page.

Law of the room: opens and asks nothing over the network; a live source never finishes, it only fails.
"""

import stat
from pathlib import Path
from typing import Final, assert_never
from urllib.parse import urlsplit

from edge.adapters.engine_talk import Cause, Way

SCHEMES: Final = frozenset({"http", "https"})
MAX_URL: Final = 2_048
SHOWN: Final = 80
RELAY_ENDED: Final = "nguồn tiếp sóng đã ngừng"


def cannot_relay(url: str) -> str:
    """Return why this address cannot even be tried, or "" where it can."""
    if len(url) > MAX_URL or any(ord(letter) <= 32 or ord(letter) == 127 for letter in url):
        return "địa chỉ tiếp sóng quá dài hoặc có dấu cách: hãy sửa địa chỉ"
    try:
        parts = urlsplit(url)
        port_is_good = parts.port is None or parts.port > 0
    except ValueError:
        return f"địa chỉ tiếp sóng viết sai ({url[:SHOWN]}): hãy sửa địa chỉ"
    if parts.scheme not in SCHEMES:
        return f"chỉ tiếp sóng được địa chỉ http:// hoặc https://, không phải {url[:SHOWN]}"
    if not parts.hostname or not port_is_good:
        return f"địa chỉ tiếp sóng thiếu tên máy ({url[:SHOWN]}): hãy sửa địa chỉ"
    return ""


def cannot_take(pipe: Path) -> str:
    """Return why there is no phone behind this pipe, or "" where there is one."""
    try:
        is_pipe = stat.S_ISFIFO(pipe.stat().st_mode)
    except OSError:
        is_pipe = False
    return "" if is_pipe else "điện thoại đã ngừng nói: mở lại micro trên trang rồi nói"


def cannot_listen(source_name: str) -> str:
    """Return why this input of the sound server cannot even be tried, or "" where it can."""
    if not source_name:
        return "chưa chọn ngõ vào âm thanh: đặt `line_in` trong cấu hình của thiết bị"
    return ""


def live_failure(way: Way, place: str, cause: Cause, played_s: float) -> str:
    """Return what went wrong with a live source, and what to do."""
    if cause is Cause.NO_OUTPUT:
        return "không nghe được: máy chủ âm thanh không nhận tiếng; kiểm tra nó có chạy"
    match way:
        case Way.STREAM:
            if cause in {Cause.NOTHING_PLAYED, Cause.SILENT}:
                host = urlsplit(place).hostname
                return f"nguồn tiếp sóng {host} không cho tiếng nào: kiểm tra địa chỉ và mạng"
            return f"{RELAY_ENDED} sau {played_s:.0f} giây: kiểm tra mạng và đài nguồn"
        case Way.LINE_IN:
            if cause in {Cause.NOTHING_PLAYED, Cause.SILENT}:
                return f"ngõ vào âm thanh {place} không cho tiếng nào: kiểm tra dây và tên ngõ vào"
            return f"ngõ vào âm thanh {place} đã ngừng sau {played_s:.0f} giây: kiểm tra dây"
        case Way.PHONE:
            if cause in {Cause.NOTHING_PLAYED, Cause.SILENT}:
                return "điện thoại không gửi tiếng nào: cho phép micro rồi nói lại"
            return f"điện thoại ngừng gửi tiếng sau {played_s:.0f} giây: kiểm tra Wi-Fi rồi nói lại"
        case Way.FILE:
            return ""
        case _:
            assert_never(way)
