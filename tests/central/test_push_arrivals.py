"""The door of the push: many at once are one question, too many are sent away for a while, nobody for good."""

import asyncio
import secrets
from collections.abc import Callable
from datetime import timedelta
from typing import TypeVar

import pytest
from sqlalchemy.exc import OperationalError

from central.db.fleet import DeviceSessionRow
from central.domain.errors import NotSignedIn
from central.push.arrivals import AGAIN_WITHIN_S, MOST_AT_ONCE, MOST_WAITING, Arrivals, NotNow
from central.push.asking import Asking
from central.push.gateway import MOST_RECENT, Gateway
from central.push.held import MOST_WAITING_BYTES, Crowd
from central.services import doors
from central.services.commands import send_command
from central.services.stream import Message, messages_after
from central.services.unit import Unit
from contract.documents import SetVolume
from tests.central.setting import HAMLET, OTHER, Province

T = TypeVar("T")


class Counting:
    """Asks as the gateway does, and counts the questions; while it is `away` every question fails."""

    def __init__(self, province: Province) -> None:
        self._asking = Asking(province.house)
        self.asked = 0
        self.away = False

    async def __call__(self, question: Callable[[Unit], T]) -> T:
        self.asked += 1
        if self.away:
            raise OperationalError("select", {}, OSError("gone"))
        return await self._asking(question)

    def close(self) -> None:
        self._asking.close()


def sessions(province: Province, many: int) -> list[str]:
    """Return the tokens of so many sessions of one appliance."""
    _, device = province.appliance()
    with province.house.writing() as unit:
        return [doors.open_session(unit, device, now=province.now) for _ in range(many)]


def test_who_comes_together_is_asked_for_together(province: Province) -> None:
    """Three hundred who come at once cost a few questions; each learns who it is, strangers that they are none."""
    tokens = [*sessions(province, 300), secrets.token_urlsafe(32)]
    asking = Counting(province)

    async def story() -> list[object]:
        arrivals = Arrivals(asking, province.clock)
        coming = [arrivals.who(token, orders=False) for token in tokens]
        return list(await asyncio.gather(*coming, return_exceptions=True))

    *let_in, stranger = asyncio.run(story())
    asking.close()
    assert {type(one).__name__ for one in let_in} == {"Arrival"}
    assert isinstance(stranger, NotSignedIn)
    assert asking.asked <= 2 + 300 // MOST_AT_ONCE


def test_a_session_that_has_run_out_is_none(province: Province) -> None:
    """Of two who come together, one with a good token and one with an old, only the first is let in."""
    old, good = sessions(province, 2)
    with province.house.writing() as unit:
        row = unit.session.get_one(DeviceSessionRow, doors._hash(old))
        row.expires = province.now
    asking = Counting(province)

    async def story() -> list[object]:
        arrivals = Arrivals(asking, province.clock)
        coming = [arrivals.who(token, orders=True) for token in (old, good)]
        return list(await asyncio.gather(*coming, return_exceptions=True))

    out, let_in = asyncio.run(story())
    asking.close()
    assert isinstance(out, NotSignedIn)
    assert type(let_in).__name__ == "Arrival"


def test_too_many_are_sent_away_for_a_while(province: Province) -> None:
    """Beyond a thousand who wait, the next is told to come again, each after a time of its own."""
    (token,) = sessions(province, 1)
    asking = Counting(province)

    async def story() -> list[object]:
        arrivals = Arrivals(asking, province.clock)
        coming = [arrivals.who(token, orders=False) for _ in range(MOST_WAITING + 100)]
        return list(await asyncio.gather(*coming, return_exceptions=True))

    told = asyncio.run(story())
    asking.close()
    away = [one for one in told if isinstance(one, NotNow)]
    assert len(away) == 100
    waits = {one.retry_after_s for one in away}
    assert waits <= set(range(1, AGAIN_WITHIN_S + 1))
    assert len(waits) > AGAIN_WITHIN_S // 2


def test_a_database_that_is_away_costs_nobody_their_session(province: Province) -> None:
    """While nothing can be read everybody is told to come again, not that they are strangers; then they are let in."""
    (token,) = sessions(province, 1)
    asking = Counting(province)

    async def story() -> str:
        arrivals = Arrivals(asking, province.clock)
        asking.away = True
        with pytest.raises(NotNow):
            await arrivals.who(token, orders=True)
        asking.away = False
        return (await arrivals.who(token, orders=True)).visitor.area

    assert asyncio.run(story()) == HAMLET
    asking.close()


