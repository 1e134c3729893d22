"""Each kind's own rule, once seal, role and scope are proved: which document may replace which.

Law of the room: pure. A function returns the state that holds the new document, or raises `Refused`
or `Stale` and nothing has changed. Numbers rise and never leap so far that a stolen key could lock
out everything that comes after. Announcements have their own room, `contract.announcing`.
"""

from datetime import datetime, timedelta
from typing import Final

import msgspec

from contract.announcing import AHEAD
from contract.area import is_at_or_below
from contract.documents import (
    ActiveSet,
    Approval,
    AreaPath,
    Assignment,
    Command,
    DeviceId,
    Programme,
    Sha256,
)
from contract.errors import RefusalCode, Refused, Stale
from contract.memory import Held, ProgrammeFloor, TrustedNow, TrustState, latest

MAX_JUMP: Final = 1_000_000
MAX_COMMAND_LIFE: Final = timedelta(minutes=5)
MAX_ACTIVE_SET_LIFE: Final = timedelta(minutes=10)


def take_assignment(
    state: TrustState, assignment: Assignment, payload_sha256: Sha256
) -> TrustState:
    """Return the state that holds this paper: about us, of a higher epoch, no leap."""
    _check_device(state, assignment.device)
    if assignment.device_key != state.device_key:
        raise Refused(RefusalCode.WRONG_DEVICE, "the assignment names another key than ours")
    held = None
    if state.assignment is not None and state.assignment_sha256 is not None:
        held = Held(state.assignment.epoch, state.assignment_sha256)
    _check_newer("assignment epoch", Held(assignment.epoch, payload_sha256), held)
    _check_jump("assignment epoch", assignment.epoch, 0 if held is None else held.version)
    return msgspec.structs.replace(state, assignment=assignment, assignment_sha256=payload_sha256)


def check_not_retired(own: Assignment) -> None:
    """Refuse (UNASSIGNED) whatever comes to a retired appliance, but for a newer assignment."""
    if own.retired:
        why = (
            f"this appliance was retired by its assignment of epoch {own.epoch} (replaced or taken"
            " down); it obeys nothing but a newer assignment"
        )
        raise Refused(RefusalCode.UNASSIGNED, why)


def take_programme(
    state: TrustState, programme: Programme, payload_sha256: Sha256, at: datetime
) -> TrustState:
    """Return the state that holds this programme: ours, of this assignment, newer, not over."""
    _check_device(state, programme.device)
    epoch = None if state.assignment is None else state.assignment.epoch
    if programme.assignment_epoch != epoch:
        why = f"made for assignment epoch {programme.assignment_epoch}, we hold {epoch}"
        raise Refused(RefusalCode.WRONG_EPOCH, why)
    floor = state.programme_floor
    if floor is not None and floor.assignment_epoch == epoch:
        held = Held(floor.version, floor.payload_sha256)
        _check_newer("programme version", Held(programme.version, payload_sha256), held)
    _check_jump("programme version", programme.version, 0 if floor is None else floor.version)
    _check_expiry("programme", programme.expires, at)
    raised = ProgrammeFloor(programme.assignment_epoch, programme.version, payload_sha256)
    return msgspec.structs.replace(state, programme_floor=raised)


def check_approval(state: TrustState, approval: Approval, at: datetime) -> None:
    """Refuse an approval that is for elsewhere or over; it is kept nowhere here."""
    _check_covers_us(state, approval.area, "the approval")
    _check_expiry("approval", approval.not_after, at)


def take_active_set(
    state: TrustState, active_set: ActiveSet, payload_sha256: Sha256, at: datetime
) -> TrustState:
    """Return the state that knows this set: about us, under our keyring, newer, not over."""
    _check_covers_us(state, active_set.area, "the active set")
    if active_set.min_keyring_epoch > state.keyring.epoch:
        why = f"it asks for keyring epoch {active_set.min_keyring_epoch}; fetch the keyring again"
        raise Refused(RefusalCode.WRONG_EPOCH, why)
    offered = Held(active_set.version, payload_sha256)
    _check_newer("active set", offered, state.activeset_versions.get(active_set.area))
    _check_life("active set", active_set.issued, active_set.expires, MAX_ACTIVE_SET_LIFE)
    _check_expiry("active set", active_set.expires, at)
    return msgspec.structs.replace(
        state, activeset_versions={**state.activeset_versions, active_set.area: offered}
    )


def take_command(
    state: TrustState, command: Command, payload_sha256: Sha256, now: TrustedNow
) -> TrustState:
    """Return the state after this command: ours, of a higher counter, short-lived, not over."""
    _check_device(state, command.device)
    held = None
    if state.command_sha256 is not None:
        held = Held(state.command_counter, state.command_sha256)
    _check_newer("command counter", Held(command.counter, payload_sha256), held)
    _check_life("command", command.issued, command.expires, MAX_COMMAND_LIFE)
    _check_expiry("command", command.expires, latest(state, now))
    if now.clock == "trusted" and command.issued > now.wall + AHEAD:
        raise Refused(RefusalCode.FROM_FUTURE, "the command says it was given in the future")
    return msgspec.structs.replace(
        state, command_counter=command.counter, command_sha256=payload_sha256
    )


def _check_device(state: TrustState, device: DeviceId) -> None:
    if device != state.device:
        raise Refused(RefusalCode.WRONG_DEVICE, f"it is for {device}, we are {state.device}")


def _check_covers_us(state: TrustState, area: AreaPath, what: str) -> None:
    own = None if state.assignment is None else state.assignment.area
    if own is None or not is_at_or_below(own, area):
        raise Refused(RefusalCode.WRONG_AUDIENCE, f"{what} is for {area}, we are {own}")


def _check_newer(what: str, offered: Held, held: Held | None) -> None:
    if held is None or offered.version > held.version:
        return
    if offered == held:
        msg = f"{what} {offered.version} is already held"
        raise Stale(msg)
    if offered.version == held.version:
        why = f"{what} {offered.version} came again with other content; issue the next one"
        raise Refused(RefusalCode.SAME_VERSION, why)
    why = f"{what} {offered.version} is older than {held.version}, which is held"
    raise Refused(RefusalCode.OLD_VERSION, why)


def _check_jump(what: str, offered: int, held: int) -> None:
    if offered - held > MAX_JUMP:
        why = f"{what} leaps from {held} to {offered}; at most {MAX_JUMP} at once"
        raise Refused(RefusalCode.VERSION_JUMP, why)


def _check_life(what: str, issued: datetime, expires: datetime, longest: timedelta) -> None:
    if expires - issued > longest:
        why = f"this {what} would live longer than {longest}; issue it again instead"
        raise Refused(RefusalCode.LIFE_TOO_LONG, why)


def _check_expiry(what: str, expires: datetime, at: datetime) -> None:
    if expires <= at:
        why = f"this {what} ran out at {expires:%Y-%m-%d %H:%M} UTC"
        raise Refused(RefusalCode.EXPIRED, why)
