"""Pins: the one door to gpiozero; relays and contacts by their BCM number.

Law of the room: how pins are driven is named, never guessed, and a driver that is missing is never
replaced in secret. One `Board` for the whole process: gpiozero keeps a single table of pins, and the
kernel lends each line once.
"""

import os
import shutil
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Final, Literal, Protocol

from contract.documents import Input, Pull

Pins = Literal["lgpio", "mock", "none"]
PINS: Final[tuple[Pins, ...]] = ("lgpio", "mock", "none")
PULL_UP: Final = {Pull.UP: True, Pull.DOWN: False, Pull.NONE: None}


class Relay(Protocol):
    """One output that can be read back."""

    @property
    def value(self) -> float:
        """1 when on, 0 when off, as read from the pin."""

    def on(self) -> None:
        """Switch it on."""

    def off(self) -> None:
        """Switch it off."""

    def close(self) -> None:
        """Let go of the pin: it becomes an input, and the relay's pull lets it fall off."""


class PinFactory(Protocol):
    """What makes pins; named by us, so that nothing untyped crosses the room."""

    def close(self) -> None:
        """Let go of every pin."""


class InputPin(Protocol):
    """What a contact needs of a pin."""

    @property
    def state(self) -> bool:
        """Whether it is high."""


class InputDevice(Protocol):
    """What a contact needs of gpiozero's device."""

    @property
    def pin(self) -> InputPin:
        """The pin itself."""

    def close(self) -> None:
        """Let go of the pin."""


class Wired:
    """A relay that is not there because its load is always powered: on and off are what was last asked."""

    def __init__(self) -> None:
        self.value = 0.0

    def on(self) -> None:
        """Take it as on."""
        self.value = 1.0

    def off(self) -> None:
        """Take it as off."""
        self.value = 0.0

    def close(self) -> None:
        """Nothing is held."""


class Contact:
    """One wired input: active or not at the moment when it is asked.

    Nobody waits for its edges: while lgpio watches only one line for edges, it wakes 2,000 times a second.
    """

    def __init__(self, device: InputDevice, *, active_high: bool) -> None:
        self._device = device
        self._active_high = active_high

    @property
    def active(self) -> bool:
        """Whether it is active now, bounces and all; raises what the driver raises."""
        return bool(self._device.pin.state) == self._active_high

    def close(self) -> None:
        """Let go of the pin."""
        self._device.close()


class Board:
    """Makes relays and contacts, for all hands of the process, from any thread.

    `pins` says how: "lgpio" the kernel's GPIO device of a Raspberry Pi, "mock" pins in memory, "none"
    that nothing is wired: relays are taken as followed and there are no contacts.
    """

    def __init__(self, pins: Pins) -> None:
        self._pins = pins
        self._made: PinFactory | None = None
        self._lgpio_folder: str | None = None
        self._lock = threading.Lock()

    @property
    def has_contacts(self) -> bool:
        """Whether inputs can be wired here at all."""
        return self._pins != "none"

    def relay(self, pin: int, *, active_high: bool) -> Relay:
        """Claim a pin as a relay that is off; raises the driver's error where that cannot be."""
        if self._pins == "none":
            return Wired()
        with self._lock:
            factory = self._opened()
            from gpiozero import OutputDevice  # noqa: PLC0415  19 MB that "none" does not need

            relay: Relay = OutputDevice(
                pin, active_high=active_high, initial_value=False, pin_factory=factory
            )
            return relay

    def contact(self, wired: Input) -> Contact:
        """Claim the pin of an input; raises the driver's error where that cannot be."""
        with self._lock:
            factory = self._opened()
            from gpiozero import InputDevice as Device  # noqa: PLC0415  as above

            pull_up = PULL_UP[wired.pull]
            # gpiozero ties the active level to the pull; ours is told apart, so it reads the bare pin.
            floating = True if pull_up is None else None
            device: InputDevice = Device(
                wired.pin, pull_up=pull_up, active_state=floating, pin_factory=factory
            )
            return Contact(device, active_high=wired.active_high)

    def close(self) -> None:
        """Let go of every pin; relays and contacts are closed by their hands before."""
        with self._lock:
            made, self._made = self._made, None
            if made is not None:
                made.close()
            if self._lgpio_folder is not None:
                shutil.rmtree(self._lgpio_folder, ignore_errors=True)

    # --- drivers --------------------------------------------------------------------------------

    def _opened(self) -> PinFactory:
        if self._made is None:
            self._made = self._factory()
        return self._made

    def _factory(self) -> PinFactory:
        """Return the driver; loads GPIO libraries only where they are asked for."""
        if self._pins == "mock":
            from gpiozero.pins.mock import MockFactory  # noqa: PLC0415

            mock: PinFactory = MockFactory()
            return mock
        kernel: PinFactory = self._load_lgpio()()
        return kernel

    def _load_lgpio(self) -> Callable[[], PinFactory]:
        """Load lgpio; it makes a pipe in its working folder then, and the present one may be read-only."""
        here, ours = Path.cwd(), "LG_WD" not in os.environ
        if self._lgpio_folder is None:
            self._lgpio_folder = tempfile.mkdtemp(prefix="tienglang-gpio-")
        os.environ.setdefault("LG_WD", self._lgpio_folder)
        try:
            from gpiozero.pins.lgpio import LGPIOFactory  # noqa: PLC0415  after LG_WD is set
        finally:
            os.chdir(here)  # lgpio moves the whole process into LG_WD while it is loaded
            if ours:
                del os.environ["LG_WD"]  # no child shall inherit our pipe
        make: Callable[[], PinFactory] = LGPIOFactory
        return make
