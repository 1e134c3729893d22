"""Words of handing an appliance over: one step at a time, for somebody on a ladder.

Law of the room: text only, Vietnamese then English; the same blanks in both.
"""

from collections.abc import Mapping
from typing import Final

COMMISSION: Final[Mapping[str, tuple[str, str]]] = {
    "commission": ("Nghiệm thu lắp đặt", "Commissioning"),
    "commission.hint": (
        "Thử từng phần của thiết bị tại chỗ và lập phiếu có ký số.",
        "Try each part of the appliance on site and make a signed report.",
    ),
    "commission.sign-in": (
        "Nghiệm thu cần mã PIN của người lắp đặt",
        "Commissioning needs the PIN of an installer",
    ),
    "commission.by": ("Họ tên người nghiệm thu", "Your name"),
    "commission.begin": ("Bắt đầu nghiệm thu", "Begin"),
    "commission.begin.law": (
        "Khoảng 10 phút. Mất mạng hay tắt máy giữa chừng, mở lại trang này là làm tiếp.",
        "About 10 minutes. After a cut, open this page again and go on.",
    ),
    "commission.last": ("Phiếu gần nhất", "Latest report"),
    "commission.last.told": ("Máy tỉnh đã nhận phiếu.", "The province has the report."),
    "commission.last.waits": (
        "Phiếu đã ký và giữ trên máy, sẽ tự gửi khi có đường truyền.",
        "Signed and kept here; it is sent by itself when central is reached.",
    ),
    "commission.last.of": ("{by}, {time}", "{by}, {time}"),
    "commission.file": ("Lưu phiếu đã ký (tệp)", "Save the signed report (file)"),
    "commission.step": ("Bước {n}/{all}", "Step {n} of {all}"),
    "commission.steps": ("Tất cả các bước", "All steps"),
    "commission.passed": ("Đạt", "Passed"),
    "commission.failed": ("Không đạt", "Failed"),
    "commission.skipped": ("Bỏ qua", "Skipped"),
    "commission.undone": ("Chưa làm", "To do"),
    "commission.again": ("Thử lại", "Again"),
    "commission.next": ("Bước tiếp theo", "Next step"),
    "commission.skip": ("Bỏ qua bước này", "Skip this step"),
    "commission.skip.why": ("Lý do bỏ qua", "Why it is skipped"),
    "commission.skip.needed": (
        "Bỏ qua bước này thì phiếu ghi “không đạt”.",
        "Skipping this one makes the report “failed”.",
    ),
    "commission.running": ("Đang thử: {what}…", "Trying: {what}…"),
    "commission.waiting": (
        "Bấm hoặc gạt “{what}” ngay bây giờ. Máy đợi 20 giây.",
        "Press or switch “{what}” now. The appliance waits 20 seconds.",
    ),
    "commission.seen": ("Máy thấy: {what}.", "The appliance saw: {what}."),
    "commission.unseen": ("Máy không thấy: {what}.", "The appliance did not see: {what}."),
    "commission.level": ("Mức đo được {n} dBFS", "Measured level {n} dBFS"),
    "commission.heard": ("Micrô nghe thấy {n} %", "The microphone heard {n} %"),
    "commission.measured.round-trip-ms": ("Đi về {n} ms", "Round trip {n} ms"),
    "commission.measured.signal-pct": ("Sóng {n} %", "Signal {n} %"),
    "commission.measured.offset-ms": ("Lệch giờ tỉnh {n} ms", "Off central by {n} ms"),
    "commission.measured.error-ms": ("Sai số giờ mạng {n} ms", "Clock error {n} ms"),
    "commission.measured.temperature-c": ("Bo mạch {n} °C", "Board {n} °C"),
    "commission.measured.free-mb": ("Trống {n} MB", "{n} MB free"),
    "commission.measured.worn-pct": ("Thẻ mòn {n} %", "Card worn {n} %"),
    "commission.measured.level-dbfs": ("Mức đo được {n} dBFS", "Measured level {n} dBFS"),
    "commission.measured.heard-pct": ("Micrô nghe thấy {n} %", "The microphone heard {n} %"),
    "commission.measured.volume-pct": ("Âm lượng {n} %", "Volume {n} %"),
    "commission.idle": ("Chưa thử.", "Not tried yet."),
    "commission.link": ("Đường truyền, máy tỉnh", "Link and central"),
    "commission.clock": ("Đồng hồ", "Clock"),
    "commission.power": ("Nguồn điện, nhiệt độ", "Power and temperature"),
    "commission.disk": ("Thẻ nhớ", "Memory card"),
    "commission.relay": ("Rơ-le: {what}", "Relay: {what}"),
    "commission.tone": ("Âm thử: {what}", "Tone: {what}"),
    "commission.loudness": ("Độ to nghe tại chỗ", "Loudness on site"),
    "commission.cap": ("Mức trần âm lượng", "Volume cap"),
    "commission.input": ("Đầu vào: {what}", "Input: {what}"),
    "commission.ready": ("Buổi phát kế tiếp", "Next slot"),
    "commission.pin": ("Mã PIN tại chỗ", "Local PIN"),
    "commission.place": ("Tọa độ, ảnh, ghi chú", "Coordinates, photo, note"),
    "commission.link.ask": (
        "Máy gọi thử máy tỉnh và đo thời gian đi về.",
        "The appliance asks central and measures the round trip.",
    ),
    "commission.clock.ask": (
        "Máy so giờ của mình với giờ tỉnh ký.",
        "The appliance compares its clock with the time that central signs.",
    ),
    "commission.power.ask": (
        "Máy đọc điện áp, nhiệt độ và điện lưới.",
        "The appliance reads voltage, temperature and mains.",
    ),
    "commission.disk.ask": (
        "Máy đọc chỗ trống và độ mòn của thẻ.",
        "The appliance reads free space and wear of the card.",
    ),
    "commission.relay.ask": (
        "Rơ-le đóng rồi ngắt một lần, không phát tiếng. Nghe hay thấy tách không?",
        "The relay closes and opens once, without a sound. Did you hear or see it?",
    ),
    "commission.tone.ask": (
        "Một âm thấp vang ở đúng khu loa này. Có nghe thấy không?",
        "One low tone in this zone alone. Did you hear it?",
    ),
    "commission.loudness.ask": (
        "Chuông vang ở mọi khu loa, to như một thông báo. Đứng chỗ người dân nghe.",
        "A chime in all zones, as loud as a notice. Stand where people listen.",
    ),
    "commission.cap.ask": (
        "Thông báo lúc này to nhất là {n} %. Mức này có đúng với nơi đây không?",
        "A notice is now at most {n} %. Is that right for this place?",
    ),
    "commission.input.ask": (
        "Bấm “Đợi tín hiệu”, rồi bấm nút hoặc ngắt điện thử.",
        "Press “Wait for it”, then press the button or cut the mains.",
    ),
    "commission.ready.ask": (
        "Máy xem trước buổi phát kế tiếp: tệp, duyệt, giờ, đường tiếng.",
        "The appliance looks ahead at the next slot: files, approval, clock, sound path.",
    ),
    "commission.pin.ask": (
        "Mã PIN vừa dùng đã mở được trang này.",
        "The PIN just used opened this page.",
    ),
    "commission.place.ask": (
        "Không bắt buộc. Ghi tọa độ, số ảnh đã chụp, điều cần nhớ.",
        "Optional. Coordinates, number of the photo, what is to be known.",
    ),
    "commission.look": ("Kiểm tra", "Check"),
    "commission.click": ("Đóng ngắt rơ-le", "Click the relay"),
    "commission.sound": ("Phát âm thử", "Sound the tone"),
    "commission.chime": ("Phát chuông", "Sound the chime"),
    "commission.wait": ("Đợi tín hiệu", "Wait for it"),
    "commission.yes": ("Có", "Yes"),
    "commission.no": ("Không", "No"),
    "commission.just": ("Vừa, nghe rõ", "Just right"),
    "commission.soft": ("Nhỏ quá", "Too soft"),
    "commission.loud": ("To quá", "Too loud"),
    "commission.found": ("Ghi kết quả", "Record the result"),
    "commission.quiet": (
        "Đang giờ yên tĩnh. Nhập lại mã PIN để chịu trách nhiệm phát một âm thấp.",
        "Quiet hours. Type your PIN again to answer for one low tone.",
    ),
    "commission.quiet.go": ("Phát một âm thấp", "Sound one low tone"),
    "commission.latitude": ("Vĩ độ", "Latitude"),
    "commission.longitude": ("Kinh độ", "Longitude"),
    "commission.note": ("Ghi chú, số ảnh", "Note, photo number"),
    "commission.keep": ("Ghi", "Keep"),
    "commission.end": ("Ký và gửi phiếu", "Sign and send the report"),
    "commission.end.law": (
        "Máy ký phiếu bằng khóa của nó, giữ tại đây và gửi về tỉnh.",
        "The appliance seals the report with its own key, keeps it and sends it to the province.",
    ),
    "commission.drop": ("Bỏ, làm lại từ đầu", "Discard and begin anew"),
    "commission.sure": ("Chắc chắn bỏ {n} bước đã ghi?", "Really discard {n} recorded steps?"),
    "commission.note.begun": ("Đã bắt đầu nghiệm thu.", "Commissioning has begun."),
    "commission.note.passed": ("{what}: đạt.", "{what}: passed."),
    "commission.note.failed": ("{what}: không đạt. {why}", "{what}: failed. {why}"),
    "commission.note.skipped": ("{what}: bỏ qua.", "{what}: skipped."),
    "commission.note.sealed": ("Đã ký phiếu: {verdict}.", "The report is signed: {verdict}."),
    "commission.note.dropped": ("Đã bỏ. Có thể bắt đầu lại.", "Discarded. You can begin again."),
    "commission.note.first": (
        "Hãy thử bước này trước, đợi thử xong rồi trả lời.",
        "Try this step first and answer when it is done.",
    ),
    "commission.note.left": (
        "Còn {n} bước chưa làm: làm hoặc bỏ qua có lý do.",
        "{n} steps are undone: do them, or skip them with a reason.",
    ),
    "commission.note.empty": (
        "Chưa có gì để ghi: điền một ô hoặc bỏ qua bước này.",
        "Nothing to keep: fill in a field or skip this step.",
    ),
    "commission.note.gone": (
        "Bước này không còn: trang đã cũ, hãy làm theo bước đang hiện.",
        "That step is no more: the page was old, go on with the step shown.",
    ),
    "commission.note.disk": (
        "Thẻ nhớ không ghi được, chưa có gì đổi: {why}",
        "The card took nothing, nothing has changed: {why}",
    ),
    "commission.note.wrong-pin": (
        "Mã PIN không đúng: không phát gì.",
        "Wrong PIN: nothing sounds.",
    ),
}
