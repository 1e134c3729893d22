"""Words for an appliance that nobody has assigned, for one that was retired, and for wiping it.

Law of the room: text only, Vietnamese then English; the same blanks in both.
"""

from collections.abc import Mapping
from typing import Final

ENROL: Final[Mapping[str, tuple[str, str]]] = {
    "nav.enrol": ("Nhận máy", "Enrolment"),
    "enrol.new": ("Thiết bị mới", "New appliance"),
    "enrol.qr": ("Hoặc quét mã này trong trang của tỉnh", "Or scan this in the province's page"),
    "enrol.qr.hint": (
        "Mở trang của tỉnh trên điện thoại khác, chọn nơi đặt loa, bấm quét mã.",
        "Open the province's page on another phone, choose the site, scan the code.",
    ),
    "enrol.qr.alt": ("Mã QR của thiết bị {device}", "QR code of the appliance {device}"),
    "enrol.qr.text": ("Không quét được? Chép dòng này", "Cannot scan? Copy this line"),
    "enrol.device": ("Mã thiết bị", "Appliance"),
    "enrol.fingerprint": ("Dấu vân tay khóa", "Key fingerprint"),
    "enrol.claim": ("Mã nhận máy", "Claim code"),
    "enrol.claim.title": ("Nhập mã nhận máy", "Type the claim code"),
    "enrol.claim.hint": (
        "10 ký tự trên phiếu tỉnh cấp cho nơi này, ví dụ ABCDE-12345. Chữ hoa, chữ thường, dấu gạch đều được.",
        "The 10 characters on the sheet for this site, such as ABCDE-12345. Case and dashes do not matter.",
    ),
    "enrol.claim.go": ("Gửi mã", "Send"),
    "enrol.claim.wrong": (
        "Mã nhận máy có 10 ký tự chữ và số, ví dụ ABCDE-12345. Hãy xem lại phiếu.",
        "A claim code has 10 letters and digits, such as ABCDE-12345. Look at the sheet again.",
    ),
    "enrol.claim.locked": (
        "Nhập mã nhiều lần nên tạm khóa. Thử lại sau {time}.",
        "Too many codes, so it is locked for now. Try again in {time}.",
    ),
    "enrol.claim.error": ("Mã không được nhận", "The code was not taken"),
    "enrol.site": ("Nơi đặt", "Site"),
    "enrol.site.code": ("Mã nơi đặt", "Site code"),
    "enrol.compare": ("Mã so sánh", "Compare code"),
    "enrol.central.says": ("Tỉnh trả lời", "The province says"),
    "stage.asking": ("Đang gọi về tỉnh…", "Calling the province…"),
    "stage.asking.do": ("Chờ vài giây.", "Wait a few seconds."),
    "stage.away": ("Chưa gọi được về tỉnh", "The province cannot be reached"),
    "stage.away.do": (
        "Kiểm tra cáp mạng hoặc SIM. Máy tự gọi lại, không cần bấm gì.",
        "Check the cable or the SIM. It calls again by itself; press nothing.",
    ),
    "stage.waiting": ("Tỉnh đã thấy máy, chờ chọn nơi đặt", "Seen; waiting for its site"),
    "stage.waiting.do": (
        "Nhập mã nhận máy bên dưới, hoặc quét mã QR trong trang của tỉnh.",
        "Type the claim code below, or scan the QR code in the province's page.",
    ),
    "stage.claiming": ("Đang hỏi tỉnh về mã {claim}…", "Asking about the code {claim}…"),
    "stage.claiming.do": ("Chờ vài giây.", "Wait a few seconds."),
    "stage.matched": ("So với màn hình ở trung tâm", "Compare with the screen at the centre"),
    "stage.matched.do": (
        "Giống hệt, cả nơi đặt: bấm xác nhận ở trung tâm. Khác: dừng lại, gọi tỉnh ngay.",
        "All alike, the site too: confirm at the centre. Different: stop and call the province at once.",
    ),
    "stage.fetching": ("Tỉnh đã giao, đang tải giấy", "Assigned; fetching the paper"),
    "stage.fetching.do": ("Chờ vài giây.", "Wait a few seconds."),
    "stage.untrusted": (
        "Giấy giao nhiệm vụ không tin được",
        "The assignment cannot be trusted",
    ),
    "stage.untrusted.do": (
        "Giấy từ máy chủ này không được nghe theo ({code}). Loa vẫn im. Kiểm tra địa chỉ máy chủ, rồi gọi tỉnh.",
        "This server's paper is not obeyed ({code}); it stays silent. Check the server's address, call the province.",
    ),
    "stage.refused": ("Tỉnh từ chối thiết bị này", "The province refuses this appliance"),
    "stage.refused.do": (
        "Gọi tỉnh, đọc mã thiết bị bên dưới.",
        "Call the province with the code below.",
    ),
    "stage.assigned": ("Đã được giao nhiệm vụ", "Assigned"),
    "stage.assigned.do": ("Mở trang điều khiển.", "Open the control page."),
    "stage.assigned.go": ("Mở trang điều khiển", "Open the control page"),
    "stage.retired": (
        "Thiết bị này đã được thay thế hoặc tháo dỡ",
        "This appliance was replaced or taken down",
    ),
    "stage.retired.do": (
        "Máy im hẳn, kể cả khi có cảnh báo khẩn. Nếu nhầm: gọi tỉnh giao lại. Muốn dùng nơi khác: đăng nhập rồi xóa.",
        "It is silent, even in an emergency. A mistake? Ask the province. For use elsewhere: sign in and wipe it.",
    ),
    "air.retired": ("Đã thay thế hoặc tháo dỡ", "Replaced or taken down"),
    "heed.retired": (
        "Thiết bị đã được thay thế hoặc tháo dỡ",
        "The appliance was replaced or taken down",
    ),
    "heed.retired.do": (
        "Máy không phát gì nữa. Nếu nhầm: gọi tỉnh để giao lại.",
        "It sounds nothing. If that is a mistake: ask the province to assign it again.",
    ),
    "error.409": (
        "Thiết bị đã được thay thế hoặc tháo dỡ, không điều khiển được nữa.",
        "The appliance was replaced or taken down and cannot be controlled any more.",
    ),
}

