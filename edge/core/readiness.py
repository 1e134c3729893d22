"""Readiness: can this appliance sound what comes next, and if not, why not; when to look, and the look's course.

Law of the room: pure, and without a sound. Half an hour before each window, and whenever somebody asks, what
the desk knows is laid beside what the hands find. A readiness speaks for its own window and that half hour
only: neither another window's, nor a self-test, nor one asked for long before stands in for it.
"""

from datetime import timedelta
from typing import Final

import msgspec

from contract import timeline
from contract.documents import Check, Readiness
from contract.timeline import Cue
from edge.core import drills, findings, self_test
from edge.core.desk import Desk, Inspecting, noted
from edge.core.events import Inspected
from edge.core.moment import Moment
from edge.core.orders import Ask, Inspect
from edge.core.page import NoteKind
from edge.core.self_test import TEST

BEFORE: Final = timedelta(minutes=30)
ASKED_HORIZON: Final = timedelta(days=1)
AGAIN_S: Final = 300.0  # what was not ready is looked after again, until it starts
ANSWERS: Final = 2  # the shelf's and the player's
PATIENCE_S: Final = 20.0
MOST_CONTENTS: Final = 12
MOST_CHECKS: Final = 40  # the bound of the document
MOST_SEEN: Final = 32

replace = msgspec.structs.replace


def due(desk: Desk, now: Moment) -> Desk:
    """Return the desk asking for a look where a window opens within half an hour and was not found ready.

    The first look is taken at once, further ones `AGAIN_S` after the last.
    """
    cues = _coming(desk, now, BEFORE)
    if not cues:
        return desk
    last_mono_s = desk.checks.seen.get(_window(cues[0]))
    lately = last_mono_s is not None and now.mono_s - last_mono_s < AGAIN_S
    if lately or _found_ready(desk, cues[0]):
        return desk
    return replace(desk, checks=replace(desk.checks, asked=True))


def look(desk: Desk, now: Moment) -> tuple[Desk, tuple[Ask, ...]]:
    """Return the desk with a look under way where one is due, and the order for it."""
    desk = _closed(desk, now)
    checks = desk.checks
    if checks.inspecting is not None:
        return desk, ()
    if self_test.wants_look(desk):
        cues = _coming(desk, now, ASKED_HORIZON)
        return _inspect(desk, now, of=TEST, title="Tự kiểm tra", cues=cues)
    if checks.drills:
        desk, orders = _inspect(
            desk, now, of=drills.OF + checks.drills[0], title="Kiểm tra cảnh báo", cues=()
        )
        return _with(desk, drills.own(desk)), orders
    if not checks.asked:
        return desk, ()
    cues = _coming(desk, now, ASKED_HORIZON)
    if not cues:
        desk = replace(desk, checks=replace(checks, asked=False))
        return _inspect(desk, now, of="asked", title="Không có lịch trong 24 giờ tới", cues=())
    of = _window(cues[0])
    seen = dict(list(checks.seen.items())[-MOST_SEEN:]) | {of: now.mono_s}
    desk = replace(desk, checks=replace(checks, asked=False, seen=seen))
    return _inspect(desk, now, of=of, title=cues[0].slot.title, cues=cues)


def answered(desk: Desk, event: Inspected) -> Desk:
    """Return the desk with a hand's findings."""
    inspecting = desk.checks.inspecting
    if inspecting is None or inspecting.of != event.of:
        return desk
    inspecting = replace(
        inspecting,
        answers=inspecting.answers + 1,
        checks=(*inspecting.checks, *event.checks)[:MOST_CHECKS],
    )
    return replace(desk, checks=replace(desk.checks, inspecting=inspecting))


def waits_s(desk: Desk, now: Moment) -> list[float]:
    """Return in how many seconds the hands have had their time to answer."""
    inspecting = desk.checks.inspecting
    return [inspecting.since_mono_s + PATIENCE_S - now.mono_s] if inspecting is not None else []


