"""One warning to ten thousand held streams, beside mosquitto (QoS 1), nats-server and a bare C epoll loop.

A real central takes a signed warning through its API and pushes it to appliances that hold real streams over
loopback; the same C program listens to every server, so that listening costs each the same. Servers run on core 0,
the listeners on core 1 (`--unpinned` leaves it to the kernel). The time runs from before the request is sent (for
the peers: before the publish) to the last byte at each listener. Then reports of all are counted, TLS is measured,
and what may fail does: the server is killed in the midst of it, the database crashes and comes back, and everybody
comes back at once.

    python bench/fanout.py [--count 10000] [--shots 50] [--only ratios,receipts,tls,faults] [--keep] [--small]
"""

import argparse
import base64
import importlib.metadata
import json
import os
import platform
import signal
import statistics
import struct
import subprocess
import sys
import tempfile
import threading
import time
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from bench.parts import fanout_peers  # noqa: E402
from bench.parts.fanout_crowd import Crowd, compiled, spread  # noqa: E402
from bench.parts.fanout_ears import Ears  # noqa: E402
from bench.parts.fanout_house import (  # noqa: E402
    Running,
    Village,
    mark_of,
    payload_sha256,
)
from bench.parts.fanout_peers import Peer  # noqa: E402
from bench.parts.province_server import Server  # noqa: E402
from contract import codec, seal  # noqa: E402
from contract.documents import Kind, Receipt, Report, Sha256  # noqa: E402
from contract.requests import Request, authority_of, sign  # noqa: E402
from contract.seal import device_id, sha256  # noqa: E402
from provisioning import tls  # noqa: E402
from tests.central.setting import real_now  # noqa: E402

GAP_S = 0.5
EARS = 20
LANES = 64
PHRASE = b"only for this bench"
Figures = dict[str, object]


class Rig:
    """What every part needs: a folder, the programs, how many, and where they run."""

    def __init__(self, folder: Path, options: argparse.Namespace) -> None:
        self.folder = folder
        self.count: int = options.count
        self.shots: int = options.shots
        self._pins = not options.unpinned
        self.client = compiled("fanout_client", folder, "-lssl", "-lcrypto")
        self.floor = compiled("fanout_floor", folder)
        self.post = compiled("fanout_post", folder)

    def pin(self, pid: int, core: int) -> None:
        """Keep a process, all its threads, on one core."""
        if self._pins:
            for thread in Path(f"/proc/{pid}/task").iterdir():
                os.sched_setaffinity(int(thread.name), {core})

    def crowd(self, kind: str, port: int, tokens: Path | None, **more: bool) -> Crowd:
        """Return the listeners, connected."""
        return Crowd(
            self.client, kind, self.count, port, tokens, core=1 if self._pins else None, **more
        )


def summary(shots: list[dict[str, float]], missed: int, repeated: int) -> Figures:
    """Return the medians of all shots, the worst, and what went wrong."""
    return {
        **{k: round(statistics.median(s[k] for s in shots), 1) for k in shots[0]},
        "worst_of_all_shots_ms": max(s["slowest_ms"] for s in shots),
        "shots": len(shots),
        "missed": missed,
        "repeated": repeated,
    }


class Theirs:
    """A peer and its listeners."""

    def __init__(self, rig: Rig, name: str) -> None:
        self.peer = Peer(name, rig.folder, rig.floor)
        rig.pin(self.peer.pid, 0)
        before = self.peer.memory_bytes()
        self.crowd = rig.crowd(self.peer.kind, self.peer.port, None)
        time.sleep(1)
        self._kb = _kb(self.peer.memory_bytes() - before, rig)
        self._shots: list[dict[str, float]] = []
        self._missed = self._again = 0

    def shoot(self, village: Village) -> None:
        """Publish once, and note when it came to each."""
        paper = village.paper()
        self.crowd.arm(mark_of(paper))
        sent = self.peer.publish(paper)
        self.crowd.all_heard()
        came, again = self.crowd.take()
        self._missed, self._again = self._missed + came.count(0), self._again + again
        self._shots.append(spread([(at - sent) / 1e6 for at in came if at]))

    def figures(self) -> Figures:
        """Return what was measured."""
        return {
            **summary(self._shots, self._missed, self._again),
            "connected_ms": self.crowd.connected_ms,
            "kb_per_connection": self._kb,
        }

    def close(self) -> None:
        """End it."""
        self.crowd.close()
        self.peer.stop()


