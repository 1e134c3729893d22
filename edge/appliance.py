"""The appliance put together: settings → hands → lanes → reactor → page; the only file that knows them all.

Law of the room: wiring and the order of starting and stopping, no decisions. Hands get `post`, the page gets
`submit` and a view; none of them knows the reactor.
"""

import asyncio
import contextlib
import fcntl
import ipaddress
import logging
import os
import signal
import socket
import threading
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Final, assert_never

import ifaddr

from contract import codec
from contract.documents import Keyring, Kind, Rank, StaffPin
from contract.errors import Refused
from contract.trust import TrustedNow, TrustState
from edge.adapters import clock
from edge.adapters.amplifier import Amplifier
from edge.adapters.chores import Chores
from edge.adapters.courier import Courier
from edge.adapters.ear import Ear
from edge.adapters.gate import Gate
from edge.adapters.herald import Herald
from edge.adapters.identity import Identity
from edge.adapters.ledger import Ledger
from edge.adapters.link import Link
from edge.adapters.listener import Listener
from edge.adapters.player import Player
from edge.adapters.shelf import Shelf
from edge.adapters.tones import place_tones, tone_path
from edge.adapters.voice import Voice
from edge.config import Settings
from edge.core.decide import Decision
from edge.core.events import ClockJudged, HandName, Happening, Started
from edge.core.moment import Clock
from edge.core.orders import (
    Ask,
    FetchContents,
    FitZones,
    Remember,
    Scrub,
    SetPlayVolume,
    Speak,
    StartPlay,
    StopPlay,
    SwitchZones,
    Synchronise,
    Tell,
)
from edge.core.sound import FromContent, FromTone, FromVoice, Source
from edge.core.page import PageView
from edge.core.view import view_of
from edge.journal import Journal
from edge.reactor import Lane, Reactor, moment
from edge.web.counter import Counter

log = logging.getLogger(__name__)

BUILT: Final = datetime(
    2026, 11, 22, tzinfo=UTC
)  # no clock of this release may be behind its making
CLOCK_LOOK_S: Final = 10.0
FLOOR_EVERY_S: Final = 3_600.0
LANE_PATIENCE_S: Final = 3.0
LOCKOUT: Final = "page-lockout"


class AlreadyRunning(Exception):
    """Another process holds this state directory."""


