"""What a programme plays at an instant, and exactly until when: one answer for central and edge.

Law of the room: a pure function of programme and instant; who may sound, and how loud, is not asked here.
Windows include their opening and exclude their closing instant.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime, timedelta
from typing import Final

import msgspec

from contract.documents import Level, Programme, Sha256, Slot
from contract.windows import DAY_US, HOUR_US, Window, instant_at, layout_of, us_of

Behind = Mapping[str, float]
"""How many seconds a window's items run behind their plan (negative: ahead), by `Cue.session`."""

ON_TIME: Final[Behind] = {}


class Cue(msgspec.Struct, frozen=True):
    """One item of a slot's window, due to sound.

    The window runs from `opens` to before `closes` and belongs to local `day`; this is its `index`-th
    item, counted from 0 over all rounds. The item starts at `since`; `until` is its end, cut where
    the window closes or the programme expires. Of a live slot the one item is the whole window, and
    `content` the name under which its source is approved.
    """

    slot: Slot
    day: date
    opens: datetime
    closes: datetime
    index: int
    content: Sha256
    since: datetime
    until: datetime

    @property
    def key(self) -> str:
        """Return a name unique to this one sounding of this item, in ASCII."""
        return f"{self.slot.id}/{self.opens:%Y%m%dT%H%M%SZ}/{self.index}"

    @property
    def session(self) -> str:
        """Return a name unique to this occurrence of the slot, whose minutes are counted together."""
        return f"{self.slot.id}/{self.day}"


class Stretch(msgspec.Struct, frozen=True):
    """What is due, alike from `since` to before `until`; the cue that stands first wins."""

    cues: tuple[Cue, ...]
    since: datetime
    until: datetime


def precedence(cue: Cue) -> tuple[int, int, int, str, int]:
    """Return what to sort by: the smallest wins.

    Priority before normal; among priority the smaller `order`; then the window that opened later;
    then the slot's id.
    """
    first = cue.slot.level is Level.PRIORITY
    order = cue.slot.order if first else 0
    return (0 if first else 1, order, -us_of(cue.opens), cue.slot.id, -cue.day.toordinal())


def stretch_at(programme: Programme, instant: datetime, behind: Behind = ON_TIME) -> Stretch:
    """Return what `programme` plays at `instant`, and the first instant at which that may change.

    `until` is exact, or one hour after `instant` where nothing changes before. Before `not_before`
    and from `expires` on there is nothing. Windows in `behind` play their items so much later, and
    still close in time.
    """
    at, over = us_of(instant), us_of(programme.expires)
    valid = us_of(programme.not_before)
    if at >= over:
        return Stretch((), instant_at(max(over, at - HOUR_US)), instant_at(at + HOUR_US))
    if at < valid:
        ahead = stretch_at(programme, programme.not_before)
        first = programme.not_before if ahead.cues else ahead.until
        return Stretch((), instant_at(at - HOUR_US), min(first, instant_at(at + HOUR_US)))
    windows = layout_of(programme).between(at - HOUR_US, at + HOUR_US)
    closed = [w.closes for w in windows if w.closes <= at]
    to_open = [w.opens for w in windows if w.opens > at]
    open_now = [w for w in windows if w.opens <= at < w.closes]
    cues, held, change = _sounding(open_now, at, over, behind)
    since = max(valid, at - HOUR_US, held, *closed)
    until = min(at + HOUR_US, change, *to_open)
    if until >= over:
        until = over if cues else at + HOUR_US
    return Stretch(cues, instant_at(since), instant_at(until))


def stretches(programme: Programme, since: datetime, until: datetime) -> Iterator[Stretch]:
    """Yield what is due from `since` to before `until`, in order, without the silent stretches."""
    over = us_of(programme.expires)
    at = max(us_of(since), us_of(programme.not_before))
    end = min(us_of(until), over)
    coming = layout_of(programme).between(at, end) if at < end else []
    coming.sort(key=lambda window: -window.opens)
    open_now: list[Window] = []
    while at < end:
        while coming and coming[-1].opens <= at:
            open_now.append(coming.pop())
        open_now = [window for window in open_now if window.closes > at]
        cues, _, change = _sounding(open_now, at, over)
        change = min(change, end, coming[-1].opens if coming else end)
        if cues:
            yield Stretch(cues, instant_at(at), instant_at(change))
        at = change


def needed(programme: Programme, since: datetime, until: datetime) -> frozenset[Sha256]:
    """Return every content that a window open between these instants may sound, and the filler."""
    listed = {programme.filler} if programme.filler is not None else set()
    for window in layout_of(programme).between(us_of(since), us_of(until)):
        listed.update(window.shape.slot.items)
    return frozenset(listed)


def opens_before(programme: Programme, instant: datetime) -> bool:
    """Return whether a window that is open at `instant` opened before it."""
    at = us_of(instant)
    return any(window.opens < at for window in layout_of(programme).between(at, at))


def next_cue_after(programme: Programme, instant: datetime, horizon_s: float) -> tuple[Cue, ...]:
    """Return all cues of the earliest start after `instant`, if it is at most `horizon_s` away.

    An item under way when the programme becomes valid begins at `not_before`, though its `since`
    is earlier.
    """
    end = instant + timedelta(seconds=horizon_s)
    if instant < programme.not_before:
        if programme.not_before > end:
            return ()
        under_way = stretch_at(programme, programme.not_before).cues
        if under_way:
            return under_way
        instant = programme.not_before
    at, over = us_of(instant), us_of(programme.expires)
    last = min(us_of(end), over - 1)
    starts: list[tuple[int, Window]] = []
    for window in layout_of(programme).between(at, last):
        start = window.opens + window.shape.next_start(at - window.opens)
        if start <= last and start < window.closes:
            starts.append((start, window))
    if not starts:
        return ()
    earliest = min(start for start, _ in starts)
    return _sounding([window for start, window in starts if start == earliest], earliest, over)[0]


def _sounding(
    open_now: Iterable[Window], at: int, over: int, behind: Behind = ON_TIME
) -> tuple[tuple[Cue, ...], int, int]:
    """Return the cues of open windows at `at`, and the span around it in which these do not change."""
    cues: list[Cue] = []
    held, change = at - DAY_US, at + DAY_US
    for window in open_now:
        opens = window.opens
        if behind:
            opens += round(behind.get(f"{window.shape.slot.id}/{window.day}", 0.0) * 1_000_000)
        elapsed = max(0, at - opens)
        item = window.shape.item_at(elapsed)
        if item is None:
            held = max(held, opens + window.shape.last_end(elapsed))
            start = opens + window.shape.next_start(elapsed)
            if start < window.closes:
                change = min(change, start)
            continue
        index, start, end = item
        since, until = opens + start, min(opens + end, window.closes, over)
        held, change = max(held, since), min(change, until)
        cues.append(_cue(window, index, since, until))
    if len(cues) > 1:
        cues.sort(key=precedence)
    return tuple(cues), held, change


def _cue(window: Window, index: int, since: int, until: int) -> Cue:
    slot = window.shape.slot
    live = slot.live
    content = slot.items[index % len(slot.items)] if live is None else live.approved_as
    return Cue(
        slot,
        window.day,
        instant_at(window.opens),
        instant_at(window.closes),
        index,
        content,
        instant_at(since),
        instant_at(until),
    )
