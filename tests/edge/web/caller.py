"""A phone at the page's socket, which sends what a browser sends and can leave any of it out."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

import msgspec

from edge.core.events import Ending, PlayerEnded, PlayerStarted, SoundMeasured, ZonesSwitched
from tests.edge.web.shop import ZONES, Shop
from tests.edge.web.visitor import HOST, Visitor

FRAME = b"\x10\x00" * 640  # 40 ms
Message = dict[str, object]


class Phone:
    """One socket to the page, spoken to directly."""

    def __init__(self) -> None:
        """Nothing is sent yet."""
        self._out: asyncio.Queue[Message] = asyncio.Queue()
        self._in: asyncio.Queue[Message] = asyncio.Queue()
        self.gone = False

    async def receive(self) -> Message:
        """Give the page what this phone sends next."""
        return await self._out.get()

    async def send(self, message: Message) -> None:
        """Take what the page sends; nothing reaches a phone that is gone."""
        if self.gone:
            raise OSError("the phone is gone")
        await self._in.put(message)

    def connects(self) -> None:
        """Ask for the socket."""
        self._out.put_nowait({"type": "websocket.connect"})

    def says(self, text: str) -> None:
        """Send a text message."""
        self._out.put_nowait({"type": "websocket.receive", "text": text})

    def greets(self, csrf: str, *zones: str) -> None:
        """Send the first word of a talk."""
        self.says(msgspec.json.encode({"csrf": csrf, "zones": zones}).decode())

    def speaks(self, pcm: bytes = FRAME) -> None:
        """Send sound."""
        self._out.put_nowait({"type": "websocket.receive", "bytes": pcm})

    def vanishes(self) -> None:
        """Lose the network: nothing more goes out, and nothing comes in."""
        self.gone = True
        self._out.put_nowait({"type": "websocket.disconnect", "code": 1006})

    async def hears(self) -> Message:
        """Return what the page says next: a message of the talk, or what it did to the socket."""
        async with asyncio.timeout(10):
            message = await self._in.get()
        text = message.get("text")
        return msgspec.json.decode(text, type=Message) if isinstance(text, str) else message

    async def hears_state(self, state: str) -> Message:
        """Return the first message of this state, leaving out those before it."""
        while True:
            message = await self.hears()
            if message.get("state") == state:
                return message
            if message.get("state") == "over" or str(message.get("type", "")).endswith("close"):
                raise AssertionError(f"waited for {state!r}, heard {message}")


@asynccontextmanager
async def calling(
    visitor: Visitor, *, path: str = "/talk", headers: Mapping[str, str] | None = None
) -> AsyncIterator[Phone]:
    """Open a socket with the cookies of `visitor`; `headers` replace what a browser says, "" leaves it out."""
    cookies = "; ".join(f"{one.name}={one.value}" for one in visitor.client.cookies.jar)
    said = {"host": HOST, "origin": f"http://{HOST}", "cookie": cookies, **(headers or {})}
    scope = {
        "type": "websocket",
        "asgi": {"version": "3.0", "spec_version": "2.4"},
        "http_version": "1.1",
        "scheme": "ws",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "root_path": "",
        "headers": [(name.encode(), text.encode()) for name, text in said.items() if text],
        "client": ("192.168.1.77", 50_000),
        "server": ("192.168.1.20", 8080),
        "subprotocols": [],
        "state": {},
        "extensions": {},
    }
    phone = Phone()
    phone.connects()
    app = asyncio.create_task(visitor.app(scope, phone.receive, phone.send))  # type: ignore[arg-type]
    try:
        yield phone
        phone.vanishes()
        async with asyncio.timeout(10):
            await app
    finally:
        app.cancel()
        await asyncio.gather(app, return_exceptions=True)


async def plays(shop: Shop, level_dbfs: float | None = -18.0) -> None:
    """Have the hands do what was last asked of them, and the listener hear it (or nothing, with None)."""
    on = frozenset(zone.name for zone in ZONES)
    await shop.reactor.submit(ZonesSwitched(on=on))
    shop.pass_s(1.0)
    await shop.reactor.submit(ZonesSwitched(on=on))
    playing = shop.reactor.desk.rig.playing
    if playing is not None:
        await shop.reactor.submit(PlayerStarted(key=playing.key))
    shop.pass_s(1.0)
    heard = SoundMeasured(
        sounded_ms=0 if level_dbfs is None else 1_000,
        level_dbfs=level_dbfs,
        onset_mono_s=None if level_dbfs is None else shop.mono_s - 1.0,
        until_mono_s=shop.mono_s,
    )
    await shop.reactor.submit(heard)


async def ends(shop: Shop) -> None:
    """Have what plays come to its end."""
    playing = shop.reactor.desk.rig.playing
    assert playing is not None
    ended = PlayerEnded(key=playing.key, ending=Ending.FINISHED, played_ms=2_000)
    await shop.reactor.submit(ended)
