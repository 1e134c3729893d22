"""The amplifier: what is asked of the relays, and what pins and read-back wires then really say."""

import threading
import time
from collections.abc import Iterator
from datetime import time as time_of_day
from itertools import pairwise
from pathlib import Path
from typing import Protocol

import pytest

from contract.documents import Hours, Input, InputKind, Switch, Zone
from edge.adapters.amplifier import Amplifier
from edge.adapters.fake_wiring import FakeRelays
from edge.adapters.pins import Board
from edge.adapters.relays import Guard
from edge.core.events import HandFailed, HandRecovered, ZonesSwitched
from edge.core.orders import FitInputs, FitZones, SwitchOthers, SwitchZones
from tests.edge.adapters.cabinet import CHO, DINH, TRUONG, ZONES, Cabinet, read_back
from tests.edge.adapters.rig import Heard

ALL_DAY = (Hours(start=time_of_day(0), end=time_of_day(0)),)
FAN = Switch(name="quat", title="Quạt", relay_pin=23, on=ALL_DAY)
LED = Switch(name="den", title="Đèn", relay_pin=24, active_high=False, on=ALL_DAY)
READ_BACKS = FitInputs(inputs=(read_back(CHO, 5), read_back(DINH, 6)), switches=())
AnyAmplifier = Amplifier | FakeRelays


def on(*zones: str) -> SwitchZones:
    """Return the order to have exactly these zones on."""
    return SwitchZones(on=frozenset(zones))


class Rig(Protocol):
    """An amplifier with read-back wires at two zones, whose relays can stick."""

    @property
    def hand(self) -> AnyAmplifier: ...

    def stick(self, zone: Zone, *, on: bool) -> None: ...

    def free(self, zone: Zone) -> None: ...


class FakeRig:
    """The fake one."""

    def __init__(self, heard: Heard) -> None:
        self.hand = FakeRelays(heard.post)

    def stick(self, zone: Zone, *, on: bool) -> None:
        self.hand.stick(zone.name, on=on)

    def free(self, zone: Zone) -> None:
        self.hand.free(zone.name)


class RealRig:
    """The real one, on pins in memory."""

    def __init__(self, heard: Heard, cabinet: Cabinet) -> None:
        self.hand = Amplifier(heard.post, cabinet)
        self.stick, self.free = cabinet.stick, cabinet.free


@pytest.fixture
def heard() -> Heard:
    """What the amplifier posts."""
    return Heard()


@pytest.fixture
def cabinet() -> Iterator[Cabinet]:
    """Pins in memory, with read-back wires at the relays of two zones."""
    made = Cabinet()
    made.wire(CHO, 5)
    made.wire(DINH, 6)
    yield made
    made.close()


@pytest.fixture
def real(heard: Heard, cabinet: Cabinet) -> Iterator[Amplifier]:
    """The real amplifier on pins in memory."""
    made = Amplifier(heard.post, cabinet)
    yield made
    made.close()


@pytest.fixture(params=["fake", "mock", "none"])
def amplifier(request: pytest.FixtureRequest, heard: Heard) -> Iterator[AnyAmplifier]:
    """Fake, real code on pins in memory, and real code without relays: the same suite."""
    if request.param == "fake":
        yield FakeRelays(heard.post)
        return
    board = Board(request.param)
    made = Amplifier(heard.post, board)
    yield made
    made.close()
    board.close()


@pytest.fixture(params=["fake", "mock"])
def rig(request: pytest.FixtureRequest, heard: Heard, cabinet: Cabinet) -> Iterator[Rig]:
    """Fake and real relays with read-back, all zones fitted."""
    made: Rig = FakeRig(heard) if request.param == "fake" else RealRig(heard, cabinet)
    made.hand.obey(FitZones(zones=ZONES))
    made.hand.obey(READ_BACKS)
    yield made
    made.hand.close()


def test_all_zones_are_off_when_fitted(amplifier: AnyAmplifier, heard: Heard) -> None:
    """Fitting zones switches none of them on, and says so."""
    amplifier.obey(FitZones(zones=ZONES))
    assert heard.events == [ZonesSwitched(on=frozenset())]


def test_exactly_the_zones_asked_for_are_on(amplifier: AnyAmplifier, heard: Heard) -> None:
    """Each order leaves exactly its zones on, whatever was on before."""
    amplifier.obey(FitZones(zones=ZONES))
    for zones in (("cho",), ("dinh", "truong"), (), ("cho", "dinh", "truong")):
        amplifier.obey(on(*zones))
        assert heard.events[-1] == ZonesSwitched(on=frozenset(zones))
    assert not heard.all(HandFailed)


