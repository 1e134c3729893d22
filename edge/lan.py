"""The LAN of an appliance: its beacon, its neighbours, and what it shares with them, wired together.

Law of the room: wiring only. Doors are not trusted, the seal is: what comes in goes to the gate.
"""

from collections.abc import Callable, Iterator, Mapping
from importlib.metadata import version

from contract.documents import DeviceId, Sha256
from edge.adapters.beacon import Beacon, Card
from edge.adapters.gate import Gate
from edge.adapters.neighbours import Neighbours
from edge.adapters.shared import Shared
from edge.adapters.shelf import Shelf
from edge.config import Settings
from edge.core.events import Happening
from edge.web.sharing import Sharing


class Lan:
    """All of an appliance that its neighbours meet."""

    def __init__(
        self,
        settings: Settings,
        device: DeviceId,
        shelf: Shelf,
        gate: Gate,
        post: Callable[[Happening], None],
    ) -> None:
        """Nothing is sent yet."""
        self._settings, self._device, self._gate = settings, device, gate
        self._postponed: Callable[[], Mapping[Sha256, object]] = dict
        self.shared = Shared(device, shelf, gate.restore())
        self.neighbours = Neighbours(
            self.shared,
            post,
            lambda envelope: gate.admit(envelope, "neighbour"),
            self._area,
            self._lacks_approval,
        )
        self.sharing = Sharing(self.shared)
        self._beacon = Beacon(
            self._card, self.neighbours.seen, post, interfaces=settings.beacon_interfaces
        )
        gate.tell(self.shared.take)

    def content(
        self, sha256: Sha256, size_bytes: int, *, urgent: bool = False
    ) -> Iterator[bytes] | None:
        """Return the bytes of a content as neighbours give them.

        What is pressing, or may not be bought now, is waited for by nobody.
        """
        pressing = any(c.sha256 == sha256 for c in self._gate.urgent())
        alone = urgent or pressing or sha256 in self._postponed()
        return self.neighbours.content(sha256, size_bytes, urgent=alone)

    def heed(self, postponed: Callable[[], Mapping[Sha256, object]]) -> None:
        """Know from now on what the courier may not bring by itself now."""
        self._postponed = postponed

    def start(self) -> None:
        """Announce this appliance and look for others."""
        self._beacon.start()

    def stop(self) -> None:
        """Say goodbye and ask nobody any more."""
        self._beacon.stop()
        self.neighbours.stop()

    def _area(self) -> str | None:
        assignment = self._gate.state.assignment
        return assignment.area if assignment else None

    def _lacks_approval(self, sha256: Sha256) -> bool:
        return sha256 in self._gate.wanted() and self._gate.approval(sha256) is None

    def _card(self) -> Card:
        assignment = self._gate.state.assignment
        return Card(
            device=self._device,
            name=assignment.name if assignment else self._device,
            port=self._settings.listen_port,
            area=assignment.area if assignment else "",
            software=version("tienglang"),
        )