class Ours:
    """Central and its listeners; measured from the request, and from its commit."""

    def __init__(self, rig: Rig, village: Village, *, tls: bool = False) -> None:
        self._rig = rig
        village.last = ""
        self.server = Running(village)
        self.server.announce(village.alarm())
        rig.pin(self.server.pid, 0)
        time.sleep(1)
        self._before, used_s = self.server.memory_bytes(), self.server.cpu_s()
        self.crowd = rig.crowd("sse", self.server.port, village.token_file, tls=tls)
        _stands(self.server, rig.count)
        self._connecting_s = self.server.cpu_s() - used_s
        time.sleep(1)
        self._kb = _kb(self.server.memory_bytes() - self._before, rig)
        self._whole: list[dict[str, float]] = []
        self._pushed: list[dict[str, float]] = []
        self._missed = self._again = 0

    def shoot(self, village: Village) -> None:
        """Hand in a warning as a person does, and note when it came to each."""
        paper = village.alarm()
        self.crowd.arm(mark_of(paper))
        sent, committed = self.server.announce(paper)
        self.crowd.all_heard()
        came, again = self.crowd.take()
        self._missed, self._again = self._missed + came.count(0), self._again + again
        self._whole.append(spread([(at - sent) / 1e6 for at in came if at]))
        self._pushed.append(spread([(at - committed) / 1e6 for at in came if at]))

    def figures(self) -> Figures:
        """Return what was measured."""
        after = _kb(self.server.memory_bytes() - self._before, self._rig)
        return {
            "from_request": summary(self._whole, self._missed, self._again),
            "from_commit": summary(self._pushed, self._missed, self._again),
            "connected_ms": self.crowd.connected_ms,
            "connecting_cpu_s": round(self._connecting_s, 2),
            "kb_per_connection": self._kb,
            "kb_per_connection_after": after,
        }

    def close(self) -> None:
        """End it."""
        self.crowd.close()
        self.server.stop()


def beside(rig: Rig, village: Village) -> Figures:
    """Return everybody's figures: all are held at once and shoot in turn, so that what disturbs one disturbs all."""
    held: dict[str, Theirs | Ours] = {}
    try:
        for name in ("floor", "mosquitto", "nats"):
            held[name] = Theirs(rig, name)
        held["ours"] = Ours(rig, village)
        for _ in range(rig.shots):
            for one in held.values():
                one.shoot(village)
                time.sleep(GAP_S)
        return {name: one.figures() for name, one in held.items()}
    finally:
        for one in held.values():
            one.close()


def secured(rig: Rig) -> Figures:
    """Return our figures with TLS, by a certificate of the province's own authority."""
    ca, out = rig.folder / "ca", rig.folder / "tls"
    tls.make_authority(ca, "Bench", PHRASE, now=real_now())
    tls.make_server(ca, ["127.0.0.1"], PHRASE, out, now=real_now())
    files = {"tls_cert_file": str(out / "server.pem"), "tls_key_file": str(out / "server.key.pem")}
    village = Village(rig.folder / "secure", rig.count, **files)
    village.fill()
    central = Ours(rig, village, tls=True)
    try:
        for _ in range(rig.shots):
            central.shoot(village)
            time.sleep(GAP_S)
        return central.figures()
    finally:
        central.close()


def receipts(rig: Rig, village: Village) -> Figures:
    """Return how soon the signed reports of all are counted: one warning, everybody answers at once."""
    village.last = ""
    server = Running(village)
    try:
        server.person()
        rig.pin(server.pid, 0)
        crowd = rig.crowd("sse", server.port, village.token_file)
        try:
            paper = village.alarm()
            file = rig.folder / "requests"
            file.write_bytes(_reports(village, server, paper))
            crowd.arm(mark_of(paper))
            used_s = server.cpu_s()
            _, committed = server.announce(paper)
            words = [str(rig.post), str(file), str(server.port), str(LANES)]
            sending = subprocess.Popen(words, stdout=subprocess.PIPE, text=True)
            rig.pin(sending.pid, 1)
            counted, counted_s = 0, 0.0
            while counted < rig.count and counted_s < 60:
                time.sleep(0.25)
                states = server.person().get(f"/announcements/{village.last}").json()
                counted = states["verified"]
                counted_s = (time.monotonic_ns() - committed) / 1e9
            said, _ = sending.communicate(timeout=60)
            crowd.all_heard()
            came, _ = crowd.take()
        finally:
            crowd.close()
        used_s = server.cpu_s() - used_s
    finally:
        server.stop()
    taken, refused, _ = said.split()
    return {
        "counted": counted,
        "counted_within_s": round(counted_s, 1),
        "taken": int(taken),
        "refused": int(refused),
        "server_cpu_ms_each": round(used_s / rig.count * 1_000, 2),
        "slowest_to_hear_meanwhile_ms": spread([(at - committed) / 1e6 for at in came if at])[
            "slowest_ms"
        ],
        "missed": came.count(0),
    }


