"""The hand at the machine's network: what it is asked, and how it fails.

Law of the room: names and protocols; `nmcli` is the real one, `fake` a working likeness, both held to one suite.
"""

from typing import Literal, NamedTuple, Protocol

from edge.core.arrival import Outcome, Spot

Way = Literal["cable", "wifi", "mobile"]


class NotJoined(Exception):
    """A network was not joined; `outcome` says why as far as can be told, `detail` what the machine said."""

    def __init__(self, outcome: Outcome, detail: str = "") -> None:
        """Keep both."""
        super().__init__(f"{outcome.value}: {detail}")
        self.outcome, self.detail = outcome, detail[:300]


class HandBroken(Exception):
    """The machine's network cannot be asked or told at all; the sentence says what failed."""


class Look(NamedTuple):
    """How the network stands: by which ways we have an address (not our own network's), and what cards there are."""

    ways: tuple[Way, ...] = ()
    has_wireless: bool = False
    has_modem: bool = False
    own_is_up: bool = False


class Hand(Protocol):
    """Whoever holds the network. Each may raise `HandBroken`."""

    def look(self) -> Look:
        """Return how the network stands."""

    def spots(self) -> tuple[Spot, ...]:
        """Return the wireless networks in reach, the strongest first, each name once; old ones while ours is up."""

    def reload(self) -> None:
        """Read the connections anew."""

    def open(self) -> None:
        """Raise our own wireless network; raises `NotJoined` where the card cannot."""

    def close(self) -> None:
        """Take it down; idempotent."""

    def join(self, way: Way) -> None:
        """Join a network by the connection of this way and wait; raises `NotJoined`."""
