"""The faces: what a view means to a tired person, before any HTML.

Law of the room: pure; derived from the view alone. What was measured decides between "on air" and
"due, but silent"; nothing here believes an order.
"""

import re
from datetime import datetime, timedelta
from typing import Final, Literal

import msgspec

from contract.documents import Rank, Refusal
from edge.core.moment import Clock
from edge.core.view import NextView, PageView
from edge.web.words import WORDS, Words

Face = Literal[
    "emergency", "emergency-mute", "on", "mute", "hushed", "hushing", "cut", "quiet", "stray"
]
BARS: Final = 24
QUIETEST_DBFS: Final = -60.0
HASH: Final = re.compile(r"[0-9a-f]{64}")
PAPER: Final = re.compile(r"([a-z]+) \(([a-z]+)\)")
NETWORK: Final = frozenset({"courier", "ear", "herald"})
STORE: Final = frozenset({"shelf", "ledger"})


class Heed(msgspec.Struct, frozen=True):
    """Something staff should know: how grave, what it is, what to do, and the part's own words."""

    grave: bool
    what: str
    do: str
    detail: str = ""


def face_of(view: PageView) -> Face:
    """Return which of the few states of the air this is."""
    if view.silenced:
        return "cut"
    if view.rank >= Rank.EMERGENCY_COMMUNE:
        return "emergency" if view.sounding else "emergency-mute"
    if is_hushed(view):
        return "hushing" if view.sounding else "hushed"
    if view.rank > Rank.SILENCE:
        return "on" if view.sounding else "mute"
    return "stray" if view.sounding else "quiet"


def is_hushed(view: PageView) -> bool:
    """Return whether staff's hush has the air (an override of staff always names what it plays)."""
    return view.rank is Rank.OVERRIDE and not view.title


def is_emergency(view: PageView) -> bool:
    """Return whether an emergency has the air."""
    return view.rank >= Rank.EMERGENCY_COMMUNE and not view.silenced


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


def tongue(text: str) -> str:
    """Return the language of a sentence that came from elsewhere: what is written in ASCII is English."""
    return "en" if text.isascii() else "vi"


def what_of(refusal: Refusal, words: Words) -> str:
    """Return what was refused as people call it: a paper and its door, a hand, a file, or a title as it is."""
    what = refusal.what
    if f"hand.{what}" in WORDS:
        return words(f"hand.{what}")
    if HASH.fullmatch(what):
        return words("paper.file", name=what[:8])
    paper = PAPER.fullmatch(what)
    if paper is None or f"paper.{paper[1]}" not in WORDS or f"door.{paper[2]}" not in WORDS:
        return what
    return f"{words(f'paper.{paper[1]}')} ({words(f'door.{paper[2]}')})"


def bars_of(view: PageView) -> int:
    """Return how many of the meter's `BARS` are lit."""
    if not view.sounding or view.level_dbfs is None:
        return 0
    share = (view.level_dbfs - QUIETEST_DBFS) / -QUIETEST_DBFS
    return max(1, min(BARS, round(share * BARS)))


def clock_words(at: datetime, now: datetime, words: Words, *, up: bool = False) -> str:
    """Return an instant as people say it today: the hour, with the day where it is another one.

    With `up` a begun minute counts as whole: what "ends at 05:36" must be over by then.
    """
    at = at.astimezone(now.tzinfo)
    if up and (at.second or at.microsecond):
        at += timedelta(minutes=1)
    time = f"{at:%H:%M}"
    if at.date() == now.date():
        return words("today", time=time)
    midnight = at.hour == 0 and at.minute == 0
    if midnight and at.date() == now.date() + timedelta(days=1):
        return words("today", time="24:00")
    if at.date() == now.date() + timedelta(days=1):
        return words("tomorrow", time=time)
    return words("other-day", time=time, day=f"{at:%d/%m}")


def length_words(seconds: float) -> str:
    """Return a length as minutes and seconds, such as 2:05."""
    minutes, rest = divmod(max(0, round(seconds)), 60)
    return f"{minutes}:{rest:02d}"


def wait_words(seconds: float, words: Words) -> str:
    """Return a wait in seconds up to a minute and a half, then in whole minutes, rounded up."""
    whole = max(1, -int(-seconds // 1))
    return f"{whole} s" if whole <= 90 else words("minutes", n=-(-whole // 60))


def heed_of(view: PageView, words: Words) -> tuple[Heed, ...]:
    """Return what needs attention, the gravest first, each with what to do."""
    found: list[Heed] = []

    def add(key: str, *, grave: bool, **values: object) -> None:
        found.append(Heed(grave, words(f"heed.{key}", **values), words(f"heed.{key}.do")))

    if view.silenced:
        add("silenced", grave=True)
    if not view.assigned:
        add("unassigned", grave=True)
    found += [_hand_fault(fault, words) for fault in view.faults]
    if view.clock is Clock.UNKNOWN:
        add("clock", grave=True)
    if not view.central:
        add("central", grave=False)
    if view.programme_stale:
        add("stale", grave=False)
    if view.contents_missing:
        add("missing", grave=False, n=view.contents_missing)
    return tuple(sorted(found, key=lambda heed: not heed.grave))


def _hand_fault(fault: str, words: Words) -> Heed:
    hand, _, detail = fault.partition(": ")
    name = hand if f"hand.{hand}" in WORDS else "other"
    advice = "network" if hand in NETWORK else "store" if hand in STORE else name
    if f"hand.{advice}.do" not in WORDS:
        advice = "other"
    what = words("heed.hand", hand=words(f"hand.{name}"))
    grave = hand not in NETWORK
    return Heed(grave, what, words(f"hand.{advice}.do"), detail or fault)
