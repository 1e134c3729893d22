"""A flood warning in two languages, for the renderer's tests."""

from datetime import UTC, datetime, timedelta

from contract.documents import Announcement, AnnouncementInfo, MessageType, Status

SENT = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)


def warning(
    severity: str = "Severe",
    status: Status = Status.ACTUAL,
    message: MessageType = MessageType.ALERT,
) -> Announcement:
    """Return it; a cancel says nothing and ends another."""
    cancel = message is MessageType.CANCEL
    infos = (
        AnnouncementInfo(
            language="vi",
            headline="Lũ trên sông Tiền lên nhanh",
            text="Nước lên 40 cm mỗi giờ. Bà con ấp Nghĩa Hưng di chuyển lên trường học trước 17 giờ.",
        ),
        AnnouncementInfo(
            language="en",
            headline="River Tien is rising fast",
            text="Water rises 40 cm an hour. People of Nghia Hung: move to the school before 17:00.",
        ),
    )
    return Announcement(
        id="dt:1:7",
        message=message,
        status=status,
        sent=SENT,
        expires=SENT + timedelta(hours=6),
        areas=("dt/my-phong",),
        references=("dt:1:6",) if cancel else (),
        event="Lũ",
        severity=severity,
        infos=() if cancel else infos,
    )