def _reports(village: Village, server: Running, paper: bytes) -> bytes:
    """Return the whole requests of all appliances that say they verified this warning, each signed by its own key."""
    made = []
    name = authority_of(server.url)
    receipt = Receipt(
        at=real_now(),
        kind=Kind.ANNOUNCEMENT,
        id=village.last,
        state="verified",
        sha256=Sha256(payload_sha256(paper)),
    )
    for key, token in zip(village.keys, village.tokens, strict=True):
        device = device_id(key.public)
        counter, previous = village.chains.get(device, (0, Sha256("0" * 64)))
        report = Report(
            device=device,
            counter=counter + 1,
            previous_sha256=previous,
            issued=real_now(),
            receipts=(receipt,),
        )
        payload = codec.encode(report)
        village.chains[device] = counter + 1, sha256(payload)
        body = seal.seal(Kind.REPORT, payload, [key])
        asked = Request(authority=name, path="/device/v1/reports", body=body)
        nonce = base64.b64encode(os.urandom(32)).decode()
        proof = sign(
            asked, keyid=device, created=int(time.time()), nonce=nonce, signature_of=key.sign
        )
        head = {
            "Host": name,
            "Authorization": f"Bearer {token}",
            **proof,
            "Content-Length": len(body),
        }
        lines = "".join(f"{k}: {v}\r\n" for k, v in head.items())
        whole = f"POST /device/v1/reports HTTP/1.1\r\n{lines}\r\n".encode() + body
        made.append(struct.pack("=I", len(whole)) + whole)
    return b"".join(made)


