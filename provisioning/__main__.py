"""`tienglang-provision`: keys and papers for the security officer, and the demonstration.

Law of the room: arguments, messages and exit codes. 0 done, 1 a fault to mend, 2 wrong words, 3 an audit found
something.
"""

import argparse
import getpass
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from provisioning.audit_words import add_audit
from provisioning.card.deed import add_card
from provisioning.card.targets import Refused as CardRefused
from provisioning.ceremony_words import add_trust
from provisioning.commission.words import add_commission
from provisioning.release.words import add_release
from provisioning.replacing import add_replace
from provisioning.sheet_words import add_sheets
from provisioning.side_load.deed import add_side_load


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
    _add_tls(verbs)
    add_trust(verbs)
    add_audit(verbs)
    add_sheets(verbs)
    add_card(verbs)
    add_commission(verbs)
    add_replace(verbs)
    add_side_load(verbs)
    add_release(verbs)
    return words


def _add_tls(verbs: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the verbs of the province's own TLS."""
    tls = verbs.add_parser(
        "tls", help="the province's own TLS authority, and certificates of its server"
    )
    deeds = tls.add_subparsers(dest="deed", required=True, metavar="DEED")
    ca = deeds.add_parser("ca", help="make the authority: ca.pem, and its key under a passphrase")
    ca.add_argument("folder", type=Path, help="where it is made and kept, offline")
    ca.add_argument("--name", required=True, help="for example 'Tỉnh Đồng Tháp'")
    server = deeds.add_parser("server", help="make a certificate and key for the names of central")
    server.add_argument("folder", type=Path, help="the authority's folder")
    server.add_argument(
        "--name", action="append", required=True, help="a host name or address; once for each"
    )
    server.add_argument("--days", type=int, default=730, help="how long it runs, at most 825")
    server.add_argument("--out", type=Path, required=True, help="the new folder for both files")
    deeds.add_parser(
        "show", help="say what a PEM file's certificates are for and until when"
    ).add_argument("file", type=Path)


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
        elif given.verb == "audit":
            from provisioning import audit

            return audit.run(given)
        elif given.verb == "sheets":
            from provisioning import sheet_deeds

            print(sheet_deeds.run(given))
        elif given.verb == "card":
            from provisioning.card import deed

            print(deed.run(given))
        elif given.verb == "commission":
            from provisioning.commission import deed as handing

            print(handing.run(given))
        elif given.verb == "replace":
            from provisioning import replacing

            print(replacing.run(given))
        elif given.verb == "side-load":
            from provisioning.side_load import deed as carrying

            print(carrying.run(given))
        elif given.verb == "release":
            from provisioning.release import deeds as release_deeds

            print(release_deeds.run(given, datetime.now(UTC)))
        elif given.verb == "tls":
            print(_tls(given))
        elif given.verb == "trust":
            from provisioning import ceremony_deeds

            print(ceremony_deeds.run(given, datetime.now(UTC)))
        else:
            phrases = [_passphrase(file) for file in given.key]
            papers.seal_file(given.kind, given.document, given.key, phrases, given.out)
    except (ContractError, CardRefused, OSError, ValueError) as fault:
        print(f"tienglang-provision: {fault}", file=sys.stderr)
        return 1
    return 0


def _tls(given: argparse.Namespace) -> str:
    """Do one deed of TLS; return what to tell."""
    from provisioning import tls

    now = tls.utc_now()
    match given.deed:
        case "ca":
            return tls.make_authority(given.folder, given.name, _new_passphrase(), now=now)
        case "server":
            phrase = getpass.getpass(f"passphrase of {given.folder / 'ca.key.pem'}: ").encode()
            return tls.make_server(
                given.folder, given.name, phrase, given.out, now=now, days=given.days
            )
        case _:
            return tls.shown(given.file, now=now)


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
