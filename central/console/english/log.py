"""English for the log of everything signed and its alarms."""

WORDS = {
    "Sổ ký": "Signing log",
    "Mọi thứ máy chủ và người có khóa đã ký, mỗi dòng buộc vào dòng trước. Không sửa, không xóa được mà không lộ.": (
        "Everything that the server and people with keys have signed, each line bound to the one before. It cannot be "
        "changed or shortened without showing."
    ),
    "{n} việc không có trong sổ ký": "{n} not in the signing log",
    "Cảnh báo đã ghi nhận": "Alarms that were acknowledged",
    "Cụm loa đã nhận giấy, hoặc đã phát, mà sổ ký không có. Có thể một khóa ký đã lộ: "
    "gọi cán bộ an toàn thông tin, thu hồi khóa, rồi mới ghi nhận ở đây.": (
        "A cluster took a paper, or played something, that the log does not have. A signing key may be stolen: "
        "call the security officer, revoke the key, and only then acknowledge it here."
    ),
    "Chọn cảnh báo {n}": "Choose alarm {n}",
    "Nhận giấy lạ": "Took an unlogged paper",
    "Phát nội dung lạ": "Played something unlogged",
    "{n} lần": "{n} times",
    "theo máy: {when}": "by its clock: {when}",
    "báo về {when}": "reported {when}",
    "{who} ghi nhận lúc {when}": "{who} acknowledged at {when}",
    "chưa ai xem": "not looked at",
    "đã ghi nhận": "acknowledged",
    "Đã tìm ra điều gì?": "What was found?",
    "Ghi nhận các cảnh báo đã chọn": "Acknowledge the chosen alarms",
    "Đã ghi nhận. Cảnh báo vẫn còn trong danh sách.": "Acknowledged. The alarms stay in the list.",
    "Dòng mới nhất": "Newest line",
    "Chép vào sổ giấy hoặc in ra, cất ở nơi khác. "
    "Về sau, lệnh kiểm tra so với dòng này và biết sổ có bị sửa hay không.": (
        "Copy it to paper or print it, and keep it elsewhere. Later an audit compares the log with this line and knows "
        "whether it was changed."
    ),
    "Dòng {n}, lúc {when}": "Line {n}, {when}",
    "Chưa có dòng nào.": "No lines yet.",
    "Xuất để kiểm tra": "Export for an audit",
    "Kiểm ở máy khác, không cần mạng: tienglang-provision audit.": (
        "Audited on another machine, without a network: tienglang-provision audit."
    ),
    "Tải sổ ký": "Download the log",
    "Tải báo cáo": "Download the reports",
    "Chỉ quản trị của tỉnh được tải.": "Only the province's administrators may download it.",
    "Các dòng": "Lines",
    "Tìm": "Search",
    "số dòng, cụm loa, mã giấy": "line number, cluster, hash",
    "Loại": "Kind",
    "tất cả": "all",
    "Dòng": "Line",
    "Lúc": "When",
    "Mã giấy": "Hash",
    "dòng {n}": "line {n}",
    "Về dòng mới nhất": "Back to the newest line",
    "Các dòng cũ hơn": "Older lines",
    "Không có dòng nào khớp.": "No line matches.",
    "lịch phát": "programme",
    "thông báo khẩn": "announcement",
    "phê duyệt": "approval",
    "lệnh": "command",
    "giấy giao": "assignment",
    "danh sách hiệu lực": "active set",
    "vòng khóa": "keyring",
    "giờ đã ký": "signed times",
    "mở sổ": "beginning",
    "KHÔNG CÓ TRONG SỔ KÝ": "NOT IN THE SIGNING LOG",
    "Xem và ghi nhận": "Look and acknowledge",
    "và {n} việc khác không có trong sổ ký": "and {n} more that are not in the signing log",
    "Cụm loa đã nhận một giấy có chữ ký mà sổ ký không có: ai đó ký ngoài máy chủ này.": (
        "The cluster took a signed paper that the log does not have: somebody signs behind this server's back."
    ),
    "Phát theo một lịch không có trong sổ ký, nội dung cũng chưa ai duyệt.": (
        "Played by a programme that the log does not have, and nobody approved the content."
    ),
    "Phát nhạc nền không có trong lịch nào của sổ ký, cũng chưa ai duyệt.": (
        "Played filler that no programme of the log has, and nobody approved it."
    ),
    "Phát một thông báo khẩn không có trong sổ ký.": (
        "Played an emergency announcement that the log does not have."
    ),
    "Phát tại chỗ một nội dung chưa ai duyệt.": "Staff played content that nobody approved.",
    "Phát một thứ không rõ nguồn: không phải lịch, thông báo khẩn hay việc tại chỗ.": (
        "Played something of unknown origin: no programme, no announcement, no decision on the spot."
    ),
}
