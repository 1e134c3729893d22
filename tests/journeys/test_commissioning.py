"""A whole handing over with nothing pretended but the person and the relay board: central, appliance, player, sink."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from contract.commissioning import passed
from contract.documents import Policy, StepResult, Zone
from contract.seal import device_id
from contract.testing import Authority
from provisioning.central_door import CentralDoor
from provisioning.commission import paper
from provisioning.commission.deed import key_at
from provisioning.commission.guide import Guide
from provisioning.commission.pole import Pole
from provisioning.commission.words import Say
from provisioning.rehearsal.sound import SoundServer
from provisioning.side_load.filling import fill
from tests.central.serving import Served
from tests.central.setting import repository_of, write_site
from tests.edge.box import FITTER, PIN, Box
from tests.provisioning.scripted import Scripted

AREA = "dt/my-phong/ap-1"
ZONES = (Zone(name="cho", title="Chợ", relay_pin=17), Zone(name="dinh", title="Đình", relay_pin=27))
pytestmark = [pytest.mark.timeout(240), pytest.mark.drill]


def test_an_appliance_is_handed_over_and_central_has_its_report(tmp_path: Path) -> None:
    """Round trip, clock, relays, a tone in each zone with the level at the sink; the sealed report reaches central."""
    authority = Authority.make(now=datetime.now(UTC))
    served = Served(write_site(tmp_path / "site", authority), authority)
    served.prepare()
    served.start()
    office = served.person()
    (tmp_path / "card").mkdir()
    with SoundServer(("loa",)) as sound:
        chain = repository_of(authority).files
        box = Box(
            tmp_path / "card",
            served.url,
            chain,
            sink="loa",
            pulse_server=sound.server,
        )
        box.start()
        try:
            public = box.public
            device = device_id(public)
            given = authority.assign(
                public, AREA, zones=ZONES, policy=Policy(quiet=()), staff=(FITTER,)
            )
            assert office.post("/assignments", content=given).status_code == 201
            box.wait(lambda: box.told("central") is True, "its link stands")
            pole = Pole(str(box.client.base_url))
            pole.sign_in(FITTER.name, PIN)
            said: list[str] = []
            person = Scripted(pin=PIN, **{"Làm gì tiếp": "skip"})
            Guide(pole, person, Say("vi"), said.append).lead("Lê Minh Tuấn")
            envelope = pole.paper()
            report, _ = paper.judged(paper.paper_of(envelope), public)
            records = {record.step: record for record in report.steps}
            assert records["link"].measured["round-trip-ms"] < 2_000
            assert abs(records["clock"].measured["offset-ms"]) < 1_000
            for zone in ("cho", "dinh"):
                assert records[f"relay/{zone}"].result is StepResult.PASSED
                assert -70 < records[f"tone/{zone}"].measured["level-dbfs"] < 0
            softer = records["tone/cho"].measured["level-dbfs"]
            assert records["loudness"].measured["level-dbfs"] > softer
            assert passed(report), [one for one in report.steps if one.result != "passed"]
            listed = f"/devices/{device}/commissionings"
            box.wait(lambda: bool(office.get(listed).json()), "central has the report")
            (told,) = office.get(listed).json()
            assert (told["word"], told["by"]) == ("đạt", "Lê Minh Tuấn")
            assert pole.state().sent
            drawn = office.get(f"/commissionings/{told['id']}/paper").content
            assert drawn == paper.paper_of(envelope)
        finally:
            box.stop()
            office.close()
            served.stop()


def test_an_appliance_that_no_network_reaches_is_assigned_by_a_stick(tmp_path: Path) -> None:
    """What central holds for it comes on a stick that the command filled: it is assigned and knows its staff."""
    authority = Authority.make(now=datetime.now(UTC))
    served = Served(write_site(tmp_path / "site", authority), authority)
    served.prepare()
    served.start()
    office = served.person()
    usb = tmp_path / "media" / "usb"
    usb.mkdir(parents=True)
    (tmp_path / "card").mkdir()
    nowhere = "http://127.0.0.1:9"
    chain = repository_of(authority).files
    box = Box(tmp_path / "card", nowhere, chain, side_load_roots=[str(usb.parent)])
    box.start()
    try:
        public = box.public
        given = authority.assign(public, AREA, zones=ZONES, staff=(FITTER,))
        assert office.post("/assignments", content=given).status_code == 201
        door = CentralDoor(served.url, None)
        door._token = office.headers["authorization"].removeprefix("Bearer ")
        assert key_at(door, device_id(public)) == public
        assert box.told("assigned") is False
        filled = fill(door, device_id(public), usb)
        box.wait(lambda: box.told("assigned") is True, "the stick is read")
        assert filled.chain_files >= 5
        pole = Pole(str(box.client.base_url))
        pole.sign_in(FITTER.name, PIN)
        assert pole.do("begin", by="Tuấn").by == "Tuấn"
    finally:
        box.stop()
        office.close()
        served.stop()