def test_orders_wait_for_whom_they_were_given_to(province: Province) -> None:
    """Of appliances that come together each gets its own orders, oldest first, and none that is void."""
    devices = [province.appliance(name)[1] for name in ("một", "hai", "ba")]
    for device, volumes in zip(devices, ((10, 20), (), (30,)), strict=True):
        for volume in volumes:
            with province.house.writing() as unit:
                send_command(unit, device, SetVolume(volume_pct=volume), who=None, now=province.now)
    asking = Counting(province)

    async def story() -> list[tuple[Message, ...]]:
        arrivals = Arrivals(asking, province.clock)
        with province.house.writing() as unit:
            tokens = [doors.open_session(unit, device, now=province.now) for device in devices]
        here = [arrivals.who(token, orders=True) for token in tokens]
        return [one.orders for one in await asyncio.gather(*here)]

    first, second, third = asyncio.run(story())
    assert ([m.device for m in first], second, [m.device for m in third]) == (
        [devices[0]] * 2,
        (),
        [devices[2]],
    )
    assert first[0].id < first[1].id
    province.clock.pass_by(timedelta(days=2))
    assert asyncio.run(story()) == [(), (), ()]
    asking.close()


def test_what_was_missed_is_the_same_from_memory_and_from_the_table(province: Province) -> None:
    """From wherever an appliance goes on, it gets just what the outbox holds after it, old or recent."""

    def post(many: int) -> None:
        with province.house.writing() as unit:
            for _ in range(many):
                unit.post("programme", "changed", b"{}", now=province.now, areas=[HAMLET])

    async def story() -> list[tuple[int, list[int]]]:
        gateway = Gateway(province.house)
        post(30)
        await gateway.open()
        post(MOST_RECENT)
        await gateway._follow()
        post(7)
        await gateway._follow()
        newest = gateway._position or 0
        starts = (0, 5, 29, 30, 36, 37, 38, newest - MOST_RECENT, newest - 8, newest - 1, newest)
        told = [(seen, [m.id for m in await gateway._after(seen)]) for seen in starts]
        gateway._asking.close()
        return told

    told = asyncio.run(story())
    with province.house.reading() as unit:
        for seen, ids in told:
            assert ids == [m.id for m in messages_after(unit, seen)], seen


class Line(asyncio.Transport):
    """A connection that lets some bytes lie."""

    def __init__(self, waiting: int = 0) -> None:
        super().__init__()
        self.waiting = waiting
        self.written: list[bytes] = []
        self.ended = ""

    def get_write_buffer_size(self) -> int:
        return self.waiting

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        self.high = high

    def is_closing(self) -> bool:
        return bool(self.ended)

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.written.append(bytes(data))

    def close(self) -> None:
        self.ended = "closed"

    def abort(self) -> None:
        self.ended = "aborted"


def test_who_lets_too_much_lie_is_cut_off_and_a_slow_line_is_not() -> None:
    """Up to the bound a stream is handed more; beyond it is ended at once, and counted."""
    crowd, keeper = Crowd(), set[object]()
    slow, stalled = Line(MOST_WAITING_BYTES), Line(MOST_WAITING_BYTES + 1)
    for number, line in enumerate((slow, stalled)):
        crowd.join(f"loa{number}", OTHER, 0).take(line, keeper)
    assert [crowd.hand(held, b"x") for held in crowd.audience((OTHER,), None)].count(True) == 1
    assert (slow.written, slow.ended, stalled.written, stalled.ended) == ([b"x"], "", [], "aborted")
    assert (len(crowd), crowd.dropped) == (1, 1)


def test_a_stream_whose_client_went_is_forgotten_everywhere() -> None:
    """After the connection is lost neither the crowd nor the server's list has it; an end is told once."""
    crowd, keeper, line = Crowd(), set[object](), Line()
    held = crowd.join("loa", HAMLET, 0)
    keeper.add(held)
    held.take(line, keeper)
    held.shutdown()
    held.shutdown()
    assert (line.written, line.ended, len(crowd)) == ([b"0\r\n\r\n"], "closed", 0)
    held.connection_lost(None)
    assert keeper == set()
    assert not crowd.hand(held, b"x")
