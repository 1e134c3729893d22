"""Words for what is on air, the warnings in force, and the way back within ten seconds.

Law of the room: text only, Vietnamese then English; the same blanks in both.
"""

from collections.abc import Mapping
from typing import Final

AIR: Final[Mapping[str, tuple[str, str]]] = {
    "air": ("Đang phát gì", "What is on air"),
    "air.emergency": ("Đang phát khẩn cấp", "Emergency on air"),
    "air.emergency-mute": ("Khẩn cấp: chưa đo thấy tiếng", "Emergency: no sound measured yet"),
    "air.on": ("Đang phát", "On air"),
    "air.talk": ("Đang nói trực tiếp", "Live talk"),
    "air.mute": ("Đến giờ, chưa có tiếng", "Due now, but silent"),
    "air.hushed": ("Đang tắt tiếng", "Silenced by staff"),
    "air.hushing": ("Đang tắt, còn tiếng", "Going silent, sound remains"),
    "air.cut": ("Tỉnh đã ngắt tiếng", "Cut off by the province"),
    "air.quiet": ("Đang im", "Quiet"),
    "air.stray": ("Còn tiếng trên đường ra", "Sound on the output, nothing is due"),
    "air.talker": ("Người nói: {name}", "Speaking: {name}"),
    "air.over": ("Bài đã hết, đang nhường chỗ.", "The item has ended."),
    "measured": ("Đo được tiếng {db} dBFS", "Sound measured at {db} dBFS"),
    "unmeasured": ("Không đo thấy tiếng", "No sound is measured"),
    "progress": ("Đã phát {done} trên {whole}", "{done} of {whole} played"),
    "live-source": ("nguồn trực tiếp", "live source"),
    "in-zones": ("Ra khu loa: {zones}", "In zones: {zones}"),
    "in-no-zone": ("Chưa khu loa nào bật", "No zone is on yet"),
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
    "skip-item": ("Bỏ qua bài này", "Skip this item"),
    "release": ("Trả về lịch phát", "Back to the programme"),
    "waiting": ("Đang chờ đến lượt", "Waiting"),
    "undo": ("Hoàn tác", "Undo"),
    "undo.left": ("{n} giây", "{n} s"),
    "alarms": ("Cảnh báo còn hiệu lực", "Warnings in force"),
    "alarm.local": ("phát tại chỗ", "sounded here"),
    "alarm.rounds": ("đã phát {n} lượt", "sounded {n} times"),
    "alarm.first": ("chưa xong lượt nào", "no round finished yet"),
    "alarm.law": (
        "Tự phát lại đến khi hết hạn hoặc được hủy. Nút dừng và âm lượng không tác động.",
        "Repeats until it expires or is cancelled. Stop and volume do not touch it.",
    ),
    "alarm.hush": ("Tắt tiếng cảnh báo 15 phút", "Silence the warnings for 15 minutes"),
    "alarm.hushed": (
        "{by} tắt tiếng tại đây đến {time}, rồi tự phát lại",
        "silenced here by {by} until {time}, then it sounds again",
    ),
    "hush.hold": ("giữ 3 giây; tỉnh được báo ngay", "hold for 3 seconds; the province is told"),
    "hush.holding": ("Giữ thêm… {n}", "Keep holding… {n}"),
    "hush.let-go": (
        "Chưa tắt tiếng: phải giữ đủ 3 giây.",
        "Not silenced: hold for 3 seconds.",
    ),
    "sure.hush": ("Tắt tiếng cảnh báo tại đây?", "Silence the warnings here?"),
    "sure.hush.do": (
        "Loa ở đây im 15 phút rồi tự phát lại; cảnh báo mới vẫn phát. Tỉnh được báo ngay. Gõ chữ {word} để tắt tiếng.",
        "Silent here for 15 minutes, then it sounds again; a newer warning sounds. The province is told. Type {word}.",
    ),
    "alarm.end": ("Kết thúc cảnh báo", "End the warning"),
}
