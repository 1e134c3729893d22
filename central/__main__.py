"""`tienglang-central`: the province's server and its small house-keeping verbs.

serve     the whole server: API, console and push
push      the push gateway alone, over the same database
migrate   bring the tables up to date
user add  add a person with a role; the password comes on standard input
area import  add and rename areas from a CSV with the columns path,name
"""

import argparse
import logging
import sys
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from central.domain.errors import CentralError
from contract.errors import ContractError
from contract.one_line import indented, one_line
from contract.settings import BadSettings

if TYPE_CHECKING:
    from central.config import Settings
    from central.services import House


ExceptionInfo = (
    tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]
)


class OneLine(logging.Formatter):
    """One line for each message, whatever strangers wrote into it; a traceback stands behind bars."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802  the parent's name
        """Return the line."""
        return one_line(super().formatMessage(record))

    def formatException(self, ei: ExceptionInfo) -> str:  # noqa: N802  the parent's name
        """Return the traceback."""
        return indented(super().formatException(ei))


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one verb and return the exit code: 0 done, 1 cannot, 2 wrong usage."""
    asked = _parser().parse_args(arguments)
    lines = logging.StreamHandler(sys.stderr)
    lines.setFormatter(OneLine("%(asctime)s %(levelname)s %(name)s %(message)s"))
    logging.basicConfig(level=logging.INFO, handlers=[lines])
    for chatty in ("alembic", "tuf"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
    try:
        return _run(asked)
    except (BadSettings, CentralError, ContractError, OSError) as fault:
        print(fault, file=sys.stderr)
        return 1


def _parser() -> argparse.ArgumentParser:
    from central.config import EXAMPLE
    from central.domain.people import PersonRole

    parser = argparse.ArgumentParser(
        prog="tienglang-central",
        description="Tiếng Làng: máy chủ của tỉnh (the province's server).",
        epilog=f"settings file, for example:\n\n{EXAMPLE}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    verbs = parser.add_subparsers(dest="verb", required=True)
    for verb, what in (
        ("serve", "serve API, console and push"),
        ("push", "serve the push gateway alone"),
        ("migrate", "bring the tables up to date"),
    ):
        _configured(verbs.add_parser(verb, help=what))
    verbs.choices["serve"].add_argument(
        "--even-expired",
        action="store_true",
        help="start with a chain of trust that has run out: appliances keep what they have, and learn no new keys",
    )
    user = verbs.add_parser("user", help="people").add_subparsers(dest="deed", required=True)
    add = user.add_parser("add", help="add a person or a role; password on standard input")
    add.add_argument("name")
    add.add_argument("--role", required=True, choices=[role.value for role in PersonRole])
    add.add_argument("--area", required=True, help="area path, for example dt/my-phong")
    _configured(add)
    area = verbs.add_parser("area", help="areas").add_subparsers(dest="deed", required=True)
    load = area.add_parser("import", help="add and rename areas from a CSV (path,name)")
    load.add_argument("file", type=Path)
    _configured(load)
    return parser


def _configured(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--config", type=Path, required=True, metavar="FILE.toml")


def _run(asked: argparse.Namespace) -> int:
    from central.config import load_settings
    from central.services import open_house

    settings = load_settings(asked.config)
    house = open_house(
        settings,
        with_keys=asked.verb != "push",
        even_expired=asked.verb != "serve" or asked.even_expired,
    )
    log = logging.getLogger("central")
    try:
        match asked.verb:
            case "serve" | "push":
                log.info("settings: %s", settings.shown())
                return _serve(settings, house, alone=asked.verb == "push")
            case "user":
                return _add_user(house, asked.name, asked.role, asked.area)
            case "area":
                return _import_areas(house, asked.file)
            case _:
                print("tables are up to date")
                return 0
    finally:
        house.close()


def _serve(settings: "Settings", house: "House", *, alone: bool) -> int:
    """Serve the whole, or push `alone`; only here is the web server loaded, for it takes longer than a small verb."""
    from central.app import Central, PushOnly
    from central.server import serve

    return serve(settings, PushOnly(house) if alone else Central(house))


def _add_user(house: "House", name: str, role: str, area: str) -> int:
    """Add the person if need be, and the role; a known person keeps the password they have."""
    from central.services import Conflict, PersonRole, add_person, grant

    password = "" if sys.stdin.isatty() else sys.stdin.readline().rstrip("\n")
    if sys.stdin.isatty():
        import getpass

        password = getpass.getpass(f"Mật khẩu của {name}: ")
    now = house.clock()
    try:
        with house.writing() as unit:
            add_person(unit, name, password, who=None, now=now)
            grant(unit, name, PersonRole(role), area, who=None, now=now)
    except Conflict:
        with house.writing() as unit:
            grant(unit, name, PersonRole(role), area, who=None, now=now)
    print(f"{name}: {role} at {area}")
    return 0


def _import_areas(house: "House", file: Path) -> int:
    from central.services import from_csv, import_areas

    areas = from_csv(file.read_text("utf-8"))
    with house.writing() as unit:
        added, renamed = import_areas(unit, areas, who=None, now=house.clock())
    print(f"areas: {added} added, {renamed} renamed, {len(areas) - added - renamed} unchanged")
    return 0


if __name__ == "__main__":
    sys.exit(main())
