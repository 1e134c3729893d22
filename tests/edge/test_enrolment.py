"""A whole appliance from the box to work and back into the box: a real process before a working central."""

import time
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from contract import codec, seal
from contract.documents import Assignment, DeviceId, Kind, PublicKey
from contract.testing import Authority
from contract.testing_chain import Repository
from edge.__main__ import WIPED
from tests.edge.adapters.fake_central import FakeCentral
from tests.edge.adapters.link_rig import AREA
from tests.edge.adapters.registry import TITLE, Registry
from tests.edge.box import FITTER, PIN, STEP_S, Box


def assignment(
    authority: Authority, public: PublicKey, epoch: int, *, retired: bool = False
) -> bytes:
    """Return the sealed paper of this appliance, with one installer's PIN."""
    sealed = authority.assign(public, AREA, epoch=epoch, staff=(FITTER,))
    paper = codec.decode(Kind.ASSIGNMENT, seal.read_envelope(sealed).payload)
    assert isinstance(paper, Assignment)
    return authority.seal(Kind.ASSIGNMENT, msgspec.structs.replace(paper, retired=retired))


def chain_of(authority: Authority) -> Mapping[str, bytes]:
    """Return the chain that a prepared card carries."""
    return Repository.make(authority.keyring, now=datetime.now(UTC)).files


@pytest.fixture
def central() -> Iterator[FakeCentral]:
    """Run a central that knows nobody."""
    with FakeCentral({}) as fake:
        yield fake


@pytest.mark.timeout(120)
def test_from_the_box_to_work_to_the_next_place(central: FakeCentral, tmp_path: Path) -> None:
    """Enrolled by a claim code in seconds; retired; wiped by its installer; and then it is another appliance."""
    authority = Authority.make(now=datetime.now(UTC))
    registry = Registry(central)
    box = Box(tmp_path, central.url, chain_of(authority))
    try:
        box.start()
        public = box.public
        assert box.told("assigned") is False
        begun_s = time.monotonic()
        box.wait(lambda: bool(registry.asked), "it asks by itself")
        assert box.post("/claim", claim="abcde 12345").status_code == 303
        box.wait(lambda: TITLE in box.client.get("/").text, "central found its place")
        assert registry.code() in box.client.get("/").text
        assert registry.asked[-1].device_key == public
        registry.assign(public, assignment(authority, public, 1))
        box.wait(lambda: box.told("assigned") is True, "it is assigned")
        assert time.monotonic() - begun_s < STEP_S
        box.wait(lambda: box.told("central") is True, "the push stream stands")

        central.put("/assignment", assignment(authority, public, 2, retired=True))
        central.hint(Kind.ASSIGNMENT)
        box.wait(lambda: box.told("retired") is True, "it is retired")
        assert "đã được thay thế hoặc tháo dỡ" in box.client.get("/").text
        assert box.post("/sign-in", pin=PIN).status_code == 303
        assert box.post("/wipe", pin="000000", sure="held").status_code == 401
        assert "khởi động lại" in box.post("/wipe", pin=PIN, sure="held").text
        assert box.ended() == WIPED
        assert [entry.name for entry in box.state.iterdir()] == ["lock"]

        box.start()
        assert box.public != public
        assert box.told("assigned") is False
        asked = len(registry.asked)
        registry.assignment = None
        box.wait(lambda: len(registry.asked) > asked, "it asks anew")
        assert registry.asked[-1].device_key == box.public
    finally:
        box.stop()


def test_a_wipe_that_the_power_cut_interrupted_is_ended_before_anything_starts(
    central: FakeCentral, tmp_path: Path
) -> None:
    """With the marker on the card the next start is another appliance's first, whatever else is still there."""
    authority = Authority.make(now=datetime.now(UTC))
    Registry(central)
    box = Box(tmp_path, central.url, chain_of(authority))
    try:
        box.start()
        before: DeviceId = seal.device_id(box.public)
        box.stop()
        (box.state / "wipe-begun").touch()
        box.start()
        assert seal.device_id(box.public) != before
        assert not (box.state / "wipe-begun").exists()
        box.stop()
        box.start()
        again = box.public
        box.stop()
        box.start()  # the twin: without a marker it stays who it is
        assert box.public == again
    finally:
        box.stop()
