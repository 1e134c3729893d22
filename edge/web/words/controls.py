"""Words of the controls: signing in, stop, volume, play.

Law of the room: text only, Vietnamese then English; the same blanks in both.
"""

from collections.abc import Mapping
from typing import Final

CONTROLS: Final[Mapping[str, tuple[str, str]]] = {
    "controls": ("Điều khiển", "Controls"),
    "signed-in": ("Đang dùng: {name}", "Signed in: {name}"),
    "sign-out": ("Thoát", "Sign out"),
    "sign-in": ("Đăng nhập", "Sign in"),
    "sign-in.title": ("Đăng nhập để điều khiển", "Sign in to control"),
    "sign-in.title.check": ("Đăng nhập để kiểm tra", "Sign in to check"),
    "sign-in.hint": (
        "Xem thì không cần mã. Dừng, chỉnh âm lượng và phát thì cần mã PIN.",
        "Looking needs no PIN. Stopping, volume and playing do.",
    ),
    "sign-in.none": (
        "Chưa ai được cấp mã PIN cho thiết bị này. Nhờ tỉnh cấp mã; mã sẽ tự về cùng giấy giao nhiệm vụ.",
        "Nobody has a PIN for this appliance yet. Ask the province; it arrives with the assignment.",
    ),
    "sign-in.wrong": ("Mã PIN chưa đúng. Hãy thử lại.", "That PIN is not right. Try again."),
    "sign-in.locked": (
        "Nhập sai nhiều lần nên tạm khóa. Thử lại sau {time}.",
        "Too many wrong PINs, so it is locked for now. Try again in {time}.",
    ),
    "sign-in.again": ("Phiên đã hết. Hãy đăng nhập lại.", "The session is over. Sign in again."),
    "name": ("Người dùng", "Who"),
    "pin": ("Mã PIN", "PIN"),
    "stop": ("Dừng phát", "Stop"),
    "stop.hint": ("im 15 phút, trừ khẩn cấp", "silent for 15 minutes, except emergencies"),
    "stop.longer": ("Dừng lâu hơn", "Stop for longer"),
    "stop.how-long": ("Tắt tiếng trong bao lâu?", "Silent for how long?"),
    "stop.30": ("30 phút", "30 minutes"),
    "stop.60": ("1 giờ", "1 hour"),
    "stop.day": ("Hết hôm nay", "Rest of today"),
    "volume.by": ("{by} đặt, đến {time}", "set by {by} until {time}"),
    "volume.down": ("Giảm xuống {n} phần trăm", "Down to {n} percent"),
    "volume.up": ("Tăng lên {n} phần trăm", "Up to {n} percent"),
    "volume.until": ("Giữ mức này", "Keep it"),
    "volume.day": ("đến hết hôm nay", "until the end of today"),
    "volume.hour": ("trong 1 giờ", "for 1 hour"),
    "volume.set": ("Chọn mức khác", "Another volume"),
    "volume.slider": ("Mức âm lượng, phần trăm", "Volume in percent"),
    "volume.go": ("Đặt mức này", "Set this volume"),
    "volume.back": ("Về mức của lịch phát", "Back to the programme's volume"),
    "play": ("Phát ngay", "Play now"),
    "play.hint": ("{n} bài đã duyệt có sẵn", "{n} approved items here"),
    "play.none": (
        "Chưa có bài nào đã duyệt và tải đủ về thiết bị.",
        "No approved item lies whole on the appliance yet.",
    ),
    "where": ("Phát ra khu loa", "Sound in zones"),
    "play.chime": ("Có chuông báo trước", "A chime before it"),
    "play.go": ("Phát bài này", "Play this"),
    "play.end": (
        "Tự dừng khi hết bài, rồi trở về lịch phát.",
        "Ends by itself with the item, then the programme goes on.",
    ),
}
