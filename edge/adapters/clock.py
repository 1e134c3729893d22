"""The clock's hand: how far the wall clock may be believed.

Law of the room: asks the kernel, keeps a floor. The floor is the latest instant known to have passed (from
verified documents and the last run); a clock behind it is wrong, whoever set it.
"""

import ctypes
from datetime import datetime

from edge.core.moment import Clock

_TIME_ERROR = 5  # adjtimex(2): the clock is not synchronised


class _Timex(ctypes.Structure):
    """struct timex of adjtimex(2), read only; the tail is padding for every ABI."""

    _fields_ = (("modes", ctypes.c_uint), ("rest", ctypes.c_long * 64))


def kernel_is_synchronised() -> bool:
    """Return whether the kernel says that a time service keeps the clock; False where it cannot be asked."""
    try:
        libc = ctypes.CDLL(None, use_errno=True)
        state = int(libc.adjtimex(ctypes.byref(_Timex(modes=0))))
    except (OSError, AttributeError):
        return False
    return 0 <= state < _TIME_ERROR


def judge(wall: datetime, floor: datetime, *, synchronised: bool) -> Clock:
    """Return how far `wall` may be believed, given the `floor` and whether a time service keeps the clock."""
    if wall < floor:
        return Clock.UNKNOWN
    return Clock.TRUSTED if synchronised else Clock.FLOOR_ONLY
