"""A server that is killed loses nothing that it had acknowledged, and finishes what it had begun."""

import signal
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import httpx
import pytest
from sqlalchemy import Engine, func, select

from central.config import load_settings
from central.db.broadcast import ProgrammeRow, PublicationRow
from central.db.engine import open_engine
from contract.documents import Sha256
from contract.testing import Authority, report
from tests.central.serving import Served, SignedBy
from tests.central.setting import COMMUNE, HAMLET, real_now, write_site
from tests.central.test_push import crowd

FLEET = 400


@pytest.fixture
def own(tmp_path: Path) -> Served:
    """A server of this test's own, not yet started."""
    authority = Authority.make("dt", now=real_now())
    served = Served(write_site(tmp_path / "site", authority), authority)
    served.prepare()
    return served


def wait_for(question: Callable[[], bool], within_s: float = 20.0) -> None:
    """Wait until the answer is yes."""
    ends = time.monotonic() + within_s
    while not question():
        assert time.monotonic() < ends, "it never came"
        time.sleep(0.005)


def programmes(engine: Engine, version: int) -> int:
    """Return how many appliances have this version."""
    with engine.connect() as connection:
        query = select(func.count()).where(ProgrammeRow.version == version)
        return connection.scalar(query) or 0


def test_a_kill_in_the_middle_of_publishing_loses_nothing(own: Served, tone: Path) -> None:
    """After kill -9 and a start every appliance has the new programme, each exactly one version on."""
    engine = open_engine(load_settings(own.config).database)
    own.start()
    crowd(own, [HAMLET] * FLEET)
    with own.person() as lan:
        sha256 = lan.post(
            "/contents",
            params={"area": "dt"},
            content=tone.read_bytes(),
            headers={"x-file-name": "a"},
        ).json()["sha256"]
        lan.post("/approvals", content=own.authority.approve(Sha256(sha256), "dt"))
        slot = {
            "id": "sang",
            "title": "Sáng",
            "recurrence": {"kind": "daily"},
            "start": "06:00:00",
            "window_s": 600,
            "items": [sha256],
        }
        assert lan.post("/slots", json={"area": COMMUNE, "slot": slot}).status_code == 201
        assert lan.post("/publish", json={"area": COMMUNE}).json()["changed"] == FLEET
        assert lan.put("/slots/sang", json={**slot, "start": "07:00:00"}).status_code == 200

    def publish() -> None:
        with suppress(httpx.HTTPError), own.person() as lan:
            lan.post("/publish", json={"area": COMMUNE})

    sender = threading.Thread(target=publish)
    sender.start()
    wait_for(lambda: programmes(engine, 2) > 0)
    assert own.stop(signal.SIGKILL) == -signal.SIGKILL
    sender.join()
    done = programmes(engine, 2)
    assert 0 < done < FLEET, "the kill came too late to prove anything"
    assert programmes(engine, 1) == FLEET - done
    own.start()
    wait_for(lambda: programmes(engine, 2) == FLEET)
    wait_for(lambda: not unfinished(engine))
    with own.person() as lan:
        again = lan.post("/publish", json={"area": COMMUNE}).json()
    assert (again["changed"], again["unchanged"]) == (0, FLEET)
    assert own.stop() == 0
    engine.dispose()


def unfinished(engine: Engine) -> int:
    """Return how many publications have no end."""
    with engine.connect() as connection:
        query = select(func.count()).select_from(PublicationRow)
        return connection.scalar(query.where(PublicationRow.done.is_(None))) or 0


def test_what_was_acknowledged_is_there_after_a_kill(own: Served) -> None:
    """An alarm and a report that were answered survive kill -9; sessions do too."""
    own.start()
    key = own.assign(HAMLET)
    told = report(key, 1, Sha256("0" * 64), real_now())
    with own.appliance(key) as loa:
        token = loa.headers["authorization"]
        assert loa.post("/reports", content=told).status_code == 200
    with own.person() as lan:
        alarm = own.authority.announce([HAMLET], sent=real_now())
        assert lan.post("/announcements", content=alarm).json()["word"] == "đang có hiệu lực"
    own.stop(signal.SIGKILL)
    own.start()
    base, signed = f"{own.url}/device/v1", SignedBy(key)
    with httpx.Client(base_url=base, trust_env=False, auth=signed) as loa:
        loa.headers["authorization"] = token
        assert loa.post("/reports", content=told).json() == {"acknowledged": 1}
        gap = loa.post("/reports", content=report(key, 3, Sha256("0" * 64), real_now()))
        assert gap.json()["expected"] == 2
    with own.person() as lan:
        assert [a["word"] for a in lan.get("/announcements").json()] == ["đang có hiệu lực"]
    own.stop()
