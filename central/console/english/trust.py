"""English for the page of who may do what."""

WORDS = {
    "Ai được làm gì": "Who may do what",
    "Vòng khóa của tỉnh: ai được ký việc gì, ở địa bàn nào. Trang này chỉ để xem; muốn đổi phải làm lễ trao khóa, "
    "ngoại tuyến, đủ người ký.": (
        "The province's keyring: who may sign what, and where. This page only shows it; to change it takes the "
        "ceremony, offline, and enough people."
    ),
    "Có khóa hoặc mắt xích đã hết hạn": "A key or a link has run out",
    "Cụm loa giữ vòng khóa cũ và không nhận khóa mới. Gọi cán bộ an toàn thông tin làm lễ trao khóa.": (
        "Clusters keep the old keyring and learn no new keys. Call the security officer for a ceremony."
    ),
    "Sắp có khóa hoặc mắt xích hết hạn": "A key or a link is about to run out",
    "Hẹn ngày làm lễ trao khóa trước khi hết hạn.": "Set a day for the ceremony before it does.",
    "Chuỗi tin cậy": "Chain of trust",
    "Gốc": "Root",
    "Danh mục khóa": "Targets",
    "Vòng khóa, đợt": "Keyring, epoch",
    "Máy chủ đóng dấu lần cuối": "Last stamped by the server",
    "ký gốc": "sign the root",
    "ký vòng khóa": "sign the keyring",
    "chụp danh mục": "snapshot",
    "đóng dấu mỗi ngày": "daily timestamp",
    "ký lịch phát": "sign programmes",
    "ký danh sách hiệu lực": "sign what is in force",
    "ra lệnh": "give orders",
    "báo giờ": "tell the time",
    "máy chủ tự ký": "signed by the server",
    "{n} người ký": "{n} must sign",
    "chưa có ai": "nobody yet",
    "đến {day}": "until {day}",
    "sắp hết hạn: {day}": "ends soon: {day}",
    "hết hạn từ {day}": "ran out on {day}",
    "Đối chiếu dấu vân khóa: đọc từng nhóm bốn chữ qua điện thoại với người giữ khóa. Khác một chữ là khác khóa.": (
        "To compare fingerprints, read the groups of four on the telephone with the holder. One sign off: another key."
    ),
    "Vòng khóa chưa có khóa nào.": "There is no key in the keyring yet.",
    "Mất khóa, lộ khóa?": "A key lost or stolen?",
    "Gọi ngay cán bộ an toàn thông tin. Một lệnh loại khóa ra khỏi mọi nơi; khi đủ người ký, các cụm loa đang nối "
    "mạng bỏ khóa trong vài giây.": (
        "Call the security officer at once. One command takes the key out wherever it stands; when enough have "
        "signed, connected clusters drop it within seconds."
    ),
}
