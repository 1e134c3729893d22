"""Each line that verifies something is deleted in turn, and a test must turn red: else nobody would miss the line.

The tree is copied once for each process; there one guard of one file is lost (`bench/parts/deletions.py` says how), and
the tests of its room run until the first of them fails. What survives is a missing test, a line that
says nothing new, or stands in `ARGUED` with its reason. Several minutes for each thousand lines.

    python bench/mutants.py [--only contract/seal.py …] [--rest] [--processes 2]

The result, with the test that caught each, is `bench/results/mutants.json`; `--only` renews those files' part of it.
With `--rest` a guard that reads as it did when a test missed it keeps that verdict; the others are judged.
"""

import argparse
import concurrent.futures
import itertools
import json
import os
import platform
import queue
import re
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, NamedTuple

HOUSE: Final = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(HOUSE))

from bench.parts.deletions import Deletion, deletions  # noqa: E402

RESULT: Final = HOUSE / "bench" / "results" / "mutants.json"
COPIED: Final = (
    "contract",
    "edge",
    "central",
    "provisioning",
    "tests",
    "bench",
    "docs",
    "pyproject.toml",
)
# Loaded by name, because most of what else is installed for other tests costs half of the time.
PLUGINS: Final = (
    "pytest_timeout", "xdist.plugin", "_hypothesis_pytestplugin", "no:cacheprovider",
)  # fmt: skip
MOST_S: Final = 600  # a run that takes longer hangs, which somebody would notice too
CONTRACT: Final = tuple(
    f"tests/contract/test_{name}.py"
    for name in (
        "trust", "announcing", "keyring", "seal", "codec", "trust_time", "retired", "refuse_list", "ed25519", "vectors",
        "enrolment", "requests", "chain_rules", "chain_people", "signed_log", "coverage", "damage", "fuzz", "voice",
    )
)  # fmt: skip
GATE: Final = (
    "tests/edge/adapters/test_gate.py",
    "tests/edge/adapters/test_archive.py",
    "tests/edge/adapters/test_keeper.py",
    "tests/edge/adapters/test_retiring.py",
    "tests/edge/test_takeover.py",
    "tests/edge/adapters/test_side_load.py",
    "tests/edge/adapters/test_chain*.py",
    "tests/edge/adapters/test_courier.py",
)
CHAIN: Final = (
    "tests/edge/adapters/test_chain.py",
    "tests/edge/adapters/test_chain_wire.py",
    "tests/edge/adapters/test_chain_*.py",
)
CEREMONY: Final = (
    "tests/contract/test_chain_rules.py",
    "tests/contract/test_chain*.py",
    "tests/provisioning/test_ceremony*.py",
    "tests/contract/test_fuzz.py",
)
# What is verified, and the tests that know it, the likeliest first; what does not exist (yet) is passed over.
ROOMS: Final[dict[str, tuple[str, ...]]] = {
    **{
        f"contract/{name}.py": (f"tests/contract/test_{name}.py", *CONTRACT)
        for name in (
            "keyring", "seal", "trust", "announcing", "codec", "requests", "enrolment", "area", "same", "signed_log",
            "coverage", "one_line", "voice",
        )
    },
    "contract/rules.py": ("tests/contract/test_trust.py", "tests/contract/test_retired.py", *CONTRACT),
    "contract/memory.py": ("tests/contract/test_trust.py", *CONTRACT),
    "contract/chain_rules.py": CEREMONY,
    "contract/chain_people.py": CEREMONY,
    "edge/adapters/gate.py": GATE,
    "edge/adapters/archive.py": GATE,
    "edge/adapters/chain*.py": CHAIN,
    "central/services/doors.py": (
        "tests/central/test_doors.py", "tests/central/test_signed_requests.py", "tests/central/test_story.py",
        "tests/central/test_clones.py", "tests/central/test_people.py",
    ),
    "central/services/enrolment*.py": (
        "tests/central/test_enrolment_asking.py", "tests/central/test_enrolment_people.py",
        "tests/central/test_enrolment.py", "tests/central/test_enrolment_claims.py",
        "tests/central/test_enrolment_api.py", "tests/central/test_clones.py",
    ),
    "central/services/sealed.py": (
        "tests/central/test_sealed.py", "tests/central/test_alarms.py", "tests/central/test_programmes.py",
        "tests/central/test_lives.py",
    ),
}  # fmt: skip
# A line that no test can miss and that stands all the same: file, what was lost (as in the result), and why it stays.
ARGUED: Final[dict[tuple[str, str], str]] = {
    (
        "contract/seal.py",
        "(Refused, InvalidSignature, ValueError)",
    ): "the library says ValueError for a point it cannot read; the build we run finds out only when it verifies",
    (
        "contract/codec.py",
        'not text.isascii() and any("\\ud800" <= letter <= "\\udfff" for letter in text)',
    ): "no guard: a shortcut for text of ASCII letters, which holds no halves",
    (
        "contract/trust.py",
        "not isinstance(report, Report) or report.device != seal.device_id(device_key)",
    ): "the first half tells the type checker what the kind has settled already",
    (
        "contract/trust.py",
        "not isinstance(signed, SignedTime) or signed.device != state.device",
    ): "the first half tells the type checker what the kind has settled already",
    (
        "contract/rules.py",
        "state.assignment is not None and state.assignment_sha256 is not None",
    ): "the two are kept and dropped together; the type checker asks for both",
    (
        "contract/chain_rules.py",
        "zip(held.bundle.roots, new.bundle.roots, strict=False)",
    ): "said for the linter; chains of other lengths are compared as far as both go",
    (
        "contract/chain_rules.py",
        "fault.__cause__ or fault",
    ): "no guard: words for people",
    (
        "contract/chain_rules.py",
        "new.signed.version < wanted",
    ): "an equal one was let through two lines above",
    (
        "contract/chain_people.py",
        '(key.keytype, key.scheme) != ("ed25519", "ed25519") or not isinstance(text, str)',
    ): "the library's own reader has refused such a key; the type checker asks for it",
    (
        "contract/memory.py",
        "keyring.epoch < state.keyring.epoch",
    ): "an equal epoch was answered two lines above, with a code of its own",
    (
        "edge/adapters/gate.py",
        "len(received) > WAITING_MOST_BYTES",
    ): "no paper is of just this length: base64 comes in fours, and what stands around a programme's leaves a rest",
    (
        "edge/adapters/gate.py",
        'raise Misuse("reports and times are never admitted")',
    ): "contract.trust.admit refuses both kinds before; the type checker asks for an end",
    (
        "edge/adapters/archive.py",
        "sealed is None or not isinstance(approval, Approval) or own is None",
    ): "what is not verified is no approval either; the type checker asks for it",
    (
        "edge/adapters/chain_screen.py",
        "not isinstance(key, dict) or not isinstance(public, str)",
    ): "what is no object has no public half either; the type checker asks for it",
    (
        "central/services/sealed.py",
        'raise Refused(RefusalCode.WRONG_KIND, f"this holds no {kind.value}")',
    ): "the kind has settled it two lines above; the type checker asks for it",
}


