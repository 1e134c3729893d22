"""The amplifier: what is asked of the relays, and what the pins then really say."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from gpiozero.pins.mock import MockFactory, MockPin

from contract.documents import Zone
from edge.adapters.amplifier import Amplifier, PinFactory
from edge.adapters.fake import FakeAmplifier
from edge.core.events import HandFailed, HandRecovered, ZonesSwitched
from edge.core.orders import FitZones, SwitchZones
from tests.edge.adapters.rig import Heard

ZONES = (
    Zone(name="cho", title="Chợ", relay_pin=17),
    Zone(name="dinh", title="Đình", relay_pin=27, active_high=False),
    Zone(name="truong", title="Trường", relay_pin=22),
)
AnyAmplifier = Amplifier | FakeAmplifier


class JournalPin(MockPin):  # type: ignore[misc]  # gpiozero ships no types
    """A pin that notes every change of its level, for all pins in one list."""

    journal: list[tuple[str, bool]] = []  # noqa: RUF012  one journal for all pins of a test

    def _change_state(self, value: bool) -> bool:
        changed: bool = super()._change_state(value)
        if changed and self.function == "output":
            self.journal.append((self.info.name, bool(value)))
        return changed


class StuckPin(MockPin):  # type: ignore[misc]  # gpiozero ships no types
    """Pin 27 never follows while it is stuck, as a welded relay or a broken wire."""

    stuck = True

    def _set_state(self, value: bool) -> None:
        if not (self.stuck and self.info.name == "GPIO27"):
            super()._set_state(value)


class OnPins(Amplifier):
    """An amplifier on mock pins of a given kind."""

    def __init__(self, heard: Heard, pin: type[MockPin]) -> None:
        super().__init__(heard.post, "mock")
        self._pin = pin

    def _factory(self) -> PinFactory:
        factory: PinFactory = MockFactory(pin_class=self._pin)
        return factory


@pytest.fixture
def heard() -> Heard:
    """What the amplifier posts."""
    return Heard()


@pytest.fixture(params=["fake", "mock", "none"])
def amplifier(request: pytest.FixtureRequest, heard: Heard) -> Iterator[AnyAmplifier]:
    """Fake, real code on pins in memory, and real code without relays: the same suite."""
    makers: dict[str, Callable[[], AnyAmplifier]] = {
        "fake": lambda: FakeAmplifier(heard.post),
        "mock": lambda: Amplifier(heard.post, "mock"),
        "none": lambda: Amplifier(heard.post, "none"),
    }
    made = makers[request.param]()
    yield made
    made.close()


def test_all_zones_are_off_when_fitted(amplifier: AnyAmplifier, heard: Heard) -> None:
    """Fitting zones switches none of them on, and says so."""
    amplifier.obey(FitZones(zones=ZONES))
    assert heard.events == [ZonesSwitched(on=frozenset())]


def test_exactly_the_zones_asked_for_are_on(amplifier: AnyAmplifier, heard: Heard) -> None:
    """Each order leaves exactly its zones on, whatever was on before."""
    amplifier.obey(FitZones(zones=ZONES))
    for on in ({"cho"}, {"dinh", "truong"}, set[str](), {"cho", "dinh", "truong"}):
        amplifier.obey(SwitchZones(on=frozenset(on)))
        assert heard.events[-1] == ZonesSwitched(on=frozenset(on))
    assert not heard.all(HandFailed)


def test_an_unknown_zone_is_complained_of_and_the_known_ones_switch(
    amplifier: AnyAmplifier, heard: Heard
) -> None:
    """A zone that is not here fails the hand by name, the others come on, and the next good order recovers."""
    amplifier.obey(FitZones(zones=ZONES))
    amplifier.obey(SwitchZones(on=frozenset({"cho", "ao-ca"})))
    assert ZonesSwitched(on=frozenset({"cho"})) in heard.events
    assert "ao-ca" in heard.all(HandFailed)[0].why
    amplifier.obey(SwitchZones(on=frozenset({"cho"})))
    assert heard.all(HandRecovered) == [HandRecovered(hand="amplifier")]


def test_new_zones_replace_the_old_ones(amplifier: AnyAmplifier, heard: Heard) -> None:
    """After a new fitting the old zones are unknown, and a pin may serve another zone."""
    amplifier.obey(FitZones(zones=ZONES))
    amplifier.obey(SwitchZones(on=frozenset({"cho"})))
    amplifier.obey(FitZones(zones=(Zone(name="moi", title="Mới", relay_pin=17),)))
    assert heard.events[-1] == ZonesSwitched(on=frozenset())
    amplifier.obey(SwitchZones(on=frozenset({"moi"})))
    assert heard.events[-1] == ZonesSwitched(on=frozenset({"moi"}))
    assert not heard.all(HandFailed)


def test_a_zone_that_stays_off_is_named(heard: Heard) -> None:
    """A pin that reads otherwise than asked fails the hand by the zone's name; it recovers when it follows."""
    StuckPin.stuck = True
    amplifier = OnPins(heard, StuckPin)
    amplifier.obey(
        FitZones(zones=ZONES[:1] + ZONES[2:] + (Zone(name="ket", title="Kẹt", relay_pin=27),))
    )
    amplifier.obey(SwitchZones(on=frozenset({"cho", "ket"})))
    assert heard.all(ZonesSwitched)[-1].on == {"cho"}
    assert "vùng ket không bật được" in heard.all(HandFailed)[-1].why
    StuckPin.stuck = False
    amplifier.obey(SwitchZones(on=frozenset({"cho", "ket"})))
    assert heard.all(ZonesSwitched)[-1].on == {"cho", "ket"}
    assert heard.all(HandRecovered)
    amplifier.close()


