"""Words for what needs attention: faults, papers that were refused, and the reason codes.

Law of the room: text only, Vietnamese then English; the same blanks in both.
"""

from collections.abc import Mapping
from typing import Final

HEED: Final[Mapping[str, tuple[str, str]]] = {
    "heed.unassigned": ("Thiết bị chưa được giao nhiệm vụ", "The appliance has no assignment"),
    "heed.unassigned.do": (
        "Đọc mã thiết bị cho tỉnh để được giao địa bàn. Trước đó loa không phát gì.",
        "Read the device code to the province to be given an area. Until then nothing sounds.",
    ),
    "heed.silenced": (
        "Tỉnh đã cắt phát khẩn thiết bị này",
        "The province has cut this appliance off",
    ),
    "heed.silenced.do": (
        "Mọi tiếng đều ngắt, trừ cảnh báo có chữ ký của người có thẩm quyền. Chỉ tỉnh mở lại được: hãy gọi cho tỉnh.",
        "All sound is off but signed warnings. Only the province can undo it: call them.",
    ),
    "heed.clock": (
        "Đồng hồ chưa tin cậy nên lịch chưa chạy",
        "The clock is not trusted, so no schedule runs",
    ),
    "heed.clock.do": (
        "Nối mạng để lấy giờ. Khẩn cấp và phát tại chỗ vẫn dùng được.",
        "Connect to a network to get the time. Emergencies and local playing still work.",
    ),
    "heed.central": ("Mất kết nối với tỉnh", "No link to the province"),
    "heed.central.do": (
        "Lịch đã tải vẫn phát bình thường. Nếu kéo dài: kiểm tra cáp mạng, SIM và tiền cước.",
        "What was downloaded still plays. If it lasts: check the cable, the SIM and its credit.",
    ),
    "heed.stale": ("Lịch phát đã cũ", "The programme is old"),
    "heed.stale.do": (
        "Vẫn phát theo lịch cũ. Nhờ tỉnh gửi lịch mới trước khi hết hiệu lực.",
        "It still plays. Ask the province for a new one before it expires.",
    ),
    "heed.missing": (
        "Còn {n} bài chưa tải xong hoặc chưa duyệt",
        "Items not here or not approved: {n}",
    ),
    "heed.missing.do": (
        "Thiết bị tự tải tiếp khi có mạng; hỏi tỉnh nếu bài chưa được duyệt.",
        "The appliance goes on fetching; ask the province where approval is missing.",
    ),
    "heed.stuck": ("Rơ-le kẹt: {zone}", "Relay stuck: {zone}"),
    "heed.stuck.do": (
        "Loa này có thể đang mở hoặc không mở được. Báo thợ; đừng mở tủ khi có điện.",
        "This zone may stay on, or off. Call maintenance; do not open the cabinet live.",
    ),
    "heed.input": ("Đang báo: {input}", "Complains: {input}"),
    "heed.input.do": (
        "Ra xem tại tủ máy; nếu không rõ thì gọi thợ bảo trì.",
        "Look at the cabinet; call maintenance where it is not clear.",
    ),
    "heed.mains": ("Mất điện lưới", "The mains power is out"),
    "heed.mains.do": (
        "Máy đang chạy ắc quy; loa có thể không phát được. Kiểm tra cầu dao.",
        "It runs on the battery, and speakers may be silent. Check the breaker.",
    ),
    "heed.voltage": ("Nguồn của máy yếu", "The supply is too weak"),
    "heed.voltage.do": (
        "Máy có thể tự tắt. Thay bộ nguồn hoặc dây nguồn.",
        "The machine may go off by itself. Change the supply or its cable.",
    ),
    "heed.hand": ("{hand} gặp lỗi", "{hand} has a fault"),
    "hand.player": ("Máy phát", "The player"),
    "hand.amplifier": ("Rơ-le, tăng âm", "The amplifier relay"),
    "hand.listener": ("Bộ nghe kiểm tra", "The listener"),
    "hand.courier": ("Bộ tải nội dung", "The downloader"),
    "hand.chain": ("Vòng khóa của tỉnh", "The province's keyring"),
    "hand.ear": ("Kênh nhận lệnh", "The channel for orders"),
    "hand.herald": ("Bộ gửi báo cáo", "The reporter"),
    "hand.shelf": ("Kho nội dung", "The content store"),
    "hand.ledger": ("Sổ ghi nhớ", "The ledger"),
    "hand.voice": ("Giọng đọc", "The voice"),
    "hand.chores": ("Việc định kỳ", "The chores"),
    "hand.sensors": ("Đầu vào, cảm biến", "The inputs"),
    "hand.microphone": ("Mi-crô", "The microphone"),
    "hand.tuner": ("Tiếp sóng", "The relay of streams"),
    "hand.neighbours": ("Tìm máy bên cạnh", "The search for neighbours"),
    "hand.vitals": ("Bộ đo máy", "The gauges of the machine"),
    "hand.other": ("Một bộ phận", "A part"),
    "hand.player.do": (
        "Máy đang tự thử lại. Nếu vẫn im sau vài phút: rút điện 10 giây rồi cắm lại.",
        "It is tried again by itself. Still silent after minutes: unplug for 10 seconds.",
    ),
    "hand.amplifier.do": (
        "Kiểm tra điện của tăng âm và dây rơ-le; đừng mở tủ khi có điện. Báo thợ bảo trì.",
        "Check the amplifier's power and the relay wires; do not open it live. Call maintenance.",
    ),
    "hand.listener.do": (
        "Loa vẫn có thể phát nhưng chưa có bằng chứng tiếng. Hãy ra nghe thử.",
        "It may well sound, but there is no proof. Go and listen.",
    ),
    "hand.network.do": (
        "Kiểm tra mạng. Lịch đã tải vẫn phát; máy tự thử lại.",
        "Check the network. What was downloaded still plays; it is tried again.",
    ),
    "hand.chain.do": (
        "Máy chỉ nghe theo khóa mà tỉnh đã ký. Kiểm tra mạng hoặc cắm USB của tỉnh; nếu còn báo: gọi cho tỉnh.",
        "Only keys that the province signed are obeyed. Check the network or use its stick; then call the province.",
    ),
    "hand.store.do": (
        "Thẻ nhớ có thể sắp hỏng hoặc đầy. Báo thợ bảo trì thay thẻ.",
        "The memory card may be failing or full. Ask maintenance to replace it.",
    ),
    "hand.voice.do": (
        "Máy chưa đọc được chữ. Rút ngắn nội dung hoặc thử lại; bài có sẵn vẫn phát được.",
        "Text cannot be read out. Make it shorter or try again; items still play.",
    ),
    "hand.microphone.do": (
        "Chưa nghe được loa từ ngoài; loa vẫn phát. Kiểm tra dây mi-crô.",
        "It cannot be heard from outside; it still plays. Check the microphone's cable.",
    ),
    "hand.tuner.do": (
        "Nguồn tiếp sóng không có tiếng; máy phát nội dung thay thế.",
        "The stream gives nothing; the substitute is played.",
    ),
    "hand.other.do": (
        "Máy tự thử lại. Nếu còn báo sau 10 phút: gọi thợ bảo trì.",
        "It is tried again by itself. Still here after 10 minutes: call maintenance.",
    ),
}

