"""The way of a notice as people decide it: draft, submitted, returned, approved, recalled.

Law of the room: pure. A deed is judged against the standing and the person; what comes out is the next standing,
or an error that names the cause and the next step. Whoever approves signs with a key of their own: that the
signature holds is judged elsewhere, before `Approve` is asked here.
"""

import unicodedata
from enum import StrEnum
from typing import Final, assert_never

import msgspec

from central.domain.errors import CentralError, Conflict, Forbidden, Unacceptable

MIN_REASON_CHARS: Final = 5


class NoticeState(StrEnum):
    """Where a notice is; up to RECALLED people decide it, the rest is found in programmes and plays."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    RETURNED = "returned"
    APPROVED = "approved"
    RECALLED = "recalled"
    LAPSED = "lapsed"
    SCHEDULED = "scheduled"
    SENT = "sent"
    RECEIVED = "received"
    ON_AIR = "on-air"
    PLAYED = "played"
    PARTLY = "partly"
    NOT_PLAYED = "not-played"


STATE_WORDS: Final = {
    NoticeState.DRAFT: "nháp",
    NoticeState.SUBMITTED: "chờ duyệt",
    NoticeState.RETURNED: "trả lại",
    NoticeState.APPROVED: "đã duyệt",
    NoticeState.RECALLED: "thu hồi",
    NoticeState.LAPSED: "hết hạn duyệt",
    NoticeState.SCHEDULED: "đã lên lịch",
    NoticeState.SENT: "đã gửi",
    NoticeState.RECEIVED: "đã nhận",
    NoticeState.ON_AIR: "đang phát",
    NoticeState.PLAYED: "đã phát",
    NoticeState.PARTLY: "phát thiếu",
    NoticeState.NOT_PLAYED: "không phát",
}


class Submit(msgspec.Struct, frozen=True, kw_only=True, tag="submit"):
    """Ask for approval, of whoever may approve or of the approver `to`."""

    to: str = ""
    words: str = ""


class Withdraw(msgspec.Struct, frozen=True, kw_only=True, tag="withdraw"):
    """Take one's own asking back."""


class Return(msgspec.Struct, frozen=True, kw_only=True, tag="return"):
    """Give it back to be mended; the reason is part of it."""

    why: str


class Approve(msgspec.Struct, frozen=True, kw_only=True, tag="approve"):
    """Approve it; the approver's own key has signed."""

    area: str


class Recall(msgspec.Struct, frozen=True, kw_only=True, tag="recall"):
    """End its use: approvals so far no longer count here."""

    why: str


class Reassign(msgspec.Struct, frozen=True, kw_only=True, tag="reassign"):
    """Have the approver `to` look at it."""

    to: str


Deed = Submit | Withdraw | Return | Approve | Recall | Reassign


class DeedKind(StrEnum):
    """The deeds by name, as pages and programs ask for them."""

    SUBMIT = "submit"
    WITHDRAW = "withdraw"
    RETURN = "return"
    APPROVE = "approve"
    RECALL = "recall"
    REASSIGN = "reassign"


DEED_WORDS: Final = {
    DeedKind.SUBMIT: "gửi duyệt",
    DeedKind.WITHDRAW: "rút lại",
    DeedKind.RETURN: "trả lại",
    DeedKind.APPROVE: "ký duyệt",
    DeedKind.RECALL: "thu hồi",
    DeedKind.REASSIGN: "chuyển người duyệt",
}


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """How far people are with a notice: its maker, who submitted it, who was asked to approve, the last words."""

    state: NoticeState
    maker: str
    submitted_by: str = ""
    assigned_to: str = ""
    words: str = ""


class Actor(msgspec.Struct, frozen=True, kw_only=True):
    """Who acts, what they may do where the notice belongs, and whether a second pair of eyes is asked for."""

    name: str
    contributes: bool
    edits: bool
    approves: bool
    four_eyes: bool = False


def step(standing: Standing, deed: Deed, actor: Actor) -> Standing:
    """Return the standing after the deed.

    Raises `Forbidden` where the person may not, `Conflict` where the state does not allow it, `Unacceptable` where a
    reason is missing: each the asker's to mend.
    """
    match deed:
        case Submit(to=to, words=words):
            return _submitted(standing, actor, to, words)
        case Withdraw():
            return _withdrawn(standing, actor)
        case Return(why=why):
            return _returned(standing, actor, why)
        case Approve():
            return _approved(standing, actor)
        case Recall(why=why):
            return _recalled(standing, actor, why)
        case Reassign(to=to):
            return _reassigned(standing, actor, to)
        case _:
            assert_never(deed)


def kind_of(deed: Deed) -> DeedKind:
    """Return the deed's name."""
    return DeedKind(str(deed.__struct_config__.tag))


def possible(standing: Standing, actor: Actor) -> tuple[DeedKind, ...]:
    """Return the deeds that this person could do now, in the order of the way."""
    reason = "x" * MIN_REASON_CHARS
    tried: tuple[Deed, ...] = (
        Submit(),
        Withdraw(),
        Approve(area=""),
        Return(why=reason),
        Reassign(to="x"),
        Recall(why=reason),
    )
    return tuple(kind_of(deed) for deed in tried if _fault(standing, deed, actor) is None)


