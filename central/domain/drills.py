"""Drills: nights that are tested in silence and exercises that sound, as people sign them ahead.

Law of the room: pure. What is signed ahead is checked as narrowly as it can be: a Test is silent by its status and of
one night only; an Exercise is said to be one first and last and lies in no quiet hour.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Final

import msgspec

from central.domain.errors import Unacceptable
from central.domain.tally import ZONE
from contract import policy as law
from contract.documents import (
    Announcement,
    AnnouncementInfo,
    MessageType,
    Policy,
    Rank,
    Repeat,
    Status,
    Tone,
)

NIGHT_STARTS: Final = time(2, 0)
NIGHT_LIFE: Final = timedelta(hours=3)
MORNING: Final = time(6, 0)  # when a night is judged, and the person on duty reads of it
MONTH_NIGHTS: Final = 31
MOST_AHEAD: Final = timedelta(days=62)
WARNED_NIGHTS: Final = 7
EXERCISE_EVERY: Final = timedelta(days=35)  # once a month, whatever day of it suits
EXERCISE_LIFE: Final = timedelta(minutes=30)
EXERCISE_SETTLES: Final = timedelta(minutes=30)  # reports trickle in
MOST_WORDS: Final = 1_000
ONCE: Final = Repeat(quick_rounds=1, slow_gap_s=None)
FIRST, LAST = "Diễn tập, diễn tập.", "Đây là diễn tập."


class DrillState(StrEnum):
    """How far a drill is: signed ahead, handed out in its hour, judged; or why it was not held."""

    WAITING = "waiting"
    READY = "ready"
    HANDED = "handed"
    DONE = "done"
    LOST = "lost"
    WITHDRAWN = "withdrawn"


STATE_WORDS: Final = {
    DrillState.WAITING: "chờ chữ ký thứ hai",
    DrillState.READY: "đã ký",
    DrillState.HANDED: "đang chờ trả lời",
    DrillState.DONE: "đã có kết quả",
    DrillState.LOST: "không thực hiện được",
    DrillState.WITHDRAWN: "đã bỏ",
}


class ExerciseDraft(msgspec.Struct, frozen=True, kw_only=True):
    """An exercise as it is planned: where, when (day and hour in Việt Nam), and what is said."""

    areas: tuple[str, ...]
    day: date
    hour: time
    text: str


# --- what is signed ------------------------------------------------------------------------------


def night_of(day: date) -> datetime:
    """Return the instant at which the Test of this day is handed out."""
    return datetime.combine(day, NIGHT_STARTS, ZONE)


def hour_of(draft: ExerciseDraft) -> datetime:
    """Return the instant at which an exercise begins."""
    return datetime.combine(draft.day, draft.hour.replace(tzinfo=None), ZONE)


def nights_to_sign(
    first: date, count: int, held: Collection[date], now: datetime
) -> Iterator[date]:
    """Yield the days from `first` on whose night is still to come and is not held."""
    for number in range(count):
        day = first + timedelta(days=number)
        if day not in held and now < night_of(day) <= now + MOST_AHEAD:
            yield day


def test_of(areas: Sequence[str], day: date, new_id: str) -> Announcement:
    """Return the Test of one night: no tone, valid for `NIGHT_LIFE`."""
    sent = night_of(day)
    return _announcement(
        id=new_id,
        status=Status.TEST,
        sent=sent,
        life=NIGHT_LIFE,
        areas=areas,
        event="Kiểm tra đường truyền cảnh báo",
        info=AnnouncementInfo(
            language="vi",
            headline=f"Kiểm tra: đêm {day:%d/%m/%Y}",
            text="Kiểm tra đường truyền cảnh báo; cụm loa chỉ trả lời, không phát.",
            tone=Tone.NONE,
        ),
    )


def exercise_of(draft: ExerciseDraft, new_id: str, now: datetime) -> Announcement:
    """Return the Exercise of a draft; raises `Unacceptable` with what to change."""
    text = " ".join(draft.text.split())
    if not 10 <= len(text) <= MOST_WORDS:
        msg = f"Lời đọc dài từ 10 đến {MOST_WORDS} ký tự, không kể câu báo diễn tập."
        raise Unacceptable(msg, "bad-words")
    sent = hour_of(draft)
    made = _announcement(
        id=new_id,
        status=Status.EXERCISE,
        sent=sent,
        life=EXERCISE_LIFE,
        areas=draft.areas,
        event="Diễn tập cảnh báo",
        info=AnnouncementInfo(
            language="vi",
            headline=f"Diễn tập: cảnh báo {sent:%d/%m/%Y %H:%M}",
            text=f"{FIRST} {text} {LAST}",
            tone=Tone.CHIME,
        ),
    )
    check_ahead(made, now)
    return made


def check_ahead(document: Announcement, now: datetime) -> None:
    """Refuse what is no drill of ours to come; raises `Unacceptable` with the reason."""
    info = document.infos[0] if document.infos else None
    once = document.repeat.quick_rounds == 1 and document.repeat.slow_gap_s is None
    if document.message is not MessageType.ALERT or info is None or not once:
        raise Unacceptable("Bản diễn tập phải là bản tin mới, phát một lượt.", "no-drill")
    if not now < document.sent <= now + MOST_AHEAD:
        msg = f"Giờ diễn tập phải ở trong {MOST_AHEAD.days} ngày tới."
        raise Unacceptable(msg, "bad-time")
    match document.status:
        case Status.TEST:
            _check_night(document)
        case Status.EXERCISE:
            _check_exercise(document)
        case Status.ACTUAL:
            raise Unacceptable("Cảnh báo thật không được ký trước.", "no-drill")


def _check_night(document: Announcement) -> None:
    local = document.sent.astimezone(ZONE)
    if local != night_of(local.date()) or document.expires - document.sent != NIGHT_LIFE:
        raise Unacceptable("Bản kiểm tra đêm có hiệu lực từ 02:00 đến 05:00.", "bad-time")
    if any(info.tone is not Tone.NONE for info in document.infos):
        raise Unacceptable("Bản kiểm tra đêm không có hiệu lệnh.", "no-drill")


def _check_exercise(document: Announcement) -> None:
    if document.expires - document.sent != EXERCISE_LIFE:
        raise Unacceptable("Bản diễn tập có hiệu lực 30 phút.", "bad-time")
    for instant in (document.sent, document.expires - timedelta(seconds=1)):
        verdict = law.verdict(Policy(), ZONE.key, instant, Rank.NORMAL, 0, 0)
        if not verdict.allowed:
            msg = f"Không diễn tập trong giờ yên tĩnh: {verdict.why}"
            raise Unacceptable(msg, "quiet-hours")
    for info in document.infos:
        said = info.text.casefold()
        ends = said.startswith("diễn tập") and said.rstrip(" .").endswith("diễn tập")
        if not ends or not info.headline.startswith("Diễn tập"):
            msg = "Tiêu đề bắt đầu bằng “Diễn tập”; lời đọc bắt đầu và kết thúc bằng từ đó."
            raise Unacceptable(msg, "drill-unsaid")
        if info.tone not in (Tone.CHIME, Tone.NONE) or info.content is not None:
            msg = "Diễn tập không dùng hiệu lệnh báo động hay bản ghi âm."
            raise Unacceptable(msg, "no-drill")


def _announcement(
    *,
    id: str,  # noqa: A002  the field's name
    status: Status,
    sent: datetime,
    life: timedelta,
    areas: Sequence[str],
    event: str,
    info: AnnouncementInfo,
) -> Announcement:
    try:
        return Announcement(
            id=id,
            message=MessageType.ALERT,
            status=status,
            sent=sent,
            expires=sent + life,
            areas=tuple(areas),
            event=event,
            urgency="Future",
            severity="Minor",
            certainty="Unlikely",
            repeat=ONCE,
            infos=(info,),
        )
    except ValueError as fault:
        raise Unacceptable(f"Bản diễn tập chưa đúng: {fault}.", "no-drill") from fault


# --- what came of it -----------------------------------------------------------------------------


def judged_from(status: str, day: date, expires: datetime) -> datetime:
    """Return from when on a drill is judged: a night in its morning, an exercise half an hour after its end."""
    if status == Status.TEST.value:
        return max(expires, datetime.combine(day, MORNING, ZONE))
    return expires + EXERCISE_SETTLES


def uncovered(days: Iterable[date], held: Collection[date]) -> tuple[date, ...]:
    """Return those of these days whose night nobody has signed."""
    return tuple(day for day in days if day not in held)
