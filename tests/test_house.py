"""Rules about the project as a whole, which no single room can keep."""

from __future__ import annotations

import ast
import itertools
import os
import re
import stat
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
ROOMS = ("contract", "render", "edge", "central", "provisioning")
SKIPPED = {".git", ".venv", "build", "dist", "node_modules", "state", "demo-out"}
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
LOCKS = ("edge", "central", "demo", "dev")


def project_files() -> Iterator[Path]:
    """Yield every file of the project that people wrote."""
    for folder, folders, names in os.walk(ROOT):
        folders[:] = [
            name
            for name in folders
            if name not in SKIPPED and not name.endswith(("cache__", "_cache", ".egg-info"))
        ]
        yield from (Path(folder, name) for name in names)


def texts(*suffixes: str) -> Iterator[tuple[str, str]]:
    """Yield path and text of the project's text files, all or those with the given endings."""
    for path in project_files():
        if not suffixes or path.name.endswith(suffixes):
            try:
                yield str(path.relative_to(ROOT)), path.read_text(encoding="utf-8")
            except UnicodeDecodeError:
                continue


def places(pattern: str, *suffixes: str) -> list[str]:
    """Return where a pattern stands, as `path:line: text`."""
    wanted = re.compile(pattern)
    return [
        f"{path}:{number}: {line.strip()[:120]}"
        for path, text in texts(*suffixes)
        for number, line in enumerate(text.splitlines(), 1)
        if wanted.search(line)
    ]


def names_in(requirements: list[str]) -> set[str]:
    """Return the bare distribution names of requirement lines."""
    found = (re.match(r"[A-Za-z0-9._-]+", line.strip()) for line in requirements)
    return {name.group().lower() for name in found if name}


def locked(lock: str) -> set[str]:
    """Return the distribution names that a lock file pins."""
    text = (ROOT / "requirements" / f"{lock}.txt").read_text(encoding="utf-8")
    return names_in(re.findall(r"^[A-Za-z0-9._-]+==", text, re.MULTILINE))


def test_nothing_is_left_for_later() -> None:
    """No marker of unfinished work stands in the project: it is done, or it is an issue."""
    marker = r"\b(" + "|".join(("TO" + "DO", "FIX" + "ME", "X" * 3, "HA" + "CK")) + r")\b"
    assert places(marker, ".py", ".sh", ".html", ".css", ".js", ".md", ".toml", ".service") == []


def test_nothing_stands_for_something_else() -> None:
    """Fakes of ours work; no test replaces our code by a recording of calls."""
    stand_ins = "|".join(
        (r"unittest\.mo" + "ck", "Magic" + "Mock", r"mo" + r"ck\.patch", "freeze" + "gun")
    )
    assert places(stand_ins, ".py") == []


def test_no_path_of_one_machine() -> None:
    """No file names a folder that exists only on the machine it was written on."""
    folders = "|".join(("wo" + "rk", "fa" + "rm", "ro" + "ot", "home/[a-z]+"))
    assert places(rf"(^|[^\w.\-~}}*])/({folders})/", ".py", ".sh", ".toml", ".md", ".txt") == []


def test_no_registry_is_named() -> None:
    """Where packages come from is the machine's own affair, so that a mirror serves as well."""
    hosts = (r"\.".join(parts) for parts in (("py" + "pi", "org"), ("python" + "hosted", "org")))
    others = (r"\.".join(parts) for parts in (("registry", "npm" + "js"), ("deb", "deb" + "ian")))
    assert places("|".join((*hosts, *others))) == []


@pytest.mark.parametrize("lock", LOCKS)
def test_locks_hold_hashes_and_no_addresses(lock: str) -> None:
    """Each pinned library has a hash, and no lock says where to fetch it or where it was made."""
    text = (ROOT / "requirements" / f"{lock}.txt").read_text(encoding="utf-8")
    assert not re.search(r"://|--(extra-)?index-url|--find-links|^/| /", text, re.MULTILINE)
    for pin in re.split(r"\n(?=[A-Za-z0-9])", text):
        assert re.match(r"[\w.-]+==\S+ ", pin), pin
        assert "--hash=sha256:" in pin, pin


@pytest.mark.parametrize(
    ("lock", "extras"),
    [
        ("edge", ["edge"]),
        ("central", ["central"]),
        ("demo", ["edge", "central", "provisioning"]),
        ("dev", ["edge", "central", "provisioning", "dev"]),
    ],
)
def test_locks_follow_pyproject(lock: str, extras: list[str]) -> None:
    """Every library that pyproject asks for is pinned in the lock of its extra (`make locks`)."""
    project = PYPROJECT["project"]
    asked = names_in(project["dependencies"])
    for extra in extras:
        asked |= names_in(project["optional-dependencies"][extra])
    assert asked - locked(lock) == set()


def test_the_appliance_installs_nothing_of_central() -> None:
    """A Raspberry Pi carries no database toolkit and no server machinery, not even indirectly."""
    extras = PYPROJECT["project"]["optional-dependencies"]
    only_central = names_in(extras["central"]) - names_in(extras["edge"])
    assert {"sqlalchemy", "alembic"} <= only_central
    assert only_central & locked("edge") == set()


def test_the_server_installs_nothing_of_the_appliance() -> None:
    """Central carries no player and no pins, not even indirectly."""
    extras = PYPROJECT["project"]["optional-dependencies"]
    only_edge = names_in(extras["edge"]) - names_in(extras["central"])
    assert {"python-vlc", "gpiozero"} <= only_edge
    assert only_edge & locked("central") <= {"requests"}, "which the way of an alert brings along"


