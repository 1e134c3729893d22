"""How the installer's tools ask whoever sits here: a password, a word to be sure, and central with a person signed in.

Law of the room: what is secret is not shown while it is typed, and is read from a pipe where nobody types.
"""

import argparse
import getpass
import sys
from pathlib import Path

from contract.seal import SigningKey
from provisioning.central_door import CentralDoor


def add_central(verb: argparse.ArgumentParser, *, required: bool = True) -> None:
    """Add the words that name central and who signs in there, the language and JSON."""
    verb.add_argument(
        "--central", required=required, default="", help="central's address, https://…"
    )
    verb.add_argument("--person", required=required, default="", help="who signs in at central")
    verb.add_argument("--ca", type=Path, help="the province's own TLS authority (ca.pem)")
    verb.add_argument("--language", choices=["vi", "en"], default="vi", help="what it speaks")
    verb.add_argument("--json", action="store_true", help="tell the outcome as one line of JSON")


def line(question: str) -> str:
    """Ask for a line; raises `ValueError` where nobody answers any more."""
    print(question, end="", file=sys.stderr, flush=True)
    typed = sys.stdin.readline()
    if not typed:
        msg = "nobody answers here any more; what was done is kept, start again to go on"
        raise ValueError(msg)
    return typed.rstrip("\n")


def secret(question: str) -> str:
    """Ask for something that is not shown."""
    return getpass.getpass(question) if sys.stdin.isatty() else line(question)


def door_of(given: argparse.Namespace) -> CentralDoor:
    """Return central with the person signed in; raises `ValueError` with central's own words."""
    if not given.person:
        msg = "name --person: central is asked as somebody who may install there"
        raise ValueError(msg)
    password = secret(f"password of {given.person}: ")
    return CentralDoor.opened(given.central, given.ca, given.person, password)


def own_key(file: Path) -> SigningKey:
    """Return the key kept in a file, its passphrase asked for where it has one."""
    pem = file.read_bytes()
    phrase = secret(f"passphrase of {file}: ").encode() if b"ENCRYPTED" in pem else None
    return SigningKey.from_pem(pem, phrase)
