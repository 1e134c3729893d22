"""What runs inside the guest: the real amplifier and sensors on /dev/gpiochip0, looked at from outside of gpiozero.

Lines are read and pulled through the simulator's own files. `guest.py hold PIN` is the second process:
it claims a relay, switches it on and waits to be killed.
"""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

from contract.documents import Input, InputKind, Pull, Zone
from edge.adapters.amplifier import Amplifier
from edge.adapters.pins import Board
from edge.adapters.sensors import Sensors
from edge.core.events import HandFailed, HandRecovered, Happening, InputChanged, ZonesSwitched
from edge.core.orders import FitInputs, FitZones, SwitchZones

CHO = Zone(name="cho", title="Chợ", relay_pin=17)
DINH = Zone(name="dinh", title="Đình", relay_pin=27, active_high=False)
TRUONG = Zone(name="truong", title="Trường", relay_pin=22)
ZONES = (CHO, DINH, TRUONG)
TALK = Input(name="nut-noi", title="Nút nói", kind=InputKind.TALK, pin=13, debounce_ms=20)
MAINS = Input(
    name="dien",
    title="Điện",
    kind=InputKind.MAINS,
    pin=19,
    active_high=True,
    pull=Pull.DOWN,
    debounce_ms=100,
)
READ_BACK = Input(
    name="hoi-cho",
    title="Hồi báo",
    kind=InputKind.READ_BACK,
    zone="cho",
    pin=5,
    active_high=True,
    pull=Pull.DOWN,
    debounce_ms=30,
)
RELAY_S = 0.008  # an ordinary relay closes so long after its coil has power
PATIENCE_S = 20.0


class Lines:
    """The simulator's lines, as a meter and a pair of wires would see and pull them."""

    def __init__(self) -> None:
        made = Path("/sys/kernel/config/gpio-sim/pins")
        bank = made / "bank0"
        bank.mkdir(parents=True)
        (bank / "num_lines").write_text("54")
        (bank / "label").write_text("pinctrl-bcm2711")
        (made / "live").write_text("1")
        device = (made / "dev_name").read_text().strip()
        chip = (bank / "chip_name").read_text().strip()
        self._folder = Path("/sys/devices/platform") / device / chip

    def level(self, pin: int) -> int:
        """Return the level of a line."""
        return int((self._folder / f"sim_gpio{pin}/value").read_text())

    def pull(self, pin: int, *, high: bool) -> None:
        """Pull a line from outside."""
        (self._folder / f"sim_gpio{pin}/pull").write_text("pull-up" if high else "pull-down")


class Contactor:
    """The relay of the first zone: its second contact follows the coil, until it welds."""

    def __init__(self, lines: Lines) -> None:
        self._lines = lines
        self.welded = False
        self._ends = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        before = 0
        while not self._ends.wait(0.004):
            coil = self._lines.level(CHO.relay_pin)
            if coil != before and not self.welded:
                time.sleep(RELAY_S)
                self._lines.pull(READ_BACK.pin, high=bool(coil))
                before = coil

    def close(self) -> None:
        """Stop following."""
        self._ends.set()
        self._thread.join()


class Heard:
    """All that the hands posted, with the monotonic second."""

    def __init__(self) -> None:
        self.all: list[tuple[float, Happening]] = []

    def post(self, event: Happening) -> None:
        """Take an event from any thread."""
        self.all.append((time.monotonic(), event))

    def of(self, kind: type[Happening]) -> list[Happening]:
        """Return the events of one kind."""
        return [event for _, event in self.all if isinstance(event, kind)]

    def await_(self, matches: Callable[[Happening], bool], since: int = 0) -> float:
        """Return the second at which such an event came after the first `since`; 0 when none came in time."""
        limit_s = time.monotonic() + PATIENCE_S
        while time.monotonic() < limit_s:
            for at_s, event in self.all[since:]:
                if matches(event):
                    return at_s
            time.sleep(0.001)
        return 0.0


class Checks:
    """What held and what did not."""

    def __init__(self) -> None:
        self.passed = self.failed = 0

    def __call__(self, claim: str, holds: bool, figures: str = "") -> None:  # noqa: FBT001
        """Print one claim with its figures."""
        self.passed, self.failed = self.passed + holds, self.failed + (not holds)
        print(
            f"{'ok  ' if holds else 'FAIL'} {claim}{': ' if figures else ''}{figures}", flush=True
        )


