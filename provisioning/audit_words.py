"""The words of `tienglang-provision audit`, and what its parts hand each other.

Law of the room: arguments and frozen values; nothing is read here.
"""

import argparse
from pathlib import Path

import msgspec


class Finding(msgspec.Struct, frozen=True):
    """Something wrong: where (a line, an appliance), and what, in a sentence."""

    where: str
    what: str


class Noted(msgspec.Struct, frozen=True):
    """A head that somebody noted outside the server."""

    number: int
    sha256: str


def add_audit(verbs: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the verb."""
    words = verbs.add_parser(
        "audit",
        help="hold the log of everything signed against what appliances told, offline",
        epilog="exit code: 0 all holds, 1 a file cannot be read, 3 something was found (each is named)",
    )
    words.add_argument(
        "--log", type=Path, required=True, help="log.jsonl.gz, as central exports it"
    )
    words.add_argument("--reports", type=Path, help="reports.jsonl.gz, as central exports it")
    words.add_argument(
        "--trust",
        type=Path,
        required=True,
        metavar="DIR",
        help="your own copy of the chain of trust: root.json and metadata/; never one from the server in question",
    )
    words.add_argument(
        "--head",
        metavar="N:HASH",
        help="a head noted earlier: the log must still hold that very line",
    )
