"""What plays at a place on a day, and why: every piece with its reason, every slot that does not play with its rule.

Law of the room: pure; the pieces come from the planner that the appliance obeys.
"""

from collections.abc import Iterator, Mapping
from datetime import date
from enum import StrEnum

from central.domain.compiling import Body, Place, Stock, compile_body, inherited_from, is_approved
from central.domain.lives import live_words, url_of
from central.domain.planning import trial_programme
from central.domain.states import State
from contract import planner
from contract.calendar import occurs_on
from contract.documents import Policy, Programme, Sha256, Slot
from contract.planner import Planned


class Rule(StrEnum):
    """Why a slot does not play at all on a day."""

    OTHER_DAY = "other-day"
    SKIPPED = "skipped"
    BEFORE = "before"
    AFTER = "after"
    NOT_APPROVED = "not-approved"
    NO_ZONE = "no-zone"
    NOT_SENT = "not-sent"
    PROGRAMME_OVER = "programme-over"


RULE_WORDS = {
    Rule.OTHER_DAY: "không phải ngày phát",
    Rule.SKIPPED: "bỏ qua ngày này",
    Rule.BEFORE: "chưa đến ngày",
    Rule.AFTER: "đã hết ngày",
    Rule.NOT_APPROVED: "chưa duyệt",
    Rule.NO_ZONE: "không có vùng loa",
    Rule.NOT_SENT: "chưa gửi xuống",
    Rule.PROGRAMME_OVER: "lịch đã gửi hết hạn",
}


class Piece(State, frozen=True, kw_only=True):
    """One piece of the day; `area` is whose slot it is, `beaten_by` the title of the slot it gives way to."""

    planned: Planned
    area: str
    content: str
    beaten_by: str = ""

    @property
    def sounds(self) -> bool:
        """Return whether it is heard."""
        return self.planned.sounds


class LeftOut(State, frozen=True, kw_only=True):
    """A slot of the lineage that has no piece on this day, and by which rule."""

    slot: Slot
    area: str
    rule: Rule
    why: str

    @property
    def word(self) -> str:
        """Return the rule as people say it."""
        return RULE_WORDS[self.rule]


class DayStory(State, frozen=True, kw_only=True):
    """A day at a place."""

    day: date
    time_zone: str
    pieces: tuple[Piece, ...]
    left_out: tuple[LeftOut, ...]
    policy: Policy


def story_of(
    stock: Stock, place: Place, policy: Policy, day: date, *, told: Programme | None = None
) -> DayStory:
    """Return the day as it will sound if the stock were told; with `told`, as that programme makes it sound."""
    body = compile_body(stock, place)
    programme = told or trial_programme(body, place.time_zone, day, days=1)
    owners = {slot.id: area for area, slot in _inherited(stock, place)}
    titles = {content.sha256: content.title for content in programme.contents}
    slots = {slot.id: slot.title for slot in programme.slots}
    pieces = tuple(
        Piece(
            planned=planned,
            area=owners.get(planned.slot.id, place.area),
            content=_content_words(planned, titles),
            beaten_by=slots.get(planned.displaced_by or "", ""),
        )
        for planned in planner.plan(programme, policy, day)
    )
    present = {piece.planned.slot.id for piece in pieces}
    left = tuple(_left_out(stock, place, body, day, present, told))
    return DayStory(
        day=day, time_zone=programme.time_zone, pieces=pieces, left_out=left, policy=policy
    )


def _inherited(stock: Stock, place: Place) -> Iterator[tuple[str, Slot]]:
    for area in inherited_from(place.area, stock.successors):
        for slot in stock.slots.get(area, ()):
            yield area, slot


def _content_words(planned: Planned, titles: Mapping[Sha256, str]) -> str:
    if planned.slot.live is not None:
        return live_words(url_of(planned.slot.live))
    return titles.get(planned.content, planned.content[:12])


def _left_out(
    stock: Stock, place: Place, body: Body, day: date, present: set[str], told: Programme | None
) -> Iterator[LeftOut]:
    compiled = {slot.id for slot in (told.slots if told is not None else body.slots)}
    for area, slot in _inherited(stock, place):
        if slot.id in present:
            continue
        rule, why = _rule(slot, stock, place, day, compiled=slot.id in compiled)
        if told is not None and rule is Rule.OTHER_DAY and occurs_on(slot.recurrence, day):
            rule = Rule.PROGRAMME_OVER
            why = (
                f"Lịch mà cụm loa đang giữ chỉ đến {told.expires:%d/%m/%Y}; "
                "máy chủ tự gửi lại trước khi hết hạn."
            )
        yield LeftOut(slot=slot, area=area, rule=rule, why=why)


def _rule(slot: Slot, stock: Stock, place: Place, day: date, *, compiled: bool) -> tuple[Rule, str]:
    if slot.from_date is not None and day < slot.from_date:
        return Rule.BEFORE, f"Khung giờ này bắt đầu từ ngày {slot.from_date:%d/%m/%Y}."
    if slot.until_date is not None and day > slot.until_date:
        return Rule.AFTER, f"Khung giờ này đã hết vào ngày {slot.until_date:%d/%m/%Y}."
    if day in slot.except_dates:
        return Rule.SKIPPED, "Ngày này đã được bỏ qua trong khung giờ."
    if not occurs_on(slot.recurrence, day):
        return Rule.OTHER_DAY, "Ngày này không thuộc kiểu lặp của khung giờ."
    if slot.live is not None and not is_approved(
        stock.approvals.get(slot.live.approved_as, ()), place.area
    ):
        return Rule.NOT_APPROVED, "Nguồn tiếp sóng chưa được duyệt cho nơi này."
    approved = [s for s in slot.items if is_approved(stock.approvals.get(s, ()), place.area)]
    if slot.live is None and not approved:
        return Rule.NOT_APPROVED, "Không nội dung nào của khung giờ được duyệt cho nơi này."
    if slot.zones and not set(slot.zones) & set(place.zones):
        return Rule.NO_ZONE, f"Cụm loa không có vùng loa {', '.join(slot.zones)}."
    if not compiled:
        return Rule.NOT_SENT, "Lịch mà cụm loa đang giữ chưa có khung giờ này; hãy gửi lịch."
    return Rule.OTHER_DAY, "Khung giờ này không có phần nào trong ngày."
