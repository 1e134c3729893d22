"""The beacon: real zeroconf on loopback; who is in sight, who is not, and a network that comes late."""

import ipaddress
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import msgspec
import pytest
from zeroconf import IPVersion, ServiceInfo, Zeroconf

from contract.documents import DeviceId
from edge.adapters.beacon import (
    LABEL_BYTES,
    SERVICE,
    Beacon,
    Card,
    cut,
    service_of,
    sighting_of,
)
from edge.adapters.neighbour_index import Sighting
from edge.adapters.networks import own_networks
from edge.core.events import HandFailed, HandRecovered, Happening

LOOPBACK = ("127.0.0.1",)
NEAR = (ipaddress.IPv4Network("192.168.1.0/24"),)
BOUND_S = 20.0  # probing takes 0.8 s, a goodbye 0.4 s; a loaded machine takes its time


def card(letter: str, name: str = "", port: int = 8080) -> Card:
    """Return the card of an appliance whose id is one letter over and over."""
    return Card(DeviceId(letter * 16), name or f"Cụm loa {letter}", port, "dt/my-phong", "0.1.0")


class Eyes:
    """What one beacon sees of its own test (`only` these letters, where given), and a way to wait for it."""

    def __init__(self, only: str = "") -> None:
        self._only = {letter * 16 for letter in only}
        self.seen: tuple[Sighting, ...] = ()
        self.told: list[int] = []
        self.events: list[Happening] = []
        self._news = threading.Condition()

    def on_seen(self, sightings: tuple[Sighting, ...]) -> None:
        with self._news:
            # an appliance of the test before may still be in sight: a goodbye can be lost
            self.seen = tuple(s for s in sightings if not self._only or s.device in self._only)
            self.told.append(len(self.seen))
            self._news.notify_all()

    def post(self, event: Happening) -> None:
        with self._news:
            self.events.append(event)
            self._news.notify_all()

    def wait(self, true: Callable[[], bool]) -> None:
        """Wait until something is so."""
        with self._news:
            assert self._news.wait_for(true, BOUND_S), (self.seen, self.events)


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    """Whatever is begun here ends with the test."""
    with ExitStack() as held:
        yield held


def begin(
    stack: ExitStack,
    shown: Callable[[], Card],
    interfaces: tuple[str, ...] = LOOPBACK,
    only: str = "",
) -> tuple[Beacon, Eyes]:
    """Start a beacon and return it with what it sees."""
    eyes = Eyes(only)
    beacon = Beacon(shown, eyes.on_seen, eyes.post, interfaces=interfaces, look_s=0.1)
    stack.callback(beacon.stop)
    beacon.start()
    return beacon, eyes


def test_two_appliances_see_each_other_and_a_goodbye(stack: ExitStack) -> None:
    """Each sees the other with name, address and port, never itself nor an unfit stranger; a goodbye counts at once.

    When the assignment brings a name, or the page another port, others see it without a restart.
    """
    stranger = Zeroconf(interfaces=list(LOOPBACK), ip_version=IPVersion.V4Only)
    stack.callback(stranger.close)
    unfit = ServiceInfo(
        SERVICE,
        f"Kẻ lạ.{SERVICE}",
        port=80,
        properties={"device": "../../etc/passwd", "v": "1"},
        server="la.local.",
        parsed_addresses=list(LOOPBACK),
    )
    stranger.register_service(unfit)
    name = "Cụm loa khu phố 1 – Mỹ Phong"
    cards = [card("w", name, 8082)]
    first, seen_by_first = begin(stack, lambda: card("v", name, 8081), only="vw")
    second, seen_by_second = begin(stack, lambda: cards[-1], only="vw")
    seen_by_first.wait(lambda: len(seen_by_first.seen) == 1)
    seen_by_second.wait(lambda: len(seen_by_second.seen) == 1)
    found = seen_by_first.seen[0]
    assert (found.device, found.host, found.port) == ("w" * 16, "127.0.0.1", 8082)
    assert seen_by_second.seen[0].device == "v" * 16
    assert found.name == seen_by_second.seen[0].name == name, "namesakes do not hide each other"
    cards.append(card("w", "Ấp 1", 8083))
    seen_by_first.wait(lambda: [(s.name, s.port) for s in seen_by_first.seen] == [("Ấp 1", 8083)])
    begun_s = time.monotonic()
    second.stop()
    seen_by_first.wait(lambda: seen_by_first.seen == ())
    assert time.monotonic() - begun_s < 10
    first.stop()
    assert seen_by_first.events == seen_by_second.events == []


def test_a_new_name_hides_nobody(stack: ExitStack) -> None:
    """While an appliance takes the name of its assignment, neither loses the other from sight for a moment.

    Two that are assigned together and given a programme at once would otherwise both download it.
    """
    cards = [card("h", "Máy chưa giao")]
    _, seen_by_first = begin(stack, lambda: card("g"), only="gh")
    _, seen_by_second = begin(stack, lambda: cards[-1], only="gh")
    seen_by_first.wait(lambda: len(seen_by_first.seen) == 1)
    seen_by_second.wait(lambda: len(seen_by_second.seen) == 1)
    of_first, of_second = len(seen_by_first.told), len(seen_by_second.told)
    cards.append(card("h", "Ấp 2"))
    seen_by_first.wait(lambda: [s.name for s in seen_by_first.seen] == ["Ấp 2"])
    assert seen_by_first.told[of_first:] == [2, 1], "both names, then the new one alone"
    assert seen_by_second.told[of_second:] == []
    known = len(seen_by_first.told)
    cards.append(msgspec.structs.replace(cards[-1], area="dt/my-phong/ap-2", port=8084))
    seen_by_first.wait(lambda: [s.port for s in seen_by_first.seen] == [8084])
    assert set(seen_by_first.told[known:]) == {1}, "what else the card says changes in its place"


