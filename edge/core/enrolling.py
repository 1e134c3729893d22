"""Enrolling: what an appliance without an assignment asks and is told, and what a retired one forgets.

Law of the room: pure. While nobody has assigned us, central is asked again and again; what it says is kept for
the page and believed by nobody: only a sealed assignment makes us somebody's. A retired appliance asks nothing,
hears nobody and holds nothing but the paper that retired it.
"""

from typing import Final

import msgspec

from contract.documents import Kind
from contract.enrolment import Standing
from edge.core import warnings
from edge.core.desk import Checks, Desk, Enrolment, Local, Word, noted
from edge.core.events import (
    ActiveSetAccepted,
    AnnouncementAccepted,
    ApprovalAccepted,
    ClaimTyped,
    CommandAccepted,
    DocumentRefused,
    EnrolmentSeen,
    InputChanged,
    ProgrammeAccepted,
    StaffAskedReadiness,
    StaffAskedTest,
    StaffHushed,
    StaffHushedWarnings,
    StaffLeftLive,
    StaffPlayed,
    StaffRecorded,
    StaffReleased,
    StaffSetVolume,
    StaffSkipped,
    StaffSpoke,
    StaffStoodDown,
    StaffTried,
    StaffUndid,
    StaffWarned,
    StaffWentLive,
)
from edge.core.moment import Moment
from edge.core.orders import Ask, AskEnrolment
from edge.core.page import NoteKind

LEAST_S: Final = 0.5  # central is never asked faster than this
PATIENCE_S: Final = 150.0  # more than the link itself waits for one answer
DOWN: Final = "thiết bị được thay thế hoặc tháo dỡ"
UNHEARD: Final = (
    ProgrammeAccepted
    | ApprovalAccepted
    | AnnouncementAccepted
    | ActiveSetAccepted
    | CommandAccepted
    | InputChanged
    | StaffPlayed
    | StaffSpoke
    | StaffRecorded
    | StaffWentLive
    | StaffLeftLive
    | StaffWarned
    | StaffStoodDown
    | StaffSkipped
    | StaffUndid
    | StaffAskedTest
    | StaffTried
    | StaffAskedReadiness
    | StaffHushed
    | StaffHushedWarnings
    | StaffReleased
    | StaffSetVolume
)
"""What a retired appliance does not hear, by whatever way it came."""

replace = msgspec.structs.replace


# --- asking ---------------------------------------------------------------------------------------


def ask(desk: Desk, now: Moment) -> tuple[Desk, list[Ask]]:
    """Return the desk with central being asked where that is due, and the order for it."""
    enrolment = desk.enrolment
    if desk.word.assignment is not None or not desk.device or now.mono_s < enrolment.due_mono_s:
        return desk, []
    later_s = now.mono_s + PATIENCE_S  # the answer says when to ask again; this is for a lost one
    asked = replace(enrolment, asked_mono_s=now.mono_s, due_mono_s=later_s)
    return replace(desk, enrolment=asked), [AskEnrolment(claim=enrolment.claim)]


def waits_s(desk: Desk, now: Moment) -> list[float]:
    """Return in how many seconds central is to be asked again."""
    if desk.word.assignment is not None:
        return []
    return [desk.enrolment.due_mono_s - now.mono_s]


def claimed(desk: Desk, event: ClaimTyped, now: Moment) -> Desk:
    """Return the desk with a claim code to be taken to central at once."""
    if desk.word.assignment is not None:
        return desk
    enrolment = desk.enrolment
    due_s = min(enrolment.due_mono_s, max(now.mono_s, enrolment.asked_mono_s + LEAST_S))
    typed = replace(enrolment, claim=event.claim, claim_error="", due_mono_s=due_s)
    text = "Có người nhập mã nhận máy trên trang này."
    if event.on_card:
        text = "Mã nhận máy lấy từ tệp tienglang.toml trên thẻ."
    return noted(replace(desk, enrolment=typed), now.wall, NoteKind.LINK, text)


