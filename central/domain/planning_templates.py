"""Templates: a typical session or a whole week, to be filled with contents and applied after a look at the difference.

Law of the room: pure. A part is a slot that may still lack what it plays; applied again, a template changes what bears
the same title and adds the rest, so that nothing is doubled.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, time
from typing import Final

import msgspec

from central.domain.errors import Unacceptable
from central.domain.lives import fault_of
from central.domain.planning_diff import SlotChange
from central.domain.states import State
from contract.documents import (
    Daily,
    LateRule,
    Level,
    LineIn,
    Live,
    Once,
    Recurrence,
    Sha256,
    Slot,
    StreamRelay,
    Weekdays,
)

MAX_PARTS: Final = 60
RELAY: Final = "stream"
LINE_IN: Final = "line-in"
CONTENTS: Final = "contents"
_MON_TO_SAT: Final = Weekdays(days=frozenset({1, 2, 3, 4, 5, 6}))


class Part(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One slot of a template; `items` and `url` may be empty: they are asked for when it is applied."""

    title: str
    recurrence: Recurrence
    start: time
    window_s: int
    source: str = CONTENTS
    url: str = ""
    items: tuple[Sha256, ...] = ()
    loop: bool = False
    repeat_count: int = 1
    gap_s: int = 0
    zones: tuple[str, ...] = ()
    volume_pct: int = 80
    level: Level = Level.NORMAL
    order: int = 500
    late: LateRule = LateRule.JOIN

    @property
    def lacks(self) -> str:
        """Return what must be given before it can be applied: `url`, `items` or nothing."""
        if self.source == RELAY:
            return "" if self.url else "url"
        return "" if self.source == LINE_IN or self.items else "items"


class Template(State, frozen=True, kw_only=True):
    """Parts under a name; `area` is empty for those that come with the system."""

    id: str
    name: str
    about: str
    area: str
    parts: tuple[Part, ...]

    @property
    def built_in(self) -> bool:
        """Return whether it comes with the system."""
        return not self.area


