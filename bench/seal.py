"""What the seal costs: verifying a document of 5 kB, admitting it, and signing 10,000 of them.

Three minutes at most, one core. The bar: 300 µs for verifying a 5 kB document (median).

    python bench/seal.py [--keep]

With `--keep` the figures go to `bench/results/seal.json`.
"""

import argparse
import json
import os
import platform
import statistics
import sys
import time
from collections.abc import Callable
from datetime import time as wall_time
from datetime import timedelta
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from contract import codec, seal, trust  # noqa: E402
from contract.documents import Daily, Kind, LineIn, Slot  # noqa: E402
from contract.testing import NOW, Authority, device_key  # noqa: E402

RESULT = ROOT / "bench" / "results" / "seal.json"
ROUNDS = 5_000
SIGNINGS = 10_000
WANTED_BYTES = 5_000
KEY = device_key()
DEVICE = seal.device_id(KEY.public)


def slots(count: int) -> list[Slot]:
    """Return so many daily relays of the line input."""
    return [
        Slot(
            id=f"s{n}",
            title="Tiếp sóng đài xã",
            recurrence=Daily(),
            start=wall_time(5, 30),
            window_s=900,
            items=(),
            live=LineIn(),
        )
        for n in range(count)
    ]


def programme(authority: Authority) -> bytes:
    """Return a sealed programme whose envelope has about 5 kB."""
    count = 1
    while len(sealed := authority.programme(DEVICE, slots(count), version=count)) < WANTED_BYTES:
        count += 1
    return sealed


def microseconds(what: Callable[[], object], rounds: int = ROUNDS) -> dict[str, float]:
    """Return median and p99 of one call."""
    for _ in range(200):
        what()
    took: list[int] = []
    for _ in range(rounds):
        begun = time.perf_counter_ns()
        what()
        took.append(time.perf_counter_ns() - begun)
    took.sort()
    return {
        "median_us": round(statistics.median(took) / 1_000, 1),
        "p99_us": round(took[int(len(took) * 0.99)] / 1_000, 1),
    }


def figures() -> dict[str, Any]:
    """Measure and return all of it."""
    authority = Authority.make(seed="bench")
    state = trust.TrustState.fresh(authority.keyring, KEY.public, NOW - timedelta(days=30))
    at = trust.TrustedNow(NOW, "trusted")
    state = trust.admit(state, authority.assign(KEY.public), at).state
    sealed = programme(authority)
    payload = seal.read_envelope(sealed).payload
    signers = [
        key.key for key in authority.keyring.keys if key.role is trust.role_of(Kind.PROGRAMME)
    ]
    key = authority.keys[trust.role_of(Kind.PROGRAMME)]
    message = seal.pae(codec.payload_type(Kind.PROGRAMME), payload)
    signature = key.sign(message)
    documents = [payload.replace(b'"version":', b'"version":%d' % n, 1) for n in range(SIGNINGS)]
    begun_s = time.perf_counter()
    for document in documents:
        seal.seal(Kind.PROGRAMME, document, [key])
    signing_s = time.perf_counter() - begun_s
    return {
        "machine": f"{platform.machine()} x {os.cpu_count()}, Python {platform.python_version()}",
        "load_before": [round(load, 1) for load in os.getloadavg()],
        "envelope_bytes": len(sealed),
        "payload_bytes": len(payload),
        "verify_envelope": microseconds(lambda: seal.signers(seal.read_envelope(sealed), signers)),
        "verify_and_parse": microseconds(
            lambda: (
                seal.signers(seal.read_envelope(sealed), signers),
                codec.decode(Kind.PROGRAMME, payload),
            )
        ),
        "admit": microseconds(lambda: trust.admit(state, sealed, at)),
        "verify_signature_alone": microseconds(
            lambda: seal.verify_raw(key.public, message, signature)
        ),
        "sign_10000_s": round(signing_s, 2),
        "sign_each_us": round(signing_s / SIGNINGS * 1e6, 1),
    }


def main() -> None:
    """Print the figures, and keep them where that is wanted."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--keep", action="store_true", help=f"write {RESULT.relative_to(ROOT)}")
    asked = parser.parse_args()
    told = json.dumps(figures(), indent=1)
    print(told)
    if asked.keep:
        RESULT.write_text(told + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
