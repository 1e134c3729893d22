"""The keyring of a ceremony: people's and online keys enter and leave it, and what is lost is revoked.

Law of the room: every change makes the next epoch and the next targets, once until they are signed: more changes
before that go into the same draft. A rule that nobody could meet, and a key that would stand for two people or for
two offices, is refused before anybody signs.
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

import msgspec
from securesystemslib.signer import Key
from tuf.api.metadata import Metadata, TargetFile, Targets

from contract import codec, keyring
from contract.chain import KEYRING_TARGET, RELEASE_TARGET
from contract.chain_people import check_reachable, folded, holder_of, public_of
from contract.documents import AreaPath, Keyring, PublicKey, Role, RoleKey, Threshold
from provisioning.ceremony import Ceremony
from provisioning.ceremony_root import (
    Change,
    names_key,
    online_roles_of,
    planned_root,
    roles_of,
)

TARGETS_LIFE: Final = timedelta(days=365)
KEYRING_LIFE: Final = timedelta(
    days=730
)  # outlives its targets, so that a late ceremony silences nobody
KEY_LIFE: Final = timedelta(days=730)
Planned = tuple[Metadata[Targets], bytes]
Matches = Callable[[RoleKey], bool]


def add_keys(
    ceremony: Ceremony, entries: Sequence[RoleKey], thresholds: Sequence[Threshold], now: datetime
) -> bool:
    """Draft a keyring with these entries and rules too; return whether anything changed.

    An entry for the same key, role and area replaces the one before, so that its end can be moved.
    """
    for entry in entries:
        if entry.not_after <= now:
            msg = f"the key of {entry.holder} would run out on {entry.not_after:%Y-%m-%d}, which has passed"
            raise ValueError(msg)
        for known in _held(ceremony):
            if known.key == entry.key and known.holder != entry.holder:
                msg = (
                    f"this key stands under the name {known.holder} already, and one key under two names is nobody's; "
                    f"give {entry.holder} a key of their own, or take the other entry out first: trust remove-key"
                )
                raise ValueError(msg)
    replaced = {_place(entry) for entry in entries}
    kept = [key for key in _held(ceremony) if _place(key) not in replaced]
    return _keep(ceremony, planned(ceremony, (*kept, *entries), thresholds, now))


def remove_keys(
    ceremony: Ceremony, matches: Matches, thresholds: Sequence[Threshold], now: datetime
) -> tuple[RoleKey, ...]:
    """Draft a keyring without the entries that match; return those. Raises `ValueError` when there is none."""
    gone = tuple(key for key in _held(ceremony) if matches(key))
    if not gone:
        names = ", ".join(sorted({key.holder for key in _held(ceremony)})) or "nobody"
        msg = f"no entry of the keyring fits; in it stand: {names}"
        raise ValueError(msg)
    kept = [key for key in _held(ceremony) if key not in gone]
    _keep(ceremony, planned(ceremony, kept, thresholds, now))
    return gone


def revoke(
    ceremony: Ceremony, who: str, thresholds: Sequence[Threshold], change: Change, now: datetime
) -> tuple[str, ...]:
    """Draft keyring and root without a person or key, wherever it stands; return what it lost, in words.

    `thresholds` and `change` say what is to hold then. Nothing lost: the drafts lack it already. Raises `ValueError`
    for one that stands nowhere, and `Refused` where too few would be left; then nothing is written.
    """

    def lost(key: RoleKey) -> bool:
        return folded(who) == folded(key.holder) or names_key(who, key.key)

    for role in online_roles_of(ceremony.next_root, who):
        msg = f"this is the server's {role} key; put another in its place: trust rotate --{role} PUBLIC"
        raise ValueError(msg)
    roles = roles_of(ceremony.next_root, who)
    gone = [key for key in _held(ceremony) if lost(key)]
    if not roles and not gone:
        if _was_revoked(ceremony, who, lost):
            return ()
        names = {key.holder for key in _held(ceremony)} | set(map(holder_of, _chain_keys(ceremony)))
        msg = f"{who!r} stands neither in the keyring nor in the root; there are: {', '.join(sorted(names))}"
        raise ValueError(msg)
    root = None
    if roles:
        leaving = msgspec.structs.replace(change, remove=dict.fromkeys(roles, (who,)))
        root = planned_root(ceremony, leaving, now)
    kept = [key for key in _held(ceremony) if key not in gone]
    ring = planned(ceremony, kept, thresholds, now, anew=True)
    if root is not None:
        ceremony.keep_root(root)
    _keep(ceremony, ring)
    return (
        *(f"{role} of the chain" for role in roles),
        *(f"{key.role.value} at {key.scope} ({key.holder})" for key in gone),
    )


def rotate(
    ceremony: Ceremony,
    change: Change,
    server: Mapping[Role, PublicKey],
    now: datetime,
    first: Callable[[], None],
) -> bool:
    """Draft the next root, and for another year the keyring, with `server` keys in the places of those before.

    `first` is called when all is found right and before anything is written: new keys go into their files. Return
    whether anything is new. Raises as `change_root` and `planned` do; then nothing is written.
    """
    root = planned_root(ceremony, change, now)
    ends = usual_end(now)
    keys = [
        msgspec.structs.replace(key, key=server[key.role], not_after=ends)
        if key.role in server
        else key
        for key in _held(ceremony)
    ]
    ring = planned(ceremony, keys, (), now, anew=True)
    first()
    if root is not None:
        ceremony.keep_root(root)
    return _keep(ceremony, ring) or root is not None


def planned(
    ceremony: Ceremony,
    keys: Sequence[RoleKey],
    thresholds: Sequence[Threshold],
    now: datetime,
    *,
    anew: bool = False,
) -> Planned | None:
    """Return the next targets and their keyring, None when the draft (or, unless `anew`, the signed one) says the same.

    `thresholds` take the place of the rules for the same role and area. Raises `Refused` for what nobody should sign.
    """
    standing = ceremony.next_keyring
    rules = _ruled(standing, thresholds)
    same = standing is not None and (tuple(keys), rules) == (standing.keys, standing.thresholds)
    if (same and not (anew and ceremony.targets_draft is None)) or (standing is None and not keys):
        return None
    issued = now.astimezone(UTC).replace(microsecond=0)
    ring = Keyring(
        epoch=1 if ceremony.keyring is None else ceremony.keyring.epoch + 1,
        issued=issued,
        expires=issued + KEYRING_LIFE,
        keys=tuple(keys),
        thresholds=rules,
    )
    keyring.check(ring)
    check_reachable(ring, now)
    _check_apart(ceremony, ring)
    data = codec.encode_keyring(ring)
    return next_targets(ceremony, data, ceremony.next_release_bytes(), issued), data


def next_targets(
    ceremony: Ceremony, ring: bytes, release: bytes | None, now: datetime
) -> Metadata[Targets]:
    """Return the next targets, unsigned, that name this keyring and, where there is one, this release."""
    version = 1 if ceremony.targets is None else ceremony.targets.signed.version + 1
    named = {
        name: TargetFile(len(data), {"sha256": hashlib.sha256(data).hexdigest()}, name)
        for name, data in ((KEYRING_TARGET, ring), (RELEASE_TARGET, release))
        if data is not None
    }
    ends = now.astimezone(UTC).replace(microsecond=0) + TARGETS_LIFE
    return Metadata(Targets(version, None, ends, named))


def role_key(public: str, holder: str, role: Role, scope: AreaPath, not_after: datetime) -> RoleKey:
    """Return an entry of the keyring; `not_after` is aware."""
    ends = not_after.astimezone(UTC).replace(microsecond=0)
    return RoleKey(key=public, holder=holder, role=role, scope=scope, not_after=ends)


def usual_end(now: datetime) -> datetime:
    """Return the usual end of a key: a midnight, so that the same command gives the same entry all day."""
    return (now + KEY_LIFE).astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)


def _held(ceremony: Ceremony) -> tuple[RoleKey, ...]:
    return () if ceremony.next_keyring is None else ceremony.next_keyring.keys


def _keep(ceremony: Ceremony, ring: Planned | None) -> bool:
    if ring is not None:
        ceremony.keep_targets(*ring, ceremony.next_release_bytes())
    return ring is not None


def _ruled(ring: Keyring | None, thresholds: Sequence[Threshold]) -> tuple[Threshold, ...]:
    """Return the rules with these in place of those for the same role and area; a count of 1 is no rule."""
    replaced = {(rule.role, rule.area) for rule in thresholds}
    held = () if ring is None else ring.thresholds
    kept = [rule for rule in held if (rule.role, rule.area) not in replaced]
    return (*kept, *(rule for rule in thresholds if rule.count > 1))


def _chain_keys(ceremony: Ceremony) -> tuple[Key, ...]:
    return tuple(ceremony.next_root.keys.values())


def _place(key: RoleKey) -> tuple[str, Role, AreaPath]:
    return key.key, key.role, key.scope


def _check_apart(ceremony: Ceremony, ring: Keyring) -> None:
    """Refuse a key of the chain itself: what signs the keyring must not lie about in browsers and on the server."""
    of_root = {public_of(key): holder_of(key) for key in _chain_keys(ceremony)}
    for key in ring.keys:
        if key.key in of_root:
            msg = (
                f"the key given for {key.holder} is the one by which {of_root[key.key]} signs the chain; make another "
                "for daily work: tienglang-provision key FILE"
            )
            raise ValueError(msg)


def _was_revoked(ceremony: Ceremony, who: str, lost: Matches) -> bool:
    """Return whether the drafts lack what the signed half still has: the same command was given before."""
    signed = () if ceremony.keyring is None else ceremony.keyring.keys
    return any(lost(key) for key in signed) or (
        ceremony.root is not None and bool(roles_of(ceremony.root, who))
    )
