"""An appliance that never saw its central: papers and contents come on a stick; every sample is recorded.

A real process with real libVLC into a real sound server, an authority of the test's own, and a stream
server that can be told to stall.
"""

import hashlib
import http.server
import math
import socket
import struct
import sys
import threading
import time
import wave
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

import argon2
import httpx
import msgspec

from contract.documents import (
    Content,
    DeviceId,
    Once,
    Policy,
    PublicKey,
    Right,
    Sha256,
    Slot,
    StaffPin,
    Zone,
)
from contract.testing import Authority
from contract.testing_chain import Repository
from provisioning.rehearsal import evidence
from provisioning.rehearsal.children import Child
from provisioning.rehearsal.office import utc_now
from provisioning.rehearsal.province import run
from provisioning.rehearsal.sound import Recorder, Recording, SoundServer
from tests.edge.adapters.chain_rig import lay_out
from tests.edge.adapters.sealed_set import write_set

HOME: Final = ZoneInfo("Asia/Ho_Chi_Minh")
PIN: Final = "428173"
RATE_HZ: Final = 22_050
ZONES: Final = (
    Zone(name="cho", title="Chợ", relay_pin=17, warm_up_ms=300, tail_ms=300),
    Zone(name="dinh", title="Đình", relay_pin=27, warm_up_ms=300, tail_ms=300),
)


def tone_wav(*pitches_hz: float, each_s: float = 1.0) -> bytes:
    """Return a WAV that sounds these pitches one after the other, without a seam."""
    samples, phase = bytearray(), 0.0
    for pitch in pitches_hz:
        for _ in range(round(each_s * RATE_HZ)):
            phase += 2 * math.pi * pitch / RATE_HZ
            samples += struct.pack("<h", round(9_000 * math.sin(phase)))
    out = BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE_HZ)
        file.writeframes(bytes(samples))
    return out.getvalue()


def listed(data: bytes, title: str) -> Content:
    """Return how a programme lists a WAV."""
    with wave.open(BytesIO(data)) as file:
        duration_ms = round(file.getnframes() * 1000 / file.getframerate())
    return Content(
        sha256=Sha256(hashlib.sha256(data).hexdigest()),
        size_bytes=len(data),
        duration_ms=duration_ms,
        mime="audio/wav",
        title=title,
    )


class Station:
    """A radio station on loopback: an endless WAV in real time, until it is told to fall silent."""

    def __init__(self, pitch_hz: float) -> None:
        """Send a tone of this pitch to whoever asks."""
        self._second = tone_wav(pitch_hz)[44:]
        self.silent = threading.Event()
        self._ending = threading.Event()
        self.url = ""

    @contextmanager
    def on_air(self) -> Iterator["Station"]:
        """Serve while the block lasts."""
        station = self

        class Listener(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.0"

            def do_GET(self) -> None:
                self.send_response(200)
                self.send_header("Content-Type", "audio/wav")
                self.end_headers()
                station.send(self.wfile)

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the library's names
                pass

        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Listener)
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        self.url = f"http://127.0.0.1:{server.server_address[1]}/vov.wav"
        try:
            yield self
        finally:
            self._ending.set()
            server.shutdown()
            thread.join()
            server.server_close()

    def send(self, out: "object") -> None:
        """Send a header that promises two hours, then each tenth of a second its samples."""
        header = bytearray(tone_wav(1.0, each_s=0.0))
        struct.pack_into("<I", header, 40, 2 * RATE_HZ * 7_200)
        struct.pack_into("<I", header, 4, 2 * RATE_HZ * 7_200 + 36)
        write = out.write  # type: ignore[attr-defined]
        piece = 2 * RATE_HZ // 10
        try:
            if not self.silent.is_set():
                write(bytes(header) + self._second * 2)  # a player's buffer, at once
            at, turn = time.monotonic(), 0
            while not self._ending.wait(max(0.0, at - time.monotonic())):
                at += 0.1
                if not self.silent.is_set():
                    begin = (turn % 10) * piece
                    write(self._second[begin : begin + piece])
                    turn += 1
        except OSError:
            return