@contextlib.contextmanager
def sole_owner(state: Path) -> Iterator[None]:
    """Hold the state directory for this process alone; raises `AlreadyRunning`."""
    state.mkdir(parents=True, exist_ok=True, mode=0o700)
    with (state / "lock").open("w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as fault:
            msg = f"another tienglang-edge runs on {state}: stop it, or name another --state"
            raise AlreadyRunning(msg) from fault
        yield


def wall() -> datetime:
    """Return the wall clock's instant."""
    return datetime.now(UTC)


class Appliance:
    """All rooms of the edge, wired; `run` lives until it is told to end."""

    def __init__(self, settings: Settings, state: Path) -> None:
        """Open the stores and build the hands; nothing starts before `run`. Raises what the stores raise."""
        self._settings = settings
        self._clock = Clock.UNKNOWN
        self.identity = Identity.open(state)
        self.ledger = Ledger(state / "ledger")
        self.reactor = Reactor(self._obey, Journal(state / "journal" if settings.journal else None))
        post = self.reactor.post
        fresh = TrustState.fresh(_keyring(Path(settings.keyring)), self.identity.public, BUILT)
        self.gate = Gate(self.ledger, fresh, post, self._trusted_now)
        self._clock = self._judge()
        self.shelf = Shelf(state / "shelf", settings.quota_bytes, post)
        scratch = Path(settings.scratch_dir) if settings.scratch_dir else state
        self.voice = Voice(scratch / "voice", post)
        self._tones = state / "tones"
        place_tones(self._tones)
        link = Link(
            settings.central,
            self.identity,
            ca_file=Path(settings.ca_file) if settings.ca_file else None,
        )
        self.courier = Courier(link, self.shelf, self.gate, post, wall)
        self.herald = Herald(link, self.ledger, self.identity, post, wall)
        self.ear = Ear(link, self.gate, self._hinted, post)
        sink, server = settings.sink or None, settings.pulse_server or None
        self.player = Player(post, self._locate, sink, server)
        self.listener = Listener(post, f"{sink}.monitor" if sink else None, server)
        self.amplifier = Amplifier(post, settings.pins)
        self.chores = Chores(
            post,
            moment,
            self.shelf.free_bytes,
            sync_s=max(1, round(settings.sync_s)),
            health_s=max(1, round(settings.health_s)),
        )
        names: tuple[HandName, ...] = (
            "player",
            "amplifier",
            "voice",
            "courier",
            "herald",
            "ledger",
            "shelf",
        )
        self._lanes = {name: Lane(name, post) for name in names}
        self._ending = asyncio.Event()
        self._flushing = threading.Event()

    # --- what the hands are asked ---------------------------------------------------------------

    def _obey(self, order: Ask) -> None:
        """Put an order on its hand's lane."""
        match order:
            case StartPlay() | StopPlay() | SetPlayVolume():
                self._lanes["player"].put(lambda: self.player.obey(order))
            case FitZones(zones=zones):
                self._lanes["amplifier"].put(lambda: self.amplifier.configure(zones))
            case SwitchZones():
                self._lanes["amplifier"].put(lambda: self.amplifier.obey(order))
            case Speak():
                self._lanes["voice"].put(lambda: self.voice.obey(order))
            case FetchContents():
                self._lanes["courier"].put(lambda: self.courier.obey(order))
            case Synchronise():  # central was reached, or a minute has passed: both ways are tried
                self._lanes["courier"].put(lambda: self.courier.obey(order))
                self._lanes["herald"].put(self.herald.flush)
            case Tell():
                self._lanes["herald"].put(lambda: self.herald.obey(order))
            case Remember():
                self._lanes["ledger"].put(lambda: self.ledger.obey(order))
            case Scrub():
                self._lanes["shelf"].put(lambda: self.shelf.obey(order))
            case _:
                assert_never(order)

    def _locate(self, source: Source) -> Path:
        """Return the file of a source; raises `FileNotFoundError` when it is not here."""
        match source:
            case FromContent(sha256=sha256):
                path = self.shelf.path(sha256)
            case FromTone(tone=tone):
                path = tone_path(self._tones, tone)
            case FromVoice(ref=ref):
                path = self.voice.path(ref)
            case _:
                assert_never(source)
        if path is None or not path.exists():
            msg = f"tệp âm thanh không còn trên thiết bị: {source}"
            raise FileNotFoundError(msg)
        return path

    def _hinted(self, kind: Kind) -> None:
        """Central says that something changed: ask on the courier's lane, not on the ear's."""
        self._lanes["courier"].put(lambda: self.courier.heed(kind))

    # --- clocks ---------------------------------------------------------------------------------

    def _judge(self) -> Clock:
        trusted = self._settings.clock == "system" or clock.kernel_is_synchronised()
        return clock.judge(wall(), self.gate.state.time_floor, synchronised=trusted)

    def _trusted_now(self) -> TrustedNow:
        return TrustedNow(wall=wall(), clock=self._clock.value, door="store")

    async def _keep_time(self) -> None:
        """Tick the chores each second, judge the clock anew, and raise the floor each hour."""
        looked = floored = time.monotonic()
        while True:
            await asyncio.sleep(1.0)
            self.chores.tick()
            self._flush_reports()
            now = time.monotonic()
            if now - looked >= CLOCK_LOOK_S:
                looked = now
                judged = self._judge()
                if judged is not self._clock:
                    self._clock = judged
                    self.reactor.post(ClockJudged(clock=judged))
            if now - floored >= FLOOR_EVERY_S and self._clock is Clock.TRUSTED:
                floored = now
                self._lanes["ledger"].put(self.gate.raise_floor)

    def _flush_reports(self) -> None:
        """Let the herald try again what waits; one such job at a time, because a dead line takes long."""
        if not self._flushing.is_set():
            self._flushing.set()
            self._lanes["herald"].put(self._flush)

    def _flush(self) -> None:
        self._flushing.clear()
        self.herald.obey(Tell())  # nothing new; what waits is sent when its time has come

    # --- life -----------------------------------------------------------------------------------

    def _started(self) -> Happening:
        """Return all that the stores remember, for the first turn."""
        papers, kept = self.gate.restore(), self.ledger.remembered()
        for note in (*self.ledger.notes, *self.gate.notes):
            log.warning("store: %s", note)
        return Started(
            device=self.identity.device,
            software=version("tienglang"),
            clock=self._clock,
            assignment=papers.assignment,
            programme=papers.programme,
            approvals=tuple(papers.approvals.values()),
            announcements=papers.announcements,
            contents=self.shelf.contents(),
            override=kept.override if kept else None,
            hush=kept.hush if kept else None,
            volume=kept.volume if kept else None,
            base_volume_pct=kept.base_volume_pct if kept else 80,
            silenced=kept.silenced if kept else False,
            day=kept.day.isoformat() if kept else "",
            day_sounded_s=kept.day_sounded_s if kept else 0.0,
        )

    async def run(self) -> None:
        """Live until SIGTERM or SIGINT; on the way out all zones are off first."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._ending.set)
        try:
            self.reactor.post(self._started())  # before any hand can speak
            async with (
                self._hands(),
                self._page() as address,
                _task(self.reactor.run()),
                _task(self._keep_time()),
            ):
                await asyncio.to_thread(self._player_ready)
                print(f"ready {address}", flush=True)  # noqa: T201  a parent waits for this line
                notify("READY=1")
                await self._ending.wait()
                notify("STOPPING=1")
        finally:
            self.reactor.close()

    def _player_ready(self) -> None:
        """Wait until the player's lane has done what it was given at the start."""
        ready = threading.Event()
        self._lanes["player"].put(ready.set)
        ready.wait()

    @contextlib.asynccontextmanager
    async def _hands(self) -> AsyncIterator[None]:
        """Start the hands on their lanes; stop them with the zones off first."""
        self._lanes["player"].put(self.player.start)
        self._lanes["shelf"].put(self.shelf.settle)
        self.listener.start()
        self.ear.start()
        try:
            yield
        finally:
            await asyncio.to_thread(self._stop_hands)

    def _stop_hands(self) -> None:
        self._lanes["amplifier"].put(self.amplifier.close)
        self._lanes["amplifier"].close(LANE_PATIENCE_S)
        self._lanes["player"].put(self.player.close)
        self.ear.stop()
        self.courier.stop()
        self.listener.close()
        for name, lane in self._lanes.items():
            if name != "amplifier" and not lane.close(LANE_PATIENCE_S):
                log.warning("hand=%s did not end in time; left behind", name)
        self.shelf.close()

    # --- the page -------------------------------------------------------------------------------

    def _page(self) -> contextlib.AbstractAsyncContextManager[str]:
        """Serve the local page; gives its address."""
        from edge.serving import served  # noqa: PLC0415  0.3 s that the engine uses to warm up meanwhile

        settings = self._settings
        return served(self._counter(), settings.listen_host, settings.listen_port)

    def _counter(self) -> Counter:
        return Counter(
            view=self._view,
            submit=self._submit,
            watched=self.reactor.watched,
            staff=self._staff,
            now=moment,
            remember=lambda data: self.ledger.save(LOCKOUT, data),
            recall=lambda: self.ledger.load(LOCKOUT, bytes),
            hosts=own_hosts(self._settings.host_names),
            language=self._settings.language,
            health=self._health,
        )

    async def _submit(self, event: Happening) -> Decision:
        return await self.reactor.submit(event)

    def _staff(self) -> tuple[StaffPin, ...]:
        assignment = self.reactor.desk.word.assignment
        return assignment.staff if assignment else ()

    def _view(self) -> PageView:
        air = self.reactor.air
        if air is None:
            msg = "the first turn has not been taken yet"
            raise RuntimeError(msg)
        return view_of(self.reactor.desk, air, moment())

    def _health(self) -> dict[str, str | int | bool]:
        desk, air = self.reactor.desk, self.reactor.air
        return {
            "device": self.identity.device,
            "software": version("tienglang"),
            "clock": self._clock.value,
            "central": desk.central,
            "assigned": desk.word.assignment is not None,
            "programme_version": desk.word.programme.version if desk.word.programme else 0,
            "on_air": (air.claim.rank if air else Rank.SILENCE).name.lower(),
            "faults": len(desk.rig.failed),
            "turns": self.reactor.turns,
        }


def _keyring(file: Path) -> Keyring:
    """Return the province's keyring; raises `OSError` or `Refused` naming the file and the next step."""
    try:
        return codec.decode_keyring(file.read_bytes())
    except OSError as fault:
        msg = f"the keyring {file} cannot be read ({fault.strerror}): put the province's keyring there"
        raise OSError(msg) from fault
    except Refused as refusal:
        msg = f"{refusal.why}; the file {file} is no keyring: fetch the province's again"
        raise Refused(refusal.code, msg) from refusal


async def live(settings: Settings, state: Path) -> None:
    """Build the appliance and let it live; returns when it was told to end."""
    await Appliance(settings, state).run()


@contextlib.asynccontextmanager
async def _task(work: Coroutine[None, None, None]) -> AsyncIterator[None]:
    """Run `work` beside the block; a fault in it ends the block, and the block's end ends it."""
    async with asyncio.TaskGroup() as group:
        task = group.create_task(work)
        yield
        task.cancel()


def own_hosts(named: tuple[str, ...]) -> frozenset[str]:
    """Return the names and addresses under which this machine's page may be asked for."""
    hosts = {
        "localhost",
        socket.gethostname().lower(),
        f"{socket.gethostname().lower()}.local",
        *named,
    }
    for adapter in ifaddr.get_adapters():
        for address in adapter.ips:
            text = address.ip if isinstance(address.ip, str) else address.ip[0]
            hosts.add(str(ipaddress.ip_address(text.partition("%")[0])))
    return frozenset(host.lower() for host in hosts)


def notify(word: str, environ: Callable[[str], str | None] = os.environ.get) -> None:
    """Tell the service manager `word` (sd_notify(3)); nothing where there is none."""
    address = environ("NOTIFY_SOCKET")
    if not address:
        return
    target = "\0" + address[1:] if address.startswith("@") else address
    with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as out:
        out.sendto(word.encode(), target)
