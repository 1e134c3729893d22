"""Edits from the grid: a whole series or one date of it moved, resized, skipped.

Law of the room: pure. A series stays one slot; one date of it that differs becomes an exception and a slot of its own.
What cannot be said by the kinds of recurrence is refused with what to do instead.
"""

from datetime import date, time, timedelta
from typing import assert_never

import msgspec

from central.domain.errors import Unacceptable
from central.domain.planning import LEAST_WINDOW_S
from contract.calendar import lunar_of, slot_occurs_on
from contract.documents import (
    DAY_S,
    Daily,
    Lunar,
    Monthly,
    Once,
    Recurrence,
    Slot,
    Weekdays,
    Yearly,
)

MAX_EXCEPTIONS = 400
_FORGOTTEN = timedelta(days=60)


class Where(msgspec.Struct, frozen=True, kw_only=True):
    """Where a window is to lie: the day it opens, its wall time and its length in seconds."""

    day: date
    start: time
    window_s: int


def series_moved(slot: Slot, day: date, to: Where) -> Slot:
    """Return the whole series with the occurrence of `day` lying at `to`; raises `Unacceptable`."""
    _check(slot, day, to)
    moved = msgspec.structs.replace(
        slot,
        start=to.start,
        window_s=to.window_s,
        recurrence=_shifted(slot.recurrence, day, to.day) if to.day != day else slot.recurrence,
    )
    if not slot_occurs_on(moved, to.day):
        msg = (
            f"“{slot.title}” không phát ngày {to.day:%d/%m/%Y}: ngoài khoảng ngày hoặc đã bỏ qua ngày này. "
            "Hãy chọn “chỉ ngày này”, hoặc sửa khung giờ."
        )
        raise Unacceptable(msg, "outside-series")
    return moved


def date_moved(
    slot: Slot, day: date, to: Where, new_id: str, today: date
) -> tuple[Slot | None, Slot]:
    """Return the series without `day` (None when nothing is left of it), and that one date as a slot of its own."""
    _check(slot, day, to)
    single = msgspec.structs.replace(
        slot,
        id=slot.id if isinstance(slot.recurrence, Once) else new_id,
        recurrence=Once(on=to.day),
        start=to.start,
        window_s=to.window_s,
        from_date=None,
        until_date=None,
        except_dates=frozenset(),
    )
    return date_skipped(slot, day, today), single


def date_skipped(slot: Slot, day: date, today: date) -> Slot | None:
    """Return the slot without its occurrence on `day`, None when it had no other; raises `Unacceptable`."""
    if not slot_occurs_on(slot, day):
        msg = f"“{slot.title}” vốn không phát ngày {day:%d/%m/%Y}: không có gì để bỏ qua."
        raise Unacceptable(msg, "no-such-date")
    if isinstance(slot.recurrence, Once):
        return None
    kept = slot.except_dates
    if len(kept) >= MAX_EXCEPTIONS:  # what is long past need not be excepted any more
        kept = frozenset(found for found in kept if found >= today - _FORGOTTEN)
    if len(kept) >= MAX_EXCEPTIONS:
        msg = (
            f"“{slot.title}” đã có {MAX_EXCEPTIONS} ngày bỏ qua, mức tối đa. "
            "Hãy tách khung giờ này thành hai khoảng ngày."
        )
        raise Unacceptable(msg, "too-many-exceptions")
    return msgspec.structs.replace(slot, except_dates=kept | {day})


def date_restored(slot: Slot, day: date) -> Slot:
    """Return the slot with its occurrence on `day` back again."""
    return msgspec.structs.replace(slot, except_dates=slot.except_dates - {day})


def _check(slot: Slot, day: date, to: Where) -> None:
    if not slot_occurs_on(slot, day):
        msg = f"“{slot.title}” không còn phát ngày {day:%d/%m/%Y}. Hãy tải lại trang."
        raise Unacceptable(msg, "no-such-date")
    if not LEAST_WINDOW_S <= to.window_s <= DAY_S and to.window_s != slot.window_s:
        msg = "Khung giờ dài từ 5 phút đến 24 giờ."
        raise Unacceptable(msg, "bad-window")


def _shifted(recurrence: Recurrence, day: date, to: date) -> Recurrence:
    """Return the recurrence with `day` replaced by the day `to`."""
    match recurrence:
        case Once():
            return Once(on=to)
        case Daily():
            msg = (
                "Khung giờ hằng ngày không dời sang ngày khác cho cả chuỗi được. "
                "Hãy chọn “chỉ ngày này”, hoặc đổi kiểu lặp."
            )
            raise Unacceptable(msg, "daily-stays")
        case Weekdays(days=days):
            return Weekdays(days=days - {day.isoweekday()} | {to.isoweekday()})
        case Monthly(days=days):
            return Monthly(days=days - {day.day} | {to.day})
        case Yearly():
            return Yearly(month=to.month, day=to.day)
        case Lunar(days=days, months=months):
            before, after = lunar_of(day), lunar_of(to)
            if months and (before.month != after.month or after.leap):
                msg = (
                    f"Ngày {to:%d/%m/%Y} là {after.day}/{after.month} âm lịch, sang tháng khác. "
                    "Hãy chọn “chỉ ngày này”, hoặc sửa các tháng âm lịch."
                )
                raise Unacceptable(msg, "other-lunar-month")
            return Lunar(days=days - {before.day} | {after.day}, months=months)
        case _:
            assert_never(recurrence)
