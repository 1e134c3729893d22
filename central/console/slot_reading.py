"""From the slot form to a slot, and back: every fault is named at its field, all at once.

Law of the room: pure; the bounds themselves are the contract's, here they get a sentence and a field.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date, time
from functools import partial
from typing import Final, TypeVar

import msgspec

from central.console.words import Words
from central.domain.lives import fault_of
from contract.documents import (
    DAY_S,
    AfterBreak,
    Daily,
    LateRule,
    Level,
    LineIn,
    Live,
    Lunar,
    Monthly,
    Once,
    Recurrence,
    Sha256,
    Slot,
    StreamRelay,
    Weekdays,
    Yearly,
)

Values = Mapping[str, Sequence[str]]
T = TypeVar("T")
_NUMBERS: Final = re.compile(r"\d{1,6}", re.ASCII)
_CLOCK: Final = re.compile(
    r"(?P<hour>\d{1,2})(?:[:h.](?P<minute>\d{2})|h)|(?P<h>\d{2})(?P<m>\d{2})", re.ASCII
)
_DATES: Final = re.compile(r"\d{4}-\d{2}-\d{2}|\d{1,2}/\d{1,2}/\d{4}", re.ASCII)


class Read(msgspec.Struct, frozen=True):
    """What was read: a slot, or sentences by field name."""

    slot: Slot | None
    faults: Mapping[str, str]


def read_slot(values: Values, slot_id: str, words: Words) -> Read:
    """Return the slot that the form describes, or every fault found."""
    form = _Form(values, words)
    title = form.taken("title", form.title, "-")
    nothing: tuple[Sha256, ...] = ()
    every_day: Recurrence = Daily()
    no_dates: frozenset[date] = frozenset()
    live = form.taken("url", form.live, None)
    relayed = form.one("source") in {"stream", "line-in"}
    items = form.taken("items", partial(form.items, may_lack=relayed), nothing)
    recurrence = form.taken("recurrence", form.recurrence, every_day)
    start, window_s = form.taken("end", form.window, (time(0), 1))
    first = form.taken("from_date", lambda: form.date_of("from_date"), None)
    last = form.taken("until_date", lambda: form.date_of("until_date"), None)
    excepted = form.taken("except_dates", form.excepted, no_dates)
    if first and last and last < first:
        form.faults["until_date"] = words("Ngày kết thúc trước ngày bắt đầu.")
    numbers = {
        name: form.taken(name, partial(form.number, name, *bounds), bounds[2])
        for name, bounds in BOUNDS.items()
    }
    if form.faults:
        return Read(None, form.faults)
    once = isinstance(recurrence, Once)
    slot = Slot(
        id=slot_id,
        title=title,
        recurrence=recurrence,
        start=start,
        window_s=window_s,
        items=items,
        live=live,
        from_date=None if once else first,
        until_date=None if once else last,
        except_dates=frozenset() if once else excepted,
        repeat_count=numbers["repeat_count"],
        gap_s=numbers["gap_s"],
        loop="loop" in values,
        zones=tuple(values.get("zones", ())),
        volume_pct=numbers["volume_pct"],
        level=Level.PRIORITY if form.one("level") == Level.PRIORITY.value else Level.NORMAL,
        order=numbers["order"],
        late=next((rule for rule in LateRule if rule.value == form.one("late")), LateRule.JOIN),
        after_break=next(
            (rule for rule in AfterBreak if rule.value == form.one("after_break")), AfterBreak.JOIN
        ),
    )
    return Read(slot, {})


BOUNDS: Final = {
    "order": (0, 1_000, 500),
    "volume_pct": (0, 100, 100),
    "repeat_count": (1, 1_000, 1),
    "gap_s": (0, DAY_S, 0),
}


class _Form:
    """The posted values, read one by one; a `ValueError` carries the sentence for its field."""

    def __init__(self, values: Values, words: Words) -> None:
        self._values = values
        self._t = words
        self.faults: dict[str, str] = {}

    def taken(self, field: str, read: Callable[[], T], otherwise: T) -> T:
        """Return what `read` returns; keep its fault and return `otherwise` when it raises."""
        try:
            return read()
        except ValueError as fault:
            self.faults[field] = str(fault)
            return otherwise

    def one(self, name: str) -> str:
        """Return the first value of a field, or an empty text."""
        found = self._values.get(name, ())
        return found[0].strip() if found else ""

    def title(self) -> str:
        """Return the title."""
        found = self.one("title")
        if not 1 <= len(found) <= 200:
            raise ValueError(self._t("Hãy đặt tiêu đề, từ 1 đến 200 chữ."))
        return found

    def live(self) -> Live | None:
        """Return the live source to relay, None when contents are played."""
        match self.one("source"):
            case "stream":
                url = self.one("url")
                if not url:
                    raise ValueError(self._t("Hãy ghi địa chỉ của nguồn tiếp sóng."))
                fault = fault_of(url)
                if fault:
                    raise ValueError(self._t(fault))
                return StreamRelay(url=url)
            case "line-in":
                return LineIn()
            case _:
                return None

    def items(self, *, may_lack: bool) -> tuple[Sha256, ...]:
        """Return the contents in order; there may be none where a live source is relayed."""
        found = tuple(Sha256(item) for item in self._values.get("items", ()))
        if not found and not may_lack:
            raise ValueError(self._t("Hãy chọn ít nhất một nội dung."))
        return found

    def window(self) -> tuple[time, int]:
        """Return the start and the length of the window in seconds."""
        start, end = self._clock("start"), self._clock("end")
        seconds = seconds_of_day(end) - seconds_of_day(start)
        overnight = "overnight" in self._values
        if seconds <= 0 and not overnight:
            why = "Giờ kết thúc không sau giờ bắt đầu. Nếu khung giờ kéo sang ngày hôm sau, hãy đánh dấu “qua nửa đêm”."
            raise ValueError(self._t(why))
        if seconds > 0 and overnight:
            why = "Giờ kết thúc sau giờ bắt đầu, khung giờ này không qua nửa đêm. Hãy bỏ dấu “qua nửa đêm”."
            raise ValueError(self._t(why))
        return start, seconds if seconds > 0 else seconds + DAY_S

    def recurrence(self) -> Recurrence:
        """Return on which days the slot occurs."""
        match self.one("recurrence"):
            case "once":
                on = self.date_of("on")
                if on is None:
                    raise ValueError(self._t("Hãy chọn ngày phát."))
                return Once(on=on)
            case "weekdays":
                return Weekdays(
                    days=self._days("weekdays", 7, "Hãy chọn ít nhất một thứ trong tuần.")
                )
            case "monthly":
                return Monthly(
                    days=self._days("month_days", 31, "Hãy ghi các ngày trong tháng, từ 1 đến 31.")
                )
            case "yearly":
                day, month = self.number("year_day", 1, 31, 0), self.number("year_month", 1, 12, 0)
                self._check_day_of_year(day, month)
                return Yearly(month=month, day=day)
            case "lunar":
                months = (
                    frozenset(self._numbers("lunar_months", 12))
                    if self.one("lunar_months")
                    else frozenset()
                )
                days = self._days(
                    "lunar_days",
                    30,
                    "Hãy ghi các ngày âm lịch, từ 1 đến 30 (mùng 1 là 1, rằm là 15).",
                )
                return Lunar(days=days, months=months)
            case _:
                return Daily()

    def excepted(self) -> frozenset[date]:
        """Return the dates on which the slot does not occur."""
        return frozenset(self._parsed(found) for found in _DATES.findall(self.one("except_dates")))

    def date_of(self, name: str) -> date | None:
        """Return the date of a field, None when it is empty."""
        found = self.one(name)
        return self._parsed(found) if found else None

    def number(self, name: str, low: int, high: int, otherwise: int) -> int:
        """Return a whole number within bounds."""
        text = self.one(name) or str(otherwise)
        if not _NUMBERS.fullmatch(text) or not low <= int(text) <= high:
            raise ValueError(self._t("Hãy ghi một số từ {low} đến {high}.", low=low, high=high))
        return int(text)

    def _check_day_of_year(self, day: int, month: int) -> None:
        try:
            date(2024, month, day)  # a leap year: 29 February is a day
        except ValueError:
            raise ValueError(self._t("Không có ngày {d}/{m}.", d=day, m=month)) from None

    def _clock(self, name: str) -> time:
        try:
            return _wall_time(self.one(name))
        except ValueError:
            raise ValueError(self._t("Hãy ghi giờ bắt đầu và giờ kết thúc, ví dụ 05:30.")) from None

    def _parsed(self, text: str) -> date:
        try:
            if "/" in text:
                day, month, year = map(int, text.split("/"))
                return date(year, month, day)
            return date.fromisoformat(text)
        except ValueError:
            raise ValueError(self._t("Ngày {text} không có thật.", text=text)) from None

    def _numbers(self, name: str, high: int) -> list[int]:
        found = [int(n) for text in self._values.get(name, ()) for n in _NUMBERS.findall(text)]
        if any(not 1 <= n <= high for n in found):
            raise ValueError(self._t("Hãy ghi một số từ {low} đến {high}.", low=1, high=high))
        return found

    def _days(self, name: str, high: int, why: str) -> frozenset[int]:
        found = frozenset(self._numbers(name, high))
        if not found:
            raise ValueError(self._t(why))
        return found


def _wall_time(text: str) -> time:
    """Return 05:30 for "05:30", "5h30", "5.30", "0530" or "5h"; raises `ValueError` for all else."""
    found = _CLOCK.fullmatch(text.lower())
    if found is None:
        msg = "not a time of day"
        raise ValueError(msg)
    return time(int(found["hour"] or found["h"]), int(found["minute"] or found["m"] or 0))


def seconds_of_day(at: time) -> int:
    """Return how many seconds of the day have passed at `at`."""
    return at.hour * 3600 + at.minute * 60 + at.second