@dataclass
class Alone:
    """One running appliance on its own, and what is needed to speak to it."""

    root: Path
    authority: Authority
    repo: Repository
    child: Child
    recorder: Recorder
    device: DeviceId
    public: PublicKey
    page: str
    contents: dict[Sha256, bytes] = field(default_factory=dict)
    sticks: int = 0

    @property
    def state(self) -> Path:
        """The appliance's own folder."""
        return self.root / "state"

    def heard(self) -> Recording:
        """Return all that its sink has sounded so far."""
        return self.recorder.so_far()

    def stick(self, papers: list[bytes], *contents: bytes) -> None:
        """Put in a stick with these, and with the chain: the appliance came with the root alone."""
        self.sticks += 1
        folder = self.root / f"written-{self.sticks}"
        lay_out(self.repo.files, write_set(folder, papers, contents) / "tuf")
        folder.rename(
            self.root / "media" / f"stick-{self.sticks}"
        )  # it appears whole, as a mount does

    def publish(self, *slots: Slot, also: tuple[Sha256, ...] = ()) -> None:
        """Bring the next programme on a stick, with approvals for all it plays."""
        contents = [listed(data, f"bản tin {n}") for n, data in enumerate(self.contents.values())]
        self.authority.now = utc_now()
        names = [c.sha256 for c in contents] + list(also)
        papers = [self.authority.approve(name) for name in names]
        papers.append(self.authority.programme(self.device, slots, contents))
        before = len(self.events("programme-accepted"))
        self.stick(papers, *self.contents.values())
        self.wait(lambda: len(self.events("programme-accepted")) > before, "the programme came")

    def events(self, name: str) -> list[tuple[float, dict[str, object]]]:
        """Return the journalled events of this name with their monotonic seconds."""
        return [turn for turn in evidence.turns(self.state) if turn[1]["event"] == name]

    def wait(self, true: "object", what: str, within_s: float = 30.0) -> float:
        """Wait until something is so; return how long it took."""
        begun_s = time.monotonic()
        while not true():  # type: ignore[operator]
            assert time.monotonic() - begun_s < within_s, f"{what}: not within {within_s:.0f} s"
            time.sleep(0.05)
        return time.monotonic() - begun_s

    @contextmanager
    def staff(self) -> Iterator[httpx.Client]:
        """Be somebody at the local page, signed in with all rights."""
        with httpx.Client(base_url=self.page, timeout=20, trust_env=False) as client:
            client.get("/")
            answer = post(client, "/sign-in", name="Lan", pin=PIN)
            assert answer.status_code == 303, answer.text
            yield client


def post(client: httpx.Client, path: str, **fields: str | list[str]) -> httpx.Response:
    """Send a form as the page would, with the proof that the page carries."""
    text = client.get("/").text
    proof = text.split('name="csrf" value="', 1)[1].split('"', 1)[0]
    origin = str(client.base_url).rstrip("/")
    headers = {"Origin": origin, "Sec-Fetch-Site": "same-origin"}
    return client.post(path, data={"csrf": proof, **fields}, headers=headers)


def once(name: str, start: datetime, window_s: int, **more: object) -> Slot:
    """Return a slot at this instant, once."""
    local = start.astimezone(HOME)
    fields: dict[str, object] = {
        "id": name,
        "title": f"Khung giờ {name}",
        "recurrence": Once(on=local.date()),
        "start": local.time().replace(tzinfo=None),
        "window_s": window_s,
    }
    return Slot(**(fields | more))  # type: ignore[arg-type]


def soon(in_s: float) -> datetime:
    """Return a whole second about so many seconds from now."""
    return (utc_now() + timedelta(seconds=in_s)).replace(microsecond=0)


def mono_of(instant: datetime) -> float:
    """Return the monotonic second of a wall instant."""
    return time.monotonic() + (instant - utc_now()).total_seconds()


@contextmanager
def alone(root: Path) -> Iterator[Alone]:
    """Run one appliance on its own while the block lasts."""
    with ExitStack() as stack:
        sound = stack.enter_context(SoundServer(("loa",)))
        recorder = stack.enter_context(sound.recorder("loa"))
        (root / "media").mkdir(parents=True)
        authority = Authority.make(now=utc_now())
        repo = Repository.make(authority.keyring, now=authority.now)
        lay_out({"root.json": repo.baked}, root / "trust")
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        settings = {
            "central": "http://127.0.0.1:9",
            "trust_dir": str(root / "trust"),
            "listen_host": "127.0.0.1",
            "listen_port": port,
            "pins": "mock",
            "sink": "loa",
            "pulse_server": sound.server,
            "clock": "system",
            "health_s": 5.0,
            "side_load_roots": [str(root / "media")],
            "neighbours": False,
            "line_in": "loa.monitor",
        }
        lines = [
            f"{name} = {msgspec.json.encode(value).decode()}" for name, value in settings.items()
        ]
        (root / "edge.toml").write_text("\n".join(lines), encoding="utf-8")
        command = [sys.executable, "-m", "edge", "--config", str(root / "edge.toml")]
        command += ["--state", str(root / "state")]
        born = msgspec.json.decode(run([*command, "identity"], ""), type=dict[str, str])
        child = Child("alone", command, root / "edge.log", dict(sound.environment))
        house = Alone(
            root=root,
            authority=authority,
            repo=repo,
            child=child,
            recorder=recorder,
            device=DeviceId(born["device"]),
            public=PublicKey(born["public"]),
            page=f"http://127.0.0.1:{port}",
        )
        hasher = argon2.PasswordHasher(memory_cost=19_456, time_cost=2, parallelism=1)
        staff = StaffPin(name="Lan", verifier=hasher.hash(PIN), rights=tuple(Right))
        child.start()
        stack.callback(child.stop)
        paper = authority.assign(house.public, zones=ZONES, policy=Policy(quiet=()), staff=(staff,))
        house.stick([paper])
        house.wait(lambda: house.events("assignment-accepted"), "the assignment came")
        yield house
