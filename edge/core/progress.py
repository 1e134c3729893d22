"""Windows that do not follow the clock alone: items held after a break, played whole though late, or skipped.

Law of the room: pure. A window's items may run behind their plan; its close never moves. The plan itself
stays the contract's (`timeline`), asked with how far behind each window is.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

import msgspec

from contract import timeline
from contract.documents import AfterBreak, LateRule, Programme
from contract.timeline import Cue
from edge.core.desk import Desk, OpenPlay, Progress
from edge.core.events import Ending, PlayerEnded
from edge.core.moment import Moment

replace = msgspec.structs.replace

SECOND: Final = timedelta(seconds=1)
NEARLY_OVER_MS: Final = 1_000
WITHIN_S: Final = 0.001  # what begins now lies inside its item, never a rounding before it


def behind(desk: Desk) -> dict[str, float]:
    """Return how many seconds each window runs behind its plan."""
    return {session: p.behind_s for session, p in desk.progress.items() if p.behind_s}


def cues_at(desk: Desk, now: Moment) -> tuple[tuple[Cue, int], ...]:
    """Return the cues due now in order of precedence, each with where in it to begin, in ms (-1: as the clock says)."""
    programme = desk.word.programme
    if programme is None:
        return ()
    due = {c.session: (c, -1) for c in _stretch(desk, now.wall).cues}
    for session, progress in desk.progress.items():
        held = progress.held
        if held is not None and held.opens <= now.wall < progress.closes:
            due[session] = (_going_on(progress, held, now.wall), progress.place_ms)
    return tuple(sorted(due.values(), key=lambda pair: timeline.precedence(pair[0])))


def _stretch(desk: Desk, instant: datetime) -> timeline.Stretch:
    programme = desk.word.programme
    if programme is None:
        return timeline.Stretch((), instant, instant + timedelta(hours=1))
    return timeline.stretch_at(programme, instant, behind(desk))


def next_change(desk: Desk, instant: datetime) -> datetime:
    """Return the first instant after `instant` at which other cues may be due."""
    closes = [p.closes for p in desk.progress.values() if p.held and p.closes > instant]
    return min([_stretch(desk, instant).until, *closes])


def _going_on(progress: Progress, held: Cue, instant: datetime) -> Cue:
    """Return the held item as it lies when it goes on now."""
    since = instant - timedelta(milliseconds=progress.place_ms)
    return replace(held, since=since, until=min(since + (held.until - held.since), progress.closes))


def begun(
    progress: Mapping[str, Progress], cue: Cue, place_ms: int, now: Moment
) -> Mapping[str, Progress]:
    """Return the progress once an item starts sounding: what was held goes on, what is late pushes the rest."""
    before = progress.get(cue.session, Progress(closes=cue.closes))
    begins = now.wall - timedelta(milliseconds=place_ms)
    if before.held is not None and before.held.key == cue.key:
        late_s = (begins - before.held.since) / SECOND
    else:
        late_s = (begins - cue.since) / SECOND
        if cue.slot.late is not LateRule.WHOLE or place_ms > 0 or late_s <= 1.0:
            return progress
    behind_s = before.behind_s + late_s - WITHIN_S
    return {**progress, cue.session: Progress(closes=cue.closes, behind_s=behind_s)}


def broken(
    progress: Mapping[str, Progress], play: OpenPlay, event: PlayerEnded
) -> Mapping[str, Progress]:
    """Return the progress after an item lost the air or its engine: it is held where its slot says so."""
    cue = play.cue
    if cue is None or cue.slot.live is not None or event.ending is Ending.FINISHED:
        return progress
    rule = cue.slot.after_break
    reached_ms = play.from_ms + event.played_ms
    if play.length_ms and reached_ms > play.length_ms - NEARLY_OVER_MS:
        return progress  # its place was over; the next item has it
    under_way = reached_ms > 0
    if event.ending is Ending.FAILED and under_way and rule is AfterBreak.JOIN:
        # its engine died under it: nobody chose to leave out the rest
        rule = AfterBreak.JOIN if cue.slot.late is LateRule.JOIN else AfterBreak.RESUME
    if rule is AfterBreak.JOIN:
        return progress
    place_ms = reached_ms if rule is AfterBreak.RESUME else 0
    before = progress.get(cue.session, Progress(closes=cue.closes))
    whole = msgspec.structs.replace(cue, until=cue.since + _length(cue, play))
    return {**progress, cue.session: replace(before, held=whole, place_ms=place_ms)}


def _length(cue: Cue, play: OpenPlay) -> timedelta:
    planned = cue.until - cue.since
    return max(planned, timedelta(milliseconds=play.length_ms))


def skipped(progress: Mapping[str, Progress], cue: Cue, now: Moment) -> Mapping[str, Progress]:
    """Return the progress after staff skipped an item: the next one comes at once."""
    before = progress.get(cue.session, Progress(closes=cue.closes))
    left_s = (cue.until - now.wall) / SECOND
    return {
        **progress,
        cue.session: Progress(closes=cue.closes, behind_s=before.behind_s - max(0.0, left_s)),
    }


def under(
    progress: Mapping[str, Progress], before: Programme | None, programme: Programme
) -> Mapping[str, Progress]:
    """Return the progress of the windows whose slot a newer programme leaves as it was."""
    old = {slot.id: slot for slot in before.slots} if before else {}
    same = {slot.id for slot in programme.slots if old.get(slot.id) == slot}
    return {s: p for s, p in progress.items() if s.rpartition("/")[0] in same}


def current(progress: Mapping[str, Progress], now: Moment) -> Mapping[str, Progress]:
    """Return the progress without the windows that have closed."""
    if all(now.wall < p.closes for p in progress.values()):
        return progress
    return {session: p for session, p in progress.items() if now.wall < p.closes}
