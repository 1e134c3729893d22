"""The fan-out in small: everybody within a second, and nobody missed when the server is killed in the midst of it."""

import asyncio
import signal
import socket
import statistics
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path

import httpx

from contract.documents import Kind
from contract.testing import Authority
from tests.central.serving import Served
from tests.central.setting import COMMUNE, HAMLET, OTHER, real_now, write_site
from tests.central.streams import Listener, listen
from tests.central.test_push import carries, crowd, sealed_kind, send

MANY = 200
SOME = 60
BACK_WITHIN_S = 30.0


def test_two_hundred_appliances_have_an_alarm_within_a_second(served: Served) -> None:
    """Everybody at or below the area gets the very bytes that were signed; the neighbour gets none."""
    tokens = crowd(served, [HAMLET] * MANY + [OTHER] * 5)
    served.person().close()  # who warns has signed in before

    async def story() -> tuple[list[float], int]:
        listeners = await asyncio.gather(*(listen(served.url, t) for t in tokens))
        envelope = served.authority.announce([COMMUNE], sent=real_now())
        begun = time.monotonic()
        await asyncio.to_thread(send, served, envelope)
        came = [await one.until(carries(envelope)) - begun for one in listeners[:MANY]]
        await listeners[-1].until(lambda e: sealed_kind(e) is Kind.ACTIVE_SET)
        alarmed = sum(any(carries(envelope)(e) for _, e in one.events) for one in listeners[MANY:])
        await asyncio.gather(*(one.close() for one in listeners))
        return came, alarmed

    came, alarmed = asyncio.run(story())
    assert max(came) < 1.0, statistics.quantiles(came, n=10)
    assert alarmed == 0


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


async def back(url: str, one: Listener, token: str) -> Listener:
    """Return the stream that goes on where this one broke, opened as soon as there is a server again."""
    ids = [int(event["id"]) for _, event in one.events if "id" in event]
    ends = time.monotonic() + BACK_WITHIN_S
    while True:
        try:
            return await listen(url, token, max(ids, default=0))
        except (OSError, AssertionError, asyncio.IncompleteReadError):
            assert time.monotonic() < ends
            await asyncio.sleep(0.1)


def test_a_server_killed_in_the_midst_misses_nobody(tmp_path: Path) -> None:
    """Killed when the first has heard and started again, it tells all who come back: each has it, by one id."""
    authority = Authority.make("dt", now=real_now())
    served = Served(write_site(tmp_path / "site", authority, port=free_port()), authority)
    served.prepare()
    served.start()
    tokens = crowd(served, [HAMLET] * SOME)

    async def story() -> tuple[int, list[Counter[bytes]]]:
        first = [await listen(served.url, token) for token in tokens]
        envelope = authority.announce([COMMUNE], sent=real_now())
        handing = asyncio.create_task(asyncio.to_thread(hand_in, envelope))
        await first[0].until(carries(envelope))
        await asyncio.to_thread(served.stop, signal.SIGKILL)
        await handing
        await asyncio.gather(*(one.over.wait() for one in first))
        await asyncio.to_thread(served.start)
        again = await asyncio.gather(
            *(back(served.url, *one) for one in zip(first, tokens, strict=True))
        )
        for one in again:
            await one.until(lambda e: sealed_kind(e) is Kind.ACTIVE_SET)
        await asyncio.sleep(0.5)  # whatever else would come has come
        heard = [
            Counter(e["data"].encode() for _, e in (*a.events, *b.events) if carries(envelope)(e))
            for a, b in zip(first, again, strict=True)
        ]
        await asyncio.gather(*(one.close() for one in (*first, *again)))
        return len(first), heard

    def hand_in(envelope: bytes) -> None:
        with suppress(
            httpx.TransportError
        ):  # it died before it answered; what was committed stands
            send(served, envelope)

    many, heard = asyncio.run(story())
    served.stop()
    assert many == SOME
    assert [len(one) for one in heard] == [1] * SOME
    assert max(sum(one.values()) for one in heard) <= 2  # once before, once as what is in force
