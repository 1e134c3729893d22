"""The words of the local page, in Vietnamese and English.

Law of the room: text only. A key that is not here is a fault that a test finds; what the appliance itself
says (why, reasons) comes from the core in Vietnamese and is marked as such on an English page.
"""

from collections.abc import Mapping
from typing import Final, Literal, get_args

Language = Literal["vi", "en"]
LANGUAGES: Final[tuple[Language, ...]] = get_args(Language)

PAGE: Final[Mapping[str, tuple[str, str]]] = {
    "product": ("Tiếng Làng", "Tiếng Làng"),
    "skip": ("Đến nội dung chính", "Skip to the main part"),
    "other-language": ("English", "Tiếng Việt"),
    "lost": (
        "Mất liên lạc với thiết bị. Những gì hiện ở đây có thể đã cũ; trang tự nối lại.",
        "No word from the appliance. What is shown may be old; the page reconnects by itself.",
    ),
    "no-script": (
        "Trang không tự cập nhật. Bấm để làm mới.",
        "This page does not update itself. Press to refresh.",
    ),
    "at": ("lúc {time}", "at {time}"),
    "until": ("đến {time}", "until {time}"),
    "today": ("{time}", "{time}"),
    "tomorrow": ("{time} mai", "{time} tomorrow"),
    "other-day": ("{time} ngày {day}", "{time} on {day}"),
    "minutes": ("{n} phút", "{n} min"),
    "and": ("và", "and"),
}

AIR: Final[Mapping[str, tuple[str, str]]] = {
    "air": ("Đang phát gì", "What is on air"),
    "air.emergency": ("Đang phát khẩn cấp", "Emergency on air"),
    "air.emergency-mute": ("Khẩn cấp: chưa đo thấy tiếng", "Emergency: no sound measured yet"),
    "air.on": ("Đang phát", "On air"),
    "air.mute": ("Đến giờ, chưa có tiếng", "Due now, but silent"),
    "air.hushed": ("Đang tắt tiếng", "Silenced by staff"),
    "air.hushing": ("Đang tắt, còn tiếng", "Going silent, sound remains"),
    "air.cut": ("Tỉnh đã ngắt tiếng", "Cut off by the province"),
    "air.quiet": ("Đang im", "Quiet"),
    "air.stray": ("Còn tiếng trên đường ra", "Sound on the output, nothing is due"),
    "measured": ("Đo được tiếng {db} dBFS", "Sound measured at {db} dBFS"),
    "unmeasured": ("Không đo thấy tiếng", "No sound is measured"),
    "rank.0": ("", ""),
    "rank.1": ("Nhạc nền", "Filler"),
    "rank.2": ("Thường", "Normal"),
    "rank.3": ("Ưu tiên", "Priority"),
    "rank.4": ("Phát tại chỗ", "Local"),
    "rank.5": ("Trực tiếp", "Live"),
    "rank.6": ("Khẩn cấp của xã", "Commune emergency"),
    "rank.7": ("Khẩn cấp của tỉnh", "Province emergency"),
    "emergency.law": (
        "Khẩn cấp có quyền cao nhất: nút dừng và âm lượng không tác động đến bản tin này.",
        "An emergency comes first: stop and volume do not touch it.",
    ),
    "local.waits": (
        "{by} đã có lệnh tại chỗ đến {time}; áp dụng khi khẩn cấp xong.",
        "A local decision of {by} until {time} applies once the emergency is over.",
    ),
    "release": ("Trả về lịch phát", "Back to the programme"),
    "waiting": ("Đang chờ đến lượt", "Waiting"),
    "alarms": ("Cảnh báo còn hiệu lực", "Warnings in force"),
    "alarm.rounds": ("đã phát {n} lượt", "sounded {n} times"),
    "alarm.first": ("chưa xong lượt nào", "no round finished yet"),
    "alarm.law": (
        "Tự phát lại đến khi hết hạn hoặc được hủy. Nút dừng và âm lượng không tác động.",
        "Repeats until it expires or is cancelled. Stop and volume do not touch it.",
    ),
    "coming": ("Sáu giờ tới", "Next six hours"),
    "coming.none": (
        "Không có lịch phát trong sáu giờ tới.",
        "Nothing is planned in the next six hours.",
    ),
    "coming.refused": ("Sẽ không phát", "Will not sound"),
    "coming.clock": (
        "Đồng hồ chưa tin cậy: lịch dưới đây chưa chạy.",
        "The clock is not trusted: none of this runs yet.",
    ),
    "coming.now": ("Lúc này", "Now"),
}