def on(*zones: str) -> SwitchZones:
    """Return the order to have exactly these zones on."""
    return SwitchZones(on=frozenset(zones))


def switched(*zones: str, stuck: tuple[str, ...] = ()) -> Callable[[Happening], bool]:
    """Match the report that exactly these zones are on."""
    wanted = ZonesSwitched(on=frozenset(zones), stuck=frozenset(stuck))
    return lambda event: event == wanted


def ms(seconds: float) -> str:
    """Write a time in ms."""
    return f"{seconds * 1000:.1f} ms"


def relays(lines: Lines, amplifier: Amplifier, heard: Heard, check: Checks) -> None:
    """Orders become levels, one after the other, and active-low is the other way round."""

    def levels() -> tuple[int, ...]:
        return tuple(lines.level(zone.relay_pin) for zone in ZONES)

    amplifier.obey(FitZones(zones=ZONES))
    check("fitted, all are off; the active-low line is high", levels() == (0, 1, 0), f"{levels()}")
    amplifier.obey(FitInputs(inputs=(READ_BACK, TALK, MAINS), switches=()))
    mark = len(heard.all)
    ordered_s = time.monotonic()
    amplifier.obey(on("cho", "dinh", "truong"))
    check("three zones on: the lines follow", levels() == (1, 0, 1), f"{levels()}")
    moments = [at for at, event in heard.all[mark:] if isinstance(event, ZonesSwitched)]
    check(
        "each relay is told, 200 ms apart",
        len(moments) == 3 and min(b - a for a, b in pairwise(moments)) > 0.15,
        ", ".join(ms(moment - ordered_s) for moment in moments),
    )
    amplifier.obey(on("dinh"))
    check("switched over", levels() == (0, 0, 0), f"{levels()}")
    amplifier.obey(on())
    check("all off", levels() == (0, 1, 0), f"{levels()}")
    time.sleep(0.3)
    ordered_s = time.monotonic()
    amplifier.obey(on("truong"))
    alone_s = time.monotonic() - ordered_s
    check("a zone without a read-back waits for nothing", alone_s < 0.15, ms(alone_s))
    amplifier.obey(on())


def read_back(
    amplifier: Amplifier, contactor: Contactor, lines: Lines, heard: Heard, check: Checks
) -> None:
    """A relay that follows, one that welds, and one that closes by itself."""
    time.sleep(0.5)
    ordered_s = time.monotonic()
    amplifier.obey(on("cho"))
    check(
        "the read-back follows its relay",
        switched("cho")(heard.all[-1][1]),
        ms(heard.all[-1][0] - ordered_s),
    )
    time.sleep(0.3)
    contactor.welded = True
    mark = len(heard.all)
    ordered_s = time.monotonic()
    amplifier.obey(on())
    told_s = heard.await_(switched("cho", stuck=("cho",)), mark)
    why = heard.await_(lambda e: isinstance(e, HandFailed) and "cho không tắt được" in e.why, mark)
    check("a welded relay is told and named", bool(told_s and why), ms(told_s - ordered_s))
    mark = len(heard.all)
    lines.pull(READ_BACK.pin, high=False)
    freed_s = time.monotonic()
    told_s = heard.await_(lambda e: isinstance(e, HandRecovered), mark)
    check("it recovers when it lets go", bool(told_s), ms(told_s - freed_s))
    mark = len(heard.all)
    lines.pull(READ_BACK.pin, high=True)
    closed_s = time.monotonic()
    told_s = heard.await_(switched("cho", stuck=("cho",)), mark)
    check(
        "a relay that closes by itself is told without an order",
        bool(told_s),
        ms(told_s - closed_s),
    )
    lines.pull(READ_BACK.pin, high=False)
    heard.await_(switched(), mark)
    contactor.welded = False


