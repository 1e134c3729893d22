"""The stores under power cuts, dying cards, kills and failing calls; TinyDB's own storage beside ours.

A writer does numbered steps on a real ext4 on a loop device, on a disk that records each write and flush. Each
cut takes a moment of that record, leaves what a card that honours flushes may leave (all before the last flush;
after it nothing, everything, or any part, torn at blocks), mounts it (which replays the journal) and opens it
as a new start would: all that had been held for done must be there. Then the same with cards that die in the
midst of writing, with kill -9, and with each system call of each step failing in turn.

    python bench/power_cut.py [--cuts 1000] [--cards 20] [--kills 100]

Cuts and dying cards need root, /dev/fuse and loop devices; elsewhere that part says so and is left out.
"""

import argparse
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import product
from pathlib import Path
from typing import Final

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from bench.parts.brittle import Brittle, Fault  # noqa: E402
from bench.parts.recorded_disk import Entry, Flushed, RecordedDisk, Said, Written, cuts  # noqa: E402
from bench.parts.stores import KINDS, STORES, Verdict, write_on  # noqa: E402

DISK_BYTES: Final = 24 << 20
WAYS: Final = ("defaults", "data=writeback,noauto_da_alloc")
STEPS_LIMIT_S: Final = 60.0
STEPS: Final = 400
TRIES_ON_A_DEAD_CARD: Final = 12


class NotHere(Exception):
    """This machine does not let us do that; the sentence says what is missing."""


def make_disk(folder: Path) -> bytes:
    """Return the bytes of an empty ext4."""
    file = folder / "empty"
    file.touch()
    os.truncate(file, DISK_BYTES)
    tidy = "lazy_itable_init=0,lazy_journal_init=0,nodiscard"
    command = ["mkfs.ext4", "-q", "-F", "-J", "size=4", "-E", tidy, str(file)]
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL)
    return file.read_bytes()


@contextmanager
def mounted(disk: Path, at: Path, way: str) -> Iterator[bool]:
    """Mount the file system in `disk`; gives whether that was possible."""
    at.mkdir(exist_ok=True)
    options = f"loop,noatime,{way}"
    told = subprocess.run(
        ["mount", "-t", "ext4", "-o", options, disk, at], capture_output=True, check=False
    )
    try:
        yield told.returncode == 0
    finally:
        if told.returncode == 0:
            subprocess.run(["umount", at], check=True)


@contextmanager
def writer(store: str, home: Path, begin: int, say: int) -> Iterator[subprocess.Popen[bytes]]:
    """Run a writer of `store` that says its steps on `say`; it is killed in the end."""
    command = [sys.executable, __file__, "--child", store, str(home), str(begin), str(say)]
    with subprocess.Popen(command, pass_fds=[say], stdin=subprocess.DEVNULL) as child:
        try:
            yield child
        finally:
            child.send_signal(signal.SIGKILL)


def recorded(
    store: str, folder: Path, way: str, steps: int, fails_after: int | None = None
) -> tuple[bytes, list[Entry]]:
    """Let a writer do `steps` on a recorded disk, or as many as a dying one allows; return disk and record."""
    try:
        empty = make_disk(folder)
        disk = RecordedDisk(empty, folder / "served", fails_after)
        with disk, mounted(disk.path, folder / "card", way) as there:
            if not there:
                raise NotHere("the file system cannot be mounted on a loop device")
            with writer(store, folder / "card" / "home", 1, disk.say) as child:
                _wait(disk, child, steps)
            disk.note()
            return empty, list(disk.record)
    except (OSError, subprocess.SubprocessError) as fault:
        raise NotHere(f"no recorded disk: {fault}") from fault


def _wait(disk: RecordedDisk, child: subprocess.Popen[bytes], steps: int) -> None:
    """Wait until the writer has done its steps, has given up, or has taken too long."""
    limit_s = time.monotonic() + STEPS_LIMIT_S
    seen = 0
    while child.poll() is None and time.monotonic() < limit_s:
        time.sleep(0.02)
        disk.note()
        said = [entry.step for entry in disk.record[seen:] if isinstance(entry, Said)]
        seen = len(disk.record)
        if said and max(said) >= steps:
            return


def judged(store: str, disk: bytes, said: int, folder: Path, name: str) -> tuple[Verdict, str]:
    """Mount what is left, as a start after the cut does, and return what the store's check says."""
    file = folder / name
    file.write_bytes(disk)
    try:
        with mounted(file, folder / "after", "defaults") as there:
            if not there:
                return Verdict.UNREADABLE, "the file system cannot be mounted"
            return STORES[store].check(folder / "after" / "home", said)
    finally:
        file.unlink()


