"""What the words of a deed give: keys, people, rules and dates, read and checked.

Law of the room: nothing is written but a new key file that was asked for; what makes no sense is refused in words.
"""

import argparse
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import msgspec

from contract.chain_people import OFFLINE, ONLINE
from contract.documents import PublicKey, Role, Threshold
from contract.seal import SigningKey
from provisioning.ceremony_keys import holders, key_at, public_at
from provisioning.ceremony_root import Change
from provisioning.passphrases import Passphrases

KEY_LIFE: Final = timedelta(days=730)


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


def usual_end(now: datetime) -> datetime:
    """Return the usual end of a key: a midnight, so that the same command gives the same entry all day."""
    return (now + KEY_LIFE).astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
