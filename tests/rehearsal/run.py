"""One rehearsal: a month drawn from a seed, lived through, and what was seen.

Law of the room: the seed alone decides. All that is drawn is drawn here, in order, before or while time passes.
"""

import logging
import math
import random
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from contract.testing import Authority, device_key
from edge.journal import replay
from tests.rehearsal import habits, month
from tests.rehearsal.appliance import Appliance
from tests.rehearsal.central import Central
from tests.rehearsal.clockwork import Clockwork
from tests.rehearsal.evidence import Evidence
from tests.rehearsal.faults import FAULTS, HANG, MUTE, Act, Fault, Scene, hang_player, mute_player

DAY_S = 86_400.0
RESTART_S = (2.0, 6.0)  # what the service manager and a start take
EMERGENCIES_PER_DAY = 0.5
PAIRS_PER_DAY = 0.1
LOCAL_PER_DAY = 0.12
COMMANDS_PER_DAY = 0.4


@dataclass
class Rehearsal:
    """What came of it."""

    seed: int
    days: int
    evidence: Evidence
    faults: Counter[str] = field(default_factory=Counter)
    took_s: float = 0.0


def rehearse(
    seed: int, days: int, directory: Path, *, listen_s: float = 5.0, calm: bool = False
) -> Rehearsal:
    """Live through `days` days drawn from `seed` in `directory`; `calm` leaves all faults out."""
    begun = time.perf_counter()
    with _deterministic(seed):
        done = _rehearse(seed, days, directory, listen_s=listen_s, calm=calm)
    done.took_s = time.perf_counter() - begun
    return done


def _rehearse(seed: int, days: int, directory: Path, *, listen_s: float, calm: bool) -> Rehearsal:
    rng = random.Random(seed)
    works, evidence = Clockwork(month.BEGINS), Evidence()
    authority = Authority.make("dt", month.BEGINS - timedelta(days=1), seed=f"rehearsal {seed}")
    central = Central(works, evidence, device_key("rehearsal").public, authority)
    appliance = Appliance(works, evidence, central, directory, rng, listen_s)
    central.push, central.hint = appliance.pushed, appliance.hinted
    scene = Scene(works, evidence, central, appliance, rng)
    done = Rehearsal(seed, days, evidence)
    appliance.journal_day = rng.randrange(days) * DAY_S
    appliance.on_death = lambda why: _come_back(scene, why)
    central.assign(0)
    appliance.boot("first start")
    end_s = days * DAY_S
    if not calm:
        for fault in FAULTS:
            _draw_fault(scene, fault, end_s, done)
        _draw_hangs(scene, end_s, done)
    _draw_month(scene, days)
    works.run(end_s)
    _settle(scene)
    evidence.digest = appliance.close()
    for file in sorted((directory / "journal").glob("*.jsonl")):
        for turn in replay(file):
            evidence.replayed += 1
            evidence.replayed_otherwise += not turn.same
    return done


def _come_back(scene: Scene, why: str) -> None:
    """After a kill the service manager starts it again; after a power cut only the power does."""
    if why in ("power cut", "end"):
        return
    in_s = scene.rng.uniform(*RESTART_S)

    def boot() -> None:
        if scene.power and not scene.appliance.alive:
            scene.appliance.boot("restart")

    scene.works.later(in_s, boot)


def _settle(scene: Scene) -> None:
    """All troubles over: a last quiet hour in which everything is told."""
    scene.central.line = scene.central.up = True
    scene.appliance.disk_full = False
    scene.works.offset = timedelta(0)
    scene.works.synchronised = True
    scene.appliance.doom = ""
    if not scene.power:
        scene.power = True
        scene.appliance.boot("power")
    scene.works.run(scene.works.elapsed_s + 3_600.0)


def _instants(rng: random.Random, per_day: float, end_s: float) -> Iterator[float]:
    """Yield instants at random, so many a day on average; no two runs of a seed differ."""
    at_s = rng.expovariate(per_day) * DAY_S
    while at_s < end_s:
        yield at_s
        at_s += rng.expovariate(per_day) * DAY_S


