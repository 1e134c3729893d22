"""The hands put together: each built over the stores, alone on its lane, started and stopped in order.

Law of the room: which hand obeys which order, and the order of starting and stopping; no decisions. The
hands get `post`; none of them knows the reactor or the page.
"""

import logging
import threading
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Final, assert_never
from zoneinfo import ZoneInfo

from contract.chain import KEYRING_HINT
from edge.adapters import side_load, wiping
from edge.adapters.amplifier import Amplifier
from edge.adapters.arrival import Arrival
from edge.adapters.box import Box
from edge.adapters.chain import Chain
from edge.adapters.chain_fetch import FromCentral
from edge.adapters.clock import WallClock
from edge.adapters.courier import Courier
from edge.adapters.ear import Changed, Ear
from edge.adapters.enrolling import Enroller, board_model
from edge.adapters.filing import Filing
from edge.adapters.gate import Gate
from edge.adapters.herald import Herald
from edge.adapters.identity import Identity
from edge.adapters.keeper import Keeper
from edge.adapters.ledger import Ledger
from edge.adapters.likeness import Envelope
from edge.adapters.link import Link
from edge.adapters.listener import Listener
from edge.adapters.logs import LogSender, Ring
from edge.adapters.microphone import Microphone
from edge.adapters.networks import own_addresses
from edge.adapters.operator import Operator
from edge.adapters.phone import PhoneLines
from edge.adapters.pins import Board
from edge.adapters.player import Player
from edge.adapters.sensors import Sensors
from edge.adapters.shelf import Shelf
from edge.adapters.thrift import Spent, Thrift, limits
from edge.adapters.timekeeper import ask_time, reach
from edge.adapters.tones import place_tones, tone_path
from edge.adapters.tuner import Tuner
from edge.adapters.updater import Updater
from edge.adapters.vitals import VitalsHand
from edge.adapters.voice import Voice
from edge.config import Settings
from edge.core.commissioning import Reached
from edge.core.events import (
    AddressesSeen,
    AssignmentAccepted,
    HandName,
    Happening,
    SideLoaded,
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
from edge.core.sound import (
    FromContent,
    FromLineIn,
    FromOperator,
    FromPhone,
    FromRecording,
    FromStream,
    FromTone,
    FromVoice,
    Source,
)
from edge.lan import Lan
from edge.reactor import Lane

log = logging.getLogger(__name__)

LANE_PATIENCE_S: Final = 3.0
HOME_ZONE: Final = "Asia/Ho_Chi_Minh"
LANES: Final[tuple[HandName, ...]] = (
    "player",
    "amplifier",
    "sensors",
    "voice",
    "courier",
    "herald",
    "ledger",
    "shelf",
    "tuner",
    "vitals",
    "operator",
    "updater",
)


class Hands:
    """All hands of one appliance, wired to each other and to their lanes."""

    def __init__(  # noqa: PLR0913  all that stands before the hands do
        self,
        settings: Settings,
        state: Path,
        identity: Identity,
        ledger: Ledger,
        chain: Chain,
        gate: Gate,
        clock: WallClock,
        post: Callable[[Happening], None],
        *,
        ring: Ring,
    ) -> None:
        """Build the hands; nothing starts before `start`. Raises what the stores raise."""
        self.lan: Lan | None = None
        self._settings, self._gate, self._clock, self._post = settings, gate, clock, post
        self._state = state
        self.over: Callable[[], None] = lambda: None  # called on the ledger's lane
        sink, server = settings.sink or None, settings.pulse_server or None
        scratch = Path(settings.scratch_dir) if settings.scratch_dir else state
        self.ledger = ledger
        self.shelf = Shelf(state / "shelf", settings.quota_bytes, post)
        self.box = Box(state / "box", settings.recordings_bytes)
        self.phones = PhoneLines(scratch / "phones")
        self._tones = state / "tones"
        place_tones(self._tones)
        piper = Path(settings.piper_voice) if settings.piper_voice else None
        self.voice = Voice(scratch / "voice", post, piper_voice=piper)
        self._link = Link(
            settings.central,
            identity,
            ca_file=Path(settings.ca_file) if settings.ca_file else None,
            judges_certificates=clock.judges_certificates,
        )
        if settings.neighbours:
            self.lan = Lan(settings, identity.device, self.shelf, gate, post)
        thrift = Thrift(
            limits(settings.download_hours, settings.download_budget_bytes_per_day),
            self._zone,
            lambda: ledger.load("spent", Spent),
            lambda spent: ledger.save("spent", spent),
        )
        near = self.lan
        central = FromCentral(self._link)
        self.keeper = Keeper(chain, gate, central, post, clock.trusted_now)
        gate.ask_for_keys(self._keys_wanted)
        self.courier = Courier(
            self._link,
            self.shelf,
            gate,
            post,
            clock.now,
            thrift=thrift,
            neighbour=near.content if near else None,
            mine=near.neighbours.mine if near else None,
            fetched=near.shared.fetched if near else lambda _sha256: None,
            papers_from_neighbours=near.neighbours.papers if near else None,
            keeper=self.keeper,
        )
        if near is not None:
            near.heed(lambda: self.courier.postponed)
        self.enroller = Enroller(
            self._link,
            identity.public,
            self._assigned,
            self.courier.sync,
            post,
            software=version("tienglang"),
            model=board_model(),
        )
        self.herald = Herald(self._link, ledger, identity, post, clock.now)
        self.logs = LogSender(self._link, ring, identity.device, version("tienglang"), clock.now)
        self.filing = Filing(self._link, ledger)
        self.operator = Operator(
            self._link,
            gate.operator_key,
            state / "operator",
            scratch / "operator-sound",
            post,
            self._to_operator,
        )
        self.ear = Ear(self._link, gate, self._hinted, post, on_voice=self.operator.hear)
        self.player = Player(post, self._locate, sink, server)
        self.tuner = Tuner(post)
        envelope = Envelope() if settings.microphone else None
        self.listener = Listener(
            post, f"{sink}.monitor" if sink else None, server, envelope=envelope
        )
        self.microphone = (
            Microphone(post, settings.microphone, envelope, server) if envelope else None
        )
        self._board = Board(settings.pins)
        self.amplifier = Amplifier(post, self._board)
        self.sensors = Sensors(post, self._board)
        self.vitals = VitalsHand(post)
        self.arrival = self._arrival()
        roots = tuple(Path(root) for root in settings.side_load_roots)
        self.side_load = side_load.SideLoad(
            roots,
            gate,
            self.shelf,
            post,
            told=self._side_loaded,
            chain=lambda reads: self.keeper.read(reads, "usb"),
            release=self._stick_with_release,
        )
        self.updater = Updater(
            state,
            Path(settings.update_boot_dir),
            Path(settings.update_run_dir),
            self._link,
            chain.release,
            ledger,
            post,
            clock.now,
            thrift=thrift,
            refresh=self._release_wanted,
            check_reserve=self.shelf.check_reserve,
            free_bytes=self.shelf.free_bytes,
        )
        self._looking = threading.Event()
        self._lanes = {name: Lane(name, post) for name in LANES}
        self._addresses: tuple[str, ...] = ()
        self._flushing = threading.Event()
        self._opening, self._listening = threading.Lock(), False

    def notice(self, event: Happening) -> None:
        """Let the neighbours, and the ear that waits for an assignment, hear what was observed; returns at once."""
        if isinstance(event, AssignmentAccepted):
            self._listen()
        if self.lan is not None:
            self.lan.neighbours.notice(event)

    # --- what the hands are asked ---------------------------------------------------------------

    def obey(self, order: Ask) -> None:  # noqa: C901, PLR0912  one case an order
        """Put an order on its hand's lane."""
        match order:
            case StartPlay() | StopPlay() | SetPlayVolume():
                self._lanes["player"].put(lambda: self.player.obey(order))
            case FitZones() | SwitchZones() | SwitchOthers():
                self._lanes["amplifier"].put(lambda: self.amplifier.obey(order))
            case FitInputs():
                self._lanes["amplifier"].put(lambda: self.amplifier.obey(order))
                self._lanes["sensors"].put(lambda: self.sensors.obey(order))
            case Speak():
                self._lanes["voice"].put(lambda: self.voice.obey(order))
            case HearOperator():
                self._lanes["operator"].put(lambda: self.operator.obey(order))
            case AskEnrolment() | FetchContents() | SendLogs() | Synchronise() | Tell():
                self._turn_to_central(order)
            case Remember():
                self._lanes["ledger"].put(lambda: self.ledger.obey(order))
            case TellNetwork():
                self._lanes["vitals"].put(lambda: self._tell_network(order))
            case Restart():  # after what is being written
                self._lanes["ledger"].put(self.over)
            case Wipe():
                self._lanes["ledger"].put(self._wipe)
            case PinContents():  # quick, and must be known before anything makes room
                self.shelf.obey(order)
            case Scrub():
                self._lanes["shelf"].put(lambda: self.shelf.obey(order))
            case Inspect():
                self._lanes["shelf"].put(lambda: self.shelf.obey(order))
                self._lanes["player"].put(lambda: self.player.obey(order))
            case ProbeStream():
                self._lanes["tuner"].put(lambda: self.tuner.obey(order))
            case AskRelease() | FetchRelease() | HoldRelease() | WishSlot() | KeepUpdate():
                self._update(order)
            case _:
                assert_never(order)

    def _arrival(self) -> Arrival | None:
        """Return the way to whoever keeps the machine's network; None where nobody does."""
        settings = self._settings
        if not (settings.arrival_dir and settings.wish_dir):
            return None
        return Arrival(
            Path(settings.arrival_dir),
            Path(settings.wish_dir),
            Path(settings.faults_file) if settings.faults_file else None,
            self._post,
            lambda: self.over(),  # noqa: PLW0108  what it does is said later
        )

    def _tell_network(self, order: TellNetwork) -> None:
        if self.arrival is not None:
            self.arrival.obey(order)

    def _update(
        self, order: AskRelease | FetchRelease | HoldRelease | WishSlot | KeepUpdate
    ) -> None:
        """Put an order on the updater's lane; what is to stop holds that lane, and is told beside it."""
        ticket = 0
        if isinstance(order, HoldRelease | FetchRelease):
            ticket = self.updater.allow()
        if not isinstance(order, HoldRelease):
            self._lanes["updater"].put(lambda: self.updater.obey(order, ticket))

    def _turn_to_central(
        self, order: AskEnrolment | FetchContents | SendLogs | Synchronise | Tell
    ) -> None:
        """Put an order for central on its lane; without an assignment central knows us by enrolment alone."""
        if isinstance(order, AskEnrolment):
            self._lanes["courier"].put(lambda: self.enroller.obey(order))
        elif self._assigned():
            match order:
                case FetchContents():
                    self._lanes["courier"].put(lambda: self.courier.obey(order))
                case Synchronise():  # central was reached, or a minute has passed: both ways are tried
                    self._lanes["courier"].put(lambda: self.courier.obey(order))
                    self._lanes["herald"].put(self.herald.flush)
                case Tell():
                    self._lanes["herald"].put(lambda: self.herald.obey(order))
                case SendLogs():  # behind the reports: a warning of staff waits for no log
                    self._lanes["herald"].put(lambda: self.logs.obey(order))
                case _:
                    assert_never(order)
        elif isinstance(order, Synchronise):  # the chain lies open, and says who may assign us
            self._lanes["courier"].put(self.courier.tend)

    def _assigned(self) -> bool:
        return self._gate.state.assignment is not None

    def _listen(self) -> None:
        """Open the ear, once: central sends nothing to whom it does not know."""
        with self._opening:
            if not self._listening:
                self._listening = True
                self.ear.start()

    def _wipe(self) -> None:
        """Have all of the state directory go at the end of this process, which is now. Raises `StorageFailed`."""
        wiping.begin(self._state)
        self.over()

    def _locate(self, source: Source) -> Path | str:
        """Return where a source lies; raises `FileNotFoundError` when it is not here."""
        match source:
            case FromContent(sha256=sha256):
                path = self.shelf.path(sha256)
            case FromTone(tone=tone):
                path = tone_path(self._tones, tone)
            case FromVoice(ref=ref):
                path = self.voice.path(ref)
            case FromRecording(ref=ref):
                path = self.box.path(ref)
            case FromStream(url=url):
                return url
            case FromLineIn():
                return self._settings.line_in
            case FromPhone(ref=ref):
                return self.phones.path(ref)
            case FromOperator(announcement=announcement, live=live):
                path = self.operator.path(announcement, live=live)
            case _:
                assert_never(source)
        if path is None or not path.exists():
            msg = f"tệp âm thanh không còn trên thiết bị: {source}"
            raise FileNotFoundError(msg)
        return path

    def _hinted(self, changed: Changed) -> None:
        """Central says that something changed: ask on the courier's lane, not on the ear's."""
        if changed == KEYRING_HINT:
            self.keeper.hint()
            self._lanes["courier"].put(self.courier.tend)
        else:
            self._lanes["courier"].put(lambda: self.courier.heed(changed))

    def _keys_wanted(self) -> bool:
        """Have the chain asked for the sake of a paper; returns whether it will be."""
        wanted = self.keeper.want()
        if wanted:
            self._lanes["courier"].put(self.courier.tend)
        return wanted

    def _to_operator(self, job: Callable[[], None]) -> None:
        self._lanes["operator"].put(job)

    def _side_loaded(self, loaded: side_load.SideLoaded) -> None:
        self._post(
            SideLoaded(papers=loaded.papers, refused=loaded.refused, contents=loaded.contents)
        )

    def _stick_with_release(self, place: Path) -> None:
        self._lanes["updater"].put(lambda: self.updater.stick(place))

    def _release_wanted(self) -> None:
        """Have the chain asked: central speaks of a release that it does not name here yet."""
        self.keeper.hint()
        self._lanes["courier"].put(self.courier.tend)

    def _zone(self) -> ZoneInfo:
        assignment = self._gate.state.assignment
        return ZoneInfo(assignment.time_zone if assignment else HOME_ZONE)

    # --- what time brings -------------------------------------------------------------------------

    def ask_time(self) -> None:
        """Ask central for the time when the clock needs it."""
        if self._assigned() and self._clock.may_ask():
            self._lanes["courier"].put(self._ask_time)

    def reach_central(self) -> Reached:
        """Return what one question to central tells now; blocks as long as the link does. Never raises."""
        return reach(self._link, self._gate, self._clock)

    def _ask_time(self) -> None:
        ask_time(self._link, self._gate, self._clock)

    def raise_floor(self) -> None:
        """Put on disk that it is not earlier than now."""
        self._lanes["ledger"].put(self._gate.raise_floor)

    def flush_reports(self) -> None:
        """Let the herald try again what waits; one such job at a time, because a dead line takes long."""
        if self._assigned() and not self._flushing.is_set():
            self._flushing.set()
            self._lanes["herald"].put(self._flush)

    def _flush(self) -> None:
        self._flushing.clear()
        self.herald.obey(Tell())  # nothing new; what waits is sent when its time has come
        self.logs.tend()
        self.filing.tend()

    def look_at_slots(self) -> None:
        """See how the card's slots stand; one such job at a time, because a fetching takes long."""
        if self.updater.has_slots and not self._looking.is_set():
            self._looking.set()
            self._lanes["updater"].put(self._look_at_slots)

    def _look_at_slots(self) -> None:
        self._looking.clear()
        self.updater.look()

    def look_at_arrival(self) -> None:
        """See how whoever keeps the machine's network stands; addresses change with it, so they are asked anew."""
        if self.arrival is not None:
            self._lanes["vitals"].put(self.arrival.look)
            self._look_at_addresses()

    def look_at_machine(self) -> None:
        """Measure the machine, and say under which addresses it can be reached when these changed."""
        self._lanes["vitals"].put(self.vitals.look)
        self._look_at_addresses()

    def _look_at_addresses(self) -> None:
        addresses = own_addresses()
        if addresses != self._addresses:
            self._addresses = addresses
            self._post(AddressesSeen(addresses=addresses))

    # --- life -----------------------------------------------------------------------------------

    def player_ready(self) -> None:
        """Wait until the player's lane has done what it was given at the start."""
        ready = threading.Event()
        self._lanes["player"].put(ready.set)
        ready.wait()

    def start(self) -> None:
        """Start the hands that have threads of their own, and warm the player."""
        self._lanes["player"].put(self.player.start)
        self._lanes["shelf"].put(self.shelf.settle)
        self.listener.start()
        self.operator.start()
        if self.microphone is not None:
            self.microphone.start()
        if self._assigned():
            self._listen()
        self.side_load.start()
        if self.lan is not None:
            self.lan.start()

    def stop(self) -> None:
        """Stop all hands, the zones off first."""
        self.amplifier.hurry()
        self._lanes["amplifier"].put(self.amplifier.close)
        self._lanes["amplifier"].close(LANE_PATIENCE_S)
        self._lanes["sensors"].put(self.sensors.close)
        self._lanes["player"].put(self.player.close)
        self.ear.stop()
        self.courier.stop()
        self.updater.stop()
        self.side_load.stop()
        self.tuner.close()
        if self.lan is not None:
            self.lan.stop()
        if self.microphone is not None:
            self.microphone.close()
        self.listener.close()
        for name, lane in self._lanes.items():
            if name != "amplifier" and not lane.close(LANE_PATIENCE_S):
                log.warning("hand=%s did not end in time; left behind", name)
        self._board.close()
        self.phones.close_all()
        self.operator.close()
        self.shelf.close()
