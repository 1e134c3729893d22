"""The screen: what metadata of the chain must be before the library reads it.

Law of the room: pure. The library counts key ids; people are counted by key material here, so one key under
two ids of one role is refused. So are keys that are no good Ed25519 keys, numbers beyond 2^53 (a version
driven there could never be overtaken), names given twice in one object, and what is nested without end.
"""

import base64
import json
from typing import Final, NoReturn

from contract.documents import MAX_COUNTER, PublicKey
from contract.errors import RefusalCode, Refused
from contract.seal import check_public_key
from edge.adapters.chain_faults import ChainRefused

DIGITS_MOST: Final = 17

Tree = dict[str, object]


def screen(name: str, data: bytes, *, only_ed25519: bool = True) -> None:
    """Refuse (`ChainRefused`) the metadata file `name` before it is verified; raises nothing else.

    `only_ed25519` is the profile of our repositories; without it other kinds of keys are let through to the
    library, and compared as they are spelled.
    """
    try:
        tree = json.loads(
            data.decode("utf-8"),
            object_pairs_hook=_object,
            parse_int=_integer,
            parse_constant=_constant,
        )
    except ChainRefused:
        raise
    except (ValueError, RecursionError) as error:
        raise _malformed(f"{name} is not JSON: {type(error).__name__}") from error
    signed = tree.get("signed") if isinstance(tree, dict) else None
    if not isinstance(signed, dict):
        raise _malformed(f"{name} holds nothing signed")
    for holder in (signed, signed.get("delegations")):
        if isinstance(holder, dict) and "keys" in holder:
            _check_keys(name, holder, only_ed25519=only_ed25519)


def _check_keys(name: str, holder: Tree, *, only_ed25519: bool) -> None:
    """Refuse a role in which one key stands under two ids."""
    keys = holder["keys"]
    if not isinstance(keys, dict):
        raise _malformed(f"the keys of {name} are no object")
    material = {keyid: _material(name, key, only_ed25519) for keyid, key in keys.items()}
    for role in _roles(holder):
        named = role.get("keyids") if isinstance(role, dict) else None
        if not isinstance(named, list) or not all(isinstance(k, str) for k in named):
            raise _malformed(f"a role of {name} lists no key ids")
        known = [material[keyid] for keyid in named if keyid in material]
        if len(set(known)) < len(known):
            raise _malformed(f"in {name} one key stands under two ids of one role")


def _roles(holder: Tree) -> list[object]:
    roles, succinct = holder.get("roles"), holder.get("succinct_roles")
    if isinstance(roles, dict):
        return list(roles.values())
    found = list(roles) if isinstance(roles, list) else []
    return found if succinct is None else [*found, succinct]


def _material(name: str, key: object, only_ed25519: bool) -> bytes:  # noqa: FBT001  private, one caller
    """Return what makes a key this key, however it is spelled."""
    value = key.get("keyval") if isinstance(key, dict) else None
    public = value.get("public") if isinstance(value, dict) else None
    if not isinstance(key, dict) or not isinstance(public, str):
        if only_ed25519:
            raise _malformed(f"a key of {name} has no public half")
        return json.dumps(key, sort_keys=True).encode()
    if key.get("keytype") != "ed25519":
        if only_ed25519:
            raise _malformed(f"a key of {name} is not Ed25519")
        return "".join(public.split()).encode()
    try:
        raw = bytes.fromhex(public)
        check_public_key(PublicKey(base64.b64encode(raw).decode()))
    except (ValueError, Refused) as error:
        raise _malformed(f"a key of {name} is no good Ed25519 key: {error}") from error
    return raw


def _object(pairs: list[tuple[str, object]]) -> Tree:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise _malformed("a name stands twice in one object of the metadata")
    return found


def _integer(text: str) -> int:
    if len(text) > DIGITS_MOST or abs(int(text)) > MAX_COUNTER:
        raise _malformed(f"the number {text[:20]} of the metadata is beyond 2^53")
    return int(text)


def _constant(text: str) -> NoReturn:
    raise _malformed(f"{text} is no number of JSON")


def _malformed(why: str) -> ChainRefused:
    return ChainRefused(RefusalCode.MALFORMED, why)
