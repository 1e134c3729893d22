"""Those who come: asked for together, let in as fast as the house can, the rest sent away for a while.

Law of the room: when the power or the server returns, everybody comes at once. Some hundreds are one question to
the database; whoever comes while `MOST_WAITING` wait is told to come again after a time drawn by lot, so that the
crowd spreads out and an alarm in the midst of it finds a free loop.
"""

import asyncio
import logging
import random
from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Final

import msgspec

from central.domain.errors import NotSignedIn
from central.push.asking import Asks
from central.services import doors, stream
from central.services.doors import Visitor
from central.services.stream import Message
from central.services.unit import Unit

log = logging.getLogger(__name__)
MOST_AT_ONCE: Final = 200
MOST_WAITING: Final = 1_000
AGAIN_WITHIN_S: Final = 10


class NotNow(Exception):
    """Whoever comes is to come again after `retry_after_s`, a whole number of seconds."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why
        self.retry_after_s = random.randint(1, AGAIN_WITHIN_S)  # noqa: S311  spreads a crowd, guards nothing


class Arrival(msgspec.Struct, frozen=True):
    """Who has come, and the orders that wait for them where they were asked for."""

    visitor: Visitor
    orders: tuple[Message, ...]


class _Waiting(msgspec.Struct, frozen=True):
    """Somebody at the door."""

    token: str
    wants_orders: bool
    answer: "asyncio.Future[Arrival]"


class Arrivals:
    """The door; all in one event loop."""

    def __init__(self, asking: Asks, clock: Callable[[], datetime]) -> None:
        self._asking = asking
        self._clock = clock
        self._waiting: list[_Waiting] = []
        self._work: asyncio.Task[None] | None = None

    async def who(self, token: str, *, orders: bool, is_open: bool = True) -> Arrival:
        """Return who holds this token, with their orders where wanted.

        Raises `NotSignedIn`, or `NotNow` when the house is not open, too many come or the database is away.
        """
        if not is_open:
            raise NotNow("Máy chủ đang khởi động hoặc đang dừng.")
        if len(self._waiting) >= MOST_WAITING:
            raise NotNow("Nhiều cụm loa đang nối lại cùng lúc; hãy thử lại sau ít giây.")
        loop = asyncio.get_running_loop()
        waiting = _Waiting(token, orders, loop.create_future())
        self._waiting.append(waiting)
        if self._work is None:
            self._work = loop.create_task(self._ask_all())
        return await waiting.answer

    async def _ask_all(self) -> None:
        while self._waiting:
            some, self._waiting = self._waiting[:MOST_AT_ONCE], self._waiting[MOST_AT_ONCE:]
            try:
                found = await self._asking(partial(_visitors, some=some, now=self._clock()))
            except Exception:  # the database may be away for a while: they come again
                log.exception("arrivals cannot be looked up waiting=%s", len(some))
                fault = "Máy chủ chưa đọc được dữ liệu; hãy thử lại sau ít giây."
                found = [NotNow(fault) for _ in some]
            for waiting, answer in zip(some, found, strict=True):
                if waiting.answer.done():  # the client did not wait
                    continue
                if isinstance(answer, Arrival):
                    waiting.answer.set_result(answer)
                else:
                    waiting.answer.set_exception(answer)
        self._work = None


def _visitors(
    unit: Unit, some: list[_Waiting], now: datetime
) -> list[Arrival | NotSignedIn | NotNow]:
    """Return who each of them is, with their orders."""
    found = doors.visitors_of(unit, {one.token for one in some}, now=now)
    asking = {found[one.token] for one in some if one.wants_orders}
    devices = {one.device for one in asking if isinstance(one, Visitor)}
    orders = stream.commands_for(unit, devices, now=now) if devices else {}
    told: list[Arrival | NotSignedIn | NotNow] = []
    for one in some:
        visitor = found[one.token]
        if isinstance(visitor, Visitor):
            waiting = orders.get(visitor.device, ()) if one.wants_orders else ()
            told.append(Arrival(visitor, waiting))
        else:
            told.append(visitor)
    return told
