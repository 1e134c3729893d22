"""The root: who may sign root and targets, how many of them, and which keys of the server sign the rest.

Law of the room: a root is only ever made as the next one. What would be refused by central or by an appliance is
refused here, before anybody is asked for a signature.
"""

import copy
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

import msgspec
from securesystemslib.signer import Key
from tuf.api.metadata import Metadata, Root

from contract.chain_people import (
    OFFLINE,
    ONLINE,
    check_root,
    folded,
    holder_of,
    keys_for,
    public_of,
)
from contract.documents import PublicKey
from contract.enrolment import fingerprint
from contract.seal import key_id
from provisioning.ceremony import Ceremony
from provisioning.ceremony_keys import Holder, tuf_key

ROOT_LIFE: Final = timedelta(days=730)
SERVER: Final = "Máy chủ"


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """What the next root has otherwise: who comes and goes by role (name, key or key id), how many sign, its end."""

    add: Mapping[str, Sequence[Holder]] = msgspec.field(default_factory=dict)
    remove: Mapping[str, Sequence[str]] = msgspec.field(default_factory=dict)
    thresholds: Mapping[str, int] = msgspec.field(default_factory=dict)
    online: Mapping[str, PublicKey] = msgspec.field(default_factory=dict)
    expires: datetime | None = None


def change_root(ceremony: Ceremony, change: Change, now: datetime) -> bool:
    """Draft the next root, or change its draft; return whether anything changed (signatures are void then).

    Raises `ValueError` or `Refused` with a sentence; then nothing is written.
    """
    planned = planned_root(ceremony, change, now)
    if planned is not None:
        ceremony.keep_root(planned)
    return planned is not None


def planned_root(ceremony: Ceremony, change: Change, now: datetime) -> Metadata[Root] | None:
    """Return the root as `change_root` would draft it, None when the draft says the same already; raises as it does."""
    held = ceremony.root_draft
    root = copy.deepcopy(ceremony.next_root) if ceremony.begun else Root()
    root.version = len(ceremony.roots) + 1
    for role in OFFLINE:
        for who in change.remove.get(role, ()):
            _leave(root, role, who)
        for holder in change.add.get(role, ()):
            _enter(root, role, holder)
        root.roles[role].threshold = change.thresholds.get(role, root.roles[role].threshold)
    for role, public in change.online.items():
        for keyid in tuple(root.roles[role].keyids):
            root.revoke_key(keyid, role)
        _enter(root, role, Holder(name=SERVER, public=public))
    if change.expires is not None or held is None:
        ends = now + ROOT_LIFE if change.expires is None else change.expires
        root.expires = ends.astimezone(UTC).replace(microsecond=0)
    if root.expires <= now:
        msg = f"root would run out on {root.expires:%Y-%m-%d}, which has passed; give a later --expires"
        raise ValueError(msg)
    check_root(root)
    return None if held is not None and held.signed == root else Metadata(root)


def roles_of(root: Root, who: str) -> tuple[str, ...]:
    """Return the offline roles in which a person or key (name, key or key id) stands."""
    return tuple(role for role in OFFLINE if _found(root, role, who))


def online_roles_of(root: Root, who: str) -> tuple[str, ...]:
    """Return the online roles that a key (key or key id) of the server signs."""
    return tuple(role for role in ONLINE if _found(root, role, who))


def _enter(root: Root, role: str, holder: Holder) -> None:
    key: Key = tuf_key(holder.name, holder.public)
    known = root.keys.get(key.keyid)
    if known is not None and _in_use(root, key.keyid):
        if folded(holder_of(known)) != folded(holder.name):
            msg = (
                f"this key is that of {holder_of(known)} already; it cannot be {holder.name}'s too"
            )
            raise ValueError(msg)
        key = known
    root.add_key(key, role)


def _leave(root: Root, role: str, who: str) -> None:
    found = _found(root, role, who)
    if not found:
        names = ", ".join(holder_of(key) for key in keys_for(root, role))
        msg = f"nobody called {who!r} signs {role}; these do: {names}"
        raise ValueError(msg)
    for key in found:
        root.revoke_key(key.keyid, role)


def _found(root: Root, role: str, who: str) -> list[Key]:
    return [
        key
        for key in keys_for(root, role)
        if folded(who) == folded(holder_of(key)) or names_key(who, public_of(key))
    ]


def names_key(who: str, public: PublicKey) -> bool:
    """Return whether `who` is this key: itself, its key id, or its fingerprint as people read it out."""
    plain = who.replace(" ", "").lower()
    return who == public or plain in {key_id(public), fingerprint(public).replace(" ", "")}


def _in_use(root: Root, keyid: str) -> bool:
    return any(keyid in role.keyids for role in root.roles.values())
