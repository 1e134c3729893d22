"""Key files: made where their holders are, and what a holder's key may be entered as.

Law of the room: private keys are written once, readable by their owner alone, and never leave their file.
People's keys (approve, emergency, assign) stay off the server; only the online ones are for it.
"""

import os
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from contract.documents import AreaPath, Role, RoleKey
from contract.seal import SigningKey

ONLINE_ROLES: Final = (Role.SCHEDULE, Role.ACTIVE_SET, Role.COMMAND, Role.TIME)
KEY_LIFE: Final = timedelta(days=730)


def write_private(path: Path, data: bytes) -> None:
    """Write `data` to a new file that only its owner can read; refuse to replace one."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def make_key(path: Path, passphrase: bytes | None) -> SigningKey:
    """Return a new key, kept at `path` as PKCS #8 PEM, encrypted when a passphrase is given."""
    key = SigningKey.generate()
    write_private(path, key.to_pem(passphrase))
    return key


def open_key(path: Path, passphrase: bytes | None) -> SigningKey:
    """Return the key kept at `path`; raises `Misuse` when it does not open."""
    return SigningKey.from_pem(path.read_bytes(), passphrase)


def role_key(key: SigningKey, holder: str, role: Role, scope: AreaPath, now: datetime) -> RoleKey:
    """Return the keyring's entry for a key, valid for two years."""
    return RoleKey(key=key.public, holder=holder, role=role, scope=scope, not_after=now + KEY_LIFE)
