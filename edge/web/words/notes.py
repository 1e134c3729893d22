"""Words said once after an action, and when a request is refused.

Law of the room: text only, Vietnamese then English; the same blanks in both.
"""

from collections.abc import Mapping
from typing import Final

NOTES: Final[Mapping[str, tuple[str, str]]] = {
    "note.hushed": ("Đã tắt tiếng đến {time}.", "Silent until {time}."),
    "note.released": ("Đã trả về lịch phát.", "Back to the programme."),
    "note.volume": ("Đã đặt âm lượng {n} % đến {time}.", "Volume set to {n} % until {time}."),
    "note.volume-capped": (
        "Đã đặt {n} % đến {time}; giờ này quy định chỉ cho đến {cap} %.",
        "Set to {n} % until {time}; at this hour the rules allow {cap} %.",
    ),
    "note.volume-back": ("Âm lượng đã về mức của lịch phát.", "The programme's volume is back."),
    "note.playing": (
        "Sẽ phát “{title}”, tự dừng trước {time}.",
        "“{title}” plays, and ends before {time}.",
    ),
    "note.spoken": (
        "Máy sẽ đọc ngay, {n} lượt, tự dừng trước {time}.",
        "It is read out {n} times now, and ends before {time}.",
    ),
    "note.skipped": ("Đã bỏ qua “{title}”.", "“{title}” is skipped."),
    "note.not-skipped": (
        "Bài đã đổi nên không bỏ qua bài nào.",
        "Something else plays by now, so nothing was skipped.",
    ),
    "note.undone": ("Đã hoàn tác: {what}", "Undone: {what}"),
    "note.not-undone": (
        "Đã quá 10 giây nên không hoàn tác được. Dùng các nút bên dưới.",
        "More than 10 seconds have passed. Use the buttons below.",
    ),
    "note.warned": (
        "Đang phát cảnh báo “{title}”, lặp lại đến {time}.",
        "The warning “{title}” sounds and is repeated until {time}.",
    ),
    "note.stood-down": ("Đã kết thúc cảnh báo.", "The warning is over."),
    "note.warnings-hushed": (
        "Đã tắt tiếng cảnh báo tại đây đến {time}. Cảnh báo mới vẫn phát.",
        "The warnings are silent here until {time}. A newer one sounds.",
    ),
    "note.no-warning": ("Cảnh báo này không còn nữa.", "There is no such warning any more."),
    "note.testing": ("Đang kiểm tra.", "The check is running."),
    "note.emergency": (
        "Khẩn cấp vẫn phát; lệnh này áp dụng sau đó.",
        "The emergency goes on; this applies after it.",
    ),
    "note.not-played": ("Không phát được “{title}”: {why}", "“{title}” cannot be played: {why}"),
    "note.cut": ("tỉnh đã ngắt tiếng thiết bị này.", "the province has cut this appliance off."),
    "note.gone": ("Bài này không còn trên thiết bị.", "This item is no longer on the appliance."),
    "note.no-zone": ("Hãy chọn ít nhất một khu loa.", "Choose at least one zone."),
    "note.no-text": ("Hãy gõ nội dung cần đọc.", "Type the text that is to be read out."),
    "note.unassigned": (
        "thiết bị chưa được giao nhiệm vụ.",
        "the appliance has no assignment yet.",
    ),
}

ERRORS: Final[Mapping[str, tuple[str, str]]] = {
    "error.back": ("Về trang chính", "Back to the page"),
    "error.400": ("Yêu cầu không hợp lệ", "That request makes no sense"),
    "error.403": (
        "Trang đã cũ, chưa có gì thay đổi. Hãy tải lại rồi làm lại.",
        "The page was old and nothing has changed. Reload and try again.",
    ),
    "error.right": (
        "Mã PIN của bạn không được dùng cho việc này, chưa có gì thay đổi. Hỏi tỉnh nếu cần.",
        "Your PIN is not for this, and nothing has changed. Ask the province if you need it.",
    ),
    "error.404": ("Không có trang này", "There is no such page"),
    "error.405": ("Không làm được cách này", "It cannot be done this way"),
    "error.503": ("Quá nhiều người đang xem", "Too many people are looking"),
}
