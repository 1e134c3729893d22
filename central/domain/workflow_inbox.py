"""What lies in a person's inbox: what is asked of them, about what, and in which words.

Law of the room: pure; a closed vocabulary, so that page, API and digest agree. What asks for a deed stays until
somebody did it; what only tells goes when it was seen.
"""

import re
from enum import StrEnum
from typing import Final

from contract.documents import Level

MENTION: Final = re.compile(r"(?<![\w.@])@(?:\[([^\[\]\n]{1,100})\]|([\w][\w.\-]{0,99}))")


class Ask(StrEnum):
    """What is asked of a person, in the order in which it is shown."""

    SCHEDULE = "schedule"
    APPROVE = "approve"
    REVISE = "revise"
    ANSWER = "answer"
    KNOW = "know"


ASK_WORDS: Final = {
    Ask.SCHEDULE: "Chờ xã chọn lịch",
    Ask.APPROVE: "Chờ tôi duyệt",
    Ask.REVISE: "Trả lại cho tôi sửa",
    Ask.ANSWER: "Có người nhắc tôi",
    Ask.KNOW: "Để biết",
}


class About(StrEnum):
    """What happened."""

    SUBMITTED = "submitted"
    ASSIGNED = "assigned"
    RETURNED = "returned"
    APPROVED = "approved"
    RECALLED = "recalled"
    OFFERED = "offered"
    OFFER_TAKEN = "offer-taken"
    OFFER_DECLINED = "offer-declined"
    OFFER_WITHDRAWN = "offer-withdrawn"
    OFFER_OVERDUE = "offer-overdue"
    WAITS_LONG = "waits-long"
    SHORT = "short"
    MENTIONED = "mentioned"
    COMMENTED = "commented"
    DRILL_LACKS = "drill-lacks"
    DRILL_LOST = "drill-lost"
    NIGHTS_END = "nights-end"
    EXERCISE_DUE = "exercise-due"


ABOUT_WORDS: Final = {
    About.SUBMITTED: "{who} gửi duyệt",
    About.ASSIGNED: "{who} chuyển cho bạn duyệt",
    About.RETURNED: "{who} trả lại để sửa",
    About.APPROVED: "{who} đã ký duyệt",
    About.RECALLED: "{who} đã thu hồi",
    About.OFFERED: "{who} gửi xuống, chờ xã chọn lịch",
    About.OFFER_TAKEN: "{who} đã nhận và chọn lịch",
    About.OFFER_DECLINED: "{who} không nhận phát",
    About.OFFER_WITHDRAWN: "{who} rút lại bản tin đã gửi xuống",
    About.OFFER_OVERDUE: "Quá hạn mà xã chưa chọn lịch",
    About.WAITS_LONG: "Chờ duyệt đã lâu mà chưa ai xem",
    About.SHORT: "Có cụm loa phát thiếu hoặc không phát",
    About.MENTIONED: "{who} nhắc đến bạn",
    About.COMMENTED: "{who} góp ý",
    About.DRILL_LACKS: "Có cụm loa sẽ không kêu nếu là báo động thật",
    About.DRILL_LOST: "Lần diễn tập không thực hiện được",
    About.NIGHTS_END: "Sắp hết đêm kiểm tra đã ký",
    About.EXERCISE_DUE: "Đã hơn một tháng chưa diễn tập có âm thanh",
}


class SubjectKind(StrEnum):
    """What a comment or an inbox entry is about."""

    CONTENT = "content"
    SLOT = "slot"
    ANNOUNCEMENT = "announcement"


class OfferState(StrEnum):
    """How an area stands towards a notice that was sent down to it."""

    WAITING = "waiting"
    TAKEN = "taken"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"


OFFER_WORDS: Final = {
    OfferState.WAITING: "chờ xã chọn lịch",
    OfferState.TAKEN: "xã đã chọn lịch",
    OfferState.DECLINED: "xã không nhận phát",
    OfferState.WITHDRAWN: "đã rút lại",
}

LEVEL_WORDS: Final = {Level.NORMAL: "thông thường", Level.PRIORITY: "ưu tiên"}


def mentions_of(text: str) -> tuple[str, ...]:
    """Return the names that a comment mentions, as `@lan.nguyen` or `@[tên có dấu cách]`, each once."""
    found = [a or b.rstrip(".-") for a, b in MENTION.findall(text)]
    return tuple(dict.fromkeys(name.strip() for name in found if name.strip()))
