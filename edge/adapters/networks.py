"""The networks that this machine stands in, by its own addresses.

Law of the room: the one door to `ifaddr`; what the kernel says now, asked anew each time; nothing is kept.
"""

import ipaddress
from pathlib import Path

import ifaddr


def own_networks(
    interfaces: tuple[str, ...] = (),
) -> dict[ipaddress.IPv4Address, ipaddress.IPv4Network]:
    """Return our IPv4 addresses with the networks they lie in: those of `interfaces`, or all but loopback.

    What lies on an interface without a carrier is left out, so that a cable plugged in later is noticed.
    """
    found = {}
    for adapter in ifaddr.get_adapters():
        if _is_down(adapter.name):
            continue
        for ip in adapter.ips:
            if not ip.is_IPv4 or not isinstance(ip.ip, str):
                continue
            address = ipaddress.IPv4Address(ip.ip)
            if ip.ip in interfaces or (not interfaces and not address.is_loopback):
                network = ipaddress.IPv4Network((ip.ip, ip.network_prefix), strict=False)
                found[address] = network
    return found


def all_addresses() -> frozenset[str]:
    """Return every address of this machine, loopback too, as they stand in a URL; raises `OSError`."""
    return frozenset(
        str(ipaddress.ip_address((ip.ip if isinstance(ip.ip, str) else ip.ip[0]).partition("%")[0]))
        for adapter in ifaddr.get_adapters()
        for ip in adapter.ips
    )


def own_addresses() -> tuple[str, ...]:
    """Return the addresses to reach this machine by: no loopback, no link-local, IPv4 first; none when unknown."""
    try:
        found = [ipaddress.ip_address(text) for text in all_addresses()]
    except OSError:
        return ()
    near = [address for address in found if not (address.is_loopback or address.is_link_local)]
    return tuple(text for _, text in sorted((address.version, str(address)) for address in near))


def _is_down(interface: str) -> bool:
    try:
        state = Path("/sys/class/net", interface, "operstate").read_text().strip()
    except (OSError, ValueError):
        return False
    return state in {"down", "lowerlayerdown", "notpresent"}
