"""Words of the network page: what is near, what to type, and why it did not work.

Law of the room: text only, Vietnamese then English; the same blanks in both.
"""

from collections.abc import Mapping
from typing import Final

NETWORK: Final[Mapping[str, tuple[str, str]]] = {
    "network": ("Mạng của máy", "This appliance's network"),
    "network.go": ("Cài mạng cho máy", "Set up its network"),
    "network.hint": (
        "Chọn cách vào mạng, điền rồi bấm nút ở cuối trang.",
        "Choose a way to the network, fill it in, press the button at the end.",
    ),
    "network.none": (
        "Máy chưa báo được tình trạng mạng. Chờ nửa phút rồi bấm Xem lại.",
        "It has not told yet how its network stands. Wait half a minute, then press Look again.",
    ),
    "network.again": ("Xem lại", "Look again"),
    "network.look-again": (
        "Có chỗ chưa đúng, xem các dòng chữ đỏ bên dưới. Mật khẩu phải gõ lại.",
        "Something does not fit, see the red lines below. The password must be typed again.",
    ),
    "network.unkept": (
        "Không lưu được: bộ nhớ tạm của máy đầy. Tắt điện, bật lại rồi thử lần nữa.",
        "It cannot be stored: the appliance's memory is full. Switch it off and on, then try again.",
    ),
    "network.way": ("Vào mạng bằng", "Way to the network"),
    "network.way.wifi": ("Wi-Fi", "Wi-Fi"),
    "network.way.mobile": ("SIM 4G", "4G SIM"),
    "network.way.cable": ("Dây mạng", "Cable"),
    "network.cable.hint": (
        "Cắm dây mạng vào máy trước khi bấm. Mạng phải tự cấp địa chỉ.",
        "Plug the cable in before you press. The network must give out addresses.",
    ),
    "network.spots": ("Mạng Wi-Fi gần đây", "Wi-Fi networks near here"),
    "network.spots.none": (
        "Máy không thấy mạng Wi-Fi nào. Gõ tên mạng bên dưới.",
        "It sees no Wi-Fi network. Type the name below.",
    ),
    "network.wireless.none": (
        "Máy này không có Wi-Fi: dùng dây mạng hoặc SIM 4G.",
        "This machine has no Wi-Fi: use a cable or a 4G SIM.",
    ),
    "network.signal.strong": ("mạnh", "strong"),
    "network.signal.fair": ("vừa", "fair"),
    "network.signal.weak": ("yếu", "weak"),
    "network.open": ("không mật khẩu", "no password"),
    "network.other": ("Mạng khác (mạng ẩn tên)", "Another network (hidden)"),
    "network.name": ("Tên mạng khác", "Name of another network"),
    "network.name.hint": (
        "Chỉ điền khi chọn “Mạng khác”. Đúng từng chữ hoa, chữ thường.",
        "Only with “Another network”. Capitals and small letters matter.",
    ),
    "network.password": ("Mật khẩu Wi-Fi", "Wi-Fi password"),
    "network.password.hint": (
        "Từ 8 ký tự; mạng không mật khẩu thì để trống.",
        "8 characters or more; leave it empty for an open network.",
    ),
    "network.apn": ("Điểm truy cập (APN)", "Access point name (APN)"),
    "network.apn.hint": (
        "Viettel: v-internet. VinaPhone: m3-world. MobiFone: m-wap. Nhà mạng khác: hỏi tổng đài.",
        "Viettel: v-internet. VinaPhone: m3-world. MobiFone: m-wap. Others: ask the operator.",
    ),
    "network.more": ("SIM có mã PIN hoặc tên đăng nhập?", "A SIM with a PIN or a user name?"),
    "network.user": ("Tên đăng nhập của nhà mạng", "Operator's user name"),
    "network.mobile-password": ("Mật khẩu của nhà mạng", "Operator's password"),
    "network.pin": ("Mã PIN của SIM", "PIN of the SIM"),
    "network.whose": ("Máy thuộc về đâu", "Whose it is"),
    "network.claim.hint": (
        "10 ký tự trên phiếu, ví dụ ABCDE-12345. Chữ thường, khoảng trắng đều được. Chưa có thì để trống.",
        "The 10 characters on the sheet, as ABCDE-12345. Case and blanks do not matter. Leave it empty without one.",
    ),
    "network.central": ("Địa chỉ máy chủ của tỉnh", "The province's address"),
    "network.central.hint": (
        "Đã có sẵn trên thẻ; chỉ sửa khi tỉnh bảo.",
        "It came with the card; change it only when the province says so.",
    ),
    "network.before": ("Trước khi bấm", "Before you press"),
    "network.before.lose": (
        "Máy tắt Wi-Fi {name} để thử mạng, khoảng một phút. Điện thoại sẽ mất kết nối.",
        "It takes its Wi-Fi {name} down to try, for about a minute. Your phone loses it.",
    ),
    "network.before.back": (
        "Wi-Fi {name} hiện lại: chưa vào được mạng. Nối lại, mở trang này để xem lý do.",
        "{name} comes back: it did not work. Connect again and open this page to see why.",
    ),
    "network.before.gone": (
        "Không hiện lại: đã xong. Nghe loa hoặc nhìn màn hình để biết địa chỉ mới của máy.",
        "It stays away: done. Listen, or look at its screen, for its new address.",
    ),
    "network.try": ("Lưu và thử mạng", "Store and try"),
    "network.trying": ("Đang thử mạng…", "Trying the network…"),
    "network.trying.do": (
        "Khoảng một phút. Trang tự đổi khi có kết quả; nếu mất Wi-Fi của máy thì nối lại sau.",
        "About a minute. The page changes by itself; if its Wi-Fi goes, connect again later.",
    ),
    "network.outcome.joined": ("Đã vào mạng", "The network works"),
    "network.outcome.joined.do": (
        "Xem tiếp máy đã gọi được về tỉnh chưa.",
        "See next whether the province can be reached.",
    ),
    "network.outcome.joined.go": ("Xem máy gọi về tỉnh", "See how it reaches the province"),
    "network.outcome.wrong-password": ("Sai mật khẩu Wi-Fi", "Wrong Wi-Fi password"),
    "network.outcome.wrong-password.do": (
        "Gõ lại, đúng từng chữ hoa, chữ thường. Mạng cũ của máy vẫn được giữ.",
        "Type it again; capitals and small letters matter. What it knew before is kept.",
    ),
    "network.outcome.not-found": ("Không thấy mạng Wi-Fi này", "This Wi-Fi is not in reach"),
    "network.outcome.not-found.do": (
        "Kiểm tra tên mạng, bộ phát Wi-Fi đã bật chưa, có quá xa không (máy chỉ bắt 2,4 GHz nếu là bản Zero 2 W).",
        "Check the name, whether the router is on, and whether it is too far (a Zero 2 W hears 2.4 GHz only).",
    ),
    "network.outcome.no-address": (
        "Vào được mạng nhưng không được cấp địa chỉ",
        "Joined, but no address was given",
    ),
    "network.outcome.no-address.do": (
        "Khởi động lại bộ phát Wi-Fi rồi thử lại. Mạng dùng địa chỉ cố định: ghi vào tienglang.toml trên thẻ.",
        "Restart the router and try again. Fixed addresses go into tienglang.toml on the card.",
    ),
    "network.outcome.no-modem": ("Không thấy modem 4G", "There is no 4G modem"),
    "network.outcome.no-modem.do": (
        "Cắm lại modem USB, chờ một phút rồi thử lại.",
        "Plug the USB modem in again, wait a minute, try again.",
    ),
    "network.outcome.no-sim": ("SIM chưa dùng được", "The SIM does not work"),
    "network.outcome.no-sim.do": (
        "Kiểm tra SIM đã lắp đúng, còn tiền, và mã PIN.",
        "Check that it is inserted, paid for, and its PIN.",
    ),
    "network.outcome.no-carrier": ("Dây mạng chưa có tín hiệu", "The cable carries nothing"),
    "network.outcome.no-carrier.do": (
        "Cắm chặt hai đầu dây, xem đèn ở cổng mạng, đổi dây khác nếu cần.",
        "Push both ends in, look at the port's lights, try another cable.",
    ),
    "network.outcome.not-stored": ("Máy không nhận các mục này", "It does not take these entries"),
    "network.outcome.not-stored.do": (
        "Kiểm tra địa chỉ máy chủ (phải là https://) và mã nhận máy, rồi gửi lại.",
        "Check the province's address (https://) and the claim code, then send again.",
    ),
    "network.outcome.failed": ("Chưa vào được mạng", "The network did not work"),
    "network.outcome.failed.do": (
        "Thử lại một lần. Vẫn không được: đọc dòng dưới cho kỹ thuật.",
        "Try once more. Still nothing: read the line below to a technician.",
    ),
    "network.said": ("Máy báo", "The machine says"),
    "network.wrong.name": (
        "Chọn một mạng trong danh sách, hoặc gõ tên mạng (nhiều nhất 32 byte).",
        "Choose a network of the list, or type its name (32 bytes at most).",
    ),
    "network.wrong.password": (
        "Mật khẩu Wi-Fi có từ 8 đến 63 ký tự không dấu.",
        "A Wi-Fi password has 8 to 63 plain characters.",
    ),
    "network.wrong.apn": (
        "APN chỉ có chữ không dấu, số, dấu chấm và gạch, ví dụ v-internet.",
        "An APN has plain letters, digits, dots and hyphens, as v-internet.",
    ),
    "network.wrong.pin": ("Mã PIN của SIM có từ 4 đến 8 chữ số.", "A SIM's PIN has 4 to 8 digits."),
    "network.wrong.user": (
        "Tên và mật khẩu của nhà mạng chỉ có ký tự không dấu.",
        "The operator's user name and password have plain characters only.",
    ),
    "network.wrong.central": (
        "Địa chỉ có dạng https://loa.tinh.gov.vn, không có gì sau tên máy.",
        "An address is as https://loa.tinh.gov.vn, with nothing after the name.",
    ),
}
