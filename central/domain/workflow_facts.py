"""The way of a notice after approval: judged from what was planned, sent, fetched and measured, never remembered.

Law of the room: pure. A plan proves nothing but itself: played is what appliances measured, and a window that
passed without a word from them is not played.
"""

from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import msgspec

from central.domain.workflow import NoticeState
from contract.calendar import instant_of, local_day, slot_occurs_on
from contract.documents import Once, Slot

HOUSE_ZONE: Final = ZoneInfo("Asia/Ho_Chi_Minh")
LOOKED_BACK_DAYS: Final = 35
GRACE: Final = timedelta(minutes=30)  # for reports to come in after a window


class Windows(msgspec.Struct, frozen=True, kw_only=True):
    """Where a slot's windows lie around now: the last that closed, the one that is open, the next."""

    last: tuple[datetime, datetime] | None = None
    open: tuple[datetime, datetime] | None = None
    next: tuple[datetime, datetime] | None = None


class Plays(msgspec.Struct, frozen=True, kw_only=True):
    """What appliances measured of a notice in its newest window: how many had all of it, a part, nothing."""

    newest: datetime
    sounded: int
    partly: int
    silent: int

    @property
    def told(self) -> int:
        """Return how many appliances said anything."""
        return self.sounded + self.partly + self.silent


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a notice: m appliances are to have it (`targets`), n fetched the programme (`received`)."""

    stored: NoticeState
    approved: bool = False
    drafted: int = 0
    published: int = 0
    planned_at: datetime | None = None
    targets: int = 0
    received: int = 0
    windows: Windows = Windows()
    plays: Plays | None = None


class Counted(msgspec.Struct, frozen=True):
    """A state with its n of m, where the state counts appliances; else both are None."""

    state: NoticeState
    done: int | None = None
    of: int | None = None


def counted(facts: Facts, now: datetime) -> Counted:
    """Return where the notice is, with n/m appliances from SENT onwards."""
    if facts.stored is not NoticeState.APPROVED:
        return Counted(facts.stored)
    if not facts.approved:
        return Counted(NoticeState.LAPSED)
    if facts.published and facts.targets and facts.windows.open is not None and facts.received:
        return Counted(NoticeState.ON_AIR, facts.received, facts.targets)
    outcome = _outcome(facts, now)
    if outcome is not None:
        return outcome
    if not facts.published or not facts.targets:
        planned = facts.drafted or facts.published
        return Counted(NoticeState.SCHEDULED if planned else NoticeState.APPROVED)
    state = NoticeState.RECEIVED if facts.received else NoticeState.SENT
    return Counted(state, facts.received, facts.targets)


def windows_of(slots: tuple[Slot, ...], now: datetime) -> Windows:
    """Return the windows of these slots around now, on the province's clock, 35 days either way."""
    alike = {_timing(slot): slot for slot in slots}  # a jingle is in a thousand slots of two times
    found = [_windows(slot, now) for slot in alike.values()]
    lasts = [w.last for w in found if w.last is not None]
    opens = [w.open for w in found if w.open is not None]
    nexts = [w.next for w in found if w.next is not None]
    return Windows(
        last=max(lasts, key=lambda span: span[1], default=None),
        open=min(opens, default=None),
        next=min(nexts, default=None),
    )


def last_day_of(slot: Slot) -> date | None:
    """Return the last day on which the slot could occur, None when it has no end."""
    if isinstance(slot.recurrence, Once):
        return min(slot.recurrence.on, slot.until_date or slot.recurrence.on)
    return slot.until_date


def _outcome(facts: Facts, now: datetime) -> Counted | None:
    """Return what became of it since it was planned as it now is; None while nothing did."""
    plays, planned, last = facts.plays, facts.planned_at, facts.windows.last
    if plays is not None and (planned is None or plays.newest >= planned):
        m = max(facts.targets, plays.told)
        if plays.sounded >= m:
            return Counted(NoticeState.PLAYED, plays.sounded, m)
        if plays.sounded or plays.partly:
            return Counted(NoticeState.PARTLY, plays.sounded, m)
        return Counted(NoticeState.NOT_PLAYED, 0, m)
    if facts.published and facts.targets and planned is not None and last is not None:
        opened, closed = last
        if opened >= planned and now - closed >= GRACE:
            return Counted(NoticeState.NOT_PLAYED, 0, facts.targets)
    return None


def _timing(slot: Slot) -> tuple[object, ...]:
    """Return what of a slot decides when its windows lie."""
    days = (slot.from_date, slot.until_date, slot.except_dates)
    return (type(slot.recurrence), slot.recurrence, slot.start, slot.window_s, *days)


def _windows(slot: Slot, now: datetime) -> Windows:
    today = local_day(now, HOUSE_ZONE)
    last = current = following = None
    for back in range(LOOKED_BACK_DAYS + 1):
        span = _span(slot, today - timedelta(days=back))
        if span is None or span[0] > now:
            continue
        if span[1] > now:
            current = span
            continue
        last = span
        break
    for ahead in range(LOOKED_BACK_DAYS + 1):
        span = _span(slot, today + timedelta(days=ahead))
        if span is not None and span[0] > now:
            following = span
            break
    return Windows(last=last, open=current, next=following)


def _span(slot: Slot, day: date) -> tuple[datetime, datetime] | None:
    if not slot_occurs_on(slot, day):
        return None
    opens = instant_of(day, slot.start, HOUSE_ZONE)
    return opens, opens + timedelta(seconds=slot.window_s)
