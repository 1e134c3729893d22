"""Words of every page: its frame, times, and the appliance's own state.

Law of the room: text only, Vietnamese then English; the same blanks in both.
"""

from collections.abc import Mapping
from typing import Final

SHELL: Final[Mapping[str, tuple[str, str]]] = {
    "product": ("Tiếng Làng", "Tiếng Làng"),
    "skip": ("Đến nội dung chính", "Skip to the main part"),
    "other-language": ("English", "Tiếng Việt"),
    "lost": (
        "Mất liên lạc với thiết bị. Những gì hiện ở đây có thể đã cũ; trang tự nối lại.",
        "No word from the appliance. What is shown may be old; the page reconnects by itself.",
    ),
    "no-script": (
        "Trang không tự cập nhật. Bấm để làm mới.",
        "This page does not update itself. Press to refresh.",
    ),
    "nav": ("Các trang", "Pages"),
    "nav.home": ("Điều khiển", "Control"),
    "nav.check": ("Kiểm tra", "Check"),
    "nav.log": ("Nhật ký", "Log"),
    "nav.about": ("Thiết bị", "Appliance"),
    "at": ("lúc {time}", "at {time}"),
    "until": ("đến {time}", "until {time}"),
    "today": ("{time}", "{time}"),
    "tomorrow": ("{time} mai", "{time} tomorrow"),
    "other-day": ("{time} ngày {day}", "{time} on {day}"),
    "minutes": ("{n} phút", "{n} min"),
    "seconds": ("{n} giây", "{n} s"),
    "day.today": ("Hôm nay", "Today"),
    "day.yesterday": ("Hôm qua", "Yesterday"),
    "day.other": ("Ngày {day}", "{day}"),
}

DEVICE: Final[Mapping[str, tuple[str, str]]] = {
    "rig": ("Thiết bị", "Appliance"),
    "zones": ("Khu loa", "Zones"),
    "zone.on": ("bật", "on"),
    "zone.off": ("tắt", "off"),
    "zone.stuck": ("kẹt rơ-le", "relay stuck"),
    "zones.none": ("Chưa có khu loa nào", "No zones yet"),
    "central": ("Kết nối tỉnh", "Link to the province"),
    "central.up": ("đang kết nối", "connected"),
    "central.down": (
        "mất kết nối; vẫn phát theo lịch đã tải",
        "lost; what was fetched still plays",
    ),
    "central.heard": ("nghe lần cuối {time}", "last heard {time}"),
    "central.never": ("chưa nghe lần nào từ khi bật", "not heard since the start"),
    "clock": ("Đồng hồ", "Clock"),
    "clock.trusted": ("tin cậy", "trusted"),
    "clock.floor-only": ("tạm tin", "believed for now"),
    "clock.unknown": ("chưa tin cậy", "not trusted"),
    "volume": ("Âm lượng", "Volume"),
    "programme": ("Lịch phát", "Programme"),
    "programme.version": ("bản số {n}", "version {n}"),
    "programme.stale": ("bản số {n}, đã cũ", "version {n}, old"),
    "programme.none": ("chưa có", "none yet"),
    "minutes-today": ("Đã phát hôm nay", "Sounded today"),
    "minutes-today.of": ("{n} / {most} phút", "{n} of {most} min"),
    "device": ("Mã thiết bị", "Device code"),
    "heed": ("Cần để ý", "Needs attention"),
}
