"""What people do in a month: staff at the counter and at the cabinet, and the province that warns.

Law of the room: drawn at random from a table; nobody here knows what the appliance does with it.
"""

from collections.abc import Callable
from datetime import timedelta

from contract.documents import (
    MessageType,
    Reload,
    Repeat,
    SetVolume,
    Silence,
    StopSound,
    TestYourself,
)
from edge.core.events import (
    Happening,
    StaffAskedReadiness,
    StaffAskedTest,
    StaffHushed,
    StaffLeftLive,
    StaffPlayed,
    StaffRecorded,
    StaffReleased,
    StaffSetVolume,
    StaffSkipped,
    StaffSpoke,
    StaffStoodDown,
    StaffUndid,
    StaffWarned,
    StaffWentLive,
)
from tests.rehearsal import month
from tests.rehearsal.central import Said
from tests.rehearsal.evidence import Arrival
from tests.rehearsal.faults import Scene

LOCAL_REPEAT = Repeat(quick_rounds=3, quick_gap_s=60, slow_gap_s=600)
HOUR = 3_600.0
BY = "Chị Lan"
REPEATS = (
    Repeat(),
    Repeat(),
    Repeat(quick_rounds=2, quick_gap_s=120, slow_gap_s=None),
    Repeat(quick_rounds=3, quick_gap_s=60, slow_gap_s=900),
    Repeat(quick_rounds=1, quick_gap_s=60, slow_gap_s=1_800),
)


def do(scene: Scene, event: Happening, words: str) -> None:
    """Have staff do something, if there is a page to do it on."""
    if scene.appliance.alive:
        scene.evidence.staff.append((scene.works.elapsed_s, words))
        scene.appliance.post(event)


def play(scene: Scene) -> None:
    number = scene.rng.choice((2, 3, 6, 10))
    zones = scene.rng.choice(((), ("cho",), ("dinh", "kinh")))
    end = scene.appliance.believed() + timedelta(seconds=scene.rng.uniform(60, 900))
    chime = scene.rng.random() < 0.5
    event = StaffPlayed(content=month.sha(number), zones=zones, until=end, by=BY, chime=chime)
    do(scene, event, "plays")


def speak(scene: Scene) -> None:
    end = scene.appliance.believed() + timedelta(seconds=scene.rng.uniform(60, 300))
    ref = f"noi-{scene.rng.randrange(10**9)}"
    rounds = scene.rng.choice((1, 2, 3))
    event = StaffSpoke(
        ref=ref, text="Mời bà con đi họp.", voice="", rounds=rounds, zones=(), until=end, by=BY
    )
    do(scene, event, "speaks")


def record(scene: Scene) -> None:
    end = scene.appliance.believed() + timedelta(seconds=200)
    ref = f"thu-{scene.rng.randrange(10**9)}"
    event = StaffRecorded(
        ref=ref, title="Thông báo mất điện", length_ms=25_000, zones=(), until=end, by=BY
    )
    do(scene, event, "plays a recording")


def talk(scene: Scene) -> None:
    end = scene.appliance.believed() + timedelta(minutes=15)
    ref = f"may-{scene.rng.randrange(10**9)}"
    do(scene, StaffWentLive(ref=ref, zones=(), until=end, by=BY), "talks")
    scene.works.later(
        scene.rng.uniform(5, 300), lambda: do(scene, StaffLeftLive(by=BY), "stops talking")
    )


def press_talk(scene: Scene) -> None:
    scene.appliance.inputs.set("noi", True)
    scene.works.later(scene.rng.uniform(3, 90), lambda: scene.appliance.inputs.set("noi", False))


def hushed(scene: Scene, seconds: float) -> None:
    now_s = scene.works.elapsed_s
    scene.evidence.hushes.append((now_s, now_s + seconds))


def hush(scene: Scene) -> None:
    seconds = scene.rng.uniform(60, 1_800)
    hushed(scene, seconds)
    end = scene.appliance.believed() + timedelta(seconds=seconds)
    do(scene, StaffHushed(until=end, by=BY), "hushes")


def press_hush(scene: Scene) -> None:
    hushed(scene, 900)
    scene.appliance.inputs.set("tat", True)
    scene.works.later(0.5, lambda: scene.appliance.inputs.set("tat", False))


def release(scene: Scene) -> None:
    do(scene, StaffReleased(by=BY), "releases")


def volume(scene: Scene) -> None:
    end = scene.appliance.believed() + timedelta(seconds=scene.rng.uniform(60, 7_200))
    do(
        scene,
        StaffSetVolume(volume_pct=scene.rng.randrange(10, 101), until=end, by=BY),
        "sets volume",
    )


def skip(scene: Scene) -> None:
    key = scene.appliance.seen()
    if key:
        do(scene, StaffSkipped(key=key, by=BY), "skips")


def play_and_undo(scene: Scene) -> None:
    scene.rng.choice((play, speak, hush, volume))(scene)
    scene.works.later(scene.rng.uniform(1, 14), lambda: do(scene, StaffUndid(by=BY), "takes back"))


def test(scene: Scene) -> None:
    zones = tuple(z.name for z in month.ZONES)
    do(scene, StaffAskedTest(zones=zones, by=BY), "tests")


def ask_readiness(scene: Scene) -> None:
    do(scene, StaffAskedReadiness(by=BY), "asks readiness")


