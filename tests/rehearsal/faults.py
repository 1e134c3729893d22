"""The table of faults: what goes wrong, how often, for how long, and what must hold all the same.

Law of the room: each row is one fault with a name; `begin` puts it in and `end` takes it away again. What must
hold is said in words here and judged by the oracles, which know nothing of this table.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from tests.rehearsal import month
from tests.rehearsal.appliance import Appliance
from tests.rehearsal.central import Central
from tests.rehearsal.clockwork import Clockwork
from tests.rehearsal.evidence import Evidence

MINUTE = 60.0
HOUR = 3_600.0


@dataclass
class Scene:
    """Whatever a fault can touch."""

    works: Clockwork
    evidence: Evidence
    central: Central
    appliance: Appliance
    rng: random.Random
    power: bool = True


Act = Callable[[Scene], None]


@dataclass(frozen=True)
class Fault:
    """One row: `per_day` on average, lasting from `least_s` to `most_s`, drawn evenly in the logarithm."""

    name: str
    per_day: float
    least_s: float
    most_s: float
    begin: Act
    end: Act
    holds: str


def nothing(_scene: Scene) -> None:
    """Do nothing: the fault ends by itself."""


def line_down(scene: Scene) -> None:
    scene.central.line = False
    scene.appliance.cut_off(scene.rng.uniform(0.0, 45.0))


def line_up(scene: Scene) -> None:
    scene.central.line = True
    keep_time(scene)


def flap(scene: Scene) -> None:
    for n in range(scene.rng.randrange(3, 10)):
        scene.works.later(n * 40.0, lambda: line_down(scene))
        scene.works.later(n * 40.0 + scene.rng.uniform(1, 25), lambda: line_up(scene))


def central_down(scene: Scene) -> None:
    scene.central.up = False
    scene.appliance.cut_off(scene.rng.uniform(0.0, 1.0))


def central_up(scene: Scene) -> None:
    scene.central.up = True


def keep_time(scene: Scene) -> None:
    """A time service sets the clock right, some time after the line is there."""

    def set_right() -> None:
        if scene.central.line and scene.power:
            scene.works.offset = timedelta(0)
            scene.works.synchronised = True

    scene.works.later(scene.rng.uniform(5.0, 600.0), set_right)


def kill(scene: Scene) -> None:
    """Kill -9: at once, between an order and its effect, after a paper reached the disk, or in mid-report."""
    appliance = scene.appliance
    if not appliance.alive:
        return
    how = scene.rng.choice(("now", "orders", "orders", "send", "admit"))
    if how == "now":
        appliance.die("kill -9")
        return
    appliance.doom = how
    if how == "send":
        scene.central.doomed_answer = lambda: die_in_mid_report(scene)
    life = scene.works.life

    def at_the_latest() -> None:
        if scene.works.life == life:
            appliance.die("kill -9")

    scene.works.later(scene.rng.uniform(30.0, 600.0), at_the_latest)


def die_in_mid_report(scene: Scene) -> None:
    """Central has the report, and the appliance will not know."""
    from tests.rehearsal.appliance import Killed  # noqa: PLC0415

    scene.central.doomed_answer = nothing_more
    raise Killed


def nothing_more() -> None:
    """Let the next answer through."""


def power_off(scene: Scene) -> None:
    scene.power = False
    scene.appliance.die("power cut")


def power_on(scene: Scene) -> None:
    """The board comes back without a clock: at 1970, or at what its system saved last; a time service comes later."""
    works = scene.works
    scene.power = True
    works.booted_s = works.elapsed_s - scene.rng.uniform(5.0, 20.0)
    works.synchronised = False
    if scene.rng.random() < 0.5:
        works.offset = timedelta(seconds=-works.true.timestamp())
    else:
        works.offset = timedelta(seconds=-scene.rng.uniform(1.0, 6 * HOUR))
    if scene.rng.random() < 0.8:
        keep_time(scene)
    scene.appliance.boot("power")


def fill_disk(scene: Scene) -> None:
    scene.appliance.disk_full = True


def free_disk(scene: Scene) -> None:
    scene.appliance.disk_full = False


def step_clock(scene: Scene) -> None:
    """Somebody or something sets the system clock wrong; the kernel then knows it is not kept."""
    hours = scene.rng.choice((-87_600, -1, 1, 87_600))
    scene.works.offset += timedelta(hours=hours)
    scene.works.synchronised = False


def clock_right(scene: Scene) -> None:
    keep_time(scene)


def lie_about_time(scene: Scene) -> None:
    """The time service itself tells a wrong time, and the kernel believes it."""
    scene.works.offset = timedelta(hours=scene.rng.choice((-1, 1)))


def damage(scene: Scene) -> None:
    """The card forgets a content: its file is there and wrong."""
    player = scene.appliance.player
    if player.shelf:
        player.damaged.add(scene.rng.choice(sorted(player.shelf)))


def crash_player(scene: Scene) -> None:
    if scene.appliance.alive:
        scene.appliance.player.crash("bộ phát tiếng đã chết")


def hang_player(for_s: float) -> Act:
    def begin(scene: Scene) -> None:
        if scene.appliance.alive:
            scene.appliance.player.hang(for_s)

    return begin


def mute_player(scene: Scene, for_s: float) -> None:
    if scene.appliance.alive:
        scene.appliance.player.mute(for_s)


def stick_relay(scene: Scene) -> None:
    zone = scene.rng.choice(month.ZONES).name
    scene.appliance.relays.stick(zone, closed=scene.rng.random() < 0.5)


def stick_all_open(scene: Scene) -> None:
    for zone in month.ZONES:
        scene.appliance.relays.stick(zone.name, closed=False)


def break_relays(scene: Scene) -> None:
    scene.appliance.relays.broken_until_s = 1e12


def heal_relays(scene: Scene) -> None:
    scene.appliance.relays.heal()


def stall_stream(scene: Scene) -> None:
    scene.appliance.player.dead_streams.add(month.STREAM)
    scene.appliance.player.stall(month.STREAM)


def stream_back(scene: Scene) -> None:
    scene.appliance.player.dead_streams.discard(month.STREAM)


def set_input(name: str, active: bool) -> Act:
    return lambda scene: scene.appliance.inputs.set(name, active)


def break_voice(scene: Scene) -> None:
    scene.appliance.voice_broken = True


def mend_voice(scene: Scene) -> None:
    scene.appliance.voice_broken = False


FAULTS: tuple[Fault, ...] = (
    Fault("line down", 1.2, 2 * MINUTE, 4 * HOUR, line_down, line_up,
          "slots go on; a warning sounds once any door brings it"),
    Fault("line down for days", 0.05, 12 * HOUR, 60 * HOUR, line_down, line_up,
          "the same, and every record waits for central"),
    Fault("line flaps", 0.7, 6 * MINUTE, 6 * MINUTE, flap, nothing, "nothing is told or sounded twice"),
    Fault("central restarts", 1.0, 3.0, 3 * MINUTE, central_down, central_up, "the same"),
    Fault("kill -9", 2.5, 0.0, 0.0, kill, nothing, "all relays off first; what was accepted is still known"),
    Fault("power cut", 0.6, 8.0, 5 * HOUR, power_off, power_on,
          "the same, with a clock at 1970 or behind until somebody tells the time"),
    Fault("full disk", 0.3, 5 * MINUTE, 8 * HOUR, fill_disk, free_disk,
          "warnings and slots sound; records wait in memory"),
    Fault("clock step", 0.7, 5 * MINUTE, 3 * HOUR, step_clock, clock_right, "nothing moves"),
    Fault("lying time service", 0.1, 5 * MINUTE, HOUR, lie_about_time, keep_time,
          "warnings sound; slots follow what is believed"),
    Fault("content damaged", 0.4, 0.0, 0.0, damage, nothing, "found by the scrub or by its play; fetched again"),
    Fault("player dies", 1.5, 0.0, 0.0, crash_player, nothing, "a new engine goes on; the piece has its record"),
    Fault("relay stuck", 0.3, 20 * MINUTE, 9 * HOUR, stick_relay, heal_relays, "the other zones sound"),
    Fault("all relays stuck open", 0.05, 5 * MINUTE, HOUR, stick_all_open, heal_relays,
          "a warning sounds as soon as one closes"),
    Fault("relay board gone", 0.1, 2 * MINUTE, HOUR, break_relays, heal_relays, "the same"),
    Fault("stream stalls", 0.8, 20.0, 15 * MINUTE, stall_stream, stream_back, "its fallback sounds meanwhile"),
    Fault("amplifier complains", 0.2, MINUTE, 2 * HOUR, set_input("loi", True), set_input("loi", False),
          "told, and nothing else"),
    Fault("mains lost", 0.3, MINUTE, 3 * HOUR, set_input("dien", False), set_input("dien", True), "told"),
    Fault("door open", 0.1, MINUTE, HOUR, set_input("cua", True), set_input("cua", False), "told"),
    Fault("voice broken", 0.1, 10 * MINUTE, 3 * HOUR, break_voice, mend_voice, "a warning's tone sounds"),
)  # fmt: skip
HANG = Fault("player hangs", 0.8, 5.0, 30 * MINUTE, nothing, nothing,
             "what was on air has its record; a warning sounds as soon as an engine is there")  # fmt: skip
MUTE = Fault("player mute", 0.2, 10.0, 10 * MINUTE, nothing, nothing,
             "the same, though nothing is ever posted meanwhile")  # fmt: skip
TABLE: tuple[Fault, ...] = (*FAULTS, HANG, MUTE)
