"""Who may sign what: the keyring judged against signatures that were already verified.

Law of the room: pure. A key counts when the keyring gives it the role, its time has not run out,
and its scope is at or above EVERY area spoken to. People count, not keys: two keys of one holder
are one voice, and a key that stands under two names is nobody's. Revoked means: absent from a newer
epoch.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Final

from contract.area import is_at_or_below
from contract.documents import AreaPath, Keyring, PublicKey, Role, RoleKey
from contract.errors import RefusalCode, Refused
from contract.seal import check_public_key

# What an appliance holds before the chain has brought it a keyring: nobody may sign anything.
NOBODY: Final = Keyring(
    epoch=0,
    issued=datetime(2000, 1, 1, tzinfo=UTC),
    expires=datetime(2000, 1, 2, tzinfo=UTC),
    keys=(),
)


def check(keyring: Keyring) -> None:
    """Refuse (MALFORMED) a weak key, a key under two names, or an expiry before the issue."""
    if keyring.expires <= keyring.issued:
        raise Refused(RefusalCode.MALFORMED, "the keyring expires before it is issued")
    holders: dict[PublicKey, str] = {}
    for key in keyring.keys:
        check_public_key(key.key)
        if holders.setdefault(key.key, key.holder) != key.holder:
            why = f"one key stands under two names, {holders[key.key]} and {key.holder}"
            raise Refused(RefusalCode.MALFORMED, why)


def keys_of(keyring: Keyring, role: Role) -> frozenset[PublicKey]:
    """Return the key material that holds `role` anywhere."""
    return frozenset(key.key for key in keyring.keys if key.role is role)


def threshold(keyring: Keyring, role: Role, areas: Iterable[AreaPath]) -> int:
    """Return how many people must sign what `role` says to `areas`: the greatest rule, else 1.

    A rule for an area applies to what is said to it or to an area above it, not to what is said
    below.
    """
    spoken_to = tuple(areas)
    counts = (
        rule.count
        for rule in keyring.thresholds
        if rule.role is role and any(is_at_or_below(rule.area, area) for area in spoken_to)
    )
    return max(counts, default=1)


def voices(keys: Sequence[RoleKey]) -> tuple[AreaPath, ...]:
    """Return one scope, the highest, per person behind `keys`; skips a key under two names."""
    names: dict[PublicKey, set[str]] = {}
    scopes: dict[str, list[AreaPath]] = {}
    for key in keys:
        names.setdefault(key.key, set()).add(key.holder)
    for key in keys:
        if len(names[key.key]) == 1:
            scopes.setdefault(key.holder, []).append(key.scope)
    return tuple(sorted(min(found, key=len) for found in scopes.values()))


def signers_for(
    keyring: Keyring,
    role: Role,
    areas: Iterable[AreaPath],
    signed_by: frozenset[PublicKey],
    at: datetime,
) -> tuple[RoleKey, ...]:
    """Return the keys that count, held by enough distinct people; `at` is the latest time believed.

    `signed_by` are keys whose signature was verified. Raises `Refused`: UNKNOWN_KEY when none of
    them has the role, EXPIRED when their time or the keyring's has run out, OUT_OF_SCOPE when none
    may speak to every area, THRESHOLD when too few people did.
    """
    if keyring.expires <= at:
        why = f"the keyring ran out on {keyring.expires:%Y-%m-%d}; fetch a newer one"
        raise Refused(RefusalCode.EXPIRED, why)
    spoken_to = tuple(areas)
    with_role = [k for k in keyring.keys if k.role is role and k.key in signed_by]
    if not with_role:
        why = f"nobody with the role {role.value} in keyring {keyring.epoch} signed this"
        raise Refused(RefusalCode.UNKNOWN_KEY, why)
    valid = [k for k in with_role if at < k.not_after]
    if not valid:
        latest = max(with_role, key=lambda k: k.not_after)
        why = f"the key of {latest.holder} ran out on {latest.not_after:%Y-%m-%d}"
        raise Refused(RefusalCode.EXPIRED, why)
    counted = tuple(k for k in valid if all(is_at_or_below(area, k.scope) for area in spoken_to))
    if not counted:
        scopes = ", ".join(sorted({k.scope for k in valid}))
        why = f"signed for {scopes}, but it speaks to {', '.join(spoken_to[:5])}"
        raise Refused(RefusalCode.OUT_OF_SCOPE, why)
    needed, people = threshold(keyring, role, spoken_to), len(voices(counted))
    if people < needed:
        why = f"{people} of {needed} people have signed; {needed - people} more must"
        raise Refused(RefusalCode.THRESHOLD, why)
    return counted
