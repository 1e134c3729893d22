"""`tienglang-provision`: keys and papers for the security officer, and the demonstration.

Law of the room: arguments, messages and exit codes. 0 done, 1 a fault to mend, 2 wrong words.
"""

import argparse
import getpass
import sys
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path


def parser() -> argparse.ArgumentParser:
    """Return the words that `tienglang-provision` understands."""
    words = argparse.ArgumentParser(
        prog="tienglang-provision", description="Keys, papers and rehearsals of Tiếng Làng."
    )
    words.add_argument("--version", action="version", version=version("tienglang"))
    verbs = words.add_subparsers(dest="verb", required=True, metavar="VERB")
    shown = verbs.add_parser("demo", help="a whole province on this machine, broadcasting")
    shown.add_argument("--audio", type=Path, help="a sound file of your own")
    shown.add_argument(
        "--once", action="store_true", help="tell the story unattended, then end with a table"
    )
    key = verbs.add_parser(
        "key", help="make a person's signing key, kept in a file under a passphrase"
    )
    key.add_argument("file", type=Path, help="the new key file; an existing one is never replaced")
    ring = verbs.add_parser("keyring", help="make a keyring from public keys")
    ring.add_argument("file", type=Path, help="the keyring to write")
    ring.add_argument("--epoch", type=int, default=1, help="must rise with every change")
    ring.add_argument(
        "--key",
        action="append",
        required=True,
        metavar="ROLE:SCOPE:HOLDER:PUBLIC",
        help="one entry, e.g. approve:dt:Nguyễn Lan:MCow…=; once for each key",
    )
    ring.add_argument(
        "--threshold",
        action="append",
        default=[],
        metavar="ROLE:AREA:COUNT",
        help="e.g. emergency:dt:2",
    )
    paper = verbs.add_parser("seal", help="sign a document given as JSON")
    paper.add_argument("kind", choices=["assignment", "approval", "announcement"])
    paper.add_argument("document", type=Path, help="the document, JSON as in docs/wire.md")
    paper.add_argument(
        "--key",
        action="append",
        type=Path,
        required=True,
        help="a signer's key file; repeat for two",
    )
    paper.add_argument("--out", type=Path, required=True, help="the sealed envelope to write")
    return words


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what the words say; return the exit code."""
    given = parser().parse_args(arguments)
    if given.verb == "demo":
        from provisioning.rehearsal.demo import demo

        if given.audio is not None and not given.audio.is_file():
            print(f"there is no file {given.audio}", file=sys.stderr)
            return 1
        return demo(given.audio, once=given.once)
    from contract.errors import ContractError
    from provisioning import papers

    try:
        if given.verb == "key":
            print(papers.new_key(given.file, _new_passphrase()))
        elif given.verb == "keyring":
            papers.new_keyring(given.file, given.key, given.threshold, given.epoch)
        else:
            phrases = [_passphrase(file) for file in given.key]
            papers.seal_file(given.kind, given.document, given.key, phrases, given.out)
    except (ContractError, OSError, ValueError) as fault:
        print(f"tienglang-provision: {fault}", file=sys.stderr)
        return 1
    return 0


def _new_passphrase() -> bytes:
    first = getpass.getpass("passphrase for the new key: ")
    if len(first) < 10:
        msg = "the passphrase has fewer than 10 characters; four words are easy to keep"
        raise ValueError(msg)
    if getpass.getpass("once more: ") != first:
        msg = "the two passphrases differ; nothing was written"
        raise ValueError(msg)
    return first.encode()


def _passphrase(file: Path) -> bytes | None:
    if b"ENCRYPTED" not in file.read_bytes():
        return None
    return getpass.getpass(f"passphrase of {file}: ").encode()


if __name__ == "__main__":
    sys.exit(main())