class Stage:
    """Two servers over one PostgreSQL: one holds the streams and is hurt, the other takes the warnings."""

    def __init__(self, rig: Rig, ears: int) -> None:
        self.rig = rig
        self.database = Server(rig.folder / "postgresql")
        self.database.start()
        port = fanout_peers.free_port()
        self.village = Village(
            rig.folder / "stage", rig.count, database=self.database.url, port=port
        )
        self.village.fill()
        self.other = self.village.config.with_name("other.toml")
        settings = self.village.config.read_text("utf-8")
        self.other.write_text(settings.replace(f"port = {port}", "port = 0"), "utf-8")
        self.holding = Running(self.village)
        self.taking = Running(self.village, config=self.other)
        self.taking.person()
        self.ears = Ears(self.village, self.taking, 0)
        self.ears = Ears(self.village, self.holding, ears)
        self.crowd = rig.crowd("sse", self.holding.port, self.village.token_file)
        _stands(self.holding, rig.count + ears)

    def told(self, committed: int, *, all_heard: bool) -> Figures:
        """Return who heard and how late."""
        time.sleep(3)
        came, again = self.crowd.take()
        heard = self.ears.heard(self.village.last)
        return {
            "all_heard": all_heard,
            "missed": came.count(0),
            "slowest_s": round((max(came) - committed) / 1e9, 2),
            "told_again_on_the_wire": again,
            "real_ears": sum(heard.values()),
            "missed_by_a_real_ear": heard[0],
            "doubled_at_a_real_ear": sum(many for times, many in heard.items() if times > 1),
        }

    def killed(self) -> Figures:
        """Kill the server that holds the streams when a part has heard; it is started again, as its unit would."""
        paper = self.village.alarm()
        self.crowd.arm(mark_of(paper))
        self.crowd.kill_at(self.holding.pid, self.rig.count * 3 // 10)
        _, committed = self.taking.announce(paper)
        self.holding.wait()
        before = self.crowd.take()[0]
        self.holding = Running(self.village)
        heard = self.crowd.all_heard(120)
        told = {
            "had_heard_when_killed": self.rig.count - before.count(0),
            **self.told(committed, all_heard=heard),
        }
        _stands(self.holding, self.rig.count + len(self.ears))
        return told

    def crashed(self) -> Figures:
        """Crash the database while a warning is handed in; the person tries again until it is taken."""
        paper = self.village.alarm()
        self.crowd.arm(mark_of(paper))
        tries, taken = 0, threading.Event()

        def hand_in() -> None:
            nonlocal tries
            while not taken.is_set():
                tries += 1
                answer = self.taking.person().post("/announcements", content=paper)
                if answer.status_code == 201:
                    taken.set()
                else:
                    time.sleep(0.2)

        handing = threading.Thread(target=hand_in)
        self.database.stop(signal.SIGQUIT)
        began = time.monotonic_ns()
        handing.start()
        time.sleep(1.5)
        self.database.start()
        handing.join(timeout=60)
        told = self.told(began, all_heard=self.crowd.all_heard(60))
        return {"tries_to_hand_in": tries, **told}

    def stormed(self) -> Figures:
        """Cut every connection at once, and warn while they come back."""
        _, refused_before, _ = self.crowd.state()
        used_s = self.holding.cpu_s()
        paper = self.village.alarm()
        self.crowd.arm(mark_of(paper))
        self.crowd.drop()
        began = time.monotonic_ns()
        time.sleep(3)
        _, committed = self.taking.announce(paper)
        heard = self.crowd.all_heard(120)
        came, _ = self.crowd.take()
        _, refused, _ = self.crowd.state()
        return {
            "warned_after_s": round((committed - began) / 1e9, 1),
            "all_back_after_s": round((max(came) - began) / 1e9, 1),
            "sent_away_for_a_while": refused - refused_before,
            "cpu_s": round(self.holding.cpu_s() - used_s, 2),
            **self.told(committed, all_heard=heard),
        }

    def close(self) -> None:
        """End everything."""
        self.crowd.close()
        self.ears.close()
        self.taking.stop()
        self.holding.stop()
        self.database.stop()


def faults(rig: Rig) -> Figures:
    """Return what came of each fault."""
    stage = Stage(rig, min(EARS, rig.count))
    try:
        return {
            "killed": stage.killed(),
            "database_crashed": stage.crashed(),
            "storm": stage.stormed(),
        }
    finally:
        stage.close()


def _stands(server: Running, count: int, within_s: float = 60) -> None:
    ends = time.monotonic() + within_s
    while server.streams() < count:
        assert time.monotonic() < ends, f"{server.streams()} of {count} stand"
        time.sleep(0.1)


def _kb(memory_bytes: int, rig: Rig) -> float:
    return round(memory_bytes / rig.count / 1_000, 2)


def ratios(figures: Figures) -> Figures:
    """Return our 99th percentile, from the request on, beside that of each peer."""
    mine = figures["ours"]
    assert isinstance(mine, dict)
    told: Figures = {}
    for name, bar in (("mosquitto", 0.5), ("nats", 0.8), ("floor", 1.6)):
        peer = figures.get(name)
        if isinstance(peer, dict):
            ratio = mine["from_request"]["p99_ms"] / peer["p99_ms"]
            pushed = mine["from_commit"]["p99_ms"] / peer["p99_ms"]
            told[name] = {"p99": round(ratio, 2), "p99_from_commit": round(pushed, 2), "bar": bar}
    return told


def machine() -> Figures:
    """Return what it was measured on."""
    names = ("uvloop", "uvicorn", "httptools", "sqlalchemy", "cryptography")
    return {
        "machine": f"{platform.machine()} x {os.cpu_count()}, {platform.platform()}",
        "python": platform.python_version(),
        "versions": {
            **{name: importlib.metadata.version(name) for name in names},
            **{name: fanout_peers.version_of(name) for name in fanout_peers.PACKAGES},
        },
        "when": f"{datetime.now(UTC):%Y-%m-%dT%H:%MZ}",
        "load_before_1_5_15_min": [round(load, 2) for load in os.getloadavg()],
    }


def _options() -> argparse.Namespace:
    words = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    words.add_argument("--count", type=int, default=10_000)
    words.add_argument("--shots", type=int, default=50)
    words.add_argument("--only", default="ratios,receipts,tls,faults", help="which parts, by comma")
    words.add_argument(
        "--unpinned", action="store_true", help="let the kernel place servers and listeners"
    )
    words.add_argument(
        "--small", action="store_true", help="200 streams, 5 shots: whether the rig itself stands"
    )
    words.add_argument(
        "--keep",
        action="store_true",
        help="write bench/results/fanout.json, beside what stands there",
    )
    chosen = words.parse_args()
    if chosen.small:
        chosen.count, chosen.shots = 200, 5
    return chosen


def main() -> None:
    """Measure, and print one object; with `--keep` also write it under bench/results."""
    options = _options()
    parts = options.only.split(",")
    fanout_peers.install()
    figures: Figures = {**machine(), "streams": options.count, "pinned": not options.unpinned}
    with tempfile.TemporaryDirectory(prefix="bench-fanout-", dir="/var/tmp") as name:
        folder = Path(name)
        folder.chmod(0o755)  # the database runs as somebody else
        rig = Rig(folder, options)
        village = Village(folder / "village", options.count)
        village.fill()
        if "ratios" in parts:
            figures |= beside(rig, village)
            figures["ratios"] = ratios(figures)
            print(figures["ours"], figures["ratios"], file=sys.stderr)
        if "receipts" in parts:
            figures["receipts"] = receipts(rig, village)
            print(figures["receipts"], file=sys.stderr)
        if "tls" in parts:
            figures["tls"] = secured(rig)
            print(figures["tls"], file=sys.stderr)
        if "faults" in parts:
            figures["faults"] = faults(rig)
    kept = ROOT / "bench" / "results" / "fanout.json"
    if options.keep and kept.exists() and set(parts) != {"ratios", "receipts", "tls", "faults"}:
        figures = {**json.loads(kept.read_text("utf-8")), **figures}
    text = json.dumps(figures, indent=1)
    print(text)
    if options.keep:
        kept.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
