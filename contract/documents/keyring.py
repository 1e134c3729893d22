"""The keyring: who may sign what, for which area.

Law of the room: values and the bounds inside one value.
"""

from typing import Annotated

from msgspec import Meta

from contract.documents.values import (
    AreaPath,
    Counter,
    Instant,
    PublicKey,
    Role,
    Title,
    Value,
)


class RoleKey(Value, frozen=True, kw_only=True):
    """One public key, who holds it, what it may sign and for which area; `key` is raw Ed25519, base64."""

    key: PublicKey
    holder: Title
    role: Role
    scope: AreaPath
    not_after: Instant


class Threshold(Value, frozen=True, kw_only=True):
    """How many distinct holders must sign what `role` says to `area` or to an area above it; 1 where none applies."""

    role: Role
    area: AreaPath
    count: Annotated[int, Meta(ge=1, le=10)]


class Keyring(Value, frozen=True, kw_only=True):
    """Who may sign what, for which area; `epoch` rises with every revocation."""

    epoch: Counter
    issued: Instant
    expires: Instant
    keys: Annotated[tuple[RoleKey, ...], Meta(max_length=2_000)]
    thresholds: Annotated[tuple[Threshold, ...], Meta(max_length=200)] = ()
