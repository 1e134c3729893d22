"""An appliance as it comes out of its box: a real process on a card of its own, and whoever stands before its page."""

import re
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import httpx
import msgspec
from argon2 import PasswordHasher

from contract import enrolment
from contract.documents import PublicKey, Right, StaffPin
from tests.edge.adapters.chain_rig import lay_out

PIN = "246813"
QUICK = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
FITTER = StaffPin(name="Lê Minh Tuấn", verifier=QUICK.hash(PIN), rights=(Right.INSTALL,))
START_S, STEP_S = 30.0, 15.0


class Box:
    """One appliance as installed: its card, its settings, and its program while that runs."""

    def __init__(
        self, folder: Path, url: str, chain: Mapping[str, bytes], **settings: object
    ) -> None:
        """Lay out the chain's files and the settings; nothing runs before `start`."""
        self.state, self._config = folder / "state", folder / "edge.toml"
        lay_out(chain, folder / "trust")
        values: dict[str, object] = {
            "central": url,
            "trust_dir": str(folder / "trust"),
            "listen_host": "127.0.0.1",
            "listen_port": 0,
            "pins": "mock",
            "clock": "system",
            "pulse_server": f"unix:{folder}/no-such-server",
            "neighbours": False,
            "side_load_roots": [],
            **settings,
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
