"""The steered clocks of a rehearsal: true time that jumps from job to job, and a system clock that may be wrong.

Law of the room: nothing sleeps and nothing asks the machine's clock. Jobs of a dead life of the appliance are
dropped, as a kill drops them.
"""

import heapq
from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import count

Job = Callable[[], None]


class Clockwork:
    """True time since `begins`, the jobs to come, and the machine's own clocks."""

    def __init__(self, begins: datetime) -> None:
        self.begins = begins
        self.elapsed_s = 0.0
        self.life = 0  # of the appliance: raised by each death
        self.booted_s = -100.0  # when the machine got its power
        self.offset = timedelta(0)  # of the system clock from the true time
        self.synchronised = True
        self._jobs: list[tuple[float, int, int | None, Job]] = []
        self._number = count()

    @property
    def true(self) -> datetime:
        """Return the true time."""
        return self.begins + timedelta(seconds=self.elapsed_s)

    def system(self) -> datetime:
        """Return what the machine's wall clock shows."""
        return self.true + self.offset

    def is_synchronised(self) -> bool:
        """Return what the kernel says of its clock."""
        return self.synchronised

    def mono_s(self) -> float:
        """Return the machine's monotonic clock, which begins anew with its power."""
        return self.elapsed_s - self.booted_s

    def later(self, in_s: float, job: Job) -> None:
        """Have `job` done in so many seconds, whoever lives then."""
        self._push(in_s, None, job)

    def living(self, in_s: float, job: Job) -> None:
        """Have `job` done in so many seconds if the appliance still lives this life."""
        self._push(in_s, self.life, job)

    def run(self, until_s: float) -> None:
        """Do all jobs up to `until_s` seconds since the beginning, in order."""
        jobs = self._jobs
        while jobs and jobs[0][0] <= until_s:
            at_s, _, life, job = heapq.heappop(jobs)
            if life is None or life == self.life:
                self.elapsed_s = max(self.elapsed_s, at_s)
                job()
        self.elapsed_s = until_s

    def _push(self, in_s: float, life: int | None, job: Job) -> None:
        at_s = self.elapsed_s + max(0.0, in_s)
        heapq.heappush(self._jobs, (at_s, next(self._number), life, job))
