"""Today: the items of the day as staff ask about them, and the log by days.

Law of the room: pure; grouping and order only, the sentences come from the core.
"""

from collections.abc import Sequence
from datetime import date
from typing import Final

import msgspec

from edge.core.page import NextView, NoteKind, NoteView, PageView, TodayState, TodayView
from edge.web import faces
from edge.web.phrases import day_words
from edge.web.words import Words

AHEAD: Final = frozenset({TodayState.COMING, TodayState.ON_AIR})


class Day(msgspec.Struct, frozen=True):
    """One day of the log: its name and its lines, the newest first."""

    name: str
    lines: tuple[NoteView, ...]


def ahead_of(view: PageView) -> tuple[TodayView, ...]:
    """Return what sounds now and what is still to come today, also what will be refused."""
    return tuple(
        item for item in joined(view.today) if item.state in AHEAD or _is_to_come(item, view)
    )


def behind_of(view: PageView) -> tuple[TodayView, ...]:
    """Return what is over today, the newest first."""
    ahead = ahead_of(view)
    return tuple(item for item in joined(view.today) if item not in ahead)[::-1]


def later_of(view: PageView) -> tuple[NextView, ...]:
    """Return what comes after midnight within the hours that the page looks ahead."""
    today = view.now.date()
    return tuple(item for item in faces.coming_of(view) if item.start.date() > today)


def joined(items: Sequence[TodayView]) -> tuple[TodayView, ...]:
    """Return the items with those joined that follow each other and mean the same to a listener."""
    whole: list[TodayView] = []
    for item in items:
        last = whole[-1] if whole else None
        if last is not None and _alike(last, item):
            whole[-1] = msgspec.structs.replace(last, end=item.end)
        else:
            whole.append(item)
    return tuple(whole)


def _alike(one: TodayView, next_one: TodayView) -> bool:
    same = (one.title, one.state, one.why) == (next_one.title, next_one.state, next_one.why)
    return same and one.end == next_one.start and one.state is not TodayState.ON_AIR


def _is_to_come(item: TodayView, view: PageView) -> bool:
    return item.end > view.now and item.state in {TodayState.REFUSED, TodayState.DISPLACED}


def days_of(log: Sequence[NoteView], kind: NoteKind | None, today: date, words: Words) -> list[Day]:
    """Return the log by days, the newest day and line first; of one `kind`, or of all."""
    lines = sorted(
        (line for line in log if kind is None or line.kind is kind),
        key=lambda line: line.at,
        reverse=True,
    )
    days: dict[date, list[NoteView]] = {}
    for line in lines:
        days.setdefault(line.at.date(), []).append(line)
    return [Day(day_words(day, today, words), tuple(found)) for day, found in days.items()]
