"""The beacon: says on the network that an appliance is here, and listens for others of its kind.

Law of the room: the one door to `zeroconf`. Its callbacks only put a name on our own queue; the rest happens
on the beacon's thread. Without a network nothing is lost: it is tried again, and when the addresses
change all is made anew. Who announces itself is a stranger, so only addresses of our own networks count.
"""

import contextlib
import ipaddress
import logging
import re
import threading
import time
from collections.abc import Callable
from queue import Empty, SimpleQueue
from typing import Final

import msgspec
from zeroconf import IPVersion, ServiceBrowser, ServiceInfo, ServiceStateChange, Zeroconf

from contract.documents import DeviceId
from edge.adapters.neighbour_index import Sighting
from edge.adapters.networks import own_networks
from edge.core.events import HandFailed, HandRecovered, Happening

log = logging.getLogger(__name__)

SERVICE: Final = "_tienglang._tcp.local."
VERSION: Final = "1"
LOOK_S: Final = 5.0
LONELY_S: Final = 300.0  # a switch that was off swallowed what we said: say it again
REST_MOST_S: Final = 60.0
RESOLVE_MS: Final = 1_500
STOP_S: Final = 5.0
SIGHTINGS_MOST: Final = 64
QUEUED_MOST: Final = 256
SEEKS_NOBODY: Final = "chưa tìm được máy bên cạnh: kiểm tra cáp mạng và bộ phát Wi-Fi"
LABEL_BYTES: Final = (
    48  # of the name; a label has 63 at most, and six letters of the id stand behind
)
NAME_BYTES: Final = 200
DEVICE: Final = re.compile(r"[a-z2-7]{16}")


class Card(msgspec.Struct, frozen=True):
    """What an appliance says of itself to everybody in its network: no secrets."""

    device: DeviceId
    name: str
    port: int
    area: str
    software: str


class Beacon:
    """Announces `card()` and tells `on_seen` of all appliances in sight whenever that changes.

    `interfaces` are the addresses to speak on; none means all but loopback.
    """

    def __init__(
        self,
        card: Callable[[], Card],
        on_seen: Callable[[tuple[Sighting, ...]], None],
        post: Callable[[Happening], None],
        *,
        interfaces: tuple[str, ...] = (),
        look_s: float = LOOK_S,
        lonely_s: float = LONELY_S,
    ) -> None:
        """Nothing is sent yet."""
        self._card = card
        self._on_seen = on_seen
        self._post = post
        self._interfaces = interfaces
        self._look_s = look_s
        self._lonely_s = lonely_s
        self._made_s = 0.0
        self._stopping = threading.Event()
        self._news: SimpleQueue[tuple[Zeroconf | None, str, bool]] = SimpleQueue()
        self._zeroconf: Zeroconf | None = None
        self._browser: ServiceBrowser | None = None
        self._stands: tuple[list[str], Card] | None = None
        self._service: ServiceInfo | None = None
        self._withdrawn: ServiceInfo | None = None  # the name before, until the next look
        self._networks: tuple[ipaddress.IPv4Network, ...] = ()
        self._sightings: dict[str, Sighting] = {}
        self._silent: list[str] = []
        self._failed = False
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin on a thread of its own; returns at once."""
        self._thread = threading.Thread(target=self.run, name="beacon", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Say goodbye and end; safe from any thread and more than once."""
        self._stopping.set()
        self._news.put((None, "", False))
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join(STOP_S)

    def run(self) -> None:
        """Announce and listen until stopped; never raises."""
        rest_s = self._look_s
        while not self._stopping.is_set():
            try:
                self._look()
            except Exception as error:  # noqa: BLE001  without a network nearly anything is raised
                self._fail(f"{type(error).__name__}: {error}"[:200])
                self._leave()
                self._stopping.wait(rest_s)
                rest_s = min(REST_MOST_S, rest_s * 2)
            else:
                rest_s = self._look_s
                self._recover()
                self._take_news(time.monotonic() + self._look_s)
        self._leave()

    # --- announcing ------------------------------------------------------------------------------

    def _look(self) -> None:
        """Make sure that we stand in every network with what is on the card now."""
        networks = own_networks(self._interfaces)
        addresses, card = [str(address) for address in sorted(networks)], self._card()
        now_s = time.monotonic()
        lonely = not self._sightings and now_s - self._made_s >= self._lonely_s
        if self._stands is not None and self._stands[0] == addresses and not lonely:
            self._rename(addresses, card)
            return
        self._made_s = now_s
        self._leave()
        if not networks:
            raise OSError("no network address yet: neighbours are looked for when there is one")
        self._zeroconf = Zeroconf(interfaces=addresses, ip_version=IPVersion.V4Only)
        self._networks = tuple(networks.values())
        self._service = service_of(card, addresses)
        self._zeroconf.register_service(self._service, allow_name_change=True)
        self._browser = ServiceBrowser(self._zeroconf, SERVICE, handlers=[self._heard])
        self._stands = addresses, card
        log.info("beacon on %s as %r", ", ".join(addresses), card.name)

    def _rename(self, addresses: list[str], card: Card) -> None:
        """Say what changed on the card; for one look both names stand, so that nobody loses sight of us."""
        if self._zeroconf is None or self._service is None:
            return
        if self._withdrawn is not None:
            self._zeroconf.unregister_service(self._withdrawn)
            self._withdrawn = None
        if self._stands == (addresses, card):
            return
        fresh = service_of(card, addresses)
        if fresh.name == self._service.name:
            self._zeroconf.update_service(fresh)
        else:
            self._zeroconf.register_service(fresh, allow_name_change=True)
            self._withdrawn = self._service
        self._service, self._stands = fresh, (addresses, card)
        log.info("beacon is now %r", card.name)

    def _leave(self) -> None:
        """Say goodbye as far as the network lets us; forget who was in sight."""
        old, self._zeroconf, self._stands = self._zeroconf, None, None
        self._service = self._withdrawn = None
        browser, self._browser = self._browser, None
        if browser is not None:
            with contextlib.suppress(Exception):
                browser.cancel()
        if old is not None:
            with contextlib.suppress(Exception):
                old.unregister_all_services()
            with contextlib.suppress(Exception):
                old.close()
        self._silent.clear()
        if self._sightings:
            self._sightings.clear()
            self._on_seen(())

    # --- listening -------------------------------------------------------------------------------

    def _heard(
        self,
        zeroconf: Zeroconf,
        service_type: str,
        name: str,
        state_change: ServiceStateChange,
    ) -> None:
        """Take note on zeroconf's thread; what it means is looked up on ours."""
        if self._news.qsize() < QUEUED_MOST:
            self._news.put((zeroconf, name, state_change is not ServiceStateChange.Removed))

    def _take_news(self, until_s: float) -> None:
        """Follow what is heard until an instant, or until stopped; then try once more what gave no answer."""
        while not self._stopping.is_set():
            try:
                left_s = max(0.0, until_s - time.monotonic())
                zeroconf, name, there = self._news.get(timeout=left_s)
            except Empty:
                break
            if zeroconf is self._zeroconf and zeroconf is not None:
                self._follow(zeroconf, name, there=there)
        if self._silent and self._zeroconf is not None and not self._stopping.is_set():
            self._follow(self._zeroconf, self._silent.pop(0), there=True)

    def _follow(self, zeroconf: Zeroconf, name: str, *, there: bool) -> None:
        """Look up what a record says now, and tell of it when that changed."""
        before, found = self._sightings.get(name), None
        if name in self._silent:
            self._silent.remove(name)
        if there:
            info = ServiceInfo(SERVICE, name)
            if info.load_from_cache(zeroconf) or info.request(zeroconf, RESOLVE_MS):
                found = sighting_of(info, self._card().device, self._networks)
            elif len(self._silent) < SIGHTINGS_MOST:
                self._silent.append(name)  # on radio an answer is easily lost
        if found == before or (before is None and len(self._sightings) >= SIGHTINGS_MOST):
            return
        if found is None:
            del self._sightings[name]
        else:
            self._sightings[name] = found
        log.info("neighbour record %r is now %s", name, found)
        self._on_seen(tuple(sorted(self._sightings.values())))

    def _fail(self, said: str) -> None:
        if not self._failed:
            self._failed = True
            log.warning("beacon failed why=%s", said)
            self._post(HandFailed(hand="neighbours", why=f"{SEEKS_NOBODY} ({said})"))

    def _recover(self) -> None:
        if self._failed:
            self._failed = False
            self._post(HandRecovered(hand="neighbours"))


