"""The amplifier: one relay for each zone, switched and read back; and the relays that follow the clock.

Law of the room: all relays are off when fitted, on failure to fit them, and at the end. What is reported as on
was read: from the zone's read-back input where one is wired, else from its pin; never remembered. Relays
move one after the other, off before on. A relay that moved 20 times within a minute is not switched on
until the minute has passed, but for a warning; switching off is always obeyed, so it rests off.
"""

import threading
import time
from collections.abc import Callable, Iterator
from typing import Final, assert_never

from contract.documents import Input, InputKind, Switch, Zone
from edge.adapters.contacts import Level, Watch
from edge.adapters.pins import Board, Relay
from edge.adapters.relays import Bank, Guard, Line, Turns, Wiring
from edge.adapters.troubles import Troubles
from edge.core.events import Happening, ZonesSwitched
from edge.core.orders import FitInputs, FitZones, SwitchOthers, SwitchZones

SETTLE_S: Final = 0.04  # a relay's contacts close within this
MAX_SETTLE_S: Final = 0.3  # however long the read-back's debounce is
GLANCE_S: Final = 0.002


class Amplifier:
    """The hand that switches zones and other relays, on the board that it shares with the sensors.

    An order may take the sum of its zones' staggers. `hurry` ends that wait; every other method is for one lane.
    """

    def __init__(
        self,
        post: Callable[[Happening], None],
        board: Board,
        guard: Guard = Guard(),  # noqa: B008  a frozen value
    ) -> None:
        self._post, self._guard = post, guard
        self._turns = Turns()

        def make(wiring: Wiring) -> Relay:
            return board.relay(wiring.pin, active_high=wiring.active_high)

        self._zones = Bank(make, self._turns, guard)
        self._others = Bank(make, self._turns, guard)
        self._switches: tuple[Switch, ...] = ()
        self._read_backs: dict[str, Input] = {}  # by the zone's name
        self._watch = Watch(board, "amplifier", self._stood, self._contacts_changed)
        self._last: ZonesSwitched | None = None
        self._troubles = Troubles(post, "amplifier")
        self._again: threading.Timer | None = None
        self._lock = threading.RLock()  # between the lane, the read-back's thread and the timer

    def obey(self, order: FitZones | SwitchZones | FitInputs | SwitchOthers) -> None:
        """Do what the order says; what is then read is posted, after each relay that moved."""
        with self._lock:
            match order:
                case FitZones(zones=zones):
                    self._fit_zones(zones)
                case SwitchZones(on=on, urgent=urgent):
                    self._zones.switch(on, self._zone_moved, urgent=urgent)
                    self._report()
                case FitInputs(inputs=inputs, switches=switches):
                    self._fit_inputs(inputs, switches)
                case SwitchOthers(on=on):
                    self._others.switch(on, lambda _line, _left: None)
                    self._judge()
                case _:
                    assert_never(order)

    def configure(self, zones: tuple[Zone, ...]) -> None:
        """Have exactly these zones from now on, all of them off; a zone without a working pin is reported."""
        self.obey(FitZones(zones=zones))

    def hurry(self) -> None:
        """From any thread: wait for no stagger and switch nothing on any more, for `close` is about to come."""
        self._turns.hurried.set()

    def all_off(self) -> None:
        """Switch everything off at once, whatever single pins answer."""
        with self._lock:
            self._zones.all_off()
            self._others.all_off()

    def close(self) -> None:
        """Switch all off and let go of the pins."""
        self.hurry()
        self.all_off()
        self._watch.close()
        with self._lock:
            self._zones.let_go()
            self._others.let_go()
            again, self._again = self._again, None
        if again is not None:
            again.cancel()
            again.join()

    # --- orders ---------------------------------------------------------------------------------

    def _fit_zones(self, zones: tuple[Zone, ...]) -> None:
        self._zones.fit(
            tuple(
                Wiring(
                    name=zone.name,
                    pin=zone.relay_pin,
                    active_high=zone.active_high,
                    stagger_s=zone.stagger_ms / 1000,
                )
                for zone in zones
            )
        )
        self._read_back(tuple(self._zones.lines.values()))
        self._report()

    def _fit_inputs(self, inputs: tuple[Input, ...], switches: tuple[Switch, ...]) -> None:
        ours = tuple(i for i in inputs if i.kind is InputKind.READ_BACK)
        self._read_backs = {i.zone: i for i in ours if i.zone is not None}
        self._watch.fit(ours)
        if switches != self._switches:
            self._switches = switches
            self._others.fit(
                tuple(
                    Wiring(name=s.name, pin=s.relay_pin, active_high=s.active_high, stagger_s=0.0)
                    for s in switches
                )
            )
        self._read_back(tuple(self._zones.lines.values()))
        self._report_news()

    def _zone_moved(self, line: Line, left: int) -> None:
        self._read_back((line,))
        if left:  # the whole truth is told at the end
            self._tell()

    # --- reading back ---------------------------------------------------------------------------

    def _read_back(self, lines: tuple[Line, ...]) -> None:
        """Give these relays the time to settle that they need, and read what they say."""
        wired = [(line, self._read_backs.get(line.wiring.name)) for line in lines]
        settle_s = [SETTLE_S + i.debounce_ms / 1000 for _, i in wired if i is not None]
        until_s = time.monotonic() + min(MAX_SETTLE_S, max(settle_s, default=0.0))
        while True:
            for line, read_back in wired:
                line.seen = None if read_back is None else self._watch.active_now(read_back.name)
            followed = all(line.seen in (None, line.told) for line in lines)
            if followed or time.monotonic() > until_s or self._turns.hurried.is_set():
                return
            time.sleep(GLANCE_S)

    def _stood(self, level: Level) -> None:
        """Take what a read-back says by itself: a relay that welded or fell off between orders."""
        with self._lock:
            if self._watch.active_now(level.wired.name) != level.active:
                return  # an order moved it meanwhile; it will come to rest again
            line = self._zones.lines.get(level.wired.zone or "")
            if line is not None and self._read_backs.get(line.wiring.name) == level.wired:
                line.seen = level.active
                self._report_news()

    def _contacts_changed(self) -> None:
        with self._lock:
            for zone, wired in self._read_backs.items():
                if wired.name in self._watch.faults and zone in self._zones.lines:
                    self._zones.lines[zone].seen = None
            self._report_news()

    # --- words ----------------------------------------------------------------------------------

    def _report(self) -> None:
        self._tell()
        self._judge()

    def _report_news(self) -> None:
        if self._last is not None and self._present() != self._last:
            self._tell()
        self._judge()

    def _tell(self) -> None:
        self._last = self._present()
        self._post(self._last)

    def _present(self) -> ZonesSwitched:
        lines = self._zones.lines
        return ZonesSwitched(
            on=frozenset(name for name, line in lines.items() if line.on),
            stuck=frozenset(name for name, line in lines.items() if line.on != line.told),
        )

    def _judge(self) -> None:
        self._troubles.judge(
            [
                *complaints("vùng", self._zones, self._guard),
                *complaints("rơ-le", self._others, self._guard),
                *self._watch.faults.values(),
            ]
        )
        rests_s = [bank.rest_s() for bank in (self._zones, self._others)]
        if any(rests_s) and self._again is None and not self._turns.hurried.is_set():
            self._again = threading.Timer(max(rests_s), self._try_again)
            self._again.daemon = True
            self._again.start()

    def _try_again(self) -> None:
        """Obey the last orders again, now that a relay that chattered has rested."""
        with self._lock:
            self._again = None
            if self._turns.hurried.is_set():
                return
            self._others.switch(self._others.wanted, lambda _line, _left: None)
            self._zones.switch(self._zones.wanted, self._zone_moved)
            self._report()


