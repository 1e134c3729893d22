"""English for what surrounds a warning: looking ahead, drawing, groups, telephones, calls."""

WORDS = {
    "Bao lâu, mấy lần": "How long, how often",
    "Báo cho đâu": "Where",
    "Báo gì": "What",
    "Bản mới thay bản đang phát: loa bỏ lời cũ, đọc lời mới ngay.": (
        "The new text replaces the one on air: speakers drop the old words and read the new at once."
    ),
    "Bản đồ để vẽ vùng": "Map to draw on",
    "Bảng tin hiện chữ này. Loa chỉ có giọng máy tiếng Việt và tiếng Anh.": (
        "Boards show this text. Speakers have voices for Vietnamese and English only."
    ),
    "Bảng tin hiện cùng lời này toàn màn hình đến khi hủy.": (
        "Boards show the same words full screen until cancelled."
    ),
    "Bỏ góc cuối": "Undo corner",
    "Chưa có cụm loa nào có tọa độ: hãy chọn theo cây địa bàn.": (
        "No cluster has coordinates yet: choose in the tree."
    ),
    "Chưa có nhóm nào. Ví dụ: Các xã ven sông Tiền.": (
        "No groups yet. For example: the communes along the river."
    ),
    "Chưa có số trực.": "No number on file.",
    "Chưa gặp": "Not reached",
    "Chưa xem trước được. Vẫn ký và gửi được.": "No look ahead now. You can still sign and send.",
    "Chạm để đặt từng góc của vùng. Bàn phím: mũi tên dời dấu chữ thập, Enter đặt góc, cộng trừ để phóng.": (
        "Tap to set each corner. Keyboard: arrows move the cross, Enter sets a corner, plus and minus zoom."
    ),
    "Chỉ một số vùng loa": "Only some zones",
    "Chọn vùng này": "Take this shape",
    "Chọn địa bàn để xem cụm nào kêu, lúc nào, chen ngang cái gì.": (
        "Choose areas to see which clusters sound, when, and over what."
    ),
    "Chức vụ, nơi trực": "Duty, post",
    "Các xã hay được báo cùng nhau, chọn bằng một lần bấm khi phát khẩn cấp.": (
        "Communes often warned together, chosen at one press when raising an emergency."
    ),
    "Còn phải điền: {blanks}": "Still to fill in: {blanks}",
    "Cần gọi điện": "To telephone",
    "Cần {n} người ký: bạn ký trước, loa kêu khi người thứ hai ký trên máy của họ.": (
        "{n} people must sign: you first; it sounds once the second signs on their machine."
    ),
    "Danh bạ còn trống. Hãy ghi ít nhất một số cho mỗi xã.": (
        "The book is empty. Write at least one number for each commune."
    ),
    "Danh bạ trực": "Telephone book",
    "Danh sách cần gọi": "List to telephone",
    "Diễn tập": "Exercise",
    "Gọi ai khi loa ở một xã không kêu. Chỉ người phát khẩn cấp và quản trị xem được.": (
        "Whom to call when a commune stays silent. Only emergency officers and administrators see it."
    ),
    "Gọi thứ mấy": "Order",
    "Hãy gọi điện cho xã.": "Telephone the commune.",
    "Hãy đặt ít nhất ba góc.": "Set at least three corners.",
    "In danh sách": "Print the list",
    "In lúc {when}.": "Printed {when}.",
    "Không chọn là mọi vùng. Cụm không có vùng đã chọn vẫn kêu ở mọi vùng của nó.": (
        "None chosen means all. A cluster without the chosen zone sounds in all of its own."
    ),
    "Kiểm tra": "Test",
    "Loa dừng lặp, phát hiệu lệnh báo yên rồi đọc lời dưới đây. Lệnh hủy có hạn không sớm hơn "
    "cảnh báo, nên cụm loa nối lại sau vẫn biết là đã hết.": (
        "Speakers stop repeating, sound the all-clear and read the words below. The cancel lasts as "
        "long as the warning, so clusters that come back later learn that it is over."
    ),
    "Lưu lựa chọn này thành nhóm": "Keep this choice as a group",
    "Lưu nhóm": "Keep group",
    "Lời báo yên": "All-clear words",
    "Mặc định theo quy định: phát ngay, thêm 2 lần cách nhau 5 phút, rồi 25 phút một lần đến khi "
    "hủy. Khi hủy, loa đọc tin cuối cùng.": (
        "The legal pattern: at once, twice more 5 minutes apart, then every 25 minutes until "
        "cancelled. On cancel the final bulletin is read."
    ),
    "Mọi xã chưa kêu đủ đều đã được báo qua điện thoại.": (
        "Every commune with silent clusters was told by telephone."
    ),
    "Mọi xã, phường đều đã kêu.": "It sounded in every commune.",
    "Mỗi lần chừng {s} giây, {n} lần đến {when}:": "Some {s} s each, {n} rounds until {when}:",
    "Nhóm mới": "New group",
    "Nhóm đã lưu": "Saved groups",
    "Nhóm địa bàn": "Area groups",
    "Phát THẬT": "Raise an ACTUAL warning",
    "Số trực theo địa bàn": "Numbers by area",
    "Sổ tay khẩn cấp": "Emergency notebook",
    "Thêm số": "Add one",
    "Thêm số trực": "Add a number",
    "Thêm tiếng khác": "Add another language",
    "Thêm {n} cụm ở các địa bàn ấy nhưng ngoài vùng vẽ cũng sẽ kêu.": (
        "{n} more clusters of those areas outside the shape will sound too."
    ),
    "Trang này dành cho người phát khẩn cấp và quản trị.": (
        "This page is for emergency officers and administrators."
    ),
    "Trong vùng vẽ có {n} cụm loa, thuộc: {names}.": "The shape holds {n} clusters, of: {names}.",
    "Trong vùng vẽ không có cụm loa nào có tọa độ.": "The shape holds no cluster with coordinates.",
    "Tên nhóm": "Name of the group",
    "Tự soạn": "Free text",
    "Vẽ lại": "Start over",
    "Vẽ vùng trên bản đồ": "Draw on the map",
    "Xem trước từng cụm": "Look ahead",
    "bảng tin": "boards",
    "chen ngang: {what}": "interrupts: {what}",
    "chưa báo nhận": "not confirmed",
    "chưa từng kết nối: sẽ không kêu": "never connected: will not sound",
    "chờ một người nữa": "one more to sign",
    "gọi thứ {n}": "call no. {n}",
    "im hơn 5 phút": "silent > 5 min",
    "không có cụm loa": "no cluster",
    "lúc này đang im": "silent now",
    "{n} xã, phường không có cụm loa nào: phải gọi điện.": (
        "{n} communes have no cluster: they must be telephoned."
    ),
    "{n} đang bị tắt tiếng tại chỗ": "{n} hushed on site",
    "Bị tắt tiếng": "Hushed",
    "bị tắt tiếng tại chỗ": "hushed on site",
    "Việc tiếp theo": "What next",
    "Đính chính": "Correct",
    "kêu ngay": "sound at once",
    "kêu trong giờ cho phép, trừ cụm tắt diễn tập": "sound in permitted hours, not where exercises are off",
    "lần {n}: {what}": "round {n}: {what}",
    "nhận, báo lại, không kêu": "receive and report, do not sound",
    "tiếng khác": "other language",
    "và {n} nhóm nhỏ hơn": "and {n} smaller groups",
    "vùng: {zones}": "zones: {zones}",
    "xã, phường": "communes",
    "{language}: chỉ hiện trên bảng tin, loa chưa có giọng đọc.": (
        "{language}: on boards only, speakers have no voice for it."
    ),
    "{n} cụm chưa có tọa độ nên bản đồ không thấy, trong đó {k} ở các địa bàn này.": (
        "{n} clusters have no coordinates and are not on the map, {k} of them in these areas."
    ),
    "{n} nơi khác đã kêu đủ": "{n} others sounded",
    "{n} xã, phường chưa có số trực: {names}.": "{n} communes have no number: {names}.",
    "{n} xã, phường chưa kêu đủ và chưa ai báo. Gọi trước: {names}.": (
        "{n} communes are not fully reached and not told. First: {names}."
    ),
    "{n} xã, phường cần gọi": "{n} communes to telephone",
    "{n}/{m} cụm chưa kêu": "{n} of {m} silent",
    "{who} gọi lúc {when}: chưa gặp": "{who} called {when}: not reached",
    "{who} gọi lúc {when}: đã báo": "{who} called {when}: told",
    "{who} lưu {when}": "kept by {who}, {when}",
    "Đã gọi, đã báo": "Called, told",
    "Đính chính cảnh báo": "Correct the warning",
    "Đính chính, cập nhật lời": "Correct, update the words",
    "Địa bàn trong nhóm": "Areas in the group",
    "đang mất liên lạc: kêu khi nối lại được, hoặc nhận qua máy bên cạnh": (
        "unreachable: sound once connected again, or by way of a neighbour"
    ),
    "đã báo": "told",
    "đã kiểm chứng, chưa phát": "verified, not played",
    # what stands on air, from central.services.alarms_ahead
    "đang im": "silence",
    "một chương trình theo lịch": "a programme",
    "việc cán bộ tại chỗ đang phát": "what local staff play",
    "cán bộ tại chỗ đang nói trực tiếp": "local staff speaking live",
    "một cảnh báo khác (hai cảnh báo luân phiên, mới trước)": (
        "another warning (they take turns, newest first)"
    ),
    "Tiếng Khmer": "Khmer",
    "Tiếng Chăm": "Cham",
    "Tiếng Hoa": "Chinese",
    "Tiếng Mông": "Hmong",
    "Tiếng Tày": "Tày",
    "Tiếng Nùng": "Nùng",
    "Tiếng Thái": "Tai Dam",
    "Tiếng Mường": "Mường",
    "Tiếng Ê Đê": "Rade",
    "Tiếng Gia Rai": "Jarai",
    "Tiếng Ba Na": "Bahnar",
    "Đã lưu nhóm địa bàn.": "The group was kept.",
    "Đã xóa nhóm địa bàn.": "The group was deleted.",
    "Đã lưu số trực.": "The number was kept.",
    "Đã xóa số trực.": "The number was deleted.",
}