WIPE: Final[Mapping[str, tuple[str, str]]] = {
    "wipe": ("Xóa và bắt đầu lại", "Wipe and begin again"),
    "wipe.sign-in": ("Đăng nhập để xóa máy", "Sign in to wipe it"),
    "wipe.nobody": (
        "Không còn ai có mã PIN trên máy này. Muốn dùng lại: nhờ tỉnh giao lại, hoặc thay thẻ nhớ mới.",
        "Nobody has a PIN here any more. To use it again: ask the province to assign it, or change the card.",
    ),
    "wipe.hint": (
        "Khi tháo máy hoặc chuyển sang nơi khác: xóa khóa, giấy tờ, bài phát.",
        "When it is taken down or moved: wipes key, papers and contents.",
    ),
    "wipe.law": (
        "Xóa khóa, giấy tờ, mọi bài và bản ghi âm. Máy im ngay, có mã mới, phải nhận máy lại. Không hoàn tác được.",
        "Key, papers, contents and recordings go. It is silent at once and must be enrolled anew. No way back.",
    ),
    "wipe.first": (
        "Nhớ báo tỉnh tháo máy cũ khỏi danh sách.",
        "Tell the province, so that the old appliance leaves the list.",
    ),
    "wipe.card": (
        "Thẻ nhớ có thể còn dấu vết: nếu bỏ hẳn thì bẻ thẻ.",
        "A memory card may keep traces: break it when it leaves for good.",
    ),
    "wipe.pin": ("Mã PIN của {name}", "PIN of {name}"),
    "wipe.hold": ("giữ 3 giây", "hold for 3 seconds"),
    "wipe.holding": ("Giữ thêm… {n}", "Keep holding… {n}"),
    "wipe.let-go": ("Chưa xóa: phải giữ đủ 3 giây.", "Not wiped: hold for 3 seconds."),
    "wipe.word": ("Gõ chữ {word} để xóa", "Type {word} to wipe"),
    "wipe.done": ("Đang xóa và khởi động lại", "Wiping and starting again"),
    "wipe.done.do": (
        "Chờ khoảng 20 giây rồi mở lại trang này. Máy sẽ có mã mới.",
        "Wait about 20 seconds, then open this page again. It will have a new code.",
    ),
    "wipe.again": ("Mở lại trang", "Open the page again"),
}
