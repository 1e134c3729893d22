"""How a programme lies in time: the windows of its slots, day by day.

Law of the room: pure; instants are whole microseconds since 1970, which compare fast, exactly and
floored alike everywhere. How a programme lies is kept, bounded, for the programmes and days asked last.
"""

from bisect import bisect_right
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from itertools import accumulate
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from contract.calendar import day_exists, instant_of, local_day, slot_occurs_on
from contract.documents import DAY_S, Programme, Sha256, Slot
from contract.same import Same

DAY_US: Final = DAY_S * 1_000_000
HOUR_US: Final = 3_600_000_000

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_US: Final = timedelta(microseconds=1)
_A_DAY: Final = timedelta(days=1)
_KEPT_DAYS: Final = 40
_ENDLESS: Final = DAY_S * 1_000  # more rounds than any window holds: an item lasts at least 1 ms


class Shape(NamedTuple):
    """A slot's items within its window, in microseconds from its opening; `period` is one round."""

    slot: Slot
    starts: tuple[int, ...]
    ends: tuple[int, ...]
    period: int
    rounds: int

    def item_at(self, elapsed: int) -> tuple[int, int, int] | None:
        """Return index, start and end of the item under way; None between rounds and after all."""
        turn, into = divmod(elapsed, self.period)
        if turn >= self.rounds or into >= self.ends[-1]:
            return None
        n = bisect_right(self.ends, into)
        begun = turn * self.period
        return turn * len(self.ends) + n, begun + self.starts[n], begun + self.ends[n]

    def last_end(self, elapsed: int) -> int:
        """Return when the round before a pause ended; ask only where no item is under way."""
        turn = min(elapsed // self.period, self.rounds - 1)
        return turn * self.period + self.ends[-1]

    def next_start(self, elapsed: int) -> int:
        """Return when the first item after `elapsed` starts; beyond any window when there is none."""
        if elapsed < 0:
            return 0
        turn, into = divmod(elapsed, self.period)
        n = bisect_right(self.starts, into)
        if n == len(self.starts):
            turn, n = turn + 1, 0
        return turn * self.period + self.starts[n] if turn < self.rounds else 2 * DAY_US


class Window(NamedTuple):
    """One occurrence of a slot, from `opens` to before `closes`; it belongs to the day it starts."""

    opens: int
    closes: int
    day: date
    shape: Shape


class Layout:
    """The windows of one programme, kept for the days asked last."""

    def __init__(self, programme: Programme) -> None:
        self._zone = ZoneInfo(programme.time_zone)
        durations = {c.sha256: c.duration_ms * 1_000 for c in programme.contents}
        self._shapes = tuple(_shape(slot, durations) for slot in programme.slots)
        self._days: dict[date, tuple[Window, ...]] = {}

    def between(self, since: int, until: int) -> list[Window]:
        """Return every window that closes after `since` and opens no later than `until`."""
        # one day more, for a wall time that a daylight-saving gap moved over midnight
        day = local_day(instant_at(since - DAY_US), self._zone) - _A_DAY
        last = local_day(instant_at(until), self._zone)
        found: list[Window] = []
        while day <= last:
            found += [w for w in self._on(day) if w.closes > since and w.opens <= until]
            day += _A_DAY
        return found

    def _on(self, day: date) -> tuple[Window, ...]:
        laid = self._days.get(day)
        if laid is None:
            if len(self._days) >= _KEPT_DAYS:
                self._days.clear()
            laid = self._days[day] = self._laid(day)
        return laid

    def _laid(self, day: date) -> tuple[Window, ...]:
        if not day_exists(day, self._zone):
            return ()
        laid: list[Window] = []
        for shape in self._shapes:
            if slot_occurs_on(shape.slot, day):
                opens = us_of(instant_of(day, shape.slot.start, self._zone))
                laid.append(Window(opens, opens + shape.slot.window_s * 1_000_000, day, shape))
        return tuple(laid)


def layout_of(programme: Programme) -> Layout:
    """Return how `programme` lies in time; the same one again for the very same programme."""
    return _layout(Same(programme))


def us_of(instant: datetime) -> int:
    """Return an aware instant as whole microseconds since 1970."""
    return (instant - _EPOCH) // _US


def instant_at(us: int) -> datetime:
    """Return microseconds since 1970 as an aware UTC instant."""
    return _EPOCH + us * _US


@lru_cache(maxsize=16)
def _layout(same: Same[Programme]) -> Layout:
    return Layout(*same.values)


def _shape(slot: Slot, durations: dict[Sha256, int]) -> Shape:
    if slot.live is not None:  # one item as long as the window
        window = slot.window_s * 1_000_000
        return Shape(slot, (0,), (window,), window, 1)
    ends = tuple(accumulate(durations[item] for item in slot.items))
    rounds = _ENDLESS if slot.loop else slot.repeat_count
    return Shape(slot, (0, *ends[:-1]), ends, ends[-1] + slot.gap_s * 1_000_000, rounds)
