"""An emergency is on the public page, in the feed and at other systems as it is pushed, whoever does not answer."""

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx
import pytest

from contract.testing import Authority
from tests.central.serving import Served
from tests.central.setting import COMMUNE, real_now, write_site

WITHIN_S = 3.0  # a tenth of it is usual; the rest is for a machine that does ten other things


class Ear(ThreadingHTTPServer):
    """Another system on loopback: the ids of the announcements that it was told of, and when."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Hearing)
        self.heard: dict[str, float] = {}
        self._thread = threading.Thread(target=self.serve_forever, args=(0.01,))
        self._thread.start()

    def close(self) -> None:
        """Stop listening."""
        self.shutdown()
        self._thread.join()
        self.server_close()


class _Hearing(BaseHTTPRequestHandler):
    server: Ear

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        self.server.heard.setdefault(body["data"]["id"], time.monotonic())
        self.send_response(204)
        self.end_headers()

    def log_message(self, *args: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def ear() -> Iterator[Ear]:
    """Somebody who listens."""
    found = Ear()
    yield found
    found.close()


@pytest.fixture(scope="module")
def mute() -> Iterator[socket.socket]:
    """Somebody who takes a call and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as found:
        yield found


@pytest.fixture(scope="module")
def station(
    tmp_path_factory: pytest.TempPathFactory, ear: Ear, mute: socket.socket
) -> Iterator[Served]:
    """A served province that tells both, the mute one first, and shows a commune's page."""
    authority = Authority.make("dt", now=real_now())
    folder = tmp_path_factory.mktemp("moment")
    served = Served(write_site(folder, authority, webhook_networks=["127.0.0.0/8"]), authority)
    served.prepare()
    served.start()
    with served.person() as lan:
        for name, port in (("câm", mute.getsockname()[1]), ("nghe", ear.server_port)):
            hook = {
                "name": name,
                "area": "dt",
                "url": f"http://127.0.0.1:{port}/",
                "events": ["announcement.announced", "announcement.cancelled"],
            }
            assert lan.post("/webhooks", json=hook).status_code == 201
        page = {"area": COMMUNE, "shown": True, "contact": "UBND xã"}
        assert lan.put("/public-pages", json=page).status_code == 200
    yield served
    served.stop()


def seen_at(look: Callable[[], bool], began_s: float) -> float:
    """Return how many seconds after `began_s` a look succeeded; gives up after `WITHIN_S`."""
    while time.monotonic() - began_s < WITHIN_S:
        if look():
            return time.monotonic() - began_s
        time.sleep(0.05)
    return float("inf")


def names(anybody: httpx.Client, path: str, number: str) -> bool:
    """Return whether a public answer names an announcement."""
    return number in anybody.get(path).text


@pytest.mark.timeout(90)
def test_page_feed_and_webhook_carry_it_as_it_is_pushed(
    station: Served, ear: Ear, mute: socket.socket
) -> None:
    """Each within moments, also the second emergency while an address still keeps the first one waiting."""
    with station.person() as lan, httpx.Client(base_url=station.url, trust_env=False) as anybody:
        for _ in range(2):
            # what was answered before is in every cache
            assert anybody.get("/cap/v1/feed.atom").status_code == 200
            assert anybody.get(f"/public/{COMMUNE}").status_code == 200
            paper = station.authority.announce([COMMUNE], sent=real_now())
            answer = lan.post("/announcements", content=paper)
            began_s = time.monotonic()
            number = answer.json()["id"]
            heard = seen_at(partial(ear.heard.__contains__, number), began_s)
            in_feed = seen_at(partial(names, anybody, "/cap/v1/feed.atom", number), began_s)
            on_page = seen_at(partial(names, anybody, f"/public/{COMMUNE}.json", number), began_s)
            assert max(heard, in_feed, on_page) < WITHIN_S, (heard, in_feed, on_page)
            message = anybody.get(f"/cap/v1/{number}.xml")
            assert message.headers["content-type"] == "application/cap+xml"
    mute.close()  # so that the server need not wait for it when it stops