DEVICE: Final[Mapping[str, tuple[str, str]]] = {
    "rig": ("Thiết bị", "Appliance"),
    "zones": ("Khu loa", "Zones"),
    "zone.on": ("bật", "on"),
    "zone.off": ("tắt", "off"),
    "zones.none": ("Chưa có khu loa nào", "No zones yet"),
    "central": ("Kết nối tỉnh", "Link to the province"),
    "central.up": ("đang kết nối", "connected"),
    "central.down": ("mất kết nối", "disconnected"),
    "clock": ("Đồng hồ", "Clock"),
    "clock.trusted": ("tin cậy", "trusted"),
    "clock.floor-only": ("tạm tin", "believed for now"),
    "clock.unknown": ("chưa tin cậy", "not trusted"),
    "volume": ("Âm lượng", "Volume"),
    "programme": ("Lịch phát", "Programme"),
    "programme.version": ("bản số {n}", "version {n}"),
    "programme.none": ("chưa có", "none yet"),
    "device": ("Mã thiết bị", "Device code"),
    "heed": ("Cần để ý", "Needs attention"),
    "plays": ("Đã phát gần đây", "Recent plays"),
    "plays.none": (
        "Chưa phát bài nào từ khi khởi động.",
        "Nothing has been played since the start.",
    ),
    "outcome.sounded": ("Đã phát", "Played"),
    "outcome.partly": ("Phát thiếu", "Partly played"),
    "outcome.silent": ("Không phát", "Not played"),
    "play.sounded": ("có tiếng {got} / {asked}", "sounded {got} of {asked}"),
    "refusals": ("Bị từ chối gần đây", "Recently refused"),
    "refusals.none": ("Không có gì bị từ chối.", "Nothing was refused."),
}

CONTROLS: Final[Mapping[str, tuple[str, str]]] = {
    "controls": ("Điều khiển", "Controls"),
    "signed-in": ("Đang dùng: {name}", "Signed in: {name}"),
    "sign-out": ("Thoát", "Sign out"),
    "sign-in": ("Đăng nhập", "Sign in"),
    "sign-in.title": ("Đăng nhập để điều khiển", "Sign in to control"),
    "sign-in.hint": (
        "Xem thì không cần mã. Dừng, chỉnh âm lượng và phát thì cần mã PIN.",
        "Looking needs no PIN. Stopping, volume and playing do.",
    ),
    "sign-in.none": (
        "Chưa ai được cấp mã PIN cho thiết bị này. Nhờ tỉnh cấp mã; mã sẽ tự về cùng giấy giao nhiệm vụ.",
        "Nobody has a PIN for this appliance yet. Ask the province; it arrives with the assignment.",
    ),
    "sign-in.wrong": ("Mã PIN chưa đúng. Hãy thử lại.", "That PIN is not right. Try again."),
    "sign-in.locked": (
        "Nhập sai nhiều lần nên tạm khóa. Thử lại sau {time}.",
        "Too many wrong PINs, so it is locked for now. Try again in {time}.",
    ),
    "sign-in.again": ("Phiên đã hết. Hãy đăng nhập lại.", "The session is over. Sign in again."),
    "name": ("Người dùng", "Who"),
    "pin": ("Mã PIN", "PIN"),
    "stop": ("Dừng phát", "Stop"),
    "stop.hint": ("Tắt tiếng một lúc, trừ khẩn cấp", "Silence for a while, except emergencies"),
    "stop.how-long": ("Tắt tiếng trong bao lâu?", "Silent for how long?"),
    "stop.15": ("15 phút", "15 minutes"),
    "stop.30": ("30 phút", "30 minutes"),
    "stop.60": ("1 giờ", "1 hour"),
    "stop.day": ("Hết hôm nay", "Rest of today"),
    "volume.hint": ("Đang ở {n} %", "Now {n} %"),
    "volume.until": ("Giữ mức này", "Keep it"),
    "volume.day": ("đến hết hôm nay", "until the end of today"),
    "volume.hour": ("trong 1 giờ", "for 1 hour"),
    "volume.set": ("Chọn mức âm lượng", "Choose the volume"),
    "volume.to": ("{n} phần trăm", "{n} percent"),
    "volume.back": ("Về mức của lịch phát", "Back to the programme's volume"),
    "play": ("Phát ngay", "Play now"),
    "play.hint": ("{n} bài đã duyệt có sẵn", "{n} approved items here"),
    "play.none": (
        "Chưa có bài nào đã duyệt và tải đủ về thiết bị.",
        "No approved item lies whole on the appliance yet.",
    ),
    "play.where": ("Phát ra khu loa", "Sound in zones"),
    "play.go": ("Phát bài này", "Play this"),
    "play.end": (
        "Tự dừng khi hết bài, rồi trở về lịch phát.",
        "Ends by itself with the item, then the programme goes on.",
    ),
    "undo": ("Hoàn tác", "Undo"),
}

