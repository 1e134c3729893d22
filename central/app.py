"""Puts the rooms together: one ASGI application of API, console and push, and the house's own chores.

Law of the room: the stream goes past every framework straight to the gateway; all else goes through FastAPI behind
the body limit. Chores run in threads; a chore that fails is logged and comes again.
"""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from fastapi import FastAPI

from central.api.answers import add_error_answers, refusal
from central.api.device import device_routes
from central.api.enrolment import enrolment_routes
from central.api.headers import Headed
from central.api.limits import BodyLimit
from central.api.people import people_routes
from central.api.reference import reference_routes
from central.api.report_lane import ReportLane
from central.api.repository import chain_routes
from central.api.schema import Described
from central.api.watch import Counting, watch_routes
from central.chores import CHORES, Chore
from central.console import make_console
from central.console.public import public_routes
from central.exchange.cap import cap_routes
from central.push import Gateway
from central.services import resume_publications
from central.services.metrics import Meters
from central.services.report_desk import ReportDesk
from central.services.transparency import enter_times
from central.services.unit import House
from central.services.webhook_urgent import UrgentPost

log = logging.getLogger(__name__)
STREAM_PATH = "/device/v1/stream"
URGENT_S = 1.0
Message = MutableMapping[str, Any]  # ASGI's own shapes
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]


class Central:
    """The whole server as one ASGI application."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._desk = ReportDesk(house)
        self.gateway = Gateway(house)
        self._meters = Meters(house, self._streams)
        self._urgent = UrgentPost(house)
        # lanes of their own: a long chore holds up neither another nor the reports of appliances
        self._lanes = ThreadPoolExecutor(len(CHORES) + 3, thread_name_prefix="chores")
        app = Described(
            title="Tiếng Làng",
            version="1",
            lifespan=self._lifespan,
            redoc_url=None,
            docs_url=None,
            openapi_url="/api/v1/openapi.json",
        )
        app.include_router(device_routes(house, self._desk))
        app.include_router(enrolment_routes(house))
        app.include_router(people_routes(house))
        app.include_router(chain_routes(house))
        app.include_router(public_routes(house))
        app.include_router(cap_routes(house))
        add_error_answers(app)
        app.include_router(reference_routes(app))
        app.include_router(watch_routes(house, self._meters, self._streams))
        app.mount("/console", make_console(house))
        self.described = app
        limited = BodyLimit(ReportLane(app, self._desk), house.settings.upload_max_bytes)
        secure = house.settings.public_url.startswith("https:")
        self._rest = Counting(Headed(limited, secure=secure), self._meters)

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] == "http" and scope["path"] == STREAM_PATH:
            await self.gateway(scope, receive, send)
        else:
            await self._rest(scope, receive, send)

    def close(self) -> None:
        """End the lane of reports, for a process that does not serve on."""
        self._desk.close()

    def close_streams(self) -> None:
        """End the held streams, so that the server can stop; call it in the loop."""
        self.gateway.close()

    @contextlib.asynccontextmanager
    async def _lifespan(self, _: FastAPI) -> AsyncIterator[None]:
        await self.gateway.open()
        chores = [
            asyncio.create_task(self.gateway.run()),
            *(asyncio.create_task(self._every(chore)) for chore in CHORES),
            asyncio.create_task(self._post_urgent()),
            asyncio.create_task(self._once(self._resume)),
        ]
        yield
        for chore in chores:
            chore.cancel()
        await asyncio.gather(*chores, return_exceptions=True)
        await asyncio.to_thread(self._desk.close)
        await self._once(self._enter_times)
        await asyncio.to_thread(self._urgent.close)
        await asyncio.to_thread(self._lanes.shutdown, wait=True, cancel_futures=True)

    async def _every(self, chore: Chore) -> None:
        def do() -> None:
            chore.do(self._house, self._house.clock())

        do.__name__ = chore.name
        while True:
            await self._once(do)
            await asyncio.sleep(chore.every_s)

    async def _post_urgent(self) -> None:
        """Tell other systems of emergencies as they are pushed, and look once a second for what was missed."""
        rung, loop = asyncio.Event(), asyncio.get_running_loop()

        def ring() -> None:
            if not loop.is_closed():
                loop.call_soon_threadsafe(rung.set)

        self._house.on_post(ring)
        while True:
            await self._once(self._send_urgent)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(rung.wait(), URGENT_S)
            rung.clear()

    def _send_urgent(self) -> None:
        self._urgent.send(self._house.clock())

    async def _once(self, chore: Callable[[], None]) -> None:
        done = True
        try:
            loop = asyncio.get_running_loop()
            await loop.run_in_executor(self._lanes, chore)
        except Exception:
            done = False
            log.exception("chore failed: %s", chore.__name__)
        self._meters.chore(chore.__name__.lstrip("_"), self._house.clock(), done=done)

    def _enter_times(self) -> None:
        enter_times(self._house, now=self._house.clock())

    def _resume(self) -> None:
        resumed = resume_publications(self._house, now=self._house.clock())
        if resumed:
            log.info("publications taken up again: %s", resumed)

    def _streams(self) -> int:
        """Return how many appliances hold a stream here."""
        return len(self.gateway.crowd)


class PushOnly:
    """The gateway alone, for scale-out over the same database."""

    def __init__(self, house: House) -> None:
        self.gateway = Gateway(house)
        self._run: asyncio.Task[None] | None = None

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answer the stream, the lifespan, and 404 for all else."""
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
        elif scope["path"] == STREAM_PATH:
            await self.gateway(scope, receive, send)
        else:
            answer = refusal(404, "not-found", "Ở đây chỉ có luồng đẩy /device/v1/stream.")
            await answer(scope, receive, send)

    def close_streams(self) -> None:
        """End the held streams, so that the server can stop; call it in the loop."""
        self.gateway.close()

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        await receive()
        await self.gateway.open()
        self._run = asyncio.create_task(self.gateway.run())
        await send({"type": "lifespan.startup.complete"})
        await receive()
        self._run.cancel()
        await asyncio.gather(self._run, return_exceptions=True)
        await send({"type": "lifespan.shutdown.complete"})
