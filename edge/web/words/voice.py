"""Words for one's own voice: a recording from the phone, and talking live.

Law of the room: text only, Vietnamese then English; the same blanks in both.
"""

from collections.abc import Mapping
from typing import Final

RECORD: Final[Mapping[str, tuple[str, str]]] = {
    "record": ("Ghi âm rồi phát", "Record, then play"),
    "record.short": ("Bằng máy ghi âm của điện thoại", "With the phone's own recorder"),
    "record.hint": (
        "Ghi bằng máy ghi âm của điện thoại hoặc chọn tệp có sẵn. Gửi xong được nghe lại trước khi phát.",
        "Use the phone's own recorder or choose a file. You can listen before it sounds.",
    ),
    "record.title": ("Tên bản ghi", "Title"),
    "record.title.hint": ("có thể bỏ trống", "may be left empty"),
    "record.file": ("Ghi âm hoặc chọn tệp âm thanh", "Record, or choose a sound file"),
    "record.most": ("Tối đa {n} MB", "{n} MB at most"),
    "record.send": ("Gửi lên thiết bị", "Send to the appliance"),
    "record.sending": ("Đang gửi… {n} %", "Sending… {n} %"),
    "record.broken": (
        "Chưa gửi được: mất liên lạc giữa chừng. Kiểm tra mạng rồi bấm gửi lại.",
        "Not sent: the connection broke. Check the network and send again.",
    ),
    "record.large": (
        "Tệp này lớn hơn {n} MB. Hãy ghi ngắn hơn rồi gửi lại.",
        "This file is larger than {n} MB. Record a shorter one and send again.",
    ),
    "record.none": ("Hãy chọn một tệp âm thanh rồi gửi.", "Choose a sound file, then send."),
    "record.recent": ("Các bản ghi đã gửi", "Recordings sent before"),
    "record.empty": ("Chưa có bản ghi nào trên thiết bị.", "No recording lies on the appliance."),
    "record.listen": ("Nghe thử trước khi phát", "Listen before it sounds"),
    "record.open": ("Tải về nghe thử", "Download to listen"),
    "record.mute": (
        "Điện thoại này không nghe thử được loại tệp này; loa vẫn phát được.",
        "This phone cannot play this kind of file; the loudspeakers can.",
    ),
    "record.go": ("Phát ra loa", "Sound it"),
    "record.end": (
        "Có chuông báo trước. Tự dừng khi hết bản ghi, chậm nhất sau {n} phút.",
        "A chime comes first. It ends by itself, after {n} minutes at the latest.",
    ),
    "record.other": ("Chọn bản ghi khác", "Another recording"),
    "record.back": ("Về trang chính", "Back to the page"),
    "record.default": ("Bản ghi lúc {time}", "Recording of {time}"),
    "record.gone": (
        "Bản ghi này không còn trên thiết bị: hãy gửi lại.",
        "This recording is no longer on the appliance: send it again.",
    ),
    "record.busy": (
        "Đang nhận bản ghi khác. Chờ một lát rồi gửi lại.",
        "Another recording is being received. Wait a little and send again.",
    ),
    "record.stuck": (
        "Mạng quá chậm nên chưa nhận đủ bản ghi. Lại gần Wi-Fi rồi gửi lại.",
        "The network was too slow. Go nearer to the Wi-Fi and send again.",
    ),
    "record.part": (
        "Chưa nhận đủ bản ghi. Hãy gửi lại.",
        "The recording did not arrive whole. Send it again.",
    ),
    "note.recorded": (
        "Sẽ phát “{title}”, tự dừng chậm nhất {time}.",
        "“{title}” sounds, and ends by {time} at the latest.",
    ),
}

TALK: Final[Mapping[str, tuple[str, str]]] = {
    "talk": ("Nói trực tiếp", "Talk live"),
    "talk.short": ("Giữ nút và nói ra loa", "Hold a button and speak"),
    "talk.no": (
        "Điện thoại chỉ cho dùng micro trên trang https, trang này thì không: hãy dùng mục ghi âm rồi phát.",
        "Phones give the microphone to https pages only, and this is none: record, then play.",
    ),
    "talk.hint": (
        "Bật micro trước, rồi giữ nút khi nói. Loa kêu chuông báo, sau đó mời nói.",
        "Switch the microphone on, then hold the button. A chime sounds first, then speak.",
    ),
    "talk.mic": ("Bật micro", "Switch the microphone on"),
    "talk.mic.off": ("Tắt micro", "Microphone off"),
    "talk.mic.refused": (
        "Trình duyệt chưa cho dùng micro. Mở quyền micro cho trang này rồi bấm lại.",
        "The browser did not allow the microphone. Allow it for this page and press again.",
    ),
    "talk.hold": ("Giữ để nói", "Hold to talk"),
    "talk.hold.hint": ("hoặc giữ phím cách", "or hold the space key"),
    "talk.lock": ("Nói không cần giữ", "Talk without holding"),
    "talk.unlock": ("Ngừng nói", "Stop talking"),
    "talk.level": ("Mức micro", "Microphone level"),
    "talk.left": ("còn {n}", "{n} left"),
    "talk.connecting": ("Đang nối với loa…", "Connecting…"),
    "talk.opening": ("Đang bật amply…", "The amplifier is being switched on…"),
    "talk.chime": ("Chuông báo đang kêu, chờ hết chuông…", "The chime sounds, wait for its end…"),
    "talk.speak": ("Mời nói", "Speak now"),
    "talk.live": ("Đang ra loa", "You are on air"),
    "talk.held": (
        "Cảnh báo khẩn đang phát: tiếng bạn chưa ra loa.",
        "An emergency is sounding: you are not on air.",
    ),
    "talk.done": ("Đã ngừng nói, loa trở về lịch phát.", "The talk is over."),
    "talk.lost": (
        "Mất liên lạc với thiết bị, đã ngừng nói.",
        "The appliance was lost, so the talk is over.",
    ),
    "talk.silent": (
        "Không nhận được tiếng từ điện thoại nên đã ngừng.",
        "No sound came from the phone, so the talk is over.",
    ),
    "talk.busy": ("{name} đang nói. Chờ xong rồi thử lại.", "{name} is talking. Wait for the end."),
    "talk.refused": ("Chưa nói được: {why}", "Cannot talk now: {why}"),
    "talk.stopped": ("Thiết bị đã ngừng lượt nói này.", "The appliance ended this talk."),
    "talk.longest": ("Đã hết {n} phút cho một lượt nói.", "The {n} minutes of a talk are over."),
    "talk.no-line": (
        "Thiết bị chưa nhận được tiếng: {why}",
        "The appliance cannot take the sound: {why}",
    ),
    "talk.bad": (
        "Trang này đã cũ. Tải lại trang rồi nói.",
        "This page is old. Reload it, then talk.",
    ),
}
