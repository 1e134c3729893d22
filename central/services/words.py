"""What a refusal of a sealed paper means to a person, as one plain Vietnamese sentence."""

from contract.errors import RefusalCode, Refused

_SENTENCES = {
    RefusalCode.TOO_LARGE: "Văn bản quá lớn.",
    RefusalCode.MALFORMED: "Văn bản không đúng khuôn dạng; hãy tạo lại.",
    RefusalCode.WRONG_KIND: "Đây không phải loại văn bản cần ở bước này.",
    RefusalCode.UNKNOWN_KEY: (
        "Khóa ký không có trong danh sách khóa của tỉnh; hãy báo cán bộ an toàn của tỉnh."
    ),
    RefusalCode.BAD_SIGNATURE: "Chữ ký không đúng; hãy ký lại.",
    RefusalCode.THRESHOLD: "Chưa đủ người ký; cần thêm người thứ hai.",
    RefusalCode.OUT_OF_SCOPE: "Khóa ký không được phép dùng cho địa bàn này.",
    RefusalCode.WRONG_AUDIENCE: "Văn bản không dành cho địa bàn này.",
    RefusalCode.EXPIRED: "Văn bản hoặc khóa ký đã hết hạn.",
    RefusalCode.NOT_YET: "Văn bản chưa đến lúc có hiệu lực.",
    RefusalCode.FROM_FUTURE: "Giờ trên văn bản đi trước giờ của máy chủ; hãy chỉnh lại đồng hồ.",
    RefusalCode.LIFE_TOO_LONG: "Thời hạn của văn bản quá dài.",
    RefusalCode.REPLAYED: "Văn bản này đã được gửi trước đó.",
    RefusalCode.CANCELLED: "Thông báo này đã bị hủy.",
    RefusalCode.WRONG_ISSUER: "Chỉ nơi phát hoặc cấp trên mới được sửa, hủy thông báo này.",
}


def refusal_words(refused: Refused) -> str:
    """Return the sentence for the page; the exact reason for the record stays in `refused.why`."""
    return _SENTENCES.get(refused.code, f"Văn bản bị từ chối ({refused.code.value}).")