def cut_power(store: str, count: int, folder: Path, seed: int) -> dict[str, object]:
    """Cut the power `count` times, spread over both ways of mounting; return the figures."""
    draw = random.Random(seed)  # noqa: S311  moments, not secrets
    found: Counter[Verdict] = Counter()
    examples: list[str] = []
    writes = flushes = steps = 0
    for way in WAYS:
        empty, record = recorded(store, folder, way, max(48, min(STEPS, count)))
        writes += sum(isinstance(entry, Written) for entry in record)
        flushes += sum(isinstance(entry, Flushed) for entry in record)
        steps += max((entry.step for entry in record if isinstance(entry, Said)), default=0)
        begun = next((i for i, entry in enumerate(record) if isinstance(entry, Said)), None)
        if begun is None:
            msg = f"the writer of {store} did not begin within {STEPS_LIMIT_S} s"
            raise RuntimeError(msg)
        moments = [draw.randrange(begun + 1, len(record) + 1) for _ in range(count // len(WAYS))]
        for number, cut in enumerate(cuts(empty, record, moments, draw)):
            verdict, why = judged(store, cut.disk, cut.said, folder, f"cut-{number}")
            found[verdict] += 1
            if why and len(examples) < 3:
                examples.append(f"{way}: {why}")
    return {
        "cuts": found.total(),
        "unreadable": found[Verdict.UNREADABLE],
        "lost": found[Verdict.LOST],
        "steps": steps,
        "writes": writes,
        "flushes": flushes,
        "examples": examples,
    }


def die(store: str, cards: int, folder: Path, seed: int) -> dict[str, object]:
    """Let `cards` die in the midst of writing; what was held for done, before and after, must be there."""
    draw = random.Random(seed)  # noqa: S311  moments, not secrets
    found: Counter[Verdict] = Counter()
    examples: list[str] = []
    for number in range(cards):
        fails_after = draw.randrange(1_500)
        empty, record = recorded(store, folder, WAYS[0], 10**6, fails_after)
        [last] = cuts(empty, record, [len(record)], draw)
        verdict, why = judged(store, last.disk, last.said, folder, f"card-{number}")
        found[verdict] += 1
        if why and len(examples) < 3:
            examples.append(why)
    return {
        "cards": found.total(),
        "unreadable": found[Verdict.UNREADABLE],
        "falsely_done": found[Verdict.LOST],
        "examples": examples,
    }


def kill(store: str, kills: int, folder: Path, seed: int) -> dict[str, object]:
    """Kill the writer -9 at random moments, on one home that goes on; return the figures."""
    draw = random.Random(seed)  # noqa: S311  moments, not secrets
    found: Counter[Verdict] = Counter()
    home, done = folder / "home", 0
    for _ in range(kills):
        heard, say = os.pipe()
        with os.fdopen(heard, "rb") as words:
            with writer(store, home, done + 1, say):
                os.close(say)
                words.readline()
                time.sleep(draw.random() * 0.06)
            done = max([done, *(int(line) for line in words if line.endswith(b"\n"))])
        verdict, _ = STORES[store].check(home, done)
        found[verdict] += 1
        if verdict is not Verdict.WHOLE:
            shutil.rmtree(home)
            done = 0
    return {
        "kills": kills,
        "unreadable": found[Verdict.UNREADABLE],
        "lost": found[Verdict.LOST],
    }


def fail_calls(folder: Path, faults: tuple[Fault, ...] = tuple(Fault)) -> dict[str, object]:
    """Let each system call of each kind of step of ours fail in every way, once and for good.

    Afterwards the same stores must go on (unless the process ended), and a new start must find what was done.
    """
    before = folder / "before"
    first = STORES["ours"](before)
    begin = 13 * KINDS
    for number in range(1, begin):
        first.step(number)
    found: Counter[Verdict] = Counter()
    examples: list[str] = []
    calls = unreported = 0
    for number in range(begin, begin + KINDS):
        names = _calls(before, folder / "counted", number)
        calls += len(names)
        for (at, name), fault, times in product(enumerate(names), faults, (1, 10**6)):
            if (fault is Fault.SHORT and name != "write") or (fault is Fault.GONE and times > 1):
                continue  # nothing that the other faults do not show
            with tempfile.TemporaryDirectory(dir=folder) as hurt:
                brittle = Brittle(at, fault, times)
                failed, words = _hurt_step(before, Path(hurt) / "home", number, brittle)
            found.update(verdict for verdict, _ in words)
            unreported += not failed and times > 1 and name in {"write", "fsync"}
            what = f"step {number % KINDS} {name} {at} {fault.name} x{times}"
            examples += [f"{what}: {why}" for verdict, why in words if verdict is not Verdict.WHOLE]
        first.step(number)
    return {
        "calls": calls,
        "checks": found.total(),
        "unreadable": found[Verdict.UNREADABLE],
        "lost": found[Verdict.LOST],
        "unreported": unreported,
        "examples": examples[:5],
    }


def _hurt_step(
    before: Path, home: Path, number: int, brittle: Brittle
) -> tuple[bool, list[tuple[Verdict, str]]]:
    """Do a step on a copy of `before` while calls fail; return whether it said so, and what is found afterwards."""
    store = STORES["ours"]
    writing = store(shutil.copytree(before, home))
    failed = True
    with brittle:
        try:
            writing.step(number)
            failed = False
        except OSError:
            pass
    left = shutil.copytree(home, home.with_name("left"))
    words = [store.check(left, number - failed)]
    if not brittle.gone:
        writing.step(number)
        words.append(store.check(home, number))
    return failed, words


def _calls(before: Path, home: Path, number: int) -> list[str]:
    """Return the calls that change a disk in this step."""
    writing = STORES["ours"](shutil.copytree(before, home))
    with Brittle() as counting:
        writing.step(number)
    shutil.rmtree(home)
    return counting.names


def may_mount() -> bool:
    """Return whether this process may have mounts of its own."""
    try:
        told = subprocess.run(["unshare", "--mount", "true"], capture_output=True, check=False)
    except OSError:
        return False
    return os.geteuid() == 0 and told.returncode == 0


def memory_here(folder: Path, *, apart: bool) -> None:
    """Give this process and its children a memory disk at `folder` that vanishes with them. Raises `NotHere`."""
    if not apart or not Path("/dev/fuse").exists():
        raise NotHere("power cuts need root, mounts of one's own, /dev/fuse and loop devices")
    told = subprocess.run(
        ["mount", "-t", "tmpfs", "none", folder], capture_output=True, check=False, text=True
    )
    if told.returncode:
        raise NotHere(f"no mount is allowed here: {told.stderr.strip()}")


def main() -> None:
    """Print one line for each store and part."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cuts", type=int, default=1_000)
    parser.add_argument("--cards", type=int, default=20)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--stores", default=",".join(STORES))
    parser.add_argument("--seed", type=int, default=2026)
    parser.add_argument("--no-calls", action="store_true", help="leave out the failing calls")
    parser.add_argument("--child", nargs=4, help=argparse.SUPPRESS)
    parser.add_argument("--apart", action="store_true", help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.child:
        store, home, begin, say = chosen.child
        write_on(store, Path(home), int(begin), int(say), TRIES_ON_A_DEAD_CARD)
        return
    if not chosen.apart and may_mount():  # mounts of ours are nobody else's, and end with us
        apart = ["unshare", "--mount", sys.executable, __file__, "--apart", *sys.argv[1:]]
        os.execvp(apart[0], apart)  # noqa: S606
    stores = chosen.stores.split(",")
    with tempfile.TemporaryDirectory(prefix="power-cut-") as name:
        if chosen.cuts or chosen.cards:
            on_cards(stores, chosen, Path(name))
    for store in stores:
        with tempfile.TemporaryDirectory(prefix="power-cut-") as name:
            if chosen.kills:
                say_figures(store, "kill -9", kill(store, chosen.kills, Path(name), chosen.seed))
    if not chosen.no_calls:
        with tempfile.TemporaryDirectory(prefix="power-cut-", dir=memory_disk()) as name:
            say_figures("ours", "failing calls", fail_calls(Path(name)))


def on_cards(stores: list[str], chosen: argparse.Namespace, folder: Path) -> None:
    """Do the parts that need disks of our own, or say why not."""
    try:
        memory_here(folder, apart=chosen.apart)
        try:
            for store in stores:
                if chosen.cuts:
                    figures = cut_power(store, chosen.cuts, folder, chosen.seed)
                    say_figures(store, "power cuts", figures)
                if chosen.cards and store == "ours":
                    say_figures(store, "dying cards", die(store, chosen.cards, folder, chosen.seed))
        finally:
            subprocess.run(["umount", folder], check=False)
    except NotHere as why:
        print(json.dumps({"part": "power cuts", "left_out": str(why)}), flush=True)


def say_figures(store: str, part: str, figures: dict[str, object]) -> None:
    """Print one line of figures."""
    print(json.dumps({"store": store, "part": part, **figures}), flush=True)


def memory_disk() -> str | None:
    """Return a folder in memory where there is one: calls that fail need no real disk."""
    return "/dev/shm" if os.access("/dev/shm", os.W_OK) else None  # noqa: S108


if __name__ == "__main__":
    main()
