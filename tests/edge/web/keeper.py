"""A keeper of the network for the page's stories: what it tells is set, what was typed is kept."""

from dataclasses import dataclass, field

from edge.core.arrival import Entries, Mode, NetworkState, Outcome, OwnNetwork, Spot

OWN = OwnNetwork(name="TiengLang-4821", password="123456789012")
SPOTS = (
    Spot(name="UBND xã Mỹ Phong", signal_pct=78),
    Spot(name="Nhà văn hóa ấp 1", signal_pct=44),
    Spot(name="Quán Cà Phê Sông Quê", signal_pct=21, secured=False),
)
OPEN = NetworkState(mode=Mode.OPEN, own=OWN, spots=SPOTS, central="https://loa.dongthap.gov.vn")


@dataclass
class FakeKeeper:
    """Tell `told`; `typed` is all that came; `broken` fails every writing."""

    told: NetworkState | None = OPEN
    typed: list[Entries] = field(default_factory=list)
    uses: int = 0
    broken: bool = False

    def state(self) -> NetworkState | None:
        """Return how the network stands."""
        return self.told

    def type(self, entries: Entries) -> str:
        """Keep what was typed."""
        if self.broken:
            raise OSError(28, "No space left on device")
        self.typed.append(entries)
        return f"{len(self.typed):02}"

    def used(self) -> None:
        """Count a look from our own network."""
        self.uses += 1

    def answer(self, outcome: Outcome | None, **more: object) -> None:
        """Tell what became of what was typed last."""
        fields: dict[str, object] = {
            "mode": Mode.OPEN,
            "own": OWN,
            "spots": SPOTS,
            "central": OPEN.central,
            "taken": f"{len(self.typed):02}",
            "outcome": outcome,
        }
        self.told = NetworkState(**(fields | more))  # type: ignore[arg-type]  # fields by name
