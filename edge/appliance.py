"""The appliance put together: settings → stores → hands → reactor → page; and its life from start to end.

Law of the room: wiring and the order of starting and stopping, no decisions. Hands get `post`, the page gets
`submit` and a view; none of them knows the reactor.
"""

import asyncio
import contextlib
import fcntl
import logging
import signal
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Final

import msgspec

from contract.enrolment import read_claim
from contract.errors import Refused
from contract.keyring import NOBODY
from contract.trust import TrustState
from edge.adapters import wiping
from edge.adapters.archive import kept_floor
from edge.adapters.chain import Chain, folder_reader
from edge.adapters.chain_fetch import FromFolder
from edge.adapters.chores import Chores
from edge.adapters.clock import WallClock
from edge.adapters.gate import Gate
from edge.adapters.identity import Identity
from edge.adapters.ledger import Ledger
from edge.adapters.logs import Ring, listening
from edge.adapters.watchdog import Signs, Watchdog, notify
from edge.config import Settings, span
from edge.core.events import ClaimTyped, ClockJudged, Happening, Started
from edge.core.moment import Clock
from edge.core.orders import Ask, Remember
from edge.core.update_facts import UpdateRules
from edge.front import Front
from edge.hands import Hands
from edge.journal import Journal
from edge.reactor import Reactor

log = logging.getLogger(__name__)

# no clock of this release may be behind its making
BUILT: Final = datetime(2026, 11, 22, tzinfo=UTC)
CLOCK_LOOK_S: Final = 10.0
MACHINE_LOOK_S: Final = 30.0
ARRIVAL_LOOK_S: Final = 2.0
FLOOR_EVERY_S: Final = 3_600.0


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