def test_every_dependency_and_every_silenced_rule_has_a_reason() -> None:
    """In pyproject a line that adds a library or drops a lint rule says why, beside it."""
    lines = (ROOT / "pyproject.toml").read_text(encoding="utf-8").splitlines()
    entry = re.compile(r'^ +"([\w.\[\]-]+(>=|==)[^"]*|[A-Z]+[0-9]*)",? *(?P<why># \S.*)?$')
    bare = [
        line
        for before, line in itertools.pairwise(lines)
        if (found := entry.match(line))
        and not found["why"]
        and not before.lstrip().startswith("# ")
    ]
    assert bare == []


def test_every_test_is_a_sentence_of_the_specification() -> None:
    """Each test function has a docstring."""
    silent = [
        f"{path}: {node.name}"
        for path, text in texts(".py")
        if path.startswith("tests/")
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.name.startswith("test_")
        and not ast.get_docstring(node)
    ]
    assert silent == []


def test_every_file_of_the_rooms_states_its_law() -> None:
    """Each Python file in the four rooms opens with a docstring."""
    silent = [
        path
        for path, text in texts(".py")
        if path.startswith(ROOMS) and text.strip() and not ast.get_docstring(ast.parse(text))
    ]
    assert silent == []


# decisions that several people write at once, each with its number
BEING_WRITTEN = {23, 24, 26, 27, 28}


def test_decisions_are_numbered_without_gap() -> None:
    """Decision records count up from 0001, one file a number, each has a title; none is missing but those in work."""
    records = sorted((ROOT / "docs" / "decisions").glob("[0-9]*.md"))
    numbers = [int(record.name[:4]) for record in records]
    assert len(set(numbers)) == len(numbers)
    assert set(range(1, max(numbers) + 1)) - set(numbers) <= BEING_WRITTEN
    for record in records:
        assert re.fullmatch(r"\d{4}-[a-z0-9-]+\.md", record.name), record.name
        assert record.read_text(encoding="utf-8").startswith("# "), record.name


def make_targets() -> set[str]:
    """Return the targets of the Makefile."""
    text = (ROOT / "Makefile").read_text(encoding="utf-8")
    return set(re.findall(r"^([a-z][a-z-]*):", text, re.MULTILINE))


def test_the_two_commands_stand_in_the_readme() -> None:
    """README shows `make demo` and `make test`; whatever `make` the pages name exists."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert "make demo" in readme
    assert "make test" in readme
    pages = [text for path, text in texts(".md") if not path.startswith("docs/decisions")]
    named = {
        target
        for page in pages
        for target in re.findall(r"(?:^|`)(?:\$ )?make ([a-z-]+)", page, re.MULTILINE)
    }
    assert named - make_targets() == set()


def test_ci_is_make_test() -> None:
    """What runs on a change is the command a developer types, and nothing else."""
    script = ROOT / ".ci" / "run"
    words = [line for line in script.read_text().splitlines() if line and line[0] != "#"]
    assert words == ["set -euo pipefail", 'cd "$(dirname "$0")/.."', "exec make test"]
    assert script.stat().st_mode & stat.S_IXUSR


def test_programs_are_where_pyproject_says() -> None:
    """Each console script names a module of ours that has a `main`."""
    for target in PYPROJECT["project"]["scripts"].values():
        module, _, name = target.partition(":")
        text = (ROOT / module.replace(".", "/")).with_suffix(".py").read_text(encoding="utf-8")
        defined = {n.name for n in ast.parse(text).body if isinstance(n, ast.FunctionDef)}
        assert name in defined, target


def run_setup(tmp_path: Path, *words: str, user: int = 1000, have: str = "") -> tuple[int, str]:
    """Run setup.sh on a pretended machine that has few packages, no root and no sudo."""
    (tmp_path / "dirname").symlink_to("/usr/bin/dirname")
    for name, body in {
        "dpkg-query": f'case " {have} " in *" $3 "*) printf installed;; esac',
        "id": f"echo {user}",
        "apt-get": "echo apt-get was run; exit 1",
    }.items():
        (tmp_path / name).write_text(f"#!/bin/sh\n{body}\n")
        (tmp_path / name).chmod(0o755)
    run = subprocess.run(
        ["/bin/sh", ROOT / "provisioning" / "setup.sh", *words],
        env={"PATH": str(tmp_path)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    return run.returncode, run.stdout + run.stderr


def test_setup_says_what_to_do_where_it_may_not_install(tmp_path: Path) -> None:
    """Without root and sudo, setup runs nothing and names what is missing and the next step."""
    code, said = run_setup(tmp_path, "demo", have="ffmpeg ca-certificates")
    assert code == 1
    assert "Ask an administrator to run: apt-get install python3 python3-venv" in said
    assert "ffmpeg" not in said
    assert "apt-get was run" not in said


def test_setup_says_so_when_apt_cannot_be_reached(tmp_path: Path) -> None:
    """As root, setup installs by apt; where apt fails, it names the network as the next thing."""
    (tmp_path / "env").symlink_to("/usr/bin/env")
    code, said = run_setup(tmp_path, "demo", user=0)
    assert code == 1
    assert "apt-get was run" in said
    assert "look at the network" in said


def test_setup_wants_to_know_what_for(tmp_path: Path) -> None:
    """Setup without a purpose, or with an unknown one, explains the two there are."""
    for words in ((), ("everything",)):
        folder = tmp_path / str(len(words))
        folder.mkdir()
        code, said = run_setup(folder, *words)
        assert code == 1
        assert "'setup.sh demo' or 'setup.sh test'" in said
