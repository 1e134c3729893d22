"""English for the programme, its picture and publishing."""

WORDS = {
    "Thêm khung giờ": "Add a time slot",
    "Sửa khung giờ": "Edit time slot",
    "Chọn địa bàn": "Choose an area",
    "Địa bàn": "Area",
    "Xem theo": "By the rules of",
    "Quy định chung": "the general rules",
    "Xem": "Show",
    "Có thay đổi chưa gửi": "There are changes not yet sent",
    "{d} khung giờ đã sửa, {n} cụm loa sẽ đổi lịch khi gửi.": (
        "{d} time slots edited; {n} clusters will change when sent."
    ),
    "Xem và gửi lịch": "Review and send",
    "Tuần {start} – {end}": "Week {start} – {end}",
    "Tuần trước": "Week before",
    "Tuần này": "This week",
    "Tuần sau": "Week after",
    "Khung giờ phát": "Time slots",
    "Chưa có khung giờ nào": "No time slots yet",
    "Thêm khung giờ đầu tiên, ví dụ bản tin sáng từ 05:30 đến 06:00.": (
        "Add the first one, for instance a morning bulletin from 05:30 to 06:00."
    ),
    "ưu tiên": "priority",
    "thường": "normal",
    "âm lượng": "volume",
    "{n} nội dung": "{n} contents",
    "lịch của {area}": "schedule of {area}",
    "chưa gửi": "not sent",
    "đã sửa, chưa gửi": "edited, not sent",
    "đã xóa, chưa gửi": "deleted, not sent",
    "Sửa": "Edit",
    "Chưa có địa bàn nào": "No areas yet",
    "Bạn chưa được giao địa bàn. Nhờ quản trị của tỉnh cấp quyền.": (
        "No area was given to you. Ask the province's administrator."
    ),
    "Gửi lịch": "Send the schedule",
    "Gửi lịch xuống cụm loa": "Send the schedule to the clusters",
    "Cần xem trước khi gửi": "To be seen before sending",
    "{n} cụm loa sẽ đổi lịch": "{n} clusters will change",
    "Cụm loa": "Cluster",
    "Phiên bản": "Version",
    "Hiện nay": "Now",
    "chưa có": "none",
    "mất kết nối, nhận khi có mạng lại": "disconnected, gets it when back",
    "đang kết nối, nhận ngay": "connected, gets it at once",
    "Không có cụm loa nào đổi lịch: các cụm đã có lịch mới nhất.": (
        "No cluster changes: all have the newest schedule."
    ),
    "{n} cụm loa giữ nguyên lịch.": "{n} clusters stay as they are.",
    "Gửi lịch tới {n} cụm loa": "Send to {n} clusters",
    "Quay lại sửa": "Back to editing",
    "Bạn không có quyền gửi lịch của địa bàn này.": "You may not send this area's schedule.",
    "Đã gửi lịch tới {n} cụm loa. Trang Toàn cảnh cho biết cụm nào đã nhận.": (
        "Sent to {n} clusters. The overview shows which have received it."
    ),
    "Đã lưu khung giờ. Loa chưa đổi gì cho đến khi bạn gửi lịch.": (
        "The time slot is saved. No speaker changes until you send the schedule."
    ),
    "Đã xóa khung giờ. Loa chưa đổi gì cho đến khi bạn gửi lịch.": (
        "The time slot is deleted. No speaker changes until you send the schedule."
    ),
    "{n} điều cần biết": "{n} things to know",
    "Bức tranh của tuần": "Picture of the week",
    "ÂL {d}/{m}": "lunar {d}/{m}",
    "đến {time}": "until {time}",
    "Không phát": "Does not sound",
    "không phát, có lý do": "does not sound, with the reason",
    "giờ yên tĩnh": "quiet hours",
    "trùng lịch": "overlap",
    "hết phút của buổi": "session used up",
    "hết phút của ngày": "day used up",
    "Tuần này chưa có gì được phát.": "Nothing sounds this week.",
    "Xem tuần này dạng danh sách": "This week as a list",
    "Không có gì.": "Nothing.",
    "Thứ 2": "Monday",
    "Thứ 3": "Tuesday",
    "Thứ 4": "Wednesday",
    "Thứ 5": "Thursday",
    "Thứ 6": "Friday",
    "Thứ 7": "Saturday",
    "Chủ nhật": "Sunday",
}
