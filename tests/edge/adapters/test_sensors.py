"""The sensors: what is pressed, opened or lost, and what then counts."""

import time
from collections.abc import Iterator
from typing import Protocol

import pytest

from contract.documents import Input, InputKind, Pull
from edge.adapters.amplifier import Amplifier
from edge.adapters.fake_wiring import FakeSensors
from edge.adapters.pins import Board
from edge.adapters.sensors import Sensors
from edge.core.events import HandFailed, HandRecovered, InputChanged, ZonesSwitched
from edge.core.orders import FitInputs, FitZones, SwitchZones
from tests.edge.adapters.cabinet import CHO, Cabinet, read_back
from tests.edge.adapters.rig import Heard

TALK = Input(name="nut-noi", title="Nút nói", kind=InputKind.TALK, pin=5, debounce_ms=30)
DOOR = Input(
    name="cua", title="Cửa tủ", kind=InputKind.DOOR, pin=6, active_high=True, debounce_ms=20
)
MAINS = Input(
    name="dien-luoi",
    title="Điện lưới",
    kind=InputKind.MAINS,
    pin=13,
    active_high=True,
    pull=Pull.DOWN,
    debounce_ms=40,
)
TALK_ELSEWHERE = Input(name="noi", title="Nói", kind=InputKind.TALK, pin=26, debounce_ms=20)


def fit(*inputs: Input) -> FitInputs:
    """Return the order to have exactly these inputs."""
    return FitInputs(inputs=inputs, switches=())


def changed(wired: Input, *, active: bool) -> InputChanged:
    """Return the event of this input."""
    return InputChanged(name=wired.name, kind=wired.kind, active=active)


class Rig(Protocol):
    """Sensors, and somebody who presses."""

    @property
    def hand(self) -> Sensors | FakeSensors: ...

    def press(self, wired: Input) -> None: ...

    def release(self, wired: Input) -> None: ...


class FakeRig:
    """The fake one."""

    def __init__(self, heard: Heard) -> None:
        self.hand = FakeSensors(heard.post, broken=frozenset({"hong"}))

    def press(self, wired: Input) -> None:
        self.hand.press(wired.name)

    def release(self, wired: Input) -> None:
        self.hand.release(wired.name)


class RealRig:
    """The real one, on pins in memory."""

    def __init__(self, heard: Heard, cabinet: Cabinet) -> None:
        self.hand = Sensors(heard.post, cabinet)
        self._cabinet = cabinet

    def press(self, wired: Input) -> None:
        self._cabinet.drive(wired.pin, high=wired.active_high)

    def release(self, wired: Input) -> None:
        self._cabinet.drive(wired.pin, high=not wired.active_high)


@pytest.fixture
def heard() -> Heard:
    """What the sensors post."""
    return Heard()


@pytest.fixture
def cabinet() -> Iterator[Cabinet]:
    """Pins in memory."""
    made = Cabinet()
    yield made
    made.close()


@pytest.fixture
def sensors(heard: Heard, cabinet: Cabinet) -> Iterator[Sensors]:
    """The real sensors on pins in memory."""
    made = Sensors(heard.post, cabinet)
    yield made
    made.close()


@pytest.fixture(params=["fake", "mock"])
def rig(request: pytest.FixtureRequest, heard: Heard, cabinet: Cabinet) -> Iterator[Rig]:
    """Fake and real sensors: the same suite."""
    made: Rig = FakeRig(heard) if request.param == "fake" else RealRig(heard, cabinet)
    yield made
    made.hand.close()


def await_event(heard: Heard, event: InputChanged, times: int = 1) -> None:
    """Wait until this event has come so many times."""
    heard.wait(InputChanged, where=lambda e: e == event and heard.events.count(event) >= times)


def test_the_present_state_comes_first(rig: Rig, heard: Heard) -> None:
    """Every input is told once as it stands, active or not, and nothing else is."""
    rig.hand.obey(fit(TALK, MAINS))
    await_event(heard, changed(TALK, active=False))
    await_event(heard, changed(MAINS, active=False))
    assert len(heard.events) == 2


