"""Which keyrings the chain of trust has ever signed, from the auditor's own folder.

Law of the room: the lowest root that lies there is believed, every later one and all targets are verified from it.
Whether a root or a keyring has run out since is not asked: what was signed in its time stays signed.
"""

from pathlib import Path

from tuf.api.metadata import Metadata, Root, Targets

from contract.chain import KEYRING_TARGET
from contract.chain_people import ROOT, TARGETS, check_root
from contract.chain_rules import enough, follow, read
from contract.errors import RefusalCode, Refused


def signed_keyrings(folder: Path) -> frozenset[str]:
    """Return the SHA-256 of each keyring that targets in `folder` name, signed as some root there asks.

    Raises `Refused` where no root lies there, or where one does not follow from the one before, and for targets that
    nobody of the chain signed.
    """
    roots = _roots(folder)
    found: set[str] = set()
    for path in sorted((folder / "metadata").glob("*.targets.json")):
        targets = read(path.read_bytes(), Targets)
        if not any(_signs(root.signed, targets) for root in roots):
            why = f"{path}: no root of {folder} stands behind these targets; take them out"
            raise Refused(RefusalCode.BAD_SIGNATURE, why)
        named = targets.signed.targets.get(KEYRING_TARGET)
        if named is not None and "sha256" in named.hashes:
            found.add(named.hashes["sha256"])
    if not found:
        why = f"{folder} names no keyring: give the ceremony's folder, or a copy of what central serves"
        raise Refused(RefusalCode.MALFORMED, why)
    return frozenset(found)


def _roots(folder: Path) -> list[Metadata[Root]]:
    paths = [folder / "root.json", *(folder / "metadata").glob("*.root.json")]
    by_version: dict[int, Metadata[Root]] = {}
    for path in paths:
        if path.is_file():
            root = read(path.read_bytes(), Root)
            by_version[root.signed.version] = root
    if not by_version:
        raise Refused(RefusalCode.MALFORMED, f"there is no root.json in {folder}")
    chain: list[Metadata[Root]] = []
    for _, root in sorted(by_version.items()):
        if chain:
            follow(chain[-1], root)
        else:
            check_root(root.signed)
            enough(root.signed, ROOT, root)
        chain.append(root)
    return chain


def _signs(root: Root, targets: Metadata[Targets]) -> bool:
    try:
        enough(root, TARGETS, targets)
    except Refused:
        return False
    return True