def complaints(noun: str, bank: Bank, guard: Guard) -> Iterator[str]:
    """Say what is wrong with each relay of a bank, and what to do about it."""
    for name, (pin, why) in bank.unfit.items():
        yield f"{noun} {name} không có rơ-le ở chân {pin}: xem phiếu gán và bo mạch ({why})"
    for name in sorted(bank.wanted - bank.lines.keys() - bank.unfit.keys()):
        yield f"thiết bị không có {noun} {name}: xem lại phiếu gán"
    for name, line in bank.lines.items():
        on = line.on
        if line.fault:
            yield f"không đóng cắt được {noun} {name}: xem dây và bo mạch ({line.fault})"
        elif on != line.told and line.seen is None:
            verb = "không tắt" if on else "không bật"
            yield f"{noun} {name} {verb} được: kiểm tra rơ-le và dây"
        elif on and not line.told:
            yield (
                f"{noun} {name} không tắt được: tiếp điểm rơ-le dính hoặc dây hồi báo chập; "
                "ngắt nguồn tăng âm và thay rơ-le"
            )
        elif line.told and not on:
            yield (
                f"{noun} {name} không bật được: rơ-le hỏng hoặc dây hồi báo đứt; "
                "đo dây rồi thay rơ-le"
            )
        if line.held:
            yield (
                f"{noun} {name} đã đóng cắt {guard.moves} lần trong {guard.within_s:g} giây: "
                "giữ tắt cho đến khi yên; xem cái gì bật tắt liên tục"
            )
