"""`tienglang-central`: the province's server and its small house-keeping verbs.

serve     the whole server: API, console and push
push      the push gateway alone, over the same database
migrate   bring the tables up to date
backup    write everything but the keys into one file, while the server runs
check-backup  read a backup whole and tell whether it is sound
restore   put a backup into an empty house
user add  add a person with a role; the password comes on standard input
area import  add and rename areas from a CSV with the columns path,name
"""

import argparse
import logging
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from central.domain.errors import CentralError
from central.records import TEXT_FORM, OneLine, formatter
from contract.errors import ContractError
from contract.settings import BadSettings

if TYPE_CHECKING:
    from central.config import Settings
    from central.services import House


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one verb and return the exit code: 0 done, 1 cannot, 2 wrong usage."""
    asked = _parser().parse_args(arguments)
    lines = logging.StreamHandler(sys.stderr)
    lines.setFormatter(OneLine(TEXT_FORM))
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
    keep = verbs.add_parser("backup", help="write all but the keys into one file, while running")
    keep.add_argument("--to", type=Path, required=True, metavar="FILE.tar", help="a new file")
    _configured(keep)
    check = verbs.add_parser(
        "check-backup", help="read a backup whole and tell whether it is sound"
    )
    check.add_argument("file", type=Path)
    back = verbs.add_parser("restore", help="put a backup into an empty house")
    back.add_argument("--from", type=Path, required=True, metavar="FILE.tar", dest="file")
    _configured(back)
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
    match asked.verb:
        case "backup":
            return _back_up(asked.config, asked.to)
        case "check-backup":
            return _check_backup(asked.file)
        case "restore":
            return _restore(asked.config, asked.file)
        case _:
            return _run_in_house(asked)


def _run_in_house(asked: argparse.Namespace) -> int:
    from central.config import load_settings
    from central.services import open_house

    settings = load_settings(asked.config)
    for handler in logging.getLogger().handlers:
        if isinstance(handler.formatter, OneLine):
            handler.setFormatter(formatter(settings.log_form))
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


def _back_up(config: Path, to: Path) -> int:
    from central.config import load_settings
    from central.services import utc_now
    from central.services.backup import back_up, open_beside

    house = open_beside(load_settings(config), utc_now)
    try:
        manifest = back_up(house, to, now=utc_now(), settings_file=config)
    finally:
        house.close()
    rows = sum(table.rows for table in manifest.tables.values())
    print(f"{to}: {rows} rows, {len(manifest.files)} files; keys and session secret are not in it")
    for sha256 in manifest.missing:
        print(f"the library has lost the content {sha256}", file=sys.stderr)
    return 1 if manifest.missing else 0


def _check_backup(file: Path) -> int:
    from central.services.backup_check import check_backup

    manifest = check_backup(file)
    rows = sum(table.rows for table in manifest.tables.values())
    print(f"{file}: sound, made {manifest.made:%Y-%m-%d %H:%M} UTC from {manifest.database}")
    print(f"{rows} rows in {len(manifest.tables)} tables, {len(manifest.files)} files")
    return 0


def _restore(config: Path, file: Path) -> int:
    from central.config import load_settings, repository_of
    from central.services.backup_check import check_backup
    from central.services.restore import restore, restore_chain

    check_backup(file)
    restore_chain(file, repository_of(config))
    restored = restore(load_settings(config), file)
    print(f"restored {restored.rows} rows and {restored.files} files")
    for warning in restored.warnings:
        print(warning, file=sys.stderr)
    return 0


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
