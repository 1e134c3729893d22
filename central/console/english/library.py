"""English for what is said of content, speech, recording and playlists."""

WORDS = {
    # kinds, priorities, fields and topics
    "âm thanh": "audio",
    "video": "video",
    "hình ảnh": "image",
    "văn bản": "text",
    "khẩn": "urgent",
    "tải lên": "uploaded",
    "ghi âm": "recorded",
    "giọng đọc máy": "synthetic voice",
    "soạn tại chỗ": "written here",
    "tiếng của video": "sound of a video",
    "lưu trữ": "archived",
    "danh sách phát": "playlist",
    "miền Bắc": "northern",
    "miền Trung": "central",
    "miền Nam": "southern",
    "Thông tin chung": "General information",
    "Thông tin đột xuất": "Unexpected information",
    "Đường lối, chủ trương của Đảng, chính sách, pháp luật của Nhà nước": (
        "Guidelines of the Party, policy and law of the State"
    ),
    "Chỉ đạo, điều hành của cấp ủy, chính quyền cơ sở": (
        "Direction and administration by the local committee and authority"
    ),
    "Kiến thức khoa học, kỹ thuật, kinh tế, văn hóa, xã hội": (
        "Knowledge: science, technology, economy, culture, society"
    ),
    "Gương người tốt, việc tốt, điển hình tiên tiến": "Good people, good deeds, good examples",
    "Chủ trương, pháp luật, quy định của địa phương, sự kiện quan trọng": (
        "Policy, law, local rules, important events"
    ),
    "Dự án, chương trình kinh tế - xã hội, văn hóa, an sinh": (
        "Projects and programmes: economy, society, culture, welfare"
    ),
    "Chính trị, kinh tế, văn hóa, xã hội, khoa học, kỹ thuật": (
        "Politics, economy, culture, society, science, technology"
    ),
    "An ninh, trật tự, quốc phòng, quân sự địa phương": "Security, order, defence, local military",
    "Phòng chống thiên tai, tìm kiếm cứu nạn, cháy nổ, dịch bệnh, tình huống khẩn cấp": (
        "Disasters, search and rescue, fire, epidemics, emergencies"
    ),
    "Người tốt, việc tốt, mô hình hay": "Good people, good deeds, good models",
    "Đấu tranh với vi phạm, tiêu cực, hủ tục": "Against violations, abuses and harmful customs",
    "Sản phẩm, dịch vụ, việc làm của địa phương": "Local products, services and jobs",
    "Trả lời ý kiến, phản ánh của người dân": "Answers to people's opinions and petitions",
    # what the checks found
    "Đã cắt {head} giây im lặng ở đầu và {tail} giây ở cuối.": (
        "{head} s of silence were cut at the head and {tail} s at the end."
    ),
    "Im lặng {s} giây ở đầu. Tải lại và chọn cắt im lặng nếu không cần.": (
        "{s} s of silence at the head. Upload again and have it cut if it is not needed."
    ),
    "Im lặng {s} giây ở cuối. Tải lại và chọn cắt im lặng nếu không cần.": (
        "{s} s of silence at the end. Upload again and have it cut if it is not needed."
    ),
    "Có {n} đoạn im lặng giữa chừng, dài nhất {s} giây, ở {at}.": (
        "{n} silent stretches inside, the longest of {s} s, at {at}."
    ),
    "Tiếng bị vỡ vì thu quá to. Nên thu lại nhỏ hơn hoặc để xa micrô hơn.": (
        "The sound is clipped: recorded too loud. Record it again, softer or farther from the microphone."
    ),
    "Thu rất nhỏ ({lufs} LUFS). Loa sẽ nâng tiếng lên, tiếng ồn cũng to theo.": (
        "Recorded very low ({lufs} LUFS). It will be raised, and its noise with it."
    ),
    "Có chỗ rất to nên loa không nâng đủ: nghe sẽ nhỏ hơn các bản tin khác.": (
        "Some places are so loud that it cannot be raised enough: it will sound lower than other bulletins."
    ),
    "Chỉ dài {s} giây. Kiểm tra xem có thiếu không.": (
        "Only {s} s long. Check that nothing is missing."
    ),
    "Dài {m} phút, hơn một buổi phát 60 phút.": "{m} min long, more than one session of 60 minutes.",
    "Video này không có tiếng.": "This video has no sound.",
    "Hình lớn đã được thu về {w} × {h} điểm.": "The large picture was made {w} × {h}.",
    "Hình tốt, {w} × {h} điểm.": "The picture is good, {w} × {h}.",
    "Video tốt, dài {m} phút {s} giây.": "The video is good, {m} min {s} s long.",
    "Video đã vào kho, tiếng của nó thành một mục riêng để phát trên loa.": (
        "The video is in the library; its sound is an item of its own, to be played by speakers."
    ),
    "Văn bản {n} chữ.": "A text of {n} words.",
    "Kho đã có đúng tệp này, nên dùng lại bản đã có.": (
        "The library has this very file; it is used as it is there."
    ),
    "Máy kiểm tra thấy": "The checks found",
    "{n} điều cần xem": "{n} to look at",
    # the library
    "Chọn tệp hoặc kéo thả vào đây": "Choose files or drop them here",
    "Âm thanh, hình ảnh, video, tệp .txt. Mất mạng giữa chừng thì tự gửi tiếp. Máy nghe và kiểm tra từng tệp.": (
        "Audio, pictures, video, .txt files. A broken line is waited out. Every file is checked."
    ),
    "Cắt im lặng ở đầu và cuối tệp (bản ghi âm tại chỗ luôn được cắt)": (
        "Cut silence at the head and end (always done for recordings made here)"
    ),
    "Đã tải lên, chờ máy xử lý…": "Uploaded, waiting for the machine…",
    "Mất mạng. Sẽ tự gửi tiếp từ chỗ đang dở…": (
        "The line is lost. It will go on by itself from where it was…"
    ),
    "Tải dở {part}. Chọn lại đúng tệp này để tải tiếp.": (
        "Stopped at {part}. Choose the same file again to go on."
    ),
    "Máy đang đọc và kiểm tra…": "The machine is reading and checking…",
    "tiêu đề, tác giả, từ khóa; gõ không dấu cũng được": (
        "title, author, keyword; diacritics may be left out"
    ),
    "Bộ lọc": "Filters",
    "Bỏ lọc": "Clear",
    "Trạng thái": "State",
    "Lĩnh vực": "Field",
    "Mức độ ưu tiên": "Priority",
    "Còn hiệu lực ngày": "In force on",
    "Của tôi": "Mine",
    "Đã lưu trữ": "Archived",
    "Dạng lưới": "As a grid",
    "Dạng danh sách": "As a list",
    "Các mục cũ hơn": "Older items",
    "Về mục mới nhất": "Back to the newest",
    "Không có nội dung nào khớp": "Nothing matches",
    "Thử ít chữ hơn, hoặc bỏ bớt bộ lọc.": "Try fewer words or fewer filters.",
    # recording
    "Ghi âm": "Recording",
    "Ghi âm tại chỗ": "Record here",
    "Nói gần micrô, nghe lại rồi mới đưa vào kho.": (
        "Speak close to the microphone, listen, then put it into the library."
    ),
    "Mức tiếng của micrô": "Level of the microphone",
    "Dừng": "Stop",
    "Nghe lại": "Listen",
    "Thu lại": "Record again",
    "Đưa vào kho": "Put into the library",
    "Đang thu": "Recording",
    "To quá, lùi xa micrô một chút": "Too loud, move back a little",
    "Chưa nghe thấy gì, nói gần micrô hơn": "Nothing is heard, move closer to the microphone",
    "Đã thu xong, nghe lại rồi đưa vào kho": "Recorded; listen, then put it into the library",
    "Đang phát lại, bấm lần nữa để dừng": "Playing; press again to stop",
    "Không mở được micrô. Hãy cho phép trang này dùng micrô rồi thử lại.": (
        "The microphone cannot be opened. Allow this page to use it and try again."
    ),
    # the sheet
    "Phiếu nội dung": "Sheet",
    "Sửa phiếu": "Edit the sheet",
    "Lưu phiếu": "Save the sheet",
    "Đã lưu phiếu.": "The sheet is saved.",
    "Tóm tắt": "Summary",
    "Tác giả": "Author",
    "Đơn vị": "Department",
    "Nguồn tin": "Source",
    "Ngày sản xuất": "Produced on",
    "Hiệu lực từ": "In force from",
    "Hiệu lực đến hết": "In force until",
    "Từ khóa": "Keywords",
    "cách nhau bằng dấu phẩy": "separated by commas",
    "Chủ đề": "Topics",
    "Tiêu đề đã được ký duyệt, không đổi được.": "The title was signed with the approval and stays.",
    "{who} sửa lần cuối lúc {when}": "last edited by {who} at {when}",
    "Khổ hình": "Size",
    "Cách có": "Made by",
    "Mã băm SHA-256": "SHA-256",
    "Tải tệp gốc ({size})": "Download the original ({size})",
    "Tiếng của video này, để phát trên loa": "The sound of this video, for the speakers",
    "Video mà tiếng này được lấy ra": "The video that this sound was taken from",
    "Văn bản hiện trên bảng tin. Muốn loa đọc, mở “Soạn bản tin” và dán vào.": (
        "Text is shown on boards. To have it spoken, open “Write a bulletin” and paste it there."
    ),
    "Đang dùng ở": "Used in",
    "Chưa khung giờ hay danh sách phát nào dùng.": "No slot or playlist uses it yet.",
    "Dùng được ở": "Usable in",
    "và mọi địa bàn bên dưới": "and everywhere below",
    "Chia sẻ thêm cho": "Share with",
    "Chia sẻ": "Share",
    "{who} chia sẻ lúc {when}": "shared by {who} at {when}",
    "chia sẻ với {area}": "sharing with {area}",
    "Đã chia sẻ.": "Shared.",
    "Đã thôi chia sẻ.": "No longer shared.",
    "Lưu trữ": "Archive",
    "Đưa trở lại kho": "Bring back",
    "{who} lưu trữ lúc {when}": "archived by {who} at {when}",
    "Không xóa gì: chỉ cất khỏi danh sách và không chọn vào lịch mới được.": (
        "Nothing is deleted: it leaves the list and cannot be planned anew."
    ),
    "Đã đưa vào lưu trữ. Lịch đã gửi vẫn phát; lịch mới không chọn được nữa.": (
        "Archived. What was sent still plays; it cannot be planned anew."
    ),
    "Đã đưa trở lại kho.": "Back in the library.",
    # writing and speech
    "Soạn bản tin": "Write a bulletin",
    "Viết, nghe máy đọc thử, rồi đưa vào kho thành âm thanh hoặc thành chữ cho bảng tin.": (
        "Write, listen to it, then keep it as sound or as text for boards."
    ),
    "Để trống sẽ lấy câu đầu": "Left empty, the first words are taken",
    "Văn bản": "Text",
    "Kính thưa bà con…": "Dear people…",
    "Ngày, giờ, số tiền, số điện thoại, chữ viết tắt sẽ được đọc thành lời.": (
        "Dates, times, amounts, telephone numbers and abbreviations are read as words."
    ),
    "Loa sẽ đọc là": "It will be read as",
    "Dài khoảng {time}": "About {time} long",
    "Không có gì để đọc": "Nothing to read",
    "Vùng miền": "Region",
    "Tốc độ đọc": "Reading speed",
    "Máy chủ này đọc bằng giọng Piper đã cài; chọn vùng không áp dụng.": (
        "This server reads with the Piper voice that is installed; the region does not matter."
    ),
    "Nghe thử đọc 600 chữ đầu; bản trong kho đọc hết.": (
        "A preview reads the first 600 characters; the library gets all of it."
    ),
    "Đọc thành âm thanh": "Make it sound",
    "Lưu thành chữ cho bảng tin": "Keep as text for boards",
    "Đã lưu bản tin.": "The bulletin is saved.",
    # playlists
    "Danh sách phát": "Playlists",
    "Danh sách đang dùng": "Playlists in use",
    "Nhiều nội dung theo thứ tự, chọn một lần là đủ cả buổi.": (
        "Several contents in order: one choice fills a session."
    ),
    "Lập danh sách": "New playlist",
    "Chưa có danh sách phát": "No playlists yet",
    "Chưa có danh sách nào đã lưu trữ": "No archived playlists",
    "Ví dụ: nhạc hiệu, bản tin sáng, nhạc kết.": (
        "For instance: signature tune, morning bulletin, closing tune."
    ),
    "{n} mục": "{n} items",
    "có mục không phát được": "some will not sound",
    "Xem tiếp": "More",
    "Tên danh sách": "Name",
    "Thứ tự phát": "Order",
    "Chưa có mục nào.": "Nothing yet.",
    "Thêm nội dung": "Add content",
    "Chỉ chọn được nội dung mà địa bàn này dùng được.": (
        "Only what this area may use can be chosen."
    ),
    "Ghi chú": "Note",
    "Lưu danh sách": "Save",
    "Đã lưu danh sách phát.": "The playlist is saved.",
    "Lên": "Up",
    "Xuống": "Down",
    "Bỏ": "Remove",
    "đã lưu trữ": "archived",
    "không có tiếng, chỉ hiện trên bảng tin": "has no sound, is only shown on boards",
    "không còn trong kho của bạn": "is no longer in your library",
}
