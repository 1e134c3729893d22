"""The units start the programs that exist, hardened, and come back after a fault."""

import configparser
import tomllib
from pathlib import Path

import pytest

HOUSE = Path(__file__).resolve().parents[2]
UNITS = sorted((HOUSE / "systemd").glob("*.service"))


def read(unit: Path) -> configparser.SectionProxy:
    """Return the [Service] section of a unit."""
    parser = configparser.ConfigParser(strict=False, interpolation=None)
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read_string(unit.read_text(encoding="utf-8"))
    return parser["Service"]


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_a_unit_starts_a_program_that_is_installed(unit: Path) -> None:
    """The program of ExecStart is one of the distribution's scripts, and its verb is understood."""
    scripts = tomllib.loads((HOUSE / "pyproject.toml").read_text(encoding="utf-8"))["project"][
        "scripts"
    ]
    program = Path(read(unit)["ExecStart"].split()[0]).name
    assert program in scripts


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_a_unit_is_hardened_and_restarts(unit: Path) -> None:
    """No new privileges, a read-only system, no capabilities, a user of its own, and always up again."""
    service = read(unit)
    assert (service["NoNewPrivileges"], service["ProtectSystem"], service["Restart"]) == (
        "yes",
        "strict",
        "always",
    )
    assert service["CapabilityBoundingSet"] == ""
    assert service["User"].startswith("tienglang")


def test_there_is_a_unit_for_each_side() -> None:
    """The appliance and central each have one."""
    assert {"tienglang-edge.service", "tienglang-central.service"} <= {u.name for u in UNITS}
