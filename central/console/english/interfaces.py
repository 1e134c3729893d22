"""English for the page of other systems: tokens, webhooks, and how the server is watched."""

WORDS = {
    "Kết nối hệ thống khác": "Other systems",
    "Cấp mã truy cập, báo sự kiện ra ngoài và theo dõi máy chủ.": (
        "Give tokens, tell others of events, and watch the server."
    ),
    "Tài liệu API": "API reference",
    "Mã truy cập mới của {name}": "New token of {name}",
    "Chép ngay và đưa cho hệ thống kia: mã chỉ hiện một lần, máy chủ không giữ lại.": (
        "Copy it now and give it to the other system: it is shown once, and the server does not keep it."
    ),
    "Dùng trong tiêu đề của mỗi yêu cầu:": "Use it in the header of each request:",
    "Khóa bí mật của {name}": "Secret of {name}",
    "Bên nhận dùng khóa này để kiểm chữ ký từng tin. Chép ngay: khóa chỉ hiện một lần.": (
        "The other side checks the signature of each message by it. Copy it now: it is shown once."
    ),
    "Mã truy cập": "Tokens",
    "Mỗi hệ thống một mã. Mã không bao giờ được nhiều quyền hơn người đã tạo.": (
        "One token for each system. A token never has more rights than the person who made it."
    ),
    "Hệ thống": "System",
    "Phạm vi": "Scopes",
    "{who} tạo": "made by {who}",
    "Thao tác": "Deeds",
    "Thu hồi…": "Revoke…",
    "Thu hồi mã của {name}": "Revoke the token of {name}",
    "Các mã cũ hơn": "Older tokens",
    "Chưa có mã truy cập nào.": "No tokens yet.",
    "Tạo mã khi một hệ thống khác cần đọc hoặc gửi dữ liệu.": (
        "Make one when another system is to read or send data."
    ),
    "Tạo mã truy cập": "Make a token",
    "Tên hệ thống": "Name of the system",
    "Thời hạn": "Good for",
    "Được làm gì": "What it may do",
    "Tạo mã": "Make the token",
    "30 ngày": "30 days",
    "90 ngày": "90 days",
    "một năm": "one year",
    "hai năm": "two years",
    "xem cây địa bàn": "see the area tree",
    "xem kho nội dung": "see the content library",
    "tải lên và sửa nội dung": "upload and change content",
    "xem lịch phát": "see programmes",
    "sửa lịch phát (bản nháp)": "change programmes (drafts)",
    "gửi lịch xuống cụm loa": "send programmes to clusters",
    "xem cụm loa và tình trạng": "see clusters and how they are",
    "điều khiển cụm loa": "command clusters",
    "xem lượt phát và thống kê": "see plays and statistics",
    "xem thông báo khẩn": "see announcements",
    "xem sổ ký": "see the signing log",
    "đang dùng được": "in use",
    "Báo sự kiện ra ngoài (webhook)": "Telling others of events (webhooks)",
    "Khi có việc, máy chủ gọi tới địa chỉ của hệ thống kia; mỗi tin có chữ ký và được gửi lại nếu bên kia chưa nhận.": (
        "When something happens the server calls the other system; each message is signed, and sent again until taken."
    ),
    "{n} tin chờ gửi": "{n} waiting",
    "Bật": "Turn on",
    "Tắt": "Turn off",
    "Chưa báo sự kiện cho hệ thống nào.": "Nobody is told of events yet.",
    "Thêm địa chỉ nhận": "Add an address",
    "Thêm địa chỉ": "Add the address",
    "Địa chỉ nhận": "Address",
    "Báo khi": "Tell when",
    "đã gửi lịch": "a programme was sent",
    "nội dung được duyệt": "content was approved",
    "phát thông báo khẩn": "an announcement was made",
    "kết thúc thông báo khẩn": "an announcement was cancelled",
    "cụm loa mất liên lạc": "clusters were lost",
    "cụm loa có liên lạc lại": "clusters are back",
    "thử": "test",
    "có tin không gửi được": "some messages were given up",
    "chờ gửi": "waiting",
    "sẽ gửi lại": "will be sent again",
    "đã bỏ": "given up",
    "Theo dõi máy chủ": "Watching the server",
    "Máy chủ còn sống, ai cũng hỏi được.": "The server lives; anybody may ask.",
    "Làm việc được hay không: cơ sở dữ liệu, khóa, đĩa, hạn của chuỗi tin cậy và chứng chỉ.": (
        "Whether it can serve: database, keys, disk, and when the chain of trust and the certificate run out."
    ),
    "Số liệu cho Prometheus.": "Figures for Prometheus.",
    "Cần mã trong tệp metrics_token_file của máy chủ.": "Needs the token in the server's metrics_token_file.",
    "Chỉ trả lời cho chính máy này; muốn hỏi từ xa, đặt metrics_token_file.": (
        "Answers this machine alone; to ask from elsewhere set metrics_token_file."
    ),
    "Cấu hình mẫu cho Prometheus": "A sample for Prometheus",
    "Sao lưu khi đang chạy:": "Backup while running:",
    "Các tin đã gửi và sẽ gửi": "What was sent and will be",
    "Tin": "Message",
    "Bên nhận trả lời": "The answer",
    "lần tới {when}": "again at {when}",
    "Các tin cũ hơn": "Older messages",
    "Chưa có tin nào.": "No messages yet.",
    "Bấm “Gửi thử” để kiểm bên nhận có nghe hay không.": (
        "Press “Send a test” to see whether the other side listens."
    ),
    "Khóa bí mật và bỏ địa chỉ": "Secret, and removing the address",
    "Lộ khóa thì tạo khóa mới: từ lúc đó mọi tin ký bằng khóa mới, bên nhận phải đổi theo.": (
        "If the secret leaked, make a new one: from then on all is signed with it, and the other side must change too."
    ),
    "Bỏ địa chỉ này": "Remove this address",
    "Đã thu hồi mã truy cập; từ lúc này mã không dùng được nữa.": "The token was revoked and holds no more.",
    "Đã bật địa chỉ nhận.": "The address is on.",
    "Đã tắt địa chỉ nhận; không có tin mới nào được gửi tới đó.": "The address is off; nothing new is sent there.",
    "Đã bỏ địa chỉ nhận.": "The address was removed.",
    "Đã xếp một tin thử; vài giây nữa sẽ gửi, hãy tải lại trang để xem.": (
        "A test is waiting; it is sent within seconds, reload the page to see."
    ),
    "Không có thao tác này.": "There is no such deed.",
    "Trang này dành cho quản trị địa bàn.": "This page is for administrators of areas.",
}
