"""English of the drills' pages."""

WORDS: dict[str, str] = {
    "Có cụm loa sẽ không kêu nếu là báo động thật": "Some clusters would stay silent in a real alarm",
    "Lần diễn tập không thực hiện được": "The drill could not be held",
    "Sắp hết đêm kiểm tra đã ký": "The signed test nights are running out",
}