PAPERS: Final[Mapping[str, tuple[str, str]]] = {
    "paper.file": ("Tệp {name}…", "File {name}…"),
    "paper.document": ("Văn bản không rõ loại", "Document of no known kind"),
    "paper.assignment": ("Giấy giao nhiệm vụ", "Assignment"),
    "paper.programme": ("Lịch phát", "Programme"),
    "paper.approval": ("Phê duyệt", "Approval"),
    "paper.announcement": ("Bản tin khẩn cấp", "Emergency"),
    "paper.activeset": ("Danh sách cảnh báo", "Active set"),
    "paper.command": ("Lệnh", "Command"),
    "paper.report": ("Báo cáo", "Report"),
    "door.push": ("kênh tức thời", "by push"),
    "door.poll": ("hỏi định kỳ", "by polling"),
    "door.store": ("bộ nhớ máy", "from the store"),
    "door.usb": ("USB", "by USB"),
    "door.neighbour": ("máy bên cạnh", "from a neighbour"),
}

CODES: Final[Mapping[str, tuple[str, str]]] = {
    "code.content-missing": ("thiếu tệp", "file missing"),
    "code.content-lost": ("tệp hỏng", "file damaged"),
    "code.unapproved": ("chưa duyệt", "not approved"),
    "code.approval-expired": ("duyệt hết hạn", "approval expired"),
    "code.approval-scope": ("duyệt sai địa bàn", "approval for elsewhere"),
    "code.late": ("quá giờ", "too late"),
    "code.quiet-hours": ("giờ yên tĩnh", "quiet hours"),
    "code.session-quota": ("đủ phút của phiên", "session minutes used up"),
    "code.day-quota": ("đủ phút của ngày", "minutes of the day used up"),
    "code.bad-signature": ("chữ ký sai", "bad signature"),
    "code.unknown-key": ("khóa lạ", "unknown key"),
    "code.threshold": ("thiếu chữ ký", "too few signatures"),
    "code.out-of-scope": ("sai thẩm quyền", "outside the signer's area"),
    "code.wrong-audience": ("không gửi địa bàn này", "not for this area"),
    "code.wrong-device": ("của thiết bị khác", "for another appliance"),
    "code.unassigned": ("chưa giao nhiệm vụ", "not assigned"),
    "code.expired": ("hết hạn", "expired"),
    "code.replayed": ("gửi lại", "replayed"),
    "code.old-version": ("bản cũ", "old version"),
    "code.not-actual": ("diễn tập hoặc thử", "exercise or test"),
    "code.hand-failed": ("bộ phận lỗi", "part failed"),
    "code.other": ("không hợp lệ", "not valid"),
}