def test_each_press_and_release_is_told_once(rig: Rig, heard: Heard) -> None:
    """Press, release and press again are three events, in this order, of the right kind."""
    rig.hand.obey(fit(TALK, MAINS))
    await_event(heard, changed(TALK, active=False))
    await_event(heard, changed(MAINS, active=False))
    heard.events.clear()
    rig.press(TALK)
    await_event(heard, changed(TALK, active=True))
    rig.release(TALK)
    await_event(heard, changed(TALK, active=False))
    rig.press(TALK)
    await_event(heard, changed(TALK, active=True), times=2)
    assert heard.events == [changed(TALK, active=a) for a in (True, False, True)]


def test_a_read_back_is_not_posted(rig: Rig, heard: Heard) -> None:
    """The read-back of a relay is the amplifier's; the input beside it is told."""
    rig.hand.obey(fit(read_back(CHO, 19), TALK))
    await_event(heard, changed(TALK, active=False))
    assert [e.kind for e in heard.all(InputChanged)] == [InputKind.TALK]


def test_an_input_that_cannot_be_claimed_is_named_and_the_rest_works(
    rig: Rig, heard: Heard
) -> None:
    """A bad input fails the hand by its name and pin; the good one is read; without the bad one it recovers."""
    broken = Input(name="hong", title="Hỏng", kind=InputKind.HUSH, pin=TALK.pin)
    rig.hand.obey(fit(TALK, broken))
    assert "đầu vào hong không đọc được ở chân 5" in heard.wait(HandFailed).why
    rig.press(TALK)
    await_event(heard, changed(TALK, active=True))
    rig.hand.obey(fit(TALK))
    assert heard.all(HandRecovered) == [HandRecovered(hand="sensors")]


def test_the_same_wiring_again_changes_nothing(rig: Rig, heard: Heard) -> None:
    """Fitted again as before nothing is told; wired otherwise, or new, the present state is."""
    rig.hand.obey(fit(TALK))
    await_event(heard, changed(TALK, active=False))
    rig.press(TALK)
    await_event(heard, changed(TALK, active=True))
    told = len(heard.events)
    rig.hand.obey(fit(TALK, DOOR))
    rig.release(DOOR)
    await_event(heard, changed(DOOR, active=False))
    assert [e for e in heard.all(InputChanged) if e.name == TALK.name][1:] == [
        changed(TALK, active=True)
    ]
    assert len(heard.events) <= told + 2  # the open door may have been seen open
    rig.hand.obey(fit(DOOR))
    rig.release(TALK)
    rig.hand.obey(fit(DOOR, TALK))
    await_event(heard, changed(TALK, active=False), times=2)


# --- what counts -----------------------------------------------------------------------------------


def test_a_button_that_bounces_is_pressed_once(
    sensors: Sensors, cabinet: Cabinet, heard: Heard
) -> None:
    """Edges closer than the debounce are one press, told when the level has stood; so is the release."""
    button = Input(name="nut", title="Nút", kind=InputKind.ADDRESS, pin=5, debounce_ms=250)
    sensors.obey(fit(button))
    await_event(heard, changed(button, active=False))
    for last in (False, True):
        for _ in range(8):
            cabinet.drive(5, high=False)
            cabinet.drive(5, high=True)
        cabinet.drive(5, high=last)
        await_event(heard, changed(button, active=not last), times=1 + last)
    assert [e.active for e in heard.all(InputChanged)] == [False, True, False]


def test_a_level_that_does_not_stand_is_no_change(
    sensors: Sensors, cabinet: Cabinet, heard: Heard
) -> None:
    """A spike shorter than the debounce is never told."""
    slow = Input(name="dien", title="Điện", kind=InputKind.MAINS, pin=5, debounce_ms=250)
    sensors.obey(fit(slow, TALK_ELSEWHERE))
    await_event(heard, changed(slow, active=False))
    cabinet.drive(5, high=False)
    cabinet.drive(5, high=True)
    time.sleep(0.4)
    cabinet.drive(TALK_ELSEWHERE.pin, high=False)
    await_event(heard, changed(TALK_ELSEWHERE, active=True))
    assert [e for e in heard.all(InputChanged) if e.name == slow.name] == [
        changed(slow, active=False)
    ]


