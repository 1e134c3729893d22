"""The program that the public suite tuf-conformance runs (its CLIENT-CLI.md), over the appliance's own chain.

Everything the appliance does is in the way: our store, our link, our screen, our clock gate. Two rules of our
own profile are let go, because the suite's repositories are not ours: keys need not be Ed25519, and
delegations are followed. What is trusted is copied out of our store to where the suite looks for it.
"""

import argparse
import logging
import sys
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote, urlsplit

from contract.documents import DeviceId
from contract.errors import ContractError
from contract.trust import TrustedNow
from edge.adapters.chain import Chain, reference_time
from edge.adapters.chain_fetch import FromCentral
from edge.adapters.link import Link, LinkError
from edge.adapters.storage import Slots

BUILT = datetime(1970, 1, 1, tzinfo=UTC)
DELEGATIONS_MOST = 32


class Nobody:
    """A device that never asks for a session: the chain lies open to everybody."""

    device = DeviceId("a" * 16)

    def sign(self, message: bytes) -> bytes:
        """Refuse: nothing is to be signed here."""
        msg = f"the chain signs nothing, least of all {len(message)} bytes"
        raise AssertionError(msg)


class FromSuite(FromCentral):
    """The suite's server in central's place: other paths, any kind of key."""

    def __init__(self, link: Link, metadata_url: str, targets_url: str) -> None:
        super().__init__(link)
        self._only_ed25519 = False
        self.metadata_url, self.targets_url = metadata_url, targets_url


def main() -> int:
    """Do what the suite asks; 0 when all of it succeeded, 1 when any of it was refused."""
    words = argparse.ArgumentParser(prog="tests.tuf_client")
    words.add_argument("--metadata-dir", type=Path, required=True)
    words.add_argument("--metadata-url", default="")
    words.add_argument("--target-name", action="append", default=[])
    words.add_argument("--target-base-url", default="")
    words.add_argument("--target-dir", type=Path)
    words.add_argument("verb", choices=["init", "refresh", "download"])
    words.add_argument("trusted_root", type=Path, nargs="?")
    given = words.parse_args()
    logging.basicConfig(level=logging.INFO)
    directory: Path = given.metadata_dir
    if given.verb == "init":
        data = given.trusted_root.read_bytes()
        (directory / "root.json").write_bytes(data)
        (directory / "baked").write_bytes(data)
        return 0
    chain = Chain(
        Slots(directory, "chain"),
        (directory / "baked").read_bytes(),
        directory,
        delegations_most=DELEGATIONS_MOST,
        only_ed25519=False,
    )
    now = TrustedNow(datetime.now(UTC), "trusted")
    base = urlsplit(given.metadata_url)
    link = Link(f"{base.scheme}://{base.netloc}", Nobody())
    targets = urlsplit(given.target_base_url).path
    source = FromSuite(link, base.path.rstrip("/") + "/", targets.rstrip("/") + "/")
    try:
        chain.refresh(source, reference_time(now, BUILT), tuple(given.target_name))
    except (ContractError, LinkError) as fault:
        print(f"refused: {fault}", file=sys.stderr)
        return 1
    finally:
        link.close()
        lay_out(chain, directory, given.target_dir)
    return 0


def lay_out(chain: Chain, directory: Path, target_dir: Path | None) -> None:
    """Copy what the chain holds to where the suite looks for it."""
    held = chain.held
    for name, data in {**held.files, "root.json": held.roots[-1]}.items():
        path = directory / name
        if not path.exists() or path.read_bytes() != data:
            path.write_bytes(data)
    for name, data in held.targets.items():
        if target_dir is None:
            break
        path = target_dir / quote(name, "")
        if not path.exists() or path.read_bytes() != data:
            path.write_bytes(data)


if __name__ == "__main__":
    sys.exit(main())
