"""The front: under which names and addresses the page is served, as the networks come and go."""

import asyncio
import dataclasses
import socket

import httpx

from edge.adapters.beacon import Card, service_of
from edge.adapters.networks import all_addresses, own_addresses
from edge.front import KEPT_S, Hosts
from edge.web.routes import create_app
from tests.edge.web.shop import DEVICE, Shop


class Networks:
    """What the kernel would say, and how often it was asked."""

    def __init__(self, *addresses: str) -> None:
        self.addresses = frozenset(addresses)
        self.asked = 0
        self.deaf = False

    def __call__(self) -> frozenset[str]:
        self.asked += 1
        if self.deaf:
            raise OSError("no such device")
        return self.addresses


class Clock:
    """A monotonic clock that is set by hand."""

    def __init__(self) -> None:
        self.now_s = 1_000.0

    def __call__(self) -> float:
        return self.now_s


def asked(hosts: Hosts, *names: str) -> list[int]:
    """Ask the real page under each of these names; return the statuses."""
    counter = dataclasses.replace(Shop().counter(), hosts=hosts)
    transport = httpx.ASGITransport(app=create_app(counter))

    async def ask() -> list[int]:
        async with httpx.AsyncClient(transport=transport, base_url="http://x") as client:
            answers = [await client.get("/health", headers={"Host": name}) for name in names]
        return [answer.status_code for answer in answers]

    return asyncio.run(ask())


def test_an_address_that_comes_later_is_served_and_one_that_went_is_not() -> None:
    """What DHCP brings or takes after the start counts within seconds; a foreign Host gets 400 before and after."""
    networks, clock = Networks("127.0.0.1"), Clock()
    hosts = Hosts((), clock, networks)
    names = ("192.168.1.20:8080", "[fd00::20]:8080", "127.0.0.1:8080", "evil.example:8080")
    assert asked(hosts, *names) == [400, 400, 200, 400]
    networks.addresses = frozenset({"127.0.0.1", "192.168.1.20", "fd00::20"})
    clock.now_s += KEPT_S
    assert asked(hosts, *names) == [200, 200, 200, 400]
    networks.addresses = frozenset({"127.0.0.1", "192.168.7.3"})
    clock.now_s += KEPT_S
    assert asked(hosts, *names, "192.168.7.3") == [400, 400, 200, 400, 200]


def test_the_kernel_is_asked_seldom_however_many_ask_the_page() -> None:
    """Within some seconds every request, good or foreign, is judged by one look at the networks."""
    networks, clock = Networks("127.0.0.1"), Clock()
    hosts = Hosts((), clock, networks)
    assert set(asked(hosts, *("evil.example",) * 20, *("127.0.0.1",) * 20)) == {200, 400}
    assert networks.asked == 1
    clock.now_s += KEPT_S - 0.1
    hosts()
    assert networks.asked == 1
    clock.now_s += 0.1
    hosts()
    assert networks.asked == 2


def test_a_look_that_fails_changes_nothing() -> None:
    """When the kernel gives no answer the last known addresses and the names still count."""
    networks, clock = Networks("192.168.1.20"), Clock()
    hosts = Hosts(("loa.local",), clock, networks)
    known = hosts()
    networks.deaf = True
    clock.now_s += KEPT_S
    assert hosts() == known
    assert "loa.local" in Hosts(("loa.local",), clock, networks)()


def test_the_page_answers_only_to_its_own_names() -> None:
    """Loopback, the host's name and named hosts are known, in small letters; others are not."""
    hosts = Hosts(("Loa-Ap-1.local",), Clock())()
    assert {"localhost", "127.0.0.1", "loa-ap-1.local", socket.gethostname().lower()} <= hosts
    assert "example.org" not in hosts
    assert not any("%" in host or host != host.lower() for host in hosts)


def test_the_name_that_the_beacon_announces_is_ours_while_there_is_a_beacon() -> None:
    """The host name in the beacon's record opens the page; without a beacon nobody announces it and it does not."""
    card = Card(device=DEVICE, name="Ấp 1", port=8080, area="", software="1")
    announced = (service_of(card, ["127.0.0.1"]).server or "").removesuffix(".")
    assert announced == f"{DEVICE}.local"
    assert asked(Hosts((), Clock(), announced=DEVICE), announced) == [200]
    assert asked(Hosts((), Clock()), announced) == [400]


def test_own_addresses_are_those_to_reach_us_by() -> None:
    """All addresses hold the loopback; those told to people do not, and IPv4 comes first."""
    shown = own_addresses()
    assert "127.0.0.1" in all_addresses()
    assert set(shown) <= all_addresses()
    assert not [a for a in shown if a.startswith(("127.", "169.254.", "fe80"))]
    assert [":" in a for a in shown] == sorted(":" in a for a in shown)
