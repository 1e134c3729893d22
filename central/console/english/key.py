"""English for keys and signing."""

WORDS = {
    "Khóa riêng chỉ nằm trong trình duyệt này. Máy chủ không có và không xin nó.": (
        "The private key is in this browser only. The server has not got it and does not ask for it."
    ),
    "Kết nối chưa an toàn": "The connection is not secure",
    "Trình duyệt chỉ cho dùng khóa trên địa chỉ https. Mở lại trang bằng địa chỉ https của tỉnh.": (
        "Browsers allow keys on https addresses only. Open the page by the province's https address."
    ),
    "Trình duyệt chưa hỗ trợ": "This browser cannot do it",
    "Trình duyệt này chưa có chữ ký Ed25519. Cập nhật Chrome hoặc Edge từ bản 137, "
    "Firefox từ bản 129, Safari từ bản 17.": (
        "This browser has no Ed25519 signatures. Update to Chrome or Edge 137, Firefox 129 or "
        "Safari 17, or newer."
    ),
    "Trình duyệt này giữ khóa": "This browser holds a key",
    "đã được ghi nhận": "enrolled",
    "chưa được ghi nhận": "not enrolled",
    "Khóa công khai (gửi cho cán bộ an toàn thông tin)": "Public key (for the security officer)",
    "Chép": "Copy",
    "Mã khóa (đọc qua điện thoại để đối chiếu)": "Key id (read it out on the phone to compare)",
    "Đưa vào trình duyệt lúc": "In this browser since",
    "Được dùng để": "May be used to",
    "chưa có quyền nào": "nothing yet",
    "duyệt nội dung": "approve content",
    "phát khẩn cấp": "raise emergencies",
    "gán cụm loa": "assign clusters",
    "Xóa dữ liệu trình duyệt là mất khóa. Khi đó hãy tạo khóa mới và xin ghi nhận lại.": (
        "Clearing the browser's data loses the key. Then make a new one and have it enrolled."
    ),
    "Xóa khóa khỏi trình duyệt này": "Remove the key from this browser",
    "Tạo khóa mới": "Make a new key",
    "Dành cho máy bạn dùng hằng ngày. Khóa không lấy ra được, kể cả bởi trang này.": (
        "For the machine you use every day. The key cannot be taken out, not even by this page."
    ),
    "Tạo khóa": "Make a key",
    "Nhập từ tệp khóa": "Import a key file",
    "Tệp khóa (.pem)": "Key file (.pem)",
    "Mật khẩu của tệp, nếu có": "The file's passphrase, if it has one",
    "Nhập khóa": "Import",
    "Ký diễn ra thế nào": "How signing works",
    "Bạn tạo khóa ở đây, gửi khóa công khai cho cán bộ an toàn thông tin của tỉnh.": (
        "You make a key here and give its public half to the province's security officer."
    ),
    "Cán bộ an toàn ghi khóa vào sổ khóa của tỉnh, khi ngoại tuyến, kèm việc và địa bàn bạn được ký.": (
        "The officer enters it into the province's keyring, offline, with what you may sign and where."
    ),
    "Khi duyệt nội dung hay phát khẩn cấp, trình duyệt hiện đúng điều sắp ký rồi mới ký.": (
        "When you approve or raise an alarm, the browser shows exactly what is signed, then signs."
    ),
    "Từng cụm loa tự kiểm chữ ký. Máy chủ bị chiếm cũng không phát được gì mới.": (
        "Every cluster verifies the signature itself. A taken-over server can start no new sound."
    ),
    "Xóa khóa khỏi trình duyệt này?": "Remove the key from this browser?",
    "Không lấy lại được khóa đã tạo ở đây. Chữ ký cũ vẫn có giá trị.": (
        "A key made here cannot be brought back. Old signatures stay valid."
    ),
    "Giữ lại": "Keep it",
    "Xóa khóa": "Remove",
    "Có lỗi với khóa: {why}": "The key failed: {why}",
    "Đã tạo khóa. Gửi khóa công khai cho cán bộ an toàn thông tin.": (
        "The key is made. Give its public half to the security officer."
    ),
    "Hãy chọn tệp khóa.": "Choose the key file.",
    "Đây không phải tệp khóa PKCS#8 (PEM).": "This is no PKCS #8 (PEM) key file.",
    "Đã nhập khóa. Từ nay khóa nằm trong trình duyệt này và không lấy ra được.": (
        "The key is imported. From now on it is in this browser and cannot be taken out."
    ),
    "Trình duyệt không cho lưu khóa (có thể đang ở chế độ riêng tư).": (
        "The browser does not let us keep a key (private mode, perhaps)."
    ),
    "Khóa này không tự kiểm được chữ ký của nó, không dùng.": (
        "This key does not verify its own signature; it is not used."
    ),
    "Tệp này không chứa khóa Ed25519.": "This file holds no Ed25519 key.",
    "Khóa này đã ký rồi; cần chữ ký của người thứ hai.": (
        "This key has signed already; the second person's signature is needed."
    ),
    "Tệp khóa bị hỏng hoặc thiếu.": "The key file is damaged or cut.",
    "Tệp khóa có mật khẩu. Hãy nhập mật khẩu của tệp.": (
        "The key file is protected. Enter its passphrase."
    ),
    "Tệp khóa dùng cách mã hóa mà trang này không mở được.": (
        "The key file is encrypted in a way that this page cannot open."
    ),
    "Mật khẩu của tệp khóa không đúng.": "The passphrase of the key file is wrong.",
    "Trang này không chạy trên kết nối an toàn (https), trình duyệt không cho dùng khóa. "
    "Mở trang bằng địa chỉ https rồi ký lại.": (
        "This page is not on a secure (https) connection, so the browser allows no keys. "
        "Open it by its https address and sign again."
    ),
    "Trình duyệt này chưa hỗ trợ chữ ký Ed25519. Hãy cập nhật trình duyệt rồi ký lại.": (
        "This browser has no Ed25519 signatures. Update the browser and sign again."
    ),
    "Trình duyệt này chưa có khóa của bạn. Vào trang Khóa ký để tạo hoặc nhập khóa.": (
        "This browser has no key of yours. Make or import one on the Signing key page."
    ),
    "Máy chủ đưa ra một loại văn bản khác với việc bạn đang làm, không ký.": (
        "The server gave another kind of document than you are working on; nothing was signed."
    ),
    "Máy chủ gửi dữ liệu không đúng dạng, không ký.": (
        "The server sent malformed data; nothing was signed."
    ),
    "Có lỗi khi ký: {why}": "Signing failed: {why}",
    "Việc": "What",
    "Duyệt cho phát": "Approve for broadcast",
    "Được phát đến hết": "May sound until",
    "Thuộc về": "Refers to",
    "Chưa ký": "Do not sign",
    "Cảnh báo mới": "New warning",
    "Cập nhật": "Update",
}
