"""A whole appliance from the box to work and back into the box: a real process before a working central."""

import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import httpx
import msgspec
import pytest
from argon2 import PasswordHasher

from contract import codec, enrolment, seal
from contract.documents import Assignment, DeviceId, Kind, PublicKey, Right, StaffPin
from contract.testing import Authority
from contract.testing_chain import Repository
from edge.__main__ import WIPED
from tests.edge.adapters.chain_rig import lay_out
from tests.edge.adapters.fake_central import FakeCentral
from tests.edge.adapters.link_rig import AREA
from tests.edge.adapters.registry import TITLE, Registry

PIN = "246813"
QUICK = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
FITTER = StaffPin(name="Lê Minh Tuấn", verifier=QUICK.hash(PIN), rights=(Right.INSTALL,))
START_S, STEP_S = 30.0, 15.0


class Box:
    """One appliance as installed: its card, its settings, and its program while that runs."""

    def __init__(self, folder: Path, authority: Authority, central: FakeCentral) -> None:
        """Lay out trust and settings; nothing runs before `start`."""
        self.state, self._config = folder / "state", folder / "edge.toml"
        now = datetime.now(UTC)
        lay_out(Repository.make(authority.keyring, now=now).files, folder / "trust")
        values: dict[str, object] = {
            "central": central.url,
            "trust_dir": str(folder / "trust"),
            "listen_host": "127.0.0.1",
            "listen_port": 0,
            "pins": "mock",
            "clock": "system",
            "pulse_server": f"unix:{folder}/no-such-server",
            "neighbours": False,
            "side_load_roots": [],
        }
        lines = [f"{key} = {msgspec.json.encode(value).decode()}" for key, value in values.items()]
        self._config.write_text("\n".join(lines))
        self._process: subprocess.Popen[str] | None = None
        self.client = httpx.Client(timeout=5)

    def start(self) -> None:
        """Start the program and wait until its page stands."""
        words = ["--config", str(self._config), "--state", str(self.state)]
        self._process = subprocess.Popen(
            [sys.executable, "-m", "edge", *words], stdout=subprocess.PIPE, text=True
        )
        assert self._process.stdout is not None
        ready = self._process.stdout.readline()
        assert ready.startswith("ready "), ready
        address = ready.split()[1].rstrip("/")
        self.client.close()
        self.client = httpx.Client(
            base_url=address,
            headers={"Origin": address, "Sec-Fetch-Site": "same-origin"},
            timeout=5,
        )

    def stop(self) -> None:
        """End the program, if it runs."""
        self.client.close()
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()
        self.ended()

    def ended(self) -> int | None:
        """Wait until the program has ended by itself and return its exit code."""
        process, self._process = self._process, None
        if process is None:
            return None
        try:
            return process.wait(STEP_S)
        finally:
            process.kill()
            if process.stdout is not None:
                process.stdout.close()

    @property
    def public(self) -> PublicKey:
        """Return the key that the page's QR code shows."""
        found = re.search(r"TIENGLANG:1:[A-Z2-7]+", self.client.get("/").text)
        assert found is not None
        return enrolment.read_qr(found[0])[1]

    def told(self, name: str) -> object:
        """Return one fact that the appliance tells machines."""
        return self.client.get("/health").json()[name]

    def post(self, path: str, **fields: str) -> httpx.Response:
        """Send a form of the page as a browser does."""
        page = self.client.get("/").text
        proof = re.search(r'name="csrf" value="([0-9a-f]+)"', page)
        assert proof is not None
        return self.client.post(path, data={"csrf": proof[1], **fields})

    def wait(self, so: Callable[[], bool], what: str) -> float:
        """Wait until something is so and return how long it took."""
        begun_s = time.monotonic()
        while not so():
            assert time.monotonic() - begun_s < STEP_S, what
            time.sleep(0.02)
        return time.monotonic() - begun_s


def assignment(
    authority: Authority, public: PublicKey, epoch: int, *, retired: bool = False
) -> bytes:
    """Return the sealed paper of this appliance, with one installer's PIN."""
    sealed = authority.assign(public, AREA, epoch=epoch, staff=(FITTER,))
    paper = codec.decode(Kind.ASSIGNMENT, seal.read_envelope(sealed).payload)
    assert isinstance(paper, Assignment)
    return authority.seal(Kind.ASSIGNMENT, msgspec.structs.replace(paper, retired=retired))


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
    box = Box(tmp_path, authority, central)
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
    box = Box(tmp_path, authority, central)
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
