"""Wiring without wires, for tests and rehearsals: relays that can weld, and inputs that somebody presses.

Law of the room: no waiting and no clock: every order and every press is told at once, in the order in which
the real hands tell it. What is reported is what a read-back would see; what is really powered is `powered`.
"""

from collections.abc import Callable
from typing import assert_never

from contract.documents import Input, InputKind, Switch, Zone
from edge.adapters.troubles import Troubles
from edge.core.events import Happening, InputChanged, ZonesSwitched
from edge.core.orders import FitInputs, FitZones, SwitchOthers, SwitchZones


class FakeRelays:
    """Zones and other relays in memory. A relay that sticks is noticed only where a read-back is wired."""

    def __init__(self, post: Callable[[Happening], None]) -> None:
        self._post = post
        self._troubles = Troubles(post, "amplifier")
        self._zones: tuple[Zone, ...] = ()
        self._switches: tuple[Switch, ...] = ()
        self._read_back: frozenset[str] = frozenset()
        self._told: frozenset[str] = frozenset()
        self._unknown: frozenset[str] = frozenset()
        self._stuck: dict[str, bool] = {}
        self._last: ZonesSwitched | None = None
        self.others_on: frozenset[str] = frozenset()

    @property
    def powered(self) -> frozenset[str]:
        """The zones whose amplifiers really have power, whatever the relays were told."""
        names = {zone.name for zone in self._zones}
        return frozenset(n for n in names if self._stuck.get(n, n in self._told))

    def stick(self, zone: str, *, on: bool) -> None:
        """Have this zone's relay welded shut, or never closing, from now on."""
        self._stuck[zone] = on
        self._notice()

    def free(self, zone: str) -> None:
        """Have this zone's relay follow again."""
        self._stuck.pop(zone, None)
        self._notice()

    def obey(self, order: FitZones | SwitchZones | FitInputs | SwitchOthers) -> None:
        """Switch at once, off before on, and say after each relay what is on."""
        match order:
            case FitZones(zones=zones):
                self._zones, self._told, self._unknown = zones, frozenset(), frozenset()
                self._tell()
            case SwitchZones(on=on):
                self._switch(on)
            case FitInputs(inputs=inputs, switches=switches):
                read_backs = {i.zone for i in inputs if i.kind is InputKind.READ_BACK}
                self._read_back = frozenset(zone for zone in read_backs if zone is not None)
                if switches != self._switches:
                    self._switches, self.others_on = switches, frozenset()
                self._notice()
            case SwitchOthers(on=on):
                self.others_on = on & {switch.name for switch in self._switches}
            case _:
                assert_never(order)

    def configure(self, zones: tuple[Zone, ...]) -> None:
        """Have exactly these zones, all off."""
        self.obey(FitZones(zones=zones))

    def hurry(self) -> None:
        """Nothing to hurry."""

    def all_off(self) -> None:
        """Switch everything off."""
        self._told, self.others_on = frozenset(), frozenset()

    def close(self) -> None:
        """Switch everything off."""
        self.all_off()

    def _switch(self, on: frozenset[str]) -> None:
        names = [zone.name for zone in self._zones]
        self._unknown = on - set(names)
        movers = [n for n in names if n in self._told - on]
        movers += [n for n in names if n in on - self._told]
        for left, name in zip(range(len(movers) - 1, -1, -1), movers, strict=True):
            self._told ^= {name}
            if left:
                self._post(self._present())
        self._tell()

    def _present(self) -> ZonesSwitched:
        seen = {n: self._stuck.get(n, n in self._told) for n in self._read_back}
        on = {z.name for z in self._zones if seen.get(z.name, z.name in self._told)}
        return ZonesSwitched(on=frozenset(on), stuck=frozenset(on ^ self._told))

    def _notice(self) -> None:
        if self._last is not None and self._present() != self._last:
            self._tell()

    def _tell(self) -> None:
        self._last = self._present()
        self._post(self._last)
        self._troubles.judge(
            [f"thiết bị không có vùng {name}: xem lại phiếu gán" for name in sorted(self._unknown)]
            + [
                f"vùng {name} {'không tắt' if name in self._last.on else 'không bật'} được"
                for name in sorted(self._last.stuck)
            ]
        )


class FakeSensors:
    """Inputs in memory, all inactive until they are pressed; those in `broken` cannot be claimed."""

    def __init__(
        self, post: Callable[[Happening], None], broken: frozenset[str] = frozenset()
    ) -> None:
        self._post = post
        self._troubles = Troubles(post, "sensors")
        self._broken = broken
        self._inputs: dict[str, Input] = {}
        self._active: dict[str, bool] = {}
        self._told: dict[str, tuple[Input, bool]] = {}

    def obey(self, order: FitInputs) -> None:
        """Have exactly these inputs; the present state of each new one is told first."""
        ours = [i for i in order.inputs if i.kind is not InputKind.READ_BACK]
        self._inputs = {i.name: i for i in ours if i.name not in self._broken}
        self._told = {n: told for n, told in self._told.items() if told[0] in ours}
        for name in self._inputs:
            self._say(name)
        self._troubles.judge(
            f"đầu vào {i.name} không đọc được ở chân {i.pin}: xem dây, chân và phiếu gán"
            for i in ours
            if i.name in self._broken
        )

    def press(self, name: str) -> None:
        """Have this input active from now on."""
        self._active[name] = True
        self._say(name)

    def release(self, name: str) -> None:
        """Have this input inactive from now on."""
        self._active[name] = False
        self._say(name)

    def close(self) -> None:
        """Nothing is told any more."""
        self._inputs = {}

    def _say(self, name: str) -> None:
        wired = self._inputs.get(name)
        active = self._active.get(name, False)
        if wired is not None and self._told.get(name) != (wired, active):
            self._told[name] = (wired, active)
            self._post(InputChanged(name=name, kind=wired.kind, active=active))
