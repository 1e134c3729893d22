"""English for the inbox of others' warnings (CAP 1.2)."""

WORDS = {
    "Tin cảnh báo từ nơi khác": "Warnings from elsewhere",
    "Tin CAP chờ người xem. Không tin nào tự phát ra loa.": (
        "CAP messages that wait for a person. None of them sounds by itself."
    ),
    "{n} tin cảnh báo từ nơi khác chờ xem": "{n} warnings from elsewhere to read",
    "Nguồn tin CAP": "CAP sources",
    "Hộp thư": "Inbox",
    "Chọn tin": "Choose messages",
    "Chờ xem": "To read",
    "chờ xem": "to read",
    "đã dùng": "used",
    "đã bỏ qua": "put aside",
    "đã có tin thay": "superseded",
    "Báo hủy": "Cancel",
    "nhận {when} qua {way}": "received {when} by {way}",
    "nguồn tin": "a source",
    "tệp": "a file",
    "hệ thống khác gửi": "another system",
    "hết hiệu lực {when}": "ended {when}",
    "Không có tin nào chờ xem.": "Nothing waits to be read.",
    "Chưa nhận tin nào.": "No message has come yet.",
    "Tin tới từ nguồn đã khai, từ hệ thống khác gửi, hoặc từ tệp bạn nhập ở dưới.": (
        "Messages come from the sources that are set, from other systems, or from a file that you import below."
    ),
    "Nhập tin từ tệp": "Import a file",
    "Tệp CAP 1.2 (.xml, .cap)": "CAP 1.2 file (.xml, .cap)",
    "Hộp thư của": "Inbox of",
    "Nhập vào hộp thư": "Import into the inbox",
    "Đã nhận tin vào hộp thư.": "The message is in the inbox.",
    "Tin này đã có trong hộp thư.": "The inbox had this message already.",
    "Đã bỏ qua tin này.": "The message was put aside.",
    "Đã lấy âm thanh vào kho, ở dạng nháp chờ duyệt.": (
        "The sound is in the library, as a draft that waits for approval."
    ),
    "Hãy chọn một tệp CAP (XML).": "Choose a CAP file (XML).",
    "Tin của nơi khác, chưa phát. Loa chỉ kêu sau khi có người ký.": (
        "Somebody else's message, not on air. Nothing sounds until a person signs."
    ),
    "Cần biết trước khi dùng": "Know this before you use it",
    "So với cảnh báo đang phát của ta": "Against our warning in force",
    "Lời đề nghị": "Proposed words",
    "Tin không có lời.": "The message has no words.",
    "Địa bàn nhận ra": "Areas recognised",
    "Chưa nhận ra địa bàn nào; bạn chọn trong biểu mẫu.": "No area was recognised; choose them in the form.",
    "Vùng của tin: {n} cụm loa ở trong, {m} ở ngoài": "The message's area: {n} clusters inside, {m} outside",
    "{n} cụm loa trong vùng": "{n} clusters inside",
    "{n} cụm loa ngoài vùng": "{n} clusters outside",
    "Âm thanh kèm theo": "Sounds that came along",
    "có sẵn trong tin": "inside the message",
    "Lấy vào kho (nháp)": "Into the library (draft)",
    "Xử lý tin này": "Deal with this message",
    "Tin này báo hủy điều ta đang phát:": "This message cancels what we are saying:",
    "Mở cảnh báo đó để hủy": "Open that warning to cancel it",
    "Ta không phát gì theo tin bị hủy, nên không có gì để hủy.": (
        "We say nothing after the cancelled message, so there is nothing to cancel."
    ),
    "Sẽ là bản mới của cảnh báo đang phát:": "It would be an update of our warning in force:",
    "Dùng để soạn cập nhật": "Use it to write an update",
    "Dùng để soạn cảnh báo": "Use it to write a warning",
    "Mở biểu mẫu phát khẩn cấp đã điền sẵn. Bạn sửa, chọn địa bàn rồi mới ký.": (
        "Opens the emergency form, filled in. You edit, choose the areas, and only then sign."
    ),
    "Bỏ qua tin này": "Put this message aside",
    "Bỏ qua, ghi lý do": "Put aside with this reason",
    "Mở cảnh báo của ta": "Open our warning",
    "Người có quyền phát khẩn cấp ở địa bàn này quyết định.": (
        "Whoever may raise an alarm in this area decides."
    ),
    "Về tin này": "About this message",
    "Mã của nơi gửi": "The sender's identifier",
    "có tin cảnh báo từ nơi khác": "a warning from elsewhere came",
    "Lý do": "Reason",
    "Nhận": "Received",
    "không tên": "no name",
    "cực kỳ nghiêm trọng": "extreme",
    "trung bình": "moderate",
    "nhẹ": "minor",
    "chưa rõ": "unknown",
    "Tải bản gốc": "Download the original",
    "Tin này báo hủy: hãy mở cảnh báo của ta và hủy ở đó.": (
        "This message is a cancel: open our warning and cancel it there."
    ),
    "Cảnh báo này không còn hiệu lực.": "That warning is no longer in force.",
    "Điền sẵn từ tin CAP {identifier} của {sender}. Đọc lại từng chữ trước khi ký.": (
        "Filled in from the CAP message {identifier} of {sender}. Read every word before you sign."
    ),
    # the remarks
    "Tin này đã hết hiệu lực lúc {what}.": "This message ended at {what}.",
    "Tin có hiệu lực đến {what}; một cảnh báo của ta dài nhất 24 giờ, sau đó phải cập nhật.": (
        "The message holds until {what}; a warning of ours lasts 24 hours at most, then it is to be updated."
    ),
    "Tin không có tiếng Việt: hãy viết lời tiếng Việt trước khi ký.": (
        "The message has no Vietnamese: write the Vietnamese words before you sign."
    ),
    "Tin không có lời nào để đọc (không có khối info).": (
        "The message has no words to read out (no info block)."
    ),
    "Không nhận ra địa bàn nào của ta trong tin: hãy tự chọn địa bàn.": (
        "None of our areas was recognised in the message: choose them yourself."
    ),
    "Mã địa bàn chưa biết: {what}. Khai ở trang Mã địa bàn để lần sau tự nhận ra.": (
        "Unknown area codes: {what}. Enter them at CAP sources to have them recognised."
    ),
    "{n} cụm loa ở ngoài vùng vẽ nhưng cùng địa bàn, cũng sẽ phát.": (
        "{n} clusters outside the shape stand in the same areas and will sound too."
    ),
    "{n} cụm loa trong các địa bàn này chưa có tọa độ, cũng sẽ phát.": (
        "{n} clusters of these areas have no coordinates and will sound too."
    ),
    "Ngoài quyền phát khẩn cấp của bạn, không chọn sẵn: {what}.": (
        "Beyond your right to raise an alarm, not chosen: {what}."
    ),
    "Tin nêu {n} địa bàn, một cảnh báo chỉ nhận 200: hãy chọn theo xã hoặc tỉnh.": (
        "The message names {n} areas, a warning holds 200: choose by commune or province."
    ),
    "Tin có chữ ký XML; hệ thống không kiểm chữ ký đó.": (
        "The message carries an XML signature, which is not checked here."
    ),
    "Tin không dành cho công chúng (scope {what}). Cân nhắc trước khi phát ra loa.": (
        "The message is not for the public (scope {what}). Think before you broadcast it."
    ),
    "Có {n} khối cùng ngôn ngữ; chỉ điền sẵn khối đầu, hãy xem bản gốc.": (
        "There are {n} blocks in one language; only the first is filled in, see the original."
    ),
    "Lời quá dài nên đã cắt bớt; hãy rút gọn cho dễ nghe.": "The words were too long and were cut; shorten them.",
    "Đã có tin khác cùng mã nhưng nội dung khác. Hãy gọi hỏi nơi gửi.": (
        "Another message has the same identifier and other words. Telephone the sender."
    ),
    "Tin nhắc tới tin trước mà ta chưa nhận: {what}.": "It refers to a message that never came here: {what}.",
    "Ghi chú của nơi gửi: {what}": "The sender's note: {what}",
    # the sources
    "Nơi hệ thống tự hỏi tin, và mã địa bàn của họ nghĩa là đâu.": (
        "Where we ask for messages by ourselves, and which places their codes mean."
    ),
    "Địa chỉ được hỏi": "Addresses that are asked",
    "Một tin CAP, hoặc danh sách Atom hay RSS các tin.": "One CAP message, or an Atom or RSS list of them.",
    "hỏi mỗi {span}": "asked every {span}",
    "đã nhận {n} tin": "{n} messages so far",
    "trả lời lần cuối {when}": "last answered {when}",
    "chưa hỏi lần nào": "not asked yet",
    "có lỗi": "at fault",
    "đang nhận": "receiving",
    "Chưa có nguồn tin nào.": "No sources yet.",
    "Ví dụ: danh sách cảnh báo của đài khí tượng thủy văn.": "For example the feed of the weather service.",
    "Thêm nguồn tin": "Add a source",
    "Tên nguồn": "Name",
    "Hỏi mỗi": "Ask every",
    "30 giây": "30 seconds",
    "1 phút": "1 minute",
    "5 phút": "5 minutes",
    "15 phút": "15 minutes",
    "1 giờ": "1 hour",
    "Thêm nguồn": "Add it",
    "Mã địa bàn của nơi khác": "Area codes of others",
    "Mã đơn vị hành chính chính thức đã khai ở trang Địa bàn được tự nhận ra; ở đây khai các mã riêng.": (
        "Official codes that stand with the areas are recognised by themselves; enter other codes here."
    ),
    "Tên mã (valueName)": "Name (valueName)",
    "Giá trị (value)": "Value (value)",
    "Chưa khai mã riêng nào.": "No codes yet.",
    "Khai một mã": "Enter a code",
    "Ghi mã": "Keep it",
    "Cảnh báo của ta cho nơi khác": "Our warnings for others",
    "Ai cũng đọc được, không cần mã truy cập:": "Open to everybody, without a token:",
    "Hệ thống khác gửi tin vào hộp thư bằng POST /api/v1/cap với mã truy cập có phạm vi write:cap.": (
        "Other systems put messages into the inbox by POST /api/v1/cap with a token of the scope write:cap."
    ),
    "Đã thêm nguồn tin; vài giây nữa hệ thống hỏi lần đầu.": "The source was added and is asked within seconds.",
    "Đã bật nguồn tin.": "The source is on.",
    "Đã tắt nguồn tin.": "The source is off.",
    "Đã bỏ nguồn tin; tin đã nhận vẫn còn trong hộp thư.": "The source was removed; what came from it stays.",
    "Đã ghi mã địa bàn.": "The code was kept.",
    "Đã bỏ mã địa bàn.": "The code was removed.",
    "đưa tin CAP vào hộp thư (không phát)": "put CAP messages into the inbox (not on air)",
}
