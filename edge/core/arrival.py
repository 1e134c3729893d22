"""Arrival: what the page, the appliance and the machine's network say to each other before anybody was assigned.

Law of the room: values only, read strictly and small on both sides. What stands in a `Wish` was typed by whoever
stands at the pole; whoever holds the network judges it anew before obeying it.
"""

from enum import StrEnum
from typing import Annotated, Final

import msgspec
from msgspec import Meta

from contract.site import Mobile, Wifi

ADDRESS: Final = "10.41.0.1"  # of our own wireless network; the page is there
MOST_BYTES: Final = 32_000
WISH, STATE, SHOWN, FAULTS = "wish.json", "state.json", "shown.json", "faults.json"

Id = Annotated[str, Meta(max_length=40, pattern=r"^[0-9a-f]*\Z")]
Line = Annotated[str, Meta(max_length=300)]
Central = Annotated[str, Meta(max_length=200, pattern=r"^(|https?://[^/\s]+)\Z")]


class Paper(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The parent of all that is written for another program to read."""


class Entries(Paper, frozen=True, kw_only=True):
    """What a person typed: a way to the network, none for the cable alone; empty texts leave the card's as they are."""

    wifi: Wifi | None = None
    mobile: Mobile | None = None
    central: Central = ""
    claim_code: Annotated[str, Meta(max_length=20)] = ""


class Wish(Paper, frozen=True, kw_only=True):
    """What the appliance tells whoever holds the network.

    `page_used_mono_s` is when a phone in our own network last used the page, on the machine's monotonic clock;
    `held` counts how often the service button was held; `id` names `entries`, and changes with them.
    """

    assigned: bool = False
    page_used_mono_s: float | None = None
    held: Annotated[int, Meta(ge=0)] = 0
    id: Id = ""
    entries: Entries | None = None


class Mode(StrEnum):
    """What the wireless card does: the real network, our own, or a try of the real one in between."""

    REAL = "real"
    OPEN = "open"
    TRYING = "trying"


class Outcome(StrEnum):
    """What became of a try."""

    JOINED = "joined"
    WRONG_PASSWORD = "wrong-password"  # noqa: S105  a word, no secret
    NOT_FOUND = "not-found"
    NO_ADDRESS = "no-address"
    NO_MODEM = "no-modem"
    NO_SIM = "no-sim"
    NO_CARRIER = "no-carrier"
    NOT_STORED = "not-stored"
    FAILED = "failed"


class Spot(Paper, frozen=True, kw_only=True):
    """A wireless network in reach: its name, its strength in percent, and whether it asks for a password."""

    name: Annotated[str, Meta(max_length=100)]
    signal_pct: Annotated[int, Meta(ge=0, le=100)] = 0
    secured: bool = True


class OwnNetwork(Paper, frozen=True, kw_only=True):
    """Our own wireless network, as a phone finds it."""

    name: Annotated[str, Meta(max_length=32)]
    password: Annotated[str, Meta(max_length=63)]


class NetworkState(Paper, frozen=True, kw_only=True):
    """What whoever holds the network tells the appliance: how things stand, and what became of wish `taken`."""

    mode: Mode = Mode.REAL
    own: OwnNetwork | None = None
    usable: bool = False
    ways: tuple[Annotated[str, Meta(max_length=20)], ...] = ()
    spots: Annotated[tuple[Spot, ...], Meta(max_length=60)] = ()
    has_wireless: bool = True
    central: Central = ""
    taken: Id = ""
    outcome: Outcome | None = None
    detail: Line = ""
    restart: bool = False


class Fault(Paper, frozen=True, kw_only=True):
    """What must be mended in the site file, on which line (0: the whole file), in both languages."""

    line: Annotated[int, Meta(ge=0)] = 0
    vi: str
    en: str


class Shown(Paper, frozen=True, kw_only=True):
    """What the screen shows: lines of text, and a text for a QR code (empty: none)."""

    lines: Annotated[tuple[Line, ...], Meta(max_length=30)] = ()
    code: Annotated[str, Meta(max_length=300)] = ""
