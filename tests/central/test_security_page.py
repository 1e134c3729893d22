"""The page about security names only what exists, and forgets no chapter."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "security.md").read_text("utf-8")
TESTS = re.compile(r"`((?:central|contract|edge|journeys|provisioning)/[\w/]+\.py)(?:::(\w+))?`")
FILES = re.compile(
    r"`((?:central|contract|docs|requirements|bench)/[\w./]+\.(?:py|html|js|txt|md))`"
)
STATES = {"met", "part", "not", "n/a"}


def test_every_test_that_is_named_exists() -> None:
    """A renamed or deleted test is found here, not by a reviewer."""
    named = TESTS.findall(PAGE)
    assert len(named) > 60
    missing = []
    for file, name in named:
        path = ROOT / "tests" / file
        if not path.is_file():
            path = ROOT / file
        if not path.is_file() or (name and f"def {name}(" not in path.read_text("utf-8")):
            missing.append(f"{file}::{name}")
    assert missing == []


def test_every_file_that_is_named_exists() -> None:
    """Modules, templates and pages too."""
    absent = {
        name
        for name in FILES.findall(PAGE)
        if not (ROOT / name).is_file() and not (ROOT / "tests" / name).is_file()
    }
    assert absent == set()


def test_every_chapter_has_a_state_in_every_row() -> None:
    """All seventeen chapters stand there, and each row says how it is."""
    for chapter in range(1, 18):
        assert re.search(rf"^## .*\bV{chapter}\b", PAGE, re.MULTILINE), chapter
    rows = [line.split("|") for line in PAGE.splitlines() if re.match(r"\| \d", line)]
    assert len(rows) > 90
    assert {row[2].strip() for row in rows} <= STATES
