"""The peers: mosquitto (QoS 1), nats-server and the C floor, each a process on loopback with our own settings."""

import shutil
import socket
import subprocess
import time
from pathlib import Path

PACKAGES = {"mosquitto": "mosquitto", "nats-server": "nats-server"}
READY_WITHIN_S = 20.0


def install() -> None:
    """Install the peers that are not here; Debian's own versions."""
    missing = [p for p in PACKAGES if shutil.which(p) is None and not Path("/usr/sbin", p).exists()]
    if missing:
        names = [PACKAGES[p] for p in missing]
        subprocess.run(["apt-get", "install", "-y", "--no-install-recommends", *names], check=True)


def version_of(program: str) -> str:
    """Return the version of an installed peer's package."""
    asked = ["dpkg-query", "-W", "-f", "${Version}", PACKAGES[program]]
    return subprocess.run(asked, capture_output=True, text=True, check=False).stdout


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


class Peer:
    """A broker, and the line that publishes to it."""

    def __init__(self, name: str, folder: Path, floor: Path) -> None:
        self.name = name
        self.port = free_port()
        self.kind = {"mosquitto": "mqtt", "nats": "nats", "floor": "sse"}[name]
        match name:
            case "mosquitto":
                settings = folder / "mosquitto.conf"
                settings.write_text(
                    f"listener {self.port} 127.0.0.1\nallow_anonymous true\npersistence false\n"
                    "max_inflight_messages 0\nmax_queued_messages 0\n",
                    "ascii",
                )
                program = shutil.which("mosquitto") or "/usr/sbin/mosquitto"
                words = [program, "-c", str(settings)]
            case "nats":
                settings = folder / "nats.conf"
                settings.write_text(
                    f'listen: "127.0.0.1:{self.port}"\nmax_connections: 64000\n', "ascii"
                )
                words = [
                    shutil.which("nats-server") or "/usr/sbin/nats-server",
                    "-c",
                    str(settings),
                ]
            case _:
                words = [str(floor), str(self.port)]
        with (folder / f"{name}.log").open("wb") as log:
            self._process = subprocess.Popen(words, stdout=log, stderr=log)
        self.pid = self._process.pid
        self._line: socket.socket | None = None
        ends = time.monotonic() + READY_WITHIN_S
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
            except OSError:
                assert time.monotonic() < ends, (folder / f"{name}.log").read_text()
                time.sleep(0.05)
            else:
                return

    def memory_bytes(self) -> int:
        """Return its resident memory."""
        return int(Path(f"/proc/{self.pid}/statm").read_text("ascii").split()[1]) * 4_096

    def publish(self, payload: bytes) -> int:
        """Hand one message in; return when, in ns."""
        if self._line is None:
            self._line = socket.create_connection(("127.0.0.1", self.port), 5)
            self._line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if self.name == "mosquitto":
                self._line.sendall(b"\x10\x0f\x00\x04MQTT\x04\x02\x00\x00\x00\x03pub")
                self._line.recv(100)
            elif self.name == "nats":
                self._line.recv(4_000)
                self._line.sendall(b'CONNECT {"verbose":false,"pedantic":false}\r\n')
        match self.name:
            case "mosquitto":
                rest = b"\x00\x05alarm\x00\x01" + payload
                length, size = b"", len(rest)
                while size or not length:
                    length += bytes([size % 128 | (128 if size >= 128 else 0)])
                    size //= 128
                message = b"\x32" + length + rest
            case "nats":
                message = b"PUB alarm %d\r\n%b\r\n" % (len(payload), payload)
            case _:
                event = b"id: 1\nevent: sealed\ndata: %b\n\n" % payload
                message = b"PUB %d\n%b" % (len(event), event)
        sent = time.monotonic_ns()
        self._line.sendall(message)
        return sent

    def stop(self) -> None:
        """End it."""
        if self._line is not None:
            self._line.close()
        self._process.terminate()
        self._process.wait(timeout=20)
