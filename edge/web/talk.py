"""The talk: a phone's live microphone, from the page to the phone's line.

Law of the room: one talker at a time. Whatever happens to the socket, the talk ends: on release, on silence,
on a lost connection, when the session is over, after fifteen minutes. What the phone is told comes from
what is observed, never from what was ordered.
"""

import asyncio
import contextlib
import logging
import secrets
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Final, Protocol

import msgspec
from fastapi import FastAPI, WebSocket, WebSocketDisconnect

from contract.documents import Rank
from edge.core.decide import Decision
from edge.core.events import StaffLeftLive, StaffWentLive, Ticked
from edge.core.page import PageView
from edge.core.sound import FromPhone
from edge.core.staffing import steps
from edge.web import forms
from edge.web.actions import zones_named
from edge.web.door import Wider
from edge.web.guard import OPERATE, SESSION, Guard
from edge.web.routes import Room
from edge.web.talk_words import Said, Talk, no, observed, refusal
from edge.web.words import Words

log = logging.getLogger(__name__)

PATH: Final = "/talk"
HELLO_S: Final = 5.0
FIRST_S: Final = 10.0  # the microphone may need a moment
SILENT_S: Final = 3.0
LONGEST: Final = timedelta(minutes=15)
FRAME_BYTES: Final = 8_192  # a quarter of a second; what is longer is no frame of ours
HELLO_BYTES: Final = 2_048
MOST_SOCKETS: Final = 8
LOOK_S: Final = 0.2
PATIENCE_S: Final = 2.0  # for an appliance that is closing


class Lines(Protocol):
    """Where a phone's sound goes: 16 bit little endian, one channel, 16 kHz."""

    def open(self, ref: str) -> None:
        """Open the line of this talk; raises `OSError`."""
        ...

    def feed(self, ref: str, pcm: bytes) -> None:
        """Take in sound just spoken; never waits."""
        ...

    def close(self, ref: str) -> None:
        """Close the line; idempotent."""
        ...