def seen(desk: Desk, event: EnrolmentSeen, now: Moment) -> Desk:
    """Return the desk after central's answer, or after it could not be asked."""
    if desk.word.assignment is not None:
        return desk
    before = desk.enrolment
    again_s = max(LEAST_S, event.again_s)
    if event.standing is None:
        due_s = now.mono_s + again_s
        after = replace(before, standing=None, code="", why=event.why, due_mono_s=due_s)
    else:
        judged = event.claim == before.claim  # not where another was typed meanwhile
        due_s = now.mono_s + (again_s if judged else LEAST_S)
        after = replace(
            before,
            standing=event.standing,
            site=event.site,
            title=event.title,
            code=event.code,
            why=event.why,
            claim="" if judged else before.claim,
            claim_error=event.claim_error if event.claim else before.claim_error,
            refused=before.refused if event.standing is Standing.ASSIGNED else "",
            due_mono_s=due_s,
        )
    desk = replace(desk, enrolment=after)
    if event.claim_error and event.claim:
        text = f"Mã nhận máy không được nhận: {event.claim_error}"
        desk = noted(desk, now.wall, NoteKind.LINK, text)
    told = (before.standing, before.why, before.title, before.code)
    if told != (after.standing, after.why, after.title, after.code):
        desk = noted(desk, now.wall, NoteKind.LINK, sentence(after))
    return desk


def refused(desk: Desk, event: DocumentRefused) -> Desk:
    """Return the desk that remembers why the assignment that came is not obeyed, while there is none."""
    if desk.word.assignment is not None or event.kind not in (Kind.ASSIGNMENT, None):
        return desk
    return replace(desk, enrolment=replace(desk.enrolment, refused=event.code.value))


def sentence(enrolment: Enrolment) -> str:
    """Return how far central is with us, as one line of the log."""
    match enrolment.standing:
        case None:
            return f"Chưa hỏi được trung tâm: {enrolment.why}"
        case Standing.COMMITTED:
            return "Trung tâm đã trả lời; bắt đầu ghép máy."
        case Standing.WAITING:
            return "Trung tâm đã thấy thiết bị; chờ chọn nơi đặt hoặc nhập mã nhận máy."
        case Standing.MATCHED:
            return f"Trung tâm chọn nơi đặt “{enrolment.title}”; mã so sánh {enrolment.code}."
        case Standing.ASSIGNED:
            return "Trung tâm báo đã giao; đang lấy giấy giao nhiệm vụ."
        case Standing.REFUSED:
            return f"Trung tâm từ chối nhận thiết bị: {enrolment.why}"


# --- being assigned, and being retired -------------------------------------------------------------


def assigned(desk: Desk, now: Moment) -> Desk:
    """Return the desk after its assignment changed: what was asked before is over."""
    assignment = desk.word.assignment
    if assignment is None:
        return desk
    desk = replace(desk, enrolment=Enrolment())
    if assignment.retired:
        text = "Thiết bị này đã được thay thế hoặc tháo dỡ: im hẳn, không nghe lệnh nào nữa."
        return noted(emptied(desk, now), now.wall, NoteKind.LINK, text)
    text = f"Nhận giấy giao nhiệm vụ: {assignment.name}, địa bàn {assignment.area}."
    return noted(desk, now.wall, NoteKind.LINK, text)


def emptied(desk: Desk, now: Moment) -> Desk:
    """Return the desk of a retired appliance: of all it was told and decided only volume and kill switch stay."""
    before, local = desk.alarms, desk.local
    desk = replace(
        desk,
        word=Word(assignment=desk.word.assignment),
        local=Local(
            base_volume_pct=local.base_volume_pct,
            silenced=local.silenced,
            warnings=local.warnings,
        ),
        alarms=(),
        progress={},
        down={},
        checks=Checks(),
    )
    return warnings.gone(desk, before, DOWN, now)
