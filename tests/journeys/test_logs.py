"""Somebody on duty wants to know what an appliance said: asked at central, and read there a moment later."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from contract.seal import device_id
from contract.testing import Authority
from tests.central.serving import Served
from tests.central.setting import repository_of, write_site
from tests.edge.box import FITTER, PIN, Box

AREA = "dt/my-phong/ap-1"
WRONG_PIN, CLAIM = "975310", "ABCDE-98765"
pytestmark = pytest.mark.timeout(180)


class Duty:
    """A served province with one appliance of its own, and the person on duty at its interface."""

    def __init__(self, folder: Path) -> None:
        self.authority = Authority.make(now=datetime.now(UTC))
        self.served = Served(write_site(folder / "site", self.authority), self.authority)
        self.served.prepare()
        self.served.start()
        self.office = self.served.person()
        (folder / "card").mkdir()
        chain = repository_of(self.authority).files
        self.box = Box(folder / "card", self.served.url, chain)
        self.box.start()
        self.device = device_id(self.box.public)

    def ask(self) -> int:
        """Ask for the log; return the command's counter."""
        answer = self.office.post(f"/devices/{self.device}/commands", json={"do": "logs"})
        assert answer.status_code == 202, answer.text
        return int(answer.json()["counter"])

    def logs(self) -> list[dict[str, Any]]:
        """Return what was asked of its log."""
        return list(self.office.get(f"/devices/{self.device}/logs").json())

    def read(self, counter: int) -> httpx.Response:
        """Return one log."""
        return self.office.get(f"/devices/{self.device}/logs/{counter}")

    def close(self) -> None:
        """End everything."""
        self.box.stop()
        self.office.close()
        self.served.stop()


@pytest.fixture
def duty(tmp_path: Path) -> Iterator[Duty]:
    """Somebody on duty, and an appliance that nobody has assigned yet."""
    made = Duty(tmp_path)
    yield made
    made.close()


def test_what_an_appliance_said_is_read_at_central(duty: Duty) -> None:
    """From its first line on, with the faults of the day, and with no PIN and no claim code that was typed there."""
    box = duty.box
    box.post("/claim", claim=CLAIM)
    paper = duty.authority.assign(box.public, AREA, staff=(FITTER,))
    assert duty.office.post("/assignments", content=paper).status_code == 201
    box.wait(lambda: box.told("central") is True, "its link stands")
    for pin in (WRONG_PIN, PIN):
        box.post("/sign-in", pin=pin)
    counter = duty.ask()
    assert [one["state"] for one in duty.logs()] in (["asked"], ["taken"])
    box.wait(lambda: duty.logs()[0]["state"] == "taken", "its log arrives")
    answer = duty.read(counter)
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    said = answer.text
    assert f"# device: {duty.device}\n" in said
    assert "device key made" in said
    assert "admitted kind=assignment" in said
    assert "admitted kind=command" in said
    assert not [secret for secret in (PIN, WRONG_PIN, CLAIM, FITTER.verifier) if secret in said]
    assert duty.logs()[0]["lines"] == sum(not line.startswith("# ") for line in said.splitlines())
