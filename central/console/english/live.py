"""English for live sources: in the slot form, the programme and the library."""

WORDS = {
    "Nguồn tiếng": "Source",
    "Nội dung thu sẵn": "Recorded contents",
    "Tiếp sóng": "Relay a stream",
    "Đường vào của thiết bị": "The appliance's input",
    "Địa chỉ nguồn tiếp sóng": "Address of the stream",
    "Nên dùng https. Người duyệt phải ký địa chỉ này thì lịch mới gửi xuống cụm loa.": (
        "Prefer https. An approver must sign this address before it is sent to clusters."
    ),
    "Tiếng từ micrô hay máy tăng âm cắm vào thiết bị. Người duyệt ký một lần cho đường vào này.": (
        "Sound of a microphone or mixer plugged into the appliance. An approver signs for it once."
    ),
    "Nội dung dự phòng, phát khi nguồn mất tín hiệu": "Contents that sound while the source is gone",
    "Sau khi bị tin cấp cao hơn cắt ngang": "After something higher broke in",
    "Phát tiếp chỗ dừng hay phát lại từ đầu thì các mục sau lùi lại, đến hết khung giờ.": (
        "To resume or restart moves what follows later, up to the end of the slot."
    ),
    "Tiếp tục theo giờ": "Go on by the clock",
    "Phát tiếp chỗ dừng": "Resume where it stopped",
    "Phát lại từ đầu": "Play again from the start",
    "bị cắt ngang thì: {rule}": "after a break: {rule}",
    "tiếp sóng {url}": "relays {url}",
    "tiếng từ đường vào của thiết bị": "sound of the appliance's input",
    "{n} nội dung dự phòng": "{n} contents standing by",
    "trực tiếp": "live",
    "Hãy ghi địa chỉ của nguồn tiếp sóng.": "Give the address of the stream.",
    "Địa chỉ nguồn không đọc được: kiểm tra tên máy và số cổng.": (
        "The address cannot be read: check the host name and the port."
    ),
    "Địa chỉ nguồn phải bắt đầu bằng https:// hoặc http://, viết không dấu.": (
        "The address must begin with https:// or http:// and be plain ASCII."
    ),
    "Địa chỉ nguồn không có dấu cách và dài nhất 480 chữ.": (
        "The address has no spaces and at most 480 characters."
    ),
    "Địa chỉ nguồn thiếu tên máy, ví dụ https://phat.vi-du.vn/vov1.": (
        "The address lacks a host name, such as https://phat.vi-du.vn/vov1."
    ),
    "Địa chỉ nguồn không được chứa tên đăng nhập hay mật khẩu: ai xem lịch cũng thấy.": (
        "The address must hold no user name or password: everybody sees the schedule."
    ),
    "Nguồn trực tiếp trong lịch": "Live sources in the schedule",
    "Đường vào âm thanh của thiết bị": "The appliance's sound input",
    "{who} đưa vào lịch lúc {when}": "planned by {who}, {when}",
    "Xem và duyệt": "See and approve",
    "Nguồn trực tiếp": "Live source",
    "Loa phát những gì nguồn này đưa ra, vào các khung giờ có ghi nó.": (
        "Speakers sound whatever this source gives, in the slots that name it."
    ),
    "Địa chỉ nguồn": "Address",
    "Nguồn": "Source",
    "Địa chỉ http không được mã hóa: kẻ ở giữa đường mạng có thể thay tiếng. Nên đổi sang https.": (
        "An http address is not encrypted: somebody on the way can put in another sound. Prefer https."
    ),
    "Duyệt nguồn trực tiếp là tin nơi phát ra nó: chữ ký giữ địa chỉ, không giữ được lời sẽ nói. "
    "Hãy nghe nguồn này trước khi ký.": (
        "To approve a live source is to trust who runs it: the signature holds the address, not the "
        "words to come. Listen to it before you sign."
    ),
    "Khung giờ dùng nguồn này": "Slots with this source",
    "Hiện không có khung giờ nào dùng.": "No slot uses it now.",
    "Chưa ai ký duyệt. Khung giờ dùng nguồn này chưa gửi xuống cụm loa.": (
        "Nobody has approved it. Slots with this source are not sent to clusters."
    ),
    "Ký duyệt nguồn trực tiếp": "Approve a live source",
    "Địa chỉ được duyệt": "Address approved",
    "Mã băm được ký": "Hash that is signed",
    "Địa chỉ trên trang không khớp mã băm, không ký. Báo ngay cho người quản trị.": (
        "The address on the page does not match its hash; not signed. Tell the administrator at once."
    ),
    "Trình duyệt đã kiểm mã băm này đúng là của địa chỉ ở trên. Khóa ký không rời khỏi máy của bạn.": (
        "This browser has checked that the hash is that of the address above. The key does not leave "
        "your machine."
    ),
}
