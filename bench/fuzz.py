"""A million damaged envelopes, keyrings, requests, chains and codes: each is refused in words or is the genuine thing.

The cases are drawn from a seed, which is printed; the readers and their laws are in `tests/contract/fuzz_targets.py`.
The first case that breaks a law ends the run with what makes it again. Minutes, on all cores.

    python bench/fuzz.py [--cases 1000000] [--seed WORD] [--processes 2] [--keep]
    python bench/fuzz.py --again "TARGET" "SEED"

With `--keep` the figures go to `bench/results/fuzz.json`.
"""

import argparse
import json
import multiprocessing
import os
import platform
import resource
import secrets
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests.contract.fuzz_targets import TARGETS  # noqa: E402
from tests.contract.fuzzing import Target, try_case  # noqa: E402

RESULT = ROOT / "bench" / "results" / "fuzz.json"
CHUNK = 5_000
MOST_S = 5.0  # no case is larger than some kilobytes: one that takes longer is a fault, also on a busy machine


def run_chunk(task: tuple[str, str, int, int]) -> tuple[str, Counter[str], float, int]:
    """Run cases `begin` to `end` of one target; return what became of them, the slowest, and the memory held (kB)."""
    name, seed, begin, end = task
    target = by_name(name)
    words: Counter[str] = Counter()
    slowest_s = 0.0
    for number in range(begin, end):
        tried = try_case(target, f"{seed}:{number}")
        words[tried.word] += 1
        slowest_s = max(slowest_s, tried.took_s)
        assert tried.took_s < MOST_S, f"{name}, seed '{seed}:{number}' took {tried.took_s:.1f} s"
    return name, words, slowest_s, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def by_name(name: str) -> Target:
    """Return the target of this name."""
    return next(target for target in TARGETS if target.name == name)


def chunks(cases: int, seed: str) -> list[tuple[str, str, int, int]]:
    """Return the work, shared out by the targets' weights."""
    whole = sum(target.weight for target in TARGETS)
    return [
        (target.name, seed, begin, min(begin + CHUNK, share))
        for target in TARGETS
        for share in [-(-cases * target.weight // whole)]
        for begin in range(0, share, CHUNK)
    ]


def figures(cases: int, seed: str, processes: int) -> dict[str, Any]:
    """Run all of it and return the figures."""
    begun_s = time.monotonic()
    found: dict[str, dict[str, Any]] = {}
    first_kb = most_kb = 0
    with multiprocessing.Pool(processes) as pool:
        for name, words, slowest_s, held_kb in pool.imap_unordered(run_chunk, chunks(cases, seed)):
            row = found.setdefault(name, {"cases": 0, "refused": 0, "taken": 0, "slowest_ms": 0.0})
            row["cases"] += sum(words.values())
            row["refused"] += words["refused"]
            row["taken"] += words["taken"]
            row["slowest_ms"] = max(row["slowest_ms"], round(slowest_s * 1_000, 1))
            first_kb, most_kb = first_kb or held_kb, max(most_kb, held_kb)
    took_s = time.monotonic() - begun_s
    done = sum(row["cases"] for row in found.values())
    return {
        "machine": f"{platform.machine()} x {os.cpu_count()}, Python {platform.python_version()}",
        "seed": seed,
        "cases": done,
        "took_s": round(took_s),
        "cases_per_s": round(done / took_s),
        "broken": 0,
        "memory_after_first_chunk_mb": round(first_kb / 1_000),
        "memory_at_most_mb": round(most_kb / 1_000),
        "targets": {name: found[name] for name in sorted(found)},
    }


def main() -> None:
    """Run the cases asked for, print the figures, and keep them where that is wanted."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--cases", type=int, default=1_000_000)
    parser.add_argument("--seed", default=secrets.token_hex(4))
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--keep", action="store_true", help=f"write {RESULT.relative_to(ROOT)}")
    parser.add_argument("--again", nargs=2, metavar=("TARGET", "SEED"), help="one case once more")
    asked = parser.parse_args()
    if asked.again:
        print(try_case(by_name(asked.again[0]), asked.again[1]))
        return
    print(f"seed {asked.seed}", flush=True)
    told = json.dumps(figures(asked.cases, asked.seed, asked.processes), indent=1)
    print(told)
    if asked.keep:
        RESULT.write_text(told + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