def test_each_relay_is_told_as_it_moves(amplifier: AnyAmplifier, heard: Heard) -> None:
    """One order that moves several relays is told once after each, off before on, the last being the whole truth."""
    amplifier.obey(FitZones(zones=ZONES))
    amplifier.obey(on("cho"))
    heard.events.clear()
    amplifier.obey(on("dinh", "truong"))
    told = [event.on for event in heard.all(ZonesSwitched)]
    assert told == [frozenset(), {"dinh"}, {"dinh", "truong"}]


def test_an_unknown_zone_is_complained_of_and_the_known_ones_switch(
    amplifier: AnyAmplifier, heard: Heard
) -> None:
    """A zone that is not here fails the hand by name, the others come on, and the next good order recovers."""
    amplifier.obey(FitZones(zones=ZONES))
    amplifier.obey(on("cho", "ao-ca"))
    assert ZonesSwitched(on=frozenset({"cho"})) in heard.events
    assert "ao-ca" in heard.all(HandFailed)[0].why
    amplifier.obey(on("cho"))
    assert heard.all(HandRecovered) == [HandRecovered(hand="amplifier")]


def test_new_zones_replace_the_old_ones(amplifier: AnyAmplifier, heard: Heard) -> None:
    """After a new fitting the old zones are unknown, and a pin may serve another zone."""
    amplifier.obey(FitZones(zones=ZONES))
    amplifier.obey(on("cho"))
    amplifier.obey(FitZones(zones=(Zone(name="moi", title="Mới", relay_pin=17),)))
    assert heard.events[-1] == ZonesSwitched(on=frozenset())
    amplifier.obey(on("moi"))
    assert heard.events[-1] == ZonesSwitched(on=frozenset({"moi"}))
    assert not heard.all(HandFailed)


# --- pins ------------------------------------------------------------------------------------------


def test_a_zone_that_stays_off_is_named(real: Amplifier, cabinet: Cabinet, heard: Heard) -> None:
    """A pin that reads otherwise than asked fails the hand by the zone's name; it recovers when it follows."""
    cabinet.dead.add(22)
    real.obey(FitZones(zones=ZONES))
    real.obey(on("cho", "truong"))
    assert heard.all(ZonesSwitched)[-1] == ZonesSwitched(
        on=frozenset({"cho"}), stuck=frozenset({"truong"})
    )
    assert "vùng truong không bật được" in heard.all(HandFailed)[-1].why
    cabinet.dead.clear()
    real.obey(on("cho", "truong"))
    assert heard.all(ZonesSwitched)[-1] == ZonesSwitched(on=frozenset({"cho", "truong"}))
    assert heard.all(HandRecovered)


def test_a_zone_that_is_on_when_fitted_is_named(
    real: Amplifier, cabinet: Cabinet, heard: Heard
) -> None:
    """An active-low pin that cannot be raised is on from the start: the hand fails by the zone's name."""
    cabinet.dead.add(27)
    real.obey(FitZones(zones=ZONES))
    assert heard.all(ZonesSwitched)[-1].on == {"dinh"}
    assert "vùng dinh không tắt được" in heard.all(HandFailed)[-1].why


def test_one_broken_pin_keeps_no_other_from_switching(
    real: Amplifier, cabinet: Cabinet, heard: Heard
) -> None:
    """A pin that raises is named; the zones before and after it switch, on and off and at the end."""
    real.obey(FitZones(zones=ZONES))
    cabinet.bad.add(27)
    real.obey(on("cho", "dinh", "truong"))
    assert heard.all(ZonesSwitched)[-1].on == {"cho", "truong"}
    assert "không đóng cắt được vùng dinh" in heard.all(HandFailed)[-1].why
    real.all_off()
    assert not cabinet.level(17)
    assert not cabinet.level(22)


def test_pins_go_off_before_others_go_on(real: Amplifier, cabinet: Cabinet) -> None:
    """Switching over never has old and new zones on together; active-low relays are driven the other way."""
    real.obey(FitZones(zones=ZONES))
    real.obey(on("cho"))
    cabinet.moves.clear()
    real.obey(on("dinh", "truong"))
    assert [move[:2] for move in cabinet.moves] == [(17, False), (27, False), (22, True)]
    cabinet.moves.clear()
    real.all_off()
    assert [move[:2] for move in cabinet.moves] == [(27, True), (22, False)]