class Appliance:
    """All rooms of the edge, wired; `run` lives until it is told to end."""

    def __init__(self, settings: Settings, state: Path, ring: Ring | None = None) -> None:
        """Open the stores and build the hands; nothing starts before `run`. Raises what the stores raise.

        `ring` holds what the program says from its start on; without one there is nothing to send.
        """
        self._settings = settings
        self.clock = WallClock(synchronised=(lambda: True) if settings.clock == "system" else None)
        self._notice: Callable[[Happening], None] = lambda _event: None  # until there are hands
        self.identity = Identity.open(state)
        self.ledger = Ledger(state / "ledger")
        journal = Journal(state / "journal" if settings.journal else None)
        self.reactor = Reactor(self._obey, journal, self.clock.moment)
        post = self._post
        self.chain = _chain(settings, state, self.ledger)
        keyring = self.chain.keyring() or NOBODY
        fresh = TrustState.fresh(keyring, self.identity.public, BUILT)
        self.gate = Gate(self.ledger, fresh, post, self.clock.trusted_now)
        self.clock.look(self.gate.state)
        self.hands = Hands(
            settings,
            state,
            self.identity,
            self.ledger,
            self.chain,
            self.gate,
            self.clock,
            post,
            ring=Ring() if ring is None else ring,
        )
        self._notice = self.hands.notice
        loop = asyncio.get_running_loop()

        def over() -> None:
            loop.call_soon_threadsafe(self._ending.set)

        self.hands.over = over
        software = version("tienglang")
        self.front = Front(settings, self.identity, self.ledger, self.reactor, self.hands, software)
        self.chores = Chores(
            post,
            self.clock.moment,
            self.hands.shelf.free_bytes,
            sync_s=max(1, round(settings.sync_s)),
            health_s=max(1, round(settings.health_s)),
        )
        self.watchdog = Watchdog(self._signs)
        self._ending = asyncio.Event()

    def _post(self, event: Happening) -> None:
        """Take an event from any hand, on any thread; returns at once."""
        self._notice(event)
        self.reactor.post(event)

    def _obey(self, order: Ask) -> None:
        self.hands.obey(order)

    # --- time -------------------------------------------------------------------------------------

    async def _keep_time(self) -> None:
        """Tick the chores each second, judge the clock anew, look at the machine, raise the floor each hour."""
        changes, floored = self.clock.changes, time.monotonic()
        looked = measured = arrived = -1e9
        while True:
            now = time.monotonic()
            if now - looked >= CLOCK_LOOK_S:
                looked = now
                self.clock.look(self.gate.state)
                self.hands.ask_time()
            if self.clock.changes != changes:
                changes = self.clock.changes
                off_s = self.clock.disputed.total_seconds()
                self._post(ClockJudged(clock=self.clock.state, disputed_s=off_s))
            if now - measured >= MACHINE_LOOK_S:
                measured = now
                self.hands.look_at_machine()
            if now - arrived >= ARRIVAL_LOOK_S:
                arrived = now
                self.hands.look_at_arrival()
            if now - floored >= FLOOR_EVERY_S and self.clock.state is Clock.TRUSTED:
                floored = now
                self.hands.raise_floor()
            await asyncio.sleep(1.0)
            self.chores.tick()
            self.hands.flush_reports()
            self.hands.look_at_slots()

    def _signs(self) -> Signs:
        """Return what the watchdog looks at."""
        desk, air = self.reactor.desk, self.reactor.air
        playing = desk.rig.playing
        sounds = air is not None and air.sounding and playing is not None
        return Signs(
            turns=self.reactor.turns,
            on_air_since_s=playing.asked_mono_s if sounds and playing else None,
            headway_s=desk.rig.level_mono_s if desk.rig.level_mono_s > 0 else None,
        )

    # --- life -----------------------------------------------------------------------------------

    def _started(self) -> Happening:
        """Return all that the stores remember, for the first turn."""
        papers, kept = self.gate.restore(), self.ledger.remembered()
        for note in (*self.ledger.notes, *self.chain.notes, *self.gate.notes):
            log.warning("store: %s", note)
        started = Started(
            device=self.identity.device,
            software=version("tienglang"),
            clock=self.clock.state,
            assignment=papers.assignment,
            programme=papers.programme,
            programme_sha256=papers.programme_sha256,
            approvals=tuple(papers.approvals.values()),
            announcements=papers.announcements,
            contents=self.hands.shelf.contents(),
            greets=self.hands.arrival is not None,
            service_button=self._settings.service_button,
            update=self.hands.updater.started(_update_rules(self._settings)),
        )
        return started if kept is None else _with(started, kept)

    async def run(self) -> None:
        """Live until SIGTERM or SIGINT; on the way out all zones are off first."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._ending.set)
        try:
            self.reactor.post(self._started())  # before any hand can speak
            if self._settings.claim_code:
                claim = read_claim(self._settings.claim_code)
                self.reactor.post(ClaimTyped(claim=claim, on_card=True))
            async with (
                self._hands(),
                self.front.served() as address,
                _task(self.reactor.run()),
                _task(self._keep_time()),
            ):
                await asyncio.to_thread(self.hands.player_ready)
                print(f"ready {address}", flush=True)  # noqa: T201  a parent waits for this line
                self.watchdog.start()
                notify("READY=1")
                await self._ending.wait()
                notify("STOPPING=1")
        finally:
            self.watchdog.stop()
            self.reactor.close()

    @contextlib.asynccontextmanager
    async def _hands(self) -> AsyncIterator[None]:
        """Start the hands on their lanes; stop them with the zones off first."""
        self.hands.start()
        try:
            yield
        finally:
            await asyncio.to_thread(self.hands.stop)


def _update_rules(settings: Settings) -> UpdateRules:
    hours, trial_s = span(settings.update_hours), settings.update_trial_min * 60
    return UpdateRules(
        from_min=hours.from_min, until_min=hours.until_min, trial_s=trial_s, patience_s=2 * trial_s
    )


def _with(started: Started, kept: Remember) -> Started:
    """Return the start with the small facts that were kept."""
    return msgspec.structs.replace(
        started,
        warnings=kept.warnings,
        warning_count=kept.warning_count,
        alarms=kept.alarms,
        override=kept.override,
        hush=kept.hush,
        volume=kept.volume,
        base_volume_pct=kept.base_volume_pct,
        silenced=kept.silenced,
        day=kept.day.isoformat(),
        day_sounded_s=kept.day_sounded_s,
        sessions_s=kept.sessions_s,
        day_plays=kept.day_plays,
        on_air=kept.on_air,
    )


def _chain(settings: Settings, state: Path, ledger: Ledger) -> Chain:
    """Return the chain under the root that the image brings, with what the image brings beside it.

    What lies in the image is judged at the time floor: whoever installed it answers for its age. Raises
    `OSError` or `Refused` naming the file and the next step.
    """
    folder = Path(settings.trust_dir)
    scratch = Path(settings.scratch_dir) if settings.scratch_dir else state
    scratch.mkdir(parents=True, exist_ok=True)
    try:
        chain = Chain(ledger.slots("chain"), (folder / "root.json").read_bytes(), scratch)
    except OSError as fault:
        msg = f"{folder}/root.json cannot be read ({fault.strerror}): put the province's root there"
        raise OSError(msg) from fault
    except Refused as refusal:
        msg = f"{refusal.why}; {folder}/root.json is no root: fetch the province's again"
        raise Refused(refusal.code, msg) from refusal
    if (folder / "metadata").is_dir():
        try:
            source = FromFolder(folder_reader(folder))
            chain.refresh(source, max(BUILT, kept_floor(ledger) or BUILT))
        except (Refused, OSError) as fault:  # older than what is held, more often than not
            log.info("the image's part of the chain is left out: %s", fault)
    return chain


async def live(settings: Settings, state: Path) -> bool:
    """Build the appliance and let it live; returns, when it was told to end, whether it was wiped.

    What is to be wiped goes when nobody writes any more; a wipe that a power cut interrupted is ended first.
    """
    with listening(Ring()) as ring:
        wiping.finish(state)
        await Appliance(settings, state, ring).run()
        return wiping.finish(state)


@contextlib.asynccontextmanager
async def _task(work: Coroutine[None, None, None]) -> AsyncIterator[None]:
    """Run `work` beside the block; a fault in it ends the block, and the block's end ends it."""
    async with asyncio.TaskGroup() as group:
        task = group.create_task(work)
        yield
        task.cancel()
