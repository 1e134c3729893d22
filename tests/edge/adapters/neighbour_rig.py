"""A network of appliances on loopback: real gates, shelves, servers and clients, and liars among them."""

import asyncio
import contextlib
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Final, Self

import uvicorn
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp

from contract.documents import DeviceId, Sha256
from contract.seal import read_envelope, sha256
from contract.testing import Authority
from edge.adapters.neighbour_index import Sighting
from edge.adapters.neighbour_link import NeighbourLink
from edge.adapters.neighbour_porter import AskCentral
from edge.adapters.neighbour_watch import Times
from edge.adapters.neighbours import Neighbours
from edge.adapters.papers import Sealed
from edge.adapters.shared import Shared
from edge.core.events import (
    ActiveSetAccepted,
    AnnouncementAccepted,
    ApprovalAccepted,
    ContentArrived,
    Door,
    Happening,
)
from edge.web.sharing import Sharing, beside
from tests.edge.adapters.link_rig import AREA, Rig, until

WAIT_S: Final = 20.0
QUICK: Final = Times(
    held=1, quick=0.1, slow=0.5, gone=0.3, settle=0.6, begin=1.5, fetch=10.0, refill=0.2
)


class Served:
    """An ASGI application answering on loopback, on a thread of its own."""

    def __init__(self, app: ASGIApp, port: int = 0) -> None:
        self._door = socket.create_server(("127.0.0.1", port))
        self.port = int(self._door.getsockname()[1])
        config = uvicorn.Config(
            app, log_level="critical", lifespan="off", timeout_graceful_shutdown=1
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()), name="served")

    async def _serve(self) -> None:
        await self._server.serve(sockets=[self._door])

    def __enter__(self) -> Self:
        self._thread.start()
        until(lambda: self._server.started, WAIT_S)
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        """Answer no more."""
        self._server.should_exit = True
        self._thread.join(WAIT_S)
        self._door.close()


class House(Rig):
    """One appliance with all that it needs to be a neighbour; wired as the composition root does it."""

    def __init__(self, root: Path, authority: Authority, name: str, times: Times) -> None:
        super().__init__(root, authority)
        self.name = name
        self.central_served = 0
        self.given_bytes = 0
        self.shared = Shared(
            self.identity.device, self.shelf, self.gate.restore(), wall=self.wall_now
        )
        self.neighbours = Neighbours(
            self.shared,
            self.hear,
            lambda envelope: self.admit(envelope, "neighbour"),
            lambda: AREA if self.gate.state.assignment else None,
            lambda content: self.gate.approval(content) is None,
            link=NeighbourLink(connect_s=1.0, read_s=1.0, grace_s=0.8, pace_bytes_per_s=2_000_000),
            times=times,
        )
        self.assign()
        self.sharing = Sharing(self.shared)
        self._page = beside(PlainTextResponse("trang"), self.sharing)
        self.server = Served(self._page)

    def stop_server(self) -> None:
        """Answer no more, as after a power cut."""
        self.server.stop()

    def restart_server(self) -> None:
        """Answer again, on the same port."""
        self.server = Served(self._page, self.server.port)
        self.server.__enter__()

    def hear(self, event: Happening) -> None:
        """Keep an event, as the reactor would."""
        self.events.append(event)

    def admit(self, received: bytes, door: Door) -> None:
        """Give a paper to the gate, and what it admits to the neighbours' share."""
        before = len(self.events)
        self.gate.admit(received, door)
        for event in self.events[before:]:
            match event:
                case AnnouncementAccepted(announcement=document):
                    pass
                case ActiveSetAccepted(active_set=document):
                    pass
                case ApprovalAccepted(approval=document):
                    pass
                case _:
                    continue
            envelope = read_envelope(received)
            self.shared.take(Sealed(document, received, envelope.payload_sha256))

    def put(self, data: bytes) -> Sha256:
        """Lay a content on the shelf, as if it had come from central."""
        name = sha256(data)
        part = self.shelf.part(name)
        part.write_bytes(data)
        self.shelf.adopt(part, name)
        self.neighbours.notice(ContentArrived(sha256=name))
        return name

    def bring(self, data: bytes, *, urgent: bool = False, central_s: float = 0.0) -> bool:
        """Bring a content as the courier does; return whether neighbours gave it."""
        name, found = sha256(data), b""
        with contextlib.suppress(AskCentral):
            for piece in self.neighbours.content(name, len(data), urgent=urgent) or ():
                found += piece
        self.given_bytes += len(found)
        if sha256(found) != name:
            self.central_served += 1
            time.sleep(central_s)
        self.put(data)
        return sha256(found) == name

    def heard_fetching(self) -> set[Sha256]:
        """Return the contents that neighbours have told this appliance to be on their way to them."""
        indexes = (watch.index for watch in self.neighbours._answering())
        return {name for index in indexes if index is not None for name in index.fetching}

    def told(self, received: bytes) -> bool:
        """Return whether the gate has admitted a paper."""
        return self.shared.knows(sha256(received))

    def sighting(self) -> Sighting:
        """Return how others see this appliance."""
        return Sighting(self.name, self.identity.device, self.name, "127.0.0.1", self.server.port)


