"""What planning stands on: how a slot is named as it was seen, and a programme made for looking ahead.

Law of the room: pure; instants and days come in.
"""

import hashlib
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

import msgspec

from central.domain.compiling import Body
from central.domain.states import SlotPhase, SlotState
from contract.documents import DAY_S, DeviceId, Programme, Slot

NOBODY: Final = DeviceId("a" * 16)
DEFAULT_ZONE: Final = "Asia/Ho_Chi_Minh"
WEEK_DAYS: Final = 7
STEP_S: Final = 300
LEAST_WINDOW_S: Final = 300
DAY: Final = timedelta(days=1)
_ENCODER: Final = msgspec.json.Encoder(order="deterministic")


def seen_of(state: SlotState) -> str:
    """Return what names a slot as it stands now; equal names mean that nothing was changed in between."""
    what = b"gone" if state.phase is SlotPhase.DELETED else _ENCODER.encode(state.slot)
    return hashlib.sha256(what).hexdigest()[:16]


def monday_of(day: date) -> date:
    """Return the first day of its week."""
    return day - timedelta(days=day.weekday())


def week_of(first: date) -> tuple[date, ...]:
    """Return seven days from `first`."""
    return tuple(first + n * DAY for n in range(WEEK_DAYS))


def trial_programme(body: Body, zone: str, first: date, *, days: int = WEEK_DAYS) -> Programme:
    """Return a programme that holds from well before `first` to well after the last of `days`; nobody's."""
    start = datetime.combine(first, time(0), UTC) - 3 * DAY
    end = start + (days + 6) * DAY
    return Programme(
        device=NOBODY,
        assignment_epoch=0,
        version=0,
        issued=start,
        not_before=start,
        soft_expires=end,
        expires=end,
        time_zone=zone,
        slots=body.slots,
        contents=body.contents,
    )


def start_s(slot: Slot) -> int:
    """Return how many seconds after midnight the slot's window opens."""
    return slot.start.hour * 3600 + slot.start.minute * 60 + slot.start.second


def hours_of(slot: Slot) -> str:
    """Return the window's hours as people write them, such as 05:30–06:00."""
    end = (start_s(slot) + slot.window_s) % DAY_S
    return f"{slot.start:%H:%M}–{end // 3600:02}:{end // 60 % 60:02}"


def wall_time(seconds: int) -> time:
    """Return the wall time so many seconds after midnight."""
    held = seconds % DAY_S
    return time(held // 3600, held // 60 % 60, held % 60)


def overlap(one: Slot, other: Slot) -> bool:
    """Return whether two windows that open on one day share time."""
    return (
        start_s(one) < start_s(other) + other.window_s
        and start_s(other) < start_s(one) + one.window_s
    )