def _found_ready(desk: Desk, first: Cue) -> bool:
    """Return whether the window that opens with `first` was found ready in the half hour before it."""
    last = desk.checks.readiness
    if last is None or last.of != _window(first) or last.at < first.opens - BEFORE:
        return False
    return last.ready


def _window(cue: Cue) -> str:
    """Return what a readiness of the window that opens with this cue is `of`."""
    return f"slot/{cue.key}"


def _coming(desk: Desk, now: Moment, horizon: timedelta) -> tuple[Cue, ...]:
    """Return the first item of the next window to open, and of those that open with it."""
    programme = desk.word.programme
    if programme is None:
        return ()
    at, end = now.wall, now.wall + horizon
    for _ in range(40):  # items of a running window come first; they are not what is asked
        cues = timeline.next_cue_after(programme, at, max(0.0, (end - at).total_seconds()))
        opening = tuple(c for c in cues if c.since == c.opens and c.opens > now.wall)
        if opening or not cues:
            return opening
        at = cues[0].since
    return ()


def _inspect(
    desk: Desk, now: Moment, *, of: str, title: str, cues: tuple[Cue, ...]
) -> tuple[Desk, tuple[Ask, ...]]:
    contents = tuple(dict.fromkeys(sha for cue in cues for sha in cue.slot.items))
    inspecting = Inspecting(
        of=of,
        title=title,
        starts=cues[0].since if cues else now.wall,
        since_mono_s=now.mono_s,
        checks=findings.own(desk, now, cues, contents),
    )
    desk = replace(desk, checks=replace(desk.checks, inspecting=inspecting))
    on_shelf = tuple(sha for sha in contents[:MOST_CONTENTS] if sha in desk.shelf)
    return desk, (Inspect(of=of, contents=on_shelf),)


def _with(desk: Desk, checks: tuple[Check, ...]) -> Desk:
    """Return the desk with these findings beside those of the look just begun."""
    inspecting = desk.checks.inspecting
    if inspecting is None:
        return desk
    inspecting = replace(inspecting, checks=(*inspecting.checks, *checks))
    return replace(desk, checks=replace(desk.checks, inspecting=inspecting))


def _closed(desk: Desk, now: Moment) -> Desk:
    """Return the desk with the look finished, once all have answered or have had their time."""
    inspecting = desk.checks.inspecting
    if inspecting is None:
        return desk
    late = now.mono_s - inspecting.since_mono_s >= PATIENCE_S
    if inspecting.answers < ANSWERS and not late:
        return desk
    found = inspecting.checks
    if inspecting.answers < ANSWERS:
        why = "Có bộ phận không trả lời khi được hỏi: khởi động lại thiết bị nếu lặp lại."
        found = (*found[: MOST_CHECKS - 1], Check(name="hands", ok=False, why=why))
    if inspecting.of.startswith(drills.OF):
        desk = replace(desk, checks=replace(desk.checks, inspecting=None))
        return drills.judged(desk, inspecting.of, found, now)
    test = desk.checks.test
    if inspecting.of == TEST and test is not None:
        found = (*test.checks, *found)[:MOST_CHECKS]
        test = replace(test, checks=found, running=False)
    readiness = Readiness(
        at=now.wall,
        of=inspecting.of,
        title=inspecting.title,
        starts=inspecting.starts,
        checks=found,
    )
    untold = replace(desk.untold, readiness=(*desk.untold.readiness, readiness))
    kept = desk.checks.readiness if inspecting.of == TEST else readiness
    checks = replace(desk.checks, inspecting=None, readiness=kept, test=test)
    desk = replace(desk, checks=checks, untold=untold)
    bad = next((c.why for c in found if not c.ok), "")
    word = "sẵn sàng" if not bad else f"chưa sẵn sàng: {bad}"
    return noted(desk, now.wall, NoteKind.MACHINE, f"{inspecting.title}: {word}")