class Lan:
    """Some appliances, of one authority, that may see each other."""

    def __init__(self, root: Path, stack: ExitStack, times: Times = QUICK) -> None:
        self._root = root
        self._stack = stack
        self._times = times
        self.authority = Authority.make()
        self.houses: list[House] = []

    def house(self, name: str) -> House:
        """Return one more appliance, serving, that sees nobody yet."""
        house = House(self._root / name, self.authority, name, self._times)
        self.houses.append(house)
        self._stack.enter_context(house.server)
        self._stack.callback(house.stop_server)
        self._stack.callback(house.sharing.close)
        self._stack.callback(house.neighbours.stop)
        self._stack.callback(house.link.close)
        return house

    def meet(self, *strangers: Sighting) -> None:
        """Have all appliances see each other, and these strangers; return when they answer."""
        sightings = [house.sighting() for house in self.houses]
        for house in self.houses:
            others = [s for s in sightings if s.device != house.identity.device]
            house.neighbours.seen((*others, *strangers))
        for house in self.houses:
            names = {h.name for h in self.houses if h is not house}
            until(lambda h=house, n=names: n <= set(h.neighbours.names()), WAIT_S)  # type: ignore[misc]


Talk = Callable[[socket.socket, str], None]


class Liar:
    """A stranger who announces itself as an appliance and answers as a test wants."""

    def __init__(self, talk: Talk, letter: str = "l") -> None:
        self.device = DeviceId(letter * 16)
        self.asked: list[str] = []
        self._talk = talk
        self._door = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._door.getsockname()[1])
        self._open: list[socket.socket] = []
        self._threads: list[threading.Thread] = []
        self._closed = threading.Event()

    def sighting(self) -> Sighting:
        """Return how it shows itself."""
        return Sighting(f"Kẻ lạ {self.device}", self.device, "Kẻ lạ", "127.0.0.1", self.port)

    def __enter__(self) -> Self:
        self._start(self._listen)
        return self

    def __exit__(self, *_: object) -> None:
        self._closed.set()
        with contextlib.suppress(OSError):
            self._door.shutdown(socket.SHUT_RDWR)
        self._door.close()
        for sock in self._open:
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
            sock.close()
        for thread in self._threads:
            thread.join(WAIT_S)

    def rest(self, seconds: float) -> bool:
        """Let time pass; return whether the liar is still open."""
        return not self._closed.wait(seconds)

    def _start(self, work: Callable[[], None]) -> None:
        thread = threading.Thread(target=work, name="liar", daemon=True)
        self._threads.append(thread)
        thread.start()

    def _listen(self) -> None:
        while not self._closed.is_set():
            try:
                sock, _ = self._door.accept()
            except OSError:
                return
            self._open.append(sock)
            self._start(lambda sock=sock: self._answer(sock))  # type: ignore[misc]

    def _answer(self, sock: socket.socket) -> None:
        with contextlib.suppress(OSError, IndexError), sock:
            head = b""
            while b"\r\n\r\n" not in head:
                received = sock.recv(4_096)
                if not received:
                    return
                head += received
            path = head.split()[1].decode()
            self.asked.append(path)
            self._talk(sock, path)


def index_of(device: str, **more: object) -> bytes:
    """Return an index as a stranger would write it."""
    return json.dumps({"v": 1, "device": device, "name": "Kẻ lạ", **more}).encode()


def answer(
    body: bytes, etag: str = "e1", status: str = "200 OK", length: int | None = None
) -> bytes:
    """Return a whole HTTP answer; `length` is what its head claims."""
    claimed = len(body) if length is None else length
    head = f'HTTP/1.1 {status}\r\nContent-Length: {claimed}\r\nETag: "{etag}"\r\n\r\n'
    return head.encode() + body


def hint_of(
    envelope: bytes, issued: str = "2026-11-22T03:00:00Z", **more: object
) -> dict[str, object]:
    """Return what an index says of an announcement."""
    return {"sha256": sha256(envelope), "kind": "announcement", "issued": issued, **more}


@contextlib.contextmanager
def lan(root: Path, times: Times = QUICK) -> Iterator[Lan]:
    """Hold a network; all in it ends with the block."""
    with ExitStack() as stack:
        yield Lan(root, stack, times)
