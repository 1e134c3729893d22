"""How a sealed paper of a person is opened: kind, signatures, scope and threshold, before anything is read."""

import json
from datetime import datetime
from typing import TypeVar

from central.services.unit import Unit
from contract import seal, trust
from contract.documents import Document, Kind
from contract.errors import RefusalCode, Refused

T = TypeVar("T", bound=Document)


def opened(
    unit: Unit, kind: Kind, envelope: bytes, wanted: type[T], *, now: datetime
) -> tuple[seal.Envelope, T]:
    """Return the envelope and its verified document; raises `Refused` as the contract does."""
    read = seal.read_envelope(envelope)
    if read.kind is not kind:
        raise Refused(RefusalCode.WRONG_KIND, f"this is a {read.kind.value}, not a {kind.value}")
    document = trust.verify_for_central(unit.house.keyring.current(), envelope, now)
    if not isinstance(document, wanted):
        raise Refused(RefusalCode.WRONG_KIND, f"this holds no {kind.value}")
    return read, document


def merged(held: bytes, added: bytes) -> bytes:
    """Return one envelope with the signatures of both; their payloads must be the same bytes.

    Raises `Refused` (MALFORMED) when they are not.
    """
    first, second = seal.read_envelope(held), seal.read_envelope(added)
    if (first.kind, first.payload) != (second.kind, second.payload):
        raise Refused(RefusalCode.MALFORMED, "the second signature is over other bytes")
    whole, more = json.loads(held), json.loads(added)["signatures"]
    whole["signatures"] += [s for s in more if s not in whole["signatures"]]
    return json.dumps(whole, ensure_ascii=False, separators=(",", ":")).encode()