def inputs(sensors: Sensors, lines: Lines, heard: Heard, check: Checks) -> None:
    """The present state, a press, a press that bounces, and a spike."""

    def presses(since: int) -> list[bool]:
        events = [event for _, event in heard.all[since:]]
        return [e.active for e in events if isinstance(e, InputChanged) and e.name == TALK.name]

    def pressed(*, active: bool) -> Callable[[Happening], bool]:
        wanted = InputChanged(name=TALK.name, kind=TALK.kind, active=active)
        return lambda event: event == wanted

    lines.pull(TALK.pin, high=True)
    sensors.obey(FitInputs(inputs=(READ_BACK, TALK, MAINS), switches=()))
    off = InputChanged(name=MAINS.name, kind=MAINS.kind, active=False)
    known = heard.await_(pressed(active=False)) and heard.await_(lambda e: e == off)
    check("the present state comes first", bool(known) and len(heard.of(InputChanged)) == 2)
    took: list[float] = []
    for _ in range(20):
        for active in (True, False):
            mark, began_s = len(heard.all), time.monotonic()
            lines.pull(TALK.pin, high=not active)
            took.append((heard.await_(pressed(active=active), mark) or 99.0) - began_s)
    took.sort()
    figures = f"median {ms(took[len(took) // 2])}, worst {ms(took[-1])}, debounce 20 ms"
    check("40 presses and releases are told", took[-1] < PATIENCE_S, figures)
    mark = len(heard.all)
    for _ in range(10):
        lines.pull(TALK.pin, high=False)
        lines.pull(TALK.pin, high=True)
    lines.pull(TALK.pin, high=False)
    heard.await_(pressed(active=True), mark)
    time.sleep(0.3)
    check("a press that bounces ten times is one", presses(mark) == [True], f"{presses(mark)}")
    lines.pull(TALK.pin, high=True)
    heard.await_(pressed(active=False), mark)
    mark = len(heard.all)
    lines.pull(MAINS.pin, high=True)
    lines.pull(MAINS.pin, high=False)
    time.sleep(0.4)
    check("a spike shorter than the debounce is nothing", len(heard.all) == mark)


def others(lines: Lines, check: Checks) -> None:
    """Another process: refused on our pins; and what is left of it after kill -9."""
    me = [sys.executable, __file__, "hold"]
    busy = subprocess.run([*me, str(CHO.relay_pin)], capture_output=True, text=True, check=False)
    check("our pin is refused to another process", "busy" in busy.stdout, busy.stdout.strip())
    with subprocess.Popen([*me, "24"], stdout=subprocess.PIPE, text=True) as child:
        said = (child.stdout.readline() if child.stdout else "").strip()
        held = lines.level(24)
        child.kill()
    time.sleep(0.2)
    check(
        "kill -9 lets the relay fall off",
        (held, lines.level(24)) == (1, 0),
        f"{said}: {held} to {lines.level(24)}",
    )


def hold(pin: int) -> None:
    """Be the other process: claim a relay, say so, and wait for the end."""
    heard = Heard()
    amplifier = Amplifier(heard.post, Board("lgpio"))
    amplifier.obey(FitZones(zones=(Zone(name="khac", title="Khác", relay_pin=pin),)))
    for event in heard.of(HandFailed):
        if isinstance(event, HandFailed):
            print(event.why, flush=True)
            return
    amplifier.obey(on("khac"))
    print("switched on", flush=True)
    time.sleep(PATIENCE_S)


def main(release: str) -> int:
    """Run all checks in this guest; returns how the process ends."""
    check, heard, lines, here = Checks(), Heard(), Lines(), Path.cwd()
    board = Board("lgpio")
    amplifier, sensors = Amplifier(heard.post, board), Sensors(heard.post, board)
    contactor = Contactor(lines)
    began_s = time.monotonic()
    relays(lines, amplifier, heard, check)
    read_back(amplifier, contactor, lines, heard, check)
    inputs(sensors, lines, heard, check)
    contactor.close()
    others(lines, check)
    cpu_s = time.process_time()
    time.sleep(5)
    idle_pct = (time.process_time() - cpu_s) / 5 * 100
    print(
        f"     at rest both hands take {idle_pct:.1f} % of this guest, which is emulated: tens of times slower"
    )
    amplifier.obey(on("cho", "dinh"))
    sensors.close()
    amplifier.close()
    board.close()
    left = (lines.level(17), lines.level(27))
    check("closed, nothing is on and nothing is held", left[0] == 0, f"lines {left}")
    with subprocess.Popen(
        [sys.executable, __file__, "hold", "17"], stdout=subprocess.PIPE, text=True
    ) as child:
        said = (child.stdout.readline() if child.stdout else "").strip()
        child.kill()
    check("another process may have our pins then", said == "switched on", said)
    check("the working folder is where it was", Path.cwd() == here)
    print(
        f"Linux {release}: {check.passed} passed, {check.failed} failed in {time.monotonic() - began_s:.1f} s"
    )
    return min(check.failed, 1)


if __name__ == "__main__":
    if sys.argv[1] == "hold":
        hold(int(sys.argv[2]))
        os._exit(0)  # the driver's thread waits for ever
    os._exit(main(sys.argv[1]))