HABITS: tuple[tuple[float, Callable[[Scene], None]], ...] = (
    (0.9, play),
    (0.8, speak),
    (0.5, record),
    (0.5, talk),
    (0.4, press_talk),
    (0.3, hush),
    (0.1, press_hush),
    (0.3, release),
    (0.8, volume),
    (0.7, skip),
    (0.4, play_and_undo),
    (0.3, test),
    (0.3, ask_readiness),
)  # how often a day, and what


# --- emergencies ----------------------------------------------------------------------------------


def local_emergency(scene: Scene) -> None:
    """Staff sound a local emergency, and take it back most times."""
    appliance = scene.appliance
    if not appliance.alive or appliance.desk.word.assignment is None:
        return
    life_s = scene.rng.uniform(10 * 60, 2 * HOUR)
    end = appliance.believed() + timedelta(seconds=life_s)
    before, at_s = appliance.desk.local.warnings, scene.works.elapsed_s
    stands_down, after_s = scene.rng.random() < 0.7, scene.rng.uniform(60, life_s)
    text = "Cháy ở chợ."
    do(scene, StaffWarned(headline="Cháy chợ", text=text, zones=(), until=end, by=BY), "warns")

    def note() -> None:
        number = appliance.desk.local.warnings
        if not appliance.alive or number == before:
            return  # the process died of it
        id_ = f"local-{appliance.identity.device}:0:{number}"
        arrival = Arrival(
            id=id_,
            at_s=at_s,
            life=scene.works.life,
            expires_s=at_s + life_s,
            rank=6,
            repeat=LOCAL_REPEAT,
            steps=2,
            is_cancel=False,
            firm=False,  # until the next kill at least
            door="staff",
        )
        scene.evidence.arrivals.append(arrival)
        if stands_down:
            scene.works.later(after_s, lambda: _stand_down(scene, id_))

    scene.works.later(0.01, note)


def _stand_down(scene: Scene, id_: str) -> None:
    if scene.appliance.alive:
        do(scene, StaffStoodDown(id=id_, by=BY), "stands down")
        scene.evidence.stood_down[id_] = scene.works.elapsed_s


def emergency(scene: Scene) -> None:
    """The province or commune warns; what follows is drawn too."""
    rng, central = scene.rng, scene.central
    areas = rng.choice((("dt",), ("dt/my-phong",), ("dt/my-phong",), (month.AREA,)))
    if rng.random() < 0.15:
        areas = ("dt/xa-khac",)
    life = timedelta(seconds=rng.uniform(0.7 * HOUR, 9 * HOUR))
    recorded, languages = rng.random() < 0.3, rng.choice((1, 1, 2))
    said = central.say(areas, life, rng.choice(REPEATS), recorded=recorded, languages=languages)
    bring_by_hand(scene, said)
    what = rng.choice(("nothing", "cancel", "withheld", "update", "all-clear"))
    scene.works.later(
        rng.uniform(120, 0.9 * life.total_seconds()), lambda: go_on(scene, said, what)
    )


def bring_by_hand(scene: Scene, said: Said) -> None:
    """While the line is down, a neighbour or a stick may bring it all the same."""
    rng = scene.rng
    if rng.random() < 0.6:
        door = rng.choice(("neighbour", "usb"))

        def bring() -> None:
            if not scene.appliance.connected and scene.appliance.alive:
                scene.appliance.admit(said.sealed, door)  # type: ignore[arg-type]

        scene.works.later(rng.uniform(10, 2_400), bring)


def go_on(scene: Scene, said: Said, what: str) -> None:
    """Cancel, withhold the cancel, update or all-clear."""
    central, areas = scene.central, said.document.areas
    if all(one is not said for one in central.active):
        return
    life = timedelta(hours=2)
    match what:
        case "cancel":
            central.say(
                areas,
                life,
                Repeat(),
                message=MessageType.CANCEL,
                references=(said.document.id,),
                silent=True,
            )
        case "all-clear":
            central.say(
                areas, life, Repeat(), message=MessageType.CANCEL, references=(said.document.id,)
            )
        case "withheld":
            central.say(
                areas,
                timedelta(hours=24),
                Repeat(),
                message=MessageType.CANCEL,
                references=(said.document.id,),
                silent=True,
                withheld=True,
            )
        case "update":
            central.say(
                areas,
                life,
                scene.rng.choice(REPEATS),
                message=MessageType.UPDATE,
                references=(said.document.id,),
            )
        case _:
            pass


def two_at_once(scene: Scene) -> None:
    """Two emergencies within seconds."""
    emergency(scene)
    scene.works.later(scene.rng.uniform(0.01, 20), lambda: emergency(scene))


def command(scene: Scene) -> None:
    """The province sends a command; the kill switch is taken back within minutes."""
    rng, central = scene.rng, scene.central
    action = rng.choice((SetVolume(volume_pct=rng.randrange(30, 100)), StopSound(for_s=rng.randrange(30, 900)),
                         Reload(), TestYourself(), Silence(on=True)))  # fmt: skip
    if isinstance(action, StopSound) and central.reachable:
        hushed(scene, action.for_s + 2)
    central.command(action)
    if isinstance(action, Silence):
        scene.works.later(rng.uniform(30, 400), lambda: unsilence(scene, 12))


def unsilence(scene: Scene, again: int) -> None:
    """Take the kill switch back, each minute until it surely arrived."""
    scene.central.command(Silence(on=False))
    if again or scene.appliance.desk.local.silenced:
        scene.works.later(60.0, lambda: unsilence(scene, max(0, again - 1)))
