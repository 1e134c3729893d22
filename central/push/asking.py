"""The gateway's questions to the database: one thread, one question at a time.

Law of the room: the loop never waits for the database; what it asks is a plain verb of `central.services`.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol, TypeVar

from central.services.unit import House, Unit

T = TypeVar("T")


class Asks(Protocol):
    """Whoever answers questions to the database."""

    async def __call__(self, question: Callable[[Unit], T]) -> T:
        """Return the answer; raises what the question raises."""
        ...


class Asking:
    """Asks the database of a house, in a thread of its own."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="outbox")

    async def __call__(self, question: Callable[[Unit], T]) -> T:
        """Return the answer; raises what the question raises, also when the database is away."""

        def ask() -> T:
            with self._house.reading() as unit:
                return question(unit)

        return await asyncio.get_running_loop().run_in_executor(self._thread, ask)

    def close(self) -> None:
        """End the thread when its last question is answered."""
        self._thread.shutdown(wait=False)
