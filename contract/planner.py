"""A day as it will sound: who plays when, who gives way, what the policy refuses and why.

Law of the room: the preview is made of the very answers the edge obeys (`stretches`, `precedence`,
`verdict`), simulated from midnight to midnight as if nothing but the programme sounded.
"""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import msgspec

from contract.calendar import instant_of, midnight_after
from contract.documents import LateRule, Level, Policy, Programme, Rank, Sha256, Slot
from contract.policy import Verdict, hours_words, verdict
from contract.timeline import Cue, Stretch, opens_before, stretches

SKIP_AFTER: Final = timedelta(seconds=5)
"""Later than this, an item whose slot says "skip" does not start any more."""

_LATE: Final = Verdict(
    allowed=False, code="late", why="Đã quá giờ bắt đầu và lịch yêu cầu bỏ qua khi trễ."
)
_A_DAY: Final = timedelta(days=1)


class Planned(msgspec.Struct, frozen=True):
    """A piece of a day, from `start` to before `end`: one item of a slot, and what becomes of it.

    It sounds when `verdict` allows it and `displaced_by` names no other slot. An item with the late
    rule "skip" that lost its beginning or was cut off stays silent for the reason it was silenced.
    """

    start: datetime
    end: datetime
    slot: Slot
    index: int
    content: Sha256
    verdict: Verdict
    displaced_by: str | None = None
    opens: datetime | None = None

    @property
    def key(self) -> str:
        """Return the key of the cue this is a piece of; empty for a piece made by hand."""
        return f"{self.slot.id}/{self.opens:%Y%m%dT%H%M%SZ}/{self.index}" if self.opens else ""

    @property
    def sounds(self) -> bool:
        """Return whether this piece is heard."""
        return self.verdict.allowed and self.displaced_by is None


def plan(programme: Programme, policy: Policy, day: date) -> tuple[Planned, ...]:
    """Return the whole local `day` in order, with what the day before still plays after midnight."""
    zone = ZoneInfo(programme.time_zone)
    start, end = instant_of(day, time(0), zone), midnight_after(day, zone)
    counted = _Counted(programme, policy)
    if opens_before(programme, start):  # the evening before bears on this day
        for stretch in stretches(programme, instant_of(day - _A_DAY, time(0), zone), start):
            for _ in _pieces(stretch, counted):
                pass
    counted.day_s = 0.0
    found: list[Planned] = []
    last_of: dict[_Mark, int] = {}
    for stretch in stretches(programme, start, end):
        for cue, piece in _pieces(stretch, counted):
            at = last_of.get(_mark(cue))
            if at is not None and _continues(found[at], piece):
                found[at] = msgspec.structs.replace(found[at], end=piece.end)
            else:
                last_of[_mark(cue)] = len(found)
                found.append(piece)
    return tuple(found)


def warnings(programme: Programme, policy: Policy, day: date) -> tuple[str, ...]:
    """Return what a planner should know about `day`, one Vietnamese sentence per slot and reason.

    The reasons are an overlap that another slot wins, quiet hours, and the two quotas.
    """
    zone = ZoneInfo(programme.time_zone)
    titles = {slot.id: slot.title for slot in programme.slots}
    silent: dict[tuple[str, str, str], list[Planned]] = {}
    for piece in plan(programme, policy, day):
        if not piece.sounds:
            reason = (piece.slot.id, piece.verdict.code, piece.displaced_by or "")
            silent.setdefault(reason, []).append(piece)
    found: list[str] = []
    for (slot, _, by), pieces in silent.items():
        start, end = pieces[0].start.astimezone(zone), pieces[-1].end.astimezone(zone)
        length = _length_words(sum((p.end - p.start for p in pieces), timedelta(0)))
        what = f"“{titles[slot]}” không phát {length} trong khoảng {hours_words(start, end)}"
        why = f"trùng lịch phát, nhường “{titles[by]}”." if by else pieces[0].verdict.why
        found.append(f"{what}: {why}")
    return tuple(found)


_Mark = tuple[str, datetime, int]  # one sounding of one item, told apart faster than by its key


def _mark(cue: Cue) -> _Mark:
    return cue.slot.id, cue.opens, cue.index


class _Counted:
    """What has sounded so far in the simulation, and why an item was silenced."""

    def __init__(self, programme: Programme, policy: Policy) -> None:
        self.programme = programme
        self.policy = policy
        self.day_s = 0.0
        self.sessions_s: dict[tuple[str, date], float] = {}
        self.silenced: dict[_Mark, tuple[Verdict, str | None]] = {}
        self.sounded: set[_Mark] = set()

    def judge(self, cue: Cue, at: datetime) -> Verdict:
        """Return the policy's word on a cue at `at`."""
        rank = Rank.PRIORITY if cue.slot.level is Level.PRIORITY else Rank.NORMAL
        session_s = self.sessions_s.get((cue.slot.id, cue.day), 0.0)
        zone = self.programme.time_zone
        return verdict(self.policy, zone, at, rank, session_s, self.day_s)

    def may_start(self, cue: Cue, at: datetime) -> bool:
        """Return whether the late rule lets a cue sound at `at`: on, anew, or for the first time."""
        if cue.slot.late is not LateRule.SKIP or at - cue.since <= SKIP_AFTER:
            return True
        begun = _mark(cue) in self.sounded or cue.since >= self.programme.not_before
        return begun and _mark(cue) not in self.silenced

    def sound(self, cue: Cue, span: timedelta) -> None:
        """Count what sounds, and forget that it was silenced."""
        self.silenced.pop(_mark(cue), None)
        self.sounded.add(_mark(cue))
        session, span_s = (cue.slot.id, cue.day), span.total_seconds()
        self.sessions_s[session] = self.sessions_s.get(session, 0.0) + span_s
        self.day_s += span_s


def _pieces(stretch: Stretch, counted: _Counted) -> Iterator[tuple[Cue, Planned]]:
    """Yield the pieces of a stretch, cut wherever the policy's word may change inside it."""
    at = stretch.since
    while at < stretch.until:
        said = [(cue, counted.judge(cue, at)) for cue in stretch.cues]
        changes = [word.until for _, word in said if word.until is not None]
        until = min([stretch.until, *changes])
        standing = (cue for cue, word in said if word.allowed and counted.may_start(cue, at))
        winner = next(standing, None)
        for cue, word in said:
            own, by = (word, None) if cue is winner else _fate(cue, word, winner, at, counted)
            yield cue, Planned(at, until, cue.slot, cue.index, cue.content, own, by, cue.opens)
        if winner is not None:
            counted.sound(winner, until - at)
        at = until


def _fate(
    cue: Cue, word: Verdict, winner: Cue | None, at: datetime, counted: _Counted
) -> tuple[Verdict, str | None]:
    """Return the policy's word on a silent cue and the slot that displaces it, and remember it."""
    if word.allowed and not counted.may_start(cue, at):
        return counted.silenced.setdefault(_mark(cue), (_LATE, None))
    fate = word, winner.slot.id if word.allowed and winner is not None else None
    counted.silenced[_mark(cue)] = fate
    return fate


def _continues(before: Planned, piece: Planned) -> bool:
    same_word = before.verdict.code == piece.verdict.code
    return same_word and before.displaced_by == piece.displaced_by


def _length_words(span: timedelta) -> str:
    minutes, seconds = divmod(max(1, round(span.total_seconds())), 60)
    words = [f"{minutes} phút"] if minutes else []
    return " ".join([*words, f"{seconds} giây"] if seconds else words)
