"""`python -m tests.rehearsal`: live through a month drawn from a seed and say what held.

Law of the room: figures and verdicts only; the code tells a machine whether all held.
"""

import argparse
import shutil
import sys
import tempfile
from pathlib import Path

from tests.rehearsal.faults import TABLE
from tests.rehearsal.oracles import ORACLES, Breach, Verdict, judge
from tests.rehearsal.run import Rehearsal, rehearse

MOST_SHOWN = 12


def main() -> int:
    """Run one rehearsal for each seed and print its table; 0 when every oracle held."""
    parser = argparse.ArgumentParser(prog="python -m tests.rehearsal", description=__doc__)
    parser.add_argument("--seed", type=int, nargs="+", default=[1], help="one rehearsal for each")
    parser.add_argument("--days", type=int, default=30)
    parser.add_argument(
        "--listen", type=float, default=5.0, help="seconds between two measurements"
    )
    parser.add_argument("--calm", action="store_true", help="leave all faults out")
    parser.add_argument("--digest", action="store_true", help="print nothing but the digests")
    asked = parser.parse_args()
    held = True
    for seed in asked.seed:
        memory = Path("/dev/shm")  # a disk in memory, where there is one
        directory = Path(tempfile.mkdtemp(dir=memory if memory.is_dir() else None))
        try:
            done = rehearse(seed, asked.days, directory, listen_s=asked.listen, calm=asked.calm)
        finally:
            shutil.rmtree(directory)
        verdict = judge(done.evidence, asked.days, asked.listen)
        held = held and verdict.holds
        print(done.evidence.digest if asked.digest else table(done, verdict))
    return 0 if held else 1


def table(done: Rehearsal, verdict: Verdict) -> str:
    """Return what one rehearsal came to, as lines."""
    evidence = done.evidence
    lines = [f"seed {done.seed}, {done.days} days, {evidence.turns} turns in {done.took_s:.0f} s"]
    lines.append(f"  digest {evidence.digest[:16]}; replayed {evidence.replayed} turns of one day")
    lines.append("  faults drawn                     what must hold")
    for fault in TABLE:
        drawn = done.faults[fault.name]
        lines.append(
            f"    {drawn:4d} {fault.name:24s} {fault.holds}" if drawn else f"       - {fault.name}"
        )
    lines.append("  seen")
    lines += [f"    {count:8d} {name}" for name, count in sorted(verdict.figures.items())]
    lines.append("  slots that did not sound whole, and why")
    lines += [f"    {count:4d} {name}" for name, count in verdict.shortfalls.most_common()]
    lines.append("  oracles")
    for oracle in ORACLES:
        broken = verdict.broken(oracle)
        lines.append(f"    {oracle:12s} {'holds' if not broken else f'BROKEN {len(broken)} times'}")
        lines += [f"      {_when(b)} {b.what}" for b in broken[:MOST_SHOWN]]
    return "\n".join(lines)


def _when(breach: Breach) -> str:
    day, of_day = divmod(breach.at_s, 86_400)
    return f"day {day:.0f} {of_day // 3_600:02.0f}:{of_day % 3_600 // 60:02.0f}:{of_day % 60:04.1f}"


if __name__ == "__main__":
    sys.exit(main())
