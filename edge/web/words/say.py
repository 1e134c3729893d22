"""Words for saying something: typed text, and the local emergency.

Law of the room: text only, Vietnamese then English; the same blanks in both.
"""

from collections.abc import Mapping
from typing import Final

SAY: Final[Mapping[str, tuple[str, str]]] = {
    "say": ("Nói với bà con", "Say something"),
    "say.hint": ("Gõ chữ cho máy đọc, có mẫu", "Typed text is read out; templates"),
    "say.templates": ("Mẫu thông báo", "Templates"),
    "say.text": ("Nội dung đọc lên loa", "Text to be read out"),
    "say.filled": (
        "Ngày, giờ và nơi trong mẫu là điền sẵn: sửa lại cho đúng rồi hãy đọc.",
        "Day, hours and place in a template are filled in beforehand: put them right first.",
    ),
    "say.most": ("Tối đa {n} ký tự", "{n} characters at most"),
    "say.size": ("{n}/{most} ký tự", "{n}/{most} characters"),
    "say.length": ("khoảng {time} mỗi lượt", "about {time} each time"),
    "say.voice": ("Giọng đọc", "Voice"),
    "say.voice.own": ("mặc định", "default"),
    "say.voice.north": ("miền Bắc", "northern"),
    "say.voice.central": ("miền Trung", "central"),
    "say.voice.south": ("miền Nam", "southern"),
    "say.rounds": ("Đọc mấy lượt", "How many times"),
    "say.round": ("{n} lượt", "{n}×"),
    "say.go": ("Đọc lên loa", "Read it out"),
    "say.look": ("Xem máy sẽ đọc thế nào", "See how it will be read"),
    "say.preview": ("Máy sẽ đọc", "It will be read as"),
    "notice.mat-dien": ("Mất điện", "Power cut"),
    "notice.tiem-chung": ("Tiêm chủng", "Vaccination"),
    "notice.trieu-cuong": ("Triều cường", "High tide"),
    "notice.lay-nuoc": ("Lấy nước", "Water intake"),
    "notice.hop-dan": ("Họp dân", "Village meeting"),
    "notice.xa-lu": ("Xả lũ", "Dam release"),
    "notice.ve-sinh": ("Vệ sinh môi trường", "Clean-up"),
    "notice.tim-nguoi": ("Tìm người, tìm đồ", "Lost and found"),
}

WARN: Final[Mapping[str, tuple[str, str]]] = {
    "warn": ("Cảnh báo khẩn tại chỗ", "Local emergency"),
    "warn.hint": ("Còi và lời, lặp đến khi tắt", "Alarm tone and words, repeated"),
    "warn.law": (
        "Phát ngay, đè lên mọi chương trình và giờ yên tĩnh. Chỉ dùng khi nguy hiểm đến người và của.",
        "Sounds at once over everything, quiet hours too. Only for danger to life and property.",
    ),
    "warn.templates": ("Loại nguy hiểm", "Danger"),
    "warn.headline": ("Tiêu đề", "Headline"),
    "warn.text": ("Lời cảnh báo đọc lên loa", "Warning to be read out"),
    "warn.for": ("Lặp lại trong", "Repeat for"),
    "warn.30": ("30 phút", "30 minutes"),
    "warn.60": ("1 giờ", "1 hour"),
    "warn.180": ("3 giờ", "3 hours"),
    "warn.720": ("12 giờ", "12 hours"),
    "warn.go": ("Phát cảnh báo", "Sound the warning"),
    "warn.hold": ("giữ 3 giây", "hold for 3 seconds"),
    "warn.holding": ("Giữ thêm… {n}", "Keep holding… {n}"),
    "warn.let-go": ("Chưa phát: phải giữ đủ 3 giây.", "Not sounded: hold for 3 seconds."),
    "warning.lu": ("Lũ", "Flood"),
    "warning.xa-lu": ("Xả lũ", "Dam release"),
    "warning.sat-lo": ("Sạt lở", "Landslide"),
    "warning.chay": ("Cháy", "Fire"),
    "warning.bao": ("Bão", "Storm"),
    "sure.warn": ("Phát cảnh báo khẩn?", "Sound the emergency?"),
    "sure.warn.do": (
        "Cả làng sẽ nghe thấy ngay. Gõ chữ {word} để phát.",
        "The whole village hears it at once. Type {word} to sound it.",
    ),
    "sure.stand-down": ("Kết thúc cảnh báo?", "End the warning?"),
    "sure.stand-down.do": (
        "Cảnh báo sẽ không lặp lại nữa. Gõ chữ {word} để kết thúc.",
        "The warning is not repeated any more. Type {word} to end it.",
    ),
    "sure.word": ("Gõ chữ {word}", "Type {word}"),
    "sure.wrong": ("Chữ chưa đúng: chưa có gì thay đổi.", "Not that word: nothing has changed."),
    "sure.back": ("Thôi, quay lại", "No, go back"),
}
