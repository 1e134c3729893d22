"""English for the frame of every page, signing in, and errors."""

WORDS = {
    "Đến nội dung chính": "Skip to main content",
    "Hệ thống thông tin nguồn": "Source information system",
    "Các trang": "Pages",
    "Toàn cảnh": "Overview",
    "Nội dung": "Contents",
    "Lịch phát": "Schedule",
    "Khẩn cấp": "Emergency",
    "Khóa ký": "Signing key",
    "Hệ thống khác": "Other systems",
    "Khóa ký của tôi": "My signing key",
    "đang hiệu lực": "in force",
    "Tài khoản": "Account",
    "Đăng nhập với tên": "Signed in as",
    "Đăng xuất": "Sign out",
    "Trang này cần JavaScript để ký bằng khóa của bạn.": (
        "This page needs JavaScript to sign with your key."
    ),
    "Đăng nhập": "Sign in",
    "Tên đăng nhập": "Name",
    "Mật khẩu": "Password",
    "Quên mật khẩu? Nhờ quản trị của tỉnh đặt lại.": (
        "Forgot the password? Ask the province's administrator to reset it."
    ),
    "Hãy đăng nhập để tiếp tục.": "Please sign in to continue.",
    "Trang đã cũ hoặc phiên đã đổi. Tải lại trang rồi thử lại.": (
        "This page is old or the session has changed. Reload the page and try again."
    ),
    "Không đăng nhập được: tên hoặc mật khẩu không đúng, hoặc đang tạm khóa. "
    "Nhập sai 5 lần thì khóa 15 phút.": (
        "Not signed in: the name or password is wrong, or the account is locked for now. "
        "Five wrong tries lock it for 15 minutes."
    ),
    "Chưa thực hiện được": "This could not be done",
    "Mã lỗi": "Error code",
    "Về trang Toàn cảnh": "Back to the overview",
    "Không có trang này.": "There is no such page.",
    "Yêu cầu không thực hiện được ({code}).": "The request could not be carried out ({code}).",
    "Thiếu hoặc sai dữ liệu trong yêu cầu.": "Something is missing or wrong in the request.",
    "Máy chủ gặp lỗi. Việc vừa rồi chưa được thực hiện.": (
        "The server failed. What you asked for was not done."
    ),
    "Không tới được máy chủ. Kiểm tra mạng rồi thử lại.": (
        "The server cannot be reached. Check the network and try again."
    ),
    "Máy chủ trả lời lỗi {code}. Thử lại sau ít phút.": (
        "The server answered with error {code}. Try again in a few minutes."
    ),
    "Cập nhật lúc {time}": "Updated at {time}",
    "Mất liên lạc với máy chủ, số liệu lúc {time}": (
        "The server cannot be reached; this is as of {time}"
    ),
    "Đã chép": "Copied",
    "Trình duyệt không cho chép, hãy chọn và chép bằng tay.": (
        "The browser does not allow copying; select the text and copy it yourself."
    ),
    "Xem thêm {n}": "{n} more",
    "Không": "No",
    "vừa xong": "just now",
    "{n} giây trước": "{n} s ago",
    "{n} phút trước": "{n} min ago",
    "{n} giờ trước": "{n} h ago",
    "{n} ngày trước": "{n} days ago",
    "{n} giờ": "{n} h",
    "{n} phút": "{n} min",
    "giây": "s",
}
