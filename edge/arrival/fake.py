"""A working likeness of the machine's network: air, cable and modem as they are set, the same manners and failures.

Law of the room: it reads the connection files that the real one would, so that what is written is what is joined.
"""

import configparser
from collections.abc import Mapping
from pathlib import Path

from edge.arrival.hand import Look, NotJoined, Way
from edge.core.arrival import Outcome, Spot


class FakeNetwork:
    """Set `air` (names with passwords, "" for open ones), `cable`, `modem` at will; look at `joined`, `own_is_up`."""

    def __init__(self, connections: Path, air: Mapping[str, str] | None = None) -> None:
        """Read the connections in the folder `connections`, at `reload`."""
        self.air = dict(air or {})
        self.signals_pct: dict[str, int] = {}
        self.cable, self.modem, self.has_wireless = False, False, True
        self.gives_addresses = True
        self.own_is_up = False
        self.joined: set[Way] = set()
        self.opened = 0
        self._folder = connections
        self._known: dict[str, configparser.RawConfigParser] = {}

    def look(self) -> Look:
        """Return how the network stands; a known network is joined by itself, as ever."""
        if self.cable and self.gives_addresses:
            self.joined.add("cable")
        else:
            self.joined.discard("cable")
        if not self.own_is_up and "wifi" not in self.joined and self._wifi_fault() is None:
            self.joined.add("wifi")
        if self._wifi_fault() is not None:
            self.joined.discard("wifi")
        order: tuple[Way, ...] = ("cable", "wifi", "mobile")
        ways = tuple(way for way in order if way in self.joined)
        return Look(ways, self.has_wireless, self.modem, self.own_is_up)

    def spots(self) -> tuple[Spot, ...]:
        """Return what is in the air."""
        found = [
            Spot(name=name, signal_pct=self.signals_pct.get(name, 50), secured=bool(password))
            for name, password in self.air.items()
        ]
        return tuple(sorted(found, key=lambda spot: (-spot.signal_pct, spot.name)))

    def reload(self) -> None:
        """Read the connections anew."""
        self._known = {}
        for file in self._folder.glob("tienglang-*.nmconnection"):
            parser = configparser.RawConfigParser()
            parser.optionxform = str  # type: ignore[assignment,method-assign]  # the library's own way to keep case
            parser.read(file, encoding="utf-8")
            self._known[file.stem.removeprefix("tienglang-")] = parser

    def open(self) -> None:
        """Raise our own network; one card cannot be in another at the same time."""
        if not self.has_wireless or "hotspot" not in self._known:
            raise NotJoined(Outcome.FAILED, "no wireless card, or no such connection")
        self.own_is_up = True
        self.opened += 1
        self.joined.discard("wifi")

    def close(self) -> None:
        """Take it down."""
        self.own_is_up = False

    def join(self, way: Way) -> None:
        """Join, or say why not."""
        fault: Outcome | None = None
        if way == "wifi":
            fault = self._wifi_fault()
            if fault is None:
                self.own_is_up = False
        elif way == "mobile":
            fault = None if self.modem else Outcome.NO_MODEM
        elif not self.cable:
            fault = Outcome.NO_CARRIER
        if fault is None and not self.gives_addresses:
            fault = Outcome.NO_ADDRESS
        if fault is None and way not in self._known:
            fault = Outcome.FAILED
        if fault is not None:
            self.joined.discard(way)
            raise NotJoined(fault, fault.value)
        self.joined.add(way)

    def _wifi_fault(self) -> Outcome | None:
        known = self._known.get("wifi")
        if known is None or not self.has_wireless:
            return Outcome.FAILED
        name = bytes(int(byte) for byte in known["wifi"]["ssid"].split(";") if byte).decode()
        if name not in self.air:
            return Outcome.NOT_FOUND
        password = known["wifi-security"]["psk"] if known.has_section("wifi-security") else ""
        if password != self.air[name]:
            return Outcome.WRONG_PASSWORD
        return None if self.gives_addresses else Outcome.NO_ADDRESS