def clean(text: str) -> str:
    """Return what people wrote in one spelling (NFC), without ends and signs that cannot be read."""
    kept = (c for c in unicodedata.normalize("NFC", text) if _readable(c))
    return "\n".join(line.rstrip() for line in "".join(kept).strip().splitlines())


def checked_reason(text: str) -> str:
    """Return a reason of 5 to 500 characters in one line of thought; raises `Unacceptable`."""
    reason = clean(text)
    if not MIN_REASON_CHARS <= len(reason) <= 500:
        msg = f"Hãy ghi lý do, từ {MIN_REASON_CHARS} đến 500 chữ, để người nhận biết phải làm gì."
        raise Unacceptable(msg, "no-reason")
    return reason


def _readable(char: str) -> bool:
    return char in "\n\r\t" or unicodedata.category(char) not in {"Cc", "Cs"}


def _fault(standing: Standing, deed: Deed, actor: Actor) -> CentralError | None:
    try:
        step(standing, deed, actor)
    except (Forbidden, Conflict, Unacceptable) as fault:
        return fault
    return None


def _submitted(standing: Standing, actor: Actor, to: str, words: str) -> Standing:
    _check_own(standing, actor, "gửi duyệt")
    match standing.state:
        case NoticeState.SUBMITTED:
            raise _clash(standing, "đang chờ duyệt rồi")
        case NoticeState.APPROVED:
            raise _clash(standing, "đã được duyệt; muốn đổi, hãy tải bản mới lên")
        case _:
            return _next(
                standing,
                NoticeState.SUBMITTED,
                submitted_by=actor.name,
                assigned_to=to,
                words=clean(words)[:500],
            )


def _withdrawn(standing: Standing, actor: Actor) -> Standing:
    if standing.state is not NoticeState.SUBMITTED:
        raise _clash(standing, "không còn chờ duyệt nên không rút lại được")
    if actor.name != standing.submitted_by and not actor.edits:
        why = f"Chỉ {standing.submitted_by} hoặc biên tập viên rút lại được việc gửi duyệt này."
        raise Forbidden(why, "not-yours")
    return _next(standing, NoticeState.DRAFT, assigned_to="", words="")


def _returned(standing: Standing, actor: Actor, why: str) -> Standing:
    _check_approver(actor, "trả lại")
    if standing.state is not NoticeState.SUBMITTED:
        raise _clash(standing, "không còn chờ duyệt nên không trả lại được")
    return _next(standing, NoticeState.RETURNED, words=checked_reason(why))


def _approved(standing: Standing, actor: Actor) -> Standing:
    _check_approver(actor, "duyệt")
    own = {standing.maker, standing.submitted_by} - {""}
    if actor.four_eyes and actor.name in own:
        why = (
            "Nội dung này do chính bạn đưa lên hoặc gửi duyệt; tỉnh yêu cầu người khác duyệt. "
            "Hãy gửi duyệt để người duyệt khác của địa bàn xem."
        )
        raise Forbidden(why, "four-eyes")
    if standing.state is NoticeState.RECALLED:
        raise _clash(standing, "đã bị thu hồi; hãy gửi duyệt lại trước khi ký")
    return _next(standing, NoticeState.APPROVED, assigned_to="", words="")


def _recalled(standing: Standing, actor: Actor, why: str) -> Standing:
    if not (actor.edits or actor.approves):
        raise Forbidden("Chỉ biên tập viên hoặc người duyệt của địa bàn thu hồi được.", "not-yours")
    if standing.state is not NoticeState.APPROVED:
        raise _clash(standing, "chưa được duyệt nên không có gì để thu hồi")
    return _next(standing, NoticeState.RECALLED, words=checked_reason(why))


def _reassigned(standing: Standing, actor: Actor, to: str) -> Standing:
    if standing.state is not NoticeState.SUBMITTED:
        raise _clash(standing, "không còn chờ duyệt nên không chuyển được")
    if not (actor.approves or actor.edits or actor.name == standing.submitted_by):
        raise Forbidden("Chỉ người gửi, biên tập viên hoặc người duyệt chuyển được.", "not-yours")
    if to == standing.assigned_to:
        raise Conflict(f"Việc này đã giao cho {to}.", "same-approver")
    return msgspec.structs.replace(standing, assigned_to=to)


def _check_own(standing: Standing, actor: Actor, verb: str) -> None:
    if actor.edits or (actor.contributes and actor.name == standing.maker):
        return
    if actor.contributes:
        why = f"Cộng tác viên chỉ {verb} nội dung của mình; nội dung này của {standing.maker}."
        raise Forbidden(why, "not-yours")
    raise Forbidden(f"Bạn không có quyền {verb} nội dung của địa bàn này.", "not-yours")


def _check_approver(actor: Actor, verb: str) -> None:
    if not actor.approves:
        raise Forbidden(f"Chỉ người duyệt của địa bàn {verb} được.", "not-approver")


def _clash(standing: Standing, why: str) -> Conflict:
    return Conflict(f"Nội dung này {why}.", f"is-{standing.state.value}")


def _next(
    standing: Standing,
    state: NoticeState,
    *,
    words: str,
    submitted_by: str | None = None,
    assigned_to: str | None = None,
) -> Standing:
    return Standing(
        state=state,
        maker=standing.maker,
        submitted_by=standing.submitted_by if submitted_by is None else submitted_by,
        assigned_to=standing.assigned_to if assigned_to is None else assigned_to,
        words=words,
    )
