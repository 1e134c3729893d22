"""The live page: a stream of what changed, while somebody looks.

Law of the room: at most two repaints a second for each who looks, and at least one a second while
something sounds, runs or runs out. What is sent is the same for everybody and holds no secret.
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import suppress
from typing import Final

import msgspec

from edge.core.page import PageView
from edge.web import painter
from edge.web.counter import Counter
from edge.web.words import Language

SHORTEST_S: Final = 0.5
MOVING_S: Final = 1.0
IDLE_S: Final = 5.0
FRESH_S: Final = 0.2
MOST_LOOKERS: Final = 24


class Painting(msgspec.Struct, frozen=True):
    """The regions painted once for all, when, and whether it moves by itself."""

    regions: dict[str, str]
    mono_s: float
    moving: bool


class Live:
    """Streams of changed regions, with the painting shared by all who look."""

    def __init__(self, counter: Counter) -> None:
        """Look at `counter`; nothing is painted before somebody looks."""
        self._counter = counter
        self._last: dict[tuple[Language, painter.Watched], Painting] = {}
        self.lookers = 0

    def _paint(self, language: Language, page: painter.Watched, now_s: float) -> Painting:
        last = self._last.get((language, page))
        if last is not None and 0 <= now_s - last.mono_s < FRESH_S:
            return last
        view = self._counter.view()
        moving = (
            view.sounding
            or view.undo is not None
            or (page in ("check", "commission") and _runs(view))
        )
        painting = Painting(painter.regions(view, language, page), now_s, moving)
        self._last[language, page] = painting
        return painting

    async def stream(
        self, language: Language, page: painter.Watched = "home"
    ) -> AsyncGenerator[bytes, None]:
        """Yield server-sent events until the looker leaves; each holds the regions that changed, perhaps none."""
        sent: dict[str, str] = {}
        clock = asyncio.get_running_loop().time
        self.lookers += 1
        try:
            with self._counter.watched() as bell:
                yield b"retry: 2000\n\n"
                while True:
                    bell.clear()
                    now_s = clock()
                    painting = self._paint(language, page, now_s)
                    changed = {k: v for k, v in painting.regions.items() if sent.get(k) != v}
                    sent = painting.regions
                    yield b"event: paint\ndata: " + msgspec.json.encode(changed) + b"\n\n"
                    await asyncio.sleep(SHORTEST_S)
                    if painting.mono_s < now_s:  # somebody else's painting may lack the last turn
                        continue
                    nap_s = MOVING_S if painting.moving else IDLE_S
                    with suppress(TimeoutError):
                        await asyncio.wait_for(bell.wait(), nap_s - SHORTEST_S - 0.05)
        finally:
            self.lookers -= 1


def _runs(view: PageView) -> bool:
    tested = view.test is not None and view.test.running
    return tested or (view.trial is not None and view.trial.running)