class Hello(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The first word of a talk: the form token of the page, and the zones."""

    csrf: forms.Token
    zones: forms.ZoneNames = ()


def room(lines: Lines, *, silent_s: float = SILENT_S) -> Room:
    """Return the routes that carry talks to `lines`."""

    def add(app: FastAPI, guard: Guard) -> None:
        talking = Talking(guard, lines, silent_s)
        app.add_api_websocket_route(PATH, talking.socket)

    return Room(add=add, wider=(Wider(path=PATH, socket=True),), part="talk")


class Talking:
    """The one microphone of this page."""

    def __init__(self, guard: Guard, lines: Lines, silent_s: float) -> None:
        """Carry talks behind `guard` to `lines`; a phone silent for `silent_s` has gone."""
        self._guard, self._counter, self._lines = guard, guard.counter, lines
        self._silent_s = silent_s
        self._talker = ""
        self._sockets = 0

    async def socket(self, socket: WebSocket) -> None:
        """Carry one talk from its first word to its last."""
        if self._sockets >= MOST_SOCKETS:
            await socket.close(1013)
            return
        self._sockets += 1
        try:
            await socket.accept()
            over = await self._carry(socket, self._guard.words(socket))
            await _tell(socket, over)
            await socket.close(1000)
        except WebSocketDisconnect:
            pass
        finally:
            self._sockets -= 1

    async def _carry(self, socket: WebSocket, words: Words) -> Said:
        hello = _hello(await _next(socket, HELLO_S))
        session = self._guard.session(socket)
        if session is None:
            return no(words("sign-in.again"))
        if hello is None or not self._guard.sessions.proves(session.token, hello.csrf):
            return no(words("talk.bad"))
        if not session.may(OPERATE):
            return no(words("error.right"))
        if not isinstance(await _next(socket, FIRST_S), bytes):
            return no(words("talk.silent"))
        if self._talker:  # no await between this and the next line: two phones cannot both pass
            return no(words("talk.busy", name=self._talker))
        self._talker = session.pin.name
        try:
            return await self._begin(socket, words, hello.zones, session.pin.name)
        finally:
            self._talker = ""

    async def _begin(
        self, socket: WebSocket, words: Words, named: tuple[str, ...], by: str
    ) -> Said:
        desk = (await self._counter.submit(Ticked())).desk
        if desk.local.live is not None:
            return no(words("talk.busy", name=desk.local.live.by))
        zones = zones_named(desk, named)
        if zones is None:
            return no(words("note.no-zone"))
        ref = secrets.token_hex(8)
        try:
            await asyncio.to_thread(self._lines.open, ref)
        except OSError as fault:
            log.warning("talk refused: no line: %s", fault)
            return no(words("talk.no-line", why=fault.strerror or str(fault)))
        until = self._counter.now().wall + LONGEST
        async with self._on_air(
            StaffWentLive(ref=ref, zones=zones, until=until, by=by)
        ) as decision:
            why = refusal(decision, words)
            live = decision.desk.local.live
            if why or live is None:
                return no(words("talk.refused", why=why) if why else words("talk.stopped"))
            talk = Talk(ref, by, until, tuple(key for key, _ in steps(live)))
            return await self._both(socket, words, talk)

    @contextlib.asynccontextmanager
    async def _on_air(self, event: StaffWentLive) -> AsyncIterator[Decision]:
        """Go live, and leave in any case: a talk must not outlive its phone."""
        try:
            yield await self._counter.submit(event)
        finally:
            try:
                async with asyncio.timeout(PATIENCE_S):
                    live = (await self._counter.submit(Ticked())).desk.local.live
                    if live is not None and live.source == FromPhone(ref=event.ref):
                        await self._counter.submit(StaffLeftLive(by=event.by))
            except TimeoutError:
                log.warning("talk ended while the appliance was closing")
            self._lines.close(event.ref)

    async def _both(self, socket: WebSocket, words: Words, talk: Talk) -> Said:
        """Take in sound and tell what is observed, until one of the two says that it is over."""
        tasks = {
            asyncio.create_task(self._take(socket, words, talk)),
            asyncio.create_task(self._watch(socket, words, talk)),
        }
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            return done.pop().result()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _take(self, socket: WebSocket, words: Words, talk: Talk) -> Said:
        while True:
            heard = await _next(socket, self._silent_s)
            if isinstance(heard, str):
                return Said("over", words("talk.done"))
            if heard is None or len(heard) > FRAME_BYTES:
                return no(words("talk.silent" if heard is None else "talk.bad"))
            self._lines.feed(talk.ref, heard)

    async def _watch(self, socket: WebSocket, words: Words, talk: Talk) -> Said:
        told: Said | None = None
        token = socket.cookies.get(SESSION, "")
        with self._counter.watched() as bell:
            while True:
                bell.clear()
                view, now = self._counter.view(), self._counter.now()
                if self._guard.sessions.find(token, self._counter.staff(), now.mono_s) is None:
                    return no(words("sign-in.again"))
                over = await self._ended(view, now.wall, words, talk)
                if over is not None:
                    return over
                said = observed(view, now.wall, words, talk)
                if said != told:
                    await _tell(socket, said)
                    told = said
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(bell.wait(), 1.0)
                await asyncio.sleep(LOOK_S)

    async def _ended(self, view: PageView, wall: datetime, words: Words, talk: Talk) -> Said | None:
        """Return why the appliance ended the talk, or None while it goes on."""
        if wall >= talk.until:
            minutes = int(LONGEST.total_seconds() // 60)
            return Said("over", words("talk.longest", n=minutes))
        if view.talking != talk.by:
            why = next((p.why for p in view.plays[:3] if p.key in talk.keys and p.why), "")
            return no(words("talk.refused", why=why) if why else words("talk.stopped"))
        if view.rank >= Rank.LIVE:
            return None
        # Somebody talks, and yet the air is not his: quiet hours may have begun meanwhile.
        why = refusal(await self._counter.submit(Ticked()), words)
        return no(words("talk.refused", why=why)) if why else None


def _hello(heard: bytes | str | None) -> Hello | None:
    if not isinstance(heard, str) or len(heard) > HELLO_BYTES:
        return None
    try:
        return msgspec.json.decode(heard, type=Hello)
    except msgspec.MsgspecError:
        return None


async def _tell(socket: WebSocket, said: Said) -> None:
    try:
        await socket.send_text(msgspec.json.encode(said).decode())
    except RuntimeError as fault:  # closed from the other side meanwhile
        raise WebSocketDisconnect from fault


async def _next(socket: WebSocket, patience_s: float) -> bytes | str | None:
    """Return what the phone says next, None after `patience_s`; raises `WebSocketDisconnect` when it is gone."""
    try:
        async with asyncio.timeout(patience_s):
            message = await socket.receive()
    except TimeoutError:
        return None
    if message["type"] == "websocket.disconnect":
        raise WebSocketDisconnect
    text, data = message.get("text"), message.get("bytes")
    return text if isinstance(text, str) else data if isinstance(data, bytes) else b""