class Verdict(NamedTuple):
    """What became of one deletion."""

    file: str
    deletion: Deletion
    by: str  # the first red test; empty when all stayed green


Task = tuple[str, Deletion, tuple[str, ...]]


class Copy:
    """A copy of the tree in which one file at a time is changed."""

    def __init__(self, folder: Path, house: Path = HOUSE) -> None:
        """Copy what the tests need out of `house`, without what was compiled."""
        self.folder = folder
        ignored = shutil.ignore_patterns("__pycache__", "*.pyc", ".*")
        folder.mkdir(parents=True, exist_ok=True)
        for name in COPIED:
            if (house / name).is_dir():
                shutil.copytree(house / name, folder / name, ignore=ignored)
            elif (house / name).exists():
                shutil.copy(house / name, folder / name)
        compiling = (
            sys.executable,
            "-m",
            "compileall",
            "-q",
            "--invalidation-mode",
            "checked-hash",
            ".",
        )
        subprocess.run(compiling, cwd=folder, check=True)

    def first_red(self, tests: tuple[str, ...]) -> str:
        """Return the first test that fails here, or nothing; the likeliest file runs alone, before the others."""
        there = self._there(tests)
        return self._run(there[:1]) or (self._run(there[1:]) if there[1:] else "")

    def _run(self, files: list[str]) -> str:
        command = [sys.executable, "-m", "pytest", "-x", "-q", "--no-header", "--tb=no"]
        command += [word for plugin in PLUGINS for word in ("-p", plugin)] + files
        surroundings = {
            **os.environ,
            "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
            "PYTHONDONTWRITEBYTECODE": "1",
            "PYTHONPATH": str(self.folder),
        }
        try:
            ran = subprocess.run(
                command,
                cwd=self.folder,
                env=surroundings,
                capture_output=True,
                text=True,
                timeout=MOST_S,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return "a test that never ended"
        if ran.returncode == 0:
            return ""
        told = re.search(r"^(?:FAILED|ERROR) (\S+)", ran.stdout, re.MULTILINE)
        if told is None:
            raise SystemExit(f"pytest could not run {files}:\n{ran.stdout}{ran.stderr}")
        return told[1]

    def judge(self, file: str, deletion: Deletion, tests: tuple[str, ...]) -> Verdict:
        """Return whether anybody misses the guard; the file is as before afterwards."""
        place = self.folder / file
        whole = place.read_text(encoding="utf-8")
        place.write_text(deletion.text, encoding="utf-8")
        try:
            return Verdict(file, deletion, self.first_red(tests))
        finally:
            place.write_text(whole, encoding="utf-8")

    def _there(self, tests: tuple[str, ...]) -> list[str]:
        found = [
            str(p.relative_to(self.folder))
            for test in tests
            for p in sorted(self.folder.glob(test))
        ]
        return list(dict.fromkeys(found))


def tasks(only: list[str]) -> list[Task]:
    """Return every deletion in every room, or in the files named."""
    return [
        (file, deletion, tests)
        for pattern, tests in ROOMS.items()
        for path in sorted(HOUSE.glob(pattern))
        if not only or str(path.relative_to(HOUSE)) in only
        for file in [str(path.relative_to(HOUSE))]
        for deletion in deletions(path.read_text(encoding="utf-8"))
    ]


def known(work: list[Task], files: dict[str, Any]) -> dict[tuple[str, str], list[str]]:
    """Return who missed which guard before, by file and text, where as many read so now as did then."""
    before: dict[tuple[str, str], list[str]] = {}
    for file, row in files.items():
        for place, by in row["missed_by"].items():
            before.setdefault((file, place.partition(" ")[2]), []).append(by)
    now = Counter(_text(file, deletion) for file, deletion, _ in work)
    return {text: missed for text, missed in before.items() if now[text] == len(missed)}


def _text(file: str, deletion: Deletion) -> tuple[str, str]:
    return file, f"{deletion.was} → {deletion.now}"


def judged(work: list[Task], processes: int) -> Iterator[list[Verdict]]:
    """Yield the verdicts of each file in its turn; the tests must be green where nothing is lost."""
    with tempfile.TemporaryDirectory(prefix="mutants-", dir=_memory_disk()) as name:
        copies: queue.Queue[Copy] = queue.Queue()
        for number in range(processes):
            copies.put(Copy(Path(name, str(number))))
        everything = tuple(dict.fromkeys(test for _, _, tests in work for test in tests))
        first = copies.get()
        if red := first.first_red(everything):
            raise SystemExit(
                f"the tests are red already, at {red}; nothing can be learnt from them"
            )
        copies.put(first)

        def judge(task: Task) -> Verdict:
            mine = copies.get()
            try:
                verdict = mine.judge(*task)
            finally:
                copies.put(mine)
            word = f"missed by {verdict.by}" if verdict.by else "SURVIVED"
            print(f"{task[0]}:{task[1].line} {task[1].was} → {task[1].now}: {word}", flush=True)
            return verdict

        with concurrent.futures.ThreadPoolExecutor(processes) as pool:
            for _, verdicts in itertools.groupby(
                pool.map(judge, work), lambda verdict: verdict.file
            ):
                yield list(verdicts)


def _memory_disk() -> str | None:
    return "/dev/shm" if os.access("/dev/shm", os.W_OK) else None  # noqa: S108  a folder of our own is made in it


def told(here: list[Verdict]) -> dict[str, Any]:
    """Return the verdicts on one file, as they are committed."""
    alive = [v for v in here if not v.by]
    argued = {v: ARGUED.get((v.file, v.deletion.was)) for v in alive}
    return {
        "deleted": len(here),
        "missed": len(here) - len(alive),
        "argued": [{**_shown(v), "why": why} for v, why in argued.items() if why],
        "survived": [_shown(v) for v, why in argued.items() if not why],
        "missed_by": {
            f"{v.deletion.line} {v.deletion.was} → {v.deletion.now}": v.by for v in here if v.by
        },
    }


def results() -> dict[str, Any]:
    """Return the rows of the result as it stands, by file."""
    if not RESULT.exists():
        return {}
    files: dict[str, Any] = json.loads(RESULT.read_text(encoding="utf-8"))["files"]
    return files


def keep(file: str, row: dict[str, Any]) -> dict[str, Any]:
    """Put one file's row into the result, in place of the one before; return all rows that still mean something."""
    rooms = {**results(), file: row}
    files = {name: rooms[name] for name in sorted(rooms) if (HOUSE / name).exists()}
    machine = f"{platform.machine()} x {os.cpu_count()}, Python {platform.python_version()}"
    result = {"machine": machine, "files": files}
    RESULT.write_text(json.dumps(result, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return files


def _shown(verdict: Verdict) -> dict[str, object]:
    return {"line": verdict.deletion.line, "was": verdict.deletion.was, "now": verdict.deletion.now}


def main() -> None:
    """Delete, judge, print the table, and write the result."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", nargs="*", default=[], metavar="FILE", help="these files alone")
    parser.add_argument("--rest", action="store_true", help="only what no test is known to miss")
    parser.add_argument("--processes", type=int, default=2)
    asked = parser.parse_args()
    work, files = tasks(asked.only), results()
    before = known(work, files) if asked.rest else {}
    carried = [
        Verdict(f, d, before[_text(f, d)].pop(0)) for f, d, _ in work if _text(f, d) in before
    ]
    rest = [task for task in work if _text(task[0], task[1]) not in before]
    for file in {verdict.file for verdict in carried} - {file for file, _, _ in rest}:
        files = keep(file, told([verdict for verdict in carried if verdict.file == file]))
    for verdicts in judged(rest, asked.processes) if rest else ():
        file = verdicts[0].file
        both = [*verdicts, *(v for v in carried if v.file == file)]
        files = keep(file, told(sorted(both, key=lambda v: v.deletion.line)))
    print(f"{'file':38}{'deleted':>8}{'missed':>8}{'argued':>8}{'survived':>9}")
    for file, row in files.items():
        counts = (row["deleted"], row["missed"], len(row["argued"]), len(row["survived"]))
        print(f"{file:38}{counts[0]:8}{counts[1]:8}{counts[2]:8}{counts[3]:9}")
    if any(row["survived"] for row in files.values()):
        raise SystemExit("some guards nobody would miss: write the test, or argue")


if __name__ == "__main__":
    main()
