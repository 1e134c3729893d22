"""iCalendar in and out: the one door of the library `icalendar`.

Law of the room: bytes in, plain events out, and back; what an event means for us is decided by
`central.domain.planning_ical`. Nothing of a calendar is trusted: size, number and depth are bounded before anything is
kept.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import icalendar

from central.domain.errors import TooLarge, Unacceptable
from central.domain.planning_ical import (
    Event,
    first_day,
    listed_days,
    lunar_words,
    rule_of,
)
from contract.calendar import instant_of
from contract.documents import DAY_S, Lunar, Slot

MAX_BYTES = 1_000_000
MAX_EVENTS = 500
_PRODID = "-//Tieng Lang//Lich phat thanh//VI"
_DOMAIN = "tienglang"
_LUNAR = "X-TIENGLANG-LUNAR"


def written(name: str, slots: Iterable[tuple[str, Slot]], zone: str, now: datetime) -> bytes:
    """Return an iCalendar file of (description, slot); a lunar slot comes as the dates of the coming 400 days."""
    calendar = icalendar.Calendar()
    calendar.add("prodid", _PRODID)
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", name)
    calendar.add("x-wr-timezone", zone)
    calendar.add("refresh-interval;value=duration", "PT1H")
    local = ZoneInfo(zone)
    for about, slot in slots:
        event = _event(about, slot, local, now)
        if event is not None:
            calendar.add_component(event)
    calendar.add_missing_timezones()
    return bytes(calendar.to_ical())


def _event(about: str, slot: Slot, zone: ZoneInfo, now: datetime) -> icalendar.Event | None:
    today = now.astimezone(zone).date()
    lunar = isinstance(slot.recurrence, Lunar)
    listed = listed_days(slot, today) if lunar else ()
    first = (listed[0] if listed else None) if lunar else first_day(slot, today)
    if first is None:
        return None
    event = icalendar.Event()
    event.add("uid", f"{slot.id}@{_DOMAIN}")
    event.add("dtstamp", now.astimezone(UTC))
    event.add("summary", slot.title)
    event.add("description", about)
    event.add("dtstart", datetime.combine(first, slot.start, zone))
    event.add("duration", timedelta(seconds=slot.window_s))
    event.add("categories", [slot.level.value])
    rule = {key: list(values) for key, values in rule_of(slot).items()}
    if rule:
        if slot.until_date is not None:  # an UNTIL beside a zoned start is an instant
            last = instant_of(slot.until_date, slot.start, zone)
            rule["UNTIL"] = [last]  # type: ignore[list-item]
        event.add("rrule", rule)
    if isinstance(slot.recurrence, Lunar):
        event.add(_LUNAR, lunar_words(slot.recurrence))
    for day in listed[1:]:
        event.add("rdate", datetime.combine(day, slot.start, zone))
    for day in sorted(slot.except_dates) if rule else ():
        event.add("exdate", datetime.combine(day, slot.start, zone))
    return event


def read(data: bytes, zone: str) -> tuple[Event, ...]:
    """Return the events of an iCalendar file with times on the wall of `zone`; each bears its own fault.

    Raises `TooLarge` beyond 1 MB, `Unacceptable` for what is no calendar or has more than 500 events.
    """
    if len(data) > MAX_BYTES:
        raise TooLarge("Tệp lịch lớn hơn 1 MB. Hãy xuất ít ngày hơn rồi thử lại.", "too-large")
    try:
        calendar = icalendar.Calendar.from_ical(data)
    except (ValueError, IndexError, KeyError, TypeError) as fault:
        msg = "Tệp này không phải lịch iCalendar (.ics) đúng chuẩn. Hãy xuất lại từ phần mềm lịch."
        raise Unacceptable(msg, "bad-calendar") from fault
    found = calendar.walk("VEVENT")
    if len(found) > MAX_EVENTS:
        msg = f"Tệp có {len(found)} sự kiện, quá mức {MAX_EVENTS}. Hãy chia thành nhiều tệp."
        raise Unacceptable(msg, "too-many-events")
    return tuple(_read(event, ZoneInfo(zone)) for event in found)


def _read(event: icalendar.cal.component.Component, zone: ZoneInfo) -> Event:
    title = str(event.get("SUMMARY") or "").strip()[:200]
    uid = str(event.get("UID") or "")[:200]
    try:
        begins = event.decoded("DTSTART")
        if not isinstance(begins, datetime):
            return _faulty(uid, title, "sự kiện cả ngày, không có giờ phát.")
        local = _local(begins, zone)
        window_s = round(_length(event, begins).total_seconds())
        if not 1 <= window_s <= DAY_S:
            return _faulty(uid, title, "độ dài phải từ 1 giây đến 24 giờ.")
        if event.get("RECURRENCE-ID") is not None:
            return _faulty(
                uid, title, "một lần dời riêng của chuỗi khác; hãy sửa trên lịch sau khi nhập."
            )
        rule = _rule(event, zone)
        if rule and begins.tzinfo is not None and begins.date() != local.date():
            return _faulty(
                uid, title, "giờ của múi giờ khác, đổi sang giờ Việt Nam thì lệch ngày lặp."
            )
        return Event(
            uid=uid,
            title=title,
            day=local.date(),
            start=local.time().replace(tzinfo=None, microsecond=0),
            window_s=window_s,
            zone=zone.key,
            rule=rule,
            lunar=str(event.get(_LUNAR) or ""),
            more_dates=frozenset(_dates(event, "RDATE", zone)),
            except_dates=frozenset(_dates(event, "EXDATE", zone)),
        )
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError):
        return _faulty(uid, title, "không đọc được giờ bắt đầu, độ dài hay quy tắc lặp.")


def _faulty(uid: str, title: str, why: str) -> Event:
    return Event(
        uid=uid, title=title, day=date.min, start=time(0), window_s=1, zone="", rule={}, fault=why
    )


def _length(event: icalendar.cal.component.Component, begins: datetime) -> timedelta:
    if event.get("DURATION") is not None:
        length = event.decoded("DURATION")
        return length if isinstance(length, timedelta) else timedelta(0)
    ends = event.decoded("DTEND")
    return ends - begins if isinstance(ends, datetime) else timedelta(0)


def _local(at: datetime, zone: ZoneInfo) -> datetime:
    """Return an instant on our wall; a floating time is on it already."""
    return at.replace(tzinfo=zone) if at.tzinfo is None else at.astimezone(zone)


def _rule(event: icalendar.cal.component.Component, zone: ZoneInfo) -> dict[str, Sequence[str]]:
    rules = event.get("RRULE")
    if rules is None:
        return {}
    if isinstance(rules, list):
        return {"RRULE×2": ()}
    found: dict[str, Sequence[str]] = {}
    for key, values in rules.items():
        listed = values if isinstance(values, list) else [values]
        found[str(key).upper()] = [_word(value, zone) for value in listed]
    return found


def _word(value: object, zone: ZoneInfo) -> str:
    if isinstance(value, datetime):
        return f"{_local(value, zone):%Y%m%d}"
    return f"{value:%Y%m%d}" if isinstance(value, date) else str(value)


def _dates(event: icalendar.cal.component.Component, name: str, zone: ZoneInfo) -> Iterable[date]:
    found = event.get(name)
    for group in found if isinstance(found, list) else [found] if found is not None else []:
        for one in group.dts:
            yield _local(one.dt, zone).date() if isinstance(one.dt, datetime) else one.dt
