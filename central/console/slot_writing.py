"""A slot back to the form it came from, and its days in words.

Law of the room: pure; `values_of` is the inverse of `slot_reading.read_slot`.
"""

from typing import assert_never

from central.console.slot_reading import BOUNDS, seconds_of_day
from central.console.words import Words
from contract.documents import (
    DAY_S,
    AfterBreak,
    Daily,
    LineIn,
    Live,
    Lunar,
    Monthly,
    Once,
    Recurrence,
    Slot,
    StreamRelay,
    Weekdays,
    Yearly,
)


def values_of(slot: Slot) -> dict[str, list[str]]:
    """Return what the form shows for a slot: the inverse of `read_slot`."""
    end_s = seconds_of_day(slot.start) + slot.window_s
    values: dict[str, list[str]] = {
        "title": [slot.title],
        "items": list(slot.items),
        "start": [f"{slot.start:%H:%M}"],
        "end": [f"{end_s // 3600 % 24:02}:{end_s // 60 % 60:02}"],
        "from_date": [slot.from_date.isoformat() if slot.from_date else ""],
        "until_date": [slot.until_date.isoformat() if slot.until_date else ""],
        "except_dates": [", ".join(f"{day:%d/%m/%Y}" for day in sorted(slot.except_dates))],
        "level": [slot.level.value],
        "late": [slot.late.value],
        "after_break": [slot.after_break.value],
        **_live_values(slot.live),
        "zones": list(slot.zones),
        **{name: [str(getattr(slot, name))] for name in BOUNDS},
    }
    if end_s >= DAY_S:
        values["overnight"] = ["on"]
    if slot.loop:
        values["loop"] = ["on"]
    return values | _recurrence_values(slot.recurrence)


def _live_values(live: Live | None) -> dict[str, list[str]]:
    match live:
        case StreamRelay(url=url):
            return {"source": ["stream"], "url": [url]}
        case LineIn():
            return {"source": ["line-in"], "url": [""]}
        case None:
            return {"source": ["contents"], "url": [""]}
        case _:
            assert_never(live)


def live_line(live: Live, words: Words) -> str:
    """Return what a slot relays, in words: the whole address of a stream."""
    if isinstance(live, StreamRelay):
        return words("tiếp sóng {url}", url=live.url)
    return words("tiếng từ đường vào của thiết bị")


def after_break_words(rule: AfterBreak, words: Words) -> str:
    """Return where an item goes on after a break, in words."""
    match rule:
        case AfterBreak.JOIN:
            return words("Tiếp tục theo giờ")
        case AfterBreak.RESUME:
            return words("Phát tiếp chỗ dừng")
        case AfterBreak.RESTART:
            return words("Phát lại từ đầu")
        case _:
            assert_never(rule)


def _recurrence_values(recurrence: Recurrence) -> dict[str, list[str]]:
    match recurrence:
        case Once(on=on):
            return {"recurrence": ["once"], "on": [on.isoformat()]}
        case Daily():
            return {"recurrence": ["daily"]}
        case Weekdays(days=days):
            return {"recurrence": ["weekdays"], "weekdays": [str(d) for d in sorted(days)]}
        case Monthly(days=days):
            return {"recurrence": ["monthly"], "month_days": [_listed(days)]}
        case Yearly(month=month, day=day):
            return {"recurrence": ["yearly"], "year_month": [str(month)], "year_day": [str(day)]}
        case Lunar(days=days, months=months):
            return {
                "recurrence": ["lunar"],
                "lunar_days": [_listed(days)],
                "lunar_months": [_listed(months)],
            }
        case _:
            assert_never(recurrence)


def recurrence_words(recurrence: Recurrence, words: Words) -> str:
    """Return on which days a slot occurs, in words."""
    match recurrence:
        case Once(on=on):
            return words("ngày {day}", day=f"{on:%d/%m/%Y}")
        case Daily():
            return words("hằng ngày")
        case Weekdays(days=days):
            names = ("Thứ 2", "Thứ 3", "Thứ 4", "Thứ 5", "Thứ 6", "Thứ 7", "Chủ nhật")
            return ", ".join(words(names[day - 1]) for day in sorted(days))
        case Monthly(days=days):
            return words("ngày {days} hằng tháng", days=_listed(days))
        case Yearly(month=month, day=day):
            return words("ngày {d}/{m} hằng năm", d=day, m=month)
        case Lunar(days=days, months=months) if months:
            return words(
                "ngày {days} tháng {months} âm lịch", days=_listed(days), months=_listed(months)
            )
        case Lunar(days=days):
            return words("ngày {days} âm lịch hằng tháng", days=_listed(days))
        case _:
            assert_never(recurrence)


def _listed(numbers: frozenset[int]) -> str:
    return ", ".join(map(str, sorted(numbers)))