class Fill(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a part is to play where the template does not say."""

    items: tuple[Sha256, ...] = ()
    url: str = ""


BUILT_IN: Final = (
    Template(
        id="buoi-sang",
        name="Buổi sáng 05:30",
        about="Tiếp sóng VOV1 từ 05:30, rồi bản tin của xã lúc 06:00, thứ 2 đến thứ 7.",
        area="",
        parts=(
            Part(
                title="Tiếp sóng VOV1 buổi sáng",
                recurrence=_MON_TO_SAT,
                start=time(5, 30),
                window_s=1_800,
                source=RELAY,
            ),
            Part(
                title="Bản tin xã buổi sáng",
                recurrence=_MON_TO_SAT,
                start=time(6, 0),
                window_s=1_200,
            ),
        ),
    ),
    Template(
        id="buoi-chieu",
        name="Buổi chiều 17:00",
        about="Tiếp sóng từ 17:00, rồi bản tin của xã lúc 17:30, thứ 2 đến thứ 7.",
        area="",
        parts=(
            Part(
                title="Tiếp sóng buổi chiều",
                recurrence=_MON_TO_SAT,
                start=time(17, 0),
                window_s=1_800,
                source=RELAY,
            ),
            Part(
                title="Bản tin xã buổi chiều",
                recurrence=_MON_TO_SAT,
                start=time(17, 30),
                window_s=1_200,
            ),
        ),
    ),
    Template(
        id="hai-buoi",
        name="Hai buổi mỗi ngày",
        about="Bản tin của xã 05:30 và phát lại 17:00 mỗi ngày, mỗi buổi 30 phút.",
        area="",
        parts=(
            Part(title="Bản tin sáng", recurrence=Daily(), start=time(5, 30), window_s=1_800),
            Part(title="Bản tin chiều", recurrence=Daily(), start=time(17, 0), window_s=1_800),
        ),
    ),
)


def part_of(slot: Slot) -> Part:
    """Return a slot as a part of a template: everything but its dates."""
    source, url = CONTENTS, ""
    if isinstance(slot.live, StreamRelay):
        source, url = RELAY, slot.live.url
    elif isinstance(slot.live, LineIn):
        source = LINE_IN
    return Part(
        title=slot.title,
        recurrence=slot.recurrence,
        start=slot.start,
        window_s=slot.window_s,
        source=source,
        url=url,
        items=slot.items,
        loop=slot.loop,
        repeat_count=slot.repeat_count,
        gap_s=slot.gap_s,
        zones=slot.zones,
        volume_pct=slot.volume_pct,
        level=slot.level,
        order=slot.order,
        late=slot.late,
    )


def parts_of(slots: Sequence[Slot]) -> tuple[Part, ...]:
    """Return slots as the parts of a template; raises `Unacceptable` for none, too many, or only single dates."""
    parts = tuple(part_of(slot) for slot in slots if not isinstance(slot.recurrence, Once))
    if not parts:
        msg = (
            "Địa bàn này chưa có khung giờ lặp lại nào để lưu thành mẫu. "
            "Hãy thêm khung giờ hằng ngày hoặc theo thứ trước."
        )
        raise Unacceptable(msg, "nothing-to-keep")
    if len(parts) > MAX_PARTS:
        msg = f"Một mẫu có nhiều nhất {MAX_PARTS} khung giờ; ở đây có {len(parts)}."
        raise Unacceptable(msg, "too-many-parts")
    return parts


def applied(
    template: Template,
    area: str,
    slots: Sequence[Slot],
    fills: Mapping[int, Fill],
    new_id: Callable[[], str],
    *,
    first: date | None = None,
    last: date | None = None,
) -> tuple[SlotChange, ...]:
    """Return what applying a template changes: slots of the same title change, others are added.

    `fills` says by the part's position what it plays; `first` and `last` bound the dates. Raises `Unacceptable` naming
    the part that still lacks its content or source.
    """
    if first and last and last < first:
        raise Unacceptable("Ngày kết thúc trước ngày bắt đầu.", "bad-dates")
    by_title = {slot.title: slot for slot in slots if not isinstance(slot.recurrence, Once)}
    found = []
    for number, part in enumerate(template.parts):
        held = by_title.get(part.title)
        made = _slot(part, fills.get(number, Fill()), held.id if held else new_id(), held)
        made = msgspec.structs.replace(made, from_date=first, until_date=last)
        if made != held:
            found.append(SlotChange(area=area, before=held, after=made))
    return tuple(found)


def _slot(part: Part, fill: Fill, slot_id: str, held: Slot | None) -> Slot:
    items = fill.items or part.items or (held.items if held is not None else ())
    live = _live(part, fill, held)
    if live is None and not items:
        msg = f"Hãy chọn nội dung cho “{part.title}”."
        raise Unacceptable(msg, "part-lacks-items")
    return Slot(
        id=slot_id,
        title=part.title,
        recurrence=part.recurrence,
        start=part.start,
        window_s=part.window_s,
        items=items,
        live=live,
        loop=part.loop,
        repeat_count=part.repeat_count,
        gap_s=part.gap_s,
        zones=part.zones,
        volume_pct=part.volume_pct,
        level=part.level,
        order=part.order,
        late=part.late,
    )


def _live(part: Part, fill: Fill, held: Slot | None) -> Live | None:
    if part.source == LINE_IN:
        return LineIn()
    if part.source != RELAY:
        return None
    url = fill.url.strip() or part.url
    if not url and held is not None and isinstance(held.live, StreamRelay):
        url = held.live.url
    if not url:
        msg = f"Hãy ghi địa chỉ nguồn tiếp sóng cho “{part.title}”."
        raise Unacceptable(msg, "part-lacks-source")
    fault = fault_of(url)
    if fault:
        raise Unacceptable(f"“{part.title}”: {fault}", "bad-source")
    return StreamRelay(url=url)
