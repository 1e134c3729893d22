"""English for the planner: its grid, copies, templates, calendars, publications and reasons."""

WORDS: dict[str, str] = {
    "(không tên)": "(no name)",
    "Ai đã gửi gì, lúc nào, tới bao nhiêu cụm loa.": "Who sent what, when, to how many clusters.",
    "Buổi chiều 17:00": "Afternoon 17:00",
    "Buổi sáng 05:30": "Morning 05:30",
    "Bản của bạn": "Yours",
    "Bản của {name}, {when}": "{name}'s, {when}",
    "Bản hiện có": "As it stands",
    "Bản tin chiều": "Afternoon bulletin",
    "Bản tin của xã 05:30 và phát lại 17:00 mỗi ngày, mỗi buổi 30 phút.": (
        "The commune's bulletin at 05:30, again at 17:00, every day, 30 minutes each."
    ),
    "Bản tin sáng": "Morning bulletin",
    "Bản tin xã buổi chiều": "Commune bulletin, afternoon",
    "Bản tin xã buổi sáng": "Commune bulletin, morning",
    "Bỏ qua ngày này": "Skip this date",
    "Bớt khung giờ trong ngày, hoặc rút ngắn nội dung.": "Have fewer slots that day, or shorter contents.",
    "Chép khung giờ": "Copy slot",
    "Chép những gì chỉ có trong tuần nguồn. Khung lặp lại hằng ngày, hằng tuần vốn đã có ở tuần đích. "
    "Chỗ trùng giờ ở tuần đích sẽ nhường chỗ, xem bên dưới trước khi chép.": (
        "Copies what is in the source week only. Daily and weekly slots are in the target week anyway. What overlaps "
        "in the target week gives way: look below before you copy."
    ),
    "Chép sang tuần {start}": "Copy to the week of {start}",
    "Chép sẽ đổi {n} khung giờ": "Copying changes {n} slots",
    "Chép tuần": "Copy week",
    "Chép từ tuần có ngày": "Copy from the week of",
    "Chép địa chỉ này ngay, nó chỉ hiện một lần.": "Copy this address now: it is shown once.",
    "Chưa có liên kết nào. Ai có địa chỉ thì xem được lịch đã gửi của địa bàn này, không sửa được gì.": (
        "No links yet. Whoever has the address sees what was sent for this area, and can change nothing."
    ),
    "Chưa gửi lần nào": "Nothing was sent yet",
    "Chưa lưu, và chưa mất gì.": "Not saved, and nothing is lost.",
    "Chưa xem được": "Nothing to see yet",
    "Chỉ ngày này": "This date only",
    "Chọn khung bằng Tab. Mũi tên: dời 5 phút hoặc một ngày. Shift và mũi tên lên, xuống: đổi độ dài. "
    "Enter: lưu, hoặc mở để sửa. Escape: thôi. Phím cách: các việc khác. Delete: bỏ qua ngày này. Ctrl+Z: hoàn tác.": (
        "Choose a frame with Tab. Arrows: move by 5 minutes or a day. Shift with up and down: change its length. "
        "Enter: save, or open to edit. Escape: leave it. Space: other deeds. Delete: skip this date. Ctrl+Z: undo."
    ),
    "Chọn lại vùng loa, hoặc để trống để phát ở mọi vùng.": "Choose other zones, or none for all of them.",
    "Chọn một nội dung dự phòng cho khung tiếp sóng.": "Choose a content that stands by for the relay.",
    "Chọn nơi và ngày": "Choose place and day",
    "Chọn nội dung đã duyệt cho khung giờ này, hoặc xóa nó.": "Choose approved content for this slot, or delete it.",
    "Các lần cũ hơn": "Older ones",
    "Các lần gửi": "Publications",
    "Các lần gửi lịch": "Publications",
    "Cách dùng chuột và bàn phím": "By mouse and by keys",
    "Có thể rời trang này; việc gửi vẫn tiếp tục.": "You may leave this page; sending goes on.",
    "Công cụ lịch": "Planning tools",
    "Cả chuỗi ({when})": "The whole series ({when})",
    "Cảnh báo lúc gửi": "Warnings when it was sent",
    "Cần chú ý": "Take care",
    "Cụm loa đổi lịch": "Clusters that change",
    "Dung lượng": "Size",
    "Dùng mẫu này": "Use this template",
    "Dời giờ phát muộn hơn, hoặc dùng nội dung mà cụm loa đã có.": (
        "Move it later, or use content that the clusters have already."
    ),
    "Dời một trong hai khung giờ, hoặc đặt mức ưu tiên cho khung cần phát.": (
        "Move one of the two, or give priority to the one that must sound."
    ),
    "Dời ra ngoài giờ yên tĩnh; chỉ tin khẩn cấp được phát trong giờ này.": (
        "Move it out of the quiet hours; only emergencies sound then."
    ),
    "Dời “{title}”": "Move “{title}”",
    "Giữ bản hiện có": "Keep what stands",
    "Hai buổi mỗi ngày": "Two sessions a day",
    "Hai bản cạnh nhau": "Both side by side",
    "Hai người cùng sửa": "Two people edited",
    "Hai người cùng sửa khung giờ này": "Two people edited this slot",
    "Hoàn tác": "Undo",
    "Hoặc bắt đầu từ một mẫu có sẵn": "Or begin with a template",
    "Khi bị cắt ngang": "When interrupted",
    "Khoảng ngày": "Dates",
    "Khung giờ này phát được, không có gì cần lưu ý.": "This slot sounds; nothing to take care of.",
    "Khung giờ đổi": "Slots that change",
    "Không có gì được phát trong ngày này.": "Nothing sounds on this day.",
    "Không có gì để chép": "Nothing to copy",
    "Không có khung giờ nào chờ gửi.": "No slot waits to be sent.",
    "Không khung giờ nào đổi, hoặc lần gửi này có trước khi hệ thống giữ lại thay đổi.": (
        "No slot changed, or this was sent before changes were kept."
    ),
    "Không phát, và vì quy tắc nào": "What does not sound, and by which rule",
    "Kiểm tra các cụm loa mất liên lạc ở trang Toàn cảnh.": "Look after the lost clusters on the overview.",
    "Kéo dài khung giờ, hoặc bớt nội dung hay số lần phát.": "Make the slot longer, or have less content or rounds.",
    "Kéo khung để dời, kéo mép dưới để đổi độ dài; kéo trên chỗ trống để thêm. Trên điện thoại: chạm giữ rồi kéo.": (
        "Drag a frame to move it, its lower edge to change its length; drag on empty ground to add. On a phone: hold, "
        "then drag."
    ),
    "Liên kết để phần mềm lịch tự cập nhật": "Links for calendar programs",
    "Lưu bản của tôi đè lên": "Save mine over it",
    "Lưu lịch của {area} thành mẫu": "Keep the plan of {area} as a template",
    "Lưu mẫu": "Keep template",
    "Lần gửi lịch số {n}": "Publication {n}",
    "Lần gửi lịch đầu tiên sẽ hiện ở đây.": "The first publication will be shown here.",
    "Lịch .ics": "Calendar (.ics)",
    "Lịch của cụm loa vẫn đổi, vì có nội dung vừa được duyệt hoặc hết hạn duyệt.": (
        "Clusters change all the same: content was approved, or its approval ran out."
    ),
    "Lịch đã đúng như mẫu, không có gì đổi.": "The plan is as the template has it; nothing changes.",
    "Mô tả": "Description",
    "Mẫu buổi phát": "Templates",
    "Mọi khung giờ lặp lại của riêng địa bàn này ({n} khung giờ) vào mẫu; các địa bàn bên dưới cũng dùng được.": (
        "All recurring slots of this area ({n}) go into it; areas below may use it too."
    ),
    "Mỗi buổi phát gì": "What each session plays",
    "Mỗi cụm tải thêm nhiều nhất": "Each cluster fetches at most",
    "Mục": "Field",
    "Ngày sau": "Next day",
    "Ngày trước": "Day before",
    "Người gửi": "Sent by",
    "Nhập từ tệp .ics": "Take in an .ics file",
    "Nhập {n} khung giờ": "Take in {n} slots",
    "Nhờ người duyệt ký lại cho thời hạn dài hơn, hoặc đặt ngày kết thúc sớm hơn.": (
        "Have it approved for longer, or end the slot earlier."
    ),
    "Nhờ người duyệt ký nội dung này, hoặc thay bằng nội dung đã duyệt.": "Have it approved, or use approved content.",
    "Nên biết": "Good to know",
    "Nối liền hai buổi, hoặc để cách ít nhất 5 phút cho âm ly.": (
        "Join the two, or leave 5 minutes between them for the amplifier."
    ),
    "Nội dung cho {title}": "Content for {title}",
    "Nội dung dự phòng": "Stand-by content",
    "Nội dung phải tải": "Contents to fetch",
    "Phát gì, vì sao": "What plays and why",
    "Phát lại ngày này": "Play on this date again",
    "Rút ngắn khung giờ, hoặc tách thành hai buổi.": "Make the slot shorter, or two sessions of it.",
    "Sang tuần có ngày": "To the week of",
    "Sẽ không phát": "Will not sound",
    "Sẽ trùng giờ với khung đang có": "Will overlap what is there",
    "Sửa tiếp bản của tôi": "Go on editing mine",
    "Theo": "By",
    "Theo quy định chung; chọn một cụm loa để xem theo giờ yên tĩnh, hạn mức và vùng loa của nó.": (
        "By the general rules; choose a cluster to see it by its own quiet hours, quotas and zones."
    ),
    "Theo quy định và vùng loa của chính cụm loa này.": "By the rules and zones of this very cluster.",
    "Thêm vào {day}": "Add on {day}",
    "Thêm lại thành khung giờ mới": "Add it again as a new slot",
    "Thứ tự ưu tiên": "Order of priority",
    "Thử nhập": "Try it",
    "Thử nhập: {a} sẵn sàng, {b} cần chọn nội dung, {c} không nhập": (
        "Dry run: {a} ready, {b} lack content, {c} not taken in"
    ),
    "Thử trước, không đổi gì. Mỗi sự kiện được ghép với nội dung cùng tên trong kho, hoặc bạn chọn.": (
        "A dry run first; nothing changes. Each event is matched to content of the same title, or you choose."
    ),
    "Tin khẩn cấp và việc phát tại chỗ không nằm trong trang này.": (
        "Emergencies and decisions on the spot are not on this page."
    ),
    "Tiến độ gửi": "Progress",
    "Tiếp sóng VOV1 buổi sáng": "VOV1 relay, morning",
    "Tiếp sóng VOV1 từ 05:30, rồi bản tin của xã lúc 06:00, thứ 2 đến thứ 7.": (
        "VOV1 relayed from 05:30, then the commune's bulletin at 06:00, Monday to Saturday."
    ),
    "Tiếp sóng buổi chiều": "Relay, afternoon",
    "Tiếp sóng từ 17:00, rồi bản tin của xã lúc 17:30, thứ 2 đến thứ 7.": (
        "Relayed from 17:00, then the commune's bulletin at 17:30, Monday to Saturday."
    ),
    "Trong ngày": "During the day",
    "Trùng giờ, nhường “{title}”.": "Overlaps and gives way to “{title}”.",
    "Tuần nguồn chỉ có các khung lặp lại, tuần đích đã có chúng.": (
        "The source week has recurring slots only, and the target week has those anyway."
    ),
    "Tên liên kết": "Name of the link",
    "Tên mẫu": "Name of the template",
    "Tạo liên kết": "Make a link",
    "Tải tệp .ics": "Download .ics",
    "Tệp lịch": "Calendar file",
    "Tổng cộng {size} cho mọi cụm loa; các cụm chung mạng nội bộ lấy của nhau.": (
        "{size} in all; clusters in one network fetch from each other."
    ),
    "Việc gửi bị ngắt giữa chừng; máy chủ tự làm tiếp trong ít giây, không cụm loa nào bị gửi nửa vời.": (
        "Sending was cut off; the server goes on within seconds, and no cluster has half a programme."
    ),
    "Vẫn xóa": "Delete all the same",
    "Về lần mới nhất": "Back to the newest",
    "Về lịch phát": "To the schedule",
    "Xem lại": "Look again",
    "Xem lịch của {area}": "See the schedule of {area}",
    "Xem sẽ đổi gì": "See what changes",
    "Xóa mẫu": "Delete template",
    "bản nháp, nếu gửi bây giờ": "the drafts, if sent now",
    "bỏ": "removed",
    "bỏ qua": "skipped",
    "bỏ qua một ngày": "skipped a date",
    "bỏ qua ngày này": "date skipped",
    "cho Google Calendar, Outlook, điện thoại": "for Google Calendar, Outlook, phones",
    "cho {area}": "for {area}",
    "chép tuần": "copied a week",
    "chưa duyệt": "not approved",
    "chưa dùng": "not used yet",
    "chưa gửi xuống": "not sent yet",
    "chưa đến ngày": "before its first date",
    "chờ chạy tiếp": "waits to go on",
    "có sẵn": "built in",
    "cần chọn nội dung": "lacks content",
    "dùng lần cuối {when}": "last used {when}",
    "dời khung giờ": "moved a slot",
    "giữ nguyên": "keep",
    "hãy chọn nội dung": "choose content",
    "hãy chọn, hoặc giữ nội dung của khung cùng tên": "choose, or keep the content of the slot of that name",
    "khác nhau": "differs",
    "không có vùng loa": "no such zone",
    "không gì": "nothing",
    "không nhập được": "cannot be taken in",
    "không phải ngày phát": "another day's",
    "kế thừa từ {area}": "inherited from {area}",
    "lúc có tiếng": "when it sounds",
    "lịch đã gửi xuống": "what was sent",
    "lịch đã gửi hết hạn": "what was sent has run out",
    "mùng 1 tháng {m} ÂL": "lunar 1/{m}, new moon",
    "mẫu của {area}": "template of {area}",
    "mọi vùng loa": "all zones",
    "nhuận": "leap",
    "như trong mẫu": "as in the template",
    "nhập lịch": "took in a calendar",
    "phát": "sounds",
    "phát lại ngày đã bỏ qua": "took a skipped date back",
    "rằm tháng {m} ÂL": "lunar 15/{m}, full moon",
    "thay đổi cuối của bạn: {what}, lúc {when}": "your last change: {what}, {when}",
    "trễ": "late",
    "trống": "empty",
    "{d} khung giờ đã sửa; loa chưa đổi gì.": "{d} slots edited; no speaker has changed.",
    "{n} cụm loa đổi lịch, {m} giữ nguyên": "{n} clusters change, {m} stay as they are",
    "{n} khung giờ của ngày khác": "{n} slots of other days",
    "{n} khung giờ sẽ đổi": "{n} slots will change",
    "{n} khung giờ đã đổi": "{n} slots changed",
    "{n} lượt": "{n} plays",
    "{n} lần, cách {s} giây": "{n} times, {s} s apart",
    "{n} điều nên biết thêm": "{n} more to know",
    "{title} (lịch của {area}, chỉ xem)": "{title} (schedule of {area}, to be seen only)",
    "{title}: {day}, {hours}. Enter để lưu, Escape để thôi.": "{title}: {day}, {hours}. Enter saves, Escape leaves.",
    "Áp dụng cho {area}. Xem trước rồi mới đổi.": "For {area}. You look before anything changes.",
    "Áp dụng mẫu": "Apply template",
    "Áp dụng sẽ đổi {n} khung giờ": "Applying changes {n} slots",
    "áp dụng mẫu": "applied a template",
    "Điện thoại của phòng văn hóa": "Phone of the culture office",
    "Đã bỏ qua “{title}” ngày {day}.": "Skipped “{title}” on {day}.",
    "Đã cho phát lại ngày này.": "It plays on this date again.",
    "Đã dời “{title}”. Loa chưa đổi gì cho đến khi gửi lịch.": (
        "Moved “{title}”. No speaker changes until the schedule is sent."
    ),
    "Đã hoàn tác thay đổi cuối của bạn.": "Your last change is undone.",
    "Đã hoàn tác: {what}.": "Undone: {what}.",
    "Đã thôi, khung giờ ở chỗ cũ.": "Left as it was.",
    "Đã đổi {n} khung giờ. Loa chưa đổi gì cho đến khi bạn gửi lịch.": (
        "{n} slots changed. No speaker changes until you send the schedule."
    ),
    "Đóng": "Close",
    "Đổi cách phát khi trễ thành “vào giữa chừng”, hoặc gỡ chỗ trùng lịch.": (
        "Let it join in progress when late, or undo the overlap."
    ),
    "đang gửi": "sending",
    "đã hết ngày": "after its last date",
    "đã xóa": "deleted",
}
