"""The chores: housekeeping times, and nothing else.

Law of the room: a job's whole body is to post `ChoreDue`; what is on air is never decided here. The
library counts in the machine's local wall time, so all is registered anew when that clock steps.
"""

import logging
from collections.abc import Callable
from typing import Final, Literal

import schedule

from edge.core.events import ChoreDue, Happening
from edge.core.moment import Moment

log = logging.getLogger(__name__)

STEP_S: Final = 5.0
Name = Literal["sync", "health", "scrub", "day"]


class Chores:
    """Posts `ChoreDue` at its times; `tick` is called about once a second and never raises nor waits."""

    def __init__(
        self,
        post: Callable[[Happening], None],
        clock: Callable[[], Moment],
        free_bytes: Callable[[], int],
        *,
        sync_s: int = 60,
        health_s: int = 60,
        scrub_at: str = "02:40",
    ) -> None:
        """Register all chores; `free_bytes` is what the shelf's disk has left, told with each event."""
        self._post = post
        self._clock = clock
        self._free_bytes = free_bytes
        self._sync_s = sync_s
        self._health_s = health_s
        self._scrub_at = scrub_at
        self.scheduler = schedule.Scheduler()
        self._offset_s = self._offset()
        self._register()

    def tick(self) -> None:
        """Post what is due."""
        offset_s = self._offset()
        if abs(offset_s - self._offset_s) > STEP_S:
            log.info(
                "wall clock stepped by_s=%.0f; chores registered anew", offset_s - self._offset_s
            )
            self._register()
            self._due("day")
        self._offset_s = offset_s
        self.scheduler.run_pending()

    def _register(self) -> None:
        every = self.scheduler
        every.clear()
        every.every(self._sync_s).seconds.do(self._due, "sync")
        every.every(self._health_s).seconds.do(self._due, "health")
        every.every(self._sync_s).seconds.do(self._due, "readiness")
        every.every().day.at(self._scrub_at).do(self._due, "scrub")
        every.every().day.at("00:00:01").do(self._due, "day")

    def _due(self, name: Name) -> None:
        try:
            free_bytes = self._free_bytes()
        except OSError:  # a card that cannot even be asked has no room
            free_bytes = 0
        self._post(ChoreDue(name=name, storage_free_bytes=free_bytes))

    def _offset(self) -> float:
        moment = self._clock()
        return moment.wall.timestamp() - moment.mono_s
