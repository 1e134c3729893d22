"""The edge's store beside TinyDB's own JSONStorage: what is left after kill -9 and injected faults, and the cost.

Bounded: a minute or so. Kills: a child writes numbered facts and is killed at a random moment; then the file is
opened as a new start would, and must hold at least the last number acknowledged. Faults: the bytes of a
write reach the disk only up to a point (a power cut), or the disk is full in the midst of a write.

    python bench/store.py [--kills 150]
"""

import argparse
import json
import os
import random
import resource
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from tinydb import Query, TinyDB

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from edge.adapters.ledger import TwoGenerations  # noqa: E402

BALLAST = 400  # facts beside the one that is written: about 90 kB, as an appliance has


def open_ours(directory: Path) -> TinyDB:
    """Open our storage."""
    return TinyDB(directory, "facts", storage=TwoGenerations)


def open_json(directory: Path) -> TinyDB:
    """Open TinyDB's own storage."""
    directory.mkdir(exist_ok=True)
    return TinyDB(directory / "facts.json")


STORES: dict[str, Callable[[Path], TinyDB]] = {"JSONStorage": open_json, "ours": open_ours}


def fill(database: TinyDB) -> None:
    """Write the ballast and the first number."""
    database.insert_multiple({"name": f"b{n}", "value": "v" * 200} for n in range(BALLAST))
    database.upsert({"name": "number", "value": 0}, Query().name == "number")


def read_number(store: str, directory: Path) -> int | None:
    """Return the number as a new start reads it, or None when it cannot or when ballast is missing."""
    try:
        with STORES[store](directory) as database:
            if len(database) != BALLAST + 1:
                return None
            return int(database.search(Query().name == "number")[0]["value"])
    except (ValueError, OSError, LookupError, TypeError):
        return None


def write_on(store: str, directory: Path) -> None:
    """Write number after number, each said when it is on disk; runs until killed."""
    database = STORES[store](directory)
    number = int(database.search(Query().name == "number")[0]["value"])
    draw = random.Random(number)  # noqa: S311  lengths, not secrets
    os.write(1, b"ready\n")
    while True:
        number += 1
        tail = "t" * draw.randrange(3_000)  # lengths go up and down, as real facts do
        database.upsert({"name": "number", "value": number, "tail": tail}, Query().name == "number")
        os.write(1, b"%d\n" % number)


def kill_9(store: str, kills: int) -> tuple[int, int]:
    """Return how often the store was unreadable, and how often an acknowledged number was lost."""
    unreadable = lost = 0
    draw = random.Random(1)  # noqa: S311  moments, not secrets
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name) / "s"
        with STORES[store](directory) as database:
            fill(database)
        for _ in range(kills):
            command = [sys.executable, __file__, "--child", store, str(directory)]
            with subprocess.Popen(command, stdout=subprocess.PIPE) as child:
                assert child.stdout is not None
                child.stdout.readline()
                time.sleep(draw.random() * 0.05)
                child.send_signal(signal.SIGKILL)
                said = [int(line) for line in child.stdout.read().split() if line.isdigit()]
            number = read_number(store, directory)
            if number is None:
                unreadable += 1
                shutil.rmtree(directory)
                with STORES[store](directory) as database:
                    fill(database)
            elif said[:-1] and number < said[-2]:
                lost += 1
    return unreadable, lost


def cut_writes(store: str) -> tuple[int, int]:
    """Cut the newest write at every 997th byte; return cuts, and after how many no number could be read.

    JSONStorage writes over its only file, so a cut leaves the new head and the old tail.
    """
    bad = cuts = 0
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name) / "s"
        with STORES[store](directory) as database:
            fill(database)
            before = {p.name: p.read_bytes() for p in directory.iterdir()}
            number = Query().name == "number"
            database.upsert({"name": "number", "value": 1, "tail": "t" * 900}, number)
        after = {p.name: p.read_bytes() for p in directory.iterdir()}
        changed = next(n for n in after if after[n] != before.get(n))
        for at in range(0, len(after[changed]), 997):
            for path in directory.iterdir():
                path.unlink()
            for file, data in after.items():
                (directory / file).write_bytes(data)
            overwritten = before.get(changed, b"") if store == "JSONStorage" else b""
            (directory / changed).write_bytes(after[changed][:at] + overwritten[at:])
            cuts += 1
            bad += read_number(store, directory) is None
    return cuts, bad


def full_disk(store: str) -> bool:
    """Return whether a write that meets a full disk leaves the store readable."""
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name) / "s"
        with STORES[store](directory) as database:
            fill(database)
            limits = resource.getrlimit(resource.RLIMIT_FSIZE)
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, limits[1]))
            try:
                database.upsert({"name": "number", "value": 1}, Query().name == "number")
            except OSError:
                pass
            finally:
                resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        return read_number(store, directory) is not None


def cost_ms(store: str, writes: int = 100) -> tuple[float, float]:
    """Return median and 99th percentile of one acknowledged write, in ms."""
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name) / "s"
        took: list[float] = []
        with STORES[store](directory) as database:
            fill(database)
            for number in range(writes):
                begun_s = time.perf_counter()
                fact = {"name": "number", "value": number}
                database.upsert(fact, Query().name == "number")
                took.append((time.perf_counter() - begun_s) * 1_000)
        return statistics.median(took), statistics.quantiles(took, n=100)[98]


def main() -> None:
    """Print one line for each store."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=150)
    parser.add_argument("--child", nargs=2)
    chosen = parser.parse_args()
    if chosen.child:
        write_on(chosen.child[0], Path(chosen.child[1]))
    for store in STORES:
        unreadable, lost = kill_9(store, chosen.kills)
        cuts, bad = cut_writes(store)
        median, tail = cost_ms(store)
        figures = {
            "store": store,
            "kills": chosen.kills,
            "unreadable": unreadable,
            "acknowledged_lost": lost,
            "cuts": cuts,
            "unreadable_after_cut": bad,
            "survives_full_disk": full_disk(store),
            "write_ms_p50": round(median, 1),
            "write_ms_p99": round(tail, 1),
        }
        print(json.dumps(figures))


if __name__ == "__main__":
    main()
