"""The thrift: when and how much the uplink may carry, for an appliance that pays by the byte.

Law of the room: pure rules over the instant that is given; the count lives with whoever saves it. Papers
and what a neighbour or a stick brings are free and never come here. What is wanted soon passes the hours
but not the budget; an emergency passes both; all of it is counted.
"""

import logging
import threading
from collections.abc import Callable
from datetime import datetime, time, timedelta
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo

import msgspec

from edge.config import Span, span

log = logging.getLogger(__name__)

SAVE_EVERY_BYTES: Final = 4_000_000  # what a power cut may forget; the card is not worn by more


class Need(StrEnum):
    """How badly a content is needed: some day, within hours, or for an emergency."""

    PLANNED = "planned"
    SOON = "soon"
    EMERGENCY = "emergency"


class Limits(msgspec.Struct, frozen=True):
    """What the installer allows: hours (none means always) and bytes per local day (0 means no limit)."""

    hours: tuple[Span, ...] = ()
    budget_bytes_per_day: int = 0


class Spent(msgspec.Struct, frozen=True):
    """What was fetched on one local day, written `2026-11-23`."""

    day: str = ""
    count_bytes: int = 0


class Verdict(msgspec.Struct, frozen=True):
    """Whether a content may be fetched now; else a sentence for staff, and when to ask again."""

    ok: bool
    why: str = ""
    again_at: datetime | None = None


def limits(hours: tuple[str, ...], budget_bytes_per_day: int) -> Limits:
    """Return the limits as the settings write them. Raises `ValueError`; the installer is at fault."""
    if budget_bytes_per_day < 0:
        msg = "a budget is a number of bytes per day, or 0 for no limit"
        raise ValueError(msg)
    return Limits(tuple(span(text) for text in hours), budget_bytes_per_day)


class Thrift:
    """Judges and counts; for the lanes that fetch."""

    def __init__(
        self,
        allowed: Limits,
        zone: Callable[[], ZoneInfo],
        load: Callable[[], Spent | None],
        save: Callable[[Spent], None],
    ) -> None:
        """Take up the count that `load` remembers; `zone` is where the appliance's days begin and end.

        `save` may raise `OSError`: the count then goes on in memory.
        """
        self._allowed = allowed
        self._zone = zone
        self._save = save
        self._spent = load() or Spent()
        self._saved_bytes = self._spent.count_bytes
        self._lock = threading.RLock()

    def may_fetch(self, now: datetime, size_bytes: int, need: Need = Need.PLANNED) -> Verdict:
        """Return whether `size_bytes` may be fetched now; 0 asks whether a download may go on.

        A content larger than a whole day's budget is fetched in pieces, day by day.
        """
        if need is Need.EMERGENCY:
            return Verdict(ok=True)
        local = now.astimezone(self._zone())
        if need is Need.PLANNED and not self._open(local):
            again_at = self._opening(local)
            hours = ", ".join(str(span) for span in self._allowed.hours)
            return Verdict(False, f"Chờ đến giờ tải về ({hours}).", again_at)
        budget_bytes = self._allowed.budget_bytes_per_day
        left_bytes = budget_bytes - self.spent_bytes(now)
        if budget_bytes and (left_bytes <= 0 or left_bytes < size_bytes <= budget_bytes):
            midnight = datetime.combine(local.date() + timedelta(days=1), time(0), local.tzinfo)
            again_at = self._opening(midnight) if need is Need.PLANNED else midnight
            why = (
                f"Hôm nay chỉ còn được tải {max(0, left_bytes) / 1e6:.0f} MB"
                f" trong {budget_bytes / 1e6:.0f} MB; tải tiếp lúc {again_at:%H:%M ngày %d/%m}."
            )
            return Verdict(False, why, again_at)
        return Verdict(ok=True)

    def spend(self, now: datetime, count_bytes: int) -> None:
        """Count bytes that came over the uplink; now and then they are saved, a new day begins at 0."""
        day = self._day(now)
        with self._lock:
            if day != self._spent.day:
                self._spent, self._saved_bytes = Spent(day), 0
            self._spent = Spent(day, self._spent.count_bytes + count_bytes)
            if self._spent.count_bytes - self._saved_bytes >= SAVE_EVERY_BYTES:
                self.settle()

    def settle(self) -> None:
        """Save what is counted and not yet saved; meant for the end of each download."""
        with self._lock:
            spent = self._spent
            if spent.count_bytes == self._saved_bytes:
                return
            self._saved_bytes = spent.count_bytes
        try:
            self._save(spent)
        except OSError as error:
            log.warning("count of fetched bytes not saved why=%s", error)

    def spent_bytes(self, now: datetime) -> int:
        """Return what was counted on the local day of `now`."""
        return self._spent.count_bytes if self._day(now) == self._spent.day else 0

    def _day(self, now: datetime) -> str:
        return now.astimezone(self._zone()).date().isoformat()

    def _open(self, local: datetime) -> bool:
        minute = local.hour * 60 + local.minute
        return not self._allowed.hours or any(s.holds(minute) for s in self._allowed.hours)

    def _opening(self, local: datetime) -> datetime:
        """Return the first instant from `local` on that lies in the hours."""
        if self._open(local):
            return local
        begins = (s.from_min for s in self._allowed.hours)
        openings = (
            datetime.combine(local.date() + timedelta(days=day), time(*divmod(begin, 60)))
            for begin in begins
            for day in (0, 1)
        )
        return min(o for o in (o.replace(tzinfo=local.tzinfo) for o in openings) if o > local)
