"""Which sealed bytes an appliance obeys, and which may replace which.

Law of the room: a state machine over bytes without I/O or clock: `admit` answers with a new state
and the document, or refuses and nothing has changed. Doors are not trusted, the seal is. Verified
first, parsed after; then role, scope and threshold; then the document's own rule. Versions and
floors never fall.
"""

from datetime import datetime
from typing import assert_never

import msgspec

from contract import codec, keyring, rules, seal
from contract.announcing import admit_announcement
from contract.documents import (
    ActiveSet,
    Announcement,
    Approval,
    AreaPath,
    Assignment,
    Command,
    Commissioning,
    Document,
    Keyring,
    Kind,
    Programme,
    PublicKey,
    Report,
    Role,
    RoleKey,
    Sha256,
    SignedTime,
    Status,
)
from contract.errors import RefusalCode, Refused
from contract.memory import (
    TrustedNow,
    TrustState,
    latest,
    raise_floor,
    raise_floor_by,
    renew_keyring,
    state_from_json,
    state_to_json,
)

__all__ = [
    "Admitted",
    "TrustState",
    "TrustedNow",
    "admit",
    "issued",
    "raise_floor",
    "renew_keyring",
    "role_of",
    "state_from_json",
    "state_to_json",
    "verify_for_central",
    "verify_report",
    "verify_sealed_report",
    "verify_time",
]


class Admitted(msgspec.Struct, frozen=True, kw_only=True):
    """What was admitted, and the state to write to disk before acting on it."""

    state: TrustState
    document: Document
    kind: Kind
    payload_sha256: Sha256


def admit(state: TrustState, envelope_bytes: bytes, now: TrustedNow) -> Admitted:
    """Return the document these bytes hold if this appliance must obey it, and the state after it.

    Raises `Refused` with a code and a sentence (theirs; nothing has changed) or `Stale` when the
    very same payload is already held (nobody's fault; do nothing).
    """
    envelope = seal.read_envelope(envelope_bytes)
    role = role_of(envelope.kind)
    signed_by = _signed_by(envelope, state.keyring, role)
    document = codec.decode(envelope.kind, envelope.payload)
    areas = _areas_of(document, _own_area(state, document))
    counted = keyring.signers_for(state.keyring, role, areas, signed_by, latest(state, now))
    after = _rule(state, document, envelope.payload_sha256, counted, now)
    if not _is_said_ahead(document):
        after = raise_floor_by(after, issued(document), now)
    return Admitted(
        state=after,
        document=document,
        kind=envelope.kind,
        payload_sha256=envelope.payload_sha256,
    )


def verify_for_central(
    keys: Keyring, envelope: bytes, now: datetime, *, area: AreaPath | None = None
) -> Document:
    """Return the document if enough holders with role and scope signed it; no more is judged.

    `area` is the appliance's, for the kinds that name only a device (programme, command, time);
    without it their scope is not judged. `now` is aware UTC. Raises `Refused` as `admit` does.
    """
    read = seal.read_envelope(envelope)
    role = role_of(read.kind)
    signed_by = _signed_by(read, keys, role)
    document = codec.decode(read.kind, read.payload)
    keyring.signers_for(keys, role, _areas_of(document, area), signed_by, now)
    return document


def verify_report(envelope: bytes, device_key: PublicKey) -> Report:
    """Return the report if this appliance sealed it about itself; its chain is not judged here.

    Raises `Refused`: WRONG_KIND, BAD_SIGNATURE, WRONG_DEVICE, MALFORMED or TOO_LARGE.
    """
    return verify_sealed_report(envelope, device_key)[0]


def verify_sealed_report(envelope: bytes, device_key: PublicKey) -> tuple[Report, Sha256]:
    """Return the report and the digest of its payload, by which the next is chained; raises as `verify_report`."""
    read = seal.read_envelope(envelope)
    if read.kind is not Kind.REPORT:
        raise Refused(RefusalCode.WRONG_KIND, f"a {read.kind.value} is no report")
    if not seal.signers(read, [device_key]):
        raise Refused(RefusalCode.BAD_SIGNATURE, "the appliance's key did not sign this report")
    report = codec.decode(read.kind, read.payload)
    if not isinstance(report, Report) or report.device != seal.device_id(device_key):
        raise Refused(RefusalCode.WRONG_DEVICE, "the report speaks of another appliance")
    return report, read.payload_sha256


