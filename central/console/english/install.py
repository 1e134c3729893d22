"""English for installing: places, claim codes, comparing, retiring, and copied keys."""

WORDS = {
    "Nghiệm thu lắp đặt": "Commissioning",
    "Nghiệm thu ngày {day}, người {who}": "Handed over {day} by {who}",
    "máy đang ở đây": "the appliance that stands here",
    "máy trước: {device}": "an earlier appliance: {device}",
    "{n} chữ ký": "{n} signatures",
    "Tải phiếu PDF": "Download the PDF",
    "Chưa nghiệm thu. Tại cột loa: mở trang của máy, mục Kiểm tra, “Nghiệm thu lắp đặt”.": (
        "Not handed over yet. At the pole: open the appliance's page, Check, “Commissioning”."
    ),
    "Lắp đặt": "Install",
    "Bạn không có quyền lắp đặt thiết bị ở địa bàn nào.": "You may install appliances in no area.",
    "Chọn vị trí đang đứng, quét mã máy, so sáu số, ký. Máy chưa được giao thì im lặng.": (
        "Choose the place you stand at, scan the appliance, compare six digits, sign. "
        "An appliance without an assignment is silent."
    ),
    "Máy đang chờ": "Waiting appliances",
    "Lập vị trí từ bảng": "Plan places from a table",
    "{n} máy đã gọi về mà chưa rõ vị trí.": "{n} appliances have called and have no place yet.",
    "Chưa có vị trí nào": "No places yet",
    "Vị trí là nơi sẽ lắp cụm loa. Quản trị lập trước, từng cái hoặc cả bảng.": (
        "A place is where a cluster will stand. An administrator plans it first, one by one or as a table."
    ),
    "{a} chờ so mã · {b} chờ máy gọi về · {c} chưa lắp · {d} đã có máy": (
        "{a} to compare · {b} awaited · {c} empty · {d} standing"
    ),
    "chưa lắp": "empty",
    "chờ máy gọi về": "awaiting its call",
    "chờ so mã": "compare the digits",
    "đã có máy": "standing",
    "Đã ghi mã máy cho vị trí này.": "The appliance is noted for this place.",
    "Đã gỡ ghép. Vị trí lại trống.": "The match is undone. The place is empty again.",
    "Đã ký và giao máy. Máy tự lấy giấy giao trong vài giây.": (
        "Signed. The appliance fetches its assignment within seconds."
    ),
    "Đã ký thu hồi máy cũ. Vị trí đã trống, có thể lắp máy mới.": (
        "The old appliance is retired. The place is vacant for a new one."
    ),
    "Đã lập các vị trí trong bảng.": "The places of the table are planned.",
    "Đã bỏ vị trí khỏi kế hoạch.": "The place is no longer planned.",
    "Đã từ chối máy. Máy hiện lý do trên trang của nó.": (
        "The appliance is refused. Its own page shows the reason."
    ),
    "Đã ghép máy với vị trí. Hãy so mã trên hai màn hình rồi ký.": (
        "The appliance is matched to the place. Compare the digits on both screens, then sign."
    ),
    "Cách 1: quét mã trên máy": "Way 1: scan the appliance",
    "Mở trang của máy (hoặc xem nhãn dán): mã QR và mã 16 ký tự ở đó.": (
        "Open the appliance's page (or look at its label): the QR code and the 16 characters are there."
    ),
    "Quét mã QR": "Scan the QR code",
    "Mã thiết bị, 16 ký tự": "Device id, 16 characters",
    "Gõ thêm dấu vân tay khóa": "Type the key's fingerprint too",
    "Dấu vân tay khóa, 32 chữ số hex": "Fingerprint of the key, 32 hex digits",
    "Nhận máy này": "Take this appliance",
    "Cách 2: mã nhận máy": "Way 2: a claim code",
    "In hoặc đọc một mã 10 ký tự, gõ mã đó trên trang của máy. Mã dùng một lần; sai 5 lần là hỏng.": (
        "Print or read out 10 characters and type them on the appliance's page. "
        "A code is good once; five wrong tries end it."
    ),
    "Mã có hạn": "Good for",
    "Cấp mã mới và in phiếu": "New code and sheet",
    "Cấp mã và in phiếu": "Code and sheet",
    "Máy ở đây sẽ được giao": "What an appliance here will be told",
    "Mã vị trí": "Place id",
    "Đầu vào, công tắc": "Inputs, switches",
    "Tọa độ": "Coordinates",
    "Người lập": "Planned by",
    "Thay hoặc gỡ máy": "Replace or remove",
    "Máy cũ nhận giấy thu hồi và im lặng hẳn; vị trí trống để lắp máy mới. Cần khóa ký của bạn.": (
        "The old appliance gets its retirement and is silent for good; the place becomes vacant. "
        "Your signing key is needed."
    ),
    "Thu hồi máy đang ở đây": "Retire the appliance that stands here",
    "Bỏ vị trí này khỏi kế hoạch": "Drop this place from the plan",
    "Bỏ hẳn “{title}”": "Drop “{title}”",
    "Đưa mã QR của máy vào khung": "Hold the appliance's QR code into the frame",
    "Thôi, gõ mã": "Type it instead",
    "Nhận máy": "Take it",
    "Máy gọi về": "It calls",
    "So mã, ký": "Compare, sign",
    "Máy sẵn sàng": "Ready",
    "Khác máy đã quét": "Not the scanned appliance",
    "Máy gọi về mang khóa khác với mã đã quét cho vị trí này. Không ký. "
    "Gỡ ghép rồi quét lại mã trên chính máy đang đứng trước mặt.": (
        "What called has another key than the one scanned for this place. Do not sign. "
        "Undo the match and scan the very appliance in front of you."
    ),
    "Hai màn hình có cùng sáu số này không?": "Do both screens show these six digits?",
    "Nhìn sáu số trên trang của máy. Chỉ ký khi giống hệt.": (
        "Look at the six digits on the appliance's page. Sign only when they are the same."
    ),
    "Máy không gọi về từ {when}. Kiểm tra mạng của máy; số có thể đã đổi.": (
        "It has not called since {when}. Check its network; the digits may have changed."
    ),
    "Khớp – ký và giao máy": "They match – sign and assign",
    "Không khớp – gỡ máy này": "They differ – drop this appliance",
    "Đời máy": "Model",
    "không rõ": "unknown",
    "Gọi từ": "Called from",
    "Đang chờ máy gọi về": "Waiting for its call",
    "Máy": "Appliance",
    "đã được {who} ghép với vị trí này.": "was matched to this place by {who}.",
    "Cắm điện và mạng cho máy. Máy tự gọi về trong khoảng 15 giây; trang này tự đổi.": (
        "Give it power and network. It calls by itself within about 15 seconds; this page follows."
    ),
    "Gỡ ghép": "Undo the match",
    "Đã so mã và ký": "Compared and signed",
    "Xem máy, thử tiếng": "See it, try its sound",
    "Đã cấp mã nhận máy": "A claim code is out",
    "{who} cấp; hết hạn {when}. Gõ mã trên trang của máy, trang này tự đổi khi máy gọi về.": (
        "Given by {who}; ends {when}. Type it on the appliance's page; this page follows when it calls."
    ),
    "Mã nhận máy đã hỏng": "The claim code is dead",
    "Có người nhập sai 5 lần. Cấp mã mới, hoặc quét mã trên máy.": (
        "Somebody typed it wrongly five times. Give a new one, or scan the appliance."
    ),
    "Mã nhận máy đã hết hạn": "The claim code has run out",
    "Cấp mã mới, hoặc quét mã trên máy.": "Give a new one, or scan the appliance.",
    "Vị trí này chưa có máy. Chọn một trong hai cách dưới đây.": (
        "No appliance is here yet. Choose one of the two ways below."
    ),
    "Phiếu nhận máy": "Claim sheet",
    "Mã chỉ hiện một lần này. Máy chủ không giữ mã, chỉ giữ dấu của nó. In phiếu hoặc chép lại ngay.": (
        "The code is shown this once. The server keeps only its hash. Print the sheet or copy it now."
    ),
    "In phiếu": "Print",
    "Về vị trí": "Back to the place",
    "Mã QR mở trang của vị trí này": "QR code that opens this place's page",
    "Mã nhận máy": "Claim code",
    "Hết hạn {when}": "Ends {when}",
    "Cắm nguồn và mạng cho máy, đợi đèn sáng.": (
        "Give the appliance power and network; wait for its light."
    ),
    "Mở trang của máy trên điện thoại (cùng mạng) và gõ mã ở trên.": (
        "Open its page on a phone in the same network and type the code above."
    ),
    "Quét mã QR trên phiếu để mở trang của vị trí này, đăng nhập.": (
        "Scan the QR code of this sheet to open the place's page; sign in."
    ),
    "So sáu số trên hai màn hình; giống hệt thì bấm Khớp – ký và giao máy.": (
        "Compare the six digits on both screens; when they are the same press They match – sign and assign."
    ),
    "Đợi máy báo sẵn sàng, thử từng vùng loa, ký vào sổ.": (
        "Wait until it is ready, try each zone, sign the log."
    ),
    "Máy đã gọi về mà chưa được giao. Máy chờ thì im lặng.": (
        "Appliances that called and have no assignment. Who waits is silent."
    ),
    "Không có máy nào chờ": "No appliance is waiting",
    "Máy mới cắm điện và mạng sẽ tự hiện ở đây.": (
        "A new appliance with power and network shows here by itself."
    ),
    "chưa rõ vị trí": "no place yet",
    "đang bắt tay": "shaking hands",
    "khác khóa đã quét": "not the scanned key",
    "đã từ chối": "refused",
    "máy đã thu hồi": "retired",
    "đã thu hồi": "retired",
    "Gọi gần nhất": "Last call",
    "Gọi lần đầu": "First call",
    "{who} từ chối: {why}": "Refused by {who}: {why}",
    "So mã ở “{title}”": "Compare at “{title}”",
    "Thuộc vị trí": "Belongs to",
    "Ghép với vị trí này": "Match to this place",
    "Không còn vị trí trống nào để ghép; hãy lập vị trí trước.": (
        "No vacant place is left to match; plan one first."
    ),
    "Từ chối máy này": "Refuse this appliance",
    "Lý do (máy sẽ hiện)": "Reason (the appliance shows it)",
    "Từ chối": "Refuse",
    "Xem trước rồi mới lập. Sai một dòng thì không lập dòng nào.": (
        "First look, then plan. One faulty line and nothing is planned."
    ),
    "Chưa lập gì: còn {n} chỗ cần sửa.": "Nothing was planned: {n} faults to mend.",
    "Bảng đúng: {a} vị trí mới, {b} vị trí đổi, {c} như cũ": (
        "The table is right: {a} new, {b} changed, {c} as before"
    ),
    "Vị trí": "Place",
    "Sẽ": "Will",
    "lập mới": "be planned",
    "đổi": "change",
    "như cũ": "stay",
    "Lập {n} vị trí": "Plan {n} places",
    "Tệp CSV (UTF-8)": "CSV file (UTF-8)",
    "hoặc dán bảng vào đây": "or paste the table here",
    "Xem trước": "Preview",
    "Các cột": "Columns",
    "mã ngắn, chữ thường không dấu: my-phong-cho (bắt buộc)": (
        "short id, lower case: my-phong-cho (required)"
    ),
    "tên người dân gọi: Cụm loa Chợ Mỹ Phong (bắt buộc)": "what people call it (required)",
    "đường dẫn địa bàn: dt/my-phong/kp-1 (bắt buộc)": "path of its area (required)",
    "vùng loa, tên:chân rơ-le:tiêu đề, cách nhau bằng |": (
        "zones, name:relay pin:title, with | between them"
    ),
    "tọa độ, dấu chấm thập phân": "coordinates, decimal point",
    "số phút tối đa mỗi buổi, mỗi ngày; trống là không giới hạn": (
        "most minutes a session and a day; empty is no limit"
    ),
    "giống vị trí nào: ô trống lấy theo vị trí đó (vùng, đầu vào, quy định, người dùng)": (
        "like which place: empty cells are as there (zones, inputs, rules, staff)"
    ),
    "Giao máy cho vị trí": "Assign the appliance to a place",
    "Thu hồi máy: im lặng cho đến khi được giao lại": (
        "Retire the appliance: silent until it is assigned again"
    ),
    "Giấy số": "Paper number",
    "Dấu vân tay khóa": "Fingerprint of the key",
    "Ký giao máy {code}": "Sign the assignment {code}",
    "Ký và giao máy": "Sign and assign",
    "Ký thu hồi máy": "Sign the retirement",
    "Ký thu hồi": "Sign the retirement",
    "Trình duyệt đã tính lại sáu số từ khóa ghi trong giấy. Khóa ký không rời khỏi máy của bạn.": (
        "The browser has computed the six digits from the key in the paper. Your key stays on your machine."
    ),
    "Máy này sẽ im lặng hẳn, kể cả khẩn cấp, cho đến khi được giao lại. "
    "Khóa ký không rời khỏi máy của bạn.": (
        "This appliance will be silent, emergencies included, until it is assigned again. "
        "Your key stays on your machine."
    ),
    "Giấy giao ghi máy khác với máy bạn đã quét, không ký. Báo ngay cho người quản trị.": (
        "The paper names another appliance than you scanned; nothing was signed. Tell an administrator now."
    ),
    "Sáu số không phải của máy ghi trong giấy giao, không ký. Báo ngay cho người quản trị.": (
        "The six digits are not those of the appliance in the paper; nothing was signed. "
        "Tell an administrator now."
    ),
    "Mã QR này không phải của thiết bị Tiếng Làng.": "This QR code is not of a Tiếng Làng appliance.",
    "Không mở được máy ảnh. Cho phép máy ảnh, hoặc gõ mã 16 ký tự.": (
        "The camera cannot be opened. Allow it, or type the 16 characters."
    ),
    "Vị trí vừa đổi trạng thái.": "The place has moved on.",
    "nghi khóa thiết bị bị sao chép": "this appliance's key may have been copied",
    "hai chuỗi báo cáo khác nhau từ một khóa": "two different chains of reports from one key",
    "hai phiên cùng sống từ một khóa": "two sessions alive at once from one key",
    "{n} lần, gần nhất {when}": "{n} times, last {when}",
    "Có thể thẻ nhớ đã bị sao chép, hoặc vừa chép lại từ bản cũ. "
    "Nếu không do mình làm, hãy thu hồi máy và lắp máy mới có khóa mới.": (
        "The card may have been copied, or restored from an old image. If it was not you, "
        "retire the appliance and install one with a new key."
    ),
    "Đã kiểm tra, tắt cảnh báo": "Looked into, end the alarm",
}