def test_a_press_is_told_soon_after_its_debounce(
    sensors: Sensors, cabinet: Cabinet, heard: Heard
) -> None:
    """Push-to-talk is told no sooner than its debounce and not long after it."""
    sensors.obey(fit(TALK))
    await_event(heard, changed(TALK, active=False))
    pressed_s = time.monotonic()
    cabinet.drive(TALK.pin, high=False)
    await_event(heard, changed(TALK, active=True))
    took_s = time.monotonic() - pressed_s
    assert 0.03 <= took_s < 0.3


def test_a_level_that_flickers_never_counts(
    sensors: Sensors, cabinet: Cabinet, heard: Heard
) -> None:
    """A contact that opens and closes for longer than its debounce, but never stands, tells nothing until it does."""
    loose = Input(name="cua", title="Cửa", kind=InputKind.DOOR, pin=5, debounce_ms=900)
    sensors.obey(fit(loose))
    await_event(heard, changed(loose, active=False))
    for _ in range(30):
        cabinet.drive(5, high=False)
        time.sleep(0.04)
        cabinet.drive(5, high=True)
        time.sleep(0.01)
    assert heard.events == [changed(loose, active=False)]
    cabinet.drive(5, high=False)
    await_event(heard, changed(loose, active=True))


@pytest.mark.parametrize("pull", list(Pull))
@pytest.mark.parametrize("active_high", [True, False])
def test_level_and_pull_are_apart(
    sensors: Sensors, cabinet: Cabinet, heard: Heard, pull: Pull, active_high: bool
) -> None:
    """Whatever pull holds the pin, the input is active at the level that it was given."""
    wired = Input(
        name="vao",
        title="Vào",
        kind=InputKind.DOOR,
        pin=5,
        pull=pull,
        active_high=active_high,
        debounce_ms=5,
    )
    sensors.obey(fit(wired))
    first = heard.wait(InputChanged)
    assert first.active == ((pull is Pull.UP) == active_high)
    cabinet.drive(5, high=pull is not Pull.UP)
    await_event(heard, changed(wired, active=not first.active))


# --- one board, two hands ----------------------------------------------------------------------------


def test_both_hands_share_one_board(sensors: Sensors, cabinet: Cabinet, heard: Heard) -> None:
    """Relays and inputs live side by side, each on its own pins."""
    amplifier = Amplifier(heard.post, cabinet)
    amplifier.obey(FitZones(zones=(CHO,)))
    sensors.obey(fit(TALK))
    amplifier.obey(SwitchZones(on=frozenset({"cho"})))
    cabinet.drive(TALK.pin, high=False)
    await_event(heard, changed(TALK, active=True))
    assert heard.all(ZonesSwitched)[-1].on == {"cho"}
    assert not heard.all(HandFailed)
    amplifier.close()


def test_a_pin_that_another_hand_lets_go_is_claimed_then(
    sensors: Sensors, cabinet: Cabinet, heard: Heard
) -> None:
    """An input on a relay's pin is refused by name, and read once the relay is gone."""
    relay = cabinet.relay(TALK.pin, active_high=True)
    sensors.obey(fit(TALK))
    assert "đầu vào nut-noi không đọc được ở chân 5" in heard.all(HandFailed)[0].why
    relay.close()
    heard.wait(HandRecovered)
    await_event(heard, changed(TALK, active=False))


def test_without_pins_there_are_no_inputs(heard: Heard) -> None:
    """Where nothing is wired nothing is told, and nothing is complained of."""
    sensors = Sensors(heard.post, Board("none"))
    sensors.obey(fit(TALK, DOOR))
    sensors.close()
    assert not heard.events
