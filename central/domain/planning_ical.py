"""Our recurrence and iCalendar's rules, both ways: what can be said exactly is said, all else is refused in words.

Law of the room: pure; rules come as plain mappings, the library that spells them is elsewhere. A lunar date has no rule
in iCalendar: it goes out as a list of dates.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Final, assert_never

import msgspec

from contract.calendar import slot_occurs_on
from contract.documents import (
    Daily,
    Lunar,
    Monthly,
    Once,
    Recurrence,
    Slot,
    Weekdays,
    Yearly,
)

Rule = Mapping[str, Sequence[str]]
WEEKDAYS: Final = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
LISTED_DAYS: Final = 400
_KNOWN: Final = frozenset({"FREQ", "INTERVAL", "BYDAY", "BYMONTHDAY", "BYMONTH", "UNTIL", "WKST"})


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """An event of a calendar as it was read: its wall time in its own zone, and what it says of repeating.

    `lunar` is our own word for a lunar recurrence (`lunar_words`); `fault` says why it cannot be read at all.
    """

    uid: str
    title: str
    day: date
    start: time
    window_s: int
    zone: str
    rule: Rule
    more_dates: frozenset[date] = frozenset()
    except_dates: frozenset[date] = frozenset()
    lunar: str = ""
    fault: str = ""


class Unsayable(ValueError):
    """The rule has no kind of ours; the message is a Vietnamese sentence."""


def rule_of(slot: Slot) -> Rule:
    """Return the rule of a slot's recurrence; empty for a single date and for a lunar one."""
    until = {"UNTIL": [f"{slot.until_date:%Y%m%d}"]} if slot.until_date is not None else {}
    match slot.recurrence:
        case Once() | Lunar():
            return {}
        case Daily():
            return {"FREQ": ["DAILY"], **until}
        case Weekdays(days=days):
            return {"FREQ": ["WEEKLY"], "BYDAY": [WEEKDAYS[d - 1] for d in sorted(days)], **until}
        case Monthly(days=days):
            return {"FREQ": ["MONTHLY"], "BYMONTHDAY": [str(d) for d in sorted(days)], **until}
        case Yearly(month=month, day=day):
            return {"FREQ": ["YEARLY"], "BYMONTH": [str(month)], "BYMONTHDAY": [str(day)], **until}
        case _:
            assert_never(slot.recurrence)


def first_day(slot: Slot, today: date) -> date | None:
    """Return the first day on which the slot occurs, from its first date or `today` on; None within four years."""
    if isinstance(slot.recurrence, Once):
        return slot.recurrence.on
    start = slot.from_date or today
    days = (start + timedelta(days=n) for n in range(4 * 366 + 1))
    return next((day for day in days if slot_occurs_on(slot, day)), None)


def listed_days(slot: Slot, today: date) -> tuple[date, ...]:
    """Return the days of a lunar slot in the coming 400 days: what goes out instead of a rule."""
    start = max(slot.from_date or today, today)
    days = (start + timedelta(days=n) for n in range(LISTED_DAYS))
    return tuple(day for day in days if slot_occurs_on(slot, day))


def lunar_words(lunar: Lunar) -> str:
    """Return a lunar recurrence as our own calendars spell it: days, a slash, months."""
    return "/".join(".".join(map(str, sorted(part))) for part in (lunar.days, lunar.months))


def lunar_of_words(text: str) -> Lunar:
    """Return the lunar recurrence that `lunar_words` spelled; raises `Unsayable` for any other spelling."""
    days, _, months = text.partition("/")
    try:
        found = Lunar(
            days=frozenset(map(int, days.split("."))),
            months=frozenset(map(int, months.split("."))) if months else frozenset(),
        )
        return msgspec.convert(msgspec.to_builtins(found), Lunar)
    except (ValueError, msgspec.ValidationError):
        raise Unsayable(f"ngày âm lịch “{text[:40]}” không đọc được.") from None


def recurrence_of(event: Event) -> tuple[Recurrence, date | None, date | None]:
    """Return our recurrence, first and last day of an event; raises `Unsayable` for what we have no kind for."""
    if event.lunar:
        return lunar_of_words(event.lunar), event.day, None
    if event.more_dates:
        raise Unsayable(
            "sự kiện liệt kê từng ngày (RDATE); hãy nhập các ngày ấy thành những sự kiện riêng."
        )
    rule = {name.upper(): tuple(map(str, values)) for name, values in event.rule.items()}
    if not rule:
        return Once(on=event.day), None, None
    odd = sorted(set(rule) - _KNOWN)
    if odd:
        raise Unsayable(f"quy tắc lặp có {', '.join(odd)}, hệ thống không có kiểu lặp ấy.")
    if rule.get("INTERVAL", ("1",)) != ("1",):
        raise Unsayable(f"lặp cách quãng (INTERVAL={rule['INTERVAL'][0]}) không có trong hệ thống.")
    last = _until(rule["UNTIL"][0]) if "UNTIL" in rule else None
    return _recurrence(rule, event), event.day, last


def _recurrence(rule: Mapping[str, Sequence[str]], event: Event) -> Recurrence:
    given = {name for name in rule if name.startswith("BY")}
    match (rule.get("FREQ") or ("",))[0]:
        case "DAILY" if not given:
            return Daily()
        case "WEEKLY" if given <= {"BYDAY"}:
            names = rule.get("BYDAY") or (WEEKDAYS[event.day.weekday()],)
            if not set(names) <= set(WEEKDAYS):
                raise Unsayable("thứ trong tuần kèm số thứ tự (ví dụ thứ 2 đầu tháng) không có.")
            return Weekdays(days=frozenset(WEEKDAYS.index(name) + 1 for name in names))
        case "MONTHLY" if given <= {"BYMONTHDAY"}:
            return Monthly(days=frozenset(_days(rule, event, 31)))
        case "YEARLY" if given <= {"BYMONTH", "BYMONTHDAY"}:
            months = [int(n) for n in rule.get("BYMONTH", (str(event.day.month),))]
            days = _days(rule, event, 31)
            if len(months) == 1 and len(days) == 1 and 1 <= months[0] <= 12:
                return Yearly(month=months[0], day=days[0])
            raise Unsayable("lặp hằng năm chỉ được một ngày của một tháng.")
        case "DAILY" | "WEEKLY" | "MONTHLY" | "YEARLY":
            raise Unsayable(
                f"quy tắc lặp dùng {', '.join(sorted(given))}, hệ thống không có kiểu ấy."
            )
        case other:
            raise Unsayable(f"kiểu lặp {other[:20] or 'trống'} không có trong hệ thống.")


def _days(rule: Mapping[str, Sequence[str]], event: Event, highest: int) -> list[int]:
    found = [int(n) for n in rule.get("BYMONTHDAY", (str(event.day.day),))]
    if any(not 1 <= n <= highest for n in found):
        raise Unsayable("ngày đếm ngược từ cuối tháng (số âm) không có trong hệ thống.")
    return found


def _until(text: str) -> date:
    try:
        return datetime.strptime(text[:8], "%Y%m%d").date()  # noqa: DTZ007  a date has no zone
    except ValueError:
        raise Unsayable(f"ngày kết thúc {text[:20]} không đọc được.") from None
