"""The fan-out in small: everybody within a second, and nobody missed when the server is killed in the midst of it."""

import asyncio
import signal
import socket
import statistics
import time
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


def ids_of(one: Listener, before: bytes = b"") -> list[int]:
    """Return the ids that a stream was given, all or those before what carries these bytes."""
    events = [event for _, event in one.events]
    heard = next((n for n, e in enumerate(events) if before and carries(before)(e)), len(events))
    return [int(event["id"]) for event in events[:heard] if "id" in event]


async def back(url: str, token: str, last_id: int) -> Listener:
    """Return the stream that goes on after this id, opened as soon as there is a server again."""
    ends = time.monotonic() + BACK_WITHIN_S
    while True:
        try:
            return await listen(url, token, last_id)
        except (OSError, AssertionError, asyncio.IncompleteReadError):
            assert time.monotonic() < ends
            await asyncio.sleep(0.1)


def test_a_server_killed_in_the_midst_misses_nobody(tmp_path: Path) -> None:
    """Killed when the first has heard and started again, it tells all who come back, each once."""
    authority = Authority.make("dt", now=real_now())
    served = Served(write_site(tmp_path / "site", authority, port=free_port()), authority)
    served.prepare()
    served.start()
    tokens = crowd(served, [HAMLET] * SOME)

    async def story() -> list[tuple[int, int]]:
        first = [await listen(served.url, token) for token in tokens]
        envelope = authority.announce([COMMUNE], sent=real_now())
        handing = asyncio.create_task(asyncio.to_thread(hand_in, envelope))
        await first[0].until(carries(envelope))
        await asyncio.to_thread(served.stop, signal.SIGKILL)
        await handing
        await asyncio.gather(*(one.over.wait() for one in first))
        await asyncio.to_thread(served.start)
        # every other comes back as one whose line broke before the warning was through
        lasts = [max(ids_of(one, envelope if n % 2 else b"")) for n, one in enumerate(first)]
        again = await asyncio.gather(
            *(back(served.url, *one) for one in zip(tokens, lasts, strict=True))
        )
        for one in again:
            await one.until(lambda e: sealed_kind(e) is Kind.ACTIVE_SET)
        await asyncio.sleep(0.5)  # whatever else would come has come
        heard = [
            (
                sum(carries(envelope)(e) for _, e in a.events),
                sum(carries(envelope)(e) for _, e in b.events),
            )
            for a, b in zip(first, again, strict=True)
        ]
        await asyncio.gather(*(one.close() for one in (*first, *again)))
        return heard

    def hand_in(envelope: bytes) -> None:
        with suppress(httpx.TransportError):  # it dies before it answers: what is committed stands
            send(served, envelope)

    heard = asyncio.run(story())
    served.stop()
    assert len(heard) == SOME
    assert {before for before, _ in heard} <= {0, 1}
    assert {after for _, after in heard} == {1}  # as what is in force: told again, by the same id
