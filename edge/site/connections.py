"""The site's ways to the network, as NetworkManager reads them.

Law of the room: pure. A name of a network may hold any letters: it is written byte by byte, for a semicolon or a
backslash in it must not become another key.
"""

import uuid
from dataclasses import dataclass
from typing import Final

from contract.site import Ethernet, Mobile, Site, Wifi

NAMES: Final = uuid.UUID("6b0f2a52-6f7b-5d2c-9c7a-2a0f6d0f4c11")  # ours, for all connections
CABLE_FIRST, WIFI_NEXT, MOBILE_LAST = 100, 200, 700  # route metrics: the cheapest way first


@dataclass(frozen=True)
class Connection:
    """One connection: the file's name and its text, which may hold a password."""

    name: str
    text: str


def connections_of(site: Site) -> tuple[Connection, ...]:
    """Return the connections of a site: the cable always, wireless and mobile where the file has them."""
    network = site.network
    found = [_cable(network.ethernet)]
    if network.wifi is not None:
        found.append(_wifi(network.wifi))
    if network.mobile is not None:
        found.append(_mobile(network.mobile))
    return tuple(found)


def hotspot(name: str, password: str) -> Connection:
    """Return our own wireless network, for a phone to reach an appliance that finds no other; not begun by itself."""
    wifi = Wifi(name=name, password=password)
    return _connection(
        "hotspot",
        "wifi",
        {
            "wifi": ["mode=ap", "band=bg", f"ssid={_bytes(wifi.name)}"],
            "wifi-security": [
                "key-mgmt=wpa-psk",
                "proto=rsn;",
                "pairwise=ccmp;",
                f"psk={_string(password)}",
            ],
            "ipv4": ["method=shared", "address1=10.41.0.1/24"],
            "ipv6": ["method=disabled"],
        },
        "autoconnect=false",
    )


def _cable(ethernet: Ethernet | None) -> Connection:
    ways = _addresses(ethernet, CABLE_FIRST)
    return _connection("cable", "ethernet", ways, "autoconnect-retries=0")


def _wifi(wifi: Wifi) -> Connection:
    parts = {"wifi": ["mode=infrastructure", f"ssid={_bytes(wifi.name)}", "powersave=2"]}
    if wifi.hidden:
        parts["wifi"].append("hidden=true")
    if wifi.password:
        parts["wifi-security"] = ["key-mgmt=wpa-psk", f"psk={_string(wifi.password)}"]
    return _connection("wifi", "wifi", parts | _addresses(None, WIFI_NEXT), "autoconnect-retries=0")


def _mobile(mobile: Mobile) -> Connection:
    told = {
        "apn": mobile.apn,
        "username": mobile.user,
        "password": mobile.password,
        "pin": mobile.pin,
    }
    gsm = [f"{key}={_string(value)}" for key, value in told.items() if value]
    parts = {"gsm": gsm} | _addresses(None, MOBILE_LAST)
    return _connection("mobile", "gsm", parts, "autoconnect-retries=0")


def _addresses(ethernet: Ethernet | None, metric: int) -> dict[str, list[str]]:
    ways = {name: ["method=auto", f"route-metric={metric}"] for name in ("ipv4", "ipv6")}
    if ethernet is None:
        return ways
    own, other = ("ipv6", "ipv4") if ":" in ethernet.address else ("ipv4", "ipv6")
    gateway = f",{ethernet.gateway}" if ethernet.gateway else ""
    ways[own] = ["method=manual", f"address1={ethernet.address}{gateway}", f"route-metric={metric}"]
    for name in (own, other):
        servers = [each for each in ethernet.dns if (":" in each) == (name == "ipv6")]
        if servers:
            ways[name].append(f"dns={''.join(f'{each};' for each in servers)}")
    return ways


def _connection(name: str, kind: str, parts: dict[str, list[str]], *more: str) -> Connection:
    own = uuid.uuid5(NAMES, name)
    head = [f"id=tienglang-{name}", f"uuid={own}", f"type={kind}", *more]
    sections = {"connection": head} | parts
    text = "\n".join(
        f"[{title}]\n" + "".join(f"{line}\n" for line in lines) for title, lines in sections.items()
    )
    return Connection(f"tienglang-{name}.nmconnection", text)


def _bytes(text: str) -> str:
    return "".join(f"{byte};" for byte in text.encode())


def _string(text: str) -> str:
    r"""Return a value as GLib's key files spell it: a backslash doubled, an outer space as `\s`."""
    spelled = text.replace("\\", "\\\\")
    if spelled.startswith(" "):
        spelled = "\\s" + spelled[1:]
    if spelled.endswith(" "):
        spelled = spelled[:-1] + "\\s"
    return spelled
