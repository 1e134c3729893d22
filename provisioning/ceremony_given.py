"""What the words of a deed give: keys, people, rules and dates, read and checked.

Law of the room: nothing is written but a new key file that was asked for; what makes no sense is refused in words.
"""

import argparse
from collections.abc import Mapping
from pathlib import Path

import msgspec

from contract.chain_people import OFFLINE, ONLINE, ONLINE_ROLES
from contract.documents import PublicKey, Role, Threshold
from contract.seal import SigningKey
from provisioning import trust
from provisioning.ceremony_keys import holders, key_at, public_at
from provisioning.ceremony_root import Change
from provisioning.passphrases import Passphrases


def people(given: argparse.Namespace, passphrases: Passphrases) -> Change:
    """Return the people who come, and how many must sign."""
    counts = {role: getattr(given, f"{role}_threshold") for role in OFFLINE}
    return Change(
        add={role: holders(getattr(given, role), passphrases) for role in OFFLINE},
        thresholds={role: count for role, count in counts.items() if count is not None},
    )


def online_keys(given: argparse.Namespace, passphrases: Passphrases) -> Mapping[str, PublicKey]:
    """Return the keys of the server that are named."""
    where = {role: getattr(given, role) for role in ONLINE}
    return {role: public_at(w, passphrases) for role, w in where.items() if w is not None}


def server_keys(folder: Path | None) -> Mapping[Path, SigningKey]:
    """Return six new keys for the server and the files they are to have, none of which exists; nothing is written."""
    if folder is None:
        return {}
    names = [*sorted(role.value for role in ONLINE_ROLES), *ONLINE]
    keys = {folder / f"{name}.pem": SigningKey.generate() for name in names}
    for file in keys:
        if file.exists():
            msg = f"{file} is there already and no key file is ever replaced; choose another folder"
            raise ValueError(msg)
    return keys


def by_role(
    keys: Mapping[Path, SigningKey],
) -> tuple[Mapping[Role, PublicKey], Mapping[str, PublicKey]]:
    """Return the public halves of the server's keys: those of the keyring, and those of the chain."""
    public = {file.stem: key.public for file, key in keys.items()}
    ring = {role: public[role.value] for role in ONLINE_ROLES if role.value in public}
    return ring, {role: public[role] for role in ONLINE if role in public}


def write_keys(keys: Mapping[Path, SigningKey]) -> None:
    """Write the server's keys into their files, for their owner alone."""
    for file, key in keys.items():
        trust.write_private(file, key.to_pem(None))


def thresholds(words: list[str]) -> tuple[Threshold, ...]:
    """Return the rules written as `ROLE:AREA:COUNT`."""
    found: list[Threshold] = []
    for word in words:
        parts = word.split(":")
        if len(parts) != 3 or not parts[2].isdigit() or parts[0] not in set(Role):
            msg = f"{word!r} is not ROLE:AREA:COUNT, such as emergency:dt:2"
            raise ValueError(msg)
        entry = {"role": parts[0], "area": parts[1], "count": int(parts[2])}
        found.append(msgspec.convert(entry, Threshold))
    return tuple(found)


def private_at(file: Path, passphrases: Passphrases) -> SigningKey:
    """Return the private key in a file."""
    found = key_at(str(file), passphrases)
    key = found if isinstance(found, SigningKey) else None
    if key is None:
        msg = f"{file} holds the public half only; sign with the private key's file"
        raise ValueError(msg)
    return key
