"""The notices: short texts for the usual occasions, with their blanks already filled.

Law of the room: pure. A text is what staff would type, in Vietnamese because it is read out; day and hours
are filled with what is likely, and staff put them right before it sounds.
"""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Final

import msgspec

NAMES: Final = (
    "mat-dien", "tiem-chung", "trieu-cuong", "lay-nuoc", "hop-dan", "xa-lu", "ve-sinh", "tim-nguoi",
)  # fmt: skip
WEEKDAYS: Final = ("thứ Hai", "thứ Ba", "thứ Tư", "thứ Năm", "thứ Sáu", "thứ Bảy", "Chủ nhật")


class Warned(msgspec.Struct, frozen=True):
    """A local emergency as staff would type it: the headline that the page shows, the text that is read out."""

    headline: str
    text: str


def day_of(day: date, today: date) -> str:
    """Return a day as an announcer says it."""
    near = {0: "hôm nay, ", 1: "ngày mai, "}.get((day - today).days, "")
    return f"{near}{WEEKDAYS[day.weekday()]} ngày {day.day} tháng {day.month}"


def _opening(words: str) -> str:
    """Return `words` as a sentence begins; names of days keep their capitals."""
    return words[:1].upper() + words[1:]


def notices(now: datetime) -> Mapping[str, str]:
    """Return the notices by name, filled in as of `now`."""
    today = now.date()
    tomorrow, saturday = (
        today + timedelta(days=1),
        today + timedelta(days=(5 - today.weekday()) % 7),
    )
    evening = today if now.hour < 17 else tomorrow
    morning = today if now.hour < 7 else tomorrow
    return {
        "mat-dien": (
            f"Thông báo tạm ngừng cấp điện. Từ 8 giờ đến 16 giờ, {day_of(tomorrow, today)}, điện lực tạm"
            " ngừng cấp điện trên địa bàn ấp để sửa chữa đường dây. Đề nghị bà con chủ động sắp xếp việc"
            " nhà, tắt các thiết bị điện trước giờ cắt. Xin cảm ơn bà con."
        ),
        "tiem-chung": (
            f"Thông báo tiêm chủng. Vào 7 giờ 30, {day_of(morning, today)}, Trạm Y tế xã tổ chức tiêm chủng"
            " cho trẻ em và phụ nữ có thai. Đề nghị bà con đưa trẻ đến đúng giờ, mang theo sổ tiêm chủng."
            " Địa điểm: Trạm Y tế xã."
        ),
        "trieu-cuong": (
            f"Thông báo triều cường. {_opening(day_of(evening, today))}, từ 17 giờ đến 20 giờ, nước lên"
            " cao. Đề nghị bà con kê cao đồ đạc, gia cố bờ bao, trông coi trẻ em và cẩn thận khi đi lại ở"
            " đường trũng, bến đò."
        ),
        "lay-nuoc": (
            f"Thông báo lịch lấy nước. Từ 5 giờ đến 10 giờ, {day_of(morning, today)}, cống mở lấy nước phục"
            " vụ sản xuất. Đề nghị bà con kiểm tra độ mặn trước khi lấy nước, dọn cỏ, khai thông kênh mương."
        ),
        "hop-dan": (
            f"Thông báo mời họp. Vào 19 giờ, {day_of(evening, today)}, tại nhà văn hóa ấp, ban nhân dân ấp"
            " tổ chức họp dân. Kính mời mỗi hộ cử một người đến dự đông đủ, đúng giờ."
        ),
        "xa-lu": (
            f"Thông báo xả lũ. Từ 14 giờ, {day_of(evening, today)}, hồ chứa phía thượng nguồn xả lũ, nước"
            " sông sẽ lên nhanh. Đề nghị bà con không ra sông, neo đậu ghe thuyền chắc chắn, đưa gia súc và"
            " tài sản lên chỗ cao."
        ),
        "ve-sinh": (
            f"Thông báo tổng vệ sinh môi trường. Vào 6 giờ, {day_of(saturday, today)}, toàn ấp ra quân dọn vệ"
            " sinh đường làng, kênh rạch và diệt lăng quăng phòng sốt xuất huyết. Đề nghị mỗi hộ cử một"
            " người tham gia, mang theo chổi và dụng cụ."
        ),
        "tim-nguoi": (
            f"Thông báo tìm người. Khoảng 16 giờ, {day_of(today, today)}, một cụ ông 78 tuổi, mặc áo xanh,"
            " rời nhà ở ấp 1 và chưa về. Bà con nào gặp, xin đưa đến trụ sở ấp hoặc báo công an xã. Xin cảm"
            " ơn bà con."
        ),
    }


WARNINGS: Final[Mapping[str, Warned]] = {
    "lu": Warned(
        "Lũ đang lên nhanh",
        "Khẩn cấp. Nước lũ đang lên nhanh. Bà con ở chỗ thấp đưa người già, trẻ em lên chỗ cao ngay. Ngắt"
        " điện trong nhà. Không đi qua chỗ nước chảy xiết.",
    ),
    "xa-lu": Warned(
        "Hồ chứa đang xả lũ",
        "Khẩn cấp. Hồ chứa đang xả lũ, nước sông sắp lên rất nhanh. Bà con rời khỏi bờ sông, bãi bồi và"
        " ghe thuyền ngay. Đưa người và gia súc lên chỗ cao.",
    ),
    "sat-lo": Warned(
        "Nguy cơ sạt lở",
        "Khẩn cấp. Có nguy cơ sạt lở. Bà con ở ven sông, ven kênh rời khỏi nhà ngay, đến chỗ an toàn. Không"
        " quay lại lấy đồ. Không đứng gần mép bờ.",
    ),
    "chay": Warned(
        "Có cháy",
        "Khẩn cấp. Đang có cháy trong ấp. Bà con ở gần ra khỏi nhà ngay, ngắt điện, khóa bình ga. Nhường"
        " đường cho xe chữa cháy. Gọi 114.",
    ),
    "bao": Warned(
        "Bão sắp đổ bộ",
        "Khẩn cấp. Bão sắp đổ bộ. Bà con vào nhà kiên cố hoặc đến nơi tránh bão ngay. Chằng chống nhà cửa,"
        " ngắt điện. Không ra đường khi gió mạnh, kể cả lúc mắt bão lặng gió.",
    ),
}  # fmt: skip
