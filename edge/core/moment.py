"""The two clocks of a moment.

Law of the room: the wall clock answers the programme; only the monotonic clock measures waits, because
the wall clock of a Raspberry Pi steps when it first hears the time.
"""

from datetime import datetime
from enum import StrEnum

import msgspec


class Moment(msgspec.Struct, frozen=True):
    """An instant on both clocks: aware UTC `wall`, and `mono_s` in seconds of the system's monotonic clock."""

    wall: datetime
    mono_s: float


class Clock(StrEnum):
    """How far the wall clock may be believed (DESIGN §4.1)."""

    TRUSTED = "trusted"
    FLOOR_ONLY = "floor-only"
    UNKNOWN = "unknown"