def test_two_zones_on_one_pin_are_refused_by_name(
    real: Amplifier, cabinet: Cabinet, heard: Heard
) -> None:
    """The second zone on a pin has no relay and is named; the first one works."""
    real.obey(FitZones(zones=(CHO, Zone(name="trung", title="Trùng", relay_pin=17))))
    assert "vùng trung không có rơ-le ở chân 17" in heard.all(HandFailed)[0].why
    real.obey(on("cho"))
    assert heard.all(ZonesSwitched)[-1].on == {"cho"}


def test_fitting_again_keeps_the_pins_that_stay(real: Amplifier, cabinet: Cabinet) -> None:
    """A zone that is fitted again on its pin goes off and is not let go of; one on another pin is."""
    real.obey(FitZones(zones=ZONES))
    real.obey(on("cho", "dinh"))
    real.obey(FitZones(zones=(Zone(name="moi", title="Mới", relay_pin=17), DINH)))
    assert [cabinet.pin(pin).function for pin in (17, 27, 22)] == ["output", "output", "input"]
    assert (cabinet.level(17), cabinet.level(27)) == (False, True)


def test_a_pin_that_was_in_use_is_claimed_at_the_next_order(
    real: Amplifier, cabinet: Cabinet, heard: Heard
) -> None:
    """A zone whose pin another hand still held gets its relay when it is next asked for."""
    other = cabinet.relay(17, active_high=True)
    real.obey(FitZones(zones=ZONES))
    assert "vùng cho không có rơ-le ở chân 17" in heard.all(HandFailed)[0].why
    other.close()
    real.obey(on("cho"))
    assert heard.all(ZonesSwitched)[-1].on == {"cho"}
    assert heard.all(HandRecovered)


@pytest.mark.skipif(Path("/dev/gpiochip0").exists(), reason="this machine has real pins")
@pytest.mark.leaves_behind(reason="lgpio keeps a thread and its working folder's name for good")
def test_missing_pins_are_never_replaced_in_secret(heard: Heard) -> None:
    """Where the kernel has no GPIO, "lgpio" fails by name of each zone, switches nothing and moves nobody."""
    before = Path.cwd()
    board = Board("lgpio")
    amplifier = Amplifier(heard.post, board)
    amplifier.obey(FitZones(zones=ZONES))
    for zone in ZONES:
        assert f"vùng {zone.name} không có rơ-le" in heard.all(HandFailed)[0].why
    amplifier.obey(on("cho"))
    assert heard.all(ZonesSwitched)[-1].on == frozenset()
    assert "cho" in heard.all(HandFailed)[-1].why
    amplifier.close()
    board.close()
    assert Path.cwd() == before
    assert not Path(".lgd-nfy0").exists()


# --- one after the other ---------------------------------------------------------------------------


def slow(*zones: Zone, stagger_ms: int) -> FitZones:
    """Return the order to fit these zones with such a stagger."""
    return FitZones(
        zones=tuple(
            Zone(name=z.name, title=z.title, relay_pin=z.relay_pin, stagger_ms=stagger_ms)
            for z in zones
        )
    )


def test_relays_move_apart_by_the_stagger_of_the_first(real: Amplifier, cabinet: Cabinet) -> None:
    """No two relays move within the stagger, on or off, nor across two orders."""
    real.obey(slow(CHO, DINH, TRUONG, stagger_ms=120))
    real.obey(on("cho"))
    real.obey(on("cho", "dinh", "truong"))
    real.obey(on())
    moments = [moved_s for _, _, moved_s in cabinet.moves]
    assert len(moments) == 6
    assert all(b - a >= 0.115 for a, b in pairwise(moments))


def test_a_single_zone_pays_nothing(real: Amplifier) -> None:
    """The same relay waits for no stagger of its own, and an order that moves nothing waits for none."""
    real.obey(slow(CHO, DINH, stagger_ms=2000))
    began_s = time.monotonic()
    for zones in (("cho",), ("cho",), (), ("cho",)):
        real.obey(on(*zones))
    assert time.monotonic() - began_s < 1.0


def test_all_off_and_the_end_wait_for_nothing(real: Amplifier, cabinet: Cabinet) -> None:
    """A lane that waits for its stagger is freed by hurry: nothing more is switched on, and all go off."""
    real.obey(slow(CHO, DINH, TRUONG, stagger_ms=2000))
    lane = threading.Thread(target=real.obey, args=(on("cho", "dinh", "truong"),))
    lane.start()
    while not cabinet.moves:
        time.sleep(0.002)
    began_s = time.monotonic()
    real.hurry()
    lane.join()
    assert [pin for pin, _, _ in cabinet.moves] == [17]
    real.all_off()
    assert time.monotonic() - began_s < 1.0
    assert not cabinet.level(17)