def test_pins_go_off_before_others_go_on(heard: Heard) -> None:
    """Switching over never has old and new zones on together; active-low relays are driven the other way."""
    JournalPin.journal.clear()
    amplifier = OnPins(heard, JournalPin)
    amplifier.obey(FitZones(zones=ZONES))
    amplifier.obey(SwitchZones(on=frozenset({"cho"})))
    JournalPin.journal.clear()
    amplifier.obey(SwitchZones(on=frozenset({"dinh", "truong"})))
    assert JournalPin.journal == [("GPIO17", False), ("GPIO27", False), ("GPIO22", True)]
    JournalPin.journal.clear()
    amplifier.all_off()
    assert JournalPin.journal == [("GPIO27", True), ("GPIO22", False)]
    amplifier.close()


def test_two_zones_on_one_pin_are_refused_by_name(heard: Heard) -> None:
    """The second zone on a pin has no relay and is named; the first one works."""
    amplifier = Amplifier(heard.post, "mock")
    amplifier.obey(FitZones(zones=(ZONES[0], Zone(name="trung", title="Trùng", relay_pin=17))))
    assert "vùng trung không có rơ-le ở chân 17" in heard.all(HandFailed)[0].why
    amplifier.obey(SwitchZones(on=frozenset({"cho"})))
    assert heard.all(ZonesSwitched)[-1].on == {"cho"}
    amplifier.close()


@pytest.mark.skipif(Path("/dev/gpiochip0").exists(), reason="this machine has real pins")
@pytest.mark.leaves_behind(reason="lgpio keeps a thread and its working folder's name for good")
def test_missing_pins_are_never_replaced_in_secret(heard: Heard) -> None:
    """Where the kernel has no GPIO, "lgpio" fails by name of each zone, switches nothing and moves nobody."""
    before = Path.cwd()
    amplifier = Amplifier(heard.post, "lgpio")
    amplifier.obey(FitZones(zones=ZONES))
    for zone in ZONES:
        assert f"vùng {zone.name} không có rơ-le" in heard.all(HandFailed)[0].why
    amplifier.obey(SwitchZones(on=frozenset({"cho"})))
    assert heard.all(ZonesSwitched)[-1].on == frozenset()
    assert "cho" in heard.all(HandFailed)[-1].why
    amplifier.close()
    assert Path.cwd() == before
    assert not Path(".lgd-nfy0").exists()


def test_a_zone_that_is_on_when_fitted_is_named(heard: Heard) -> None:
    """An active-low pin that cannot be raised is on from the start: the hand fails by the zone's name."""
    StuckPin.stuck = True
    amplifier = OnPins(heard, StuckPin)
    amplifier.obey(FitZones(zones=ZONES))
    assert heard.all(ZonesSwitched)[-1].on == {"dinh"}
    assert "vùng dinh không tắt được" in heard.all(HandFailed)[-1].why
    amplifier.close()
