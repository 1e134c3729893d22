"""The release that a chain stands behind, judged from stored bytes alone: for who writes a slot and trusts no door.

Law of the room: pure. Begun at a root that the reader trusts (the image's own), each next root follows the one before,
the targets are signed as the last one asks, and the release is the one they name. Whether its time has run out is
judged where the chain is fetched; the counter's floor guards what is old.
"""

from collections.abc import Sequence

from tuf.api.metadata import Root, Targets

from contract.chain_people import ROOT, TARGETS, check_root
from contract.chain_rules import enough, follow, read, release_of
from contract.errors import RefusalCode, Refused
from contract.release import ReleaseIndex


def release_under(
    trusted: bytes, roots: Sequence[bytes], targets: bytes, release: bytes | None
) -> ReleaseIndex | None:
    """Return the release, None where the targets name none; `roots` are those held, `trusted` among them.

    Raises `Refused`: BAD_SIGNATURE, THRESHOLD, MALFORMED, OLD_VERSION or VERSION_JUMP.
    """
    held = read(trusted, Root)
    check_root(held.signed)
    enough(held.signed, ROOT, held)
    if trusted not in roots:
        why = "the roots that are kept here do not begin at the image's own; have the chain fetched anew"
        raise Refused(RefusalCode.MALFORMED, why)
    for data in roots[list(roots).index(trusted) + 1 :]:
        held = follow(held, read(data, Root))
    signed = read(targets, Targets)
    enough(held.signed, TARGETS, signed)
    return release_of(signed.signed, release)
