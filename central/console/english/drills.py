"""English of the drills' pages."""

WORDS: dict[str, str] = {
    "Có cụm loa sẽ không kêu nếu là báo động thật": "Some clusters would stay silent in a real alarm",
    "Lần diễn tập không thực hiện được": "The drill could not be held",
    "Sắp hết đêm kiểm tra đã ký": "The signed test nights are running out",
    "Đã hơn một tháng chưa diễn tập có âm thanh": "No exercise has sounded for over a month",
    "Bên trên là bản của đêm đầu; các đêm sau giống hệt, chỉ khác ngày. Không bản nào phát ra tiếng.": (
        "Above is the paper of the first night; the others are alike but for their day. None of them sounds."
    ),
    "Bạn chưa có quyền phát khẩn cấp nên chưa lập được diễn tập.": (
        "You have no right to raise alarms, so you cannot plan an exercise."
    ),
    "Bạn chưa được giao địa bàn nào.": "No area has been given to you yet.",
    "Bỏ lần này": "Leave this one out",
    "CN": "Sun",
    "T2": "Mon",
    "T3": "Tue",
    "T4": "Wed",
    "T5": "Thu",
    "T6": "Fri",
    "T7": "Sat",
    "Chú giải": "Key",
    "Chưa có cụm loa nào ở địa bàn này khi ấy.": "There was no cluster in this area at that time.",
    "Chưa có lần diễn tập nào": "No exercise yet",
    "Chọn giờ khác cho lần diễn tập sau.": "Choose another hour for the next exercise.",
    "Chữ ký tạo trong trình duyệt này bằng khóa khẩn cấp của bạn. Máy chủ giữ và gửi mỗi đêm một bản; "
    "bản kiểm tra không bao giờ phát ra tiếng.": (
        "The signatures are made in this browser with your emergency key. The server keeps them and sends one "
        "each night; a test never makes a sound."
    ),
    "Các đêm đã qua và sắp tới": "Nights that were and are to come",
    "Còn chờ trả lời; kết quả được chốt sau giờ này.": "Answers still come in; the result is settled later.",
    "Cụm loa không phát được": "Clusters that would not have sounded",
    "Diễn tập có âm thanh": "Exercises that sound",
    "Diễn tập và kiểm tra đêm": "Exercises and test nights",
    "Giờ diễn tập": "Hour of the exercise",
    "Hãy chọn ngày và giờ diễn tập.": "Choose the day and hour of the exercise.",
    "Hỏi cán bộ trực tại chỗ.": "Ask the officer on duty there.",
    "Không còn chữ ký nào được vòng khóa công nhận.": "The keyring recognises none of its signatures any more.",
    "Không còn đêm nào chờ ký.": "No night waits to be signed.",
    "Không có cụm nào.": "None.",
    "Không có tệp loại này.": "There is no such kind of file.",
    "Khởi động lại máy; xem nhật ký của máy.": "Restart the appliance; read its log.",
    "Kiểm tra mạng của máy và máy chủ giờ.": "Check the appliance's network and the time server.",
    "Kiểm tra mức âm lượng và dây loa.": "Check the volume and the loudspeaker line.",
    "Kiểm tra điện và đường truyền tại cụm loa.": "Check power and link at the cluster.",
    "Kiểm tra đêm: {area}": "Test nights: {area}",
    "Kiểm tra đường truyền; xem nhật ký của máy.": "Check the link; read the appliance's log.",
    "Kiểm tra đường âm thanh, dây loa.": "Check the sound path and the loudspeaker line.",
    "Ký diễn tập": "Sign the exercise",
    "Ký lần diễn tập": "Sign this exercise",
    "Ký trước {n} đêm": "Sign {n} nights ahead",
    "Ký trước {n} đêm kiểm tra": "Sign {n} test nights ahead",
    "Ký và đặt lịch diễn tập": "Sign and plan the exercise",
    "Ký {n} bản": "Sign {n} papers",
    "Ký: {names}": "Signed by: {names}",
    "Loa đọc một lượt như một bản tin thường: không chen chương trình, không hiệu lệnh báo động.": (
        "Read once like an ordinary notice: it interrupts no programme and sounds no alarm tone."
    ),
    "Lập diễn tập": "Plan an exercise",
    "Máy chưa nhận vòng khóa mới: kiểm tra kho khóa, khởi động lại máy.": (
        "The appliance lacks the newest keyring: check the repository, restart the appliance."
    ),
    "Máy chủ không chạy trong giờ diễn tập.": "The server was not running in the hour of the drill.",
    "Máy tự thêm câu báo diễn tập ở đầu và cuối.": "The words that say it is a drill are added first and last.",
    "Mọi đêm trong một tháng tới đã có bản ký.": "Every night of the coming month is signed.",
    "Mỗi tháng một lần, vào giờ hành chính, để bà con quen tiếng và để biết cụm nào không kêu.": (
        "Once a month, in office hours, so that people know the sound and you know which cluster is silent."
    ),
    "Mỗi đêm thử đường cảnh báo trong im lặng; mỗi tháng diễn tập một lần có âm thanh.": (
        "Each night the way of a warning is tried in silence; once a month an exercise sounds."
    ),
    "Ngoài giờ yên tĩnh; bản diễn tập có hiệu lực 30 phút, gặp chương trình thì chờ.": (
        "Outside quiet hours; it is valid for 30 minutes and waits while a programme sounds."
    ),
    "Ngày diễn tập": "Day of the exercise",
    "Người có quyền phát khẩn cấp ở địa bàn này ký trước các đêm.": (
        "Those who may raise alarms in this area sign the nights ahead."
    ),
    "Những lần trước": "The ones before",
    "Những đêm gần đây": "The last nights",
    "Nếu là báo động thật": "Had it been a real alarm",
    "Số đêm": "Nights",
    "Theo địa bàn": "By area",
    "Tiến độ ký": "Progress of signing",
    "Tải {form}": "Download {form}",
    "Từ 02:00 đến 05:00 cụm loa nhận bản kiểm tra như nhận cảnh báo thật, tự xét có phát được không và báo về. "
    "Không có tiếng nào phát ra.": (
        "From 02:00 to 05:00 the clusters take a test as they take a real warning, look whether they could sound it, "
        "and answer. Nothing sounds."
    ),
    "Từ đêm đến đêm": "From night to night",
    "Xem lượt phát để biết bị ngắt ở đâu.": "Open the play to see where it was cut off.",
    "bị tắt tiếng hoặc nhường chương trình": "hushed, or gave way to a programme",
    "chưa ký": "not signed",
    "chờ chữ ký thứ hai": "waits for a second signature",
    "có cụm không phát được": "some would not have sounded",
    "có âm thanh; xét theo tiếng đo được ở đầu ra của từng cụm loa.": (
        "with sound; judged by what was measured at the output of each cluster."
    ),
    "giờ yên tĩnh hoặc hết phút": "quiet hours or minutes used up",
    "không báo đã nhận": "sent no receipt",
    "không kiểm tra": "not tested",
    "không nhận ra khóa ký": "does not know the signing key",
    "không thực hiện được": "could not be held",
    "lỗi tăng âm, rơ-le": "amplifier or relay fault",
    "mất liên lạc": "out of contact",
    "mọi cụm đều phát được": "all would have sounded",
    "phát không hết lời": "did not sound to the end",
    "phát được": "would sound",
    "tiếng quá nhỏ": "too faint",
    "trong im lặng; từng cụm loa nhận, tự xét và báo về.": (
        "in silence; each cluster takes it, looks for itself and answers."
    ),
    "trong {n} cụm loa phát được": "of {n} clusters would have sounded",
    "và {n} cụm nữa: tải tệp để xem đủ": "and {n} more clusters: download a file to see all",
    "từ chối bản tin": "refused the paper",
    "{n} cụm không phát được": "{n} clusters would not have sounded",
    "{n} đêm chờ người thứ hai ký; ký ở đây là ký thêm cho các đêm ấy.": (
        "{n} nights wait for a second person; signing here adds your signature to them."
    ),
    "{n}/{m} cụm nghe được": "{n}/{m} clusters heard",
    "{n}/{m} đêm tới đã ký": "{n}/{m} coming nights signed",
    "Đang ký {n}/{m}…": "Signing {n}/{m}…",
    "Đã ký {n} đêm.": "{n} nights signed.",
    "Đến giờ mà chưa đủ chữ ký.": "Its hour came with too few signatures.",
    "Đến giờ máy chủ gửi đi; trước giờ ấy còn bỏ được.": (
        "The server sends it at its hour; until then it can be left out."
    ),
    "Đến kiểm tra tăng âm, rơ-le và dây tại cụm loa.": "Go and check amplifier, relay and line at the cluster.",
    "Địa bàn này cần {n} người ký.": "{n} people must sign for this area.",
    "Đọc lý do; thường là giấy giao nhiệm vụ hoặc đồng hồ sai.": (
        "Read the reason; mostly its assignment or its clock is wrong."
    ),
    "đang chờ trả lời": "waiting for answers",
    "đã có kết quả": "judged",
    "đã ký": "signed",
    "đã nhận nhưng không trả lời tiếp": "received, and answered no further",
    "đồng hồ chưa tin cậy": "clock not trusted",
    "tiếng chuông mở đầu": "opening chime",
}