def _draw_fault(scene: Scene, fault: Fault, end_s: float, done: Rehearsal) -> None:
    under_way: list[int] = []
    for at_s in tuple(_instants(scene.rng, fault.per_day, end_s)):
        for_s = _length_s(scene.rng, fault)
        scene.works.later(at_s, lambda for_s=for_s: _put_in(scene, fault, for_s, done, under_way))  # type: ignore[misc]


def _put_in(
    scene: Scene, fault: Fault, for_s: float, done: Rehearsal, under_way: list[int]
) -> None:
    if under_way or (fault.name == "power cut" and not scene.power):
        return
    now_s = scene.works.elapsed_s
    under_way.append(1)
    done.faults[fault.name] += 1
    scene.evidence.faults.append((now_s, now_s + for_s, fault.name))
    if fault.name == "full disk":
        scene.evidence.full_disk.append((now_s, now_s + for_s))
    if fault.name in ("all relays stuck open", "relay board gone"):
        scene.evidence.block("relays", now_s, now_s + for_s)
    fault.begin(scene)

    def over() -> None:
        under_way.clear()
        fault.end(scene)

    scene.works.later(for_s, over)


def _draw_hangs(scene: Scene, end_s: float, done: Rehearsal) -> None:
    for fault in (HANG, MUTE):
        for at_s in tuple(_instants(scene.rng, fault.per_day, end_s)):
            for_s = _length_s(scene.rng, fault)
            act: Act = hang_player(for_s)
            if fault is MUTE:
                act = lambda scene, for_s=for_s: mute_player(scene, for_s)  # type: ignore[misc]  # noqa: E731

            def begin(act: Act = act, for_s: float = for_s, name: str = fault.name) -> None:
                now_s = scene.works.elapsed_s
                if not scene.appliance.alive or scene.appliance.player.gone_until_s > now_s:
                    return
                done.faults[name] += 1
                scene.evidence.faults.append((now_s, now_s + for_s, name))
                scene.evidence.block("player", now_s, now_s + for_s + 5.0)
                act(scene)

            scene.works.later(at_s, begin)


def _length_s(rng: random.Random, fault: Fault) -> float:
    if fault.most_s <= 0:
        return 0.0
    return math.exp(rng.uniform(math.log(fault.least_s), math.log(fault.most_s)))


def _draw_month(scene: Scene, days: int) -> None:
    rng, works, central = scene.rng, scene.works, scene.central
    end_s = days * DAY_S
    for per_day, habit in habits.HABITS:
        for at_s in tuple(_instants(rng, per_day, end_s)):
            by_day_s = _by_day(at_s) if rng.random() < 0.85 else at_s
            works.later(by_day_s, lambda habit=habit: habit(scene))  # type: ignore[misc]
    for per_day, happens in (
        (EMERGENCIES_PER_DAY, habits.emergency),
        (PAIRS_PER_DAY, habits.two_at_once),
        (LOCAL_PER_DAY, habits.local_emergency),
        (COMMANDS_PER_DAY, habits.command),
    ):
        for at_s in tuple(_instants(rng, per_day, end_s)):
            works.later(at_s, lambda happens=happens: happens(scene))  # type: ignore[misc]
    if days > 1:
        works.later(DAY_S + 2.4 * 3_600, lambda: habits.emergency(scene))  # one by night at least
    for day in range(1, days):
        works.later(day * DAY_S + 3 * 3_600, lambda day=day: _new_day(scene, day))  # type: ignore[misc]
    for at_s in tuple(_instants(rng, 0.5, end_s)):
        works.later(at_s, central.republish)


def _new_day(scene: Scene, day: int) -> None:
    """At three in the morning the province publishes anew; on one day with another policy."""
    scene.central.filler = day >= 4
    if day == month.NEW_POLICY_DAY:
        scene.central.assign(day)
    else:
        scene.central.republish()


def _by_day(at_s: float) -> float:
    """Return the same day at an hour at which offices work."""
    day, of_day = divmod(at_s, DAY_S)
    return day * DAY_S + 5.0 * 3_600 + of_day * 14 / 24


@contextmanager
def _deterministic(seed: int) -> Iterator[None]:
    """Within, chance of the hands comes from the seed, and nothing is logged."""
    state, level = random.getstate(), logging.root.manager.disable
    random.seed(seed)
    logging.disable(logging.CRITICAL)
    try:
        yield
    finally:
        random.setstate(state)
        logging.disable(level)
