"""Signatures: one's own on the drafts, and those that others have made on a copy of the folder.

Law of the room: a signature is verified before it is kept, and counts only for exactly the draft it was made on. The
folder may go from hand to hand, or copies of it to several people at once.
"""

from pathlib import Path
from typing import TypeVar

from securesystemslib.exceptions import UnverifiedSignatureError
from securesystemslib.signer import Key, Signature
from tuf.api.metadata import Metadata, Root, Snapshot, Targets, Timestamp

from contract.chain_people import ROOT, TARGETS, holder_of, keys_for, public_of
from contract.seal import SigningKey
from provisioning.ceremony import Ceremony

S = TypeVar("S", Root, Targets, Snapshot, Timestamp)


def sign(ceremony: Ceremony, keys: list[SigningKey]) -> tuple[str, ...]:
    """Sign every draft that these keys may sign; return what was done, in words.

    Raises `ValueError` when nothing waits for signatures, or for none of these keys.
    """
    root, targets = ceremony.root_draft, ceremony.targets_draft
    if root is None and targets is None:
        msg = "nothing waits for signatures here"
        raise ValueError(msg)
    told: list[str] = []
    for key in keys:
        did = [
            *_signed(root, _root_keys(ceremony), key),
            *_signed(targets, keys_for(ceremony.next_root, TARGETS), key),
        ]
        if not did:
            people = {holder_of(one) for one in _root_keys(ceremony)}
            people |= {holder_of(one) for one in keys_for(ceremony.next_root, TARGETS)}
            msg = f"the key {key.keyid} signs nothing that waits here; these may: {', '.join(sorted(people))}"
            raise ValueError(msg)
        told += did
    _keep(ceremony, root, targets)
    return tuple(told)


def gather(ceremony: Ceremony, other: Path) -> tuple[str, ...]:
    """Take the signatures from another copy of the folder; return whose, in words.

    Raises `ValueError` when the copy holds other drafts, or no signature that is new here.
    """
    theirs = Ceremony(other)
    root, targets = ceremony.root_draft, ceremony.targets_draft
    told = [
        *_gathered(root, _root_keys(ceremony), [theirs.root_draft, *theirs.roots]),
        *_gathered(
            targets,
            keys_for(ceremony.next_root, TARGETS),
            [theirs.targets_draft, theirs.targets],
        ),
    ]
    if not told:
        msg = f"{other} holds no signature on what waits here: its drafts are others, or unsigned"
        raise ValueError(msg)
    _keep(ceremony, root, targets)
    return tuple(told)


def _root_keys(ceremony: Ceremony) -> tuple[Key, ...]:
    """Return who may sign the root that waits: the people of the one before and its own."""
    if ceremony.root_draft is None:
        return ()
    before = () if ceremony.root is None else keys_for(ceremony.root, ROOT)
    own = keys_for(ceremony.root_draft.signed, ROOT)
    return tuple({key.keyid: key for key in (*before, *own)}.values())


def _signed(draft: Metadata[S] | None, keys: tuple[Key, ...], signer: SigningKey) -> list[str]:
    if draft is None:
        return []
    found = [key for key in keys if public_of(key) == signer.public]
    for key in found:
        signature = signer.sign(draft.signed_bytes).hex()
        draft.signatures[key.keyid] = Signature(key.keyid, signature)
    return [f"{_named(draft)}: signed by {holder_of(key)}" for key in found]


def _gathered(
    draft: Metadata[S] | None, keys: tuple[Key, ...], theirs: list[Metadata[S] | None]
) -> list[str]:
    told: list[str] = []
    same = [one for one in theirs if one and draft and one.signed_bytes == draft.signed_bytes]
    for one in same:
        for key in keys:
            signature = one.signatures.get(key.keyid)
            if draft is None or signature is None or key.keyid in draft.signatures:
                continue
            try:
                key.verify_signature(signature, draft.signed_bytes)
            except UnverifiedSignatureError as fault:
                msg = f"the signature of {holder_of(key)} on {_named(draft)} does not fit; it was not taken"
                raise ValueError(msg) from fault
            draft.signatures[key.keyid] = signature
            told.append(f"{_named(draft)}: signed by {holder_of(key)}")
    return told


def _keep(
    ceremony: Ceremony, root: Metadata[Root] | None, targets: Metadata[Targets] | None
) -> None:
    ring = ceremony.draft_keyring_bytes() if targets is not None else b""
    release = ceremony.next_release_bytes()
    if root is not None:
        ceremony.keep_root(root)
    if targets is not None:
        ceremony.keep_targets(targets, ring, release)


def _named(draft: Metadata[S]) -> str:
    return f"{draft.signed.type} {draft.signed.version}"
