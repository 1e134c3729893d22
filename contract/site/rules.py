"""What may stand at each key of the site file, in words for the person on the ladder.

Law of the room: one sentence for each key in both languages; they are shown when the value does not fit.
"""

from typing import Final

RULES: Final[dict[str, tuple[str, str]]] = {
    "central": (
        'địa chỉ máy chủ của tỉnh, dạng "https://loa.tinh.gov.vn", không có gì sau tên máy',
        'the province\'s address, as "https://loa.tinh.gov.vn", with nothing after the name',
    ),
    "claim_code": (
        'mã nhận máy có 10 ký tự chữ và số in trên phiếu, ví dụ "ABCDE-12345"; chưa có thì để ""',
        'the ten letters and digits of the claim sheet, as "ABCDE-12345"; "" when there is none yet',
    ),
    "kind": ('"cluster" (cụm loa) hoặc "board" (bảng tin)', '"cluster" or "board"'),
    "language": ('"vi" hoặc "en"', '"vi" or "en"'),
    "name": (
        "tên máy trong mạng: chữ thường không dấu, chữ số và dấu gạch nối, nhiều nhất 63 ký tự",
        "the name in the network: lower-case letters, digits and hyphens, 63 at most",
    ),
    "country": (
        'hai chữ cái in hoa của nước, ví dụ "VN"',
        'the country\'s two capital letters, as "VN"',
    ),
    "time_servers": (
        'danh sách nhiều nhất 4 máy chủ giờ, ví dụ ["time.tinh.gov.vn"]',
        'a list of up to 4 time servers, as ["time.tinh.gov.vn"]',
    ),
    "ssh_key": (
        'một dòng khóa công khai SSH ("ssh-ed25519 AAAA… tên"); không cho đăng nhập thì để ""',
        'one line of an SSH public key ("ssh-ed25519 AAAA… name"); "" lets nobody log in',
    ),
    "allow_plain_http": (
        "true chỉ khi thử trên bàn, nếu không thì false",
        "true only on a test bench, else false",
    ),
    "setup_password": (
        'mật khẩu Wi-Fi riêng của máy lúc lắp đặt, từ 8 đến 63 ký tự không dấu; "" thì máy tự đặt',
        'the password of the appliance\'s own Wi-Fi, 8 to 63 plain characters; "" lets it make one',
    ),
    "network.wifi": ("một bảng [network.wifi]", "a table [network.wifi]"),
    "network.wifi.name": (
        "tên mạng Wi-Fi đúng từng chữ hoa, chữ thường, nhiều nhất 32 byte (chữ có dấu tính 2–3 byte)",
        "the wireless network's name, letter by letter, 32 bytes at most",
    ),
    "network.wifi.password": (
        'mật khẩu Wi-Fi từ 8 đến 63 ký tự không dấu; mạng không mật khẩu thì để ""',
        'the password, 8 to 63 plain characters; "" for an open network',
    ),
    "network.wifi.hidden": (
        "true khi mạng ẩn tên, nếu không thì false",
        "true when the network hides its name, else false",
    ),
    "network.ethernet": ("một bảng [network.ethernet]", "a table [network.ethernet]"),
    "network.ethernet.address": (
        'địa chỉ cố định kèm độ dài mạng, ví dụ "192.168.1.20/24"; mạng tự cấp địa chỉ thì bỏ cả bảng này',
        'a fixed address with its prefix length, as "192.168.1.20/24"; leave the table out for DHCP',
    ),
    "network.ethernet.gateway": (
        "địa chỉ cổng ra, nằm trong cùng mạng với address",
        "the gateway's address, in the same network as address",
    ),
    "network.ethernet.dns": (
        'danh sách nhiều nhất 3 địa chỉ máy chủ tên miền, ví dụ ["192.168.1.1"]',
        'a list of up to 3 name servers\' addresses, as ["192.168.1.1"]',
    ),
    "network.mobile": ("một bảng [network.mobile]", "a table [network.mobile]"),
    "network.mobile.apn": (
        'tên điểm truy cập của nhà mạng, ví dụ "v-internet"',
        'the operator\'s access point name, as "v-internet"',
    ),
    "network.mobile.user": (
        "tên đăng nhập của nhà mạng, ký tự không dấu",
        "the operator's user name",
    ),
    "network.mobile.password": (
        "mật khẩu của nhà mạng, ký tự không dấu",
        "the operator's password",
    ),
    "network.mobile.pin": (
        'mã PIN của SIM, từ 4 đến 8 chữ số trong ngoặc kép; SIM không khóa thì để ""',
        'the SIM\'s PIN, 4 to 8 digits in quotes; "" for a SIM without one',
    ),
    "sound.card": (
        'tên cạc âm thanh như lệnh "aplay -l" in ra, nhiều nhất 80 ký tự; "" là cạc đầu tiên',
        'the sound card\'s name as "aplay -l" prints it, 80 characters at most; "" is the first',
    ),
    "sound.line_in": (
        "tên cạc thu đường tiếng vào, nhiều nhất 80 ký tự",
        "the name of the card with the line input, 80 characters at most",
    ),
    "sound.microphone": (
        "tên cạc của micrô kiểm tra, nhiều nhất 80 ký tự",
        "the name of the microphone's card, 80 characters at most",
    ),
    "pins.on_high": (
        "danh sách số GPIO từ 2 đến 27 của rơ-le đóng khi mức cao, ví dụ [17, 27]",
        "a list of GPIO numbers from 2 to 27 of relays that close on a high level, as [17, 27]",
    ),
    "pins.on_low": (
        "danh sách số GPIO từ 2 đến 27 của rơ-le đóng khi mức thấp, ví dụ [22]",
        "a list of GPIO numbers from 2 to 27 of relays that close on a low level, as [22]",
    ),
    "pins.service_button": (
        "số GPIO từ 2 đến 27 của nút bảo trì nối xuống đất, không trùng chân rơ-le",
        "the GPIO number from 2 to 27 of the service button to ground, none of the relays'",
    ),
}
