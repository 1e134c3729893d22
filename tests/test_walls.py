"""The walls between the rooms, each tried with a deliberate breach.

The rooms are copied, one forbidden import is planted per wall, and the import linter must name
each of them: a contract that catches nothing would otherwise look like a contract that is kept.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
ROOMS = ("contract", "render", "edge", "central", "provisioning")

BREACHES = {  # file that is planted: (what it imports, what the linter must say)
    "edge/core/b1.py": ("import asyncio", "edge.core.b1 -> asyncio"),
    "contract/b2.py": ("import time", "contract.b2 -> time"),
    "central/domain/b3.py": ("import sqlalchemy", "central.domain.b3 -> sqlalchemy"),
    "edge/b4.py": ("import central.domain", "edge.b4 -> central.domain"),
    "central/domain/b5.py": ("import edge.core", "central.domain.b5 -> edge.core"),
    "provisioning/b6.py": ("import edge.core", "provisioning.b6 -> edge.core"),
    "contract/b7.py": ("import edge.core", "contract.b7 -> edge.core"),
    "edge/core/b8.py": ("import edge.adapters", "edge.core.b8 -> edge.adapters"),
    "edge/adapters/b9.py": ("import edge.reactor", "edge.adapters.b9 -> edge.reactor"),
    "edge/adapters/b10.py": ("import edge.web", "edge.adapters.b10 -> edge.web"),
    "central/domain/b11.py": ("import central.db", "central.domain.b11 -> central.db"),
    "central/services/b12.py": ("import central.api", "central.services.b12 -> central.api"),
    "edge/web/b13.py": ("import vlc", "edge.web.b13"),
    "edge/adapters/b14.py": ("import gpiozero", "edge.adapters.b14"),
    "edge/web/b15.py": ("import tinydb", "edge.web.b15"),
    "edge/web/b16.py": ("import requests", "edge.web.b16"),
    "edge/web/b17.py": ("import schedule", "edge.web.b17"),
    "edge/web/b18.py": ("import zeroconf", "edge.web.b18"),
    "edge/web/b19.py": ("import cryptography", "edge.web.b19"),
    "central/console/b20.py": ("import sqlalchemy", "central.console.b20"),
    "render/b21.py": ("import edge.core", "render.b21 -> edge.core"),
    "render/b22.py": ("import PIL", "render.b22"),
    "contract/b23.py": ("import render.pages", "contract.b23 -> render.pages"),
}


@pytest.fixture(scope="module")
def complaint(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Plant every breach in a copy of the rooms and return what the linter said."""
    house = tmp_path_factory.mktemp("house")
    for room in ROOMS:
        shutil.copytree(ROOT / room, house / room, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", house)
    for file, (line, _) in BREACHES.items():
        (house / file).write_text(f'"""A breach."""\n\n{line}\n', encoding="utf-8")
    run = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache", "--no-logo"],
        cwd=house,
        env={**os.environ, "PYTHONPATH": str(house), "COLUMNS": "200", "TERM": "dumb"},
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )
    assert run.returncode == 1, run.stdout + run.stderr
    return run.stdout


@pytest.mark.parametrize("file", BREACHES)
def test_a_breach_is_named(file: str, complaint: str) -> None:
    """An import through a wall fails the build and is named with its file."""
    assert BREACHES[file][1] in complaint, complaint
