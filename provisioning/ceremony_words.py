"""The words of `tienglang-provision trust`: what each deed is called and what it is given.

Law of the room: words only; what is done stands in `ceremony_deeds`. A name may hold spaces, a key is given by WHERE:
`new:FILE` (made now, under a passphrase), a key file, a public key, or a file that holds one.
"""

import argparse
from collections.abc import Callable
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Final, TypeVar

from contract.documents import Role

T = TypeVar("T")
OFFLINE: Final = (
    "root",
    "targets",
)  # as in contract.chain_people, which would load the library for `--help`
ONLINE: Final = ("snapshot", "timestamp")
WHO: Final = "NAME=WHERE"


def add_trust(verbs: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the verb `trust` with its deeds."""
    trust = verbs.add_parser(
        "trust", help="the ceremony of the chain of trust: who may sign, and who no longer may"
    )
    deeds = trust.add_subparsers(dest="deed", required=True, metavar="DEED")
    _add_begin(deeds)
    _add_changes(deeds)
    _add_hands(deeds)


def _add_begin(deeds: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    init = _deed(deeds, "init", "begin: the people of the root, and the server's own keys")
    _add_people(init)
    init.add_argument("--area", required=True, help="the province, for example dt")
    rotate = _deed(
        deeds, "rotate", "the next root (yearly, or with other people or server keys); all live on"
    )
    _add_people(rotate)
    for role in OFFLINE:
        rotate.add_argument(
            f"--remove-{role}", action="append", default=[], metavar="NAME|KEY", help="who leaves"
        )


def _add_people(deed: argparse.ArgumentParser) -> None:
    for role in OFFLINE:
        what = "signs the root" if role == "root" else "signs the keyring (as the root's people do)"
        deed.add_argument(f"--{role}", action="append", default=[], metavar=WHO, help=what)
        deed.add_argument(f"--{role}-threshold", type=int, metavar="M", help="how many must sign")
    for role in ONLINE:
        deed.add_argument(f"--{role}", metavar="WHERE", help=f"the server's {role} key")
    deed.add_argument(
        "--online", type=Path, metavar="FOLDER", help="make six new keys for the server here"
    )
    _add_date(deed, "--expires", "when the root runs out (two years from now)")
    _add_passphrases(deed)


def _add_changes(deeds: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    add = _deed(deeds, "add-key", "enter a person's or the server's key into the keyring")
    add.add_argument(
        "--role", action="append", required=True, choices=[role.value for role in Role]
    )
    add.add_argument("--scope", required=True, metavar="AREA", help="there and below")
    add.add_argument("--holder", required=True, help="whose key it is")
    add.add_argument("--key", required=True, metavar="WHERE")
    _add_date(add, "--not-after", "the key's own end (two years from now)")
    _add_thresholds(add)
    _add_passphrases(add)
    remove = _deed(deeds, "remove-key", "take entries out of the keyring")
    remove.add_argument("--holder", help="whose")
    remove.add_argument("--key", metavar="KEY", help="public key, key id or fingerprint")
    remove.add_argument("--role", choices=[role.value for role in Role])
    remove.add_argument("--scope", metavar="AREA")
    _add_thresholds(remove)
    revoke = _deed(deeds, "revoke", "a key is lost or stolen: out with it, wherever it stands")
    revoke.add_argument("who", metavar="HOLDER|KEY", help="name, public key, key id or fingerprint")
    for role in OFFLINE:
        revoke.add_argument(
            f"--{role}", action="append", default=[], metavar=WHO, help="who comes instead"
        )
        revoke.add_argument(f"--{role}-threshold", type=int, metavar="M", help="how many must sign")
    _add_thresholds(revoke)
    _add_passphrases(revoke)


def _add_hands(deeds: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    sign = _deed(deeds, "sign", "see what waits, and put one's signature under it")
    sign.add_argument("--key", action="append", type=Path, default=[], help="one's key file")
    sign.add_argument(
        "--from", action="append", type=Path, default=[], dest="copies", metavar="FOLDER",
        help="take the signatures that were made on another copy of the folder",
    )  # fmt: skip
    sign.add_argument("--yes", action="store_true", help="do not ask, for scripted ceremonies")
    _add_passphrases(sign)
    publish = _deed(deeds, "publish", "hand out what is signed")
    publish.add_argument(
        "--to",
        required=True,
        metavar="FOLDER|https://CENTRAL",
        help="a folder, or a running central",
    )
    publish.add_argument("--user", help="an administrator of central")
    publish.add_argument("--ca", type=Path, metavar="FILE", help="central's own TLS authority")
    _add_passphrases(publish)
    inspect = _deed(deeds, "inspect", "a picture of who may do what")
    inspect.add_argument("--html", type=Path, metavar="FILE", help="the same to be printed")


def _deed(
    deeds: "argparse._SubParsersAction[argparse.ArgumentParser]", name: str, what: str
) -> argparse.ArgumentParser:
    deed = deeds.add_parser(name, help=what, description=what)
    deed.add_argument("folder", type=Path, metavar="CEREMONY", help="the ceremony's folder")
    return deed


def _add_thresholds(deed: argparse.ArgumentParser) -> None:
    deed.add_argument(
        "--threshold",
        action="append",
        default=[],
        metavar="ROLE:AREA:COUNT",
        help="how many people must sign for an area, e.g. emergency:dt:2; 1 is no rule",
    )


def _add_passphrases(deed: argparse.ArgumentParser) -> None:
    deed.add_argument(
        "--passphrase-file", type=Path, metavar="FILE", help="mode 600: a line for all, or for each"
    )
    deed.add_argument("--passphrase-fd", type=int, metavar="N", help="the same from a descriptor")


def _add_date(deed: argparse.ArgumentParser, name: str, what: str) -> None:
    deed.add_argument(name, type=_asked(_day, "a date such as 2028-11-22"), help=what)


def _asked(read: Callable[[str], T], what: str) -> Callable[[str], T]:
    def reader(text: str) -> T:
        try:
            return read(text)
        except ValueError as fault:
            msg = f"{text!r} is not {what}"
            raise argparse.ArgumentTypeError(msg) from fault

    return reader


def _day(text: str) -> datetime:
    return datetime.combine(date.fromisoformat(text), time(), UTC)
