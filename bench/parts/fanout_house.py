"""A province of many appliances with open sessions, and the real server over it as a process of its own.

Law: what is entered here is what enrolment and assigning would have entered; what is measured goes through the
server's own doors. Everything listens on loopback only and is ended by its own process id.
"""

import hashlib
import os
import queue
import secrets
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import httpx
from sqlalchemy import insert

from central.config import load_settings
from central.db.care import DeviceHealthRow
from central.db.engine import for_writing, open_engine
from central.db.fleet import DeviceRow, DeviceSessionRow
from central.domain.people import PersonRole
from central.services import add_person, grant, import_areas, open_house
from contract import seal
from contract.documents import MessageType, Sha256
from contract.seal import SigningKey, device_id
from contract.testing import Authority
from tests.central.setting import AREAS, HAMLET, PASSWORD, real_now, write_site

ROOT = Path(__file__).resolve().parents[2]
SERVER = ROOT / "bench" / "parts" / "fanout_server.py"
READY_WITHIN_S = 60.0
TEXT = "Mực nước sông Tiền tại Cao Lãnh đang lên nhanh, dự báo vượt báo động 3 trong đêm nay. " * 4


class Village:
    """The settings, the keys and the tokens of `count` appliances in one hamlet."""

    def __init__(self, folder: Path, count: int, **settings: object) -> None:
        self.folder = folder
        self.authority = Authority.make("dt", now=real_now())
        self.config = write_site(folder / "site", self.authority, **settings)
        self.keys = [SigningKey.generate() for _ in range(count)]
        self.tokens = [secrets.token_urlsafe(32) for _ in self.keys]
        self.last = ""
        self.chains: dict[str, tuple[int, Sha256]] = {}  # how far each has reported

    @property
    def token_file(self) -> Path:
        """Return the file of the tokens, one a line."""
        return self.folder / "tokens"

    def fill(self) -> None:
        """Enter areas, a person with every role, the appliances and their sessions."""
        settings = load_settings(self.config)
        house = open_house(settings)
        now = house.clock()
        with house.writing() as unit:
            import_areas(unit, AREAS, who=None, now=now)
            add_person(unit, "lan", PASSWORD, who=None, now=now)
            for role in PersonRole:
                grant(unit, "lan", role, "dt", who=None, now=now)
        house.close()
        engine = open_engine(settings.database)
        devices: list[dict[str, object]] = []
        sessions: list[dict[str, object]] = []
        for key, token in zip(self.keys, self.tokens, strict=True):
            device = device_id(key.public)
            paper = self.authority.assign(key.public, HAMLET)
            devices.append(
                {"id": device, "public_key": key.public, "name": "loa", "area": HAMLET, "epoch": 1,
                 "time_zone": "Asia/Ho_Chi_Minh", "zones": [], "assignment": paper,
                 "assignment_etag": hashlib.sha256(paper).hexdigest(), "assigned": now}
            )  # fmt: skip
            held = hashlib.sha256(token.encode()).hexdigest()
            sessions.append(
                {"token_hash": held, "device": device, "expires": now + timedelta(hours=6)}
            )
        with for_writing(engine).begin() as connection:
            connection.execute(insert(DeviceRow), devices)
            connection.execute(insert(DeviceHealthRow), [{"device": d["id"]} for d in devices])
            connection.execute(insert(DeviceSessionRow), sessions)
        engine.dispose()
        self.token_file.write_text("\n".join(self.tokens) + "\n", "ascii")

    def alarm(self) -> bytes:
        """Return a signed warning that takes the place of the one before, as the tide of a night does."""
        known = [self.last] if self.last else []
        self.last = self.authority.next_id()
        return self.paper(self.last, known)

    def paper(self, name: str | None = None, known: Sequence[str] = ()) -> bytes:
        """Return a signed warning that stands for itself: as many bytes for a peer."""
        self.authority.now = real_now()
        kind = MessageType.UPDATE if known else MessageType.ALERT
        return self.authority.announce(
            [HAMLET], TEXT, id=name, references=known, sent=real_now(), message=kind
        )


def mark_of(envelope: bytes) -> bytes:
    """Return the last bytes of an envelope: its signature, which no other has."""
    return envelope[-48:]


class Running:
    """A server process; `commits` are the instants at which it had committed something, in ns."""

    def __init__(self, village: Village, verb: str = "serve", config: Path | None = None) -> None:
        self.config = config or village.config
        self.commits: queue.SimpleQueue[int] = queue.SimpleQueue()
        with (village.folder / f"{verb}.log").open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, str(SERVER), verb, str(self.config)],
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
        self._ready: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()
        self.url = self._ready.get(timeout=READY_WITHIN_S)
        assert self.url, (village.folder / f"{verb}.log").read_text("utf-8")
        self._client: httpx.Client | None = None

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            word, _, rest = line.strip().partition(" ")
            if word == "commit":
                self.commits.put(int(rest))
            elif word == "ready":
                self._ready.put(rest)
        self._ready.put("")

    @property
    def pid(self) -> int:
        """Return its process id."""
        return self._process.pid

    @property
    def port(self) -> int:
        """Return where it listens."""
        return int(self.url.rpartition(":")[2])

    def memory_bytes(self) -> int:
        """Return its resident memory."""
        return int(Path(f"/proc/{self.pid}/statm").read_text("ascii").split()[1]) * 4_096

    def cpu_s(self) -> float:
        """Return the processor time it has used."""
        fields = Path(f"/proc/{self.pid}/stat").read_text("ascii").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def person(self) -> httpx.Client:
        """Return a client of the API that is signed in, its connection kept."""
        if self._client is None:
            base = f"{self.url}/api/v1"
            client = httpx.Client(base_url=base, trust_env=False, timeout=60, verify=False)  # noqa: S501  our own rig's certificate
            answer = client.post("/session", json={"name": "lan", "password": PASSWORD})
            client.headers["authorization"] = f"Bearer {answer.json()['token']}"
            self._client = client
        return self._client

    def streams(self) -> int:
        """Return how many streams it holds."""
        return int(httpx.get(f"{self.url}/health", trust_env=False, verify=False).json()["streams"])  # noqa: S501

    def announce(self, envelope: bytes) -> tuple[int, int]:
        """Hand in a warning; return when it was sent and when it was committed, in ns."""
        person = self.person()
        while not self.commits.empty():
            self.commits.get()
        sent = time.monotonic_ns()
        answer = person.post("/announcements", content=envelope)
        assert answer.status_code == 201, answer.text
        return sent, self.commits.get(timeout=10)

    def wait(self) -> None:
        """Wait until it is gone by another's hand."""
        try:
            self._process.wait(timeout=10)
        finally:
            self.stop(signal.SIGKILL)

    def stop(self, how: signal.Signals = signal.SIGTERM) -> None:
        """End it."""
        if self._client is not None:
            self._client.close()
        if self._process.poll() is None:
            self._process.send_signal(how)
        self._process.wait(timeout=30)
        self._thread.join(timeout=5)
        assert self._process.stdout is not None
        self._process.stdout.close()


def payload_sha256(envelope: bytes) -> str:
    """Return what a receipt names a document by."""
    return seal.read_envelope(envelope).payload_sha256
