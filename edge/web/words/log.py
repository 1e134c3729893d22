"""Words of today's list, the log, and the page about the appliance.

Law of the room: text only, Vietnamese then English; the same blanks in both.
"""

from collections.abc import Mapping
from typing import Final

TODAY: Final[Mapping[str, tuple[str, str]]] = {
    "today.title": ("Hôm nay", "Today"),
    "today.before": ("Đã qua", "Earlier"),
    "today.none": ("Hôm nay không có lịch phát.", "Nothing is planned today."),
    "today.rest": ("Hôm nay không còn gì nữa.", "Nothing more is to come today."),
    "today.why": ("Vì sao?", "Why?"),
    "today.coming": (
        "Theo lịch, sẽ phát khi đến giờ.",
        "It will sound when its time has come.",
    ),
    "state.coming": ("Sắp phát", "Coming"),
    "state.on-air": ("Đang phát", "On air"),
    "state.due": ("Đến giờ, chưa có tiếng", "Due, but silent"),
    "state.sounded": ("Đã phát", "Played"),
    "state.partly": ("Phát thiếu", "Partly played"),
    "state.silent": ("Không phát", "Not played"),
    "state.refused": ("Không cho phát", "Not allowed"),
    "state.displaced": ("Nhường chỗ", "Gave way"),
    "state.unknown": ("Không rõ", "Not known"),
    "later": ("Sau nửa đêm", "After midnight"),
    "coming.refused": ("Sẽ không phát", "Will not sound"),
    "coming.clock": (
        "Đồng hồ chưa tin cậy: lịch dưới đây chưa chạy.",
        "The clock is not trusted: none of this runs yet.",
    ),
}

LOG: Final[Mapping[str, tuple[str, str]]] = {
    "log": ("Nhật ký", "Log"),
    "log.filter": ("Chỉ xem", "Show only"),
    "log.all": ("Tất cả", "All"),
    "log.staff": ("Người dùng", "Staff"),
    "log.play": ("Bài phát", "Plays"),
    "log.emergency": ("Khẩn cấp", "Emergency"),
    "log.refusal": ("Bị từ chối", "Refused"),
    "log.machine": ("Máy móc", "Machine"),
    "log.link": ("Kết nối", "Link"),
    "log.none": ("Chưa có gì.", "Nothing yet."),
    "log.as-of": ("Xem lúc {time}", "As of {time}"),
    "log.again": ("Xem lại mới nhất", "Load the newest"),
    "plays": ("Đã phát gần đây", "Recent plays"),
    "plays.none": (
        "Chưa phát bài nào từ khi khởi động.",
        "Nothing has been played since the start.",
    ),
    "outcome.sounded": ("Đã phát", "Played"),
    "outcome.partly": ("Phát thiếu", "Partly played"),
    "outcome.silent": ("Không phát", "Not played"),
    "play.sounded": ("có tiếng {got} / {asked}", "sounded {got} of {asked}"),
    "play.heard": ("mi-crô nghe được {n} %", "heard by the microphone {n} %"),
    "refusals": ("Bị từ chối gần đây", "Recently refused"),
    "refusals.none": ("Không có gì bị từ chối.", "Nothing was refused."),
}

ABOUT: Final[Mapping[str, tuple[str, str]]] = {
    "about": ("Về thiết bị này", "About this appliance"),
    "about.qr": ("Quét để mở trang này trên điện thoại", "Scan to open this page on a phone"),
    "about.qr.alt": ("Mã QR của {address}", "QR code of {address}"),
    "about.lan": (
        "Điện thoại phải cùng mạng với thiết bị (cùng Wi-Fi hoặc cùng mạng LAN).",
        "The phone must be in the same network (same Wi-Fi or LAN).",
    ),
    "about.addresses": ("Địa chỉ", "Addresses"),
    "about.fingerprint": ("Dấu vân tay khóa", "Key fingerprint"),
    "about.software": ("Phiên bản phần mềm", "Software version"),
    "about.area": ("Địa bàn", "Area"),
    "about.unknown": ("chưa biết", "not known"),
}
