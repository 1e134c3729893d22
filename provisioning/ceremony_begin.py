"""How a ceremony begins: the people of the first root, and the keys of the server.

Law of the room: what can be refused is refused before the first key is made. Whose private key is made here signs
here; the others sign on their own machines.
"""

import argparse
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Final

from contract.chain_people import OFFLINE, ONLINE, ONLINE_ROLES
from contract.documents import Role
from provisioning import trust
from provisioning.ceremony import Ceremony
from provisioning.ceremony_given import online_keys, usual_end
from provisioning.ceremony_keys import holders
from provisioning.ceremony_ring import add_keys, role_key
from provisioning.ceremony_root import SERVER, Change, change_root
from provisioning.ceremony_sign import sign
from provisioning.passphrases import Passphrases

PEOPLE: Final = 2  # who must sign, unless told: one is a single point of failure


def begin(
    ceremony: Ceremony, given: argparse.Namespace, passphrases: Passphrases, now: datetime
) -> tuple[str, ...]:
    """Draft the first root, and a keyring with the server's keys where they are made here; return what was done."""
    if ceremony.begun:
        msg = f"a ceremony lies in {given.folder} already; look at it by trust inspect, or go on with trust rotate"
        raise ValueError(msg)
    thresholds = {role: getattr(given, f"{role}_threshold") or PEOPLE for role in OFFLINE}
    online = _online_files(given)
    for role, count in thresholds.items():
        named = len(getattr(given, role) or given.root)
        if named < count:
            msg = (
                f"{role} asks for {count} signatures and names {named} people: nobody could ever meet it; name more, "
                'each by --root "Nguyễn Lan=new:lan.pem", or fewer must sign: --root-threshold 1'
            )
            raise ValueError(msg)
    people = {"root": holders(given.root, passphrases)}
    people["targets"] = holders(given.targets, passphrases) if given.targets else people["root"]
    made = {name: trust.make_key(file, None) for name, file in online.items()}
    keys = {role: made[role].public for role in ONLINE if role in made}
    keys |= online_keys(given, passphrases)
    if set(keys) != set(ONLINE):
        msg = "give the server's keys: --snapshot WHERE and --timestamp WHERE, or --online FOLDER to make all six"
        raise ValueError(msg)
    change = Change(add=people, thresholds=thresholds, online=keys, expires=given.expires)
    change_root(ceremony, change, now)
    entries = [
        role_key(
            made[role.value].public, f"{SERVER} ({role.value})", role, given.area, usual_end(now)
        )
        for role in Role
        if role.value in made
    ]
    add_keys(ceremony, entries, (), now)
    signers = {h.public: h.signer for some in people.values() for h in some if h.signer is not None}
    told = sign(ceremony, list(signers.values())) if signers else ()
    return ("the ceremony has begun", *told)


def _online_files(given: argparse.Namespace) -> Mapping[str, Path]:
    """Return the files of the six keys that the server is to have, none of which exists yet."""
    if given.online is None:
        return {}
    names = [*sorted(role.value for role in ONLINE_ROLES), *ONLINE]
    files = {name: given.online / f"{name}.pem" for name in names}
    for file in files.values():
        if file.exists():
            msg = f"{file} is there already and no key file is ever replaced; choose another folder"
            raise ValueError(msg)
    return files