# --- read-back -------------------------------------------------------------------------------------


def test_the_read_back_says_what_is_on(rig: Rig, heard: Heard) -> None:
    """Zones with and without a read-back wire switch alike while their relays are good."""
    for zones in (("cho", "dinh", "truong"), ("dinh",), ()):
        rig.hand.obey(on(*zones))
        assert heard.events[-1] == ZonesSwitched(on=frozenset(zones))
    assert not heard.all(HandFailed)


def test_a_relay_that_does_not_open_is_named(rig: Rig, heard: Heard) -> None:
    """A welded relay is on and stuck though it was told off; when it follows again the hand recovers."""
    rig.hand.obey(on("cho"))
    rig.stick(CHO, on=True)
    rig.hand.obey(on())
    assert heard.all(ZonesSwitched)[-1] == ZonesSwitched(
        on=frozenset({"cho"}), stuck=frozenset({"cho"})
    )
    assert "vùng cho không tắt được" in heard.all(HandFailed)[-1].why
    rig.free(CHO)
    heard.wait(HandRecovered)
    assert heard.all(ZonesSwitched)[-1] == ZonesSwitched(on=frozenset())


def test_a_relay_that_does_not_close_is_named(rig: Rig, heard: Heard) -> None:
    """A zone whose relay does not close is not on, whatever its pin says; the other zones are."""
    rig.stick(DINH, on=False)
    rig.hand.obey(on("cho", "dinh", "truong"))
    assert heard.all(ZonesSwitched)[-1] == ZonesSwitched(
        on=frozenset({"cho", "truong"}), stuck=frozenset({"dinh"})
    )
    assert "vùng dinh không bật được" in heard.all(HandFailed)[-1].why


def test_a_relay_that_moves_by_itself_is_told_at_once(rig: Rig, heard: Heard) -> None:
    """A relay that closes or falls off without an order is told without waiting for one."""
    rig.stick(CHO, on=True)
    welded = ZonesSwitched(on=frozenset({"cho"}), stuck=frozenset({"cho"}))
    heard.wait(ZonesSwitched, where=lambda event: event == welded)
    assert "vùng cho không tắt được" in heard.wait(HandFailed).why
    rig.free(CHO)
    heard.wait(HandRecovered)


def test_a_bounce_of_the_read_back_is_no_news(
    real: Amplifier, cabinet: Cabinet, heard: Heard
) -> None:
    """A read-back that flickers for less than its debounce, as contacts do when they close, tells nothing."""
    real.obey(FitZones(zones=ZONES))
    real.obey(READ_BACKS)
    real.obey(on("cho"))
    told = len(heard.events)
    for _ in range(5):
        cabinet.drive(5, high=False)
        cabinet.drive(5, high=True)
    time.sleep(0.15)
    assert len(heard.events) == told


def test_a_read_back_without_a_pin_is_named_and_the_zone_works(
    real: Amplifier, heard: Heard
) -> None:
    """Where the read-back cannot be claimed the zone's own pin is read, and the hand says what is wrong."""
    real.obey(FitZones(zones=ZONES))
    real.obey(FitInputs(inputs=(read_back(CHO, 17),), switches=()))
    assert "đầu vào hoi-cho không đọc được ở chân 17" in heard.all(HandFailed)[-1].why
    real.obey(on("cho"))
    assert heard.all(ZonesSwitched)[-1] == ZonesSwitched(on=frozenset({"cho"}))


def test_the_order_of_fitting_does_not_matter(
    real: Amplifier, cabinet: Cabinet, heard: Heard
) -> None:
    """A relay that is welded before the zones are fitted is named when they are, read-backs first or last."""
    cabinet.stick(CHO, on=True)
    door = Input(name="cua", title="Cửa", kind=InputKind.DOOR, pin=13)
    real.obey(FitInputs(inputs=(door, read_back(CHO, 5)), switches=()))
    cabinet.drive(5, high=True)  # claiming it pulled it down
    real.obey(FitZones(zones=ZONES))
    assert heard.all(ZonesSwitched) == [
        ZonesSwitched(on=frozenset({"cho"}), stuck=frozenset({"cho"}))
    ]


# --- relays that follow the clock --------------------------------------------------------------------


