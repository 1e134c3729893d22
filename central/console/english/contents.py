"""English for the content library."""

WORDS = {
    "Kho nội dung": "Content library",
    "Tải lên, nghe thử, ký duyệt. Chỉ nội dung đã ký duyệt mới phát được trên loa.": (
        "Upload, listen, approve. Only approved content can sound."
    ),
    "Tải lên": "Upload",
    "Để trống sẽ lấy tên tệp": "Left empty, the file name is taken",
    "Thuộc địa bàn": "Belongs to",
    "Chọn tệp âm thanh": "Choose audio files",
    "Bạn xem và nghe được nội dung; quyền tải lên do quản trị của tỉnh cấp.": (
        "You may see and hear contents; the province's administrator grants uploading."
    ),
    "Nội dung trong kho": "Contents of the library",
    "Kho chưa có nội dung": "The library is empty",
    "Tải lên tệp âm thanh đầu tiên ở trên, ví dụ bản tin buổi sáng.": (
        "Upload the first audio file above, for instance the morning bulletin."
    ),
    "đã duyệt": "approved",
    "chờ duyệt": "awaiting approval",
    "Nghe": "Listen",
    "Nghe và duyệt": "Listen and approve",
    "Nghe thử": "Listen",
    "Dạng sóng của âm thanh": "Waveform of the sound",
    "Trình duyệt này không nghe được tại chỗ.": "This browser cannot play it here.",
    "Kết quả kiểm tra": "What the checks found",
    "Thời lượng": "Duration",
    "Độ to (EBU R128)": "Loudness (EBU R128)",
    "Đỉnh": "Peak",
    "Loa sẽ chỉnh": "Gain when played",
    "Dạng tệp": "Format",
    "Người tải lên": "Uploaded by",
    "Tên tệp": "File name",
    "Ký duyệt": "Approve",
    "đến hết {when}": "until {when}",
    "{who} ký lúc {when}": "signed by {who} at {when}",
    "Chưa ai ký duyệt. Loa từ chối phát nội dung chưa có chữ ký của người duyệt.": (
        "Nobody has approved it. Speakers refuse content without an approver's signature."
    ),
    "Cho phát ở": "May sound in",
    "Duyệt bằng khóa của tôi": "Approve with my key",
    "Chữ ký được tạo trong trình duyệt này, bằng khóa chỉ bạn có.": (
        "The signature is made in this browser, with a key that only you have."
    ),
    "Bạn không có quyền duyệt nội dung.": "You may not approve content.",
    "Tệp tốt, dài {m} phút {s} giây.": "The file is good, {m} min {s} s long.",
    "Thu hơi nhỏ, loa sẽ phát to lên {n} dB.": (
        "Recorded a little low; it will be played {n} dB louder."
    ),
    "Thu hơi to, loa sẽ phát nhỏ đi {n} dB.": (
        "Recorded a little loud; it will be played {n} dB softer."
    ),
    "Độ to vừa đúng mức.": "The loudness is just right.",
    "Thời hạn duyệt từ 1 đến 730 ngày.": "An approval lasts from 1 to 730 days.",
    "Tiến độ tải lên {name}": "Upload progress of {name}",
    "Đang chờ": "Waiting",
    "Hủy": "Cancel",
    "Xem và nghe": "Open",
    "Đã tải lên, đang kiểm tra âm thanh…": "Uploaded, checking the sound…",
    "Đã hủy tải lên": "Upload cancelled",
    "Đang kiểm tra âm thanh…": "Checking the sound…",
    "Không tải được âm thanh để kiểm tra, chưa ký.": (
        "The sound could not be fetched to check it; nothing was signed."
    ),
    "Âm thanh trên máy chủ không khớp mã băm, không ký. Báo ngay cho người quản trị.": (
        "The sound on the server does not match its hash; nothing was signed. "
        "Tell the administrator at once."
    ),
    "Ký duyệt nội dung": "Approve this content",
    "Trình duyệt đã tải âm thanh và kiểm đúng mã băm này. Khóa ký không rời khỏi máy của bạn.": (
        "The browser fetched the sound and found this very hash. Your key does not leave your machine."
    ),
}
