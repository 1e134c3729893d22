"""The live stream: how often it repaints, what it sends, and that it lets go."""

import asyncio
import contextlib
import itertools
from collections.abc import AsyncGenerator, Awaitable, Callable
from typing import cast

import msgspec
import pytest
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import StreamingResponse

from edge.core.events import CentralLost, CentralReached, SoundMeasured, Ticked
from edge.web.guard import Guard
from edge.web.live import MOST_LOOKERS, Live
from edge.web.looking import Looking
from edge.web.painter import REGIONS
from tests.edge.web.shop import Shop
from tests.edge.web.visitor import Visitor, story

Seen = list[tuple[float, dict[str, str]]]


async def watch(live: Live, seen: Seen) -> None:
    """Note what one looker is sent, with the seconds since the beginning, until cancelled."""
    clock = asyncio.get_running_loop().time
    began_s = clock()
    async for event in live.stream("vi"):
        kind, _, data = event.partition(b"data: ")
        if kind == b"event: paint\n":
            seen.append((clock() - began_s, msgspec.json.decode(data, type=dict[str, str])))


async def until(so: Callable[[], bool]) -> None:
    """Wait until it is so, at most ten seconds."""
    async with asyncio.timeout(10):
        while not so():
            await asyncio.sleep(0.02)


def looking(during: Callable[[Shop, Live, Seen], Awaitable[None]]) -> Seen:
    """Return what one looker saw during a story."""
    seen: Seen = []

    async def telling(shop: Shop, _: Visitor) -> None:
        live = Live(shop.counter())
        looker = asyncio.create_task(watch(live, seen))
        await asyncio.sleep(0)
        await during(shop, live, seen)
        looker.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await looker
        await asyncio.sleep(0)

    story(telling)
    return seen


def test_a_looker_is_first_sent_everything_and_then_what_changed() -> None:
    """The first painting holds every region; after the province is lost, only what shows that."""

    async def during(shop: Shop, _: Live, seen: Seen) -> None:
        await asyncio.sleep(0.1)
        await shop.reactor.submit(CentralLost(why="reset"))
        await until(lambda: len(seen) > 1)

    first, second = (regions for _, regions in looking(during))
    assert set(first) == set(REGIONS["home"])
    assert set(second) == {"heed", "rig"}
    assert "Mất kết nối với tỉnh" in second["heed"]


def test_however_much_happens_a_looker_is_painted_at_most_twice_a_second() -> None:
    """Forty turns in two seconds are at most five paintings, and the last of them is true."""

    async def during(shop: Shop, _: Live, __: Seen) -> None:
        for turn in range(40):
            event = CentralReached() if turn % 2 else CentralLost(why="reset")
            await shop.reactor.submit(event)
            await asyncio.sleep(0.05)
        await asyncio.sleep(0.6)

    seen = looking(during)
    gaps = [later - sooner for (sooner, _), (later, _) in itertools.pairwise(seen)]
    assert min(gaps) >= 0.45
    assert 3 <= len(seen) <= 7
    assert "đang kết nối" in [r["rig"] for _, r in seen if "rig" in r][-1]


def test_while_something_sounds_the_page_is_painted_every_second_without_any_event() -> None:
    """A level that was measured is looked at again within a second, so that silence shows at once."""

    async def during(shop: Shop, _: Live, seen: Seen) -> None:
        heard = SoundMeasured(
            sounded_ms=1000, level_dbfs=-20.0, onset_mono_s=None, until_mono_s=shop.mono_s
        )
        await shop.reactor.submit(heard)
        await until(lambda: "Đo được tiếng −20 dBFS" in seen[-1][1].get("meter", ""))
        shop.pass_s(3)  # nothing more is heard, and no event says so
        began_s = asyncio.get_running_loop().time()
        await until(lambda: "Không đo thấy tiếng" in seen[-1][1].get("meter", ""))
        assert asyncio.get_running_loop().time() - began_s < 3

    looking(during)


def test_in_silence_the_page_is_left_alone_but_for_a_beat() -> None:
    """One turn is one repaint; after it a looker is sent nothing for seconds."""

    async def during(shop: Shop, _: Live, __: Seen) -> None:
        await asyncio.sleep(0.1)
        await shop.reactor.submit(Ticked())
        await asyncio.sleep(2)

    assert len(looking(during)) == 2


def test_a_looker_who_leaves_is_forgotten() -> None:
    """After the stream is closed the appliance rings no bell for it."""

    async def telling(shop: Shop, _: Visitor) -> None:
        live = Live(shop.counter())
        stream = live.stream("vi")
        await anext(stream)
        assert live.lookers == 1
        await stream.aclose()
        assert live.lookers == 0
        await shop.reactor.submit(Ticked())

    story(telling)


def test_there_is_a_bound_to_how_many_may_look() -> None:
    """Beyond the bound a stream is refused with 503, the page still answers, and a place comes free again."""

    async def telling(shop: Shop, _: Visitor) -> None:
        page = Looking(Guard(shop.counter()))
        request = Request(
            {"type": "http", "headers": [], "method": "GET", "path": "/now", "query_string": b""}
        )
        answers = [await page.now(request) for _ in range(MOST_LOOKERS)]
        streams = [a.body_iterator for a in answers if isinstance(a, StreamingResponse)]
        for stream in streams:
            await anext(aiter(stream))
        with pytest.raises(HTTPException) as refused:
            await page.now(request)
        assert refused.value.status_code == 503
        assert (await page.home(request)).status_code == 200
        for stream in streams:
            await cast("AsyncGenerator[bytes]", stream).aclose()
        assert isinstance(await page.now(request), StreamingResponse)

    story(telling)


def test_a_painting_shared_with_another_looker_is_soon_followed_by_a_true_one() -> None:
    """Who comes just after a turn may be shown the painting from just before it, but not for long."""

    async def telling(shop: Shop, _: Visitor) -> None:
        live = Live(shop.counter())
        early, late = live.stream("vi"), live.stream("vi")
        await anext(early)
        assert "Mất kết nối".encode() not in await anext(early)
        await shop.reactor.submit(CentralLost(why="reset"))
        await anext(late)
        assert "Mất kết nối".encode() not in await anext(late)
        async with asyncio.timeout(2):
            assert "Mất kết nối với tỉnh".encode() in await anext(late)
        await early.aclose()
        await late.aclose()

    story(telling)