def verify_time(state: TrustState, envelope_bytes: bytes, nonce: str) -> SignedTime:
    """Return the time that was signed for this appliance as the answer to this very `nonce`.

    The appliance's own wall clock is not asked, because this is what sets it: keys are judged at the
    time they sign, so that a stolen one cannot lie beyond its own end, and never below the floor.
    Raises `Refused`: WRONG_KIND, UNASSIGNED, WRONG_DEVICE, REPLAYED for another question's answer,
    OLD_VERSION below the floor, and as `admit` for seal, role and scope.
    """
    envelope = seal.read_envelope(envelope_bytes)
    if envelope.kind is not Kind.TIME:
        raise Refused(RefusalCode.WRONG_KIND, f"a {envelope.kind.value} is no time")
    signed_by = _signed_by(envelope, state.keyring, Role.TIME)
    signed = codec.decode(envelope.kind, envelope.payload)
    own = _own_area(state, signed)
    if not isinstance(signed, SignedTime) or signed.device != state.device:
        raise Refused(
            RefusalCode.WRONG_DEVICE, f"this time was told to another, not {state.device}"
        )
    if signed.nonce != nonce:
        raise Refused(RefusalCode.REPLAYED, "this time answers another question than the one asked")
    at = max(state.time_floor, signed.now)
    keyring.signers_for(state.keyring, Role.TIME, _areas_of(signed, own), signed_by, at)
    if signed.now < state.time_floor:
        why = f"the time told, {signed.now:%Y-%m-%d %H:%M} UTC, is known to have passed already"
        raise Refused(RefusalCode.OLD_VERSION, why)
    return signed


def role_of(kind: Kind) -> Role:
    """Return the role that signs `kind`; refuses (WRONG_KIND) reports, which a device key signs."""
    match kind:
        case Kind.ASSIGNMENT:
            return Role.ASSIGN
        case Kind.PROGRAMME:
            return Role.SCHEDULE
        case Kind.APPROVAL:
            return Role.APPROVE
        case Kind.ANNOUNCEMENT:
            return Role.EMERGENCY
        case Kind.ACTIVE_SET:
            return Role.ACTIVE_SET
        case Kind.COMMAND:
            return Role.COMMAND
        case Kind.TIME:
            return Role.TIME
        case Kind.REPORT | Kind.COMMISSIONING:
            why = f"a {kind.value} is signed by an appliance's own key and obeyed by nobody"
            raise Refused(RefusalCode.WRONG_KIND, why)
        case _:
            assert_never(kind)


def issued(document: Document) -> datetime:
    """Return when the document says it was made."""
    match document:
        case Announcement():
            return document.sent
        case SignedTime():
            return document.now
        case Commissioning():
            return document.ended
        case _:
            return document.issued


def _is_said_ahead(document: Document) -> bool:
    """Return whether the date in it proves no time to have passed.

    An approval is kept nowhere here, so one could raise the floor again; a drill is signed weeks before its night.
    """
    drill = isinstance(document, Announcement) and document.status is not Status.ACTUAL
    return drill or isinstance(document, Approval)


def _signed_by(envelope: seal.Envelope, keys: Keyring, role: Role) -> frozenset[PublicKey]:
    candidates = keyring.keys_of(keys, role)
    found = seal.signers(envelope, candidates)
    if found:
        return found
    claimed = {signature.keyid for signature in envelope.signatures}
    if any(seal.key_id(public) in claimed for public in candidates):
        why = "the signature does not fit the bytes; they were changed, or another key signed"
        raise Refused(RefusalCode.BAD_SIGNATURE, why)
    why = f"no key with the role {role.value} in keyring {keys.epoch} signed this"
    raise Refused(RefusalCode.UNKNOWN_KEY, why)


def _areas_of(document: Document, own: AreaPath | None) -> tuple[AreaPath, ...]:
    """Return whom the document speaks to; `own` stands in where it names only a device."""
    match document:
        case Assignment() | Approval() | ActiveSet():
            return (document.area,)
        case Announcement():
            return document.areas
        case Programme() | Command() | SignedTime() | Report() | Commissioning():
            return () if own is None else (own,)
        case _:
            assert_never(document)


def _own_area(state: TrustState, document: Document) -> AreaPath | None:
    own = state.assignment
    if isinstance(document, Assignment):
        return None if own is None else own.area
    if own is None:
        why = "this appliance has no assignment yet; bind it to a site first"
        raise Refused(RefusalCode.UNASSIGNED, why)
    rules.check_not_retired(own)
    return own.area


def _rule(
    state: TrustState,
    document: Document,
    payload_sha256: Sha256,
    counted: tuple[RoleKey, ...],
    now: TrustedNow,
) -> TrustState:
    at = latest(state, now)
    match document:
        case Assignment():
            return rules.take_assignment(state, document, payload_sha256)
        case Programme():
            return rules.take_programme(state, document, payload_sha256, at)
        case Approval():
            rules.check_approval(state, document, at)
            return state
        case Announcement():
            return admit_announcement(state, document, payload_sha256, counted, now)
        case ActiveSet():
            return rules.take_active_set(state, document, payload_sha256, at)
        case Command():
            return rules.take_command(state, document, payload_sha256, now)
        case SignedTime() | Report() | Commissioning():
            why = "a time is believed only as the answer to a question just asked, what an appliance tells by none"
            raise Refused(RefusalCode.WRONG_KIND, why)
        case _:
            assert_never(document)
