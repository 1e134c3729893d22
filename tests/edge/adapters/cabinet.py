"""A cabinet of pins in memory for the tests of the wired hands: relays with read-back wires, buttons, bad pins."""

import threading
import time

from gpiozero.pins.mock import MockFactory, MockPin

from contract.documents import Input, InputKind, Pull, Zone
from edge.adapters.pins import Board, PinFactory

CHO = Zone(name="cho", title="Chợ", relay_pin=17, stagger_ms=20)
DINH = Zone(name="dinh", title="Đình", relay_pin=27, active_high=False, stagger_ms=20)
TRUONG = Zone(name="truong", title="Trường", relay_pin=22, stagger_ms=20)
ZONES = (CHO, DINH, TRUONG)


def read_back(zone: Zone, pin: int) -> Input:
    """Return the input that is active while the relay of this zone is closed."""
    return Input(
        name=f"hoi-{zone.name}",
        title=f"Hồi báo {zone.title}",
        kind=InputKind.READ_BACK,
        zone=zone.name,
        pin=pin,
        active_high=True,
        pull=Pull.DOWN,
        debounce_ms=30,
    )


class Cabinet(Board):
    """Pins in memory. A relay pulls its read-back wire after it, unless it sticks; bad pins refuse to move."""

    def __init__(self) -> None:
        super().__init__("mock")
        self.moves: list[tuple[int, bool, float]] = []  # pin, level, monotonic second
        self.bad: set[int] = set()  # these raise when they are driven
        self.dead: set[int] = set()  # these stay as they are, without a word
        self._wires: dict[
            int, tuple[bool, int]
        ] = {}  # relay pin: its active level, its read-back pin
        self._stuck: set[int] = set()
        self._lock = threading.RLock()  # type: ignore[assignment]  # a pin that moves asks for another

    def wire(self, zone: Zone, pin: int) -> None:
        """Lead the relay's second contact to this pin."""
        self._wires[zone.relay_pin] = (zone.active_high, pin)

    def stick(self, zone: Zone, *, on: bool) -> None:
        """Weld the relay of this zone shut, or open."""
        self._stuck.add(zone.relay_pin)
        self.drive(self._wires[zone.relay_pin][1], high=on)

    def free(self, zone: Zone) -> None:
        """Have the relay follow its pin again."""
        self._stuck.discard(zone.relay_pin)
        self._follow(zone.relay_pin)

    def drive(self, pin: int, *, high: bool) -> None:
        """Pull a wire high or low from outside."""
        if high:
            self.pin(pin).drive_high()
        else:
            self.pin(pin).drive_low()

    def pin(self, number: int) -> MockPin:
        """Return the pin itself."""
        with self._lock:
            factory: MockFactory = self._opened()
            return factory.pin(number)

    def level(self, number: int) -> bool:
        """Return the level of a pin, as a meter would show it."""
        return bool(self.pin(number).state)

    def _follow(self, number: int) -> None:
        if number in self._wires and number not in self._stuck:
            active_high, wire = self._wires[number]
            self.drive(wire, high=self.level(number) == active_high)

    def _factory(self) -> PinFactory:
        cabinet = self

        class Pin(MockPin):  # type: ignore[misc]  # gpiozero ships no types
            """A pin with something hung on it."""

            def _set_state(self, value: bool) -> None:
                if self._number in cabinet.bad:
                    raise OSError(f"pin {self._number} is broken")
                if self._number not in cabinet.dead:
                    super()._set_state(value)

            def _change_state(self, value: bool) -> bool:
                changed: bool = super()._change_state(value)
                if changed and self.function == "output":
                    cabinet.moves.append((self._number, bool(value), time.monotonic()))
                    cabinet._follow(self._number)
                return changed

        factory: PinFactory = MockFactory(pin_class=Pin)
        return factory
