"""An installer's minute: a prepared card, a claim code, six digits on two screens, a signature; and bad codes."""

import base64
import logging
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from central.config import load_settings
from central.services import open_house
from central.services.sites import site_row
from contract.documents import Kind
from contract.seal import device_id
from contract.testing import Authority
from provisioning.rehearsal.sound import SoundServer
from tests.central.serving import Served
from tests.central.setting import repository_of, write_site
from tests.edge.box import Box

log = logging.getLogger(__name__)
AREA = "dt/my-phong/ap-1"
BOUND_S = 60.0
WRONG = "AAAAA-AAAAA"
pytestmark = pytest.mark.timeout(180)


class Installing:
    """A served province with planned places, and the installer at its interface with an `assign` key."""

    def __init__(self, folder: Path, sound: SoundServer) -> None:
        self.folder = folder
        self._sound = sound
        self.authority = Authority.make(now=datetime.now(UTC))
        self.chain = repository_of(self.authority).files
        self.served = Served(write_site(folder / "site", self.authority), self.authority)
        self.served.prepare()
        self.served.start()
        self.office = self.served.person()
        self._boxes: list[Box] = []

    def plan(self, site: str) -> None:
        """Plan one place."""
        draft = {"id": site, "title": f"Cụm loa {site}", "area": AREA, "template": {}}
        assert self.office.post("/sites", json=draft).status_code == 201

    def claim(self, site: str) -> str:
        """Return a new claim code of a place."""
        return str(self._given(self.office.post(f"/sites/{site}/claim"))["code"])

    def lapse(self, site: str) -> None:
        """Let the claim code of a place run out."""
        house = open_house(load_settings(self.served.config))
        with house.writing() as unit:
            site_row(unit, site).claim_expires = house.clock() - timedelta(seconds=1)
        house.close()

    def waits_at(self, site: str) -> dict[str, Any] | None:
        """Return the appliance that waits at a place, with the digits on the installer's screen."""
        told = self._given(self.office.get(f"/sites/{site}"))["enrolment"]
        return None if told is None else dict(told)

    def sign(self, site: str, code: str) -> dict[str, Any]:
        """Sign the assignment that central prepares, as the installer's own key does."""
        asked = {"code": code}
        prepared = self._given(self.office.post(f"/sites/{site}/assignment/prepare", json=asked))
        sealed = self.authority.seal_bytes(Kind.ASSIGNMENT, base64.b64decode(prepared["payload"]))
        signed = {"code": code, "envelope": sealed.decode()}
        return self._given(self.office.post(f"/sites/{site}/assignment", json=signed))

    def publish(self) -> None:
        """Send the programme of the place, which is still empty."""
        self._given(self.office.post("/publish", json={"area": AREA}))

    def ready(self) -> set[str]:
        """Return the appliances that are ready and have nothing the matter."""
        house = self.office.get("/devices").json()
        return {d["id"] for d in house if d["step"] == "ready" and not d["why"]}

    def box(self, name: str) -> Box:
        """Return one more appliance with a prepared card."""
        (self.folder / name).mkdir()
        speakers = {"pulse_server": self._sound.server, "sink": self._sound.sinks[0]}
        self._boxes.append(Box(self.folder / name, self.served.url, self.chain, **speakers))
        return self._boxes[-1]

    def close(self) -> None:
        """End everything."""
        for box in self._boxes:
            box.stop()
        self.office.close()
        self.served.stop()

    @staticmethod
    def _given(answer: httpx.Response) -> dict[str, Any]:
        assert answer.status_code < 300, answer.text
        return dict(answer.json())


@pytest.fixture(scope="module")
def installing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installing]:
    """One province for the stories of this file."""
    with SoundServer() as sound:
        found = Installing(tmp_path_factory.mktemp("installing"), sound)
        yield found
        found.close()


def test_from_power_up_to_ready_within_a_minute(installing: Installing) -> None:
    """Claim code typed, six digits alike on both screens, signed: it is ours, silent, and ready for its programme."""
    installing.plan("cho")
    code = installing.claim("cho")
    box = installing.box("first")
    begun_s = time.monotonic()
    box.start()
    assert box.told("assigned") is False
    assert box.post("/claim", claim=code.lower()).status_code == 303
    box.wait(lambda: installing.waits_at("cho") is not None, "it waits at its place")
    box.wait(lambda: bool((installing.waits_at("cho") or {}).get("code")), "the digits stand")
    waits = installing.waits_at("cho") or {}
    digits = str(waits["code"])
    device = device_id(box.public)
    assert waits["device"] == device
    box.wait(lambda: digits in box.client.get("/").text, "the same digits on the appliance")
    installing.sign("cho", digits)
    box.wait(lambda: box.told("assigned") is True, "it is assigned")
    box.wait(lambda: box.told("central") is True, "its link stands")
    assigned_s = time.monotonic() - begun_s
    assert box.told("on_air") == "silence"
    installing.publish()
    box.wait(
        lambda: installing.ready() == {device},
        "central calls it ready, and nothing is wrong with it",
    )
    ready_s = time.monotonic() - begun_s
    log.info("from power-up: assigned and linked after %.1f s, ready %.1f s", assigned_s, ready_s)
    assert ready_s < BOUND_S
    assert box.told("on_air") == "silence"
    box.stop()


def test_codes_that_fail_are_refused_in_words(installing: Installing) -> None:
    """A wrong, a used and an expired code each get a sentence of their own; the right one is taken after them."""
    installing.plan("dinh")
    installing.plan("ben-do")
    box = installing.box("second")
    box.start()

    def says(code: str, words: str) -> None:
        assert box.post("/claim", claim=code).status_code == 303
        box.wait(lambda: words in box.client.get("/").text, f"the page says: {words}")

    says(WRONG, "Mã nhận máy không đúng")
    used = installing.claim("dinh")
    other = installing.box("third")
    other.start()
    assert other.post("/claim", claim=used).status_code == 303
    other.wait(lambda: installing.waits_at("dinh") is not None, "the other has the place")
    says(used, "đã được dùng cho một máy khác")
    late = installing.claim("ben-do")
    installing.lapse("ben-do")
    says(late, "đã hết hạn")
    fresh = installing.claim("ben-do")
    assert box.post("/claim", claim=fresh).status_code == 303
    box.wait(lambda: installing.waits_at("ben-do") is not None, "the fresh code is taken")
    box.stop()
    other.stop()


def test_a_sixth_guess_is_refused_though_it_is_right(installing: Installing) -> None:
    """After five wrong codes the appliance takes none for a while, says for how long, and its place stays vacant."""
    installing.plan("truong")
    right = installing.claim("truong")
    box = installing.box("fourth")
    box.start()
    answers = [box.post("/claim", claim=WRONG) for _ in range(5)]
    assert [answer.status_code for answer in answers] == [303] * 5
    sixth = box.post("/claim", claim=right)
    assert sixth.status_code == 429
    assert 'role="alert"' in sixth.text
    time.sleep(3.0)
    assert installing.waits_at("truong") is None
    box.stop()
