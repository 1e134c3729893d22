"""The appliance of a rehearsal: real core, ledger, gate, archive, spool, herald and wall clock; virtual hands.

Law of the room: put together as `edge/appliance.py` does it, on a real directory. A kill drops all that is in
memory and whatever had not been handed to its hand yet; the next life begins from the disk alone.
"""

import base64
import random
import resource
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import assert_never

import msgspec

from contract import codec, seal
from contract.documents import Announcement, Check, Kind, Sha256
from contract.testing import device_key
from contract.trust import TrustState
from edge.adapters.clock import WallClock
from edge.adapters.gate import Gate
from edge.adapters.herald import Herald
from edge.adapters.identity import Identity
from edge.adapters.ledger import Ledger
from edge.adapters.restraint import Restraint
from edge.adapters.storage import StorageFailed
from edge.core.decide import Decision, decide
from edge.core.desk import Desk
from edge.core.events import (
    ActiveSetAccepted,
    AnnouncementAccepted,
    AssignmentAccepted,
    CentralLost,
    CentralReached,
    ChoreDue,
    ClockJudged,
    CommandAccepted,
    ContentArrived,
    ContentLost,
    DocumentRefused,
    Door,
    HandFailed,
    HandName,
    Happening,
    Inspected,
    ProgrammeAccepted,
    Started,
    StreamProbed,
    Ticked,
    VoiceReady,
)
from edge.core.orders import (
    Ask,
    AskEnrolment,
    AskRelease,
    FetchContents,
    FetchRelease,
    FitInputs,
    FitZones,
    HearOperator,
    HoldRelease,
    Inspect,
    KeepUpdate,
    PinContents,
    ProbeStream,
    Remember,
    Restart,
    Scrub,
    SendLogs,
    SetPlayVolume,
    Speak,
    StartPlay,
    StopPlay,
    SwitchOthers,
    SwitchZones,
    Synchronise,
    Tell,
    TellNetwork,
    Wipe,
    WishSlot,
)
from edge.journal import Journal, digest_of
from tests.rehearsal import month
from tests.rehearsal.central import Central, Wire
from tests.rehearsal.clockwork import Clockwork
from tests.rehearsal.evidence import Evidence, Turned, announcement_arrival
from tests.rehearsal.hands import VOICE_S, Inputs, Player, Relays

BUILT = month.BEGINS - timedelta(days=3)
LANE_S = 0.003
STORM_TURNS = 3_000  # so many turns in one minute answer each other and nothing else
SYNC_S = 60.0
HEALTH_S = 300.0
LOOK_S = 10.0
FLUSH_S = 15.0
FLOOR_S = 3_600.0


class Killed(BaseException):
    """The process dies here and now."""


