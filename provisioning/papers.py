"""Papers made by hand: a person's key, a keyring, a sealed document.

Law of the room: files in, files out; what is wrong is said with the file's name and nothing is half written.
"""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from contract import codec, seal
from contract.documents import Kind, PublicKey, Role, RoleKey, Threshold
from provisioning import trust


def new_key(file: Path, passphrase: bytes) -> str:
    """Make a key under a passphrase; return its public half for the security officer, as JSON."""
    key = trust.make_key(file, passphrase)
    return json.dumps({"public": key.public, "keyid": key.keyid})


def new_keyring(file: Path, keys: Sequence[str], thresholds: Sequence[str], epoch: int) -> None:
    """Write the keyring of `ROLE:SCOPE:HOLDER:PUBLIC` entries and `ROLE:AREA:COUNT` thresholds."""
    now = datetime.now(UTC)
    trust.write_keyring(
        file,
        [_role_key(words, now) for words in keys],
        [_threshold(words) for words in thresholds],
        now,
        epoch,
    )


def _role_key(words: str, now: datetime) -> RoleKey:
    parts = words.split(":")
    if len(parts) != 4:
        msg = f"{words!r} is not ROLE:SCOPE:HOLDER:PUBLIC"
        raise ValueError(msg)
    role, scope, holder, public = parts
    signs = _role(role)
    seal.check_public_key(PublicKey(public))
    entry = {
        "key": public,
        "holder": holder,
        "role": signs,
        "scope": scope,
        "not_after": now + trust.KEY_LIFE,
    }
    return msgspec.convert(entry, RoleKey)


def _role(word: str) -> Role:
    try:
        return Role(word)
    except ValueError as fault:
        msg = f"{word!r} is no role; known are {', '.join(Role)}"
        raise ValueError(msg) from fault


def _threshold(words: str) -> Threshold:
    parts = words.split(":")
    if len(parts) != 3 or not parts[2].isdigit():
        msg = f"{words!r} is not ROLE:AREA:COUNT"
        raise ValueError(msg)
    entry = {"role": _role(parts[0]), "area": parts[1], "count": int(parts[2])}
    return msgspec.convert(entry, Threshold)


def seal_file(
    kind: str, document: Path, keys: Sequence[Path], phrases: Sequence[bytes | None], out: Path
) -> None:
    """Sign the JSON document with the keys and write the envelope; a bad document is refused by the codec."""
    read = codec.decode(Kind(kind), document.read_bytes())
    signers = [trust.open_key(file, phrase) for file, phrase in zip(keys, phrases, strict=True)]
    out.write_bytes(seal.seal(Kind(kind), codec.encode(read), signers))
