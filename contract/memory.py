"""What an appliance must remember so that nothing old can be sold to it as new.

Law of the room: frozen values; a newer one replaces an older one whole. The caller writes it to
disk before it acts on what was admitted. Floors only rise; what is forgotten is only what the time
floor refuses anyway.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final, Literal

import msgspec

from contract import keyring as keyrings
from contract import seal
from contract.documents import (
    AreaPath,
    Assignment,
    DeviceId,
    Keyring,
    PublicKey,
    Sha256,
    Status,
)
from contract.errors import Misuse, RefusalCode, Refused, Stale

ClockWord = Literal["trusted", "floor-only", "unknown"]
DoorName = Literal["push", "poll", "store", "usb", "neighbour"]

LEAP_PER_DOCUMENT: Final = timedelta(hours=24)


class TrustedNow(msgspec.Struct, frozen=True):
    """The wall clock (aware UTC), how far it may be believed, and by which door the bytes came."""

    wall: datetime
    clock: ClockWord
    door: DoorName = "poll"


class Held(msgspec.Struct, frozen=True):
    """A version and the SHA-256 of the payload that carried it."""

    version: int
    payload_sha256: Sha256


class ProgrammeFloor(msgspec.Struct, frozen=True):
    """The programme held: versions count within one epoch of the assignment."""

    assignment_epoch: int
    version: int
    payload_sha256: Sha256


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """An announcement once admitted; `scopes` has one entry per person who signed it."""

    payload_sha256: Sha256
    expires: datetime
    status: Status
    areas: tuple[AreaPath, ...]
    scopes: tuple[AreaPath, ...]


class Tombstone(msgspec.Struct, frozen=True, kw_only=True):
    """A word that an announcement is over: cancelled, or replaced, by the announcement `by`."""

    by: str
    cancelled: bool
    expires: datetime
    status: Status
    scopes: tuple[AreaPath, ...]


class TrustState(msgspec.Struct, frozen=True, kw_only=True):
    """All that `contract.trust.admit` judges by; begin with `TrustState.fresh`."""

    keyring: Keyring
    device: DeviceId
    device_key: PublicKey
    time_floor: datetime
    assignment: Assignment | None = None
    assignment_sha256: Sha256 | None = None
    programme_floor: ProgrammeFloor | None = None
    activeset_versions: Mapping[AreaPath, Held] = msgspec.field(default_factory=dict)
    command_counter: int = 0
    command_sha256: Sha256 | None = None
    seen: Mapping[str, Seen] = msgspec.field(default_factory=dict)
    tombstones: Mapping[str, tuple[Tombstone, ...]] = msgspec.field(default_factory=dict)

    @classmethod
    def fresh(cls, keyring: Keyring, device_key: PublicKey, time_floor: datetime) -> "TrustState":
        """Return the state of an appliance that holds nothing yet.

        `time_floor` is when its image was built. Raises `Refused` when the keyring or the device
        key is unfit, `Misuse` for a naive floor.
        """
        keyrings.check(keyring)
        return cls(
            keyring=keyring,
            device=seal.device_id(device_key),
            device_key=device_key,
            time_floor=_aware(time_floor),
        )


def latest(state: TrustState, now: TrustedNow) -> datetime:
    """Return the time that expiries are judged at: never below the floor.

    An unknown clock is not asked at all: one that is years ahead must not silence a warning.
    """
    return state.time_floor if now.clock == "unknown" else max(state.time_floor, now.wall)


def raise_floor(state: TrustState, wall: datetime) -> TrustState:
    """Return the state with the floor at `wall` or above; hourly, with a trusted clock only."""
    return _forget(msgspec.structs.replace(state, time_floor=max(state.time_floor, _aware(wall))))


def raise_floor_by(state: TrustState, issued: datetime, now: TrustedNow) -> TrustState:
    """Return the state with the floor raised by an admitted document's `issued` or `sent`.

    At most 24 h beyond the time already believed, so that one stolen key cannot make everything
    expire.
    """
    believed = max(state.time_floor, now.wall) if now.clock == "trusted" else state.time_floor
    floor = max(state.time_floor, min(issued, believed + LEAP_PER_DOCUMENT))
    return _forget(msgspec.structs.replace(state, time_floor=floor))


def renew_keyring(state: TrustState, keyring: Keyring) -> TrustState:
    """Return the state under a newer keyring, whose own signatures the caller has verified.

    The floors of commands and active sets begin again: they outlive minutes only, and a stolen key
    may have driven them to the end. Raises `Stale` for the keyring already held, `Refused`
    OLD_VERSION for an older epoch, SAME_VERSION for other content under the same one, MALFORMED for
    an unfit one.
    """
    keyrings.check(keyring)
    if keyring == state.keyring:
        raise Stale("this keyring is already held")
    if keyring.epoch == state.keyring.epoch:
        why = f"keyring epoch {keyring.epoch} came with other content; issue it as the next epoch"
        raise Refused(RefusalCode.SAME_VERSION, why)
    if keyring.epoch < state.keyring.epoch:
        why = f"keyring epoch {keyring.epoch} is older than {state.keyring.epoch}, which is held"
        raise Refused(RefusalCode.OLD_VERSION, why)
    return msgspec.structs.replace(
        state, keyring=keyring, activeset_versions={}, command_counter=0, command_sha256=None
    )


def state_to_json(state: TrustState) -> str:
    """Return the state as one line of JSON for the ledger."""
    return msgspec.json.encode(state, order="deterministic").decode("utf-8")


def state_from_json(text: str | bytes) -> TrustState:
    """Return the state that `state_to_json` wrote; raises `Refused` MALFORMED for all else."""
    try:
        return msgspec.json.decode(text, type=TrustState)
    except (msgspec.DecodeError, UnicodeError) as error:
        why = f"the stored trust state cannot be read: {error}"
        raise Refused(RefusalCode.MALFORMED, why) from error


def _forget(state: TrustState) -> TrustState:
    """Drop what the time floor alone refuses by now."""
    floor = state.time_floor
    tombstones = {
        name: kept
        for name, found in state.tombstones.items()
        if (kept := tuple(t for t in found if t.expires > floor))
    }
    seen = {name: found for name, found in state.seen.items() if found.expires > floor}
    return msgspec.structs.replace(state, seen=seen, tombstones=tombstones)


def _aware(instant: datetime) -> datetime:
    if instant.tzinfo is None:
        msg = f"{instant} has no time zone; give an aware instant"
        raise Misuse(msg)
    return instant