class Appliance:
    """One machine through all its lives."""

    def __init__(
        self,
        works: Clockwork,
        evidence: Evidence,
        central: Central,
        directory: Path,
        rng: random.Random,
        listen_s: float,
    ) -> None:
        self.works, self.evidence, self.central = works, evidence, central
        self._directory, self._rng = directory, rng
        self.identity = Identity(device_key("rehearsal"))
        self.relays = Relays(works, evidence, self.post)
        self.player = Player(works, evidence, self.relays, self.post, self._stamp, listen_s)
        self.inputs = Inputs(works, self.post)
        self.alive = False
        self.connected = False
        self.disk_full = False
        self.voice_broken = False
        self.doom: str = ""  # where the next kill strikes: orders, send, admit
        self.on_death: Callable[[str], None] = lambda _why: None
        self.desk = Desk()
        self.journal_day: float | None = None
        self._journal = Journal(None)
        self._journal_files = directory / "journal"
        self._digest = sha256()
        self._wake = 0
        self._born_s = 0.0
        self._last_id = 0
        self._changes = 0
        self._posted: list[Happening] = []
        self._fetching = 0
        self._first = True
        self._minute = self._in_minute = 0
        self._noted_clock: tuple[str, datetime, float] | None = None

    # --- life and death -------------------------------------------------------------------------

    def boot(self, why: str) -> None:
        """Begin a life from what lies on the disk, as `Appliance.__init__` and `run` do."""
        works = self.works
        self.alive, self._born_s, self._first = True, works.elapsed_s, True
        self.doom = ""
        mono = works.mono_s
        self.ledger = Ledger(self._directory / "ledger")
        self.clock = WallClock(works.is_synchronised, works.system, mono)
        fresh = TrustState.fresh(self.central.authority.keyring, self.identity.public, BUILT)
        self.gate = Gate(
            self.ledger, fresh, self._post_from_gate, self.clock.trusted_now, Restraint(mono)
        )
        self.clock.look(self.gate.state)
        self._changes = self.clock.changes
        wire = Wire(self.central, self.identity)
        self.herald = Herald(wire, self.ledger, self.identity, self.post, self.clock.now, mono=mono)
        self._note_clock()
        self._last_id, self.connected, self._fetching = 0, False, 0
        self._journal = Journal(self._journal_files)
        self.player.voices.clear()
        self.post(self._started())
        works.living(0.4 + self._rng.random(), self._ear)
        works.living(SYNC_S, self._chore_sync)
        works.living(1.0, self._chore_health)
        works.living(LOOK_S, self._look)
        works.living(FLUSH_S, self._flush)
        works.living(FLOOR_S, self._raise_floor)
        works.living(30.0, self._chore_readiness)
        works.living(1.0, self._chore_day)

    def _started(self) -> Started:
        papers, kept = self.gate.restore(), self.ledger.remembered()
        started = Started(
            device=self.identity.device,
            software="rehearsal",
            clock=self.clock.state,
            assignment=papers.assignment,
            programme=papers.programme,
            programme_sha256=papers.programme_sha256,
            approvals=tuple(papers.approvals.values()),
            announcements=papers.announcements,
            contents=tuple(Sha256(s) for s in sorted(self.player.shelf)),
        )
        if kept is not None:
            fields = {
                name: value
                for name in msgspec.structs.asdict(kept)
                if name in Started.__struct_fields__ and name != "day"
                for value in (getattr(kept, name),)
            }
            started = msgspec.structs.replace(started, day=kept.day.isoformat(), **fields)
        if papers.assignment is not None:
            self.evidence.assignments.append((self.works.elapsed_s, papers.assignment))
        self.evidence.programmes.append((self.works.elapsed_s, papers.programme))
        for announcement in (*started.announcements, *started.warnings):
            self._arrived(announcement, "store", firm=True)
        return started

    def die(self, why: str) -> None:
        """Drop all that is in memory."""
        if not self.alive:
            return
        self.alive = self.connected = False
        self.player.die()
        self.relays.die()
        self.inputs.die()
        self._journal.close()
        self.works.life += 1
        self.evidence.lives.append((self._born_s, self.works.elapsed_s, why))
        self.doom = ""
        self.central.doomed_answer = lambda: None
        self.on_death(why)

    @contextmanager
    def _mortal(self) -> Iterator[None]:
        """Within, a kill may strike."""
        try:
            yield
        except Killed:
            self.die("kill")

    def close(self) -> str:
        """End the rehearsal; return the digest of all that was decided."""
        if self.alive:
            self.die("end")
        return self._digest.hexdigest()

    # --- turns ----------------------------------------------------------------------------------

    def post(self, event: Happening) -> None:
        """Take an event; its turn comes after those before it."""
        if self.alive:
            self.works.living(0.0005, lambda: self._turn(event))

    def _post_from_gate(self, event: Happening) -> None:
        self._posted.append(event)
        self.post(event)

    def _turn(self, event: Happening) -> None:
        minute = int(self.works.elapsed_s // 60)
        self._in_minute = self._in_minute + 1 if minute == self._minute else 1
        self._minute = minute
        if self._in_minute > STORM_TURNS:
            self.evidence.storms.append((self.works.elapsed_s, self.seen()))
            self._in_minute = 0
            self.die("storm")
            return
        now, before = self.clock.moment(), self.desk if not self._first else Desk()
        self._first = False
        decision = decide(before, event, now)
        if decision.desk.local.silenced != before.local.silenced or not self.evidence.silences:
            self.evidence.silences.append((self.works.elapsed_s, decision.desk.local.silenced))
        self.desk = decision.desk
        self.evidence.turns += 1
        self._digest.update(msgspec.json.encode((now, event), order="sorted"))
        self._digest.update(digest_of(decision).encode())
        if self._journals():
            self._journal.record(before, now, event, decision)
        orders = decision.orders
        if self.doom == "orders" and orders:
            cut = self._rng.randrange(len(orders) + 1)
            for order in orders[:cut]:
                self._hand(order)
            self.die("kill between an order and its effect")
            return
        for order in orders:
            self._hand(order)
        self._nap(decision)

    def _nap(self, decision: Decision) -> None:
        self._wake += 1
        wake = self._wake
        nap_s = min(max(decision.wake_in_s, 0.0005), 30.0)
        self.works.living(nap_s, lambda: self._turn(Ticked()) if wake == self._wake else None)

    def _journals(self) -> bool:
        day = self.journal_day
        return day is not None and day <= self.works.elapsed_s < day + 86_400

    def _stamp(self) -> tuple[datetime, str]:
        return self.clock.now(), self.clock.state.value

    # --- orders ---------------------------------------------------------------------------------

    def _hand(self, order: Ask) -> None:
        """Put an order on its hand's lane; a kill before it runs takes it along."""
        self._note_first(order)
        self.works.living(LANE_S, lambda: self._obey(order))

    def _obey(self, order: Ask) -> None:  # noqa: C901, PLR0912  one case an order
        works = self.works
        match order:
            case StartPlay() | StopPlay() | SetPlayVolume():
                self.player.obey(order)
            case FitZones():
                self.relays.fit()
            case FitInputs():
                self.inputs.fit()
            case SwitchZones(on=on):
                self.relays.switch(on)
            case SwitchOthers() | PinContents():
                pass
            case Speak(ref=ref):
                if not self.voice_broken:
                    works.living(0.3 + self._rng.random(), lambda: self._spoken(ref))
            case FetchContents():
                self._fetch(order)
            case Synchronise():
                self._synchronise()
            case Tell():
                with self._mortal(), self._disk():
                    self.herald.obey(order)
            case Remember():
                self._remember(order)
            case Scrub():
                for name in sorted(self.player.damaged & self.player.shelf):
                    self.player.damaged.discard(name)
                    self._lose(Sha256(name), "băm lại thấy sai")
            case ProbeStream(url=url):
                ok = url not in self.player.dead_streams
                why = "" if ok else "không có dữ liệu"
                works.living(1.0, lambda: self.post(StreamProbed(url=url, ok=ok, why=why)))
            case Inspect(of=of, contents=contents):
                bad = self.player.damaged.intersection(contents)
                checks = (Check(name="shelf", ok=not bad, why="tệp hỏng" if bad else ""),)
                works.living(0.2, lambda: self.post(Inspected(of=of, checks=checks)))
                sound = (Check(name="sound-path", ok=True),)
                works.living(0.3, lambda: self.post(Inspected(of=of, checks=sound)))
                for name in sorted(bad):
                    self.player.damaged.discard(name)
                    self._lose(Sha256(name), "kiểm tra trước giờ phát thấy sai")
            case AskEnrolment() | Wipe() | Restart() | SendLogs() | HearOperator() | TellNetwork():
                pass  # this one is assigned from its first day; nobody wipes it, restarts it or reads its logs
            case AskRelease() | FetchRelease() | HoldRelease() | WishSlot() | KeepUpdate():
                pass  # its machine has no slots
            case _:
                assert_never(order)

    def _remember(self, order: Remember) -> None:
        try:
            with self._disk():
                self.ledger.obey(order)
        except StorageFailed as fault:
            self._hand_failed("ledger", str(fault))

    def _hand_failed(self, hand: HandName, why: str) -> None:
        self.post(HandFailed(hand=hand, why=why[:300]))

    def _spoken(self, ref: str) -> None:
        self.player.voices.add(ref)
        self.post(VoiceReady(ref=ref, duration_ms=round(VOICE_S * 1000)))

    def _lose(self, name: Sha256, why: str) -> None:
        self.player.shelf.discard(name)
        self.post(ContentLost(sha256=name, why=why))

    def _note_first(self, order: Ask) -> None:
        if isinstance(order, FitZones | SwitchZones | StartPlay):
            self.evidence.first_orders.append((self.works.life, type(order).__name__))

    # --- the disk -------------------------------------------------------------------------------

    @contextmanager
    def _disk(self) -> Iterator[None]:
        """Within, the disk takes no byte while it is full: the system itself refuses."""
        if not self.disk_full:
            yield
            return
        soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, hard))
        try:
            yield
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))

    # --- the ways to central --------------------------------------------------------------------

    def admit(self, sealed: bytes, door: Door) -> tuple[Happening, ...]:
        """Bring a paper to the gate; return what came of it."""
        if not self.alive:
            return ()
        self._posted = []
        with self._disk():
            self.gate.admit(sealed, door)
        came = tuple(self._posted)
        firm = not self.disk_full
        for event in came:
            match event:
                case AnnouncementAccepted(announcement=announcement):
                    self._arrived(announcement, door, firm=firm)
                case DocumentRefused(kind=kind, code=code):
                    if kind is Kind.ANNOUNCEMENT:
                        self._turned(sealed, code.value, door)
                case AssignmentAccepted(assignment=assignment):
                    self.evidence.assignments.append((self.works.elapsed_s, assignment))
                case ProgrammeAccepted(programme=programme):
                    self.evidence.programmes.append((self.works.elapsed_s, programme))
                case ActiveSetAccepted(active_set=active_set):
                    self.evidence.active_sets.append((self.works.elapsed_s, active_set))
                case CommandAccepted():
                    pass
                case _:
                    pass
        if self.doom == "admit" and any(isinstance(e, AnnouncementAccepted) for e in came):
            self.die("kill between the disk and the desk")
        return came

    def _arrived(self, announcement: Announcement, door: str, *, firm: bool) -> None:
        works = self.works
        arrival = announcement_arrival(
            announcement, works.elapsed_s, works.life, works.begins, firm=firm, door=door
        )
        self.evidence.arrivals.append(arrival)

    def _turned(self, sealed: bytes, code: str, door: str) -> None:
        paper = codec.decode(Kind.ANNOUNCEMENT, seal.read_envelope(sealed).payload)
        assert isinstance(paper, Announcement)
        turned = Turned(
            id=paper.id,
            at_s=self.works.elapsed_s,
            code=code,
            door=door,
            clock=self.clock.state.value,
            expires_s=(paper.expires - self.works.begins).total_seconds(),
        )
        self.evidence.refused_warnings.append(turned)

    def _ear(self) -> None:
        """Hold the stream to central open; try again at random while it cannot be had."""
        if self.connected:
            return
        if not self.central.reachable:
            self.works.living(1.0 + 19.0 * self._rng.random(), self._ear)
            return
        self.connected = True
        self.post(CentralReached())
        with self._mortal():
            self.admit(self.central.active_set(), "push")
            for said in self.central.active:
                self.admit(said.sealed, "push")
            for number, sealed in self.central.after(self._last_id):
                self._last_id = number
                self.admit(sealed, "push")

    def pushed(self, number: int, sealed: bytes) -> None:
        """Central pushed something on the open stream."""
        if self.alive and self.connected:

            def take() -> None:
                if self.connected:
                    self._last_id = number
                    self.admit(sealed, "push")

            self.works.living(0.02 + 0.05 * self._rng.random(), take)

    def hinted(self) -> None:
        """Central said that a paper changed."""
        if self.alive and self.connected:
            self.works.living(0.05, self._synchronise)

    def cut_off(self, notice_s: float) -> None:
        """The line fell; the ear notices after so long."""
        if not self.alive or not self.connected:
            return
        self.connected = False

        def lost() -> None:
            self.post(CentralLost(why="no word from central"))
            self._ear()

        self.works.living(notice_s, lost)

    def _synchronise(self) -> None:
        """Ask central for papers, as the courier does; ask for the time where nobody else keeps it."""
        with self._mortal(), self._disk():
            self.herald.flush()
        central = self.central
        if not self.alive or not central.reachable:
            return
        if self.clock.may_ask():
            nonce = base64.b64encode(self._rng.randbytes(32)).decode()
            signed = self.gate.take_time(central.time(nonce), nonce)
            if signed is not None:
                sent_s = self.works.mono_s()
                self.clock.answer(signed, sent_s - 0.02, sent_s + 0.02)
                self._note_clock()
                self._judged()
        from_central = (
            (Kind.ASSIGNMENT, central.assignment),
            (Kind.PROGRAMME, central.programme),
            (Kind.ACTIVE_SET, central.active_set()),
        )
        for kind, sealed in from_central:
            if self._lives() and self.gate.held_sha256(kind) != sha256(sealed).hexdigest():
                self.admit(sealed, "poll")
        for name in self.gate.lacking() if self._lives() else ():
            found = central.named(name)
            if found is not None and self._lives():
                self.admit(found, "poll")

    def _lives(self) -> bool:
        """Return whether it still lives: each paper it takes may be its last."""
        return self.alive

    def _fetch(self, order: FetchContents) -> None:
        if not self.central.reachable:
            return
        self._fetching += 1
        fetching = self._fetching
        self._works_through(order, 0, fetching)

    def _works_through(self, order: FetchContents, at: int, fetching: int) -> None:
        if fetching != self._fetching or not self.central.reachable:
            return
        if at == 0:
            for sealed in self.central.approvals():
                self.admit(sealed, "poll")
        if not self.alive or at >= len(order.contents):
            return
        name = order.contents[at].sha256
        if name not in self.player.shelf and not self.disk_full:
            self.player.shelf.add(name)
            self.post(ContentArrived(sha256=name))
        self.works.living(4.0, lambda: self._works_through(order, at + 1, fetching))

    # --- chores ---------------------------------------------------------------------------------

    def _chore_sync(self) -> None:
        self.works.living(SYNC_S, self._chore_sync)
        self.post(ChoreDue(name="sync", storage_free_bytes=self._free()))

    def _chore_health(self) -> None:
        self.works.living(HEALTH_S, self._chore_health)
        self.post(ChoreDue(name="health", storage_free_bytes=self._free()))

    def _chore_readiness(self) -> None:
        self.works.living(300.0, self._chore_readiness)
        self.post(ChoreDue(name="readiness", storage_free_bytes=self._free()))

    def _chore_day(self) -> None:
        """Look whether a day has begun or the hour of the scrub has come."""
        believed = month.local(self.clock.now())
        at = believed.hour * 60 + believed.minute
        to_scrub_min = (2 * 60 + 40 - at) % 1_440 or 1_440
        self.works.living(min(to_scrub_min, 60) * 60.0, self._chore_day)
        if at == 2 * 60 + 40:
            self.post(ChoreDue(name="scrub", storage_free_bytes=self._free()))

    def _free(self) -> int:
        return 0 if self.disk_full else 5_000_000_000

    def _look(self) -> None:
        self.works.living(LOOK_S, self._look)
        self.clock.look(self.gate.state)
        self._note_clock()
        self._judged()

    def _judged(self) -> None:
        if self.clock.changes != self._changes:
            self._changes = self.clock.changes
            self.post(ClockJudged(clock=self.clock.state))

    def _note_clock(self) -> None:
        """Write down what is believed of the time, and whether a trusted clock is deceived."""
        state, off = self.clock.state.value, self.clock.now() - self.works.true
        off_s = off.total_seconds()
        now_s = self.works.elapsed_s
        if self._noted_clock is None or (self._noted_clock[0], self._noted_clock[2]) != (
            state,
            off_s,
        ):
            self._noted_clock = (state, self.clock.now(), off_s)
            self.evidence.clocks.append((now_s, state, self.clock.now()))

    def _raise_floor(self) -> None:
        self.works.living(FLOOR_S, self._raise_floor)
        with self._disk():
            self.gate.raise_floor()

    def _flush(self) -> None:
        self.works.living(FLUSH_S, self._flush)
        if self.herald.progress.sealed is not None or not self.connected:
            with self._mortal(), self._disk():
                self.herald.obey(Tell())

    # --- what staff see -------------------------------------------------------------------------

    def seen(self) -> str:
        """Return the key of the play that the page shows as on air."""
        playing = self.desk.rig.playing
        return playing.key if playing is not None else ""

    def believed(self) -> datetime:
        """Return the appliance's wall clock."""
        return self.clock.now()

    def today(self) -> date:
        """Return the commune's date as the appliance believes it."""
        return month.local(self.clock.now()).date()
