"""Copying a week: what is on certain dates of one week comes to the same weekdays of another.

Law of the room: pure; the answer is a list of changes that somebody looks at before they are made.
"""

from collections.abc import Callable, Sequence
from datetime import date

import msgspec

from central.domain.errors import Unacceptable
from central.domain.planning import monday_of, overlap, start_s, week_of
from central.domain.planning_diff import SlotChange
from central.domain.planning_moves import date_skipped
from contract.calendar import occurs_on, slot_occurs_on
from contract.documents import Once, Slot


def week_copied(
    area: str,
    slots: Sequence[Slot],
    source: date,
    target: date,
    new_id: Callable[[], str],
    *,
    today: date,
) -> tuple[SlotChange, ...]:
    """Return what copying the week of `source` to that of `target` adds, and what it overwrites there.

    What occurs in both weeks by itself stays. What a copy overlaps in the target week gives way: a slot of that one
    date goes, a series leaves that date out. Raises `Unacceptable` when both are one week.
    """
    first, into = monday_of(source), monday_of(target)
    if first == into:
        raise Unacceptable(
            "Tuần nguồn và tuần đích là một. Hãy chọn hai tuần khác nhau.", "same-week"
        )
    added: list[Slot] = []
    now: dict[str, Slot | None] = {slot.id: slot for slot in slots}
    for day, onto in zip(week_of(first), week_of(into), strict=True):
        for slot in slots:
            if not slot_occurs_on(slot, day) or _comes_anyway(slot, onto):
                continue
            copy = _on(slot, onto, new_id())
            if not any(_same(copy, held) for held in slots):
                added.append(copy)
                _make_way(now, copy, onto, today)
    changed = [
        SlotChange(area=area, before=slot, after=now[slot.id])
        for slot in slots
        if now[slot.id] != slot
    ]
    fresh = [SlotChange(area=area, before=None, after=slot) for slot in added]
    return tuple(sorted([*changed, *fresh], key=_order))


def _comes_anyway(slot: Slot, day: date) -> bool:
    """Return whether the series comes to this day by itself; a date that somebody left out stays left out."""
    inside = (slot.from_date or day) <= day <= (slot.until_date or day)
    return inside and occurs_on(slot.recurrence, day)


def _on(slot: Slot, day: date, new_id: str) -> Slot:
    return msgspec.structs.replace(
        slot,
        id=new_id,
        recurrence=Once(on=day),
        from_date=None,
        until_date=None,
        except_dates=frozenset(),
    )


def _same(copy: Slot, held: Slot) -> bool:
    return msgspec.structs.replace(copy, id=held.id) == held


def _make_way(now: dict[str, Slot | None], copy: Slot, day: date, today: date) -> None:
    for name, held in list(now.items()):
        if held is not None and slot_occurs_on(held, day) and overlap(held, copy):
            now[name] = date_skipped(held, day, today)


def _order(change: SlotChange) -> tuple[int, int, str]:
    one = change.after or change.before
    return (0, 0, "") if one is None else (change.before is None, start_s(one), one.title)