def service_of(card: Card, addresses: list[str]) -> ServiceInfo:
    """Return the record that announces a card."""
    said = {
        "device": card.device,
        "name": cut(card.name, NAME_BYTES),
        "area": card.area,
        "software": card.software,
        "v": VERSION,
    }
    # Two that start at once with one name would both keep it and hide each other: the id tells them apart.
    label = f"{cut(card.name, LABEL_BYTES)} ({card.device[:6]})".strip()
    return ServiceInfo(
        SERVICE,
        f"{label}.{SERVICE}",
        port=card.port,
        properties={key: value.encode()[:NAME_BYTES] for key, value in said.items()},
        server=f"{card.device}.local.",
        parsed_addresses=addresses,
    )


def sighting_of(
    info: ServiceInfo, own: DeviceId, networks: tuple[ipaddress.IPv4Network, ...]
) -> Sighting | None:
    """Return the appliance that a record announces; None for ourselves and for what is not in our networks."""
    device = (info.decoded_properties.get("device") or "").lower()
    near = [
        address
        for address in info.parsed_addresses(IPVersion.V4Only)
        if any(ipaddress.IPv4Address(address) in network for network in networks)
    ]
    fit = DEVICE.fullmatch(device) and info.decoded_properties.get("v") == VERSION
    if not fit or device == own or not near or not info.port:
        return None
    shown = cut(info.decoded_properties.get("name") or "", NAME_BYTES)
    return Sighting(info.name, DeviceId(device), shown or device, near[0], info.port)


def cut(name: str, most_bytes: int) -> str:
    """Return a name fit for a record: no dots or control characters, cut between two letters."""
    plain = "".join(letter if letter.isprintable() else " " for letter in name.replace(".", " "))
    short = " ".join(plain.split()).encode()[:most_bytes]
    return short.decode("utf-8", "ignore").strip()