NOTES: Final[Mapping[str, tuple[str, str]]] = {
    "note.hushed": ("Đã tắt tiếng đến {time}.", "Silent until {time}."),
    "note.released": ("Đã trả về lịch phát.", "Back to the programme."),
    "note.volume": ("Đã đặt âm lượng {n} % đến {time}.", "Volume set to {n} % until {time}."),
    "note.volume-capped": (
        "Đã đặt {n} % đến {time}; giờ này quy định chỉ cho đến {cap} %.",
        "Set to {n} % until {time}; at this hour the rules allow {cap} %.",
    ),
    "note.volume-back": ("Âm lượng đã về mức của lịch phát.", "The programme's volume is back."),
    "note.playing": (
        "Sẽ phát “{title}”, tự dừng trước {time}.",
        "“{title}” plays, and ends before {time}.",
    ),
    "note.emergency": (
        "Khẩn cấp vẫn phát; lệnh này áp dụng sau đó.",
        "The emergency goes on; this applies after it.",
    ),
    "note.not-played": ("Không phát được “{title}”: {why}", "“{title}” cannot be played: {why}"),
    "note.cut": ("tỉnh đã ngắt tiếng thiết bị này.", "the province has cut this appliance off."),
    "note.gone": ("Bài này không còn trên thiết bị.", "This item is no longer on the appliance."),
    "note.no-zone": ("Hãy chọn ít nhất một khu loa.", "Choose at least one zone."),
    "error.back": ("Về trang chính", "Back to the page"),
    "error.400": ("Yêu cầu không hợp lệ", "That request makes no sense"),
    "error.403": (
        "Trang đã cũ, chưa có gì thay đổi. Hãy tải lại rồi làm lại.",
        "The page was old and nothing has changed. Reload and try again.",
    ),
    "error.404": ("Không có trang này", "There is no such page"),
    "error.405": ("Không làm được cách này", "It cannot be done this way"),
    "error.503": ("Quá nhiều người đang xem", "Too many people are looking"),
}

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
        "Mọi tiếng đều ngắt, kể cả khẩn cấp. Chỉ tỉnh mở lại được: hãy gọi cho tỉnh.",
        "All sound is off, emergencies too. Only the province can undo it: call them.",
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
    "heed.hand": ("{hand} gặp lỗi", "{hand} has a fault"),
    "hand.player": ("Máy phát", "The player"),
    "hand.amplifier": ("Rơ-le, tăng âm", "The amplifier relay"),
    "hand.listener": ("Bộ nghe kiểm tra", "The listener"),
    "hand.courier": ("Bộ tải nội dung", "The downloader"),
    "hand.ear": ("Kênh nhận lệnh", "The channel for orders"),
    "hand.herald": ("Bộ gửi báo cáo", "The reporter"),
    "hand.shelf": ("Kho nội dung", "The content store"),
    "hand.ledger": ("Sổ ghi nhớ", "The ledger"),
    "hand.voice": ("Giọng đọc", "The voice"),
    "hand.chores": ("Việc định kỳ", "The chores"),
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
    "hand.store.do": (
        "Thẻ nhớ có thể sắp hỏng hoặc đầy. Báo thợ bảo trì thay thẻ.",
        "The memory card may be failing or full. Ask maintenance to replace it.",
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

WORDS: Final[Mapping[str, tuple[str, str]]] = {
    **PAGE, **AIR, **DEVICE, **CONTROLS, **NOTES, **HEED,
    **PAPERS, **CODES,
}  # fmt: skip


class Words:
    """The catalogue in one language."""

    def __init__(self, language: Language) -> None:
        """Speak `language`."""
        self.language: Language = language
        self._at = LANGUAGES.index(language)

    def __call__(self, key: str, **values: object) -> str:
        """Return the text of `key` with `values` filled in; raises `KeyError` for an unknown key."""
        return WORDS[key][self._at].format(**values)

    def code(self, code: str) -> str:
        """Return a refusal's reason code in a few words."""
        return self(f"code.{code}" if f"code.{code}" in WORDS else "code.other")
