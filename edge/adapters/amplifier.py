"""The amplifier: one relay for each zone, switched and read back.

Law of the room: how pins are driven is named, never guessed; all zones are off at start, on failure to
fit them, and at the end. What is reported as on was read from the pins, not remembered.
"""

import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Final, Literal, Protocol, assert_never

from contract.documents import Zone
from edge.core.events import HandFailed, HandRecovered, Happening, ZonesSwitched
from edge.core.orders import FitZones, SwitchZones

Pins = Literal["lgpio", "mock", "none"]
PINS: Final[tuple[Pins, ...]] = ("lgpio", "mock", "none")


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


class Wired:
    """A zone whose amplifier has no relay here: on and off are what was last asked."""

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


class Amplifier:
    """The hand that switches zones.

    `pins` says how: "lgpio" the kernel's GPIO device of a Raspberry Pi, "mock" pins in memory,
    "none" amplifiers that are always powered and have no relay.
    """

    def __init__(self, post: Callable[[Happening], None], pins: Pins) -> None:
        self._post = post
        self._pins = pins
        self._relays: dict[str, Relay] = {}
        self._unfit: dict[str, str] = {}  # zones that have no working relay, and why
        self._make: Callable[[Zone], Relay] | None = None
        self._close_pins: Callable[[], None] = lambda: None
        self._lgpio_folder: str | None = None
        self._failed = False

    def obey(self, order: FitZones | SwitchZones) -> None:
        """Do what the order says; what the pins then say is posted."""
        match order:
            case FitZones(zones=zones):
                self.configure(zones)
            case SwitchZones(on=on):
                self._switch(on)
            case _:
                assert_never(order)

    def configure(self, zones: tuple[Zone, ...]) -> None:
        """Have exactly these zones from now on, all of them off; a zone without a working pin is reported."""
        self.all_off()
        for relay in self._relays.values():
            relay.close()
        self._relays, self._unfit = {}, {}
        for zone in zones:
            try:
                self._relays[zone.name] = self._relay(zone)
            except Exception as error:  # noqa: BLE001  gpiozero and lgpio share no parent of errors
                self._unfit[zone.name] = (
                    f"vùng {zone.name} không có rơ-le ở chân {zone.relay_pin} "
                    f"({type(error).__name__}: {error})"
                )
        self._report(frozenset(), list(self._unfit.values()))

    def all_off(self) -> None:
        """Switch every zone off, whatever single pins answer."""
        for name, relay in self._relays.items():
            self._drive(name, relay, on=False)

    def close(self) -> None:
        """Switch all off and let go of the pins."""
        self.all_off()
        for relay in self._relays.values():
            relay.close()
        self._relays = {}
        self._close_pins()
        if self._lgpio_folder is not None:
            shutil.rmtree(self._lgpio_folder, ignore_errors=True)

    # --- switching ------------------------------------------------------------------------------

    def _switch(self, on: frozenset[str]) -> None:
        complaints = [
            self._unfit.get(name, f"thiết bị không có vùng {name}: xem lại phiếu gán")
            for name in sorted(on - self._relays.keys())
        ]
        for name, relay in self._relays.items():
            if name not in on:
                complaints += self._drive(name, relay, on=False)
        for name, relay in self._relays.items():
            if name in on:
                complaints += self._drive(name, relay, on=True)
        self._report(on, complaints)

    def _report(self, on: frozenset[str], complaints: list[str]) -> None:
        """Post what the pins say, and what is wrong with that."""
        really_on = self._read_back()
        for name in sorted((really_on ^ on) & self._relays.keys()):
            stuck = "không tắt" if name in really_on else "không bật"
            complaints.append(f"vùng {name} {stuck} được: kiểm tra rơ-le và dây")
        self._post(ZonesSwitched(on=really_on))
        self._judge(complaints)

    def _drive(self, name: str, relay: Relay, *, on: bool) -> list[str]:
        try:
            if on:
                relay.on()
            else:
                relay.off()
        except Exception as error:  # noqa: BLE001  one bad pin must not keep the others from switching
            return [f"không đóng cắt được vùng {name} ({error})"]
        return []

    def _read_back(self) -> frozenset[str]:
        return frozenset(name for name, relay in self._relays.items() if relay.value)

    def _judge(self, complaints: list[str]) -> None:
        if complaints:
            self._failed = True
            self._post(HandFailed(hand="amplifier", why="; ".join(dict.fromkeys(complaints))))
        elif self._failed:
            self._failed = False
            self._post(HandRecovered(hand="amplifier"))

    # --- pins -----------------------------------------------------------------------------------

    def _relay(self, zone: Zone) -> Relay:
        if self._make is None:
            self._make = self._maker()
        return self._make(zone)

    def _maker(self) -> Callable[[Zone], Relay]:
        """Return what makes a relay of a zone; loads GPIO libraries only where they are asked for."""
        if self._pins == "none":
            return lambda _zone: Wired()
        # lgpio makes a pipe in its working folder when it is loaded, and that may be read-only.
        if self._pins == "lgpio" and self._lgpio_folder is None:
            self._lgpio_folder = tempfile.mkdtemp(prefix="tienglang-gpio-")
            os.environ.setdefault("LG_WD", self._lgpio_folder)
        return self._gpiozero_maker()

    def _gpiozero_maker(self) -> Callable[[Zone], Relay]:
        from gpiozero import OutputDevice  # noqa: PLC0415  19 MB that "none" does not need

        factory = self._factory()
        self._close_pins = factory.close

        def make(zone: Zone) -> Relay:
            relay: Relay = OutputDevice(
                zone.relay_pin,
                active_high=zone.active_high,
                initial_value=False,
                pin_factory=factory,
            )
            return relay

        return make

    def _factory(self) -> PinFactory:
        if self._pins == "mock":
            from gpiozero.pins.mock import MockFactory  # noqa: PLC0415

            mock: PinFactory = MockFactory()
            return mock
        here = Path.cwd()
        try:
            from gpiozero.pins.lgpio import LGPIOFactory  # noqa: PLC0415  after LG_WD is set
        finally:
            os.chdir(here)  # lgpio moves the whole process into LG_WD while it is loaded

        kernel: PinFactory = LGPIOFactory()
        return kernel
