"""The whole suite, as `make suite` runs it: `python -m tests`, and what follows goes to every run of pytest.

Law: what listens to real sound is run with nothing but its like beside it, which waits nearly all the time,
for its bounds are those of a machine with nothing else to do; all else is run side by side. A story that
measures real time, or a page while it is painted, and broke is told once more: its whole file, by itself, on
a fresh scene. Broken twice is broken, and the first failure stays in the report. Everything else is broken
when it breaks once.
"""

import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.measuring import MEASURES

SHARED: Final = ("--dist", "loadscope", "--no-loadscope-reorder")
SIDE_BY_SIDE: Final = ("-n", "4", *SHARED, "-m", "not sound and not drill")
SOUND: Final = ("-n", "2", *SHARED, "-m", "sound")
BROKEN: Final = 1
FINISHED: Final = {0, BROKEN, 5}  # pytest's exit codes; with the last it found nothing to run
TESTS: Final = Path(__file__).parent


@dataclass(frozen=True)
class Run:
    """What one run of pytest told: its exit code, how many tests it held, and the files that broke.

    In `disturbed` nothing broke but what measures: those may be told once more.
    """

    code: int
    told: int = 0
    broken: frozenset[str] = frozenset()
    disturbed: frozenset[str] = frozenset()


def main(words: list[str], run: Callable[[str, tuple[str, ...]], Run]) -> int:
    """Run both halves, then what may have been disturbed once more; return 0 when all of it held."""
    runs = [run("side by side", (*SIDE_BY_SIDE, *words)), run("sound", (*SOUND, *words))]
    for each in runs:
        if each.code not in FINISHED or (each.code == BROKEN and not each.broken):
            return each.code
    broken = runs[0].broken | runs[1].broken
    for file in sorted(runs[0].disturbed | runs[1].disturbed):
        if run(f"once more: {file}", (str(TESTS / file),)).code == 0:
            broken -= {file}
    print(f"\n{sum(each.told for each in runs)} tests, {len(broken)} files broken:", *broken)
    return int(bool(broken))


def run(name: str, words: tuple[str, ...]) -> Run:
    """Run pytest in a process of its own."""
    print(f"\n== {name}", flush=True)
    with tempfile.TemporaryDirectory(prefix="tienglang-tests-") as folder:
        report = Path(folder, "report.xml")
        command = [sys.executable, "-m", "pytest", f"--junit-xml={report}", *words]
        code = subprocess.run(
            [*command, "-o", "junit_family=xunit1"], cwd=TESTS.parent, check=False
        ).returncode
        return read(report, code) if report.exists() else Run(code or 1)


def read(report: Path, code: int) -> Run:
    """Read what pytest wrote down of one run."""
    stories = list(ET.parse(report).iter("testcase"))
    broken = [
        story
        for story in stories
        if story.find("failure") is not None or story.find("error") is not None
    ]
    files = _files(broken)
    return Run(code, len(stories), files, files - _files(filter(_computes, broken)))


def _files(stories: Iterable[ET.Element]) -> frozenset[str]:
    return frozenset(story.get("file", "").removeprefix("tests/") for story in stories)


def _computes(story: ET.Element) -> bool:
    return all(said.get("name") != MEASURES for said in story.iter("property"))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], run))