def test_other_relays_follow_their_own_order(real: Amplifier, cabinet: Cabinet) -> None:
    """A fan and an LED wall switch apart from the zones; fitted again as before, nothing moves."""
    real.obey(FitZones(zones=ZONES))
    real.obey(FitInputs(inputs=(), switches=(FAN, LED)))
    assert (cabinet.level(23), cabinet.level(24)) == (False, True)
    real.obey(SwitchOthers(on=frozenset({"quat", "den"})))
    assert (cabinet.level(23), cabinet.level(24)) == (True, False)
    cabinet.moves.clear()
    real.obey(FitInputs(inputs=(), switches=(FAN, LED)))
    real.obey(FitZones(zones=ZONES))
    real.obey(on())
    assert not cabinet.moves
    real.obey(SwitchOthers(on=frozenset({"den"})))
    assert (cabinet.level(23), cabinet.level(24)) == (False, False)
    real.all_off()
    assert (cabinet.level(23), cabinet.level(24)) == (False, True)


def test_the_fake_keeps_other_relays_alike(heard: Heard) -> None:
    """The fake holds the clock's relays through the same orders, unknown names left out."""
    fake = FakeRelays(heard.post)
    fake.obey(FitInputs(inputs=(), switches=(FAN, LED)))
    fake.obey(SwitchOthers(on=frozenset({"quat", "la"})))
    fake.obey(FitInputs(inputs=(), switches=(FAN, LED)))
    assert fake.others_on == {"quat"}
    fake.obey(FitInputs(inputs=(), switches=(LED,)))
    assert not fake.others_on


def test_an_other_relay_that_fails_is_named(
    real: Amplifier, cabinet: Cabinet, heard: Heard
) -> None:
    """A fan's relay that cannot be driven fails the hand by its name."""
    real.obey(FitInputs(inputs=(), switches=(FAN, LED)))
    cabinet.bad.add(23)
    real.obey(SwitchOthers(on=frozenset({"quat", "den"})))
    assert "không đóng cắt được rơ-le quat" in heard.all(HandFailed)[-1].why
    assert not cabinet.level(24)


# --- chatter -----------------------------------------------------------------------------------------


def test_a_relay_that_chatters_rests_off_and_comes_back(cabinet: Cabinet, heard: Heard) -> None:
    """Past its moves a relay is not switched on, and is named; rested, it obeys the last order by itself."""
    amplifier = Amplifier(heard.post, cabinet, Guard(moves=6, within_s=1.5))
    amplifier.obey(FitZones(zones=ZONES))
    for _ in range(3):
        amplifier.obey(on("cho"))
        amplifier.obey(on())
    amplifier.obey(on("cho", "truong"))
    assert heard.all(ZonesSwitched)[-1].on == {"truong"}
    assert "vùng cho đã đóng cắt 6 lần trong 1.5 giây" in heard.all(HandFailed)[-1].why
    heard.wait(HandRecovered)
    assert heard.all(ZonesSwitched)[-1] == ZonesSwitched(on=frozenset({"cho", "truong"}))
    amplifier.close()


def test_a_relay_that_chatters_is_always_switched_off(cabinet: Cabinet, heard: Heard) -> None:
    """The guard never keeps a zone on."""
    amplifier = Amplifier(heard.post, cabinet, Guard(moves=5, within_s=60.0))
    amplifier.obey(FitZones(zones=ZONES))
    for zones in (("cho",), (), ("cho",), (), ("cho",), ()):
        amplifier.obey(on(*zones))
    assert heard.all(ZonesSwitched)[-1] == ZonesSwitched(on=frozenset())
    assert not cabinet.level(17)
    assert not heard.all(HandFailed)
    amplifier.close()


def test_a_relay_that_chatters_is_switched_on_for_a_warning(cabinet: Cabinet, heard: Heard) -> None:
    """A warning waits for no relay to rest; the next ordinary sound still does."""
    amplifier = Amplifier(heard.post, cabinet, Guard(moves=4, within_s=60.0))
    amplifier.obey(FitZones(zones=ZONES))
    for zones in (("cho",), (), ("cho",), (), ("cho",)):
        amplifier.obey(on(*zones))
    assert heard.all(ZonesSwitched)[-1] == ZonesSwitched(on=frozenset())
    amplifier.obey(SwitchZones(on=frozenset({"cho"}), urgent=True))
    assert heard.all(ZonesSwitched)[-1] == ZonesSwitched(on=frozenset({"cho"}))
    assert cabinet.level(17)
    amplifier.obey(on())
    amplifier.obey(on("cho"))
    assert heard.all(ZonesSwitched)[-1] == ZonesSwitched(on=frozenset())
    amplifier.close()
