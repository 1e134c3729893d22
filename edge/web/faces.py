"""The faces: what the air means to a tired person, before any HTML.

Law of the room: pure; derived from the view alone. What was measured decides between "on air" and
"due, but silent"; nothing here believes an order.
"""

from datetime import datetime
from typing import Final, Literal

import msgspec

from contract.documents import Rank
from edge.core.moment import Clock
from edge.core.page import NextView, PageView

Face = Literal[
    "emergency", "emergency-mute", "on", "talk", "mute", "hushed", "hushing", "cut", "quiet", "stray",
    "retired",
]  # fmt: skip
BARS: Final = 24
QUIETEST_DBFS: Final = -60.0
STEP_PCT: Final = 10


def face_of(view: PageView) -> Face:
    """Return which of the few states of the air this is."""
    if view.retired:
        return "stray" if view.sounding else "retired"
    if view.rank >= Rank.EMERGENCY_COMMUNE:
        return "emergency" if view.sounding else "emergency-mute"
    if view.silenced:
        return "cut"
    if is_hushed(view):
        return "hushing" if view.sounding else "hushed"
    if view.talking and view.rank is Rank.LIVE:
        return "talk" if view.sounding else "mute"
    if view.rank > Rank.SILENCE:
        return "on" if view.sounding else "mute"
    return "stray" if view.sounding else "quiet"


def is_hushed(view: PageView) -> bool:
    """Return whether staff's hush has the air."""
    return view.rank is Rank.OVERRIDE and (view.hushed or not view.title)


def is_emergency(view: PageView) -> bool:
    """Return whether an emergency has the air."""
    return view.rank >= Rank.EMERGENCY_COMMUNE


def may_skip(view: PageView) -> bool:
    """Return whether something plays that can be skipped."""
    lower = Rank.SILENCE < view.rank < Rank.EMERGENCY_COMMUNE
    return bool(view.key) and lower and not is_hushed(view) and not view.silenced


def may_release(view: PageView) -> bool:
    """Return whether a local decision has the air and can be taken back."""
    return view.until is not None and not is_emergency(view) and not view.silenced


def until_of(view: PageView) -> datetime | None:
    """Return until when the present air lasts, where that is known."""
    if is_emergency(view) or view.silenced:
        return None
    if view.rank >= Rank.OVERRIDE:
        return view.until
    if view.rank >= Rank.NORMAL:
        running = (c.end for c in coming_of(view) if c.start <= view.now < c.end and not c.refused)
        return min(running, default=None)
    if view.clock is Clock.UNKNOWN:
        return None  # nothing scheduled starts
    return min((c.start for c in view.coming if c.start > view.now and not c.refused), default=None)


def why_of(view: PageView) -> str:
    """Return why the air is as it is, without what the headline above it already says."""
    if not is_emergency(view):
        return view.why
    return view.why.removesuffix(f"Khẩn cấp: {view.title}").strip()


def coming_of(view: PageView) -> tuple[NextView, ...]:
    """Return what is coming, with pieces joined that follow each other and mean the same to a listener."""
    joined: list[NextView] = []
    for piece in view.coming:
        last = joined[-1] if joined else None
        alike = last is not None and (last.end, last.title) == (piece.start, piece.title)
        if last is not None and alike and last.refused == piece.refused:
            joined[-1] = msgspec.structs.replace(last, end=piece.end)
        else:
            joined.append(piece)
    return tuple(joined)


def bars_of(view: PageView) -> int:
    """Return how many of the meter's `BARS` are lit."""
    if not view.sounding or view.level_dbfs is None:
        return 0
    share = (view.level_dbfs - QUIETEST_DBFS) / -QUIETEST_DBFS
    return max(1, min(BARS, round(share * BARS)))


def progress_of(view: PageView) -> int | None:
    """Return how much of the item on air is done in percent, None for a live source or when nothing plays."""
    if view.length_s <= 0 or view.live or view.rank is Rank.SILENCE or is_hushed(view):
        return None
    return max(0, min(100, round(100 * view.played_s / view.length_s)))


def steps_of(view: PageView) -> tuple[int, int]:
    """Return the volumes one step below and above the present one, in whole tens of percent."""
    down = (view.volume_pct - 1) // STEP_PCT * STEP_PCT
    up = (view.volume_pct // STEP_PCT + 1) * STEP_PCT
    return max(0, down), min(100, up)
