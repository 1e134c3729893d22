"""Which announcements an appliance obeys: emergencies, their updates and their cancels.

Law of the room: pure; signatures and scope are already proved. An id sounds once. Only those who
could have said it may take it back: the same issuer with at least the scope of the highest signer,
or a scope strictly above, and as many people as the warning itself asked for. Word may arrive in
any order, so an update or cancel leaves tombstones; a tombstone binds only if its signers had
standing over what it names.

A drill is not a warning (ADR 0019). A Test is verified, remembered and told of, and sounds nowhere; an
Exercise sounds inside the policy of appliances that allow it. Of either no more than `MOST_DRILLS` are
held, so that a flood of them neither wears the card nor hides what is real.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Final

import msgspec

from contract import keyring as keyrings
from contract.area import is_at_or_below, segments
from contract.documents import (
    Announcement,
    AreaPath,
    Keyring,
    MessageType,
    Role,
    RoleKey,
    Sha256,
    Status,
)
from contract.errors import RefusalCode, Refused, Stale
from contract.memory import Seen, Tombstone, TrustedNow, TrustState, latest

AHEAD: Final = timedelta(minutes=5)
MOST_DRILLS: Final = 16  # Tests, and as many Exercises, that an appliance remembers at one time
_TOMBSTONE_LIFE: Final = timedelta(hours=25)  # the longest life of what it names, and an hour


def admit_announcement(
    state: TrustState,
    announcement: Announcement,
    payload_sha256: Sha256,
    counted: Sequence[RoleKey],
    now: TrustedNow,
) -> TrustState:
    """Return the state that remembers an announcement which may sound (or end others) now.

    `counted` are the keys that count for it. Raises `Refused`, or `Stale` when the same payload is
    in force.
    """
    at = latest(state, now)
    _check_hearing(state, announcement, now, at)
    told = Seen(
        payload_sha256=payload_sha256,
        expires=announcement.expires,
        status=announcement.status,
        areas=announcement.areas,
        scopes=keyrings.voices(counted),
    )
    _check_unheard(state, announcement, told)
    _check_room(state, announcement, at)
    for reference in announcement.references:
        _check_reference(state, announcement, told, reference)
    return _remember(state, announcement, told)


def _check_hearing(
    state: TrustState, announcement: Announcement, now: TrustedNow, at: datetime
) -> None:
    if state.assignment is None:
        why = "this appliance has no assignment yet, so nothing is addressed to it"
        raise Refused(RefusalCode.UNASSIGNED, why)
    if announcement.status is Status.EXERCISE and not state.assignment.policy.exercises:
        why = "the policy of this appliance lets no drill sound here; only Actual does"
        raise Refused(RefusalCode.NOT_ACTUAL, why)
    own = state.assignment.area
    if not any(is_at_or_below(own, area) for area in announcement.areas):
        why = f"it speaks to {', '.join(announcement.areas[:5])}, we are {own}"
        raise Refused(RefusalCode.WRONG_AUDIENCE, why)
    if now.clock == "unknown" and now.door != "push":
        why = "the clock is not set, so only central's live stream is believed; connect or set it"
        raise Refused(RefusalCode.CLOCK_UNKNOWN, why)
    if announcement.expires <= at:
        why = f"it was over at {announcement.expires:%Y-%m-%d %H:%M} UTC"
        raise Refused(RefusalCode.EXPIRED, why)
    if now.clock == "trusted" and announcement.sent > now.wall + AHEAD:
        why = f"it says it was sent at {announcement.sent:%Y-%m-%d %H:%M} UTC, in the future"
        raise Refused(RefusalCode.FROM_FUTURE, why)


def _check_unheard(state: TrustState, announcement: Announcement, told: Seen) -> None:
    if announcement.message is not MessageType.CANCEL:
        for tombstone in _binding(state, announcement.id, told):
            word = "cancelled" if tombstone.cancelled else "replaced"
            why = f"{announcement.id} was {word} by {tombstone.by}"
            raise Refused(RefusalCode.CANCELLED, why)
    before = state.seen.get(announcement.id)
    if before is None:
        return
    if before.payload_sha256 == told.payload_sha256:
        msg = f"{announcement.id} is already held"
        raise Stale(msg)
    why = f"{announcement.id} was used before with other content; give it a new id"
    raise Refused(RefusalCode.REPLAYED, why)


def _check_room(state: TrustState, announcement: Announcement, at: datetime) -> None:
    """Refuse one more drill where as many are held as there may be; what is real always has room."""
    if announcement.status is Status.ACTUAL:
        return
    alike = (s for s in state.seen.values() if s.status is announcement.status and s.expires > at)
    held = sum(1 for _ in alike)
    if held >= MOST_DRILLS:
        word = announcement.status.value
        why = f"{held} announcements of status {word} are held already; wait until one runs out"
        raise Refused(RefusalCode.NOT_ACTUAL, why)


def _check_reference(
    state: TrustState, announcement: Announcement, told: Seen, reference: str
) -> None:
    if reference == announcement.id:
        raise Refused(RefusalCode.MALFORMED, f"{reference} refers to itself")
    original = state.seen.get(reference)
    if original is not None:
        if original.status is not told.status:
            why = f"{reference} is {original.status.value}, this is {told.status.value}"
            raise Refused(RefusalCode.NOT_ACTUAL, why)
        same_issuer = _issuer(reference) == _issuer(announcement.id)
        if not _has_standing(state.keyring, told.scopes, original, same_issuer=same_issuer):
            why = f"{reference} was not theirs to change: other issuer or smaller area"
            raise Refused(RefusalCode.WRONG_ISSUER, why)
    if announcement.message is MessageType.CANCEL:
        return
    for tombstone in _binding(state, reference, told if original is None else original):
        if tombstone.cancelled:
            why = f"{reference} was cancelled by {tombstone.by}; send a new alert"
            raise Refused(RefusalCode.CANCELLED, why)
        if tombstone.by not in announcement.references:
            why = f"{reference} was replaced by {tombstone.by}; refer to that too"
            raise Refused(RefusalCode.CANCELLED, why)


def _remember(state: TrustState, announcement: Announcement, told: Seen) -> TrustState:
    tombstones = dict(state.tombstones)
    for reference in announcement.references:
        original = state.seen.get(reference)
        ends = announcement.sent + _TOMBSTONE_LIFE
        added = Tombstone(
            by=announcement.id,
            cancelled=announcement.message is MessageType.CANCEL,
            expires=ends if original is None else max(ends, original.expires),
            status=announcement.status,
            scopes=told.scopes,
        )
        tombstones[reference] = (*tombstones.get(reference, ()), added)
    return msgspec.structs.replace(
        state, seen={**state.seen, announcement.id: told}, tombstones=tombstones
    )


def _binding(state: TrustState, name: str, subject: Seen) -> Iterator[Tombstone]:
    """Yield the tombstones of `name` whose signers had standing over what `subject` stands for."""
    for tombstone in state.tombstones.get(name, ()):
        same_issuer = _issuer(tombstone.by) == _issuer(name)
        if tombstone.status is subject.status and _has_standing(
            state.keyring, tombstone.scopes, subject, same_issuer=same_issuer
        ):
            yield tombstone


def _has_standing(
    keyring: Keyring, scopes: Sequence[AreaPath], original: Seen, *, same_issuer: bool
) -> bool:
    """Return whether people of these scopes may change or end `original`."""
    highest = min(original.scopes, key=lambda scope: len(segments(scope)))
    able = [s for s in scopes if is_at_or_below(highest, s) and (same_issuer or s != highest)]
    return len(able) >= keyrings.threshold(keyring, Role.EMERGENCY, original.areas)


def _issuer(announcement_id: str) -> str:
    return announcement_id.partition(":")[0]
