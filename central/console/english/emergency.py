"""English for the emergency desk."""

WORDS = {
    "Phát ngay, chen trên mọi lịch, lặp lại đến khi hủy.": (
        "Sounds at once, above every schedule, repeated until cancelled."
    ),
    "Phát khẩn cấp": "Raise an emergency",
    "Bạn theo dõi được các thông báo khẩn; quyền phát do quản trị của tỉnh cấp.": (
        "You may follow emergencies; the province's administrator grants raising them."
    ),
    "Đang hiệu lực": "In force",
    "{n}/{m} cụm đã nhận": "{n} of {m} received",
    "Không có cảnh báo nào đang hiệu lực": "No warning is in force",
    "Khi có, bảng theo dõi từng cụm loa hiện ở đây.": (
        "When there is one, its board of every cluster appears here."
    ),
    "Đã kết thúc": "Over",
    "hết hiệu lực": "expired",
    "Chưa có thông báo khẩn nào.": "No emergency announcements yet.",
    "chờ thêm chữ ký": "waiting for a signature",
    "đang có hiệu lực": "in force",
    "đã kết thúc": "over",
    "KHẨN CẤP": "EMERGENCY",
    "THẬT": "ACTUAL",
    "DIỄN TẬP": "EXERCISE",
    "KIỂM TRA": "TEST",
    "chen ngang mọi lịch": "interrupts everything",
    "nói rõ là diễn tập": "said to be a drill",
    "thử đường truyền": "tries the line",
    "Bạn không có quyền phát khẩn cấp": "You may not raise an emergency",
    "Nhờ quản trị của tỉnh cấp quyền cho địa bàn của bạn.": (
        "Ask the province's administrator for the right in your area."
    ),
    "Đây là (bắt buộc chọn)": "This is (you must choose)",
    "Loa kêu ngay ở mọi địa bàn đã chọn.": ("The speakers sound at once in every chosen area."),
    "Kêu trong giờ và thời lượng cho phép, trừ cụm đã tắt diễn tập; lời đọc mở đầu bằng “Diễn tập”.": (
        "Sounds within the permitted hours and minutes, not where exercises are off; the words begin with “Exercise”."
    ),
    "Cụm loa nhận và báo lại, không kêu, không chen lịch.": (
        "Clusters receive it and report; nothing sounds, nothing is interrupted."
    ),
    "Mẫu có sẵn": "Templates",
    "Bão": "Storm",
    "Lũ": "Flood",
    "Xả lũ": "Dam release",
    "Sạt lở": "Landslide",
    "Triều cường": "High tide",
    "Cháy": "Fire",
    "Dịch bệnh": "Epidemic",
    "An ninh trật tự": "Security",
    "Sự kiện": "Event",
    "Lời đọc": "Words",
    "Câu ngắn: điều gì xảy ra, bà con làm gì ngay.": (
        "Short sentences: what happens, what to do now."
    ),
    "Thêm tiếng Anh": "Add English",
    "Địa bàn nhận": "Receiving areas",
    "{n} cụm": "{n}",
    "Lặp lại": "Repeat",
    "Số lần phát đầu": "First rounds",
    "Cách nhau (phút)": "Apart (min)",
    "Sau đó cứ (phút)": "Then every (min)",
    "0 là không lặp nữa": "0 means no more",
    "Hiệu lực (giờ)": "In force for (h)",
    "Hiệu lực": "In force for",
    "Khoảng cách lặp lại": "Then every",
    "Khoảng cách đầu": "Apart",
    "Loa sẽ đọc": "The speakers will say",
    "Loa đọc": "The speakers say",
    "Gửi tới": "Goes to",
    "Cách phát": "Sounds",
    "Ký và gửi": "Sign and send",
    "Dùng bàn phím: bấm Enter rồi xác nhận. Chữ ký được tạo trong trình duyệt này, "
    "bằng khóa chỉ bạn có.": (
        "By keyboard: press Enter, then confirm. The signature is made in this browser, "
        "with a key that only you have."
    ),
    "Cần tiêu đề và lời đọc ít nhất bằng một thứ tiếng.": (
        "A title and words in at least one language are needed."
    ),
    "Hãy chọn Thật, Diễn tập hoặc Kiểm tra.": "Choose Actual, Exercise or Test.",
    "Diễn tập và kiểm tra phải nói rõ điều đó trong tiêu đề, bằng mọi thứ tiếng.": (
        "An exercise or test must say so in its title, in every language."
    ),
    "Hãy chọn Thật, Diễn tập hoặc Kiểm tra": "Choose Actual, Exercise or Test",
    "{name}: hãy ghi một số từ {low} đến {high}.": "{name}: give a number from {low} to {high}.",
    "gửi lúc {when}": "sent at {when}",
    "Chờ người ký thứ hai": "Waiting for the second signature",
    "Đã ký {n}/{m}: {who}. Loa chưa kêu. Người thứ hai đăng nhập trên máy của mình, "
    "mở trang này và ký.": (
        "Signed {n} of {m}: {who}. Nothing sounds yet. The second person signs in on their own "
        "machine, opens this page and signs."
    ),
    "Tôi là người thứ hai, xem và ký": "I am the second person: review and sign",
    "{n} lần đầu, cách {m} phút": "{n} rounds first, {m} min apart",
    "rồi mỗi {m} phút": "then every {m} min",
    "Hết hiệu lực": "Expires",
    "Người ký": "Signed by",
    "Mã": "Id",
    "Lệnh hủy chờ người ký thứ hai": "The cancel waits for the second signature",
    "Đã ký: {who}.": "Signed: {who}.",
    "Xem và ký lệnh hủy": "Review and sign the cancel",
    "Hủy cảnh báo": "Cancel the warning",
    "Ký và hủy": "Sign and cancel",
    "Hủy cảnh báo này và phát báo yên?": "Cancel this warning and sound the all-clear?",
    "Giữ 1,5 giây để ký lệnh hủy": "Hold 1.5 s to sign the cancel",
    "hiệu lệnh báo động": "attention tone",
    "hiệu lệnh báo yên": "all-clear tone",
    "không có hiệu lệnh": "no tone",
    "Từng cụm loa": "Every cluster",
    "Đã tới đâu": "How far it got",
    "{n} cụm loa sẽ nhận khi đủ chữ ký.": "{n} clusters get it once enough people signed.",
    "Theo địa bàn ({n})": "By area ({n})",
    "Lọc theo tình trạng": "Filter by state",
    "Chưa phát": "Not sounded",
    "Mọi địa bàn": "All areas",
    "Không có cụm loa nào như vậy.": "There is no such cluster.",
    "50 cụm trước": "Previous 50",
    "50 cụm tiếp": "Next 50",
    "Địa bàn này chưa có cụm loa nào.": "There are no clusters in this area.",
    "{a} đã phát · {b} đang phát · {c} đã kiểm chứng, chưa phát · {d} từ chối · "
    "{e} chưa báo nhận · {f} không liên lạc được": (
        "{a} played · {b} on air · {c} verified, not yet played · {d} refused · "
        "{e} not yet confirmed · {f} unreachable"
    ),
    "Không liên lạc được": "Unreachable",
    "không liên lạc được": "unreachable",
    "Chưa báo nhận": "Not confirmed",
    "chưa gửi, chờ đủ chữ ký": "not sent, waiting for signatures",
    "từ chối": "refused",
    "(đã {n} lần)": "({n} times so far)",
    "đã phát {n} lần": "played {n} times",
    "chưa phát": "not yet played",
    "lần cuối {when}, {s} giây ra tiếng": "last at {when}, {s} s sounded",
    "Phát ngay": "At once",
    "thêm {n} lần, cách nhau {gap} phút": "{n} times more, {gap} min apart",
    "rồi cứ {slow} phút một lần đến khi hủy": "then every {slow} min until cancelled",
    "lâu nhất {hours} giờ": "for {hours} h at most",
    "Chưa có lời nào.": "No words yet.",
    "{n} cụm loa trong {k} địa bàn": "{n} clusters in {k} areas",
    "Chưa chọn địa bàn": "No area chosen",
    "Giữ 1,5 giây để PHÁT THẬT": "Hold 1.5 s to SOUND IT",
    "Giữ 1,5 giây để gửi DIỄN TẬP": "Hold 1.5 s to send the EXERCISE",
    "Giữ 1,5 giây để gửi KIỂM TRA": "Hold 1.5 s to send the TEST",
    "Phát cảnh báo THẬT": "Send the ACTUAL warning",
    "Gửi DIỄN TẬP": "Send the EXERCISE",
    "Gửi KIỂM TRA": "Send the TEST",
    "{what} tới {n} cụm loa?": "{what} to {n} clusters?",
    "Văn bản máy chủ đưa ra khác với nội dung trên trang, không ký. Báo ngay cho người quản trị.": (
        "What the server gave differs from what this page shows; nothing was signed. "
        "Tell the administrator at once."
    ),
    "Chưa chọn địa bàn nhận.": "No receiving area is chosen.",
    "Chưa có lời đọc nào.": "There are no words.",
    "Ký với tư cách người thứ hai": "Sign as the second person",
    "Khi đủ chữ ký, thông báo được gửi đi ngay.": "With enough signatures it is sent at once.",
}
