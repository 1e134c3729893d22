"""The units start the programs that exist, hardened, and come back after a fault."""

import configparser
import tomllib
from pathlib import Path

import pytest

from images.recipe import PACKAGES

HOUSE = Path(__file__).resolve().parents[2]
UNITS = sorted((HOUSE / "systemd").glob("*.service"))


def read(unit: Path) -> configparser.SectionProxy:
    """Return the [Service] section of a unit."""
    parser = configparser.ConfigParser(strict=False, interpolation=None)
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read_string(unit.read_text(encoding="utf-8"))
    return parser["Service"]


ONCE = {
    "tienglang-site.service",
    "tienglang-data.service",
}  # done once at each start of the machine
ASKED = {"tienglang-captive.service"}  # started by a socket, gone when nobody asks
# NetworkManager obeys root alone; this one has no capability, no network and no device
ROOT = {"tienglang-network.service"}
DEBIAN = {"pulseaudio"}  # programs of packages that the image's recipe names


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_a_unit_starts_a_program_that_is_installed(unit: Path) -> None:
    """The program of ExecStart is one of the distribution's scripts, the image's own, or of a package it has."""
    project = tomllib.loads((HOUSE / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    own = {file.name for file in (HOUSE / "images/root/opt/tienglang/bin").iterdir()}
    program = Path(read(unit)["ExecStart"].split()[0]).name
    assert program in set(project["scripts"]) | own | DEBIAN
    assert set(PACKAGES) >= DEBIAN


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_a_unit_is_hardened(unit: Path) -> None:
    """No new privileges and a read-only system for each; whoever needs a capability names that one."""
    service = read(unit)
    assert (service["NoNewPrivileges"], service["ProtectSystem"]) == ("yes", "strict")
    wanted = "CAP_SYS_ADMIN" if unit.name == "tienglang-data.service" else ""
    assert service["CapabilityBoundingSet"] == wanted


@pytest.mark.parametrize(
    "unit", [u for u in UNITS if u.name not in ONCE | ASKED], ids=lambda unit: unit.name
)
def test_what_runs_all_the_time_has_its_own_user_and_comes_back(unit: Path) -> None:
    """A program that ended for any reason is started again, and never as root."""
    service = read(unit)
    assert service["Restart"] == "always"
    if unit.name not in ROOT:
        assert service["User"].startswith("tienglang")


def test_what_keeps_the_network_as_root_can_do_nothing_else() -> None:
    """No capability, no device, no network of its own, and not the appliance's key."""
    service = read(HOUSE / "systemd/tienglang-network.service")
    assert (service["CapabilityBoundingSet"], service["PrivateDevices"]) == ("", "yes")
    assert (service["PrivateNetwork"], service["RestrictAddressFamilies"]) == ("yes", "AF_UNIX")
    assert "/data/tienglang" in service["InaccessiblePaths"]


def test_there_is_a_unit_for_each_side() -> None:
    """The appliance and central each have one."""
    assert {"tienglang-edge.service", "tienglang-central.service"} <= {u.name for u in UNITS}
