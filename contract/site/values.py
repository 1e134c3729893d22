"""What a site file may say, each value in its bounds.

Law of the room: shapes and bounds of single values; what two of them mean together is judged in `reading`.
"""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

Gpio = Annotated[
    int, Meta(ge=2, le=27)
]  # the pins of the 40-pin header that are free; 0 and 1 name the HAT
Name = Annotated[str, Meta(min_length=1, max_length=80, pattern=r"^[^\x00-\x1f\x7f]+\Z")]
Host = Annotated[str, Meta(max_length=253, pattern=r"^[A-Za-z0-9]([A-Za-z0-9.:-]*[A-Za-z0-9])?\Z")]


class _Table(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    pass


class Wifi(_Table, frozen=True, kw_only=True):
    """A wireless network with a password of WPA2 or WPA3 (8 to 63 characters, or 64 hex digits); empty for an open one.

    A name has at most 32 bytes (IEEE 802.11).
    """

    name: Annotated[str, Meta(min_length=1, max_length=32, pattern=r"^[^\x00-\x1f\x7f]+\Z")]
    password: Annotated[str, Meta(pattern=r"^(|[\x20-\x7e]{8,63}|[0-9A-Fa-f]{64})\Z")] = ""
    hidden: bool = False


class Ethernet(_Table, frozen=True, kw_only=True):
    """A fixed address (`192.168.1.20/24`); without one the network gives it (DHCP)."""

    address: str
    gateway: str = ""
    dns: Annotated[tuple[str, ...], Meta(max_length=3)] = ()


class Mobile(_Table, frozen=True, kw_only=True):
    """A mobile modem: the operator's access point name, and the SIM's PIN where it has one."""

    apn: Annotated[str, Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9.-]{0,62}\Z")]
    user: Annotated[str, Meta(max_length=64, pattern=r"^[\x20-\x7e]*\Z")] = ""
    password: Annotated[str, Meta(max_length=64, pattern=r"^[\x20-\x7e]*\Z")] = ""
    pin: Annotated[str, Meta(pattern=r"^(|[0-9]{4,8})\Z")] = ""


class Network(_Table, frozen=True, kw_only=True):
    """The ways to the network; a cable with DHCP is always tried."""

    wifi: Wifi | None = None
    ethernet: Ethernet | None = None
    mobile: Mobile | None = None


class Sound(_Table, frozen=True, kw_only=True):
    """The sound card by the name that `aplay -l` gives it (or a part of it); the first that is found when empty.

    `line_in` and `microphone` name capture cards alike; without them there is none.
    """

    card: Annotated[str, Meta(max_length=80)] = ""
    line_in: Annotated[str, Meta(max_length=80)] = ""
    microphone: Annotated[str, Meta(max_length=80)] = ""


class Pins(_Table, frozen=True, kw_only=True):
    """The relays' GPIO numbers, held off by the firmware long before any program runs.

    `on_high` are relays that switch on with a high level, `on_low` with a low one. Which zone a relay belongs to
    comes with the signed assignment; here stands only what must be off. `service_button` is a button to ground that
    an appliance has which nobody has assigned yet; later its buttons come with the assignment too.
    """

    on_high: Annotated[tuple[Gpio, ...], Meta(max_length=16)] = ()
    on_low: Annotated[tuple[Gpio, ...], Meta(max_length=16)] = ()
    service_button: Gpio | None = None


class Site(_Table, frozen=True, kw_only=True):
    """One place, as the installer knows it before anybody has signed anything.

    `central` is the province's address; `claim_code` binds the appliance to its place without anybody typing it on
    the page; `ssh_key` is the one public key that may log in, nobody when empty; `time_servers` are asked beside
    central; `country` is the wireless rules' two letters (ISO 3166). `setup_password` is that of the appliance's own
    wireless network at its first start, as printed on the claim sheet; it makes one itself when empty.
    """

    central: Annotated[str, Meta(max_length=200, pattern=r"^https?://[^/\s]+\Z")]
    claim_code: str = ""
    kind: Literal["cluster", "board"] = "cluster"
    language: Literal["vi", "en"] = "vi"
    name: Annotated[str, Meta(max_length=63, pattern=r"^(|[a-z0-9]([a-z0-9-]*[a-z0-9])?)\Z")] = ""
    country: Annotated[str, Meta(pattern=r"^[A-Z]{2}\Z")] = "VN"
    time_servers: Annotated[tuple[Host, ...], Meta(max_length=4)] = ()
    ssh_key: Annotated[str, Meta(max_length=2_000)] = ""
    allow_plain_http: bool = False
    setup_password: Annotated[str, Meta(pattern=r"^(|[\x20-\x7e]{8,63})\Z")] = ""
    network: Network = Network()
    sound: Sound = Sound()
    pins: Pins = Pins()
