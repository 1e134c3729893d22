"""What signed requests cost: one proof alone, and a real central that takes reports, by its own processor time.

A real server process with SQLite; appliances with sessions send reports with health over kept-open connections, some at
a time, as fast as they are answered. What counts is the processor time of the server, not of the senders beside it.

    python bench/signed.py [--appliances 100] [--rounds 20] [--keep]
"""

import argparse
import base64
import http.client
import json
import os
import platform
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from contract import codec, seal, trust  # noqa: E402
from contract.documents import Health, Kind, Rank, Report, Sha256  # noqa: E402
from contract.requests import Request, authority_of, sign, verify  # noqa: E402
from contract.seal import SigningKey, device_id, sha256  # noqa: E402
from contract.testing import Authority  # noqa: E402
from tests.central.serving import Served, open_session  # noqa: E402
from tests.central.setting import HAMLET, real_now, write_site  # noqa: E402

SENDERS = 16
MINUTE_REPORTS = 10_000


def health() -> Health:
    """Return the health of an appliance on a quiet day."""
    return Health(
        at=real_now(),
        uptime_s=86_400,
        clock="trusted",
        on_air=Rank.SILENCE,
        why="Không có gì trong lịch lúc này",
        volume_pct=80,
        zones_on=(),
        programme_version=12,
        programme_stale=False,
        contents_missing=0,
        sound_path_ok=True,
        storage_free_bytes=12_000_000_000,
        software="0.1.0",
    )


class Loa:
    """An appliance: its key, its session, the chain of its reports, its connection."""

    def __init__(self, served: Served) -> None:
        self.key = served.assign(HAMLET)
        self.device = device_id(self.key.public)
        with httpx.Client(base_url=f"{served.url}/device/v1", trust_env=False) as client:
            self.token = open_session(client, self.key)
        self._authority = authority_of(served.url)
        self._line = http.client.HTTPConnection(served.url.removeprefix("http://"), timeout=30)
        self._counter, self._previous = 0, Sha256("0" * 64)

    def next(self) -> tuple[bytes, dict[str, str]]:
        """Return the next report and the headers of its request, signed beforehand."""
        self._counter += 1
        report = Report(
            device=self.device,
            counter=self._counter,
            previous_sha256=self._previous,
            issued=real_now(),
            health=health(),
        )
        payload = codec.encode(report)
        self._previous = sha256(payload)
        body = seal.seal(Kind.REPORT, payload, [self.key])
        asked = Request(authority=self._authority, path="/device/v1/reports", body=body)
        proof = sign(
            asked,
            keyid=self.device,
            created=int(time.time()),
            nonce=base64.b64encode(os.urandom(32)).decode(),
            signature_of=self.key.sign,
        )
        return body, {"Authorization": f"Bearer {self.token}", **proof}

    def send(self, body: bytes, headers: dict[str, str]) -> float:
        """Send a report and return how long it took, in ms."""
        begun_s = time.perf_counter()
        self._line.request("POST", "/device/v1/reports", body, headers)
        answer = self._line.getresponse()
        said = answer.read()
        assert answer.status == 200, said
        return (time.perf_counter() - begun_s) * 1_000

    def close(self) -> None:
        """Hang up."""
        self._line.close()


def us_each(work: dict[str, Callable[[], object]], rounds: int = 2_000) -> dict[str, float]:
    """Return the time of each of some calls, in microseconds: the median of a few runs."""
    told = {}
    for name, call in work.items():
        runs = []
        for _ in range(5):
            begun_s = time.process_time()
            for _ in range(rounds):
                call()
            runs.append((time.process_time() - begun_s) / rounds * 1e6)
        told[name] = round(statistics.median(runs), 1)
    return told


def alone() -> dict[str, float]:
    """Return the cost of signing and proving one request with a report, and of the report's own seal."""
    key = SigningKey.generate()
    device = device_id(key.public)
    report = Report(
        device=device,
        counter=1,
        previous_sha256=Sha256("0" * 64),
        issued=real_now(),
        health=health(),
    )
    body = seal.seal(Kind.REPORT, codec.encode(report), [key])
    asked = Request(authority="loa.tinh.vn", path="/device/v1/reports", body=body)
    nonce = base64.b64encode(bytes(32)).decode()

    def signed() -> dict[str, str]:
        return sign(asked, keyid=device, created=1, nonce=nonce, signature_of=key.sign)

    headers = signed()
    return us_each(
        {
            "sign_request_us": signed,
            "prove_request_us": lambda: verify(asked, headers.items(), lambda _: key.public),
            "verify_report_us": lambda: trust.verify_report(body, key.public),
        }
    )


def cpu_s(pid: int) -> float:
    """Return the processor time of a process so far."""
    fields = Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def whole(appliances: int, rounds: int) -> dict[str, float]:
    """Return what one report costs a real central, and the share of a core at 10,000 a minute."""
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        authority = Authority.make("dt", now=real_now())
        served = Served(write_site(Path(folder), authority), authority)
        served.prepare()
        served.start()
        assert served.process is not None
        village = [Loa(served) for _ in range(appliances)]
        took: list[float] = []
        used_s = 0.0
        with ThreadPoolExecutor(SENDERS) as senders:
            for turn in range(rounds + 1):
                ready = [loa.next() for loa in village]
                before_s = cpu_s(served.process.pid)
                told = list(senders.map(lambda loa, sent: loa.send(*sent), village, ready))
                if turn:  # the first round warms up
                    used_s += cpu_s(served.process.pid) - before_s
                    took += told
        for loa in village:
            loa.close()
        served.stop()
    each_ms = used_s / len(took) * 1_000
    return {
        "reports": len(took),
        "server_cpu_ms_each": round(each_ms, 3),
        "core_pct_at_10000_a_minute": round(each_ms * MINUTE_REPORTS / 60_000 * 100, 1),
        "answer_ms_p50": round(statistics.median(took), 1),
        "answer_ms_p99": round(statistics.quantiles(took, n=100)[98], 1),
    }


def main() -> None:
    """Print one object; with `--keep` also write it under bench/results."""
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--appliances", type=int, default=100)
    words.add_argument("--rounds", type=int, default=20)
    words.add_argument("--keep", action="store_true", help="write bench/results/signed.json")
    chosen = words.parse_args()
    figures = {
        "machine": f"{platform.machine()} x {os.cpu_count()}, {platform.platform()}",
        "python": platform.python_version(),
        "alone": alone(),
        "central": whole(chosen.appliances, chosen.rounds),
    }
    text = json.dumps(figures, indent=2)
    print(text)
    if chosen.keep:
        (ROOT / "bench" / "results" / "signed.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
