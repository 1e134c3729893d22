"""The verb that ends a notice's use (thu hồi), and what it does and does not do.

Law of the room: it takes the notice out of drafts and ends its approvals here; it publishes nothing. An appliance
that has the paper believes it until it gets a programme without it: the answer says what is left to do.
"""

from collections.abc import Sequence
from datetime import datetime

import msgspec
from sqlalchemy import func, select, update

from central.db.broadcast import ProgrammeContentRow, SlotRow
from central.db.workflow import OfferRow, SlotContentRow
from central.domain.errors import Conflict, Forbidden
from central.domain.people import Person, Right
from central.domain.states import State
from central.domain.workflow import Recall
from central.domain.workflow_inbox import About, Ask, OfferState, SubjectKind
from central.services import inbox
from central.services.approvals import end_approvals
from central.services.inbox import Entry
from central.services.slots import change_slot, delete_slot
from central.services.unit import Unit
from central.services.workflow import ASKING, name_of, take_step
from central.services.workflow_links import named_by

MOST_NAMED = 5


class Use(State, frozen=True, kw_only=True):
    """A slot that holds the notice: as drafted, as published, or both."""

    slot: str
    title: str
    area: str
    drafted: bool
    published: bool


class Recalled(State, frozen=True, kw_only=True):
    """What recalling did: slots whose drafts changed, areas that are still to be published, who still has it.

    `until` is until when an appliance may still believe the approval that it holds.
    """

    sha256: str
    version: int
    drafts_changed: int
    publish: tuple[str, ...]
    appliances: int
    until: datetime | None

    @property
    def word(self) -> str:
        """Return what is left to do, in plain words."""
        if not self.appliances:
            return "Đã thu hồi. Không cụm loa nào còn giữ nội dung này trong lịch."
        return (
            f"Đã thu hồi ở trung tâm, nhưng {self.appliances} cụm loa còn giữ trong lịch đã gửi. "
            "Hãy gửi lại lịch để cụm loa bỏ nội dung này; cần im ngay thì bật chế độ im lặng của cụm loa. "
            "Muốn giấy duyệt đã ký mất hiệu lực hẳn, cán bộ an toàn của tỉnh thu khóa người duyệt và "
            "phát hành vòng khóa mới."
        )


def recall(
    unit: Unit,
    sha256: str,
    why: str,
    *,
    who: Person | None,
    now: datetime,
    from_drafts: bool = False,
    version: int | None = None,
) -> Recalled:
    """End the use of an approved content; with `from_drafts` it is taken out of the slots' drafts too.

    Raises `Conflict` (`in-use`) naming the slots where it is planned, unless `from_drafts`; `Forbidden` where one of
    them is in an area that the person may not edit: nothing is half done.
    """
    uses = uses_of(unit, sha256)
    done = take_step(unit, sha256, Recall(why=why), who=who, now=now, version=version)
    drafted = [use for use in uses if use.drafted]
    if drafted and not from_drafts:
        raise Conflict(f"Nội dung đang nằm trong {_named(drafted)}. {_HOW}", "in-use")
    foreign = [use for use in drafted if who is not None and not who.may(Right.EDIT, use.area)]
    if foreign:
        msg = f"Nội dung còn nằm trong {_named(foreign)}, nơi bạn không sửa lịch được. {_ASK}"
        raise Forbidden(msg, "in-use-elsewhere")
    for use in drafted:
        _take_out(unit, use.slot, sha256, who=who, now=now)
    until = end_approvals(unit, sha256, now=now)
    unit.session.execute(
        update(OfferRow)
        .where(OfferRow.sha256 == sha256, OfferRow.state == OfferState.WAITING.value)
        .values(
            state=OfferState.WITHDRAWN.value,
            version=OfferRow.version + 1,
            decided=now,
            decided_by=name_of(who),
            why=done.after.words,
        )
    )
    open_asks = (*ASKING, About.OFFERED, About.OFFER_OVERDUE)
    inbox.close(unit, sha256, open_asks, by=name_of(who), now=now)
    _tell(unit, done.content.area, done.content.title, sha256, uses, done.after.words, who, now)
    holding = select(func.count()).where(ProgrammeContentRow.sha256 == sha256)
    return Recalled(
        sha256=sha256,
        version=done.row.version,
        drafts_changed=len(drafted),
        publish=tuple(sorted({use.area for use in uses if use.published})),
        appliances=unit.session.scalar(holding) or 0,
        until=until,
    )


def uses_of(unit: Unit, sha256: str, *, limit: int = 500) -> tuple[Use, ...]:
    """Return the slots that hold a content, by area."""
    rows = unit.session.execute(
        select(SlotContentRow, SlotRow.draft, SlotRow.published)
        .join(SlotRow, SlotRow.id == SlotContentRow.slot)
        .where(SlotContentRow.sha256 == sha256)
        .order_by(SlotContentRow.area, SlotContentRow.slot)
        .limit(limit)
    )
    found = []
    for link, draft, published in rows:
        slot, _ = named_by(draft if draft is not None else published)
        if slot is not None:
            found.append(
                Use(
                    slot=link.slot,
                    title=slot.title,
                    area=link.area,
                    drafted=link.drafted,
                    published=link.published,
                )
            )
    return tuple(found)


_HOW = "Hãy bỏ khỏi lịch trước, hoặc chọn “Bỏ khỏi bản nháp của các khung giờ này” rồi thu hồi lại."
_ASK = "Hãy nhờ biên tập viên của địa bàn đó bỏ ra trước."


def _take_out(unit: Unit, slot_id: str, sha256: str, *, who: Person | None, now: datetime) -> None:
    """Take a content out of a slot's draft; a slot that plays nothing else goes."""
    slot, _ = named_by(unit.session.get_one(SlotRow, slot_id).draft)
    if slot is None:
        return
    left = tuple(item for item in slot.items if item != sha256)
    if left or slot.live is not None:
        change_slot(unit, msgspec.structs.replace(slot, items=left), who=who, now=now)
    else:
        delete_slot(unit, slot_id, who=who, now=now)
    unit.session.flush()


def _named(uses: Sequence[Use]) -> str:
    names = ", ".join(f"“{use.title}” ({use.area})" for use in uses[:MOST_NAMED])
    more = len(uses) - MOST_NAMED
    return f"khung giờ {names}" + (f" và {more} khung giờ khác" if more > 0 else "")


def _tell(
    unit: Unit,
    area: str,
    title: str,
    sha256: str,
    uses: Sequence[Use],
    why: str,
    who: Person | None,
    now: datetime,
) -> None:
    """Tell the editors nearest to each area that has it in the programme, and those of its own area."""
    for place in sorted({area, *(use.area for use in uses)}):
        people = [one for one in inbox.holders(unit, Right.EDIT, place) if one.name != name_of(who)]
        entry = Entry(
            ask=Ask.KNOW,
            about=About.RECALLED,
            kind=SubjectKind.CONTENT,
            subject=sha256,
            area=place,
            title=title,
            who=name_of(who),
            words=why,
        )
        inbox.tell(unit, people, entry, now=now)
