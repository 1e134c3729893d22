"""Which keyring and which release may come after the ones that are held.

Law of the room: pure. The library judges the metadata; that what it names never goes back is judged here.
"""

from tuf.api.metadata import Targets

from contract import codec
from contract.chain_rules import read, release_of
from contract.documents import Keyring
from contract.errors import RefusalCode, Refused
from contract.keyring import check
from contract.release import ReleaseIndex, check_release_renewal, decode_release
from edge.adapters.chain_faults import ChainRefused


def release_in(targets: bytes | None, release: bytes | None) -> ReleaseIndex | None:
    """Return the release that is held when the targets that are held name it, else None."""
    if targets is None or release is None:
        return None
    try:
        return release_of(read(targets, Targets).signed, release)
    except Refused:  # the targets have gone on, and theirs could not be had yet
        return None


def check_release(data: bytes, held: bytes | None) -> None:
    """Refuse (`ChainRefused`) a release that is unfit, or goes back behind the one held."""
    try:
        new = decode_release(data)
    except Refused as refusal:
        raise ChainRefused(refusal.code, f"the release: {refusal.why}") from refusal
    if held is None or data == held:
        return
    try:
        before = decode_release(held)
    except Refused:  # what is held is not understood any more: anything fit is better
        return
    try:
        check_release_renewal(before, new)
    except Refused as refusal:
        raise ChainRefused(refusal.code, f"the release: {refusal.why}") from refusal


def check_successor(data: bytes, held: bytes | None) -> None:
    """Refuse (`ChainRefused`) a keyring that is unfit, or older than the one held, or another under its epoch."""
    try:
        keyring = keyring_in(data)
    except Refused as refusal:
        raise ChainRefused(refusal.code, f"the keyring: {refusal.why}") from refusal
    if held is None or data == held:
        return
    try:
        before = keyring_in(held)
    except Refused:  # what is held is not understood any more: anything fit is better
        return
    if keyring.epoch < before.epoch:
        why = f"keyring epoch {keyring.epoch} is older than {before.epoch}, which is held"
        raise ChainRefused(RefusalCode.OLD_VERSION, why)
    if keyring.epoch == before.epoch:
        why = f"keyring epoch {keyring.epoch} came with other content"
        raise ChainRefused(RefusalCode.SAME_VERSION, why)


def keyring_in(data: bytes) -> Keyring:
    """Return a keyring that is fit; raises `Refused`."""
    keyring = codec.decode_keyring(data)
    check(keyring)
    return keyring