def test_without_a_network_it_waits_for_one(stack: ExitStack) -> None:
    """No address yet is a fault told once and nothing else; the network that comes later is used."""
    late: list[str] = []
    eyes = Eyes()

    class Late(tuple[str, ...]):
        """Interfaces that are not there at first."""

        __slots__ = ()

        def __contains__(self, address: object) -> bool:
            return address in late

        def __bool__(self) -> bool:
            return True

    beacon = Beacon(
        lambda: card("a"), eyes.on_seen, eyes.post, interfaces=Late(("soon",)), look_s=0.05
    )
    stack.callback(beacon.stop)
    beacon.start()
    eyes.wait(lambda: len(eyes.events) == 1)
    failed = eyes.events[0]
    assert isinstance(failed, HandFailed)
    assert failed.hand == "neighbours"
    assert failed.why.startswith("chưa tìm được máy bên cạnh: kiểm tra cáp mạng")
    assert "no network address yet" in failed.why
    _, other = begin(stack, lambda: card("b"))
    late.append("127.0.0.1")
    eyes.wait(lambda: eyes.events[1:] == [HandRecovered(hand="neighbours")])
    other.wait(lambda: [s.device for s in other.seen] == ["a" * 16])


def test_who_sees_nobody_speaks_again(stack: ExitStack) -> None:
    """What a dead switch swallowed is said again after a while; who sees a neighbour keeps quiet."""
    made: list[float] = []
    eyes = Eyes()
    beacon = Beacon(
        lambda: card("a"),
        eyes.on_seen,
        eyes.post,
        interfaces=LOOPBACK,
        look_s=0.1,
        lonely_s=1.0,
    )

    stack.callback(beacon.stop)
    beacon.start()

    def made_anew() -> bool:
        made.append(beacon._made_s)
        return len({made_s for made_s in made if made_s}) >= 2

    until_s = time.monotonic() + BOUND_S
    while not made_anew():
        assert time.monotonic() < until_s
        time.sleep(0.05)
    begin(stack, lambda: card("b"))
    eyes.wait(lambda: len(eyes.seen) == 1)
    made_s = beacon._made_s
    time.sleep(1.5)
    assert beacon._made_s == made_s


@pytest.mark.parametrize(
    ("device", "address", "port", "version", "seen"),
    [
        ("c" * 16, "192.168.1.20", 8080, "1", True),
        ("C" * 16, "192.168.1.20", 8080, "1", True),
        ("c" * 15, "192.168.1.20", 8080, "1", False),
        ("own" + "a" * 13, "192.168.1.20", 8080, "1", False),
        ("c" * 16, "8.8.8.8", 8080, "1", False),
        ("c" * 16, "192.168.2.20", 8080, "1", False),
        ("c" * 16, "192.168.1.20", 0, "1", False),
        ("c" * 16, "192.168.1.20", 8080, "2", False),
    ],
)
def test_what_a_record_must_say(
    device: str, address: str, port: int, version: str, *, seen: bool
) -> None:
    """A record counts with a device id that is not ours, a port, our version and an address of our networks."""
    record = ServiceInfo(
        SERVICE,
        f"Loa.{SERVICE}",
        port=port,
        properties={"device": device, "v": version},
        parsed_addresses=[address],
    )
    own = DeviceId("own" + "a" * 13)
    assert (sighting_of(record, own, NEAR) is not None) is seen


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Cụm loa khu phố 1", "Cụm loa khu phố 1"),
        ("Ấp 1. Xã Tân Phú\n", "Ấp 1 Xã Tân Phú"),
        ("", ""),
        ("\x00\x07", ""),
    ],
)
def test_a_name_is_made_fit_for_a_record(name: str, shown: str) -> None:
    """Dots and control characters leave a name before it goes on the network; letters stay."""
    assert cut(name, LABEL_BYTES) == shown


def test_a_long_name_is_cut_at_a_letter() -> None:
    """A name longer than a label is cut between letters, never inside one, and can be announced."""
    name = "Ờ" * 60
    short = cut(name, LABEL_BYTES)
    assert 0 < len(short.encode()) <= LABEL_BYTES
    assert name.startswith(short)
    record = service_of(card("a", name), ["127.0.0.1"])
    assert record.name == f"{short} (aaaaaa).{SERVICE}"
    assert record.decoded_properties["name"] == name
    assert len(record.name.removesuffix(f".{SERVICE}").encode()) <= 63
    assert service_of(card("a", "\x07"), ["127.0.0.1"]).name == f"(aaaaaa).{SERVICE}"


def test_loopback_is_no_network_unless_asked_for() -> None:
    """Without a choice all addresses but loopback are spoken on; a chosen one is the only one."""
    assert all(not address.is_loopback for address in own_networks())
    assert [str(a) for a in own_networks(LOOPBACK)] == ["127.0.0.1"]
