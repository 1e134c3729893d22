"""How long the plan of a week takes, and one answer of the timeline; run it by `python bench/plan.py`.

Bars: a week for one appliance at most 5 ms; `stretch_at` over 200 slots at most 1 ms. The week is a
commune's: three broadcasts a day with their items, a weekly and a lunar slot, quiet hours and quotas.
"""

import statistics
import time as clock
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from sys import path

path.insert(0, str(Path(__file__).resolve().parents[1]))

from contract.documents import (
    Content,
    Daily,
    DeviceId,
    Level,
    Lunar,
    Policy,
    Programme,
    Sha256,
    Slot,
    Weekdays,
)
from contract.planner import plan
from contract.timeline import next_cue_after, stretch_at

FIRST_DAY = date(2026, 11, 23)
START = datetime(2026, 11, 22, 17, 0, tzinfo=UTC)
POLICY = Policy(max_minutes_per_session=60, max_minutes_per_day=180)


def content(number: int, minutes: float) -> Content:
    """Return a content of so many minutes."""
    return Content(
        sha256=Sha256(f"{number:064x}"),
        size_bytes=1_000,
        duration_ms=int(minutes * 60_000),
        mime="audio/mpeg",
        title=f"Bản tin {number}",
    )


def programme(slots: tuple[Slot, ...], contents: tuple[Content, ...]) -> Programme:
    """Return a programme that is valid for the week."""
    return Programme(
        device=DeviceId("a" * 16),
        assignment_epoch=1,
        version=1,
        issued=START,
        not_before=START,
        soft_expires=START + timedelta(days=9),
        expires=START + timedelta(days=9),
        slots=slots,
        contents=contents,
    )


def commune() -> Programme:
    """Return a commune's week: dawn, noon and evening of 12 items, a ưu tiên notice, a lunar day."""
    contents = tuple(content(n, 1 + n % 7) for n in range(40))
    items = tuple(c.sha256 for c in contents)
    day = Daily()
    slots = (
        Slot(
            id="sang",
            title="Sáng",
            recurrence=day,
            start=time(5, 30),
            window_s=3600,
            items=items[:12],
        ),
        Slot(
            id="trua",
            title="Trưa",
            recurrence=day,
            start=time(11),
            window_s=1800,
            items=items[12:18],
        ),
        Slot(
            id="chieu",
            title="Chiều",
            recurrence=day,
            start=time(17),
            window_s=3600,
            items=items[18:30],
        ),
        Slot(
            id="thong-bao",
            title="Thông báo",
            recurrence=Weekdays(days=frozenset({1, 3, 5})),
            start=time(17, 15),
            window_s=600,
            items=items[30:32],
            level=Level.PRIORITY,
        ),
        Slot(
            id="ram",
            title="Rằm",
            recurrence=Lunar(days=frozenset({1, 15})),
            start=time(20),
            window_s=5400,
            items=items[32:],
            loop=True,
        ),
    )
    return programme(slots, contents)


def crowded() -> Programme:
    """Return 200 daily slots of three items each, spread over the day."""
    contents = tuple(content(n, 2) for n in range(30))
    slots = tuple(
        Slot(
            id=f"s{n}",
            title=f"Khung {n}",
            recurrence=Daily(),
            start=time(n * 7 // 60 % 24, n * 7 % 60),
            window_s=900,
            items=tuple(c.sha256 for c in contents[n % 27 : n % 27 + 3]),
        )
        for n in range(200)
    )
    return programme(slots, contents)


def show(what: str, call: Callable[[], object], rounds: int) -> None:
    """Print the median and the slowest of `rounds` calls, in milliseconds."""
    took: list[float] = []
    for _ in range(rounds):
        begun = clock.perf_counter()
        call()
        took.append((clock.perf_counter() - begun) * 1e3)
    took.sort()
    p99 = took[int(len(took) * 0.99)]
    print(f"{what:58} median {statistics.median(took):8.3f} ms   p99 {p99:8.3f} ms")


def week(of: Programme) -> int:
    """Plan seven days and return the number of pieces."""
    return sum(len(plan(of, POLICY, FIRST_DAY + timedelta(days=n))) for n in range(7))


def main() -> None:
    """Measure, cold (a programme never seen) and warm."""
    own, many = commune(), crowded()
    print(f"pieces in the commune's week: {week(own)}, in the crowded week: {week(many)}")
    show("plan of a commune's week, programme just built (bar 5 ms)", lambda: week(commune()), 100)
    show("plan of a commune's week, again (bar 5 ms)", lambda: week(own), 100)
    show("plan of a week of 200 daily slots", lambda: week(many), 10)
    instants = iter(START + timedelta(seconds=61 * n) for n in range(100_000))
    show("stretch_at, 200 slots (bar 1 ms)", lambda: stretch_at(many, next(instants)), 5_000)
    show(
        "next_cue_after six hours, 200 slots",
        lambda: next_cue_after(many, next(instants), 21_600),
        2_000,
    )


if __name__ == "__main__":
    main()
