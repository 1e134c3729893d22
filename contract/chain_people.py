"""The people behind the keys of the chain: who may sign root and targets, and whether their rules can be met.

Law of the room: pure. The Update Framework counts key ids; that key ids are people is made sure of here: one key
stands under one id, one person under one key of a role, what lies on the server signs nothing that must outlive
its loss, and no rule asks for more people than there are.
"""

import base64
import unicodedata
from datetime import datetime
from typing import Final

from securesystemslib.signer import Key
from tuf.api.metadata import Root

from contract import seal
from contract.area import is_at_or_below
from contract.documents import Keyring, PublicKey, Role
from contract.errors import RefusalCode, Refused

HOLDER: Final = "x-tienglang-holder"  # beside a key in root.json, and signed with it
ROOT, TARGETS, SNAPSHOT, TIMESTAMP = "root", "targets", "snapshot", "timestamp"
OFFLINE: Final = (ROOT, TARGETS)
ONLINE: Final = (SNAPSHOT, TIMESTAMP)
ONLINE_ROLES: Final = frozenset({Role.SCHEDULE, Role.ACTIVE_SET, Role.COMMAND, Role.TIME})


def check_root(root: Root) -> None:
    """Refuse (MALFORMED, THRESHOLD) a root that nobody should sign."""
    if not root.consistent_snapshot:
        raise Refused(RefusalCode.MALFORMED, "root must ask for consistent snapshots")
    ids: dict[PublicKey, str] = {}
    for keyid, key in root.keys.items():
        first = ids.setdefault(public_of(key), keyid)
        if first != keyid:
            why = f"one key stands under two ids, {first[:8]} and {keyid[:8]}: it would count twice"
            raise Refused(RefusalCode.MALFORMED, why)
    for role in (*OFFLINE, *ONLINE):
        _check_role(root, role)
    shared = _ids(root, *OFFLINE) & _ids(root, *ONLINE)
    if shared:
        who = ", ".join(sorted(holder_of(root.keys[keyid]) for keyid in shared))
        why = (
            f"{who}: a key that lies on the server must not sign root or targets; make another one"
        )
        raise Refused(RefusalCode.MALFORMED, why)


def check_reachable(ring: Keyring, at: datetime) -> None:
    """Refuse (THRESHOLD) a rule that too few could meet, and (MALFORMED) a key both online and a person's."""
    for rule in ring.thresholds:
        people = {
            folded(key.holder)
            for key in ring.keys
            if key.role is rule.role and key.not_after > at and is_at_or_below(rule.area, key.scope)
        }
        if len(people) < rule.count:
            why = (
                f"{rule.role.value} for {rule.area} asks for {rule.count} people and {len(people)} could sign: nobody "
                f"could ever speak; add a holder first, or lower it: --threshold {rule.role.value}:{rule.area}:1"
            )
            raise Refused(RefusalCode.THRESHOLD, why)
    online = {key.key for key in ring.keys if key.role in ONLINE_ROLES}
    for key in ring.keys:
        if key.key in online and key.role not in ONLINE_ROLES:
            why = (
                f"the key of {key.holder} lies on the server (an online role) and may {key.role.value}: whoever takes "
                "the server could start new sound; give the person another key"
            )
            raise Refused(RefusalCode.MALFORMED, why)


def public_of(key: Key) -> PublicKey:
    """Return the key material as the rest of the house writes it; raises `Refused` for another kind or a weak key."""
    text = key.keyval.get("public")
    if (key.keytype, key.scheme) != ("ed25519", "ed25519") or not isinstance(text, str):
        why = f"{holder_of(key)}: only Ed25519 keys are taken"
        raise Refused(RefusalCode.MALFORMED, why)
    try:
        raw = bytes.fromhex(text)
    except ValueError:
        raw = b""
    if raw.hex() != text:
        raise Refused(RefusalCode.MALFORMED, f"{holder_of(key)}: this is no public key in hex")
    public = PublicKey(base64.b64encode(raw).decode("ascii"))
    seal.check_public_key(public)
    return public


def holder_of(key: Key) -> str:
    """Return who holds a key of the root, else its id's head."""
    name = key.unrecognized_fields.get(HOLDER)
    return name if isinstance(name, str) and name else key.keyid[:16]


def keys_for(root: Root, role: str) -> tuple[Key, ...]:
    """Return the keys that may sign for a role, in the order of the root."""
    return tuple(root.keys[keyid] for keyid in root.roles[role].keyids)


def folded(name: str) -> str:
    """Return a name as two spellings of it are compared."""
    return " ".join(unicodedata.normalize("NFC", name).split()).casefold()


def is_number(value: object) -> bool:
    """Return whether a value out of JSON is an integer; `true` is none."""
    return type(value) is int


def _check_role(root: Root, role: str) -> None:
    asked = root.roles[role]
    if not is_number(asked.threshold):
        raise Refused(RefusalCode.MALFORMED, f"the threshold of {role} is no number")
    people: set[str] = set()
    for keyid in asked.keyids:
        if str(keyid) not in root.keys:  # JSON may hold a number here
            why = f"{role} names the key {str(keyid)[:8]}, which root does not hold"
            raise Refused(RefusalCode.MALFORMED, why)
        name = holder_of(root.keys[keyid])
        if folded(name) in people:
            why = f"{name} holds two keys of {role}: two keys of one person are one voice; keep one"
            raise Refused(RefusalCode.MALFORMED, why)
        people.add(folded(name))
    if len(people) < asked.threshold:
        why = (
            f"{role} asks for {asked.threshold} signatures and names {len(people)} people: nobody could ever meet it; "
            "name more people or ask for fewer"
        )
        raise Refused(RefusalCode.THRESHOLD, why)


def _ids(root: Root, *roles: str) -> set[str]:
    return {keyid for role in roles for keyid in root.roles[role].keyids}
