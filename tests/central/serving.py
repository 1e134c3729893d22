"""Central as a real process, and appliances that speak to it over real sockets."""

import base64
import os
import signal
import ssl
import subprocess
import threading
from collections.abc import Generator
from pathlib import Path
from typing import IO

import httpx

from central.config import load_settings
from central.domain.people import PersonRole
from central.services import add_person, grant, import_areas, open_house
from contract import requests
from contract.seal import SigningKey, device_id
from contract.testing import Authority
from tests.central.setting import AREAS, PASSWORD, lay_tables
from tests.central.warm import Program

READY_WITHIN_S = 40


class Served:
    """`tienglang-central serve` (or `push`) with its settings and the authority of its keyring."""

    def __init__(self, config: Path, authority: Authority, verb: str = "serve") -> None:
        self.config = config
        self.authority = authority
        self.verb = verb
        self.url = ""
        self.process: Program | None = None
        self.verify: ssl.SSLContext | bool = True  # whom to believe where it speaks https
        self._token = ""

    def prepare(self) -> None:
        """Add the areas and one person who holds every role."""
        settings = load_settings(self.config)
        lay_tables(settings)
        house = open_house(settings)
        now = house.clock()
        with house.writing() as unit:
            import_areas(unit, AREAS, who=None, now=now)
            add_person(unit, "lan", PASSWORD, who=None, now=now)
            for role in PersonRole:
                grant(unit, "lan", role, "dt", who=None, now=now)
        house.close()

    def run(self, *arguments: str, said: str = "") -> "subprocess.CompletedProcess[str]":
        """Run one verb of the command line to its end; it must succeed."""
        done = run_cli(*arguments, "--config", str(self.config), said=said)
        assert done.returncode == 0, done.stderr
        return done

    def run_bare(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        """Run one verb that needs no settings; it must succeed."""
        done = run_cli(*arguments)
        assert done.returncode == 0, done.stderr
        return done

    def run_any(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        """Run one verb to its end, whatever that is."""
        return run_cli(*arguments, "--config", str(self.config))

    def start(self) -> None:
        """Start the process and wait for its line."""
        self.process = Program(self.verb, "--config", str(self.config))
        self._log: list[str] = []
        self._drain = threading.Thread(target=_drain, args=(self.process.stderr, self._log))
        self._drain.start()
        line = self.process.stdout.readline()
        assert line.startswith(("ready http://", "ready https://")), "".join(self._log)
        self.url = line.split()[1]

    def stop(self, how: signal.Signals = signal.SIGTERM) -> int:
        """Stop the process and return its exit code."""
        assert self.process is not None
        self.process.send_signal(how)
        code = self.process.wait(timeout=20)
        self._drain.join(timeout=5)
        self.process.stdout.close()
        self.process.stderr.close()
        return code

    def log(self) -> str:
        """Return what the process has logged so far."""
        return "".join(self._log)

    def rss_bytes(self) -> int:
        """Return the memory of the process."""
        assert self.process is not None
        status = Path(f"/proc/{self.process.pid}/statm").read_text("ascii").split()
        return int(status[1]) * os.sysconf("SC_PAGE_SIZE")

    def person(self) -> httpx.Client:
        """Return a client of `/api/v1`, signed in."""
        base = f"{self.url}/api/v1"
        if not self._token:
            with self._client(base) as client:
                answer = client.post("/session", json={"name": "lan", "password": PASSWORD})
            assert answer.status_code == 200, answer.text
            self._token = answer.json()["token"]
        held = {"authorization": f"Bearer {self._token}"}
        return self._client(base, headers=held)

    def person_anew(self) -> httpx.Client:
        """Return a client of `/api/v1` that has signed in again."""
        self._token = ""
        return self.person()

    def assign(self, area: str, name: str = "Cụm loa") -> SigningKey:
        """Return the key of a new appliance that was assigned to `area`."""
        key = SigningKey.generate()
        with self.person() as lan:
            answer = lan.post(
                "/assignments", content=self.authority.assign(key.public, area, name=name)
            )
        assert answer.status_code == 201, answer.text
        return key

    def appliance(self, key: SigningKey) -> httpx.Client:
        """Return a client of `/device/v1` with a session of the appliance that holds `key`."""
        base = f"{self.url}/device/v1"
        with self._client(base) as client:
            held = {"authorization": f"Bearer {open_session(client, key)}"}
        return self._client(base, headers=held, auth=SignedBy(key))

    def _client(
        self, base: str, headers: dict[str, str] | None = None, auth: httpx.Auth | None = None
    ) -> httpx.Client:
        return httpx.Client(
            base_url=base,
            timeout=30,
            trust_env=False,
            verify=self.verify,
            headers=headers,
            auth=auth,
        )


class SignedBy(httpx.Auth):
    """Signs every POST with an appliance's key, each with a fresh nonce unless one is given."""

    requires_request_body = True

    def __init__(self, key: SigningKey, nonce: str = "") -> None:
        self._key = key
        self._nonce = nonce

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Add the three headers."""
        if request.method == "POST":
            path, _, query = request.url.raw_path.decode().partition("?")
            base = f"{request.url.scheme}://{request.headers['host']}"
            asked = requests.Request(
                authority=requests.authority_of(base), path=path, query=query, body=request.content
            )
            request.headers.update(proof(self._key, asked, self._nonce))
        yield request


def proof(key: SigningKey, asked: requests.Request, nonce: str = "") -> dict[str, str]:
    """Return the headers by which the appliance that holds `key` proves a request."""
    return requests.sign(
        asked,
        keyid=device_id(key.public),
        created=0,
        nonce=nonce or base64.b64encode(os.urandom(32)).decode(),
        signature_of=key.sign,
    )


def open_session(client: httpx.Client, key: SigningKey) -> str:
    """Return a token for the appliance that holds `key`."""
    asked = client.post("/challenge", json={"device": device_id(key.public)})
    answer = client.post("/session", auth=SignedBy(key, asked.json()["challenge"]))
    assert answer.status_code == 200, answer.text
    return str(answer.json()["token"])


def run_cli(*arguments: str, said: str = "") -> "subprocess.CompletedProcess[str]":
    """Run `tienglang-central` to its end."""
    program, said_wrong = Program(*arguments, said=said), list[str]()
    with program.stdout, program.stderr:
        drain = threading.Thread(target=_drain, args=(program.stderr, said_wrong))
        drain.start()
        told = program.stdout.read()
        code = program.wait(timeout=READY_WITHIN_S)
        drain.join()
    return subprocess.CompletedProcess(arguments, code, told, "".join(said_wrong))


def _drain(stream: IO[str], into: "list[str]") -> None:
    for line in stream:
        into.append(line)
